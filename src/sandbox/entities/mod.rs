//! The sandbox's reader of Telegram HTML: accepts, refuses and normalises what the Bot API server does.
//!
//! Stages, in the server's order: `html::read` (tags → text and entities) → [`Raw::finish`] (clean-up, resolution of
//! overlaps, trimming, length, the 100-entity cut). Errors are the text after `Bad Request: `, with the server's own
//! capital letter already lowered. Facts checked 2026-11-20 against the vectors in `tests/data/telegram-html.jsonl`.

mod clean;
mod detect;
mod entity;
mod html;
mod input;
mod order;
mod raw;
mod reference;
mod resolve;
mod tag;
pub mod url;

pub(in crate::sandbox) use clean::is_blank;
pub use clean::string as clean;
pub(in crate::sandbox) use detect::find as found;
pub use entity::{Entity, Kind, User};
pub use input::from_array;
pub use raw::{Finish, Formatted, Raw};

/// Largest raw `text` or `caption` parameter, in bytes, tags included.
const MAX_RAW_BYTES: usize = 1 << 15;

/// Most characters of a message text, counted in code points after parsing.
pub const TEXT_LIMIT: usize = 4096;

/// Most characters of a caption, counted in code points after parsing.
pub const CAPTION_LIMIT: usize = 1024;

/// Reads a text parameter in the given `parse_mode` without finishing it.
///
/// `html` and plain text are understood; the Markdown modes are accepted by the real server and refused here, because
/// the sandbox would otherwise show them differently.
pub fn read(text: &str, parse_mode: &str, entities: Option<&serde_json::Value>) -> Result<Raw, String> {
    if text.len() > MAX_RAW_BYTES {
        return Err("text is too long".into());
    }
    match parse_mode.to_ascii_lowercase().as_str() {
        "html" if !text.is_empty() => html::read(text).map_err(|e| format!("can't parse entities: {e}")),
        "html" | "" | "none" => from_array(text, entities),
        _ if text.is_empty() => from_array(text, entities),
        "markdown" | "markdownv2" => Err("the sandbox reads only HTML and plain text, not Markdown".into()),
        _ => Err("unsupported parse_mode".into()),
    }
}

/// Everything a `text` with `parse_mode=HTML` goes through: what the sent message holds, or the error's text.
///
/// `limit` is in code points; `allow_empty` is for captions.
pub fn parse(html: &str, limit: usize, allow_empty: bool) -> Result<Formatted, String> {
    parse_as(html, Finish { limit, allow_empty, detect: false })
}

/// As [`parse`], with links, mentions, hashtags and so on found in the text as the server does.
pub fn parse_detecting(html: &str, limit: usize, allow_empty: bool) -> Result<Formatted, String> {
    parse_as(html, Finish { limit, allow_empty, detect: true })
}

/// Whether the whole text is one e-mail address, as the server finds them.
pub(in crate::sandbox) fn is_email(text: &str) -> bool {
    let length = text.encode_utf16().count();
    matches!(&found(text)[..], [only] if only.kind == Kind::Email && only.offset == 0 && only.length == length)
}

fn parse_as(html: &str, finish: Finish) -> Result<Formatted, String> {
    if html.is_empty() && !finish.allow_empty {
        return Err("message text is empty".into());
    }
    read(html, "html", None)?.finish(finish)
}

#[cfg(test)]
mod tests;
