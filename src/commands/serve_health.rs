//! How a server of runs is: what `/healthz` and `/metrics` tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Exit;
use super::story::Story;
use crate::ids::Timestamp;

/// Shared by those who run and those who ask.
#[derive(Debug, Clone, Default)]
pub(super) struct Health(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: Option<Timestamp>,
    running: bool,
    last: Option<Run>,
    /// How many runs ended with which exit code.
    runs: BTreeMap<u8, u64>,
}

/// A run that ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    ended: Timestamp,
    seconds: f64,
    exit_code: u8,
    /// Of the last plan and what became of it.
    changes: Vec<(&'static str, usize)>,
}

impl Run {
    pub(super) fn new(ended: Timestamp, seconds: f64, exit: Exit, story: &Story) -> Self {
        let planned = story.plan.as_ref().map_or(0, |plan| plan.changes().count());
        let report = story.report.clone().unwrap_or_default();
        let changes = vec![
            ("planned", planned),
            ("done", report.done.len()),
            ("skipped", report.skipped.len()),
            ("in_doubt", report.in_doubt.len()),
            ("failed", report.failed.len()),
            ("held", report.held.len()),
        ];
        Self { ended, seconds, exit_code: exit as u8, changes }
    }
}

impl Health {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn next(&self, due: Timestamp) {
        self.lock().next = Some(due);
    }

    pub(super) fn began(&self) {
        self.lock().running = true;
    }

    pub(super) fn ended(&self, run: Run) {
        let mut state = self.lock();
        *state.runs.entry(run.exit_code).or_default() += 1;
        state.running = false;
        state.last = Some(run);
    }

    /// Whether the last run was good, and one line about it. Before the first one all is well.
    pub(super) fn healthz(&self) -> (bool, String) {
        match &self.lock().last {
            None => (true, "ok, no run has ended yet\n".to_owned()),
            Some(run) if run.exit_code == Exit::Done as u8 => {
                (true, format!("ok, last run at {}\n", run.ended))
            }
            Some(run) => {
                (false, format!("the run that ended at {} had exit code {}\n", run.ended, run.exit_code))
            }
        }
    }

    /// In the text format of Prometheus.
    pub(super) fn metrics(&self) -> String {
        let state = self.lock();
        let mut page = Page::default();
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        page.family("tgsync_build_info", "gauge", "The program.").value(&version, 1.0);
        page.family("tgsync_running", "gauge", "1 while a run is going on.")
            .value("", f64::from(u8::from(state.running)));
        if let Some(next) = state.next {
            page.family("tgsync_next_run_timestamp_seconds", "gauge", "When the next run is due.").time(next);
        }
        page.family("tgsync_runs_total", "counter", "Runs that ended, by exit code.");
        for (code, count) in &state.runs {
            page.value(&format!("exit_code=\"{code}\""), exact(*count));
        }
        if let Some(run) = &state.last {
            page.family("tgsync_last_run_timestamp_seconds", "gauge", "When the last run ended.")
                .time(run.ended);
            page.family("tgsync_last_run_duration_seconds", "gauge", "How long it took.")
                .value("", run.seconds);
            page.family("tgsync_last_run_exit_code", "gauge", "How it ended; 0 is good.")
                .value("", f64::from(run.exit_code));
            page.family(
                "tgsync_last_run_changes",
                "gauge",
                "Changes that it planned, and what became of them.",
            );
            for (what, count) in &run.changes {
                page.value(&format!("state=\"{what}\""), exact(*count as u64));
            }
        }
        page.text
    }
}

/// Counts are far below what a float can't hold.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn exact(count: u64) -> f64 {
    count as f64
}

#[derive(Default)]
struct Page {
    text: String,
    name: &'static str,
}

impl Page {
    fn family(&mut self, name: &'static str, kind: &str, help: &str) -> &mut Self {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        self.name = name;
        self
    }

    fn value(&mut self, labels: &str, value: f64) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.text, "{}{labels} {value}", self.name);
    }

    fn time(&mut self, moment: Timestamp) {
        self.value("", moment.as_duration().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_that_of_the_last_run() {
        let health = Health::default();
        assert_eq!(health.healthz(), (true, "ok, no run has ended yet\n".to_owned()));
        let ended = "2026-03-29T01:00:05Z".parse().unwrap();
        let run = |exit| Run::new(ended, 5.0, exit, &Story::default());
        health.ended(run(Exit::Refused));
        let said = "the run that ended at 2026-03-29T01:00:05Z had exit code 5\n";
        assert_eq!(health.healthz(), (false, said.to_owned()));
        health.ended(run(Exit::Done));
        assert_eq!(health.healthz(), (true, "ok, last run at 2026-03-29T01:00:05Z\n".to_owned()));
    }

    #[test]
    fn metrics_are_in_the_text_format() {
        let health = Health::default();
        assert!(!health.metrics().contains("last_run"));
        health.next("2026-03-30T00:00:00Z".parse().unwrap());
        let ended = "2026-03-29T01:00:05Z".parse().unwrap();
        health.ended(Run::new(ended, 5.25, Exit::Partly, &Story::default()));
        health.began();
        insta::assert_snapshot!(health.metrics().replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r#"
        # HELP tgsync_build_info The program.
        # TYPE tgsync_build_info gauge
        tgsync_build_info{version="VERSION"} 1
        # HELP tgsync_running 1 while a run is going on.
        # TYPE tgsync_running gauge
        tgsync_running 1
        # HELP tgsync_next_run_timestamp_seconds When the next run is due.
        # TYPE tgsync_next_run_timestamp_seconds gauge
        tgsync_next_run_timestamp_seconds 1774828800
        # HELP tgsync_runs_total Runs that ended, by exit code.
        # TYPE tgsync_runs_total counter
        tgsync_runs_total{exit_code="4"} 1
        # HELP tgsync_last_run_timestamp_seconds When the last run ended.
        # TYPE tgsync_last_run_timestamp_seconds gauge
        tgsync_last_run_timestamp_seconds 1774746005
        # HELP tgsync_last_run_duration_seconds How long it took.
        # TYPE tgsync_last_run_duration_seconds gauge
        tgsync_last_run_duration_seconds 5.25
        # HELP tgsync_last_run_exit_code How it ended; 0 is good.
        # TYPE tgsync_last_run_exit_code gauge
        tgsync_last_run_exit_code 4
        # HELP tgsync_last_run_changes Changes that it planned, and what became of them.
        # TYPE tgsync_last_run_changes gauge
        tgsync_last_run_changes{state="planned"} 0
        tgsync_last_run_changes{state="done"} 0
        tgsync_last_run_changes{state="skipped"} 0
        tgsync_last_run_changes{state="in_doubt"} 0
        tgsync_last_run_changes{state="failed"} 0
        tgsync_last_run_changes{state="held"} 0
        "#);
    }
}
