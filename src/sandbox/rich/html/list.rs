//! `ul`, `ol` and their items.

use super::block::{Reader, elements};
use super::token::MALFORMED;
use super::tree::{Element, Node};
use crate::sandbox::rich::block::{Block, Item};
use crate::sandbox::rich::number;

impl Reader<'_> {
    /// A list. The number of an item is that of the one before and one more, or less when `reversed`.
    pub(super) fn list(self, element: &Element) -> Result<Block, String> {
        let children = elements(&element.children)?;
        if children.iter().any(|child| child.name() != "li") {
            return Err(MALFORMED.into());
        }
        if element.name() == "ul" {
            let items = children.into_iter().map(|child| self.item(child, None));
            return Ok(Block::List { items: items.collect::<Result<_, _>>()? });
        }
        let is_reversed = element.tag.has("reversed");
        let step = if is_reversed { -1 } else { 1 };
        let first = if is_reversed { i64::try_from(children.len()).unwrap_or(1) } else { 1 };
        let mut value = number(element, "start")?.unwrap_or(first);
        let mut items = Vec::new();
        for child in children {
            value = number(child, "value")?.unwrap_or(value);
            let form = child.tag.get("type").or(element.tag.get("type")).unwrap_or("1");
            items.push(self.item(child, Some((value, form)))?);
            value += step;
        }
        Ok(Block::List { items })
    }

    fn item(self, element: &Element, number: Option<(i64, &str)>) -> Result<Item, String> {
        let checkbox = checkbox(element);
        let children = element.children.iter().filter(|node| !is_same(node, checkbox));
        let label =
            number.map_or_else(|| number::BULLET.to_owned(), |(value, form)| number::label(value, form));
        if let Some((_, form)) = number
            && !number::FORMS.contains(&form)
        {
            return Err("Invalid list item type specified".into());
        }
        Ok(Item {
            label,
            blocks: self.blocks(children)?,
            has_checkbox: checkbox.is_some(),
            is_checked: checkbox.is_some_and(|input| input.tag.has("checked")),
            value: number.map(|(value, _)| value),
            form: number.map(|(_, form)| form.to_owned()),
        })
    }
}

/// The `input` that an item begins with.
fn checkbox(element: &Element) -> Option<&Element> {
    let is_blank = |node: &&Node| matches!(node, Node::Text(text) if text.trim_ascii().is_empty());
    match element.children.iter().find(|node| !is_blank(node)) {
        Some(Node::Element(input))
            if input.name() == "input" && input.tag.get("type") == Some("checkbox") =>
        {
            Some(input)
        }
        _ => None,
    }
}

fn is_same(node: &Node, element: Option<&Element>) -> bool {
    matches!(node, Node::Element(other) if element.is_some_and(|element| std::ptr::eq(element, other)))
}

/// A number of 32 bits; what is none is refused, because the documents say nothing about it.
fn number(element: &Element, name: &str) -> Result<Option<i64>, String> {
    let parse = |text: &str| text.trim().parse::<i32>().map(i64::from).map_err(|_| MALFORMED.to_owned());
    element.tag.get(name).map(parse).transpose()
}
