//! The tree as readable text, for diffs and previews: what subscribers read, without tags.

use std::borrow::Cow;

use super::tree::{Block, Body, Inline, Link, Style, Text, visible_inlines};

/// Styles are dropped but for what hides text (`||…||`); links are `text <address>` with `post:SLUG` for posts, code
/// stands in backticks, quoted lines begin with `> `.
pub fn plain(text: &Text<'_>) -> String {
    let mut out = String::new();
    blocks(&text.blocks, &mut out);
    out
}

fn blocks(blocks: &[Block<'_>], out: &mut String) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push_str(block.gap.as_str());
        }
        match &block.body {
            Body::Paragraph(content) => inlines(content, out),
            Body::Pre { language, code } => fenced(language.as_deref(), code, out),
            Body::Quote { blocks, .. } => quote(blocks, out),
        }
    }
}

/// Code between fences that are longer than any in it.
pub(super) fn fenced(language: Option<&str>, code: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    for piece in [&fence, language.unwrap_or_default(), "\n", code, "\n", &fence] {
        out.push_str(piece);
    }
}

fn quote(content: &[Block<'_>], out: &mut String) {
    let mut inner = String::new();
    blocks(content, &mut inner);
    for (index, line) in inner.split('\n').enumerate() {
        out.push_str(if index > 0 { "\n" } else { "" });
        out.push_str(if line.is_empty() { ">" } else { "> " });
        out.push_str(line);
    }
}

fn inlines(content: &[Inline<'_>], out: &mut String) {
    for inline in content {
        match inline {
            Inline::Text(text) | Inline::Emoji { alt: text, .. } | Inline::Time { text, .. } => {
                out.push_str(text);
            }
            Inline::Style(Style::Spoiler, content) => {
                out.push_str("||");
                inlines(content, out);
                out.push_str("||");
            }
            Inline::Style(_, content) => inlines(content, out),
            Inline::Code(code) => ticked(code, out),
            Inline::Link { to, content } => link(to, content, out),
        }
    }
}

fn link(to: &Link<'_>, content: &[Inline<'_>], out: &mut String) {
    let address = match to {
        Link::Url(url) => Cow::Borrowed(url.as_ref()),
        Link::Post(slug) => Cow::Owned(format!("post:{slug}")),
    };
    let mut text = String::new();
    visible_inlines(content, &mut text);
    if text == address {
        return out.push_str(&text);
    }
    inlines(content, out);
    for piece in [" <", &address, ">"] {
        out.push_str(piece);
    }
}

/// Code between backticks, more of them than in it.
pub(super) fn ticked(code: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(code) + 1);
    for piece in [&fence, code, &fence] {
        out.push_str(piece);
    }
}

/// Length of the longest run of backticks.
fn longest_run(code: &str) -> usize {
    code.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::Gap;

    #[test]
    fn reads_like_text() {
        let words = |text: &'static str| vec![Inline::Text(text.into())];
        let tree = Text {
            blocks: vec![
                Block::paragraph(
                    Gap::Blank,
                    vec![
                        Inline::Style(Style::Bold, words("b ")),
                        Inline::Style(Style::Spoiler, words("s")),
                        Inline::Code("a`b".into()),
                        Inline::Link { to: Link::Url("https://a.b/".into()), content: words("https://a.b/") },
                        Inline::Link { to: Link::Post("p".parse().unwrap()), content: words(" p") },
                    ],
                ),
                Block::plain(Gap::Blank, Body::Pre { language: Some("c".into()), code: "x\n```".into() }),
                Block::plain(
                    Gap::Line,
                    Body::Quote {
                        expandable: false,
                        blocks: vec![
                            Block::paragraph(Gap::Blank, words("one")),
                            Block::paragraph(Gap::Blank, words("two")),
                        ],
                    },
                ),
            ],
        };
        let expected = "b ||s||``a`b``https://a.b/ p <post:p>\n\n````c\nx\n```\n````\n> one\n>\n> two";
        assert_eq!(plain(&tree), expected);
    }
}
