//! Cuts that stay: what is in the chat already is the best advice on where to cut.
//!
//! Messages that still say what the text says are found from both ends. What lies between is cut anew, and as few
//! neighbours with it as it takes to fit: nothing can be put between two messages, so their number stays as long as it
//! can, and what doesn't fit goes to the end of the chat.

use std::cmp::Reverse;

use super::choose::{Board, TRIED};
use super::long::Long;
use crate::ids::Digest;

/// The cuts of a text whose messages are now `sent`, its end included.
pub(in crate::render) fn cuts<L: Long>(long: &L, sent: &[Digest]) -> Vec<usize> {
    let board = Board::new(long);
    let fresh = board.fresh();
    if begins_with(long, &fresh, sent) {
        return fresh;
    }
    let old = Old::find(&board, sent);
    if old.is_whole() {
        return old.fronts[1..].to_vec();
    }
    let least = board.least(0, board.end);
    let window = if least > 1 && (least..=least + 1).contains(&sent.len()) { old.window() } else { None };
    window.unwrap_or_else(|| old.tail(fresh.len()))
}

/// Whether these cuts make the messages that were sent, and perhaps more after them.
fn begins_with<L: Long>(long: &L, cuts: &[usize], sent: &[Digest]) -> bool {
    let froms = std::iter::once(&0).chain(cuts);
    let mut parts = froms.zip(cuts);
    sent.iter().all(|digest| parts.next().is_some_and(|(from, to)| long.digest(*from, *to) == *digest))
}

/// Messages that still say what the text says.
struct Old<'b, 'l, L> {
    board: &'b Board<'l, L>,
    sent: usize,
    /// Where the first ones end, the beginning first.
    fronts: Vec<usize>,
    /// Where the last ones begin, from the end, the end first.
    backs: Vec<usize>,
}

impl<'b, 'l, L: Long> Old<'b, 'l, L> {
    fn find(board: &'b Board<'l, L>, sent: &[Digest]) -> Self {
        let mut fronts = vec![0];
        for digest in sent {
            let from = *fronts.last().unwrap_or(&0);
            let Some(to) = end_of(board, from, digest) else { break };
            fronts.push(to);
        }
        let reached = *fronts.last().unwrap_or(&0);
        let mut backs = vec![board.end];
        for digest in sent.iter().rev() {
            let to = *backs.last().unwrap_or(&board.end);
            let Some(from) = (to > reached).then(|| begin_of(board, to, digest)).flatten() else { break };
            backs.push(from);
        }
        Self { board, sent: sent.len(), fronts, backs }
    }

    fn is_whole(&self) -> bool {
        self.fronts.len() == self.sent + 1 && self.fronts.last() == Some(&self.board.end)
    }

    /// The smallest run of messages that can be edited to hold all that changed; of several the one that is cut best.
    fn window(&self) -> Option<Vec<usize>> {
        (0..=self.sent).find_map(|size| {
            let kept = self.sent - size;
            let least = (kept + 1).saturating_sub(self.backs.len());
            let befores = least..=kept.min(self.fronts.len() - 1);
            let windows = befores.filter_map(|before| self.recut(before, kept - before));
            windows.min_by_key(|(cost, _)| *cost).map(|(_, cuts)| cuts)
        })
    }

    /// Keeps this many messages at both ends.
    fn recut(&self, before: usize, after: usize) -> Option<(u64, Vec<usize>)> {
        let (from, to) = (self.fronts[before], self.backs[after]);
        let count = self.sent - before - after;
        if from > to || self.board.least(from, to) > count {
            return None;
        }
        let anew = self.board.cuts(from, to, count)?;
        let froms = std::iter::once(&from).chain(&anew);
        let cost = froms.zip(&anew).map(|(from, to)| self.board.cost(*from, *to)).sum();
        let backs = self.backs[..after].iter().rev();
        Some((cost, self.fronts[1..=before].iter().copied().chain(anew).chain(backs.copied()).collect()))
    }

    /// Another number of messages: the first ones stay, as many as can.
    fn tail(&self, count: usize) -> Vec<usize> {
        let end = self.board.end;
        let tails = self
            .fronts
            .iter()
            .enumerate()
            .rev()
            .filter(|(before, from)| before + self.board.least(**from, end) <= count);
        let cut = |(before, from): (usize, &usize)| {
            let anew = self.board.cuts(*from, end, count - before)?;
            Some(self.fronts[1..=before].iter().copied().chain(anew).collect())
        };
        tails.into_iter().find_map(cut).unwrap_or_default()
    }
}

/// Where the message ends that begins at `from` and has this digest.
fn end_of<L: Long>(board: &Board<'_, L>, from: usize, digest: &Digest) -> Option<usize> {
    let mut ends: Vec<usize> =
        if from == board.end { Vec::new() } else { (from + 1..=board.furthest(from, board.end)).collect() };
    ends.sort_by_key(|to| (likelihood(board, *to), Reverse(*to)));
    ends.into_iter().take(TRIED).find(|to| board.long.digest(from, *to) == *digest)
}

/// Where the message begins that ends at `to` and has this digest.
fn begin_of<L: Long>(board: &Board<'_, L>, to: usize, digest: &Digest) -> Option<usize> {
    let mut begins: Vec<usize> = (0..to).rev().take_while(|from| board.fits(*from, to)).collect();
    begins.sort_by_key(|from| (likelihood(board, *from), *from));
    begins.into_iter().take(TRIED).find(|from| board.long.digest(*from, to) == *digest)
}

/// Messages mostly end where it is best to cut.
fn likelihood<L: Long>(board: &Board<'_, L>, mark: usize) -> Option<super::long::Tier> {
    (mark > 0 && mark < board.end).then(|| board.long.marks()[mark].tier())
}
