//! Telegram's pace: how long a write has to wait. Edits count like sends; deletes only against the overall limit.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::SignedDuration;

use crate::ids::{ChatId, Timestamp};

/// Limits of the official FAQ and of common experience in channels (checked 2026-11-20). The exact ones are not
/// published: `retry_after` has the last word.
const CHAT_GAP: SignedDuration = SignedDuration::from_secs(1);
const CHAT_MINUTE: (SignedDuration, usize) = (SignedDuration::from_secs(60), 20);
const OVERALL: (SignedDuration, usize) = (SignedDuration::from_secs(1), 30);

/// When the last calls were made.
#[derive(Debug, Default)]
pub struct Pace {
    overall: VecDeque<Timestamp>,
    chats: BTreeMap<ChatId, Chat>,
}

/// One chat.
#[derive(Debug, Default)]
struct Chat {
    messages: VecDeque<Timestamp>,
    /// Nothing is to be written before.
    free: Timestamp,
}

impl Pace {
    /// Reserve slots for a call that makes or changes so many messages of `chat` (0: it only deletes), and say how long
    /// from `now` it has to wait. All of them count from the moment of the call, and the next one waits for them.
    pub fn reserve(&mut self, now: Timestamp, chat: ChatId, messages: usize) -> Duration {
        let mut at = earliest(&self.overall, OVERALL, 1, now);
        if messages > 0 {
            let chat = self.chats.entry(chat).or_default();
            at = at.max(chat.free).max(earliest(&chat.messages, CHAT_MINUTE, messages, now));
            chat.free = at;
            for _ in 0..messages {
                chat.free = later(chat.free, CHAT_GAP);
                remember(&mut chat.messages, at, CHAT_MINUTE.1);
            }
        }
        remember(&mut self.overall, at, OVERALL.1);
        at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
    }

    /// The call that so many slots were reserved for last was answered only `now`: nobody knows when the platform counted
    /// it, but not later.
    pub fn answered(&mut self, now: Timestamp, chat: ChatId, messages: usize) {
        let Some(chat) = self.chats.get_mut(&chat).filter(|_| messages > 0) else { return };
        for slot in chat.messages.iter_mut().rev().take(messages) {
            *slot = now.max(*slot);
        }
        let gap = CHAT_GAP.saturating_mul(i32::try_from(messages).unwrap_or(i32::MAX));
        chat.free = chat.free.max(later(now, gap));
    }
}

/// The first moment at which so many more keep `calls` within `limit.1` per `limit.0`.
fn earliest(
    calls: &VecDeque<Timestamp>,
    limit: (SignedDuration, usize),
    more: usize,
    now: Timestamp,
) -> Timestamp {
    let surplus = (calls.len() + more).saturating_sub(limit.1).min(calls.len());
    let leaves = surplus.checked_sub(1).and_then(|last| calls.get(last));
    leaves.map_or(now, |last| later(*last, limit.0).max(now))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn remember(calls: &mut VecDeque<Timestamp>, at: Timestamp, keep: usize) {
    calls.push_back(at);
    if calls.len() > keep {
        calls.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(calls: usize, messages: usize) -> Vec<u128> {
        let mut pace = Pace::default();
        let start = Timestamp::UNIX_EPOCH;
        (0..calls).map(|_| pace.reserve(start, ChatId(1), messages).as_millis()).collect()
    }

    #[test]
    fn one_a_second_and_twenty_a_minute() {
        let waits = run(41, 1);
        assert_eq!(waits[..3], [0, 1000, 2000]);
        assert_eq!(waits[19], 19_000);
        assert_eq!(waits[20], 60_000);
        assert_eq!(waits[40], 120_000);
    }

    #[test]
    fn an_album_is_as_many_messages_as_it_has_files() {
        assert_eq!(run(5, 10), [0, 10_000, 60_000, 70_000, 120_000]);
        assert_eq!(run(3, 7), [0, 7_000, 60_000], "the first have to be a minute ago");
    }

    #[test]
    fn what_took_its_time_counts_from_its_end() {
        let mut pace = Pace::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let wait = |pace: &mut Pace, now| pace.reserve(at(now), ChatId(1), 1).as_secs();
        assert_eq!(wait(&mut pace, 0), 0);
        pace.answered(at(3), ChatId(1), 1);
        assert_eq!(wait(&mut pace, 3), 1);
        assert!((0..18).all(|_| wait(&mut pace, 4) < 30));
        assert_eq!(wait(&mut pace, 30), 33, "a minute after the first");
    }

    #[test]
    fn deletes_meet_the_overall_limit_alone() {
        let waits = run(31, 0);
        assert_eq!(waits[29], 0);
        assert_eq!(waits[30], 1000);
    }

    #[test]
    fn chats_do_not_slow_each_other() {
        let mut pace = Pace::default();
        assert_eq!(pace.reserve(Timestamp::UNIX_EPOCH, ChatId(1), 1), Duration::ZERO);
        assert_eq!(pace.reserve(Timestamp::UNIX_EPOCH, ChatId(2), 1), Duration::ZERO);
    }
}
