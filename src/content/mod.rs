//! The reading room: files become posts. `scan` is the only reader of content; everything behind it is pure.

mod attachment;
mod buttons;
mod check;
mod dates;
mod fences;
mod fix;
mod format;
mod front_matter;
mod key;
mod keys;
mod media;
mod parse;
mod pointer;
mod post;
mod scan;
mod settings;
mod slug;

use std::path::Path;

use crate::diagnostic::Diagnostic;

pub use attachment::{Attachment, CaptionPosition};
pub use check::{future_dates, parse, resolve};
pub use fix::{fix_slug, insert_slug};
pub use format::{file_format, format_in_words, format_of_words};
pub use front_matter::{Keys, format, on_drift};
pub use key::{BadKey, Clash, clashes, index_key, is_prefix, object_key, post_key, public_url};
pub use keys::{IDENTITY_KEYS, SHARED_KEYS, schema as front_matter_schema};
pub use media::{MediaFile, assign_media, media, media_keys};
pub use parse::parse_one;
pub use post::{
    Button, ButtonUrl, Catalog, Format, FrontMatter, LinkPreview, MediaFolder, OnDrift, Overflow, Post,
    PreviewSize, Source, Status, TopicRef,
};
pub use scan::MAX_FILE;
pub use settings::{Overlay, Settings, TargetSettings};
pub use slug::slug_from;

/// Reads the files of all posts below the content folder of the repository at `root`. An empty folder is no error; a file that can't
/// be read is one, and is missing from the result.
pub fn read(root: &Path, settings: &Settings) -> (Vec<Source>, Vec<Diagnostic>) {
    let found = scan::read(root, &settings.content);
    (found.sources, found.problems)
}

/// Reads and parses everything. Files that can't even be read count as broken too, so that nothing is pruned for their sake.
pub fn load(root: &Path, settings: &Settings) -> (Catalog, Vec<Diagnostic>) {
    let scan::Found { sources, media, unusable, mut problems } = scan::read(root, &settings.content);
    let unread = problems.iter().filter(|problem| problem.is_error());
    let unread: Vec<_> = unread.filter_map(|problem| Some(problem.place.as_ref()?.file.clone())).collect();
    let (mut catalog, found) = parse(sources, settings);
    catalog.broken.extend(unread);
    catalog.broken.sort();
    catalog.media = media;
    assign_media(&mut catalog);
    problems.extend(found);
    problems.extend(media::unusable(&catalog, &unusable));
    problems.extend(pointer::pointers(root, &catalog));
    problems.extend(check::media_folders(&catalog));
    (catalog, problems)
}
