//! Rich messages: what `rich_message` says, and the blocks that a message holds of it.
//!
//! Sources are Rich HTML (`html`) or `InputRichBlock` JSON (`input`); both become the blocks that are returned, and go
//! through the same checks (`finish`). Facts: Bot API 10.3, checked 2026-11-20. Where the documents leave a question
//! open, the sandbox takes the answer that refuses more, and says so where it does.

mod block;
mod button;
mod cells;
mod emoji;
mod files;
mod finish;
mod html;
mod input;
mod library;
mod map;
mod media;
mod number;
mod string;
mod text;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::{Failure, bad};
use super::media::Asset;
use super::params::Fields;
use super::world::{ChatType, PERSON};
use block::Block;
use files::Files;
pub(super) use files::Request;
pub(super) use finish::Place;
use library::Library;

/// How the server calls a message without content.
pub(super) const NOTHING: &str = "rich message must be non-empty";

/// The `RichMessage` that Rich HTML becomes in a channel, as JSON, or the error's text.
///
/// The time is that at which a sandbox begins by default.
pub fn parse(html: &str) -> Result<Value, String> {
    let now_s = super::DEFAULT_START_MS / 1000;
    let place = Place { kind: ChatType::Channel, now_s, known: [PERSON, 0] };
    if html.is_empty() {
        return Err(NOTHING.into());
    }
    let blocks = html::read(html, &Library::default())?;
    finish::finish(blocks, place, true)
        .map(|blocks| json!(RichMessage { blocks, is_rtl: false, uploads: Vec::new() }))
}

/// `RichMessage`: what a message holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RichMessage {
    blocks: Vec<Block>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_rtl: bool,
    /// Files that came with the message, until they are known by their ids. An edit that brings some is always a change.
    #[serde(skip)]
    pub(super) uploads: Vec<Asset>,
}

/// `InputRichMessage`: well-formed, its content not looked at.
#[derive(Debug, Clone)]
pub(super) struct Input {
    source: Source,
    library: Library,
    uploads: Vec<Asset>,
    is_rtl: bool,
    skip_entity_detection: bool,
}

#[derive(Debug, Clone)]
enum Source {
    Html(String),
    Blocks(Vec<Block>),
}

impl Input {
    /// Reads the parameter `rich_message`. `None`: there is none.
    pub(super) fn read(request: Request<'_>) -> Result<Option<Self>, Failure> {
        let Some(value) = request.params.json("rich_message", "rich message")? else {
            return Ok(None);
        };
        let Value::Object(object) = &value else {
            return Err(bad("object expected as rich message"));
        };
        Self::from_fields(&Fields(object), Some(request)).map(Some).map_err(bad)
    }

    fn from_fields(fields: &Fields<'_>, request: Option<Request<'_>>) -> Result<Self, String> {
        let files = Files::of(request);
        let library = Library::read(fields.0.get("media"), &files)?;
        let source = source(fields, &files)?;
        Ok(Self {
            source,
            library,
            uploads: files.into_uploads(),
            is_rtl: fields.flag("is_rtl")?,
            skip_entity_detection: fields.flag("skip_entity_detection")?,
        })
    }

    /// What the message will hold there. Errors: those of the server's reader, `RICH_MESSAGE_…`.
    pub(super) fn finish(self, place: Place) -> Result<RichMessage, Failure> {
        let blocks = match self.source {
            Source::Html(html) => html::read(&html, &self.library),
            Source::Blocks(blocks) => Ok(blocks),
        };
        let blocks = blocks.and_then(|blocks| finish::finish(blocks, place, !self.skip_entity_detection));
        Ok(RichMessage { blocks: blocks.map_err(bad)?, is_rtl: self.is_rtl, uploads: self.uploads })
    }
}

