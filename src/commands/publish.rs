//! Commit the lock, push it, and know before anything is sent that both will work.

use tokio::task::block_in_place;
use url::Url;

use super::context::Context;
use super::project::Project;
use super::{Exit, Failure};
use crate::cli::Save;
use crate::clock::AnyClock;
use crate::config::Push;
use crate::env;
use crate::ids::BlobId;
use crate::lock::{self, Lock};
use crate::ports::{Clock as _, StateError};
use crate::report::json::{FailureReason, SavedView};
use crate::state::{Auth, Git, Identity, KnownAt, KnownLock, PushError, Upstream};

/// With this in a commit's message GitHub starts no workflow for it.
const NO_RUN: &str = "[skip ci]";

/// What becomes of the lock beyond this folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Saving {
    commit: bool,
    push: Option<Upstream>,
}

impl Saving {
    /// As the flags say, else as the config says.
    pub(super) fn choose(context: &Context, project: &Project, save: &Save) -> Result<Self, Failure> {
        let Some(git) = &project.git else {
            if save.commit || save.push {
                return Err(Failure::new(Exit::Usage, "there is no git repository to commit the lock to"));
            }
            context.say("note: not a git repository; the lock is saved here and nowhere else");
            return Ok(Self::default());
        };
        let commit = save.commit || save.push || project.config.git.commit && !save.no_commit;
        let wanted = match project.config.git.push {
            _ if save.push => Push::Always,
            _ if save.no_push || !commit => Push::Never,
            from_config => from_config,
        };
        let push = match wanted {
            Push::Never => None,
            Push::Auto => git.upstream().filter(|upstream| talks(context, git, upstream)),
            Push::Always => Some(branch(context, project, git)?),
        };
        Ok(Self { commit, push })
    }

    pub(super) fn pushes(&self) -> bool {
        self.push.is_some()
    }

    /// The branch whose lock counts, whether it is pushed to or not.
    pub(super) fn upstream(
        &self,
        context: &Context,
        project: &Project,
        git: &Git,
    ) -> Result<Upstream, Failure> {
        self.push.clone().map_or_else(|| branch(context, project, git), Ok)
    }
}

/// Whether the remote is of a kind that can be pushed to from here.
fn talks(context: &Context, git: &Git, upstream: &Upstream) -> bool {
    let can = git.speaks_to(&upstream.remote);
    if !can {
        context.say(&format!(
            "note: `{}` is reached over ssh; the lock is committed, push it with `git push`",
            upstream.remote
        ));
    }
    can
}

/// The branch to push to: what this one follows, else one of the same name; on a detached `HEAD` the one CI names.
fn branch(context: &Context, project: &Project, git: &Git) -> Result<Upstream, Failure> {
    let of_ci = || {
        let is_branch = context.env.get(env::GITHUB_REF_TYPE) == Some("branch");
        context.env.get(env::GITHUB_REF_NAME).filter(|_| is_branch).map(str::to_owned)
    };
    let named = || {
        git.branch()
            .or_else(of_ci)
            .map(|branch| Upstream { remote: project.config.git.remote.clone(), branch })
    };
    git.upstream().or_else(named).ok_or_else(|| {
        Failure::new(Exit::Usage, "there is no branch to push the lock to: `HEAD` is detached")
            .hint("check a branch out, or use `--no-push`")
    })
}

/// GitHub's token is for GitHub's server and no other.
pub(super) fn auth(context: &Context) -> Auth {
    let server = context.env.get(env::GITHUB_SERVER_URL).unwrap_or("https://github.com");
    let host = Url::parse(server).ok().and_then(|url| url.host_str().map(str::to_owned));
    Auth {
        token: context.env.get(env::GITHUB_TOKEN).map(str::to_owned),
        host: host.or_else(|| Some(String::new())),
    }
}

/// Fetch the branch that will be pushed to; the lock it has.
pub(super) fn fetch(
    context: &Context,
    project: &Project,
    saving: &Saving,
) -> Result<Vec<KnownLock>, Failure> {
    let (Some(git), Some(upstream)) = (&project.git, &saving.push) else { return Ok(Vec::new()) };
    let text = block_in_place(|| git.fetch_upstream(upstream, &project.config.lock, &auth(context)))
        .map_err(|error| not_pushable(upstream, error))?;
    Ok(text.and_then(|text| known(upstream, &text)).into_iter().collect())
}

/// The lock that an upstream branch has.
pub(super) fn known(upstream: &Upstream, text: &str) -> Option<KnownLock> {
    let (lineage, serial) = lock::sniff(text)?;
    let at = KnownAt::Upstream(upstream.name());
    Some(KnownLock { at, blob: BlobId::of(text.as_bytes()), lineage, serial })
}

/// Whether the remote would take a push, asked before anything is sent.
pub(super) fn preflight(context: &Context, project: &Project, saving: &Saving) -> Result<(), Failure> {
    project.state.preflight().map_err(|error| Failure::from(error).reason(FailureReason::Preflight))?;
    let (Some(git), Some(upstream)) = (&project.git, &saving.push) else { return Ok(()) };
    block_in_place(|| git.can_push(&upstream.remote, &auth(context)))
        .map_err(|error| not_pushable(upstream, error))
}

fn not_pushable(upstream: &Upstream, error: StateError) -> Failure {
    let hint = error.hint.unwrap_or_else(|| "`--no-push` applies without pushing the lock".to_owned());
    Failure::new(
        Exit::Failed,
        format!("the lock could not be pushed to `{}`, so nothing was sent: {}", upstream.name(), error.what),
    )
    .hint(hint)
    .reason(FailureReason::Preflight)
}

