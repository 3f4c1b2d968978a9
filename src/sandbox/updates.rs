//! `getUpdates`: what happened, kept for a day and handed to each bot but those that did it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an update waits, in seconds.
const KEPT_S: i64 = 24 * 60 * 60;

/// The field of `Update` that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Message,
    EditedMessage,
    ChannelPost,
    EditedChannelPost,
}

impl Kind {
    pub(super) fn of(in_channel: bool, is_edit: bool) -> Self {
        match (in_channel, is_edit) {
            (false, false) => Self::Message,
            (false, true) => Self::EditedMessage,
            (true, false) => Self::ChannelPost,
            (true, true) => Self::EditedChannelPost,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::EditedMessage => "edited_message",
            Self::ChannelPost => "channel_post",
            Self::EditedChannelPost => "edited_channel_post",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Update {
    id: i64,
    kind: Kind,
    /// The bot that did it and is not told.
    own: Option<i64>,
    /// Of each bot, how many before it it was not told: updates are numbered for each bot without a gap.
    #[serde(default)]
    untold: BTreeMap<i64, i64>,
    /// Unix time, seconds.
    date: i64,
    body: Value,
}

/// Every update not older than a day, and how far each bot has got.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Log {
    next: i64,
    updates: VecDeque<Update>,
    /// For each bot the first id it has not confirmed.
    confirmed: BTreeMap<i64, i64>,
    /// For each bot the kinds it asked for last, when it did.
    allowed: BTreeMap<i64, BTreeSet<String>>,
    /// How many updates each bot caused itself.
    #[serde(default)]
    untold: BTreeMap<i64, i64>,
}

impl Update {
    /// Its number, as this bot is told.
    fn number(&self, bot: i64) -> i64 {
        self.id - self.untold.get(&bot).copied().unwrap_or(0)
    }
}

/// Parameters of `getUpdates`.
#[derive(Debug, Clone, Default)]
pub(super) struct Poll {
    pub offset: i64,
    /// 1–100.
    pub limit: usize,
    /// An empty set means all kinds; `None` keeps what was asked for before.
    pub allowed: Option<BTreeSet<String>>,
}

impl Log {
    pub(super) fn starting_at(first: i64) -> Self {
        Self { next: first, ..Self::default() }
    }

    pub(super) fn push(&mut self, kind: Kind, own: Option<i64>, now_s: i64, body: Value) {
        let untold = self.untold.clone();
        self.updates.push_back(Update { id: self.next, kind, own, untold, date: now_s, body });
        self.next += 1;
        if let Some(bot) = own {
            *self.untold.entry(bot).or_default() += 1;
        }
        while self.updates.front().is_some_and(|u| u.date <= now_s - KEPT_S) {
            self.updates.pop_front();
        }
    }

    /// The updates a bot gets; those before `offset` are forgotten, a negative one counts from the end.
    pub(super) fn poll(&mut self, bot: i64, poll: Poll, now_s: i64) -> Vec<Value> {
        if let Some(allowed) = poll.allowed {
            self.allowed.insert(bot, allowed);
        }
        let allowed = self.allowed.get(&bot).filter(|kinds| !kinds.is_empty());
        let from = self.confirmed.get(&bot).copied().unwrap_or(0);
        let meant_for = |u: &&Update| {
            u.own != Some(bot)
                && u.date > now_s - KEPT_S
                && u.number(bot) >= from
                && allowed.is_none_or(|kinds| kinds.contains(u.kind.name()))
        };
        let waiting: Vec<&Update> = self.updates.iter().filter(meant_for).collect();
        let skipped = if poll.offset < 0 {
            let kept = usize::try_from(poll.offset.unsigned_abs()).unwrap_or(usize::MAX);
            waiting.len().saturating_sub(kept)
        } else {
            waiting.iter().take_while(|u| u.number(bot) < poll.offset).count()
        };
        let kept = &waiting[skipped..];
        let first =
            kept.first().map(|u| u.number(bot)).or(waiting.last().map(|u| u.number(bot) + 1)).unwrap_or(from);
        let answer = kept
            .iter()
            .take(poll.limit)
            .map(|u| json!({"update_id": u.number(bot), u.kind.name(): u.body}))
            .collect();
        self.confirmed.insert(bot, first);
        answer
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, Log, Poll};

    fn ids(updates: &[Value]) -> Vec<i64> {
        updates.iter().map(|u| u["update_id"].as_i64().unwrap()).collect()
    }

    fn log() -> Log {
        let mut log = Log::starting_at(10);
        log.push(Kind::ChannelPost, Some(7), 100, json!({}));
        log.push(Kind::ChannelPost, None, 100, json!({}));
        log.push(Kind::Message, None, 200, json!({}));
        log
    }

    fn poll(offset: i64) -> Poll {
        Poll { offset, limit: 100, allowed: None }
    }

    #[test]
    fn a_bot_is_not_told_what_it_did_itself() {
        let mut log = log();
        assert_eq!(ids(&log.poll(7, poll(0), 200)), [10, 11], "without a gap");
        assert_eq!(ids(&log.poll(8, poll(0), 200)), [10, 11, 12]);
    }

    #[test]
    fn an_offset_confirms() {
        let mut log = log();
        assert_eq!(ids(&log.poll(7, Poll { limit: 1, ..poll(0) }, 200)), [10]);
        assert_eq!(ids(&log.poll(7, poll(11), 200)), [11]);
        assert_eq!(ids(&log.poll(7, poll(0), 200)), [11]);
        assert_eq!(ids(&log.poll(8, poll(-1), 200)), [12]);
        assert_eq!(ids(&log.poll(8, poll(13), 200)), [0; 0]);
        assert_eq!(ids(&log.poll(8, poll(0), 200)), [0; 0]);
    }

    #[test]
    fn kinds_are_chosen_and_old_ones_vanish() {
        let mut log = log();
        let only_posts = Some(["channel_post".to_owned()].into());
        assert_eq!(ids(&log.poll(7, Poll { allowed: only_posts, ..poll(0) }, 200)), [10]);
        assert_eq!(ids(&log.poll(8, poll(0), 100 + 86_400)), [12]);
    }
}
