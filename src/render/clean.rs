//! What the server does to the characters of a text, done beforehand, so that what is sent is what is stored.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::scan::find;
use super::tree::{Block, Body, Gap, Inline, Text};

/// Cleans `text` for good: its characters, empty pieces, blanks at both ends. Returns whether characters with a
/// meaning had to go.
pub(super) fn tidy(text: &mut Text) -> bool {
    let mut found = Found::default();
    clean_blocks(&mut text.blocks, &mut found);
    trim_start(&mut text.blocks);
    trim_end(&mut text.blocks);
    if found.marks {
        tame_marks(&mut text.blocks, &mut false);
    }
    found.removed
}

/// What cleaning came across.
#[derive(Default)]
struct Found {
    /// Characters with a meaning that had to go.
    removed: bool,
    /// Direction marks.
    marks: bool,
}

/// Whether nothing in `text` can be seen; such a message is refused with `text must be non-empty`.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c,
            ' ' | '\n' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{202f}' | '\u{205f}'
            | '\u{2800}' | '\u{3000}' | '\u{feff}' | '\u{fffc}' | '\u{e0000}'..='\u{e007f}')
    })
}

/// Whether nothing of `text` can be seen; as [`is_blank`], but it reads no further than to the first visible character.
pub(super) fn is_invisible(text: &Text) -> bool {
    are_invisible(&text.blocks)
}

fn are_invisible(blocks: &[Block]) -> bool {
    blocks.iter().all(|block| match &block.body {
        Body::Paragraph(content) => hold_nothing(content),
        Body::Pre { code, .. } => is_blank(code),
        Body::Quote { blocks, .. } => are_invisible(blocks),
    })
}

fn hold_nothing(content: &[Inline]) -> bool {
    content.iter().all(|inline| match inline {
        Inline::Text(text)
        | Inline::Code(text)
        | Inline::Emoji { alt: text, .. }
        | Inline::Time { text, .. } => is_blank(text),
        Inline::Style(_, content) | Inline::Link { content, .. } => hold_nothing(content),
    })
}

/// Removed by the server from every text.
pub(super) fn is_removed(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{30a}' | '\u{333}' | '\u{33f}')
}

/// Whether `text` is sure to stay as it is: nearly all are, and this takes one look at them.
fn is_settled(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = find(rest, |byte| !matches!(byte, b' '..=b'\x7f' | b'\n')) {
        let after = rest[at..].trim_start_matches(is_settled_letter);
        if after.len() == rest.len() - at {
            return false;
        }
        rest = after;
    }
    true
}

/// A character beyond ASCII that stays as it is whatever stands around it: Latin and Cyrillic letters, signs, dashes,
/// quotation marks, Chinese characters, emoji; not all there are, but those that are common.
fn is_settled_letter(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}' | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205e}' | '\u{2070}'..='\u{20cf}' | '\u{2190}'..='\u{2328}' | '\u{2500}'..='\u{2adb}'
        | '\u{3001}'..='\u{3029}' | '\u{4e00}'..='\u{9fff}' | '\u{1f300}'..='\u{1faff}')
}

/// A direction mark.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}')
}

/// Composed characters, no control characters but line feeds, nothing that the server removes (then `removed` is set).
pub(super) fn clean<'t>(text: &'t str, removed: &mut bool) -> Cow<'t, str> {
    if is_settled(text) {
        return Cow::Borrowed(text);
    }
    let stays = |c: char| c == '\n' || (c >= ' ' && !is_removed(c));
    if is_nfc_quick(text.chars()) == IsNormalized::Yes && text.chars().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            '\r' => {}
            c if is_removed(c) => *removed = true,
            c if c < ' ' && c != '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

pub(super) fn clean_string(text: &mut String, removed: &mut bool) {
    if let Cow::Owned(cleaned) = clean(text, removed) {
        *text = cleaned;
    }
}

