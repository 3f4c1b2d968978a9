//! Flood limits in virtual time. The real numbers are not published; these are the ones Telegram's FAQ names.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// At most so many messages within so many milliseconds.
struct Limit {
    count: usize,
    window_ms: i64,
}

/// One message a second in a chat, with a short burst.
const CHAT: Limit = Limit { count: 5, window_ms: 5_000 };
/// Twenty messages a minute in a group or channel.
const GROUP: Limit = Limit { count: 20, window_ms: 60_000 };
/// Thirty messages a second over all chats.
const OVERALL: Limit = Limit { count: 30, window_ms: 1_000 };

/// When messages were sent lately.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Flood {
    is_enabled: bool,
    chats: BTreeMap<i64, VecDeque<i64>>,
    overall: VecDeque<i64>,
}

impl Limit {
    /// How long until one more is allowed, in milliseconds.
    fn wait(&self, times: &VecDeque<i64>, now_ms: i64) -> i64 {
        let oldest = times.len().checked_sub(self.count).map(|at| times[at]);
        oldest.map_or(0, |oldest| oldest + self.window_ms - now_ms).max(0)
    }
}

impl Flood {
    pub(super) fn set_enabled(&mut self, is_enabled: bool) {
        self.is_enabled = is_enabled;
    }

    /// Counts messages that are sent at once, or tells how many seconds to wait. When one could be sent, all are: an
    /// album is not refused in its middle, but what follows it waits for all of it.
    pub(super) fn spend(&mut self, chat: i64, now_ms: i64, messages: usize) -> Result<(), Failure> {
        if !self.is_enabled {
            return Ok(());
        }
        let times = self.chats.entry(chat).or_default();
        let mut wait = CHAT.wait(times, now_ms).max(OVERALL.wait(&self.overall, now_ms));
        // Private chats have positive ids.
        if chat < 0 {
            wait = wait.max(GROUP.wait(times, now_ms));
        }
        if wait > 0 {
            return Err(Failure::too_many_requests((wait + 999) / 1000));
        }
        for (times, limit) in [(times, &GROUP), (&mut self.overall, &OVERALL)] {
            times.extend(std::iter::repeat_n(now_ms, messages));
            times.drain(..times.len().saturating_sub(limit.count));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Flood;

    fn enabled() -> Flood {
        let mut flood = Flood::default();
        flood.set_enabled(true);
        flood
    }

    #[test]
    fn a_burst_is_followed_by_one_a_second_and_twenty_a_minute() {
        let mut flood = enabled();
        let sent = |flood: &mut Flood, now| flood.spend(-1, now, 1).map_err(|f| f.retry_after().unwrap());
        for _ in 0..5 {
            assert_eq!(sent(&mut flood, 0), Ok(()));
        }
        assert_eq!(sent(&mut flood, 100), Err(5));
        for second in 5..20 {
            assert_eq!(sent(&mut flood, second * 1_000), Ok(()));
        }
        assert_eq!(sent(&mut flood, 20_000), Err(40));
        assert_eq!(sent(&mut flood, 60_000), Ok(()));
    }

    #[test]
    fn each_item_of_an_album_counts() {
        let mut flood = enabled();
        assert!(flood.spend(-1, 0, 10).is_ok());
        assert!(flood.spend(-1, 4_000, 1).is_err());
        assert!(flood.spend(-1, 5_000, 10).is_ok());
        assert!(flood.spend(-1, 15_000, 1).is_err(), "twenty in this minute");
        assert!(flood.spend(-1, 60_000, 1).is_ok());
    }

    #[test]
    fn all_chats_share_thirty_a_second() {
        let mut flood = enabled();
        assert!((0..30).all(|chat| flood.spend(chat, 0, 1).is_ok()));
        assert!(flood.spend(99, 0, 1).is_err());
        assert!(flood.spend(99, 1_000, 1).is_ok());
        let mut disabled = Flood::default();
        assert!((0..99).all(|_| disabled.spend(1, 0, 1).is_ok()));
    }
}
