//! What the author wrote → what a rich message can say: nearly everything has an element of its own.

mod block;
mod breaks;
mod element;
mod emoji;
mod inline;
mod note;
mod object;
mod place;
mod table;

use std::ops::Range;

use super::clean::tidy_blocks;
use super::measure::depth;
use super::names::protect;
use super::tree::{Block, Style};
use crate::render::link::Scope;
use crate::render::lower::Footnotes;
use crate::render::markdown::Node;
use crate::render::{codes, limits};
use place::Places;

/// The blocks of a message, and where in the body each comes from.
#[derive(Debug, Default)]
pub(in crate::render) struct Lowered {
    pub(in crate::render) blocks: Vec<Block>,
    pub(in crate::render) ranges: Vec<Range<usize>>,
    /// Whether characters with a meaning had to go.
    pub(in crate::render) removed: bool,
}

/// The blocks of a whole body, tidied but for their links to places; what could not be expressed is noted.
pub(in crate::render) fn lower(nodes: &[Node<'_>], scope: &mut Scope<'_>) -> Lowered {
    let mut footnotes = Footnotes::default();
    note::define(nodes, &mut footnotes);
    let mut lower = Lower { scope, places: Places::of(nodes), footnotes, breaks: Vec::new() };
    let mut out = Lowered::default();
    for run in runs(nodes) {
        let mut blocks = Vec::new();
        lower.run(run, Context::default(), &mut blocks);
        lower.add(blocks, range_of(run), &mut out);
    }
    lower.footnotes(&mut out);
    lower.settle_breaks(&mut out);
    out
}

struct Lower<'n, 's, 'p> {
    scope: &'s mut Scope<'p>,
    places: Places,
    footnotes: Footnotes<'n>,
    /// Where the author wants new messages.
    breaks: Vec<Range<usize>>,
}

/// What surrounds the nodes being lowered.
#[derive(Debug, Clone, Copy, Default)]
struct Context {
    linked: bool,
    /// The styles around, by [`Style`].
    styles: [bool; 8],
}

impl Context {
    fn has(self, style: Style) -> bool {
        self.styles[style as usize]
    }

    #[must_use]
    fn with(mut self, style: Style) -> Self {
        self.styles[style as usize] = true;
        self
    }

    /// Whether a block of code or a formula has to be running text, because what surrounds it lies on text only.
    fn needs_text(self) -> bool {
        self.linked || self.has(Style::Spoiler) || self.has(Style::Strike)
    }
}

impl Lower<'_, '_, '_> {
    /// Adds what became of one piece of the body.
    fn add(&mut self, mut blocks: Vec<Block>, range: Range<usize>, out: &mut Lowered) {
        protect(&mut blocks);
        tidy_blocks(&mut blocks, &mut out.removed);
        breaks::hoist(&mut blocks);
        let depth = blocks.iter().map(depth).max().unwrap_or_default();
        if depth > limits::RICH_DEPTH {
            let most = limits::RICH_DEPTH;
            let message = format!("nested {depth} levels deep, {most} are allowed in a rich message");
            let hint = "take some quotes or lists apart; a list is two levels";
            self.scope.error(codes::RICH_DEPTH, message, hint, &range);
        }
        out.ranges.extend(blocks.iter().map(|_| range.clone()));
        out.blocks.append(&mut blocks);
    }
}

/// Siblings as blocks, and runs of inline nodes between them, which are paragraphs.
fn runs<'n>(nodes: &'n [Node<'n>]) -> impl Iterator<Item = &'n [Node<'n>]> {
    nodes.chunk_by(|one, next| !one.block && !next.block)
}

fn range_of(nodes: &[Node<'_>]) -> Range<usize> {
    let start = nodes.first().map_or(0, |node| node.range.start);
    start..nodes.last().map_or(start, |node| node.range.end)
}
