//! Which witnesses a target has: ways to learn what is in a chat, and how to get those that it lacks.

use super::preflight::Ready;
use crate::ids::ChatId;
use crate::lock::TargetLock;
use crate::plan::Policy;
use crate::ports::{CallError, ChatKind, Description, Platform as _, RefusalKind, Witness as _};
use crate::report::doctor::Finding;

const ABOUT: &str = "witness";

/// What a target can be asked.
pub(super) async fn examine(ready: &Ready, policy: &Policy, lock: &TargetLock) -> Vec<Finding> {
    let found = &ready.description;
    let mut findings = vec![scratch(ready, policy).await];
    if found.kind == ChatKind::Channel {
        findings.push(discussion(ready).await);
        findings.push(updates(ready, lock).await);
        findings.push(probe(found));
    }
    findings
}

async fn scratch(ready: &Ready, policy: &Policy) -> Finding {
    let bot = &ready.description.bot_username;
    let start = format!("send any message to @{bot} from your own account, whose id it is");
    let Some(scratch) = policy.scratch_chat else {
        let what = "no scratch chat: what people edit stays unknown, and is overwritten by `apply --refresh`";
        let fix = format!("{start}, and write `scratch_chat: ID` into the config");
        return Finding { fix: Some(fix), ..Finding::ok(ABOUT, what) };
    };
    match ready.api.clone().bind(scratch).describe().await {
        Ok(found) if found.rights.post => {
            Finding::ok(ABOUT, format!("scratch chat {scratch} ({}): posts can be read back", found.title))
        }
        Ok(found) => Finding::warning(
            ABOUT,
            format!("scratch chat {scratch} ({}): the bot may not post there", found.title),
            "give it the right to post, and to delete what it posts",
        ),
        Err(error) => {
            Finding::warning(ABOUT, format!("scratch chat {scratch} does not answer: {error}"), start)
        }
    }
}

async fn discussion(ready: &Ready) -> Finding {
    let fix =
        "link a group to the channel (its settings, Discussion), and make the bot an administrator of it";
    let Some(group) = ready.description.linked else {
        let what = "no discussion group: nothing tells of what the bot itself posted";
        return Finding { fix: Some(fix.to_owned()), ..Finding::ok(ABOUT, what) };
    };
    match ready.api.clone().bind(group).describe().await {
        Ok(found) => Finding::ok(ABOUT, in_words(group, &found)),
        Err(error) => Finding {
            fix: Some("make the bot an administrator of it".to_owned()),
            ..Finding::ok(ABOUT, format!("the discussion group {group} does not answer: {error}"))
        },
    }
}

fn in_words(group: ChatId, found: &Description) -> String {
    format!(
        "discussion group {group} ({}): it gets every post of the channel, and the bot is told",
        found.title
    )
}

/// Nothing is forgotten by looking.
async fn updates(ready: &Ready, lock: &TargetLock) -> Finding {
    let from = lock.watch.heard.map(|heard| heard.next).filter(|next| *next > 0);
    match ready.api.hear(from).await {
        Ok(_) => Finding::ok(ABOUT, "updates tell of what others post, for a day"),
        Err(CallError::Refused(no)) if no.kind == RefusalKind::Elsewhere => Finding::warning(
            ABOUT,
            format!("updates go elsewhere: {}", no.text),
            "give tgsync a bot of its own; or call `deleteWebhook`, and stop what else reads the updates of this one",
        ),
        Err(error) => Finding::warning(
            ABOUT,
            format!("updates can't be had: {error}"),
            "check the network, then run this again",
        ),
    }
}

fn probe(found: &Description) -> Finding {
    if !found.rights.edit_others {
        return Finding::ok(
            ABOUT,
            "an edit that can't be done tells whether a message is there, and whether it is the bot's",
        );
    }
    let what = "an edit that can't be done tells whether a message is there, not whose it is: the bot may edit posts of others";
    let fix = "take `can_edit_messages` from it, if it pins nothing there".to_owned();
    Finding { fix: Some(fix), ..Finding::ok(ABOUT, what) }
}
