//! A chat that is looked at: what is asked, and how often.

use std::time::Duration;

use tokio::sync::Mutex;

use super::How;
use crate::apply::{Pace, Stop};
use crate::ids::ChatId;
use crate::ports::{CallError, Clock};

/// How often a call is made that is not answered.
const TRIES: u32 = 4;
const APPOINTMENTS: u32 = 10;

/// A chat, and what it is looked at with.
#[derive(Debug)]
pub struct Site<'a, P, C> {
    pub platform: &'a P,
    pub chat: ChatId,
    /// A chat that nobody minds, for reading messages.
    pub scratch: Option<ChatId>,
    pub clock: &'a C,
    pub pace: &'a Mutex<Pace>,
    pub stop: &'a Stop,
}

/// Why no more is looked at.
#[derive(Debug, Clone)]
pub(super) enum End {
    Budget,
    Stopped,
    Failed(String),
}

impl End {
    pub(super) fn how(&self) -> How {
        match self {
            Self::Budget => How::Budget,
            Self::Stopped => How::NotAsked("interrupted".to_owned()),
            Self::Failed(why) => How::NotAsked(why.clone()),
        }
    }
}

impl<P, C: Clock + Sync> Site<'_, P, C> {
    /// Ask the platform, at the pace of `chat` if it is about a message, and again when that may help. A refusal is an answer.
    pub(super) async fn ask<T, F>(
        &self,
        chat: Option<ChatId>,
        question: impl Fn() -> F,
    ) -> Result<Result<T, CallError>, End>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let (mut tries, mut appointments) = (0, 0);
        loop {
            let now = self.clock.now().await;
            let (chat, messages) = (chat.unwrap_or(self.chat), usize::from(chat.is_some()));
            let wait = self.pace.lock().await.reserve(now, chat, messages);
            self.pause(wait).await?;
            let wait = match question().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error @ CallError::Refused(_)) => return Ok(Err(error)),
                Err(CallError::RetryAfter(wait)) if appointments < APPOINTMENTS => {
                    appointments += 1;
                    wait
                }
                Err(CallError::Unreachable(_) | CallError::Unknown(_)) if tries < TRIES => {
                    tries += 1;
                    Duration::from_secs(1 << tries)
                }
                Err(error) => return Err(End::Failed(error.to_string())),
            };
            self.pause(wait).await?;
        }
    }

    async fn pause(&self, wait: Duration) -> Result<(), End> {
        if wait > Duration::ZERO {
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.stop.requested() => {}
            }
        }
        if self.stop.is_requested() { Err(End::Stopped) } else { Ok(()) }
    }
}
