//! The plan as Markdown, for a pull request: what subscribers will see, before and after. Nothing a post says can
//! become markup of the page it is shown on.

use std::fmt::Write as _;

use super::diff::{Line, Tag, all, lines, visible};
use super::json::{ChangeView, GuardView, PlanView, ReportView, TargetView};
use super::style::count;
use super::text::{Seen, difference, guard, summary};
use crate::ids::{Slug, TargetName};
use crate::plan::GuardHit;

/// Rows of a report.
const MAX_ROWS: usize = 500;
/// Characters of what is held.
const HELD_ROOM: usize = 100_000;

/// A text that had to end somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub text: String,
    /// Changes of which not everything is shown.
    pub left_out: usize,
}

/// The plan as GitHub-flavoured Markdown.
pub fn plan(plan: &PlanView) -> String {
    plan_within(plan, usize::MAX).text
}

/// The same in at most `room` characters as GitHub counts them, but for some hundred of its head and its foot.
pub fn plan_within(plan: &PlanView, room: usize) -> Cut {
    let mut out = Cut { text: head(plan), left_out: 0 };
    for target in &plan.targets {
        let shown = self::target(plan, target, room.saturating_sub(width(&out.text)));
        out.text.push_str(&shown.text);
        out.left_out += shown.left_out;
    }
    let _ = writeln!(out.text, "Plan id: {}", code(plan.plan_id.as_str()));
    out
}

fn head(plan: &PlanView) -> String {
    if plan.targets.iter().all(|target| target.changes.is_empty()) {
        format!("### tgsync: no changes\n\n{} posts are as the content says.\n", plan.summary.unchanged)
    } else {
        format!("### tgsync plan\n\n**{}**\n\n", summary(&plan.summary))
    }
}

/// One target: what changes as a table, then each post before and after, as far as there is room.
pub fn target(plan: &PlanView, target: &TargetView, room: usize) -> Cut {
    let mut out = Cut { text: String::new(), left_out: 0 };
    if target.changes.is_empty() && target.notes.is_empty() {
        return out;
    }
    let text = &mut out.text;
    let _ = writeln!(text, "#### {} ({})\n", code(target.name.as_str()), code(&target.chat));
    for hit in plan.guard.iter().filter(|hit| hit.target == target.name) {
        let _ = writeln!(text, "> ⛔ {}\n", guard_words(hit));
    }
    let left = table(text, &target.changes, room);
    for note in &target.notes {
        let note = format!("> {}\n\n", escape(note));
        if width(text) + width(&note) <= room {
            text.push_str(&note);
        }
    }
    let mut complete = target.changes.len() - left;
    for (at, change) in target.changes.iter().enumerate() {
        let room = room.saturating_sub(width(text));
        let Some((detail, whole)) = detail(change, room) else {
            complete = complete.min(at);
            break;
        };
        text.push_str(&detail);
        if !whole {
            complete = complete.min(at);
            break;
        }
    }
    out.left_out = target.changes.len() - complete;
    out
}

/// How an apply ended: what is to be seen where, and what did not happen.
pub fn report(report: &ReportView) -> String {
    let lists = [
        ("done", &report.done),
        ("held", &report.held),
        ("in doubt", &report.in_doubt),
        ("failed", &report.failed),
        ("skipped", &report.skipped),
    ];
    let counts: Vec<String> = lists.iter().map(|(word, items)| format!("{} {word}", items.len())).collect();
    let mut out = format!("### tgsync apply\n\n**{}**\n\n", counts.join(", "));
    if report.planned > 0 {
        out.push_str("| | post | | |\n|---|---|---|---|\n");
    }
    let items = lists.iter().flat_map(|(word, items)| items.iter().map(move |item| (*word, item)));
    for (word, item) in items.take(MAX_ROWS) {
        let urls: Vec<&str> =
            item.messages.iter().filter_map(|message| message.url.as_deref()).take(10).collect();
        let why = item.why.as_deref().or(item.error.as_deref()).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {word} | {} {} | {} {} | {} |",
            code(item.target.as_str()),
            code(item.slug.as_str()),
            item.verb.word(),
            urls.join(" "),
            escape(why)
        );
    }
    if report.planned > MAX_ROWS {
        let _ = writeln!(out, "\n… and {} more", report.planned - MAX_ROWS);
    }
    out.push('\n');
    out
}

/// A change that nobody approved as it is.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    pub slug: &'a Slug,
    pub target: &'a TargetName,
    pub why: &'a str,
    pub approved: Option<&'a str>,
    pub now: Option<&'a str>,
}

/// What is held and how it differs from what was approved; `step` approves it.
pub fn withheld<'a>(held: impl Iterator<Item = Held<'a>>, step: &str) -> String {
    let mut out = String::from("### Held: not what was approved\n\n");
    let mut room = HELD_ROOM;
    for held in held {
        let _ = writeln!(
            out,
            "{} in {}: {}\n",
            code(held.slug.as_str()),
            code(held.target.as_str()),
            escape(held.why)
        );
        let lines = match (held.approved, held.now) {
            (Some(approved), Some(now)) => lines(approved, now),
            (None, Some(now)) => all(now, Tag::Added, usize::MAX),
            (Some(approved), None) => all(approved, Tag::Removed, usize::MAX),
            (None, None) => Vec::new(),
        };
        if let Some((text, _)) = diff(&lines, room) {
            room = room.saturating_sub(width(&text));
            out.push_str(&text);
        }
    }
    let _ = writeln!(out, "To publish it as it is now: {step}.\n");
    out
}

