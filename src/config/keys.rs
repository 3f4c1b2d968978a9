//! The keys of `tgsync.yaml`: one table for reading, "did you mean" and the JSON Schema.

use crate::content::SHARED_KEYS;
use crate::diagnostic::codes::config as codes;
use crate::yaml::{Dialect, Key, Shape, key};

pub(super) const TABLES: &[&[Key]] = &[CONFIG];

const CONFIG: &[Key] = &[
    key("content", Shape::Text, "Folder of the posts. Default: content."),
    key("lock", Shape::Text, "The lock file. Default: state.lock.json."),
    key("api_url", Shape::Text, "Address of the Bot API server. Default: https://api.telegram.org."),
    key("targets", Shape::Table(&Shape::Keys(&[TARGET])), "The chats that posts go to, by name."),
    key(
        "defaults",
        Shape::List(&Shape::Keys(&[MATCH, SHARED_KEYS])),
        "Front matter for all posts whose path matches, in order.",
    ),
    key("front_matter", Shape::Keys(&[FRONT_MATTER]), "How front matter is shared with other tools."),
    key("tags", Shape::Keys(&[TAGS]), "How tags are shown."),
    key("tables", Shape::Keys(&[TABLE_WIDTH]), "How tables are shown."),
    key("timezone", Shape::Text, "IANA time zone of dates without an offset. Default: UTC."),
    key("max_late", Shape::Text, "A publish_at missed by more is held and reported. Default: 7d."),
    key("guard", Shape::Keys(&[GUARD]), "How much a plan may change before it needs a word more."),
    key("mirror", Shape::Keys(&[MIRROR]), "Media folders are copied to an object store."),
    key("git", Shape::Keys(&[GIT]), "How the lock is committed and pushed."),
    key("patience", Shape::Keys(&[PATIENCE]), "How long things may take before they count as over."),
];

const TARGET: &[Key] = &[
    key("chat", Shape::Text, "@username of a channel or group, or its -100… id."),
    key(
        "token_env",
        Shape::Text,
        "Name of the environment variable that holds the bot token. Default: TELEGRAM_BOT_TOKEN.",
    ),
    key(
        "format",
        Shape::Choice(&["html", "rich"]),
        "html: classic messages. rich: rich messages. Default: html.",
    ),
    key("prune", Shape::Flag, "As if every run had --prune. Default: false."),
    key(
        "on_missing",
        Shape::Choice(&["restore", "report", "forget"]),
        "When somebody deleted a message in Telegram. Default: restore.",
    ),
    key(
        "on_drift",
        Shape::Choice(&["overwrite", "keep", "fail"]),
        "When somebody edited a message in Telegram. Default: overwrite.",
    ),
    key(
        "on_undeletable",
        Shape::Choice(&["tombstone", "keep"]),
        "When a message is too old to be deleted. Default: tombstone.",
    ),
    key("tombstone_text", Shape::Text, "What a tombstone says. Default: This post was removed."),
    key(
        "approval",
        Shape::Choice(&["auto", "plan", "none"]),
        "What the Action applies: what pull requests or pushes approved, pull requests alone, anything. Default: auto.",
    ),
    key(
        "require_review",
        Shape::Flag,
        "A pull request approves only with an approving review of what was merged. Default: false.",
    ),
    key(
        "foreign",
        Shape::Choice(&["ignore", "report", "delete"]),
        "Posts of others in the channel, as far as `verify` and `--refresh` see them. Default: ignore.",
    ),
    key(
        "scratch_chat",
        Shape::Text,
        "Id of a chat that nobody minds, through which posts are read back: a person's own chat with the bot will do.",
    ),
    key(
        "topics",
        Shape::Table(&Shape::Whole { min: 1, max: i32::MAX as i64 }),
        "Ids of forum topics, by name.",
    ),
    key("silent", Shape::Flag, "Send without a sound unless a post says otherwise. Default: false."),
    key(
        "protect_content",
        Shape::Flag,
        "Forbid forwarding and saving unless a post says otherwise. Default: false.",
    ),
    key("default", Shape::Flag, "Posts without targets go here; a single target is the default anyway."),
];

