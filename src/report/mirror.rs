//! What the mirror would do, did and found, as text and JSON.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::style::{Paint, count};
use crate::ids::ObjectKey;
use crate::media::bytes;
use crate::mirror::{self, Failed, Index, MirrorPlan, Report, Verb};

/// Lines of a plan that are shown; a channel's first mirror has thousands.
const MAX_LINES: usize = 50;

/// The `mirror` of `tgsync.plan/1`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlanView {
    /// Objects to put, replaced ones among them.
    pub upload: usize,
    pub bytes: u64,
    pub delete: usize,
    pub unchanged: usize,
    pub objects: Vec<ItemView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ItemView {
    pub key: ObjectKey,
    pub verb: Verb,
    pub size: u64,
    pub file: Option<String>,
}

impl PlanView {
    pub fn new(plan: &MirrorPlan) -> Self {
        let view = |item: &crate::mirror::Item| ItemView {
            key: item.key.clone(),
            verb: item.verb,
            size: item.size,
            file: item.file.as_ref().map(ToString::to_string),
        };
        Self {
            upload: plan.puts().count(),
            bytes: plan.bytes(),
            delete: plan.deletes().count(),
            unchanged: plan.unchanged,
            objects: plan.items.iter().map(view).collect(),
        }
    }
}

/// The `mirror` of `tgsync.report/1`, and what `mirror apply` prints.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    pub store: String,
    pub uploaded: usize,
    pub bytes: u64,
    /// Objects that were there as they should be, though the lock did not know.
    pub found: usize,
    pub deleted: usize,
    pub unchanged: usize,
    /// Not begun: the run ended early.
    pub skipped: usize,
    /// Objects that `mirror.on_uploaded` was told of.
    pub told: usize,
    pub failed: Vec<FailedView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FailedView {
    pub key: ObjectKey,
    pub file: Option<String>,
    pub error: String,
    pub hint: Option<String>,
}

impl ReportView {
    pub fn new(store: &str, report: &Report) -> Self {
        let view = |failed: &Failed| FailedView {
            key: failed.key.clone(),
            file: failed.file.clone(),
            error: failed.error.what.clone(),
            hint: failed.error.hint.clone(),
        };
        Self {
            store: store.to_owned(),
            uploaded: report.uploaded,
            bytes: report.bytes,
            found: report.found,
            deleted: report.deleted,
            unchanged: report.unchanged,
            skipped: report.skipped,
            told: report.told,
            failed: report.failed.iter().map(view).collect(),
        }
    }
}

/// What `mirror verify` found.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Verified {
    /// Recorded objects.
    pub checked: usize,
    /// Objects that were read back.
    pub read: usize,
    /// Objects below the prefix that nothing is known of.
    pub unknown: usize,
    pub differences: Vec<Difference>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Difference {
    pub key: ObjectKey,
    pub file: Option<String>,
    pub what: String,
}

impl From<mirror::Difference> for Difference {
    fn from(found: mirror::Difference) -> Self {
        let file = found.file.as_ref().map(ToString::to_string);
        Self { key: found.key, file, what: found.what.to_owned() }
    }
}

/// Several plans as one.
pub fn joined(plans: Vec<MirrorPlan>) -> MirrorPlan {
    let mut all = MirrorPlan::default();
    for plan in plans {
        all.items.extend(plan.items);
        all.unchanged += plan.unchanged;
        all.left.extend(plan.left);
        all.index |= plan.index;
    }
    all
}

/// The plan in words; `whole`: with a line for every object.
pub fn plan(plan: &MirrorPlan, paint: Paint, whole: bool) -> String {
    let mut out = String::new();
    for item in plan.items.iter().take(if whole { MAX_LINES } else { 0 }) {
        let (sign, size) = (sign(item.verb, paint), bytes(item.size));
        let _ = writeln!(out, "{sign} {}  {}", item.key, paint.dim(&size));
    }
    if whole && plan.items.len() > MAX_LINES {
        let _ = writeln!(out, "  … and {} more; `--format json` lists all", plan.items.len() - MAX_LINES);
    }
    if !plan.left.is_empty() {
        let (n, verb) =
            (count(plan.left.len(), "object"), if plan.left.len() == 1 { "stays" } else { "stay" });
        let _ = writeln!(out, "{n} without a file {verb}; `mirror.prune: true` would remove them");
    }
    let (puts, deletes) = (plan.puts().count(), plan.deletes().count());
    let summary = match (puts, deletes) {
        (0, 0) if plan.index => "the list of objects to write".to_owned(),
        (0, 0) => "no changes".to_owned(),
        _ => format!("{puts} to upload ({}), {deletes} to delete", bytes(plan.bytes())),
    };
    let _ = writeln!(out, "{}", paint.bold(&format!("Mirror: {summary} ({} unchanged).", plan.unchanged)));
    out
}

