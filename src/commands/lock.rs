//! `tgsync lock merge`: the git merge driver of `state.lock.json`.

use std::path::Path;

use super::context::Context;
use super::project::read_text;
use super::{Exit, Failure, Outcome};
use crate::cli::LockCommand;
use crate::lock::{self, Lock, MergeError};
use crate::state;

pub(super) fn run(context: &Context, command: &LockCommand) -> Outcome {
    let LockCommand::Merge { base, ours, theirs } = command;
    let base = read(context, base)?;
    let our_path = context.path(ours);
    let ours = required(context, ours)?;
    let theirs = required(context, theirs)?;
    match lock::merge(base.as_ref(), &ours, &theirs) {
        Ok(merged) => {
            state::write_text(&our_path, &lock::to_json(&merged))?;
            Ok(Exit::Done)
        }
        Err(MergeError::Posts(conflicts)) => {
            state::write_text(&our_path, &conflicts.marked())?;
            let message = MergeError::Posts(conflicts).to_string();
            Err(Failure::new(Exit::Failed, message)
                .hint("keep one side's line of each post in its place and remove the marked block; both were sent by a run, `tgsync status` and the chat tell which is there"))
        }
        Err(error) => Err(Failure::new(Exit::Failed, error.to_string())
            .hint("keep the lock of the channel you publish to: `git checkout --ours` or `--theirs` `-- state.lock.json`")),
    }
}

/// A lock; `None` for an empty file, which git gives for a base that has none.
fn read(context: &Context, path: &Path) -> Result<Option<Lock>, Failure> {
    let text = read_text(&context.path(path))
        .map_err(|error| Failure::new(Exit::Failed, format!("can't read `{}`: {error}", path.display())))?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let invalid = |error: lock::LockError| {
        Failure::new(Exit::Invalid, format!("`{}` can't be read: {error}", path.display())).hint(error.hint())
    };
    lock::parse(&text).map(Some).map_err(invalid)
}

fn required(context: &Context, path: &Path) -> Result<Lock, Failure> {
    read(context, path)?.ok_or_else(|| Failure::new(Exit::Invalid, format!("`{}` is empty", path.display())))
}
