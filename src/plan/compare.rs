//! A post that is in the chat beside what its source gives now: edits, growth, shrinkage, sends that ended early.

use std::collections::BTreeSet;

use super::id::{self, What};
use super::planner::{Linking, Planner, count, draft, readable};
use super::{Change, Facets, How, OnMissing, Open, Reason, Step, Verb, Wanted};
use crate::ids::{ChangeId, MessageId, Slug};
use crate::lock::{Recorded, RecordedPart};
use crate::render;

impl<'a> Planner<'a> {
    pub(super) fn compare(&mut self, wanted: &'a Wanted<'a>, record: &Recorded) {
        let slug = wanted.post.slug();
        if self.input.missing.contains(slug) {
            return self.missing(wanted, record);
        }
        let facets: Vec<Facets> = wanted.parts.iter().map(Open::facets).collect();
        if is_unfinished(wanted, record, &facets) {
            return self.send_rest(wanted, record);
        }
        let mut reasons = differences(record, &facets);
        if reasons.contains(&Reason::Text) && self.only_the_renderer(slug, record, &facets) {
            reasons.retain(|reason| *reason != Reason::Text);
            if self.input.scope.rerender {
                reasons.push(Reason::Renderer);
            } else {
                self.renderer += 1;
            }
        }
        if record.gone.is_some() {
            reasons.insert(0, Reason::Returned);
        }
        self.note_fixed(slug, record, &facets);
        let edit = (!reasons.is_empty()).then(|| {
            let what = What::Edit { from: id::from(record, &facets), to: id::editable(&facets) };
            let id = self.id(slug, Verb::Edit, None, what);
            self.edit(wanted, record, id, reasons)
        });
        self.linking.push(Linking { wanted, edit });
        if record.keep != wanted.post.front.keep {
            self.keep(wanted, wanted.post.front.keep);
        }
        let pinned = record.parts.first().is_some_and(|part| part.pin);
        if pinned != wanted.post.front.pin {
            self.pin(wanted, wanted.post.front.pin);
        }
    }

    fn edit(&self, wanted: &Wanted<'_>, record: &Recorded, id: ChangeId, reasons: Vec<Reason>) -> Change {
        let mut change = draft(wanted, id, Verb::Edit, reasons);
        change.messages = record.parts.iter().flat_map(|part| part.ids.clone()).collect();
        change.before = self.before(wanted.post.slug(), record);
        change.after = Some(readable(&wanted.parts));
        for (part, open) in wanted.parts.iter().enumerate() {
            let message = Box::new(open.clone());
            match record.parts.get(part) {
                Some(sent) if same(sent, &open.facets()) && !sent.unsure && record.gone.is_none() => {}
                Some(_) => change.steps.push(Step::Edit { part, message }),
                None => change.steps.push(Step::Send { part, message }),
            }
        }
        note_edited(&mut change, record);
        self.grow_or_shrink(&mut change, record, wanted.parts.len());
        change
    }

    /// A longer or shorter post has more or fewer messages, and a message can't be put between two others.
    fn grow_or_shrink(&self, change: &mut Change, record: &Recorded, parts: usize) {
        let there = record.parts.len();
        if parts > there {
            let more = count(parts - there, "message", "messages");
            change.notes.push(format!(
                "it grows by {more}, at the end of the chat: nothing can be put between two messages"
            ));
            change.notifies = false;
        }
        if parts < there {
            let surplus = &record.parts[parts..];
            let ids: Vec<MessageId> = surplus.iter().flat_map(|part| part.ids.clone()).collect();
            let how = self.how(surplus);
            let fate = match how {
                How::Delete => "deleted",
                How::Tombstone => "older than 48 h, so edited to the tombstone text",
                How::Keep => "older than 48 h, so left as it is; delete it by hand",
            };
            change.notes.push(format!("it shrinks by {}: {fate}", count(ids.len(), "message", "messages")));
            change.steps.push(Step::Shrink { parts, ids, how });
        }
    }

    /// Only its first messages were sent before a run ended: the same send goes on, under the same change id.
    fn send_rest(&mut self, wanted: &'a Wanted<'a>, record: &Recorded) {
        let there = record.parts.len();
        self.send(wanted, Verb::Send, &[]);
        if let Some(sending) = self.phases.sends.last_mut() {
            sending.change.steps.drain(..there);
            for (part, open) in wanted.parts.iter().enumerate().take(there).rev() {
                if record.parts[part].unsure {
                    sending.change.steps.insert(0, Step::Edit { part, message: Box::new(open.clone()) });
                }
            }
            sending.change.messages = record.ids().collect();
            sending.change.notifies = false;
            sending
                .change
                .notes
                .push(format!("{} there already", count(there, "message is", "messages are")));
        }
    }

