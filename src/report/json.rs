//! Plan and report as JSON, each with a version and a published schema. Other programs read these: fields only join.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apply::{Item, Report};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ids::{ChangeId, MessageId, PlanId, RelPath, Slug, TargetName, Timestamp};
use crate::lock::Kind;
use crate::plan::{Change, GuardRule, How, Plan, Reason, Step, Summary, TargetPlan, Verb};
use crate::render::Body;

pub const PLAN_SCHEMA: &str = "tgsync.plan/1";
pub const REPORT_SCHEMA: &str = "tgsync.report/1";

/// `tgsync.plan/1`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlanView {
    pub schema: String,
    pub plan_id: PlanId,
    pub lock: LockView,
    /// `HEAD`; `null` outside git.
    pub commit: Option<String>,
    pub summary: Summary,
    pub targets: Vec<TargetView>,
    /// `null` where the config has no mirror.
    #[serde(default)]
    pub mirror: Option<super::mirror::PlanView>,
    pub guard: Vec<GuardView>,
    pub diagnostics: Vec<DiagnosticView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LockView {
    pub lineage: String,
    pub serial: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TargetView {
    pub name: TargetName,
    pub chat: String,
    pub plan_id: PlanId,
    pub summary: Summary,
    pub changes: Vec<ChangeView>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ChangeView {
    pub id: ChangeId,
    pub slug: Slug,
    pub verb: Verb,
    pub reasons: Vec<Reason>,
    pub title: String,
    pub file: RelPath,
    pub line: usize,
    pub messages: Vec<MessageView>,
    /// What subscribers see now.
    pub before: Option<String>,
    /// What they will see.
    pub after: Option<String>,
    /// For `delete`: `delete`, `tombstone`, `keep`.
    pub how: Option<How>,
    /// For `scheduled`: when.
    pub due: Option<Timestamp>,
    pub notes: Vec<String>,
    /// Subscribers get a notification.
    #[serde(default)]
    pub notifies: bool,
    /// Files of the messages that it sends, or puts into those that are there, in order.
    #[serde(default)]
    pub files: Vec<RelPath>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MessageView {
    pub id: MessageId,
    /// Of an album, the kind of this item.
    pub kind: Kind,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GuardView {
    pub target: TargetName,
    pub rule: GuardRule,
    pub limit: usize,
    pub value: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosticView {
    pub severity: Severity,
    pub code: String,
    pub message: String,
    pub file: Option<RelPath>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub hint: Option<String>,
}

impl From<&Diagnostic> for DiagnosticView {
    fn from(diagnostic: &Diagnostic) -> Self {
        let place = diagnostic.place.as_ref();
        Self {
            severity: diagnostic.severity,
            code: diagnostic.code.0.to_owned(),
            message: diagnostic.message.clone(),
            file: place.map(|place| place.file.clone()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            hint: diagnostic.hint.clone(),
        }
    }
}

/// Read a plan that was saved; the schema first, so that another one is refused by name. The error says what is wrong with it.
pub fn read_plan(text: &str) -> Result<PlanView, String> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let head: Head = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if head.schema != PLAN_SCHEMA {
        return Err(format!("its schema is `{}`, this program reads `{PLAN_SCHEMA}`", head.schema));
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The plan as data.
pub fn plan(plan: &Plan, lock: LockView, commit: Option<String>) -> PlanView {
    let hits = |target: &TargetPlan| {
        let name = target.target.clone();
        let view = move |hit: &crate::plan::GuardHit| GuardView {
            target: name.clone(),
            rule: hit.rule,
            limit: hit.limit,
            value: hit.value,
        };
        target.guard.iter().map(view).collect::<Vec<_>>()
    };
    PlanView {
        schema: PLAN_SCHEMA.to_owned(),
        plan_id: plan.id.clone(),
        lock,
        commit,
        summary: plan.summary(),
        targets: plan.targets.iter().map(target).collect(),
        mirror: None,
        guard: plan.targets.iter().flat_map(hits).collect(),
        diagnostics: plan.notes.iter().map(DiagnosticView::from).collect(),
    }
}

fn target(target: &TargetPlan) -> TargetView {
    TargetView {
        name: target.target.clone(),
        chat: target.chat.clone(),
        plan_id: target.id.clone(),
        summary: target.summary(),
        changes: target.changes.iter().map(change).collect(),
        notes: target.notes.clone(),
    }
}

fn change(change: &Change) -> ChangeView {
    ChangeView {
        id: change.id.clone(),
        slug: change.slug.clone(),
        verb: change.verb,
        reasons: change.reasons.clone(),
        title: change.title.clone(),
        file: change.file.clone(),
        line: change.line,
        messages: change
            .messages
            .iter()
            .map(|message| MessageView { id: message.id, kind: message.kind })
            .collect(),
        before: change.before.clone(),
        after: change.after.clone(),
        how: change.how,
        due: change.due,
        notes: change.notes.clone(),
        notifies: change.notifies,
        files: files(change),
    }
}

/// The files that messages of a change hold. An edit of words alone puts in none.
fn files(change: &Change) -> Vec<RelPath> {
    let held = |step: &Step| match step {
        Step::Send { message, .. } => held(&message.part.body, None),
        Step::Edit { touch, message, .. } if !touch.caption => held(&message.part.body, touch.item),
        _ => Vec::new(),
    };
    change.steps.iter().flat_map(held).collect()
}

/// The files of a message; of an album one, if only one is touched.
fn held(body: &Body, item: Option<usize>) -> Vec<RelPath> {
    let Body::Media { items, .. } = body else { return Vec::new() };
    let touched = |(at, _): &(usize, &crate::render::Item)| item.is_none_or(|item| item == *at);
    items.iter().enumerate().filter(touched).map(|(_, item)| item.file.clone()).collect()
}

/// `tgsync.report/1`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    pub schema: String,
    pub plan_id: Option<PlanId>,
    pub exit_code: u8,
    pub failure_reason: Option<FailureReason>,
    /// What went wrong before or beside the changes.
    pub error: Option<String>,
    pub planned: usize,
    pub done: Vec<ItemView>,
    pub skipped: Vec<ItemView>,
    pub in_doubt: Vec<ItemView>,
    pub failed: Vec<ItemView>,
    pub held: Vec<ItemView>,
    /// Sends that were in doubt, and what became of them.
    #[serde(default)]
    pub settled: Vec<super::settled::SettledView>,
    pub lock: SavedView,
    /// `null` where nothing was mirrored.
    #[serde(default)]
    pub mirror: Option<super::mirror::ReportView>,
}

/// Why an apply did not end with exit code 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// The plan is not the approved one.
    PlanChanged,
    ApplyFailed,
    InDoubt,
    Guard,
    /// Another run is at work, or `tgsync hold`.
    Locked,
    /// Token, chat, rights or state were not as needed; nothing was sent.
    Preflight,
    /// Applied, but the lock could not be pushed.
    StatePush,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ItemView {
    pub change: ChangeId,
    pub slug: Slug,
    pub target: TargetName,
    pub verb: Verb,
    pub messages: Vec<SentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SentView {
    pub id: MessageId,
    pub url: Option<String>,
}

/// Where the lock ended up.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SavedView {
    pub serial: u64,
    pub commit: Option<String>,
    pub pushed: bool,
    pub branch: Option<String>,
}

impl ReportView {
    pub fn new(report: &Report, plan_id: Option<PlanId>) -> Self {
        let view = |items: &[Item], failed: bool| items.iter().map(|item| item_view(item, failed)).collect();
        Self {
            schema: REPORT_SCHEMA.to_owned(),
            plan_id,
            exit_code: 0,
            failure_reason: None,
            error: None,
            planned: report.planned(),
            done: view(&report.done, false),
            skipped: view(&report.skipped, false),
            in_doubt: view(&report.in_doubt, false),
            failed: view(&report.failed, true),
            held: view(&report.held, false),
            settled: report.settled.iter().map(super::settled::SettledView::from).collect(),
            lock: SavedView::default(),
            mirror: None,
        }
    }
}

fn item_view(item: &Item, failed: bool) -> ItemView {
    let text = (!item.why.is_empty()).then(|| item.why.clone());
    ItemView {
        change: item.change.clone(),
        slug: item.slug.clone(),
        target: item.target.clone(),
        verb: item.verb,
        messages: item.messages.iter().map(|m| SentView { id: m.id, url: m.url.clone() }).collect(),
        why: text.clone().filter(|_| !failed),
        error: text.filter(|_| failed),
        hint: item.hint.clone(),
    }
}
