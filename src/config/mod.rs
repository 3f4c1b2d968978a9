//! `tgsync.yaml` and the environment become what the rooms work with: settings of content, a policy per target, git.

mod fill;
mod keys;
mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use globset::GlobBuilder;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::content::{Keys, Overlay, Settings, TargetSettings, slug_from};
use crate::diagnostic::codes::config as codes;
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::{RelPath, TargetName};
use crate::plan::{Guard, Policy};
use crate::yaml::{self, Document, Node, Shape, Tree};

/// The config, every value at its default or as written.
#[derive(Debug, Clone)]
pub struct Config {
    /// The lock, relative to the repository.
    pub lock: RelPath,
    /// `http://` or `https://`, without a slash at the end.
    pub api_url: String,
    pub targets: BTreeMap<TargetName, Target>,
    /// The content folder, time zone and defaults among them.
    pub settings: Settings,
    pub git: GitConfig,
}

/// One chat that posts go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub policy: Policy,
    /// The name of the environment variable that holds the bot's token.
    pub token_env: String,
}

/// How the lock is committed and pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitConfig {
    pub commit: bool,
    pub push: Push,
    pub remote: String,
    /// Refuse to apply content that isn't committed.
    pub require_clean: bool,
}

/// Whether the commit of the lock is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Push {
    /// When the branch has an upstream.
    #[default]
    Auto,
    Always,
    Never,
}

/// A config may have so many bytes.
const MAX_CONFIG: usize = 256 * 1024;

const CONTENT: &str = "content";
const LOCK: &str = "state.lock.json";
const API_URL: &str = "https://api.telegram.org";

/// 7 days.
const MAX_LATE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Reads the config `text` of `file`; `env` gives the values for `${NAME}`. Without a config there is at least one error.
pub fn parse(
    file: &RelPath,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Option<Config>, Vec<Diagnostic>) {
    if text.len() > MAX_CONFIG {
        let message = format!("the config has {} bytes, {MAX_CONFIG} are allowed", text.len());
        let problem = Diagnostic::error(codes::SYNTAX, message).at(Place::file(file));
        return (None, vec![problem.hint("shorten it")]);
    }
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let (document, tree) = match Document::read(file, text, start..text.len(), &keys::DIALECT) {
        Ok(read) => read,
        Err(problem) => return (None, vec![*problem]),
    };
    let filled = fill::filled(&document.root(&tree), env);
    let config = read(&document.root(&filled));
    let problems = document.take_problems();
    let valid = !problems.iter().any(Diagnostic::is_error);
    (config.filter(|_| valid), problems)
}

/// The JSON Schema of the config.
pub fn schema() -> serde_json::Value {
    yaml::schema("tgsync.yaml", keys::TABLES, &["targets"])
}

/// `None` goes with a problem; a problem may also go with a value that does no harm.
fn read(root: &Node<'_>) -> Option<Config> {
    if !matches!(root.tree(), Tree::Map(_) | Tree::Null) {
        root.error(
            codes::WRONG_VALUE,
            "the config should be `key: value` lines",
            "write `targets:` and a target below it",
        );
        return None;
    }
    root.check(&Shape::Keys(keys::TABLES));
    let targets = targets(root);
    let settings = settings(root, &targets);
    let lock = path(root, "lock", LOCK);
    if let (Some(node), Some("")) = (root.get("lock"), lock.as_ref().map(RelPath::as_str)) {
        bad_path(&node, "`lock` should name a file");
    }
    let (api_url, git) = (api_url(root), git(root));
    Some(Config { lock: lock?, api_url, targets, settings: settings?, git })
}

fn targets(root: &Node<'_>) -> BTreeMap<TargetName, Target> {
    let nodes = root.get("targets").map(|targets| targets.entries()).unwrap_or_default();
    let wrong = root.get("targets").is_some_and(|targets| !matches!(targets.tree(), Tree::Map(_)));
    if nodes.is_empty() && !wrong {
        let message = "the config has no target";
        let hint = "add one: `targets: {news: {chat: \"@my_channel\"}}`";
        root.key_error(codes::MISSING_KEY, message, hint);
    }
    let shared = target::Shared { guard: guard(root), max_late: max_late(root), single: nodes.len() == 1 };
    let mut targets = BTreeMap::new();
    for (name, node) in nodes {
        match name.parse::<TargetName>() {
            Ok(name) => {
                let target = target::read(name.clone(), &node, shared);
                targets.insert(name, target);
            }
            Err(error) => {
                let hint = match slug_from(name) {
                    Some(slug) => format!("write `{slug}`"),
                    None => "write lower-case letters, digits and hyphens".to_owned(),
                };
                node.key_error(codes::BAD_NAME, error.to_string(), hint);
            }
        }
    }
    targets
}

