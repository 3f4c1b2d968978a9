//! The log: what the program did, to be read without the terminal it ran on. Calls and warnings of other rooms go to
//! stderr as well; what is said there anyway goes, in the words of a log, to files and to a log of JSON lines.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use tracing::{Subscriber, error, info, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::context::Context;
use super::project;
use super::{Exit, Failure};
use crate::apply::{Item, List};
use crate::cli::{Command, LogFormat};
use crate::diagnostic::Diagnostic;
use crate::log::{DailyLog, WallClock};
use crate::plan::Plan;
use crate::report::text;

/// Of what the user is told in other words: it is no part of the log on a terminal.
const RUN: &str = "run";

/// Start it, and say so.
pub(super) async fn start(context: &Context, command: &Command) -> Result<(), Failure> {
    let global = &context.global;
    let json = global.log_format == LogFormat::Json;
    let config = if json || global.log_dir.is_some() { project::peek(context) } else { None };
    if let Some((_, api_url)) = &config {
        // Where the clock does not answer, the command says so itself.
        let _ = project::choose_clock(context, None, api_url).await;
    }
    let asked = if let Command::Serve(args) = command { args.timezone.clone() } else { None };
    let zone = asked.or_else(|| Some(config?.0.settings.timezone)).unwrap_or(TimeZone::UTC);
    let clock = WallClock { zone, watch: context.watch.clone() };
    let on_stderr = on_stderr(context, clock.clone());
    let in_files = global.log_dir.as_ref().map(|dir| in_files(context, context.path(dir), clock));
    let (in_files, failure) =
        in_files.transpose().map_or_else(|failure| (None, Some(failure)), |log| (log, None));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::registry().with(on_stderr).with(in_files).try_init();
    if let Some(failure) = failure {
        return Err(failure);
    }
    info!(target: RUN, command = name(command), version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}

type Log<S> = Box<dyn Layer<S> + Send + Sync>;

/// The rooms of the program, down to this level.
fn rooms(context: &Context, least: LevelFilter) -> Targets {
    let level = if context.global.verbose { LevelFilter::DEBUG } else { least };
    Targets::new().with_target("tgsync", level)
}

fn on_stderr<S>(context: &Context, clock: WallClock) -> Log<S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let rooms = rooms(context, LevelFilter::WARN);
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(context.talk.on).with_target(false);
    match context.global.log_format {
        LogFormat::Text => layer.without_time().with_filter(rooms).boxed(),
        LogFormat::Json => {
            let talk = if context.global.quiet { LevelFilter::WARN } else { LevelFilter::INFO };
            let all = rooms.with_target(RUN, talk);
            layer.with_timer(clock).json().flatten_event(true).with_filter(all).boxed()
        }
    }
}

fn in_files<S>(context: &Context, dir: PathBuf, clock: WallClock) -> Result<Log<S>, Failure>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    let shown = dir.display().to_string();
    let log = DailyLog::open(dir, clock.clone(), context.global.log_keep).map_err(|error| {
        Failure::new(Exit::Failed, format!("can't log to `{shown}`: {error}"))
            .hint("`--log-dir` needs a folder that this user may write to")
    })?;
    let all = rooms(context, LevelFilter::INFO).with_target(RUN, LevelFilter::INFO);
    let layer = fmt::layer().with_writer(log).with_ansi(false).with_target(false).with_timer(clock);
    Ok(match context.global.log_format {
        LogFormat::Text => layer.with_filter(all).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_filter(all).boxed(),
    })
}

/// Variants are named as commands are.
fn name(command: &Command) -> String {
    let debug = format!("{command:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
}

pub(super) fn ended(exit: Exit) {
    let exit_code = exit as u8;
    match exit {
        Exit::Done | Exit::Changes => info!(target: RUN, exit_code, "ended"),
        _ => error!(target: RUN, exit_code, "ended"),
    }
}

/// What was said, line by line.
pub(super) fn said(text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        info!(target: RUN, "{line}");
    }
}

/// What had to be said.
pub(super) fn told(text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        warn!(target: RUN, "{line}");
    }
}

pub(super) fn failure(failure: &Failure) {
    error!(target: RUN, help = failure.hint.as_deref(), "{}", on_one_line(&failure.message));
}

/// Messages repeat what others wrote; a line of the log is made here and nowhere else.
fn on_one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}

pub(super) fn problem(problem: &Diagnostic) {
    let place = problem.place.as_ref();
    let (file, line) = (place.map(|place| place.file.as_str()), place.map(|place| place.line));
    let (code, help, message) = (problem.code.0, problem.hint.as_deref(), on_one_line(&problem.message));
    if problem.is_error() {
        error!(target: RUN, code, file, line, help, "{message}");
    } else {
        warn!(target: RUN, code, file, line, help, "{message}");
    }
}

pub(super) fn planned(plan: &Plan) {
    info!(target: RUN, plan = plan.id.as_str(), "{}", text::summary(&plan.summary()));
}

/// How one change ended.
pub(super) fn change(list: List, item: &Item) {
    let urls: Vec<&str> = item.messages.iter().filter_map(|message| message.url.as_deref()).collect();
    let url = Some(urls.join(" ")).filter(|urls| !urls.is_empty());
    let reasons: Vec<&str> = item.reasons.iter().map(|reason| reason.words()).collect();
    let (target, slug, verb) = (item.target.as_str(), item.slug.as_str(), item.verb.word());
    let (why, help) = (Some(item.why.as_str()).filter(|why| !why.is_empty()), item.hint.as_deref());
    let reason = reasons.join(", ");
    if matches!(list, List::Done | List::Skipped) {
        info!(target: RUN, post = slug, to = target, verb, reason, url, why, help, "{}", list.word());
    } else {
        error!(target: RUN, post = slug, to = target, verb, reason, url, why, help, "{}", list.word());
    }
}
