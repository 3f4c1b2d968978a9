//! The answers of the server's own parser, line by line.

use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Entity, Finish, Formatted, Kind, parse_as, parse_detecting};

#[derive(Deserialize)]
struct Vector {
    id: String,
    mode: String,
    html: String,
    #[serde(default)]
    auto: bool,
    #[serde(default = "text_limit")]
    limit: usize,
    #[serde(default)]
    allow_empty: bool,
    expect: Value,
}

fn text_limit() -> usize {
    super::TEXT_LIMIT
}

fn entity(entity: &Entity) -> Value {
    let mut value = serde_json::to_value(entity).unwrap();
    if let Kind::TextMention { user } = &entity.kind {
        let object = value.as_object_mut().unwrap();
        object.remove("user");
        object.insert("user_id".into(), user.id.into());
    }
    value
}

fn answer(result: Result<Formatted, String>, expect: &Value) -> Value {
    match result {
        Err(error) => {
            json!({"ok": false, "stage": expect["stage"], "error": format!("Bad Request: {error}")})
        }
        Ok(formatted) => {
            let mut value = json!({
                "ok": true,
                "text": formatted.text,
                "utf16_len": formatted.text.encode_utf16().count(),
                "chars": formatted.text.chars().count(),
                "entities": formatted.entities.iter().map(entity).collect::<Vec<_>>(),
            });
            if formatted.lost > 0 {
                value["dropped"] = formatted.lost.into();
            }
            value
        }
    }
}

/// Ids of the lines that are answered otherwise, and how many lines were read.
fn disagreements(vectors: &str) -> (Vec<String>, usize) {
    let vectors: Vec<Vector> = vectors.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let html: Vec<&Vector> = vectors.iter().filter(|v| v.mode == "html").collect();
    let wrong = html.iter().filter_map(|v| {
        let rules = Finish { limit: v.limit, allow_empty: v.allow_empty, detect: v.auto };
        let answer = answer(parse_as(&v.html, rules), &v.expect);
        (answer != v.expect)
            .then(|| format!("{}: {:?}\n  ours   {answer}\n  server {}", v.id, v.html, v.expect))
    });
    (wrong.collect(), html.len())
}

#[test]
fn agrees_with_the_server() {
    let (wrong, count) = disagreements(include_str!("../../../tests/data/telegram-html.jsonl"));
    assert!(count >= 100, "only {count} lines");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The whole collection, when it lies beside the repository or is named by `TGSYNC_VECTORS`.
#[test]
#[expect(clippy::disallowed_methods, reason = "an optional file outside the repository")]
fn agrees_with_the_whole_collection() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/telegram-html.jsonl");
    let path = std::env::var_os("TGSYNC_VECTORS").map_or(beside, Into::into);
    let Ok(vectors) = std::fs::read_to_string(&path) else {
        println!("skipped: no collection at {}", path.display());
        return;
    };
    let (wrong, count) = disagreements(&vectors);
    println!("{} of {count} agree", count - wrong.len());
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Markup that is mostly well-formed, with text that tempts the matchers.
fn markup() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "a",
        " ",
        "\n",
        "é",
        "😀",
        "\u{200e}",
        "\r",
        "&lt;",
        "&#x1f600;",
        "a.com",
        "@name",
        "#tag",
        "4111 1111 1111 1111",
        "tg://x",
        "://",
        ".",
        "a@b.com",
    ]);
    let leaf = prop::collection::vec(text, 0..6).prop_map(|parts| parts.concat());
    leaf.prop_recursive(5, 60, 5, |inner| {
        let tags = vec![
            ("<b>", "</b>"),
            ("<i>", "</i>"),
            ("<code>", "</code>"),
            ("<pre><code class=\"language-x\">", "</code></pre>"),
            ("<a href=\"a.com\">", "</a>"),
            ("<blockquote>", "</blockquote>"),
            ("<tg-emoji emoji-id=\"1\">", "</tg-emoji>"),
            ("<u>", "</>"),
        ];
        (prop::sample::select(tags), prop::collection::vec(inner, 0..5))
            .prop_map(|((open, close), inner)| format!("{open}{}{close}", inner.concat()))
    })
}

proptest! {
    #[test]
    fn entities_are_nested_and_within_the_text(html in prop::collection::vec(markup(), 1..5)) {
        if let Ok(formatted) = parse_detecting(&html.concat(), 4096, false) {
            let length = formatted.text.encode_utf16().count();
            for (at, entity) in formatted.entities.iter().enumerate() {
                prop_assert!(entity.length > 0 && entity.end() <= length);
                for later in &formatted.entities[at + 1..] {
                    prop_assert!(later.offset >= entity.offset);
                    prop_assert!(later.offset >= entity.end() || later.end() <= entity.end());
                }
            }
        }
    }

    #[test]
    fn any_text_is_answered(html in "\\PC{0,200}|[<>&/=\"' a-zA-Z0-9;#x@.:$\0\n-]{0,200}") {
        let _ = parse_detecting(&html, 4096, false);
    }
}
