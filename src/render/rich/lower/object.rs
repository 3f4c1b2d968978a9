//! What is no text: pictures, custom emoji, dates.

use std::borrow::Cow;

use pulldown_cmark::LinkType;

use super::block::wrap;
use super::element::is_blank;
use super::emoji::is_emoji;
use super::inline::{Destination, push_text, text_of};
use super::{Context, Lower};
use crate::ids::RelPath;
use crate::render::attach::{self, Picture};
use crate::render::link::has_scheme;
use crate::render::lower::{file_name, file_picture, visible};
use crate::render::markdown::{Element, Extra, Image, Kind, Node, Tag};
use crate::render::rich::tree::{Block, Inline, Link, Style};
use crate::render::{codes, tree, url};

/// What a block of its own can show.
enum Shown {
    /// An address on the web.
    Web(String),
    /// A file of the post.
    File(RelPath),
}

/// A picture or file of a paragraph.
struct Found<'n> {
    node: &'n Node<'n>,
    shown: Shown,
    /// It is in a spoiler of the paragraph.
    hidden: bool,
}

impl<'n> Lower<'n, '_, '_> {
    /// Pictures and files that are alone in their paragraph or in a spoiler there, as blocks. Answers whether `nodes` are
    /// nothing else.
    pub(super) fn pictures(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) -> bool {
        let mut found = Vec::new();
        if cx.linked || !self.all_shown(nodes, false, &mut found) || found.is_empty() {
            return false;
        }
        for Found { node, shown, hidden } in found {
            let cx = if hidden { cx.with(Style::Spoiler) } else { cx };
            let mut block = self.shown_block(shown, node, cx);
            if hidden {
                wrap(block.as_mut_slice(), &|caption| Inline::Style(Style::Spoiler, caption));
            }
            out.extend(block);
        }
        true
    }

