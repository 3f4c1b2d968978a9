//! The reader of `RichText` JSON.

use serde_json::Value;

use super::{Reader, malformed, part};
use crate::sandbox::entities::User;
use crate::sandbox::params::Fields;
use crate::sandbox::rich::files::Files;
use crate::sandbox::rich::string;
use crate::sandbox::rich::text::{Kind, Text};

impl Reader<'_> {
    pub(super) fn text(&self, name: &str) -> Result<Text, String> {
        rich_text(self.must(name)?, self.1)
    }

    pub(super) fn text_or_none(&self, name: &str) -> Result<Option<Text>, String> {
        self.get(name).map(|value| rich_text(value, self.1)).transpose()
    }
}

/// A string, an array, or an object of a type.
fn rich_text(value: &Value, files: &Files<'_>) -> Result<Text, String> {
    match value {
        Value::String(text) => Ok(Text::Plain(string::clean(text))),
        Value::Array(parts) => {
            let parts = parts.iter().map(|part| rich_text(part, files));
            parts.collect::<Result<_, _>>().map(Text::join)
        }
        Value::Object(object) => Reader(Fields(object), files).span(),
        _ => Err(malformed("Unsupported rich text type")),
    }
}

impl Reader<'_> {
    fn span(&self) -> Result<Text, String> {
        let kind = self.required("type")?;
        if let Some(mark) = self.mark(&kind)? {
            return Ok(Text::mark(mark));
        }
        let meaning = match kind.as_str() {
            // What the server finds by itself is given back to it as plain text.
            "mention" | "hashtag" | "cashtag" | "bot_command" | "bank_card_number" => {
                return self.text("text");
            }
            "bold" => Kind::Bold,
            "italic" => Kind::Italic,
            "underline" => Kind::Underline,
            "strikethrough" => Kind::Strikethrough,
            "spoiler" => Kind::Spoiler,
            "subscript" => Kind::Subscript,
            "superscript" => Kind::Superscript,
            "marked" => Kind::Marked,
            "code" => Kind::Code,
            "date_time" => Kind::DateTime {
                unix_time: self.0.required_number("unix_time").map_err(malformed)?,
                date_time_format: self.optional("date_time_format")?,
            },
            "text_mention" => Kind::TextMention { user: User::person(self.user()?) },
            "url" => Kind::Url { url: self.required("url")? },
            "email_address" => Kind::EmailAddress { email_address: self.required("email_address")? },
            "phone_number" => Kind::PhoneNumber { phone_number: self.required("phone_number")? },
            "anchor_link" => Kind::AnchorLink { anchor_name: self.required("anchor_name")? },
            "reference" => Kind::Reference { name: self.required("name")? },
            "reference_link" => Kind::ReferenceLink { reference_name: self.required("reference_name")? },
            _ => return Err(malformed("Unsupported rich text type")),
        };
        Ok(Text::span(meaning, self.text("text")?))
    }

    /// What has no text of its own.
    fn mark(&self, kind: &str) -> Result<Option<Kind>, String> {
        Ok(Some(match kind {
            "custom_emoji" => Kind::CustomEmoji {
                custom_emoji_id: self.required("custom_emoji_id")?,
                alternative_text: self.required("alternative_text")?,
            },
            "mathematical_expression" => {
                Kind::MathematicalExpression { expression: self.required("expression")? }
            }
            "anchor" => Kind::Anchor { name: self.required("name")? },
            "button" => Kind::Button { button: part::button(self.must("button")?, self.1)? },
            _ => return Ok(None),
        }))
    }

    fn user(&self) -> Result<i64, String> {
        let id = self.must("user")?.get("id").and_then(Value::as_i64);
        id.ok_or_else(|| malformed("Can't find field \"id\""))
    }
}
