//! The press at work for `tgsync apply`: every target with something due, its chat, and what is told meanwhile.

use tokio::sync::Mutex;

use super::apply::{Desk, tell_set_aside};
use super::leasing::Store;
use super::preflight::Ready;
use super::settling;
use crate::apply::{self, Item, Job, Ledger, List, Report};
use crate::ids::TargetName;
use crate::lock::Lock;
use crate::plan::{ChatLinks, Found, Plan, TargetPlan};
use crate::ports::StateError;

impl Desk<'_> {
    /// What became of the plan, and where that is written down.
    pub(super) async fn press(
        &self,
        plan: &Plan,
        ready: Vec<Option<Ready>>,
        (before, store): (Lock, Store),
    ) -> (Report, (Lock, Store), Result<(), StateError>) {
        let replans: Vec<_> = plan.targets.iter().map(|target| self.replan(target.target.clone())).collect();
        tell_set_aside(self.context, &apply::untouched(plan));
        let targets = plan.targets.iter().zip(ready).zip(&replans);
        let jobs: Vec<_> =
            targets.filter_map(|((plan, ready), replan)| Some(self.job(plan, ready?, replan))).collect();
        let batch = if store.is_local() { 1 } else { self.project.config.git.batch };
        let ledger = Mutex::new(Ledger::new(before, store));
        let progress = self.context.progress(jobs.iter().map(|job| job.plan.due().count()).sum());
        let tell = |list: List, item: &Item| {
            self.context.show_change(list, item);
            progress.inc(1);
        };
        let aside = |aside: &apply::Aside| self.context.show_aside(aside);
        let orders = apply::Orders {
            tell: &tell,
            aside: &aside,
            batch,
            commit: self.project.head(),
            narrowed: self.planning.scope.only.is_some(),
            ..settling::orders(self.context, self.project, self.quiet)
        };
        let (report, result) = apply::apply((plan, &jobs), &ledger, &**self.clock, &orders).await;
        progress.finish_and_clear();
        (report, ledger.into_inner().into_parts(), result)
    }

    fn replan(&self, target: TargetName) -> impl Fn(&Lock) -> TargetPlan {
        let planning = &self.planning;
        move |lock| planning.plan_target(&target, lock, &Found::default())
    }

    fn job<'j>(
        &'j self,
        plan: &'j TargetPlan,
        ready: Ready,
        replan: &'j dyn Fn(&Lock) -> TargetPlan,
    ) -> Job<'j, crate::telegram::BotApi> {
        let policy = self.planning.policy(&plan.target);
        Job {
            links: ChatLinks::of(policy.chat.as_ref(), Some(ready.description.chat)),
            policy,
            platform: ready.api,
            chat: ready.description.chat,
            bot: ready.description.bot,
            kind: ready.description.kind,
            rights: ready.description.rights,
            scratch: policy.scratch_chat,
            sends_allowed: self.args.allow.contains(&crate::cli::AllowArg::Sends),
            replan,
            plan,
        }
    }
}
