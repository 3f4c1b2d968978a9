//! Looking at messages: whether they are there, whose they are, what they say.

use std::collections::BTreeMap;
use std::time::Duration;

use super::evidence::{Bench, CLOCKS_DIFFER, Coverage, Evidence, ForeignBy, Testimony, classify};
use super::patience::later;
use super::verdict::{Candidate, Verdict, decide};
use super::{Case, GLANCES, Halt, Settler};
use crate::ids::{ChatId, MessageId, Timestamp};
use crate::lock::{Lock, Recorded};
use crate::ports::{CallError, ChatKind, Clock, Platform, Probe, Reading, StateStore, Witness};

/// An id that no chat gets to.
const IMPOSSIBLE: MessageId = MessageId(i32::MAX);

/// An update may come this much later than the message that it tells of.
pub(super) const UPDATES_LAG: Duration = Duration::from_secs(5);

/// A glance ends behind so many ids that are not there.
pub(super) const GLANCE_GAP: usize = 3;

/// Most ids that are looked at for one doubt.
pub(super) const MAX_WINDOW: usize = 200;

/// Most messages that are read by markers which answer them.
const MAX_QUOTES: usize = 10;

impl<P, S, C> Settler<'_, P, S, C>
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    /// Whether the one send in question is there already: that can be told at once, its absence can't.
    pub(super) async fn glance(&self, case: &mut Case) -> Result<Option<Vec<MessageId>>, Halt> {
        if case.open.len() != 1 || self.anything_awaited().await || !self.trusts_probes().await? {
            return Ok(None);
        }
        for wait in GLANCES {
            self.pause(Duration::from_secs(wait)).await?;
            self.look_behind(case).await?;
            self.listen(case).await?;
            let now = self.clock.now().await;
            let top =
                case.told.keys().next_back().map_or(case.after(), |top| MessageId(top.0.saturating_add(1)));
            let window = self.candidates(case, top).await;
            // What is not there yet is no evidence of anything.
            let there = |one: &Candidate| {
                matches!(one.evidence, Evidence::Own(_))
                    && (!self.site.rights.edit_others || self.is_ripe(case, one.id, now))
            };
            let own: Vec<Candidate> = window.into_iter().filter(there).collect();
            let wanted = case.open[0].pending.payload.content.messages();
            if own.len() == wanted
                && let [Verdict::Adopt(ids)] =
                    decide(&case.payloads(), &own, true, &self.orders.rules).as_slice()
            {
                return Ok(Some(ids.clone()));
            }
            if now >= case.over {
                break;
            }
        }
        Ok(None)
    }

    /// Updates would have told of it by now.
    fn is_ripe(&self, case: &Case, id: MessageId, now: Timestamp) -> bool {
        case.found.get(&id).is_some_and(|found| later(*found, UPDATES_LAG) <= now)
    }

    /// Look at the ids behind the last known one, up to a gap.
    async fn look_behind(&self, case: &mut Case) -> Result<(), Halt> {
        let mut gap = 0;
        let mut id = case.after();
        let wanted = case.open[0].pending.payload.content.messages();
        for _ in 0..wanted + 2 * GLANCE_GAP {
            id = MessageId(id.0.saturating_add(1));
            if gap == GLANCE_GAP || self.is_explained(id).await {
                continue;
            }
            self.probe(case, id).await?;
            gap = if case.found.contains_key(&id) { 0 } else { gap + 1 };
        }
        Ok(())
    }

    pub(super) async fn is_explained(&self, id: MessageId) -> bool {
        let ledger = self.ledger.lock().await;
        ledger.lock().explained(self.site.chat).contains(&id)
    }

    async fn anything_awaited(&self) -> bool {
        let ledger = self.ledger.lock().await;
        ledger.lock().of_chat(self.site.chat).any(|target| !target.watch.tickets.is_empty())
    }

    /// A message that is there and one that can't be answer as they should.
    pub(super) async fn trusts_probes(&self) -> Result<bool, Halt> {
        if !self.orders.rules.calibrated {
            return Ok(true);
        }
        let known = self.newest_own().await;
        let Some(known) = known else { return Ok(false) };
        let there = matches!(self.ask_probe(known).await?, Probe::There { .. });
        Ok(there && self.ask_probe(IMPOSSIBLE).await? == Probe::Missing)
    }

    async fn newest_own(&self) -> Option<MessageId> {
        let ledger = self.ledger.lock().await;
        let targets = ledger.lock().targets.values().filter(|lock| self.is_ours(lock));
        targets.flat_map(|lock| lock.posts.values()).flat_map(Recorded::ids).max()
    }

    /// The same with the marker, which is there for certain.
    pub(super) async fn calibrate(&self, marker: MessageId) -> Result<(), Halt> {
        let there = self.ask_probe(marker).await?;
        if !matches!(there, Probe::There { .. }) {
            let what = told(&there);
            return Err(Halt::Later(format!(
                "the platform says of the bot's own message {marker}, which is there, that {what}"
            )));
        }
        let missing = self.ask_probe(IMPOSSIBLE).await?;
        if missing != Probe::Missing {
            let what = told(&missing);
            return Err(Halt::Later(format!(
                "the platform says of a message that can't be there that {what}"
            )));
        }
        Ok(())
    }

    /// Look at every id below the marker that no record explains.
    pub(super) async fn window(&self, case: &mut Case, top: MessageId) -> Result<Vec<Candidate>, Halt> {
        case.told.retain(|_, told| told.probes.iter().any(|probe| matches!(probe, Probe::There { .. })));
        self.listen(case).await?;
        let ids = self.in_question(case, top).await?;
        for id in &ids {
            self.probe(case, *id).await?;
            let gone = !case.found.contains_key(id);
            if gone && !self.orders.rules.marker_ends_window {
                break;
            }
        }
        if self.orders.rules.missing_twice {
            self.look_again(case, &ids).await?;
        }
        if self.site.rights.edit_others {
            self.pause(UPDATES_LAG).await?;
            self.listen(case).await?;
            self.read_unwitnessed(case, top).await?;
        }
        Ok(self.candidates(case, top).await)
    }

    async fn in_question(&self, case: &Case, top: MessageId) -> Result<Vec<MessageId>, Halt> {
        let ledger = self.ledger.lock().await;
        let explained = ledger.lock().explained(self.site.chat);
        let after = case.after().0;
        let ids = (after.saturating_add(1)..top.0).map(MessageId).filter(|id| !explained.contains(id));
        let ids: Vec<MessageId> = ids.take(MAX_WINDOW + 1).collect();
        if ids.len() > MAX_WINDOW {
            return Err(Halt::Ask(format!(
                "more than {MAX_WINDOW} messages between {after} and {top} may be it"
            )));
        }
        Ok(ids)
    }

    async fn look_again(&self, case: &mut Case, ids: &[MessageId]) -> Result<(), Halt> {
        let missing = |id: &&MessageId| {
            case.told.get(id).is_some_and(|told| told.probes.as_slice() == [Probe::Missing])
        };
        let missing: Vec<MessageId> = ids.iter().filter(missing).copied().collect();
        for id in missing {
            self.probe(case, id).await?;
        }
        Ok(())
    }

    /// Ask once whether a message is there.
    pub(super) async fn probe(&self, case: &mut Case, id: MessageId) -> Result<(), Halt> {
        let probe = self.ask_probe(id).await?;
        if matches!(probe, Probe::There { .. } | Probe::Locked) {
            let now = self.clock.now().await;
            case.found.entry(id).or_insert(now);
        }
        case.told.entry(id).or_default().probes.push(probe);
        Ok(())
    }

    pub(super) async fn ask_probe(&self, id: MessageId) -> Result<Probe, Halt> {
        match self.ask(1, || self.site.platform.probe(id)).await? {
            Ok(probe) => Ok(probe),
            Err(error) => Ok(Probe::Opaque(error.to_string())),
        }
    }

    /// Read what is there and could be anybody's, as far as it can be read.
    async fn read_unwitnessed(&self, case: &mut Case, top: MessageId) -> Result<(), Halt> {
        let unclear = |one: &Candidate| {
            matches!(one.evidence, Evidence::Opaque(_))
                && case.found.contains_key(&one.id)
                && one.seen.is_none()
        };
        let window = self.candidates(case, top).await;
        let ids: Vec<MessageId> = window.iter().filter(|one| unclear(one)).map(|one| one.id).collect();
        self.read_all(case, &ids).await
    }

    pub(super) async fn read_all(&self, case: &mut Case, ids: &[MessageId]) -> Result<(), Halt> {
        for (index, id) in ids.iter().enumerate() {
            let reading = match self.site.scratch {
                Some(scratch) => match self.ask(0, || self.site.platform.read(*id, scratch)).await? {
                    Ok(reading) => Some(reading),
                    Err(error) => self.unread(case, &error),
                },
                None if self.site.kind == ChatKind::Channel && index < MAX_QUOTES => {
                    self.quote(case, *id).await?
                }
                None => None,
            };
            case.told.entry(*id).or_default().reading = reading;
        }
        Ok(())
    }

    fn unread(&self, case: &mut Case, error: &CallError) -> Option<Reading> {
        case.notes.push(format!("the scratch chat is of no use: {error}"));
        None
    }

    /// The same in words, with those that updates told of.
    pub(super) async fn evidence(&self, case: &Case) -> Vec<(MessageId, String)> {
        let through = case.through.unwrap_or(MessageId(i32::MAX));
        let window = self.candidates(case, through).await;
        let mut words: BTreeMap<MessageId, String> =
            window.into_iter().map(|one| (one.id, one.evidence.to_string())).collect();
        let ledger = self.ledger.lock().await;
        let others = ledger.lock().of_chat(self.site.chat).flat_map(|target| &target.watch.others);
        for id in others.filter(|id| case.after() < **id && **id < through) {
            words.entry(*id).or_insert_with(|| Evidence::Foreign(ForeignBy::Heard).to_string());
        }
        words.into_iter().collect()
    }

    /// What is known of every message below `top` that no record explains.
    pub(super) async fn candidates(&self, case: &Case, top: MessageId) -> Vec<Candidate> {
        let ledger = self.ledger.lock().await;
        let lock = ledger.lock();
        let wanted = case.payloads();
        let bench = |id: MessageId| Bench {
            chat: self.site.chat,
            edit_others: self.site.rights.edit_others,
            ledger: coverage(lock, self.site.chat, case, id),
            span: (case.from(), case.over),
            wanted: &wanted,
            rules: &self.orders.rules,
        };
        let explained = lock.explained(self.site.chat);
        let in_window = case.told.range(..top).filter(|(id, _)| **id > case.after());
        let unexplained =
            in_window.filter(|(id, _)| !explained.contains(id) || is_other(lock, self.site.chat, **id));
        unexplained
            .map(|(id, told)| {
                let heard = is_other(lock, self.site.chat, *id);
                let told = Testimony { heard, receipt: case.receipts.contains(id), ..told.clone() };
                candidate(*id, &told, &bench(*id))
            })
            .collect()
    }
}

