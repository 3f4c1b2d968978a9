//! Finds git-LFS pointers where media is expected: published, they would be files of three lines.
#![expect(clippy::disallowed_methods, reason = "this is the room that reads content")]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use super::media::media;
use super::post::Catalog;
use crate::diagnostic::codes::media as codes;
use crate::diagnostic::{Diagnostic, Place};

/// Pointers are shorter (git-lfs spec, v1; checked 2026-11-20).
const MAX_POINTER: u64 = 1024;
const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Media files of posts that are pointers. What can't be read is found when it is needed.
pub(super) fn pointers(root: &Path, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut files: Vec<_> = media(catalog).into_iter().map(|file| file.file).collect();
    files.dedup();
    let pointers = files.into_iter().filter(|file| is_pointer(&root.join(file.as_str())));
    let report = |file| {
        Diagnostic::error(codes::LFS_POINTER, "the file is a git-LFS pointer, not what it points to")
            .at(Place::file(&file))
            .hint("`git lfs pull` brings the files; in a workflow, `lfs: true` of `actions/checkout`")
    };
    pointers.map(report).collect()
}

fn is_pointer(path: &Path) -> bool {
    let small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() < MAX_POINTER);
    let mut beginning = [0; BEGINNING.len()];
    small
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut beginning).is_ok())
        && beginning == *BEGINNING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_told_by_their_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let is = |text: &str| {
            let path = dir.path().join("a.jpg");
            fs::write(&path, text).unwrap();
            is_pointer(&path)
        };
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assert!(is(pointer));
        assert!(!is(""));
        assert!(!is(&pointer[..20]));
        assert!(!is(&(pointer.to_owned() + &"x".repeat(1024))), "too long for one");
        assert!(!is_pointer(dir.path()));
    }
}
