//! Links between posts: which message ids a text was rendered with, which it should have now, and which it can only
//! have once something was sent.

use std::collections::{BTreeMap, BTreeSet};

use super::id::What;
use super::planner::{Linking, Planner, draft};
use super::{Change, Open, Reason, Step, Touch, Verb, Wanted, files};
use crate::ids::{MessageId, Slug};
use crate::lock::Recorded;
use crate::render::Item;

impl Planner<'_> {
    /// Links whose target has another id than they were rendered with, now or by the end of this plan.
    pub(super) fn fill_links(&mut self) {
        if !self.links.linkable() {
            return self.settle_edits(&BTreeSet::new());
        }
        let blocked = |slug: &Slug| {
            self.input.holds(slug) || self.input.lock.doubt.iter().any(|pending| pending.slug == *slug)
        };
        let due = self.phases.sends.iter().map(|sending| &sending.change);
        let due = due.filter(|send| send.is_due() && !blocked(&send.slug));
        // The rest of a post that is partly there brings it no new place.
        let moves = |send: &&Change| send.steps.iter().any(|step| matches!(step, Step::Send { part: 0, .. }));
        let coming: BTreeSet<Slug> = due.clone().filter(moves).map(|send| send.slug.clone()).collect();
        let due: BTreeSet<Slug> = due.map(|send| send.slug.clone()).collect();
        let mut sent: BTreeSet<&Slug> = BTreeSet::new();
        let mut second_pass = Vec::new();
        for sending in &self.phases.sends {
            let slug = &sending.change.slug;
            let later = |to: &&Slug| coming.contains(*to) && !sent.contains(*to) && *to != slug;
            let own = |to: &&Slug| *to == slug;
            let gaps: BTreeMap<Slug, Option<MessageId>> = links(sending.wanted)
                .filter(|to| later(to) || own(to))
                .map(|to| (to.clone(), None))
                .collect();
            if due.contains(slug) && !gaps.is_empty() {
                second_pass.push(self.link_edit(sending.wanted, gaps));
            }
            sent.insert(slug);
        }
        self.phases.late_edits.extend(second_pass);
        self.settle_edits(&coming);
    }

    fn settle_edits(&mut self, coming: &BTreeSet<Slug>) {
        for Linking { wanted, edit } in std::mem::take(&mut self.linking) {
            let (gaps, late) = self.gaps(wanted, coming);
            let change = match edit {
                Some(mut edit) if !gaps.is_empty() => {
                    edit.reasons.push(Reason::LinkTarget);
                    add_link_steps(&mut edit, wanted, &gaps);
                    edit
                }
                Some(edit) => edit,
                None if gaps.is_empty() => continue,
                None => self.link_edit(wanted, gaps),
            };
            let phase = if late { &mut self.phases.late_edits } else { &mut self.phases.edits };
            phase.push(change);
        }
    }

    /// Links of a recorded post that were rendered with another id than their target has, and whether that id is only
    /// known once something was sent.
    fn gaps(
        &self,
        wanted: &Wanted<'_>,
        coming: &BTreeSet<Slug>,
    ) -> (BTreeMap<Slug, Option<MessageId>>, bool) {
        let Some(record) = self.posts.get(wanted.post.slug()).filter(|_| self.links.linkable()) else {
            return (BTreeMap::new(), false);
        };
        let mut late = false;
        let mut gaps = BTreeMap::new();
        for to in links(wanted) {
            let was = record.links.get(to).copied();
            let is = self.posts.get(to).filter(|post| post.gone.is_none()).and_then(Recorded::first_id);
            if coming.contains(to) {
                late = true;
                gaps.insert(to.clone(), was);
            } else if is.is_some() && is != was {
                gaps.insert(to.clone(), was);
            }
        }
        (gaps, late)
    }

    fn link_edit(&self, wanted: &Wanted<'_>, gaps: BTreeMap<Slug, Option<MessageId>>) -> Change {
        let slug = wanted.post.slug();
        let names: Vec<String> = gaps.keys().map(|to| format!("`{to}`")).collect();
        let text = wanted.parts.iter().map(|open| open.facets().text).collect();
        let steps = link_steps(wanted, &gaps).collect();
        let id = self.id(slug, Verb::Edit, None, What::Link { text, from: gaps });
        let mut change = draft(wanted, id, Verb::Edit, vec![Reason::LinkTarget]);
        change.messages = self.messages(slug);
        change.notes.push(format!("its link to {} is filled in", names.join(", ")));
        change.steps = steps;
        change
    }
}

/// An edit for some other reason also fills the links of messages that it would have left alone.
fn add_link_steps(edit: &mut Change, wanted: &Wanted<'_>, gaps: &BTreeMap<Slug, Option<MessageId>>) {
    for step in link_steps(wanted, gaps) {
        let Step::Edit { part, touch, .. } = &step else { continue };
        let planned = edit.steps.iter().any(|planned| match planned {
            Step::Edit { part: known, touch: done, .. } => known == part && done.item == touch.item,
            Step::Send { part: known, .. } => known == part,
            _ => false,
        });
        if !planned {
            let behind =
                edit.steps.iter().position(|step| matches!(step, Step::Shrink { .. } | Step::Sweep { .. }));
            edit.steps.insert(behind.unwrap_or(edit.steps.len()), step);
        }
    }
}

/// An edit of each message that links to one of these posts.
fn link_steps<'w>(
    wanted: &'w Wanted<'_>,
    gaps: &'w BTreeMap<Slug, Option<MessageId>>,
) -> impl Iterator<Item = Step> + 'w {
    wanted.parts.iter().enumerate().flat_map(move |(part, open)| {
        let step = move |touch| Step::Edit { part, touch, message: Box::new(open.clone()) };
        linking(open, gaps).into_iter().map(step)
    })
}

/// The messages of a part that link to one of these posts.
fn linking(open: &Open, gaps: &BTreeMap<Slug, Option<MessageId>>) -> Vec<Touch> {
    let items = files::items(open);
    if items.len() > 1 {
        let links = |item: &Item| item.caption.links().iter().any(|to| gaps.contains_key(to));
        let linking = items.iter().enumerate().filter(|(_, item)| links(item));
        return linking.map(|(index, _)| Touch { item: Some(index), caption: true }).collect();
    }
    let touch = if items.is_empty() { Touch::WHOLE } else { Touch::CAPTION };
    open.links.iter().any(|to| gaps.contains_key(to)).then_some(touch).into_iter().collect()
}

fn links<'w>(wanted: &'w Wanted<'_>) -> impl Iterator<Item = &'w Slug> {
    wanted.parts.iter().flat_map(|open| &open.links).collect::<BTreeSet<_>>().into_iter()
}
