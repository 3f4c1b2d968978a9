//! The command line. The doc comments are the manual: `--help` and `docs/cli.md` are made of them.

mod github;
mod mirror;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo};

use crate::ids::{MessageIds, PlanId, Slug, TargetName};
use crate::plan::Allow;

pub use github::{Github, GithubApprove, GithubCommand, GithubComment};
pub use mirror::{Mirror, MirrorApply, MirrorCommand, MirrorData, MirrorVerify};

/// Where `apply` leaves its report, from the folder of the config.
pub const REPORT: &str = ".tgsync/report.json";

/// GitOps for Telegram: a directory of Markdown files is the source of truth of a channel.
///
/// `tgsync plan` shows what would change, `tgsync apply` does it, `state.lock.json` remembers it.
/// Try it without a token: `tgsync demo`.
#[derive(Debug, Parser)]
#[command(name = "tgsync", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Run as if started in this folder.
    #[arg(short = 'C', long = "chdir", value_name = "DIR", global = true, env = "TGSYNC_CHDIR")]
    pub chdir: Option<PathBuf>,
    /// The config file; its folder is the root of the repository's paths.
    #[arg(long, value_name = "FILE", global = true, env = "TGSYNC_CONFIG", default_value = "tgsync.yaml")]
    pub config: PathBuf,
    /// Only this target; may be repeated.
    #[arg(long, value_name = "NAME", global = true, env = "TGSYNC_TARGET", value_delimiter = ',')]
    pub target: Vec<TargetName>,
    /// Say only what went wrong.
    #[arg(short, long, global = true, env = "TGSYNC_QUIET", value_parser = FalseyValueParser::new(), conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say every call.
    #[arg(short, long, global = true, env = "TGSYNC_VERBOSE", value_parser = FalseyValueParser::new())]
    pub verbose: bool,
    /// How the log is written. `json`: a line each, on stderr too, in the place of all talk.
    #[arg(long, value_name = "FORMAT", global = true, env = "TGSYNC_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Also log to files in this folder, one a day, `tgsync_YYYYMMDD.log`, in the config's time zone.
    #[arg(long, value_name = "DIR", global = true, env = "TGSYNC_LOG_DIR")]
    pub log_dir: Option<PathBuf>,
    /// How long such files are kept, in whole days.
    #[arg(long, value_name = "TIME", global = true, env = "TGSYNC_LOG_KEEP", default_value = "30d", value_parser = days)]
    pub log_keep: i32,
    /// No colours; `NO_COLOR` does the same.
    #[arg(long, global = true, env = "TGSYNC_NO_COLOR", value_parser = FalseyValueParser::new())]
    pub no_color: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set a repository up: config, an example post, git attributes and ignores.
    Init(Init),
    /// Write a new post with a slug and today's date.
    New(New),
    /// Check config and content: everything that can be known offline.
    Check(Check),
    /// Show what one post is sent as.
    Render(Render),
    /// Show what an apply would do. Needs content and lock only, no network and no secret, unless it is to look first.
    Plan(PlanArgs),
    /// Carry the plan out, record it in the lock, commit the lock.
    Apply(Apply),
    /// Look at what is in the channel: which messages people deleted or edited. Changes nothing there.
    Verify(Verify),
    /// Media of posts in an object store or a folder.
    Mirror(Mirror),
    /// What is published, what waits, what is in doubt.
    Status,
    /// Pull, plan, apply and mirror on a schedule, until it is told to end.
    Serve(Serve),
    /// Whether everything that an apply needs is there and answers, and how to mend what is not.
    Doctor(Doctor),
    /// What the GitHub Action needs: also for workflows of your own.
    Github(Github),
    /// Decide about a send of unknown fate.
    Resolve(Resolve),
    /// Look at the lock, or repair it.
    State(State),
    /// Say that a run which has the journal in git has ended: the next one need not wait until its lease has run out.
    Unlock(Unlock),
    /// Work on lock files themselves.
    Lock(LockArgs),
    /// Which post a message is: `tgsync where https://t.me/channel/123`.
    Where(Where),
    /// Incident switch: apply changes nothing, or not these posts, until released.
    Hold(Slugs),
    /// End a hold.
    Release(Slugs),
    /// Serve the Bot API on loopback, with channels of its own: for trials and tests.
    Sandbox(Sandbox),
    /// The whole loop on the sandbox with a copy of the example content: no token, no server.
    Demo(Demo),
    /// Print shell completions.
    Completions(Completions),
    /// Print a JSON schema.
    Schema(Schema),
    /// Why a post would change, or what a diagnostic code means.
    Explain(Explain),
}

