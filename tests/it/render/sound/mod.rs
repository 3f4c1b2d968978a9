//! The invariant of rendering, by two readings of the same rules: what we write, the sandbox accepts and leaves as it
//! is. Stands alone, because `fuzz/` includes it too.

mod meaning;

use std::path::Path;

use tgsync::content::{Catalog, Format, FrontMatter, Post, Source};
use tgsync::diagnostic::Diagnostic;
use tgsync::ids::{BlobId, RelPath, Slug};
use tgsync::render::limits::{ENTITIES, RAW_BYTES, TEXT_CHARS};
use tgsync::render::tree::Text;
use tgsync::render::{self, Part, Rendered, Settings, Wording};
use tgsync::sandbox::entities;

/// What a post without front matter keys becomes. Links may lead to the post itself.
pub(crate) fn rendered(slug: &str, source: &str, body_at: usize) -> (Option<Rendered>, Vec<Diagnostic>) {
    rendered_as(Format::Html, slug, source, body_at)
}

/// As [`rendered`], in a format.
pub(crate) fn rendered_as(
    format: Format,
    slug: &str,
    source: &str,
    body_at: usize,
) -> (Option<Rendered>, Vec<Diagnostic>) {
    let slug: Slug = slug.parse().expect("a slug");
    let file = RelPath::new(Path::new(&format!("content/{slug}.md"))).expect("a path within");
    let post = Post {
        title: slug.to_string(),
        front: FrontMatter::new(slug.clone()),
        body: body_at..source.len(),
        source: Source { file: file.clone(), blob: BlobId::of(source.as_bytes()), text: source.to_owned() },
        keys: std::collections::BTreeMap::default(),
    };
    let catalog = Catalog {
        by_file: [(file, slug.clone())].into(),
        posts: [(slug, post.clone())].into(),
        ..Catalog::default()
    };
    render::render(&post, format, &catalog, &Settings::default())
}

/// The texts of a post's messages.
pub(crate) fn texts(rendered: &Rendered) -> Vec<Text<'static>> {
    let text = |part: Part| match part.wording().unwrap().clone() {
        Wording::Html(text) => text,
        Wording::Rich(rich) => panic!("{rich:?}"),
    };
    rendered.parts(&[]).into_iter().map(text).collect()
}

/// Renders `body` as the post `a` and says what is wrong with the result. A post that is refused names an error.
pub(crate) fn holds(body: &str) -> Result<(), String> {
    let (rendered, diagnostics) = rendered("a", body, 0);
    let Some(rendered) = rendered else {
        let has_error = diagnostics.iter().any(Diagnostic::is_error);
        return if has_error { Ok(()) } else { Err("refused without an error".into()) };
    };
    texts(&rendered).iter().try_for_each(check)
}

pub(crate) const POST_LINK: &str = "https://t.me/news/7";

/// What is wrong with a text, by the sandbox's reading of its HTML.
pub(crate) fn check(text: &Text<'_>) -> Result<(), String> {
    let html = render::html(text, &|_| Some(POST_LINK.into()));
    let read = entities::parse(&html, TEXT_CHARS, false).map_err(|error| format!("{error}: {html}"))?;
    if read.text != text.visible() {
        return Err(format!("{:?} became {:?}", text.visible(), read.text));
    }
    let size = render::measure(text);
    if size.chars != read.text.chars().count() {
        return Err(format!("{} characters were measured as {}", read.text.chars().count(), size.chars));
    }
    if size.bytes < html.len() || size.bytes > RAW_BYTES {
        return Err(format!("{} bytes were measured as {}", html.len(), size.bytes));
    }
    if read.lost != size.entities.saturating_sub(ENTITIES) {
        return Err(format!("{} entities were lost of {}: {html}", read.lost, size.entities));
    }
    let (meant, kept) = (meaning::of_text(text), meaning::of_message(&read));
    match meant.iter().zip(&kept).position(|(meant, kept)| meant != kept) {
        Some(at) if read.lost == 0 => {
            Err(format!("at {at}: {:?} became {:?} in {html}", meant[at], kept[at]))
        }
        _ => Ok(()),
    }
}
