//! Posts as people write them: their front matter is read, or every reason why not is told.

use std::collections::BTreeSet;
use std::path::Path;

use tgsync::content::{FrontMatter, Settings, Source, fix_slug, parse_one};
use tgsync::diagnostic::Diagnostic;
use tgsync::ids::{BlobId, RelPath};

use super::text;

pub(super) fn holds(bytes: &[u8]) {
    let text = text::of(bytes);
    let plain = Settings::new(path("content"));
    let beside =
        Settings { namespace: Some("telegram".into()), ignore: ["tags".into()].into(), ..plain.clone() };
    for settings in [plain, beside] {
        let front = read(&text, &settings);
        assert_eq!(read(&format!("\u{feff}{}", text.trim_start_matches('\u{feff}')), &settings), front);
        if !text.contains('\r') {
            assert_eq!(read(&text.replace('\n', "\r\n"), &settings), front, "line ends of Windows");
        }
        mends(&text, &settings);
    }
}

/// What the front matter says, wherever it says it, or how many errors it has.
fn read(text: &str, settings: &Settings) -> Result<FrontMatter, usize> {
    let (post, problems) = parse_one(source(text), settings);
    text::assert_placed(text, &problems);
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    assert_eq!(post.is_none(), errors > 0, "a post, or an error that says why not: {problems:?}");
    let mut post = post.ok_or(errors)?;
    assert!(text.ends_with(post.body()));
    for (key, range) in &post.keys {
        assert!(text.get(range.clone()).is_some(), "{key} at {range:?}");
        text::assert_placed(text, &[problem_at(post.place_of_key(key))]);
    }
    for file in post.front.media.iter_mut().flatten() {
        let range = std::mem::take(&mut file.range);
        assert!(text.get(range.clone()).is_some(), "{} at {range:?}", file.file);
    }
    Ok(post.front)
}

fn problem_at(place: tgsync::diagnostic::Place) -> Diagnostic {
    Diagnostic::error(tgsync::diagnostic::codes::front_matter::BAD_SLUG, "").at(place).hint("look")
}

/// A slug is put in, and not a byte is changed besides.
fn mends(text: &str, settings: &Settings) {
    let Some((slug, fixed)) = fix_slug(&source(text), settings, &BTreeSet::new()) else { return };
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let before = common(&mut text.bytes(), &mut fixed.bytes());
    let behind = common(&mut text.bytes().rev(), &mut fixed.bytes().rev());
    assert!(before + behind >= text.len() && fixed.len() > text.len(), "{text:?} became {fixed:?}");
    if let Ok(front) = read(&fixed, settings) {
        assert_eq!(front.slug, slug);
    }
}

fn source(text: &str) -> Source {
    Source { file: path("content/a b.md"), text: text.to_owned(), blob: BlobId::of(text.as_bytes()) }
}

fn path(path: &str) -> RelPath {
    RelPath::new(Path::new(path)).expect("a path within")
}