fn guard(root: &Node<'_>) -> Guard {
    let default = Guard::default();
    let guard = root.get("guard");
    let limit = |key, default| {
        let limit = guard.as_ref().and_then(|guard| guard.get(key)?.int());
        limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(default)
    };
    Guard {
        max_sends: limit("max_sends", default.max_sends),
        max_deletes: limit("max_deletes", default.max_deletes),
        max_delete_percent: limit("max_delete_percent", default.max_delete_percent),
        max_resends: limit("max_resends", default.max_resends),
    }
}

fn max_late(root: &Node<'_>) -> SignedDuration {
    let Some(node) = root.get("max_late") else {
        return MAX_LATE;
    };
    let Some(text) = node.text() else {
        return MAX_LATE;
    };
    let span = text.trim().parse::<Span>().ok();
    let days = SpanRelativeTo::days_are_24_hours();
    let duration = span.and_then(|span| span.to_duration(days).ok());
    duration.filter(|duration| !duration.is_negative()).unwrap_or_else(|| {
        let message = "`max_late` is not a span of time";
        node.error(codes::BAD_DURATION, message, "write days, hours or minutes: `7d`, `12h`, `1d 6h`");
        MAX_LATE
    })
}

fn settings(root: &Node<'_>, targets: &BTreeMap<TargetName, Target>) -> Option<Settings> {
    let timezone = timezone(root);
    let front_matter = root.get("front_matter");
    let front_matter = |key| front_matter.as_ref().and_then(|node| node.get(key));
    let ignore: Option<Node<'_>> = front_matter("ignore");
    let ignore = ignore.map(|node| ignored(&node)).unwrap_or_default();
    let show = root.get("tags").and_then(|tags| tags.get("show")?.flag());
    let columns = root.get("tables").and_then(|tables| tables.get("columns")?.int());
    let target_settings = |target: &Target| TargetSettings {
        default: target.policy.default,
        topics: target.policy.topics.keys().cloned().collect(),
    };
    Some(Settings {
        defaults: defaults(root, &timezone),
        timezone,
        namespace: front_matter("namespace").and_then(|node| node.text()),
        ignore,
        targets: targets.iter().map(|(name, target)| (name.clone(), target_settings(target))).collect(),
        tags_show: show.unwrap_or(true),
        table_columns: columns.and_then(|columns| usize::try_from(columns).ok()),
        content: path(root, "content", CONTENT)?,
    })
}

/// Keys of other tools. The slug can't be one: without it there is no post.
fn ignored(node: &Node<'_>) -> BTreeSet<String> {
    let names = node.items_or_one();
    for name in names.iter().filter(|name| name.text().as_deref() == Some("slug")) {
        let message = "`front_matter.ignore` names `slug`, which every post needs";
        let hint = "remove it; `front_matter: {namespace: telegram}` keeps our keys apart";
        name.error(codes::WRONG_VALUE, message, hint);
    }
    names.iter().filter_map(Node::text).collect()
}

fn timezone(root: &Node<'_>) -> TimeZone {
    let Some(node) = root.get("timezone") else {
        return TimeZone::UTC;
    };
    let Some(name) = node.text() else {
        return TimeZone::UTC;
    };
    TimeZone::get(&name).unwrap_or_else(|_| {
        let message = "`timezone` is not in the time zone database";
        node.error(codes::BAD_TIMEZONE, message, "write a name such as `Europe/Kyiv` or `UTC`");
        TimeZone::UTC
    })
}

fn defaults(root: &Node<'_>, timezone: &TimeZone) -> Vec<Overlay> {
    let items = root.get("defaults").map(|defaults| defaults.items()).unwrap_or_default();
    let mut overlays = Vec::new();
    for item in items {
        let keys = Keys::read(&item, timezone);
        let Some(pattern) = item.get("match") else {
            let message = format!("`{}` has no `match`", item.name());
            item.error(codes::MISSING_KEY, message, "say which posts: `match: \"2026/**\"`");
            continue;
        };
        let Some(glob) = pattern.text() else { continue };
        match GlobBuilder::new(&glob).literal_separator(true).build() {
            Ok(glob) => overlays.push(Overlay { matcher: glob.compile_matcher(), keys }),
            Err(error) => {
                let message = format!("`{}`: {}", pattern.name(), error.kind());
                pattern.error(codes::BAD_GLOB, message, "write a glob such as `2026/**`");
            }
        }
    }
    overlays
}

