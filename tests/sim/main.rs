//! Histories in which everything goes wrong, through the real planning and applying code in virtual time: runs die
//! between any two steps, answers are lost, effects come late, people post, edit and delete in between. Small histories are
//! enumerated, larger ones drawn from a seed; what must hold is checked at every instant.
//!
//! At every change: the scope `small` to its end (a journal on disk, default rights, two posts, two runs, two faults, one
//! act of people), other chats and the journal in git to theirs with one fault (`narrow-…`), 2,000 seeds over larger scopes
//! and every rule left out once. On demand:
//!
//! - `TGSYNC_SIM_SEEDS=10000 cargo test --test sim large -- --nocapture`; `TGSYNC_SIM_FIRST_SEED` for others;
//! - `cargo test --test sim -- --ignored --nocapture`: two faults in every kind of chat, more kinds of faults, three posts or
//!   three runs; `TGSYNC_SIM_SCOPE` names one, `TGSYNC_SIM_HISTORIES` ends it early;
//! - `TGSYNC_SIM_MUTANT=fence cargo test --test sim mutants -- --nocapture`: one rule.
//!
//! Not everything that differs counts as different: of faults, `plain` scopes leave out those that nearly do what another one
//! does (an answer that comes late and one that is lost early, a refusal, a process that stands still); of times in what is
//! written down, only their order and which of the deadlines are over (`history::age`). Histories that come to the same point
//! by that measure go on as one.
//!
//! A history that fails prints the command that replays it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "test code, and it reports"
)]
#![expect(clippy::disallowed_methods, reason = "what to play may be said from outside")]

mod bot;
mod chat;
mod check;
mod disk;
mod history;
mod mutants;
mod person;
mod remote;
mod run;
mod scope;
mod search;
mod source;
mod tape;
mod turn;
mod world;
