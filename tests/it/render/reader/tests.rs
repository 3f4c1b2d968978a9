//! The readers notice what is lost, surplus or different.

use serde_json::Value;
use tgsync::content::Format;
use tgsync::sandbox::entities::{self, Formatted, Kind};
use tgsync::sandbox::rich;

use super::{compare, compare_rich};
use crate::render::sound;

const BODY: &str = "# Title\n\nSome *words* and `a  b`, [link](https://a.b/c).\n\n1. one\n   - two\n2. three[^n]\n\n\
    | A | B |\n|---|---|\n| x | [y](https://a.b/d) |\n\n```rust\nlet a;\n    b\n```\n\n> quoted\n\n[^n]: note\n";

fn message() -> Formatted {
    let (rendered, _) = sound::rendered("a", BODY, 0);
    let rendered = rendered.unwrap();
    let text = sound::texts(&rendered).remove(0);
    entities::parse(&tgsync::render::html(&text, &|_| None), 4096, false).unwrap()
}

#[test]
fn what_is_rendered_is_found_again() {
    assert_eq!(compare(BODY, 1, &[message()], &[]), Ok(()));
}

/// Changes that keep the places of entities, so that nothing but the change itself is noticed.
#[test]
fn every_loss_is_noticed() {
    let texts = [
        ("Some", "Sume"),
        ("Some words", "words Some"),
        ("a  b", "a b "),
        ("1. one", "2. one"),
        ("    ◦ two", "  ◦   two"),
        ("2. three", "◦  three"),
        ("x | y", "y | x"),
        ("let a;\n    b", "let a;\nb    "),
        ("three¹", "three "),
        ("¹ note", "² note"),
        ("quoted", "quote "),
        (", ", "  "),
    ];
    for (from, to) in texts {
        let mut message = message();
        assert!(message.text.contains(from), "{from:?} in {:?}", message.text);
        message.text = message.text.replacen(from, to, 1);
        assert!(compare(BODY, 1, &[message], &[]).is_err(), "{from:?} → {to:?}");
    }
    let count = message().entities.len();
    for lost in (0..count).filter(|at| !matches!(message().entities[*at].kind, Kind::Blockquote)) {
        let mut message = message();
        let entity = message.entities.remove(lost);
        assert!(compare(BODY, 1, &[message], &[]).is_err(), "{entity:?}");
    }
    let mut twice = message();
    twice.text.push_str("\n\nnote");
    assert!(compare(BODY, 1, &[twice], &[]).is_err());
    assert!(compare(BODY, 1, &[message(), message()], &[]).is_err());
}

#[test]
fn what_is_shown_poorly_has_to_be_named() {
    let (rendered, warnings) = sound::rendered("a", "x\n\n[y](#z)", 0);
    let rendered = rendered.unwrap();
    let text = sound::texts(&rendered).remove(0);
    let message = entities::parse(&tgsync::render::html(&text, &|_| None), 4096, false).unwrap();
    assert_eq!(compare("x\n\n[y](#z)", 1, std::slice::from_ref(&message), &warnings), Ok(()));
    assert_eq!(compare("x\n\n[y](#z)", 1, &[message], &[]), Err("line 3: no warning TG0415".into()));
}

const RICH: &str = "# Title\n\nSome *words* and `a  b`, [link](https://a.b/c), [up](#title), $x_1$.\n\n1. one\n   - [x] two\n2. three[^n]\n\n\
    | A | B |\n|---|--:|\n| x | [y](https://a.b/d) |\n\n```rust\nlet a;\n    b\n```\n\n> quoted\n\n---\n\n\
    ![seen](https://a.b/e.png)\n\n<details>\n<summary>more</summary>\n\nfolded\n\n</details>\n\n[^n]: note\n";

fn rich_message() -> Value {
    let (rendered, _) = sound::rendered_as(Format::Rich, "a", RICH, 0);
    let part = rendered.unwrap().parts(&[]).remove(0);
    rich::parse(&part.wording().unwrap().html(&|_| None)).unwrap()
}

