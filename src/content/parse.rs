//! One file becomes one post.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::fences::{self, Fenced};
use super::front_matter::Keys;
use super::keys::{DIALECT, TABLES};
use super::post::{Post, Source};
use super::settings::Settings;
use super::slug::slug_from;
use crate::diagnostic::codes::{front_matter as codes, reading};
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::{RelPath, Slug};
use crate::yaml::{self, Document, Node, Shape, Tree};

/// Reads one file with the config's defaults. Without a post there is at least one error.
pub fn parse_one(source: Source, settings: &Settings) -> (Option<Post>, Vec<Diagnostic>) {
    let (post, mut problems) = read(source, settings);
    problems.iter_mut().for_each(yaml::hide_tokens);
    (post, problems)
}

fn read(source: Source, settings: &Settings) -> (Option<Post>, Vec<Diagnostic>) {
    if let Some(marker) = conflict(&source.text) {
        let place = Place::at(&source.file, &source.text, marker);
        let problem = Diagnostic::error(reading::CONFLICT, "the file holds git conflict markers").at(place);
        return (None, vec![problem.hint("keep one version and remove the markers")]);
    }
    let fenced = match fences::split(&source.file, &source.text) {
        Ok(fenced) => fenced,
        Err(problem) => return (None, vec![*problem]),
    };
    match read_front(&source, &fenced, settings) {
        Ok((keys, places, problems)) if !problems.iter().any(Diagnostic::is_error) => {
            let post = keys.finish().map(|front| {
                let body = &source.text[fenced.body.clone()];
                let title = front.title.clone().or_else(|| first_heading(body));
                Post {
                    title: title.unwrap_or_else(|| front.slug.to_string()),
                    front,
                    body: fenced.body,
                    keys: places,
                    source,
                }
            });
            (post, problems)
        }
        Ok((_, _, problems)) => (None, problems),
        Err(problem) => (None, vec![*problem]),
    }
}

type Places = BTreeMap<String, std::ops::Range<usize>>;

fn read_front(
    source: &Source,
    fenced: &Fenced,
    settings: &Settings,
) -> Result<(Keys, Places, Vec<Diagnostic>), Box<Diagnostic>> {
    let Source { file, text, .. } = source;
    let (document, mut tree) = Document::read(file, text, fenced.yaml.clone(), &DIALECT)?;
    for key in &settings.ignore {
        tree.remove(key);
    }
    let root = document.root(&tree);
    let map = match &settings.namespace {
        Some(namespace) => root.get(namespace),
        None => Some(root.clone()),
    };
    if let Some(other) = [Some(&root), map.as_ref()]
        .into_iter()
        .flatten()
        .find(|node| !matches!(node.tree(), Tree::Map(_) | Tree::Null))
    {
        other.error(
            codes::NOT_A_MAPPING,
            "front matter should be `key: value` lines",
            "write a line such as `slug: spring-release`",
        );
        return Ok((Keys::default(), Places::new(), document.take_problems()));
    }
    let (mut keys, mut places) = (Keys::default(), Places::new());
    if let Some(map) = &map {
        map.check(&Shape::Keys(TABLES));
        keys = Keys::read(map, &settings.timezone);
        places = key_places(map);
    }
    if map.is_none_or(|map| map.get("slug").is_none()) {
        document.report(missing_slug(source, settings));
    }
    let keys = with_defaults(keys, &source.file, settings);
    let mut problems = document.take_problems();
    problems.extend(expires_first(source, &keys, &places));
    Ok((keys, places, problems))
}

fn key_places(map: &Node<'_>) -> Places {
    map.entries().into_iter().map(|(name, node)| (name.to_owned(), node.key_range())).collect()
}

fn with_defaults(keys: Keys, file: &RelPath, settings: &Settings) -> Keys {
    let path = settings.below_content(file);
    let matching = settings.defaults.iter().rev();
    matching
        .filter(|overlay| overlay.matcher.is_match(Path::new(path)))
        .fold(keys, |keys, overlay| keys.over(&overlay.keys))
}

/// The slug that the file name suggests: that of the folder for `index.md`.
pub(super) fn proposed_slug(file: &RelPath) -> Option<Slug> {
    let (folders, name) = file.as_str().rsplit_once('/').unwrap_or(("", file.as_str()));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folder = folders.rsplit('/').next().unwrap_or_default();
    let is_index = stem.eq_ignore_ascii_case("index") && !folder.is_empty();
    slug_from(if is_index { folder } else { stem })
}

fn missing_slug(source: &Source, settings: &Settings) -> Diagnostic {
    let below = settings.namespace.as_ref();
    let below = below.map_or(String::new(), |name| format!(" below `{name}:`"));
    let hint = match proposed_slug(&source.file) {
        Some(slug) => format!("add `slug: {slug}`{below}, or let `tgsync check --fix` insert it"),
        None => format!("add a slug{below}, such as `slug: spring-release`"),
    };
    let top = fences::top(&source.text);
    Diagnostic::error(codes::MISSING_SLUG, "the post has no slug")
        .at(Place::at(&source.file, &source.text, top..top + 3))
        .hint(hint)
}

fn expires_first(source: &Source, keys: &Keys, places: &Places) -> Option<Diagnostic> {
    let (publish, expire) = (keys.publish_at?, keys.expires_at?);
    if publish < expire {
        return None;
    }
    let key = ["expires_at", "publish_at"].into_iter().find_map(|key| places.get(key)).cloned();
    let message = format!("the post expires at {expire}, not after it is published at {publish}");
    let problem = Diagnostic::error(codes::EXPIRES_FIRST, message)
        .at(Place::at(&source.file, &source.text, key.unwrap_or(0..0)))
        .hint("write an `expires_at` that is later than `publish_at`");
    Some(problem)
}

