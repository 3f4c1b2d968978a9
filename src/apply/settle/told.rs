//! What is told of a doubt: what was looked at, how it was known, and what there is to ask.

use std::time::Duration;

use super::verdict::Verdict;
use super::{Case, Doubt, Settler, says};
use crate::apply::Message;
use crate::ids::{MessageId, Slug, TargetName, Timestamp};

/// Told while a run goes on.
#[derive(Debug, Clone)]
pub enum Aside {
    /// A send may still have its effect: it is waited for.
    Waiting {
        target: TargetName,
        until: Timestamp,
        wait: Duration,
    },
    Settled(Settled),
    /// A send that was found absent had its effect after all.
    Stray(StrayCopy),
}

/// A send that was in doubt, and what became of it.
#[derive(Debug, Clone)]
pub struct Settled {
    pub target: TargetName,
    pub slug: Slug,
    pub part: usize,
    /// When it was sent.
    pub sent: Timestamp,
    pub verdict: Verdict,
    /// What it was found to be, with links.
    pub messages: Vec<Message>,
    /// Ids in question were above this one.
    pub after: MessageId,
    /// The marker, which was below none of them; `None`: it could be told without one.
    pub through: Option<MessageId>,
    /// What was looked at, and what it was found to be.
    pub evidence: Vec<(MessageId, String)>,
    pub notes: Vec<String>,
    /// What to look for: its first line.
    pub first_line: String,
    /// Where to look: the last message that was known before it.
    pub link: Option<String>,
}

/// A copy that nobody needs.
#[derive(Debug, Clone)]
pub struct StrayCopy {
    pub target: TargetName,
    /// `None`: a marker.
    pub slug: Option<Slug>,
    pub id: MessageId,
    pub url: Option<String>,
    /// Else it says something else than what was sent, or can't be deleted.
    pub deleted: bool,
}

impl<P, S, C> Settler<'_, P, S, C> {
    pub(super) fn told(&self, doubt: &Doubt, case: &Case, verdict: Verdict) -> Settled {
        let pending = &doubt.pending;
        let link = |id: MessageId| Message { id, url: self.site.links.url(id) };
        let ids = match &verdict {
            Verdict::Adopt(ids) => ids.as_slice(),
            _ => &[],
        };
        Settled {
            target: doubt.target.clone(),
            slug: pending.slug.clone(),
            part: pending.part,
            sent: pending.at,
            messages: ids.iter().copied().map(link).collect(),
            verdict,
            after: pending.after,
            through: case.through,
            evidence: case.evidence.clone(),
            notes: case.notes.clone(),
            first_line: says::first_line(&pending.payload),
            link: self.site.links.url(pending.after.max(MessageId(1))),
        }
    }
}
