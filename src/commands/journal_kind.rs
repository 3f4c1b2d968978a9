//! Where the journal of a run is: as the lock pins it, or as a run decides that is the first.

use super::Failure;
use super::context::Context;
use super::leasing::{refused, selected};
use super::project::Project;
use crate::cli::{JournalArg, Keeping};
use crate::config::Journal;
use crate::env;
use crate::lock::{JournalKind, Lock, Note};

/// Where the journal of the selected targets is: as the flag says, else as the config does.
pub(super) fn kind(
    context: &Context,
    project: &Project,
    keeping: &Keeping,
    lock: &Lock,
) -> Result<JournalKind, Failure> {
    let wanted = match keeping.journal {
        Some(JournalArg::Auto) => Journal::Auto,
        Some(JournalArg::Local) => Journal::Local,
        Some(JournalArg::Git) => Journal::Git,
        None => project.config.git.journal,
    };
    let names = selected(context, project);
    let pinned = |kind: JournalKind| {
        names.iter().find(|name| lock.target(name).journal.is_some_and(|pin| pin.kind == kind))
    };
    match (wanted, pinned(JournalKind::Local), pinned(JournalKind::Git)) {
        (Journal::Auto, Some(local), Some(git)) => {
            Err(refused(format!("target `{local}` has its journal in a checkout, `{git}` in git"))
                .hint("apply them one by one, with `--target`"))
        }
        (Journal::Auto, Some(_), None) | (Journal::Local, _, None) => Ok(JournalKind::Local),
        (Journal::Auto, None, Some(_)) | (Journal::Git, None, _) => Ok(JournalKind::Git),
        (Journal::Local, _, Some(git)) => Err(refused(format!(
            "target `{git}` has its journal in git; a run beside it with a journal of its own would send posts twice"
        ))
        .hint("`--journal git` goes on with it")),
        (Journal::Git, Some(local), _) => Err(refused(format!(
            "target `{local}` has its journal in the checkouts that apply it; one in git beside them would not know of their runs"
        ))
        .hint(format!("`tgsync state journal {local}` moves it, once nobody applies from a checkout any more"))),
        (Journal::Auto, None, None) => Ok(usual(context, project)),
    }
}

/// A machine of a CI forgets what is on its disk.
fn usual(context: &Context, project: &Project) -> JournalKind {
    let set = |name| context.env.get(name).is_some_and(|value| value != "false");
    let has_remote = project.git.as_ref().is_some_and(|git| git.has_remote(&project.config.git.remote));
    if has_remote && (set(env::CI) || set(env::GITHUB_ACTIONS)) {
        JournalKind::Git
    } else {
        JournalKind::Local
    }
}

/// A run with a local journal must not go on with what one with a journal in git left.
pub(super) fn check_local(project: &Project) -> Result<(), Failure> {
    let entries = project.state.read_journal()?;
    if entries.iter().any(|entry| matches!(entry.what, Note::Run { epoch: Some(_), .. })) {
        return Err(refused(
            "the last run here had its journal in git and did not come to its end".to_owned(),
        )
        .hint("`--journal git` goes on with it"));
    }
    Ok(())
}
