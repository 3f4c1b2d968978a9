//! The only reader of content: walks the folder and brings back the files of posts.

#![expect(clippy::disallowed_methods, reason = "this is the room that reads content")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::post::Source;
use crate::diagnostic::codes::reading as codes;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ids::{BlobId, RelPath, Stamp};

/// A post's file may have so many bytes, front matter included.
pub const MAX_FILE: u64 = 1024 * 1024;

/// Files of patterns, the later one stronger.
const IGNORE_FILES: [&str; 2] = [".gitignore", ".tgsyncignore"];

/// What is below a content folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Every post's file, sorted by path.
    pub(super) sources: Vec<Source>,
    /// The other files.
    pub(super) media: BTreeMap<RelPath, Stamp>,
    /// Other files whose names no path can hold: their folder, and the name as it is shown.
    pub(super) unusable: Vec<(RelPath, String)>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Looks through `content` of the repository at `root`. Files that can't be read are reported and left out; the others come
/// back all the same.
pub(super) fn read(root: &Path, content: &RelPath) -> Found {
    let mut scan = Scan {
        root,
        top: root.join(content.as_str()),
        top_real: PathBuf::new(),
        ignores: Vec::new(),
        found: Found::default(),
    };
    match fs::canonicalize(&scan.top).and_then(|real| Ok((fs::metadata(&real)?.is_dir(), real))) {
        Ok((true, real)) if !fs::canonicalize(root).is_ok_and(|root| real.starts_with(root)) => {
            let message = "the symbolic link leads out of the repository";
            let hint = "replace it by the folder it points to";
            scan.report(codes::SYMLINK, content, message, hint);
        }
        Ok((true, real)) => {
            scan.top_real = real;
            scan.run(content);
        }
        Ok((false, _)) => scan.no_content(content, "is not a folder"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            scan.no_content(content, "does not exist");
        }
        Err(error) => scan.no_content(content, &format!("can't be read: {}", words(&error))),
    }
    scan.found.sources.sort_by(|a, b| a.file.cmp(&b.file));
    scan.found
}

/// Patterns of one folder, for everything below it.
struct Ignores {
    folder: PathBuf,
    patterns: Gitignore,
}

struct Scan<'r> {
    root: &'r Path,
    /// The content folder, and what it is behind all links.
    top: PathBuf,
    top_real: PathBuf,
    /// Of the folders around the one being read, outermost first.
    ignores: Vec<Ignores>,
    found: Found,
}

