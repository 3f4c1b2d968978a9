//! One button of an inline keyboard.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::entities;
use crate::sandbox::params::Fields;
use crate::sandbox::world::ChatType;

/// Most bytes of `callback_data` and most characters of `copy_text`.
const MAX_DATA: usize = 64;
const MAX_COPY: usize = 256;

/// `InlineKeyboardButton`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Button {
    text: String,
    icon: Option<String>,
    style: Option<String>,
    action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Url(String),
    Callback(String),
    Login(String),
    WebApp(String),
    CopyText(String),
    SwitchInline(String),
    SwitchInlineHere(String),
    /// The query, and the kinds of chats to choose from: users, bots, groups, channels.
    SwitchInlineChosen(String, [bool; 4]),
    Game,
    Pay,
    Disabled,
}

const CHOSEN: [&str; 4] = ["allow_user_chats", "allow_bot_chats", "allow_group_chats", "allow_channel_chats"];

impl Button {
    pub(in crate::sandbox) fn read(value: &Value) -> Result<Self, String> {
        let Value::Object(object) = value else {
            return Err("InlineKeyboardButton must be an Object".into());
        };
        let fields = Fields(object);
        let text = fields.required_text("text")?;
        let icon = Some(fields.text("icon_custom_emoji_id")?).filter(|icon| !icon.is_empty() && icon != "0");
        let style = Some(fields.text("style")?).filter(|style| !style.is_empty());
        if style.as_deref().is_some_and(|style| !["danger", "success", "primary"].contains(&style)) {
            return Err("invalid button style specified".into());
        }
        Ok(Self { text, icon, style, action: Action::read(&fields)? })
    }

    /// Such a button is dropped silently.
    pub(super) fn is_nothing(&self) -> bool {
        self.text.is_empty() && self.icon.is_none()
    }

    pub(super) fn is_link(&self) -> bool {
        matches!(self.action, Action::Url(_) | Action::Login(_))
    }

    /// Cleans the text and normalises the link.
    pub(in crate::sandbox) fn check(self, kind: ChatType) -> Result<Self, String> {
        let text = entities::clean(&self.text);
        if text.is_empty() {
            return Err("Inline keyboard button text must be non-empty".into());
        }
        let action = match self.action {
            Action::Url(url) => Action::Url(link(&url)?),
            Action::Login(url) => Action::Login(secure_link(&url, "login ")?),
            Action::WebApp(url) => Action::WebApp(secure_link(&url, "Web App ")?),
            Action::SwitchInline(_) | Action::SwitchInlineChosen(..) if kind == ChatType::Channel => {
                return Err(unusable("switch_inline_query"));
            }
            Action::SwitchInlineHere(_) if kind == ChatType::Channel => {
                return Err(unusable("switch_inline_query_current_chat"));
            }
            action => action,
        };
        Ok(Self { text, action, ..self })
    }

    /// The backend's objection, if any.
    pub(in crate::sandbox) fn refusal(&self, kind: ChatType) -> Option<&'static str> {
        match &self.action {
            Action::Callback(data) if data.len() > MAX_DATA => Some("BUTTON_DATA_INVALID"),
            Action::CopyText(text) if text.is_empty() || text.chars().count() > MAX_COPY => {
                Some("BUTTON_COPY_TEXT_INVALID")
            }
            Action::WebApp(_) if kind != ChatType::Private => Some("BUTTON_TYPE_INVALID"),
            Action::Pay | Action::Game => Some("BUTTON_TYPE_INVALID"),
            _ => None,
        }
    }

    pub(in crate::sandbox) fn to_json(&self) -> Value {
        let mut button = json!({"text": self.text});
        if let Some(icon) = &self.icon {
            button["icon_custom_emoji_id"] = icon.clone().into();
        }
        if let Some(style) = &self.style {
            button["style"] = style.clone().into();
        }
        let (field, value) = self.action.to_json();
        button[field] = value;
        button
    }
}

fn link(url: &str) -> Result<String, String> {
    if let Some(user) = entities::url::mentioned_user(url) {
        return Ok(format!("tg://user?id={user}"));
    }
    entities::url::check(url).map_err(|why| format!("Inline keyboard button URL '{url}' is invalid: {why}"))
}

fn secure_link(url: &str, what: &str) -> Result<String, String> {
    let checked = entities::url::check(url).and_then(|checked| {
        if checked.starts_with("https://") { Ok(checked) } else { Err("Only HTTPS links are allowed") }
    });
    checked.map_err(|why| format!("Inline keyboard button {what}URL '{url}' is invalid: {why}"))
}

fn unusable(button: &str) -> String {
    format!(
        "Can't use {button} button in a channel chat, because users will not be able to use the button without \
         knowing bot's username"
    )
}

/// Reads the action of a button from the field of that name.
type Reader = fn(&Fields<'_>, &str) -> Result<Action, String>;

impl Action {
    fn read(fields: &Fields<'_>) -> Result<Self, String> {
        let url = fields.text("url")?;
        if !url.is_empty() {
            return Ok(Self::Url(url));
        }
        let data = fields.text("callback_data")?;
        if !data.is_empty() {
            return Ok(Self::Callback(data));
        }
        let readers: [(&str, Reader); 9] = [
            ("callback_game", |_, _| Ok(Self::Game)),
            ("pay", |_, _| Ok(Self::Pay)),
            ("switch_inline_query", |f, name| f.required_text(name).map(Self::SwitchInline)),
            ("switch_inline_query_chosen_chat", |f, name| Self::chosen(&f.object(name)?)),
            ("switch_inline_query_current_chat", |f, name| f.required_text(name).map(Self::SwitchInlineHere)),
            ("login_url", |f, name| f.object(name)?.required_text("url").map(Self::Login)),
            ("web_app", |f, name| f.object(name)?.required_text("url").map(Self::WebApp)),
            ("copy_text", |f, name| f.object(name)?.required_text("text").map(Self::CopyText)),
            ("disabled", |_, _| Ok(Self::Disabled)),
        ];
        match readers.into_iter().find(|(name, _)| fields.has(name)) {
            Some((name, read)) => read(fields, name),
            None => Err("Text buttons are unallowed in the inline keyboard".into()),
        }
    }

    fn chosen(fields: &Fields<'_>) -> Result<Self, String> {
        let query = fields.text("query")?;
        let mut kinds = [false; 4];
        for (kind, name) in kinds.iter_mut().zip(CHOSEN) {
            *kind = fields.flag(name)?;
        }
        Ok(Self::SwitchInlineChosen(query, kinds))
    }

    fn to_json(&self) -> (&'static str, Value) {
        match self {
            // A login button is shown as an ordinary link.
            Self::Url(url) | Self::Login(url) => ("url", json!(url)),
            Self::Callback(data) => ("callback_data", json!(data)),
            Self::WebApp(url) => ("web_app", json!({"url": url})),
            Self::CopyText(text) => ("copy_text", json!({"text": text})),
            Self::SwitchInline(query) => ("switch_inline_query", json!(query)),
            Self::SwitchInlineHere(query) => ("switch_inline_query_current_chat", json!(query)),
            Self::SwitchInlineChosen(query, kinds) => {
                let mut chosen = json!({"query": query});
                for (kind, name) in kinds.iter().zip(CHOSEN) {
                    chosen[name] = json!(kind);
                }
                ("switch_inline_query_chosen_chat", chosen)
            }
            Self::Game => ("callback_game", json!({})),
            Self::Pay => ("pay", json!(true)),
            Self::Disabled => ("disabled", json!({})),
        }
    }
}
