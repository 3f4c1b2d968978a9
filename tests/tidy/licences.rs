//! The licences of all dependencies are among those that `deny.toml` allows.

use std::process::Command;

use serde_json::Value;

use super::{files, none};

/// Whether a licence expression can be met with what is allowed: `(MIT OR Apache-2.0) AND ISC`; old `A/B` is `A OR B`.
fn allowed(expression: &str, list: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, list)
}

type Words<'t> = std::iter::Peekable<std::str::SplitWhitespace<'t>>;

fn any(words: &mut Words<'_>, list: &[&str]) -> bool {
    let mut met = all(words, list);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, list);
    }
    met
}

fn all(words: &mut Words<'_>, list: &[&str]) -> bool {
    let mut met = one(words, list);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, list);
    }
    met
}

/// A licence with an exception counts as a licence of its own.
fn one(words: &mut Words<'_>, list: &[&str]) -> bool {
    let word = words.next().unwrap_or_default();
    if word == "(" {
        let met = any(words, list);
        words.next();
        return met;
    }
    if words.next_if_eq(&"WITH").is_some() {
        let name = format!("{word} WITH {}", words.next().unwrap_or_default());
        return list.contains(&name.as_str());
    }
    list.contains(&word)
}

/// The strings of `allow = […]`.
fn allow_list(deny: &str) -> Vec<&str> {
    let list = deny.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']')).unwrap().0;
    list.split('"').skip(1).step_by(2).collect()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).current_dir(files::root()).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn dependencies_are_free_to_use() {
    let deny = files::read("deny.toml");
    let list = allow_list(&deny);
    let version = output("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let arguments = ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", host];
    let metadata: Value = serde_json::from_str(&output(env!("CARGO"), &arguments)).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "all dependencies are looked at");
    let wrong =
        packages.iter().filter(|package| !allowed(package["license"].as_str().unwrap_or("none"), &list));
    none(wrong.map(|package| format!("deny.toml: {} is {}", package["name"], package["license"])));
}

#[test]
fn licence_expressions_are_understood() {
    let list = ["MIT", "ISC", "X WITH Y"];
    for good in
        ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC", "X WITH Y OR Z"]
    {
        assert!(allowed(good, &list), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND Z", "X", "X WITH Z", ""] {
        assert!(!allowed(bad, &list), "{bad}");
    }
}
