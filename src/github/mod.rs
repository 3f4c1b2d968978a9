//! GitHub: the event a workflow runs for, comments, outputs, and what pull requests approved. `api.rs` alone talks to
//! the network; everything else is text in, text out.

mod api;
mod approval;
mod comment;
mod event;
mod outputs;

pub use api::{Api, ApiError, Comment, Issue, Pull, Review};
pub use approval::{Approvals, Came, Given, Grant, SCHEMA as APPROVALS_SCHEMA, Subject, Withheld, judge};
pub use comment::{LIMIT, Origin, Sticky, applied, is_newer, marker, plan, stale};
pub use event::{Event, PullEvent, WorkflowRun, is_repository};
pub use outputs::{mask, outputs};
