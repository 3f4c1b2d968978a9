//! Finds git-LFS pointers where media is expected: published, they would be files of three lines.
#![expect(clippy::disallowed_methods, reason = "this is the room that reads content")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::post::Catalog;
use crate::diagnostic::codes::media as codes;
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::RelPath;

/// Pointers are shorter (git-lfs spec, v1; checked 2026-11-20).
const MAX_POINTER: u64 = 1024;
const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Media files of posts that are pointers. What can't be read is found when it is needed.
pub(super) fn pointers(root: &Path, catalog: &Catalog) -> Vec<Diagnostic> {
    let owned = catalog.folders.values().flat_map(|folder| &folder.files);
    let may_be = |file: &&RelPath| catalog.media.get(*file).is_some_and(|stamp| stamp.size < MAX_POINTER);
    let small: BTreeSet<&RelPath> = owned.filter(may_be).collect();
    let pointers = small.into_iter().filter(|file| begins_as_pointer(&root.join(file.as_str())));
    let report = |file: &RelPath| {
        Diagnostic::error(codes::LFS_POINTER, "the file is a git-LFS pointer, not what it points to")
            .at(Place::file(file))
            .hint("`git lfs pull` brings the files; in a workflow, `lfs: true` of `actions/checkout`")
    };
    pointers.map(report).collect()
}

fn begins_as_pointer(path: &Path) -> bool {
    let mut beginning = [0; BEGINNING.len()];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut beginning).is_ok()) && beginning == *BEGINNING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_by_their_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let is = |text: &str| {
            let path = dir.path().join("a.jpg");
            std::fs::write(&path, text).unwrap();
            begins_as_pointer(&path)
        };
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assert!(is(pointer));
        assert!(!is(""));
        assert!(!is(&pointer[..20]));
        assert!(!begins_as_pointer(dir.path()));
    }
}
