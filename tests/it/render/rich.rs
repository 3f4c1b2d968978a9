//! Rich messages against a strict reader of Rich HTML: what is rendered has no empty block, nothing that stands where it
//! may not, no link that would refuse the message, and says what the tree says.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tgsync::content::Format;
use tgsync::render::rich::{self, Measure, tree::Rich};
use tgsync::render::{Part, Wording};

use super::random::{TAGS, config, document, word};
use super::sound::{POST_LINK, rendered_as};

const INLINE: &[&str] = &[
    "b",
    "i",
    "u",
    "s",
    "tg-spoiler",
    "mark",
    "sub",
    "sup",
    "code",
    "a",
    "tg-math",
    "tg-reference",
    "tg-emoji",
    "tg-time",
    "br",
];
const BLOCKS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "tg-math-block",
    "hr",
    "ul",
    "ol",
    "blockquote",
    "aside",
    "details",
    "table",
    "img",
    "figure",
    "footer",
];
const VOID: &[&str] = &["br", "hr", "img", "input"];

/// An element, or text when it has no name.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Whether there is more than blanks. U+0085 is a control character for Telegram, and no blank.
fn says(text: &str) -> bool {
    text.chars().any(|c| c == '\u{85}' || !c.is_whitespace())
}

fn decode(text: &str) -> String {
    assert!(!text.contains('>'), "{text}");
    let known = text.matches('&').count();
    let references = ["&lt;", "&gt;", "&quot;", "&amp;"];
    assert_eq!(references.iter().map(|one| text.matches(one).count()).sum::<usize>(), known, "{text}");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Reads what stands between two tags; panics where tags are not balanced.
fn read(html: &str) -> Element {
    let mut stack = vec![Element::default()];
    let mut rest = html;
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = Element { text: decode(&rest[..end]), ..Element::default() };
            stack.last_mut().unwrap().children.push(text);
            rest = &rest[end..];
            continue;
        };
        let (tag, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            let element = stack.pop().unwrap();
            assert_eq!(element.name, name, "{html}");
            stack.last_mut().expect("an open tag").children.push(element);
            continue;
        }
        let element = opened(tag.trim_end_matches('/'));
        if VOID.contains(&element.name.as_str()) {
            stack.last_mut().unwrap().children.push(element);
        } else {
            stack.push(element);
        }
    }
    assert_eq!(stack.len(), 1, "{html}");
    stack.remove(0)
}

fn opened(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(value) => value.split_once('"').expect("a quote ends"),
            None => ("", after),
        };
        attributes.push((key.to_owned(), decode(value)));
        rest = after.trim_start();
    }
    Element { name: name.to_owned(), attributes, ..Element::default() }
}

/// Checks what may stand where; collects the text that a reader sees, and where links lead.
#[derive(Default)]
struct Check {
    text: String,
    hashes: Vec<String>,
    places: BTreeSet<String>,
}

impl Check {
    fn root(&mut self, root: &Element) {
        for (index, child) in root.children.iter().enumerate() {
            if index % 2 == 1 {
                assert_eq!((child.name.as_str(), child.text.as_str()), ("", "\n"), "between blocks");
            } else {
                self.block(child);
            }
        }
    }

    fn block(&mut self, block: &Element) {
        assert!(BLOCKS.contains(&block.name.as_str()), "<{}> is no block", block.name);
        let children = block.children.as_slice();
        match block.name.as_str() {
            "hr" => {}
            "img" => assert!(block.attribute("src").unwrap().starts_with("http")),
            "figure" => {
                self.block(&children[0]);
                assert_eq!((children[0].name.as_str(), children[1].name.as_str()), ("img", "figcaption"));
                self.credited(&children[1].children);
            }
            "pre" => match children {
                [code] if code.name == "code" => self.verbatim(code),
                _ => self.verbatim(block),
            },
            "tg-math-block" => self.verbatim(block),
            "ul" | "ol" => children.iter().for_each(|item| self.item(item)),
            "blockquote" if block.attribute("expandable").is_none() => self.quote(children),
            "blockquote" | "aside" => self.credited(children),
            "details" => {
                assert_eq!(children[0].name, "summary");
                self.full(&children[0].children);
                self.blocks(&children[1..]);
            }
            "table" => children.iter().for_each(|row| self.row(row)),
            _ => self.full(children),
        }
        assert!(
            block.name == "hr" || block.name == "img" || !children.is_empty(),
            "<{}> is empty",
            block.name
        );
    }

    fn blocks(&mut self, blocks: &[Element]) {
        assert!(!blocks.is_empty());
        for block in blocks {
            self.block(block);
        }
    }

    fn item(&mut self, item: &Element) {
        assert_eq!(item.name, "li");
        match item.children.split_first() {
            Some((input, rest)) if input.name == "input" => self.quote(rest),
            _ => self.quote(&item.children),
        }
    }

    /// Either running text or blocks, and a credit behind them.
    fn quote(&mut self, children: &[Element]) {
        match children.split_last() {
            Some((cite, rest)) if cite.name == "cite" => {
                self.quote(rest);
                self.full(&cite.children);
            }
            _ if children.iter().any(|child| BLOCKS.contains(&child.name.as_str())) => self.blocks(children),
            _ => self.full(children),
        }
    }

