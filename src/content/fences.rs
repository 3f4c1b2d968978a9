//! Where front matter stands in a file: between two lines of `---`, the first at the very top.

use std::ops::Range;

use gray_matter::engine::Engine;
use gray_matter::{Matter, Pod};

use crate::diagnostic::codes::front_matter as codes;
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::RelPath;

/// Front matter may have so many bytes.
pub(super) const MAX_FRONT_MATTER: usize = 64 * 1024;

const BYTE_ORDER_MARK: char = '\u{feff}';

const FENCE: &str = "---";

/// Byte ranges of a file's text, line ends untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fenced {
    /// Between the fences; empty when nothing stands there.
    pub yaml: Range<usize>,
    /// Behind the closing fence, to the end of the file.
    pub body: Range<usize>,
}

/// Takes front matter as it is: `gray_matter` separates it from the body, reading it is not its affair.
struct Raw;

impl Engine for Raw {
    fn parse(matter: &str) -> gray_matter::Result<Pod> {
        Ok(Pod::String(matter.to_owned()))
    }
}

/// Finds the front matter of `text`.
pub(super) fn split(file: &RelPath, text: &str) -> Result<Fenced, Box<Diagnostic>> {
    let top = top(text);
    let first = text[top..].split_inclusive('\n').next().unwrap_or_default();
    if first.trim_end() != FENCE {
        return Err(Box::new(no_front_matter(file, text, top)));
    }
    let start = top + first.len();
    let Some((end, body)) = closing_fence(text, start) else {
        let place = Place::at(file, text, top..top + FENCE.len());
        return Err(Box::new(unclosed(text, start).at(place)));
    };
    if end - start > MAX_FRONT_MATTER {
        let message = format!("the front matter has {} bytes, {MAX_FRONT_MATTER} are allowed", end - start);
        let problem = Diagnostic::error(codes::TOO_LARGE, message)
            .at(Place::at(file, text, top..top + FENCE.len()))
            .hint("move the text below the closing `---`");
        return Err(Box::new(problem));
    }
    // The matter comes back trimmed and with other line ends, so it only tells whether there is any; offsets are our own.
    let matter = Matter::<Raw>::new().parse::<Pod>(&text[top..body]);
    let empty = matter.is_ok_and(|parsed| parsed.matter.is_empty());
    Ok(Fenced { yaml: start..if empty { start } else { end }, body: body..text.len() })
}

/// Where the text begins, behind a byte order mark.
pub(super) fn top(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 }
}

/// Whether a file is plain text so far, so that front matter can be put above it.
pub(super) fn may_be_added(text: &str) -> bool {
    let first = text[top(text)..].lines().find(|line| !line.trim().is_empty());
    first.is_none_or(|line| !line.starts_with(FENCE) && !["+++", "{"].contains(&line.trim_end()))
}

/// Where the closing fence begins, and where the line behind it does.
fn closing_fence(text: &str, start: usize) -> Option<(usize, usize)> {
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Some((at, at + line.len()));
        }
        at += line.len();
    }
    None
}

fn unclosed(text: &str, start: usize) -> Diagnostic {
    let problem = Diagnostic::error(codes::UNCLOSED, "front matter is opened with `---` and never closed");
    let dots = text[start..].lines().any(|line| line.trim_end() == "...");
    problem.hint(if dots {
        "close it with `---` instead of `...`"
    } else {
        "add a line `---` below the last key"
    })
}

fn no_front_matter(file: &RelPath, text: &str, top: usize) -> Diagnostic {
    let first = text[top..].lines().next().unwrap_or_default();
    let place = Place::at(file, text, top..top + first.len());
    let foreign = match first.trim_end() {
        "+++" => Some((
            "TOML",
            "rewrite it: `---` instead of `+++`, and `title: News` instead of `title = \"News\"`",
        )),
        "{" => Some((
            "JSON",
            "rewrite it between two lines of `---`, as `title: News` instead of `\"title\": \"News\",`",
        )),
        _ => None,
    };
    if let Some((kind, hint)) = foreign {
        let message = format!("{kind} front matter is not read, only YAML between `---` lines");
        return Diagnostic::error(codes::FOREIGN_FRONT_MATTER, message).at(place).hint(hint);
    }
    let blank = text[top..].lines().take_while(|line| line.trim().is_empty()).count();
    let later = text[top..].lines().nth(blank).is_some_and(|line| line.trim_end() == FENCE);
    let problem = Diagnostic::error(codes::NO_FRONT_MATTER, "the file has no front matter");
    if blank > 0 && later {
        return problem.at(place).hint("remove the blank lines above `---`: it has to be the first line");
    }
    if first.starts_with(FENCE) && first.len() > FENCE.len() {
        return problem
            .at(place)
            .hint("write `---` alone in the first line, without blanks before or words behind");
    }
    problem.at(place).hint("`tgsync check --fix` adds it, with a slug made from the file name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<(&str, &str), &'static str> {
        let file = RelPath::new(std::path::Path::new("a.md")).unwrap();
        let fenced = split(&file, text).map_err(|problem| problem.code.0)?;
        Ok((&text[fenced.yaml], &text[fenced.body]))
    }

    #[test]
    fn front_matter_and_body_are_slices_of_the_file() {
        for (text, yaml, body) in [
            ("---\nslug: a\n---\nText\n", "slug: a\n", "Text\n"),
            ("---\r\nslug: a\r\n---\r\n\r\nText\r\n", "slug: a\r\n", "\r\nText\r\n"),
            ("\u{feff}---\nslug: a\n---\nText", "slug: a\n", "Text"),
            ("---  \n  slug: a\n---\t\n", "  slug: a\n", ""),
            ("---\nslug: a\n---", "slug: a\n", ""),
            ("---\n---\nok!", "", "ok!"),
            ("---\n\n \n---\nText", "", "Text"),
            ("---\na: 1\n---\n---\nb: 2\n---\n", "a: 1\n", "---\nb: 2\n---\n"),
            ("---\n# x\n---\n", "# x\n", ""),
            ("---\na: |\n  ---\n---\n", "a: |\n  ---\n", ""),
        ] {
            assert_eq!(parts(text), Ok((yaml, body)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_front_matter_is_told_apart() {
        let large = format!("---\n{}\n---\n", "#".repeat(MAX_FRONT_MATTER));
        for (text, code) in [
            ("", codes::NO_FRONT_MATTER),
            ("ok!", codes::NO_FRONT_MATTER),
            ("Text\n---\nslug: a\n---\n", codes::NO_FRONT_MATTER),
            ("\n---\nslug: a\n---\n", codes::NO_FRONT_MATTER),
            (" ---\nslug: a\n---\n", codes::NO_FRONT_MATTER),
            ("---yaml\nslug: a\n---\n", codes::NO_FRONT_MATTER),
            ("----\nslug: a\n----\n", codes::NO_FRONT_MATTER),
            ("---", codes::UNCLOSED),
            ("---\nslug: a\n", codes::UNCLOSED),
            ("---\nslug: a\n...\n", codes::UNCLOSED),
            ("+++\nslug = 'a'\n+++\n", codes::FOREIGN_FRONT_MATTER),
            ("{\n\"slug\": \"a\"\n}\n", codes::FOREIGN_FRONT_MATTER),
            (large.as_str(), codes::TOO_LARGE),
        ] {
            let start: String = text.chars().take(20).collect();
            assert_eq!(parts(text), Err(code.0), "{start:?}");
        }
    }
}
