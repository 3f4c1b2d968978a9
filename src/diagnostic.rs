//! What is wrong with content or config: severity, code, place, and one line that says what to do.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::RelPath;

pub mod codes;
mod fold;

pub use fold::fold;

/// An error in a selected post stops `plan` and `apply`; a warning never does (`--strict` makes it an error).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

/// A stable code: `TG` and four digits. `tgsync explain CODE` tells more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Code(pub &'static str);

/// Where: a range of one line of a file, with what the line says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: RelPath,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// Length of the marked range in characters, at least 1.
    pub length: usize,
    /// The line itself, without its end; cut around the range when it is very long.
    pub excerpt: String,
    /// Where the marked range begins in `excerpt`, in characters from 0.
    pub excerpt_start: usize,
}

/// Longest excerpt, in characters.
const MAX_EXCERPT_CHARS: usize = 120;

impl Place {
    /// The place of byte range `range` of `text`. A range over several lines marks the rest of its first line.
    pub fn at(file: &RelPath, text: &str, range: Range<usize>) -> Self {
        let start = floor_char(text, range.start.min(text.len()));
        let end = floor_char(text, range.end.clamp(start, text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[line_start..line_end].trim_end_matches('\r');
        // What stands behind a line stands at its end.
        let start = start.min(line_start + line.len());
        let before = text[line_start..start].chars().count();
        let length = text[start..end.clamp(start, line_start + line.len())].chars().count().max(1);
        let first_line = usize::from(line_start == 0 && line.starts_with('\u{feff}'));
        let fits = line.chars().count() <= MAX_EXCERPT_CHARS;
        let skip = if fits { 0 } else { before.saturating_sub(MAX_EXCERPT_CHARS / 2) };
        let skip = skip.max(first_line.min(before));
        Self {
            file: file.clone(),
            line: text[..start].bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before - first_line.min(before) + 1,
            length,
            excerpt: line.chars().skip(skip).take(MAX_EXCERPT_CHARS).collect(),
            excerpt_start: before - skip,
        }
    }

    /// A whole file, when no line of it is to blame.
    pub fn file(file: &RelPath) -> Self {
        Self { file: file.clone(), line: 1, column: 1, length: 1, excerpt: String::new(), excerpt_start: 0 }
    }
}

fn floor_char(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: Code,
    /// What is wrong: lower case, backticks around literals, no final full stop.
    pub message: String,
    pub place: Option<Place>,
    /// What to do about it, as an action.
    pub hint: Option<String>,
}

impl Diagnostic {
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), place: None, hint: None }
    }

    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// By place, then severity, so that the same problems always come in the same order.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            let place = d.place.as_ref();
            (place.map(|p| (p.file.clone(), p.line, p.column)), d.severity, d.code)
        };
        key(a).cmp(&key(b))
    });
}

/// The nearest of `known` to `word`, for "did you mean".
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> RelPath {
        RelPath::new(std::path::Path::new("content/a.md")).unwrap()
    }

    #[test]
    fn places_count_characters_and_skip_a_byte_order_mark() {
        let text = "\u{feff}slug: é\r\nünknown: 1\n";
        let at = text.find("ünknown").unwrap();
        let place = Place::at(&file(), text, at..at + "ünknown".len());
        assert_eq!((place.line, place.column, place.length), (2, 1, 7));
        assert_eq!(place.excerpt, "ünknown: 1");
        let place = Place::at(&file(), text, 3..7);
        assert_eq!((place.line, place.column, place.excerpt.as_str()), (1, 1, "slug: é"));
    }

    #[test]
    fn what_stands_behind_a_line_is_at_its_end() {
        let text = "ab\r\nc";
        for (range, expected) in [(3..4, (1, 3, 1)), (1..4, (1, 2, 1)), (2..3, (1, 3, 1)), (9..9, (2, 2, 1))]
        {
            let place = Place::at(&file(), text, range);
            assert_eq!((place.line, place.column, place.length), expected);
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_range() {
        let text = format!("{}X{}", "a".repeat(10_000), "b".repeat(10_000));
        let place = Place::at(&file(), &text, 10_000..10_001);
        assert_eq!(place.column, 10_001);
        assert_eq!(place.excerpt.chars().nth(place.excerpt_start), Some('X'));
        assert!(place.excerpt.chars().count() <= MAX_EXCERPT_CHARS);
    }

    #[test]
    fn short_lines_are_shown_whole() {
        let text = format!("{}X", "a".repeat(MAX_EXCERPT_CHARS - 1));
        let place = Place::at(&file(), &text, text.len() - 1..text.len());
        assert_eq!((place.excerpt.as_str(), place.excerpt_start), (text.as_str(), 119));
    }

    #[test]
    fn suggestions_are_near_or_nothing() {
        assert_eq!(nearest("tilte", ["title", "tags"]), Some("title"));
        assert_eq!(nearest("wholly-different", ["title", "tags"]), None);
    }
}
