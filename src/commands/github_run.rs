//! `tgsync github run`: all that the Action does in a job. Secrets are hidden first; what a post says is printed where no
//! line of it is taken for a command of the runner.
#![expect(clippy::disallowed_methods, reason = "the runner names the files that take outputs and summary")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::elsewhere::{self, Elsewhere, Whose};
use super::github_comment::Board;
use super::github_inputs::{Inputs, Task};
use super::project::{self, Project, SCRATCH};
use super::{Exit, Failure, Outcome, approvals, check, github, github_approve, github_drift, plan, publish};
use crate::cli::{Apply, Command, Global, REPORT, Selection};
use crate::env::{self, Env, VARIABLES};
use crate::github::{Approvals, Event, Origin, mask, outputs};
use crate::ids::TargetName;
use crate::report::json::{FailureReason, PlanView, ReportView};
use crate::report::{diagnostic, github as annotations, markdown};
use crate::state::CommitId;

/// Characters of a plan that a summary takes: GitHub shows none of a summary of more than 1 MiB (GitHub, "Workflow
/// commands"), and a character has up to three bytes for each unit that is counted.
const SUMMARY: usize = 300_000;

pub(super) async fn run(context: &Context) -> Outcome {
    context.print(&secrets(context));
    let mut job = match Job::new(context) {
        Ok(job) => job,
        Err(failure) => return Err(told(context, failure)),
    };
    let outcome = job.carry_out().await;
    let outcome = outcome.map_err(|failure| told(context, failure));
    job.finish(&outcome);
    outcome
}

/// The failure also as an annotation: the log of a step is folded away.
fn told(context: &Context, failure: Failure) -> Failure {
    let hint = failure.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let text = annotations::data(&format!("{}{hint}", failure.message));
    context.print(&format!("::error title=tgsync::{text}\n"));
    failure
}

/// Commands that hide every secret of this environment, the tokens that the config names among them.
fn secrets(context: &Context) -> String {
    let inputs = Inputs::read(context).ok().and_then(|inputs| inputs.command(Task::Check, &[]).ok());
    let config = inputs.and_then(|(global, _)| project::peek(&Context::new(global, context.env.clone())));
    let tokens = config.map(|(config, _)| config.targets).unwrap_or_default();
    let named: BTreeSet<String> = tokens.into_values().map(|target| target.token_env).collect();
    let known = VARIABLES.iter().filter(|variable| variable.secret).map(|variable| variable.name.to_owned());
    let values = known.chain(named).filter_map(|name| context.env.secret(&name).ok().flatten());
    values.collect::<BTreeSet<String>>().iter().map(|value| mask(value)).collect()
}

/// One run of the Action.
struct Job<'a> {
    outer: &'a Context,
    inputs: Inputs,
    task: Task,
    event: Event,
    origin: Origin,
    /// The folder of the config.
    folder: PathBuf,
    outputs: Vec<(&'static str, String)>,
    reason: Option<String>,
    summary: String,
}

impl<'a> Job<'a> {
    fn new(outer: &'a Context) -> Result<Self, Failure> {
        let inputs = Inputs::read(outer)?;
        let task = inputs.task()?;
        let event = github::event(outer)?;
        let origin = github::origin(outer, Some(&event));
        let (global, _) = inputs.command(Task::Check, &[])?;
        let folder = Inputs::folder(&global);
        let (outputs, reason, summary) = (Vec::new(), None, String::new());
        Ok(Self { outer, inputs, task, event, origin, folder, outputs, reason, summary })
    }

    async fn carry_out(&mut self) -> Outcome {
        match self.task {
            Task::Check => self.check().await,
            Task::Plan if self.event.run.is_some() => self.plan_of_stranger().await,
            Task::Plan => self.plan().await,
            Task::Apply => self.apply().await,
            Task::Verify => self.verify().await,
            Task::Mirror if !self.mirrors()? => {
                self.outer.say("the config has no mirror: nothing to do");
                Ok(Exit::Done)
            }
            task => {
                let (context, command) = self.command(task, &[])?;
                self.dispatch(&context, command).await
            }
        }
    }

    fn command(&self, task: Task, more: &[String]) -> Result<(Context, Command), Failure> {
        let (global, command) = self.inputs.command(task, more)?;
        Ok((Context::new(global, committing(&self.outer.env)), command))
    }

    /// The same without a secret: what a pull request brings is not to be trusted with one.
    fn harmless(&self, task: Task) -> Result<(Context, Command), Failure> {
        let (global, command) = self.inputs.command(task, &[])?;
        Ok((Context::new(global, self.outer.env.without_secrets()), command))
    }

