//! `check --fix`: a slug for a file that lacks one, and not a byte changed besides.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use super::fences;
use super::keys::DIALECT;
use super::parse::proposed_slug;
use super::post::Source;
use super::settings::Settings;
use crate::ids::{RelPath, Slug};
use crate::yaml::Document;

/// The slug for a file that has none, made from its name and unlike all `taken`, and the file's new text. `None`: the file has a
/// slug, or needs a person.
pub fn fix_slug(source: &Source, settings: &Settings, taken: &BTreeSet<Slug>) -> Option<(Slug, String)> {
    let proposal = proposed_slug(&source.file)?;
    let numbered = (2..=taken.len() + 2).filter_map(|n| format!("{proposal}-{n}").parse().ok());
    let slug = std::iter::once(proposal.clone()).chain(numbered).find(|slug| !taken.contains(slug))?;
    let text = insert_slug(&source.text, &slug, settings.namespace.as_deref())?;
    Some((slug, text))
}

/// `text` with `slug` in its front matter, below `namespace` when there is one; front matter is added where there is none. Byte order
/// mark and line ends stay. `None`: it has a slug already, or its front matter can't be edited line by line.
pub fn insert_slug(text: &str, slug: &Slug, namespace: Option<&str>) -> Option<String> {
    let (at, lines) = match fences::split(&nowhere(), text) {
        Ok(fenced) => in_front_matter(text, fenced.yaml, slug, namespace)?,
        Err(_) if fences::may_be_added(text) => {
            let keys = key_lines(slug, namespace);
            (fences::top(text), format!("---\n{keys}---\n\n"))
        }
        Err(_) => return None,
    };
    let windows = text.split_once('\n').is_some_and(|(line, _)| line.ends_with('\r'));
    let line_end = if windows { "\r\n" } else { "\n" };
    let mut fixed = text.to_owned();
    fixed.insert_str(at, &lines.replace('\n', line_end));
    (slug_of(&fixed, namespace)? == slug.as_str()).then_some(fixed)
}

fn key_lines(slug: &Slug, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}:\n  slug: {slug}\n"),
        None => format!("slug: {slug}\n"),
    }
}

/// Where to insert what.
fn in_front_matter(
    text: &str,
    yaml: Range<usize>,
    slug: &Slug,
    namespace: Option<&str>,
) -> Option<(usize, String)> {
    let file = nowhere();
    let (document, tree) = Document::read(&file, text, yaml.clone(), &DIALECT).ok()?;
    let root = document.root(&tree);
    let map = match namespace {
        Some(namespace) => root.get(namespace),
        None => Some(root.clone()),
    };
    let Some(map) = map.filter(|map| !map.entries().is_empty()) else {
        return Some((yaml.start, key_lines(slug, namespace)));
    };
    let (name, first) = map.entries().into_iter().next()?;
    if name == "slug" && first.is_null() {
        return Some((first.key_range().end + 1, format!(" {slug}")));
    }
    let key = first.key_range().start;
    let line = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..key];
    if indent.trim().is_empty() {
        return Some((line, format!("{indent}slug: {slug}\n")));
    }
    Some((key, format!("slug: {slug}, ")))
}

fn slug_of(text: &str, namespace: Option<&str>) -> Option<String> {
    let file = nowhere();
    let fenced = fences::split(&file, text).ok()?;
    let (document, tree) = Document::read(&file, text, fenced.yaml, &DIALECT).ok()?;
    let root = document.root(&tree);
    let map = match namespace {
        Some(namespace) => root.get(namespace)?,
        None => root,
    };
    let slug = map.get("slug")?.text();
    document.take_problems().is_empty().then_some(slug)?
}

/// Problems found while fixing are not shown, so their file needs no name.
fn nowhere() -> RelPath {
    RelPath::new(Path::new("")).expect("an empty path stays inside")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_inserted_and_nothing_else_changes() {
        let slug = "a-b".parse().unwrap();
        for (text, namespace, fixed) in [
            ("", None, "---\nslug: a-b\n---\n\n"),
            ("# Hi\n\n---\n", None, "---\nslug: a-b\n---\n\n# Hi\n\n---\n"),
            ("---\n---\nHi", None, "---\nslug: a-b\n---\nHi"),
            ("---\n# x\n\n---\n", None, "---\nslug: a-b\n# x\n\n---\n"),
            ("---\ntitle: x\n---\n", None, "---\nslug: a-b\ntitle: x\n---\n"),
            ("---\n  title: x\n  pin: true\n---\n", None, "---\n  slug: a-b\n  title: x\n  pin: true\n---\n"),
            ("---\nslug:\ntitle: x\n---\n", None, "---\nslug: a-b\ntitle: x\n---\n"),
            ("---\n{title: x}\n---\n", None, "---\n{slug: a-b, title: x}\n---\n"),
            ("\u{feff}---\r\ntitle: x\r\n---\r\n", None, "\u{feff}---\r\nslug: a-b\r\ntitle: x\r\n---\r\n"),
            ("\u{feff}Hi\r\n", None, "\u{feff}---\r\nslug: a-b\r\n---\r\n\r\nHi\r\n"),
            ("Hi", Some("tg"), "---\ntg:\n  slug: a-b\n---\n\nHi"),
            ("---\nslug: other\n---\n", Some("tg"), "---\ntg:\n  slug: a-b\nslug: other\n---\n"),
            ("---\ntg:\n    pin: true\n---\n", Some("tg"), "---\ntg:\n    slug: a-b\n    pin: true\n---\n"),
            ("---\ntg: {pin: true}\n---\n", Some("tg"), "---\ntg: {slug: a-b, pin: true}\n---\n"),
        ] {
            assert_eq!(insert_slug(text, &slug, namespace).as_deref(), Some(fixed), "{text:?}");
        }
    }

    #[test]
    fn what_needs_a_person_is_left_alone() {
        let slug = "a-b".parse().unwrap();
        for text in [
            "---\nslug: x\n---\n",
            "---\nslug: Not Valid\n---\n",
            "---\ntitle: x\n",
            "+++\ntitle = 1\n+++\n",
            "\n---\ntitle: x\n---\n",
            "--- yaml\ntitle: x\n---\n",
            "---\n- a\n---\n",
            "---\na: 1\na: 2\n---\n",
            "---\na: [\n---\n",
            "---\nslug: ~\n---\n",
        ] {
            assert_eq!(insert_slug(text, &slug, None), None, "{text:?}");
        }
    }

    #[test]
    fn proposals_are_new_slugs() {
        let file = RelPath::new(Path::new("content/Trip to Rome/index.md")).unwrap();
        let source = Source { blob: crate::ids::BlobId::of(b""), text: "Hi".to_owned(), file };
        let settings = Settings::new(nowhere());
        let taken: BTreeSet<Slug> = ["trip-to-rome", "trip-to-rome-2"].map(|s| s.parse().unwrap()).into();
        let (slug, text) = fix_slug(&source, &settings, &taken).unwrap();
        assert_eq!(slug.as_str(), "trip-to-rome-3");
        assert_eq!(text, "---\nslug: trip-to-rome-3\n---\n\nHi");
    }
}
