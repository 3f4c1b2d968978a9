//! The voice: data in, text out.

pub mod diagnostic;
pub mod diff;
pub mod doctor;
pub mod github;
pub mod json;
pub mod markdown;
pub mod mirror;
pub mod style;
pub mod text;
