//! The end of a run: the lock is saved, committed and pushed, and what runs take turns to hold is given back with it.

use super::context::Context;
use super::leasing::Store;
use super::project::Project;
use super::publish::{self, Saving};
use super::{Exit, Failure};
use crate::clock::AnyClock;
use crate::lock::Lock;
use crate::ports::{StateError, StateStore as _};
use crate::report::json::{FailureReason, SavedView};

/// Save the lock, commit and push it, and give the leases back with it.
pub(super) struct Ending<'a> {
    pub context: &'a Context,
    pub project: &'a Project,
    pub saving: &'a Saving,
    pub clock: &'a AnyClock,
    pub message: &'a str,
}

impl Ending<'_> {
    /// The lock as it was saved, what became of it, and whether all went well. `before` is as it is on disk.
    pub(super) async fn finish(
        &self,
        (mut lock, mut store): (Lock, Store),
        before: &Lock,
    ) -> (Lock, SavedView, Result<(), Failure>) {
        let unsaved = |lock: Lock, error: StateError| {
            let failure = Failure::from(error).reason(FailureReason::StatePush);
            (lock, SavedView::default(), Err(Failure { exit: Exit::Partly, ..failure }))
        };
        let owes = store.owes();
        if owes && let Err(error) = store.conclude(&mut lock).await {
            return unsaved(lock, error);
        }
        if let Err(error) = save(&mut lock, &mut store, before).await {
            return unsaved(lock, error);
        }
        let (saved, published) =
            publish::publish(self.context, self.project, self.saving, self.message, self.clock).await;
        if store.is_local() || saved.pushed {
            return (lock, saved, published);
        }
        let freed = if owes { store.free(&lock).await } else { Ok(()) };
        let freed = match freed {
            Ok(()) => published.map_err(kept),
            Err(error) => published.and(Err(unreleased(&error))),
        };
        (lock, saved, freed)
    }
}

/// A lock that is not on the branch costs no message.
fn kept(failure: Failure) -> Failure {
    let known = "until then runs go on from the journal, and nothing is sent again";
    let hint = failure.hint.as_ref().map_or_else(|| known.to_owned(), |hint| format!("{hint}; {known}"));
    failure.hint(hint)
}

fn unreleased(error: &StateError) -> Failure {
    let hint =
        error.hint.clone().unwrap_or_else(|| "the next run waits until the lease has run out".to_owned());
    Failure::new(Exit::Partly, format!("the lease was not given back: {}", error.what))
        .hint(hint)
        .reason(FailureReason::StatePush)
}

/// Save the lock if it changed, and empty the journal.
pub(super) async fn save(lock: &mut Lock, store: &mut Store, before: &Lock) -> Result<(), StateError> {
    if lock == before {
        return store.inner_mut().forget_journal();
    }
    lock.serial += 1;
    store.save(lock).await?;
    // It only helps to notice the loss of the lock.
    let _ = store.inner().scratch().remember(&lock.lineage, lock.serial);
    Ok(())
}
