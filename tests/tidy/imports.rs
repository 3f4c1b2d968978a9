//! Who may know whom: the table of `docs/ARCHITECTURE.md`, held against every path that begins with `crate::`.

use super::files::{self, File};
use super::none;
use super::rust::{self, Token};

/// A room, a folder or file right below `src`, and the rooms that it may import.
struct Rule {
    room: &'static str,
    may: &'static [&'static str],
    /// The cell of the table beside it.
    why: &'static str,
}

const fn rule(room: &'static str, may: &'static [&'static str], why: &'static str) -> Rule {
    Rule { room, may, why }
}

/// Later rooms know earlier ones. In the order of the table in `docs/ARCHITECTURE.md`, word by word.
const RULES: &[Rule] = &[
    rule("ids", &[], "small types that all rooms speak of"),
    rule("diagnostic", &["ids"], "a problem has a place"),
    rule(
        "yaml",
        &["ids", "diagnostic"],
        "config and front matter are read by one reader, which reports problems",
    ),
    rule(
        "media",
        &["ids"],
        "what a file is to Telegram: posts attach it, parts hold it, the lock records it",
    ),
    rule("content", &["ids", "diagnostic", "yaml", "media"], "files become posts"),
    rule("render", &["ids", "diagnostic", "media", "content"], "posts become parts"),
    rule("lock", &["ids", "diagnostic", "media"], "what is in the chats; a record knows no post and no plan"),
    rule("plan", &["ids", "diagnostic", "media", "content", "render", "lock"], "posts beside records"),
    rule(
        "ports",
        &["ids", "media", "lock"],
        "the outside world in the words of the domain: a call carries the payload that the lock records",
    ),
    rule(
        "mirror",
        &["ids", "content", "lock", "ports"],
        "files beside objects; knows no store but by its seam",
    ),
    rule(
        "lease",
        &["ids", "lock", "ports"],
        "a journal that machines take turns to write; knows no git but by its seam",
    ),
    rule(
        "config",
        &["ids", "diagnostic", "yaml", "content", "plan", "mirror", "lease"],
        "fills the `Settings` of content and mirror, the `Policy` of plan, and the `Terms` of lease",
    ),
    rule("schedule", &["ids"], "moments in, the next one out"),
    rule("env", &[], "the environment, declared once"),
    rule(
        "cli",
        &["ids", "plan"],
        "arguments are parsed into the types that rooms take: `Slug`, `PlanId`, `Allow`",
    ),
    rule(
        "apply",
        &["ids", "media", "render", "lock", "plan", "ports"],
        "carries a plan out; records which version of the renderer did it",
    ),
    rule(
        "verify",
        &["ids", "lock", "ports", "apply"],
        "looks at what is recorded, at the pace of apply; changes nothing",
    ),
    rule("telegram", &["ids", "media", "lock", "ports"], "implements a seam; knows no plan"),
    rule("state", &["ids", "lock", "ports"], "implements a seam; knows no plan"),
    rule("clock", &["ids", "ports"], "implements a seam"),
    rule("log", &["clock"], "lines bear the time of the run, which may be that of a sandbox"),
    rule("store", &["ids", "ports", "clock"], "implements a seam; knows no plan, and waits on the clock"),
    rule(
        "report",
        &["ids", "diagnostic", "media", "render", "lock", "plan", "mirror", "apply", "verify"],
        "results in, text out",
    ),
    rule(
        "github",
        &["ids", "report", "ports"],
        "plans and reports as comments and outputs; an event and its pull requests; knows no git",
    ),
    rule(
        "sandbox",
        &[],
        "a second reading of Telegram's rules, which checks ours: it shares nothing with them",
    ),
    rule("commands", &["*"], "gather, call, report: the only room that knows them all"),
    rule("main", &["cli", "commands", "env"], "parse, run, exit"),
    rule("lib", &[], "names the rooms"),
];

/// `src/render/html.rs` and `src/render.rs` are of the room `render`.
fn room(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// How many `super` lead out of a file to the crate's root.
fn depth(path: &str) -> usize {
    let below = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(below, "lib" | "main") { 0 } else { below.split('/').count() }
}

/// The rooms that a file names, with the lines.
fn named<'t>(file: &File, tokens: &[Token<'t>]) -> Vec<(&'t str, usize)> {
    let mut out = Vec::new();
    let (mut braces, mut inline): (usize, Vec<usize>) = (0, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        let ahead = |steps: usize| tokens.get(at + steps).map_or("", |token| token.text);
        match token.text {
            "mod" if ahead(2) == "{" => inline.push(braces),
            "{" => braces += 1,
            "}" => {
                braces = braces.saturating_sub(1);
                inline.retain(|outer| *outer < braces);
            }
            "crate" | "tgsync" if ahead(1) == "::" => out.extend(first_words(&tokens[at + 2..])),
            "super" if at < 2 || tokens[at - 2].text != "super" => {
                let pairs = tokens[at..].chunks(2);
                let chain = pairs
                    .take_while(|pair| matches!(pair, [a, b] if a.text == "super" && b.text == "::"))
                    .count();
                if chain > 0 && chain >= depth(&file.path) + inline.len() {
                    out.extend(first_words(&tokens[at + chain * 2..]));
                }
            }
            _ => {}
        }
    }
    out
}

