//! Places within the message: headings that a link leads to.

use std::collections::{HashMap, HashSet};

use crate::render::link::percent_decoded;
use crate::render::lower::visible;
use crate::render::markdown::{Element, Kind, Node, Tag};
use crate::render::rich::NOTE;

/// What the names of headings that can't be written in ASCII begin with.
const SECTION: &str = "section-";

/// The headings of a message under the names that GitHub gives them, and which of them are linked to.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The name that an anchor gets, by the name that links use.
    names: HashMap<String, String>,
    /// The name that links use, by where a heading begins.
    headings: HashMap<usize, String>,
    /// How often a name had to be numbered.
    repeated: HashMap<String, usize>,
    /// Names of anchors that a link leads to.
    wanted: HashSet<String>,
}

impl Places {
    pub(super) fn of(nodes: &[Node<'_>]) -> Self {
        let mut places = Self::default();
        let mut targets = Vec::new();
        places.collect(nodes, &mut targets);
        places.wanted = targets.into_iter().filter_map(|target| places.find(target)).collect();
        places
    }

    /// The name of the anchor that `#place` leads to; empty for the top of the message.
    pub(super) fn find(&self, place: &str) -> Option<String> {
        if place.is_empty() {
            return Some(String::new());
        }
        let place = percent_decoded(place);
        self.names.get(&place).or_else(|| self.names.get(&slug(&place))).cloned()
    }

    /// The anchor of a heading, if a link leads to it.
    pub(super) fn anchor(&self, heading: &Node<'_>) -> Option<String> {
        let name = self.names.get(self.headings.get(&heading.range.start)?)?;
        self.wanted.get(name).cloned()
    }

    fn collect<'n>(&mut self, nodes: &'n [Node<'n>], targets: &mut Vec<&'n str>) {
        for node in nodes {
            match &node.kind {
                Kind::Markdown(Tag::Heading(_)) => {
                    self.heading(node);
                }
                Kind::Markdown(Tag::Link { dest_url: to, .. }) | Kind::Html(Element::Link(to)) => {
                    targets.extend(to.strip_prefix('#'));
                }
                _ => {}
            }
            self.collect(node.children, targets);
        }
    }

    fn heading(&mut self, node: &Node<'_>) {
        let plain = slug(&visible(node.children));
        if plain.is_empty() {
            return;
        }
        let mut slug = plain.clone();
        while self.names.contains_key(&slug) {
            let count = self.repeated.entry(plain.clone()).or_insert(0);
            *count += 1;
            slug = format!("{plain}-{count}");
        }
        let number = self.headings.len() + 1;
        let name = if is_plain(&slug) { slug.clone() } else { format!("{SECTION}{number}") };
        self.names.insert(slug.clone(), name);
        self.headings.insert(node.range.start, slug);
    }
}

/// Whether a name can be used as it is: other alphabets are not known to work, and our own names must stay unique.
fn is_plain(slug: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    slug.is_ascii() && ![NOTE, SECTION].iter().any(|own| slug.strip_prefix(own).is_some_and(is_number))
}

/// The name that GitHub gives a heading: lower case, hyphens for spaces, no punctuation but `-` and `_`.
fn slug(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let letters = lower.chars().filter_map(|c| match c {
        ' ' | '\n' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_named_as_on_github() {
        let table = [
            ("Usage", "usage"),
            ("  What's new in 2.0?  ", "whats-new-in-20"),
            ("a - b_c", "a---b_c"),
            ("Überblick", "überblick"),
            ("…", ""),
        ];
        for (text, expected) in table {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn own_names_are_not_taken() {
        let table =
            [("usage", true), ("note-1", false), ("note-x", true), ("section-12", false), ("ü", false)];
        for (name, expected) in table {
            assert_eq!(is_plain(name), expected, "{name}");
        }
    }
}
