//! `tgsync github comment`: a plan in the pull request that it is of.

use super::context::Context;
use super::{Exit, Failure, Outcome, github, plan};
use crate::cli::GithubComment;
use crate::github::{self as pages, Api, Comment, Origin, Sticky};
use crate::ids::TargetName;
use crate::report::json::{PlanView, ReportView};

pub(super) async fn run(context: &Context, args: &GithubComment) -> Outcome {
    let view = plan::read(&context.path(&args.plan))?;
    let event = github::event(context)?;
    let number = args.pull.or(event.pull.as_ref().map(|pull| pull.number)).ok_or_else(|| {
        Failure::new(Exit::Usage, "the workflow does not run for a pull request").hint("name one: `--pull 7`")
    })?;
    let origin = github::origin(context, Some(&event));
    let board = Board::open(context, github::api(context)?, number, origin).await?;
    board.plan(context, &view).await?;
    Ok(Exit::Done)
}

/// The comments of one pull request.
pub(super) struct Board {
    api: Api,
    number: u64,
    origin: Origin,
    config: String,
    comments: Vec<Comment>,
}

impl Board {
    pub(super) async fn open(
        context: &Context,
        api: Api,
        number: u64,
        origin: Origin,
    ) -> Result<Self, Failure> {
        let comments = api.comments(number).await?;
        let config = context.folder().join(&context.global.config).to_string_lossy().replace('\\', "/");
        Ok(Self { api, number, origin, config, comments })
    }

    /// One comment for each target of the plan.
    pub(super) async fn plan(&self, context: &Context, view: &PlanView) -> Result<(), Failure> {
        for target in &view.targets {
            let marker = self.marker(Sticky::Plan, &target.name);
            let body = pages::plan(view, target, &marker, &self.origin);
            // Where there is nothing to say, nothing is begun.
            if self.known(&marker).is_some() || !target.changes.is_empty() {
                self.put(context, &marker, &body).await?;
            }
        }
        Ok(())
    }

    /// There is no plan of the newest commit: what stands there is of an older one, and says so.
    pub(super) async fn stale(&self, context: &Context, why: &str) -> Result<(), Failure> {
        for comment in self.comments.iter().filter(|comment| is_ours(comment)) {
            let body = comment.body.as_deref().unwrap_or_default();
            let ours = body.lines().next().is_some_and(|line| self.is_of_this_config(line));
            if ours && !pages::is_newer(body, &self.origin) {
                let body = pages::stale(body, &self.origin, why);
                self.api.update_comment(comment.id, &body).await?;
                context.say(&format!("the comment in #{} is marked as stale", self.number));
            }
        }
        Ok(())
    }

    /// What was published, for each target of a report.
    pub(super) async fn applied(
        &self,
        context: &Context,
        report: &ReportView,
        targets: &[TargetName],
    ) -> Result<(), Failure> {
        for target in targets {
            let marker = self.marker(Sticky::Applied, target);
            let body = pages::applied(report, target, &marker, &self.origin);
            self.put(context, &marker, &body).await?;
        }
        Ok(())
    }

    fn marker(&self, sticky: Sticky, target: &TargetName) -> String {
        pages::marker(sticky, &self.config, target)
    }

    fn is_of_this_config(&self, line: &str) -> bool {
        let name = line.strip_prefix("<!-- tgsync:plan:").and_then(|rest| rest.split(':').next());
        let target = name.and_then(|name| name.parse::<TargetName>().ok());
        target.is_some_and(|target| self.marker(Sticky::Plan, &target) == line)
    }

    fn known(&self, marker: &str) -> Option<&Comment> {
        let marked =
            |comment: &&Comment| comment.body.as_deref().and_then(|body| body.lines().next()) == Some(marker);
        self.comments.iter().filter(|comment| is_ours(comment)).find(marked)
    }

    async fn put(&self, context: &Context, marker: &str, body: &str) -> Result<(), Failure> {
        let Some(known) = self.known(marker) else {
            return Ok(self.api.create_comment(self.number, body).await?);
        };
        if known.body.as_deref().is_some_and(|body| pages::is_newer(body, &self.origin)) {
            context.say(&format!("the comment in #{} is of a later run and stays", self.number));
            return Ok(());
        }
        Ok(self.api.update_comment(known.id, body).await?)
    }
}

/// A comment that an app wrote. One of a person, whatever it begins with, is left alone.
fn is_ours(comment: &Comment) -> bool {
    comment.user.as_ref().is_some_and(|user| user.kind == "Bot")
}
