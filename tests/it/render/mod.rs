//! The composing room against the sandbox's reader: what is rendered is accepted and stays as it is.

mod corpus;
mod long;
mod names;
mod property;
mod random;
mod reader;
mod regressions;
mod rich;
mod rich_long;
mod sound;
