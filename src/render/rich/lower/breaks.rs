//! The author's breaks: between what they really part.

use std::collections::HashSet;
use std::ops::Range;

use super::{Lower, Lowered};
use crate::render::codes;
use crate::render::rich::says_something;
use crate::render::rich::tree::Block;

/// Moves breaks that come first in a quote, details or list before it: what begins a message with the first words of a
/// quote begins it with the quote.
pub(super) fn hoist(blocks: &mut Vec<Block>) {
    for mut block in std::mem::take(blocks) {
        block.inner_mut().into_iter().for_each(hoist);
        if let Some(inner) = block.inner_mut().into_iter().next() {
            let count = inner.iter().take_while(|block| matches!(block, Block::Break { .. })).count();
            blocks.extend(inner.drain(..count));
        }
        blocks.push(block);
    }
}

impl Lower<'_, '_, '_> {
    /// Leaves out, and notes, the breaks before or after which nothing stands.
    pub(super) fn settle_breaks(&mut self, out: &mut Lowered) {
        if self.breaks.is_empty() {
            return;
        }
        let mut search = Search::default();
        search.blocks(&out.blocks);
        let Search { begins, parting, .. } = search;
        for range in self.breaks.iter().filter(|range| !parting.contains(&range.start)) {
            let message = if begins.contains(&range.start) {
                "nothing stands before this break: it is left out"
            } else {
                "nothing stands between this break and the next or the end: it is left out"
            };
            self.scope.warn(codes::BREAK, message, range);
        }
        drop_idle(&mut out.blocks, Some(&mut out.ranges), &parting);
    }
}

/// Which breaks part something.
#[derive(Default)]
struct Search {
    /// Whether there is something to read already.
    begun: bool,
    /// The break that nothing has followed so far.
    pending: Option<usize>,
    /// Breaks before everything.
    begins: HashSet<usize>,
    parting: HashSet<usize>,
}

impl Search {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Break { at } if self.begun => self.pending = Some(*at),
                Block::Break { at } => {
                    self.begins.insert(*at);
                }
                Block::List(list) => list.items.iter().for_each(|item| {
                    self.blocks(&item.blocks);
                    if item.is_empty() {
                        self.text();
                    }
                }),
                Block::Quote { blocks, .. } => self.blocks(blocks),
                Block::Details { blocks, .. } => {
                    self.text();
                    self.blocks(blocks);
                }
                block if says_something(block) => self.text(),
                _ => {}
            }
        }
    }

    fn text(&mut self) {
        self.begun = true;
        self.parting.extend(self.pending.take());
    }
}

fn drop_idle(blocks: &mut Vec<Block>, ranges: Option<&mut Vec<Range<usize>>>, parting: &HashSet<usize>) {
    let is_kept = |block: &Block| match block {
        Block::Break { at } => parting.contains(at),
        _ => true,
    };
    if let Some(ranges) = ranges {
        let mut kept = blocks.iter().map(is_kept);
        ranges.retain(|_| kept.next().unwrap_or(true));
    }
    blocks.retain(is_kept);
    for inner in blocks.iter_mut().flat_map(Block::inner_mut) {
        drop_idle(inner, None, parting);
    }
}
