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
    chats: BTreeMap<ChatId, VecDeque<Timestamp>>,
}

impl Pace {
    /// Reserve the next slot for a call to `chat`, and say how long from `now` it has to wait.
    pub fn reserve(&mut self, now: Timestamp, chat: ChatId, counts_in_chat: bool) -> Duration {
        let mut at = earliest(&self.overall, OVERALL, now);
        if counts_in_chat {
            let calls = self.chats.entry(chat).or_default();
            let gap = calls.back().map_or(now, |last| later(*last, CHAT_GAP));
            at = at.max(gap).max(earliest(calls, CHAT_MINUTE, now));
            remember(calls, at, CHAT_MINUTE.1);
        }
        remember(&mut self.overall, at, OVERALL.1);
        at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
    }
}

/// The first moment at which one more call keeps `calls` within `limit.1` per `limit.0`.
fn earliest(calls: &VecDeque<Timestamp>, limit: (SignedDuration, usize), now: Timestamp) -> Timestamp {
    if calls.len() < limit.1 {
        return now;
    }
    calls.get(calls.len() - limit.1).map_or(now, |oldest| later(*oldest, limit.0).max(now))
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

    fn run(calls: usize, counts: bool) -> Vec<u128> {
        let mut pace = Pace::default();
        let start = Timestamp::UNIX_EPOCH;
        (0..calls).map(|_| pace.reserve(start, ChatId(1), counts).as_millis()).collect()
    }

    #[test]
    fn one_a_second_and_twenty_a_minute() {
        let waits = run(41, true);
        assert_eq!(waits[..3], [0, 1000, 2000]);
        assert_eq!(waits[19], 19_000);
        assert_eq!(waits[20], 60_000);
        assert_eq!(waits[40], 120_000);
    }

    #[test]
    fn deletes_meet_the_overall_limit_alone() {
        let waits = run(31, false);
        assert_eq!(waits[29], 0);
        assert_eq!(waits[30], 1000);
    }

    #[test]
    fn chats_do_not_slow_each_other() {
        let mut pace = Pace::default();
        assert_eq!(pace.reserve(Timestamp::UNIX_EPOCH, ChatId(1), true), Duration::ZERO);
        assert_eq!(pace.reserve(Timestamp::UNIX_EPOCH, ChatId(2), true), Duration::ZERO);
    }
}
