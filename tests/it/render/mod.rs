//! The composing room against the sandbox's reader: what is rendered is accepted and stays as it is.

mod corpus;
mod meaning;
mod property;

use std::path::Path;

use tgsync::content::{Catalog, FrontMatter, Post, Source};
use tgsync::diagnostic::Diagnostic;
use tgsync::ids::{BlobId, RelPath, Slug};
use tgsync::render::limits::{ENTITIES, TEXT_CHARS};
use tgsync::render::tree::Text;
use tgsync::render::{self, Part, Rendered, Settings};
use tgsync::sandbox::entities;

/// What a post without front matter keys becomes. Links may lead to the post itself.
fn rendered(slug: &str, source: &str, body_at: usize) -> (Option<Rendered>, Vec<Diagnostic>) {
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
        broken: Vec::new(),
    };
    render::render(&post, &catalog, &Settings::default())
}

fn text_of(rendered: &Rendered) -> &Text {
    let Part::Text(part) = &rendered.parts[0];
    &part.text
}

const POST_LINK: &str = "https://t.me/news/7";

/// What is wrong with a text, by the sandbox's reading of its HTML.
fn check(text: &Text) -> Result<(), String> {
    let html = render::html(text, &|_| Some(POST_LINK.into()));
    let read = entities::parse(&html, TEXT_CHARS, false).map_err(|error| format!("{error}: {html}"))?;
    if read.text != text.visible() {
        return Err(format!("{:?} became {:?}", text.visible(), read.text));
    }
    let size = render::measure(text);
    if size.chars != read.text.chars().count() {
        return Err(format!("{} characters were measured as {}", read.text.chars().count(), size.chars));
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
