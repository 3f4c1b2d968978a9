//! The documents that state rules, executed: what they show is what happens. `UPDATE=1` rewrites what they show.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "reads the documents it tests, and `UPDATE`; a test may panic"
)]

mod markdown;
