//! A look at what is in the chats: for `verify`, and before a plan that is to restore it.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use super::context::Context;
use super::planning::Planning;
use super::preflight::{self, Ready};
use super::project::Project;
use super::{Exit, Failure};
use crate::apply::Pace;
use crate::cli::Refresh;
use crate::clock::AnyClock;
use crate::ids::{ChatId, MessageId, RelPath, Slug, TargetName, Timestamp};
use crate::lock::{Lock, TargetLock};
use crate::plan::{ChatLinks, Foreign, Found};
use crate::ports::{ChatKind, Clock as _};
use crate::report::verify::Verified;
use crate::telegram::BotApi;
use crate::verify::{self, Finding, Looked, Site, State};

/// When each message of a chat was looked at.
type Checked = BTreeMap<ChatId, BTreeMap<MessageId, Timestamp>>;

/// Calls that a message takes where there is a scratch chat.
const READING: usize = 2;

/// What is looked at, and for how long.
pub(super) struct Gaze<'a> {
    pub budget: Option<usize>,
    pub targets: &'a [TargetName],
    pub selects: &'a dyn Fn(&Slug, &RelPath) -> bool,
}

/// The targets that were asked for.
pub(super) fn targets(context: &Context, project: &Project) -> Vec<TargetName> {
    let chosen = &context.global.target;
    if chosen.is_empty() { project.config.targets.keys().cloned().collect() } else { chosen.clone() }
}

/// Look at the recorded messages of these targets.
pub(super) async fn look(
    context: &Context,
    (project, lock, clock): (&Project, &Lock, &AnyClock),
    gaze: &Gaze<'_>,
) -> Result<Vec<Verified>, Failure> {
    let memory = remembered(project);
    let mut checked = memory.clone().unwrap_or_default();
    let pace = Mutex::new(Pace::default());
    let mut budget = gaze.budget;
    let mut all = Vec::new();
    for name in gaze.targets {
        let recorded = lock.target(name);
        let Some(chat) = recorded.chat else { continue };
        let target = &project.config.targets[name];
        let none = BTreeMap::new();
        let mut items = verify::items(&recorded, checked.get(&chat).unwrap_or(&none), |slug, file| {
            (gaze.selects)(slug, file)
        });
        let ready = preflight::connect(context, project, (name, target), &recorded).await?;
        let scratch = target.policy.scratch_chat;
        verify::order(&mut items, turn(memory.is_some(), budget, scratch, clock.now().await));
        let site = Site { platform: &ready.api, chat, scratch, clock, pace: &pace, stop: context.stop() };
        let progress = context.progress(items.len());
        let mut looked = verify::look(&site, &items, budget, &|| progress.inc(1)).await;
        progress.finish_and_clear();
        let wants = target.policy.foreign != Foreign::Ignore;
        let foreign =
            if wants { Some(foreign(&site, &ready, (lock, &recorded), &mut looked).await) } else { None };
        budget = budget.map(|budget| budget.saturating_sub(looked.calls));
        note(&mut checked, chat, &looked, clock.now().await);
        all.push(Verified {
            target: name.clone(),
            chat: target.policy.chat.as_ref().map_or_else(|| chat.to_string(), ToString::to_string),
            links: ChatLinks::of(target.policy.chat.as_ref(), Some(chat)),
            looked,
            foreign,
        });
    }
    remember(project, &checked);
    Ok(all)
}

/// Posts of others in a channel. In a group everybody posts.
async fn foreign(
    site: &Site<'_, BotApi, AnyClock>,
    ready: &Ready,
    (lock, recorded): (&Lock, &TargetLock),
    looked: &mut Looked,
) -> Vec<MessageId> {
    if ready.description.kind != ChatKind::Channel {
        looked.notes.push("`foreign` is about channels, and this is none".to_owned());
        return Vec::new();
    }
    let own = lock.own(site.chat);
    let from = recorded.watch.heard.map(|heard| heard.next).filter(|next| *next > 0);
    let others = verify::others(site, from, (&recorded.watch.others, &own)).await;
    looked.notes.extend(others.notes);
    others.posts.into_iter().collect()
}

/// What people did, for a plan that is to restore it.
pub(super) async fn refresh(
    context: &Context,
    planning: &mut Planning<'_>,
    (lock, clock): (&Lock, &AnyClock),
    args: &Refresh,
) -> Result<(), Failure> {
    if !args.refresh {
        return Ok(());
    }
    let scope = &planning.scope;
    let selects = |slug: &Slug, file: &RelPath| scope.selects(slug, file);
    let gaze = Gaze { budget: args.budget, targets: &planning.targets, selects: &selects };
    let verified = look(context, (planning.project, lock, clock), &gaze).await?;
    check(&verified)?;
    for verified in &verified {
        for note in &verified.looked.notes {
            let note = format!("{} target `{}`: {note}", context.talk.warning("note:"), verified.target);
            context.say(&note);
        }
    }
    planning.found =
        verified.into_iter().map(|verified| (verified.target.clone(), found(&verified))).collect();
    Ok(())
}

/// Whether everything could be looked at that was to be.
pub(super) fn check(verified: &[Verified]) -> Result<(), Failure> {
    let failed =
        verified.iter().find_map(|verified| Some((&verified.target, verified.looked.failed.as_ref()?)));
    failed.map_or(Ok(()), |(target, why)| {
        Err(Failure::new(Exit::Failed, format!("target `{target}` can't be looked at any further: {why}"))
            .hint("check the network, the token and the bot's rights; nothing was changed"))
    })
}

fn found(verified: &Verified) -> Found {
    let foreign = verified.foreign.iter().flatten().copied().collect();
    let mut found = Found { foreign, ..Found::default() };
    for finding in &verified.looked.findings {
        let id = finding.item.id;
        match finding.state {
            State::Deleted => {
                found.missing.insert(id);
            }
            State::Edited => {
                found.edited.insert(id, finding.kind);
            }
            State::Unknown if finding.can_be_asserted() => {
                found.unknown.insert(id);
            }
            State::Unknown | State::InSync => {}
        }
        found.shown.extend(finding.shown.clone().map(|shown| (id, shown)));
    }
    found
}

/// Where runs have no memory, as on a machine that is made anew for each, one a day goes on where the one of the day
/// before will have ended.
fn turn(remembers: bool, budget: Option<usize>, scratch: Option<ChatId>, now: Timestamp) -> Option<usize> {
    let budget = budget.filter(|_| !remembers)?;
    let day = usize::try_from(now.as_second().div_euclid(86_400)).unwrap_or_default();
    let calls = if scratch.is_some() { READING } else { 1 };
    Some(day.saturating_mul((budget / calls).max(1)))
}

fn note(checked: &mut Checked, chat: ChatId, looked: &Looked, now: Timestamp) {
    let of_chat = checked.entry(chat).or_default();
    let seen = looked.findings.iter().filter(|finding| finding.was_looked_at());
    of_chat.extend(seen.map(|Finding { item, .. }| (item.id, now)));
}

/// `None`: this checkout remembers nothing.
fn remembered(project: &Project) -> Option<Checked> {
    let text = project.state.scratch().read_checked().ok()??;
    serde_json::from_str(&text).ok()
}

/// What can't be kept is looked at again: no harm is done.
fn remember(project: &Project, checked: &Checked) {
    if let Ok(text) = serde_json::to_string(checked) {
        let _ = project.state.scratch().save_checked(&text);
    }
}
