//! The chat and the message a call is about, with the bot's access to them.

use super::Call;
use crate::sandbox::failure::{Failure, bad, forbidden};
use crate::sandbox::world::{Chat, ChatType, Membership, Message};

/// How far a call reaches into a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Read,
    Edit,
    Write,
}

/// The chat named by a `chat_id`, as far as it exists. A number may have anything behind it, as the server reads it.
pub(crate) fn resolve<'a>(world: &'a crate::sandbox::world::World, chat_id: &str) -> Option<&'a Chat> {
    match chat_id.strip_prefix('@') {
        Some(username) => world.chat_named(username),
        None => world.chat(chat_id.parse().ok()?),
    }
}

impl Call<'_> {
    /// The chat of `chat_id`.
    pub(super) fn chat(&self, access: Access) -> Result<&Chat, Failure> {
        self.chat_of(self.params.text("chat_id"), access)
    }

    pub(super) fn chat_of(&self, chat_id: &str, access: Access) -> Result<&Chat, Failure> {
        if chat_id.is_empty() {
            return Err(bad("chat_id is empty"));
        }
        let chat = resolve(self.world, chat_id).ok_or_else(|| bad("chat not found"))?;
        check_access(chat, access)?;
        Ok(chat)
    }

    /// The message of `message_id`; `what` is named when there is none.
    pub(super) fn message(
        &self,
        chat_id: &str,
        access: Access,
        what: &str,
    ) -> Result<(&Chat, &Message), Failure> {
        let chat = self.chat_of(chat_id, access)?;
        let message = chat.messages.get(&self.params.message_id("message_id"));
        message.map(|message| (chat, message)).ok_or_else(|| bad(format!("{what} not found")))
    }
}

fn check_access(chat: &Chat, access: Access) -> Result<(), Failure> {
    if let Some(to) = chat.migrated_to
        && access > Access::Read
    {
        return Err(Failure::migrated(to));
    }
    let is_open = match chat.kind {
        ChatType::Private => true,
        ChatType::Group => access == Access::Read,
        // A public chat can be read by anybody who was not thrown out.
        ChatType::Supergroup | ChatType::Channel => {
            access == Access::Read && chat.username.is_some() && chat.membership == Membership::Left
        }
    };
    let kind = chat.kind.name();
    match chat.membership {
        Membership::Kicked if !is_open => Err(forbidden(&format!("bot was kicked from the {kind} chat"))),
        Membership::Left if !is_open => Err(forbidden(&format!("bot is not a member of the {kind} chat"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, check_access};
    use crate::sandbox::chats::{build, parse_chat_spec};

    #[test]
    fn access_depends_on_membership_and_publicity() {
        let table = [
            ("-1:channel:a:left", Access::Read, None),
            ("-1:channel:a:left", Access::Edit, Some("Forbidden: bot is not a member of the channel chat")),
            ("-1:channel::left", Access::Read, Some("Forbidden: bot is not a member of the channel chat")),
            (
                "-1:supergroup:a:kicked",
                Access::Read,
                Some("Forbidden: bot was kicked from the supergroup chat"),
            ),
            ("-1:group::kicked", Access::Write, Some("Forbidden: bot was kicked from the group chat")),
            ("-1:group::left", Access::Read, None),
            ("1:private:a", Access::Write, None),
        ];
        for (spec, access, expected) in table {
            let chats = build(vec![parse_chat_spec(spec).unwrap()], &[], 0).unwrap();
            let refused = check_access(&chats[0], access).err().map(|failure| failure.description);
            assert_eq!(refused.as_deref(), expected, "{spec} {access:?}");
        }
    }
}