    fn missing(&mut self, wanted: &'a Wanted<'a>, record: &Recorded) {
        let ids: Vec<MessageId> = record.ids().collect();
        match self.input.policy.on_missing {
            OnMissing::Restore => self.send(wanted, Verb::Restore, &ids),
            OnMissing::Report => self.notes.push(format!(
                "`{}` was deleted in Telegram; `on_missing: report` leaves it so",
                wanted.post.slug()
            )),
            OnMissing::Forget => {
                let id = self.id(wanted.post.slug(), Verb::Forget, None, What::Forget { from: ids.clone() });
                let mut change = draft(wanted, id, Verb::Forget, vec![Reason::Missing]);
                change.messages = ids;
                change.steps.push(Step::Forget);
                self.phases.facts.push(change);
            }
        }
    }

    /// The source says what it said, only an older renderer wrote it differently.
    fn only_the_renderer(&self, slug: &Slug, record: &Recorded, facets: &[Facets]) -> bool {
        let is_current =
            render::format_of(&record.rendered_as).map(render::version) == Some(&record.rendered_as);
        if is_current || record.gone.is_some() {
            return false;
        }
        (self.input.old)(slug, record).is_some_and(|old| {
            old.len() == facets.len()
                && old.iter().zip(facets).all(|(open, now)| open.facets().text == now.text)
        })
    }

    fn note_fixed(&mut self, slug: &Slug, record: &Recorded, facets: &[Facets]) {
        if record.parts.iter().zip(facets).any(|(part, now)| part.fixed != now.fixed) {
            self.notes.push(format!(
                "`{slug}`: `silent`, `protect_content`, `topic` and `reply_to` are fixed when a message is sent; the new values have no effect on it"
            ));
        }
    }

    /// An edit would record it too, but may be long in coming.
    fn keep(&mut self, wanted: &Wanted<'_>, keep: bool) {
        let id = self.id(wanted.post.slug(), Verb::Adopt, None, What::Keep { keep });
        let mut change = draft(wanted, id, Verb::Adopt, vec![Reason::Keep]);
        let what = if keep { "never pruned from here on" } else { "may be pruned again" };
        change.notes.push(format!("{what}; nothing is sent"));
        change.messages =
            self.posts.get(wanted.post.slug()).map(|post| post.ids().collect()).unwrap_or_default();
        change.steps.push(Step::Keep { keep });
        self.phases.facts.push(change);
    }
}

/// Which of several messages change.
fn note_edited(change: &mut Change, record: &Recorded) {
    let edited = change.steps.iter().filter_map(|step| match step {
        Step::Edit { part, .. } => record.parts[*part].ids.first(),
        _ => None,
    });
    let ids: Vec<String> = edited.map(|id| format!("#{id}")).collect();
    if record.parts.len() > 1 {
        let all = record.parts.len();
        change.notes.push(match ids.as_slice() {
            [] => format!("none of its {all} messages changes"),
            [one] => format!("1 of its {all} messages changes: {one}"),
            ids => format!("{} of its {all} messages change: {}", ids.len(), ids.join(", ")),
        });
    }
}

/// Whether a recorded part says what it should, as far as an edit could change it.
fn same(part: &RecordedPart, now: &Facets) -> bool {
    part.kind == now.kind && part.text == now.text && part.markup == now.markup && part.opts == now.opts
}

/// A send of several messages that ended early: what is there is the beginning of what the same source gives now.
fn is_unfinished(wanted: &Wanted<'_>, record: &Recorded, facets: &[Facets]) -> bool {
    record.parts.len() < facets.len()
        && record.blob == wanted.post.source.blob
        && record.gone.is_none()
        && record.parts.iter().zip(facets).all(|(part, now)| same(part, now))
}

fn differences(record: &Recorded, facets: &[Facets]) -> Vec<Reason> {
    let mut reasons = BTreeSet::new();
    if record.parts.len() != facets.len() {
        reasons.insert(Reason::Text);
    }
    for (part, now) in record.parts.iter().zip(facets) {
        let differs = [
            (part.kind != now.kind, Reason::Format),
            (part.kind == now.kind && part.text != now.text, Reason::Text),
            (part.markup != now.markup, Reason::Markup),
            (part.opts != now.opts, Reason::Options),
            (part.unsure, Reason::Unsure),
        ];
        reasons.extend(differs.into_iter().filter(|(differs, _)| *differs).map(|(_, reason)| reason));
    }
    reasons.into_iter().collect()
}
