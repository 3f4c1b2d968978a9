//! Keyboards: read from JSON, checked, normalised and written back.

mod button;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use button::Button;

use super::failure::{Failure, bad};
use super::params::{Fields, Params};
use super::world::ChatType;

/// Most buttons that are kept in a row and in a keyboard; the rest is cut silently.
const MAX_IN_ROW: usize = 12;
const MAX_BUTTONS: usize = 300;

/// Size above which a keyboard is refused, in bytes of its JSON.
const MAX_BYTES: usize = 10 * 1024;

/// An inline keyboard as a message holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Keyboard {
    rows: Vec<Vec<Button>>,
}

impl Keyboard {
    /// `InlineKeyboardMarkup`.
    pub(super) fn to_json(&self) -> Value {
        let rows: Vec<Vec<Value>> =
            self.rows.iter().map(|row| row.iter().map(Button::to_json).collect()).collect();
        json!({"inline_keyboard": rows})
    }

    /// A forwarded message keeps its keyboard only when every button is a link.
    pub(super) fn survives_forward(&self) -> bool {
        self.rows.iter().flatten().all(Button::is_link)
    }
}

/// The `reply_markup` of a call: well-formed, not yet checked against the chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Markup {
    #[default]
    None,
    Inline(Vec<Vec<Button>>),
    /// A keyboard for the person's reply, its removal, or a forced reply.
    Reply,
}

impl Markup {
    /// Reads `reply_markup`. Errors are those of malformed JSON and fields.
    pub(super) fn read(params: &Params) -> Result<Self, Failure> {
        let Some(value) = params.json("reply_markup", "reply keyboard markup")? else {
            return Ok(Self::None);
        };
        let Value::Object(object) = &value else {
            return Err(bad("object expected as reply markup"));
        };
        let fields = Fields(object);
        let has_reply_rows = rows(&fields, "keyboard", "Field \"keyboard\" must be an Array of Arrays")?;
        let inline = rows(
            &fields,
            "inline_keyboard",
            "Field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays",
        )?;
        let inline = inline.into_iter().map(|row| row.iter().map(Button::read).collect());
        let inline = inline
            .collect::<Result<Vec<Vec<Button>>, String>>()
            .map_err(|why| bad(format!("can't parse inline keyboard button: {why}")))?;
        let flags = ["remove_keyboard", "hide_keyboard", "force_reply", "force_reply_keyboard"];
        let flags: Vec<bool> = flags.iter().map(|f| fields.flag(f)).collect::<Result<_, _>>().map_err(bad)?;
        Ok(if !has_reply_rows.is_empty() {
            Self::Reply
        } else if !inline.is_empty() {
            Self::Inline(inline)
        } else if flags.contains(&true) {
            Self::Reply
        } else {
            Self::None
        })
    }

    /// Checks the markup of a message to be sent. The flag tells of a keyboard that is not inline.
    pub(super) fn check_for_sending(self, kind: ChatType) -> Result<(Option<Keyboard>, bool), Failure> {
        match self {
            Self::Reply if kind != ChatType::Channel => Ok((None, true)),
            markup => Ok((markup.check_for_editing(kind)?, false)),
        }
    }

    /// Checks the markup of an edit, where only inline keyboards are possible.
    pub(super) fn check_for_editing(self, kind: ChatType) -> Result<Option<Keyboard>, Failure> {
        let rows = match self {
            Self::None => return Ok(None),
            Self::Reply => return Err(bad("inline keyboard expected")),
            Self::Inline(rows) => rows,
        };
        let mut left = MAX_BUTTONS;
        let mut checked = Vec::new();
        for row in rows {
            let visible = row.into_iter().filter(|button| !button.is_nothing()).take(MAX_IN_ROW.min(left));
            let row = visible.map(|button| button.check(kind)).collect::<Result<Vec<_>, _>>().map_err(bad)?;
            left -= row.len();
            if !row.is_empty() {
                checked.push(row);
            }
        }
        Ok((!checked.is_empty()).then_some(Keyboard { rows: checked }))
    }
}