    /// Run a command whose words the runner must not take for its own.
    async fn dispatch(&self, context: &Context, command: Command) -> Outcome {
        let quiet = Muted::begin(self.outer);
        let outcome = Box::pin(super::dispatch(context, command)).await;
        drop(quiet);
        outcome
    }

    /// Problems on their lines, and all of them in the summary: GitHub shows some ten of a kind.
    async fn check(&mut self) -> Outcome {
        let (context, command) = self.harmless(Task::Check)?;
        let strict = matches!(&command, Command::Check(args) if args.strict);
        let project = Project::open(&context)?;
        let (posts, problems) = check::find(&context, &project, strict).await?;
        let problems = crate::diagnostic::fold(problems);
        self.outer.print(&diagnostic::github(&problems));
        let errors = problems.iter().filter(|problem| problem.is_error()).count();
        self.outer.say(&format!("{posts} posts, {errors} errors, {} warnings", problems.len() - errors));
        self.summary.push_str(&diagnostic::markdown(&problems));
        Ok(if errors > 0 { Exit::Invalid } else { Exit::Done })
    }

    async fn plan(&mut self) -> Outcome {
        let checked = self.check().await;
        if !matches!(checked, Ok(Exit::Done)) {
            self.mark_stale("has errors, so there is no plan of it").await?;
            return checked;
        }
        let (context, command) = self.harmless(Task::Plan)?;
        let Command::Plan(args) = command else { return Ok(Exit::Usage) };
        let view = match plan::now(&context, (&args.selection, &args.refresh)).await {
            Ok(view) => view,
            Err(failure) => {
                self.mark_stale("can't be planned").await?;
                return Err(failure);
            }
        };
        self.show(&view)?;
        self.outer.print(&annotations::notices(&view));
        match self.event.pull.as_ref().map(|pull| pull.number) {
            Some(_) if self.event.is_fork() => {
                self.outer.say("the pull request comes from a fork: its plan is in the summary");
            }
            Some(number) if self.inputs.comments() => {
                self.board(number).await?.plan(self.outer, &view).await?;
            }
            _ => {}
        }
        Ok(Exit::Done)
    }

    /// Save a plan, tell its numbers, add it to the summary.
    fn show(&mut self, view: &PlanView) -> Result<(), Failure> {
        let path = self.folder.join(SCRATCH).join("plan.json");
        project::write_text(&path, &plan::pretty(view))?;
        let shown = markdown::plan_within(view, SUMMARY);
        self.summary.push_str(&shown.text);
        if shown.left_out > 0 {
            self.summary.push_str("\n**Cut here:** the plan is too long for a summary.\n");
        }
        let sum = &view.summary;
        let changes = view.targets.iter().map(|target| target.changes.len()).sum::<usize>();
        let mirrored = view.mirror.as_ref().is_some_and(|mirror| mirror.upload + mirror.delete > 0);
        for (name, value) in [
            ("has_changes", (changes > 0 || mirrored).to_string()),
            ("to_send", sum.send.to_string()),
            ("to_edit", sum.edit.to_string()),
            ("to_resend", sum.resend.to_string()),
            ("to_delete", sum.delete.to_string()),
            ("to_restore", sum.restore.to_string()),
            ("plan_id", view.plan_id.to_string()),
            ("plan_json_path", path.to_string_lossy().into_owned()),
        ] {
            self.outputs.push((name, value));
        }
        Ok(())
    }

    async fn board(&self, number: u64) -> Result<Board, Failure> {
        let (context, _) = self.command(Task::Check, &[])?;
        Board::open(&context, github::api(self.outer)?, number, self.origin.clone()).await
    }

    async fn mark_stale(&self, why: &str) -> Result<(), Failure> {
        match &self.event.pull {
            Some(pull) if self.inputs.comments() && !self.event.is_fork() => {
                self.board(pull.number).await?.stale(self.outer, why).await
            }
            _ => Ok(()),
        }
    }

    /// A pull request from a fork: its own job may not write. This one may, so it reads the fork's files as data, with an
    /// empty environment, and runs nothing of them.
    async fn plan_of_stranger(&mut self) -> Outcome {
        let run = self.event.run.clone().filter(|run| run.event == "pull_request");
        let Some(run) = run else {
            self.outer.say("that run was not for a pull request: nothing to show");
            return Ok(Exit::Done);
        };
        let pulls = github::api(self.outer)?.open_pulls(&run.from).await?;
        let Some(pull) = pulls.into_iter().find(|pull| pull.head.sha == run.head) else {
            self.outer.say("no open pull request has that commit: nothing to show");
            return Ok(Exit::Done);
        };
        let (context, command) = self.command(Task::Plan, &[])?;
        let Command::Plan(args) = command else { return Ok(Exit::Usage) };
        let board = self.board(pull.number).await?;
        match stranger(&context, pull.number, &run.head, &args.selection).await {
            Ok(view) => {
                self.show(&view)?;
                board.plan(self.outer, &view).await?;
                Ok(Exit::Done)
            }
            Err(failure) => {
                board.stale(self.outer, "can't be planned").await?;
                Err(failure)
            }
        }
    }

