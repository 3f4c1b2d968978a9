//! The whole sandbox without its wires: calls in, outcomes out, everything written down.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use super::faults::{Fault, Plan};
use super::media;
use super::methods::{self, Call};
use super::params::Params;
use super::rights::Right;
use super::world::{Membership, World};

/// What the client gets to see.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// A JSON reply; `retry_after` becomes a header.
    Reply { status: u16, body: Value, retry_after: Option<i64> },
    /// 502 with an HTML page.
    BadGateway,
    /// The connection is closed without a reply.
    Close,
    /// Nothing, for ever.
    Hang,
    /// The first half of this reply.
    Truncated(Value),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Reply { status: failure.code, retry_after: failure.retry_after(), body: failure.body() }
    }
}

impl From<methods::Answer> for Outcome {
    fn from(answer: methods::Answer) -> Self {
        match answer {
            Ok(result) => {
                Self::Reply { status: 200, body: json!({"ok": true, "result": result}), retry_after: None }
            }
            Err(failure) => failure.into(),
        }
    }
}

/// A call as the log of requests shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Logged {
    seq: u64,
    /// Virtual time, milliseconds.
    time: i64,
    method: String,
    params: Value,
    /// The JSON reply, also when the client never saw it; `null` when there was none.
    reply: Value,
}

/// A call that takes effect later.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Late {
    due_ms: i64,
    bot: i64,
    method: String,
    params: Params,
}

/// State and log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Machine {
    pub world: World,
    pub faults: Plan,
    late: Vec<Late>,
    requests: Vec<Logged>,
}

impl Machine {
    pub(super) fn new(world: World) -> Self {
        Self { world, faults: Plan::default(), late: Vec::new(), requests: Vec::new() }
    }

    /// Advances virtual time; calls that are due on the way take effect at their moment.
    pub(super) fn advance_ms(&mut self, by: i64) {
        let target = self.world.clock.now_ms().saturating_add(by.max(0));
        while let Some(at) = self.next_due(target) {
            let late = self.late.remove(at);
            self.world.clock.advance_ms(late.due_ms - self.world.clock.now_ms());
            // Its outcome is seen by nobody.
            let _ = self.perform(late.bot, &late.method, &late.params);
        }
        self.world.clock.advance_ms(target - self.world.clock.now_ms());
    }

    fn next_due(&self, until_ms: i64) -> Option<usize> {
        let due = self.late.iter().enumerate().filter(|(_, late)| late.due_ms <= until_ms);
        due.min_by_key(|(_, late)| late.due_ms).map(|(at, _)| at)
    }

    /// Lets real time flow in; `elapsed_ms` since the start.
    pub(super) fn flow_to(&mut self, elapsed_ms: i64) {
        self.world.clock.flow_to(elapsed_ms);
        self.advance_ms(0);
    }

    /// Makes one call of the bot whose token is `token`, and writes it down without the token.
    pub(super) fn call(&mut self, token: &str, method: &str, params: &Params) -> Outcome {
        let method = methods::proper_name(method);
        let bot = token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(0);
        let seq = self.requests.len() as u64 + 1;
        let time = self.world.clock.now_ms();
        let names_chat = methods::resolve(&self.world, params.text("chat_id")).is_some();
        let outcome = match self.faults.next(method, names_chat) {
            Some(fault) => self.meet(fault, bot, method, params),
            None => self.perform(bot, method, params).into(),
        };
        let reply = match &outcome {
            Outcome::Reply { body, .. } | Outcome::Truncated(body) => body.clone(),
            Outcome::BadGateway | Outcome::Close | Outcome::Hang => Value::Null,
        };
        let method = method.to_owned();
        let hidden = |value: Value| without_token(value, token);
        self.requests.push(Logged {
            seq,
            time,
            method,
            params: hidden(params.to_log()),
            reply: hidden(reply),
        });
        outcome
    }

    /// The log of requests, as `/_sandbox/requests` shows it.
    pub(super) fn requests(&self) -> Value {
        json!(self.requests)
    }

    fn perform(&mut self, bot: i64, method: &str, params: &Params) -> methods::Answer {
        let run = methods::find(method).ok_or_else(|| Failure::new(404, "Not Found: method not found"))?;
        let mut result = run(&mut Call { world: &mut self.world, bot, params })?;
        media::localize(&mut result, bot);
        Ok(result)
    }

