//! `tgsync resolve SLUG`: a person decides what became of a send of unknown fate.

use std::collections::BTreeSet;

use super::context::Context;
use super::surgery::Surgery;
use super::{Exit, Failure, Outcome};
use crate::cli::Resolve;
use crate::ids::{MessageId, MessageIds, TargetName};
use crate::lock::{Lock, Pending, What};
use crate::report::style::count;

pub(super) async fn run(context: &Context, args: &Resolve) -> Outcome {
    if args.answer.sent_as.is_none() && !args.answer.not_sent {
        return search(context, args).await;
    }
    let mut surgery = Surgery::begin(context, &args.save, Some(&args.keeping)).await?;
    let open = open(surgery.lock(), context, args);
    let (target, pending) = match open.as_slice() {
        [] => return Err(not_in_doubt(args)),
        [one] => one.clone(),
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err(Failure::new(
                Exit::Usage,
                format!("`{}` is in doubt in {}", args.slug, names.join(" and ")),
            )
            .hint("say which: `--target NAME`"));
        }
    };
    let what = match &args.answer.sent_as {
        Some(MessageIds(ids)) => {
            check_count(ids, &pending)?;
            ids.iter().try_for_each(|id| check_id(&surgery, &target, *id, &pending))?;
            What::WasSent { id: pending.id.clone(), ids: ids.clone() }
        }
        None => What::NotSent { id: pending.id.clone() },
    };
    surgery.fold(&target, [what]).await?;
    let said = match &args.answer.sent_as {
        Some(ids) => {
            format!("`{}` is message {ids}; the next apply makes sure that it says what it should", args.slug)
        }
        None => format!("`{}` was not sent; the next apply sends it", args.slug),
    };
    let message = format!("tgsync: resolve {}", args.slug);
    surgery.finish(context, &message).await?;
    context.say(&said);
    Ok(Exit::Done)
}

fn not_in_doubt(args: &Resolve) -> Failure {
    Failure::new(Exit::Usage, format!("`{}` is not in doubt", args.slug))
        .hint("`tgsync status` shows what is")
}

/// Without an answer: look for it.
async fn search(context: &Context, args: &Resolve) -> Outcome {
    let surgery = Surgery::begin(context, &args.save, Some(&args.keeping)).await?;
    let open_now = open(surgery.lock(), context, args);
    let targets: Vec<TargetName> = open_now.into_iter().map(|(target, _)| target).collect();
    if targets.is_empty() {
        return Err(not_in_doubt(args));
    }
    let surgery = surgery.settle(context, &targets).await?;
    let settled = open(surgery.lock(), context, args).is_empty();
    surgery.finish(context, &format!("tgsync: resolve {}", args.slug)).await?;
    Ok(if settled { Exit::Done } else { Exit::Partly })
}

fn open(lock: &Lock, context: &Context, args: &Resolve) -> Vec<(TargetName, Pending)> {
    let chosen = &context.global.target;
    let targets = lock.targets.iter().filter(|(name, _)| chosen.is_empty() || chosen.contains(name));
    targets
        .flat_map(|(name, lock)| lock.doubt.iter().map(move |pending| (name.clone(), pending.clone())))
        .filter(|(_, pending)| pending.slug == args.slug)
        .collect()
}

/// An album is as many messages as it has files, each of them once.
fn check_count(ids: &[MessageId], pending: &Pending) -> Result<(), Failure> {
    let (wanted, distinct) = (pending.payload.content.messages(), ids.iter().collect::<BTreeSet<_>>().len());
    if (ids.len(), distinct) == (wanted, wanted) {
        return Ok(());
    }
    let (wanted, named) = (count(wanted, "message"), count(distinct, "message"));
    let message = format!("`{}` was sent as {wanted}, {named} named", pending.slug);
    Err(Failure::new(Exit::Usage, message)
        .hint("an album is named whole and in its order: `--sent-as 10-19`, or `10,11,12`. If a part of it is missing, delete the rest and say `--not-sent`"))
}

/// An id that another post owns, or that was there before the send, is not this message.
fn check_id(surgery: &Surgery, target: &TargetName, id: MessageId, pending: &Pending) -> Result<(), Failure> {
    let targets = &surgery.lock().targets;
    let chat = targets.get(target).and_then(|lock| lock.chat);
    let same_chat =
        targets.iter().filter(|(name, lock)| *name == target || chat.is_some() && lock.chat == chat);
    let mut posts = same_chat.flat_map(|(_, lock)| &lock.posts);
    if let Some((slug, _)) = posts.find(|(_, post)| post.ids().any(|known| known == id)) {
        return Err(
            Failure::new(Exit::Usage, format!("message {id} is `{slug}`")).hint("look for another one")
        );
    }
    if id <= pending.after {
        let message = format!("message {id} was there before `{}` was sent", pending.slug);
        return Err(
            Failure::new(Exit::Usage, message).hint(format!("it can only be above {}", pending.after))
        );
    }
    Ok(())
}
