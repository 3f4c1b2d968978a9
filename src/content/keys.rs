//! The keys of front matter: one table for reading, "did you mean", `defaults:` of the config and the JSON Schema.

use crate::diagnostic::codes::front_matter as codes;
use crate::yaml::{self, Dialect, Key, Shape, key};

/// Keys that belong to one post and can't be a default.
pub const IDENTITY_KEYS: &[Key] = &[
    key(
        "slug",
        Shape::Text,
        "The identity of the post: a-z, 0-9 and -, at most 80 characters, unique in the repository.",
    ),
    key(
        "renamed_from",
        Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
        "Old slugs of this post: the record moves, nothing is sent.",
    ),
    key(
        "media",
        Shape::Either(&[
            Shape::Text,
            Shape::List(&Shape::Either(&[Shape::Text, Shape::Keys(&[ATTACHMENT_KEYS])])),
        ]),
        "Files of the media folder to send, in order: names, or {file, kind, spoiler, caption, thumbnail}. Default: the pictures of the body.",
    ),
];

/// Keys that a post and a `defaults:` entry of the config may hold.
pub const SHARED_KEYS: &[Key] = &[
    key("title", Shape::Text, "For people: plan and preview show it; it is not sent."),
    key(
        "targets",
        Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
        "Names of targets in the config. Default: the config's default targets.",
    ),
    key("date", Shape::Text, "Order of sending among new posts. It never delays."),
    key(
        "status",
        Shape::Choice(&["published", "draft", "archived"]),
        "draft: never sent. archived: removed from the channel. Default: published.",
    ),
    key("publish_at", Shape::Text, "Date-time before which the post is not sent."),
    key("expires_at", Shape::Text, "Date-time after which the post is removed."),
    key(
        "format",
        Shape::Choice(&["html", "rich"]),
        "html: a classic message. rich: a rich message. Default: the target's.",
    ),
    key("media_dir", Shape::Text, "Folder of the post's media, relative to its file."),
    key(
        "caption_position",
        Shape::Choice(&["below", "above"]),
        "Where the text of a photo, video or animation stands. Default: below.",
    ),
    key(
        "overflow",
        Shape::Choice(&["split", "error"]),
        "What becomes of a text that is too long for one message: several messages, or an error. Default: split.",
    ),
    key(
        "buttons",
        Shape::List(&Shape::Either(&[
            Shape::List(&Shape::Keys(&[BUTTON_KEYS])),
            Shape::Keys(&[BUTTON_KEYS]),
        ])),
        "Rows of buttons: a list of lists of {text, url}.",
    ),
    key(
        "link_preview",
        Shape::Either(&[Shape::Flag, Shape::Keys(&[PREVIEW_KEYS])]),
        "false: no preview. Or {url, size, above}. Default: Telegram's choice.",
    ),
    key("silent", Shape::Flag, "Send without a sound. Default: the target's."),
    key("protect_content", Shape::Flag, "Forbid forwarding and saving. Default: the target's."),
    key("pin", Shape::Flag, "Keep this post pinned. Default: false."),
    key(
        "topic",
        Shape::Either(&[Shape::Whole { min: 1, max: i32::MAX as i64 }, Shape::Text]),
        "Name of a forum topic in the config, or its id.",
    ),
    key("reply_to", Shape::Text, "Slug of the post that this one replies to."),
    key(
        "tags",
        Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]),
        "Hashtags of the last line, without #.",
    ),
    key("keep", Shape::Flag, "Never prune or replace this post. Default: false."),
    key(
        "on_drift",
        Shape::Choice(&["overwrite", "keep", "fail"]),
        "When somebody edited its message in Telegram. Default: the target's.",
    ),
];

const ATTACHMENT_KEYS: &[Key] = &[
    key(
        "file",
        Shape::Text,
        "Name of the file in the media folder, or its path relative to the post's file.",
    ),
    key(
        "kind",
        Shape::Choice(&["photo", "video", "animation", "audio", "document", "voice"]),
        "What it is sent as. Default: by the ending of its name.",
    ),
    key("spoiler", Shape::Flag, "Cover it until it is tapped. Default: false."),
    key("caption", Shape::Text, "Markdown that belongs to this file alone."),
    key("thumbnail", Shape::Text, "A JPEG of at most 320 × 320 that stands for it."),
];

const BUTTON_KEYS: &[Key] = &[
    key("text", Shape::Text, "What the button says."),
    key(
        "url",
        Shape::Text,
        "https://, http:// or tg:// address, post:slug, or a relative path to a post's .md file.",
    ),
];

const PREVIEW_KEYS: &[Key] = &[
    key("url", Shape::Text, "Address to preview. Default: the first link."),
    key("size", Shape::Choice(&["small", "large"]), "Size of the picture."),
    key("above", Shape::Flag, "Show the preview above the text. Default: false."),
];

/// All keys of front matter.
pub(super) const TABLES: &[&[Key]] = &[IDENTITY_KEYS, SHARED_KEYS];

/// The JSON Schema of front matter.
pub fn schema() -> serde_json::Value {
    yaml::schema("tgsync front matter", TABLES, &["slug"])
}

/// What problems of front matter are called.
pub(super) const DIALECT: Dialect = Dialect {
    syntax: codes::SYNTAX,
    duplicate_key: codes::DUPLICATE_KEY,
    unknown_key: codes::UNKNOWN_KEY,
    wrong_value: codes::WRONG_VALUE,
    unknown_key_hint,
};

fn unknown_key_hint(name: &str) -> String {
    match name {
        "draft" => "write `status: draft` for `draft: true`, and remove `draft: false`".to_owned(),
        "publishDate" | "publish_date" => "write `publish_at`".to_owned(),
        "expiryDate" | "expiry_date" => "write `expires_at`".to_owned(),
        _ => format!(
            "remove it, or skip it in every post with `front_matter: {{ignore: [{name}]}}` in `tgsync.yaml`"
        ),
    }
}
