//! Buttons of a post and the addresses they lead to.

use std::path::Path;

use super::post::{Button, ButtonUrl};
use crate::diagnostic::codes::front_matter as codes;
use crate::yaml::Node;

/// Telegram's apps show no more reliably (TD cuts at 12 per row and 300 in all; checked 2026-11-20).
const MAX_BUTTONS_PER_ROW: usize = 8;
const MAX_BUTTONS: usize = 100;

pub(super) fn buttons(node: &Node<'_>) -> Vec<Vec<Button>> {
    let rows = node.items();
    if rows.iter().any(|row| !row.entries().is_empty()) {
        node.error(
            codes::BAD_BUTTONS,
            "`buttons` is a list of rows, but here a button stands where a row belongs",
            "put each row in brackets: `buttons: [[{text: Docs, url: \"https://example.org\"}]]`",
        );
    }
    let total: usize = rows.iter().map(|row| row.items().len()).sum();
    if total > MAX_BUTTONS {
        let message = format!("there are {total} buttons, {MAX_BUTTONS} are allowed");
        node.key_error(codes::BAD_BUTTONS, message, "remove some");
    }
    rows.iter().map(button_row).filter(|row| !row.is_empty()).collect()
}

fn button_row(row: &Node<'_>) -> Vec<Button> {
    let buttons = row.items();
    if buttons.len() > MAX_BUTTONS_PER_ROW {
        let message = format!(
            "`{}` has {} buttons, {MAX_BUTTONS_PER_ROW} are allowed in a row",
            row.name(),
            buttons.len()
        );
        row.error(codes::BAD_BUTTONS, message, "begin another row");
    }
    buttons.iter().filter_map(button).collect()
}

fn button(node: &Node<'_>) -> Option<Button> {
    let text = node.get("text").and_then(|text| text.text());
    let text = text.filter(|text| !text.trim().is_empty());
    let url = node.get("url");
    if text.is_none() || url.is_none() {
        let missing = if text.is_none() { "text" } else { "url" };
        let message = format!("`{}` has no `{missing}`", node.name());
        node.error(codes::BAD_BUTTONS, message, "write `{text: Docs, url: \"https://example.org\"}`");
    }
    let url = button_url(&url?)?;
    Some(Button { text: text?, url })
}

/// A path to a `.md` file stays as it is written: only all posts together tell which slug it means.
fn button_url(node: &Node<'_>) -> Option<ButtonUrl> {
    let url = node.text()?;
    if let Some(slug) = url.strip_prefix("post:") {
        return match slug.parse() {
            Ok(slug) => Some(ButtonUrl::Post(slug)),
            Err(error) => {
                let message = format!("`{}`: {error}", node.name());
                node.error(codes::BAD_URL, message, "write `post:` and the slug of a post");
                None
            }
        };
    }
    if is_post_path(&url) {
        return Some(ButtonUrl::Web(url));
    }
    web_url(node, &["https", "http", "tg"]).map(ButtonUrl::Web)
}

/// Whether a button's address is a relative path to a post's file.
pub(super) fn is_post_path(url: &str) -> bool {
    let ending = Path::new(url).extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("md"))
        && !url.contains(':')
        && !url.starts_with('/')
}

/// An absolute address with one of these schemes, as it is written.
pub(super) fn web_url(node: &Node<'_>, schemes: &[&str]) -> Option<String> {
    let text = node.text()?;
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let url = url::Url::parse(&text).ok();
    let known =
        url.is_some_and(|url| schemes.contains(&url.scheme()) && (url.scheme() == "tg" || url.has_host()));
    if known && !text.contains(blank) {
        return Some(text);
    }
    let message = format!("`{}` is not a web address", node.name());
    let domain = text.contains('.') && !text.contains("://") && !text.contains(blank);
    let hint = if domain {
        format!("write `https://{text}`")
    } else {
        "write a whole address such as `https://example.org/page`, without spaces".to_owned()
    };
    node.error(codes::BAD_URL, message, hint);
    None
}
