//! The places within a paragraph and within code, as far as the characters tell.

use std::ops::Range;

use super::long::Kind;
use super::place::Place;

/// Between the lines of code that begins at `begin`; the next part begins with a line that has something on it.
pub(super) fn lines(code: &str, begin: usize) -> Vec<Place> {
    let mut places = Vec::new();
    let mut done = 0;
    for (end, _) in code.match_indices('\n') {
        let before = code[..end].trim_end();
        let rest = &code[end..];
        let next = end + rest.len() - rest.trim_start().len();
        if end < done || before.is_empty() || next == code.len() {
            continue;
        }
        let start = code[..next].rfind('\n').map_or(next, |line_end| line_end + 1);
        let is_chunk = code[end..start].bytes().filter(|b| *b == b'\n').count() > 1;
        let kind = if is_chunk { Kind::Chunk } else { Kind::CodeLine };
        places.push(Place { gap: begin + before.len()..begin + start, kind });
        done = start;
    }
    places
}

/// Between the lines, sentences and words of a paragraph that begins at `begin`; `ranges` are those of its formatting.
pub(super) fn within(text: &str, begin: usize, ranges: &[Range<usize>], quoted: bool) -> Vec<Place> {
    let depths = depths(ranges, begin, text.len());
    let place = |gap: Range<usize>| {
        let depth = depths[gap.start..=gap.end].iter().copied().min().unwrap_or_default();
        let kind = match kind_of(&text[..gap.start], &text[gap.clone()], &text[gap.end..]) {
            _ if depth > 0 => Kind::Inside(depth),
            kind if quoted => kind.max(Kind::Sentence),
            kind => kind,
        };
        Place { gap: begin + gap.start..begin + gap.end, kind }
    };
    gaps(text).map(place).collect()
}

/// How many of `ranges` are around each place, from `begin` on.
fn depths(ranges: &[Range<usize>], begin: usize, length: usize) -> Vec<u8> {
    let mut change = vec![0_i32; length + 2];
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        change[range.start + 1 - begin] += 1;
        change[range.end - begin] -= 1;
    }
    let mut depth = 0;
    let depth_at = |change: i32| {
        depth += change;
        u8::try_from(depth).unwrap_or(u8::MAX)
    };
    change.into_iter().map(depth_at).collect()
}

/// Where running text has white space, and behind the sentences and clauses of scripts that have none.
fn gaps(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(c) = text[at..].chars().next() {
            let begin = at;
            at += c.len_utf8();
            if is_blank(c) {
                let rest = &text[at..];
                at = text.len() - rest.trim_start_matches(is_blank).len();
            } else if is_wide_stop(c)
                && !text[at..].starts_with(|next| is_wide_stop(next) || is_closing(next))
            {
                return Some(at..at).filter(|_| at < text.len());
            } else {
                continue;
            }
            if begin > 0 && at < text.len() {
                return Some(begin..at);
            }
        }
        None
    })
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n')
}

/// Ends a sentence or clause without a space behind it.
fn is_wide_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '、' | '，' | '；' | '：' | '．')
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '"' | '\'' | '”' | '’' | '»' | '）' | '」' | '』' | '】' | '》')
}

fn kind_of(before: &str, gap: &str, after: &str) -> Kind {
    if gap.contains('\n') {
        return Kind::Line;
    }
    let before = before.trim_end_matches(|c| is_closing(c) || c == '*');
    let Some(stop) = before.chars().next_back() else {
        return Kind::Word;
    };
    let is_sentence = match stop {
        '。' | '！' | '？' => true,
        '!' | '?' | '…' => !starts_lower(after),
        '.' => !starts_lower(after) && !is_abbreviation(before),
        _ => false,
    };
    if is_sentence { Kind::Sentence } else { Kind::Word }
}

fn starts_lower(text: &str) -> bool {
    text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase)
}

/// Whether the last word is a letter or two from a capital and a full stop, or holds another full stop: `A.`, `Dr.`,
/// `e.g.`.
fn is_abbreviation(text: &str) -> bool {
    let word =
        text.trim_end_matches('.').rsplit(|c: char| is_blank(c) || c == '(').next().unwrap_or_default();
    let is_short = word.chars().count() <= 2 && word.starts_with(char::is_uppercase);
    is_short || (word.contains('.') && !word.contains('/'))
}
