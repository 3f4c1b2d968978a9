//! `tgsync resolve SLUG`: a person decides what became of a send of unknown fate.

use super::context::Context;
use super::surgery::Surgery;
use super::{Exit, Failure, Outcome};
use crate::cli::Resolve;
use crate::ids::{MessageId, TargetName};
use crate::lock::{Pending, What};

pub(super) async fn run(context: &Context, args: &Resolve) -> Outcome {
    let mut surgery = Surgery::begin(context, &args.save).await?;
    let open = open(&surgery, context, args);
    let (target, pending) = match open.as_slice() {
        [] => {
            return Err(Failure::new(Exit::Usage, format!("`{}` is not in doubt", args.slug))
                .hint("`tgsync status` shows what is"));
        }
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
    let what = match args.answer.sent_as.map(MessageId) {
        Some(id) => {
            check_id(&surgery, &target, id, &pending)?;
            What::WasSent { id: pending.id.clone(), ids: vec![id] }
        }
        None => What::NotSent { id: pending.id.clone() },
    };
    surgery.fold(&target, [what]).await?;
    let said = match args.answer.sent_as {
        Some(id) => {
            format!("`{}` is message {id}; the next apply makes sure that it says what it should", args.slug)
        }
        None => format!("`{}` was not sent; the next apply sends it", args.slug),
    };
    let message = format!("tgsync: resolve {}", args.slug);
    surgery.finish(context, &message).await?;
    context.say(&said);
    Ok(Exit::Done)
}

fn open(surgery: &Surgery, context: &Context, args: &Resolve) -> Vec<(TargetName, Pending)> {
    let chosen = &context.global.target;
    let targets =
        surgery.lock().targets.iter().filter(|(name, _)| chosen.is_empty() || chosen.contains(name));
    targets
        .flat_map(|(name, lock)| lock.doubt.iter().map(move |pending| (name.clone(), pending.clone())))
        .filter(|(_, pending)| pending.slug == args.slug)
        .collect()
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
