//! Every type of block, and what is none.

use serde_json::{Value, json};

use super::{Files, blocks};

fn read(value: &Value) -> Result<Value, String> {
    blocks(value, &Files::of(None)).map(|blocks| json!(blocks))
}

#[test]
fn what_is_read_is_what_is_returned() {
    let cell = |text: &str| json!({"text": text, "align": "right", "valign": "top"});
    for value in [
        json!({"type": "paragraph", "text": ["a", {"type": "bold", "text": "b"}]}),
        json!({"type": "heading", "text": "a", "size": 6}),
        json!({"type": "pre", "text": "a\nb", "language": "rust"}),
        json!({"type": "footer", "text": {"type": "anchor", "name": "x"}}),
        json!({"type": "divider"}),
        json!({"type": "mathematical_expression", "expression": "x"}),
        json!({"type": "anchor", "name": "x"}),
        json!({"type": "blockquote", "blocks": [{"type": "divider"}], "credit": "me"}),
        json!({"type": "expandable_blockquote", "text": "a", "credit": "me"}),
        json!({"type": "pullquote", "text": "a"}),
        json!({"type": "details", "summary": "s", "blocks": [{"type": "divider"}], "is_open": true}),
        json!({"type": "table", "cells": [[cell("a"), cell("b")]], "is_striped": true, "caption": "c"}),
        json!({"type": "map", "location": {"latitude": 1.5, "longitude": -2}, "zoom": 3, "width": 100,
               "height": 100, "caption": {"text": "c", "credit": "me"}}),
        json!({"type": "buttons", "align": "center", "buttons": [{"text": "a", "url": "https://a.b/"}]}),
    ] {
        assert_eq!(read(&json!([value])), Ok(json!([value])), "{value}");
    }
}

#[test]
fn lists_are_numbered() {
    let item = |extra: Value| {
        let mut item = json!({"blocks": [{"type": "divider"}]});
        item.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        item
    };
    let list = |items: Vec<Value>| read(&json!([{"type": "list", "items": items}]));
    let labels = |items: Vec<Value>| -> Vec<Value> {
        let read = list(items).unwrap();
        read[0]["items"].as_array().unwrap().iter().map(|item| item["label"].clone()).collect()
    };
    assert_eq!(labels(vec![item(json!({})), item(json!({"has_checkbox": true}))]), ["•", "•"]);
    assert_eq!(labels(vec![item(json!({"value": 3})), item(json!({"type": "a"}))]), ["3.", "d."]);
    for (items, expected) in [
        (vec![], "List must be non-empty"),
        (vec![Value::Null], "List item must be non-empty"),
        (vec![json!({"blocks": []})], "List item must be non-empty"),
        (vec![item(json!({})), item(json!({"value": 2}))], "List must be either ordered or unordered"),
        (vec![item(json!({"type": "x"}))], "Invalid list item type specified"),
    ] {
        assert_eq!(list(items), Err(expected.into()));
    }
}

#[test]
fn malformed_blocks_are_refused() {
    let photo = |media: Value| json!({"type": "photo", "photo": media});
    for (value, expected) in [
        (
            json!({"type": "thinking", "text": "x"}),
            "can't parse InputRichBlock: type \"thinking\" is unsupported",
        ),
        (json!({"type": "table"}), "can't parse InputRichBlock: Can't find field \"cells\""),
        (json!({"type": "table", "cells": [[null]]}), "Table cell must be non-empty"),
        (
            json!({"type": "table", "cells": [[{"align": "left"}]]}),
            "can't parse InputRichBlock: Can't find field \"valign\"",
        ),
        (
            json!({"type": "table", "cells": [[{"align": "left", "valign": "top", "colspan": -1}]]}),
            "Invalid table cell colspan specified",
        ),
        (
            json!({"type": "table", "cells": [[{"align": "up", "valign": "top"}]]}),
            "can't parse InputRichBlock: invalid cell align specified",
        ),
        (json!({"type": "paragraph"}), "can't parse InputRichBlock: Can't find field \"text\""),
        (json!({"type": "paragraph", "text": 5}), "can't parse InputRichBlock: Unsupported rich text type"),
        (
            json!({"type": "paragraph", "text": {"type": "plain", "text": "x"}}),
            "can't parse InputRichBlock: Unsupported rich text type",
        ),
        (json!({"type": "heading", "text": "x", "size": 7}), "Invalid section heading size specified"),
        (json!({}), "can't parse InputRichBlock: Can't find field \"type\""),
        (json!(null), "Block must be non-empty"),
        (json!("x"), "can't parse InputRichBlock: expected an Object"),
        (
            json!({"type": "map", "location": {"latitude": 0, "longitude": 0}, "zoom": 25}),
            "Invalid map properties specified",
        ),
        (json!({"type": "collage", "blocks": [{"type": "divider"}]}), "Unallowed media specified"),
        (photo(json!({"type": "video", "media": "https://a.b/c"})), "Unallowed media specified"),
        (
            photo(json!({"type": "photo", "media": "attach://a"})),
            "can't parse InputRichBlock: media not found",
        ),
    ] {
        assert_eq!(read(&json!([value])), Err(expected.into()), "{value}");
    }
    assert!(read(&json!({})).is_err());
}
