//! `tgsync serve`: pull, apply and mirror whenever it is time. Each run is what `tgsync apply` and `tgsync mirror apply`
//! are, and none begins before the last one has ended.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::task::block_in_place;

use super::context::Context;
use super::project::{self, Project};
use super::publish::{self, Saving};
use super::serve_health::{Health, Run};
use super::serve_http::Endpoint;
use super::story::Story;
use super::{Exit, Failure, Outcome, apply, mirror};
use crate::cli::{Apply, DataFormat, Keeping, MirrorApply, REPORT, Save, Selection, Serve};
use crate::clock::AnyClock;
use crate::ids::Timestamp;
use crate::ports::{Clock as _, StateError};
use crate::report::json::FailureReason;
use crate::report::mirror as report;
use crate::schedule::Schedule;
use crate::state::{Git, Pulled, RunGuard, Upstream};

pub(super) async fn run(context: &Context, args: &Serve) -> Outcome {
    let project = Project::open(context)?;
    let api_url = project.api_url.clone();
    let mut clock = project.live_clock(context).await?;
    let now = clock.now().await;
    let schedule = schedule(args, &project, now)?;
    if !args.no_pull {
        look_at_upstream(context, &project)?;
    }
    drop(project);
    let health = Health::default();
    let _endpoint = match args.listen {
        Some(address) => Some(Endpoint::open(context, address, health.clone()).await?),
        None => None,
    };
    let stop = context.stop();
    // What is due right now counts.
    let mut last = now.checked_sub(Duration::from_nanos(1)).unwrap_or(now);
    while let Some(due) = schedule.after(last) {
        health.next(due);
        context.say(&format!("next run: {}", shown(due, schedule.zone())));
        tokio::select! {
            biased;
            () = stop.requested() => break,
            () = clock.sleep_until(due) => {}
        }
        // What fell due while the machine was asleep or the last run went on is done by this one.
        last = clock.now().await.max(due);
        health.began();
        let run = one(context, args, last, &clock).await;
        health.ended(run);
        if stop.is_requested() {
            break;
        }
        clock = project::choose_clock(context, None, &api_url).await?;
    }
    context.say("no further run");
    Ok(Exit::Done)
}

fn schedule(args: &Serve, project: &Project, now: Timestamp) -> Result<Schedule, Failure> {
    let zone = args.timezone.clone().unwrap_or_else(|| project.config.settings.timezone.clone());
    match args.every {
        Some(period) => Ok(Schedule::every(period, now, zone)),
        None => Schedule::cron(&args.cron, zone).map_err(|error| {
            Failure::new(Exit::Usage, error.to_string())
                .hint("`0 3 * * *` is at 3:00 every day, `*/15 * * * *` every quarter of an hour")
        }),
    }
}

/// `2026-03-29 04:00:00 +03:00 (Europe/Kyiv)`.
fn shown(moment: Timestamp, zone: &TimeZone) -> String {
    let time = moment.to_zoned(zone.clone());
    format!("{} ({})", time.strftime("%Y-%m-%d %H:%M:%S %:z"), zone.iana_name().unwrap_or("UTC"))
}

/// Whether there is something to pull from, and a way to do so.
fn look_at_upstream(context: &Context, project: &Project) -> Result<(), Failure> {
    let upstream = project.git.as_ref().map(|git| (git, git.upstream()));
    let why = match upstream {
        None => "this is no git repository",
        Some((_, None)) => "this branch follows no remote",
        Some((git, Some(upstream))) if !git.speaks_to(&upstream.remote) => {
            let message = format!(
                "`{}` is not reached over http or as a path, so it can't be pulled from",
                upstream.remote
            );
            return Err(Failure::new(Exit::Failed, message)
                .hint("give the remote an https URL; or let something else pull, and use `--no-pull`"));
        }
        Some(_) => return Ok(()),
    };
    context.say(&format!("note: {why}: nothing is pulled, each run applies what is on disk"));
    Ok(())
}

