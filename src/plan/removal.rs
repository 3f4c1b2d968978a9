//! What leaves the channel: explicitly (`archived`, `expires_at`), or pruned because its source is gone.

use std::collections::BTreeSet;

use super::id::What;
use super::leftovers::fate;
use super::planner::{Planner, count, line_of, messages};
use super::{Change, How, OnUndeletable, Reason, Step, Verb, Wanted};
use crate::ids::Slug;
use crate::lock::Recorded;

impl Planner<'_> {
    pub(super) fn remove(&mut self, wanted: &Wanted<'_>, record: &Recorded, reason: Reason) {
        let slug = wanted.post.slug();
        if wanted.post.front.keep {
            self.notes
                .push(format!("`{slug}` is to be removed ({}) but says `keep`: skipped", reason.words()));
        } else if record.gone.is_none() {
            let (title, line) = (wanted.post.title.clone(), line_of(wanted));
            self.delete(slug, record, reason, (title, line));
        }
    }

    /// What is recorded but has no source: pruned if that is wanted and all content was read.
    pub(super) fn remove_sourceless(&mut self) {
        let wanted: BTreeSet<&Slug> = self.input.wanted.iter().map(|wanted| wanted.post.slug()).collect();
        let orphans: Vec<(Slug, Recorded)> = self
            .posts
            .iter()
            .filter(|(slug, record)| !wanted.contains(slug) && record.gone.is_none())
            .map(|(slug, record)| (slug.clone(), record.clone()))
            .collect();
        let scope = self.input.scope;
        let prune = scope.prune || self.input.policy.prune;
        let prunes = prune && scope.complete && scope.only.is_none();
        let stays = |record: &Recorded| record.keep || !prunes;
        let lost = |(slug, record): &(Slug, Recorded)| {
            !(stays(record) && self.lose(slug, record, (slug.to_string(), 1)))
        };
        let orphans: Vec<_> = orphans.into_iter().filter(lost).collect();
        let (kept, orphans): (Vec<_>, Vec<_>) = orphans.into_iter().partition(|(_, record)| record.keep);
        if prunes {
            for (slug, _) in &kept {
                self.notes.push(format!("`{slug}` has no source any more, but said `keep`: not pruned"));
            }
            for (slug, record) in &orphans {
                self.delete(slug, record, Reason::SourceRemoved, (slug.to_string(), 1));
            }
        } else if !orphans.is_empty() && scope.only.is_none() {
            let names: Vec<String> = orphans.iter().take(3).map(|(slug, _)| format!("`{slug}`")).collect();
            let more = if orphans.len() > 3 { ", …" } else { "" };
            let why = if !scope.complete && prune {
                "nothing is pruned while content is missing or can't be read"
            } else {
                "`--prune` removes what has no source"
            };
            self.notes.push(format!(
                "{} in the channel without a source: {}{more}; {why}",
                count(orphans.len(), "post is", "posts are"),
                names.join(", ")
            ));
        }
    }

    fn delete(&mut self, slug: &Slug, record: &Recorded, reason: Reason, (title, line): (String, usize)) {
        let id = self.id(slug, Verb::Delete, None, self.what_goes(record));
        let how = self.how(&record.parts);
        let after = match how {
            How::Delete => None,
            How::Tombstone => Some(self.input.policy.tombstone_text.clone()),
            How::Keep => self.before(slug, record),
        };
        let there = messages(record);
        let files = there.iter().any(|message| message.kind.has_file());
        let mut steps = self.sweep(&[], record);
        let ids = record.parts.iter().flat_map(|part| part.ids.clone()).collect();
        steps.push(Step::Remove { ids, how });
        let change = Change {
            id,
            slug: slug.clone(),
            verb: Verb::Delete,
            reasons: vec![reason],
            title,
            file: record.file.clone(),
            line,
            messages: there,
            before: self.before(slug, record),
            after,
            how: Some(how),
            notes: if how == How::Delete { Vec::new() } else { vec![fate(how, files).to_owned()] },
            notifies: false,
            due: None,
            steps,
        };
        self.phases.deletes.push(change);
    }

    /// The first message stays to the last, so the id outlives a removal that is half done.
    fn what_goes(&self, record: &Recorded) -> What<'_> {
        let policy = self.input.policy;
        let bury = policy.on_undeletable == OnUndeletable::Tombstone;
        What::Delete { from: record.ids().next(), tombstone: bury.then_some(policy.tombstone_text.as_str()) }
    }
}
