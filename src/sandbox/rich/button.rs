//! `RichMessageButton`: the actions of an inline button under a text with emoji and dates.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::{Kind, Text};
use crate::sandbox::markup;
use crate::sandbox::world::ChatType;

/// A button in a text or in a row of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Button {
    text: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    style: Option<String>,
    /// The one field that says what happens, as an inline button has it.
    #[serde(flatten)]
    action: Map<String, Value>,
}

impl Button {
    /// A button as it was written; nothing but its shape is looked at. Fields that are not known are dropped later.
    pub(super) fn new(text: Text, style: &str, action: Map<String, Value>) -> Self {
        let style = Some(style.to_owned()).filter(|style| !style.is_empty());
        Self { text, style, action }
    }

    /// What stands on it.
    pub(super) fn label(&self) -> &Text {
        &self.text
    }

    /// Checks the button as the server checks an inline one, and normalises its link.
    ///
    /// Documented beside that: the text holds only emoji and dates, the style `link` is for `callback_data` alone.
    pub(super) fn check(&mut self, kind: ChatType) -> Result<(), String> {
        if self.text.plain().trim().is_empty() {
            return Err("BUTTON_TEXT_INVALID".into());
        }
        let mut is_plain = true;
        self.text.each_span(&mut |span| {
            is_plain &= matches!(span.kind, Kind::CustomEmoji { .. } | Kind::DateTime { .. });
        });
        if !is_plain {
            return Err("can't parse RichMessageButton: text of the button can't be formatted".into());
        }
        let is_link = self.style.as_deref() == Some("link");
        if is_link && !self.action.contains_key("callback_data") {
            return Err("can't parse RichMessageButton: invalid button style specified".into());
        }
        let mut inline = self.action.clone();
        inline.insert("text".into(), self.text.plain().into());
        if let Some(style) = self.style.as_ref().filter(|_| !is_link) {
            inline.insert("style".into(), style.clone().into());
        }
        let inline = markup::Button::read(&Value::Object(inline))
            .map_err(|why| format!("can't parse RichMessageButton: {why}"))?;
        let inline = inline.check(kind)?;
        if let Some(refusal) = inline.refusal(kind) {
            return Err(refusal.into());
        }
        if let Value::Object(mut shown) = inline.to_json() {
            for other in ["text", "style", "icon_custom_emoji_id"] {
                shown.remove(other);
            }
            self.action = shown;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Button, ChatType, Kind, Text};

    fn checked(text: Text, style: &str, action: &Value) -> Result<Value, String> {
        let mut button = Button::new(text, style, action.as_object().unwrap().clone());
        button.check(ChatType::Channel).map(|()| json!(button))
    }

    #[test]
    fn a_button_is_that_of_a_keyboard() {
        let go = || Text::Plain("go".into());
        let url = json!({"url": "example.com"});
        assert_eq!(
            checked(go(), "primary", &url),
            Ok(json!({"text": "go", "style": "primary", "url": "http://example.com/"}))
        );
        let data = json!({"callback_data": "x"});
        assert_eq!(
            checked(go(), "link", &data),
            Ok(json!({"text": "go", "style": "link", "callback_data": "x"}))
        );
        assert!(checked(go(), "link", &url).unwrap_err().ends_with("invalid button style specified"));
        assert!(checked(go(), "", &json!({})).unwrap_err().starts_with("can't parse RichMessageButton"));
        assert_eq!(checked(Text::Plain(" ".into()), "", &url), Err("BUTTON_TEXT_INVALID".into()));
        let bold = Text::span(Kind::Bold, go());
        assert!(checked(bold, "", &url).unwrap_err().ends_with("can't be formatted"));
        assert_eq!(
            checked(go(), "", &json!({"web_app": {"url": "https://a.b"}})),
            Err("BUTTON_TYPE_INVALID".into())
        );
    }
}
