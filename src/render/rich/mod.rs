//! The second renderer: the same Markdown as a rich message, whose blocks are Telegram's own.
//!
//! Markdown nodes → `lower` → [`tree`] → `clean` → [`html`]. Telegram refuses a rich message as a whole where it would
//! only drop a detail of a classic one: an invalid link, an empty block, a place that is not there. So a tree that has
//! been through [`tidy`] has none of them.

mod clean;
mod html;
mod lower;
mod measure;
mod names;
mod plain;
pub mod tree;

pub use clean::tidy;
pub use html::{canonical, html};
pub use measure::{Measure, measure, measure_block};
pub use plain::plain;

use std::ops::Range;

use super::clean::is_blank;
use super::link::Scope;
use super::markdown::Node;
use super::notes::Spot;
use super::{codes, grouped, limits, split};
use crate::content::Overflow;
use crate::diagnostic::Diagnostic;
use tree::{Block, Inline, Rich};

/// What the names of notes begin with; a number follows.
const NOTE: &str = "note-";

/// The message of a whole body, tidied; what could not be expressed is noted, and so is what goes beyond a limit.
pub(super) fn lower(nodes: &[Node<'_>], tags: Option<String>, scope: &mut Scope<'_>) -> Rich {
    let lowered = lower::lower(nodes, scope);
    let mut rich = Rich { blocks: lowered.blocks };
    rich.blocks.extend(tags.map(|tags| Block::Paragraph(vec![Inline::Text(tags)])));
    if tidy(&mut rich) || lowered.removed {
        super::note_removed(scope);
    }
    check(&rich, &lowered.ranges, scope);
    rich
}

/// Notes the limits that `rich` goes beyond, where it does; `ranges` says where its first blocks come from.
fn check(rich: &Rich, ranges: &[Range<usize>], scope: &mut Scope<'_>) {
    if !rich.blocks.iter().any(says_something) {
        return;
    }
    let overflow = scope.notes.post.front.overflow;
    for excess in split::rich::excesses(rich, overflow) {
        let what = match excess.message {
            Some(message) => format!("message {} of the post", message + 1),
            None if overflow == Overflow::Error => "the post".to_owned(),
            None => "a single row, formula, picture or link".to_owned(),
        };
        let spot = ranges.get(excess.block).map_or(Spot::File, |range| Spot::Body(range.clone()));
        note_excess(&what, &excess.size, &spot, scope);
    }
}

fn note_excess(what: &str, size: &Measure, spot: &Spot, scope: &mut Scope<'_>) {
    let hint = match scope.notes.post.front.overflow {
        Overflow::Split => "shorten it, or divide it",
        Overflow::Error => {
            "shorten it, set breaks with `<!-- tgsync:break -->`, or let it be cut with `overflow: split`"
        }
    };
    let units = [
        ("characters", size.chars, limits::RICH_CHARS, codes::TOO_LONG),
        ("bytes with tags and addresses", size.bytes, limits::RICH_BYTES, codes::TOO_LARGE),
        ("blocks, items and rows", size.blocks, limits::RICH_BLOCKS, codes::RICH_BLOCKS),
        ("pictures and files", size.media, limits::RICH_MEDIA, codes::RICH_MEDIA),
    ];
    for (unit, amount, limit, code) in units.into_iter().filter(|(_, amount, limit, _)| amount > limit) {
        let (amount, limit) = (grouped(amount), grouped(limit));
        let message = format!("{what} is too long: {amount} {unit}, {limit} are allowed");
        scope.notes.add(Diagnostic::error(code, message).hint(hint), spot.clone());
    }
}

/// Whether a reader sees something of a block; a rule alone is nothing.
pub(super) fn says_something(block: &Block) -> bool {
    let own = match block {
        Block::Picture { .. } | Block::File { .. } => true,
        Block::Pre { code: text, .. } | Block::Math(text) => !is_blank(text),
        _ => false,
    };
    own || block.texts().into_iter().any(|content| {
        let mut text = String::new();
        tree::visible_inlines(content, &mut text);
        !is_blank(&text)
    }) || block.inner().into_iter().flatten().any(says_something)
}

#[cfg(test)]
mod tests;
