//! The journal on a ref of the remote. Every push is a commit without a parent, so nothing piles up, and a compare-and-swap
//! on the ref, which the remote itself decides.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use git2::{Direction, ObjectType, Oid, Repository};
use url::Url;

use super::git::{Git, trouble};
use super::git_commit::Identity;
use super::git_http::{self, Call, Credentials, Failure};
use super::git_remote::{Auth, Place, explain};
use super::{git_local, git_wire};
use crate::ports::{JournalRef, Pages, StateError, SwapError, Version};

const BASE: &str = "base.json";
const JOURNAL: &str = "journal.jsonl";

/// A ref of a remote, to be read and replaced from any thread.
#[derive(Clone)]
pub struct GitJournal(Arc<Inner>);

struct Inner {
    /// The name of the remote, for messages.
    remote: String,
    place: Place,
    name: String,
    /// Our own repository, whose object store holds what is read and pushed.
    here: PathBuf,
    /// Author and committer as a commit names them.
    people: (String, String),
    /// The server was asked whether it lets us in, and where it is.
    door: Mutex<Option<Arc<Doors>>>,
}

/// A conversation for reading and one for writing.
struct Doors {
    read: Call,
    write: Call,
}

impl std::fmt::Debug for GitJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitJournal").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Git {
    /// The ref of this name at a remote, written as `identity`.
    pub fn journal(
        &self,
        remote: &str,
        name: String,
        identity: &Identity,
        auth: &Auth,
    ) -> Result<GitJournal, StateError> {
        let place = self.place(remote, Direction::Push, auth).map_err(|error| StateError {
            hint: Some("a journal in git needs a remote on disk or over https; `--journal local` keeps it in this checkout".to_owned()),
            ..error
        })?;
        let (author, committer) = self.signatures(identity)?;
        let person = |who: &git2::Signature<'_>| {
            let (name, email) = (who.name_bytes(), who.email_bytes());
            let seconds = who.when().seconds();
            format!("{} <{}> {seconds} +0000", String::from_utf8_lossy(name), String::from_utf8_lossy(email))
        };
        Ok(GitJournal(Arc::new(Inner {
            remote: remote.to_owned(),
            place,
            name,
            here: self.repo.path().to_owned(),
            people: (person(&author), person(&committer)),
            door: Mutex::new(None),
        })))
    }
}

impl JournalRef for GitJournal {
    fn name(&self) -> &str {
        &self.0.name
    }

    async fn read(&self) -> Result<Option<(Version, Pages)>, StateError> {
        let inner = Arc::clone(&self.0);
        blocking(move || inner.read()).await
    }

    async fn swap(&self, from: Option<&Version>, to: &Pages) -> Result<Version, SwapError> {
        let inner = Arc::clone(&self.0);
        let (from, to) = (from.cloned(), to.clone());
        blocking(move || inner.swap(from.as_ref(), &to)).await
    }
}

async fn blocking<T: Send + 'static, E: From<StateError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(StateError::new(format!("git: {error}")).into()))
}

impl Inner {
    fn read(&self) -> Result<Option<(Version, Pages)>, StateError> {
        let (repo, tip) = match &self.place {
            Place::Local(path) => {
                let there = git_local::open(&self.remote, path)?;
                let tip = there.refname_to_id(&self.name).ok();
                (there, tip)
            }
            Place::Http { url, credentials } => {
                let doors = self.doors(url, credentials)?;
                let tip = git_wire::read_ref(&doors.read, url.as_str(), &self.name);
                let tip = tip.map_err(|failure| self.explain(&failure))?;
                let here = self.here()?;
                if let Some(tip) = tip.filter(|tip| here.find_commit(*tip).is_err()) {
                    let pack = git_http::fetch_objects(url.as_str(), credentials.clone(), &[tip]);
                    store_pack(&here, &pack.map_err(|failure| self.explain(&failure))?)?;
                }
                (here, tip)
            }
        };
        let Some(tip) = tip else { return Ok(None) };
        let pages = pages(&repo, tip).map_err(|error| self.unreadable(&error))?;
        Ok(Some((Version(tip.to_string()), pages)))
    }

    fn swap(&self, from: Option<&Version>, to: &Pages) -> Result<Version, SwapError> {
        let from = from.map(|version| Oid::from_str(&version.0)).transpose();
        let from = from.map_err(|error| trouble("that is no commit", &error))?;
        let moved = match &self.place {
            Place::Local(path) => {
                let there = git_local::open_target(&self.remote, path)?;
                let next = self.commit(&there, to)?.commit;
                git_local::move_branch(&there, &self.name, from, next)
                    .map_err(|error| trouble(&format!("can't push `{}`", self.name), &error))?
                    .map(|()| next)
                    .map_err(|_| SwapError::Lost)
            }
            Place::Http { url, credentials } => self.swap_over_http((url, credentials), from, to),
        };
        moved.map(|oid| Version(oid.to_string()))
    }

