//! `tgsync unlock`: a person says that a run which has a journal in git has ended.

use super::context::Context;
use super::leasing::{self, Search};
use super::project::Project;
use super::publish::Saving;
use super::{Exit, Failure, Outcome};
use crate::cli::{Keeping, Save, Unlock};
use crate::lease;
use crate::ports::JournalRef as _;

pub(super) async fn run(context: &Context, args: &Unlock) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.live_clock(context).await?;
    let saving = Saving::choose(context, &project, &Save::default())?;
    let keeping = Keeping::default();
    let search = Search { context, project: &project, keeping: &keeping, saving: &saving, clock: &clock };
    let held = search.held().await?;
    if held.is_empty() {
        context.say("no run has a journal in git");
        return Ok(Exit::Done);
    }
    for (at, holder) in &held {
        context.say(&format!("`{}`: {}, since {}", at.name(), holder.who, holder.since));
    }
    let question = "Has it ended for certain? If it has not, it stops. Only `yes` is taken for yes:";
    if !args.yes && !context.ask(question)? {
        return Err(Failure::new(Exit::Refused, "declined: nothing was changed"));
    }
    let run = ulid::Ulid::new().to_string();
    for (at, _) in &held {
        if lease::unlock(at, &leasing::who(context), &run).await?.is_some() {
            context.say(&format!("`{}` may be taken; what may be under way is waited for", at.name()));
        }
    }
    Ok(Exit::Done)
}
