//! `RichText`: a string, an array of texts, or a text with a meaning.

use serde::{Deserialize, Serialize};

use super::button::Button;
use crate::sandbox::entities::User;

/// A `RichText` as the Bot API writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Parts(Vec<Text>),
    Span(Box<Span>),
}

/// A text with a meaning. What has no text of its own, such as a formula, has `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    #[serde(flatten)]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// What a text means; names and fields as in the Bot API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Kind {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Subscript,
    Superscript,
    Marked,
    Code,
    DateTime { unix_time: i64, date_time_format: String },
    TextMention { user: User },
    CustomEmoji { custom_emoji_id: String, alternative_text: String },
    MathematicalExpression { expression: String },
    Url { url: String },
    EmailAddress { email_address: String },
    PhoneNumber { phone_number: String },
    BankCardNumber { bank_card_number: String },
    Mention { username: String },
    Hashtag { hashtag: String },
    Cashtag { cashtag: String },
    BotCommand { bot_command: String },
    Button { button: Button },
    Anchor { name: String },
    AnchorLink { anchor_name: String },
    Reference { name: String },
    ReferenceLink { reference_name: String },
}

impl Kind {
    /// Whether links and the like are looked for in a text of this kind: not where it is one already, nor in code.
    pub(crate) fn is_searched(&self) -> bool {
        matches!(
            self,
            Self::Bold
                | Self::Italic
                | Self::Underline
                | Self::Strikethrough
                | Self::Spoiler
                | Self::Subscript
                | Self::Superscript
                | Self::Marked
                | Self::Reference { .. }
        )
    }

    /// Characters that count beside those of the text: a formula's source, an emoji's alternative, a button's label.
    fn extra(&self) -> usize {
        match self {
            Self::CustomEmoji { alternative_text, .. } => alternative_text.chars().count(),
            Self::MathematicalExpression { expression } => expression.chars().count(),
            Self::Button { button } => button.label().length(),
            _ => 0,
        }
    }
}

impl Text {
    /// A text with a meaning.
    pub(crate) fn span(kind: Kind, text: Text) -> Self {
        Self::Span(Box::new(Span { kind, text: Some(text) }))
    }

    /// A meaning without a text.
    pub(crate) fn mark(kind: Kind) -> Self {
        Self::Span(Box::new(Span { kind, text: None }))
    }

    /// The simplest form of the parts: neighbouring strings united, no array in an array or of one.
    ///
    /// The parts are such forms themselves.
    pub(crate) fn join(parts: Vec<Text>) -> Self {
        let mut out: Vec<Text> = Vec::new();
        let mut add = |part| match (out.last_mut(), part) {
            (_, Self::Plain(text)) if text.is_empty() => {}
            (Some(Self::Plain(last)), Self::Plain(text)) => last.push_str(&text),
            (_, part) => out.push(part),
        };
        for part in parts {
            match part {
                Self::Parts(parts) => parts.into_iter().for_each(&mut add),
                part => add(part),
            }
        }
        match out.len() {
            0 => Self::Plain(String::new()),
            1 => out.remove(0),
            _ => Self::Parts(out),
        }
    }

    /// Length in code points, as the limit of a message counts it.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Plain(text) => text.chars().count(),
            Self::Parts(parts) => parts.iter().map(Self::length).sum(),
            Self::Span(span) => span.kind.extra() + span.text.as_ref().map_or(0, Self::length),
        }
    }

    /// How deep spans stand in each other.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Plain(_) => 0,
            Self::Parts(parts) => parts.iter().map(Self::depth).max().unwrap_or(0),
            Self::Span(span) => 1 + span.text.as_ref().map_or(0, Self::depth),
        }
    }

    /// Whether there is not a character in it. Anchors are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// The characters that are shown, without formulas and buttons.
    pub(crate) fn plain(&self) -> String {
        let mut out = String::new();
        self.append_plain(&mut out);
        out
    }

    fn append_plain(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Parts(parts) => parts.iter().for_each(|part| part.append_plain(out)),
            Self::Span(span) => match (&span.kind, &span.text) {
                (Kind::CustomEmoji { alternative_text, .. }, _) => out.push_str(alternative_text),
                (_, Some(text)) => text.append_plain(out),
                (_, None) => {}
            },
        }
    }

    /// Calls `visit` with every span, outer ones first.
    pub(crate) fn each_span<'a>(&'a self, visit: &mut dyn FnMut(&'a Span)) {
        match self {
            Self::Plain(_) => {}
            Self::Parts(parts) => parts.iter().for_each(|part| part.each_span(visit)),
            Self::Span(span) => {
                visit(span);
                if let Some(text) = &span.text {
                    text.each_span(visit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Kind, Text};

    fn plain(text: &str) -> Text {
        Text::Plain(text.into())
    }

    #[test]
    fn the_form_is_that_of_the_bot_api() {
        let bold = Text::span(Kind::Bold, plain("b"));
        let formula = Text::mark(Kind::MathematicalExpression { expression: "x^2".into() });
        let text = Text::join(vec![plain("a"), plain(""), plain("b"), bold, formula]);
        let json = json!(["ab", {"type": "bold", "text": "b"}, {"type": "mathematical_expression", "expression": "x^2"}]);
        assert_eq!(json!(text), json);
        assert_eq!(serde_json::from_value::<Text>(json).unwrap(), text);
        assert_eq!((text.length(), text.depth(), text.plain().as_str()), (6, 1, "abb"));
    }

    #[test]
    fn parts_are_joined_as_far_as_they_can() {
        assert_eq!(Text::join(vec![]), plain(""));
        assert_eq!(Text::join(vec![plain("a"), plain("b")]), plain("ab"));
        let bold = Text::span(Kind::Bold, plain("b"));
        let nested = Text::join(vec![plain("a"), Text::Parts(vec![plain("a"), bold.clone()])]);
        assert_eq!(nested, Text::Parts(vec![plain("aa"), bold]));
        assert!(Text::mark(Kind::Anchor { name: "x".into() }).is_empty());
    }
}
