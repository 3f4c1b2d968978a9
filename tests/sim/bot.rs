//! The bot as a run holds it, and its clock: every call passes a gate at which the history decides what becomes of it.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tgsync::ids::{BotId, ChatId, MessageId, Timestamp};
use tgsync::lock::Kind;
use tgsync::ports::{
    CallError, Clock, Description, Edited, Heard, Outgoing, Platform, Probe, Reading, Rights, Sent, Witness,
};

use crate::chat::{Effect, edited};
use crate::source::CHAT;
use crate::world::{LATE, Shared, Trouble, guard};

pub(crate) const BOT: BotId = BotId(7);

/// As late as is believed to be possible.
const LATEST: u64 = LATE.as_secs() - 1;

/// Between the first and the second look at a chat.
const SOON: u64 = 4;

const SEND: [Trouble; 7] = [
    Trouble::Die,
    Trouble::Unanswered(0),
    Trouble::Lost,
    Trouble::Unanswered(LATEST),
    Trouble::DieLate(LATEST),
    Trouble::Unanswered(SOON),
    Trouble::Wait,
];

const EDIT: [Trouble; 5] = [
    Trouble::Die,
    Trouble::Unanswered(0),
    Trouble::Lost,
    Trouble::Unanswered(LATEST),
    Trouble::DieLate(LATEST),
];

const MARK: [Trouble; 4] =
    [Trouble::Die, Trouble::Unanswered(0), Trouble::Unanswered(LATEST), Trouble::DieLate(LATEST)];

const DELETE: [Trouble; 3] = [Trouble::Die, Trouble::Unanswered(0), Trouble::Lost];

/// Let the history decide; a run that died stays here.
pub(crate) async fn gate(world: &Shared, what: &str, meets_chat: bool, can: &[Trouble]) -> Trouble {
    let trouble = guard(world).begin(what, meets_chat, can);
    stay_alive(world).await;
    trouble
}

/// A run that is halted stays here until it is let go on.
pub(crate) async fn stay_alive(world: &Shared) {
    poll_fn(|_| if guard(world).halt.is_some() { Poll::Pending } else { Poll::Ready(()) }).await;
}

#[derive(Debug, Clone)]
pub(crate) struct Bot(pub Shared);

impl Bot {
    async fn call(&self, effect: Effect, can: &[Trouble]) -> Result<Vec<Sent>, CallError> {
        let trouble = gate(&self.0, &effect.name(), true, can).await;
        let answer = guard(&self.0).call(effect, trouble);
        stay_alive(&self.0).await;
        answer
    }

    /// A question that changes nothing.
    async fn ask<T: std::fmt::Debug>(&self, what: &str, can: &[Trouble], answer: impl Answer<T>) -> T {
        let trouble = gate(&self.0, what, true, can).await;
        let mut world = guard(&self.0);
        let answer = answer(&mut world, trouble);
        world.asked(&answer);
        answer
    }
}

trait Answer<T>: FnOnce(&mut crate::world::World, Trouble) -> T {}

impl<T, F: FnOnce(&mut crate::world::World, Trouble) -> T> Answer<T> for F {}

impl Platform for Bot {
    async fn describe(&self) -> Result<Description, CallError> {
        let world = guard(&self.0);
        Ok(Description {
            bot: BOT,
            bot_username: "bot".into(),
            chat: CHAT,
            title: "News".into(),
            username: None,
            kind: world.kind,
            rights: Rights { post: true, edit_others: world.edit_others, delete_others: true, pin: true },
            auto_delete_s: None,
            linked: None,
        })
    }

    async fn send(&self, message: &Outgoing) -> Result<Vec<Sent>, CallError> {
        self.call(Effect::Send(message.clone()), &SEND).await
    }

    async fn edit(&self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let sent = self.call(Effect::Edit(id, message.clone()), &EDIT).await?;
        Ok(edited(sent))
    }

    async fn delete(&self, id: MessageId) -> Result<(), CallError> {
        self.call(Effect::Delete(id), &DELETE).await.map(drop)
    }

    async fn set_pinned(&self, _: MessageId, _: bool) -> Result<(), CallError> {
        Ok(())
    }
}

impl Witness for Bot {
    async fn probe(&self, id: MessageId) -> Result<Probe, CallError> {
        // That it happens twice to one message is beyond what can be survived.
        let hides = {
            let world = guard(&self.0);
            world.messages.contains_key(&id.0) && !world.hidden.contains(&id.0)
        };
        let can: &[Trouble] = if hides { &[Trouble::FalseMissing] } else { &[] };
        let answer = |world: &mut crate::world::World, trouble| match trouble {
            Trouble::FalseMissing => {
                world.hidden.insert(id.0);
                Probe::Missing
            }
            _ => world.probe(id),
        };
        Ok(self.ask(&format!("probe {id}"), can, answer).await)
    }

    async fn read(&self, id: MessageId, _: ChatId) -> Result<Reading, CallError> {
        Ok(self.ask(&format!("read {id}"), &[], |world: &mut crate::world::World, _| world.read(id)).await)
    }

    async fn hear(&self, from: Option<i64>) -> Result<Vec<Heard>, CallError> {
        let hear = |world: &mut crate::world::World, _| world.hear(from);
        let told = self.ask(&format!("hear from {from:?}"), &[Trouble::Die], hear).await;
        let heard = |(update, what)| Heard { update, chat: CHAT, what };
        Ok(told.into_iter().map(heard).collect())
    }

    async fn mark(&self, unlike: Kind) -> Result<MessageId, CallError> {
        let sent = self.call(Effect::Mark(unlike), &MARK).await?;
        guard(&self.0).is_answered(sent[0].id);
        Ok(sent[0].id)
    }

    async fn quote(&self, id: MessageId, unlike: Kind) -> Result<(Option<MessageId>, Reading), CallError> {
        let reading = guard(&self.0).read(id);
        match self.call(Effect::Quote(id, unlike), &MARK).await {
            Ok(sent) => {
                guard(&self.0).is_answered(sent[0].id);
                Ok((Some(sent[0].id), reading))
            }
            Err(CallError::Refused(_)) => Ok((None, Reading::Missing)),
            Err(error) => Err(error),
        }
    }
}

/// Virtual time: whoever sleeps, moves it.
#[derive(Debug, Clone)]
pub(crate) struct Watch(pub Shared);

impl Clock for Watch {
    async fn now(&self) -> Timestamp {
        guard(&self.0).now
    }

    async fn sleep(&self, duration: Duration) {
        // A long wait is a good time to be killed, and for people.
        if duration >= Duration::from_secs(20) {
            gate(&self.0, &format!("sleep {} s", duration.as_secs()), true, &[Trouble::Die, Trouble::Pause])
                .await;
        }
        guard(&self.0).pass(duration);
        stay_alive(&self.0).await;
    }
}
