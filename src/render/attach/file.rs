//! Which file a name means: one of the post's own media folder. Files of other posts are theirs.

use unicode_normalization::UnicodeNormalization as _;

use crate::content::{MediaFolder, Post};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::media as codes;
use crate::ids::RelPath;
use crate::render::link::{Scope, short};
use crate::render::notes::{Missing, Spot};

/// What a path in a post is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) enum Picture {
    /// A file of the post's media folder.
    Own(RelPath),
    /// A file of the content folder that is not this post's.
    Foreign,
    Missing,
}

/// The file of `folder` that `name` means: from the folder, else from the post's file.
pub(super) fn own(name: &str, post: &Post, folder: &MediaFolder) -> Option<RelPath> {
    let mut paths = paths(name, post, Some(folder)).into_iter().flatten();
    paths.find_map(|path| if folder.files.contains(&path) { Some(path) } else { composed(&path, folder) })
}

/// The file whose letters are only composed in another way: macOS takes them apart.
fn composed(path: &RelPath, folder: &MediaFolder) -> Option<RelPath> {
    if path.as_str().is_ascii() {
        return None;
    }
    folder.files.iter().find(|file| file.as_str().nfc().eq(path.as_str().nfc())).cloned()
}

/// What a name may mean, the likelier first.
pub(super) fn paths(name: &str, post: &Post, folder: Option<&MediaFolder>) -> [Option<RelPath>; 2] {
    if name.starts_with('/') || name.is_empty() {
        return [None, None];
    }
    let folder = folder.and_then(|folder| RelPath::new(folder.path.as_ref()).ok());
    [folder.and_then(|folder| folder.below("-").resolve(name)), post.file().resolve(name)]
}

impl Scope<'_> {
    /// The file at a path that the body or front matter names.
    pub(in crate::render) fn picture_at(&self, path: &str) -> Picture {
        let folder = self.catalog.folders.get(self.notes.post.slug());
        if let Some(file) = folder.and_then(|folder| own(path, self.notes.post, folder)) {
            return Picture::Own(file);
        }
        let mut paths = paths(path, self.notes.post, folder).into_iter().flatten();
        if paths.any(|path| self.catalog.media.contains_key(&path)) {
            Picture::Foreign
        } else {
            Picture::Missing
        }
    }

    /// The media folder as messages name it.
    pub(in crate::render) fn folder_named(&self) -> Option<String> {
        let folder = self.catalog.folders.get(self.notes.post.slug())?;
        Some(if folder.path.is_empty() { "./".to_owned() } else { format!("{}/", folder.path) })
    }

    /// The file that an item of `media:` names; it is an error if there is none.
    pub(super) fn listed_file(&mut self, name: &str, spot: &Spot) -> Option<RelPath> {
        let found = match self.picture_at(name) {
            Picture::Own(file) => return Some(file),
            found => found,
        };
        let shown = short(name);
        let error = |message: String| Diagnostic::error(codes::MISSING_FILE, message);
        let Some(folder) = self.folder_named() else {
            let problem = error(format!("there is no `{shown}`: the post has no media folder"));
            let hint = "another post owns the folder of its name: give this one a folder with `media_dir`";
            self.notes.add(problem.hint(hint), spot.clone());
            return None;
        };
        if found == Picture::Foreign {
            let problem = error(format!("`{shown}` is not in the post's media folder `{folder}`"));
            let hint = "move or copy it there, or name its folder with `media_dir`";
            self.notes.add(problem.hint(hint), spot.clone());
        } else {
            let problem = error(format!("`{shown}` is no file of the post's media folder `{folder}`"));
            let problem = problem.hint("correct the name, or add the file");
            self.notes.add_missing(problem, Missing::Media(name.to_owned()), spot.clone());
        }
        None
    }
}
