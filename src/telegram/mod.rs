//! The wire: the Bot API as a `Platform`. What may have been done is never called a refusal, and the token never
//! leaves this room.

mod error;
mod file;
mod form;
mod gate;
mod media;
mod method;
mod reply;
mod rich;
mod sent;
mod shown;
#[cfg(test)]
mod testing;
mod token;
mod transport;
mod witness;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

pub use gate::{OnUpload, Upload};
pub use token::{BadToken, Token};
pub use transport::{ClientError, HttpClient, Timeouts, client};

use crate::ids::{ChatId, ChatRef, MessageId};
use crate::ports::{
    CallError, ChatKind, Description, Edited, Outgoing, Platform, Refusal, RefusalKind, Rights, Sent,
};
use error::{Call, Verdict};
use method::Request;
use reply::{HttpAnswer, Reply};
use sent::Told;

/// The Bot API, bound to one chat. Calls are made one at a time and never repeated.
#[derive(Clone)]
pub struct BotApi {
    http: HttpClient,
    /// Ends without `/`; credentials in it belong to a proxy in front of a self-hosted server.
    base: String,
    token: Token,
    chat: ChatRef,
    /// Of the repository that files are read from.
    root: Arc<Path>,
    on_upload: Option<OnUpload>,
}

/// What a call that the server did not refuse came to.
enum Answer {
    Done(HttpAnswer),
    /// It was as wanted already.
    Settled,
}

impl BotApi {
    /// `api_url` is what comes before `/bot<token>/…`: `https://api.telegram.org`, a self-hosted server, or a sandbox.
    /// Files to be sent are below `root`.
    pub fn new(http: HttpClient, api_url: &Url, token: Token, chat: ChatRef, root: &Path) -> Self {
        let mut base = api_url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let base = base.as_str().trim_end_matches('/').to_owned();
        Self { http, base, token, chat, root: root.into(), on_upload: None }
    }

    /// Tell of every upload how it goes. It is called from where bytes are read, so it must not wait for anything.
    #[must_use]
    pub fn on_upload(self, told: impl Fn(Upload) + Send + Sync + 'static) -> Self {
        Self { on_upload: Some(Arc::new(told)), ..self }
    }

    /// Name the chat by its id from now on: a username can change hands between two calls.
    #[must_use]
    pub fn bind(self, chat: ChatId) -> Self {
        Self { chat: ChatRef::Id(chat), ..self }
    }

    async fn call(&self, request: &Request) -> Result<Answer, CallError> {
        let began = Instant::now();
        let exchanged = self.exchange(request).await;
        let took = began.elapsed();
        let result = exchanged.and_then(|answer| judge(answer, request)).map_err(|e| self.scrubbed(e));
        let outcome = match &result {
            Ok(Answer::Done(_)) => "done".to_owned(),
            Ok(Answer::Settled) => "already so".to_owned(),
            Err(error) => error.to_string(),
        };
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(method = request.method, ms, outcome, "bot api call");
        result
    }

    async fn exchange(&self, request: &Request) -> Result<HttpAnswer, CallError> {
        let url = format!("{}/bot{}/{}", self.base, self.token.expose(), request.method);
        transport::post(&self.http, &url, request, &self.root, self.on_upload.as_ref()).await
    }

    /// Ask for something that can be asked again, and read it.
    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, CallError> {
        let unreadable = |why: String| {
            CallError::Unknown(format!("the answer to `{}` can't be read: {why}", request.method))
        };
        match self.call(&request).await? {
            Answer::Done(answer) => reply::result(&answer.body).map_err(|why| self.scrubbed(unreadable(why))),
            Answer::Settled => Err(unreadable("it has no result".to_owned())),
        }
    }

    async fn rights(&self, chat: &reply::Chat, bot: &reply::Me) -> Result<Rights, CallError> {
        if chat.kind() == Some(ChatKind::Private) {
            return Ok(reply::PRIVATE);
        }
        let member: reply::Member = self.ask(method::get_chat_member(&ChatRef::Id(chat.id), bot.id)).await?;
        Ok(member.rights(chat))
    }

