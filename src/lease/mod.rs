//! The journal of a chat on a ref of the remote: truth, lease and fence of the runs that write there, on machines that may
//! vanish. The document is pure; who may write it, and when, is decided here; the ref itself is behind a seam.

mod document;
mod hold;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod watch;

use std::time::Duration;

pub use document::{Document, DocumentError, Holder, ref_name, sections};
pub use hold::{Lease, late, project, tell_late, unlock};
pub use store::Leased;
pub use watch::{Found, Turn, Verdict, Watch};

/// How long things take at the most. What outlasts them breaks the promise that nothing is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A lease that was not renewed for so long has ended.
    pub ttl: Duration,
    /// One call.
    pub call: Duration,
    /// What a call that ended without an answer may do after it.
    pub late: Duration,
}

impl Terms {
    /// For text.
    pub const TEXT: Self =
        Self { ttl: Duration::from_mins(15), call: Duration::from_secs(90), late: Duration::from_mins(2) };
    /// For files, which take longer to be sent.
    pub const MEDIA: Self =
        Self { ttl: Duration::from_mins(15), call: Duration::from_mins(10), late: Duration::from_mins(15) };
}
