//! Elements to blocks.

use super::inline;
use super::token::MALFORMED;
use super::tree::{Element, Node, is_inline};
use crate::sandbox::rich::block::{Block, Quote};
use crate::sandbox::rich::library::Library;
use crate::sandbox::rich::text::{Kind, Text};

/// A block where only text may be, and a block without the content that it needs.
pub(super) const CONTENT_REQUIRED: &str = "RICH_MESSAGE_CONTENT_REQUIRED";

/// Reads elements with the files at hand.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub library: &'a Library,
}

impl Reader<'_> {
    /// Reads what may hold blocks; text between them makes paragraphs.
    pub(super) fn blocks<'n>(self, nodes: impl IntoIterator<Item = &'n Node>) -> Result<Vec<Block>, String> {
        let mut out = Vec::new();
        let mut run = Vec::new();
        for node in nodes {
            match node {
                Node::Element(element) if !is_inline(element) => {
                    out.extend(paragraphs(&std::mem::take(&mut run))?);
                    out.push(self.block(element)?);
                }
                node => run.push(node),
            }
        }
        out.extend(paragraphs(&run)?);
        Ok(out)
    }

    fn block(self, element: &Element) -> Result<Block, String> {
        let text = || inline::read(&element.children);
        Ok(match element.name() {
            "p" => Block::Paragraph { text: text()? },
            "footer" => Block::Footer { text: text()? },
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                Block::Heading { text: text()?, size: element.name().as_bytes()[1] - b'0' }
            }
            "pre" => pre(element)?,
            "hr" => Block::Divider,
            "tg-math-block" => {
                Block::MathematicalExpression { expression: element.raw_text().trim().to_owned() }
            }
            "ul" | "ol" => self.list(element)?,
            "blockquote" if element.tag.has("expandable") => Block::ExpandableBlockquote(quote(element)?),
            "blockquote" => {
                let (credit, rest) = split_off(element, "cite")?;
                Block::Blockquote { blocks: self.blocks(rest)?, credit }
            }
            "aside" => Block::Pullquote(quote(element)?),
            "details" => self.details(element)?,
            "table" => self.table(element)?,
            "tg-button-row" => buttons(element)?,
            _ => return self.medium(element),
        })
    }

    fn details(self, element: &Element) -> Result<Block, String> {
        let (summary, rest) = split_off(element, "summary")?;
        let summary = summary.ok_or(CONTENT_REQUIRED)?;
        Ok(Block::Details { summary, blocks: self.blocks(rest)?, is_open: element.tag.has("open") })
    }
}

/// A run of text between blocks: a paragraph, anchors, or nothing when it is blank.
fn paragraphs(run: &[&Node]) -> Result<Vec<Block>, String> {
    let text = inline::read(run.iter().copied())?;
    if !text.is_empty() {
        return Ok(vec![Block::Paragraph { text }]);
    }
    let mut anchors = Vec::new();
    let mut is_other = false;
    text.each_span(&mut |span| match &span.kind {
        Kind::Anchor { name } => anchors.push(Block::Anchor { name: name.clone() }),
        _ => is_other = true,
    });
    // What is there without being seen is refused later, in words of its own.
    Ok(if is_other { vec![Block::Paragraph { text }] } else { anchors })
}

/// `pre`; a `code` that is all of its content names the language.
fn pre(element: &Element) -> Result<Block, String> {
    if let [Node::Element(code)] = element.children.as_slice()
        && code.name() == "code"
    {
        let class = code.tag.get("class").unwrap_or_default();
        let language = class.strip_prefix("language-").filter(|language| !language.is_empty());
        let text = inline::read_verbatim(&code.children)?;
        return Ok(Block::Pre { text, language: language.map(str::to_owned) });
    }
    Ok(Block::Pre { text: inline::read_verbatim(&element.children)?, language: None })
}

/// A quotation of text alone.
fn quote(element: &Element) -> Result<Quote, String> {
    let (credit, rest) = split_off(element, "cite")?;
    Ok(Quote { text: inline::read(rest)?, credit })
}

/// The text of the one child of that name, and the other children. A second one is refused.
pub(super) fn split_off<'n>(
    element: &'n Element,
    name: &str,
) -> Result<(Option<Text>, Vec<&'n Node>), String> {
    let is_named = |node: &&Node| matches!(node, Node::Element(child) if child.name() == name);
    let (named, rest): (Vec<&Node>, Vec<&Node>) = element.children.iter().partition(is_named);
    let text = match named[..] {
        [] => None,
        [Node::Element(child)] => Some(inline::read(&child.children)?),
        _ => return Err(MALFORMED.into()),
    };
    Ok((text, rest))
}

fn buttons(element: &Element) -> Result<Block, String> {
    let mut buttons = Vec::new();
    for child in elements(&element.children)? {
        match child.name() {
            "tg-button" => buttons.push(inline::button(child)?),
            _ => return Err(MALFORMED.into()),
        }
    }
    let align = element.tag.get("align").map(str::to_owned);
    Ok(Block::Buttons { buttons, align })
}

/// The elements among the nodes, where text other than blanks has no place.
pub(super) fn elements<'n>(nodes: impl IntoIterator<Item = &'n Node>) -> Result<Vec<&'n Element>, String> {
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) => out.push(element),
            Node::Text(text) if text.trim_ascii().is_empty() => {}
            Node::Text(_) => return Err(MALFORMED.into()),
        }
    }
    Ok(out)
}
