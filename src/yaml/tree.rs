//! The value of a YAML text: every pair of a mapping in order, doubles included, and never more than its size allows.

use std::cell::Cell;
use std::fmt;

use super::depth;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// A YAML value. Keys are texts; a double key is kept, so that it can be reported.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Null,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
    /// A value with a tag such as `!secret`, which nothing here has a use for.
    Tagged,
}

impl Tree {
    /// What kind of value this is, for "not a list".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Flag(_) => "`true` or `false`",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Tagged => "a tagged value",
        }
    }

    /// Takes `key` out of a mapping.
    pub fn remove(&mut self, key: &str) {
        if let Self::Map(pairs) = self {
            pairs.retain(|(name, _)| name != key);
        }
    }
}

/// Aliases may let a text grow to so many times its size: real ones stay far below, a bomb goes far beyond.
const MAX_GROWTH: usize = 16;

/// Room for growth that every text has, however short.
const FREE_GROWTH: usize = 4096;

/// So many brackets may be open at once, give or take some that only look so. `serde_yaml` allows fewer, but only counts them
/// when libyaml has read them all.
const MAX_BRACKETS: usize = 512;

/// What `serde_yaml` allows beside the mapping around them.
const MAX_LEVELS: usize = 127;

/// What `serde_yaml` says of more levels than it allows.
pub(super) const TOO_DEEP: &str = "recursion limit";

/// What [`read`] says when aliases multiply a text beyond all measure.
pub(super) const TOO_MANY_ALIASES: &str = "aliases multiply the text beyond its limit";

/// Why a text is no YAML.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// Byte of the text.
    pub at: usize,
    pub why: String,
}

impl From<serde_yaml::Error> for Unreadable {
    fn from(error: serde_yaml::Error) -> Self {
        Self { at: error.location().map_or(0, |location| location.index()), why: error.to_string() }
    }
}

/// Reads one YAML document. Nesting is limited to 128 by `serde_yaml`, growth through aliases by a budget of our own: its limit
/// counts aliases, not what they stand for.
pub(super) fn read(yaml: &str) -> Result<Tree, Unreadable> {
    let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if yaml.lines().all(empty) {
        return Ok(Tree::Null);
    }
    if depth::of(yaml) > MAX_BRACKETS {
        let at = depth::beyond(yaml, MAX_LEVELS).unwrap_or_default();
        return Err(Unreadable { at, why: TOO_DEEP.to_owned() });
    }
    let budget = Cell::new(yaml.len() * MAX_GROWTH + FREE_GROWTH);
    Ok(Seed(&budget).deserialize(serde_yaml::Deserializer::from_str(yaml))?)
}

/// Reads one value on the account of the whole text.
#[derive(Clone, Copy)]
struct Seed<'b>(&'b Cell<usize>);

impl Seed<'_> {
    fn pay<E: Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(bytes + 1);
        self.0.set(left.ok_or_else(|| E::custom(TOO_MANY_ALIASES))?);
        Ok(())
    }

    fn paid<E: Error>(self, tree: Tree) -> Result<Tree, E> {
        self.pay(0).map(|()| tree)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        self.paid(Tree::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Tree, E> {
        self.paid(Tree::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Tree, E> {
        self.paid(Tree::Int(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Tree, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond every number a key takes")]
        let tree = i64::try_from(number).map_or(Tree::Float(number as f64), Tree::Int);
        self.paid(tree)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Tree, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond every number a key takes")]
        self.paid(Tree::Float(number as f64))
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Tree, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond every number a key takes")]
        self.paid(Tree::Float(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Tree, E> {
        self.paid(Tree::Float(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree, E> {
        self.pay(text.len())?;
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        self.pay(0)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        self.pay(0)?;
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(self)? {
            map.push((key_text(key), entries.next_value_seed(self)?));
        }
        Ok(Tree::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Tree, A::Error> {
        self.pay(0)?;
        let (_, value) = tagged.variant::<IgnoredAny>()?;
        value.newtype_variant::<IgnoredAny>()?;
        Ok(Tree::Tagged)
    }
}

/// Keys are texts for us. One that isn't is shown as what it is, and no table of keys has it.
fn key_text(key: Tree) -> String {
    match key {
        Tree::Text(text) => text,
        Tree::Flag(flag) => flag.to_string(),
        Tree::Int(number) => number.to_string(),
        Tree::Float(number) => number.to_string(),
        other => other.kind().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Tree {
        Tree::Text(text.to_owned())
    }

    #[test]
    fn values_keep_order_doubles_and_kinds() {
        let tree = read("b: 1\na: [yes, true, 1.5, ~, 2026-01-01]\nb: !x {y: z}\n1: q\n").unwrap();
        let list = vec![text("yes"), Tree::Flag(true), Tree::Float(1.5), Tree::Null, text("2026-01-01")];
        let pairs = [("b", Tree::Int(1)), ("a", Tree::List(list)), ("b", Tree::Tagged), ("1", text("q"))];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value));
        assert_eq!(tree, Tree::Map(pairs.into()));
    }

    #[test]
    fn nothing_but_comments_is_nothing() {
        for yaml in ["", "\n", "# a\n\n  # b", "\r\n", "~", "null\n"] {
            assert_eq!(read(yaml).unwrap(), Tree::Null, "{yaml:?}");
        }
    }

    #[test]
    fn bombs_are_refused_within_their_budget() {
        let laugh = |n: usize| {
            let row = vec![format!("*a{}", n - 1); 9].join(",");
            format!("a{n}: &a{n} [{row}]\n")
        };
        let laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        let laughs = laughs + &(1..9).map(laugh).collect::<String>();
        let flat =
            format!("a: &a [{}]\nb: [{}]\n", vec!["1"; 10_000].join(","), vec!["*a"; 10_000].join(","));
        let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(30_000), vec!["*a"; 10_000].join(","));
        // The time that libyaml takes for it grows with the square of its length.
        let deep = "[".repeat(256 * 1024);
        for bomb in [laughs, flat, wide, deep] {
            assert!(read(&bomb).is_err(), "{}", bomb.chars().take(40).collect::<String>());
        }
        assert!(read("a: &a {x: 1}\nb: *a\nc: *a\n").is_ok());
    }
}