    fn meet(&mut self, fault: Fault, bot: i64, method: &str, params: &Params) -> Outcome {
        match fault {
            Fault::TooManyRequests { retry_after } => Failure::too_many_requests(retry_after).into(),
            Fault::ServerError => Failure::new(500, "Internal Server Error").into(),
            Fault::BadGateway { done } => {
                if done {
                    let _ = self.perform(bot, method, params);
                }
                Outcome::BadGateway
            }
            Fault::DropBefore => Outcome::Close,
            Fault::DropAfter => {
                let _ = self.perform(bot, method, params);
                Outcome::Close
            }
            Fault::Late { delay_s } => {
                let due_ms = self.world.clock.now_ms().saturating_add(delay_s.saturating_mul(1000));
                self.late.push(Late { due_ms, bot, method: method.to_owned(), params: params.clone() });
                Outcome::Close
            }
            Fault::Hang { done } => {
                if done {
                    let _ = self.perform(bot, method, params);
                }
                Outcome::Hang
            }
            Fault::RevokeRight { right } => {
                self.revoke(&right, params);
                self.perform(bot, method, params).into()
            }
            Fault::Migrate { to } => {
                if let Some(chat) = methods::resolve(&self.world, params.text("chat_id")).map(|chat| chat.id)
                {
                    self.world.migrate(chat, to);
                }
                Failure::migrated(to).into()
            }
            Fault::Truncate => match self.perform(bot, method, params).into() {
                Outcome::Reply { body, .. } => Outcome::Truncated(body),
                outcome => outcome,
            },
        }
    }

    fn revoke(&mut self, right: &str, params: &Params) {
        let chat = methods::resolve(&self.world, params.text("chat_id")).map(|chat| chat.id);
        let Some(chat) = chat.and_then(|id| self.world.chat_mut(id)) else {
            return;
        };
        match Right::parse(right) {
            Some(right) => {
                chat.rights.remove(&right);
            }
            None => chat.membership = Membership::Left,
        }
    }
}

/// Replaces the token wherever it stands in a string.
fn without_token(value: Value, token: &str) -> Value {
    match value {
        Value::String(text) if text.contains(token) => text.replace(token, "<token>").into(),
        Value::Array(items) => items.into_iter().map(|item| without_token(item, token)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, without_token(value, token)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Machine, Outcome, Params, World};
    use crate::sandbox::chats;
    use crate::sandbox::clock::Clock;

    const TOKEN: &str = "42:secret";

    fn machine() -> Machine {
        let chats = chats::build(chats::defaults(), &[], 0).unwrap();
        Machine::new(World::new(Clock::starting_at(0), chats, 1))
    }

    fn send(machine: &mut Machine, text: &str) -> Outcome {
        let values = [("chat_id", "@sandbox"), ("text", text)];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        machine.call(TOKEN, "SENDMESSAGE", &Params { values, ..Params::default() })
    }

    fn fault(machine: &mut Machine, fault: Value) {
        machine.faults.push(serde_json::from_value(fault).unwrap());
    }

    /// Ids and dates of the posts.
    fn posts(machine: &Machine) -> Vec<(i64, i64)> {
        let chat = machine.world.chat_named("sandbox").unwrap();
        let posts = chat.messages.values().filter(|m| !m.content.is_service());
        posts.map(|m| (m.id, m.date)).collect()
    }

    #[test]
    fn late_calls_take_effect_at_their_moment_and_in_their_order() {
        let mut machine = machine();
        for delay_s in [50, 20] {
            fault(&mut machine, json!({"kind": "late", "delay_s": delay_s}));
            assert_eq!(send(&mut machine, "x"), Outcome::Close);
        }
        machine.advance_ms(30_000);
        assert_eq!(posts(&machine), [(2, 20)]);
        machine.advance_ms(30_000);
        assert_eq!(posts(&machine), [(2, 20), (3, 50)]);
        assert_eq!(machine.world.clock.now_s(), 60);
    }

    #[test]
    fn the_log_knows_no_token_but_every_reply() {
        let mut machine = machine();
        send(&mut machine, "my 42:secret");
        fault(&mut machine, json!({"kind": "truncate"}));
        send(&mut machine, "cut");
        fault(&mut machine, json!({"kind": "drop_after"}));
        send(&mut machine, "lost");
        let log = machine.requests();
        assert_eq!(log[0]["method"], "sendMessage");
        assert_eq!(log[0]["params"]["text"], "my <token>");
        assert_eq!(log[1]["reply"]["result"]["text"], "cut");
        assert_eq!(log[2]["reply"], Value::Null);
        assert_eq!(posts(&machine).len(), 3);
    }

    #[test]
    fn a_saved_machine_goes_on() {
        let mut machine = machine();
        fault(&mut machine, json!({"kind": "late", "delay_s": 5}));
        send(&mut machine, "x");
        let saved = serde_json::to_string(&machine).unwrap();
        let mut resumed: Machine = serde_json::from_str(&saved).unwrap();
        resumed.advance_ms(9_000);
        assert_eq!(posts(&resumed), [(2, 5)]);
    }
}