    /// Collects what `nodes` show. Answers whether there is nothing else.
    fn all_shown(&self, nodes: &'n [Node<'n>], hidden: bool, found: &mut Vec<Found<'n>>) -> bool {
        nodes.iter().filter(|node| !is_blank(node)).all(|node| {
            if let Kind::Spoiler | Kind::Html(Element::Style(tree::Style::Spoiler)) = &node.kind {
                return self.all_shown(node.children, true, found);
            }
            let shown = self.shown(node).map(|shown| Found { node, shown, hidden });
            let is_shown = shown.is_some();
            found.extend(shown);
            is_shown
        })
    }

    /// `None`: a file of which nothing is known, which is an error.
    fn shown_block(&mut self, shown: Shown, node: &'n Node<'n>, cx: Context) -> Option<Block> {
        let spoiler = cx.has(Style::Spoiler);
        let (caption, credit) = (self.caption(node, cx), Vec::new());
        match shown {
            Shown::Web(url) => Some(Block::Picture { url, spoiler, caption, credit }),
            Shown::File(file) => {
                let item = Box::new(attach::in_place(file, spoiler, &node.range, self.scope)?);
                Some(Block::File { item, caption, credit })
            }
        }
    }

    /// What a block can show of a node.
    fn shown(&self, node: &Node<'_>) -> Option<Shown> {
        let Kind::Markdown(Tag::Image(Image { link_type, dest_url, .. })) = &node.kind else {
            return None;
        };
        let is_wiki = matches!(link_type, LinkType::WikiLink { .. });
        let web = url::checked(dest_url).filter(|url| !is_wiki && url::is_web(url)).map(Cow::into_owned);
        web.map(Shown::Web).or_else(|| match self.scope.picture_at(&attach::path(node)) {
            Picture::Own(file) if !self.scope.taken.contains(&node.range.start) => Some(Shown::File(file)),
            _ => None,
        })
    }

    /// The text that stands for the picture, and its title on a line of its own. `![[file]]` and `![[file|300]]` say
    /// nothing but what is shown and how wide.
    fn caption(&mut self, node: &'n Node<'n>, cx: Context) -> Vec<Inline> {
        let Kind::Markdown(Tag::Image(Image { link_type, title, .. })) = &node.kind else {
            return Vec::new();
        };
        let is_bare = match link_type {
            LinkType::WikiLink { has_pothole } => !has_pothole || is_width(&visible(node.children)),
            _ => false,
        };
        let mut caption = if is_bare { Vec::new() } else { self.content(node.children, cx) };
        if !title.is_empty() && text_of(&caption) != *title {
            caption.extend([Inline::Break, Inline::Text((*title).to_owned())]);
        }
        caption
    }

    /// `<figure>`: one picture with a caption, or what is in it.
    pub(super) fn figure(&mut self, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let is_caption = |node: &Node<'_>| matches!(node.kind, Kind::Html(Element::Extra(Extra::Caption)));
        let (captions, rest): (Vec<_>, Vec<_>) = node.children.iter().partition(|node| is_caption(node));
        let mut blocks = Vec::new();
        for node in rest {
            self.blocks(std::slice::from_ref(node), cx, &mut blocks);
        }
        blocks.retain(
            |block| !matches!(block, Block::Paragraph(content) if text_of(content).trim().is_empty()),
        );
        match (blocks.as_mut_slice(), captions.as_slice()) {
            ([Block::Picture { caption, credit, .. } | Block::File { caption, credit, .. }], [words]) => {
                let (rest, whose) = self.credit(words.children, cx);
                let alt = std::mem::take(caption);
                *caption = self.content_of(&rest, cx);
                if !alt.is_empty() && text_of(&alt).trim() != text_of(caption).trim() {
                    caption.splice(0..0, alt.into_iter().chain([Inline::Break]));
                }
                *credit = whose;
            }
            _ => captions.iter().for_each(|caption| self.blocks(caption.children, cx, &mut blocks)),
        }
        out.append(&mut blocks);
    }

    /// `![alt](to)` in running text: a custom emoji, or a picture, which only a block can show.
    pub(super) fn picture(&mut self, to: &str, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        if let Some(id) = to.strip_prefix("tg://emoji?id=") {
            return self.emoji(id, node, out);
        }
        if let Some(url) = url::checked(to).filter(|url| url::is_web(url)) {
            if !cx.linked {
                let warning = "running text can't hold a picture: it is shown as a link";
                self.scope.warn(codes::WEB_PICTURE, warning, &node.range);
            }
            return self.link(Destination::Link(Link::Url(url.into_owned())), node, cx, out);
        }
        if (has_scheme(to) || to.starts_with("//")) && !to.starts_with("data:") {
            let to = self.destination(LinkType::Inline, to, &node.range);
            return self.link(to, node, cx, out);
        }
        self.file_picture(to, node, cx, out);
    }

    /// A picture in a file, in running text.
    pub(super) fn file_picture(&mut self, to: &str, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        if self.scope.taken.contains(&node.range.start) {
            return;
        }
        match file_picture(self.scope, to, node) {
            Some(url) => self.link(Destination::Link(Link::Url(url)), node, cx, out),
            None => self.description(to, node, cx, out),
        }
    }

    /// What a picture that is not shown says, or the name of its file.
    fn description(&mut self, to: &str, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        let mut content = self.content(node.children, cx);
        if text_of(&content).trim().is_empty() {
            push_text(&mut content, &file_name(to));
        }
        out.append(&mut content);
    }

    pub(super) fn emoji(&mut self, id: &str, node: &'n Node<'n>, out: &mut Vec<Inline>) {
        let alt = visible(node.children).into_owned();
        let number = id.parse::<i64>().ok().filter(|number| *number != 0 && number.to_string() == id);
        if let Some(id) = number.filter(|_| is_emoji(&alt)) {
            return out.push(Inline::Emoji { id, alt });
        }
        let message = "a custom emoji needs an ordinary emoji and a number";
        let hint = "write `![👍](tg://emoji?id=5368324170671202286)`";
        self.scope.error(codes::BAD_EMOJI, message, hint, &node.range);
        push_text(out, &alt);
    }

    /// `<tg-time>`; `moment` is its `unix` and `format`, if they are valid.
    pub(super) fn time(
        &mut self,
        moment: Option<(i32, String)>,
        node: &'n Node<'n>,
        cx: Context,
        out: &mut Vec<Inline>,
    ) {
        let text = visible(node.children).into_owned();
        match moment {
            Some((unix, format)) if !text.is_empty() && !cx.has(Style::Spoiler) => {
                return out.push(Inline::Time { unix, format, text });
            }
            Some(_) => {}
            None => {
                let message = "`<tg-time>` has no valid date";
                let hint = "`unix` is a number of seconds, `format` is `r` or any of `w`, `d`/`D`, `t`/`T`";
                self.scope.error(codes::BAD_TIME, message, hint, &node.range);
            }
        }
        push_text(out, &text);
    }
}

/// `300` or `300x200`, in pixels.
fn is_width(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.splitn(2, 'x').all(is_number)
}
