//! One step of a change: one call, or one fact to record, and what its end means.

use std::collections::BTreeMap;

use super::call::{End, Op};
use super::end::StepEnd;
use super::settle::{Settled, Settler, Verdict};
use super::worker::Worker;
use crate::ids::{ChatId, MessageId, Slug};
use crate::lock::{Intent, IntentVerb, KnownFiles, Payload, Recorded, TargetLock, What};
use crate::media::FileRef;
use crate::plan::{Change, Filled, LockPlaces, OnMissing, Open, Reason, Step, Touch, Verb};
use crate::ports::{Clock, Outgoing, Platform, RefusalKind, Sent, StateError, StateStore, Witness};

/// Times that one post is sent in one run, each after it was found that the one before had no effect.
const MAX_SENDS: usize = 3;

/// What a send that nobody saw the end of turned out to be.
enum Now {
    Sent(Vec<MessageId>),
    /// It had no effect.
    Again,
    Open {
        why: String,
        /// Only a person can tell; else the next run finds out.
        asks: bool,
    },
}

/// Messages that a send takes the place of.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    pub(super) ids: Vec<MessageId>,
    /// Those that may still be in the chat.
    pub(super) left: Vec<MessageId>,
}

impl<P: Platform + Witness + Sync, S: StateStore + Send, C: Clock + Sync> Worker<'_, P, S, C> {
    pub(super) async fn step(&mut self, change: &Change, step: &Step) -> Result<StepEnd, StateError> {
        match step {
            Step::Move { from } => {
                self.fact(What::Renamed { from: from.clone(), to: change.slug.clone() }).await
            }
            Step::Keep { keep } => self.fact(What::Keep { slug: change.slug.clone(), keep: *keep }).await,
            Step::Forget => self.fact(What::Forgotten { slug: change.slug.clone() }).await,
            Step::Send { part, message } => {
                let replaced = self.replaced(change, *part).await;
                self.send(change, *part, message, &replaced).await
            }
            Step::Edit { part, touch, message } => self.edit(change, (*part, *touch), message).await,
            Step::Pin { pin, message } => self.pin(change, *pin, message).await,
            Step::Expel { id } => self.expel(&change.slug, *id).await,
            Step::Gone { ids } => {
                self.fact(What::Removed { slug: change.slug.clone(), ids: ids.clone() }).await
            }
            Step::Shrink { parts } => {
                self.fact(What::Shrunk { slug: change.slug.clone(), parts: *parts }).await
            }
            Step::Remove { ids, how } => self.remove(&change.slug, ids, *how).await,
            Step::Sweep { ids, how } => self.sweep(&change.slug, ids, *how).await,
        }
    }

    pub(super) async fn fact(&self, what: What) -> Result<StepEnd, StateError> {
        self.facts([what]).await?;
        Ok(StepEnd::Done(Vec::new()))
    }

    /// Write down what no call stands behind, and in the same breath that it completes its change.
    pub(super) async fn facts(&self, facts: impl IntoIterator<Item = What>) -> Result<(), StateError> {
        let done = self.completes.clone().map(|change| What::Done { change });
        let now = self.line.clock.now().await;
        let facts = facts.into_iter().chain(done);
        self.ledger.lock().await.facts(now, &self.job.plan.target, facts).await
    }

    /// What the ledger knows of this target right now.
    pub(super) async fn with_lock<T>(&self, look: impl FnOnce(&TargetLock) -> T) -> T {
        let ledger = self.ledger.lock().await;
        let none = TargetLock::default();
        look(ledger.lock().targets.get(&self.job.plan.target).unwrap_or(&none))
    }

    pub(super) async fn fill(&self, message: &Open) -> Filled {
        let ledger = self.ledger.lock().await;
        let (lock, none) = (ledger.lock(), TargetLock::default());
        let own = lock.targets.get(&self.job.plan.target).unwrap_or(&none);
        let files = KnownFiles::of(lock, Some(self.job.bot));
        message.fill(&LockPlaces { lock: own, links: &self.job.links, files: &files })
    }

    /// What a send takes the place of: the first part of a re-send, of the whole post.
    pub(super) async fn replaced(&self, change: &Change, part: usize) -> Replaced {
        if change.verb != Verb::Resend || part > 0 {
            return Replaced::default();
        }
        let parts = |lock: &TargetLock| lock.posts.get(&change.slug).map(|post| post.parts.clone());
        let parts = self.with_lock(parts).await.unwrap_or_default();
        let left: Vec<MessageId> = parts.into_iter().flat_map(|part| part.ids).collect();
        Replaced { ids: left.clone(), left }
    }

    /// Send a part, anew where it takes the place of others.
    async fn send(
        &mut self,
        change: &Change,
        part: usize,
        message: &Open,
        replaced: &Replaced,
    ) -> Result<StepEnd, StateError> {
        let slug = &change.slug;
        if self.chat_in_doubt().await {
            self.report.behind_doubt = true;
            return Ok(StepEnd::Skipped(Reason::BehindDoubt.words().to_owned()));
        }
        let Some((mut intent, outgoing)) = self.sending(change, (part, message), replaced).await else {
            return Ok(StepEnd::Skipped("the post it replies to was not sent".to_owned()));
        };
        intent.completes.clone_from(&self.completes);
        self.announce(change, &intent).await?;
        let record = intent.record.clone().expect("a send has one");
        let op = Op::Send(outgoing);
        let sent = |intent: &Intent, messages: &[Sent]| What::Sent {
            slug: slug.clone(),
            part,
            ids: messages.iter().map(|message| message.id).collect(),
            at: intent.at,
            record: record.clone(),
            files: files(messages),
            shown: messages.iter().filter_map(|message| message.shown.clone()).collect(),
            left: replaced.left.clone(),
        };
        for _ in 0..MAX_SENDS {
            intent.after = self.top;
            match self.line.call(intent.clone(), op.clone(), sent).await? {
                End::Done(messages) => {
                    return self.arrived(messages.iter().map(|message| message.id).collect()).await;
                }
                End::InDoubt(why) => match self.settle(why).await? {
                    Now::Sent(ids) => return self.arrived(ids).await,
                    Now::Again => {}
                    Now::Open { why, asks } => return Ok(StepEnd::InDoubt { why, asks }),
                },
                end => return Ok(judge(end)),
            }
        }
        let why = format!("sent {MAX_SENDS} times without an answer, and it is not there");
        Ok(StepEnd::Down { why, hint: Some("run it again: what was done is recorded".to_owned()) })
    }

    /// A send became these messages: what was found absent before may be among those below them.
    async fn arrived(&mut self, ids: Vec<MessageId>) -> Result<StepEnd, StateError> {
        self.top = ids.iter().copied().fold(self.top, MessageId::max);
        self.settler().watch(&ids).await?;
        Ok(StepEnd::Done(ids))
    }

    /// Find out at once what became of a send that nobody saw the end of.
    async fn settle(&mut self, why: String) -> Result<Now, StateError> {
        let fresh = {
            let mut ledger = self.ledger.lock().await;
            ledger.withdraw(&self.job.plan.target).await?;
            let doubts = ledger.lock().of_chat(self.job.chat).flat_map(|target| &target.doubt);
            doubts.map(|pending| pending.id.clone()).collect()
        };
        let mut settlement = self.settler().settle(&fresh).await?;
        self.top = self.top.max(self.ledger.lock().await.lock().top(self.job.chat));
        if settlement.stopped {
            self.interrupt();
            let why = format!("{why}; interrupted before it was known what became of it");
            return Ok(Now::Open { why, asks: false });
        }
        let verdict = settlement.settled.last().map(|last| last.verdict.clone());
        let target = &self.job.plan.target;
        let adopted = |one: &&Settled| one.target == *target && matches!(one.verdict, Verdict::Adopt(_));
        self.adopted.extend(settlement.settled.iter().filter(adopted).map(|one| one.slug.clone()));
        self.report.settled.append(&mut settlement.settled);
        Ok(match verdict {
            Some(Verdict::Adopt(ids)) => Now::Sent(ids),
            Some(Verdict::Absent) => Now::Again,
            Some(Verdict::Ask(because)) => Now::Open { why: format!("{why}; {because}"), asks: true },
            Some(Verdict::Later(because)) => Now::Open { why: format!("{why}; {because}"), asks: false },
            None => Now::Open { why, asks: false },
        })
    }

    pub(super) fn settler(&self) -> Settler<'_, P, S, C> {
        Settler {
            site: self.job.site(),
            ledger: self.ledger,
            pace: self.line.pace,
            clock: self.line.clock,
            orders: self.line.orders,
        }
    }

    /// An edit that nobody saw the end of must not undo the next one: wait until it can't. `false`: the run is to end.
    pub(super) async fn outwait(&self, slug: &Slug, id: MessageId) -> Result<bool, StateError> {
        let late = |lock: &TargetLock| {
            let part = lock.posts.get(slug)?.parts.iter().find(|part| part.ids.contains(&id))?;
            Some((part.late?, part.kind.has_file()))
        };
        let Some((at, file)) = self.with_lock(late).await.filter(|_| self.line.orders.rules.edit_waits)
        else {
            return Ok(true);
        };
        self.settler().outwait(at, file).await
    }

    async fn edit(
        &mut self,
        change: &Change,
        (part, touch): (usize, Touch),
        message: &Open,
    ) -> Result<StepEnd, StateError> {
        let slug = &change.slug;
        let known = self.with_lock(|lock| lock.posts.get(slug).cloned()).await;
        let id = |post: &Recorded| post.parts.get(part)?.ids.get(touch.item.unwrap_or(0)).copied();
        let Some((post, id)) = known.and_then(|post| Some((post.clone(), id(&post)?))) else {
            return Ok(StepEnd::Skipped("it was not sent".to_owned()));
        };
        let filled = self.fill(message).await;
        let filled_in = filled.record.links.iter().any(|(to, id)| post.links.get(to) != Some(id));
        if change.reasons == [Reason::LinkTarget] && !filled_in {
            return Ok(StepEnd::Skipped("the post it links to was not sent".to_owned()));
        }
        let mut record = filled.record;
        record.fixed.clone_from(&post.parts[part].fixed);
        record.links = self.links_after(change, (part, touch), record.links).await;
        record.more = if change.verb == Verb::Edit { post.more } else { is_followed(change, part) };
        let content = filled.payload.content.edit(touch.item, touch.caption);
        let payload = Payload { content, ..filled.payload };
        if !self.outwait(slug, id).await? {
            return Ok(StepEnd::Stopped);
        }
        let mut intent = self.intent(slug, part, IntentVerb::Edit).await;
        intent.ids = vec![id];
        intent.payload = Some(payload.clone());
        intent.record = Some(record.clone());
        let op = Op::Edit(id, Outgoing { payload, topic: filled.topic });
        let edited = |_: &Intent, messages: &[Sent]| What::Edited {
            slug: slug.clone(),
            part,
            record: record.clone(),
            item: touch.item,
            files: files(messages),
            shown: messages.first().and_then(|message| message.shown.clone()),
        };
        match self.line.call(intent, op, edited).await? {
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                self.gone(change, (part, id), message).await
            }
            end => Ok(judge(end)),
        }
    }

    /// The links to record of a post once this part says `own`. They are the whole post's: as long as an edit has other
    /// messages left to change, they stay as they were, or what is left would be forgotten with the run.
    pub(super) async fn links_after(
        &self,
        change: &Change,
        (part, touch): (usize, Touch),
        own: BTreeMap<Slug, MessageId>,
    ) -> BTreeMap<Slug, MessageId> {
        if change.verb != Verb::Edit {
            return own;
        }
        let written: Vec<(Spot, &Open)> = change.steps.iter().filter_map(written).collect();
        let last = written.last().is_none_or(|(last, _)| *last == (part, touch.item));
        self.with_lock(|lock| {
            if !last {
                return lock.posts.get(&change.slug).map(|post| post.links.clone()).unwrap_or_default();
            }
            let places = LockPlaces { lock, links: &self.job.links, files: &KnownFiles::default() };
            let others = written.iter().flat_map(|(_, message)| message.fill(&places).record.links);
            others.chain(own).collect()
        })
        .await
    }

    async fn pin(&mut self, change: &Change, pin: bool, message: &Open) -> Result<StepEnd, StateError> {
        let slug = &change.slug;
        let first = self.with_lock(|lock| lock.posts.get(slug).and_then(Recorded::first_id)).await;
        let Some(id) = first else {
            return Ok(StepEnd::Skipped("it was not sent".to_owned()));
        };
        match self.set_pinned(slug, id, pin).await? {
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone && pin => {
                let completes = self.completes.take();
                let end = self.gone(change, (0, id), message).await?;
                self.completes = completes;
                let StepEnd::Restored(ids) = &end else { return Ok(end) };
                match ids.first() {
                    Some(id) => match self.set_pinned(slug, *id, pin).await? {
                        End::Done(_) => Ok(end),
                        other => Ok(judge(other)),
                    },
                    None => Ok(end),
                }
            }
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                self.fact(What::Pinned { slug: slug.clone(), pin }).await
            }
            end => Ok(judge(end)),
        }
    }

    async fn set_pinned(&self, slug: &Slug, id: MessageId, pin: bool) -> Result<End, StateError> {
        let verb = if pin { IntentVerb::Pin } else { IntentVerb::Unpin };
        let mut intent = self.intent(slug, 0, verb).await;
        intent.ids = vec![id];
        let pinned = |_: &Intent, _: &[Sent]| What::Pinned { slug: slug.clone(), pin };
        self.line.call(intent, Op::Pin(id, pin), pinned).await
    }

    /// Telegram says that a message is not there any more. Of an album the others may be: they go when it is sent anew.
    async fn gone(
        &mut self,
        change: &Change,
        (part, gone): (usize, MessageId),
        message: &Open,
    ) -> Result<StepEnd, StateError> {
        let slug = &change.slug;
        match self.job.policy.on_missing {
            OnMissing::Report => Ok(StepEnd::Failed {
                why: "it was deleted in Telegram".to_owned(),
                hint: Some("`on_missing: restore` sends it again".to_owned()),
            }),
            OnMissing::Forget => {
                self.fact(What::Forgotten { slug: slug.clone() }).await?;
                Ok(StepEnd::Remark("it was deleted in Telegram and is not tracked any more".to_owned()))
            }
            OnMissing::Restore if self.restores_left == 0 => Ok(StepEnd::Failed {
                why: "it was deleted in Telegram; sending it again would pass the guard's `max_sends`"
                    .to_owned(),
                hint: Some("`--allow sends` lifts it once".to_owned()),
            }),
            OnMissing::Restore => {
                let ids = |lock: &TargetLock| Some(lock.posts.get(slug)?.parts.get(part)?.ids.clone());
                let ids = self.with_lock(ids).await.unwrap_or_default();
                let left = ids.iter().copied().filter(|id| *id != gone).collect();
                let replaced = Replaced { ids, left };
                let end = self.send(change, part, message, &replaced).await?;
                let StepEnd::Done(ids) = end else { return Ok(end) };
                self.restores_left -= 1;
                self.restored.insert(slug.clone());
                Ok(StepEnd::Restored(ids))
            }
        }
    }

    pub(super) async fn intent(&self, slug: &Slug, part: usize, verb: IntentVerb) -> Intent {
        Intent {
            target: self.job.plan.target.clone(),
            slug: slug.clone(),
            part,
            verb,
            at: self.line.clock.now().await,
            after: self.top,
            ids: Vec::new(),
            left: Vec::new(),
            payload: None,
            topic: None,
            record: None,
            completes: self.completes.clone(),
        }
    }

    /// Any target that writes to this chat has a send in doubt.
    async fn chat_in_doubt(&self) -> bool {
        let ledger = self.ledger.lock().await;
        let in_doubt = ledger.lock().of_chat(self.job.chat).any(|target| !target.doubt.is_empty());
        in_doubt && self.line.orders.rules.doubt_holds_back
    }
}

