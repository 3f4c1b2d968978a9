//! `getUpdates`. It answers at once: `timeout` would have to wait in real time for what happens in virtual time.

use std::collections::BTreeSet;

use super::{Answer, Call};
use crate::sandbox::updates::Poll;

const MAX_LIMIT: i64 = 100;

#[expect(clippy::unnecessary_wraps, reason = "the signature of a method")]
pub(super) fn get(call: &mut Call<'_>) -> Answer {
    let limit = match call.params.text("limit") {
        "" => MAX_LIMIT,
        _ => call.params.number("limit").clamp(1, MAX_LIMIT),
    };
    let poll = Poll {
        offset: call.params.number("offset"),
        limit: usize::try_from(limit).unwrap_or(1),
        allowed: serde_json::from_str::<BTreeSet<String>>(call.params.text("allowed_updates")).ok(),
    };
    let now = call.world.clock.now_s();
    Ok(call.world.updates.poll(call.bot, poll, now).into())
}