impl Scan<'_> {
    fn run(&mut self, content: &RelPath) {
        let mut folder = self.root.to_owned();
        for part in content.as_str().split('/').filter(|part| !part.is_empty()) {
            self.enter(&folder);
            folder.push(part);
            if self.is_ignored(&folder, true) {
                self.report(
                    codes::CONTENT_IGNORED,
                    content,
                    format!("`{content}` is excluded by an ignore file above it"),
                    "remove the pattern from `.gitignore` or `.tgsyncignore`",
                );
                return;
            }
        }
        self.walk();
    }

    fn walk(&mut self) {
        let mut walk = WalkDir::new(&self.top).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.walk_error(&error);
                    continue;
                }
            };
            let is_folder = entry.file_type().is_dir();
            if !self.is_wanted(&entry) {
                if is_folder {
                    walk.skip_current_dir();
                }
            } else if is_folder {
                self.enter(entry.path());
            } else if is_post(&entry) {
                self.read_post(&entry);
            } else {
                let file = self.rel(entry.path());
                // What can't be looked at is found when it is needed.
                let stamp = entry.metadata().map(|found| Stamp::of(&found)).unwrap_or_default();
                self.found.media.insert(file, stamp);
            }
        }
    }

    /// Whether an entry is one of ours: a folder to go into, or a file. What is wrong with its name is reported.
    fn is_wanted(&mut self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        let name = entry.file_name().to_string_lossy();
        let is_folder = entry.file_type().is_dir();
        self.leave_all_but(entry.path());
        if name.starts_with(['.', '_']) || self.is_ignored(entry.path(), is_folder) {
            return false;
        }
        let is_file = entry.file_type().is_file();
        if !self.stays_inside(entry) {
            return false;
        }
        // A strange name is no problem where no post needs the file, which is not known yet.
        if is_file && !is_post(entry) {
            let usable = is_usable_name(entry);
            if !usable {
                let folder = self.rel(entry.path().parent().unwrap_or(&self.top));
                self.found.unusable.push((folder, name.escape_debug().to_string()));
            }
            usable
        } else {
            (is_folder || is_file) && self.has_usable_name(entry)
        }
    }

    fn has_usable_name(&mut self, entry: &DirEntry) -> bool {
        let usable = is_usable_name(entry);
        if !usable {
            let name = entry.file_name().to_string_lossy();
            let message = format!("the name `{}` can't be used in paths", name.escape_debug());
            let hint = "rename it, without backslashes, control characters and bytes that aren't UTF-8";
            self.report(codes::BAD_FILE_NAME, &self.rel(entry.path()), message, hint);
        }
        usable
    }

    fn stays_inside(&mut self, entry: &DirEntry) -> bool {
        if !entry.path_is_symlink() {
            return true;
        }
        let inside = fs::canonicalize(entry.path()).is_ok_and(|real| real.starts_with(&self.top_real));
        if !inside {
            self.report(
                codes::SYMLINK,
                &self.rel(entry.path()),
                "the symbolic link leads out of the content folder",
                "replace it by the file or folder it points to, or remove it",
            );
        }
        inside
    }

    fn walk_error(&mut self, error: &walkdir::Error) {
        let path = error.path().unwrap_or(&self.top).to_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.leave_all_but(&path);
        if name.starts_with(['.', '_']) || self.is_ignored(&path, false) {
            return;
        }
        let is_link = fs::symlink_metadata(&path).is_ok_and(|data| data.is_symlink());
        if error.loop_ancestor().is_some() {
            let message = "the symbolic link leads to a folder around it";
            self.report(codes::SYMLINK, &self.rel(&path), message, "remove the link");
        } else if is_link {
            let message = "the symbolic link leads nowhere";
            self.report(codes::SYMLINK, &self.rel(&path), message, "remove the link, or correct it");
        } else {
            let reason = error.io_error().map_or_else(|| error.to_string(), words);
            self.unreadable(&path, &reason);
        }
    }

    fn read_post(&mut self, entry: &DirEntry) {
        let path = entry.path();
        let file = self.rel(path);
        let bytes = match read_limited(path) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(size)) => {
                let message = format!("the file has {size} bytes, {MAX_FILE} are allowed");
                let hint = "move it out of the content folder, or exclude it in `.tgsyncignore`";
                return self.report(codes::TOO_LARGE, &file, message, hint);
            }
            Err(error) => return self.unreadable(path, &words(&error)),
        };
        let blob = BlobId::of(&bytes);
        match String::from_utf8(bytes) {
            Ok(text) => self.found.sources.push(Source { file, text, blob }),
            Err(error) => self.not_utf8(&file, &error),
        }
    }

    fn not_utf8(&mut self, file: &RelPath, error: &std::string::FromUtf8Error) {
        let at = error.utf8_error().valid_up_to();
        let message = format!("byte {at} is {:#04x}, which isn't UTF-8", error.as_bytes()[at]);
        let text = String::from_utf8_lossy(error.as_bytes());
        self.found.problems.push(
            Diagnostic::error(codes::NOT_UTF8, message)
                .at(Place::at(file, &text, at..at + 1))
                .hint("save the file as UTF-8, for example with `iconv -f WINDOWS-1251 -t UTF-8`"),
        );
    }

    fn unreadable(&mut self, path: &Path, reason: &str) {
        let message = format!("can't be read: {reason}");
        let hint = "give read permission, or exclude it in `.tgsyncignore`";
        self.report(codes::UNREADABLE, &self.rel(path), message, hint);
    }

    fn no_content(&mut self, content: &RelPath, what: &str) {
        let message = format!("the content folder `{content}` {what}");
        let hint = "create it, or name the right folder with `content:` in `tgsync.yaml`";
        self.report(codes::NO_CONTENT, content, message, hint);
    }

    fn report(&mut self, code: Code, file: &RelPath, message: impl Into<String>, hint: &str) {
        let problem = Diagnostic::error(code, message);
        self.found.problems.push(problem.at(Place::file(file)).hint(hint));
    }

    /// A path below the repository as it is shown.
    fn rel(&self, path: &Path) -> RelPath {
        let below = path.strip_prefix(self.root).unwrap_or(path);
        RelPath::new(below)
            .unwrap_or_else(|_| RelPath::new(Path::new("")).expect("an empty path stays inside"))
    }

    /// Drops the patterns of folders that `path` isn't in.
    fn leave_all_but(&mut self, path: &Path) {
        while self.ignores.last().is_some_and(|ignores| !path.starts_with(&ignores.folder)) {
            self.ignores.pop();
        }
    }

    /// The innermost folder that has something to say decides.
    fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        let verdicts = self.ignores.iter().rev();
        verdicts
            .map(|ignores| ignores.patterns.matched(path, is_folder))
            .find(|verdict| !verdict.is_none())
            .is_some_and(|verdict| verdict.is_ignore())
    }

    /// Takes up the patterns of a folder.
    fn enter(&mut self, folder: &Path) {
        let mut builder = GitignoreBuilder::new(folder);
        let mut found = false;
        for name in IGNORE_FILES {
            let path = folder.join(name);
            if !fs::symlink_metadata(&path).is_ok_and(|data| data.is_file()) {
                continue;
            }
            found = true;
            match read_limited(&path) {
                Ok(Ok(bytes)) => self.add_patterns(&mut builder, &path, &bytes),
                Ok(Err(size)) => {
                    let message = format!("the file has {size} bytes, {MAX_FILE} are allowed");
                    self.report(codes::TOO_LARGE, &self.rel(&path), message, "shorten it");
                }
                Err(error) => self.unreadable(&path, &words(&error)),
            }
        }
        if let (true, Ok(patterns)) = (found, builder.build()) {
            self.ignores.push(Ignores { folder: folder.to_owned(), patterns });
        }
    }

    fn add_patterns(&mut self, builder: &mut GitignoreBuilder, path: &Path, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let pattern = line.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}');
            if builder.add_line(Some(path.to_owned()), pattern).is_err() {
                let message = format!("pattern `{pattern}` can't be understood and was skipped");
                self.found.problems.push(
                    Diagnostic::warning(codes::BAD_IGNORE_PATTERN, message)
                        .at(Place::at(&self.rel(path), &text, at..at + pattern.len()))
                        .hint("write ranges such as `[a-z]` in order, or `\\[` for a bracket in a name"),
                );
            }
            at += line.len();
        }
    }
}

fn is_post(entry: &DirEntry) -> bool {
    entry.file_type().is_file() && is_markdown(&entry.file_name().to_string_lossy())
}

fn is_usable_name(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_str();
    name.is_some_and(|name| !name.contains(|c: char| c == '\\' || c.is_control()))
}

fn is_markdown(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.eq_ignore_ascii_case("md")
}

/// The bytes of a file, or its size when that is over the limit; then it isn't read.
fn read_limited(path: &Path) -> io::Result<Result<Vec<u8>, u64>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_FILE {
        return Ok(Err(size));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    Ok(if size > MAX_FILE { Err(size) } else { Ok(bytes) })
}

/// What the operating system said, without its number.
fn words(error: &io::Error) -> String {
    let said = error.to_string();
    let said = said.split(" (os error").next().unwrap_or(&said);
    said.to_lowercase()
}

#[cfg(test)]
mod tests;
