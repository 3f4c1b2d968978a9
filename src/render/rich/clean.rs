//! What Telegram does to a rich message, done beforehand: characters, blanks, empty pieces, links to nowhere.

use std::collections::HashSet;

use super::tree::{Block, Inline, Link, Rich, each_inline};
use crate::render::clean::{clean_string, tame};

/// Cleans `rich` for good. Returns whether characters with a meaning had to go.
///
/// Runs of spaces in running text become one space, and those around line ends and blocks go: Rich HTML is known to
/// collapse line ends, and whether it collapses spaces, too, does not matter then. Spaces in code stay.
pub fn tidy(rich: &mut Rich) -> bool {
    let mut removed = false;
    tidy_blocks(&mut rich.blocks, &mut removed);
    unlink(rich);
    removed
}

/// As [`tidy`], for blocks whose links may lead to other blocks.
pub(super) fn tidy_blocks(blocks: &mut Vec<Block>, removed: &mut bool) {
    blocks.retain_mut(|block| {
        for content in block.texts_mut() {
            clean_inlines(content, removed);
            drop_empty(content);
            trim_start(content);
            squeeze(content, &mut true);
            trim_end(content, &mut Follows::End);
            drop_empty(content);
        }
        block.inner_mut().into_iter().for_each(|blocks| tidy_blocks(blocks, removed));
        keep(block, removed)
    });
}

/// Answers whether anything is left of a block whose texts and inner blocks are clean.
fn keep(block: &mut Block, removed: &mut bool) -> bool {
    match block {
        Block::Paragraph(content) | Block::Heading { content, .. } | Block::Footer(content) => {
            has_text(content)
        }
        Block::Folded { content, credit } | Block::Aside { content, credit } => {
            if !has_text(content) {
                content.append(credit);
            }
            has_text(content)
        }
        Block::Pre { language, code } => {
            clean_string(code, removed);
            tame(code);
            if let Some(language) = language {
                clean_string(language, removed);
            }
            !code.trim().is_empty()
        }
        Block::Math(math) => {
            clean_string(math, removed);
            tame(math);
            !math.trim().is_empty()
        }
        Block::List(list) => !list.items.is_empty(),
        Block::Quote { blocks, credit } => {
            if is_hollow(blocks) && has_text(credit) {
                blocks.push(Block::Paragraph(std::mem::take(credit)));
            }
            !is_hollow(blocks)
        }
        Block::Details { summary, blocks, .. } => {
            if is_hollow(blocks) || !has_text(summary) {
                return unfold(block);
            }
            true
        }
        Block::Table(table) => {
            let is_full = |row: &Vec<Vec<Inline>>| row.iter().any(|cell| has_text(cell));
            table.header &= table.rows.first().is_some_and(is_full);
            table.rows.retain(is_full);
            !table.rows.is_empty()
        }
        Block::Rule | Block::Picture { .. } | Block::File { .. } | Block::Break { .. } => true,
    }
}

/// Whether there is nothing between the author's breaks.
fn is_hollow(blocks: &[Block]) -> bool {
    blocks.iter().all(|block| matches!(block, Block::Break { .. }))
}

/// Details without a summary or without anything to open are what is left of them.
fn unfold(block: &mut Block) -> bool {
    let Block::Details { summary, blocks, .. } = block else {
        return true;
    };
    let (summary, blocks) = (std::mem::take(summary), std::mem::take(blocks));
    let is_left = !is_hollow(&blocks) || has_text(&summary);
    *block = if is_hollow(&blocks) {
        Block::Paragraph(summary)
    } else {
        Block::Quote { blocks, credit: Vec::new() }
    };
    is_left
}

/// Whether a reader sees something of it; an anchor alone is nothing.
fn has_text(content: &[Inline]) -> bool {
    content.iter().any(|inline| match inline.content() {
        Some(content) => has_text(content),
        None => !crate::render::clean::is_blank(inline.text()),
    })
}

fn clean_inlines(content: &mut [Inline], removed: &mut bool) {
    for inline in content {
        if let Inline::Text(text)
        | Inline::Code(text)
        | Inline::Math(text)
        | Inline::Emoji { alt: text, .. }
        | Inline::Time { text, .. } = inline
        {
            clean_string(text, removed);
            tame(text);
        }
        // Blanks are trimmed in code, too, and what holds nothing else would be refused.
        if let Inline::Code(code) = inline
            && crate::render::clean::is_blank(code)
        {
            *inline = Inline::Text(std::mem::take(code));
        }
        if let Some(content) = inline.content_mut() {
            clean_inlines(content, removed);
        }
    }
}