    async fn apply(&mut self) -> Outcome {
        let (context, command) = self.command(Task::Apply, &[])?;
        let Command::Apply(args) = command else { return Ok(Exit::Usage) };
        let asked = if args.expect_plan.is_some() {
            // A person's word stands whether or not pull requests can be asked.
            github_approve::of_now(&quiet(&context), &args.selection).await.ok()
        } else {
            None
        };
        let more = if args.expect_plan.is_some() { Vec::new() } else { vec!["--only-approved".to_owned()] };
        let file = self.folder.join(SCRATCH).join(approvals::FILE);
        // What an earlier step of this job left is not about this one.
        let _ = std::fs::remove_file(&file);
        let (context, command) = self.command(Task::Apply, &more)?;
        let outcome = self.dispatch(&context, command).await;
        let report = self.report();
        self.tell_applied(report.as_ref());
        let judged: Option<Approvals> = read(&file);
        if let Some(approvals) = judged.as_ref().filter(|approvals| !approvals.withheld.is_empty()) {
            self.tell_held(&context, &args, approvals).await;
        }
        let pulls = judged.or(asked).map(|approvals| approvals.pulls).unwrap_or_default();
        let commented = self.tell_pulls(report.as_ref(), &pulls).await;
        let exit = outcome?;
        commented.map(|()| exit)
    }

    fn report(&self) -> Option<ReportView> {
        read(&self.folder.join(REPORT))
    }

