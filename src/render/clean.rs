//! What the server does to the characters of a text, done beforehand, so that what is sent is what is stored.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::scan::{find, find_pair};
use super::tree::{Block, Body, Gap, Inline, Text};

/// Cleans `text` for good: its characters, empty pieces, blanks at both ends. Returns whether characters with a
/// meaning had to go.
pub(super) fn tidy(text: &mut Text<'_>) -> bool {
    let mut found = Found::default();
    clean_blocks(&mut text.blocks, &mut found);
    trim(text);
    if found.marks {
        tame_marks(&mut text.blocks, &mut false);
    }
    found.removed
}

/// Takes blanks off both ends of `text`: all there is to do for one that is settled.
pub(super) fn trim(text: &mut Text<'_>) {
    trim_start(&mut text.blocks);
    trim_end(&mut text.blocks);
}

/// What a look at running text found: nearly all of it can stay as it is.
pub(super) struct Look {
    /// No piece is empty, and no character would be exchanged.
    pub(super) settled: bool,
    /// There may be names of files outside of links and code.
    pub(super) names: bool,
}

/// Looks at `content` once, for all that may have to be done to it.
pub(super) fn look(content: &[Inline<'_>]) -> Look {
    let mut look = Look { settled: true, names: false };
    for inline in content {
        match inline {
            Inline::Text(text) if is_plain(text) => {}
            Inline::Text(text) => {
                look.settled &= is_settled(text) && !text.is_empty();
                look.names = true;
            }
            Inline::Code(text) | Inline::Emoji { alt: text, .. } | Inline::Time { text, .. } => {
                look.settled &= is_settled(text) && !text.is_empty();
            }
            Inline::Style(_, content) | Inline::Link { content, .. } => {
                let inner = self::look(content);
                look.settled &= inner.settled && !content.is_empty();
                look.names |= inner.names && matches!(inline, Inline::Style(..));
            }
        }
    }
    look
}

/// Whether `text` is ASCII without control characters, and a sentence may end in it, but no name be divided by a dot.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches keep the compiler from testing many bytes at a time"
)]
fn is_plain(text: &str) -> bool {
    let is_odd = |byte: u8| !matches!(byte, b' '..=b'\x7f' | b'\n');
    let found = find_pair(text, |one, next| is_odd(one) | ((one == b'.') & (next > b' ')));
    found.is_none() && text.bytes().next_back().is_some_and(|last| !is_odd(last))
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
pub(super) fn is_invisible(text: &Text<'_>) -> bool {
    are_invisible(&text.blocks)
}

fn are_invisible(blocks: &[Block<'_>]) -> bool {
    blocks.iter().all(|block| match &block.body {
        Body::Paragraph(content) => hold_nothing(content),
        Body::Pre { code, .. } => is_blank(code),
        Body::Quote { blocks, .. } => are_invisible(blocks),
    })
}

fn hold_nothing(content: &[Inline<'_>]) -> bool {
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
pub(super) fn is_settled(text: &str) -> bool {
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

fn clean_blocks(blocks: &mut Vec<Block<'_>>, found: &mut Found) {
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
fn clean_block(block: &mut Block<'_>, found: &mut Found) -> bool {
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

fn clean_inlines(content: &mut Vec<Inline<'_>>, found: &mut Found) {
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

fn clean_text(text: &mut Cow<'_, str>, found: &mut Found) {
    if is_settled(text) {
        return;
    }
    found.marks |= text.contains(is_mark);
    if let Cow::Owned(cleaned) = clean(text, &mut found.removed) {
        *text = Cow::Owned(cleaned);
    }
}

const BLANKS: [char; 2] = [' ', '\n'];

/// Blanks before the first visible character go; code keeps its indentation, as it does on the server.
fn trim_start(blocks: &mut Vec<Block<'_>>) {
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
fn trim_end(blocks: &mut Vec<Block<'_>>) {
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
pub(super) fn trim_edge(content: &mut Vec<Inline<'_>>, edge: Edge) -> bool {
    let has_text = |inline: &mut Inline<'_>| match inline {
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

fn trim_string(text: &mut Cow<'_, str>, edge: Edge) -> bool {
    let is_trimmed = match edge {
        Edge::Start => !text.starts_with(BLANKS),
        Edge::End => !text.ends_with(BLANKS),
    };
    if !is_trimmed {
        match text {
            Cow::Borrowed(text) => *text = trimmed(text, edge),
            Cow::Owned(owned) => *owned = trimmed(owned, edge).to_owned(),
        }
    }
    text.is_empty()
}

fn trimmed(text: &str, edge: Edge) -> &str {
    match edge {
        Edge::Start => text.trim_start_matches(BLANKS),
        Edge::End => text.trim_end_matches(BLANKS),
    }
}

/// In each run of direction marks all but the last become zero-width non-joiners. Walks backwards; `followed` says
/// whether a mark comes next.
fn tame_marks(blocks: &mut [Block<'_>], followed: &mut bool) {
    for block in blocks.iter_mut().rev() {
        match &mut block.body {
            Body::Paragraph(content) => tame_inlines(content, followed),
            Body::Pre { code, .. } => tame_string(code, followed),
            Body::Quote { blocks, .. } => tame_marks(blocks, followed),
        }
        *followed = false;
    }
}

fn tame_inlines(content: &mut [Inline<'_>], followed: &mut bool) {
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
    if let Some(tamed) = tamed(text, &mut false) {
        *text = tamed;
    }
}

fn tame_string(text: &mut Cow<'_, str>, followed: &mut bool) {
    if let Some(tamed) = tamed(text, followed) {
        *text = Cow::Owned(tamed);
    }
}

/// `text` with its direction marks tamed; `None` when it has none.
fn tamed(text: &str, followed: &mut bool) -> Option<String> {
    if text.is_ascii() || !text.contains(is_mark) {
        *followed &= text.is_empty();
        return None;
    }
    let mut tamed: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars().rev() {
        tamed.push(if is_mark(c) && *followed { '\u{200c}' } else { c });
        *followed = is_mark(c);
    }
    Some(tamed.into_iter().rev().collect())
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

    fn tidied(content: Vec<Inline<'_>>) -> String {
        let mut text = Text { blocks: vec![Block::paragraph(Gap::Blank, content)] };
        tidy(&mut text);
        text.visible()
    }

    #[test]
    fn blanks_at_the_ends_go() {
        let text = |text: &'static str| Inline::Text(text.into());
        let bold = |content: Vec<Inline<'static>>| Inline::Style(Style::Bold, content);
        assert_eq!(tidied(vec![text(" \n"), bold(vec![text(" a ")]), text(" ")]), "a");
        assert_eq!(tidied(vec![Inline::Code(" a ".into()), bold(vec![text("\n")])]), " a");
        assert_eq!(tidied(vec![bold(vec![bold(vec![text(" ")])])]), "");
    }

    #[test]
    fn direction_marks_are_tamed_across_pieces() {
        let text = |text: &'static str| Inline::Text(text.into());
        let bold = Inline::Style(Style::Bold, vec![text("\u{200f}")]);
        assert_eq!(tidied(vec![text("a\u{200e}"), bold, text("b\u{200e}")]), "a\u{200c}\u{200f}b\u{200e}");
    }

    #[test]
    fn some_odd_characters_count_as_visible() {
        assert!(is_blank(" \n\u{200b}\u{3000}\u{feff}"));
        assert!(!is_blank("\u{2060}"));
    }
}
