//! Every documented element, and what is none.

use serde_json::{Value, json};

use super::read;
use crate::sandbox::rich::library::Library;

fn blocks(source: &str) -> Result<Value, String> {
    read(source, &Library::default()).map(|blocks| json!(blocks))
}

/// The text of a message of one paragraph.
fn text(source: &str) -> Value {
    let blocks = blocks(source).unwrap();
    assert_eq!(blocks.as_array().map(Vec::len), Some(1), "{source}: {blocks}");
    blocks[0]["text"].clone()
}

fn paragraph(text: &str) -> Value {
    json!({"type": "paragraph", "text": text})
}

#[test]
fn text_is_formatted() {
    for (tags, kind) in [
        (&["b", "strong"][..], "bold"),
        (&["i", "em"], "italic"),
        (&["u", "ins"], "underline"),
        (&["s", "strike", "del"], "strikethrough"),
        (&["code"], "code"),
        (&["mark"], "marked"),
        (&["sub"], "subscript"),
        (&["sup"], "superscript"),
        (&["tg-spoiler"], "spoiler"),
    ] {
        for tag in tags {
            let expected = json!(["a ", {"type": kind, "text": "x"}]);
            assert_eq!(text(&format!("a <{tag}>x</{tag}>")), expected, "{tag}");
        }
    }
}

