//! Real posts: a blog of some hundred articles, where it is at hand.
#![expect(clippy::disallowed_methods, reason = "reads the corpus and the variable that says where it is")]

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use super::{check, rendered, text_of};

/// The folder of posts: `TGSYNC_CORPUS`, else one beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/rust-blog");
    let folder = std::env::var_os("TGSYNC_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn every_article_is_accepted_or_refused_for_its_length() {
    let Some(folder) = corpus() else {
        return println!("skipped: there is no corpus; set TGSYNC_CORPUS to a folder of Markdown files");
    };
    let mut sent = 0;
    let mut too_long = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let body_at =
            source.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n")).map_or(0, |at| at + 9);
        let slug = path.file_stem().unwrap().to_str().unwrap();
        let (rendered, diagnostics) = rendered(slug, &source, body_at);
        let Some(rendered) = rendered else {
            // Articles link to others and show pictures of their folder, which are not there.
            let errors: Vec<_> = diagnostics.iter().filter(|problem| problem.is_error()).collect();
            let known = ["TG0401", "TG0402", "TG0410", "TG0421", "TG0434", "TG0444"];
            assert!(!errors.is_empty(), "{slug}");
            assert!(errors.iter().all(|error| known.contains(&error.code.0)), "{slug}: {errors:?}");
            let names_length = |text: &str| text.ends_with("characters, 4,096 are allowed");
            too_long += usize::from(errors.iter().any(|error| names_length(&error.message)));
            continue;
        };
        sent += 1;
        check(text_of(&rendered)).unwrap_or_else(|error| panic!("{slug}: {error}"));
        words_are_kept(slug, &source[body_at..], &text_of(&rendered).visible());
    }
    assert!(sent > 0 && too_long > 0);
}

/// Every word of the body's text is in the message, in order. Which text is a word of, a plain reading decides that
/// knows only what is never shown: addresses, tags, comments.
fn words_are_kept(slug: &str, body: &str, visible: &str) {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    // Composed letters and raised digits are the same words.
    let body: String = body.nfkc().collect();
    let visible: String = visible.nfkc().collect();
    let mut rest = visible.as_str();
    let mut elsewhere = false;
    let mut moved = Vec::new();
    let mut find = |text: &str| {
        for word in words(text) {
            let at = rest
                .find(word)
                .unwrap_or_else(|| panic!("{slug}: `{word}` of {text:?} is missing before {rest:.200?}"));
            rest = &rest[at + word.len()..];
        }
    };
    for event in Parser::new_ext(&body, options) {
        match event {
            // Notes come last, and the headers of wide tables before every cell.
            Event::Start(Tag::FootnoteDefinition(_) | Tag::TableHead) => elsewhere = true,
            Event::End(TagEnd::FootnoteDefinition | TagEnd::TableHead) => elsewhere = false,
            Event::Text(text) | Event::Code(text) if elsewhere => moved.push(text.into_string()),
            Event::Text(text) | Event::Code(text) => find(&text),
            _ => {}
        }
    }
    for word in moved.iter().flat_map(|text| words(text)) {
        assert!(visible.contains(word), "{slug}: `{word}` is missing");
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