/// An update told of it.
pub(super) fn is_other(lock: &Lock, chat: ChatId, id: MessageId) -> bool {
    lock.of_chat(chat).any(|target| target.watch.others.contains(&id))
}

fn candidate(id: MessageId, told: &Testimony, bench: &Bench<'_>) -> Candidate {
    let holds_text = told.probes.iter().find_map(|probe| match probe {
        Probe::There { holds_text } => Some(*holds_text),
        _ => None,
    });
    let seen = match &told.reading {
        Some(Reading::Seen(seen)) => Some((**seen).clone()),
        _ => None,
    };
    Candidate { id, evidence: classify(id, told, bench), holds_text, seen }
}

/// How much of what others posted, as far as it can be this message, was told by updates.
pub(super) fn coverage(lock: &Lock, chat: ChatId, case: &Case, id: MessageId) -> Coverage {
    let Some(since) = case.heard else { return Coverage::Torn };
    let before = MessageId(id.0.saturating_sub(1));
    let known = lock.of_chat(chat).filter_map(|target| target.known_at(before)).max();
    if known.is_some_and(|known| since <= known) {
        Coverage::Whole
    } else {
        // Of a send of that time everything is told; of another message, by the clock that dated it.
        Coverage::Since(if since <= case.from() {
            Timestamp::MIN
        } else {
            since.checked_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX)
        })
    }
}

fn told(probe: &Probe) -> String {
    match probe {
        Probe::There { .. } => "the bot could edit it".to_owned(),
        Probe::Locked => "the bot can't edit it".to_owned(),
        Probe::Missing => "it is not there".to_owned(),
        Probe::Opaque(answer) => format!("`{answer}`"),
    }
}
