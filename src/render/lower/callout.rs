//! Callouts, `> [!kind] title`: what the parser knows only as a quote whose text begins oddly.

use crate::render::markdown::{Kind, Node, Tag};

/// Longest kind. Our own choice: a longer one is text.
const KIND: usize = 30;

/// The first line of a quote, read as a callout.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::render) struct Callout {
    /// The kind with a capital: the title when there is no other.
    pub(in crate::render) kind: String,
    /// Whether it is folded until the reader opens it.
    pub(in crate::render) is_folded: bool,
    /// The start of the title, as far as it is in the same node as the end of the mark.
    pub(in crate::render) begin: String,
    /// Which nodes of the first paragraph are the rest of the title.
    pub(in crate::render) title: std::ops::Range<usize>,
}

impl Callout {
    /// Reads the first paragraph of a quote.
    pub(in crate::render) fn of(quote: &[Node<'_>]) -> Option<Self> {
        let first = quote.first().filter(|node| matches!(node.kind, Kind::Markdown(Tag::Paragraph)))?;
        let (mut text, mut used) = (String::new(), 0);
        // The mark comes as `[`, `!kind`, `]`, and what follows it.
        for node in first.children.iter().take(4) {
            let Kind::Text(piece) = &node.kind else {
                break;
            };
            text.push_str(piece);
            used += 1;
        }
        let (kind, begin) = text.strip_prefix("[!")?.split_once(']')?;
        let is_kind = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
        if kind.trim().is_empty() || kind.len() > KIND || !kind.chars().all(is_kind) {
            return None;
        }
        let unfolded = begin.strip_prefix(['-', '+']);
        let is_break = |node: &Node<'_>| matches!(node.kind, Kind::SoftBreak | Kind::HardBreak);
        let end = first.children.iter().position(is_break).unwrap_or(first.children.len());
        Some(Self {
            kind: capitalised(kind.trim()),
            is_folded: begin.starts_with('-'),
            begin: unfolded.unwrap_or(begin).trim_start().to_owned(),
            title: used.min(end)..end,
        })
    }
}

/// `bug-fix` and `BUG_FIX` as `Bug fix`.
fn capitalised(kind: &str) -> String {
    let words = kind.to_lowercase().replace(['-', '_'], " ");
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_titles() {
        for (kind, expected) in [("note", "Note"), ("FAQ", "Faq"), ("bug_fix-2", "Bug fix 2"), ("ёж", "Ёж")]
        {
            assert_eq!(capitalised(kind), expected);
        }
    }
}
