//! One target, change by change: the imperative loop at the heart of the press.

use std::collections::BTreeSet;

use tokio::sync::Mutex;

use super::call::Line;
use super::end::StepEnd;
use super::report::{Item, List, Message, Report};
use super::{Job, Ledger, Tell};
use crate::ids::{ChangeId, MessageId, PlanId, Slug};
use crate::lock::What;
use crate::plan::{Change, FOUND_OUT, Reason, Step, Verb};
use crate::ports::{Clock, Platform, StateError, StateStore, Witness};

pub(super) struct Worker<'a, P, S, C> {
    pub job: &'a Job<'a, P>,
    pub line: Line<'a, P, S, C>,
    pub ledger: &'a Mutex<Ledger<S>>,
    pub tell: Tell<'a>,
    pub report: Report,
    /// Why nothing more is tried for this target.
    pub down: Option<String>,
    pub restored: BTreeSet<Slug>,
    /// Posts that were found in the chat after a send without an answer.
    pub adopted: BTreeSet<Slug>,
    /// The change that is complete once the call that comes next took effect.
    pub completes: Option<ChangeId>,
    /// Sends that the guard leaves for restores nobody planned.
    pub restores_left: usize,
    /// The highest message id that this chat is known to have had.
    pub top: MessageId,
}

