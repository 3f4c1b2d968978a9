//! `tgsync hold` and `release`: the incident switch, committed in the lock.

use super::context::Context;
use super::surgery::Surgery;
use super::{Exit, Outcome};
use crate::cli::Slugs;

pub(super) async fn hold(context: &Context, args: &Slugs) -> Outcome {
    let mut surgery = Surgery::begin(context, &args.save, None).await?;
    let mut hold = surgery.lock().hold.clone();
    if args.slugs.is_empty() {
        hold.all = true;
    }
    hold.slugs.extend(args.slugs.iter().cloned());
    surgery.set_hold(hold);
    surgery.finish(context, &format!("tgsync: hold {}", what(args))).await?;
    context.say(&format!("{} held: apply changes nothing of it until `tgsync release`", what(args)));
    Ok(Exit::Done)
}

pub(super) async fn release(context: &Context, args: &Slugs) -> Outcome {
    let mut surgery = Surgery::begin(context, &args.save, None).await?;
    let mut hold = surgery.lock().hold.clone();
    if args.slugs.is_empty() {
        hold = crate::lock::Hold::default();
    }
    hold.slugs.retain(|slug| !args.slugs.contains(slug));
    surgery.set_hold(hold.clone());
    surgery.finish(context, &format!("tgsync: release {}", what(args))).await?;
    let rest =
        if hold.all { "; everything is still held: `tgsync release` without a slug ends that" } else { "" };
    context.say(&format!("{} released{rest}", what(args)));
    Ok(Exit::Done)
}

fn what(args: &Slugs) -> String {
    let slugs: Vec<&str> = args.slugs.iter().map(crate::ids::Slug::as_str).collect();
    if slugs.is_empty() { "everything".to_owned() } else { slugs.join(", ") }
}
