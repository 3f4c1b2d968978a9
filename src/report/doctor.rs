//! What `tgsync doctor` found, as text and JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::style::{Paint, count};
use crate::ids::TargetName;

pub const DOCTOR_SCHEMA: &str = "tgsync.doctor/1";

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// An apply works, but something that may be wanted does not.
    Warning,
    /// An apply fails.
    Problem,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub status: Status,
    /// `config`, `content`, `scratch`, `lock`, `git`, `telegram`, `witness`, `store`.
    pub about: &'static str,
    /// For `telegram` and `witness`.
    pub target: Option<TargetName>,
    pub what: String,
    /// How to mend it, or to have more of it; `null` where nothing has to be.
    pub fix: Option<String>,
}

impl Finding {
    pub fn ok(about: &'static str, what: impl Into<String>) -> Self {
        Self { status: Status::Ok, about, target: None, what: what.into(), fix: None }
    }

    pub fn warning(about: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Warning, fix: Some(fix.into()), ..Self::ok(about, what) }
    }

    pub fn problem(about: &'static str, what: impl Into<String>, fix: Option<String>) -> Self {
        Self { status: Status::Problem, fix, ..Self::ok(about, what) }
    }

    #[must_use]
    pub fn of(self, target: &TargetName) -> Self {
        Self { target: Some(target.clone()), ..self }
    }
}

/// All findings. Other programs read it: fields only join.
#[derive(Debug, Clone, Serialize)]
pub struct View<'a> {
    schema: &'static str,
    problems: usize,
    warnings: usize,
    findings: &'a [Finding],
}

impl<'a> View<'a> {
    pub fn new(findings: &'a [Finding]) -> Self {
        let (problems, warnings) = counts(findings);
        Self { schema: DOCTOR_SCHEMA, problems, warnings, findings }
    }
}

/// How many problems and warnings there are.
pub fn counts(findings: &[Finding]) -> (usize, usize) {
    let of = |status| findings.iter().filter(|finding| finding.status == status).count();
    (of(Status::Problem), of(Status::Warning))
}

/// A line each, and a line below it where something is to be done.
pub fn text(findings: &[Finding], paint: Paint) -> String {
    let mut out = String::new();
    let name = |finding: &Finding| match &finding.target {
        Some(target) => format!("{} {target}", finding.about),
        None => finding.about.to_owned(),
    };
    let width = findings.iter().map(|finding| name(finding).len()).max().unwrap_or(0);
    for finding in findings {
        let word = format!("{:<7}", finding.status.word());
        let word = match finding.status {
            Status::Ok => paint.added(&word),
            Status::Warning => paint.warning(&word),
            Status::Problem => paint.removed(&word),
        };
        let _ = writeln!(out, "{word}  {:<width$}  {}", name(finding), finding.what);
        if let Some(fix) = &finding.fix {
            let label = if finding.status == Status::Ok { "tip:" } else { "fix:" };
            let _ = writeln!(out, "         {:<width$}  {} {fix}", "", paint.bold(label));
        }
    }
    out
}

/// The one line that sums it up.
pub fn summary(findings: &[Finding]) -> String {
    match counts(findings) {
        (0, 0) => "All is well.".to_owned(),
        (problems, warnings) => format!("{}, {}.", count(problems, "problem"), count(warnings, "warning")),
    }
}