    fn credited(&mut self, children: &[Element]) {
        match children.split_last() {
            Some((cite, rest)) if cite.name == "cite" => {
                self.inlines(rest, false);
                self.full(&cite.children);
            }
            _ => self.full(children),
        }
    }

    fn row(&mut self, row: &Element) {
        assert_eq!(row.name, "tr");
        for cell in &row.children {
            assert!(matches!(cell.name.as_str(), "th" | "td"));
            self.inlines(&cell.children, false);
        }
    }

    fn verbatim(&mut self, element: &Element) {
        let [text] = element.children.as_slice() else { panic!("<{}> holds tags", element.name) };
        assert!(text.name.is_empty() && says(&text.text));
        self.text.push_str(&text.text);
    }

    /// Running text that says something.
    fn full(&mut self, children: &[Element]) {
        let start = self.text.len();
        self.inlines(children, false);
        assert!(says(&self.text[start..]), "{children:?}");
    }

    fn inlines(&mut self, children: &[Element], linked: bool) {
        for child in children {
            let name = child.name.as_str();
            if name.is_empty() {
                assert!(
                    !child.text.contains(['\n', '\r', '\t']) && !child.text.contains("  "),
                    "{:?}",
                    child.text
                );
                self.text.push_str(&child.text);
                continue;
            }
            assert!(INLINE.contains(&name), "<{name}> in running text");
            self.places.extend(child.attribute("name").map(str::to_owned));
            match name {
                "br" => self.text.push('\n'),
                "code" | "tg-math" => {
                    let code = child.children.iter().map(|text| text.text.as_str()).collect::<String>();
                    assert!(!code.contains('\n') && !code.is_empty());
                    assert!(name == "code" || says(&code), "a blank formula");
                    self.text.push_str(&code);
                }
                "a" if child.attribute("name").is_some() => assert!(child.children.is_empty()),
                "a" => {
                    assert!(!linked, "a link in a link");
                    self.link(child.attribute("href").unwrap());
                    assert!(!child.children.is_empty());
                    self.inlines(&child.children, true);
                }
                _ => {
                    assert!(!child.children.is_empty(), "<{name}> is empty");
                    self.inlines(&child.children, linked);
                }
            }
        }
    }

    fn link(&mut self, to: &str) {
        if let Some(place) = to.strip_prefix('#') {
            return self.hashes.push(place.to_owned());
        }
        let schemes = ["http://", "https://", "mailto:", "tel:+", "tg://user?id="];
        assert!(schemes.iter().any(|scheme| to.starts_with(scheme)), "{to}");
    }
}

/// Panics when Telegram would refuse the message, or would show another one.
pub(super) fn check(rich: &Rich) {
    let html = rich::html(rich, &|_| Some(POST_LINK.into()));
    if let Err(refusal) = tgsync::sandbox::rich::parse(&html) {
        panic!("{refusal}: {html}");
    }
    let mut check = Check::default();
    check.root(&read(&html));
    for place in &check.hashes {
        assert!(place.is_empty() || check.places.contains(place), "#{place} is not there: {html}");
    }
    let words = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(
        words(&check.text.replace('\u{2060}', "")),
        words(&rich.visible().replace('\u{2060}', "")),
        "{html}"
    );
    let size = rich::measure(rich);
    assert_eq!(size.chars, check.text.chars().count(), "{html}");
    assert!(size.fits(&Measure::MESSAGE) && html.len() <= size.bytes);
    let mut again = rich.clone();
    assert!(!rich::tidy(&mut again));
    assert_eq!(&again, rich, "a tidy tree stays as it is");
    rich::plain(rich);
}

/// The messages of a post, as trees.
fn parts_of(body: &str) -> Vec<Rich> {
    let (rendered, problems) = rendered_as(Format::Rich, "a", body, 0);
    assert_eq!(rendered.is_none(), problems.iter().any(tgsync::diagnostic::Diagnostic::is_error));
    let parts = rendered.iter().flat_map(|rendered| rendered.parts(&[]));
    let rich = |part: Part| match part.wording().unwrap().clone() {
        Wording::Rich(rich) => rich,
        other @ Wording::Html(_) => panic!("{other:?}"),
    };
    parts.map(rich).collect()
}

fn holds(body: &str) {
    parts_of(body).iter().for_each(check);
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn documents_are_accepted(body in document()) {
        holds(&body);
    }

    #[test]
    fn any_words_in_any_order_are_accepted(
        words in vec(prop_oneof![word(), select(TAGS).prop_map(String::from)], 1..30),
    ) {
        holds(&words.concat());
    }

    #[test]
    fn a_part_of_a_message_is_a_message(body in document(), from in 0_usize..6, count in 1_usize..6) {
        for mut rich in parts_of(&body) {
            let from = from.min(rich.blocks.len());
            let to = (from + count).min(rich.blocks.len());
            rich.blocks = rich.blocks[from..to].to_vec();
            rich::tidy(&mut rich);
            if !rich.blocks.is_empty() {
                check(&rich);
            }
        }
    }
}

#[test]
fn found_by_chance() {
    let bodies = ["> [!TIP]\n> > [^1]: *![👍](tg://emoji?id=5)*[`\u{1}`](https://example.org)\n\n"];
    for body in bodies {
        holds(body);
    }
}
