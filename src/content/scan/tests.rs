//! Which files are read, and which are refused.

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
    let media: Vec<&str> = media.keys().map(RelPath::as_str).collect();
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
