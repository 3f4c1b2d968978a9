//! The composing room: a post becomes parts, each a tree of exactly what a Telegram message can say.
//!
//! Markdown → `markdown` nodes (what the author wrote) → `lower` → [`tree`] (what Telegram can say) → `clean` (what
//! Telegram would do to the characters) → [`html`]. What gets lost on the way is a diagnostic with its place.

use std::collections::{BTreeMap, BTreeSet};

use bumpalo::Bump;

use crate::content::{Button, Catalog, Format, LinkPreview, Overflow, Post};
use crate::diagnostic::{Diagnostic, sort};
use crate::ids::{Digest, RelPath, Slug, TargetName};

mod attach;
mod buttons;
mod check;
mod clean;
mod codes;
mod html;
pub mod limits;
mod link;
mod lower;
mod markdown;
mod measure;
mod names;
mod notes;
mod part;
mod plain;
pub mod rich;
mod scan;
pub mod split;
pub mod tree;
mod url;

pub use attach::{Group, absent, attached};
pub use codes::CODES;
pub use html::{canonical, escape, html};
pub use measure::{Measure, measure};
pub use part::{Body, Item, Part};
pub use plain::plain;

use check::{check, grouped};
use link::Scope;
use lower::Lowered;
use notes::Spot;
use tree::{Block, Gap, Inline, Role, Text};

/// Format and renderer version, recorded in the lock; raised when the same post may come out differently.
pub fn version(format: Format) -> &'static str {
    match format {
        Format::Html => "html/1",
        Format::Rich => "rich/1",
    }
}

/// The format of a recorded version; `None` for one of a later program.
pub fn format_of(version: &str) -> Option<Format> {
    match version.split_once('/')?.0 {
        "html" => Some(Format::Html),
        "rich" => Some(Format::Rich),
        _ => None,
    }
}

/// What a post says, links to other posts still by slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The files it shows, message by message; the text of the first one may be all or part of what the post says.
    pub media: Vec<Group>,
    /// What the text messages after them say, in one piece.
    pub wording: Option<Wording<'static>>,
    pub preview: LinkPreview,
    pub buttons: Vec<Vec<Button>>,
    pub overflow: Overflow,
}

impl Rendered {
    /// The messages that say it. `sent` are the digests of the texts of the text messages that are in the chat now, in
    /// their order: as many as possible stay as they are.
    pub fn parts(&self, sent: &[Digest]) -> Vec<Part> {
        let wordings = self.wording.as_ref().map(|wording| wording.parts(self.overflow, sent));
        let wordings = wordings.unwrap_or_default();
        let text = |(index, wording)| {
            let preview = match &self.preview {
                LinkPreview::Of { .. } if index > 0 => LinkPreview::Default,
                preview => preview.clone(),
            };
            Body::Text { wording, preview }
        };
        let media = |group: &Group| Body::Media { items: group.items.clone(), above: group.above };
        let bodies = self.media.iter().map(media).chain(wordings.into_iter().enumerate().map(text));
        let mut parts: Vec<Part> = bodies.map(|body| Part { body, buttons: Vec::new() }).collect();
        // The last text has them, else the first message that can.
        let carrier = match self.wording {
            Some(_) => parts.last_mut(),
            None => parts.iter_mut().find(|part| !part.is_album()),
        };
        if let Some(part) = carrier {
            part.buttons.clone_from(&self.buttons);
        }
        parts
    }
}

/// What a message says, in the vocabulary of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wording<'a> {
    /// A classic message: what `sendMessage` takes.
    Html(tree::Text<'a>),
    /// A rich message: what `sendRichMessage` takes.
    Rich(rich::tree::Rich),
}

impl Wording<'_> {
    pub fn format(&self) -> Format {
        match self {
            Self::Html(_) => Format::Html,
            Self::Rich(_) => Format::Rich,
        }
    }

    /// What is sent. A post without a URL is plain text.
    pub fn html(&self, url_of: &dyn Fn(&Slug) -> Option<String>) -> String {
        match self {
            Self::Html(text) => html(text, url_of),
            Self::Rich(rich) => rich::html(rich, url_of),
        }
    }

    /// The form that is digested: links to posts stay `post:SLUG`, so that it does not depend on message ids.
    pub fn canonical(&self) -> String {
        match self {
            Self::Html(text) => canonical(text),
            Self::Rich(rich) => rich::canonical(rich),
        }
    }

    /// What a reader sees, as plain text.
    pub fn plain(&self) -> String {
        match self {
            Self::Html(text) => plain(text),
            Self::Rich(rich) => rich::plain(rich),
        }
    }

    /// The same, to be kept.
    #[must_use]
    pub fn into_owned(self) -> Wording<'static> {
        match self {
            Self::Html(text) => Wording::Html(text.into_owned()),
            Self::Rich(rich) => Wording::Rich(rich),
        }
    }

    fn parts(&self, overflow: Overflow, sent: &[Digest]) -> Vec<Wording<'static>> {
        let html = |text: Text<'_>| Wording::Html(text.into_owned());
        match (self, overflow) {
            (Self::Html(text), Overflow::Split) => split::split(text, sent).into_iter().map(html).collect(),
            (Self::Html(text), Overflow::Error) => split::at_breaks(text).into_iter().map(html).collect(),
            (Self::Rich(rich), Overflow::Split) => {
                split::rich::split(rich, sent).into_iter().map(Wording::Rich).collect()
            }
            (Self::Rich(rich), Overflow::Error) => {
                split::rich::at_breaks(rich).into_iter().map(Wording::Rich).collect()
            }
        }
    }

    fn links(&self) -> BTreeSet<Slug> {
        match self {
            Self::Html(text) => text.links(),
            Self::Rich(rich) => rich.links(),
        }
    }
}

