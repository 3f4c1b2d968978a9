//! Changes of the lock that a person asks for: the lock of this moment in, events folded, saved, committed.

use std::rc::Rc;
use std::sync::Arc;

use super::context::Context;
use super::ending::Ending;
use super::leasing::{Me, Search, Seats, Store};
use super::project::Project;
use super::publish::{self, Saving};
use super::settling::Settling;
use super::{Exit, Failure};
use crate::apply::Ledger;
use crate::cli::{Keeping, Save};
use crate::clock::AnyClock;
use crate::ids::{TargetName, Timestamp};
use crate::lock::{Hold, Lock, What};
use crate::ports::Clock as _;
use crate::report::json::FailureReason;
use crate::state::RunGuard;

/// A change of the lock that is under way.
pub(super) struct Surgery {
    pub project: Rc<Project>,
    ledger: Ledger<Store>,
    hold: Hold,
    /// As it is on disk.
    before: Lock,
    clock: Arc<AnyClock>,
    saving: Saving,
    /// When the calls of the run before had ended at the latest, where it did not say so.
    quiet: Option<Timestamp>,
    _guard: RunGuard,
}

impl Surgery {
    /// Without `keeping` nothing of a target is changed, and no journal has to be waited for.
    pub(super) async fn begin(
        context: &Context,
        save: &Save,
        keeping: Option<&Keeping>,
    ) -> Result<Self, Failure> {
        let project = Project::open(context)?;
        let guard = RunGuard::take(project.scratch()).map_err(|error| Failure {
            exit: Exit::Refused,
            ..Failure::from(error).reason(FailureReason::Locked)
        })?;
        let clock = Arc::new(project.live_clock(context).await?);
        let saving = Saving::choose(context, &project, save)?;
        let (lock, seats) = match keeping {
            Some(keeping) => {
                let search = Search { context, project: &project, keeping, saving: &saving, clock: &clock };
                let begun = search.begin().await?;
                (begun.lock, begun.seats)
            }
            None => (project.lock_beside(&publish::fetch(context, &project, &saving)?)?, Seats::default()),
        };
        let before = project.lock_on_disk()?.unwrap_or_else(|| Lock::new(lock.lineage.clone()));
        let now = clock.now().await;
        let me = Me::new(context, project.config.patience.terms(false));
        let (hold, quiet) = (lock.hold.clone(), seats.quiet());
        let store = seats.store(project.local_state(), &lock, (Arc::clone(&clock), &me));
        let mut ledger = Ledger::new(lock, store);
        ledger.begin(now).await?;
        Ok(Self { project: Rc::new(project), ledger, hold, before, clock, saving, quiet, _guard: guard })
    }

    /// Look for what is in doubt there, also where a person was asked already.
    pub(super) async fn settle(mut self, context: &Context, targets: &[TargetName]) -> Result<Self, Failure> {
        let project = Rc::clone(&self.project);
        let settling =
            Settling { context, project: &project, clock: &self.clock, quiet: self.quiet, again: true };
        let (ledger, settled) = settling.settle(targets, self.ledger).await;
        self.ledger = ledger;
        settled.map(|_| self)
    }

    /// As it is so far.
    pub(super) fn lock(&self) -> &Lock {
        self.ledger.lock()
    }

    /// For what writes down as it goes.
    pub(super) fn ledger(&mut self) -> &mut Ledger<Store> {
        &mut self.ledger
    }

    /// Write down and fold what happened to one target: all of it or nothing.
    pub(super) async fn fold(
        &mut self,
        target: &TargetName,
        facts: impl IntoIterator<Item = What>,
    ) -> Result<(), Failure> {
        let now = self.clock.now().await;
        Ok(self.ledger.facts(now, target, facts).await?)
    }

    pub(super) fn set_hold(&mut self, hold: Hold) {
        self.hold = hold;
    }

    /// Save, commit and push what changed.
    pub(super) async fn finish(self, context: &Context, message: &str) -> Result<(), Failure> {
        let (mut lock, mut store) = self.ledger.into_parts();
        lock.hold = self.hold;
        if store.is_local() && lock == self.before {
            return Ok(store.inner_mut().forget_journal()?);
        }
        let ending =
            Ending { context, project: &self.project, saving: &self.saving, clock: &self.clock, message };
        ending.finish((lock, store), &self.before).await.2
    }
}
