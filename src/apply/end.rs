//! How a step ends, for the report and for what comes after it.

use crate::ids::MessageId;

/// How one step ended.
pub(super) enum StepEnd {
    Done(Vec<MessageId>),
    /// The message was gone and was sent anew.
    Restored(Vec<MessageId>),
    /// Nothing was to be done, and that is fine.
    Remark(String),
    Skipped(String),
    /// The run was asked to end.
    Stopped,
    Failed {
        why: String,
        hint: Option<String>,
    },
    InDoubt {
        why: String,
        /// Only a person can tell; else the next run finds out.
        asks: bool,
    },
    /// Nothing more will work for this target.
    Down {
        why: String,
        hint: Option<String>,
    },
}