/// What the config says about rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether tags are shown as hashtags on the last line.
    pub tags_show: bool,
    /// Widest aligned table, in columns of a monospace font.
    pub table_columns: usize,
    /// Where posts without `targets` go.
    pub default_targets: Vec<TargetName>,
    /// Where files of posts are to be had, by the post they belong to: the public addresses of the mirror.
    pub media: BTreeMap<Slug, BTreeMap<RelPath, String>>,
    /// Largest file that is no photo, in bytes.
    pub upload: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tags_show: true,
            table_columns: limits::TABLE_COLUMNS,
            default_targets: Vec::new(),
            media: BTreeMap::new(),
            upload: limits::UPLOAD_SIZE,
        }
    }
}

/// Bytes that rendering takes for one byte of a post, roughly: its nodes, and texts of several pieces.
const ROOM: usize = 3;

/// Renders a post in `format`. `None` when an error makes it unsendable; the diagnostics are sorted by place.
pub fn render(
    post: &Post,
    format: Format,
    catalog: &Catalog,
    settings: &Settings,
) -> (Option<Rendered>, Vec<Diagnostic>) {
    let mut scope = Scope::new(post, format, catalog, settings);
    let arena = arena(post);
    let composed = compose(&mut scope, &arena);
    let composed = composed.map(|Composed { media, wording }| (media, wording.into_owned()));
    let preview = buttons::preview(&mut scope);
    let buttons = buttons::buttons(&mut scope);
    let rendered = composed.map(|(mut media, wording)| {
        let wording = attach::place(wording, &mut media, !buttons.is_empty(), &mut scope);
        Rendered { media, wording, preview, buttons, overflow: post.front.overflow }
    });
    if let Some(Wording::Html(text)) = rendered.as_ref().and_then(|rendered| rendered.wording.as_ref()) {
        check(text, &mut scope);
    }
    let rendered = rendered.filter(|_| !scope.notes.has_errors());
    let mut diagnostics = scope.notes.into_list(catalog);
    sort(&mut diagnostics);
    (rendered, diagnostics)
}

/// Where rendering `post` puts what does not stand in it as it is said; most often there is room for all of it.
pub fn arena(post: &Post) -> Bump {
    Bump::with_capacity(post.body().len() * ROOM)
}

/// What a post says, composed and nothing else: neither verified nor fit to be sent. `arena` is best
/// the one that [`arena`] makes.
pub fn wording<'a>(
    post: &'a Post,
    format: Format,
    catalog: &'a Catalog,
    settings: &'a Settings,
    arena: &'a Bump,
) -> Option<Wording<'a>> {
    compose(&mut Scope::new(post, format, catalog, settings), arena).map(|composed| composed.wording)
}

/// A whole post: what it shows, and what it says.
struct Composed<'a> {
    media: Vec<Group>,
    wording: Wording<'a>,
}

fn compose<'a, 'p: 'a>(scope: &mut Scope<'p>, arena: &'a Bump) -> Option<Composed<'a>> {
    let body = scope.notes.post.body();
    let nodes = markdown::parse(body, arena, &mut scope.notes, scope.format)?;
    let media = attach::gather(nodes, scope);
    let wording = match scope.format {
        Format::Html => Wording::Html(text(nodes, arena, scope)),
        Format::Rich => {
            let tags = hashtags(scope);
            Wording::Rich(rich::lower(nodes, tags, scope))
        }
    };
    Some(Composed { media, wording })
}

fn text<'a>(nodes: &'a [markdown::Node<'a>], arena: &'a Bump, scope: &mut Scope<'_>) -> Text<'a> {
    let Lowered { mut text, mut settled } = lower::lower(nodes, arena, scope);
    if let Some(tags) = hashtags(scope) {
        settled &= clean::is_settled(&tags);
        let line = vec![Inline::Text(tags.into())];
        text.blocks.push(Block::paragraph(Gap::Blank, line).with(Role::Tags));
    }
    if settled {
        clean::trim(&mut text);
    } else if clean::tidy(&mut text) {
        note_removed(scope);
    }
    text
}

fn note_removed(scope: &mut Scope<'_>) {
    let message = "the text holds characters that Telegram removes";
    let spot = removed_at(scope.notes.post.body());
    scope.notes.add(Diagnostic::warning(codes::REMOVED_CHARACTERS, message), spot);
}

fn note_empty(scope: &mut Scope<'_>) {
    let problem = Diagnostic::error(codes::EMPTY, "the post has no text to send");
    scope.notes.add(problem.hint("write something, or set `status: draft`"), Spot::File);
}

/// Where the first character stands that is removed, if it stands there as itself.
fn removed_at(body: &str) -> Spot {
    let found = body.char_indices().find(|(_, c)| clean::is_removed(*c));
    found.map_or(Spot::File, |(at, c)| Spot::Body(at..at + c.len_utf8()))
}

/// The tags as the last line. What a hashtag can't hold becomes `_`.
fn hashtags(scope: &mut Scope<'_>) -> Option<String> {
    if !scope.settings.tags_show {
        return None;
    }
    let mut words = Vec::new();
    for tag in &scope.notes.post.front.tags {
        let tag = tag.trim_start_matches('#');
        let word: String =
            tag.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        if !word.chars().any(char::is_alphabetic) {
            let message = format!("`{tag}` is not a hashtag: it has no letter");
            scope.notes.add(Diagnostic::warning(codes::BAD_HASHTAG, message), Spot::Key("tags"));
        }
        words.push(format!("#{word}"));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests;
