//! `GET /CHAT`: a chat as a web page, for people. What apps make of a message is only hinted at.

mod rich;
mod text;

use serde_json::{Value, json};

use super::media::{Kind, Library};
use super::methods;
use super::world::{Chat, Content, Medium, Message, World};

const STYLE: &str = "body{background:#dfe6ea;font:16px/1.4 sans-serif;margin:0 auto;max-width:40em;padding:1em}\
article{background:#fff;border-radius:.7em;margin:.7em 0;padding:.7em}\
.album{display:grid;gap:.3em;grid-template-columns:1fr 1fr}\
img,video{border-radius:.4em;max-width:100%}\
.text{overflow-wrap:anywhere;white-space:pre-wrap}\
.spoiler{background:#999;color:#999}.spoiler:hover{background:none;color:inherit}\
summary,footer,.buttons{color:#567}pre{background:#eef;overflow:auto;padding:.4em}\
td,th{border:1px solid #ccc;padding:.2em .5em}.buttons span{background:#e8eef2;border-radius:.4em;margin:.2em;padding:.2em .7em}";

/// The page of the chat that a path names: `/sandbox`, `/@sandbox` or `/-100…`. `None` when there is no such chat.
pub(super) fn of(world: &World, path: &str) -> Option<String> {
    let name = path.strip_prefix('/')?;
    let chat = methods::resolve(world, name).or_else(|| methods::resolve(world, &format!("@{name}")))?;
    let title = escaped(&chat.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    );
    let messages: Vec<&Message> = chat.messages.values().filter(|m| !m.content.is_service()).collect();
    let is_together = |a: &&Message, b: &&Message| a.album.is_some() && a.album == b.album;
    for group in messages.chunk_by(is_together) {
        page.push_str(&article(&world.files, chat, group));
    }
    Some(page)
}

/// A message, or the messages of an album.
fn article(files: &Library, chat: &Chat, group: &[&Message]) -> String {
    let first = group[0];
    let shown: String = group.iter().map(|message| content(files, &message.content)).collect();
    let shown = if group.len() > 1 { format!("<div class=\"album\">{shown}</div>") } else { shown };
    let buttons = first.keyboard.as_ref().map(|keyboard| buttons(&keyboard.to_json())).unwrap_or_default();
    let pin = if chat.pinned.contains(&first.id) { " · pinned" } else { "" };
    let edited = if group.iter().any(|message| message.edit_date.is_some()) { " · edited" } else { "" };
    let id = first.id;
    format!("<article id=\"{id}\">{shown}{buttons}<footer>{id}{edited}{pin}</footer></article>\n")
}

fn content(files: &Library, content: &Content) -> String {
    match content {
        Content::Text { text, .. } => format!("<div class=\"text\">{}</div>", text::html(text)),
        Content::Rich(message) => rich::html(&json!(message)["blocks"], files),
        Content::Media(medium) => captioned(files, medium),
        _ => String::new(),
    }
}

fn captioned(files: &Library, medium: &Medium) -> String {
    let file = shown(files, medium);
    let file = if medium.has_spoiler {
        format!("<details><summary>spoiler</summary>{file}</details>")
    } else {
        file
    };
    let caption = match medium.caption.text.as_str() {
        "" => String::new(),
        _ => format!("<div class=\"text\">{}</div>", text::html(&medium.caption)),
    };
    if medium.is_below_caption {
        format!("<div>{caption}{file}</div>")
    } else {
        format!("<div>{file}{caption}</div>")
    }
}

fn shown(files: &Library, medium: &Medium) -> String {
    let asset = &medium.asset;
    let Some(path) = files.path_of(asset) else {
        return String::new();
    };
    let address = format!("/_sandbox/files/{}", escaped(&path));
    let is_picture = asset.kind == Kind::Photo || asset.mime.starts_with("image/");
    match asset.kind {
        _ if is_picture && asset.kind != Kind::Document => format!("<img src=\"{address}\" alt=\"\">"),
        Kind::Video | Kind::Animation => format!("<video src=\"{address}\" controls></video>"),
        kind => {
            let name = if asset.name.is_empty() { kind.name() } else { &asset.name };
            format!("<a href=\"{address}\">{}</a> ({} bytes)", escaped(name), asset.size)
        }
    }
}

fn buttons(keyboard: &Value) -> String {
    let rows = keyboard["inline_keyboard"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows = rows.iter().filter_map(Value::as_array).map(|row| {
        let row = row
            .iter()
            .map(|button| format!("<span>{}</span>", escaped(button["text"].as_str().unwrap_or_default())));
        format!("<div class=\"buttons\">{}</div>", row.collect::<String>())
    });
    rows.collect()
}

/// Text that is nothing but text, also inside quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// The tag of a link, if it leads into the web or into Telegram.
fn link(address: &str) -> Option<String> {
    let lower = address.to_ascii_lowercase();
    let known = ["http://", "https://", "tg://", "mailto:", "tel:"];
    let is_known = known.iter().any(|scheme| lower.starts_with(scheme));
    is_known.then(|| format!("<a href=\"{}\">", escaped(address)))
}