    fn swap_over_http(
        &self,
        (url, credentials): (&Url, &Credentials),
        from: Option<Oid>,
        to: &Pages,
    ) -> Result<Oid, SwapError> {
        let here = self.here()?;
        let next = self.commit(&here, to)?;
        let known = from.and_then(|from| base_of(&here, from));
        let base = Some(next.base).filter(|base| known != Some(*base));
        let objects = [next.commit, next.tree, next.journal].into_iter().chain(base);
        let pack = pack(&here, objects).map_err(|error| trouble("can't pack the journal", &error))?;
        let doors = self.doors(url, credentials)?;
        match git_wire::move_ref(&doors.write, (url.as_str(), &self.name), (from, next.commit), &pack) {
            Ok(Ok(())) => Ok(next.commit),
            Ok(Err(reason)) if is_race(&reason) => Err(SwapError::Lost),
            Ok(Err(reason)) => Err(self.refused(&reason).into()),
            Err(failure) => {
                let failure = explain(&self.remote, &failure);
                Err(if failure.unknown {
                    SwapError::Unknown(failure.state.what)
                } else {
                    failure.state.into()
                })
            }
        }
    }

    /// The first contact tells whether we are let in, and follows a repository that was renamed.
    fn doors(&self, url: &Url, credentials: &Credentials) -> Result<Arc<Doors>, StateError> {
        let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(doors) = &*door {
            return Ok(Arc::clone(doors));
        }
        let open = |service| {
            let call = Call::new(credentials.clone(), service)?;
            call.knock(url.as_str()).map(|()| call)
        };
        let both = || Ok(Doors { read: open("git-upload-pack")?, write: open("git-receive-pack")? });
        let doors = both().map_err(|failure: Failure| self.explain(&failure))?;
        Ok(Arc::clone(door.insert(Arc::new(doors))))
    }

    fn here(&self) -> Result<Repository, StateError> {
        Repository::open(&self.here).map_err(|error| trouble("can't open the git repository", &error))
    }

    fn commit(&self, repo: &Repository, to: &Pages) -> Result<Written, StateError> {
        self.write(repo, to).map_err(|error| trouble("can't write to git's objects", &error))
    }

    fn write(&self, repo: &Repository, to: &Pages) -> Result<Written, git2::Error> {
        let base = repo.blob(to.base.as_bytes())?;
        let journal = repo.blob(to.journal.as_bytes())?;
        let mut tree = repo.treebuilder(None)?;
        tree.insert(BASE, base, git2::FileMode::Blob.into())?;
        tree.insert(JOURNAL, journal, git2::FileMode::Blob.into())?;
        let tree = tree.write()?;
        let (author, committer) = &self.people;
        let text = format!("tree {tree}\nauthor {author}\ncommitter {committer}\n\ntgsync: journal\n");
        let commit = repo.odb()?.write(ObjectType::Commit, text.as_bytes())?;
        Ok(Written { base, journal, tree, commit })
    }

    fn explain(&self, failure: &Failure) -> StateError {
        explain(&self.remote, failure).state
    }

    fn refused(&self, reason: &str) -> StateError {
        StateError::new(format!("`{}` refuses the journal `{}`: {reason}", self.remote, self.name))
            .hint("let this token write `refs/tgsync/*`, or keep the journal in this checkout with `--journal local`")
    }

    fn unreadable(&self, error: &git2::Error) -> StateError {
        trouble(&format!("the journal `{}` can't be read", self.name), error)
            .hint(format!("it holds no `{JOURNAL}`: somebody else writes to this ref"))
    }
}

/// The objects of a push.
struct Written {
    base: Oid,
    journal: Oid,
    tree: Oid,
    commit: Oid,
}

fn pages(repo: &Repository, commit: Oid) -> Result<Pages, git2::Error> {
    let tree = repo.find_commit(commit)?.tree()?;
    let text = |name: &str| {
        let entry = tree.get_name(name).ok_or_else(|| git2::Error::from_str("a file is missing"))?;
        let blob = repo.find_blob(entry.id())?;
        String::from_utf8(blob.content().to_vec()).map_err(|_| git2::Error::from_str("it is not text"))
    };
    Ok(Pages { base: text(BASE)?, journal: text(JOURNAL)? })
}

fn base_of(repo: &Repository, commit: Oid) -> Option<Oid> {
    let tree = repo.find_commit(commit).and_then(|commit| commit.tree()).ok()?;
    tree.get_name(BASE).map(|entry| entry.id())
}

fn pack(repo: &Repository, objects: impl Iterator<Item = Oid>) -> Result<Vec<u8>, git2::Error> {
    let mut pack = repo.packbuilder()?;
    for object in objects {
        pack.insert_object(object, None)?;
    }
    let mut bytes = git2::Buf::new();
    pack.write_buf(&mut bytes)?;
    Ok(bytes.to_vec())
}

pub(super) fn store_pack(repo: &Repository, pack: &[u8]) -> Result<(), StateError> {
    use std::io::Write as _;
    let failed = |error: git2::Error| trouble("can't store what was fetched", &error);
    let odb = repo.odb().map_err(failed)?;
    let mut writer = odb.packwriter().map_err(failed)?;
    writer.write_all(pack).map_err(|error| super::disk::failed("can't store what was fetched", &error))?;
    writer.commit().map_err(failed)?;
    Ok(())
}

/// Words of servers for a ref that is elsewhere by now, or that somebody else moves at this moment.
fn is_race(reason: &str) -> bool {
    let raced = [
        "non-fast-forward",
        "failed to update ref",
        "lock ref",
        "fetch first",
        "stale info",
        "already exists",
        "incorrect old value",
    ];
    raced.iter().any(|words| reason.contains(words))
}
