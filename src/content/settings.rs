//! What the config tells the reading room.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobMatcher;
use jiff::tz::TimeZone;

use super::front_matter::Keys;
use crate::ids::{RelPath, TargetName};

/// Settings of reading and checking posts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The content folder, relative to the repository; empty: the repository itself.
    pub content: RelPath,
    /// Of dates without an offset.
    pub timezone: TimeZone,
    /// Our keys stand below this key of the front matter, everything else there is another tool's.
    pub namespace: Option<String>,
    /// Keys of other tools, skipped.
    pub ignore: BTreeSet<String>,
    /// In the order of the config: a later one wins over an earlier one, a post's own keys over both.
    pub defaults: Vec<Overlay>,
    pub targets: BTreeMap<TargetName, TargetSettings>,
    /// Whether `tags` are rendered as hashtags.
    pub tags_show: bool,
    /// Widest aligned table; `None`: as the renderer thinks best.
    pub table_columns: Option<usize>,
}

/// What rules across posts need to know of a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetSettings {
    /// Posts without `targets` go here.
    pub default: bool,
    /// Names of its forum topics.
    pub topics: BTreeSet<String>,
}

/// Keys that all posts with a matching path share.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// Relative to the content folder.
    pub matcher: GlobMatcher,
    pub keys: Keys,
}

impl Settings {
    /// The settings of a config that says nothing about content.
    pub fn new(content: RelPath) -> Self {
        Self {
            content,
            timezone: TimeZone::UTC,
            namespace: None,
            ignore: BTreeSet::new(),
            defaults: Vec::new(),
            targets: BTreeMap::new(),
            tags_show: true,
            table_columns: None,
        }
    }

    /// `file` relative to the content folder.
    pub(super) fn below_content<'f>(&self, file: &'f RelPath) -> &'f str {
        let path = file.as_str();
        let below = path.strip_prefix(self.content.as_str()).unwrap_or(path);
        below.strip_prefix('/').unwrap_or(below)
    }
}
