//! How long a call can still have its effect. No protocol can know: these are the bounds that are believed in.

use std::time::Duration;

use crate::ids::Timestamp;
use crate::lock::{Content, Payload};

/// Bounds on what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For messages without files.
    pub text: Spans,
    /// For those whose files may have to be uploaded.
    pub media: Spans,
}

/// Bounds on one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// From the intent until the last of the request is sent.
    pub call: Duration,
    /// From then until the effect, if there is one: D.
    pub late: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            text: Spans { call: Duration::from_secs(90), late: Duration::from_mins(2) },
            media: Spans { call: Duration::from_mins(10), late: Duration::from_mins(15) },
        }
    }
}

impl Patience {
    /// The bounds on a call with this payload.
    pub fn of(&self, payload: &Payload) -> Spans {
        if matches!(payload.content, Content::Media { .. }) { self.media } else { self.text }
    }

    /// When a call is over that a run of before intended at that moment: it may have sent it as late as `call` after.
    pub fn over(spans: Spans, intended: Timestamp) -> Timestamp {
        later(later(intended, spans.call), spans.late)
    }
}

/// Saturating: a time of a strange clock is no reason to fail.
pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
