//! Every key of config and front matter is documented, with its default, and nothing else is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{files, none};

/// Key paths of a schema with their descriptions: `guard.max_sends`, `targets.NAME.chat`.
fn keys(schema: &Value, path: &str, out: &mut BTreeMap<String, String>) {
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        out.insert(inside(name), inner["description"].as_str().unwrap_or_default().to_owned());
        keys(inner, &inside(name), out);
    }
    if schema["additionalProperties"].is_object() {
        keys(&schema["additionalProperties"], &inside("NAME"), out);
    }
    keys_of_items(schema, path, out);
}

fn keys_of_items(schema: &Value, path: &str, out: &mut BTreeMap<String, String>) {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    for inner in choices.chain([&schema["items"]]).filter(|inner| inner.is_object()) {
        keys(inner, path, out);
    }
}

/// The rows of the page's tables: key path, line and whole row. A heading that is a key path alone opens it:
/// below `` ## `guard` `` a row `max_sends` is `guard.max_sends`.
fn documented(text: &str) -> BTreeMap<String, (usize, String)> {
    let code = |text: &str| text.strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    let mut prefix = String::new();
    let mut out = BTreeMap::new();
    for (line, row) in (1..).zip(text.lines()) {
        if row.starts_with('#') {
            prefix = code(row.trim_start_matches('#').trim()).map(|path| path + ".").unwrap_or_default();
        } else if let Some(key) = row.strip_prefix("| ").and_then(|row| code(row.split(" | ").next()?)) {
            out.insert(format!("{prefix}{key}"), (line, row.to_owned()));
        }
    }
    out
}

fn gaps(page: &str, text: &str, schema: &Value) -> Vec<String> {
    let (rows, mut known) = (documented(text), BTreeMap::new());
    keys(schema, "", &mut known);
    let mut out = Vec::new();
    for (key, about) in &known {
        let default = about.split_once("Default: ").map(|(_, rest)| rest.trim_end_matches('.'));
        match (rows.get(key), default) {
            (None, _) => out.push(format!("{page}:1: `{key}` is not documented")),
            (Some((line, row)), Some(default)) if !row.contains(default) => {
                out.push(format!("{page}:{line}: the default of `{key}` is `{default}`"));
            }
            _ => {}
        }
    }
    let strange = rows.iter().filter(|(key, _)| !known.contains_key(*key));
    out.extend(strange.map(|(key, (line, _))| format!("{page}:{line}: there is no key `{key}`")));
    out
}

/// Keys of `defaults:` are those of front matter and documented there.
fn config_schema() -> Value {
    let mut schema = tgsync::config::schema();
    let properties = schema["properties"]["defaults"]["items"]["properties"].as_object_mut().unwrap();
    properties.retain(|name, _| name == "match");
    schema
}

#[test]
fn every_key_is_documented() {
    none(gaps("docs/config.md", &files::read("docs/config.md"), &config_schema()));
    none(gaps(
        "docs/front-matter.md",
        &files::read("docs/front-matter.md"),
        &tgsync::content::front_matter_schema(),
    ));
}

#[test]
fn a_gap_is_found() {
    let schema = serde_json::json!({"properties": {
        "a": {"description": "A. Default: 7d."},
        "b": {"additionalProperties": {"properties": {"c": {"description": "C."}}}},
    }});
    let page = "| `a` | 8d |\n| `d` | |\n## `b.NAME`\n| key | about |\n";
    assert_eq!(
        gaps("x.md", page, &schema),
        [
            "x.md:1: the default of `a` is `7d`",
            "x.md:1: `b` is not documented",
            "x.md:1: `b.NAME.c` is not documented",
            "x.md:2: there is no key `d`",
        ]
    );
    assert_eq!(gaps("x.md", "| `a` | 7d |\n| `b` | |\n## `b.NAME`\n| `c` | C |\n", &schema), [""; 0]);
}
