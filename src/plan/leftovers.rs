//! Messages that a post does not need any more: how they go, and what is planned of those that an earlier run left.

use std::collections::BTreeSet;

use super::id::What;
use super::input::DELETABLE_FOR;
use super::planner::{Planner, count, line_of};
use super::{Change, How, Message, OnUndeletable, Reason, Step, Verb, Wanted};
use crate::ids::{MessageId, Slug, Timestamp};
use crate::lock::{Leftover, Recorded, RecordedPart};

impl Planner<'_> {
    /// How a message goes that was sent then; of one of unknown age apply finds it out.
    fn how_goes(&self, sent: Option<Timestamp>) -> How {
        let too_old = sent.is_some_and(|sent| self.input.now.duration_since(sent) >= DELETABLE_FOR);
        match self.input.policy.on_undeletable {
            _ if !too_old => How::Delete,
            OnUndeletable::Tombstone => How::Tombstone,
            OnUndeletable::Keep => How::Keep,
        }
    }

    /// How a post goes: as one, or not at all.
    pub(super) fn how(&self, parts: &[RecordedPart]) -> How {
        let hows = parts.iter().map(|part| self.how_goes(Some(part.sent)));
        hows.into_iter().find(|how| *how != How::Delete).unwrap_or(How::Delete)
    }

    /// Steps that remove these parts and what was left over before.
    pub(super) fn sweep(&self, parts: &[RecordedPart], record: &Recorded) -> Vec<Step> {
        let of_parts = parts.iter().flat_map(|part| part.ids.iter().map(|id| (*id, Some(part.sent))));
        let left = record.leftovers().map(|left| (left.id, left.sent));
        let all: Vec<(MessageId, Option<Timestamp>)> = of_parts.chain(left).collect();
        let step = |how: How| {
            let those = all.iter().filter(|(_, sent)| self.how_goes(*sent) == how);
            let mut ids: Vec<MessageId> = those.map(|(id, _)| *id).collect();
            ids.sort_unstable();
            (!ids.is_empty()).then_some(Step::Sweep { ids, how })
        };
        [How::Delete, How::Tombstone, How::Keep].into_iter().filter_map(step).collect()
    }

    /// What earlier runs left over and no other change of this plan removes.
    pub(super) fn sweep_the_rest(&mut self) {
        let phases = &self.phases;
        let sends = phases.sends.iter().map(|sending| &sending.change);
        let all = phases.edits.iter().chain(sends).chain(&phases.late_edits).chain(&phases.deletes);
        let removes = |step: &Step| matches!(step, Step::Sweep { .. } | Step::Remove { .. });
        let seen: BTreeSet<&Slug> =
            all.filter(|change| change.steps.iter().any(removes)).map(|change| &change.slug).collect();
        let left = self.posts.iter().filter(|(slug, record)| {
            record.leftovers().next().is_some() && !seen.contains(slug) && self.is_selected(slug)
        });
        let changes: Vec<Change> = left.map(|(slug, record)| self.rest(slug, record)).collect();
        self.phases.deletes.extend(changes);
    }

    fn is_selected(&self, slug: &Slug) -> bool {
        match self.wanted(slug) {
            Some(wanted) => self.input.selects(wanted),
            None => self.input.scope.only.is_none(),
        }
    }

    fn wanted(&self, slug: &Slug) -> Option<&Wanted<'_>> {
        self.input.wanted.iter().find(|wanted| wanted.post.slug() == slug)
    }

    fn rest(&self, slug: &Slug, record: &Recorded) -> Change {
        let steps = self.sweep(&[], record);
        let left = || record.leftovers().map(|left: &Leftover| Message { id: left.id, kind: left.kind });
        let wanted = self.wanted(slug);
        let what = What::Leftovers { ids: left().map(|message| message.id).collect() };
        let mut notes = vec!["an earlier change left it over, nothing takes its place".to_owned()];
        notes.extend(fates(&steps, &left().collect::<Vec<_>>()));
        Change {
            id: self.id(slug, Verb::Delete, None, what),
            slug: slug.clone(),
            verb: Verb::Delete,
            reasons: vec![Reason::Leftover],
            title: wanted.map_or_else(|| slug.to_string(), |wanted| wanted.post.title.clone()),
            file: record.file.clone(),
            line: wanted.map_or(1, line_of),
            messages: left().collect(),
            before: None,
            after: None,
            how: steps.iter().find_map(|step| match step {
                Step::Sweep { how, .. } => Some(*how),
                _ => None,
            }),
            notes,
            notifies: false,
            due: None,
            steps,
        }
    }
}

/// What becomes of messages that are swept, a sentence for each way.
pub(super) fn fates(steps: &[Step], messages: &[Message]) -> Vec<String> {
    let fate = |step: &Step| match step {
        Step::Sweep { ids, how } => {
            let kinds = messages.iter().filter(|message| ids.contains(&message.id));
            let files = kinds.into_iter().any(|message| message.kind.has_file());
            let those = count(ids.len(), "old message", "old messages");
            Some(format!("{those}: {}", fate(*how, files)))
        }
        _ => None,
    };
    steps.iter().filter_map(fate).collect()
}

/// What becomes of a message that goes.
pub(super) fn fate(how: How, files: bool) -> &'static str {
    match how {
        How::Delete => "deleted",
        How::Tombstone if files => {
            "older than 48 h, which bots can't delete: the caption becomes the tombstone text, the file an empty one (but a voice message, and music of an album)"
        }
        How::Tombstone => "older than 48 h, which bots can't delete: edited to the tombstone text",
        How::Keep => "older than 48 h, which bots can't delete: kept, delete it by hand",
    }
}
