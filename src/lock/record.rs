//! What a fold does to one post: its messages, the files they hold, and what it does not need any more.

use super::{Kind, Leftover, Recorded, RecordedItem, RecordedPart, SentPart, album_text};
use crate::ids::{Digest, MessageId, Timestamp};
use crate::media::FileRef;

impl Recorded {
    pub(super) fn empty(record: &SentPart) -> Self {
        Self {
            rendered_as: record.rendered_as.clone(),
            blob: record.blob.clone(),
            file: record.file.clone(),
            gone: None,
            keep: record.keep,
            links: record.links.clone(),
            more: record.more,
            old: Vec::new(),
            parts: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Messages that have to go: no part holds them any more, and they are remembered until they are gone.
    pub(super) fn set_aside(&mut self, ids: &[MessageId]) {
        for id in ids {
            if self.old.iter().any(|left| left.id == *id) {
                continue;
            }
            let part = self.parts.iter().find(|part| part.ids.contains(id));
            let known = part.and_then(|part| {
                let (_, kind) = part.messages().find(|(own, _)| own == id)?;
                Some(Leftover { kind, sent: Some(part.sent), ..Leftover::of(*id) })
            });
            self.old.push(known.unwrap_or_else(|| Leftover::of(*id)));
        }
        self.old.sort_unstable_by_key(|left| left.id);
        let items = self.take_out(ids);
        self.spare(items);
    }

    /// Messages leave the parts; their files.
    pub(super) fn take_out(&mut self, ids: &[MessageId]) -> Vec<RecordedItem> {
        let mut out = Vec::new();
        for part in &mut self.parts {
            // Of an album each message has its file; any other has all of them.
            let all = part.kind != Kind::Album && part.ids.iter().any(|id| ids.contains(id));
            let mut goes = part.ids.iter().map(|id| ids.contains(id));
            out.extend(part.items.extract_if(.., |_| all || goes.next().unwrap_or(false)));
            let mut goes = part.ids.iter().map(|id| ids.contains(id));
            part.shown.retain(|_| !goes.next().unwrap_or(false));
            part.ids.retain(|id| !ids.contains(id));
            if part.kind == Kind::Album {
                part.text = album_text(&part.items);
            }
        }
        self.parts.retain(|part| !part.ids.is_empty());
        out
    }

    /// The same after these messages went away.
    #[must_use]
    pub fn without(&self, ids: &[MessageId]) -> Self {
        let mut left = self.clone();
        left.take_out(ids);
        left
    }

    /// Files that no part holds any more; what one holds again is none of them.
    pub(super) fn spare(&mut self, items: Vec<RecordedItem>) {
        let bare = |item| RecordedItem { caption: None, spoiler: false, ..item };
        self.spare.extend(items.into_iter().filter(|item| item.file.is_some()).map(bare));
        self.spare.sort_by(|a, b| a.upload().cmp(&b.upload()));
        self.spare.dedup_by(|a, b| a.upload() == b.upload());
        let held: Vec<&RecordedItem> = self.parts.iter().flat_map(|part| &part.items).collect();
        let is_held = |item: &RecordedItem| {
            held.iter().any(|held| held.file.is_some() && held.upload() == item.upload())
        };
        self.spare.retain(|item| !is_held(item));
    }

    /// Take over what a part says about its whole post.
    pub(super) fn describe(&mut self, record: &SentPart) {
        self.rendered_as.clone_from(&record.rendered_as);
        self.blob.clone_from(&record.blob);
        self.file.clone_from(&record.file);
        self.keep = record.keep;
        self.more = record.more;
        if self.parts.len() <= 1 {
            self.links.clear();
        }
        self.links.extend(record.links.clone());
        self.gone = None;
    }
}

impl RecordedItem {
    /// The same content is the same file, wherever it was.
    pub(super) fn keep_file(&mut self, there: &[Self]) {
        if self.file.is_none() {
            let same = there.iter().find(|there| there.file.is_some() && self.upload() == there.upload());
            self.file = same.and_then(|there| there.file.clone());
        }
    }
}

impl RecordedPart {
    /// What an answer does not tell of stays as it was known.
    pub(super) fn take_files(&mut self, files: &[Option<FileRef>]) {
        for (item, file) in self.items.iter_mut().zip(files).filter(|(_, file)| file.is_some()) {
            item.file.clone_from(file);
        }
    }

    /// What subscribers see of all its messages; known of all or of none.
    pub(super) fn take_shown(&mut self, shown: &[Digest]) {
        self.shown = if shown.len() == self.ids.len() { shown.to_vec() } else { Vec::new() };
    }

    pub(super) fn show(&mut self, item: usize, shown: &Digest) {
        if let Some(there) = self.shown.get_mut(item) {
            there.clone_from(shown);
        } else if self.ids.len() == 1 {
            self.shown = vec![shown.clone()];
        }
    }

    /// Whether it is known to say what this says.
    pub(super) fn says(&self, record: &SentPart) -> bool {
        let same_files = self.items.len() == record.items.len()
            && self.items.iter().zip(&record.items).all(|(there, now)| there.is_like(now));
        let mine = (self.kind, &self.text, &self.opts, &self.markup);
        !self.unsure && same_files && mine == (record.kind, &record.text, &record.opts, &record.markup)
    }

    /// Its text is the tombstone now; the messages of an album after the first say nothing.
    pub(super) fn bury(&mut self, text: &Digest) {
        if self.kind == Kind::Album {
            for (index, item) in self.items.iter_mut().enumerate() {
                item.caption = (index == 0).then(|| text.clone());
            }
            self.text = album_text(&self.items);
        } else {
            self.text = text.clone();
        }
        self.markup = None;
        self.late = None;
        self.shown.clear();
        self.unsure = false;
    }
}

impl SentPart {
    pub(super) fn part(&self, ids: Vec<MessageId>, sent: Timestamp, pin: bool) -> RecordedPart {
        RecordedPart {
            fixed: self.fixed.clone(),
            ids,
            items: self.items.clone(),
            kind: self.kind,
            late: None,
            markup: self.markup.clone(),
            opts: self.opts.clone(),
            pin,
            sent,
            shown: Vec::new(),
            text: self.text.clone(),
            topic: self.topic,
            unsure: false,
        }
    }
}