/// The one source. The real server takes the first of `blocks`, `markdown` and `html` when there are several; only one
/// is documented, so several are refused here. Rich Markdown is a language of its own, which the sandbox does not read.
fn source(fields: &Fields<'_>, files: &Files<'_>) -> Result<Source, String> {
    let given = |name: &&&str| fields.0.get(**name).is_some_and(|value| !value.is_null());
    match ["html", "markdown", "blocks"].iter().filter(given).copied().collect::<Vec<_>>()[..] {
        ["html"] => {
            let html = fields.text("html")?;
            if html.is_empty() { Err(NOTHING.into()) } else { Ok(Source::Html(html)) }
        }
        ["markdown"] => Err("the sandbox reads `html` and `blocks` of a rich message, not `markdown`".into()),
        ["blocks"] => {
            let blocks = input::blocks(&fields.0["blocks"], files)?;
            if blocks.is_empty() { Err(NOTHING.into()) } else { Ok(Source::Blocks(blocks)) }
        }
        [] => Err(NOTHING.into()),
        _ => Err("exactly one of `html`, `markdown` and `blocks` must be specified in a rich message".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{ChatType, Fields, Input, Place, RichMessage, parse};

    fn finished(message: &Value) -> Result<RichMessage, String> {
        let place = Place { kind: ChatType::Channel, now_s: 0, known: [1000, 42] };
        let input = Input::from_fields(&Fields(message.as_object().unwrap()), None)?;
        input.finish(place).map_err(|failure| failure.description)
    }

    type Tags = (&'static str, &'static str);

    fn wrapped(tags: &'static [Tags], inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
        let pieces = prop::collection::vec(inner, 0..4).prop_map(|pieces| pieces.concat());
        (prop::sample::select(tags), pieces)
            .prop_map(|((open, close), inner)| format!("{open}x{inner}{close}"))
    }

    /// Well-formed text that tempts the matchers.
    fn text() -> impl Strategy<Value = String> {
        let words = [
            "a",
            " ",
            "\n",
            "é",
            "😀",
            "&lt;",
            "&nbsp;",
            "a.com",
            "@name",
            " #tag",
            "me@a.com",
            "<br>",
            "<tg-math>x</tg-math>",
        ];
        let leaf = prop::collection::vec(prop::sample::select(words.to_vec()), 0..6)
            .prop_map(|words| words.concat());
        leaf.prop_recursive(3, 12, 4, |inner| {
            const TAGS: [Tags; 4] = [
                ("<b>", "</b>"),
                ("<code>", "</code>"),
                ("<a href=\"#n\">", "</a>"),
                ("<tg-reference name=\"r\">", "</tg-reference>"),
            ];
            wrapped(&TAGS, inner)
        })
    }

    fn blocks() -> impl Strategy<Value = String> {
        const TAGS: [Tags; 6] = [
            ("<p>", "</p>"),
            ("<h2>", "</h2>"),
            ("<pre>", "</pre>"),
            ("<aside>", "<cite>me</cite></aside>"),
            ("<table><tr><td>", "</td><td></td></tr></table>"),
            ("<figure><img src=\"https://a.b/c\"><figcaption>", "</figcaption></figure>"),
        ];
        wrapped(&TAGS, text()).prop_recursive(4, 30, 4, |inner| {
            const TAGS: [Tags; 4] = [
                ("<blockquote>", "<cite>me</cite></blockquote>"),
                ("<ul><li>", "</li></ul>"),
                ("<ol type=\"i\"><li>x</li><li>", "</li></ol>"),
                ("<details><summary>s</summary>", "</details>"),
            ];
            wrapped(&TAGS, inner)
        })
    }

    proptest! {
        #[test]
        fn what_is_well_formed_is_taken_and_saved_as_it_is(html in prop::collection::vec(blocks(), 1..5)) {
            let html = format!("<a name=\"n\"></a>{}", html.concat());
            let message = finished(&json!({"html": html}));
            prop_assert_eq!(parse(&html), message.clone().map(|message| json!(message)));
            let Ok(message) = message else {
                return Err(TestCaseError::fail(format!("{html}: {message:?}")));
            };
            let saved = json!(message).to_string();
            prop_assert_eq!(serde_json::from_str::<RichMessage>(&saved).unwrap(), message);
        }
    }

    #[test]
    fn hostile_sources_are_answered() {
        for piece in [
            "<b>",
            "</b>",
            "&",
            "&#",
            "<",
            "<a href=\"",
            "<!--",
            "a.",
            "@",
            "#a",
            "/a",
            "a@a.",
            "<li>",
            "<b a='",
            "://",
        ] {
            let _ = finished(&json!({"html": piece.repeat(40_000 / piece.len())}));
        }
        let nested = "[".repeat(100) + &"]".repeat(100);
        let nested: Value = serde_json::from_str(&nested).unwrap();
        let blocks = json!({"blocks": [{"type": "paragraph", "text": ["x", nested]}]});
        assert_eq!(
            json!(finished(&blocks).unwrap()),
            json!({"blocks": [{"type": "paragraph", "text": "x"}]})
        );
    }
}
