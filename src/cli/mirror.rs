//! `tgsync mirror`: media folders and where they go.

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};

use super::{AllowArg, DataFormat, Save};

#[derive(Debug, Args)]
pub struct Mirror {
    #[command(subcommand)]
    pub command: MirrorCommand,
}

#[derive(Debug, Subcommand)]
pub enum MirrorCommand {
    /// What a mirror would upload and remove.
    Plan(MirrorData),
    /// Upload what is new or changed, record it in the lock, commit the lock.
    Apply(MirrorApply),
    /// Compare the store with what is recorded, and read some objects back.
    Verify(MirrorVerify),
    /// What is in the store, as recorded.
    List(MirrorData),
}

#[derive(Debug, Args)]
pub struct MirrorData {
    /// How it is written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: DataFormat,
}

#[derive(Debug, Args)]
pub struct MirrorApply {
    /// Upload everything again, whatever is recorded.
    #[arg(long, env = "TGSYNC_FORCE", value_parser = FalseyValueParser::new())]
    pub force: bool,
    /// Look first at what the store has: what `mirror verify` would find is uploaded again.
    #[arg(long, env = "TGSYNC_REFRESH", value_parser = FalseyValueParser::new())]
    pub refresh: bool,
    /// Do not ask before objects are removed. Needed for that without a terminal.
    #[arg(short, long, env = "TGSYNC_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// `deletes` lifts `guard.max_delete_percent` for this run.
    #[arg(long, value_name = "GUARD", env = "TGSYNC_ALLOW", value_delimiter = ',')]
    pub allow: Vec<AllowArg>,
    /// How the report is written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: DataFormat,
    #[command(flatten)]
    pub save: Save,
}

#[derive(Debug, Args)]
pub struct MirrorVerify {
    /// How many objects are read back, drawn anew each time. A folder is always read whole.
    #[arg(long, value_name = "N", env = "TGSYNC_SAMPLE", default_value_t = 20)]
    pub sample: usize,
    /// How the result is written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: DataFormat,
}
