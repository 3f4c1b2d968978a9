//! Desired against recorded, for one target: which posts change, why, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::block::block;
use super::id::{self, What, change_id};
use super::input::Wish;
use super::{
    Change, ChatLinks, Facets, Input, Message, Open, Reason, Step, TargetPlan, Verb, Wanted, files, guard,
    plan_id,
};
use crate::ids::{Slug, Timestamp};
use crate::lock::{Gone, Recorded};

/// Plan one target.
pub fn plan_target(input: &Input<'_>) -> TargetPlan {
    let mut planner = Planner::new(input);
    planner.rename();
    for wanted in input.wanted.iter().filter(|wanted| input.selects(wanted)) {
        planner.decide(wanted);
    }
    planner.remove_sourceless();
    planner.foreign();
    planner.sends_block_each_other();
    planner.fill_links();
    planner.sweep_the_rest();
    planner.finish()
}

/// Changes by when they are carried out: nobody's reading is disturbed by an order that depends on the next one.
#[derive(Default)]
pub(super) struct Phases<'a> {
    pub(super) facts: Vec<Change>,
    pub(super) edits: Vec<Change>,
    pub(super) sends: Vec<Sending<'a>>,
    /// Edits that need the id of something sent in this plan.
    pub(super) late_edits: Vec<Change>,
    pub(super) pins: Vec<Change>,
    pub(super) deletes: Vec<Change>,
}

/// A send or restore, with what its order depends on.
pub(super) struct Sending<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    pub(super) change: Change,
}

/// An existing post whose links may have to be filled.
pub(super) struct Linking<'a> {
    pub(super) wanted: &'a Wanted<'a>,
    /// What else changes about it; `None`: nothing.
    pub(super) edit: Option<Change>,
}

