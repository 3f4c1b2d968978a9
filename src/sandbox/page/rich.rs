//! The blocks of a rich message as HTML: read from the JSON that clients get.

use serde_json::Value;

use super::{escaped, link};
use crate::sandbox::media::Library;

/// Fields that hold what is to be seen, in their order.
const INNER: [&str; 9] =
    ["summary", "expression", "alternative_text", "text", "items", "blocks", "buttons", "caption", "credit"];

/// Blocks, a text or a part of them.
pub(super) fn html(value: &Value, files: &Library) -> String {
    match value {
        Value::String(text) => escaped(text),
        Value::Array(parts) => parts.iter().map(|part| html(part, files)).collect(),
        Value::Object(_) => element(value, files),
        _ => String::new(),
    }
}

fn element(value: &Value, files: &Library) -> String {
    let kind = value["type"].as_str().unwrap_or_default();
    let inner: String = INNER.iter().map(|name| html(&value[*name], files)).collect();
    let tag = match kind {
        "" if value["label"].is_string() => "li",
        "paragraph" => "p",
        "heading" => return heading(value, &inner),
        "divider" => return "<hr>".into(),
        "url" => {
            let tag = link(value["url"].as_str().unwrap_or_default());
            return tag.map_or(inner.clone(), |tag| format!("{tag}{inner}</a>"));
        }
        "table" => return table(value, &inner, files),
        "photo" | "video" | "animation" | "audio" | "document" | "voice_note" => {
            return format!(
                "<figure>{}<figcaption>{inner}</figcaption></figure>",
                file(&value[kind], kind, files)
            );
        }
        "list" => "ul",
        "pre" | "mathematical_expression" if value["expression"].is_null() => "pre",
        "blockquote" | "expandable_blockquote" | "pullquote" => "blockquote",
        "details" => "details",
        "footer" => "small",
        "bold" => "b",
        "italic" => "i",
        "underline" => "u",
        "strikethrough" => "s",
        "code" | "mathematical_expression" => "code",
        "marked" => "mark",
        "subscript" => "sub",
        "superscript" => "sup",
        _ => return inner,
    };
    format!("<{tag}>{inner}</{tag}>")
}

fn heading(value: &Value, inner: &str) -> String {
    let size = value["size"].as_u64().filter(|size| (1..=6).contains(size)).unwrap_or(6);
    format!("<h{size}>{inner}</h{size}>")
}

fn table(value: &Value, caption: &str, files: &Library) -> String {
    let rows = value["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut table = String::new();
    for row in rows.iter().filter_map(Value::as_array) {
        table.push_str("<tr>");
        for cell in row {
            let tag = if cell["is_header"] == true { "th" } else { "td" };
            table.extend(["<", tag, ">", &html(&cell["text"], files), "</", tag, ">"]);
        }
        table.push_str("</tr>");
    }
    format!("<table><caption>{caption}</caption>{table}</table>")
}

/// A file; one that was named by an address is only named here.
fn file(value: &Value, kind: &str, files: &Library) -> String {
    let largest = value.as_array().and_then(|sizes| sizes.last()).unwrap_or(value);
    let path = largest["file_id"].as_str().and_then(|id| files.path_of_inner(id));
    match path {
        Some(path) if kind == "photo" => format!("<img src=\"/_sandbox/files/{}\" alt=\"\">", escaped(&path)),
        Some(path) => format!("<a href=\"/_sandbox/files/{}\">{kind}</a>", escaped(&path)),
        None => format!("[{kind}]"),
    }
}
