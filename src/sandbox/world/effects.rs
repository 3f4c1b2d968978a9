//! Everything that changes messages, with what follows by itself: automatic forwards, service messages, updates.

use super::message::{Author, Content, Message, Origin, Reply};
use super::{Chat, World};
use crate::sandbox::markup::Keyboard;
use crate::sandbox::updates::Kind;

/// Albums are counted from here; the real numbers are as long and tell nothing.
const FIRST_ALBUM: i64 = 13_000_000_000_000_000;

/// A message about to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub author: Author,
    pub content: Content,
    pub keyboard: Option<Keyboard>,
    pub has_reply_keyboard: bool,
    pub thread: Option<i64>,
    pub reply: Option<Reply>,
    pub origin: Option<Origin>,
    pub is_automatic_forward: bool,
    pub is_protected: bool,
    pub album: Option<i64>,
}

impl Draft {
    pub(crate) fn new(author: Author, content: Content) -> Self {
        Self {
            author,
            content,
            keyboard: None,
            has_reply_keyboard: false,
            thread: None,
            reply: None,
            origin: None,
            is_automatic_forward: false,
            is_protected: false,
            album: None,
        }
    }
}

impl World {
    /// Sends a message and returns its id. The chat must exist.
    pub(crate) fn send(&mut self, chat_id: i64, mut draft: Draft) -> i64 {
        let now = self.clock.now_s();
        self.know_files(&mut draft.content);
        let Some(chat) = self.chat_mut(chat_id) else {
            return 0;
        };
        let id = chat.next_id();
        let is_topic = matches!(draft.content, Content::TopicCreated { .. });
        let message = Message {
            id,
            date: now,
            edit_date: None,
            author: draft.author,
            content: draft.content,
            keyboard: draft.keyboard,
            has_reply_keyboard: draft.has_reply_keyboard,
            thread: if is_topic { Some(id) } else { draft.thread },
            reply: draft.reply,
            origin: draft.origin,
            is_automatic_forward: draft.is_automatic_forward,
            is_protected: draft.is_protected,
            album: draft.album,
        };
        chat.messages.insert(id, message);
        self.announce(chat_id, id, false);
        self.forward_to_discussion(chat_id, id);
        id
    }

    /// The number of a new album. That of its copy in the discussion group is one more.
    pub(crate) fn next_album(&mut self) -> i64 {
        self.albums += 2;
        FIRST_ALBUM + self.albums
    }

    /// The files of a message get ids that last.
    fn know_files(&mut self, content: &mut Content) {
        match content {
            Content::Media(medium) => self.files.add(&medium.asset),
            Content::Rich(message) => message.uploads.drain(..).for_each(|asset| self.files.add(&asset)),
            _ => {}
        }
    }

    /// Where a message comes from when it is forwarded.
    pub(crate) fn origin_of(&self, chat_id: i64, message: &Message) -> Origin {
        if let Some(origin) = &message.origin {
            return origin.clone();
        }
        let is_post = self.chat(chat_id).is_some_and(Chat::is_channel);
        Origin { post: is_post.then_some((chat_id, message.id)), author: message.author, date: message.date }
    }

    /// Posts of a channel appear in its discussion group by themselves.
    fn forward_to_discussion(&mut self, chat_id: i64, id: i64) {
        let Some(group) = self.chat(chat_id).filter(|c| c.is_channel()).and_then(|c| c.linked) else {
            return;
        };
        let Some(post) = self.message(chat_id, id).filter(|m| !m.content.is_service()) else {
            return;
        };
        let copy = Draft {
            keyboard: post.keyboard.clone().filter(Keyboard::survives_forward),
            origin: Some(self.origin_of(chat_id, post)),
            is_automatic_forward: true,
            album: post.album.map(|album| album + 1),
            ..Draft::new(Author::Service, post.content.clone())
        };
        if self.chat(group).is_some() {
            self.send(group, copy);
        }
    }

    /// Replaces content and keyboard. The copy in the discussion group follows.
    pub(crate) fn edit(&mut self, chat_id: i64, id: i64, mut content: Content, keyboard: Option<Keyboard>) {
        let now = self.clock.now_s();
        self.know_files(&mut content);
        let Some(message) = self.chat_mut(chat_id).and_then(|c| c.messages.get_mut(&id)) else {
            return;
        };
        message.content = content.clone();
        message.keyboard.clone_from(&keyboard);
        message.edit_date = Some(now);
        self.announce(chat_id, id, true);

        let Some(group) = self.chat(chat_id).filter(|c| c.is_channel()).and_then(|c| c.linked) else {
            return;
        };
        let is_copy = |m: &&Message| {
            m.is_automatic_forward && m.origin.as_ref().is_some_and(|o| o.post == Some((chat_id, id)))
        };
        if let Some(copy) = self.chat(group).and_then(|g| g.messages.values().find(is_copy)).map(|m| m.id) {
            self.edit(group, copy, content, keyboard.filter(Keyboard::survives_forward));
        }
    }

