//! The marker: a silent message that ends the ids in question, written down before it is sent, and deleted.

use super::patience::later;
use super::says::says;
use super::verdict::{Candidate, is_text};
use super::{Case, Evidence, Halt, Settler, TICKET, whole_seconds};
use crate::ids::{MessageId, Slug, Timestamp};
use crate::lock::{Kind, TargetLock, Ticket, What};
use crate::ports::{CallError, Clock, Platform, Reading, RefusalKind, StateError, StateStore, Witness};

/// Markers without an answer until nothing more is tried.
const MAX_LOST: usize = 3;

impl<P, S, C> Settler<'_, P, S, C>
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    /// A marker of another kind than the sends in question.
    pub(super) async fn mark(&self, case: &Case) -> Result<MessageId, Halt> {
        let unlike = unlike(case);
        let marked = self
            .marking(unlike, || async { self.site.platform.mark(unlike).await.map(|id| (Some(id), None)) })
            .await?;
        marked.0.ok_or_else(|| Halt::Later("a marker was sent that has no id".to_owned()))
    }

    /// What a message says, by a marker that answers it.
    pub(super) async fn quote(&self, case: &mut Case, id: MessageId) -> Result<Option<Reading>, Halt> {
        let unlike = unlike(case);
        let quoted = self
            .marking(unlike, || async {
                self.site.platform.quote(id, unlike).await.map(|(marker, reading)| (marker, Some(reading)))
            })
            .await;
        match quoted {
            Ok((marker, reading)) => {
                if let Some(marker) = marker {
                    self.sweep(marker).await?;
                }
                Ok(reading)
            }
            Err(Halt::Ask(why) | Halt::Later(why)) => {
                case.notes.push(why);
                Ok(None)
            }
            Err(halt) => Err(halt),
        }
    }

    async fn marking<F>(
        &self,
        unlike: Kind,
        send: impl Fn() -> F,
    ) -> Result<(Option<MessageId>, Option<Reading>), Halt>
    where
        F: Future<Output = Result<(Option<MessageId>, Option<Reading>), CallError>>,
    {
        let mut lost = 0;
        let mut waits = 0;
        while lost < MAX_LOST && waits < 10 {
            let wait = self.pace.lock().await.reserve(self.clock.now().await, self.site.chat, 1);
            self.pause(wait).await?;
            let (id, at) = self.intend(unlike).await?;
            self.ledger.lock().await.tend().await?;
            match send().await {
                Ok((Some(message), reading)) => {
                    self.fact(What::Marked { id, message, at }).await?;
                    return Ok((Some(message), reading));
                }
                Ok((None, reading)) => {
                    self.fact(What::NotMarked { id }).await?;
                    return Ok((None, reading));
                }
                Err(CallError::Unknown(_)) => lost += 1,
                Err(CallError::RetryAfter(wait)) => {
                    self.fact(What::NotMarked { id }).await?;
                    waits += 1;
                    self.pause(wait).await?;
                }
                Err(CallError::Unreachable(_)) => {
                    self.fact(What::NotMarked { id }).await?;
                    waits += 2;
                    self.pause(std::time::Duration::from_secs(waits)).await?;
                }
                Err(CallError::Refused(refusal)) => {
                    self.fact(What::NotMarked { id }).await?;
                    return Err(Halt::Later(format!("no marker can be sent: {}", refusal.text)));
                }
            }
        }
        Err(Halt::Later("no marker could be sent that was answered".to_owned()))
    }

    /// Write down that a marker may be in the chat from now on.
    async fn intend(&self, unlike: Kind) -> Result<(String, Timestamp), Halt> {
        let now = whole_seconds(self.clock.now().await);
        let mut ledger = self.ledger.lock().await;
        let ticket = Ticket {
            id: ledger.new_id(now),
            part: 0,
            says: None,
            slug: None,
            text: unlike.has_file(),
            looked: false,
            top: ledger.lock().top(self.site.chat),
            until: later(now, TICKET),
        };
        let id = ticket.id.clone();
        if self.orders.rules.marker_is_intended {
            ledger.facts(now, self.site.target, [What::Marking { ticket }]).await?;
        }
        Ok((id, now))
    }

    pub(super) async fn fact(&self, what: What) -> Result<(), StateError> {
        let now = self.clock.now().await;
        self.ledger.lock().await.facts(now, self.site.target, [what]).await
    }

    /// The same of a ticket, wherever that is written down: several targets may share the chat.
    pub(super) async fn fact_of_ticket(&self, id: &str, what: What) -> Result<(), StateError> {
        let now = self.clock.now().await;
        let mut ledger = self.ledger.lock().await;
        let holds = |lock: &TargetLock| lock.watch.tickets.iter().any(|ticket| ticket.id == id);
        let target = ledger.lock().targets.iter().find(|(_, lock)| holds(lock)).map(|(name, _)| name.clone());
        ledger.facts(now, target.as_ref().unwrap_or(self.site.target), [what]).await
    }

    /// Delete a message that was claimed. What can't be deleted now is left to the next run.
    pub(super) async fn sweep(&self, message: MessageId) -> Result<bool, StateError> {
        for _ in 0..3 {
            let wait = self.pace.lock().await.reserve(self.clock.now().await, self.site.chat, 0);
            let _ = self.pause(wait).await;
            self.ledger.lock().await.tend().await?;
            match self.site.platform.delete(message).await {
                Ok(()) => {
                    self.fact(What::Swept { message }).await?;
                    return Ok(true);
                }
                Err(CallError::RetryAfter(wait)) => drop(self.pause(wait).await),
                Err(CallError::Refused(refusal)) if refusal.kind == RefusalKind::NotDeletable => {
                    self.fact(What::Swept { message }).await?;
                    return Ok(false);
                }
                Err(_) => {}
            }
        }
        Ok(false)
    }

    /// Delete what this run or one before claimed.
    pub(super) async fn sweep_claimed(&self) -> Result<(), StateError> {
        let claimed: Vec<MessageId> = {
            let ledger = self.ledger.lock().await;
            let targets = ledger.lock().targets.values().filter(|lock| self.is_ours(lock));
            targets.flat_map(|lock| lock.watch.markers.iter().chain(&lock.watch.strays)).copied().collect()
        };
        for message in claimed {
            self.sweep(message).await?;
        }
        Ok(())
    }

    /// Markers that nobody saw arrive are known by their kind, and copies of the one send in question by the sends of it
    /// that were found absent before. They are claimed, and in question no more.
    pub(super) async fn without_strays(
        &self,
        case: &Case,
        window: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, Halt> {
        let mut awaited = self.awaited().await;
        let mut spare = surplus(case, &window);
        let wanted = |text: bool| case.payloads().iter().any(|payload| is_text(payload) == text);
        let mut rest = Vec::new();
        for one in window {
            let text = one.holds_text.filter(|_| matches!(one.evidence, Evidence::Own(_)));
            let is_it = |ticket: &Ticket| match &ticket.slug {
                None => text.is_some_and(|text| ticket.text == text && !wanted(text)),
                Some(slug) => {
                    spare > 0 && text == Some(ticket.text) && is_copy(case, (slug, ticket.part), &one)
                }
            };
            let Some(place) = awaited.iter().position(is_it) else {
                rest.push(one);
                continue;
            };
            let ticket = awaited.swap_remove(place);
            spare -= usize::from(ticket.slug.is_some());
            self.fact(What::Stray { slug: ticket.slug, message: one.id }).await?;
            self.fact_of_ticket(&ticket.id, What::NotMarked { id: ticket.id.clone() }).await?;
        }
        Ok(rest)
    }

    pub(super) async fn awaited(&self) -> Vec<Ticket> {
        let ledger = self.ledger.lock().await;
        ledger.lock().of_chat(self.site.chat).flat_map(|lock| lock.watch.tickets.clone()).collect()
    }
}

/// How many messages of the bot there are beyond what the one send in question became.
fn surplus(case: &Case, window: &[Candidate]) -> usize {
    let [doubt] = case.open.as_slice() else { return 0 };
    let own = window.iter().filter(|one| matches!(one.evidence, Evidence::Own(_)));
    let fits = own.filter(|one| one.holds_text == Some(is_text(&doubt.pending.payload)));
    fits.count().saturating_sub(doubt.pending.payload.content.messages())
}

/// A message of the bot may be an earlier try of the send in question.
fn is_copy(case: &Case, (slug, part): (&Slug, usize), one: &Candidate) -> bool {
    case.open.iter().any(|doubt| {
        let pending = &doubt.pending;
        let reads = one.seen.as_ref().and_then(|seen| says(&pending.payload, seen));
        pending.slug == *slug && pending.part == part && reads != Some(false)
    })
}

/// The kind that a marker must not be of.
fn unlike(case: &Case) -> Kind {
    case.open.first().map_or(Kind::Text, |doubt| doubt.pending.record.kind)
}
