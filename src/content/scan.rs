//! The only reader of content: walks the folder and brings back the files of posts.

#![expect(clippy::disallowed_methods, reason = "this is the room that reads content")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::post::Source;
use crate::diagnostic::codes::reading as codes;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ids::{BlobId, RelPath};

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
    pub(super) media: BTreeSet<RelPath>,
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
                self.found.media.insert(file);
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
        // A strange name is no problem where nothing needs it.
        if is_file && !is_post(entry) {
            is_usable_name(entry)
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
mod tests {
    use super::*;

    /// A repository in a new folder; a name that ends in `/` is a folder.
    fn repository(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = root.path().join(name);
            if name.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        root
    }

    fn rel(path: &str) -> RelPath {
        RelPath::new(Path::new(path)).unwrap()
    }

    fn scan(root: &tempfile::TempDir) -> (Vec<String>, Vec<Diagnostic>) {
        let found = read(root.path(), &rel("content"));
        let names = found.sources.into_iter().map(|source| source.file.to_string());
        (names.collect(), found.problems)
    }

    fn codes_of(problems: &[Diagnostic]) -> Vec<(Code, String)> {
        let file = |problem: &Diagnostic| problem.place.as_ref().unwrap().file.to_string();
        problems.iter().map(|problem| (problem.code, file(problem))).collect()
    }

    #[test]
    fn posts_are_found_in_order_and_other_files_named() {
        let root = repository(&[
            ("content/b.md", b"b"),
            ("content/a.md", b"\xef\xbb\xbfa\r\n"),
            ("content/a/index.md", b""),
            ("content/a/cover.jpg", b"\xff\xd8"),
            ("content/a b/CON.MD", b"x"),
            ("content/.hidden.md", b"x"),
            ("content/_draft.md", b"x"),
            ("content/_drafts/x.md", b"x"),
            ("content/.git/x.md", b"x"),
            ("content/folder.md/x.txt", b"x"),
            ("content/md", b"x"),
            ("README.md", b"x"),
        ]);
        let (names, problems) = scan(&root);
        assert_eq!(problems, []);
        let expected = ["content/a b/CON.MD", "content/a.md", "content/a/index.md", "content/b.md"];
        assert_eq!(names, expected);
        let Found { sources, media, .. } = read(root.path(), &rel("content"));
        let media: Vec<&str> = media.iter().map(RelPath::as_str).collect();
        assert_eq!(media, ["content/a/cover.jpg", "content/folder.md/x.txt", "content/md"]);
        assert_eq!(sources[1].text, "\u{feff}a\r\n");
        assert_eq!(sources[2].blob.to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    #[test]
    fn ignore_files_hold_at_every_level() {
        let root = repository(&[
            (".gitignore", b"*.tmp.md\n/content/build/\n"),
            (".tgsyncignore", b"notes.md\n"),
            ("content/.gitignore", b"b*.md\n!keep.tmp.md\n[z-a]\n"),
            ("content/.tgsyncignore", b"!b1.md\r\n"),
            ("content/sub/.gitignore", b"/x.md\n"),
            ("content/a.tmp.md", b""),
            ("content/keep.tmp.md", b""),
            ("content/build/x.md", b""),
            ("content/notes.md", b""),
            ("content/b1.md", b""),
            ("content/b2.md", b""),
            ("content/sub/x.md", b""),
            ("content/sub/y.md", b""),
            ("content/x.md", b""),
        ]);
        let (names, problems) = scan(&root);
        let expected = ["content/b1.md", "content/keep.tmp.md", "content/sub/y.md", "content/x.md"];
        assert_eq!(names, expected);
        assert_eq!(codes_of(&problems), [(codes::BAD_IGNORE_PATTERN, "content/.gitignore".to_owned())]);
        assert_eq!(problems[0].place.as_ref().unwrap().line, 3);
    }

    #[test]
    fn a_missing_folder_is_an_error_and_an_empty_one_is_not() {
        let (_, problems) = scan(&repository(&[]));
        assert_eq!(codes_of(&problems), [(codes::NO_CONTENT, "content".to_owned())]);
        let (_, problems) = scan(&repository(&[("content", b"a file")]));
        assert_eq!(codes_of(&problems), [(codes::NO_CONTENT, "content".to_owned())]);
        let (_, problems) = scan(&repository(&[("content/x/", b""), (".gitignore", b"content\n")]));
        assert_eq!(codes_of(&problems), [(codes::CONTENT_IGNORED, "content".to_owned())]);
        assert_eq!(scan(&repository(&[("content/", b"")])), (vec![], vec![]));
    }

    #[test]
    fn files_that_can_t_be_posts_are_all_reported() {
        let large = vec![b'x'; 10_000_000];
        let root = repository(&[
            ("content/a.md", b"fine\n\xc3\xa9 \xe9\n"),
            ("content/b.md", &large),
            ("content/c.md", b"fine"),
        ]);
        let (names, problems) = scan(&root);
        assert_eq!(names, ["content/c.md"]);
        let found = codes_of(&problems);
        let a = (codes::NOT_UTF8, "content/a.md".to_owned());
        let b = (codes::TOO_LARGE, "content/b.md".to_owned());
        assert_eq!(found, [a, b]);
        assert_eq!(problems[0].message, "byte 8 is 0xe9, which isn't UTF-8");
        assert_eq!(problems[0].place.as_ref().unwrap().line, 2);
        assert_eq!(problems[1].message, "the file has 10000000 bytes, 1048576 are allowed");
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside() {
        use std::os::unix::fs::symlink;
        let root = repository(&[("content/sub/a.md", b"a"), ("outside/b.md", b"b"), ("secret.md", b"s")]);
        let content = root.path().join("content");
        for (to, name) in [
            ("sub/a.md", "1-inside.md"),
            ("../secret.md", "2-outside.md"),
            ("../outside", "3-folder"),
            ("nowhere.md", "4-dangling.md"),
            (".", "5-circle"),
            ("/etc/passwd", "6-absolute.md"),
            ("../secret.md", "_hidden.md"),
            ("../secret.md", "7-no-post.txt"),
        ] {
            symlink(to, content.join(name)).unwrap();
        }
        let (names, problems) = scan(&root);
        assert_eq!(names, ["content/1-inside.md", "content/sub/a.md"]);
        let expected =
            ["2-outside.md", "3-folder", "4-dangling.md", "5-circle", "6-absolute.md", "7-no-post.txt"];
        let expected = expected.map(|name| (codes::SYMLINK, format!("content/{name}")));
        assert_eq!(codes_of(&problems), expected);
    }

    #[cfg(unix)]
    #[test]
    fn the_content_folder_itself_stays_in_the_repository() {
        use std::os::unix::fs::symlink;
        let other = repository(&[("a.md", b"a")]);
        let root = repository(&[("posts/b.md", b"b")]);
        let link = root.path().join("content");
        symlink(other.path(), &link).unwrap();
        let (names, problems) = scan(&root);
        assert_eq!(names, [""; 0]);
        assert_eq!(codes_of(&problems), [(codes::SYMLINK, "content".to_owned())]);
        fs::remove_file(&link).unwrap();
        symlink("posts", &link).unwrap();
        assert_eq!(scan(&root).0, ["content/b.md"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_paths_can_t_hold_are_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let root = repository(&[
            ("content/a\\b.md", b""),
            ("content/a\nb.md", b""),
            ("content/a:b?.md", b""),
            ("content/ünï cödé.md", b""),
        ]);
        let bad = std::ffi::OsStr::from_bytes(b"\xff.md");
        fs::write(root.path().join("content").join(bad), b"").unwrap();
        let (names, problems) = scan(&root);
        assert_eq!(names, ["content/a:b?.md", "content/ünï cödé.md"]);
        assert!(problems.iter().all(|problem| problem.code == codes::BAD_FILE_NAME));
        assert_eq!(problems.len(), 3);
    }

    #[test]
    fn deep_folders_are_read() {
        let deep = format!("content/{}a.md", "d/".repeat(200));
        let (names, problems) = scan(&repository(&[(&deep, b"x")]));
        assert_eq!((names, problems), (vec![deep.clone()], vec![]));
    }
}
