//! What the author wrote → what a Telegram text can say: headings, lists, tables and the rest lose their element, not
//! their sense.

mod block;
mod callout;
mod inline;
mod list;
mod math;
mod note;
mod object;
mod script;
mod table;

use std::ops::Range;

use bumpalo::Bump;

use super::link::Scope;
use super::markdown::Node;
use super::tree::{Block, Gap, Role, Style, Text};
pub(super) use block::{alert_title, language_of, preformatted};
pub(super) use callout::Callout;
pub(super) use inline::{break_in_line, visible};
pub(super) use list::task;
pub(super) use note::Footnotes;
pub(super) use object::{file_name, file_picture, moment};
pub(super) use table::note_extra_cells;

/// What one level of lists, definitions and notes is indented by.
const INDENT: &str = "    ";

/// The text of a body, not tidied.
pub(super) struct Lowered<'n> {
    pub(super) text: Text<'n>,
    /// Whether its characters are sure to stay as they are.
    pub(super) settled: bool,
}

/// The text of a whole body; what could not be expressed is noted.
pub(super) fn lower<'n>(nodes: &'n [Node<'n>], arena: &'n Bump, scope: &mut Scope<'_>) -> Lowered<'n> {
    let mut lower = Lower {
        begun: scope.shows_media,
        scope,
        arena,
        lead: String::new(),
        breaks: None,
        settled: true,
        footnotes: Footnotes::default(),
    };
    let mut blocks = Vec::with_capacity(nodes.len());
    lower.blocks(nodes, Context::default(), &mut blocks);
    lower.footnotes(&mut blocks);
    lower.idle_break();
    Lowered { text: Text { blocks }, settled: lower.settled }
}

struct Lower<'n, 's, 'p> {
    scope: &'s mut Scope<'p>,
    /// Holds what is put together from pieces of the body.
    arena: &'n Bump,
    /// How the next paragraph begins instead of with the margin: the bullet of an item.
    lead: String,
    /// Whether there is something already that a message can begin after: a block, or files.
    begun: bool,
    /// Where the author wants a new message, which begins with the next block.
    breaks: Option<Range<usize>>,
    footnotes: Footnotes<'n>,
    /// Whether the characters of all blocks so far are sure to stay as they are.
    settled: bool,
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

/// Sets the gap before the block at `at`, if there is one and no message begins with it.
fn set_gap(blocks: &mut [Block<'_>], at: usize, gap: Gap) {
    if let Some(block) = blocks.get_mut(at)
        && block.gap != Gap::Break
    {
        block.gap = gap;
    }
}

/// Marks what was lowered from one item or note.
fn mark_item(blocks: &mut [Block<'_>]) {
    let roles = std::iter::once(Role::Item).chain(std::iter::repeat(Role::Inner));
    for (block, role) in blocks.iter_mut().zip(roles) {
        if !matches!(block.role, Role::Heading | Role::Bullet) {
            block.role = role;
        }
    }
}
