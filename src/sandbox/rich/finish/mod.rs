//! What the server does with blocks, wherever they came from: measures, refuses, settles links, finds addresses.

mod content;
mod detect;
mod limits;
mod links;

use super::block::{self, Block};
use super::text::{Kind, Text};
use crate::sandbox::world::ChatType;

/// Where and when a message is sent, as far as that decides about its content.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Place {
    pub kind: ChatType,
    /// Unix time, seconds.
    pub now_s: i64,
    /// The users that the bot has met. Mentions of others vanish, their text stays.
    pub known: [i64; 2],
}

/// Turns blocks as they were written into those of a message.
pub(super) fn finish(mut blocks: Vec<Block>, place: Place, detect: bool) -> Result<Vec<Block>, String> {
    limits::check(&blocks)?;
    content::check(&blocks, place.now_s)?;
    links::settle(&mut blocks, &place.known)?;
    block::each_mut(&mut blocks, &mut |block| check_buttons(block, place.kind))?;
    if detect {
        block::each_mut(&mut blocks, &mut |block| {
            detect::mark(block);
            Ok(())
        })?;
    }
    Ok(blocks)
}

fn check_buttons(block: &mut Block, kind: ChatType) -> Result<(), String> {
    if let Block::Buttons { buttons, .. } = block {
        buttons.iter_mut().try_for_each(|button| button.check(kind))?;
    }
    block.texts_mut().into_iter().try_for_each(|text| check_buttons_of(text, kind))
}

fn check_buttons_of(text: &mut Text, kind: ChatType) -> Result<(), String> {
    match text {
        Text::Plain(_) => Ok(()),
        Text::Parts(parts) => parts.iter_mut().try_for_each(|part| check_buttons_of(part, kind)),
        Text::Span(span) => match (&mut span.kind, &mut span.text) {
            (Kind::Button { button }, _) => button.check(kind),
            (_, Some(text)) => check_buttons_of(text, kind),
            (_, None) => Ok(()),
        },
    }
}