    fn tell_applied(&mut self, report: Option<&ReportView>) {
        let Some(report) = report else { return };
        self.reason = report.failure_reason.map(name_of);
        let urls = report.done.iter().flat_map(|item| &item.messages);
        let urls: Vec<&str> = urls.filter_map(|message| message.url.as_deref()).collect();
        let path = self.folder.join(REPORT).to_string_lossy().into_owned();
        for (name, value) in [
            ("has_changes", (report.planned > 0).to_string()),
            ("plan_id", report.plan_id.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("done", report.done.len().to_string()),
            ("held", report.held.len().to_string()),
            ("published_urls", serde_json::to_string(&urls).unwrap_or_default()),
            ("lock_changed", report.lock.commit.is_some().to_string()),
            ("commit_sha", report.lock.commit.clone().unwrap_or_default()),
            ("report_json_path", path),
        ] {
            self.outputs.push((name, value));
        }
        self.summary.push_str(&markdown::report(report));
    }

    /// What is held, what was approved instead, and the one step that approves it.
    async fn tell_held(&mut self, context: &Context, args: &Apply, approvals: &Approvals) {
        let left = plan::now(&quiet(context), (&args.selection, &args.refresh)).await;
        let looking = if args.refresh.refresh { " and `refresh` to `true`" } else { "" };
        let step = match left {
            Ok(left) => {
                format!("run the workflow by hand with `expect-plan` set to `{}`{looking}", left.plan_id)
            }
            Err(_) => "run the workflow by hand with `expect-plan` set to the id that `tgsync plan` shows"
                .to_owned(),
        };
        for held in &approvals.withheld {
            let text = format!(
                "`{}` in `{}` is held: {}; to publish it as it is now, {step}",
                held.slug, held.target, held.why
            );
            self.outer
                .print(&format!("::error title=tgsync%3A not approved::{}\n", annotations::data(&text)));
        }
        self.summary.push_str(&markdown::withheld(
            approvals.withheld.iter().map(|held| markdown::Held {
                slug: &held.slug,
                target: &held.target,
                why: &held.why,
                approved: held.approved.as_deref(),
                now: held.now.as_deref(),
            }),
            &step,
        ));
    }

    /// Links to what was published, in the pull requests that brought it.
    async fn tell_pulls(&self, report: Option<&ReportView>, pulls: &BTreeSet<u64>) -> Result<(), Failure> {
        let Some(report) = report.filter(|_| self.inputs.comments()) else { return Ok(()) };
        let items = [&report.done, &report.held, &report.in_doubt, &report.failed].into_iter().flatten();
        let targets: BTreeSet<TargetName> = items.map(|item| item.target.clone()).collect();
        if targets.is_empty() {
            return Ok(());
        }
        let targets: Vec<TargetName> = targets.into_iter().collect();
        for number in pulls {
            self.board(*number).await?.applied(self.outer, report, &targets).await?;
        }
        Ok(())
    }

    fn mirrors(&self) -> Result<bool, Failure> {
        let (context, _) = self.command(Task::Mirror, &[])?;
        Ok(project::peek(&context).is_none_or(|(config, _)| config.mirror.is_some()))
    }

    async fn verify(&mut self) -> Outcome {
        let (context, command) = self.command(Task::Verify, &[])?;
        let exit = self.dispatch(&context, command).await?;
        if exit == Exit::Drift {
            self.reason = Some("drift".to_owned());
        }
        if self.inputs.comments() && matches!(exit, Exit::Drift | Exit::Done) {
            let api = github::api(self.outer)?;
            github_drift::tell(&api, &self.origin, exit == Exit::Drift).await?;
        }
        Ok(exit)
    }

    /// Outputs and summary, whatever happened.
    fn finish(&mut self, outcome: &Outcome) {
        let exit = outcome.as_ref().map_or_else(|failure| failure.exit, |exit| *exit);
        if let Err(failure) = outcome {
            let hint = failure.hint.as_deref().unwrap_or_default();
            let words = format!("{} {}", markdown::escape(&failure.message), markdown::escape(hint));
            let _ = writeln!(self.summary, "\n> ⛔ {}", words.trim());
        }
        if exit == Exit::Invalid {
            self.reason = Some("invalid".to_owned());
        }
        self.outputs.push(("exit_code", (exit as u8).to_string()));
        self.outputs.push(("failure_reason", self.reason.clone().unwrap_or_default()));
        let values = outputs(self.outputs.drain(..));
        for (name, text) in [(env::GITHUB_OUTPUT, &values), (env::GITHUB_STEP_SUMMARY, &self.summary)] {
            let Some(path) = self.outer.env.get(name) else { continue };
            if let Err(error) = append(Path::new(path), text) {
                self.outer.tell(&format!("warning: can't write to the file of `{name}`: {error}"));
            }
        }
    }
}

/// A JSON file that the command of this job wrote; `None` where it did not come to that.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// The plan of a fork's commit over the lock that it began with.
async fn stranger(
    context: &Context,
    number: u64,
    head: &str,
    selection: &Selection,
) -> Result<PlanView, Failure> {
    let project = Project::open(context)?;
    let git = project.git.as_ref();
    let git = git.ok_or_else(|| Failure::new(Exit::Usage, "there is no git repository to fetch into"))?;
    let name = format!("refs/pull/{number}/head");
    let remote = &project.config.git.remote;
    let tip = tokio::task::block_in_place(|| git.fetch_ref(remote, &name, &publish::auth(context)))?;
    let Some(commit) = tip.filter(|tip| tip.0 == head) else {
        return Err(Failure::new(Exit::Failed, format!("`{name}` is not {head} any more"))
            .hint("a newer run will show the newer commit"));
    };
    let ours = git.head_commit()?;
    let base = ours.and_then(|ours: CommitId| git.merge_base(&commit, &ours));
    let lineage = project.known_lock()?.lineage;
    let lock = match &base {
        Some(base) => elsewhere::lock_at(&project, base, &lineage)?,
        None => {
            return Err(Failure::new(Exit::Failed, "the fork has no history in common with this clone")
                .hint("check out with `fetch-depth: 0`"));
        }
    };
    let there = Elsewhere {
        git,
        commit: &commit,
        lock: &lock,
        whose: Whose::Stranger,
        selection,
        found: &BTreeMap::new(),
    };
    Ok(there.plan(context).await?.1)
}

/// The same without the warnings that another step shows.
fn quiet(context: &Context) -> Context {
    let global = Global { quiet: true, verbose: false, ..context.global.clone() };
    Context::new(global, context.env.clone())
}

fn name_of(reason: FailureReason) -> String {
    serde_json::to_value(reason).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Commits are of GitHub's own bot, unless somebody else is named.
fn committing(env: &Env) -> Env {
    let named = |env: Env, who: &str| {
        let env = env.or(&format!("GIT_{who}_NAME"), "github-actions[bot]");
        env.or(&format!("GIT_{who}_EMAIL"), "41898282+github-actions[bot]@users.noreply.github.com")
    };
    named(named(env.clone(), "AUTHOR"), "COMMITTER")
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}

/// As long as it lives, the runner takes no line for a command. Both streams of this process must be one for it
/// (`2>&1`), so that nothing overtakes.
struct Muted<'a> {
    context: &'a Context,
    word: String,
}

impl<'a> Muted<'a> {
    fn begin(context: &'a Context) -> Self {
        // Nobody who wrote a post can know it.
        let word = format!("tgsync-{}", ulid::Ulid::new());
        context.print(&format!("::stop-commands::{word}\n"));
        Self { context, word }
    }
}

impl Drop for Muted<'_> {
    fn drop(&mut self) {
        self.context.print(&format!("::{}::\n", self.word));
    }
}