/// The text of the first heading, in one line.
fn first_heading(body: &str) -> Option<String> {
    let inside = Parser::new_ext(body, Options::ENABLE_STRIKETHROUGH)
        .skip_while(|event| !matches!(event, Event::Start(Tag::Heading { .. })))
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let mut title = String::new();
    for event in inside {
        match event {
            Event::Text(text) | Event::Code(text) => title.push_str(&text),
            Event::SoftBreak | Event::HardBreak => title.push(' '),
            _ => {}
        }
    }
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// The line that opens a conflict of git, outside fenced code: a post may be about them.
fn conflict(text: &str) -> Option<Range<usize>> {
    let (mut fenced, mut opened, mut at) = (false, None, 0);
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        fenced ^= start.starts_with("```") || start.starts_with("~~~");
        if !fenced && line.starts_with("<<<<<<< ") {
            opened.get_or_insert(at..at + line.trim_end().len());
        }
        if opened.is_some() && line.starts_with(">>>>>>> ") {
            return opened;
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::Overlay;
    use crate::content::front_matter::Keys;
    use crate::ids::BlobId;

    fn rel(path: &str) -> RelPath {
        RelPath::new(Path::new(path)).unwrap()
    }

    fn source(file: &str, text: &str) -> Source {
        Source { file: rel(file), text: text.to_owned(), blob: BlobId::of(text.as_bytes()) }
    }

    fn good(file: &str, text: &str, settings: &Settings) -> Post {
        let (post, problems) = parse_one(source(file, text), settings);
        assert_eq!(problems, [], "{text}");
        post.unwrap()
    }

    #[test]
    fn titles_come_from_the_first_heading_or_the_slug() {
        let settings = Settings::new(rel("content"));
        for (text, title) in [
            ("---\nslug: a\ntitle: ' Two\n  words '\n---\n# Other\n", "Two words"),
            ("---\nslug: a\n---\nText\n\n## A `b` *c*\n# D\n", "A b c"),
            ("---\nslug: a\n---\nSet\next\n===\n", "Set ext"),
            ("---\nslug: a\n---\n#\n", "a"),
            ("---\nslug: a\n---\n```\n# code\n```\n", "a"),
        ] {
            assert_eq!(good("content/x.md", text, &settings).title, title, "{text}");
        }
    }

    #[test]
    fn bodies_and_keys_are_places_in_the_file() {
        let text = "\u{feff}---\r\nslug: a\r\n\"pin\": true\r\n---\r\nTéxt\r\n";
        let post = good("content/x.md", text, &Settings::new(rel("content")));
        assert_eq!(post.body(), "Téxt\r\n");
        assert_eq!(post.place_of_key("pin").line, 3);
        let place = post.place_in_body(1..3);
        assert_eq!((place.line, place.column, place.excerpt.as_str()), (5, 2, "Téxt"));
    }

    #[test]
    fn defaults_apply_in_order_below_the_post_s_own_keys() {
        let mut settings = Settings::new(rel("content"));
        let overlay =
            |glob: &str, keys| Overlay { matcher: globset::Glob::new(glob).unwrap().compile_matcher(), keys };
        let set = |silent, pin, keep| Keys { silent, pin, keep, ..Keys::default() };
        settings.defaults = vec![
            overlay("2026/**", set(Some(true), Some(true), Some(true))),
            overlay("**", set(Some(false), None, None)),
        ];
        let text = "---\nslug: a\nkeep: false\n---\n";
        let front = good("content/2026/x.md", text, &settings).front;
        assert_eq!((front.silent, front.pin, front.keep), (Some(false), true, false));
        let front = good("content/x.md", text, &settings).front;
        assert_eq!((front.silent, front.pin), (Some(false), false));
    }

    #[test]
    fn keys_of_other_tools_are_left_alone() {
        let mut settings = Settings::new(rel("content"));
        settings.ignore = ["categories".to_owned()].into();
        good("content/x.md", "---\nslug: a\ncategories: [x]\n---\n", &settings);
        settings.namespace = Some("telegram".to_owned());
        let text = "---\nslug: Not Ours\n1: x\ntelegram:\n  slug: a\n  pin: true\n---\n";
        let post = good("content/x.md", text, &settings);
        assert_eq!((post.slug().as_str(), post.front.pin), ("a", true));
        assert_eq!(post.place_of_key("pin").line, 6);
        let (_, problems) = parse_one(source("content/x.md", "---\nslug: a\n---\n"), &settings);
        let hint = "add `slug: x` below `telegram:`, or let `tgsync check --fix` insert it";
        assert_eq!(problems[0].hint.as_deref(), Some(hint));
    }

    #[test]
    fn proposals_come_from_file_or_folder() {
        for (file, slug) in [
            ("content/Hello World.md", "hello-world"),
            ("content/2026/launch/index.md", "launch"),
            ("index.md", "index"),
            ("content/v1.2.md", "v1-2"),
        ] {
            assert_eq!(proposed_slug(&rel(file)).unwrap().as_str(), slug);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(---\n)?[\\-a-c:#\\[\\]{}\"'|&*! \té\r\n,]{0,60}\n---\n.{0,9}") {
            let (post, problems) = parse_one(source("content/x.md", &text), &Settings::new(rel("content")));
            prop_assert!(post.is_some() || !problems.is_empty());
        }
    }

    #[test]
    fn conflict_markers_are_found_outside_code() {
        let marked = "---\nslug: a\n---\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> branch\n";
        assert_eq!(conflict(marked).map(|range| &marked[range]), Some("<<<<<<< HEAD"));
        let about = "```\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> branch\n```\n";
        assert_eq!(conflict(about), None);
        assert_eq!(conflict("<<<<<<< only an opening\n"), None);
    }
}