fn clean_blocks(blocks: &mut Vec<Block>, found: &mut Found) {
    let mut breaks = false;
    blocks.retain_mut(|block| {
        breaks |= block.gap == Gap::Break;
        let is_kept = clean_block(block, found);
        if is_kept && std::mem::take(&mut breaks) {
            block.gap = Gap::Break;
        }
        is_kept
    });
}

/// Answers whether something is left.
fn clean_block(block: &mut Block, found: &mut Found) -> bool {
    match &mut block.body {
        Body::Paragraph(content) => {
            clean_inlines(content, found);
            !content.is_empty()
        }
        Body::Pre { language, code } => {
            clean_text(code, found);
            if let Some(language) = language {
                clean_text(language, found);
            }
            !code.is_empty()
        }
        Body::Quote { blocks, .. } => {
            clean_blocks(blocks, found);
            !blocks.is_empty()
        }
    }
}

fn clean_inlines(content: &mut Vec<Inline>, found: &mut Found) {
    content.retain_mut(|inline| match inline {
        Inline::Text(text)
        | Inline::Code(text)
        | Inline::Emoji { alt: text, .. }
        | Inline::Time { text, .. } => {
            clean_text(text, found);
            !text.is_empty()
        }
        Inline::Style(_, content) | Inline::Link { content, .. } => {
            clean_inlines(content, found);
            !content.is_empty()
        }
    });
}

fn clean_text(text: &mut String, found: &mut Found) {
    if is_settled(text) {
        return;
    }
    found.marks |= text.contains(is_mark);
    clean_string(text, &mut found.removed);
}

const BLANKS: [char; 2] = [' ', '\n'];

/// Blanks before the first visible character go; code keeps its indentation, as it does on the server.
fn trim_start(blocks: &mut Vec<Block>) {
    let first = blocks.iter_mut().position(|block| match &mut block.body {
        Body::Paragraph(content) => !trim_edge(content, Edge::Start),
        Body::Pre { .. } => true,
        Body::Quote { blocks, .. } => {
            trim_start(blocks);
            !blocks.is_empty()
        }
    });
    blocks.drain(..first.unwrap_or(blocks.len()));
}

