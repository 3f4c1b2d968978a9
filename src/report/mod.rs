//! The voice: data in, text out.

pub mod diagnostic;
pub mod diff;
pub mod doctor;
pub mod github;
pub mod json;
pub mod markdown;
pub mod mirror;
pub mod settled;
pub mod style;
pub mod text;
pub mod verify;
