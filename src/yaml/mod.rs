//! YAML as people write it, for front matter and config: values that know where they stand, checked against tables of keys, all
//! problems collected.

mod depth;
mod locate;
mod shape;
mod syntax;
mod token;
mod tree;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::ids::RelPath;
use locate::Spots;

pub use shape::{Key, Shape, either_words, key, schema};
pub use token::{hide_tokens, holds_token};
pub use tree::Tree;

/// Dotted paths in messages grow no longer than this and one key, however deep a text is nested.
const MAX_NAME: usize = 100;

/// Errors of one text that are told, no more: nobody reads on, and each takes a look at the whole text.
const MAX_ERRORS: usize = 100;

/// What a kind of document calls its problems.
#[derive(Debug)]
pub struct Dialect {
    pub syntax: Code,
    pub duplicate_key: Code,
    pub unknown_key: Code,
    pub wrong_value: Code,
    /// What to do about an unknown key that resembles none of the known ones.
    pub unknown_key_hint: fn(&str) -> String,
}

/// One YAML text, the places of its keys, and the problems found in it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: &'t RelPath,
    text: &'t str,
    /// Where the YAML stands in `text`.
    range: Range<usize>,
    spots: Spots,
    dialect: &'static Dialect,
    problems: RefCell<Vec<Diagnostic>>,
}

impl<'t> Document<'t> {
    /// Reads the YAML in `range` of the file's `text`. `Err`: it is no YAML, and nothing else can be said about it.
    pub fn read(
        file: &'t RelPath,
        text: &'t str,
        range: Range<usize>,
        dialect: &'static Dialect,
    ) -> Result<(Self, Tree), Box<Diagnostic>> {
        let yaml = &text[range.clone()];
        let tree = tree::read(yaml)
            .map_err(|error| Box::new(syntax::error(file, text, range.start, &error, dialect.syntax)))?;
        let document =
            Self { file, text, spots: Spots::of(yaml), range, dialect, problems: RefCell::default() };
        document.report_doubles(&document.root(&tree));
        Ok((document, tree))
    }

    /// `tree` as the root of this document.
    pub fn root<'d>(&'d self, tree: &'d Tree) -> Node<'d> {
        Node { document: self, tree, spot: 0, exact: true, name: String::new() }
    }

    pub fn report(&self, problem: Diagnostic) {
        self.problems.borrow_mut().push(problem);
    }

    /// Whether so many errors were told that another one helps nobody.
    pub fn told_enough(&self) -> bool {
        let problems = self.problems.borrow();
        problems.len() >= MAX_ERRORS
            && problems.iter().filter(|problem| problem.is_error()).count() >= MAX_ERRORS
    }

    /// The problems found since the last call, with everything hidden that looks like a bot token.
    pub fn take_problems(&self) -> Vec<Diagnostic> {
        let mut problems = self.problems.take();
        problems.iter_mut().for_each(hide_tokens);
        problems
    }

    fn place(&self, range: &Range<usize>) -> Place {
        let start = self.range.start;
        Place::at(self.file, self.text, start + range.start..start + range.end)
    }

    fn report_doubles(&self, node: &Node<'_>) {
        let mut seen = BTreeSet::new();
        for (name, entry) in node.entries() {
            if !seen.insert(name) {
                let message = format!("`{}` appears twice", entry.name);
                entry.key_error(self.dialect.duplicate_key, message, "remove one of the two lines");
            }
            self.report_doubles(&entry);
        }
        for item in node.items() {
            self.report_doubles(&item);
        }
    }
}

/// A value of a document. Getters are silent about a value of another kind: [`Node::check`] has reported it.
#[derive(Debug, Clone)]
pub struct Node<'d> {
    document: &'d Document<'d>,
    tree: &'d Tree,
    spot: usize,
    /// Whether `spot` is this value's own, or only that of something around it.
    exact: bool,
    /// Dotted path for messages: `targets.news.chat`.
    name: String,
}

impl<'d> Node<'d> {
    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    pub fn tree(&self) -> &'d Tree {
        self.tree
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn is_null(&self) -> bool {
        matches!(self.tree, Tree::Null)
    }

    /// The pairs of a mapping, doubles included.
    pub fn entries(&self) -> Vec<(&'d str, Node<'d>)> {
        let Tree::Map(pairs) = self.tree else {
            return Vec::new();
        };
        let mut seen = BTreeMap::new();
        pairs
            .iter()
            .map(|(key, value)| {
                let nth = seen.entry(key.as_str()).or_insert(0);
                let node = self.step(value, key, *nth);
                *nth += 1;
                (key.as_str(), node)
            })
            .collect()
    }

