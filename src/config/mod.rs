//! `tgsync.yaml` and the environment become what the rooms work with: settings of content, a policy per target, git.

mod fill;
mod keys;
mod mirror;
mod target;

pub use mirror::is_bare;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use globset::GlobBuilder;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::content::{Keys, Overlay, Settings, TargetSettings, slug_from};
use crate::diagnostic::codes::config as codes;
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::{RelPath, TargetName};
use crate::lease::Terms;
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
    pub patience: Patience,
    /// `None`: nothing is mirrored.
    pub mirror: Option<crate::mirror::Settings>,
}

/// One chat that posts go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub policy: Policy,
    /// The name of the environment variable that holds the bot's token.
    pub token_env: String,
    pub approval: Approval,
    /// A pull request approves only with an approving review of its last commit.
    pub require_review: bool,
}

/// What an apply in GitHub Actions takes for approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Approval {
    /// What a merged pull request showed; what was last touched by a direct push.
    #[default]
    Auto,
    /// What a merged pull request showed.
    Plan,
    /// Whatever the branch says.
    None,
}

/// How the lock is committed and pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitConfig {
    pub commit: bool,
    pub push: Push,
    pub remote: String,
    /// Refuse to apply content that isn't committed.
    pub require_clean: bool,
    pub journal: Journal,
    /// How many sends one push of a journal in git announces.
    pub batch: usize,
}

/// Where the journal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Journal {
    /// Where the lock says; else in git in CI, and in the checkout elsewhere.
    #[default]
    Auto,
    Local,
    Git,
}

/// How long things may take, where the config says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Patience {
    pub call: Option<Duration>,
    pub late: Option<Duration>,
    pub lease: Option<Duration>,
}

impl Patience {
    /// For calls that carry files, or none that does.
    pub fn terms(&self, files: bool) -> Terms {
        let usual = if files { Terms::MEDIA } else { Terms::TEXT };
        Terms {
            ttl: self.lease.unwrap_or(usual.ttl),
            call: self.call.unwrap_or(usual.call),
            late: self.late.unwrap_or(usual.late),
        }
    }
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

/// A span of patience is at least and at most so long.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(24);

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
    let config = read(&document.root(&filled), env);
    let problems = document.take_problems();
    let valid = !problems.iter().any(Diagnostic::is_error);
    (config.filter(|_| valid), problems)
}

/// The JSON Schema of the config.
pub fn schema() -> serde_json::Value {
    yaml::schema("tgsync.yaml", keys::TABLES, &["targets"])
}

/// `None` goes with a problem; a problem may also go with a value that does no harm.
fn read(root: &Node<'_>, env: &dyn Fn(&str) -> Option<String>) -> Option<Config> {
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
    let (api_url, git, patience) = (api_url(root), git(root), patience(root));
    let settings = settings?;
    let section = root.get("mirror").filter(|node| matches!(node.tree(), Tree::Map(_)));
    // The variable is looked at by the command, which can say what is wrong with it.
    let endpoint = env("MINIO_ENDPOINT").filter(|url| mirror::is_bare(url));
    let mirror = section.map(|node| mirror::read(&node, &settings.content, endpoint));
    Some(Config { lock: lock?, api_url, targets, settings, git, patience, mirror })
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
    span(&text).unwrap_or_else(|| {
        let message = "`max_late` is not a span of time";
        node.error(codes::BAD_DURATION, message, "write days, hours or minutes: `7d`, `12h`, `1d 6h`");
        MAX_LATE
    })
}

fn span(text: &str) -> Option<SignedDuration> {
    let span = text.trim().parse::<Span>().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative()).then_some(duration)
}

fn patience(root: &Node<'_>) -> Patience {
    let section = root.get("patience");
    let time = |key: &str| {
        let node: Node<'_> = section.as_ref()?.get(key)?;
        let time = span(&node.text()?).and_then(|time| Duration::try_from(time).ok());
        let fits = time.filter(|time| (SHORTEST..=LONGEST).contains(time));
        if fits.is_none() {
            let message = format!("`{}` is not a span of time from 1 second to 1 day", node.name());
            node.error(codes::BAD_DURATION, message, "write seconds, minutes or hours: `90s`, `15m`, `1h`");
        }
        fits
    };
    let patience = Patience { call: time("call"), late: time("late"), lease: time("lease") };
    for files in [false, true] {
        let terms = patience.terms(files);
        if let Some(node) = section.as_ref().filter(|_| terms.ttl < terms.call * 3 / 2) {
            let message = "`patience.lease` is shorter than one and a half calls";
            let call = terms.call.as_secs();
            node.error(
                codes::BAD_DURATION,
                message,
                format!(
                    "a call with {} takes up to {call} s: make the lease longer, or `patience.call` shorter",
                    if files { "files" } else { "text" }
                ),
            );
            break;
        }
    }
    patience
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
        journal: match value("journal").and_then(|node| node.text()).as_deref() {
            Some("local") => Journal::Local,
            Some("git") => Journal::Git,
            _ => Journal::Auto,
        },
        batch: value("batch").and_then(|node| usize::try_from(node.int()?).ok()).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests;