    /// Removes a message and its pin. Nobody is told: the Bot API has no update for it.
    pub(crate) fn delete(&mut self, chat_id: i64, id: i64) -> Option<Message> {
        let chat = self.chat_mut(chat_id)?;
        chat.pinned.remove(&id);
        chat.messages.remove(&id)
    }

    /// Pins a message, which leaves a service message unless it was pinned before.
    pub(crate) fn pin(&mut self, chat_id: i64, id: i64, author: Author) {
        let Some(chat) = self.chat_mut(chat_id) else {
            return;
        };
        if chat.pinned.insert(id) {
            let thread = chat.messages.get(&id).and_then(|m| m.thread);
            let draft = Draft { thread, ..Draft::new(author, Content::Pinned { message_id: id }) };
            self.send(chat_id, draft);
        }
    }

    pub(crate) fn unpin(&mut self, chat_id: i64, id: i64) {
        if let Some(chat) = self.chat_mut(chat_id) {
            chat.pinned.remove(&id);
        }
    }

    /// Upgrades a group: the old id answers with the new one from now on.
    pub(crate) fn migrate(&mut self, from: i64, to: i64) {
        let now = self.clock.now_s();
        let Some(chat) = self.chat_mut(from) else {
            return;
        };
        chat.migrated_to = Some(to);
        let mut upgraded = Chat::new(to, super::ChatType::Supergroup, chat.title.clone(), None, now);
        upgraded.rights = crate::sandbox::rights::all(super::ChatType::Supergroup);
        self.chats.entry(to).or_insert(upgraded);
    }

    /// Writes the update of a new or edited message.
    fn announce(&mut self, chat_id: i64, id: i64, is_edit: bool) {
        let now = self.clock.now_s();
        let Some(chat) = self.chat(chat_id) else {
            return;
        };
        let Some(message) = chat.messages.get(&id).filter(|_| chat.is_joined()) else {
            return;
        };
        let kind = Kind::of(chat.is_channel(), is_edit);
        // Of its own messages a bot hears only of pins and topics.
        let own = match (message.author, &message.content) {
            (Author::Bot(_), Content::Pinned { .. } | Content::TopicCreated { .. }) => None,
            (Author::Bot(bot), _) => Some(bot),
            _ => None,
        };
        let body = self.message_json(chat_id, id);
        self.updates.push(kind, own, now, body);
    }
}

#[cfg(test)]
mod tests {
    use super::{Author, Content, Draft, World};
    use crate::sandbox::chats;
    use crate::sandbox::clock::Clock;
    use crate::sandbox::entities::Formatted;
    use crate::sandbox::world::LinkPreview;

    const CHANNEL: i64 = -1_001_000_000_001;
    const GROUP: i64 = -1_001_000_000_004;

    fn world() -> World {
        let chats = chats::build(chats::defaults(), &[(CHANNEL, GROUP)], 0).unwrap();
        World::new(Clock::starting_at(0), chats, 1)
    }

    fn text(text: &str) -> Content {
        let text = Formatted { text: text.into(), ..Formatted::default() };
        Content::Text { text, preview: LinkPreview::default() }
    }

    fn texts(world: &World, chat: i64) -> Vec<&str> {
        let texts = world.chat(chat).unwrap().messages.values().filter_map(|m| m.content.text());
        texts.map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn the_discussion_group_follows_edits_and_keeps_what_is_deleted() {
        let mut world = world();
        let post = world.send(CHANNEL, Draft::new(Author::Bot(1), text("a")));
        world.edit(CHANNEL, post, text("b"), None);
        world.delete(CHANNEL, post);
        assert_eq!(texts(&world, CHANNEL), [""; 0]);
        assert_eq!(texts(&world, GROUP), ["b"]);
    }

    #[test]
    fn ids_are_never_used_twice() {
        let mut world = world();
        let first = world.send(CHANNEL, Draft::new(Author::Bot(1), text("a")));
        world.pin(CHANNEL, first, Author::Bot(1));
        world.delete(CHANNEL, first);
        assert!(world.chat(CHANNEL).unwrap().pinned.is_empty());
        assert_eq!(world.send(CHANNEL, Draft::new(Author::Bot(1), text("b"))), first + 2);
    }

    #[test]
    fn an_upgraded_group_begins_anew() {
        let mut world = world();
        world.send(GROUP, Draft::new(Author::Person, text("a")));
        world.migrate(GROUP, -9);
        assert_eq!(world.chat(GROUP).unwrap().migrated_to, Some(-9));
        assert_eq!(texts(&world, -9), [""; 0]);
    }
}
