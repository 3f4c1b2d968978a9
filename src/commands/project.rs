//! A repository as commands find it: config, git, lock.
#![expect(clippy::disallowed_methods, reason = "the config and files that the user names are read here")]

use std::path::{Path, PathBuf};

use super::context::Context;
use super::{Exit, Failure};
use crate::env;
use url::Url;

use crate::clock::AnyClock;
use crate::config::{self, Config};
use crate::ids::RelPath;
use crate::lock::{self, Lock};
use crate::report::json::FailureReason;
use crate::state::{Git, Identity, KnownLock, LocalState, LostLock, Person, judge};

/// Where local things are kept; git-ignored.
pub(super) const SCRATCH: &str = ".tgsync";

/// A repository with a readable config.
pub(super) struct Project {
    pub root: PathBuf,
    pub config: Config,
    /// `api_url` of the config, or what `TGSYNC_API_URL` says instead.
    pub api_url: Url,
    pub git: Option<Git>,
    pub state: LocalState,
}

impl Project {
    pub(super) fn open(context: &Context) -> Result<Self, Failure> {
        let file = context.path(&context.global.config);
        let root = root(context);
        let config = read_config(context, &file)?;
        let api_url = api_url(context, &config)?;
        let git = Git::discover(&root)?;
        let state = LocalState::new(root.join(config.lock.as_str()), root.join(SCRATCH));
        Ok(Self { root, config, api_url, git, state })
    }

    /// Lock and journal of this checkout once more, for a run that writes them.
    pub(super) fn local_state(&self) -> LocalState {
        LocalState::new(self.root.join(self.config.lock.as_str()), self.scratch())
    }

    /// The clock of commands that stay offline: `TGSYNC_NOW` may stop it.
    pub(super) async fn clock(&self, context: &Context) -> Result<AnyClock, Failure> {
        choose_clock(context, context.env.get(env::TGSYNC_NOW), &self.api_url).await
    }

    /// The clock of commands that act.
    pub(super) async fn live_clock(&self, context: &Context) -> Result<AnyClock, Failure> {
        choose_clock(context, None, &self.api_url).await
    }

    /// Where local things are kept; git-ignored.
    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join(SCRATCH)
    }

    /// `HEAD`; `None` outside git and before the first commit.
    pub(super) fn head(&self) -> Option<String> {
        self.git.as_ref()?.head_commit().ok()?.map(|id| id.0)
    }

    /// The lock with the journal folded in, in memory; refused if it is not the newest one that anybody knows of.
    pub(super) fn known_lock(&self) -> Result<Lock, Failure> {
        self.lock_beside(&[])
    }

    /// The same, also measured against locks seen elsewhere (upstream's, just fetched).
    pub(super) fn lock_beside(&self, elsewhere: &[KnownLock]) -> Result<Lock, Failure> {
        self.replayed(self.saved_lock(elsewhere)?)
    }

    /// The lock as it is on disk, measured against others; `None`: there is none, and none was lost.
    fn saved_lock(&self, elsewhere: &[KnownLock]) -> Result<Option<Lock>, Failure> {
        let found = self.lock_on_disk()?;
        let mut known = elsewhere.to_vec();
        if let Some(git) = &self.git {
            known.extend(git.known_locks(&self.config.lock));
        }
        let remembered = self.state.scratch().remembered()?;
        let current = found.as_ref().map(|lock| (lock.lineage.as_str(), lock.serial));
        let remembered = remembered.as_ref().map(|(lineage, serial)| (lineage.as_str(), *serial));
        judge(current, &known, remembered).map_err(|lost| self.refuse_lost(&lost))?;
        let upstream = self.git.as_ref().and_then(|git| git.upstream_with_another_lock(&self.config.lock));
        if let Some(upstream) = upstream {
            return Err(self.refuse_lost(&LostLock::Diverged { upstream }));
        }
        Ok(found)
    }

    /// The lock of the checkout, whatever others say.
    pub(super) fn lock_on_disk(&self) -> Result<Option<Lock>, Failure> {
        self.state.read_lock().map_err(|error| Failure { exit: Exit::Invalid, ..Failure::from(error) })
    }

    /// A saved lock with what happened since.
    fn replayed(&self, saved: Option<Lock>) -> Result<Lock, Failure> {
        let entries = self.state.read_journal()?;
        // The very first run may have died before it saved a lock: its journal says which lock it was about.
        let lineage = || lock::lineage_of(&entries).map_or_else(new_lineage, str::to_owned);
        let mut lock = saved.unwrap_or_else(|| Lock::new(lineage()));
        lock::replay(&mut lock, &entries).map_err(|error| {
            Failure::new(Exit::Refused, format!("`{SCRATCH}/journal.jsonl` does not fit the lock: {error}"))
                .hint("it holds what an earlier run did: put back the lock it belongs to, or move the journal away if that channel was given up")
        })?;
        Ok(lock)
    }

    fn refuse_lost(&self, lost: &LostLock) -> Failure {
        Failure::new(Exit::Refused, lost.to_string())
            .hint(lost.hint(self.config.lock.as_str()))
            .reason(FailureReason::Preflight)
    }

    /// Who commits the lock.
    pub(super) fn identity(&self, context: &Context, at: crate::ids::Timestamp) -> Identity {
        let get = |name: &str| context.env.get(name).map(str::to_owned);
        Identity {
            author: Person { name: get(env::GIT_AUTHOR_NAME), email: get(env::GIT_AUTHOR_EMAIL) },
            committer: Person { name: get(env::GIT_COMMITTER_NAME), email: get(env::GIT_COMMITTER_EMAIL) },
            at,
        }
    }
}

