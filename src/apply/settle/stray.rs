//! Sends that were found absent and had their effect after all: looked for after each later send, claimed, deleted. Markers
//! that nobody saw arrive are looked for by every run, until they can be expected to be there.

use std::collections::BTreeSet;

use super::evidence::{Bench, Evidence, Testimony, classify};
use super::look::{GLANCE_GAP, MAX_WINDOW, UPDATES_LAG, coverage, is_other};
use super::says;
use super::told::StrayCopy;
use super::{Aside, Case, Halt, Settler, TICKET};
use crate::ids::{MessageId, Timestamp};
use crate::lock::{Ticket, What};
use crate::ports::{Clock, Platform, Probe, Reading, StateError, StateStore, Witness};

impl<P, S, C> Settler<'_, P, S, C>
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    /// After a send that became `sent`: what arrived between the last message that was looked at and these.
    pub(in crate::apply) async fn watch(&self, sent: &[MessageId]) -> Result<(), StateError> {
        let now = self.clock.now().await;
        let tickets = self.live(now).await;
        let (Some(from), Some(to)) = (tickets.iter().map(|ticket| ticket.top).min(), sent.iter().min())
        else {
            return Ok(());
        };
        let ids: Vec<MessageId> = {
            let ledger = self.ledger.lock().await;
            let explained = ledger.lock().explained(self.site.chat);
            (from.0.saturating_add(1)..to.0)
                .map(MessageId)
                .filter(|id| !explained.contains(id))
                .take(200)
                .collect()
        };
        if ids.is_empty() || !self.orders.rules.absent_is_watched {
            return Ok(());
        }
        match self.look_for(tickets, &ids).await {
            Err(Halt::State(error)) => Err(error),
            // They are looked for again after the next send.
            Err(Halt::Stopped | Halt::Ask(_) | Halt::Later(_)) | Ok(false) => Ok(()),
            Ok(true) => self.fact(What::Looked { through: *to, at: now }).await,
        }
    }

    async fn live(&self, now: Timestamp) -> Vec<Ticket> {
        let ledger = self.ledger.lock().await;
        let tickets = ledger.lock().of_chat(self.site.chat).flat_map(|lock| lock.watch.tickets.clone());
        tickets.filter(|ticket| ticket.until > now).collect()
    }

    /// Look for markers though nothing is in doubt and nothing is sent: they are not to stay in the chat.
    pub(super) async fn seek_markers(&self) -> Result<(), StateError> {
        let now = self.clock.now().await;
        let all = self.awaited().await;
        let (tickets, past): (Vec<Ticket>, Vec<Ticket>) = all.into_iter().partition(|one| one.until > now);
        for ticket in past {
            self.fact_of_ticket(&ticket.id, What::NotMarked { id: ticket.id.clone() }).await?;
        }
        let over: Vec<Ticket> =
            tickets.iter().filter(|one| one.is_sought() && self.is_over(one, now)).cloned().collect();
        match self.seek(tickets, !over.is_empty()).await {
            Err(Halt::State(error)) => return Err(error),
            // They are looked for again by the next run.
            Err(Halt::Stopped | Halt::Ask(_) | Halt::Later(_)) | Ok(false) => return Ok(()),
            Ok(true) => {}
        }
        let left: BTreeSet<String> = self.awaited().await.into_iter().map(|ticket| ticket.id).collect();
        for ticket in over.into_iter().filter(|ticket| left.contains(&ticket.id)) {
            let id = ticket.id.clone();
            self.fact_of_ticket(&id, What::Marking { ticket: Ticket { looked: true, ..ticket } }).await?;
        }
        Ok(())
    }

    /// A marker that was not there by then would have come later than anything is believed to.
    fn is_over(&self, ticket: &Ticket, now: Timestamp) -> bool {
        let patience = &self.orders.patience;
        let spans = if ticket.text { patience.text } else { patience.media };
        let made = ticket.until.checked_sub(TICKET).unwrap_or(Timestamp::MIN);
        self.over_at(spans, made, now) <= now
    }

    /// Look at what is above the lowest of these that is sought, as far as there are messages. `false`: answers of the
    /// platform can't be trusted, or there is too much to look at. `last`: no other run is going to look.
    async fn seek(&self, tickets: Vec<Ticket>, last: bool) -> Result<bool, Halt> {
        let sought = tickets.iter().filter(|ticket| ticket.is_sought());
        let Some(from) = sought.clone().map(|ticket| ticket.top).min() else { return Ok(false) };
        let gap = GLANCE_GAP + sought.count();
        if !self.trusts_probes().await? {
            return Ok(false);
        }
        let mut case = self.empty_case(&tickets);
        let known = self.ledger.lock().await.lock().top(self.site.chat);
        let (mut id, mut missing, mut probed) = (from, 0, 0);
        while missing < gap {
            id = MessageId(id.0.saturating_add(1));
            if self.is_explained(id).await {
                continue;
            }
            if probed == MAX_WINDOW {
                return Ok(false);
            }
            self.probe(&mut case, id).await?;
            probed += 1;
            let there = case.found.contains_key(&id) || id <= known;
            missing = if there { 0 } else { missing + 1 };
        }
        self.claim_all(case, tickets, last).await?;
        Ok(true)
    }

    /// `false`: of something that is there it can't be told whose it is.
    async fn look_for(&self, tickets: Vec<Ticket>, ids: &[MessageId]) -> Result<bool, Halt> {
        let mut case = self.empty_case(&tickets);
        for id in ids {
            self.probe(&mut case, *id).await?;
        }
        self.claim_all(case, tickets, false).await
    }

    /// Of all that was found to be there. `quotes`: what says nothing else of whose it is may be quoted.
    async fn claim_all(&self, mut case: Case, mut tickets: Vec<Ticket>, quotes: bool) -> Result<bool, Halt> {
        let there = |(id, told): (&MessageId, &Testimony)| {
            told.probes.iter().any(|probe| matches!(probe, Probe::There { .. })).then_some(*id)
        };
        let there: BTreeSet<MessageId> = case.told.iter().filter_map(there).collect();
        if there.is_empty() {
            return Ok(true);
        }
        if self.site.rights.edit_others {
            self.pause(UPDATES_LAG).await?;
            self.listen(&mut case).await?;
        }
        if self.site.scratch.is_some() || quotes {
            let unclear = self.unclear(&case, &there).await;
            self.read_all(&mut case, &unclear).await?;
        }
        let mut told = true;
        for id in there {
            told &= self.claim(&case, id, &mut tickets).await?;
        }
        Ok(told)
    }

    /// Those of which a reading may tell more.
    async fn unclear(&self, case: &Case, there: &BTreeSet<MessageId>) -> Vec<MessageId> {
        let mut unclear = Vec::new();
        for id in there {
            let told = case.told.get(id).cloned().unwrap_or_default();
            let evidence = self.whose(case, *id, &told).await;
            let read = self.site.scratch.is_some() && matches!(evidence, Evidence::Own(_));
            if read || matches!(evidence, Evidence::Opaque(_)) {
                unclear.push(*id);
            }
        }
        unclear
    }

    /// A case of tickets: nothing is in doubt, and anything may arrive.
    fn empty_case(&self, tickets: &[Ticket]) -> Case {
        let made = tickets.iter().map(|ticket| ticket.until).min().unwrap_or(Timestamp::MAX);
        Case::new(Vec::new(), made.checked_sub(TICKET).unwrap_or(Timestamp::MIN))
    }

    /// Whether it could be told whose it is.
    async fn claim(&self, case: &Case, id: MessageId, tickets: &mut Vec<Ticket>) -> Result<bool, Halt> {
        let told = case.told.get(&id).cloned().unwrap_or_default();
        match self.whose(case, id, &told).await {
            Evidence::Own(_) => {}
            Evidence::Opaque(_) => return Ok(false),
            _ => return Ok(true),
        }
        let holds_text = told.probes.contains(&Probe::There { holds_text: true });
        let seen = match &told.reading {
            Some(Reading::Seen(seen)) => Some(&**seen),
            _ => None,
        };
        let Some(place) = tickets.iter().position(|ticket| ticket.text == holds_text) else {
            return Ok(true);
        };
        let ticket = &tickets[place];
        let differs =
            ticket.says.as_ref().zip(seen).is_some_and(|(says, seen)| *says != says::digest_of(seen));
        let mut copy = StrayCopy {
            target: self.site.target.clone(),
            slug: ticket.slug.clone(),
            id,
            url: self.site.links.url(id),
            deleted: false,
        };
        if !differs {
            copy.deleted = self.remove(ticket, id).await?;
            if ticket.slug.is_none() {
                let id = tickets.remove(place).id;
                self.fact_of_ticket(&id, What::NotMarked { id: id.clone() }).await?;
            }
        }
        (self.orders.aside)(&Aside::Stray(copy));
        Ok(true)
    }

    async fn remove(&self, ticket: &Ticket, message: MessageId) -> Result<bool, Halt> {
        let stray = What::Stray { slug: ticket.slug.clone(), message };
        if self.orders.rules.claim_before_delete {
            self.fact(stray).await?;
            return Ok(self.sweep(message).await?);
        }
        let gone = self.sweep(message).await?;
        self.fact(stray).await?;
        Ok(gone)
    }

    async fn whose(&self, case: &Case, id: MessageId, told: &Testimony) -> Evidence {
        let now = self.clock.now().await;
        let ledger = self.ledger.lock().await;
        let lock = ledger.lock();
        let bench = Bench {
            chat: self.site.chat,
            edit_others: self.site.rights.edit_others,
            ledger: coverage(lock, self.site.chat, case, id),
            span: (case.over, now),
            wanted: &[],
            rules: &self.orders.rules,
        };
        let heard = is_other(lock, self.site.chat, id);
        classify(id, &Testimony { heard, receipt: case.receipts.contains(&id), ..told.clone() }, &bench)
    }
}