/// Blanks after the last visible character go, whatever they are in.
fn trim_end(blocks: &mut Vec<Block>) {
    let last = blocks.iter_mut().rposition(|block| match &mut block.body {
        Body::Paragraph(content) => !trim_edge(content, Edge::End),
        Body::Pre { code, .. } => !trim_string(code, Edge::End),
        Body::Quote { blocks, .. } => {
            trim_end(blocks);
            !blocks.is_empty()
        }
    });
    blocks.truncate(last.map_or(0, |last| last + 1));
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// Trims one end of running text; answers whether nothing is left.
pub(super) fn trim_edge(content: &mut Vec<Inline>, edge: Edge) -> bool {
    let has_text = |inline: &mut Inline| match inline {
        Inline::Text(text) => !trim_string(text, edge),
        Inline::Style(_, content) | Inline::Link { content, .. } => !trim_edge(content, edge),
        Inline::Code(text) | Inline::Emoji { alt: text, .. } | Inline::Time { text, .. } => {
            edge == Edge::Start || !trim_string(text, edge)
        }
    };
    match edge {
        Edge::Start => {
            let first = content.iter_mut().position(has_text);
            if first != Some(0) {
                content.drain(..first.unwrap_or(content.len()));
            }
        }
        Edge::End => {
            let last = content.iter_mut().rposition(has_text);
            content.truncate(last.map_or(0, |last| last + 1));
        }
    }
    content.is_empty()
}

fn trim_string(text: &mut String, edge: Edge) -> bool {
    match edge {
        Edge::Start => {
            let blanks = text.len() - text.trim_start_matches(BLANKS).len();
            if blanks > 0 {
                text.drain(..blanks);
            }
        }
        Edge::End => text.truncate(text.trim_end_matches(BLANKS).len()),
    }
    text.is_empty()
}

/// In each run of direction marks all but the last become zero-width non-joiners. Walks backwards; `followed` says
/// whether a mark comes next.
fn tame_marks(blocks: &mut [Block], followed: &mut bool) {
    for block in blocks.iter_mut().rev() {
        match &mut block.body {
            Body::Paragraph(content) => tame_inlines(content, followed),
            Body::Pre { code, .. } => tame_string(code, followed),
            Body::Quote { blocks, .. } => tame_marks(blocks, followed),
        }
        *followed = false;
    }
}

fn tame_inlines(content: &mut [Inline], followed: &mut bool) {
    for inline in content.iter_mut().rev() {
        match inline {
            Inline::Text(text)
            | Inline::Code(text)
            | Inline::Emoji { alt: text, .. }
            | Inline::Time { text, .. } => {
                tame_string(text, followed);
            }
            Inline::Style(_, content) | Inline::Link { content, .. } => {
                tame_inlines(content, followed);
            }
        }
    }
}

/// As `tame_marks`, for a text on its own.
pub(super) fn tame(text: &mut String) {
    tame_string(text, &mut false);
}

fn tame_string(text: &mut String, followed: &mut bool) {
    if text.is_ascii() || !text.contains(is_mark) {
        *followed &= text.is_empty();
        return;
    }
    let mut tamed: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars().rev() {
        tamed.push(if is_mark(c) && *followed { '\u{200c}' } else { c });
        *followed = is_mark(c);
    }
    *text = tamed.into_iter().rev().collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::{Gap, Style};

    #[test]
    fn characters_are_cleaned() {
        let table = [
            ("a\tb\r\nc", "a b\nc", false),
            ("a\u{30a}", "å", false),
            ("x\u{30a}", "x", true),
            ("a\u{202e}b\u{7f}", "ab\u{7f}", true),
            ("äöü — 😀", "äöü — 😀", false),
        ];
        for (input, expected, lost) in table {
            let mut removed = false;
            assert_eq!(clean(input, &mut removed), expected);
            assert_eq!(removed, lost, "{input:?}");
        }
    }

    #[test]
    fn settled_letters_stay_whatever_stands_around_them() {
        let class = unicode_normalization::char::canonical_combining_class;
        for c in ('\0'..=char::MAX).filter(|c| is_settled_letter(*c)) {
            let composed = is_nfc_quick(std::iter::once(c)) == IsNormalized::Yes && class(c) == 0;
            assert!(composed && !is_removed(c) && !is_mark(c) && c > ' ', "{c:?}");
        }
        for (text, expected) in
            [("—ж\n😀 ä", true), ("ж\u{301}", false), ("a\t", false), ("é\u{202e}", false)]
        {
            assert_eq!(is_settled(text), expected, "{text:?}");
        }
    }

    fn tidied(content: Vec<Inline>) -> String {
        let mut text = Text { blocks: vec![Block::paragraph(Gap::Blank, content)] };
        tidy(&mut text);
        text.visible()
    }

    #[test]
    fn blanks_at_the_ends_go() {
        let text = |text: &str| Inline::Text(text.into());
        let bold = |content: Vec<Inline>| Inline::Style(Style::Bold, content);
        assert_eq!(tidied(vec![text(" \n"), bold(vec![text(" a ")]), text(" ")]), "a");
        assert_eq!(tidied(vec![Inline::Code(" a ".into()), bold(vec![text("\n")])]), " a");
        assert_eq!(tidied(vec![bold(vec![bold(vec![text(" ")])])]), "");
    }

    #[test]
    fn direction_marks_are_tamed_across_pieces() {
        let text = |text: &str| Inline::Text(text.into());
        let bold = Inline::Style(Style::Bold, vec![text("\u{200f}")]);
        assert_eq!(tidied(vec![text("a\u{200e}"), bold, text("b\u{200e}")]), "a\u{200c}\u{200f}b\u{200e}");
    }

    #[test]
    fn some_odd_characters_count_as_visible() {
        assert!(is_blank(" \n\u{200b}\u{3000}\u{feff}"));
        assert!(!is_blank("\u{2060}"));
    }
}