#[derive(Debug, Args)]
pub struct Init {
    /// The chat to publish to: `@username` or a `-100…` id.
    #[arg(long, value_name = "CHAT", env = "TGSYNC_CHAT")]
    pub chat: Option<String>,
    /// Also write workflows for GitHub Actions: a plan on pull requests, an apply on the main branch, a nightly look.
    #[arg(long, env = "TGSYNC_GITHUB", value_parser = FalseyValueParser::new())]
    pub github: bool,
}

#[derive(Debug, Args)]
pub struct New {
    /// The title of the post.
    #[arg(value_name = "TITLE")]
    pub title: String,
    /// Its slug; made from the title if not given.
    #[arg(long, value_name = "SLUG", env = "TGSYNC_SLUG")]
    pub slug: Option<Slug>,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Insert missing slugs, made from the file names.
    #[arg(long, env = "TGSYNC_FIX", value_parser = FalseyValueParser::new())]
    pub fix: bool,
    /// Treat warnings as errors.
    #[arg(long, env = "TGSYNC_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,
    /// How problems are written.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
    Github,
}

#[derive(Debug, Args)]
pub struct Render {
    /// Slug of the post.
    pub slug: Slug,
    /// `html`: what Telegram is sent; `json`: the whole payload; `text`: what readers see.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "html")]
    pub format: RenderFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    Html,
    Json,
    Text,
}

/// What a plan is about.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    /// Remove what is in the channel and has no source any more.
    #[arg(long, env = "TGSYNC_PRUNE", value_parser = FalseyValueParser::new())]
    pub prune: bool,
    /// Only posts whose slug or file matches; a glob; may be repeated. Never prunes.
    #[arg(
        long,
        value_name = "SLUG|GLOB",
        env = "TGSYNC_ONLY",
        value_delimiter = ',',
        conflicts_with = "prune"
    )]
    pub only: Vec<String>,
    /// Also change posts that only a newer renderer writes differently.
    #[arg(long, env = "TGSYNC_RERENDER", value_parser = FalseyValueParser::new())]
    pub rerender: bool,
    /// Treat warnings as errors.
    #[arg(long, env = "TGSYNC_STRICT", value_parser = FalseyValueParser::new())]
    pub strict: bool,
}

/// Whether to look at the channel first.
#[derive(Debug, Clone, Default, Args)]
pub struct Refresh {
    /// Look first at what is in the channel: what people deleted or edited is restored, as `on_missing` and `on_drift` say.
    #[arg(long, env = "TGSYNC_REFRESH", value_parser = FalseyValueParser::new())]
    pub refresh: bool,
    /// With `--refresh`: look with at most so many calls, at what was not looked at for the longest time first.
    #[arg(long, value_name = "N", env = "TGSYNC_BUDGET")]
    pub budget: Option<usize>,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// At most so many calls, for what was not looked at for the longest time first.
    #[arg(long, value_name = "N", env = "TGSYNC_BUDGET")]
    pub budget: Option<usize>,
    /// How the result is written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: DataFormat,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub refresh: Refresh,
    /// Write the plan as JSON to this file, for `tgsync apply FILE`.
    #[arg(long, value_name = "FILE", env = "TGSYNC_OUT")]
    pub out: Option<PathBuf>,
    /// How the plan is written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: PlanFormat,
    /// Exit with 2 when there is something to do.
    #[arg(long, env = "TGSYNC_DETAILED_EXITCODE", value_parser = FalseyValueParser::new())]
    pub detailed_exitcode: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    Text,
    Json,
    Markdown,
    Github,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// A plan saved by `tgsync plan --out`: anything else is refused.
    #[arg(value_name = "PLAN", conflicts_with = "expect_plan")]
    pub plan: Option<PathBuf>,
    /// The id of the plan that was approved: anything else is refused.
    #[arg(long, value_name = "ID", env = "TGSYNC_EXPECT_PLAN")]
    pub expect_plan: Option<PlanId>,
    /// Hold what no merged pull request showed and no push brought, as `approval` of each target says. Asks GitHub.
    #[arg(long, env = "TGSYNC_ONLY_APPROVED", value_parser = FalseyValueParser::new(), conflicts_with_all = ["plan", "expect_plan"])]
    pub only_approved: bool,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub refresh: Refresh,
    /// Do not ask. Needed without a terminal.
    #[arg(short, long, env = "TGSYNC_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Lift a guard for this run; may be repeated.
    #[arg(long, value_name = "GUARD", env = "TGSYNC_ALLOW", value_delimiter = ',')]
    pub allow: Vec<AllowArg>,
    /// Where the report goes as JSON.
    #[arg(long, value_name = "FILE", env = "TGSYNC_REPORT", default_value = REPORT)]
    pub report: PathBuf,
    #[command(flatten)]
    pub save: Save,
    #[command(flatten)]
    pub keeping: Keeping,
}

