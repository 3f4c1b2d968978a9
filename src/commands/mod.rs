//! One file per verb: gather, call the pure rooms, report, exit status.

mod apply;
mod approvals;
mod check;
mod completions;
mod context;
mod demo;
mod doctor;
mod doctor_git;
mod doctor_store;
mod doctor_witness;
mod elsewhere;
mod ending;
mod explain;
mod files;
mod github;
mod github_approve;
mod github_comment;
mod github_drift;
mod github_inputs;
mod github_run;
mod hold;
mod init;
mod journal_kind;
mod leasing;
mod lock;
mod logging;
mod mirror;
mod mirror_first;
mod mirror_run;
mod mirror_verify;
mod mirroring;
mod new;
mod past;
mod plan;
mod planning;
mod preflight;
mod press;
mod project;
mod publish;
mod refresh;
mod render;
mod resolve;
mod sandbox;
mod schema;
mod serve;
mod serve_health;
mod serve_http;
mod settling;
mod state;
mod status;
mod story;
mod surgery;
mod unlock;
mod uploads;
mod verify;
mod r#where;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::env::Env;
use crate::ports::StateError;
use crate::report::json::FailureReason;
use context::Context;

/// `EX_USAGE`: the command line is at fault.
pub const USAGE: u8 = 64;

/// Exit codes: the one place that lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do; warnings too.
    Done = 0,
    /// Failed, or every change was refused.
    Failed = 1,
    /// The plan has changes (`--detailed-exitcode` only).
    Changes = 2,
    /// Content or config is invalid.
    Invalid = 3,
    /// Partly applied, or in doubt.
    Partly = 4,
    /// Refused by a safety rule, or declined at the prompt.
    Refused = 5,
    /// What was looked at is not as recorded (`verify`, `mirror verify`).
    Drift = 6,
    /// The command line is at fault.
    Usage = USAGE as isize,
}

/// Why a command ends early: what happened and what to do next.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    reason: Option<FailureReason>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, reason: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn reason(mut self, reason: FailureReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// It failed before anything was sent, unless it says more exactly why.
    fn early(self) -> Self {
        Self { reason: self.reason.or(Some(FailureReason::Preflight)), ..self }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self { exit: Exit::Failed, message: error.what, hint: error.hint, reason: None }
    }
}

type Outcome = Result<Exit, Failure>;

/// Run a parsed command line.
pub fn run(cli: Cli, env: Env) -> ExitCode {
    let context = Context::new(cli.global, env);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(logged(&context, cli.command)),
        Err(error) => Err(Failure::new(Exit::Failed, format!("the runtime could not start: {error}"))),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        context.tell_failure(&failure);
        failure.exit
    });
    logging::ended(exit);
    ExitCode::from(exit as u8)
}

async fn logged(context: &Context, command: Command) -> Outcome {
    logging::start(context, &command).await?;
    dispatch(context, command).await
}

async fn dispatch(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Init(args) => init::run(context, &args),
        Command::New(args) => new::run(context, &args).await,
        Command::Check(args) => check::run(context, &args).await,
        Command::Render(args) => render::run(context, &args).await,
        Command::Plan(args) => plan::run(context, &args).await,
        Command::Apply(args) => apply::run(context, &args).await,
        Command::Verify(args) => verify::run(context, &args).await,
        Command::Mirror(args) => mirror::run(context, &args.command).await,
        Command::Status => status::run(context),
        Command::Serve(args) => serve::run(context, &args).await,
        Command::Doctor(args) => doctor::run(context, &args).await,
        Command::Github(args) => github::run(context, &args.command).await,
        Command::Resolve(args) => resolve::run(context, &args).await,
        Command::State(args) => state::run(context, args).await,
        Command::Unlock(args) => unlock::run(context, &args).await,
        Command::Lock(args) => lock::run(context, &args.command),
        Command::Where(args) => r#where::run(context, &args),
        Command::Hold(args) => hold::hold(context, &args).await,
        Command::Release(args) => hold::release(context, &args).await,
        Command::Sandbox(args) => sandbox::run(context, &args).await,
        Command::Demo(args) => demo::run(context, &args).await,
        Command::Completions(args) => Ok(completions::run(context, &args)),
        Command::Schema(args) => Ok(schema::run(context, args.name)),
        Command::Explain(args) => explain::run(context, &args).await,
    }
}

/// A slug that no post has.
fn no_such_post<'a>(slug: &crate::ids::Slug, known: impl Iterator<Item = &'a crate::ids::Slug>) -> Failure {
    let known: Vec<&str> = known.map(crate::ids::Slug::as_str).collect();
    let failure = Failure::new(Exit::Usage, format!("there is no post `{slug}`"));
    match crate::diagnostic::nearest(slug.as_str(), known) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => {
            failure.hint("`tgsync state list` shows what is published, `tgsync check` what the content holds")
        }
    }
}