    /// The items of a list.
    pub fn items(&self) -> Vec<Node<'d>> {
        let Tree::List(items) = self.tree else {
            return Vec::new();
        };
        let items = items.iter().enumerate();
        items.map(|(number, item)| self.step(item, &number.to_string(), 0)).collect()
    }

    /// The items of a list, or a single value as a list of one.
    pub fn items_or_one(&self) -> Vec<Node<'d>> {
        match self.tree {
            Tree::List(_) => self.items(),
            Tree::Null => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// The value of `key`; an empty value counts as none.
    pub fn get(&self, key: &str) -> Option<Node<'d>> {
        let Tree::Map(pairs) = self.tree else {
            return None;
        };
        let (_, value) = pairs.iter().find(|(name, _)| name == key)?;
        (*value != Tree::Null).then(|| self.step(value, key, 0))
    }

    fn step(&self, tree: &'d Tree, key: &str, nth: usize) -> Node<'d> {
        let found = self.exact.then(|| self.document.spots.child(self.spot, key, nth)).flatten();
        let name = match self.tree {
            _ if self.name.len() > MAX_NAME => self.name.clone(),
            Tree::List(_) => format!("{}[{key}]", self.name),
            _ if self.name.is_empty() => key.to_owned(),
            _ => format!("{}.{key}", self.name),
        };
        Node { document: self.document, tree, spot: found.unwrap_or(self.spot), exact: found.is_some(), name }
    }

    pub fn flag(&self) -> Option<bool> {
        match self.tree {
            Tree::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self.tree {
            Tree::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// A text, or a number as it was written: `title: 1.10` is the text `1.10`.
    pub fn text(&self) -> Option<String> {
        match self.tree {
            Tree::Text(text) => Some(text.clone()),
            Tree::Int(number) => Some(self.number(number)),
            Tree::Float(number) => Some(self.number(number)),
            _ => None,
        }
    }

    /// A number as it was written, or its value where that is written elsewhere, as with an alias.
    fn number(&self, value: &impl std::fmt::Display) -> String {
        let written = self.written();
        if written.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            written.to_owned()
        } else {
            value.to_string()
        }
    }

    /// What stands in the file for this value; empty when it wasn't found or stands on further lines.
    pub fn written(&self) -> &'d str {
        let spot = self.document.spots.get(self.spot);
        let yaml = &self.document.text[self.document.range.clone()];
        if self.exact { &yaml[spot.value.clone()] } else { "" }
    }

    /// The byte range of the key in the whole file.
    pub fn key_range(&self) -> Range<usize> {
        let start = self.document.range.start;
        let key = &self.document.spots.get(self.spot).key;
        start + key.start..start + key.end
    }

    /// The byte range of the value in the whole file, or of its key when the value stands on further lines.
    pub fn range(&self) -> Range<usize> {
        let spot = self.document.spots.get(self.spot);
        let range = if spot.value.is_empty() { &spot.key } else { &spot.value };
        let start = self.document.range.start;
        start + range.start..start + range.end
    }

    pub fn key_place(&self) -> Place {
        self.document.place(&self.document.spots.get(self.spot).key)
    }

    /// The place of the value, or of its key when the value stands on further lines.
    pub fn place(&self) -> Place {
        Place::at(self.document.file, self.document.text, self.range())
    }

    /// A problem with the value.
    pub fn error(&self, code: Code, message: impl Into<String>, hint: impl Into<String>) {
        if self.document.told_enough() {
            return;
        }
        let problem = Diagnostic::error(code, message).at(self.place()).hint(hint);
        self.document.report(problem);
    }

    /// A problem with the key.
    pub fn key_error(&self, code: Code, message: impl Into<String>, hint: impl Into<String>) {
        if self.document.told_enough() {
            return;
        }
        let problem = Diagnostic::error(code, message).at(self.key_place()).hint(hint);
        self.document.report(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes::front_matter as codes;

    const DIALECT: Dialect = Dialect {
        syntax: codes::SYNTAX,
        duplicate_key: codes::DUPLICATE_KEY,
        unknown_key: codes::UNKNOWN_KEY,
        wrong_value: codes::WRONG_VALUE,
        unknown_key_hint: |_| "remove it".to_owned(),
    };

    fn file() -> RelPath {
        RelPath::new(std::path::Path::new("a.yaml")).unwrap()
    }

    #[test]
    fn numbers_are_texts_as_written() {
        let text = "a: 1.10\nb: [0x1F, +5, 1e3]\nc:\n  7\nd: &x 8\ne: *x\n";
        let file = file();
        let (document, tree) = Document::read(&file, text, 0..text.len(), &DIALECT).unwrap();
        let root = document.root(&tree);
        let said = |key| root.get(key).unwrap().text().unwrap();
        assert_eq!(["a", "c", "d", "e"].map(said), ["1.10", "7", "8", "8"]);
        let items = root.get("b").unwrap().items();
        let items: Vec<_> = items.iter().filter_map(Node::text).collect();
        assert_eq!(items, ["0x1F", "+5", "1e3"]);
    }

    #[test]
    fn problems_are_placed_in_the_whole_file() {
        let text = "---\na: {b: [1, x], b: 2}\n---\n";
        let file = file();
        let (document, tree) = Document::read(&file, text, 4..25, &DIALECT).unwrap();
        let inner = document.root(&tree).get("a").unwrap().get("b").unwrap();
        let item = &inner.items()[1];
        assert_eq!((item.name(), item.place().column), ("a.b[1]", 12));
        let problems = document.take_problems();
        let place = problems[0].place.as_ref().unwrap();
        assert_eq!((problems.len(), place.line, place.column), (1, 2, 16));
    }

    #[test]
    fn many_problems_are_told_in_no_time() {
        let lines: Vec<_> = (0..20_000).map(|n| format!("k{}:\n", n / 2)).collect();
        let text = lines.concat();
        let file = file();
        let (document, tree) = Document::read(&file, &text, 0..text.len(), &DIALECT).unwrap();
        document.root(&tree).check(&Shape::Keys(&[&[]]));
        assert_eq!(document.take_problems().len(), MAX_ERRORS);
    }
}
