//! `tgsync github`: what workflows need beside the ordinary commands.
#![expect(clippy::disallowed_methods, reason = "the event is in a file that GitHub names")]

use super::context::Context;
use super::{Exit, Failure, Outcome, github_approve, github_comment, github_run};
use crate::cli::GithubCommand;
use crate::env;
use crate::github::{Api, ApiError, Event, Origin};

const API: &str = "https://api.github.com";

pub(super) async fn run(context: &Context, command: &GithubCommand) -> Outcome {
    match command {
        GithubCommand::Run => github_run::run(context).await,
        GithubCommand::Comment(args) => github_comment::run(context, args).await,
        GithubCommand::Approve(args) => github_approve::run(context, args).await,
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { exit: Exit::Failed, message: error.what, hint: error.hint, reason: None }
    }
}

fn not_there(name: &str) -> Failure {
    Failure::new(Exit::Usage, format!("`{name}` is not set"))
        .hint("`tgsync github` is for jobs of GitHub Actions, which set it")
}

fn needed<'a>(context: &'a Context, name: &str) -> Result<&'a str, Failure> {
    context.env.get(name).ok_or_else(|| not_there(name))
}

/// What the workflow runs for.
pub(super) fn event(context: &Context) -> Result<Event, Failure> {
    let name = needed(context, env::GITHUB_EVENT_NAME)?;
    let repository = needed(context, env::GITHUB_REPOSITORY)?;
    let path = needed(context, env::GITHUB_EVENT_PATH)?;
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(Exit::Failed, format!("the event can't be read: {error}")))?;
    Event::read(name, repository, &text).map_err(|why| Failure::new(Exit::Failed, why))
}

/// The API, seen with the job's token.
pub(super) fn api(context: &Context) -> Result<Api, Failure> {
    let token = context
        .env
        .secret(env::GITHUB_TOKEN)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let base = context.env.get(env::GITHUB_API_URL).unwrap_or(API);
    Ok(Api::new(base, needed(context, env::GITHUB_REPOSITORY)?, token)?)
}

/// This run, and the commit that it is about.
pub(super) fn origin(context: &Context, event: Option<&Event>) -> Origin {
    let number = |name: &str| context.env.get(name).and_then(|text| text.parse().ok()).unwrap_or_default();
    let run: u64 = number(env::GITHUB_RUN_ID);
    let of_event = event.and_then(|event| {
        let pull = event.pull.as_ref().map(|pull| &pull.head);
        pull.or(event.run.as_ref().map(|run| &run.head)).cloned()
    });
    let server = context.env.get(env::GITHUB_SERVER_URL).unwrap_or("https://github.com");
    let page = |repository: &str| format!("{server}/{repository}/actions/runs/{run}");
    Origin {
        run,
        attempt: number(env::GITHUB_RUN_ATTEMPT),
        sha: of_event.or_else(|| context.env.get(env::GITHUB_SHA).map(str::to_owned)).unwrap_or_default(),
        url: context.env.get(env::GITHUB_REPOSITORY).filter(|_| run > 0).map(page),
    }
}