#[test]
fn text_holds_objects_and_links() {
    for (source, expected) in [
        (
            r#"<a href="https://a.b/?x&amp;y">x</a>"#,
            json!({"type": "url", "text": "x", "url": "https://a.b/?x&y"}),
        ),
        (r#"<a name="n"></a>x"#, json!([{"type": "anchor", "name": "n"}, "x"])),
        (
            r#"<tg-reference name="1">x</tg-reference>"#,
            json!({"type": "reference", "text": "x", "name": "1"}),
        ),
        (
            r#"<tg-emoji emoji-id="5">👍</tg-emoji>"#,
            json!({"type": "custom_emoji", "custom_emoji_id": "5", "alternative_text": "👍"}),
        ),
        (
            r#"<img src="tg://emoji?id=5" alt="👍">"#,
            json!({"type": "custom_emoji", "custom_emoji_id": "5", "alternative_text": "👍"}),
        ),
        (
            r#"<tg-time unix="9" format="r">x</tg-time>"#,
            json!({"type": "date_time", "text": "x", "unix_time": 9, "date_time_format": "r"}),
        ),
        ("<tg-math>a &lt; b</tg-math>", json!({"type": "mathematical_expression", "expression": "a < b"})),
        (
            r#"<tg-button type="callback_data" data="d" style="danger">go</tg-button>"#,
            json!({"type": "button", "button": {"text": "go", "style": "danger", "callback_data": "d"}}),
        ),
        ("<math>x</math><span>y</span>", json!("xy")),
        ("a<br>b", json!("a\nb")),
    ] {
        assert_eq!(text(source), expected, "{source}");
    }
}

#[test]
fn blanks_collapse_outside_pre() {
    for (source, expected) in [
        ("<p>\n a \t\n\n b </p>\n", json!("a b")),
        ("a <b> b </b> c", json!(["a ", {"type": "bold", "text": "b "}, "c"])),
        ("a<b> </b>", json!("a")),
        ("a<b></b>b", json!("ab")),
        ("a&nbsp; b", json!("a\u{a0} b")),
        ("<pre>\n a\n\n  b\n</pre>", json!("\n a\n\n  b\n")),
        ("<pre>a\tb<br><b>c</b></pre>", json!(["a b\n", {"type": "bold", "text": "c"}])),
    ] {
        assert_eq!(text(source), expected, "{source}");
    }
}

#[test]
fn elements_make_blocks() {
    let x = || json!([paragraph("x")]);
    for (source, expected) in [
        ("a<p>b</p>c", json!([paragraph("a"), paragraph("b"), paragraph("c")])),
        ("<h3>x</h3>", json!([{"type": "heading", "text": "x", "size": 3}])),
        ("<footer>x</footer>", json!([{"type": "footer", "text": "x"}])),
        ("<hr/>", json!([{"type": "divider"}])),
        (
            r#"<pre><code class="language-rust">x</code></pre>"#,
            json!([{"type": "pre", "text": "x", "language": "rust"}]),
        ),
        ("<pre><code>x</code></pre>", json!([{"type": "pre", "text": "x"}])),
        (
            "<tg-math-block> a\nb </tg-math-block>",
            json!([{"type": "mathematical_expression", "expression": "a\nb"}]),
        ),
        ("<a name=\"n\"></a>", json!([{"type": "anchor", "name": "n"}])),
        (
            "<blockquote>x<cite>me</cite></blockquote>",
            json!([{"type": "blockquote", "blocks": x(), "credit": "me"}]),
        ),
        (
            "<blockquote expandable>x<br>y</blockquote>",
            json!([{"type": "expandable_blockquote", "text": "x\ny"}]),
        ),
        ("<aside>x<cite>me</cite></aside>", json!([{"type": "pullquote", "text": "x", "credit": "me"}])),
        (
            "<details open><summary>s</summary><p>x</p></details>",
            json!([{"type": "details", "summary": "s", "blocks": x(), "is_open": true}]),
        ),
        (
            r#"<tg-map lat="1.5" long="-2" zoom="3"></tg-map>"#,
            json!([{"type": "map", "location": {"latitude": 1.5, "longitude": -2.0}, "zoom": 3, "width": 600,
                    "height": 400}]),
        ),
        (
            r#"<tg-button-row align="center"><tg-button type="url" url="https://a.b">go</tg-button></tg-button-row>"#,
            json!([{"type": "buttons", "align": "center", "buttons": [{"text": "go", "url": "https://a.b"}]}]),
        ),
    ] {
        assert_eq!(blocks(source), Ok(expected), "{source}");
    }
}

#[test]
fn lists_have_items() {
    let item = |label: &str, text: &str| json!({"label": label, "blocks": [paragraph(text)]});
    let ordered = |label: &str, value: i64, form: &str| json!({"label": label, "blocks": [paragraph("x")], "value": value, "type": form});
    let task = |is_checked: bool| {
        let mut item = item("•", "x");
        item["has_checkbox"] = true.into();
        if is_checked {
            item["is_checked"] = true.into();
        }
        item
    };
    for (source, items) in [
        ("<ul> <li>a</li> <li>b</li> </ul>", json!([item("•", "a"), item("•", "b")])),
        (
            r#"<ul><li><input type="checkbox">x</li><li> <input type="checkbox" checked> x</li></ul>"#,
            json!([task(false), task(true)]),
        ),
        (
            r#"<ol start="3" type="a"><li>x</li><li value="9">x</li><li type="I">x</li></ol>"#,
            json!([ordered("c.", 3, "a"), ordered("i.", 9, "a"), ordered("X.", 10, "I")]),
        ),
        ("<ol reversed><li>x</li><li>x</li></ol>", json!([ordered("2.", 2, "1"), ordered("1.", 1, "1")])),
        (
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
            json!([{"label": "•", "blocks": [paragraph("a"), {"type": "list", "items": [item("•", "b")]}]}]),
        ),
    ] {
        assert_eq!(blocks(source), Ok(json!([{"type": "list", "items": items}])), "{source}");
    }
}

#[test]
fn tables_have_cells() {
    let source = r#"<table bordered striped compact><caption>c</caption><thead><tr><th>k</th><th align="right">v</th></tr>
        </thead><tr><td colspan="2" rowspan="0" valign="top">a <b>b</b></td></tr><tr><td></td></tr></table>"#;
    let expected = json!([{
        "type": "table", "is_bordered": true, "is_striped": true, "is_compact": true, "caption": "c",
        "cells": [
            [{"text": "k", "is_header": true, "align": "left", "valign": "middle"},
             {"text": "v", "is_header": true, "align": "right", "valign": "middle"}],
            [{"text": ["a ", {"type": "bold", "text": "b"}], "colspan": 2, "align": "left", "valign": "top"}],
            [{"align": "left", "valign": "middle"}],
        ],
    }]);
    assert_eq!(blocks(source), Ok(expected));
}

#[test]
fn files_make_blocks() {
    for (source, kind) in [
        (r#"<img src="https://a.b/c.png"/>"#, "photo"),
        (r#"<video src="https://a.b/c.mp4"></video>"#, "video"),
        (r#"<audio src="https://a.b/c.mp3"></audio>"#, "audio"),
        (r#"<tg-document src="https://a.b/c.pdf"></tg-document>"#, "document"),
    ] {
        let block = blocks(source).unwrap()[0].clone();
        assert_eq!(block["type"], kind, "{source}");
        assert!(block[kind].is_array() || block[kind]["file_id"].is_string(), "{block}");
        let figure = format!("<figure>{source}<figcaption>x<cite>me</cite></figcaption></figure>");
        assert_eq!(blocks(&figure).unwrap()[0]["caption"], json!({"text": "x", "credit": "me"}), "{figure}");
    }
    let hidden = blocks(r#"<img tg-spoiler src="https://a.b/c.png">"#).unwrap();
    assert_eq!(hidden[0]["has_spoiler"], true);
    let two = r#"<img src="https://a.b/1"><img src="https://a.b/2"><figcaption>x</figcaption>"#;
    for name in ["collage", "slideshow"] {
        let album = blocks(&format!("<tg-{name}>{two}</tg-{name}>")).unwrap()[0].clone();
        assert_eq!((&album["type"], &album["caption"]["text"]), (&json!(name), &json!("x")));
        assert_eq!(album["blocks"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn what_is_out_of_place_is_refused() {
    for (source, expected) in [
        ("<p>x<ul><li>y</li></ul></p>", "CONTENT_REQUIRED"),
        ("<p>x<img src=\"https://a.b/c\"></p>", "CONTENT_REQUIRED"),
        ("<h1><p>x</p></h1>", "CONTENT_REQUIRED"),
        ("<table><tr><td><p>x</p></td></tr></table>", "CONTENT_REQUIRED"),
        ("<blockquote expandable><p>x</p></blockquote>", "CONTENT_REQUIRED"),
        ("<details>x</details>", "CONTENT_REQUIRED"),
        ("<figure></figure>", "CONTENT_REQUIRED"),
        ("<li>x</li>", "INVALID"),
        ("<ul>x</ul>", "INVALID"),
        ("<ul><p>x</p></ul>", "INVALID"),
        ("<ol start=x><li>y</li></ol>", "INVALID"),
        ("<table>x</table>", "INVALID"),
        ("<table><tr>x</tr></table>", "INVALID"),
        ("<table><tr><td align=up>x</td></tr></table>", "INVALID"),
        ("<tg-collage>x</tg-collage>", "INVALID"),
        ("<tg-thinking>x</tg-thinking>", "INVALID"),
        ("<img>", "PHOTO_INVALID"),
        ("<img src=\"a.png\">", "PHOTO_URL_INVALID"),
        ("<video src=\"ftp://a.b/c\"></video>", "VIDEO_URL_INVALID"),
        ("<img src=\"tg://photo?id=x\">", "PHOTO_NO_MEDIA_FOUND"),
    ] {
        assert_eq!(blocks(source), Err(format!("RICH_MESSAGE_{expected}")), "{source}");
    }
    assert_eq!(blocks("<ol type=x><li>y</li></ol>"), Err("Invalid list item type specified".into()));
    assert_eq!(blocks("<tg-map lat=1></tg-map>"), Err("Invalid location specified".into()));
    assert_eq!(blocks("<tg-button>x</tg-button>"), Err("BUTTON_TYPE_INVALID".into()));
}

#[test]
fn long_sources_are_cut_silently() {
    const MAX_BYTES: usize = 34_996;
    let source = format!("<p>{}</p>", "a".repeat(MAX_BYTES - "<p></".len()));
    assert_eq!(text(&source).as_str().map(str::len), Some(MAX_BYTES - "<p></".len()));
    assert_eq!(text("a\tb\u{2028}c\u{30a}\r"), "a bc");
}

proptest::proptest! {
    #[test]
    fn any_source_is_answered(source in "(<[/a-z =\"0-9-]{0,8}>|<(ul|li|p|b|table|tr|td|a href=x|pre|br)>|</(ul|li|p|b|td)>|[ a&;#x<>é]){0,40}") {
        let _ = blocks(&source);
    }
}