pub(super) struct Planner<'a> {
    pub(super) input: &'a Input<'a>,
    chat: String,
    pub(super) links: ChatLinks,
    /// The records as they are once renames are done.
    pub(super) posts: BTreeMap<Slug, Recorded>,
    pub(super) phases: Phases<'a>,
    pub(super) linking: Vec<Linking<'a>>,
    pub(super) renderer: usize,
    pub(super) notes: Vec<String>,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            chat: id::chat_key(input),
            links: ChatLinks::of(input.policy.chat.as_ref(), input.lock.chat),
            posts: input.lock.posts.clone(),
            phases: Phases::default(),
            linking: Vec::new(),
            renderer: 0,
            notes: Vec::new(),
        }
    }

    pub(super) fn id(
        &self,
        slug: &Slug,
        verb: Verb,
        publish_at: Option<Timestamp>,
        what: What<'_>,
    ) -> crate::ids::ChangeId {
        change_id(self.input, &self.chat, (slug, verb), publish_at, what)
    }

    /// `renamed_from`: the record moves, nothing is sent.
    fn rename(&mut self) {
        for wanted in self.input.wanted.iter().filter(|wanted| self.input.selects(wanted)) {
            let slug = wanted.post.slug();
            let from = wanted.post.front.renamed_from.iter().find(|from| self.posts.contains_key(*from));
            let Some(from) = from.filter(|_| !self.posts.contains_key(slug)) else { continue };
            let Some(record) = self.posts.remove(from) else { continue };
            let id = self.id(slug, Verb::Adopt, None, What::Rename { from });
            let mut change = draft(wanted, id, Verb::Adopt, vec![Reason::Renamed]);
            change.messages = messages(&record);
            change.notes.push(format!("the record of `{from}` moves here, nothing is sent"));
            change.steps.push(Step::Move { from: from.clone() });
            self.posts.insert(slug.clone(), record);
            self.phases.facts.push(change);
        }
    }

    fn decide(&mut self, wanted: &'a Wanted<'a>) {
        let slug = wanted.post.slug();
        let wish = wanted.wish(self.input);
        match (wish, self.posts.get(slug).cloned()) {
            (Wish::Leave, Some(record))
                if self.lose(slug, &record, (wanted.post.title.clone(), line_of(wanted))) => {}
            (Wish::Leave, Some(_)) => {
                self.notes.push(format!("`{slug}` is a draft now; it was sent before and stays as it is"));
            }
            (Wish::Publish, None) => self.send(wanted, Verb::Send, &[]),
            (Wish::Wait(at), None) => {
                self.send(wanted, Verb::Send, &[]);
                self.postpone(|change| {
                    change.verb = Verb::Scheduled;
                    change.due = Some(at);
                });
            }
            (Wish::Late, None) => {
                self.send(wanted, Verb::Send, &[]);
                self.postpone(|change| {
                    block(change, Reason::Late);
                    change.notes.push(
                        "`publish_at` was missed by more than `max_late`: set a new one, or remove it".into(),
                    );
                });
            }
            // All that is left of it is what could not be deleted.
            (Wish::Publish | Wish::Wait(_) | Wish::Late, Some(record))
                if record.parts.is_empty() && record.gone.is_some() =>
            {
                self.send(wanted, Verb::Send, &[]);
            }
            (Wish::Publish | Wish::Wait(_) | Wish::Late, Some(record)) => self.compare(wanted, &record),
            (Wish::Archive, Some(record)) => self.remove(wanted, &record, Reason::Archived),
            (Wish::Expire, Some(record)) => self.remove(wanted, &record, Reason::Expired),
            (Wish::Leave | Wish::Archive | Wish::Expire, None) => {}
        }
    }

    pub(super) fn send(&mut self, wanted: &'a Wanted<'a>, verb: Verb, there: &[Message]) {
        let to: Vec<Facets> = wanted.parts.iter().map(Open::facets).collect();
        let ids = there.iter().map(|message| message.id);
        let (what, reason) = match verb {
            Verb::Restore => (What::Restore { from: ids.collect(), to }, Reason::Missing),
            Verb::Resend => (What::Resend { from: ids.min(), to }, Reason::Media),
            _ => (What::Send { to }, Reason::New),
        };
        let id = self.id(wanted.post.slug(), verb, wanted.post.front.publish_at, what);
        let mut change = draft(wanted, id, verb, vec![reason]);
        change.messages = there.to_vec();
        change.after = Some(readable(&wanted.parts));
        change.notifies = wanted.parts.first().is_some_and(|open| !open.fixed.silent);
        let step = |(part, open): (usize, &Open)| Step::Send { part, message: Box::new(open.clone()) };
        change.steps = wanted.parts.iter().enumerate().map(step).collect();
        if wanted.parts.len() > 1 {
            change
                .notes
                .push(format!("in {} messages; those after the first are silent", wanted.parts.len()));
        }
        if verb == Verb::Restore {
            change.notes.push(
                "it comes back as a new message at the end of the chat; links to the old one die".into(),
            );
        }
        self.phases.sends.push(Sending { wanted, change });
        if wanted.post.front.pin {
            self.pin(wanted, true);
        }
    }

    fn postpone(&mut self, how: impl Fn(&mut Change)) {
        if let Some(sending) = self.phases.sends.last_mut() {
            how(&mut sending.change);
        }
    }

    pub(super) fn pin(&mut self, wanted: &'a Wanted<'a>, pin: bool) {
        let Some(open) = wanted.parts.first() else { return };
        let id = self.id(wanted.post.slug(), Verb::Edit, None, What::Pin { pin });
        let mut change = draft(wanted, id, Verb::Edit, vec![Reason::Pin]);
        change.notes.push(if pin { "pinned" } else { "unpinned" }.to_owned());
        let first = self.posts.get(wanted.post.slug()).and_then(|post| post.parts.first());
        change.messages =
            first.and_then(|part| part.messages().next()).map(Message::from).into_iter().collect();
        change.steps.push(Step::Pin { pin, message: Box::new(open.clone()) });
        self.phases.pins.push(change);
    }

    /// The messages of a recorded post.
    pub(super) fn messages(&self, slug: &Slug) -> Vec<Message> {
        self.posts.get(slug).map(messages).unwrap_or_default()
    }

    /// What subscribers see now, if the old source still renders to what was recorded.
    pub(super) fn before(&self, slug: &Slug, record: &Recorded) -> Option<String> {
        if record.gone == Some(Gone::Tombstone) {
            return Some(self.input.policy.tombstone_text.clone());
        }
        let old = (self.input.old)(slug, record)?;
        let same = old.len() == record.parts.len()
            && old.iter().zip(&record.parts).all(|(open, part)| open.facets().text == part.text);
        let parts = old.iter().zip(&record.parts).map(|(open, part)| open.readable_as(&part.items));
        same.then(|| parts.collect::<Vec<_>>().join("\n\n"))
    }

    fn finish(mut self) -> TargetPlan {
        if self.renderer > 0 {
            self.notes.push(format!(
                "{} out differently with the renderer of this version; `--rerender` applies it",
                count(self.renderer, "unchanged post comes", "unchanged posts come")
            ));
        }
        let Phases { facts, edits, sends, late_edits, pins, deletes } = std::mem::take(&mut self.phases);
        let sends = sends.into_iter().map(|sending| sending.change);
        let mut changes: Vec<Change> = facts
            .into_iter()
            .chain(edits)
            .chain(sends)
            .chain(late_edits)
            .chain(pins)
            .chain(deletes)
            .collect();
        self.hold_back(&mut changes);
        self.show_doubts(&mut changes);
        files::note_uploads(&mut changes, self.input.files);
        let touched: BTreeSet<&Slug> = changes.iter().map(|change| &change.slug).collect();
        let live = || self.posts.iter().filter(|(_, post)| post.gone.is_none());
        let unchanged = live().filter(|(slug, _)| !touched.contains(slug)).count();
        let published = live().count();
        let chat = self.input.policy.chat.as_ref().map(ToString::to_string);
        let pinned = self.input.lock.chat.map(|id| id.to_string());
        TargetPlan {
            target: self.input.policy.target.clone(),
            chat: chat.or(pinned).unwrap_or_default(),
            id: plan_id(changes.iter().filter(|change| change.decides()).map(|change| &change.id)),
            guard: guard::hits(&self.input.policy.guard, &changes, published),
            changes,
            unchanged,
            notes: self.notes,
            shown: self.input.found.shown.clone(),
        }
    }
}

/// A change of a post with a source, nothing but its head filled in.
pub(super) fn draft(
    wanted: &Wanted<'_>,
    id: crate::ids::ChangeId,
    verb: Verb,
    reasons: Vec<Reason>,
) -> Change {
    Change {
        id,
        slug: wanted.post.slug().clone(),
        verb,
        reasons,
        title: wanted.post.title.clone(),
        file: wanted.post.file().clone(),
        line: line_of(wanted),
        messages: Vec::new(),
        before: None,
        after: None,
        how: None,
        notes: Vec::new(),
        notifies: false,
        due: None,
        steps: Vec::new(),
    }
}

/// Messages of a post that are there for it, or still have to go.
pub(super) fn messages(record: &Recorded) -> Vec<Message> {
    let left = record.leftovers().map(|left| (left.id, left.kind));
    record.parts.iter().flat_map(crate::lock::RecordedPart::messages).chain(left).map(Message::from).collect()
}

pub(super) fn readable(parts: &[Open]) -> String {
    parts.iter().map(Open::readable).collect::<Vec<_>>().join("\n\n")
}

pub(super) fn line_of(wanted: &Wanted<'_>) -> usize {
    wanted.post.source.text[..wanted.post.body.start].matches('\n').count() + 1
}

pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
