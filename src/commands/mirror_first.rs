//! `apply` mirrors first: a link to a file must not be published before the file.

use super::context::Context;
use super::mirror::{check_guard, exit};
use super::mirror_run::Run;
use super::mirroring::Mirroring;
use super::planning::Planning;
use super::{Exit, Failure};
use crate::apply::Ledger;
use crate::cli::Apply;
use crate::clock::AnyClock;
use crate::lock::Lock;
use crate::mirror::{MirrorPlan, Report};
use crate::ports::{Clock as _, StateStore as _};
use crate::report::json::FailureReason;
use crate::report::mirror as report;
use crate::state::LocalState;

/// What an apply has to mirror.
pub(super) struct First<'a> {
    mirroring: Mirroring<'a>,
    pub plan: MirrorPlan,
}

impl<'a> First<'a> {
    /// `None`: the config has no mirror.
    pub(super) async fn gather(planning: &Planning<'a>, lock: &Lock) -> Result<Option<Self>, Failure> {
        let Some(mirroring) = Mirroring::gather(planning, lock)? else { return Ok(None) };
        let plan = mirroring.plan(false).await?;
        mirroring.keep_cache();
        Ok(Some(Self { mirroring, plan }))
    }

    /// Whether the guard lets it pass, and, where objects are to go and no other question is asked, the user.
    pub(super) fn check(&self, context: &Context, args: &Apply, asks: bool) -> Result<(), Failure> {
        check_guard(&self.mirroring, &self.mirroring.posts, &self.plan, &args.allow)
            .map_err(|failure| failure.reason(FailureReason::Guard))?;
        let asks = asks && self.plan.deletes().next().is_some() && !args.yes;
        if asks && !context.ask("Remove these objects? Only `yes` is taken for yes:")? {
            return Err(Failure::new(Exit::Refused, "declined: nothing was uploaded or removed"));
        }
        Ok(())
    }

    /// Carry it out. The lock is saved whatever becomes of it; anything amiss is an error, and nothing is sent.
    pub(super) async fn carry_out(
        &mut self,
        context: &Context,
        planning: &Planning<'_>,
        clock: &AnyClock,
        lock: Lock,
    ) -> (Lock, Result<Option<report::ReportView>, Failure>) {
        if self.plan.is_empty() && self.mirroring.posts.notice().is_none() {
            return (lock, Ok(None));
        }
        let project = planning.project;
        let before = lock.clone();
        let mut ledger = Ledger::new(lock, project.local_state());
        let outcome = self.run(context, clock, &mut ledger).await;
        let (mut lock, mut state) = ledger.into_parts();
        let saved = if lock == before {
            state.forget_journal()
        } else {
            lock.serial += 1;
            let saved = state.save(&lock).await;
            let _ = state.scratch().remember(&lock.lineage, lock.serial);
            saved
        };
        let outcome = outcome.and_then(|report| self.judge(context, &report));
        (lock, outcome.and_then(|view| saved.map(|()| Some(view)).map_err(Failure::from)))
    }

    async fn run(
        &mut self,
        context: &Context,
        clock: &AnyClock,
        ledger: &mut Ledger<LocalState>,
    ) -> Result<Report, Failure> {
        let preflight = |failure: Failure| failure.reason(FailureReason::Preflight);
        let store = self.mirroring.connect(context, clock, false).await.map_err(preflight)?;
        ledger.begin(clock.now().await).await?;
        let (stop, secrets) = (context.stop(), self.mirroring.secrets());
        let on_uploaded = self.mirroring.settings.on_uploaded.as_ref();
        let mut run = Run { context, clock, store: &store, ledger, stop, on_uploaded, secrets };
        let found = run.look(&mut self.mirroring.posts, false).await?.found;
        if found > 0 {
            self.plan = self.mirroring.posts.plan(None, false);
        }
        let mut report = run.carry_out(&mut self.mirroring.posts, &self.plan).await?;
        report.found = found;
        if report.is_good() {
            report.told = run.tell(&mut self.mirroring.posts).await?;
        }
        Ok(report)
    }

    fn judge(&self, context: &Context, report: &Report) -> Result<report::ReportView, Failure> {
        context.say(report::outcome(report).trim_end());
        if exit(report) == Exit::Done {
            return Ok(report::ReportView::new(&self.mirroring.store, report));
        }
        for failed in &report.failed {
            context.tell(&report::failed(failed, context.talk));
        }
        let message = match report.failed.len() {
            0 => "the mirror was interrupted, so nothing was sent".to_owned(),
            1 => "a file could not be mirrored, so nothing was sent".to_owned(),
            n => format!("{n} files could not be mirrored, so nothing was sent"),
        };
        Err(Failure::new(exit(report), message)
            .hint("what is in the store is recorded; the next run goes on from there")
            .reason(FailureReason::ApplyFailed))
    }
}