impl<P: Platform + Witness + Sync, S: StateStore + Send, C: Clock + Sync> Worker<'_, P, S, C> {
    /// Carry out the plan of this target, then what came up on the way. `under_way` is the plan it is a part of.
    pub(super) async fn run(&mut self, under_way: &PlanId) -> Result<(), StateError> {
        let plan = self.job.plan;
        let mut end = match &self.down {
            None => self.start(under_way).await,
            Some(_) => Ok(()),
        };
        if let Err(error) = &end {
            self.down = Some(not_tried_after(&error.what));
        }
        for change in &plan.changes {
            end = end.and(self.carry_out(change, true).await);
        }
        if end.is_ok() && !(self.restored.is_empty() && self.adopted.is_empty()) {
            end = self.follow_up().await;
        }
        let withdrawn = self.ledger.lock().await.withdraw(&plan.target).await;
        end.and(withdrawn)
    }

    async fn start(&self, under_way: &PlanId) -> Result<(), StateError> {
        let now = self.line.clock.now().await;
        let target = &self.job.plan.target;
        let mut ledger = self.ledger.lock().await;
        let bound =
            ledger.lock().targets.get(target).is_some_and(|lock| lock.chat.is_some() && lock.bot.is_some());
        let bind = (!bound).then(|| What::bound(self.job.chat, self.job.bot, self.job.policy.chat.as_ref()));
        let started = What::Started { plan: under_way.clone() };
        ledger.facts(now, target, bind.into_iter().chain([started])).await
    }

    /// Restored posts have new ids: their referrers and pins follow, in the same run. What was found in the chat is made
    /// sure of: a person may have had a hand in it.
    async fn follow_up(&mut self) -> Result<(), StateError> {
        let lock = self.ledger.lock().await.lock().clone();
        let follow_up = (self.job.replan)(&lock);
        let done: BTreeSet<&ChangeId> = self.report.done.iter().map(|item| &item.change).collect();
        let planned = self.job.plan.changes.iter().map(|change| &change.id);
        let failed: BTreeSet<&ChangeId> = planned.filter(|id| !done.contains(id)).collect();
        let entailed = |change: &Change| {
            let made_sure = self.adopted.contains(&change.slug) && change.reasons.contains(&Reason::Unsure);
            let follows =
                |reason: &Reason| matches!(reason, Reason::LinkTarget | Reason::Pin | Reason::Leftover);
            let entailed = |reason: &Reason| follows(reason) || made_sure && *reason == Reason::Unsure;
            (made_sure || !self.restored.is_empty()) && change.reasons.iter().all(entailed)
        };
        let changes: Vec<Change> = follow_up
            .changes
            .into_iter()
            .filter(|change| change.is_due() && entailed(change) && !failed.contains(&change.id))
            .collect();
        for change in &changes {
            self.carry_out(change, false).await?;
        }
        Ok(())
    }

    fn item(&self, change: &Change) -> Item {
        Item::of(&self.job.plan.target, change)
    }

    fn end(&mut self, list: List, item: Item) {
        (self.tell)(list, &item);
        self.report.list(list).push(item);
    }

    /// Carry out one change; `planned` ones count as a part of the plan. What could not be recorded ends the run.
    async fn carry_out(&mut self, change: &Change, planned: bool) -> Result<(), StateError> {
        if !change.is_due() {
            self.report.set_aside(&self.job.plan.target, change);
            return Ok(());
        }
        if self.line.orders.stop.is_requested() {
            self.interrupt();
        }
        let item = self.item(change);
        if let Some(why) = &self.down {
            self.end(List::Skipped, item.because(why.clone()));
            return Ok(());
        }
        let end = self.steps(change, planned).await;
        match end {
            Ok((list, item)) => {
                self.end(list, item);
                Ok(())
            }
            Err(error) => {
                self.down = Some(not_tried_after(&error.what));
                self.end(List::Failed, item.because(&error.what).hinted(error.hint.as_deref()));
                Err(error)
            }
        }
    }

    pub(super) fn interrupt(&mut self) {
        self.report.interrupted = true;
        self.down.get_or_insert_with(|| INTERRUPTED.to_owned());
    }

    /// All steps of a change, as far as they go.
    async fn steps(&mut self, change: &Change, planned: bool) -> Result<(List, Item), StateError> {
        let mut item = self.item(change);
        let mut restored = BTreeSet::new();
        for (index, step) in change.steps.iter().enumerate() {
            if matches!(step, Step::Edit { part, .. } if restored.contains(part)) {
                continue;
            }
            self.completes = completed_by(change, index).filter(|_| planned);
            match self.step(change, step).await? {
                StepEnd::Done(ids) => item.messages.extend(ids.into_iter().map(|id| self.message(id))),
                StepEnd::Restored(ids) => {
                    if let Step::Edit { part, .. } = step {
                        restored.insert(*part);
                    }
                    item.verb = Verb::Restore;
                    item = item.because("it was deleted in Telegram and has been sent again");
                    item.messages.extend(ids.into_iter().map(|id| self.message(id)));
                }
                StepEnd::Remark(why) => item.why = why,
                StepEnd::Skipped(why) => return Ok((List::Skipped, item.because(why))),
                StepEnd::Stopped => {
                    self.interrupt();
                    return Ok((List::Skipped, item.because(INTERRUPTED)));
                }
                StepEnd::Failed { why, hint } => {
                    return Ok((List::Failed, item.because(why).hinted(hint.as_deref())));
                }
                StepEnd::InDoubt { why, asks } => {
                    let hint = if asks { ASK } else { FOUND_OUT };
                    return Ok((List::InDoubt, item.because(why).hinted(Some(hint))));
                }
                StepEnd::Down { why, hint } => {
                    self.down = Some(not_tried_after(&why));
                    return Ok((List::Failed, item.because(why).hinted(hint.as_deref())));
                }
            }
        }
        if planned {
            self.complete(change).await?;
        }
        Ok((List::Done, item))
    }

    /// Write down that a change is done, unless its last call said so.
    async fn complete(&self, change: &Change) -> Result<(), StateError> {
        if !change.decides() {
            return Ok(());
        }
        let now = self.line.clock.now().await;
        let target = &self.job.plan.target;
        let mut ledger = self.ledger.lock().await;
        let applying = ledger.lock().targets.get(target).and_then(|lock| lock.applying.as_ref());
        if applying.is_some_and(|applying| applying.done.contains(&change.id)) {
            return Ok(());
        }
        ledger.facts(now, target, [What::Done { change: change.id.clone() }]).await
    }

    fn message(&self, id: MessageId) -> Message {
        Message { id, url: self.job.links.url(id) }
    }
}

/// The change, if this is the step that decides whether it is done: not what is left over when all else is.
pub(super) fn completed_by(change: &Change, step: usize) -> Option<ChangeId> {
    let last = change.steps.iter().rposition(|step| !matches!(step, Step::Sweep { .. }));
    (Some(step) == last && change.decides()).then(|| change.id.clone())
}

const ASK: &str = "look at the end of the chat, then `tgsync resolve SLUG --sent-as ID` or `--not-sent`";

const INTERRUPTED: &str = "interrupted";

pub(super) fn not_tried_after(why: &str) -> String {
    format!("not tried after: {why}")
}
