//! Bare file names, which Telegram would link: code, as in classic messages.

use super::tree::{Block, Inline, Style};
use crate::render::names::names;

/// Makes code of the bare file names in `blocks`, but for those in links and spoilers.
pub(super) fn protect(blocks: &mut [Block]) {
    for block in blocks {
        block.texts_mut().into_iter().for_each(protect_inlines);
        block.inner_mut().into_iter().for_each(|blocks| protect(blocks));
    }
}

fn protect_inlines(content: &mut Vec<Inline>) {
    for inline in std::mem::take(content) {
        match inline {
            Inline::Text(text) => push_protected(text, content),
            mut inline => {
                let is_apart = matches!(inline, Inline::Link { .. } | Inline::Style(Style::Spoiler, _));
                inline.content_mut().into_iter().filter(|_| !is_apart).for_each(protect_inlines);
                content.push(inline);
            }
        }
    }
}

fn push_protected(text: String, out: &mut Vec<Inline>) {
    let mut done = 0;
    for name in names(&text) {
        out.push(Inline::Text(text[done..name.start].to_owned()));
        out.push(Inline::Code(text[name.clone()].to_owned()));
        done = name.end;
    }
    out.push(Inline::Text(if done == 0 { text } else { text[done..].to_owned() }));
}
