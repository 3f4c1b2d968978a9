//! The plan as Markdown, for a pull request: what subscribers will see, before and after. Nothing a post says can
//! become markup of the page it is shown on.

use std::fmt::Write as _;

use super::diff::Line;
use super::text::{difference, guard, summary};
use crate::plan::{Change, Plan, TargetPlan};

/// The plan as GitHub-flavoured Markdown.
pub fn plan(plan: &Plan) -> String {
    let mut out = String::new();
    if plan.targets.iter().all(|target| target.changes.is_empty()) {
        let _ = writeln!(
            out,
            "### tgsync: no changes\n\n{} posts are as the content says.",
            plan.summary().unchanged
        );
    } else {
        let _ = writeln!(out, "### tgsync plan\n\n**{}**\n", summary(&plan.summary()));
    }
    for target in &plan.targets {
        self::target(&mut out, target);
    }
    let _ = writeln!(out, "Plan id: `{}`", plan.id);
    out
}

fn target(out: &mut String, target: &TargetPlan) {
    if target.changes.is_empty() && target.notes.is_empty() {
        return;
    }
    let _ = writeln!(out, "#### {} ({})\n", code(target.target.as_str()), code(&target.chat));
    if !target.changes.is_empty() {
        out.push_str("| | post | change | why | file |\n|---|---|---|---|---|\n");
    }
    for change in &target.changes {
        let reasons: Vec<&str> = change.reasons.iter().map(|reason| reason.words()).collect();
        let due = change.due.map(|at| format!(", {at}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `{}` | {} {} | {} | {}{due} | {} |",
            change.verb.sign(),
            code(change.slug.as_str()),
            escape(&change.title),
            change.verb.word(),
            reasons.join(", "),
            code(&format!("{}:{}", change.file, change.line))
        );
    }
    out.push('\n');
    for hit in &target.guard {
        let _ = writeln!(out, "> ⛔ {}\n", guard(target, hit));
    }
    for note in &target.notes {
        let _ = writeln!(out, "> {}\n", escape(note));
    }
    for change in &target.changes {
        detail(out, change);
    }
}

fn detail(out: &mut String, change: &Change) {
    let lines = difference(change);
    if lines.is_empty() && change.notes.is_empty() {
        return;
    }
    let slug = code(change.slug.as_str());
    let _ = writeln!(
        out,
        "<details><summary>{} {slug} · {}</summary>\n",
        change.verb.word(),
        escape(&change.title)
    );
    for note in &change.notes {
        let _ = writeln!(out, "- {}", escape(note));
    }
    if !change.notes.is_empty() {
        out.push('\n');
    }
    if !lines.is_empty() {
        let text: Vec<String> =
            lines.iter().map(|Line { tag, text }| format!("{} {text}", tag.sign())).collect();
        let text = text.join("\n");
        let fence = "`".repeat(longest_run(&text).max(2) + 1);
        let _ = writeln!(out, "{fence}diff\n{text}\n{fence}\n");
    }
    out.push_str("</details>\n\n");
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A code span; in GitHub's pages neither a mention nor a link comes out of it.
fn code(text: &str) -> String {
    let flat = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let fence = "`".repeat(longest_run(&flat) + 1);
    let pad = if flat.starts_with('`') || flat.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{flat}{pad}{fence}")
}

/// Plain text: every character that Markdown or HTML could take for itself is escaped, mentions are broken.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@\u{2060}"),
            '\n' | '\r' => out.push(' '),
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
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("a|b"), "`a\\|b`");
    }
}
