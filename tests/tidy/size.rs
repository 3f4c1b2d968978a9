//! A function fits a screen, a file stays a room.

use std::collections::BTreeSet;

use super::files::{self, File};
use super::none;
use super::rust::{self, Token};

/// Lines of code of one function.
const FUNCTION: usize = 70;

/// Lines of code of one file, tests and comments not counted.
const FILE: usize = 400;

/// Files that are larger, with the size they must not outgrow. Shrinking one takes it off the list.
const LARGE: &[(&str, usize)] = &[];

fn functions(file: &File, tokens: &[Token<'_>]) -> Vec<String> {
    let mut out = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let name = tokens.get(at + 1).map_or("", |token| token.text);
        if token.text != "fn" || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            continue;
        }
        let lines = rust::lines(&tokens[at..rust::end_of_item(tokens, at)]);
        if lines > FUNCTION {
            out.push(format!(
                "{}:{}: `{name}` has {lines} lines, {FUNCTION} are allowed",
                file.path, token.line
            ));
        }
    }
    out
}

fn too_large(files: &[File], tests: &BTreeSet<String>, large: &[(&str, usize)]) -> Vec<String> {
    let mut out = Vec::new();
    for file in files.iter().filter(|file| !tests.contains(&file.path)) {
        let tokens = rust::without_tests(&rust::tokens(&file.text));
        out.extend(functions(file, &tokens));
        let lines = rust::lines(&tokens);
        let listed = large.iter().find(|(path, _)| *path == file.path).map(|(_, limit)| *limit);
        let limit = listed.unwrap_or(FILE);
        if lines > limit {
            out.push(format!("{}:1: {lines} lines of code, {limit} are allowed: split it", file.path));
        } else if listed.is_some() && lines <= FILE {
            out.push(format!("{}:1: {lines} lines of code now: take it off the list", file.path));
        }
    }
    out
}

#[test]
fn functions_fit_a_screen_and_files_a_room() {
    let files = files::rust_files("src");
    none(too_large(&files, &files::test_files(&files), LARGE));
}

#[test]
fn what_is_too_large_is_found() {
    let body = "    a();\n".repeat(80);
    let long = File::new(
        "src/a.rs",
        &format!("fn a() {{\n{body}}}\n#[cfg(test)]\nmod tests {{\nfn b() {{\n{body}}}\n}}\n"),
    );
    let found = too_large(&[long], &BTreeSet::new(), &[]);
    assert_eq!(found, ["src/a.rs:1: `a` has 82 lines, 70 are allowed"]);

    let many = || File::new("src/b.rs", &"const A: u8 = 1;\n// a comment\n".repeat(401));
    let none = BTreeSet::new();
    assert_eq!(
        too_large(&[many()], &none, &[]),
        ["src/b.rs:1: 401 lines of code, 400 are allowed: split it"]
    );
    assert_eq!(too_large(&[many()], &none, &[("src/b.rs", 401)]), [""; 0]);
    assert_eq!(too_large(&[many()], &["src/b.rs".to_owned()].into(), &[]), [""; 0]);
    let small = File::new("src/b.rs", "const A: u8 = 1;\n");
    let shrunk = "src/b.rs:1: 1 lines of code now: take it off the list";
    assert_eq!(too_large(&[small], &none, &[("src/b.rs", 401)]), [shrunk]);
}