/// Where the journal is, and what to do when another run has it.
#[derive(Debug, Clone, Default, Args)]
pub struct Keeping {
    /// Where the journal is, whatever the config says. `auto`: as the lock says, else in git in CI and here elsewhere.
    #[arg(long, value_name = "WHERE", env = "TGSYNC_JOURNAL")]
    pub journal: Option<JournalArg>,
    /// How long to wait for another run that has the journal in git. If not given: until it is seen at work, or its lease
    /// has run out.
    #[arg(long, value_name = "TIME", env = "TGSYNC_LOCK_TIMEOUT", value_parser = period)]
    pub lock_timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JournalArg {
    Auto,
    Local,
    Git,
}

/// Whether the lock is committed and pushed.
#[derive(Debug, Clone, Default, Args)]
pub struct Save {
    /// Commit the lock, whatever the config says.
    #[arg(long, env = "TGSYNC_COMMIT", value_parser = FalseyValueParser::new(), conflicts_with = "no_commit")]
    pub commit: bool,
    /// Do not commit the lock.
    #[arg(long, env = "TGSYNC_NO_COMMIT", value_parser = FalseyValueParser::new())]
    pub no_commit: bool,
    /// Push the lock, whatever the config says.
    #[arg(long, env = "TGSYNC_PUSH", value_parser = FalseyValueParser::new(), conflicts_with_all = ["no_push", "no_commit"])]
    pub push: bool,
    /// Do not push the lock.
    #[arg(long, env = "TGSYNC_NO_PUSH", value_parser = FalseyValueParser::new())]
    pub no_push: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AllowArg {
    Sends,
    Deletes,
    Resends,
}

impl From<AllowArg> for Allow {
    fn from(arg: AllowArg) -> Self {
        match arg {
            AllowArg::Sends => Self::Sends,
            AllowArg::Deletes => Self::Deletes,
            AllowArg::Resends => Self::Resends,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DataFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("when").required(true).args(["cron", "every"])))]
pub struct Serve {
    /// When to run: minute, hour, day of the month, month, day of the week; may be repeated, in the variable with `;`.
    #[arg(long, value_name = "CRON", env = "TGSYNC_CRON", value_delimiter = ';')]
    pub cron: Vec<String>,
    /// Run at once, and again whenever so much time has passed: `24h`, `1d`, `15m`.
    #[arg(long, value_name = "TIME", env = "TGSYNC_EVERY", value_parser = period)]
    pub every: Option<Duration>,
    /// IANA time zone of the schedule and of the log; the config's `timezone` if not given.
    #[arg(long, value_name = "ZONE", env = "TGSYNC_TIMEZONE", value_parser = zone)]
    pub timezone: Option<TimeZone>,
    /// Answer `/healthz` and `/metrics` over HTTP at this address.
    #[arg(long, value_name = "ADDR", env = "TGSYNC_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// Do not pull: apply what is on disk.
    #[arg(long, env = "TGSYNC_NO_PULL", value_parser = FalseyValueParser::new())]
    pub no_pull: bool,
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// How the findings are written to stdout.
    #[arg(long, value_name = "FORMAT", env = "TGSYNC_FORMAT", default_value = "text")]
    pub format: DataFormat,
}

#[derive(Debug, Args)]
pub struct Resolve {
    pub slug: Slug,
    #[command(flatten)]
    pub answer: Answer,
    #[command(flatten)]
    pub save: Save,
    #[command(flatten)]
    pub keeping: Keeping,
}

/// What became of the send. Without an answer the chat is searched for it, as `apply` does.
#[derive(Debug, Args)]
#[group(required = false, multiple = false)]
pub struct Answer {
    /// It is in the chat, as this message; an album as these: `10-19`, or `10,11,12`.
    #[arg(long, value_name = "ID", env = "TGSYNC_SENT_AS")]
    pub sent_as: Option<MessageIds>,
    /// It is not in the chat; the next apply sends it.
    #[arg(long, env = "TGSYNC_NOT_SENT", value_parser = FalseyValueParser::new())]
    pub not_sent: bool,
}

#[derive(Debug, Args)]
pub struct Unlock {
    /// Do not ask. Needed without a terminal.
    #[arg(short, long, env = "TGSYNC_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct State {
    #[command(flatten)]
    pub keeping: Keeping,
    #[command(subcommand)]
    pub command: StateCommand,
}

#[derive(Debug, Subcommand)]
pub enum StateCommand {
    /// All recorded posts with their messages.
    List,
    /// What is recorded of one post.
    Show { slug: Slug },
    /// Give a record another slug; nothing is sent.
    Mv { from: Slug, to: Slug },
    /// Stop tracking a post; its messages stay.
    Forget { slug: Slug },
    /// Accept another bot or chat for a target: the one its token and config name now.
    Rebind { target: TargetName },
    /// Keep the journal of a target in git from now on, and those of others that write to its chat.
    Journal { target: TargetName },
}

#[derive(Debug, Args)]
pub struct LockArgs {
    #[command(subcommand)]
    pub command: LockCommand,
}

#[derive(Debug, Subcommand)]
pub enum LockCommand {
    /// Merge two locks by slug, as a git merge driver: `tgsync lock merge %O %A %B`. The result replaces OURS.
    Merge { base: PathBuf, ours: PathBuf, theirs: PathBuf },
}

#[derive(Debug, Args)]
pub struct Where {
    /// A `t.me` link, or a message id.
    #[arg(value_name = "LINK")]
    pub link: String,
}

#[derive(Debug, Args)]
pub struct Slugs {
    /// None: everything.
    #[arg(value_name = "SLUG")]
    pub slugs: Vec<Slug>,
    #[command(flatten)]
    pub save: Save,
}

#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen; loopback only.
    #[arg(long, value_name = "ADDR", env = "TGSYNC_LISTEN", default_value = "127.0.0.1:8081")]
    pub listen: SocketAddr,
    /// Keep everything in this file, and received files in a folder beside it.
    #[arg(long, value_name = "FILE", env = "TGSYNC_STATE")]
    pub state: Option<PathBuf>,
    /// What is random comes from this number.
    #[arg(long, value_name = "N", env = "TGSYNC_SEED", default_value_t = 1)]
    pub seed: u64,
    /// A chat, instead of the default ones: `ID:TYPE:USERNAME[:RIGHT+RIGHT…]`; may be repeated.
    #[arg(
        long,
        value_name = "CHAT",
        env = "TGSYNC_SANDBOX_CHAT",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub chat: Vec<String>,
    /// Make a group the discussion group of a channel: `CHANNEL:GROUP`.
    #[arg(
        long,
        value_name = "LINK",
        env = "TGSYNC_SANDBOX_LINK",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub link: Vec<String>,
    /// Enforce Telegram's flood limits.
    #[arg(long, env = "TGSYNC_RATE_LIMITS", value_parser = FalseyValueParser::new())]
    pub rate_limits: bool,
    /// Most MB of files in one request; with more than 50 it is a server of your own, which hands out files of any size.
    #[arg(long, value_name = "MB", env = "TGSYNC_MAX_UPLOAD", default_value_t = 50)]
    pub max_upload: u64,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the demo's repository in this folder; a temporary one is used otherwise.
    #[arg(long, value_name = "DIR", env = "TGSYNC_DEMO_DIR")]
    pub dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct Schema {
    pub name: SchemaName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    Config,
    FrontMatter,
    Lock,
    Plan,
    Report,
    Verify,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A slug, or a code such as `TG0201`.
    #[arg(value_name = "SLUG|CODE")]
    pub what: String,
}

/// A span of time of a second or more.
fn period(text: &str) -> Result<Duration, String> {
    let span = text.trim().parse::<Span>().ok();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let duration = duration.and_then(|duration| Duration::try_from(duration).ok());
    duration
        .filter(|duration| duration.as_secs() > 0)
        .ok_or_else(|| "write a time such as `24h`, `1d` or `15m`".to_owned())
}

/// Whole days.
fn days(text: &str) -> Result<i32, String> {
    let days =
        period(text).ok().filter(|time| time.as_secs() % 86_400 == 0).map(|time| time.as_secs() / 86_400);
    days.and_then(|days| i32::try_from(days).ok()).ok_or_else(|| "write whole days, such as `30d`".to_owned())
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| "write a name of the time zone database, such as `Europe/Kyiv` or `UTC`".to_owned())
}
