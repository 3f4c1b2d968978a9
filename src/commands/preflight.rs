//! Before anything is sent: token, chat, pins, rights. Nothing is sent unless all is as the plan needs it.

use super::context::Context;
use super::project::Project;
use super::{Exit, Failure, uploads};
use crate::config::Target;
use crate::ids::{ChatRef, TargetName};
use crate::lock::TargetLock;
use crate::plan::{Step, TargetPlan};
use crate::ports::{CallError, Description, Platform as _, RefusalKind};
use crate::report::json::FailureReason;
use crate::telegram::{BotApi, Timeouts, Token, client};

/// A target whose bot and chat answered.
pub(super) struct Ready {
    pub api: BotApi,
    pub description: Description,
}

/// Connect to a target and hold what answers against what the lock pins.
pub(super) async fn connect(
    context: &Context,
    project: &Project,
    (name, target): (&TargetName, &Target),
    lock: &TargetLock,
) -> Result<Ready, Failure> {
    let token = token(context, name, target)?;
    let address = match (&target.policy.chat, lock.chat) {
        (Some(chat), _) => chat.clone(),
        (None, Some(id)) => ChatRef::Id(id),
        (None, None) => return Err(refuse(format!("the chat of target `{name}` is not known"))),
    };
    let api_url = &project.api_url;
    let client = client(api_url, Timeouts::default()).map_err(|error| refuse(error.to_string()))?;
    let api =
        BotApi::new(client, api_url, token, address.clone(), &project.root).on_upload(uploads::show(context));
    let description = api.describe().await.map_err(|error| unreachable(name, &address, &error))?;
    check_pins(name, lock, &description)?;
    let api = api.bind(description.chat);
    Ok(Ready { api, description })
}

fn refuse(message: String) -> Failure {
    Failure::new(Exit::Failed, message).reason(FailureReason::Preflight)
}

fn token(context: &Context, name: &TargetName, target: &Target) -> Result<Token, Failure> {
    let variable = &target.token_env;
    let text = context.env.secret(variable).map_err(|error| refuse(error.to_string()))?;
    let text = text.ok_or_else(|| {
        refuse(format!("target `{name}` has no token: `{variable}` is not set"))
            .hint(format!("set `{variable}` or `{variable}_FILE`; @BotFather gives tokens"))
    })?;
    Token::new(&text).map_err(|error| refuse(format!("`{variable}`: {error}")))
}

fn unreachable(name: &TargetName, address: &ChatRef, error: &CallError) -> Failure {
    let hint = match error {
        CallError::Refused(refusal) => match refusal.kind {
            RefusalKind::Access => {
                "check the token, the chat, and that the bot is an administrator of it".to_owned()
            }
            RefusalKind::Moved(to) => crate::apply::moved(to).replace("TARGET", name.as_str()),
            _ => "check `chat:` in the config".to_owned(),
        },
        _ => "check the network and `api_url`; nothing was sent".to_owned(),
    };
    refuse(format!("target `{name}` ({address}) does not answer: {error}")).hint(hint)
}

/// A token or chat that is not the lock's own must not touch the lock's messages.
fn check_pins(name: &TargetName, lock: &TargetLock, found: &Description) -> Result<(), Failure> {
    let other = |what: &str, is: String, was: String| {
        Failure::new(Exit::Refused, format!("target `{name}`: the {what} is {is}, the lock belongs to {was}"))
            .hint(format!("undo the change, or accept it with `tgsync state rebind {name}`"))
            .reason(FailureReason::Preflight)
    };
    if let Some(bot) = lock.bot.filter(|bot| *bot != found.bot) {
        return Err(other("bot", format!("{} (@{})", found.bot, found.bot_username), bot.to_string()));
    }
    if let Some(chat) = lock.chat.filter(|chat| *chat != found.chat) {
        return Err(other("chat", format!("{} ({})", found.chat, found.title), chat.to_string()));
    }
    Ok(())
}

/// What a bot is to do in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needs {
    pub post: bool,
    pub edit: bool,
    pub pin: bool,
    pub delete_others: bool,
}

/// Whether the bot may do what this plan needs.
pub(super) fn check_rights(plan: &TargetPlan, found: &Description) -> Result<(), Failure> {
    let needs = |wanted: fn(&Step) -> bool| plan.due().any(|change| change.steps.iter().any(wanted));
    let needs = Needs {
        post: needs(|step| matches!(step, Step::Send { .. })),
        edit: needs(|step| matches!(step, Step::Edit { .. })),
        pin: needs(|step| matches!(step, Step::Pin { .. })),
        delete_others: needs(|step| matches!(step, Step::Expel { .. })),
    };
    check_needs(&plan.target, needs, found)
}

/// Whether the bot may do that.
pub(super) fn check_needs(name: &TargetName, needs: Needs, found: &Description) -> Result<(), Failure> {
    let lacks = |right: &str, what: &str| {
        refuse(format!("target `{name}`: the bot may not {what} in {} ({})", found.title, found.chat))
            .hint(format!("give it the administrator right `{right}`"))
    };
    if needs.post && !found.rights.post {
        return Err(lacks("can_post_messages", "post"));
    }
    if needs.edit && !(found.rights.post || found.rights.edit_others) {
        return Err(lacks("can_post_messages", "edit its posts"));
    }
    if needs.delete_others && !found.rights.delete_others {
        return Err(lacks("can_delete_messages", "delete posts of others"));
    }
    if needs.pin && !found.rights.pin {
        return Err(lacks("can_edit_messages (channels) or can_pin_messages (groups)", "pin"));
    }
    Ok(())
}
