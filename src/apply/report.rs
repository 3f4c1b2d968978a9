//! What became of every planned change: five lists that never overlap.

use super::Settled;
use crate::ids::{ChangeId, MessageId, RelPath, Slug, TargetName};
use crate::plan::{Change, Reason, Verb};

/// The result of an apply.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub done: Vec<Item>,
    /// Not tried, with the reason in `why`.
    pub skipped: Vec<Item>,
    pub in_doubt: Vec<Item>,
    pub failed: Vec<Item>,
    /// Held back by a rule: `hold`, `max_late`, a guard.
    pub held: Vec<Item>,
    /// Sends that were in doubt on the way, and what became of them.
    pub settled: Vec<Settled>,
    /// A signal ended it before everything was tried.
    pub interrupted: bool,
    /// Something was skipped because of a send in doubt, of this target or another one that writes to its chat.
    pub behind_doubt: bool,
}

/// The lists of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Done,
    Skipped,
    InDoubt,
    Failed,
    Held,
}

impl List {
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::InDoubt => "in doubt",
            Self::Failed => "failed",
            Self::Held => "held",
        }
    }
}

/// One change and its end.
#[derive(Debug, Clone)]
pub struct Item {
    pub change: ChangeId,
    pub target: TargetName,
    pub slug: Slug,
    pub title: String,
    pub file: RelPath,
    /// What was done, which may be more than was planned: an edit of a deleted message becomes a restore.
    pub verb: Verb,
    /// Why it was planned.
    pub reasons: Vec<Reason>,
    pub messages: Vec<Message>,
    /// Why it did not happen, or what went wrong; empty when it was done without remark.
    pub why: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    /// Its `t.me` link, where the chat has links.
    pub url: Option<String>,
}

impl Item {
    pub(super) fn of(target: &TargetName, change: &Change) -> Self {
        Self {
            change: change.id.clone(),
            target: target.clone(),
            slug: change.slug.clone(),
            title: change.title.clone(),
            file: change.file.clone(),
            verb: change.verb,
            reasons: change.reasons.clone(),
            messages: Vec::new(),
            why: String::new(),
            hint: None,
        }
    }

    #[must_use]
    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// `SLUG` and `TARGET` in a hint stand for those of this item.
    #[must_use]
    pub(super) fn hinted(mut self, hint: Option<&str>) -> Self {
        let own =
            |hint: &str| hint.replace("SLUG", self.slug.as_str()).replace("TARGET", self.target.as_str());
        self.hint = hint.map(own);
        self
    }
}

impl Report {
    pub(super) fn list(&mut self, list: List) -> &mut Vec<Item> {
        match list {
            List::Done => &mut self.done,
            List::Skipped => &mut self.skipped,
            List::InDoubt => &mut self.in_doubt,
            List::Failed => &mut self.failed,
            List::Held => &mut self.held,
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.done.extend(other.done);
        self.skipped.extend(other.skipped);
        self.in_doubt.extend(other.in_doubt);
        self.failed.extend(other.failed);
        self.held.extend(other.held);
        self.settled.extend(other.settled);
        self.interrupted |= other.interrupted;
        self.behind_doubt |= other.behind_doubt;
    }

    /// Scheduled and blocked changes are reported, not tried.
    pub(super) fn set_aside(&mut self, target: &TargetName, change: &Change) {
        let item = Item::of(target, change);
        let reason = change.reasons.first().copied();
        // A doubt's second note is its hint.
        let note = change.notes.first().cloned().unwrap_or_default();
        match (change.verb, reason) {
            (Verb::Scheduled, _) => {
                let due = change.due.map(|at| at.to_string()).unwrap_or_default();
                self.skipped.push(item.because(format!("waits for its time, {due}")));
            }
            (Verb::Blocked, Some(Reason::InDoubt)) => {
                let hint = change.notes.get(1).map(String::as_str);
                self.in_doubt.push(item.because(note).hinted(hint));
            }
            (Verb::Blocked, Some(Reason::Held)) => {
                self.held
                    .push(item.because("held by `tgsync hold`").hinted(Some("`tgsync release` lets it go")));
            }
            (Verb::Blocked, Some(Reason::Unapproved)) => {
                self.held.push(item.because("nobody approved this as it is now"));
            }
            (Verb::Blocked, Some(Reason::Drift)) => {
                let hint = "undo the edit, write it into the source, or say `on_drift: overwrite` or `keep`";
                self.failed.push(item.because(note).hinted(Some(hint)));
            }
            (Verb::Blocked, Some(Reason::Late)) => self.held.push(item.because(note)),
            (_, reason) => {
                self.behind_doubt |= reason == Some(Reason::BehindDoubt);
                let why = reason.map_or("", Reason::words);
                self.skipped.push(item.because(why));
            }
        }
    }

    pub fn planned(&self) -> usize {
        self.done.len() + self.skipped.len() + self.in_doubt.len() + self.failed.len() + self.held.len()
    }
}
