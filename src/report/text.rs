//! The plan and the report of an apply, for people at a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::diff::{self, Line, Tag};
use super::json::{ChangeView, PlanView};
use super::style::{Paint, count};
use crate::apply::{Item, Message, Report};
use crate::ids::TargetName;
use crate::plan::{Change, GuardHit, Plan, Reason, Summary, TargetPlan, Verb};

/// Lines of a new post that a plan shows; `tgsync render` shows the rest.
const NEW_LINES: usize = 8;

/// The plan as text.
pub fn plan(plan: &Plan, paint: Paint) -> String {
    let mut out = String::new();
    for target in &plan.targets {
        self::target(&mut out, target, paint);
    }
    if plan.targets.iter().all(|target| target.changes.is_empty()) {
        let _ = writeln!(out, "No changes: {}.", unchanged(plan.summary().unchanged));
        return out;
    }
    legend(&mut out, plan, paint);
    for (target, change) in plan.changes().filter(|(_, change)| change.verb != Verb::Scheduled) {
        detail(&mut out, target, change, paint);
    }
    for target in &plan.targets {
        for hit in &target.guard {
            let _ = writeln!(out, "{}", paint.removed(&guard(&target.target, hit)));
        }
    }
    let _ = writeln!(out, "{}", paint.bold(&summary(&plan.summary())));
    let _ = writeln!(out, "Plan id: {}", plan.id);
    out
}

fn unchanged(n: usize) -> String {
    match n {
        0 => "nothing is published, and nothing is to be".to_owned(),
        1 => "1 post is as the content says".to_owned(),
        n => format!("{n} posts are as the content says"),
    }
}

fn target(out: &mut String, target: &TargetPlan, paint: Paint) {
    if target.changes.is_empty() && target.notes.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{} {}\n",
        paint.bold(target.target.as_str()),
        paint.dim(&format!("({})", target.chat))
    );
    let reasons =
        |change: &Change| change.reasons.iter().map(|reason| reason.words()).collect::<Vec<_>>().join(", ");
    let width = target.changes.iter().map(|change| change.slug.as_str().len()).max().unwrap_or(0);
    let why = target.changes.iter().map(|change| reasons(change).len()).max().unwrap_or(0);
    for change in &target.changes {
        let due = change.due.map(|at| format!("  {at}")).unwrap_or_default();
        let head = format!(
            "  {:<3} {:<width$}  {:<9}  {:<why$}",
            change.verb.sign(),
            change.slug,
            change.verb.word(),
            reasons(change)
        );
        let place = format!("{}:{}", change.file, change.line);
        let _ = writeln!(out, "{}  {}{due}", paint.verb(change.verb, &head), paint.dim(&place));
    }
    for note in &target.notes {
        let _ = writeln!(out, "  {} {note}", paint.warning("note:"));
    }
    out.push('\n');
}

fn legend(out: &mut String, plan: &Plan, paint: Paint) {
    let verbs: BTreeSet<Verb> = plan.changes().map(|(_, change)| change.verb).collect();
    let signs: Vec<String> = verbs.iter().map(|verb| format!("{} {}", verb.sign(), verb.word())).collect();
    if !signs.is_empty() {
        let _ = writeln!(out, "{}\n", paint.dim(&format!("  {}", signs.join("   "))));
    }
}

fn detail(out: &mut String, target: &TargetPlan, change: &Change, paint: Paint) {
    let lines = difference(Seen::from(change), NEW_LINES);
    if lines.is_empty() && change.notes.is_empty() {
        return;
    }
    let ids = row(change.messages.iter().map(|message| format!("#{}", message.id)));
    let at = if ids.is_empty() { ids } else { format!(" · {} {ids}", target.chat) };
    let title =
        if change.title == change.slug.as_str() { String::new() } else { format!(" · {}", change.title) };
    let head = format!("{} {}{title}{at}", change.verb.sign(), change.slug);
    let _ = writeln!(out, "{}", paint.verb(change.verb, &head));
    for note in &change.notes {
        let _ = writeln!(out, "    {}", paint.dim(note));
    }
    for Line { tag, text } in &lines {
        let line = format!("  {} {text}", tag.sign());
        let line = line.trim_end();
        let _ = match tag {
            Tag::Added => writeln!(out, "{}", paint.added(line)),
            Tag::Removed => writeln!(out, "{}", paint.removed(line)),
            Tag::Same => writeln!(out, "{line}"),
            Tag::Gap => writeln!(out, "{}", paint.dim(line)),
        };
    }
    out.push('\n');
}

/// What of a change subscribers see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub verb: Verb,
    pub reasons: &'a [Reason],
    pub before: Option<&'a str>,
    pub after: Option<&'a str>,
}

impl<'a> From<&'a Change> for Seen<'a> {
    fn from(change: &'a Change) -> Self {
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        Self { verb: change.verb, reasons: &change.reasons, before, after }
    }
}

impl<'a> From<&'a ChangeView> for Seen<'a> {
    fn from(change: &'a ChangeView) -> Self {
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        Self { verb: change.verb, reasons: &change.reasons, before, after }
    }
}

