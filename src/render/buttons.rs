//! Buttons and link previews: what Telegram would refuse or drop is found before.

use std::borrow::Cow;

use super::link::{Resolved, Scope};
use super::notes::Spot;
use super::{codes, limits, url};
use crate::content::{Button, ButtonUrl, Format, LinkPreview};
use crate::diagnostic::Diagnostic;

/// The keyboard of the post: addresses in Telegram's form, without buttons that lead nowhere.
pub(super) fn buttons(scope: &mut Scope<'_>) -> Vec<Vec<Button>> {
    let rows = &scope.notes.post.front.buttons;
    let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let count: usize = rows.iter().map(Vec::len).sum();
    if widest > limits::BUTTONS_PER_ROW {
        let most = limits::BUTTONS_PER_ROW;
        refuse(scope, format!("a row has {widest} buttons, {most} are allowed"), "begin a new row");
    }
    if count > limits::BUTTONS {
        let most = limits::BUTTONS;
        refuse(scope, format!("the post has {count} buttons, {most} are allowed"), "remove some");
    }
    let kept = rows.iter().map(|row| row.iter().filter_map(|one| button(one, scope)).collect());
    kept.filter(|row: &Vec<Button>| !row.is_empty()).collect()
}

fn button(button: &Button, scope: &mut Scope<'_>) -> Option<Button> {
    let text = button.text.trim();
    if super::clean::is_blank(text) {
        refuse(scope, "a button has no text", "give it a `text`");
        return None;
    }
    let url = match &button.url {
        ButtonUrl::Web(address) => {
            let Some(url) = url::checked(address) else {
                let message =
                    format!("the button `{text}` leads to `{address}`, which Telegram does not open");
                refuse(scope, message, "use an `https://` address, or `post:` and a slug");
                return None;
            };
            ButtonUrl::Web(url.into_owned())
        }
        ButtonUrl::Post(slug) => match scope.post(slug.clone(), &Spot::Key("buttons")) {
            Resolved::Post(slug) => ButtonUrl::Post(slug),
            _ => return None,
        },
    };
    Some(Button { text: text.to_owned(), url })
}

fn refuse(scope: &mut Scope<'_>, message: impl Into<String>, hint: &str) {
    scope.notes.add(Diagnostic::error(codes::BAD_BUTTON, message).hint(hint), Spot::Key("buttons"));
}

/// The link preview, its address in Telegram's form. Rich messages have none.
pub(super) fn preview(scope: &mut Scope<'_>) -> LinkPreview {
    if scope.format == Format::Rich {
        // A default of the config is meant for others.
        if scope.notes.post.keys.contains_key("link_preview") {
            let warning = Diagnostic::warning(codes::RICH_PREVIEW, "a rich message has no link preview");
            let warning = warning.hint("remove `link_preview`, or use `format: html`");
            scope.notes.add(warning, Spot::Key("link_preview"));
        }
        return LinkPreview::Default;
    }
    let LinkPreview::Of { url: Some(address), size, above } = &scope.notes.post.front.link_preview else {
        return scope.notes.post.front.link_preview.clone();
    };
    let url = url::checked(address).filter(|url| url::is_web(url)).map(Cow::into_owned);
    if url.is_none() {
        let message = format!("`{address}` is no web address that Telegram could preview");
        let problem =
            Diagnostic::error(codes::BAD_PREVIEW, message).hint("write `https://` and a host with a dot");
        scope.notes.add(problem, Spot::Key("link_preview"));
    }
    LinkPreview::Of { url, size: *size, above: *above }
}
