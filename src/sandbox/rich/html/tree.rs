//! Tags to elements. Tags that are not known are stripped here, with nothing left of them but what they hold.

use super::token::{MALFORMED, Tag, Token, tokens};

/// A piece of text, or an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    Element(Element),
}

/// A known element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub tag: Tag,
    pub children: Vec<Node>,
}

impl Element {
    pub(super) fn name(&self) -> &str {
        &self.tag.name
    }

    /// Everything written in it, as it was written; `br` is a line break.
    pub(super) fn raw_text(&self) -> String {
        let mut out = String::new();
        for child in &self.children {
            match child {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) if element.name() == "br" => out.push('\n'),
                Node::Element(element) => out.push_str(&element.raw_text()),
            }
        }
        out
    }
}

/// Elements within text.
const INLINE: [&str; 21] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "mark",
    "sub",
    "sup",
    "tg-spoiler",
    "tg-reference",
    "tg-emoji",
    "tg-time",
    "tg-math",
    "tg-button",
    "br",
];

/// Blocks, and the parts of them. `img` is a block unless it is an emoji; `tg-thinking` is for drafts alone.
const BLOCKS: [&str; 36] = [
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "pre",
    "footer",
    "hr",
    "ul",
    "ol",
    "li",
    "input",
    "blockquote",
    "cite",
    "aside",
    "img",
    "video",
    "audio",
    "tg-document",
    "figure",
    "figcaption",
    "tg-map",
    "tg-collage",
    "tg-slideshow",
    "table",
    "caption",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "tg-math-block",
    "tg-button-row",
    "tg-thinking",
];

/// Elements that never hold anything and need no end tag.
const VOID: [&str; 4] = ["br", "hr", "img", "input"];

/// Deepest nesting of elements that is read. Sixteen levels of blocks need at most some sixty.
const MAX_DEPTH: usize = 120;

/// Builds the tree.
///
/// What the server makes of tags in a wrong order is not known; they are refused. What is open at the end is closed,
/// because the end of the source may have been cut off.
pub(super) fn build(source: &str) -> Result<Vec<Node>, String> {
    let mut open: Vec<Element> = vec![Element { tag: Tag::default(), children: Vec::new() }];
    for token in tokens(source)? {
        match token {
            Token::Text(text) => add(&mut open, Node::Text(text)),
            Token::Start { tag, .. } if !is_known(&tag.name) => {}
            Token::Start { tag, is_closed } => {
                let is_empty = is_closed || VOID.contains(&tag.name.as_str());
                let element = Element { tag, children: Vec::new() };
                if is_empty {
                    add(&mut open, Node::Element(element));
                } else if open.len() > MAX_DEPTH {
                    return Err("RICH_MESSAGE_DEPTH_INVALID".into());
                } else {
                    open.push(element);
                }
            }
            Token::End(name) if !is_known(&name) || VOID.contains(&name.as_str()) => {}
            Token::End(name) => {
                let element = open.pop_if(|element| element.tag.name == name).ok_or(MALFORMED)?;
                add(&mut open, Node::Element(element));
            }
        }
    }
    while let Some(element) = open.pop() {
        match open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => return Ok(element.children),
        }
    }
    Ok(Vec::new())
}

fn add(open: &mut [Element], node: Node) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(node);
    }
}

fn is_known(name: &str) -> bool {
    INLINE.contains(&name) || BLOCKS.contains(&name)
}

/// Whether the element stands within text.
pub(super) fn is_inline(element: &Element) -> bool {
    let is_emoji = || element.tag.get("src").is_some_and(|src| src.starts_with("tg://emoji"));
    INLINE.contains(&element.name()) || (element.name() == "img" && is_emoji())
}

#[cfg(test)]
mod tests {
    use super::{Node, build};

    fn shown(nodes: &[Node]) -> String {
        let show = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Element(element) => format!("{}({})", element.name(), shown(&element.children)),
        };
        nodes.iter().map(show).collect()
    }

    #[test]
    fn elements_are_nested() {
        for (source, expected) in [
            ("a<b>b<i>c</i></b>d", "ab(bi(c))d"),
            ("<math>x<mi>y</mi></wrong>", "xy"),
            ("a<br>b</br><hr/>", "abr()bhr()"),
            ("<tg-map lat=1 />x", "tg-map()x"),
            ("<p>a<b>b", "p(ab(b))"),
            ("<table><thead><tr></tr></thead></table>", "table(tr())"),
        ] {
            assert_eq!(shown(&build(source).unwrap()), expected, "{source}");
        }
    }

    #[test]
    fn a_wrong_order_is_refused() {
        for source in ["<b><i>x</b></i>", "x</p>", "<p>x</b>"] {
            assert_eq!(build(source), Err("RICH_MESSAGE_INVALID".into()), "{source}");
        }
        let deep = "<b>".repeat(11_000);
        assert_eq!(build(&deep), Err("RICH_MESSAGE_DEPTH_INVALID".into()));
    }
}