/// What subscribers would see differently, as lines; of a text that is all new or all gone at most `most`.
pub(super) fn difference(seen: Seen<'_>, most: usize) -> Vec<Line> {
    let says_something =
        seen.reasons.iter().any(|reason| !matches!(reason, Reason::LinkTarget | Reason::Pin));
    match (seen.before, seen.after) {
        (Some(before), Some(after)) => diff::lines(before, after),
        (None, Some(after)) if seen.verb != Verb::Edit => diff::all(after, Tag::Added, most),
        (None, Some(after)) if says_something => {
            let mut lines = vec![Line { tag: Tag::Gap, text: "(the old text is not at hand)".to_owned() }];
            lines.extend(diff::all(after, Tag::Added, most));
            lines
        }
        (Some(before), None) => diff::all(before, Tag::Removed, most),
        _ => Vec::new(),
    }
}

/// `guard: …` with the flag that lifts it.
pub fn guard(target: &TargetName, hit: &GuardHit) -> String {
    let percent = if hit.rule == crate::plan::GuardRule::MaxDeletePercent { " %" } else { "" };
    format!(
        "guard: target `{}`: {}{percent} {}, {}{percent} allowed (`{}`); `--allow {}` lifts it once",
        target,
        hit.value,
        hit.rule.lifted_by().word(),
        hit.limit,
        hit.rule.key(),
        hit.rule.lifted_by().word()
    )
}

/// The one line that sums a plan up.
pub fn summary(s: &Summary) -> String {
    let mut parts =
        vec![format!("{} to send", s.send), format!("{} to edit", s.edit), format!("{} to delete", s.delete)];
    let more = [
        (s.resend, "to re-send"),
        (s.restore, "to restore"),
        (s.adopt, "to adopt"),
        (s.forget, "to forget"),
        (s.scheduled, "scheduled"),
        (s.blocked, "blocked"),
    ];
    parts.extend(more.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
    format!(
        "Plan: {} ({} unchanged). ≈ {}, ≈ {}, {}.",
        parts.join(", "),
        s.unchanged,
        count(s.calls, "call"),
        duration(s.seconds),
        count(s.notifications, "notification")
    )
}

fn duration(seconds: usize) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// One finished change, as it is told while an apply goes on.
pub fn item(list: &str, item: &Item, paint: Paint) -> String {
    let url = |message: &Message| message.url.clone().unwrap_or_else(|| format!("message {}", message.id));
    let urls = row(item.messages.iter().map(url));
    let mut line = format!("{list:<8} {:<3} {}", item.verb.sign(), item.slug);
    // One post may be edited for several reasons, each a change of its own.
    let reasons: Vec<&str> = item.reasons.iter().map(|reason| reason.words()).collect();
    let reasons = if item.verb == Verb::Edit { reasons.join(", ") } else { String::new() };
    for part in [reasons, urls, item.why.clone()] {
        if !part.is_empty() {
            let _ = write!(line, "  {part}");
        }
    }
    let mut out = paint.verb(if list == "failed" { Verb::Delete } else { item.verb }, &line);
    if let Some(hint) = &item.hint {
        let _ = write!(out, "\n         {}", paint.dim(hint));
    }
    out
}

/// Messages in a row; of many the first and the last.
fn row(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.as_slice() {
        [first, _, _, .., last] => format!("{first} … {last} ({} messages)", names.len()),
        few => few.join(" "),
    }
}

/// How an apply ended, in one line.
pub fn outcome(report: &Report) -> String {
    format!(
        "Applied: {} done, {} skipped, {} in doubt, {} failed, {} held.",
        report.done.len(),
        report.skipped.len(),
        report.in_doubt.len(),
        report.failed.len(),
        report.held.len()
    )
}

/// How the plan of now differs from the approved one, change by change as far as the approved one is at hand.
pub fn changed(before: Option<&PlanView>, now: &Plan, paint: Paint) -> String {
    let mut out = String::new();
    let Some(before) = before else {
        out.push_str("The approved plan is not at hand to compare with; this is the plan now:\n\n");
        out.push_str(&plan(now, paint));
        return out;
    };
    let old: Vec<_> =
        before.targets.iter().flat_map(|t| t.changes.iter().map(move |c| (&t.name, c))).collect();
    let approved = |id: &crate::ids::ChangeId| old.iter().any(|(_, change)| change.id == *id);
    out.push_str("Approved and not planned any more:\n");
    for (target, change) in old.iter().filter(|(_, change)| now.changes().all(|(_, now)| now.id != change.id))
    {
        let line =
            format!("  {:<3} {} in {target} ({})", change.verb.sign(), change.slug, change.verb.word());
        let _ = writeln!(out, "{}", paint.removed(&line));
    }
    out.push_str("Planned now and not approved:\n");
    for (target, change) in now.changes().filter(|(_, change)| !approved(&change.id)) {
        let line = format!(
            "  {:<3} {} in {} ({})",
            change.verb.sign(),
            change.slug,
            target.target,
            change.verb.word()
        );
        let _ = writeln!(out, "{}", paint.added(&line));
        detail(&mut out, target, change, paint);
    }
    out
}