impl Keyboard {
    /// What the backend refuses, after everything else was found right.
    pub(super) fn check_by_backend(&self, kind: ChatType) -> Result<(), Failure> {
        if self.to_json().to_string().len() > MAX_BYTES {
            return Err(bad("reply markup is too long"));
        }
        self.rows.iter().flatten().find_map(|button| button.refusal(kind)).map_or(Ok(()), |why| Err(bad(why)))
    }
}

fn rows<'a>(fields: &Fields<'a>, name: &str, not_rows: &str) -> Result<Vec<&'a Vec<Value>>, Failure> {
    let rows = match fields.0.get(name) {
        None => return Ok(Vec::new()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(bad(format!("Field \"{name}\" must be of type Array"))),
    };
    rows.iter().map(|row| row.as_array().ok_or_else(|| bad(not_rows))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ChatType, Failure, Keyboard, Markup, Params};

    fn keyboard(markup: &Value, kind: ChatType) -> Result<Option<Keyboard>, Failure> {
        let mut params = Params::default();
        params.values.insert("reply_markup".into(), markup.to_string());
        let (keyboard, _) = Markup::read(&params)?.check_for_sending(kind)?;
        if let Some(keyboard) = &keyboard {
            keyboard.check_by_backend(kind)?;
        }
        Ok(keyboard)
    }

    fn one(button: &Value) -> Result<Value, String> {
        let keyboard = keyboard(&json!({"inline_keyboard": [[button]]}), ChatType::Channel);
        keyboard.map(|k| k.unwrap().to_json()["inline_keyboard"][0][0].clone()).map_err(|f| f.description)
    }

    #[test]
    fn links_are_normalised() {
        let button = one(&json!({"text": "a", "url": "example.com"})).unwrap();
        assert_eq!(button, json!({"text": "a", "url": "http://example.com/"}));
    }

    #[test]
    fn bad_buttons_are_refused() {
        let table = [
            (
                json!({"text": "a"}),
                "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
            ),
            (json!({"url": "a.b"}), "can't parse inline keyboard button: Can't find field \"text\""),
            (json!({"text": "a", "url": "x"}), "inline keyboard button URL 'x' is invalid: Wrong HTTP URL"),
            (json!({"text": "a", "callback_data": "x".repeat(65)}), "BUTTON_DATA_INVALID"),
            (
                json!({"text": "a", "url": "a.b", "style": "odd"}),
                "can't parse inline keyboard button: invalid button style specified",
            ),
            (json!({"text": "a", "pay": true}), "BUTTON_TYPE_INVALID"),
            (
                json!({"text": "a", "switch_inline_query": ""}),
                "can't use switch_inline_query button in a channel chat, because users will not be able to use the \
                 button without knowing bot's username",
            ),
        ];
        for (button, expected) in table {
            assert_eq!(one(&button), Err(format!("Bad Request: {expected}")), "{button}");
        }
    }

    #[test]
    fn what_is_too_much_is_cut_or_refused() {
        let row: Vec<Value> = (0..20).map(|i| json!({"text": i.to_string(), "callback_data": "x"})).collect();
        let kept = keyboard(&json!({"inline_keyboard": [row]}), ChatType::Channel).unwrap().unwrap();
        assert_eq!(kept.rows[0].len(), 12);
        let long = json!({"inline_keyboard": [[{"text": "x".repeat(11_000), "callback_data": "x"}]]});
        let refused = keyboard(&long, ChatType::Channel).unwrap_err();
        assert_eq!(refused.description, "Bad Request: reply markup is too long");
    }

    #[test]
    fn channels_take_inline_keyboards_only() {
        let markup = json!({"keyboard": [[{"text": "a"}]]});
        let refused = keyboard(&markup, ChatType::Channel).unwrap_err();
        assert_eq!(refused.description, "Bad Request: inline keyboard expected");
        assert_eq!(keyboard(&markup, ChatType::Private), Ok(None));
        assert_eq!(keyboard(&json!({"inline_keyboard": []}), ChatType::Channel), Ok(None));
    }
}
