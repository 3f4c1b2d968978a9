//! What all texts share that people write: they may be long, and problems in them have a code and a place.

use std::borrow::Cow;

use tgsync::diagnostic::{Diagnostic, Place, codes};
use tgsync::report;
use tgsync::yaml::holds_token;

/// Texts grow to so many bytes: where time is quadratic, it shows.
const LONG: usize = 48 * 1024;

/// The text that bytes begin with. What stands between two characters U+0001, which no such text may hold, is repeated
/// until the text is long.
pub(super) fn of(bytes: &[u8]) -> Cow<'_, str> {
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut pieces = text.splitn(3, '\u{1}');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(before), Some(piece), Some(after)) if !piece.is_empty() => {
            let times = LONG.saturating_sub(before.len() + after.len()) / piece.len();
            format!("{before}{}{after}", piece.repeat(times)).into()
        }
        _ => text.into(),
    }
}

/// Every problem of `text` has a code that is explained, a place in the text and something to do about it, shows no token,
/// and can be printed.
pub(super) fn assert_placed(text: &str, problems: &[Diagnostic]) {
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in problems {
        assert!(codes::find(problem.code.0).is_some(), "nothing explains {problem:?}");
        assert!(problem.hint.as_ref().is_some_and(|hint| !hint.is_empty()), "no way on: {problem:?}");
        let place = problem.place.as_ref().expect("a place");
        assert_inside(lines[place.line - 1], place);
        let said = [Some(&problem.message), problem.hint.as_ref(), Some(&place.excerpt)];
        assert!(!said.into_iter().flatten().any(|said| holds_token(said)), "a token: {problem:?}");
    }
    // Each has its own line: a sample does.
    let sample = &problems[..problems.len().min(8)];
    let printed = report::diagnostic::text(sample, false);
    let harmless = |c: char| c == '\n' || !c.is_control();
    assert!(printed.chars().all(harmless), "the terminal obeys: {printed:?}");
    let annotations = report::diagnostic::github(sample);
    assert_eq!(annotations.lines().count(), sample.len(), "one line each: {annotations:?}");
}

fn assert_inside(line: &str, place: &Place) {
    let line = line.trim_end_matches('\r');
    let line = line.strip_prefix('\u{feff}').filter(|_| place.line == 1).unwrap_or(line);
    let chars = line.chars().count();
    let start = place.column - 1;
    assert!(start <= chars && start + place.length <= chars.max(start + 1), "outside of {line:?}: {place:?}");
    assert!(
        place.excerpt_start <= start && place.excerpt_start <= place.excerpt.chars().count(),
        "{place:?}"
    );
    let from = start - place.excerpt_start;
    // A secret is cut off behind its key.
    let excerpt = place.excerpt.strip_suffix(": …").unwrap_or(&place.excerpt);
    let shown = line.chars().skip(from).zip(excerpt.chars());
    let differs = |(there, shown): (char, char)| there != shown && shown != '*';
    assert!(!shown.into_iter().any(differs), "not what stands in {line:?}: {place:?}");
}
