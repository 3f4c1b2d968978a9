//! The composing room: a post becomes parts, each a tree of exactly what a Telegram message can say.
//!
//! Markdown → `markdown` nodes (what the author wrote) → `lower` → [`tree`] (what Telegram can say) → `clean` (what
//! Telegram would do to the characters) → [`html`]. What gets lost on the way is a diagnostic with its place.

use std::collections::BTreeSet;

use crate::content::{Button, ButtonUrl, Catalog, LinkPreview, Post};
use crate::diagnostic::{Diagnostic, sort};
use crate::ids::{Slug, TargetName};

mod buttons;
mod clean;
mod codes;
mod html;
pub mod limits;
mod link;
mod lower;
mod markdown;
mod measure;
mod notes;
mod plain;
pub mod tree;
mod url;

pub use codes::CODES;
pub use html::{canonical, escape, html};
pub use measure::{Measure, measure};
pub use plain::plain;

use link::Scope;
use notes::{Notes, Spot};
use tree::{Block, Gap, Inline, Text};

/// Format and renderer version, recorded in the lock; raised when the same post may come out differently.
pub const VERSION: &str = "html/1";

/// What a post says, links to other posts still by slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub parts: Vec<Part>,
    /// Posts that its text or buttons link to.
    pub links: BTreeSet<Slug>,
}

/// One sendable unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(TextPart),
}

/// A text message: what `sendMessage` takes, ids still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    pub text: tree::Text,
    pub preview: LinkPreview,
    pub buttons: Vec<Vec<Button>>,
}

impl TextPart {
    /// Posts that its text or buttons link to.
    pub fn links(&self) -> BTreeSet<Slug> {
        let to = |button: &Button| match &button.url {
            ButtonUrl::Post(slug) => Some(slug.clone()),
            ButtonUrl::Web(_) => None,
        };
        let mut links = self.text.links();
        links.extend(self.buttons.iter().flatten().filter_map(to));
        links
    }
}

/// What the config says about rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether tags are shown as hashtags on the last line.
    pub tags_show: bool,
    /// Where posts without `targets` go.
    pub default_targets: Vec<TargetName>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tags_show: true, default_targets: Vec::new() }
    }
}

/// Renders a post. `None` when an error makes it unsendable; the diagnostics are sorted by place.
pub fn render(post: &Post, catalog: &Catalog, settings: &Settings) -> (Option<Rendered>, Vec<Diagnostic>) {
    let mut scope = Scope { notes: Notes::new(post), catalog, settings };
    let text = text(&mut scope);
    let preview = buttons::preview(&mut scope);
    let buttons = buttons::buttons(&mut scope);

    let rendered = text.filter(|_| !scope.notes.has_errors()).map(|text| {
        let mut links = text.links();
        links.extend(buttons.iter().flatten().filter_map(|button| match &button.url {
            ButtonUrl::Post(slug) => Some(slug.clone()),
            ButtonUrl::Web(_) => None,
        }));
        Rendered { parts: vec![Part::Text(TextPart { text, preview, buttons })], links }
    });
    let mut diagnostics = scope.notes.into_list();
    sort(&mut diagnostics);
    (rendered, diagnostics)
}

fn text(scope: &mut Scope<'_>) -> Option<Text> {
    let post = scope.notes.post;
    let nodes = markdown::parse(post.body(), &mut scope.notes)?;
    let mut text = lower::lower(&nodes, scope);
    if scope.settings.tags_show {
        text.blocks.extend(hashtags(scope));
    }
    if clean::tidy(&mut text) {
        let message = "the text holds characters that Telegram removes";
        scope.notes.add(Diagnostic::warning(codes::REMOVED_CHARACTERS, message), removed_at(post.body()));
    }
    check_sizes(&text, scope);
    Some(text)
}

/// Where the first character stands that is removed, if it stands there as itself.
fn removed_at(body: &str) -> Spot<'static> {
    let found = body.char_indices().find(|(_, c)| clean::is_removed(*c));
    found.map_or(Spot::File, |(at, c)| Spot::Body(at..at + c.len_utf8()))
}

/// The tags as the last line. What a hashtag can't hold becomes `_`.
fn hashtags(scope: &mut Scope<'_>) -> Option<Block> {
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
    (!words.is_empty()).then(|| Block::paragraph(Gap::Blank, vec![Inline::Text(words.join(" "))]))
}

fn check_sizes(text: &Text, scope: &mut Scope<'_>) {
    let size = measure(text);
    if clean::is_blank(&text.visible()) {
        if scope.notes.has_errors() {
            return;
        }
        let problem = Diagnostic::error(codes::EMPTY, "the post has no text to send");
        return scope.notes.add(problem.hint("write something, or set `status: draft`"), Spot::File);
    }
    let over = |amount: usize, limit: usize, unit: &str| {
        (amount > limit).then(|| format!("{} {unit}, {} are allowed", grouped(amount), grouped(limit)))
    };
    if let Some(excess) = over(size.chars, limits::TEXT_CHARS, "characters") {
        let problem = Diagnostic::error(codes::TOO_LONG, format!("the post is too long: {excess}"));
        scope.notes.add(problem.hint("shorten it, or divide it into several posts"), Spot::File);
    } else if let Some(excess) = over(size.bytes, limits::RAW_BYTES, "bytes with tags and addresses") {
        let problem = Diagnostic::error(codes::TOO_LARGE, format!("the post is too large: {excess}"));
        scope.notes.add(problem.hint("remove or shorten links"), Spot::File);
    } else if let Some(excess) = over(size.entities, limits::ENTITIES, "formatted pieces") {
        let message = format!("the post has {excess}: Telegram drops the formatting of the rest");
        scope.notes.add(Diagnostic::warning(codes::TOO_MANY_ENTITIES, message), Spot::File);
    } else if let Some(excess) =
        over(size.entity_bytes, limits::ENTITY_BYTES, "bytes of links and formatting")
    {
        let message = format!("the post has {excess}: Telegram may refuse it");
        scope.notes.add(Diagnostic::warning(codes::HEAVY_ENTITIES, message), Spot::File);
    }
}

/// Digits in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8_lossy(&groups.join(&b','.to_owned())).into_owned()
}

#[cfg(test)]
mod tests;
