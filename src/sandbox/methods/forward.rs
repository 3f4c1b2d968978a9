//! `forwardMessage`, `copyMessage`, and the same for many.

use std::collections::BTreeMap;

use serde_json::json;

use super::delete::message_ids;
use super::reply::Wanted;
use super::send::{Options, check_may_send, name_of};
use super::target::Access;
use super::{Answer, Call, caption};
use crate::sandbox::entities::Formatted;
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::markup::Keyboard;
use crate::sandbox::world::{Content, Draft, Medium, Message};

pub(super) fn forward(call: &mut Call<'_>) -> Answer {
    let (from, message) = call.original("message to forward")?;
    let (reply, markup, is_protected) = Options::read(call.params)?.into_parts();
    let (chat, draft) = call.draft(reply, is_protected)?;
    markup.check_for_sending(chat.kind)?;
    check_may_send(chat, name_of(&message.content))?;
    if !Way::Forward.is_open_to(message) {
        return Err(bad("the message can't be forwarded"));
    }
    let draft = call.forwarded(from, message, &draft);
    let chat = chat.id;
    call.spend(chat)?;
    let id = call.world.send(chat, draft);
    Ok(call.world.message_json(chat, id))
}

/// A copy has no link to its original and only the keyboard given with the call. Bots may copy protected messages. A
/// caption that is given replaces that of the original, also when it is empty.
pub(super) fn copy(call: &mut Call<'_>) -> Answer {
    let new_caption =
        call.params.values.contains_key("caption").then(|| caption::of_call(call.params)).transpose()?;
    let (_, message) = call.original("message to copy")?;
    let (reply, markup, is_protected) = Options::read(call.params)?.into_parts();
    let (chat, draft) = call.draft(reply, is_protected)?;
    let (keyboard, has_reply_keyboard) = markup.check_for_sending(chat.kind)?;
    check_may_send(chat, name_of(&message.content))?;
    if !Way::Copy.is_open_to(message) {
        return Err(bad("the message can't be copied"));
    }
    let content = match (new_caption, &message.content) {
        (Some(caption), Content::Media(medium)) => {
            let is_below_caption = call.params.flag("show_caption_above_media");
            captioned(medium, call.caption(caption)?, is_below_caption)
        }
        (_, content) => content.clone(),
    };
    if let Some(keyboard) = &keyboard {
        keyboard.check_by_backend(chat.kind)?;
    }
    let draft = Draft { content, keyboard, has_reply_keyboard, ..draft };
    let chat = chat.id;
    call.spend(chat)?;
    let id = call.world.send(chat, draft);
    Ok(json!({"message_id": id}))
}

fn captioned(medium: &Medium, caption: Formatted, is_below_caption: bool) -> Content {
    let is_below_caption = is_below_caption && medium.asset.kind.may_be_below_caption();
    Content::Media(Medium { caption, is_below_caption, ..medium.clone() })
}

pub(super) fn forward_many(call: &mut Call<'_>) -> Answer {
    call.spread(Way::Forward)
}

pub(super) fn copy_many(call: &mut Call<'_>) -> Answer {
    call.spread(Way::Copy)
}

/// How a message gets into another chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Copy,
}

impl Way {
    fn is_open_to(self, message: &Message) -> bool {
        !message.content.is_service() && (self == Self::Copy || !message.is_protected)
    }
}

impl Call<'_> {
    /// The message of `from_chat_id`, and that chat's id.
    fn original(&self, what: &str) -> Result<(i64, &Message), Failure> {
        let from = self.params.required("from_chat_id")?;
        let (chat, message) = self.message(from, Access::Read, what)?;
        Ok((chat.id, message))
    }

    fn forwarded(&self, from: i64, message: &Message, draft: &Draft) -> Draft {
        Draft {
            content: message.content.clone(),
            keyboard: message.keyboard.clone().filter(Keyboard::survives_forward),
            origin: Some(self.world.origin_of(from, message)),
            // A forwarded message is no answer.
            reply: None,
            ..draft.clone()
        }
    }

    /// Many messages at once. Those that are not there or must not be spread are skipped.
    fn spread(&mut self, way: Way) -> Answer {
        let from = self.params.required("from_chat_id")?;
        let ids = message_ids(self.params.text("message_ids"))?;
        if ids.is_empty() {
            return Err(bad("message identifiers are not specified"));
        }
        let (chat, draft) = self.draft(Wanted::default(), self.params.flag("protect_content"))?;
        let from = self.chat_of(from, Access::Read)?;
        let found: Vec<&Message> = ids.iter().filter_map(|id| from.messages.get(id)).collect();
        if found.is_empty() {
            return Err(bad("There are no messages to forward"));
        }
        if !found.is_sorted_by(|first, second| first.id < second.id) {
            return Err(bad("Message identifiers must be in a strictly increasing order"));
        }
        let mut drafts = Vec::new();
        for message in found.into_iter().filter(|message| way.is_open_to(message)) {
            check_may_send(chat, name_of(&message.content))?;
            let draft = self.spread_one(way, from.id, message, &draft);
            drafts.push((message.album, draft));
        }
        if drafts.is_empty() {
            return Err(bad("Messages can't be forwarded"));
        }
        let chat = chat.id;
        self.spend_for(chat, drafts.len())?;
        self.regroup(&mut drafts);
        let sent = drafts.into_iter().map(|(_, draft)| json!({"message_id": self.world.send(chat, draft)}));
        Ok(sent.collect())
    }

    fn spread_one(&self, way: Way, from: i64, message: &Message, draft: &Draft) -> Draft {
        if way == Way::Forward {
            return self.forwarded(from, message, draft);
        }
        let content = match &message.content {
            Content::Media(medium) if self.params.flag("remove_caption") => {
                captioned(medium, Formatted::default(), false)
            }
            content => content.clone(),
        };
        Draft { content, ..draft.clone() }
    }

    /// What was an album, as far as at least two of it are there, is one again. Nothing but documents, or nothing but
    /// music, becomes an album even if it was none.
    fn regroup(&mut self, drafts: &mut [(Option<i64>, Draft)]) {
        let kind = |draft: &Draft| draft.content.medium().map(|medium| medium.asset.kind);
        let first = drafts.first().and_then(|(_, draft)| kind(draft)).filter(|kind| kind.is_alone_in_album());
        let is_alike = first.is_some() && drafts.iter().all(|(_, draft)| kind(draft) == first);
        if is_alike && (2..=10).contains(&drafts.len()) {
            let album = self.world.next_album();
            for (_, draft) in drafts {
                draft.album = Some(album);
            }
            return;
        }
        let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
        for album in drafts.iter().filter_map(|(album, _)| *album) {
            *sizes.entry(album).or_default() += 1;
        }
        sizes.retain(|_, size| *size > 1);
        let new: BTreeMap<i64, i64> = sizes.into_keys().map(|old| (old, self.world.next_album())).collect();
        for (album, draft) in drafts {
            draft.album = album.and_then(|album| new.get(&album).copied());
        }
    }
}
