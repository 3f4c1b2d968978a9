//! What a message shows beside its text: files of the media folder become photos, albums and the rest, with captions.
//!
//! `pictures` finds those of the body, `file` which file a name means, `kind` what it is sent as and whether Telegram
//! takes it, `album` which of them make one message, `caption` where the text goes.

mod album;
mod caption;
mod file;
mod kind;
mod pictures;

use std::collections::BTreeSet;
use std::ops::Range;

use bumpalo::Bump;

use super::link::Scope;
use super::markdown::{self, Node};
use super::notes::{Notes, Spot};
use super::part::Item;
use super::tree::Text;
use crate::content::{Attachment, CaptionPosition, Catalog, Format, Post};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::media as codes;
use crate::ids::RelPath;
use crate::media::Kind;

pub(super) use caption::place;
pub(super) use file::Picture;
use file::own;
pub(super) use pictures::path;

#[cfg(test)]
mod tests;

/// Files that one message shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// One, or an album of two to ten.
    pub items: Vec<Item>,
    /// Captions stand above.
    pub above: bool,
}

/// A file as the post wants it shown.
#[derive(Debug)]
struct Wish {
    file: RelPath,
    kind: Option<Kind>,
    spoiler: bool,
    caption: Text<'static>,
    thumbnail: Option<RelPath>,
    /// Where the post says so.
    spot: Spot,
}

/// The files that `post` may show, thumbnails included: of these [`Catalog::facts`] are needed.
pub fn attached(post: &Post, catalog: &Catalog) -> BTreeSet<RelPath> {
    let Some(folder) = catalog.folders.get(post.slug()).filter(|folder| !folder.files.is_empty()) else {
        return BTreeSet::new();
    };
    names(post).iter().filter_map(|name| own(name, post, folder)).collect()
}

/// Where the files would be that `post` names and its media folder does not hold.
pub fn absent(post: &Post, catalog: &Catalog) -> BTreeSet<RelPath> {
    let Some(folder) = catalog.folders.get(post.slug()) else { return BTreeSet::new() };
    let absent = |name: &String| match own(name, post, folder) {
        None => file::paths(name, post, Some(folder)).into_iter().flatten().next(),
        Some(_) => None,
    };
    names(post).iter().filter_map(absent).collect()
}

/// The files that a post names, as it names them; those of the body, too, where a list takes their place: a rich message
/// shows them all.
fn names(post: &Post) -> Vec<String> {
    let listed = post.front.media.iter().flatten();
    let listed = listed.flat_map(|item| [Some(&item.file), item.thumbnail.as_ref()]).flatten();
    let arena = Bump::new();
    let nodes = markdown::parse(post.body(), &arena, &mut Notes::new(post), Format::Html).unwrap_or_default();
    let pictured = pictures::all(nodes);
    listed.cloned().chain(pictured.iter().map(pictures::Found::path)).collect()
}

/// The files that the post shows, in their order. Pictures of the body among them leave the text.
pub(super) fn gather(nodes: &[Node<'_>], scope: &mut Scope<'_>) -> Vec<Group> {
    let post = scope.notes.post;
    let wishes = match &post.front.media {
        Some(list) => listed(list, nodes, scope),
        None if scope.format == Format::Html => pictured(nodes, scope),
        None => Vec::new(),
    };
    scope.shows_media = !wishes.is_empty();
    let items: Vec<Item> = wishes.into_iter().filter_map(|wish| kind::item(wish, scope)).collect();
    let above = post.front.caption_position == CaptionPosition::Above;
    let groups = album::groups(items, above);
    if above && post.keys.contains_key("caption_position") && !groups.iter().any(|group| group.above) {
        let message = "no photo, video or animation is there to have its text above";
        let note = Diagnostic::warning(codes::NO_EFFECT, message).hint("remove `caption_position`");
        scope.notes.add(note, Spot::Key("caption_position"));
    }
    groups
}

/// A file that a rich message shows where the body names it; problems are noted. `None`: nothing is known of it.
pub(super) fn in_place(
    file: RelPath,
    spoiler: bool,
    range: &Range<usize>,
    scope: &mut Scope<'_>,
) -> Option<Item> {
    let spot = Spot::from(range);
    kind::item(Wish { file, kind: None, spoiler, caption: Text::default(), thumbnail: None, spot }, scope)
}

/// The items of `media:`.
fn listed(list: &[Attachment], nodes: &[Node<'_>], scope: &mut Scope<'_>) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = Vec::new();
    for item in list {
        let spot = Spot::Front(item.range.clone());
        let Some(file) = scope.listed_file(&item.file, &spot) else { continue };
        if wishes.iter().any(|wish| wish.file == file) {
            let problem = Diagnostic::error(codes::TWICE, format!("`{}` is listed twice", item.file));
            scope.notes.add(problem.hint("remove one of the two"), spot);
            continue;
        }
        let thumbnail = item.thumbnail.as_ref().and_then(|name| scope.listed_file(name, &spot));
        let caption = item.caption.as_deref().map(|text| caption::markdown(text, scope, &spot));
        wishes.push(Wish {
            file,
            kind: item.kind,
            spoiler: item.spoiler,
            caption: caption.unwrap_or_default(),
            thumbnail,
            spot,
        });
    }
    for picture in pictures::all(nodes) {
        if let Picture::Own(file) = scope.picture_at(&picture.path())
            && wishes.iter().any(|wish| wish.file == file)
        {
            scope.taken.insert(picture.range.start);
        }
    }
    wishes
}

/// The pictures of the body that are alone in a paragraph.
fn pictured(nodes: &[Node<'_>], scope: &mut Scope<'_>) -> Vec<Wish> {
    let mut wishes: Vec<Wish> = Vec::new();
    for picture in pictures::alone(nodes) {
        let Picture::Own(file) = scope.picture_at(&picture.path()) else { continue };
        scope.taken.insert(picture.range.start);
        let spot = Spot::from(picture.range);
        if wishes.iter().any(|wish| wish.file == file) {
            let message = format!("`{}` is shown twice: it stands where it was first", picture.path());
            scope.notes.add(Diagnostic::warning(codes::TWICE, message).hint("remove one of the two"), spot);
            continue;
        }
        let caption = caption::plain(picture.title);
        let spoiler = picture.spoiler;
        wishes.push(Wish { file, kind: None, spoiler, caption, thumbnail: None, spot });
    }
    wishes
}
