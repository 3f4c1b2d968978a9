//! `tgsync github`: what workflows need.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Selection;

#[derive(Debug, Args)]
pub struct Github {
    #[command(subcommand)]
    pub command: GithubCommand,
}

#[derive(Debug, Subcommand)]
pub enum GithubCommand {
    /// All that the Action does in a job: the command of its inputs, annotations, summary, outputs, comments.
    Run,
    /// Show a saved plan in its pull request: one comment for each target, updated in place.
    Comment(GithubComment),
    /// What pull requests and pushes approved of the plan of this moment, recomputed from git.
    Approve(GithubApprove),
}

#[derive(Debug, Args)]
pub struct GithubComment {
    /// A plan saved by `tgsync plan --out`.
    #[arg(value_name = "PLAN")]
    pub plan: PathBuf,
    /// The number of the pull request, unless the workflow runs for one.
    #[arg(long, value_name = "N", env = "TGSYNC_PULL")]
    pub pull: Option<u64>,
}

#[derive(Debug, Args)]
pub struct GithubApprove {
    #[command(flatten)]
    pub selection: Selection,
    /// Write it to this file; to stdout otherwise.
    #[arg(long, value_name = "FILE", env = "TGSYNC_OUT")]
    pub out: Option<PathBuf>,
}
