//! Footnotes: raised numbers in the text, the notes at its end.

use std::collections::HashMap;

use super::script::superscript_number;
use super::{Context, INDENT, Lower, mark_item, set_gap};
use crate::render::codes;
use crate::render::markdown::Node;
use crate::render::tree::{Block, Gap};

/// Labels in the order of their first reference, and their definitions.
#[derive(Debug, Default)]
pub(in crate::render) struct Footnotes<'n> {
    referred: Vec<&'n str>,
    numbers: HashMap<&'n str, usize>,
    defined: Vec<(&'n str, &'n Node<'n>)>,
    by_label: HashMap<&'n str, &'n Node<'n>>,
}

impl<'n> Footnotes<'n> {
    /// The number of a note, from 1.
    pub(in crate::render) fn refer(&mut self, label: &'n str) -> usize {
        *self.numbers.entry(label).or_insert_with(|| {
            self.referred.push(label);
            self.referred.len()
        })
    }

    pub(in crate::render) fn define(&mut self, label: &'n str, node: &'n Node<'n>) {
        self.defined.push((label, node));
        self.by_label.entry(label).or_insert(node);
    }

    /// The definition of the note with this number, from 1; `None` behind the last note that is referred to.
    pub(in crate::render) fn numbered(&self, number: usize) -> Option<&'n Node<'n>> {
        self.by_label.get(self.referred.get(number.checked_sub(1)?)?).copied()
    }

    /// Whether a note has a definition.
    pub(in crate::render) fn is_defined(&self, label: &str) -> bool {
        self.by_label.contains_key(label)
    }

    /// Definitions that no reference leads to: without one, or the second of their label.
    pub(in crate::render) fn unused(&self) -> Vec<&'n Node<'n>> {
        let is_used = |label: &str, node: &'n Node<'n>| {
            self.numbers.contains_key(label)
                && self.by_label.get(label).is_some_and(|first| std::ptr::eq(*first, node))
        };
        self.defined.iter().filter(|(label, node)| !is_used(label, node)).map(|(_, node)| *node).collect()
    }
}

impl<'n> Lower<'n, '_, '_> {
    /// Writes the notes: a note may refer to further ones.
    pub(super) fn footnotes(&mut self, out: &mut Vec<Block<'n>>) {
        let begin = out.len();
        let mut number = 0;
        while let Some(label) = self.footnotes.referred.get(number).copied() {
            number += 1;
            if let Some(node) = self.footnotes.by_label.get(label).copied() {
                self.footnote(number, node, begin, out);
            }
        }
        for node in self.footnotes.unused() {
            self.scope.warn(codes::UNUSED_NOTE, "nothing refers to this footnote", &node.range);
            number += 1;
            self.footnote(number, node, begin, out);
        }
    }

    fn footnote(&mut self, number: usize, node: &'n Node<'n>, begin: usize, out: &mut Vec<Block<'n>>) {
        let at = out.len();
        self.lead = format!("{} ", superscript_number(number));
        self.blocks(node.children, Context { margin: INDENT, ..Context::default() }, out);
        self.flush_lead(Gap::Line, out);
        mark_item(&mut out[at..]);
        set_gap(out, at, if at == begin { Gap::Blank } else { Gap::Line });
    }
}
