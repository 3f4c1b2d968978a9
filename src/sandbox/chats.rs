//! Which chats there are: the defaults, and those given on the command line.

use super::rights::{self, Right, Rights};
use super::world::{Chat, ChatType, Membership};

/// A chat to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatSpec {
    id: i64,
    kind: ChatType,
    is_forum: bool,
    username: Option<String>,
    title: String,
    rights: Rights,
    membership: Membership,
}

/// Reads `ID:TYPE:USERNAME[:RIGHT+RIGHT…]`.
///
/// Types: `channel`, `supergroup`, `forum`, `group`, `private`. The user name may be empty. Rights: `post`, `edit`,
/// `delete`, `pin`, `topics` or their Bot API names, `none`; without them the bot may do everything. `left` and
/// `kicked` tell that it is not in the chat, `restricted` that it may not write in the group.
pub fn parse_chat_spec(text: &str) -> Result<ChatSpec, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let (id, kind, username, rights) = match parts[..] {
        [id, kind, username] => (id, kind, username, None),
        [id, kind, username, rights] => (id, kind, username, Some(rights)),
        _ => return Err(format!("`{text}` is not `ID:TYPE:USERNAME[:RIGHT+RIGHT…]`")),
    };
    let id: i64 = id.parse().map_err(|_| format!("`{id}` is not a chat id"))?;
    let (kind, is_forum) = match kind {
        "channel" => (ChatType::Channel, false),
        "supergroup" => (ChatType::Supergroup, false),
        "forum" => (ChatType::Supergroup, true),
        "group" => (ChatType::Group, false),
        "private" => (ChatType::Private, false),
        _ => {
            return Err(format!(
                "`{kind}` is not one of `channel`, `supergroup`, `forum`, `group`, `private`"
            ));
        }
    };
    if (id > 0) != (kind == ChatType::Private) || id == 0 {
        return Err(format!("`{id}`: ids of private chats are positive, all others negative"));
    }
    let username = username.trim_start_matches('@');
    let title = if username.is_empty() { format!("Chat {id}") } else { username.to_owned() };
    let username = Some(username.to_owned()).filter(|username| !username.is_empty());
    let mut spec = ChatSpec {
        id,
        kind,
        is_forum,
        username,
        title,
        rights: rights::all(kind),
        membership: Membership::Member,
    };
    if let Some(rights) = rights {
        spec.restrict(rights)?;
    }
    Ok(spec)
}

/// Reads `CHANNEL:GROUP`, two chat ids.
pub fn parse_link(text: &str) -> Result<(i64, i64), String> {
    let ids =
        text.split_once(':').and_then(|(channel, group)| Some((channel.parse().ok()?, group.parse().ok()?)));
    ids.ok_or_else(|| format!("`{text}` is not `CHANNEL:GROUP`, two chat ids"))
}

impl ChatSpec {
    fn restrict(&mut self, rights: &str) -> Result<(), String> {
        self.rights.clear();
        for name in rights.split('+').filter(|name| !name.is_empty()) {
            match name {
                "none" => {}
                "restricted" if matches!(self.kind, ChatType::Group | ChatType::Supergroup) => {
                    self.membership = Membership::Restricted;
                }
                "left" => self.membership = Membership::Left,
                "kicked" => self.membership = Membership::Kicked,
                _ => {
                    let right = Right::parse(name).ok_or_else(|| format!("`{name}` is not a right"))?;
                    self.rights.insert(right);
                }
            }
        }
        Ok(())
    }

    fn build(self, now_s: i64) -> Chat {
        let mut chat = Chat::new(self.id, self.kind, self.title, self.username, now_s);
        chat.is_forum = self.is_forum;
        chat.rights = self.rights;
        chat.membership = self.membership;
        chat
    }
}

/// The chats when none are named.
pub(super) fn defaults() -> Vec<ChatSpec> {
    let spec = |id, kind, username: Option<&str>, title: &str| ChatSpec {
        id,
        kind,
        is_forum: false,
        username: username.map(str::to_owned),
        title: title.to_owned(),
        rights: rights::all(kind),
        membership: Membership::Member,
    };
    let channel = ChatType::Channel;
    vec![
        spec(-1_001_000_000_001, channel, Some("sandbox"), "Sandbox"),
        ChatSpec {
            rights: [Right::Post, Right::Delete].into(),
            ..spec(-1_001_000_000_002, channel, Some("sandbox_strict"), "Strict sandbox")
        },
        spec(-1_001_000_000_003, channel, None, "Private sandbox"),
        ChatSpec { is_forum: true, ..spec(-1_001_000_000_004, ChatType::Supergroup, None, "Sandbox forum") },
        spec(super::world::PERSON, ChatType::Private, None, "Sam"),
    ]
}

/// Makes the chats and ties channels to their discussion groups. Both chats of a link must exist.
pub(super) fn build(specs: Vec<ChatSpec>, links: &[(i64, i64)], now_s: i64) -> Result<Vec<Chat>, String> {
    let mut chats: Vec<Chat> = specs.into_iter().map(|spec| spec.build(now_s)).collect();
    for (channel, group) in links {
        let mut tie = |id: &i64, other: i64, wanted: ChatType| {
            let chat = chats.iter_mut().find(|chat| chat.id == *id && chat.kind == wanted);
            chat.map(|chat| chat.linked = Some(other))
                .ok_or_else(|| format!("`{id}` is no {}", wanted.name()))
        };
        tie(channel, *group, ChatType::Channel)?;
        tie(group, *channel, ChatType::Supergroup)?;
    }
    Ok(chats)
}

#[cfg(test)]
mod tests {
    use super::{Right, build, defaults, parse_chat_spec, parse_link};

    #[test]
    fn specs_are_read() {
        let spec = parse_chat_spec("-1001:channel:news:post+can_edit_messages").unwrap();
        assert_eq!(spec.rights, [Right::Post, Right::Edit].into());
        assert_eq!(spec.username.as_deref(), Some("news"));
        assert!(parse_chat_spec("-1002:forum:").unwrap().is_forum);
        for bad in ["x", "a:channel:b", "-1:planet:b", "1:channel:b", "-1:private:b", "-1:channel:b:fly"] {
            assert!(parse_chat_spec(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn links_need_both_chats() {
        assert_eq!(parse_link("-1:-2"), Ok((-1, -2)));
        assert!(parse_link("-1").is_err());
        let linked = build(defaults(), &[(-1_001_000_000_001, -1_001_000_000_004)], 0).unwrap();
        assert_eq!(linked[0].linked, Some(-1_001_000_000_004));
        assert!(build(defaults(), &[(-5, -6)], 0).is_err());
    }
}
