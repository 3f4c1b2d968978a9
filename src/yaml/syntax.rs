//! What is said about a text that is no YAML at all.

use super::tree::{TOO_DEEP, TOO_MANY_ALIASES, Unreadable};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ids::RelPath;

/// `start` is where the YAML begins in the file's `text`.
pub(super) fn error(file: &RelPath, text: &str, start: usize, error: &Unreadable, code: Code) -> Diagnostic {
    let at = (start + error.at).min(text.len());
    let said = without_positions(&error.why);
    let line_start = text[..floor(text, at)].rfind('\n').map_or(0, |i| i + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let here = &text[floor(text, at)..];
    let invalid = format!("not valid YAML: {said}");
    let (message, hint) = if said.contains(TOO_MANY_ALIASES) || said.contains("repetition") {
        (
            "aliases (`*name`) multiply the YAML beyond its limit".to_owned(),
            "write the values out instead of using aliases",
        )
    } else if said.contains(TOO_DEEP) {
        (
            "the YAML is nested too deeply".to_owned(),
            "128 levels are allowed; remove the brackets that are never closed",
        )
    } else if line.trim_start_matches(' ').starts_with('\t') {
        ("a tab can't indent YAML".to_owned(), "indent with spaces instead")
    } else if said.contains("mapping values") {
        (invalid, "a `: ` inside a value is read as another key: put the value in quotes, `\"…\"`")
    } else if here.starts_with(['@', '`', '%', '*', '&', '!']) || line.contains("${") {
        (invalid, "put the value in quotes: `\"…\"`")
    } else {
        (
            invalid,
            "look at this line and the one above: brackets and quotes are closed, and the keys of one mapping stand in one column",
        )
    };
    let mut problem = Diagnostic::error(code, message).at(Place::at(file, text, at..at + 1)).hint(hint);
    super::token::hide_tokens(&mut problem);
    problem
}

fn floor(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// The words of a YAML error without its own `at line 2 column 1`, which would count from the wrong line.
fn without_positions(message: &str) -> String {
    let mut words = Vec::new();
    let mut rest = message.split(' ').peekable();
    while let Some(word) = rest.next() {
        if word == "at" && rest.peek() == Some(&"line") {
            let comma = rest.by_ref().take(4).last().is_some_and(|w| w.ends_with(','));
            if let (true, Some(last)) = (comma, words.last_mut()) {
                *last += ",";
            }
        } else {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_inside_messages_go() {
        for (message, rest) in [
            (
                "did not find expected key at line 3 column 1, while parsing a block mapping at line 2 column 1",
                "did not find expected key, while parsing a block mapping",
            ),
            ("a: recursion limit exceeded at line 1 column 5", "a: recursion limit exceeded"),
            ("nothing", "nothing"),
            ("ends at line", "ends"),
        ] {
            assert_eq!(without_positions(message), rest);
        }
    }
}
