//! Changes of the lock that a person asks for: the lock of this moment in, events folded, saved, committed.

use std::rc::Rc;

use super::context::Context;
use super::project::Project;
use super::publish::{self, Saving};
use super::{Exit, Failure};
use crate::apply::Ledger;
use crate::cli::Save;
use crate::clock::AnyClock;
use crate::ids::TargetName;
use crate::lock::{Hold, Lock, What};
use crate::ports::{Clock as _, StateStore as _};
use crate::report::json::FailureReason;
use crate::state::{LocalState, RunGuard};

/// A change of the lock that is under way.
pub(super) struct Surgery {
    pub project: Rc<Project>,
    ledger: Ledger<LocalState>,
    hold: Hold,
    /// As it is on disk.
    before: Lock,
    clock: AnyClock,
    saving: Saving,
    _guard: RunGuard,
}

impl Surgery {
    pub(super) async fn begin(context: &Context, save: &Save) -> Result<Self, Failure> {
        let project = Project::open(context)?;
        let guard = RunGuard::take(project.scratch()).map_err(|error| Failure {
            exit: Exit::Refused,
            ..Failure::from(error).reason(FailureReason::Locked)
        })?;
        let clock = project.live_clock(context).await?;
        let saving = Saving::choose(context, &project, save)?;
        let upstream = publish::fetch(context, &project, &saving)?;
        let saved = project.saved_lock(&upstream)?;
        let lock = project.replayed(saved.clone())?;
        let before = saved.unwrap_or_else(|| Lock::new(lock.lineage.clone()));
        let state = LocalState::new(project.root.join(project.config.lock.as_str()), project.scratch());
        let hold = lock.hold.clone();
        let mut ledger = Ledger::new(lock, state);
        ledger.begin(clock.now().await).await?;
        Ok(Self { project: Rc::new(project), ledger, hold, before, clock, saving, _guard: guard })
    }

    /// As it is so far.
    pub(super) fn lock(&self) -> &Lock {
        self.ledger.lock()
    }

    /// For what writes down as it goes.
    pub(super) fn ledger(&mut self) -> &mut Ledger<LocalState> {
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
        let (mut lock, mut state) = self.ledger.into_parts();
        lock.hold = self.hold;
        if lock == self.before {
            return Ok(state.forget_journal()?);
        }
        lock.serial += 1;
        state.save(&lock).await?;
        state.scratch().remember(&lock.lineage, lock.serial)?;
        publish::publish(context, &self.project, &self.saving, message, &self.clock).await.1
    }
}
