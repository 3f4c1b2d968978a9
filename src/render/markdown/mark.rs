//! Marks that the parser does not know: `||` of spoilers, `%%` of private notes.

use crate::render::scan::find_pair;

/// Whether there are marks of spoilers or private notes.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches keep the compiler from testing many bytes at a time"
)]
pub(super) fn is_marked(text: &str) -> bool {
    find_pair(text, |one, next| (one == next) & ((one == b'|') | (one == b'%'))).is_some()
}

/// Where exactly two bars stand in `text`, from `start` on.
pub(super) fn pairs(text: &str, start: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = start;
    std::iter::from_fn(move || {
        loop {
            at += bytes.get(at..)?.iter().position(|b| *b == b'|')?;
            let length = bytes[at..].iter().take_while(|b| **b == b'|').count();
            at += length;
            if length == 2 {
                return Some(at - 2);
            }
        }
    })
}
