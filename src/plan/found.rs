//! What somebody did to messages in Telegram, as a look at them found it, and what is planned about it.

use std::collections::{BTreeMap, BTreeSet};

use super::block::block;
use super::id::{self, What};
use super::planner::{Planner, count, draft, messages};
use super::transition::{Again, Barrier, Touch, touches};
use super::{Change, Facets, Foreign, How, Message, OnMissing, Open, Reason, Step, Verb, Wanted};
use crate::content::OnDrift;
use crate::ids::{Digest, MessageId, Slug};
use crate::lock::{Gone, Kind, Recorded, RecordedPart};

/// What a look at the messages of a target found. One that is not named is as it is recorded, or nobody looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Not in the chat any more.
    pub missing: BTreeSet<MessageId>,
    /// Edited by somebody, and what kind of message it is now, if that is known.
    pub edited: BTreeMap<MessageId, Option<Kind>>,
    /// There, and nobody can tell whether it was edited.
    pub unknown: BTreeSet<MessageId>,
    /// Posts of others that are there.
    pub foreign: BTreeSet<MessageId>,
    /// Digests of what subscribers see of those that could be read.
    pub shown: BTreeMap<MessageId, Digest>,
}

impl Found {
    /// The kind of file that a message holds now that was sent as a text.
    fn file_now(&self, part: &RecordedPart) -> bool {
        let now = part.ids.iter().filter_map(|id| self.edited.get(id).copied().flatten());
        !part.kind.has_file() && now.into_iter().any(Kind::has_file)
    }
}

impl<'a> Planner<'a> {
    /// Messages of a post that is wanted are gone: all of them, or some.
    pub(super) fn missing(&mut self, wanted: &'a Wanted<'a>, record: &Recorded, gone: &[MessageId]) {
        let slug = wanted.post.slug();
        match self.input.policy.on_missing {
            OnMissing::Restore if gone.len() == part_ids(record).count() => {
                self.send(wanted, Verb::Restore, &messages(record));
            }
            OnMissing::Restore => self.close_ranks(wanted, record, gone),
            OnMissing::Report => self
                .notes
                .push(format!("`{slug}` was deleted in Telegram; `on_missing: report` leaves it so")),
            OnMissing::Forget => {
                let what = What::Forget { from: record.ids().collect() };
                let id = self.id(slug, Verb::Forget, None, what);
                let mut change = draft(wanted, id, Verb::Forget, vec![Reason::Missing]);
                change.messages = messages(record);
                change.steps.push(Step::Forget);
                self.phases.facts.push(change);
            }
        }
    }

    /// What is left of it moves up by edits, and the rest follows at the end of the chat: its messages stay in their
    /// order. Where no edit can do that, the post is sent anew.
    fn close_ranks(&mut self, wanted: &'a Wanted<'a>, record: &Recorded, gone: &[MessageId]) {
        let slug = wanted.post.slug();
        let id = self.id(slug, Verb::Forget, None, What::Forget { from: gone.to_vec() });
        let mut change = draft(wanted, id, Verb::Forget, vec![Reason::Missing]);
        change.messages = messages(record).into_iter().filter(|message| gone.contains(&message.id)).collect();
        let of_all = count(part_ids(record).count(), "message", "messages");
        change.notes.push(format!("{} of its {of_all}; the others move up", gone.len()));
        change.steps.push(Step::Gone { ids: gone.to_vec() });
        self.phases.facts.push(change);
        let left = record.without(gone);
        self.posts.insert(slug.clone(), left.clone());
        self.beside(wanted, &left);
    }

    /// Messages are gone of a post that stays and is not written any more: they are not tracked any longer. `true`: none
    /// of it is left.
    pub(super) fn lose(&mut self, slug: &Slug, record: &Recorded, (title, line): (String, usize)) -> bool {
        let gone = gone(self.input.found, record);
        if gone.is_empty() {
            return false;
        }
        let all = gone.len() == part_ids(record).count();
        if self.input.policy.on_missing == OnMissing::Report {
            self.notes.push(format!("`{slug}` was deleted in Telegram; `on_missing: report` leaves it so"));
            return all;
        }
        let id = self.id(slug, Verb::Forget, None, What::Forget { from: gone.clone() });
        let is_gone = |message: &Message| gone.contains(&message.id);
        let change = Change {
            id,
            slug: slug.clone(),
            verb: Verb::Forget,
            reasons: vec![Reason::Missing],
            title,
            file: record.file.clone(),
            line,
            messages: messages(record).into_iter().filter(is_gone).collect(),
            before: None,
            after: None,
            how: None,
            notes: Vec::new(),
            notifies: false,
            due: None,
            steps: vec![Step::Gone { ids: gone }],
        };
        self.phases.facts.push(change);
        all
    }

    /// Posts of others: named, or deleted as `foreign` says.
    pub(super) fn foreign(&mut self) {
        let ids = &self.input.found.foreign;
        match self.input.policy.foreign {
            Foreign::Report if !ids.is_empty() => {
                let ids: Vec<MessageId> = ids.iter().copied().collect();
                let posts = count(ids.len(), "post", "posts");
                self.notes.push(format!("{posts} of others: {}", numbers(&ids)));
            }
            Foreign::Delete => {
                let changes: Vec<Change> = ids.iter().filter_map(|id| self.expel(*id)).collect();
                self.phases.deletes.extend(changes);
            }
            Foreign::Ignore | Foreign::Report => {}
        }
    }

