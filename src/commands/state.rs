//! `tgsync state …`: look at the lock, or repair it.

use std::fmt::Write as _;

use super::context::Context;
use super::preflight;
use super::project::Project;
use super::surgery::Surgery;
use super::{Exit, Failure, Outcome};
use crate::cli::{Keeping, Save, State, StateCommand};
use crate::ids::{Slug, TargetName};
use crate::lock::{Gone, JournalPin, Lock, Recorded, TargetLock, What};

pub(super) async fn run(context: &Context, args: State) -> Outcome {
    let keeping = &args.keeping;
    match args.command {
        StateCommand::List => list(context),
        StateCommand::Show { slug } => show(context, &slug),
        StateCommand::Mv { from, to } => mv(context, keeping, (&from, &to)).await,
        StateCommand::Forget { slug } => forget(context, keeping, &slug).await,
        StateCommand::Rebind { target } => rebind(context, keeping, &target).await,
        StateCommand::Journal { target } => journal(context, &target).await,
    }
}

/// As the config says: repairs are committed like everything else.
const SAVE: Save = Save { commit: false, no_commit: false, push: false, no_push: false };

fn list(context: &Context) -> Outcome {
    let lock = Project::open(context)?.known_lock()?;
    let mut out = String::new();
    for (name, target) in selected(context, &lock) {
        for (slug, post) in &target.posts {
            let ids: Vec<String> = post.ids().map(|id| id.to_string()).collect();
            let gone = match post.gone {
                None => "",
                Some(Gone::Tombstone) => "  tombstone",
                Some(Gone::Kept) => "  kept",
            };
            let _ = writeln!(out, "{name}  {slug}  {}  {}{gone}", ids.join(","), post.file);
        }
    }
    context.print(&out);
    Ok(Exit::Done)
}

fn show(context: &Context, slug: &Slug) -> Outcome {
    let lock = Project::open(context)?.known_lock()?;
    let records: serde_json::Map<String, serde_json::Value> = selected(context, &lock)
        .filter_map(|(name, target)| Some((name.to_string(), serde_json::json!(target.posts.get(slug)?))))
        .collect();
    if records.is_empty() {
        return Err(super::no_such_post(slug, lock.targets.values().flat_map(|target| target.posts.keys())));
    }
    context.print(&super::plan::pretty(&records));
    Ok(Exit::Done)
}

async fn mv(context: &Context, keeping: &Keeping, (from, to): (&Slug, &Slug)) -> Outcome {
    let mut surgery = Surgery::begin(context, &SAVE, Some(keeping)).await?;
    let targets = with_post(context, surgery.lock(), from)?;
    for (name, _) in &targets {
        if surgery.lock().targets.get(name).is_some_and(|lock| lock.posts.contains_key(to)) {
            return Err(Failure::new(
                Exit::Refused,
                format!("target `{name}` has a record of `{to}` already"),
            )
            .hint(format!("`tgsync state forget {to}` drops that one")));
        }
    }
    for (name, _) in targets {
        surgery.fold(&name, [What::Renamed { from: from.clone(), to: to.clone() }]).await?;
    }
    surgery.finish(context, &format!("tgsync: {from} is {to}")).await?;
    context.say(&format!("`{from}` is `{to}` now; nothing was sent"));
    Ok(Exit::Done)
}

async fn forget(context: &Context, keeping: &Keeping, slug: &Slug) -> Outcome {
    let mut surgery = Surgery::begin(context, &SAVE, Some(keeping)).await?;
    for (name, post) in with_post(context, surgery.lock(), slug)? {
        let ids: Vec<String> = post.ids().map(|id| id.to_string()).collect();
        surgery.fold(&name, [What::Forgotten { slug: slug.clone() }]).await?;
        context
            .say(&format!("`{slug}` is not tracked in `{name}` any more; message {} stays", ids.join(", ")));
    }
    surgery.finish(context, &format!("tgsync: forget {slug}")).await?;
    Ok(Exit::Done)
}

/// Accept the bot and chat that answer now. Ids of another chat mean nothing there: its records go.
async fn rebind(context: &Context, keeping: &Keeping, name: &TargetName) -> Outcome {
    let mut surgery = Surgery::begin(context, &SAVE, Some(keeping)).await?;
    let config = surgery.project.config.targets.get(name).cloned();
    let Some(config) = config else {
        return Err(Failure::new(Exit::Usage, format!("there is no target `{name}`")));
    };
    let unbound = TargetLock::default();
    let ready = preflight::connect(context, &surgery.project, (name, &config), &unbound).await?;
    let (chat, bot) = (ready.description.chat, ready.description.bot);
    let old = surgery.lock().target(name);
    if old.chat.is_some_and(|old| old != chat) {
        let posts = old.posts.keys().map(|slug| What::Forgotten { slug: slug.clone() });
        let doubts = old.doubt.iter().map(|pending| What::NotSent { id: pending.id.clone() });
        surgery.fold(name, posts.chain(doubts)).await?;
        let dropped = crate::report::style::count(old.posts.len(), "record");
        context.say(&format!("{dropped} of the old chat dropped: message ids are void in another chat"));
    }
    surgery.fold(name, [What::bound(chat, bot, config.policy.chat.as_ref())]).await?;
    surgery.finish(context, &format!("tgsync: rebind {name}")).await?;
    context.say(&format!("target `{name}` is chat {chat}, bot {bot} now"));
    Ok(Exit::Done)
}

/// Nobody applies from a checkout any more: what runs leave goes to the remote.
async fn journal(context: &Context, name: &TargetName) -> Outcome {
    let mut surgery = Surgery::begin(context, &SAVE, None).await?;
    let Some(target) = surgery.lock().targets.get(name).cloned() else {
        return Err(Failure::new(Exit::Usage, format!("the lock knows no target `{name}`"))
            .hint(format!("`tgsync apply --journal git --target {name}` begins with a journal in git")));
    };
    let there = |other: &TargetLock| other.chat == target.chat && other.bot == target.bot;
    let of_chat = surgery.lock().targets.iter().filter(|(_, other)| there(other));
    let local =
        of_chat.filter(|(_, other)| other.journal.as_ref().is_some_and(|pin| *pin == JournalPin::LOCAL));
    let names: Vec<TargetName> = local.map(|(name, _)| name.clone()).collect();
    for name in &names {
        surgery.fold(name, [What::JournalMoved]).await?;
    }
    surgery.finish(context, &format!("tgsync: journal of {name} in git")).await?;
    context.say(if names.is_empty() {
        "its journal is in git already"
    } else {
        "the next apply keeps its journal in git; one that does not know of this must not run beside it"
    });
    Ok(Exit::Done)
}

fn selected<'a>(
    context: &'a Context,
    lock: &'a Lock,
) -> impl Iterator<Item = (&'a TargetName, &'a TargetLock)> {
    let chosen = &context.global.target;
    lock.targets.iter().filter(move |(name, _)| chosen.is_empty() || chosen.contains(name))
}

fn with_post(context: &Context, lock: &Lock, slug: &Slug) -> Result<Vec<(TargetName, Recorded)>, Failure> {
    let found: Vec<_> = selected(context, lock)
        .filter_map(|(name, target)| Some((name.clone(), target.posts.get(slug)?.clone())))
        .collect();
    if found.is_empty() {
        return Err(super::no_such_post(slug, lock.targets.values().flat_map(|target| target.posts.keys())));
    }
    Ok(found)
}
