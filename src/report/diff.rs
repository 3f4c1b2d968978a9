//! Old → new of what subscribers read, line by line.

use similar::{ChangeTag, TextDiff};

/// Unchanged lines around a change.
const CONTEXT: usize = 2;

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub tag: Tag,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Same,
    Added,
    Removed,
    /// Unchanged lines left out.
    Gap,
}

impl Tag {
    pub fn sign(self) -> char {
        match self {
            Self::Same | Self::Gap => ' ',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}

/// The lines of `before` → `after` with a little context.
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(before, after);
    let mut out = Vec::new();
    for group in diff.grouped_ops(CONTEXT) {
        if !out.is_empty() {
            out.push(Line { tag: Tag::Gap, text: "…".to_owned() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let tag = match change.tag() {
                ChangeTag::Equal => Tag::Same,
                ChangeTag::Insert => Tag::Added,
                ChangeTag::Delete => Tag::Removed,
            };
            out.push(Line { tag, text: visible(change.value().trim_end_matches(['\n', '\r'])) });
        }
    }
    out
}

/// Text of a post as lines of one kind, at most `limit`.
pub fn all(text: &str, tag: Tag, limit: usize) -> Vec<Line> {
    let mut out: Vec<Line> = text.lines().take(limit).map(|line| Line { tag, text: visible(line) }).collect();
    let left = text.lines().count().saturating_sub(limit);
    if left > 0 {
        out.push(Line { tag: Tag::Gap, text: format!("… {left} more lines") });
    }
    out
}

/// Control characters must not reach a terminal; characters that reorder text must not hide what is there.
pub(super) fn visible(line: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !line.contains(hidden) {
        return line.to_owned();
    }
    line.chars()
        .flat_map(|c| if hidden(c) { c.escape_unicode().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_with_a_little_context() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
        let text: Vec<String> =
            lines(before, after).iter().map(|l| format!("{}{}", l.tag.sign(), l.text)).collect();
        assert_eq!(text, [" 3", " 4", "-5", "+five", " 6", " 7"]);
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        assert_eq!(all("a\u{1b}[31mb\u{202e}", Tag::Added, 9)[0].text, "a\\u{1b}[31mb\\u{202e}");
    }
}