    /// It is no post of ours: its name is made of its id, and its place is where the config wants it gone.
    fn expel(&self, id: MessageId) -> Option<Change> {
        let slug: Slug = format!("foreign-{id}").parse().ok()?;
        let (file, line) = self.input.policy.place.clone();
        Some(Change {
            id: self.id(&slug, Verb::Delete, None, What::Foreign { id }),
            slug,
            verb: Verb::Delete,
            reasons: vec![Reason::Foreign],
            title: format!("#{id}, a post of somebody else"),
            file,
            line,
            messages: vec![Message { id, kind: Kind::Text }],
            before: None,
            after: None,
            how: Some(How::Delete),
            notes: vec!["`foreign: delete` removes what others post".to_owned()],
            notifies: false,
            due: None,
            steps: vec![Step::Expel { id }],
        })
    }

    /// Why a post is edited beyond what its records say; `None`: it is not to be touched at all.
    pub(super) fn drift(
        &mut self,
        wanted: &'a Wanted<'a>,
        record: &Recorded,
        differs: bool,
    ) -> Option<Vec<Reason>> {
        let found = self.input.found;
        let slug = wanted.post.slug();
        let edited: Vec<MessageId> = part_ids(record).filter(|id| found.edited.contains_key(id)).collect();
        let unknown = part_ids(record).any(|id| found.unknown.contains(&id));
        match self.on_drift(wanted) {
            OnDrift::Overwrite => {
                let reasons = [(!edited.is_empty(), Reason::Drift), (unknown, Reason::Reassert)];
                Some(reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect())
            }
            _ if edited.is_empty() => Some(Vec::new()),
            OnDrift::Keep => {
                let what =
                    if differs { "the new source replaces that" } else { "`on_drift: keep` leaves it so" };
                self.notes.push(format!("`{slug}` was edited in Telegram ({}); {what}", numbers(&edited)));
                Some(Vec::new())
            }
            OnDrift::Fail => {
                self.refuse(wanted, record, &edited);
                None
            }
        }
    }

    fn refuse(&mut self, wanted: &'a Wanted<'a>, record: &Recorded, edited: &[MessageId]) {
        let facets: Vec<Facets> = wanted.parts.iter().map(Open::facets).collect();
        let what = What::Edit { from: id::from(record, &facets), to: id::editable(&facets) };
        let id = self.id(wanted.post.slug(), Verb::Edit, None, what);
        let mut change = draft(wanted, id, Verb::Edit, Vec::new());
        let is_edited = |message: &Message| edited.contains(&message.id);
        change.messages = messages(record).into_iter().filter(is_edited).collect();
        change.notes.push(format!("edited in Telegram ({}); `on_drift: fail` stops here", numbers(edited)));
        block(&mut change, Reason::Drift);
        self.phases.edits.push(change);
    }

    fn on_drift(&self, wanted: &Wanted<'_>) -> OnDrift {
        wanted.post.front.on_drift.unwrap_or(self.input.policy.on_drift)
    }

    /// The edits of each recorded part that is still wanted.
    pub(super) fn ways(
        &self,
        wanted: &Wanted<'_>,
        record: &Recorded,
        facets: &[Facets],
    ) -> Result<Vec<Vec<Touch>>, Barrier> {
        let overwrites = self.on_drift(wanted) == OnDrift::Overwrite;
        let way = |(part, now): (&RecordedPart, &Facets)| {
            let again = match (part.unsure, record.gone) {
                (true, _) | (false, Some(Gone::Tombstone)) => Again::Everything,
                (false, Some(Gone::Kept)) => Again::Words,
                (false, None) => Again::Nothing,
            };
            let known = touches(part, now, again)?;
            if overwrites { self.with_drifted(part, now, known) } else { Ok(known) }
        };
        record.parts.iter().zip(facets).map(way).collect()
    }

    /// Of an album only those messages are edited that somebody edited.
    fn with_drifted(
        &self,
        part: &RecordedPart,
        now: &Facets,
        known: Vec<Touch>,
    ) -> Result<Vec<Touch>, Barrier> {
        let found = self.input.found;
        let drifted = |id: &MessageId| found.edited.contains_key(id) || found.unknown.contains(id);
        if !part.ids.iter().any(drifted) {
            return Ok(known);
        }
        if found.file_now(part) && now.items.is_empty() {
            return Err(Barrier::Text);
        }
        let all = touches(part, now, Again::Everything)?.into_iter();
        let touch = |touch: Touch| {
            let is_drifted = part.ids.get(touch.item.unwrap_or_default()).is_some_and(drifted);
            let planned = || known.iter().find(|known| known.item == touch.item).copied();
            if is_drifted { Some(touch) } else { planned() }
        };
        Ok(all.filter_map(touch).collect())
    }
}

/// Messages that posts are made of, as opposed to those that are left over.
pub(super) fn part_ids(record: &Recorded) -> impl Iterator<Item = MessageId> {
    record.parts.iter().flat_map(|part| part.ids.iter().copied())
}

/// Messages of a post that were found to be gone.
pub(super) fn gone(found: &Found, record: &Recorded) -> Vec<MessageId> {
    part_ids(record).filter(|id| found.missing.contains(id)).collect()
}

fn numbers(ids: &[MessageId]) -> String {
    let shown: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
    shown.join(", ")
}
