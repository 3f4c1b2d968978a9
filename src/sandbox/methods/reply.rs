//! `reply_parameters` and `message_thread_id`: what a message to be sent answers, and in which topic.

use serde_json::Value;

use super::Call;
use super::target::Access;
use crate::sandbox::entities::{self, Finish, Raw};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::params::{Fields, Params};
use crate::sandbox::world::{Chat, Message, Quote, Reply};

/// Most characters of a quote.
const QUOTE_LIMIT: usize = 1024;

/// The topic that every forum has and that is never named when sending.
const GENERAL_TOPIC: i64 = 1;

/// Reply parameters that are well-formed but not looked up.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    chat_id: String,
    message_id: i64,
    may_be_missing: bool,
    quote: Option<Raw>,
    quote_position: Option<usize>,
}

impl Wanted {
    pub(super) fn read(params: &Params) -> Result<Self, Failure> {
        let Some(value) = params.json("reply_parameters", "reply parameters")? else {
            return Ok(Self {
                message_id: params.message_id("reply_to_message_id"),
                may_be_missing: params.flag("allow_sending_without_reply"),
                ..Self::default()
            });
        };
        match &value {
            Value::Object(object) if object.is_empty() => Ok(Self::default()),
            Value::Object(object) => Self::from_fields(&Fields(object)).map_err(bad),
            _ => Err(bad("object expected as reply parameters")),
        }
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, String> {
        let chat_id = fields.text("chat_id")?;
        let message_id = fields.required_number("message_id")?.max(0);
        let may_be_missing = fields.flag("allow_sending_without_reply")?;
        let quote = fields.text("quote")?;
        let quote =
            entities::read(&quote, &fields.text("quote_parse_mode")?, fields.0.get("quote_entities"))?;
        let quote = Some(quote).filter(|quote| *quote != Raw::default());
        let quote_position = fields.0.get("quote_position").and_then(Value::as_u64);
        let quote_position = quote_position.and_then(|position| usize::try_from(position).ok());
        Ok(Self { chat_id, message_id, may_be_missing, quote, quote_position })
    }
}

impl Call<'_> {
    /// The topic of `message_thread_id`; ignored in chats that have none.
    pub(super) fn thread(&self, chat: &Chat) -> Result<Option<i64>, Failure> {
        let thread = self.params.message_id("message_thread_id");
        let is_private = chat.kind == crate::sandbox::world::ChatType::Private;
        if thread == 0 || !(chat.is_forum || is_private) {
            return Ok(None);
        }
        if thread == GENERAL_TOPIC || !chat.has_topic(thread) {
            return Err(bad("message thread not found"));
        }
        Ok(Some(thread))
    }

    /// Looks up the message to be replied. `None`: no reply was wanted, or it may be missing and is.
    pub(super) fn reply(&self, chat: &Chat, wanted: Wanted) -> Result<Option<Reply>, Failure> {
        if wanted.message_id <= 0 {
            return Ok(None);
        }
        let other =
            if wanted.chat_id.is_empty() { chat } else { self.chat_of(&wanted.chat_id, Access::Read)? };
        match other.messages.get(&wanted.message_id) {
            Some(target) => {
                let quote =
                    wanted.quote.map(|quote| find_quote(quote, wanted.quote_position, target)).transpose()?;
                let chat_id = Some(other.id).filter(|id| *id != chat.id);
                Ok(Some(Reply { chat_id, message_id: wanted.message_id, quote }))
            }
            None if wanted.may_be_missing => Ok(None),
            None => Err(bad("message to be replied not found")),
        }
    }
}

/// A quote must occur literally; the wanted position is where to look first.
fn find_quote(quote: Raw, position: Option<usize>, target: &Message) -> Result<Quote, Failure> {
    let invalid = || bad("QUOTE_TEXT_INVALID");
    let quote = quote
        .finish(Finish { limit: QUOTE_LIMIT, allow_empty: true, detect: false })
        .map_err(|_| invalid())?;
    let text = &target.content.text().ok_or_else(invalid)?.text;
    let offset_of = |byte: usize| text[..byte].encode_utf16().count();
    let mut places = text.match_indices(&quote.text).map(|(byte, _)| offset_of(byte)).peekable();
    let first = *places.peek().ok_or_else(invalid)?;
    let position = places.find(|place| Some(*place) == position).unwrap_or(first);
    Ok(Quote { text: quote.text, entities: quote.entities, position, is_manual: true })
}

#[cfg(test)]
mod tests {
    use super::{Message, Raw, entities, find_quote};
    use crate::sandbox::entities::Formatted;
    use crate::sandbox::world::{Author, Content, LinkPreview};

    fn raw(text: &str) -> Raw {
        entities::read(text, "HTML", None).unwrap()
    }

    #[test]
    fn a_quote_is_found_where_it_is_wanted_or_first() {
        let text = Formatted { text: "😀 ab ab".into(), ..Formatted::default() };
        let content = Content::Text { text, preview: LinkPreview::default() };
        let target = Message::new(2, 0, Author::Person, content);
        for (wanted, expected) in [(None, 3), (Some(6), 6), (Some(4), 3)] {
            assert_eq!(find_quote(raw("<b>ab</b>"), wanted, &target).unwrap().position, expected);
        }
        let refused = find_quote(raw("ba"), None, &target).unwrap_err();
        assert_eq!(refused.description, "Bad Request: QUOTE_TEXT_INVALID");
    }
}