    /// Servers and proxies may quote the URL in what they answer.
    fn scrubbed(&self, error: CallError) -> CallError {
        let scrub = |text: String| self.token.scrub(&text);
        match error {
            CallError::Refused(no) => CallError::Refused(Refusal { text: scrub(no.text), ..no }),
            CallError::Unreachable(text) => CallError::Unreachable(scrub(text)),
            CallError::Unknown(text) => CallError::Unknown(scrub(text)),
            CallError::RetryAfter(wait) => CallError::RetryAfter(wait),
        }
    }
}

fn judge(answer: HttpAnswer, request: &Request) -> Result<Answer, CallError> {
    let error = match reply::read(&answer) {
        Reply::Yes => return Ok(Answer::Done(answer)),
        Reply::Noise(what) => CallError::Unknown(what),
        Reply::No(no) => {
            let call = Call {
                purpose: request.purpose,
                took: answer.took.unwrap_or_default(),
                upload: request.upload(),
                reuses: request.reuses,
            };
            match error::judge(&no, &call) {
                Verdict::Settled => return Ok(Answer::Settled),
                Verdict::Failed(error) => error,
            }
        }
    };
    Err(match (error, answer.took) {
        // Whatever that was, the server never had the whole request.
        (CallError::Unknown(what), None) => {
            CallError::Unreachable(format!("answered before the upload was complete: {what}"))
        }
        (error, _) => error,
    })
}

impl fmt::Debug for BotApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotApi").field("chat", &self.chat).field("token", &self.token).finish_non_exhaustive()
    }
}

impl Platform for BotApi {
    async fn describe(&self) -> Result<Description, CallError> {
        let me: reply::Me = self.ask(method::get_me()).await?;
        let chat: reply::Chat = self.ask(method::get_chat(&self.chat)).await?;
        let kind = chat.kind().ok_or_else(|| {
            CallError::Unknown(format!(
                "`{}` is a chat of an unknown kind, `{}`",
                self.chat,
                chat.kind_name()
            ))
        })?;
        let rights = self.rights(&chat, &me).await?;
        Ok(Description {
            bot: me.id,
            bot_username: me.username,
            chat: chat.id,
            title: chat.title(),
            auto_delete_s: chat.auto_delete_s(),
            linked: chat.linked(),
            username: chat.username,
            kind,
            rights,
        })
    }

    async fn send(&self, message: &Outgoing) -> Result<Vec<Sent>, CallError> {
        let doubt = |text: &str| Err(CallError::Unknown(text.to_owned()));
        let request = method::send(&self.chat, message);
        let Answer::Done(answer) = self.call(&request).await? else {
            return doubt("the server says that nothing had to be sent");
        };
        match sent::messages(&answer.body, &message.payload.content) {
            Told::Known(messages) => Ok(messages),
            Told::Later => doubt("accepted, but the server publishes it later and does not tell its id"),
            Told::Unreadable => doubt("sent, but the id can't be read from the answer"),
            Told::Miscounted(count) => {
                doubt(&format!("sent, but the answer tells of another number of messages, {count}"))
            }
        }
    }

    async fn edit(&self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let Some(request) = method::edit(&self.chat, id, message) else {
            let text = "a message holds one file".to_owned();
            return Err(CallError::Refused(Refusal { kind: RefusalKind::Content, text }));
        };
        Ok(match self.call(&request).await? {
            Answer::Done(answer) => {
                let (files, shown) = sent::held(&answer.body, &message.payload.content);
                Edited::Changed { files, shown }
            }
            Answer::Settled => Edited::AlreadySo,
        })
    }

    async fn delete(&self, id: MessageId) -> Result<(), CallError> {
        self.call(&method::delete(&self.chat, id)).await.map(drop)
    }

    async fn delete_all(&self, ids: &[MessageId]) -> Result<(), CallError> {
        self.call(&method::delete_all(&self.chat, ids)).await.map(drop)
    }

    async fn set_pinned(&self, id: MessageId, pinned: bool) -> Result<(), CallError> {
        let request = if pinned { method::pin } else { method::unpin };
        self.call(&request(&self.chat, id)).await.map(drop)
    }
}
