//! What `tgsync verify` found, as text and JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::json::SentView;
use super::style::{Paint, count};
use crate::ids::{MessageId, RelPath, Slug, TargetName, Timestamp};
use crate::lock::Kind;
use crate::plan::ChatLinks;
use crate::verify::{Finding, How, Looked, State};

pub const VERIFY_SCHEMA: &str = "tgsync.verify/1";

/// A target that was looked at.
#[derive(Debug)]
pub struct Verified {
    pub target: TargetName,
    pub chat: String,
    pub links: ChatLinks,
    pub looked: Looked,
    /// Posts of others; `None`: nobody wants to know of them.
    pub foreign: Option<Vec<MessageId>>,
}

/// `tgsync.verify/1`. Other programs read it: fields only join.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct VerifyView {
    pub schema: String,
    /// Somebody deleted or edited something, or posted where that is to be reported.
    pub drift: bool,
    pub summary: SummaryView,
    pub targets: Vec<TargetView>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryView {
    pub in_sync: usize,
    pub edited: usize,
    pub deleted: usize,
    pub unknown: usize,
    /// Of the unknown ones, those that nobody looked at.
    pub not_looked_at: usize,
    pub foreign: usize,
    /// Calls for looking at messages.
    pub calls: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TargetView {
    pub name: TargetName,
    pub chat: String,
    pub summary: SummaryView,
    /// By their ids.
    pub messages: Vec<MessageView>,
    /// Posts of others; `null` with `foreign: ignore`.
    pub foreign: Option<Vec<SentView>>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MessageView {
    pub slug: Slug,
    pub file: RelPath,
    /// From 0.
    pub part: usize,
    pub id: MessageId,
    pub url: Option<String>,
    /// As it was sent; of an album, the kind of this item.
    pub kind: Kind,
    pub state: StateView,
    /// How that is known: `read`, `copied`, `not_found`, `holds_file`, `there`, …
    pub how: String,
    /// The same in words.
    pub why: String,
    /// When it was looked at before, or known last; this run's look comes later.
    pub last_checked: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateView {
    InSync,
    Edited,
    Deleted,
    Unknown,
}

impl SummaryView {
    fn of(verified: &Verified) -> Self {
        let findings = &verified.looked.findings;
        let of = |state| findings.iter().filter(|finding| finding.state == state).count();
        Self {
            in_sync: of(State::InSync),
            edited: of(State::Edited),
            deleted: of(State::Deleted),
            unknown: of(State::Unknown),
            not_looked_at: findings.iter().filter(|finding| !finding.was_looked_at()).count(),
            foreign: verified.foreign.as_ref().map_or(0, Vec::len),
            calls: verified.looked.calls,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            in_sync: self.in_sync + other.in_sync,
            edited: self.edited + other.edited,
            deleted: self.deleted + other.deleted,
            unknown: self.unknown + other.unknown,
            not_looked_at: self.not_looked_at + other.not_looked_at,
            foreign: self.foreign + other.foreign,
            calls: self.calls + other.calls,
        }
    }

    /// Whether anything was found that somebody did.
    pub fn drift(&self) -> bool {
        self.edited + self.deleted + self.foreign > 0
    }
}

/// All of it in numbers.
pub fn summary(all: &[Verified]) -> SummaryView {
    all.iter().map(SummaryView::of).fold(SummaryView::default(), SummaryView::plus)
}

impl VerifyView {
    pub fn new(all: &[Verified]) -> Self {
        let summary = summary(all);
        Self {
            schema: VERIFY_SCHEMA.to_owned(),
            drift: summary.drift(),
            summary,
            targets: all.iter().map(target).collect(),
        }
    }
}

fn target(verified: &Verified) -> TargetView {
    let sent = |id: &MessageId| SentView { id: *id, url: verified.links.url(*id) };
    let mut messages: Vec<MessageView> =
        verified.looked.findings.iter().map(|finding| message(finding, &verified.links)).collect();
    messages.sort_by_key(|message| message.id);
    TargetView {
        name: verified.target.clone(),
        chat: verified.chat.clone(),
        summary: SummaryView::of(verified),
        messages,
        foreign: verified.foreign.as_ref().map(|ids| ids.iter().map(sent).collect()),
        notes: verified.looked.notes.clone(),
    }
}

fn message(finding: &Finding, links: &ChatLinks) -> MessageView {
    let item = &finding.item;
    MessageView {
        slug: item.slug.clone(),
        file: item.file.clone(),
        part: item.part,
        id: item.id,
        url: links.url(item.id),
        kind: item.kind,
        state: match finding.state {
            State::InSync => StateView::InSync,
            State::Edited => StateView::Edited,
            State::Deleted => StateView::Deleted,
            State::Unknown => StateView::Unknown,
        },
        how: finding.how.name().to_owned(),
        why: finding.how.to_string(),
        last_checked: item.checked,
    }
}

/// What was found, by how it is known; what is in sync is counted.
pub fn text(all: &[Verified], paint: Paint) -> String {
    let mut out = String::new();
    for verified in all {
        let chat = paint.dim(&format!("({})", verified.chat));
        let _ = writeln!(out, "{} {chat}\n", paint.bold(verified.target.as_str()));
        findings(&mut out, verified, paint);
        foreign(&mut out, verified, paint);
        for note in &verified.looked.notes {
            let _ = writeln!(out, "  {} {note}", paint.warning("note:"));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", paint.bold(&numbers(&summary(all))));
    out
}

fn findings(out: &mut String, verified: &Verified, paint: Paint) {
    let mut groups: BTreeMap<(State, &How), Vec<&Finding>> = BTreeMap::new();
    for finding in &verified.looked.findings {
        groups.entry((finding.state, &finding.how)).or_default().push(finding);
    }
    for ((state, how), mut found) in groups {
        let word = match state {
            State::InSync => paint.added(state.word()),
            State::Unknown => paint.warning(state.word()),
            State::Edited | State::Deleted => paint.removed(state.word()),
        };
        let _ = writeln!(out, "  {word}: {}: {how}", count(found.len(), "message"));
        if state == State::InSync {
            continue;
        }
        found.sort_by_key(|finding| finding.item.id);
        let width = found.iter().map(|finding| finding.item.slug.as_str().len()).max().unwrap_or(0);
        for Finding { item, .. } in found {
            let link = verified.links.url(item.id).map(|url| format!("  {url}")).unwrap_or_default();
            let place = paint.dim(&format!("{}{link}", item.file));
            let _ = writeln!(out, "    {:>6}  {:<width$}  {place}", format!("#{}", item.id), item.slug);
        }
    }
}

fn foreign(out: &mut String, verified: &Verified, paint: Paint) {
    let ids = verified.foreign.as_deref().unwrap_or_default();
    if ids.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {}: {}", paint.removed("of others"), count(ids.len(), "post"));
    for id in ids {
        let link = verified.links.url(*id).unwrap_or_default();
        let _ = writeln!(out, "    {:>6}  {}", format!("#{id}"), paint.dim(&link));
    }
}

/// The one line that sums it up.
fn numbers(all: &SummaryView) -> String {
    let messages = all.in_sync + all.edited + all.deleted + all.unknown;
    let left = match all.not_looked_at {
        0 => String::new(),
        n => format!(" ({n} not looked at)"),
    };
    let foreign = match all.foreign {
        0 => String::new(),
        n => format!(", {} of others", count(n, "post")),
    };
    format!(
        "{}: {} in sync, {} edited, {} deleted, {} unknown{left}{foreign}.",
        count(messages, "message"),
        all.in_sync,
        all.edited,
        all.deleted,
        all.unknown
    )
}
