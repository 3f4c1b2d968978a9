//! What was found out about sends in doubt: for people, and for programs.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::json::SentView;
use super::style::Paint;
use crate::apply::Settled;
use crate::apply::settle::{Aside, StrayCopy, Verdict};
use crate::ids::{MessageId, Slug, TargetName, Timestamp};
use crate::plan::FOUND_OUT;

/// One send that was in doubt.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SettledView {
    pub target: TargetName,
    pub slug: Slug,
    pub part: usize,
    /// When it was sent.
    pub sent: Timestamp,
    pub verdict: VerdictView,
    /// Why only a person can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What it was found to be.
    pub messages: Vec<SentView>,
    /// Messages above this one were looked at.
    pub after: MessageId,
    /// The marker that ended them; `null`: it could be told without one.
    pub through: Option<MessageId>,
    pub evidence: Vec<EvidenceView>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictView {
    Sent,
    NotSent,
    Unknown,
}

/// What one message was found to be, and how that is known.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    pub id: MessageId,
    pub what: String,
}

impl From<&Settled> for SettledView {
    fn from(settled: &Settled) -> Self {
        let (verdict, why) = match &settled.verdict {
            Verdict::Adopt(_) => (VerdictView::Sent, None),
            Verdict::Absent => (VerdictView::NotSent, None),
            Verdict::Ask(why) | Verdict::Later(why) => (VerdictView::Unknown, Some(why.clone())),
        };
        let evidence = |(id, what): &(MessageId, String)| EvidenceView { id: *id, what: what.clone() };
        Self {
            target: settled.target.clone(),
            slug: settled.slug.clone(),
            part: settled.part,
            sent: settled.sent,
            verdict,
            why,
            messages: settled.messages.iter().map(|m| SentView { id: m.id, url: m.url.clone() }).collect(),
            after: settled.after,
            through: settled.through,
            evidence: settled.evidence.iter().map(evidence).collect(),
            notes: settled.notes.clone(),
        }
    }
}

/// What is told while a run goes on.
pub fn aside(aside: &Aside, paint: Paint) -> String {
    match aside {
        Aside::Waiting { target, until, wait } => format!(
            "{} target `{target}`: what was sent without an answer may still arrive: for {} s, until {until}",
            paint.bold("waiting:"),
            wait.as_secs()
        ),
        Aside::Settled(one) => settled(one, paint),
        Aside::Stray(copy) => stray(copy, paint),
    }
}

fn settled(settled: &Settled, paint: Paint) -> String {
    let name = format!("`{}` of {}", settled.slug, settled.target);
    let mut out = match &settled.verdict {
        Verdict::Adopt(_) => {
            let ids: Vec<String> = settled.messages.iter().map(|message| message.id.to_string()).collect();
            let url = settled.messages.first().and_then(|message| message.url.clone());
            let url = url.map(|url| format!("  {url}")).unwrap_or_default();
            format!("{} {name} was sent: it is message {}{url}", paint.added("settled:"), ids.join(", "))
        }
        Verdict::Absent => format!("{} {name} was not sent", paint.added("settled:")),
        Verdict::Ask(why) | Verdict::Later(why) => format!("{} {name}: {why}", paint.warning("in doubt:")),
    };
    let below = settled.through.map(|marker| format!(", below the marker {marker}")).unwrap_or_default();
    let _ = write!(out, "\n  looked above message {}{below}", settled.after);
    for (id, what) in settled.evidence.iter().take(SHOWN) {
        let _ = write!(out, "\n  message {id}: {what}");
    }
    if let Some(more) = settled.evidence.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = write!(out, "\n  … {more} more");
    }
    for note in &settled.notes {
        let _ = write!(out, "\n  {note}");
    }
    match settled.verdict {
        Verdict::Ask(_) => drop(write!(out, "\n  {}", what_to_look_for(settled))),
        Verdict::Later(_) => drop(write!(out, "\n  {FOUND_OUT}")),
        _ => {}
    }
    out
}

/// Messages that are listed; the report has all of them.
const SHOWN: usize = 20;

fn what_to_look_for(settled: &Settled) -> String {
    let begins = match settled.first_line.as_str() {
        "" => "a message without text".to_owned(),
        line => format!("a message that begins `{line}`"),
    };
    let place = match (&settled.link, settled.after) {
        (_, MessageId(0)) => "in the chat".to_owned(),
        (Some(link), _) => format!("below {link}"),
        (None, after) => format!("below message {after}"),
    };
    let slug = &settled.slug;
    format!("look for {begins} {place}, then `tgsync resolve {slug} --sent-as ID` or `--not-sent`")
}

fn stray(copy: &StrayCopy, paint: Paint) -> String {
    let what = copy.slug.as_ref().map_or_else(|| "a marker".to_owned(), |slug| format!("a copy of `{slug}`"));
    let url = copy.url.as_ref().map(|url| format!("  {url}")).unwrap_or_default();
    let end = if copy.deleted {
        "it was deleted"
    } else {
        "it says something else or can't be deleted: delete it by hand"
    };
    format!("{} {what} arrived after all, as message {}: {end}{url}", paint.warning("late:"), copy.id)
}
