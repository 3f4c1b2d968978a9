//! One binary for the integration tests.
#![expect(clippy::unwrap_used, reason = "a test fails loudly, helpers included")]
#![expect(clippy::too_many_lines, reason = "tables of cases are long and flat")]

mod apply;
mod articles;
mod attached;
mod clock;
mod commands;
mod config;
mod conformance_platform;
mod conformance_store;
mod content;
mod doctor;
mod doubt;
mod faults;
mod git;
mod git_remote;
mod hostile;
mod input;
mod kill;
mod logs;
mod long;
mod lost_lock;
mod media;
mod mirror;
mod mirror_faults;
mod mirror_large;
mod options;
mod other_tools;
mod plan;
mod prose;
mod publishing;
mod raw_wire;
mod render;
mod rich_media;
mod sandbox;
mod secrets;
mod serve;
mod stage;
mod support;
mod uploads;
mod wire;
mod wire_media;
