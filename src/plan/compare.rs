//! A post that is in the chat beside what its source gives now: edits, growth, shrinkage, sends that ended early.

use std::collections::BTreeSet;

use super::id::{self, What};
use super::leftovers::fate;
use super::planner::{Linking, Planner, count, draft, messages, readable};
use super::transition::Touch;
use super::{Change, Facets, Open, Reason, Step, Verb, Wanted, files, found, resend};
use crate::ids::Slug;
use crate::lock::{Kind, Recorded, RecordedPart};
use crate::render;

impl<'a> Planner<'a> {
    pub(super) fn compare(&mut self, wanted: &'a Wanted<'a>, record: &Recorded) {
        let gone = found::gone(self.input.found, record);
        if gone.is_empty() { self.beside(wanted, record) } else { self.missing(wanted, record, &gone) }
    }

    /// A post whose messages are there.
    pub(super) fn beside(&mut self, wanted: &'a Wanted<'a>, record: &Recorded) {
        let slug = wanted.post.slug();
        let facets: Vec<Facets> = wanted.parts.iter().map(Open::facets).collect();
        if is_unfinished(wanted, record, &facets) {
            return self.send_rest(wanted, record, &facets);
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
        let Some(drift) = self.drift(wanted, record, !reasons.is_empty()) else { return };
        reasons.extend(drift);
        match self.ways(wanted, record, &facets) {
            Err(barrier) => self.resend(wanted, record, (reasons, barrier)),
            Ok(touches) => self.edit_in_place(wanted, record, (&facets, &touches), reasons),
        }
        if record.keep != wanted.post.front.keep {
            self.keep(wanted, wanted.post.front.keep);
        }
    }

    fn edit_in_place(
        &mut self,
        wanted: &'a Wanted<'a>,
        record: &Recorded,
        (facets, touches): (&[Facets], &[Vec<Touch>]),
        reasons: Vec<Reason>,
    ) {
        let slug = wanted.post.slug();
        self.note_fixed(slug, record, facets);
        let edit = (!reasons.is_empty()).then(|| {
            let what = What::Edit { from: id::from(record, facets), to: id::editable(facets) };
            let id = self.id(slug, Verb::Edit, None, what);
            self.edit(wanted, record, touches, draft(wanted, id, Verb::Edit, reasons))
        });
        self.linking.push(Linking { wanted, edit });
        let pinned = record.parts.first().is_some_and(|part| part.pin);
        if pinned != wanted.post.front.pin {
            self.pin(wanted, wanted.post.front.pin);
        }
    }

    fn edit(
        &self,
        wanted: &Wanted<'_>,
        record: &Recorded,
        touches: &[Vec<Touch>],
        mut change: Change,
    ) -> Change {
        change.messages = messages(record);
        change.before = self.before(wanted.post.slug(), record);
        change.after = Some(readable(&wanted.parts));
        for (part, open) in wanted.parts.iter().enumerate() {
            match touches.get(part) {
                Some(touches) => change.steps.extend(resend::edits(part, open, touches)),
                None => change.steps.push(Step::Send { part, message: Box::new(open.clone()) }),
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
        let surplus = record.parts.get(parts..).unwrap_or_default();
        if !surplus.is_empty() {
            let goes: Vec<_> = surplus.iter().flat_map(RecordedPart::messages).collect();
            let files = goes.iter().any(|(_, kind)| kind.has_file());
            let fate = fate(self.how(surplus), files);
            change.notes.push(format!("it shrinks by {}: {fate}", count(goes.len(), "message", "messages")));
            change.steps.push(Step::Shrink { parts });
        }
        change.steps.extend(self.sweep(surplus, record));
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
        change.messages = self.messages(wanted.post.slug());
        change.steps.push(Step::Keep { keep });
        self.phases.facts.push(change);
    }
}

/// Which of several messages change.
fn note_edited(change: &mut Change, record: &Recorded) {
    let there: Vec<_> = record.parts.iter().flat_map(RecordedPart::messages).collect();
    if there.len() < 2 {
        return;
    }
    let edited: Vec<String> = change.steps.iter().filter_map(|step| edited(step, record)).collect();
    let pictures = there.iter().all(|(_, kind)| *kind == Kind::Photo);
    let files = there.iter().all(|(_, kind)| kind.has_file());
    let noun = match () {
        () if pictures => "pictures",
        () if files => "files",
        () => "messages",
    };
    let all = there.len();
    change.notes.push(match edited.as_slice() {
        [] => format!("none of its {all} {noun} changes"),
        [one] => format!("1 of its {all} {noun} changes: {one}"),
        several => format!("{} of its {all} {noun} change: {}", several.len(), several.join(", ")),
    });
}

/// The message that a step edits, and the file it holds then.
fn edited(step: &Step, record: &Recorded) -> Option<String> {
    let Step::Edit { part, touch, message } = step else { return None };
    let item = touch.item.unwrap_or(0);
    let id = record.parts.get(*part)?.ids.get(item)?;
    let name = files::items(message).get(item).map(|item| format!(" {}", item.name()));
    let caption = if touch.caption { " (its caption)" } else { "" };
    Some(format!("#{id}{}{caption}", name.unwrap_or_default()))
}

/// Whether a recorded part says and shows what it should, as far as an edit could change it.
fn same(part: &RecordedPart, now: &Facets) -> bool {
    part.kind == now.kind
        && part.text == now.text
        && part.markup == now.markup
        && part.opts == now.opts
        && !shows_another(part, now)
}

fn shows_another(part: &RecordedPart, now: &Facets) -> bool {
    part.items.len() != now.items.len()
        || part.items.iter().zip(&now.items).any(|(there, item)| !there.shows(item))
}

/// A send of several messages that ended early: what is there is the beginning of what the same source gives now.
fn is_unfinished(wanted: &Wanted<'_>, record: &Recorded, facets: &[Facets]) -> bool {
    record.more
        && record.parts.len() < facets.len()
        && record.blob == wanted.post.source.blob
        && record.gone.is_none()
        && record.parts.iter().zip(facets).all(|(part, now)| same(part, now))
}

fn differences(record: &Recorded, facets: &[Facets]) -> Vec<Reason> {
    let mut reasons = BTreeSet::new();
    if record.parts.len() != facets.len() {
        let goes = record.parts.iter().skip(facets.len()).map(|part| (part.kind, part.items.is_empty()));
        let comes = facets.iter().skip(record.parts.len()).map(|now| (now.kind, now.items.is_empty()));
        for (kind, bare) in goes.chain(comes) {
            reasons.extend((!kind.has_file()).then_some(Reason::Text));
            reasons.extend((!bare).then_some(Reason::Media));
        }
    }
    for (part, now) in record.parts.iter().zip(facets) {
        let texts = !part.kind.has_file() && !now.kind.has_file();
        let media = shows_another(part, now) || part.kind.has_file() != now.kind.has_file();
        // An album says several things: beside anything else that can't be compared.
        let comparable =
            texts || part.items.len() == now.items.len() || part.items.len() + now.items.len() == 1;
        let differs = [
            (texts && part.kind != now.kind, Reason::Format),
            (comparable && (!texts || part.kind == now.kind) && part.text != now.text, Reason::Text),
            (media, Reason::Media),
            (part.markup != now.markup, Reason::Markup),
            (
                comparable && part.kind.has_file() == now.kind.has_file() && part.opts != now.opts,
                Reason::Options,
            ),
            (part.unsure, Reason::Unsure),
        ];
        reasons.extend(differs.into_iter().filter(|(differs, _)| *differs).map(|(_, reason)| reason));
    }
    reasons.into_iter().collect()
}
