//! What the author of a broken post reads.

use std::path::{Path, PathBuf};

use tgsync::content::{Catalog, parse};
use tgsync::diagnostic::{Diagnostic, fold};
use tgsync::report::diagnostic::text;

use crate::support::content::{rel, settings, source};

/// The posts and the rendered problems of these files.
fn read(files: &[(&str, &str)]) -> (Catalog, Vec<Diagnostic>) {
    let sources = files.iter().map(|(name, text)| source(name, text));
    parse(sources.collect(), &settings())
}

fn said(files: &[(&str, &str)]) -> String {
    text(&fold(read(files).1), false)
}

#[test]
fn every_problem_of_a_file_is_told_at_its_place() {
    let post = "\
---
slug: Spring Release
titel: News
status: drafted
date: tomorrow
publish_at: 2026-11-20
pin: yes
tags: [rust-lang, 2026]
buttons: [{text: Docs, url: example.org}]
media: [{fiel: cover.jpg}]
overflow: cut
link_preview: {url: example.org, size: huge}
---
Text.
";
    insta::assert_snapshot!(said(&[("a.md", post)]), @r#"
    error[TG0211]: `slug`: the slug `Spring Release` may hold only `a-z`, `0-9` and `-`, and begins with a letter or digit
     --> content/a.md:2:7
      |
    2 | slug: Spring Release
      |       ^^^^^^^^^^^^^^
      |
      = help: write `spring-release`

    error[TG0208]: unknown key `titel`
     --> content/a.md:3:1
      |
    3 | titel: News
      | ^^^^^
      |
      = help: did you mean `title`?

    error[TG0209]: `status` should be `published`, `draft` or `archived`, not `drafted`
     --> content/a.md:4:9
      |
    4 | status: drafted
      |         ^^^^^^^
      |
      = help: did you mean `draft`?

    error[TG0212]: `date` is not a date-time
     --> content/a.md:5:7
      |
    5 | date: tomorrow
      |       ^^^^^^^^
      |
      = help: write `2026-11-20`, `2026-11-20T10:00` or `2026-11-20T10:00+02:00`

    error[TG0212]: `publish_at` needs a time
     --> content/a.md:6:13
      |
    6 | publish_at: 2026-11-20
      |             ^^^^^^^^^^
      |
      = help: write `2026-11-20T10:00+02:00`, `2026-11-20T10:00[Europe/Kyiv]`, or `2026-11-20T10:00` in the config's `timezone`

    error[TG0209]: `pin` should be `true` or `false`, not `yes`
     --> content/a.md:7:6
      |
    7 | pin: yes
      |      ^^^
      |
      = help: write `true`

    error[TG0215]: tag `rust-lang` can't become a hashtag: letters, digits and `_` are allowed, with at least one letter
     --> content/a.md:8:8
      |
    8 | tags: [rust-lang, 2026]
      |        ^^^^^^^^^
      |
      = help: write `rust_lang`

    error[TG0215]: tag `2026` can't become a hashtag: letters, digits and `_` are allowed, with at least one letter
     --> content/a.md:8:19
      |
    8 | tags: [rust-lang, 2026]
      |                   ^^^^
      |
      = help: add a letter, as in `y2026`

    error[TG0216]: `buttons` is a list of rows, but here a button stands where a row belongs
     --> content/a.md:9:10
      |
    9 | buttons: [{text: Docs, url: example.org}]
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: put each row in brackets: `buttons: [[{text: Docs, url: "https://example.org"}]]`

    error[TG0219]: `media[0]` names no file
      --> content/a.md:10:9
       |
    10 | media: [{fiel: cover.jpg}]
       |         ^^^^^^^^^^^^^^^^^
       |
       = help: add `file: NAME`

    error[TG0208]: unknown key `media[0].fiel`
      --> content/a.md:10:10
       |
    10 | media: [{fiel: cover.jpg}]
       |          ^^^^
       |
       = help: did you mean `file`?

    error[TG0209]: `overflow` should be `split` or `error`, not `cut`
      --> content/a.md:11:11
       |
    11 | overflow: cut
       |           ^^^
       |
       = help: write `split` or `error`

    error[TG0217]: `link_preview.url` is not a web address
      --> content/a.md:12:21
       |
    12 | link_preview: {url: example.org, size: huge}
       |                     ^^^^^^^^^^^
       |
       = help: write `https://example.org`

    error[TG0209]: `link_preview.size` should be `small` or `large`, not `huge`
      --> content/a.md:12:40
       |
    12 | link_preview: {url: example.org, size: huge}
       |                                        ^^^^
       |
       = help: write `small` or `large`
    "#);
}

#[test]
fn files_without_front_matter() {
    let files = [
        ("a.md", "# Hello\n"),
        ("b.md", "---\nslug: b\n\nText\n"),
        ("c.md", "+++\ntitle = \"x\"\n+++\n"),
        ("d.md", "\n---\nslug: d\n---\n"),
        ("e.md", "---\ntitle: x\n---\n"),
        ("f.md", "---\njust a text\n---\n"),
        ("g.md", ""),
    ];
    insta::assert_snapshot!(said(&files), @r#"
    error[TG0202]: the file has no front matter
     --> content/a.md:1:1
      |
    1 | # Hello
      | ^^^^^^^
      |
      = help: `tgsync check --fix` adds it, with a slug made from the file name

    error[TG0203]: front matter is opened with `---` and never closed
     --> content/b.md:1:1
      |
    1 | ---
      | ^^^
      |
      = help: add a line `---` below the last key

    error[TG0204]: TOML front matter is not read, only YAML between `---` lines
     --> content/c.md:1:1
      |
    1 | +++
      | ^^^
      |
      = help: rewrite it: `---` instead of `+++`, and `title: News` instead of `title = "News"`

    error[TG0202]: the file has no front matter
    --> content/d.md:1:1
     = help: remove the blank lines above `---`: it has to be the first line

    error[TG0201]: the post has no slug
     --> content/e.md:1:1
      |
    1 | ---
      | ^^^
      |
      = help: add `slug: e`, or let `tgsync check --fix` insert it

    error[TG0218]: front matter should be `key: value` lines
     --> content/f.md:2:1
      |
    2 | just a text
      | ^
      |
      = help: write a line such as `slug: spring-release`

    error[TG0202]: the file has no front matter
    --> content/g.md:1:1
     = help: `tgsync check --fix` adds it, with a slug made from the file name
    "#);
}

#[test]
fn broken_yaml() {
    let laugh = |n: usize| {
        let row = vec![format!("*a{}", n - 1); 9].join(",");
        format!("a{n}: &a{n} [{row}]\n")
    };
    let laughs: String = (1..9).map(laugh).collect();
    let bomb = format!("---\nslug: a\na0: &a0 [x,x,x,x,x,x,x,x,x]\n{laughs}---\n");
    let deep = format!("---\nslug: a\nx: {}\n---\n", "[".repeat(1000));
    let large = format!("---\nslug: a\n# {}\n---\n", "x".repeat(70_000));
    let files = [
        ("a.md", "---\r\nslug: a\r\n\ttitle: x\r\n---\r\n"),
        ("b.md", "---\nslug: b\nslug: c\ntitle: x\ntitle: y\n---\n"),
        ("c.md", "---\nslug: c\ntitle: Rust 1.0: the trains\n---\n"),
        ("d.md", "---\nslug: d\ntitle: @home\n---\n"),
        ("e.md", &bomb),
        ("f.md", &deep),
        ("g.md", &large),
    ];
    insta::assert_snapshot!(said(&files), @r#"
    error[TG0206]: a tab can't indent YAML
     --> content/a.md:3:1
      |
    3 |     title: x
      | ^^^^
      |
      = help: indent with spaces instead

    error[TG0207]: `slug` appears twice
     --> content/b.md:3:1
      |
    3 | slug: c
      | ^^^^
      |
      = help: remove one of the two lines

    error[TG0207]: `title` appears twice
     --> content/b.md:5:1
      |
    5 | title: y
      | ^^^^^
      |
      = help: remove one of the two lines

    error[TG0206]: not valid YAML: mapping values are not allowed in this context
     --> content/c.md:3:16
      |
    3 | title: Rust 1.0: the trains
      |                ^
      |
      = help: a `: ` inside a value is read as another key: put the value in quotes, `"…"`

    error[TG0206]: not valid YAML: found character that cannot start any token, while scanning for the next token
     --> content/d.md:3:8
      |
    3 | title: @home
      |        ^
      |
      = help: put the value in quotes: `"…"`

    error[TG0206]: aliases (`*name`) multiply the YAML beyond its limit
     --> content/e.md:3:10
      |
    3 | a0: &a0 [x,x,x,x,x,x,x,x,x]
      |          ^
      |
      = help: write the values out instead of using aliases

    error[TG0206]: the YAML is nested too deeply
     --> content/f.md:3:131
      |
    3 | ...   [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
      |                                                                   ^
      |
      = help: 128 levels are allowed; remove the brackets that are never closed

    error[TG0205]: the front matter has 70011 bytes, 65536 are allowed
     --> content/g.md:1:1
      |
    1 | ---
      | ^^^
      |
      = help: move the text below the closing `---`
    "#);
}

#[test]
fn posts_that_contradict_each_other() {
    let files = [
        ("a.md", "---\nslug: a\nreply_to: b\n---\n"),
        ("b.md", "---\nslug: b\nreply_to: a\n---\n"),
        ("c/a.md", "---\nslug: a\n---\n"),
        ("d.md", "---\nslug: d\nrenamed_from: a\n---\n"),
        ("e.md", "---\nslug: e\nrenamed_from: [old]\nreply_to: nobody\n---\n"),
        ("f.md", "---\nslug: f\nrenamed_from: [f, old]\ntargets: [news, newz]\ntopic: release\n---\n"),
        (
            "g.md",
            "---\nslug: g\nbuttons: [[{text: A, url: c/a.md}, {text: B, url: b.md}, {text: C, url: 'post:x'}]]\n---\n",
        ),
    ];
    insta::assert_snapshot!(said(&files), @r#"
    error[TG0303]: posts reply to each other in a circle: `a` → `b` → `a`
     --> content/a.md:3:1
      |
    3 | reply_to: b
      | ^^^^^^^^
      |
      = help: remove one `reply_to` of the circle

    error[TG0301]: slug `a` is also that of `content/a.md`
     --> content/c/a.md:2:1
      |
    2 | slug: a
      | ^^^^
      |
      = help: give one of the two another slug, or remove the file that is a copy

    error[TG0304]: `renamed_from` names `a`, which is still the slug of `content/a.md`
     --> content/d.md:3:1
      |
    3 | renamed_from: a
      | ^^^^^^^^^^^^
      |
      = help: remove `renamed_from`, or the post that was renamed

    error[TG0302]: `reply_to` names `nobody`, which is no post
     --> content/e.md:4:1
      |
    4 | reply_to: nobody
      | ^^^^^^^^
      |
      = help: write the slug of a post in the content folder

    error[TG0304]: `renamed_from` names the post's own slug `f`
     --> content/f.md:3:1
      |
    3 | renamed_from: [f, old]
      | ^^^^^^^^^^^^
      |
      = help: remove it, or write the slug that the post had before

    error[TG0304]: `renamed_from` names `old`, which `content/e.md` claims too
     --> content/f.md:3:1
      |
    3 | renamed_from: [f, old]
      | ^^^^^^^^^^^^
      |
      = help: keep it in the one post that takes over the old message

    error[TG0305]: target `newz` is not in the config
     --> content/f.md:4:1
      |
    4 | targets: [news, newz]
      | ^^^^^^^
      |
      = help: did you mean `news`?

    error[TG0307]: target `news` has no topic `release`
     --> content/f.md:5:1
      |
    5 | topic: release
      | ^^^^^
      |
      = help: did you mean `releases`?

    error[TG0302]: a button leads to `c/a.md`, which is no post
     --> content/g.md:3:1
      |
    3 | buttons: [[{text: A, url: c/a.md}, {text: B, url: b.md}, {text: C, url: 'post:x'}]]
      | ^^^^^^^
      |
      = help: write `post:` and the slug of a post, or the path of its file relative to this one

    error[TG0302]: a button leads to `post:x`, which is no post
     --> content/g.md:3:1
      |
    3 | buttons: [[{text: A, url: c/a.md}, {text: B, url: b.md}, {text: C, url: 'post:x'}]]
      | ^^^^^^^
      |
      = help: write `post:` and the slug of a post, or the path of its file relative to this one
    "#);
}

#[test]
fn the_same_cause_in_many_files_is_told_once() {
    let names: Vec<String> = (1..=20).map(|n| format!("{n:02}.md")).collect();
    let texts: Vec<String> = (1..=20)
        .map(|n| format!("---\nslug: p{n}\naliases: [/old]\ncategories: [a]\ndraft: true\n---\n"))
        .collect();
    let files: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    insta::assert_snapshot!(said(&files), @r#"
    error[TG0208]: unknown key `aliases`, in 20 files: content/01.md:3, content/02.md:3, content/03.md:3 and 17 more
     --> content/01.md:3:1
      |
    3 | aliases: [/old]
      | ^^^^^^^
      |
      = help: remove it, or skip it in every post with `front_matter: {ignore: [aliases]}` in `tgsync.yaml`

    error[TG0208]: unknown key `categories`, in 20 files: content/01.md:4, content/02.md:4, content/03.md:4 and 17 more
     --> content/01.md:4:1
      |
    4 | categories: [a]
      | ^^^^^^^^^^
      |
      = help: remove it, or skip it in every post with `front_matter: {ignore: [categories]}` in `tgsync.yaml`

    error[TG0208]: unknown key `draft`, in 20 files: content/01.md:5, content/02.md:5, content/03.md:5 and 17 more
     --> content/01.md:5:1
      |
    5 | draft: true
      | ^^^^^
      |
      = help: write `status: draft` for `draft: true`, and remove `draft: false`
    "#);
}

#[test]
fn files_of_other_tools_get_one_line_per_cause() {
    let hugo = |n: usize| {
        let keys =
            "date: 2024-05-01T10:00:00+02:00\ndraft: false\ncategories: [dev]\naliases: [/old]\nweight: 3";
        format!("---\ntitle: \"Post {n}\"\n{keys}\ntags: [\"static-site\"]\n---\nText\n")
    };
    let obsidian = |n: usize| format!("# Note {n}\n\n![[image.png]] and [[Other note]]\n%%private%%\n");
    let toml = |n: usize| format!("+++\ntitle = \"Post {n}\"\n+++\nText\n");
    let mut files: Vec<(String, String)> = Vec::new();
    files.extend((1..=8).map(|n| (format!("hugo-{n}.md"), hugo(n))));
    files.extend((1..=6).map(|n| (format!("note {n}.md"), obsidian(n))));
    files.extend((1..=6).map(|n| (format!("toml-{n}.md"), toml(n))));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let lines: Vec<String> = fold(read(&files).1)
        .iter()
        .map(|problem| format!("{}\n  {}", problem.message, problem.hint.as_deref().unwrap()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    the post has no slug, in 8 files: content/hugo-1.md:1, content/hugo-2.md:1, content/hugo-3.md:1 and 5 more
      in the first file: add `slug: hugo-1`, or let `tgsync check --fix` insert it
    unknown key `draft`, in 8 files: content/hugo-1.md:4, content/hugo-2.md:4, content/hugo-3.md:4 and 5 more
      write `status: draft` for `draft: true`, and remove `draft: false`
    unknown key `categories`, in 8 files: content/hugo-1.md:5, content/hugo-2.md:5, content/hugo-3.md:5 and 5 more
      remove it, or skip it in every post with `front_matter: {ignore: [categories]}` in `tgsync.yaml`
    unknown key `aliases`, in 8 files: content/hugo-1.md:6, content/hugo-2.md:6, content/hugo-3.md:6 and 5 more
      remove it, or skip it in every post with `front_matter: {ignore: [aliases]}` in `tgsync.yaml`
    unknown key `weight`, in 8 files: content/hugo-1.md:7, content/hugo-2.md:7, content/hugo-3.md:7 and 5 more
      remove it, or skip it in every post with `front_matter: {ignore: [weight]}` in `tgsync.yaml`
    tag `static-site` can't become a hashtag: letters, digits and `_` are allowed, with at least one letter, in 8 files: content/hugo-1.md:8, content/hugo-2.md:8, content/hugo-3.md:8 and 5 more
      write `static_site`
    the file has no front matter, in 6 files: content/note 1.md:1, content/note 2.md:1, content/note 3.md:1 and 3 more
      `tgsync check --fix` adds it, with a slug made from the file name
    TOML front matter is not read, only YAML between `---` lines, in 6 files: content/toml-1.md:1, content/toml-2.md:1, content/toml-3.md:1 and 3 more
      rewrite it: `---` instead of `+++`, and `title: News` instead of `title = "News"`
    "#);
}

/// 751 posts of the Rust blog, where they are at hand.
#[test]
fn a_real_blog_is_read_without_a_word() {
    let Some(folder) = corpus() else { return };
    let root = folder.parent().unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let mut settings = settings();
    settings.content = rel(name);
    let (catalog, problems) = tgsync::content::load(root, &settings);
    assert_eq!(text(&problems, false), "");
    assert_eq!(catalog.posts.len(), 751);
    assert!(catalog.broken.is_empty());
}

#[expect(clippy::disallowed_methods, reason = "the corpus lies outside the repository")]
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/rust-blog");
    let folder = std::env::var_os("TGSYNC_CORPUS").map_or(beside, PathBuf::from);
    folder.canonicalize().ok()
}
