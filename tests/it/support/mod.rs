//! What the topic modules share. Acceptance stands on [`Project`]: the real binary, a real sandbox, real repositories.

pub(crate) mod content;
pub(crate) mod git_server;
pub(crate) mod github;
pub(crate) mod hosted;
pub(crate) mod minio;
pub(crate) mod repo;
pub(crate) mod trip;
pub(crate) mod wiretap;

mod project;
mod run;
mod server;
mod serving;

pub(crate) use project::{FOREIGN_TOKEN, PERSON, Project, TOKEN, day};
pub(crate) use run::Run;
pub(crate) use server::{Call, Server, chat};
pub(crate) use serving::Serving;
