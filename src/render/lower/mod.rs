//! What the author wrote → what a Telegram text can say: headings, lists, tables and the rest lose their element, not
//! their sense.

mod block;
mod inline;
mod list;
mod note;
mod object;
mod script;
mod table;

use super::link::Scope;
use super::markdown::Node;
use super::tree::{Block, Gap, Style, Text};
use note::Footnotes;

/// What one level of lists, definitions and notes is indented by.
const INDENT: &str = "    ";

/// The text of a whole body; what could not be expressed is noted.
pub(super) fn lower(nodes: &[Node<'_>], scope: &mut Scope<'_>) -> Text {
    let mut lower = Lower { scope, lead: None, footnotes: Footnotes::default() };
    let mut blocks = Vec::new();
    lower.blocks(nodes, Context::default(), &mut blocks);
    lower.footnotes(&mut blocks);
    Text { blocks }
}

struct Lower<'n, 's, 'p> {
    scope: &'s mut Scope<'p>,
    /// How the next paragraph begins instead of with the margin: the bullet of an item.
    lead: Option<String>,
    footnotes: Footnotes<'n>,
}

/// What surrounds the nodes being lowered.
#[derive(Debug, Clone, Copy)]
struct Context<'m> {
    /// What every line begins with.
    margin: &'m str,
    /// What separates blocks.
    gap: Gap,
    /// How many lists are around.
    lists: usize,
    quoted: bool,
    linked: bool,
    /// The styles around, by [`Style`].
    styles: [bool; 5],
}

impl Default for Context<'_> {
    fn default() -> Self {
        Self { margin: "", gap: Gap::Blank, lists: 0, quoted: false, linked: false, styles: [false; 5] }
    }
}

impl Context<'_> {
    fn has(&self, style: Style) -> bool {
        self.styles[style as usize]
    }

    #[must_use]
    fn with(mut self, style: Style) -> Self {
        self.styles[style as usize] = true;
        self
    }

    /// Whether code has to be ordinary text: Telegram takes links and styles off code, and a spoiler, a deletion or a
    /// link says more than a font.
    fn is_codeless(&self) -> bool {
        self.linked || self.has(Style::Spoiler) || self.has(Style::Strike)
    }
}

/// Sets the gap before the block at `at`, if there is one.
fn set_gap(blocks: &mut [Block], at: usize, gap: Gap) {
    if let Some(block) = blocks.get_mut(at) {
        block.gap = gap;
    }
}
