//! What a key may hold. One table of keys serves the check, "did you mean" and the JSON Schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Node, Tree};
use crate::diagnostic::nearest;

/// A key of a mapping.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    /// One line for the JSON Schema.
    pub about: &'static str,
}

/// For tables.
pub const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The kind of value that a key takes. Everything may be left empty.
#[derive(Debug)]
pub enum Shape {
    /// A text; a number counts as its digits.
    Text,
    Flag,
    Whole {
        min: i64,
        max: i64,
    },
    Choice(&'static [&'static str]),
    List(&'static Shape),
    /// A mapping with the keys of these tables.
    Keys(&'static [&'static [Key]]),
    /// A mapping with free names.
    Table(&'static Shape),
    /// One of these, told apart by kind.
    Either(&'static [Shape]),
}

impl Shape {
    /// Whether a value is of the kind, whatever is inside.
    fn fits(&self, tree: &Tree) -> bool {
        match self {
            Self::Text => matches!(tree, Tree::Text(_) | Tree::Int(_) | Tree::Float(_)),
            Self::Flag => matches!(tree, Tree::Flag(_)),
            Self::Whole { .. } => matches!(tree, Tree::Int(_)),
            Self::Choice(_) => matches!(tree, Tree::Text(_)),
            Self::List(_) => matches!(tree, Tree::List(_)),
            Self::Keys(_) | Self::Table(_) => matches!(tree, Tree::Map(_)),
            Self::Either(shapes) => shapes.iter().any(|shape| shape.fits(tree)),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Whole { .. } => "a whole number".to_owned(),
            Self::Choice(choices) => either_words(choices),
            Self::List(_) => "a list".to_owned(),
            Self::Keys(_) | Self::Table(_) => "a mapping".to_owned(),
            Self::Either([Self::Flag, Self::Choice(choices)]) => {
                either_words(&[&["true", "false"], *choices].concat())
            }
            Self::Either(shapes) => {
                let words: Vec<_> = shapes.iter().map(Self::words).collect();
                words.join(" or ")
            }
        }
    }
}

/// `` `a`, `b` or `c` ``
pub fn either_words(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

impl Node<'_> {
    /// Reports everything in this value that `shape` doesn't allow.
    pub fn check(&self, shape: &Shape) {
        if self.is_null() {
            return;
        }
        if !shape.fits(self.tree) {
            return self.wrong_kind(shape);
        }
        match shape {
            Shape::Text | Shape::Flag => {}
            Shape::Whole { min, max } => self.check_whole(*min, *max),
            Shape::Choice(choices) => self.check_choice(choices, &shape.words()),
            Shape::List(inner) => self.items().iter().for_each(|item| item.check(inner)),
            Shape::Table(inner) => self.entries().iter().for_each(|(_, node)| node.check(inner)),
            Shape::Keys(tables) => self.check_keys(tables),
            Shape::Either(shapes) => match shapes.iter().find(|one| one.fits(self.tree)) {
                Some(Shape::Choice(choices)) => self.check_choice(choices, &shape.words()),
                Some(one) => self.check(one),
                None => {}
            },
        }
    }

    fn wrong_kind(&self, shape: &Shape) {
        let message = format!("`{}` should be {}, not {}", self.name, shape.words(), self.shown());
        let hint = match (shape, self.tree) {
            (Shape::Text, Tree::Flag(_)) => {
                format!("put it in quotes: `\"{}\"`", self.written())
            }
            (Shape::List(_), Tree::Text(_)) if !self.written().is_empty() => {
                format!("write a list: `[{}]`", self.written())
            }
            (Shape::Flag, Tree::Text(text)) if ["yes", "on", "y"].contains(&text.as_str()) => {
                "write `true`".to_owned()
            }
            (Shape::Flag, Tree::Text(text)) if ["no", "off", "n"].contains(&text.as_str()) => {
                "write `false`".to_owned()
            }
            _ => format!("write {}", shape.words()),
        };
        self.error(self.document.dialect.wrong_value, message, hint);
    }

    /// The value for a message: as written when it is short, else its kind.
    fn shown(&self) -> String {
        let written = self.written();
        match self.tree {
            Tree::List(_) | Tree::Map(_) | Tree::Tagged => self.tree.kind().to_owned(),
            _ if written.is_empty() || written.chars().count() > 40 => self.tree.kind().to_owned(),
            _ => format!("`{written}`"),
        }
    }

    fn check_whole(&self, min: i64, max: i64) {
        if self.int().is_some_and(|number| !(min..=max).contains(&number)) {
            let message = format!("`{}` is {}, but {min} to {max} is allowed", self.name, self.shown());
            let hint = format!("write a number from {min} to {max}");
            self.error(self.document.dialect.wrong_value, message, hint);
        }
    }

    fn check_choice(&self, choices: &[&'static str], words: &str) {
        let Tree::Text(text) = self.tree else { return };
        if choices.contains(&text.as_str()) {
            return;
        }
        let message = format!("`{}` should be {words}, not {}", self.name, self.shown());
        let hint = match nearest(text, choices.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {words}"),
        };
        self.error(self.document.dialect.wrong_value, message, hint);
    }

    fn check_keys(&self, tables: &[&'static [Key]]) {
        let entries = self.entries();
        let known = || tables.iter().copied().flatten();
        let present: BTreeSet<_> = entries.iter().map(|(name, _)| *name).collect();
        let free: Vec<_> = known().map(|key| key.name).filter(|name| !present.contains(name)).collect();
        for (name, node) in &entries {
            match known().find(|key| key.name == *name) {
                Some(key) => node.check(&key.shape),
                None => node.unknown_key(name, &free),
            }
        }
    }

    /// `free` are the known keys that aren't used yet.
    fn unknown_key(&self, name: &str, free: &[&str]) {
        let dialect = self.document.dialect;
        let hint = match nearest(name, free.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => (dialect.unknown_key_hint)(name),
        };
        let message = format!("unknown key `{}`", self.name);
        self.key_error(dialect.unknown_key, message, hint);
    }
}

/// The JSON Schema (2020-12) of a document with the keys of `tables`.
pub fn schema(title: &str, tables: &[&'static [Key]], required: &[&str]) -> Value {
    let mut schema = object(tables);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn object(tables: &[&'static [Key]]) -> Value {
    let properties: serde_json::Map<String, Value> = tables
        .iter()
        .copied()
        .flatten()
        .map(|key| {
            let mut schema = of(&key.shape);
            schema["description"] = json!(key.about);
            (key.name.to_owned(), schema)
        })
        .collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Text => json!({"type": ["string", "number", "null"]}),
        Shape::Flag => json!({"type": ["boolean", "null"]}),
        Shape::Whole { min, max } => {
            json!({"type": ["integer", "null"], "minimum": min, "maximum": max})
        }
        Shape::Choice(words) => {
            let words = words.iter().map(|word| json!(word));
            json!({"enum": words.chain([Value::Null]).collect::<Vec<_>>()})
        }
        Shape::List(inner) => json!({"type": ["array", "null"], "items": of(inner)}),
        Shape::Keys(tables) => {
            let mut schema = object(tables);
            schema["type"] = json!(["object", "null"]);
            schema
        }
        Shape::Table(inner) => {
            json!({"type": ["object", "null"], "additionalProperties": of(inner)})
        }
        Shape::Either(shapes) => {
            json!({"anyOf": shapes.iter().map(of).collect::<Vec<_>>()})
        }
    }
}
