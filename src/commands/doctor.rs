//! `tgsync doctor`: whether everything that an apply needs is there and answers. It looks at all of it whatever it finds,
//! and leaves nothing behind.

use std::time::Duration;

use futures_util::future::join_all;

use super::context::Context;
use super::planning::{Content, goes_to};
use super::preflight::{self, Needs};
use super::project::{self, Project};
use super::{Exit, Failure, Outcome, doctor_git, doctor_store, doctor_witness};
use crate::cli::{DataFormat, Doctor};
use crate::clock::{AnyClock, SystemClock};
use crate::config::Target;
use crate::ids::{RelPath, TargetName};
use crate::lock::Lock;
use crate::plan::Foreign;
use crate::ports::{Clock as _, Description};
use crate::report::doctor::{self as report, Finding};
use crate::report::style::count;

/// How long anything that has to answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(context: &Context, args: &Doctor) -> Outcome {
    let findings = match Project::open(context) {
        Ok(project) => examine(context, &project).await,
        Err(failure) => vec![problem("config", failure)],
    };
    context.print(&match args.format {
        DataFormat::Text => report::text(&findings, context.paint),
        DataFormat::Json => super::plan::pretty(&report::View::new(&findings)),
    });
    context.say(&report::summary(&findings));
    let (problems, _) = report::counts(&findings);
    Ok(if problems == 0 { Exit::Done } else { Exit::Failed })
}

/// What a command that fails would say.
pub(super) fn problem(about: &'static str, failure: Failure) -> Finding {
    Finding::problem(about, failure.message, failure.hint)
}

async fn examine(context: &Context, project: &Project) -> Vec<Finding> {
    let name = context.global.config.display();
    let targets = count(project.config.targets.len(), "target");
    let mut findings = vec![Finding::ok("config", format!("`{name}`: {targets}"))];
    let clock = project.live_clock(context).await.unwrap_or_else(|failure| {
        findings.push(problem("config", failure));
        AnyClock::System(SystemClock)
    });
    let content = Content::read(project, clock.now().await);
    findings.push(of_content(&content));
    findings.push(scratch(project));
    let lock = project.known_lock();
    findings.push(of_lock(project, &lock));
    let compare = lock.is_ok();
    let lock = lock.unwrap_or_else(|_| Lock::new(String::new()));
    let chosen =
        |name: &&TargetName| context.global.target.is_empty() || context.global.target.contains(name);
    let telegram = join_all(project.config.targets.keys().filter(chosen).map(|name| {
        let target = (name, &project.config.targets[name]);
        bounded("telegram", telegram(context, project, target, (&lock, &content)))
    }));
    let store = bounded("store", doctor_store::examine(context, project, &lock, &clock));
    let git = doctor_git::examine(context, project, compare, PATIENCE);
    let (git, telegram, store) = tokio::join!(git, telegram, store);
    findings.extend(git);
    for (name, of_target) in project.config.targets.keys().filter(chosen).zip(telegram) {
        findings.extend(of_target.into_iter().map(|finding| finding.of(name)));
    }
    findings.extend(store);
    findings
}

async fn bounded(about: &'static str, work: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| vec![silent(about, PATIENCE)])
}

pub(super) fn silent(about: &'static str, patience: Duration) -> Finding {
    let fix = "check its address, the network, and what stands between: a proxy, a firewall".to_owned();
    Finding::problem(about, format!("no answer in {} s", patience.as_secs()), Some(fix))
}

fn of_content(content: &Content) -> Finding {
    let posts = count(content.catalog.posts.len(), "post");
    let errors = content.problems.iter().filter(|problem| problem.is_error()).count();
    let what =
        format!("{posts}, {}, {}", count(errors, "error"), count(content.problems.len() - errors, "warning"));
    let fix = "`tgsync check` shows them";
    match (errors, content.problems.len()) {
        (0, 0) => Finding::ok("content", posts),
        (0, _) => Finding::warning("content", what, fix),
        _ => Finding::problem("content", what, Some(fix.to_owned())),
    }
}

