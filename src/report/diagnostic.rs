//! Diagnostics for people, with the line they are about, and for GitHub, which shows them on the lines of a pull request.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::diff::visible;
use super::markdown::{code, escape};
use crate::diagnostic::{Diagnostic, Place, Severity, sort};

/// One block per diagnostic, sorted by place: what is wrong, where, the line with the range marked, what to do about it.
pub fn text(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in sorted(diagnostics) {
        out.push_str(&renderer.render(&groups(&diagnostic)));
        out.push_str("\n\n");
    }
    out
}

fn sorted(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut sorted = diagnostics.to_vec();
    sort(&mut sorted);
    sorted
}

fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&diagnostic.message);
    let mut group = Group::with_title(title.id(diagnostic.code.0));
    if let Some(place) = &diagnostic.place {
        group = if place.excerpt.is_empty() {
            // An empty line, or none: nothing to show, but a place to go to.
            let origin = Origin::path(place.file.as_str());
            group.element(origin.line(place.line).char_column(place.column))
        } else {
            group.element(snippet(place))
        };
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(visible(hint)));
    }
    vec![group]
}

/// The excerpt at its column: blanks stand for what was cut in front, and the renderer cuts them away again.
fn snippet(place: &Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let cut = (place.column - 1).saturating_sub(place.excerpt_start);
    let line = " ".repeat(cut) + &place.excerpt;
    let offset = |chars: usize| {
        let mut indices = place.excerpt.char_indices().map(|(at, _)| at);
        cut + indices.nth(chars).unwrap_or(place.excerpt.len())
    };
    let range = offset(place.excerpt_start)..offset(place.excerpt_start + place.length);
    Snippet::source(line)
        .path(place.file.as_str())
        .line_start(place.line)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(range))
}

/// Workflow commands, one line per diagnostic (GitHub: "Workflow commands for GitHub Actions"; it shows ten of a kind per step).
pub fn github(diagnostics: &[Diagnostic]) -> String {
    sorted(diagnostics).iter().map(annotation).collect()
}

fn annotation(diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.place.as_ref().map_or_else(String::new, |place| {
        format!(
            "file={},line={},col={},endColumn={},",
            property(place.file.as_str()),
            place.line,
            place.column,
            place.column + place.length
        )
    });
    let hint = diagnostic.hint.as_deref();
    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
    let said = message(&format!("{}{hint}", diagnostic.message));
    format!("::{command} {place}title={}::{said}\n", property(diagnostic.code.0))
}

/// A table for a page on GitHub; nothing for nothing.
pub fn markdown(diagnostics: &[Diagnostic]) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let rows = sorted(diagnostics).iter().map(table_row).collect::<String>();
    format!("### tgsync check\n\n| | where | what | what to do |\n|---|---|---|---|\n{rows}\n")
}

fn table_row(diagnostic: &Diagnostic) -> String {
    let sign = if diagnostic.is_error() { "⛔" } else { "⚠️" };
    let place = diagnostic.place.as_ref().map(|place| code(&format!("{}:{}", place.file, place.line)));
    let (what, hint) = (escape(&diagnostic.message), diagnostic.hint.as_deref().map(escape));
    let code = diagnostic.code.0;
    format!("| {sign} {code} | {} | {what} | {} |\n", place.unwrap_or_default(), hint.unwrap_or_default())
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;
    use crate::diagnostic::codes::front_matter::{UNKNOWN_KEY, WRONG_VALUE};
    use crate::ids::RelPath;

    fn at(name: &str, text: &str, mark: &str) -> Place {
        let file = RelPath::new(std::path::Path::new(name)).unwrap();
        let start = text.find(mark).unwrap();
        Place::at(&file, text, start..start + mark.len())
    }

    #[test]
    fn a_block_has_place_excerpt_and_help() {
        let key = Diagnostic::error(UNKNOWN_KEY, "unknown key `titel`")
            .at(at("content/ü.md", "---\r\nslug: a\r\ntitel: x\r\n", "titel"))
            .hint("did you mean `title`?");
        let wide = Diagnostic::warning(WRONG_VALUE, "wide letters").at(at(
            "content/b.md",
            "\u{feff}日本 語\u{1b}[31m x",
            "x",
        ));
        let file = Diagnostic::error(WRONG_VALUE, "a whole file")
            .at(Place::file(&RelPath::new(std::path::Path::new("content/c.md")).unwrap()));
        let none = Diagnostic::error(WRONG_VALUE, "nowhere");
        insta::assert_snapshot!(text(&[key, wide, file, none], false), @r#"
        error[TG0209]: nowhere

        warning[TG0209]: wide letters
         --> content/b.md:1:11
          |
        1 | 日本 語␛[31m x
          |              ^

        error[TG0209]: a whole file
        --> content/c.md:1:1

        error[TG0208]: unknown key `titel`
         --> content/ü.md:3:1
          |
        3 | titel: x
          | ^^^^^
          |
          = help: did you mean `title`?
        "#);
    }

    #[test]
    fn long_lines_keep_their_column() {
        let line = format!("{}needle{}", "word ".repeat(1000), " more".repeat(1000));
        let found = Diagnostic::error(WRONG_VALUE, "here").at(at("a.md", &line, "needle"));
        insta::assert_snapshot!(text(&[found], false), @r#"
        error[TG0209]: here
         --> a.md:1:5001
          |
        1 | ...   word word word word word word word word word word word word needle more more more more more more more more more more mor
          |                                                                   ^^^^^^
        "#);
    }

    #[test]
    fn colour_is_on_request() {
        let problem = [Diagnostic::error(WRONG_VALUE, "nowhere")];
        assert!(text(&problem, true).contains('\u{1b}'));
        assert!(!text(&problem, false).contains('\u{1b}'));
    }

    #[test]
    fn nothing_reaches_the_terminal_raw() {
        let problem = Diagnostic::error(WRONG_VALUE, "a\u{1b}[31m").hint("b\u{1b}[31m\u{7}");
        let printed = text(&[problem], false);
        assert!(printed.contains("b\\u{1b}[31m\\u{7}"), "{printed}");
        assert!(!printed.contains(|c: char| c.is_control() && c != '\n'), "{printed:?}");
    }

    #[test]
    fn annotations_are_escaped() {
        let problem = Diagnostic::warning(UNKNOWN_KEY, "100 %\r\n::error::x, y")
            .at(at("content/a,b:c%.md", "a: 1\n", "a"))
            .hint("next\nline");
        insta::assert_snapshot!(github(&[problem, Diagnostic::error(WRONG_VALUE, "nowhere")]), @r#"
        ::error title=TG0209::nowhere
        ::warning file=content/a%2Cb%3Ac%25.md,line=1,col=1,endColumn=2,title=TG0208::100 %25%0D%0A::error::x, y; next%0Aline
        "#);
    }
}