fn guard_words(hit: &GuardView) -> String {
    guard(&hit.target, &GuardHit { rule: hit.rule, limit: hit.limit, value: hit.value })
}

/// How many rows had no room.
fn table(out: &mut String, changes: &[ChangeView], room: usize) -> usize {
    if changes.is_empty() {
        return 0;
    }
    out.push_str("| | post | change | why | file |\n|---|---|---|---|---|\n");
    let mut shown = 0;
    for change in changes {
        let row = row(change);
        if width(out) + width(&row) > room {
            break;
        }
        out.push_str(&row);
        shown += 1;
    }
    out.push('\n');
    changes.len() - shown
}

fn row(change: &ChangeView) -> String {
    let reasons: Vec<&str> = change.reasons.iter().map(|reason| reason.words()).collect();
    let due = change.due.map(|at| format!(", {at}")).unwrap_or_default();
    let bell = if change.notifies { " 🔔" } else { "" };
    format!(
        "| `{}` | {} {} | {}{bell} | {}{due} | {} |\n",
        change.verb.sign(),
        code(change.slug.as_str()),
        escape(&change.title),
        change.verb.word(),
        reasons.join(", "),
        code(&format!("{}:{}", change.file, change.line))
    )
}

/// One post before and after, and whether it is all there; `None` where there is no room for a useful part of it.
fn detail(change: &ChangeView, room: usize) -> Option<(String, bool)> {
    let lines = difference(Seen::from(change), usize::MAX);
    if lines.is_empty() && change.notes.is_empty() && change.files.is_empty() {
        return Some((String::new(), true));
    }
    let slug = code(change.slug.as_str());
    let (verb, title) = (change.verb.word(), escape(&change.title));
    let mut out = format!("<details><summary>{verb} {slug} · {title}</summary>\n\n");
    for note in &change.notes {
        let _ = writeln!(out, "- {}", escape(note));
    }
    if !change.files.is_empty() {
        let names: Vec<String> = change.files.iter().map(|file| code(file.as_str())).collect();
        let _ = writeln!(out, "- {}: {}", count(names.len(), "file"), names.join(", "));
    }
    if !change.notes.is_empty() || !change.files.is_empty() {
        out.push('\n');
    }
    let end = "</details>\n\n";
    let room = room.checked_sub(width(&out) + width(end))?;
    let mut whole = true;
    if !lines.is_empty() {
        let (text, all) = diff(&lines, room)?;
        out.push_str(&text);
        whole = all;
    }
    out.push_str(end);
    Some((out, whole))
}

/// A fence longer than what the lines hold, so that no line can end it.
fn diff(lines: &[Line], room: usize) -> Option<(String, bool)> {
    let line = |Line { tag, text }: &Line| format!("{} {text}\n", tag.sign());
    let longest = lines.iter().map(|line| longest_run(&line.text)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let more = |left: usize| format!("  … {left} more lines\n");
    let mut room = room.checked_sub(2 * longest.max(2) + 10 + width(&more(lines.len())))?;
    let mut text = String::new();
    let mut shown = 0;
    for line in lines.iter().map(line) {
        let Some(left) = room.checked_sub(width(&line)) else { break };
        room = left;
        text.push_str(&line);
        shown += 1;
    }
    let left = lines.len() - shown;
    if left > 0 {
        text.push_str(&more(left));
    }
    (shown > 0).then(|| (format!("{fence}diff\n{text}{fence}\n\n"), left == 0))
}

/// Characters as GitHub counts them: UTF-16, to be on the safe side.
pub fn width(text: &str) -> usize {
    text.encode_utf16().count()
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A code span; in GitHub's pages neither a mention nor a link comes out of it.
pub fn code(text: &str) -> String {
    let flat = visible(&text.replace(['\n', '\r'], " ")).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&flat) + 1);
    let pad = if flat.starts_with('`') || flat.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{flat}{pad}{fence}")
}

/// Plain text: every character that Markdown or HTML could take for itself is escaped, mentions and references to
/// issues are broken.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(&text.replace(['\n', '\r'], " ")).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{2060}"),
            '#' => out.push_str("\\#\u{2060}"),
            c if c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(escape("<b> @all [x](y)\n`z`"), "&lt;b&gt; @\u{2060}all \\[x\\]\\(y\\) \\`z\\`");
        assert_eq!(escape("see #1\u{202e}"), "see \\#\u{2060}1\\\\u\\{202e\\}");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn no_line_ends_its_fence_and_a_cut_is_told() {
        let line = |text: &str| Line { tag: Tag::Added, text: text.to_owned() };
        let lines = [line("````"), line("<b>"), line("x")];
        let all = diff(&lines, usize::MAX).unwrap();
        assert_eq!(all, ("`````diff\n+ ````\n+ <b>\n+ x\n`````\n\n".to_owned(), true));
        let (text, whole) = diff(&lines, 45).unwrap();
        assert!(!whole && text.contains("… 2 more lines") && width(&text) <= 45, "{text}");
        assert_eq!(diff(&lines, 20), None);
    }
}