const MATCH: &[Key] = &[key("match", Shape::Text, "Glob of paths relative to the content folder.")];

const FRONT_MATTER: &[Key] = &[
    key("namespace", Shape::Text, "Our keys stand below this key; everything else is left alone."),
    key("ignore", Shape::Either(&[Shape::Text, Shape::List(&Shape::Text)]), "Keys of other tools to skip."),
];

const TAGS: &[Key] = &[key("show", Shape::Flag, "Render tags as hashtags on the last line. Default: true.")];

const TABLE_WIDTH: &[Key] = &[key(
    "columns",
    Shape::Whole { min: 0, max: 200 },
    "A wider table is a list of its rows; 0: every table. Default: 44.",
)];

const COUNT: Shape = Shape::Whole { min: 0, max: 1_000_000 };

const GUARD: &[Key] = &[
    key("max_sends", COUNT, "Default: 10."),
    key("max_deletes", COUNT, "Default: 10."),
    key(
        "max_delete_percent",
        Shape::Whole { min: 0, max: 100 },
        "Of the published posts, from ten up. Default: 30.",
    ),
    key("max_resends", COUNT, "Default: 3."),
];

const MIRROR: &[Key] = &[
    key("endpoint", Shape::Text, "Address of the object store: scheme, host and port. MINIO_ENDPOINT wins."),
    key("folder", Shape::Text, "A local folder instead of a bucket. Default: mirror."),
    key("bucket", Shape::Text, "Default: media."),
    key("prefix", Shape::Text, "Before the key of every object of a post."),
    key("region", Shape::Text, "Default: us-east-1."),
    key("public_url", Shape::Text, "Where objects are to be had; keys are put behind it."),
    key("prune", Shape::Flag, "Remove objects whose file is gone. Default: false."),
    key("sources", Shape::List(&Shape::Keys(&[SOURCE])), "Extra folders, each with a prefix of its own."),
    key("on_uploaded", Shape::Text, "A command or an http(s) address that is told of new objects."),
];

const SOURCE: &[Key] = &[
    key("path", Shape::Text, "The folder; it may lie outside the repository."),
    key("prefix", Shape::Text, "Before the keys of its files."),
];

const GIT: &[Key] = &[
    key("commit", Shape::Flag, "Commit the lock after an apply. Default: true."),
    key(
        "push",
        Shape::Either(&[Shape::Flag, Shape::Choice(&["auto"])]),
        "auto: when the branch has an upstream. Default: auto.",
    ),
    key("remote", Shape::Text, "The remote to push to. Default: origin."),
    key("require_clean", Shape::Flag, "Refuse to apply uncommitted content. Default: false."),
    key(
        "journal",
        Shape::Choice(&["auto", "local", "git"]),
        "Where the journal is. auto: as the lock says, else in git in CI and here elsewhere. Default: auto.",
    ),
    key(
        "batch",
        Shape::Whole { min: 1, max: 4 },
        "How many sends are announced with one push of a journal in git. Default: 1.",
    ),
];

const PATIENCE: &[Key] = &[
    key("call", Shape::Text, "How long one call takes at most. Default: 90s and with files 10m."),
    key(
        "late",
        Shape::Text,
        "How long after its end it may still have an effect. Default: 2m and with files 15m.",
    ),
    key(
        "lease",
        Shape::Text,
        "How long a run that gives no sign of life keeps a journal in git. Default: 15m.",
    ),
];

/// What problems of the config are called.
pub(super) const DIALECT: Dialect = Dialect {
    syntax: codes::SYNTAX,
    duplicate_key: codes::DUPLICATE_KEY,
    unknown_key: codes::UNKNOWN_KEY,
    wrong_value: codes::WRONG_VALUE,
    unknown_key_hint,
};

fn unknown_key_hint(name: &str) -> String {
    match name {
        "slug" | "renamed_from" => format!("`{name}` belongs to one post: write it there"),
        _ => "remove it; `tgsync schema config` lists the keys".to_owned(),
    }
}
