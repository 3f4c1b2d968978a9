//! `tgsync verify`: what is in the chats beside what is recorded of them. Changes nothing there.

use super::context::Context;
use super::project::Project;
use super::refresh::{self, Gaze};
use super::{Exit, Outcome};
use crate::cli::{DataFormat, Verify};
use crate::report::verify::{self as report, VerifyView};

pub(super) async fn run(context: &Context, args: &Verify) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.live_clock(context).await?;
    let lock = project.known_lock()?;
    let gaze =
        Gaze { budget: args.budget, targets: &refresh::targets(context, &project), selects: &|_, _| true };
    let verified = refresh::look(context, (&project, &lock, &clock), &gaze).await?;
    context.print(&match args.format {
        DataFormat::Text => report::text(&verified, context.paint),
        DataFormat::Json => super::plan::pretty(&VerifyView::new(&verified)),
    });
    let summary = report::summary(&verified);
    if summary.edited + summary.deleted > 0 {
        context.say("`tgsync apply --refresh` restores it, as `on_missing` and `on_drift` say");
    }
    refresh::check(&verified)?;
    Ok(if summary.drift() { Exit::Drift } else { Exit::Done })
}
