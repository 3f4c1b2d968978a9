//! Lists: bullets, numbers and boxes as characters, levels as indentation.

use std::borrow::Cow;

use super::{Context, INDENT, Lower, mark_item, set_gap};
use crate::render::markdown::{Kind, Node, Tag};
use crate::render::tree::{Block, Gap};

const BULLETS: [&str; 3] = ["• ", "◦ ", "▪ "];

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn list(
        &mut self,
        start: Option<u64>,
        items: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        let margin = format!("{}{INDENT}", cx.margin);
        let gap = if items.iter().any(is_loose) { Gap::Blank } else { Gap::Line };
        let inner = Context { margin: &margin, gap, lists: cx.lists + 1, ..cx };
        let numbers =
            start.map(|start| start..).into_iter().flatten().map(Some).chain(std::iter::repeat(None));
        for (index, (item, number)) in items.iter().zip(numbers).enumerate() {
            if self.lead.is_empty() {
                self.lead.push_str(cx.margin);
            }
            self.lead.push_str(&marker(number, task(item), cx.lists));

            let at = out.len();
            self.blocks(item.children, inner, out);
            self.flush_lead(gap, out);
            mark_item(&mut out[at..]);
            set_gap(out, at, if index == 0 { cx.gap } else { gap });
        }
    }
}

fn marker(number: Option<u64>, task: Option<bool>, level: usize) -> Cow<'static, str> {
    let tick = task.map(|done| if done { "☑ " } else { "☐ " });
    match (number, tick) {
        (Some(number), tick) => format!("{number}. {}", tick.unwrap_or_default()).into(),
        (None, Some(tick)) => tick.into(),
        (None, None) => BULLETS[level.min(BULLETS.len() - 1)].into(),
    }
}

/// The box of an item, ticked or not.
pub(in crate::render) fn task(item: &Node<'_>) -> Option<bool> {
    let first = item.children.first()?;
    match &first.kind {
        Kind::Task(done) => Some(*done),
        Kind::Markdown(Tag::Paragraph) => match first.children.first()?.kind {
            Kind::Task(done) => Some(done),
            _ => None,
        },
        _ => None,
    }
}

/// In a loose list the text of items is in paragraphs.
fn is_loose(item: &Node<'_>) -> bool {
    item.children.iter().any(|child| matches!(child.kind, Kind::Markdown(Tag::Paragraph)))
}
