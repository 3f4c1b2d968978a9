//! The sandbox's own time, in milliseconds since the Unix epoch: it stands still unless it is advanced.

use serde::{Deserialize, Serialize};

/// Virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Clock {
    /// What the clock shows when nothing flows.
    base_ms: i64,
    /// Real time that has flowed in, when it does.
    flowed_ms: i64,
}

impl Clock {
    pub fn starting_at(start_ms: i64) -> Self {
        Self { base_ms: start_ms, flowed_ms: 0 }
    }

    pub fn now_ms(&self) -> i64 {
        self.base_ms.saturating_add(self.flowed_ms)
    }

    /// Unix time in seconds, as messages are dated.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    pub fn advance_ms(&mut self, by: i64) {
        self.base_ms = self.base_ms.saturating_add(by.max(0));
    }

    /// Sets how much real time has passed since the sandbox was started; it never runs backwards.
    pub fn flow_to(&mut self, elapsed_ms: i64) {
        self.flowed_ms = self.flowed_ms.max(elapsed_ms);
    }

    /// Goes on from a saved state: not before the time it was saved at, nor before `start_ms`.
    pub fn resume(&mut self, start_ms: i64) {
        self.base_ms = self.now_ms().max(start_ms);
        self.flowed_ms = 0;
    }
}

/// Saved is what the clock shows, whatever made it so.
impl From<Clock> for i64 {
    fn from(clock: Clock) -> Self {
        clock.now_ms()
    }
}

impl From<i64> for Clock {
    fn from(now_ms: i64) -> Self {
        Self::starting_at(now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn time_is_advanced_and_flows_but_never_back() {
        let mut clock = Clock::starting_at(1_500);
        clock.advance_ms(500);
        clock.advance_ms(-9);
        clock.flow_to(300);
        clock.flow_to(100);
        assert_eq!((clock.now_ms(), clock.now_s()), (2_300, 2));
        let saved = serde_json::to_string(&clock).unwrap();
        clock = serde_json::from_str(&saved).unwrap();
        clock.resume(1_000);
        assert_eq!(clock.now_ms(), 2_300);
        clock.resume(9_000);
        assert_eq!(clock.now_ms(), 9_000);
    }
}