/// One space for each run of blanks, none at the start of a line. `blank` says whether a blank comes before.
fn squeeze(content: &mut [Inline], blank: &mut bool) {
    for inline in content {
        match inline {
            Inline::Text(text) | Inline::Time { text, .. } => {
                let squeezed = text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter(|c| {
                    let is_extra = *c == ' ' && *blank;
                    *blank = *c == ' ';
                    !is_extra
                });
                *text = squeezed.collect();
            }
            Inline::Break => *blank = true,
            Inline::Anchor(_) => {}
            Inline::Style(..) | Inline::Link { .. } | Inline::Reference { .. } => {
                inline.content_mut().into_iter().for_each(|content| squeeze(content, blank));
            }
            Inline::Code(_) | Inline::Math(_) | Inline::Emoji { .. } => *blank = false,
        }
    }
}

/// Takes line ends off the start of `content`; answers whether there is text behind them.
fn trim_start(content: &mut Vec<Inline>) -> bool {
    let mut found = false;
    content.retain_mut(|inline| {
        let is_kept = found || *inline != Inline::Break;
        found |= match inline.content_mut() {
            Some(content) if !found => trim_start(content),
            _ => !inline.text().trim_matches([' ', '\n']).is_empty(),
        };
        is_kept
    });
    found
}

/// What comes behind the place that a walk has reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// The end of the text: neither blanks nor line ends stand before it.
    End,
    /// The end of a line: no blanks stand before it.
    Line,
    Text,
}

/// Takes blanks and line ends off the end of `content`, and the blanks before line ends within it. Walks backwards.
fn trim_end(content: &mut Vec<Inline>, follows: &mut Follows) {
    for at in (0..content.len()).rev() {
        match &mut content[at] {
            Inline::Text(text) => {
                if *follows != Follows::Text {
                    text.truncate(text.trim_end_matches(' ').len());
                }
                if !text.is_empty() {
                    *follows = Follows::Text;
                }
            }
            Inline::Break if *follows == Follows::End => {
                content.remove(at);
            }
            Inline::Break => *follows = Follows::Line,
            Inline::Anchor(_) => {}
            Inline::Style(_, content) | Inline::Link { content, .. } | Inline::Reference { content, .. } => {
                trim_end(content, follows);
            }
            _ => *follows = Follows::Text,
        }
    }
}

/// Removes what has no text.
fn drop_empty(content: &mut Vec<Inline>) {
    content.retain_mut(|inline| match inline {
        Inline::Break | Inline::Anchor(_) => true,
        Inline::Math(math) => !math.trim().is_empty(),
        Inline::Text(_) | Inline::Code(_) | Inline::Emoji { .. } | Inline::Time { .. } => {
            !inline.text().is_empty()
        }
        Inline::Style(_, content) | Inline::Link { content, .. } | Inline::Reference { content, .. } => {
            drop_empty(content);
            !content.is_empty()
        }
    });
}

/// Takes links away whose place is not in `rich`: Telegram would refuse the message. Their text stays.
fn unlink(rich: &mut Rich) {
    let mut places = HashSet::from([String::new()]);
    each_inline(&rich.blocks, &mut |inline| {
        if let Inline::Anchor(name) | Inline::Reference { name, .. } = inline {
            places.insert(name.clone());
        }
    });
    unlink_blocks(&mut rich.blocks, &places);
}

fn unlink_blocks(blocks: &mut [Block], places: &HashSet<String>) {
    for block in blocks {
        block.texts_mut().into_iter().for_each(|content| unlink_inlines(content, places));
        block.inner_mut().into_iter().for_each(|blocks| unlink_blocks(blocks, places));
    }
}

fn unlink_inlines(content: &mut Vec<Inline>, places: &HashSet<String>) {
    for inline in std::mem::take(content) {
        match inline {
            Inline::Link { to: Link::Place(name), content: mut text } if !places.contains(&name) => {
                unlink_inlines(&mut text, places);
                content.append(&mut text);
            }
            mut inline => {
                inline.content_mut().into_iter().for_each(|content| unlink_inlines(content, places));
                content.push(inline);
            }
        }
    }
}
