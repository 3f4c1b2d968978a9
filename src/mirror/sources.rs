//! Folders of `mirror.sources`: what a downloader left there, in the repository or outside.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::Seen;
use crate::content::{BadKey, clashes, index_key, object_key};
use crate::ids::{ObjectKey, RelPath, Stamp};

/// A file of such a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub key: ObjectKey,
    /// From the folder.
    pub file: RelPath,
    pub seen: Seen,
}

/// All files below a folder, but for hidden ones; what can't be mirrored is said. Links are not followed: the folder may
/// be written to by others.
pub fn scan(folder: &Path, prefix: &str) -> (Vec<SourceFile>, Vec<String>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
        return (files, vec![format!("`{}` is not a folder", folder.display())]);
    }
    let visible =
        |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with(['.', '_']);
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => match keyed(folder, prefix, &entry) {
                Ok(file) => files.push(file),
                Err(problem) => problems.push(problem),
            },
            Ok(_) => {}
            Err(error) => problems.push(format!("`{}` can't be read: {error}", folder.display())),
        }
    }
    let index = [index_key(prefix)];
    for clash in clashes(files.iter().map(|file| (&file.key, &file.file)), &index) {
        let with =
            clash.other.map_or_else(|| "the list that `tgsync` keeps".to_owned(), |o| format!("`{o}`"));
        let file = folder.join(clash.file.as_str());
        problems.push(format!(
            "`{}`: its object `{}` would be in the place of {with}",
            file.display(),
            clash.key
        ));
    }
    (files, problems)
}

fn keyed(folder: &Path, prefix: &str, entry: &DirEntry) -> Result<SourceFile, String> {
    let path = entry.path();
    let wrong = |why: String| format!("`{}` can't be mirrored: {why}", path.display());
    let below = path.strip_prefix(folder).unwrap_or(path);
    if below.to_str().is_none() {
        return Err(wrong("its name is not UTF-8".to_owned()));
    }
    let file = RelPath::new(below).map_err(|error| wrong(error.to_string()))?;
    let key = object_key(prefix, file.as_str()).map_err(|error: BadKey| wrong(error.to_string()))?;
    // What can't be looked at can't be read either, and that is said.
    let stamp = entry.metadata().map(|found| Stamp::of(&found)).unwrap_or_default();
    Ok(SourceFile { key, file, seen: Seen { path: path.to_owned(), stamp } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_hidden_files_are_found() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b c.mp4", "a/1.jpg", ".part", ".cache/x", "_tmp/y", "b_c.mp4", "index.json"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).unwrap();
        let (files, problems) = scan(dir.path(), "inbox");
        let keys: Vec<&str> = files.iter().map(|file| file.key.as_str()).collect();
        assert_eq!(keys, ["inbox/a/1.jpg", "inbox/b_c.mp4", "inbox/b_c.mp4", "inbox/index.json"]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        let (files, problems) = scan(&dir.path().join("missing"), "");
        assert!(files.is_empty() && problems[0].ends_with("is not a folder"), "{problems:?}");
    }
}
