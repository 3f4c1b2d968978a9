//! The text beside files: a caption where it fits, else messages after them.

use super::Group;
use bumpalo::Bump;

use crate::content::{Format, LinkPreview, Overflow};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::media as codes;
use crate::render::check::grouped;
use crate::render::clean::{is_blank, is_invisible, tidy};
use crate::render::link::Scope;
use crate::render::measure::{Measure, measure};
use crate::render::notes::Spot;
use crate::render::rich::says_something;
use crate::render::tree::{Block, Gap, Inline, Text};
use crate::render::{
    Wording, codes as render_codes, limits, lower, markdown as tree_of, names, note_empty, split,
};

/// What a file says of its own, in Markdown; problems are noted at `spot`.
pub(super) fn markdown(source: &str, scope: &mut Scope<'_>, spot: &Spot) -> Text<'static> {
    let mut inner = Scope::new(scope.notes.post, Format::Html, scope.catalog, scope.settings);
    let arena = Bump::new();
    let nodes = tree_of::parse(source, &arena, &mut inner.notes, Format::Html).unwrap_or_default();
    let mut text = lower::lower(nodes, &arena, &mut inner).text;
    tidy(&mut text);
    scope.notes.absorb(inner.notes, spot);
    if is_invisible(&text) {
        return Text::default();
    }
    text.into_owned()
}

/// The title of a picture as what it says.
pub(super) fn plain(title: &str) -> Text<'static> {
    if is_blank(title) {
        return Text::default();
    }
    let mut content = vec![Inline::Text(title.into())];
    names::protect(&mut content);
    let mut text = Text { blocks: vec![Block::paragraph(Gap::Blank, content)] };
    tidy(&mut text);
    text.into_owned()
}

/// Notes that what a file says of its own is too long.
pub(super) fn check(caption: &Text<'_>, name: &str, scope: &mut Scope<'_>, spot: &Spot) {
    let size = measure(caption);
    let problem = if size.chars > limits::CAPTION_CHARS {
        let (chars, limit) = (grouped(size.chars), grouped(limits::CAPTION_CHARS));
        let message = format!("the caption of `{name}` has {chars} characters, {limit} are allowed");
        Diagnostic::error(codes::LONG_CAPTION, message)
    } else if !size.fits(&Measure::CAPTION) {
        let message = format!("the caption of `{name}` has more formatting and links than a message keeps");
        Diagnostic::error(codes::LONG_CAPTION, message)
    } else {
        return;
    };
    scope.notes.add(problem.hint("shorten it, or say it in the text of the post"), spot.clone());
}

/// Where the text of a post goes: what is with its files, and what the text messages after them say. What it shows or
/// says too little of is noted.
pub(in crate::render) fn place(
    wording: Wording<'static>,
    groups: &mut [Group],
    buttons: bool,
    scope: &mut Scope<'_>,
) -> Option<Wording<'static>> {
    let is_empty = match &wording {
        Wording::Html(text) => is_invisible(text),
        Wording::Rich(rich) => !rich.blocks.iter().any(says_something),
    };
    if is_empty && !scope.shows_media && !scope.notes.has_errors() {
        note_empty(scope);
    }
    let left = match wording {
        _ if is_empty => None,
        Wording::Html(text) => as_caption(text, groups, buttons, scope).map(Wording::Html),
        Wording::Rich(rich) => Some(Wording::Rich(rich)),
    };
    if left.is_none() && !groups.is_empty() && buttons && groups.iter().all(|group| group.items.len() > 1) {
        let problem =
            Diagnostic::error(codes::ALBUM_BUTTONS, "an album can't carry buttons, and there is no text");
        scope.notes.add(
            problem.hint("write a text, which follows the album with the buttons"),
            Spot::Key("buttons"),
        );
    }
    left
}

/// Puts the text of a post, up to its first break, with the first file if it fits there. Answers what is left: the
/// text of the messages that follow. An album has no buttons, so where there are `buttons` the text that has to carry
/// them follows.
fn as_caption(
    mut text: Text<'static>,
    groups: &mut [Group],
    buttons: bool,
    scope: &mut Scope<'_>,
) -> Option<Text<'static>> {
    let first = text.blocks.first_mut()?;
    // A break between the files and the text.
    let apart = std::mem::replace(&mut first.gap, Gap::Blank) == Gap::Break;
    let captioned = groups.iter().flat_map(|group| &group.items).any(|item| !item.caption.blocks.is_empty());
    let Some(group) = groups.first_mut().filter(|_| !apart && !captioned) else { return Some(text) };
    let mut pieces = split::at_breaks(&text).into_iter().map(Text::into_owned);
    let Some(caption) = pieces.next() else { return Some(text) };
    let is_whole = pieces.len() == 0;
    if group.items.len() > 1 && buttons && is_whole {
        return Some(text);
    }
    let size = measure(&caption);
    if !size.fits(&Measure::CAPTION) {
        note_overflow(&size, scope);
        return Some(text);
    }
    group.items[0].caption = caption;
    note_preview(is_whole, scope);
    joined(pieces)
}

/// `overflow: error` is a wish for one message.
fn note_overflow(size: &Measure, scope: &mut Scope<'_>) {
    if scope.notes.post.front.overflow == Overflow::Split {
        return;
    }
    let (chars, limit) = (grouped(size.chars), grouped(limits::CAPTION_CHARS));
    let message = format!("the text is too long for a caption: {chars} characters, {limit} are allowed");
    let hint = "shorten it, or let it follow the media with `overflow: split`";
    scope.notes.add(Diagnostic::error(render_codes::TOO_LONG, message).hint(hint), Spot::Key("overflow"));
}

/// Only text messages have link previews. A default of the config is meant for others.
fn note_preview(all_is_caption: bool, scope: &mut Scope<'_>) {
    let post = scope.notes.post;
    let is_wanted = matches!(post.front.link_preview, LinkPreview::Of { .. });
    if all_is_caption && is_wanted && post.keys.contains_key("link_preview") {
        let message = "the text belongs to media, and Telegram previews no links of it";
        let note = Diagnostic::warning(codes::NO_EFFECT, message);
        let hint = "remove `link_preview`, or set a break before the text with `<!-- tgsync:break -->`";
        scope.notes.add(note.hint(hint), Spot::Key("link_preview"));
    }
}

/// Texts as one that breaks between them.
fn joined(pieces: impl Iterator<Item = Text<'static>>) -> Option<Text<'static>> {
    let mut whole: Option<Text<'static>> = None;
    for mut piece in pieces {
        match (&mut whole, piece.blocks.first_mut()) {
            (Some(whole), Some(first)) => {
                first.gap = Gap::Break;
                whole.blocks.append(&mut piece.blocks);
            }
            _ => whole = Some(piece),
        }
    }
    whole
}