/// The plan for a pull request, one line; names of files could hold markup, so there are none.
pub fn markdown(plan: &MirrorPlan) -> String {
    format!("\n{}", self::plan(&MirrorPlan { left: Vec::new(), ..plan.clone() }, Paint::PLAIN, false))
}

fn sign(verb: Verb, paint: Paint) -> String {
    match verb {
        Verb::Upload => paint.added("+"),
        Verb::Replace => paint.warning("~"),
        Verb::Delete => paint.removed("-"),
    }
}

/// What was done, one line.
pub fn outcome(report: &Report) -> String {
    let mut parts = vec![format!("{} uploaded ({})", report.uploaded, bytes(report.bytes))];
    let mut more = |n: usize, what: &str| {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    };
    more(report.found, "found there already");
    more(report.deleted, "deleted");
    more(report.told, "told to `on_uploaded`");
    more(report.failed.len(), "failed");
    more(report.skipped, "not begun");
    format!("Mirror: {}, {} unchanged.\n", parts.join(", "), report.unchanged)
}

pub fn failed(failed: &Failed, paint: Paint) -> String {
    let hint = failed.error.hint.as_ref().map(|hint| format!("\n  {} {hint}", paint.bold("help:")));
    format!(
        "{} `{}`: {}{}",
        paint.removed("failed:"),
        failed.key,
        failed.error.what,
        hint.unwrap_or_default()
    )
}

/// What is there, one line each.
pub fn list(index: &Index) -> String {
    let mut out = String::new();
    for object in &index.objects {
        let address = object.url.as_deref().unwrap_or(object.key.as_str());
        let _ = writeln!(out, "{address}  {}  {}", bytes(object.size), object.file);
    }
    let total: u64 = index.objects.iter().map(|object| object.size).sum();
    let _ = writeln!(out, "{}, {}", count(index.objects.len(), "object"), bytes(total));
    out
}

pub fn verified(verified: &Verified) -> String {
    let mut out = String::new();
    for difference in &verified.differences {
        let file = difference.file.as_ref().map(|file| format!(" ({file})")).unwrap_or_default();
        let _ = writeln!(out, "differs: `{}`{file}: {}", difference.key, difference.what);
    }
    let Verified { checked, read, unknown, differences } = verified;
    let _ = writeln!(
        out,
        "Mirror: {} checked, {read} read back, {} that differ{}.",
        count(*checked, "object"),
        differences.len(),
        if *unknown > 0 { format!(", {unknown} unknown") } else { String::new() }
    );
    if !differences.is_empty() {
        out.push_str("`tgsync mirror apply --refresh` puts these there again.\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_in_words() {
        let item = |key: &str, verb| crate::mirror::Item {
            key: ObjectKey(key.into()),
            verb,
            size: 1500,
            file: None,
            sha256: None,
        };
        let items = vec![item("a/1", Verb::Upload), item("a/2", Verb::Replace), item("a/3", Verb::Delete)];
        let left = vec![ObjectKey("b/1".into())];
        let full = MirrorPlan { items, unchanged: 4, left, index: true };
        let expected = "\
+ a/1  1.5 kB
~ a/2  1.5 kB
- a/3  1.5 kB
1 object without a file stays; `mirror.prune: true` would remove them
Mirror: 2 to upload (3.0 kB), 1 to delete (4 unchanged).
";
        assert_eq!(plan(&full, Paint::PLAIN, true), expected);
        let none = plan(&MirrorPlan::default(), Paint::PLAIN, false);
        assert_eq!(none, "Mirror: no changes (0 unchanged).\n");
    }
}
