//! Talking to a remote: who it is, what it has, whether it would take a push.

use std::fmt;
use std::path::{Path, PathBuf};

use git2::{AutotagOption, CredentialHelper, Direction, ErrorCode, FetchOptions, Oid, Remote};
use url::Url;

use super::git::{Git, Upstream, oid_of, scrub, trouble};
use super::git_http::{self, Credentials, Failure};
use super::git_journal::store_pack;
use super::git_local;
use crate::ids::{BlobId, RelPath};
use crate::ports::StateError;

/// What lets us in at a remote. Without a token, `http.URL.extraheader` of git's config counts, as `actions/checkout`
/// leaves it.
#[derive(Clone, Default)]
pub struct Auth {
    /// Sent as the password of `x-access-token`, or of the user named in the remote's URL.
    pub token: Option<String>,
    /// The only host that gets the token; `None`: whichever the remote names.
    pub host: Option<String>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.token.is_some() { "Auth(token)" } else { "Auth(none)" })
    }
}

/// Where a remote is.
#[derive(Clone)]
pub(super) enum Place {
    /// A repository on this machine.
    Local(PathBuf),
    /// Without user and password.
    Http { url: Url, credentials: Credentials },
}

/// A conversation with a remote that failed.
pub(super) struct RemoteFailure {
    pub(super) code: ErrorCode,
    /// Nobody knows whether it was done: the connection broke, or the server did.
    pub(super) unknown: bool,
    pub(super) state: StateError,
}

impl From<StateError> for RemoteFailure {
    fn from(state: StateError) -> Self {
        Self { code: ErrorCode::GenericError, unknown: false, state }
    }
}

impl From<RemoteFailure> for StateError {
    fn from(failure: RemoteFailure) -> Self {
        failure.state
    }
}

impl Git {
    /// Fetch the upstream branch and return the text of its lock; `None` when it has no lock, or there is no such
    /// branch yet.
    pub fn fetch_upstream(
        &self,
        upstream: &Upstream,
        lock: &RelPath,
        auth: &Auth,
    ) -> Result<Option<String>, StateError> {
        let tip = self.fetch_tip(upstream, auth)?;
        let blob = tip.and_then(|tip| self.blob_in(tip, &self.in_repo(lock)));
        Ok(blob.and_then(|blob| self.text_of(blob)))
    }

    /// Whether the remote would let us push, as far as it tells before a push.
    pub fn can_push(&self, remote: &str, auth: &Auth) -> Result<(), StateError> {
        if let Place::Local(path) = self.place(remote, Direction::Push, auth)? {
            return git_local::open_target(remote, &path).map(drop);
        }
        self.talk(remote, Direction::Push, auth, |remote| {
            remote.connect_auth(Direction::Push, None, None)?.list().map(|_| ())
        })?;
        Ok(())
    }