/// `a::b` begins with `a`, `{a::b, c}` with `a` and `c`.
fn first_words<'t>(tokens: &[Token<'t>]) -> Vec<(&'t str, usize)> {
    let Some(first) = tokens.first() else { return Vec::new() };
    if first.text != "{" {
        return vec![(first.text, first.line)];
    }
    let mut out = Vec::new();
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && at > 0 && matches!(tokens[at - 1].text, "{" | ",") && token.text != "}" {
            out.push((token.text, token.line));
        }
    }
    out
}

fn broken(files: &[File], rules: &[Rule]) -> Vec<String> {
    let mut out = Vec::new();
    for file in files {
        let room = room(&file.path);
        let Some(rule) = rules.iter().find(|rule| rule.room == room) else {
            out.push(format!("{}:1: `{room}` is not in the table of who may know whom", file.path));
            continue;
        };
        for (known, line) in named(file, &rust::tokens(&file.text)) {
            if known != room && known != "self" && !rule.may.contains(&known) && !rule.may.contains(&"*") {
                out.push(format!("{}:{line}: `{room}` may not know `{known}`: {}", file.path, rule.why));
            }
        }
    }
    out
}

#[test]
fn rooms_know_only_whom_they_may() {
    none(broken(&files::rust_files("src"), RULES));
}

#[test]
fn every_way_to_import_is_seen() {
    const RULES: &[Rule] = &[rule("a", &["b"], "because"), rule("b", &[], "below"), rule("c", &["*"], "all")];
    let lines = |path: &str, text: &str| -> Vec<String> {
        let found = broken(&[File::new(path, text)], RULES);
        found.iter().map(|complaint| complaint.split(": ").take(2).collect::<Vec<_>>().join(": ")).collect()
    };
    let clean = "use crate::b::X;\nuse crate::a::Y; // crate::c\nlet s = \"crate::c\"; pub(crate) fn f() {}";
    assert_eq!(lines("src/a/mod.rs", clean), [""; 0]);
    let bad = ["src/a/x.rs:2: `a` may not know `c`"];
    for offence in [
        "use crate::c::X;",
        "use crate::{b::{X, Y}, c};",
        "let x = crate::c::f();",
        "use super::super::c;",
        "mod tests { use super::super::super::c; }",
    ] {
        assert_eq!(lines("src/a/x.rs", &format!("\n{offence}")), bad, "{offence}");
    }
    assert_eq!(lines("src/a/x.rs", "use super::c; mod tests { use super::super::c; }"), [""; 0]);
    assert_eq!(lines("src/c.rs", "use crate::a; use crate::b;"), [""; 0]);
    assert_eq!(lines("src/d.rs", ""), ["src/d.rs:1: `d` is not in the table of who may know whom"]);
}

/// No room knows a later one, so there is no circle.
#[test]
fn the_table_goes_one_way() {
    for (at, rule) in RULES.iter().enumerate() {
        let earlier = |known: &&str| *known == "*" || RULES[..at].iter().any(|rule| rule.room == *known);
        let late: Vec<_> = rule.may.iter().filter(|known| !earlier(known) && rule.room != "main").collect();
        assert!(late.is_empty(), "`{}` knows {late:?}, which the table names later", rule.room);
    }
}

#[test]
fn the_table_is_that_of_the_docs() {
    let row = |rule: &Rule| {
        let may = match rule.may {
            [] => "nothing of ours".to_owned(),
            ["*"] => "everything".to_owned(),
            rooms => rooms.join(", "),
        };
        format!("| {} | {may} | {} |", rule.room, rule.why)
    };
    let wanted: Vec<String> = RULES.iter().map(row).collect();
    let text = files::read("docs/ARCHITECTURE.md");
    let table = text.lines().skip_while(|line| !line.starts_with("| room | may import | why |")).skip(2);
    let found: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(
        found,
        wanted,
        "docs/ARCHITECTURE.md, \"Who may know whom\"; it should be:\n{}\n",
        wanted.join("\n")
    );
}