fn scratch(project: &Project) -> Finding {
    if let Err(error) = project.state.preflight() {
        return problem("scratch", error.into());
    }
    let inside =
        RelPath::new(std::path::Path::new(".tgsync/journal.jsonl")).expect("a path of the repository");
    if project.git.as_ref().is_some_and(|git| !git.ignores(&inside)) {
        let what = "`.tgsync` is writable, but git does not ignore it";
        return Finding::warning("scratch", what, "add the line `.tgsync/` to `.gitignore`");
    }
    let ignored = if project.git.is_some() { ", and git ignores it" } else { "" };
    Finding::ok("scratch", format!("`.tgsync` is writable{ignored}"))
}

fn of_lock(project: &Project, lock: &Result<Lock, Failure>) -> Finding {
    let path = &project.config.lock;
    let lock = match lock {
        Ok(lock) => lock,
        Err(failure) => return Finding::problem("lock", &failure.message, failure.hint.clone()),
    };
    if project.config.git.commit && project.git.as_ref().is_some_and(|git| git.ignores(path)) {
        let fix = "take it out of `.gitignore`, or set `git: {commit: false}` in the config".to_owned();
        return Finding::problem(
            "lock",
            format!("git ignores `{path}`, so it can't be committed"),
            Some(fix),
        );
    }
    let doubts: usize = lock.targets.values().map(|target| target.doubt.len()).sum();
    if doubts > 0 {
        let fix = "`tgsync status` says what to look for, `tgsync resolve` settles it";
        return Finding::warning("lock", format!("{} in doubt", count(doubts, "send")), fix);
    }
    if lock.hold.all || !lock.hold.slugs.is_empty() {
        let fix = "`tgsync release` lets it go";
        return Finding::warning(
            "lock",
            "what it holds is not applied: `tgsync status` says which posts",
            fix,
        );
    }
    let there = project::exists(&project.root.join(path.as_str()));
    let known = || format!("`{path}`: lineage {}, serial {}", lock.lineage, lock.serial);
    Finding::ok(
        "lock",
        if there { known() } else { "there is none yet: the first apply makes it".to_owned() },
    )
}

async fn telegram(
    context: &Context,
    project: &Project,
    (name, target): (&TargetName, &Target),
    (lock, content): (&Lock, &Content),
) -> Vec<Finding> {
    let pinned = lock.target(name);
    let ready = match preflight::connect(context, project, (name, target), &pinned).await {
        Ok(ready) => ready,
        Err(failure) => return vec![problem("telegram", failure)],
    };
    let witnesses = doctor_witness::examine(&ready, &target.policy, &pinned).await;
    let found = ready.description;
    let policy = &target.policy;
    let posts = || content.catalog.posts.values().filter(|post| goes_to(post, policy));
    let needs = Needs {
        post: true,
        edit: true,
        pin: posts().any(|post| post.front.pin),
        delete_others: policy.foreign == Foreign::Delete,
    };
    let mut findings = vec![match preflight::check_needs(name, needs, &found) {
        Ok(()) => Finding::ok("telegram", describe(&found, pinned.chat.is_some())),
        Err(failure) => problem("telegram", failure),
    }];
    if let Some(seconds) = found.auto_delete_s {
        let what = format!("the chat deletes messages after {seconds} s by itself");
        findings.push(Finding::warning("telegram", what, "turn auto-delete off in the chat's settings"));
    }
    if !policy.topics.is_empty() {
        let topics = count(policy.topics.len(), "topic");
        let what = format!(
            "{topics} in the config, not looked up: Telegram lists none to bots, and refuses a wrong one when a post is sent there"
        );
        findings.push(Finding::ok("telegram", what));
    }
    findings.extend(witnesses);
    findings
}

/// Who writes where, and what it may do there.
fn describe(found: &Description, pinned: bool) -> String {
    let rights = [
        (found.rights.post, "post"),
        (found.rights.edit_others, "edit posts of others"),
        (found.rights.pin, "pin"),
        (found.rights.delete_others, "delete posts of others"),
    ];
    let may: Vec<&str> = rights.iter().filter(|(has, _)| *has).map(|(_, right)| *right).collect();
    let pins = if pinned { "; bot and chat are those of the lock" } else { "" };
    format!("@{} in {} ({}) may {}{pins}", found.bot_username, found.title, found.chat, may.join(", "))
}