    /// Fetch source files by object id into the object database, where `source` finds them: a shallow clone lacks
    /// what was applied before it. Files that the remote does not have stay missing.
    pub fn fetch_sources(&self, blobs: &[BlobId], remote: &str, auth: &Auth) -> Result<(), StateError> {
        let mut missing: Vec<Oid> =
            blobs.iter().filter_map(oid_of).filter(|oid| self.repo.find_blob(*oid).is_err()).collect();
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(());
        }
        match self.place(remote, Direction::Fetch, auth)? {
            Place::Local(path) => self.copy_blobs(remote, &path, &missing),
            Place::Http { url, credentials } => self.download(remote, &url, &credentials, missing),
        }
    }

    /// libgit2 can't fetch objects by id from a repository on the same machine, so they are read from it.
    fn copy_blobs(&self, remote: &str, path: &Path, ids: &[Oid]) -> Result<(), StateError> {
        let source = git_local::open(remote, path)?;
        for blob in ids.iter().filter_map(|id| source.find_blob(*id).ok()) {
            self.repo
                .blob(blob.content())
                .map_err(|error| trouble("can't write to git's objects", &error))?;
        }
        Ok(())
    }

    /// The server names an object it does not have: the others are asked for again without it.
    fn download(
        &self,
        remote: &str,
        url: &Url,
        credentials: &Credentials,
        mut ids: Vec<Oid>,
    ) -> Result<(), StateError> {
        while !ids.is_empty() {
            let failure = match git_http::fetch_objects(url.as_str(), credentials.clone(), &ids) {
                Ok(pack) => return store_pack(&self.repo, &pack),
                Err(failure) => failure,
            };
            let before = ids.len();
            ids.retain(|id| !failure.text.contains(&id.to_string()));
            if ids.len() == before {
                return Err(explain(remote, &failure).state);
            }
        }
        Ok(())
    }

    /// Fetch a branch and note its tip; `None` when the remote has no such branch.
    pub(super) fn fetch_tip(&self, upstream: &Upstream, auth: &Auth) -> Result<Option<Oid>, RemoteFailure> {
        let branch = upstream.remote_ref();
        let tip = match self.place(&upstream.remote, Direction::Fetch, auth)? {
            Place::Local(path) => self.fetch_local(upstream, &path)?,
            Place::Http { .. } => self.talk(&upstream.remote, Direction::Fetch, auth, |remote| {
                let mut connection = remote.connect_auth(Direction::Fetch, None, None)?;
                let heads = connection.list()?;
                let tip = heads.iter().find(|head| head.name() == branch).map(git2::RemoteHead::oid);
                if tip.is_some_and(|tip| self.repo.find_commit(tip).is_err()) {
                    let mut options = FetchOptions::new();
                    options.update_fetchhead(false).download_tags(AutotagOption::None);
                    connection.remote().download(&[branch.as_str()], Some(&mut options))?;
                }
                Ok(tip)
            })?,
        };
        if let Some(tip) = tip {
            self.note_tip(upstream, tip)?;
        }
        Ok(tip)
    }

    fn fetch_local(&self, upstream: &Upstream, path: &Path) -> Result<Option<Oid>, StateError> {
        let source = git_local::open(&upstream.remote, path)?;
        let Ok(tip) = source.refname_to_id(&upstream.remote_ref()) else { return Ok(None) };
        git_local::copy_history(&source, &self.repo, tip)
            .map_err(|error| trouble(&format!("can't fetch `{}`", upstream.name()), &error))?;
        Ok(Some(tip))
    }

    /// Move the remote-tracking branch.
    pub(super) fn note_tip(&self, upstream: &Upstream, tip: Oid) -> Result<(), StateError> {
        self.repo
            .reference(&self.tracking_ref(upstream), tip, true, "tgsync")
            .map(drop)
            .map_err(|error| trouble("can't note what the remote has", &error))
    }

    /// Hold one conversation with a remote over http.
    pub(super) fn talk<T>(
        &self,
        remote: &str,
        direction: Direction,
        auth: &Auth,
        work: impl FnOnce(&mut Remote<'_>) -> Result<T, git2::Error>,
    ) -> Result<T, RemoteFailure> {
        let Place::Http { url, credentials } = self.place(remote, direction, auth)? else {
            return Err(StateError::new(format!("`{remote}` is not reached over http")).into());
        };
        let (result, failure) = git_http::with_session(credentials, || {
            git_http::register()?;
            // Anonymous: the configured one would bring its own refspecs, and the password in its URL.
            work(&mut self.repo.remote_anonymous(url.as_str())?)
        });
        result.map_err(|error| match failure {
            Some(failure) => explain(remote, &failure),
            None => RemoteFailure {
                code: error.code(),
                unknown: true,
                state: trouble(&format!("`{remote}` can't be reached"), &error),
            },
        })
    }

    /// Whether a remote is of a kind that can be talked to: a path, `file://`, `http://` or `https://`.
    pub fn speaks_to(&self, remote: &str) -> bool {
        self.place(remote, Direction::Push, &Auth::default()).is_ok()
    }

    pub(super) fn place(&self, name: &str, direction: Direction, auth: &Auth) -> Result<Place, StateError> {
        let remote = self.repo.find_remote(name).map_err(|_| {
            StateError::new(format!("there is no git remote `{name}`"))
                .hint(format!("`git remote add {name} URL`, or name another as `git.remote` in the config"))
        })?;
        let pushed_to = remote.pushurl().ok().flatten().filter(|_| direction == Direction::Push);
        let address = pushed_to.or(remote.url().ok()).unwrap_or_default();
        match kind_of(address) {
            Kind::Http(url) => {
                let credentials = self.credentials(&url, auth);
                Ok(Place::Http { url: without_user(url), credentials })
            }
            Kind::Path(path) => Ok(Place::Local(self.workdir()?.join(path))),
            Kind::Other(scheme) => Err(StateError::new(format!(
                "`{name}` is a `{scheme}` remote, which is not supported yet"
            ))
            .hint(
                "push yourself (`git push`) and set `git: {push: false}`, or give the remote an https URL",
            )),
        }
    }

    /// User and password of the URL, else the token, else the headers that git's config has for this address.
    fn credentials(&self, url: &Url, auth: &Auth) -> Credentials {
        let user = percent_decoded(url.username());
        let trusted = auth.host.as_deref().is_none_or(|host| url.host_str() == Some(host));
        let basic = match (url.password(), auth.token.as_ref().filter(|_| trusted)) {
            (Some(password), _) => Some((user, percent_decoded(password))),
            (None, Some(token)) if user.is_empty() => Some(("x-access-token".to_owned(), token.clone())),
            (None, Some(token)) => Some((user, token.clone())),
            (None, None) => None,
        };
        let mut headers = self.extra_headers(url);
        if basic.is_some() {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        }
        let authorized = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let basic = basic.or_else(|| if authorized { None } else { self.ask_helper(url) });
        Credentials { basic, headers }
    }

    /// What git's credential helpers know: how most people's own machines log in.
    fn ask_helper(&self, url: &Url) -> Option<(String, String)> {
        let config = self.repo.config().ok()?;
        CredentialHelper::new(url.as_str()).config(&config).execute()
    }

    /// `http.extraheader` and `http.URL.extraheader`, which libgit2 does not send by itself. An empty one resets.
    fn extra_headers(&self, url: &Url) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let Ok(config) = self.repo.config() else { return headers };
        let Ok(entries) = config.entries(Some(r"^http\.(.*\.)?extraheader$")) else { return headers };
        let _ = entries.for_each(|entry| {
            let (Ok(name), Ok(value)) = (entry.name(), entry.value()) else { return };
            let scope = name.strip_prefix("http.").and_then(|rest| rest.strip_suffix("extraheader"));
            let scope = scope.unwrap_or_default().trim_end_matches('.');
            if !scope.is_empty() && !covers(scope, url) {
                return;
            }
            match value.split_once(':') {
                _ if value.is_empty() => headers.clear(),
                Some((name, value)) => headers.push((name.trim().to_owned(), value.trim().to_owned())),
                None => {}
            }
        });
        headers
    }
}