/// A part, and the message of it if it is an album that is edited.
type Spot = (usize, Option<usize>);

/// What a step writes, and where.
fn written(step: &Step) -> Option<(Spot, &Open)> {
    match step {
        Step::Edit { part, touch, message } => Some(((*part, touch.item), message)),
        Step::Send { part, message } => Some(((*part, None), message)),
        _ => None,
    }
}

/// Whether further messages of the same send come after this part. What an edit adds to a post is not of its send.
pub(super) fn is_followed(change: &Change, part: usize) -> bool {
    let later = |step: &Step| matches!(step, Step::Send { part: later, .. } if *later > part);
    change.verb != Verb::Edit && change.steps.iter().any(later)
}

/// The files of messages; empty where none is known.
fn files(messages: &[Sent]) -> Vec<Option<FileRef>> {
    let files: Vec<_> = messages.iter().flat_map(|message| message.files.clone()).collect();
    if files.iter().any(Option::is_some) { files } else { Vec::new() }
}

pub(super) fn judge(end: End) -> StepEnd {
    let hint = |text: &str| Some(text.to_owned());
    match end {
        End::Done(messages) => StepEnd::Done(messages.into_iter().map(|message| message.id).collect()),
        End::InDoubt(why) => StepEnd::InDoubt { why, asks: false },
        End::Stopped => StepEnd::Stopped,
        End::Down(why) => StepEnd::Down { why, hint: hint("run it again: what was done is recorded") },
        End::Refused(refusal) => match refusal.kind {
            RefusalKind::Access => StepEnd::Down {
                why: refusal.text,
                hint: hint(
                    "the bot needs to be an administrator of the chat with the rights to post and edit",
                ),
            },
            RefusalKind::Moved(to) => StepEnd::Down { why: refusal.text, hint: Some(moved(to)) },
            RefusalKind::NotEditable => StepEnd::Failed {
                why: refusal.text,
                hint: hint("only the bot's own posts can be edited, unless it may edit posts of others"),
            },
            RefusalKind::TooOld => StepEnd::Failed {
                why: refusal.text,
                hint: hint(
                    "rich messages need a server with Bot API 10.1 or newer; `format: html` works with any",
                ),
            },
            _ => StepEnd::Failed { why: refusal.text, hint: None },
        },
    }
}

/// The way on when a group became a supergroup.
pub fn moved(to: ChatId) -> String {
    format!(
        "the group became a supergroup: write `chat: {to}` into the config, then `tgsync state rebind TARGET`"
    )
}
