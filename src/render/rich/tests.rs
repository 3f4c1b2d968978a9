//! Whole posts through the rich renderer.

use std::path::Path;

use super::*;
use crate::content::{Catalog, Format, FrontMatter, Post, Source};
use crate::ids::{BlobId, RelPath};
use crate::render::{Rendered, Settings, Wording, render};

fn post(body: &str) -> Post {
    Post {
        title: "a".to_owned(),
        front: FrontMatter::new("a".parse().unwrap()),
        body: 0..body.len(),
        source: Source {
            file: RelPath::new(Path::new("a.md")).unwrap(),
            blob: BlobId::of(body.as_bytes()),
            text: body.to_owned(),
        },
        keys: std::collections::BTreeMap::default(),
    }
}

fn rendered(change: impl FnOnce(&mut Post), body: &str) -> (Option<Rich>, Vec<String>) {
    let mut post = post(body);
    change(&mut post);
    let (rendered, problems) = render(&post, Format::Rich, &Catalog::default(), &Settings::default());
    let rich = rendered.map(|Rendered { wording, .. }| match wording {
        Some(Wording::Rich(rich)) => rich,
        other => panic!("{other:?}"),
    });
    let problem = |problem: &Diagnostic| {
        let place = problem.place.as_ref().unwrap();
        format!("{}:{} {}", place.line, problem.code.0, problem.message)
    };
    (rich, problems.iter().map(problem).collect())
}

fn html_of(body: &str) -> String {
    let (rich, problems) = rendered(|_| {}, body);
    canonical(&rich.unwrap_or_else(|| panic!("{body:?}: {problems:?}")))
}

/// What the examples of `docs/markdown.md` do not show.
#[test]
fn odd_markdown_keeps_its_sense() {
    let table = [
        ("breaks", "a  b\\\n  c<br><br>\n\nd", "<p>a b<br>c</p>\n<p>d</p>"),
        ("blanks over styles", "a *b * c <b> d</b>", "<p>a *b * c <b>d</b></p>"),
        ("an empty heading", "# \n\na", "<p>a</p>"),
        ("empty code", "```\n\n```\n\na", "<p>a</p>"),
        ("code with a first empty line", "```\n\nx\n```", "<pre><code>\nx</code></pre>"),
        (
            "code hidden in a block",
            "<tg-spoiler>\n\n```\na\n\tb\n```\n\n</tg-spoiler>",
            "<p><tg-spoiler>a<br>b</tg-spoiler></p>",
        ),
        ("a list in bold", "<b>\n\n- x\n\n</b>", "<ul><li><b>x</b></li></ul>"),
        ("an empty item", "-\n- a", "<ul><li>\u{2060}</li><li>a</li></ul>"),
        ("code in a link", "[`a` b](https://a.b/)", "<p><a href=\"https://a.b/\"><code>a</code> b</a></p>"),
        ("bold in bold", "**a <b>b</b>**", "<p><b>a b</b></p>"),
        (
            "a link in a link",
            "<a href=\"https://a.b/\">x [y](https://c.d/)</a>",
            "<p><a href=\"https://a.b/\">x y</a></p>",
        ),
        ("an empty quote", ">\n\nx", "<p>x</p>"),
        ("an empty header", "| | |\n|-|-|\n| a | |", "<table bordered><tr><td>a</td><td></td></tr></table>"),
        (
            "a note in a note",
            "a[^1]\n\n[^1]: b[^2]\n[^2]: c[^1]",
            "<p>a<sup><a href=\"#note-1\">1</a></sup></p>\n<hr/>\n<ol><li><tg-reference name=\"note-1\">b<sup><a href=\"#note-2\">2</a></sup></tg-reference></li><li><tg-reference name=\"note-2\">c<sup><a href=\"#note-1\">1</a></sup></tg-reference></li></ol>",
        ),
        (
            "a link to a heading in a summary",
            "[x](#y)\n\n<details>\n<summary>\n\n# y\n\n</summary>\n\nz\n\n</details>",
            "<p>x</p>\n<details><summary>y</summary><p>z</p></details>",
        ),
        (
            "equal headings",
            "[x](#y-1)\n\n# y\n\n# y",
            "<p><a href=\"#y-1\">x</a></p>\n<h1>y</h1>\n<h1><a name=\"y-1\"></a>y</h1>",
        ),
        (
            "headings in other letters",
            "[x](#Überblick)\n\n# Überblick",
            "<p><a href=\"#section-1\">x</a></p>\n<h1><a name=\"section-1\"></a>Überblick</h1>",
        ),
        (
            "an HTML table",
            "<table>\n<caption>c</caption>\n<thead><tr><th>a</th><th align=right>b</th></tr></thead>\n<tr><th>x</th><td>1<p>2</p></td></tr></table>",
            "<p>c</p>\n<table bordered><tr><th>a</th><th>b</th></tr><tr><td>x</td><td>1<br>2</td></tr></table>",
        ),
        (
            "HTML lists",
            "<ol start=3>\n<li>a\n<ul><li>b</li></ul></li>\n<li>\n\n**c**\n\n</li>\n</ol>",
            "<ol start=\"3\"><li><p>a</p><ul><li>b</li></ul></li><li><b>c</b></li></ol>",
        ),
        (
            "file names",
            "a README.md ||b.rs|| [c.py](https://a.b/) *d.rs:1*",
            "<p>a <code>README.md</code> <tg-spoiler>b.rs</tg-spoiler> <a href=\"https://a.b/\">c.py</a> <i><code>d.rs:1</code></i></p>",
        ),
        ("blanks around nothing", "a <code></code> b <b> </b> c", "<p>a b c</p>"),
        ("the top", "[x](#)", "<p><a href=\"#\">x</a></p>"),
        ("direction marks", "a\u{200e}\u{200f}b", "<p>a\u{200c}\u{200f}b</p>"),
    ];
    for (name, body, expected) in table {
        assert_eq!(html_of(body), expected, "{name}");
    }
}

#[test]
fn blank_cells_of_a_table_that_is_a_list_are_left_out() {
    let row =
        |cell: &dyn Fn(usize) -> String| format!("|{}|\n", (0..21).map(cell).collect::<Vec<_>>().join("|"));
    let body = [
        row(&|n| format!("h{n}")),
        row(&|_| "-".into()),
        row(&|n| if n == 20 { "x".into() } else { "&#32;".into() }),
    ];
    let (rich, problems) = rendered(|_| {}, &body.concat());
    assert_eq!(html(&rich.unwrap(), &|_| None), "<ul><li><b>h20</b>: x</li></ul>");
    assert!(problems[0].contains("TG0463"), "{problems:?}");
}