/// One run from its beginning to its end. Whatever goes wrong is told, and the next one tries again.
async fn one(context: &Context, args: &Serve, began: Timestamp, clock: &AnyClock) -> Run {
    context.begin_run();
    let mut story = Story::default();
    let outcome = steps(context, args, &mut story, clock).await;
    let exit = outcome.unwrap_or_else(|failure| {
        context.tell_failure(&failure);
        failure.exit
    });
    let ended = clock.now().await;
    let seconds = ended.duration_since(began).as_secs_f64();
    let said = format!("run ended with exit code {} after {seconds:.0} s", exit as u8);
    if exit == Exit::Done {
        context.say(&said);
    } else {
        context.tell(&said);
    }
    Run::new(ended, seconds, exit, &story)
}

async fn steps(context: &Context, args: &Serve, story: &mut Story, clock: &AnyClock) -> Outcome {
    context.say("run begins");
    if !args.no_pull {
        pull(context, clock).await?;
    }
    let applied = apply::run_told(context, &as_apply(), story).await.unwrap_or_else(|failure| {
        context.tell_failure(&failure);
        failure.exit
    });
    let mirrors = project::peek(context).is_some_and(|(config, _)| config.mirror.is_some());
    if !mirrors || context.stop().is_requested() {
        return Ok(applied);
    }
    let mirrored = mirror::mirror(context, &as_mirror()).await.map(|(_, mirrored)| {
        context.say(report::outcome(&mirrored).trim_end());
        mirror::exit(&mirrored)
    });
    if applied == Exit::Done { mirrored } else { mirrored.map(|_| applied) }
}

/// `tgsync apply --yes`, with everything else as the config says.
fn as_apply() -> Apply {
    Apply {
        plan: None,
        expect_plan: None,
        only_approved: false,
        refresh: crate::cli::Refresh::default(),
        selection: Selection::default(),
        yes: true,
        allow: Vec::new(),
        report: PathBuf::from(REPORT),
        save: Save::default(),
        keeping: Keeping::default(),
    }
}

/// `tgsync mirror apply --yes`.
fn as_mirror() -> MirrorApply {
    MirrorApply {
        force: false,
        refresh: false,
        yes: true,
        allow: Vec::new(),
        format: DataFormat::Text,
        save: Save::default(),
    }
}

/// Bring the checkout to where its upstream is. What can't be brought there is not applied: it is stale. This asks
/// nothing of the config, which may be what has to be mended by it.
async fn pull(context: &Context, clock: &AnyClock) -> Result<(), Failure> {
    let root = project::root(context);
    let Some(git) = Git::discover(&root)? else { return Ok(()) };
    let Some(upstream) = git.upstream() else { return Ok(()) };
    let config = project::peek(context).map(|(config, _)| config);
    let lock = config.map(|config| config.lock);
    let pulled = {
        let _guard = RunGuard::take(root.join(project::SCRATCH)).map_err(|error| Failure {
            exit: Exit::Refused,
            ..Failure::from(error).reason(FailureReason::Locked)
        })?;
        block_in_place(|| git.pull(&upstream, lock.as_ref(), &publish::auth(context)))
    };
    let not_pulled = |error: StateError| Failure {
        hint: error.hint,
        ..Failure::new(
            Exit::Failed,
            format!("nothing was applied, what is on disk may be stale: {}", error.what),
        )
    };
    match pulled.map_err(not_pulled)? {
        Pulled::Already => Ok(()),
        Pulled::To(commit) => {
            let commit = commit.to_string();
            context.say(&format!("pulled `{}`: {}", upstream.name(), commit.get(..12).unwrap_or(&commit)));
            Ok(())
        }
        Pulled::Apart => join(context, &upstream, clock).await,
    }
}

/// Push what an earlier run could not, the lock alone, and follow what that comes to.
async fn join(context: &Context, upstream: &Upstream, clock: &AnyClock) -> Result<(), Failure> {
    let project = Project::open(context)?;
    let saving = Saving::choose(context, &project, &Save::default())?;
    if !saving.pushes() {
        let message = format!(
            "nothing was applied: the lock committed here and `{}` have grown apart",
            upstream.name()
        );
        return Err(Failure::new(Exit::Refused, message).hint("join them by hand, with `git pull --rebase`"));
    }
    publish::publish(context, &project, &saving, "tgsync: record the state", clock).await.1
}
