//! The fault plan: which of the calls to come go wrong, and how.

use serde::{Deserialize, Serialize};

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Fault {
    /// 429; nothing is done.
    TooManyRequests {
        #[serde(default = "default_retry")]
        retry_after: i64,
    },
    /// 500; nothing is done.
    ServerError,
    /// 502 with an HTML page; `done` tells whether the call took effect.
    BadGateway {
        #[serde(default)]
        done: bool,
    },
    /// The connection is closed; nothing is done.
    DropBefore,
    /// The call takes effect, then the connection is closed.
    DropAfter,
    /// The connection is closed; the call takes effect later, in virtual time.
    Late { delay_s: i64 },
    /// No answer ever comes; `done` tells whether the call took effect.
    Hang {
        #[serde(default)]
        done: bool,
    },
    /// The bot loses a right in the chat, or with `member` its place there; then the call goes on.
    RevokeRight { right: String },
    /// The chat turns out to have been upgraded to another one.
    Migrate { to: i64 },
    /// The call takes effect; the second half of the reply is missing.
    Truncate,
}

fn default_retry() -> i64 {
    1
}

fn once() -> u32 {
    1
}

fn any_method() -> String {
    "*".to_owned()
}

/// A fault and the calls it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    /// A method, in any capitals, or `*`.
    #[serde(default = "any_method")]
    method: String,
    #[serde(default = "once")]
    times: u32,
    /// How many matching calls are let through first.
    #[serde(default)]
    after: u32,
    #[serde(flatten)]
    fault: Fault,
}

impl Rule {
    fn needs_chat(&self) -> bool {
        matches!(self.fault, Fault::RevokeRight { .. } | Fault::Migrate { .. })
    }
}

/// Rules in the order in which they were queued.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Plan {
    rules: Vec<Rule>,
}

impl Plan {
    pub(super) fn push(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// How many faults are still to come.
    pub(super) fn pending(&self) -> u32 {
        self.rules.iter().map(|rule| rule.times).sum()
    }

    /// The fault that the next call of `method` meets. Those that happen to a chat wait for a call that names one.
    pub(super) fn next(&mut self, method: &str, names_chat: bool) -> Option<Fault> {
        let matches = |rule: &Rule| {
            let named = rule.method == "*" || rule.method.eq_ignore_ascii_case(method);
            named && (names_chat || !rule.needs_chat())
        };
        let Some(due) = self.rules.iter().position(|rule| matches(rule) && rule.after == 0) else {
            for rule in self.rules.iter_mut().filter(|rule| matches(rule)) {
                rule.after -= 1;
            }
            return None;
        };
        let rule = &mut self.rules[due];
        let fault = rule.fault.clone();
        rule.times = rule.times.saturating_sub(1);
        if rule.times == 0 {
            self.rules.remove(due);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Fault, Plan};

    fn plan(rules: &[serde_json::Value]) -> Plan {
        let mut plan = Plan::default();
        for rule in rules {
            plan.push(serde_json::from_value(rule.clone()).unwrap());
        }
        plan
    }

    #[test]
    fn calls_are_let_through_and_then_met() {
        let mut plan = plan(&[json!({"method": "sendmessage", "kind": "hang", "after": 1, "times": 2})]);
        let met: Vec<bool> = ["sendMessage", "getMe", "sendMessage", "sendMessage", "sendMessage"]
            .iter()
            .map(|method| plan.next(method, true).is_some())
            .collect();
        assert_eq!(met, [false, false, true, true, false]);
        assert_eq!(plan.pending(), 0);
    }

    #[test]
    fn rules_wait_for_each_other() {
        let mut plan = plan(&[
            json!({"kind": "too_many_requests", "retry_after": 3}),
            json!({"method": "*", "kind": "bad_gateway", "done": true}),
        ]);
        assert_eq!(plan.next("x", true), Some(Fault::TooManyRequests { retry_after: 3 }));
        assert_eq!(plan.next("x", true), Some(Fault::BadGateway { done: true }));
        assert_eq!(plan.next("x", true), None);
    }

    #[test]
    fn what_happens_to_a_chat_waits_for_one() {
        let mut plan = plan(&[json!({"kind": "migrate", "to": -5})]);
        assert_eq!(plan.next("getMe", false), None);
        assert_eq!(plan.next("getChat", true), Some(Fault::Migrate { to: -5 }));
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        assert!(serde_json::from_value::<super::Rule>(json!({"kind": "meteor"})).is_err());
    }
}
