//! `getUpdates` and webhooks, of which a bot has one or the other. `getUpdates` answers at once: `timeout` would have to
//! wait in real time for what happens in virtual time.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Answer, Call};
use crate::sandbox::failure::{bad, conflict};
use crate::sandbox::updates::Poll;

const MAX_LIMIT: i64 = 100;

pub(super) fn get(call: &mut Call<'_>) -> Answer {
    if call.world.webhooks.contains_key(&call.bot) {
        let way_on = "use deleteWebhook to delete the webhook first";
        return Err(conflict(&format!("can't use getUpdates method while webhook is active; {way_on}")));
    }
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

/// An empty address removes it.
pub(super) fn set_webhook(call: &mut Call<'_>) -> Answer {
    let url = call.params.text("url").to_owned();
    if url.is_empty() {
        return delete_webhook(call);
    }
    if !url.starts_with("https://") {
        return Err(bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    call.world.webhooks.insert(call.bot, url);
    Ok(true.into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a method")]
pub(super) fn delete_webhook(call: &mut Call<'_>) -> Answer {
    call.world.webhooks.remove(&call.bot);
    Ok(true.into())
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of a method")]
pub(super) fn webhook(call: &mut Call<'_>) -> Answer {
    let url = call.world.webhooks.get(&call.bot).cloned().unwrap_or_default();
    Ok(json!({"url": url, "has_custom_certificate": false, "pending_update_count": 0}))
}
