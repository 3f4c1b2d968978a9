//! Files: received to disk, looked into, known by ids of each bot, and served again.
//!
//! `depot` keeps bytes, `probe` tells what they are, `input` is what a call says about a file, `library` turns that into
//! an `asset`, which messages hold. Rules: Bot API 10.3 and the sources of its server, checked 2026-11-21.

mod asset;
mod depot;
mod format;
mod id;
mod input;
mod kind;
mod library;
mod mp4;
mod path;
mod probe;
mod refusal;

pub(super) use asset::Asset;
pub(super) use depot::{Depot, Incoming};
pub(super) use id::localize;
pub(super) use input::Input;
pub(super) use kind::Kind;
pub(super) use library::{Found, Library, Limits};
pub(super) use probe::Facts;
pub(super) use refusal::Refusal;
