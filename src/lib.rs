//! `tgsync`: GitOps for Telegram. Modules in reading order, the way data flows:
//! content → render → plan → apply → lock → report.

pub mod diagnostic;
pub mod ids;
pub mod yaml;

pub mod apply;
pub mod content;
pub mod lease;
pub mod lock;
pub mod media;
pub mod mirror;
pub mod plan;
pub mod ports;
pub mod render;
pub mod schedule;
pub mod verify;

pub mod clock;
pub mod log;
pub mod state;
pub mod store;
pub mod telegram;

pub mod github;
pub mod report;
pub mod sandbox;

pub mod cli;
pub mod commands;
pub mod config;
pub mod env;
