//! A text that is too long for one message, cut on the tree into the fewest messages.
//!
//! `place` finds the places where a text may be cut, `fit` opens further ones where those are too far apart,
//! `choose` takes the cuts, `sticky` keeps those of messages that are in the chat already, `slice` makes the
//! parts; `rich` does so for rich messages. Those between know nothing of texts but what `long` says.

mod choose;
mod fit;
mod long;
mod message;
mod place;
pub mod rich;
mod slice;
mod sticky;
#[cfg(test)]
mod tests;
mod words;

use super::clean::is_invisible;
use super::measure::{Measure, Scale, measure};
use super::tree::Text;
use crate::ids::Digest;
use long::Long as _;
use message::Message;

/// Cuts `text`, which must be tidied, into messages: at every break that the author set, and elsewhere where needed.
/// Quotes, code and formatting that are cut are reopened.
///
/// `sent` are the digests of [`super::canonical`] of the messages that the text has in the chat now, in their order;
/// as many of them as possible stay as they are.
pub fn split<'t>(text: &'t Text<'_>, sent: &[Digest]) -> Vec<Text<'t>> {
    if !text.has_breaks() && measure(text).fits(&Measure::MESSAGE) {
        return vec![text.clone()];
    }
    let message = Message::new(text, &Measure::MESSAGE);
    parts(&message, &sticky::cuts(&message, sent))
}

/// The size that some part of `text` has, however it is cut.
pub fn least(text: &Text<'_>) -> Measure {
    fit::least(&Scale::new(text))
}

/// Cuts `text` only where the author says so.
pub fn at_breaks<'t>(text: &'t Text<'_>) -> Vec<Text<'t>> {
    if !text.has_breaks() {
        return vec![text.clone()];
    }
    let message = Message::at_breaks(text);
    let cuts: Vec<usize> = (1..message.marks().len()).collect();
    parts(&message, &cuts)
}

/// What is invisible makes no message.
fn parts<'t>(message: &Message<'t>, cuts: &[usize]) -> Vec<Text<'t>> {
    let froms = std::iter::once(&0).chain(cuts);
    let parts = froms.zip(cuts).map(|(from, to)| message.part(*from, *to));
    parts.filter(|part| !is_invisible(part)).collect()
}
