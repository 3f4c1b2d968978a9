//! What to do after a call that has no result: a pure function of the category.

use std::time::Duration;

use crate::lock::IntentVerb;
use crate::ports::CallError;

/// Tries of one call before it counts as failed. `retry_after` does not count: it is an appointment, not a failure.
const MAX_TRIES: u32 = 4;

/// Longest `retry_after` that is waited for; a longer one is reported, the next run goes on.
const MAX_WAIT: Duration = Duration::from_mins(15);

/// How often a call obeys `retry_after` before it is reported.
const MAX_APPOINTMENTS: u32 = 10;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait this long, then make the same call again.
    Again(Duration),
    /// Certainly not done, and no use to try again.
    Failed,
    /// A send that may have been done: never repeated.
    InDoubt,
}

/// Decide after the `tries`-th failed try and `appointments` waits that the platform asked for. `late`: what was begun may
/// have its effect for so long, and would undo what comes after it.
pub(super) fn next(
    error: &CallError,
    (verb, late): (IntentVerb, Duration),
    tries: u32,
    appointments: u32,
) -> Next {
    let backoff = || Duration::from_secs(1 << tries.min(6).saturating_sub(1));
    match error {
        CallError::RetryAfter(wait) if *wait <= MAX_WAIT && appointments < MAX_APPOINTMENTS => {
            Next::Again(*wait)
        }
        CallError::Unknown(_) if verb == IntentVerb::Send => Next::InDoubt,
        CallError::Unknown(_) if tries < MAX_TRIES => Next::Again(backoff().max(late)),
        CallError::Unreachable(_) if tries < MAX_TRIES => Next::Again(backoff()),
        _ => Next::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_of_unknown_fate_is_never_repeated() {
        let unknown = CallError::Unknown("connection closed".into());
        let next = |error: &CallError, verb, tries, appointments| {
            super::next(error, (verb, Duration::ZERO), tries, appointments)
        };
        assert_eq!(next(&unknown, IntentVerb::Send, 1, 0), Next::InDoubt);
        for verb in [IntentVerb::Edit, IntentVerb::Delete, IntentVerb::Pin, IntentVerb::Unpin] {
            assert_eq!(next(&unknown, verb, 1, 0), Next::Again(Duration::from_secs(1)));
            assert_eq!(next(&unknown, verb, 4, 0), Next::Failed);
        }
    }

    #[test]
    fn what_may_still_land_is_waited_for() {
        let late = (IntentVerb::Edit, Duration::from_mins(2));
        assert_eq!(next(&CallError::Unknown("hm".into()), late, 1, 0), Next::Again(late.1));
        let never_left = CallError::Unreachable("no route".into());
        assert_eq!(next(&never_left, late, 1, 0), Next::Again(Duration::from_secs(1)));
    }

    #[test]
    fn retry_after_is_obeyed_exactly_and_not_for_ever() {
        let wait = |s| CallError::RetryAfter(Duration::from_secs(s));
        let next = |error: &CallError, verb, tries, appointments| {
            super::next(error, (verb, Duration::ZERO), tries, appointments)
        };
        assert_eq!(next(&wait(35), IntentVerb::Send, 9, 0), Next::Again(Duration::from_secs(35)));
        assert_eq!(next(&wait(35), IntentVerb::Send, 1, 10), Next::Failed);
        assert_eq!(next(&wait(100_000), IntentVerb::Send, 1, 0), Next::Failed);
    }
}