fn path(root: &Node<'_>, key: &str, default: &str) -> Option<RelPath> {
    let node = root.get(key);
    let text = node.as_ref().and_then(Node::text);
    let text = text.as_deref().unwrap_or(default);
    let found = if text.contains('\\') { None } else { RelPath::new(Path::new(text)).ok() };
    if let (None, Some(node)) = (&found, &node) {
        bad_path(node, &format!("`{key}` is not a path inside the repository"));
    }
    found
}

fn bad_path(node: &Node<'_>, message: &str) {
    let hint = "write a path relative to the folder of the config, with `/`";
    node.error(codes::BAD_PATH, message, hint);
}

fn api_url(root: &Node<'_>) -> String {
    let Some(node) = root.get("api_url") else {
        return API_URL.to_owned();
    };
    let text = node.text().unwrap_or_default();
    let bare = |url: &url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    if node.text().is_some() && !url::Url::parse(&text).is_ok_and(|url| bare(&url)) {
        let message = "`api_url` is not the bare address of a server";
        let hint =
            format!("write `{API_URL}`, or another http(s) address without user name, query and fragment");
        node.error(codes::BAD_API_URL, message, hint);
    }
    text.trim_end_matches('/').to_owned()
}

fn git(root: &Node<'_>) -> GitConfig {
    let git = root.get("git");
    let value = |key| git.as_ref().and_then(|git| git.get(key));
    let flag = |key| -> Option<bool> { value(key).and_then(|node: Node<'_>| node.flag()) };
    let remote = value("remote").and_then(|node| {
        let name = node.text()?;
        if name.is_empty() || name.starts_with('-') || name.contains(char::is_whitespace) {
            let message = "`git.remote` is not the name of a remote";
            node.error(codes::WRONG_VALUE, message, "write a name that `git remote` lists");
        }
        Some(name)
    });
    GitConfig {
        commit: flag("commit").unwrap_or(true),
        push: match flag("push") {
            Some(true) => Push::Always,
            Some(false) => Push::Never,
            None => Push::Auto,
        },
        remote: remote.unwrap_or_else(|| "origin".to_owned()),
        require_clean: flag("require_clean").unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Format;
    use crate::diagnostic::Code;
    use crate::ids::ChatRef;
    use crate::ids::{ChatId, TopicId};
    use crate::plan::{OnMissing, OnUndeletable};

    fn file() -> RelPath {
        RelPath::new(Path::new("tgsync.yaml")).unwrap()
    }

    fn env(name: &str) -> Option<String> {
        match name {
            "CHAT" => Some("-1001234567890".to_owned()),
            "DIR" => Some("posts".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn good(yaml: &str) -> Config {
        let (config, problems) = parse(&file(), yaml, &env);
        assert_eq!(problems, [], "{yaml}");
        config.unwrap()
    }

    fn codes_of(yaml: &str) -> Vec<Code> {
        let (config, problems) = parse(&file(), yaml, &env);
        assert_eq!(config.is_none(), !problems.is_empty(), "{yaml}");
        assert!(problems.iter().all(|problem| problem.hint.is_some()), "{yaml}");
        problems.iter().map(|problem| problem.code).collect()
    }

    fn target<'c>(config: &'c Config, name: &str) -> &'c Target {
        &config.targets[&name.parse::<TargetName>().unwrap()]
    }

    #[test]
    fn everything_but_targets_has_a_default() {
        let config = good("\u{feff}targets:\r\n  news:\r\n    chat: \"@my_channel\"\r\n");
        assert_eq!(config.settings.content.as_str(), "content");
        assert_eq!(config.lock.as_str(), "state.lock.json");
        assert_eq!(config.api_url, "https://api.telegram.org");
        assert_eq!(config.settings.timezone, TimeZone::UTC);
        assert!(config.settings.tags_show);
        assert_eq!(config.settings.table_columns, None);
        let git =
            GitConfig { commit: true, push: Push::Auto, remote: "origin".to_owned(), require_clean: false };
        assert_eq!(config.git, git);
        let news = Target {
            policy: Policy {
                target: "news".parse().unwrap(),
                format: Format::Html,
                chat: Some(ChatRef::Username("@my_channel".to_owned())),
                prune: false,
                on_missing: OnMissing::Restore,
                on_undeletable: OnUndeletable::Tombstone,
                tombstone_text: "This post was removed.".to_owned(),
                topics: BTreeMap::new(),
                silent: false,
                protect_content: false,
                default: true,
                guard: Guard::default(),
                max_late: SignedDuration::from_hours(168),
            },
            token_env: "TELEGRAM_BOT_TOKEN".to_owned(),
        };
        assert_eq!(*target(&config, "news"), news);
    }

    #[test]
    fn every_key_has_its_value() {
        let config = good(
            r#"
content: ./${DIR}/telegram
lock: state/lock.json
api_url: http://127.0.0.1:8081/
targets:
  news: {chat: "@a_b_c", token_env: NEWS_TOKEN, format: html, prune: true, on_missing: forget, on_drift: overwrite,
         on_undeletable: keep, tombstone_text: Gone., foreign: ignore, scratch_chat: null, topics: {releases: 12},
         silent: true, protect_content: true, default: true}
  chat: {chat: "${CHAT}"}
  same: {chat: -1001234567890}
  unset: {chat: "${NOT_SET}"}
  empty: {chat: "${EMPTY}"}
defaults: [{match: "2026/*.md", silent: true, overflow: error}]
front_matter: {namespace: telegram, ignore: [aliases, categories]}
tags: {show: false}
tables: {columns: 30}
timezone: Europe/Kyiv
max_late: 1d 6h
guard: {max_sends: 1, max_deletes: 2, max_delete_percent: 3, max_resends: 4}
git: {commit: false, push: false, remote: upstream, require_clean: true, journal: local}
"#,
        );
        assert_eq!(config.settings.content.as_str(), "posts/telegram");
        assert_eq!(config.api_url, "http://127.0.0.1:8081");
        let news = target(&config, "news");
        assert_eq!(news.token_env, "NEWS_TOKEN");
        let policy = &news.policy;
        assert!(policy.prune && policy.silent && policy.protect_content && policy.default);
        assert_eq!(policy.topics, BTreeMap::from([("releases".to_owned(), TopicId(12))]));
        assert_eq!((policy.on_missing, policy.on_undeletable), (OnMissing::Forget, OnUndeletable::Keep));
        assert_eq!(policy.guard.max_delete_percent, 3);
        assert_eq!(policy.max_late, SignedDuration::from_hours(30));
        let id = Some(ChatRef::Id(ChatId(-1_001_234_567_890)));
        let chats = ["chat", "same", "unset", "empty"].map(|name| target(&config, name).policy.chat.clone());
        assert_eq!(chats, [id.clone(), id, None, None]);
        assert!(!target(&config, "chat").policy.default);
        let settings = &config.settings;
        assert_eq!(settings.namespace.as_deref(), Some("telegram"));
        assert_eq!(settings.ignore.len(), 2);
        assert_eq!((settings.tags_show, settings.table_columns), (false, Some(30)));
        assert_eq!(settings.timezone.iana_name(), Some("Europe/Kyiv"));
        assert!(settings.defaults[0].matcher.is_match("2026/a.md"));
        assert!(!settings.defaults[0].matcher.is_match("2026/deep/a.md"));
        assert_eq!(settings.defaults[0].keys.silent, Some(true));
        assert_eq!((config.git.push, config.git.commit), (Push::Never, false));
    }

    const PROBLEMS: &[(&str, &[Code])] = &[
        ("", &[codes::MISSING_KEY]),
        ("targets:", &[codes::MISSING_KEY]),
        ("targets: {}", &[codes::MISSING_KEY]),
        ("targets: []", &[codes::WRONG_VALUE]),
        ("targets: {a: x}", &[codes::WRONG_VALUE]),
        ("targets: {a: {}}", &[codes::MISSING_KEY]),
        ("targets: {a: }", &[codes::MISSING_KEY]),
        ("- a", &[codes::WRONG_VALUE]),
        ("a: [", &[codes::SYNTAX]),
        ("--- a\n--- b", &[codes::SYNTAX]),
        ("targets: {A: {chat: '@abcd'}}", &[codes::BAD_NAME]),
        ("targets: {a: {chat: '${'}}", &[codes::VARIABLE]),
        ("targets: {a: {chat: '${1}'}}", &[codes::VARIABLE]),
        ("targets: {a: {chat: '@abcd', chat: '@abcd'}}", &[codes::DUPLICATE_KEY]),
        ("targets: {a: {chat: '@abcd', pruen: true}}", &[codes::UNKNOWN_KEY]),
        ("targets: {a: {chat: '@abcd', tombstone_text: ' '}}", &[codes::WRONG_VALUE]),
        ("targets: {a: {chat: '@abcd', bot_token: x}}", &[codes::SECRET]),
        ("targets: {a: {chat: '@abcd', approval: none}}", &[codes::UNSUPPORTED]),
        ("targets: {a: {chat: '@abcd'}}\nfront_matter: {namespace: [a]}", &[codes::WRONG_VALUE]),
        ("targets: {a: {chat: '@abcd'}}\ntables: {columns: wide}", &[codes::WRONG_VALUE]),
        ("targets: {a: {chat: '@abcd'}}\ncontent: /etc", &[codes::BAD_PATH]),
        ("targets: {a: {chat: '@abcd'}}\ncontent: a/../../b", &[codes::BAD_PATH]),
        ("targets: {a: {chat: '@abcd'}}\ncontent: 'a\\b'", &[codes::BAD_PATH]),
        ("targets: {a: {chat: '@abcd'}}\nlock: .", &[codes::BAD_PATH]),
        ("targets: {a: {chat: '@abcd'}}\nlock: '${NOT_SET}'", &[codes::VARIABLE]),
        ("targets: {a: {chat: '@abcd'}}\napi_url: ftp://x", &[codes::BAD_API_URL]),
        ("targets: {a: {chat: '@abcd'}}\napi_url: https://u:p@x", &[codes::BAD_API_URL]),
        ("targets: {a: {chat: '@abcd'}}\nmax_late: -1d", &[codes::BAD_DURATION]),
        ("targets: {a: {chat: '@abcd'}}\nmax_late: 7", &[codes::BAD_DURATION]),
        ("targets: {a: {chat: '@abcd'}}\ngit: {remote: --x}", &[codes::WRONG_VALUE]),
        ("targets: {a: {chat: '@abcd'}}\ngit: {push: maybe}", &[codes::WRONG_VALUE]),
        ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '*', media: x}]", &[codes::UNSUPPORTED]),
        ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '*', mtach: x}]", &[codes::UNKNOWN_KEY]),
        ("targets: {a: {chat: '@abcd'}}\ndefaults: [{match: '{'}]", &[codes::BAD_GLOB]),
    ];

    #[test]
    fn each_problem_has_its_code() {
        for (yaml, codes) in PROBLEMS {
            assert_eq!(codes_of(yaml), *codes, "{yaml}");
        }
        let large = "#".repeat(MAX_CONFIG + 1);
        assert_eq!(codes_of(&large), [codes::SYNTAX]);
    }

    #[test]
    fn chats_are_ids_or_usernames_and_links_are_respelled() {
        for (chat, hint) in [
            ("@abc", "a username has 4 to 32"),
            ("'@my-channel'", "a username has 4 to 32"),
            ("my_channel", "write `\"@my_channel\"`"),
            ("https://t.me/my_channel", "write `\"@my_channel\"`"),
            ("t.me/my_channel/12", "write `\"@my_channel\"`"),
            ("https://t.me/s/my_channel", "write `\"@my_channel\"`"),
            ("https://t.me/c/1234567890/5", "write the id: `-1001234567890`"),
            ("https://t.me/+AbCdEf", "an invite link"),
            ("https://t.me/joinchat/AbCdEf", "an invite link"),
            ("1234567890", "the id of a channel or supergroup begins with -100: `-1001234567890`"),
            ("0", "the id of a channel or supergroup begins with -100"),
            ("News", "write `\"@News\"`"),
            ("a b", "write `\"@my_channel\"`"),
        ] {
            let chat = chat.trim_matches('\'');
            let (config, problems) = parse(&file(), &format!("targets: {{a: {{chat: '{chat}'}}}}"), &env);
            assert!(config.is_none());
            assert_eq!(problems[0].code, codes::BAD_CHAT, "{chat}");
            let said = problems[0].hint.as_deref().unwrap();
            assert!(said.starts_with(hint), "{chat}: {said}");
        }
    }

    #[test]
    fn the_schema_agrees_with_the_reader() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let valid = |yaml: &str| validator.is_valid(&serde_yaml::from_str(yaml).unwrap());
        let yaml = "targets: {a: {chat: -1001234567890, scratch_chat: null, topics: {x: 1}}}\ngit: {push: auto}\ndefaults: [{match: '*', pin: true}]";
        assert!(valid(yaml));
        good(yaml);
        for bad in [
            "content: x",
            "targets: {a: {chat: x, nope: 1}}",
            "targets: {a: {chat: x}}\nmirror: {}",
            "targets: []",
        ] {
            assert!(!valid(bad), "{bad}");
        }
    }
}