/// The folder of the config.
pub(super) fn root(context: &Context) -> PathBuf {
    let file = context.path(&context.global.config);
    file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// The clock that the environment asks for, shown on the watch of this run.
pub(super) async fn choose_clock(
    context: &Context,
    now: Option<&str>,
    api_url: &Url,
) -> Result<AnyClock, Failure> {
    let clock = AnyClock::choose(context.env.get(env::TGSYNC_CLOCK), now, api_url)
        .await
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    Ok(clock.shown_on(&context.watch))
}

/// The config and its `api_url`, without a word: for what has to be known before anything is said.
pub(super) fn peek(context: &Context) -> Option<(Config, Url)> {
    let file = context.path(&context.global.config);
    let name = RelPath::new(Path::new(file.file_name()?)).ok()?;
    let text = read_text(&file).ok()?;
    let config = config::parse(&name, &text, &|name| context.env.get(name).map(str::to_owned)).0?;
    let api_url = api_url(context, &config).ok()?;
    Some((config, api_url))
}

/// 12 hex digits from the random half of a new id.
pub(super) fn new_lineage() -> String {
    format!("{:012x}", ulid::Ulid::new().random() & 0xffff_ffff_ffff)
}

fn read_config(context: &Context, file: &Path) -> Result<Config, Failure> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = read_text(file).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::NotFound {
            "`tgsync init` writes one; `-C DIR` runs in another folder"
        } else {
            "it must be readable UTF-8 text"
        };
        Failure::new(Exit::Invalid, format!("can't read `{}`: {error}", file.display())).hint(hint)
    })?;
    let path =
        RelPath::new(Path::new(&name)).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let (config, problems) = config::parse(&path, &text, &|name| context.env.get(name).map(str::to_owned));
    context.show(&problems);
    let config = config.ok_or_else(|| Failure::new(Exit::Invalid, format!("`{name}` is not valid")))?;
    let unknown = context.global.target.iter().find(|target| !config.targets.contains_key(*target));
    if let Some(target) = unknown {
        let names: Vec<String> = config.targets.keys().map(|name| format!("`{name}`")).collect();
        return Err(Failure::new(Exit::Usage, format!("there is no target `{target}`"))
            .hint(format!("the config has {}", names.join(", "))));
    }
    Ok(config)
}

fn api_url(context: &Context, config: &Config) -> Result<Url, Failure> {
    let text = context.env.get(env::TGSYNC_API_URL).unwrap_or(&config.api_url);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| {
        Failure::new(Exit::Usage, "`TGSYNC_API_URL` is not an http or https URL")
            .hint("`http://127.0.0.1:8081`")
    })
}

/// A text file that the user named.
pub(super) fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

pub(super) fn exists(path: &Path) -> bool {
    path.exists()
}

/// Write a text file that belongs to the user; its folder is made when it is missing.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, format!("can't write `{}`: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    crate::state::write_text(path, text).map_err(Failure::from)
}

/// The same for a file that must be new.
pub(super) fn create_text(path: &Path, text: &str) -> Result<(), Failure> {
    if exists(path) {
        return Err(Failure::new(Exit::Usage, format!("`{}` is there already", path.display()))
            .hint("give another slug"));
    }
    write_text(path, text)
}