fn compared(message: Value) -> Result<(), String> {
    compare_rich(RICH, 1, &[message], &[])
}

#[test]
fn what_is_rendered_richly_is_found_again() {
    assert_eq!(compared(rich_message()), Ok(()));
}

#[test]
fn every_loss_of_a_rich_message_is_noticed() {
    let changes = [
        ("Some ", "Sume "),
        ("\"words\"", "\"word\""),
        ("\"italic\"", "\"bold\""),
        ("\"code\"", "\"marked\""),
        ("https://a.b/c", "https://a.b/x"),
        ("x_1", "x_2"),
        ("\"size\":1", "\"size\":2"),
        ("\"value\":2", "\"value\":3"),
        ("\"has_checkbox\":true", "\"has_checkbox\":false"),
        ("\"is_checked\":true", "\"is_checked\":false"),
        ("\"is_header\":true", "\"is_header\":false"),
        ("\"align\":\"right\"", "\"align\":\"left\""),
        ("let a;\\n    b", "let a;\\n   b"),
        ("\"language\":\"rust\"", "\"language\":\"c\""),
        ("\"blockquote\"", "\"pullquote\""),
        ("\"anchor_name\":\"title\"", "\"anchor_name\":\"other\""),
        ("\"reference_name\":\"note-1\"", "\"reference_name\":\"note-2\""),
        ("\"name\":\"note-1\"", "\"name\":\"note-2\""),
        ("\"name\":\"title\"", "\"name\":\"other\""),
        ("\"summary\":\"more\"", "\"summary\":\"folded\""),
        ("\"text\":\"seen\"", "\"text\":\"\""),
        ("\"note\"", "\"\""),
    ];
    let text = rich_message().to_string();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} in {text}");
        let changed = serde_json::from_str(&text.replacen(from, to, 1)).unwrap();
        assert!(compared(changed).is_err(), "{from:?} → {to:?}");
    }
}

/// Without any of its blocks, items, rows or cells, with it twice, or with two exchanged, the message says something else.
#[test]
fn every_piece_of_a_rich_message_counts() {
    let places =
        ["/blocks", "/blocks/2/items", "/blocks/2/items/0/blocks", "/blocks/3/cells", "/blocks/3/cells/1"];
    for place in places {
        let pieces =
            |message: &mut Value| message.pointer_mut(place).unwrap().as_array_mut().unwrap().clone();
        let whole = pieces(&mut rich_message());
        assert!(whole.len() > 1, "{place}");
        for index in 0..whole.len() {
            let change = |pieces: Vec<Value>| {
                let mut message = rich_message();
                *message.pointer_mut(place).unwrap() = pieces.into();
                compared(message)
            };
            let mut fewer = whole.clone();
            let piece = fewer.remove(index);
            assert!(change(fewer).is_err(), "without {piece}");
            let mut more = whole.clone();
            more.insert(index, piece.clone());
            assert!(change(more).is_err(), "twice {piece}");
            let mut exchanged = whole.clone();
            exchanged.swap(index, (index + 1) % whole.len());
            assert!(change(exchanged).is_err(), "exchanged {piece}");
        }
    }
}

/// What begins a message again is a header or summary that was there before, and nothing else.
#[test]
fn only_headers_are_repeated() {
    let body = "| A |\n|---|\n| x |\n| y |\n";
    let message = |rows: &str| rich::parse(&format!("<table>{rows}</table>")).unwrap();
    let first = message("<tr><th>A</th></tr><tr><td>x</td></tr>");
    let cases = [
        ("<tr><td>y</td></tr>", true),
        ("<tr><th>A</th></tr><tr><td>y</td></tr>", true),
        ("<tr><th>B</th></tr><tr><td>y</td></tr>", false),
        ("<tr><td>x</td></tr><tr><td>y</td></tr>", false),
        ("<tr><th>A</th></tr>", false),
    ];
    for (rows, is_right) in cases {
        let compared = compare_rich(body, 1, &[first.clone(), message(rows)], &[]);
        assert_eq!(compared.is_ok(), is_right, "{rows}: {compared:?}");
    }
}
