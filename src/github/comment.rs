//! The one comment per target that a pull request carries: found by a hidden marker, written anew with every plan, never
//! read for what it says.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::ids::{Sha256Hex, TargetName};
use crate::report::json::{PlanView, ReportView, TargetView};
use crate::report::markdown::{Cut, code, escape, target, width};
use crate::report::style::count;
use crate::report::text::summary;

/// Longest body of a comment in characters (GitHub's answer to a longer one: "Body is too long (maximum is 65536
/// characters").
pub const LIMIT: usize = 65_536;

/// For what stands before and behind the posts.
const FRAME: usize = 3_000;

/// Links to messages that one comment shows.
const MAX_LINKS: usize = 200;

/// What a comment is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sticky {
    Plan,
    Applied,
}

/// The run that writes a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `GITHUB_RUN_ID`; runs that begin later have larger ones.
    pub run: u64,
    /// `GITHUB_RUN_ATTEMPT`.
    pub attempt: u64,
    /// The commit that was planned.
    pub sha: String,
    /// The page of the run.
    #[serde(skip)]
    pub url: Option<String>,
}

/// The first line of a comment: which target of which config of this repository it is about. Two configs may have targets of one
/// name.
pub fn marker(sticky: Sticky, config: &str, target: &TargetName) -> String {
    let what = match sticky {
        Sticky::Plan => "plan",
        Sticky::Applied => "applied",
    };
    let config = Sha256Hex::of(config.as_bytes()).to_string();
    format!("<!-- tgsync:{what}:{target}:{} -->", &config[..8])
}

/// The comment for one target.
pub fn plan(plan: &PlanView, of: &TargetView, marker: &str, origin: &Origin) -> String {
    let mut out = head(marker, origin);
    if of.changes.is_empty() {
        let name = code(of.name.as_str());
        let _ = writeln!(out, "### tgsync: no changes for {name}\n\n{} unchanged.\n", posts(of));
    } else {
        let _ = writeln!(out, "### What subscribers will see\n\n**{}**\n", summary(&of.summary));
    }
    let Cut { text, left_out } = target(plan, of, LIMIT - FRAME);
    out.push_str(&text);
    if left_out > 0 {
        let where_ = origin.url.as_deref().map_or_else(String::new, |url| format!(" of [the run]({url})"));
        let _ = writeln!(
            out,
            "**Cut here:** not everything fits into a comment. {} incomplete or missing above; the summary{where_} has more.\n",
            if left_out == 1 { "1 change is".to_owned() } else { format!("{left_out} changes are") }
        );
    }
    if let Some(mirror) = plan.mirror.as_ref().filter(|mirror| mirror.upload + mirror.delete > 0) {
        let _ = writeln!(out, "Mirror: {} to upload, {} to delete.\n", mirror.upload, mirror.delete);
    }
    let _ = write!(out, "Plan id: {}", code(plan.plan_id.as_str()));
    if plan.targets.len() > 1 {
        let _ = write!(out, ", of this target alone {}", code(of.plan_id.as_str()));
    }
    let _ = writeln!(out, "\n\n<sub>{}</sub>", signature(origin));
    debug_assert!(width(&out) <= LIMIT);
    out
}

fn posts(target: &TargetView) -> String {
    count(target.summary.unchanged, "post")
}

fn head(marker: &str, origin: &Origin) -> String {
    let origin = serde_json::to_string(origin).expect("three plain fields");
    format!("{marker}\n<!-- {} -->\n", origin.replace("--", "-\\u002d"))
}

fn signature(origin: &Origin) -> String {
    let commit = origin.sha.get(..12).unwrap_or(&origin.sha);
    let run = origin.url.as_deref().map(|url| format!(", [run]({url})")).unwrap_or_default();
    format!("Of {commit}{run}. A comment approves nothing: what is merged is planned and checked again.")
}

/// Which run wrote a comment; `None` when it does not say.
fn origin(body: &str) -> Option<Origin> {
    let line = body.lines().nth(1)?;
    serde_json::from_str(line.strip_prefix("<!-- ")?.strip_suffix(" -->")?).ok()
}

/// Whether a comment is of a later run, which must not be overwritten by an earlier one that took longer.
pub fn is_newer(body: &str, than: &Origin) -> bool {
    origin(body).is_some_and(|origin| (origin.run, origin.attempt) > (than.run, than.attempt))
}

/// A comment that is not of the newest commit any more, and says so. Marking it twice changes what it says of the commit.
pub fn stale(body: &str, newer: &Origin, why: &str) -> String {
    const SIGN: &str = "> ⚠️ **Stale.**";
    let mut lines = body.lines();
    let marker = lines.next().unwrap_or_default();
    let old = origin(body);
    let skipped = usize::from(old.is_some());
    let rest: Vec<&str> = lines.skip(skipped).filter(|line| !line.starts_with(SIGN)).collect();
    let of = old.map_or_else(|| "an earlier commit".to_owned(), |old| short(&old.sha).to_owned());
    let run = newer.url.as_deref().map(|url| format!(" ([run]({url}))")).unwrap_or_default();
    format!(
        "{}{SIGN} This is the plan of {of}; {} {}{run}.\n\n{}\n",
        head(marker, newer),
        short(&newer.sha),
        escape(why),
        rest.join("\n").trim_start()
    )
}

fn short(sha: &str) -> &str {
    sha.get(..12).unwrap_or(sha)
}

/// The comment for one target after an apply: what was published, and what was not.
pub fn applied(report: &ReportView, of: &TargetName, marker: &str, origin: &Origin) -> String {
    let mut out = head(marker, origin);
    let _ = writeln!(out, "### Published to {}\n", code(of.as_str()));
    let mut shown = 0;
    for item in report.done.iter().filter(|item| item.target == *of) {
        let urls = item.messages.iter().filter_map(|message| message.url.as_deref());
        let urls: Vec<&str> = urls.take(MAX_LINKS - shown).collect();
        shown += urls.len();
        let _ = writeln!(
            out,
            "- {} {}",
            item.verb.word(),
            [&[code(item.slug.as_str()).as_str()], &urls[..]].concat().join(" ")
        );
        if shown >= MAX_LINKS {
            out.push_str("- … and more\n");
            break;
        }
    }
    for (items, word) in [
        (&report.held, "held"),
        (&report.in_doubt, "in doubt"),
        (&report.failed, "failed"),
        (&report.skipped, "skipped"),
    ] {
        for item in items.iter().filter(|item| item.target == *of).take(MAX_LINKS / 4) {
            let why = item.why.as_deref().or(item.error.as_deref()).unwrap_or_default();
            let _ = writeln!(out, "- {word}: {} {}", code(item.slug.as_str()), escape(why));
        }
    }
    let _ = writeln!(out, "\n<sub>By {}</sub>", by(origin));
    out
}

fn by(origin: &Origin) -> String {
    let run = origin.url.as_deref().map(|url| format!(", [run]({url})")).unwrap_or_default();
    format!("{}{run}.", short(&origin.sha))
}