/// Commit the lock and push it, as chosen. What was saved is told even when the rest failed.
pub(super) async fn publish(
    context: &Context,
    project: &Project,
    saving: &Saving,
    message: &str,
    clock: &AnyClock,
) -> (SavedView, Result<(), Failure>) {
    let mut saved = SavedView::default();
    let Some(git) = project.git.as_ref().filter(|_| saving.commit) else { return (saved, Ok(())) };
    let identity = project.identity(context, clock.now().await);
    let message = if context.env.get(env::GITHUB_ACTIONS).is_some() {
        format!("{message}\n\n{NO_RUN}")
    } else {
        message.to_owned()
    };
    let committed = match git.commit_lock(&project.config.lock, &message, &identity) {
        Ok(committed) => committed,
        Err(error) => return (saved, Err(unsaved(error))),
    };
    saved.branch = git.branch();
    saved.commit = committed.as_ref().map(|commit| commit.id.0.clone());
    if let Some(note) = committed.and_then(|commit| commit.note) {
        context.say(&format!("note: {note}"));
    }
    let pushed = match &saving.push {
        None => Ok(()),
        Some(upstream) => push(context, (project, git), upstream, &identity, &mut saved),
    };
    if pushed.is_ok() {
        told(context, &saved, saving.push.as_ref());
    }
    (saved, pushed)
}

fn push(
    context: &Context,
    (project, git): (&Project, &Git),
    upstream: &Upstream,
    identity: &Identity,
    saved: &mut SavedView,
) -> Result<(), Failure> {
    let pushed = block_in_place(|| git.push(upstream, &project.config.lock, identity, &auth(context)));
    let pushed = match pushed {
        Ok(pushed) => pushed,
        Err(error) => return Err(put_aside(context, (project, git, upstream), &error, saved)),
    };
    saved.pushed = true;
    saved.commit = Some(pushed.commit.0.clone());
    if pushed.merged {
        context.say("note: others had pushed meanwhile; the lock was merged by post");
    }
    if let Some(note) = &pushed.note {
        context.say(&format!("note: {note}"));
    }
    if let Ok(Some(lock)) = project.state.read_lock() {
        let _ = project.state.scratch().remember(&lock.lineage, lock.serial);
    }
    Ok(())
}

fn told(context: &Context, saved: &SavedView, upstream: Option<&Upstream>) {
    let Some(commit) = &saved.commit else { return };
    let pushed = upstream.map(|upstream| format!(", pushed to `{}`", upstream.name())).unwrap_or_default();
    context.say(&format!("Lock committed as {}{pushed}.", commit.get(..12).unwrap_or(commit)));
}

fn unsaved(error: StateError) -> Failure {
    let failure = Failure::from(error).reason(FailureReason::StatePush);
    Failure { exit: Exit::Partly, ..failure }
}

/// A branch that nobody may push to gets the lock by hand, from another branch, which is pushed for that.
fn put_aside(
    context: &Context,
    (project, git, upstream): (&Project, &Git, &Upstream),
    error: &PushError,
    saved: &mut SavedView,
) -> Failure {
    let aside = match error {
        PushError::Refused { .. } => {
            let lock = &project.config.lock;
            block_in_place(|| git.push_aside(upstream, lock, &auth(context))).ok()
        }
        PushError::State(_) => None,
    };
    if let Some(aside) = &aside {
        saved.branch = Some(aside.branch.clone());
    }
    unpushed(error, aside.as_ref().map(|aside| (aside, upstream)))
}

fn unpushed(error: &PushError, aside: Option<(&Upstream, &Upstream)>) -> Failure {
    let hint = match error {
        PushError::Refused { .. } => match aside {
            Some((aside, upstream)) => format!(
                "the lock is on the branch `{}`: merge it into `{}`, or let this token push there",
                aside.branch, upstream.branch
            ),
            None => "the lock is committed here: bring this commit to the branch by a pull request, before the next apply elsewhere".to_owned(),
        },
        PushError::State(state) => state.hint.clone().unwrap_or_else(|| "the lock is committed here: push it with `git push`".to_owned()),
    };
    Failure::new(Exit::Partly, format!("the lock is recorded here but not pushed: {error}"))
        .hint(hint)
        .reason(FailureReason::StatePush)
}

/// Nothing was to be applied: what an earlier run could not commit or push goes out now.
pub(super) async fn catch_up(
    context: &Context,
    project: &Project,
    saving: &Saving,
    (lock, upstream): (&Lock, &[KnownLock]),
    clock: &AnyClock,
) -> (SavedView, Result<(), Failure>) {
    let Some(git) = project.git.as_ref().filter(|_| saving.commit && lock.serial > 0) else {
        return (SavedView::default(), Ok(()));
    };
    let committed = git.known_locks(&project.config.lock).iter().any(|known| {
        matches!(known.at, KnownAt::Commit(_)) && known.lineage == lock.lineage && known.serial == lock.serial
    });
    let pushed = saving.push.is_none() || upstream.iter().any(|known| known.serial == lock.serial);
    if committed && pushed {
        return (SavedView::default(), Ok(()));
    }
    publish(context, project, saving, "tgsync: record the state", clock).await
}

/// Fetch old sources that this clone lacks, so that a plan can show what was there before. Without a network it can't.
pub(super) fn fetch_sources(context: &Context, project: &Project, blobs: &[BlobId]) -> bool {
    let Some(git) = &project.git else { return false };
    let remote = git.upstream().map_or_else(|| project.config.git.remote.clone(), |upstream| upstream.remote);
    if blobs.is_empty() || !git.has_remote(&remote) || !git.speaks_to(&remote) {
        return false;
    }
    match block_in_place(|| git.fetch_sources(blobs, &remote, &auth(context))) {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(error = error.what, "old sources can't be fetched");
            false
        }
    }
}