/// Whether a URL of git's config covers an address: the same server, the same path or one above.
fn covers(scope: &str, url: &Url) -> bool {
    let Ok(scope) = Url::parse(scope) else { return false };
    let base = scope.path().trim_end_matches('/');
    let below = url.path().strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    scope.origin() == url.origin() && scope.origin().is_tuple() && below
}

fn percent_decoded(text: &str) -> String {
    let form = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs.next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn without_user(mut url: Url) -> Url {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

enum Kind {
    Http(Url),
    Path(PathBuf),
    Other(String),
}

/// What kind of address this is, by git's own reading: `host:path` is ssh.
fn kind_of(address: &str) -> Kind {
    if let Some((scheme, rest)) = address.split_once("://") {
        return match (scheme, Url::parse(address)) {
            ("http" | "https", Ok(url)) => Kind::Http(url),
            ("file", Ok(url)) => Kind::Path(url.to_file_path().unwrap_or_else(|()| PathBuf::from(rest))),
            _ => Kind::Other(scheme.to_owned()),
        };
    }
    match address.split_once(':') {
        Some((host, _)) if !host.contains('/') => Kind::Other("ssh".to_owned()),
        _ => Kind::Path(PathBuf::from(address)),
    }
}

/// What an answer means for the person who has to do something about it.
pub(super) fn explain(remote: &str, failure: &Failure) -> RemoteFailure {
    let text = scrub(&failure.text);
    let state = match failure.status {
        Some(401) => StateError::new(format!("`{remote}` does not let us in ({text})")).hint(
            "give a token that may write there as `GITHUB_TOKEN`; a wrong or expired one gets the same answer",
        ),
        Some(403) => StateError::new(format!("`{remote}` does not let this token do that ({text})"))
            .hint("the token needs to write contents; in a workflow: `permissions: {contents: write}`"),
        Some(404) => StateError::new(format!("`{remote}` has no repository at this address ({text})"))
            .hint("check `git remote -v`; a private repository looks like this to a token without access"),
        _ => StateError::new(format!("`{remote}` can't be reached: {text}")),
    };
    let unknown = failure.status.is_none_or(|status| status >= 500);
    RemoteFailure { code: ErrorCode::GenericError, unknown, state }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_git_reads_them() {
        for (address, expected) in [
            ("https://host/a.git", "http"),
            ("http://u:p@host:80/a", "http"),
            ("ssh://git@host/a", "ssh"),
            ("git@host:a/b.git", "ssh"),
            ("host:b", "ssh"),
            ("git://host/a", "git"),
            ("/srv/a.git", "/srv/a.git"),
            ("../a:b.git", "../a:b.git"),
            ("./x:y", "./x:y"),
            ("file:///srv/a b.git", "/srv/a b.git"),
            ("file:///srv/a%20b.git", "/srv/a b.git"),
        ] {
            let found = match kind_of(address) {
                Kind::Http(_) => "http".to_owned(),
                Kind::Path(path) => path.display().to_string(),
                Kind::Other(scheme) => scheme,
            };
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn headers_of_the_config_are_for_their_server() {
        for (scope, url, expected) in [
            ("https://github.com/", "https://github.com/a/b", true),
            ("https://github.com", "https://github.com/a/b", true),
            ("https://github.com/a", "https://github.com/a/b", true),
            ("https://github.com/a", "https://github.com/ab", false),
            ("https://github.com/", "http://github.com/a", false),
            ("https://github.com/", "https://github.com.evil.org/a", false),
            ("https://github.com:443/", "https://github.com/a", true),
            ("https://github.com:8443/", "https://github.com/a", false),
            ("nonsense", "https://github.com/a", false),
        ] {
            assert_eq!(covers(scope, &Url::parse(url).unwrap()), expected, "{scope} {url}");
        }
    }

    #[test]
    fn users_and_passwords_are_decoded() {
        let url = Url::parse("https://a%40b:p+%26&=%25@host/").unwrap();
        assert_eq!(percent_decoded(url.username()), "a@b");
        assert_eq!(percent_decoded(url.password().unwrap()), "p+&&=%");
    }

    #[test]
    fn a_token_is_never_shown() {
        let auth = Auth { token: Some("s3cret".into()), host: None };
        assert!(!format!("{auth:?}").contains("s3cret"));
        let failure = Failure { status: None, text: "no route to https://u:s3cret@host/x".into() };
        assert_eq!(
            explain("origin", &failure).state.what,
            "`origin` can't be reached: no route to https://host/x"
        );
    }
}
