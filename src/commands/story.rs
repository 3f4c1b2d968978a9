//! What an apply tells in the end: its report as a file, its exit status, its reason to fail.

use std::path::Path;
use std::rc::Rc;

use super::context::Context;
use super::{Exit, Failure, Outcome, plan, project};
use crate::apply::{self, Item, List, Report, Settled};
use crate::cli::{Apply, REPORT};
use crate::plan::{Plan, Reason};
use crate::report::json::{FailureReason, ReportView, SavedView};

/// Gathered as it happens: it is written whatever happens.
#[derive(Default)]
pub(super) struct Story {
    pub plan: Option<Rc<Plan>>,
    /// What became of the plan; `None` as long as it is not carried out.
    pub report: Option<Report>,
    /// What was in doubt before.
    pub settled: Vec<Settled>,
    pub saved: SavedView,
    /// `None`: nothing was to be mirrored, or it failed.
    pub mirror: Option<crate::report::mirror::ReportView>,
}

impl Story {
    /// Write the report as a JSON file.
    pub(super) fn write(&self, context: &Context, args: &Apply, outcome: &Outcome) {
        let report = self.told(outcome.as_ref().err());
        let mut view = ReportView::new(&report, self.plan.as_ref().map(|plan| plan.id.clone()));
        view.lock = self.saved.clone();
        view.mirror.clone_from(&self.mirror);
        match outcome {
            Ok(exit) => {
                view.exit_code = *exit as u8;
                view.failure_reason = reason(&report);
            }
            Err(failure) => {
                view.exit_code = failure.exit as u8;
                view.failure_reason = failure.reason.or_else(|| reason(&report));
                view.error = Some(failure.message.clone());
            }
        }
        // Where nobody asked for another place it is beside the journal, whatever folder the config is in.
        let path = if args.report == Path::new(REPORT) {
            context.path(&context.global.config).with_file_name("").join(REPORT)
        } else {
            context.path(&args.report)
        };
        if let Err(error) = project::write_text(&path, &plan::pretty(&view)) {
            context.tell(&format!("{} {}", context.talk.warning("warning:"), error.message));
        }
    }

    /// Every planned change is in the report, those of a plan that was refused as a whole too.
    fn told(&self, failure: Option<&Failure>) -> Report {
        let refused = |failure: &Failure| {
            let list = match failure.reason {
                Some(FailureReason::PlanChanged | FailureReason::Guard) => List::Held,
                _ => List::Skipped,
            };
            Some(apply::refused(self.plan.as_deref()?, list, &failure.message))
        };
        let mut report = self.report.clone().or_else(|| failure.and_then(refused)).unwrap_or_default();
        report.settled.splice(0..0, self.settled.iter().cloned());
        report
    }
}

fn unapproved(item: &Item) -> bool {
    item.reasons.contains(&Reason::Unapproved)
}

fn reason(report: &Report) -> Option<FailureReason> {
    match () {
        () if !report.in_doubt.is_empty() || report.behind_doubt => Some(FailureReason::InDoubt),
        () if !report.failed.is_empty() || report.interrupted => Some(FailureReason::ApplyFailed),
        () if report.held.iter().any(unapproved) => Some(FailureReason::PlanChanged),
        () if !report.held.is_empty() => Some(FailureReason::Locked),
        () => None,
    }
}

/// The exit status of a run that came to its end.
pub(super) fn exit(report: &Report) -> Exit {
    match () {
        () if !report.in_doubt.is_empty() || report.behind_doubt || report.interrupted => Exit::Partly,
        () if !report.failed.is_empty() && report.done.is_empty() => Exit::Failed,
        () if !report.failed.is_empty() => Exit::Partly,
        () if !report.held.is_empty() => Exit::Refused,
        () => Exit::Done,
    }
}
