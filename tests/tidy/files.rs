//! The files of the project, and what must not be in them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{none, rust};

/// A text file of the project.
pub(super) struct File {
    /// From the project's folder, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All `.rs` files below a folder, sorted.
pub(super) fn rust_files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found.iter().map(|path| name(path)).map(|path| File { text: read(&path), path }).collect()
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

/// Rust files that belong to tests alone: their `mod` line stands behind `#[cfg(test)]`.
pub(super) fn test_files(files: &[File]) -> BTreeSet<String> {
    let declared = files.iter().flat_map(|file| {
        let modules = rust::modules(&rust::tokens(&file.text));
        modules.into_iter().filter(|module| module.test).flat_map(|module| places(&file.path, &module.path))
    });
    declared.collect()
}

/// Where `mod` of `file` may live.
fn places(file: &str, module: &[String]) -> [String; 2] {
    let path = Path::new(file);
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    let is_root =
        matches!(stem, "lib" | "main" | "mod") || !file[..file.len() - 3].contains('/') || is_test_root(file);
    let folder: PathBuf = if is_root { folder.to_owned() } else { folder.join(stem) };
    let base = module.iter().fold(folder, |folder, name| folder.join(name));
    let base = base.to_str().unwrap().replace('\\', "/");
    [format!("{base}.rs"), format!("{base}/mod.rs")]
}

fn is_test_root(file: &str) -> bool {
    file.starts_with("tests/") && file.matches('/').count() == 1
}

/// Files that no `mod` line leads to.
fn forgotten(roots: &[&str], files: &[File]) -> Vec<String> {
    let mut reached: BTreeSet<String> = roots.iter().map(|&root| root.to_owned()).collect();
    let mut open: Vec<String> = reached.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        for module in rust::modules(&rust::tokens(&file.text)) {
            let fresh = places(&path, &module.path).into_iter().filter(|place| reached.insert(place.clone()));
            open.extend(fresh);
        }
    }
    let lost = files.iter().filter(|file| !reached.contains(&file.path));
    lost.map(|file| format!("{}:1: no `mod` line leads here, so it is not compiled", file.path)).collect()
}

/// The roots of the crates: the library, the binary, and every `path = "tests/…"` of `Cargo.toml`.
fn roots(manifest: &str) -> Vec<&str> {
    let named = manifest.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
    ["src/lib.rs", "src/main.rs"].into_iter().chain(named).collect()
}

#[test]
fn every_file_is_compiled() {
    let files: Vec<File> = rust_files("src").into_iter().chain(rust_files("tests")).collect();
    let manifest = read("Cargo.toml");
    none(forgotten(&roots(&manifest), &files));

    let files = [
        File::new("src/lib.rs", "mod a; // mod lost;"),
        File::new("src/a.rs", "mod b { mod c; }"),
        File::new("src/a/b/c.rs", ""),
        File::new("src/lost.rs", ""),
        File::new("tests/x.rs", "mod x { mod y; }"),
        File::new("tests/x/y.rs", ""),
        File::new("tests/it/main.rs", "mod z;"),
        File::new("tests/it/z/mod.rs", ""),
    ];
    let lost = forgotten(&["src/lib.rs", "tests/x.rs", "tests/it/main.rs"], &files);
    assert_eq!(lost, ["src/lost.rs:1: no `mod` line leads here, so it is not compiled"]);
}

/// A file under `src` opens with the line that says what it is for.
fn unexplained(files: &[File]) -> Vec<String> {
    let mute = files.iter().filter(|file| !file.text.starts_with("//! "));
    mute.map(|file| format!("{}:1: should open with `//! ` and what it is for", file.path)).collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    none(unexplained(&rust_files("src")));
    assert_eq!(unexplained(&[File::new("src/a.rs", "use b;"), File::new("src/b.rs", "//! B.")]).len(), 1);
}

/// Split, so that this file passes its own test.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
];

/// Paths of one machine and hosts of registries, which a mirror may replace.
const FOREIGN: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("crates", ".io"),
    concat!("py", "pi.org"),
    concat!("npm", "js.com"),
    concat!("npm", "js.org"),
    concat!("proxy.", "golang"),
    concat!("deb.", "debian"),
];

fn containing(words: &[&str], why: &str, files: &[File]) -> Vec<String> {
    let lines = files.iter().flat_map(|file| file.text.lines().enumerate().map(move |line| (file, line)));
    let hits = lines.flat_map(|(file, (at, line))| {
        let found = words.iter().filter(move |word| line.contains(**word));
        found.map(move |word| format!("{}:{}: `{word}`: {why}", file.path, at + 1))
    });
    hits.collect()
}

#[test]
fn nothing_is_left_unfinished() {
    let files: Vec<File> = rust_files("src").into_iter().chain(rust_files("tests")).collect();
    none(containing(UNFINISHED, "finish it, or open an issue", &files));
    let offence = File::new("a.rs", &format!("\n// {}: later", UNFINISHED[0]));
    assert_eq!(containing(UNFINISHED, "no", &[offence]).len(), 1);
}

/// What git tracks and is text. The lock of cargo names its registry, and recorded vectors hold what they hold.
fn tracked() -> Vec<File> {
    let listed = Command::new("git").arg("-C").arg(root()).args(["ls-files", "-z"]).output().unwrap();
    assert!(listed.status.success(), "this test needs the git repository of the project");
    let names = String::from_utf8(listed.stdout).unwrap();
    let names = names.split('\0').filter(|name| !name.is_empty());
    let names = names.filter(|name| *name != "Cargo.lock" && !name.starts_with("tests/data/"));
    let text = |name: &str| std::fs::read_to_string(root().join(name)).ok();
    names.filter_map(|name| Some(File { path: name.to_owned(), text: text(name)? })).collect()
}

#[test]
fn no_file_knows_a_machine_or_a_registry() {
    none(containing(FOREIGN, "a machine's path or a registry's host does not belong here", &tracked()));
    let offence = File::new("a.md", &format!("see {}a", FOREIGN[0]));
    assert_eq!(containing(FOREIGN, "no", &[offence]).len(), 1);
}
