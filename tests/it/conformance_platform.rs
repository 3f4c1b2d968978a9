//! What `apply` relies on, whatever platform it writes to. Every implementation of `Platform` passes all of it: give it
//! a `Venue` and a line at the end of this file.

use std::time::Duration;

use serde_json::json;
use tgsync::ids::MessageId;
use tgsync::lock::{Preview, UrlButton};
use tgsync::ports::{CallError, ChatKind, Edited, Outgoing, Platform, RefusalKind};
use tgsync::telegram::BotApi;

use crate::stage::{CHANNEL, STRICT, Stage, text};

/// One message as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    id: MessageId,
    text: String,
    /// The labels of its buttons.
    buttons: Vec<String>,
    pinned: bool,
}

/// An empty channel and the people around it.
trait Venue: Sized {
    type Platform: Platform;

    async fn open() -> Self;
    /// The channel, for a bot that may do everything there.
    fn platform(&self) -> Self::Platform;
    /// What is in the channel, in order; service messages left out.
    async fn seen(&self) -> Vec<Seen>;
    async fn person_posts(&self, text: &str) -> MessageId;
    async fn person_deletes(&self, id: MessageId);
    async fn pass(&self, time: Duration);
    /// Another channel, where the bot may only post and delete, and a person's post in it.
    async fn strict(&self) -> (Self::Platform, MessageId);
}

struct Sandbox {
    stage: Stage,
}

impl Venue for Sandbox {
    type Platform = BotApi;

    async fn open() -> Self {
        Self { stage: Stage::new().await }
    }

    fn platform(&self) -> BotApi {
        self.stage.at(CHANNEL)
    }

    async fn seen(&self) -> Vec<Seen> {
        let pinned = self.stage.pinned(CHANNEL).await;
        let messages = self.stage.messages(CHANNEL).await;
        let seen = messages.iter().map(|message| {
            let id: MessageId = serde_json::from_value(message["message_id"].clone()).unwrap();
            let rows = message["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
            let buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
            Seen {
                id,
                text: message["text"].as_str().unwrap().to_owned(),
                buttons: buttons.map(|button| button["text"].as_str().unwrap().to_owned()).collect(),
                pinned: pinned.contains(&id),
            }
        });
        seen.collect()
    }

    async fn person_posts(&self, text: &str) -> MessageId {
        self.stage.human(json!({ "do": "post", "chat_id": CHANNEL, "text": text })).await
    }

    async fn person_deletes(&self, id: MessageId) {
        self.stage.human(json!({ "do": "delete", "chat_id": CHANNEL, "message_id": id })).await;
    }

    async fn pass(&self, time: Duration) {
        self.stage.advance(time.as_secs()).await;
    }

    async fn strict(&self) -> (BotApi, MessageId) {
        let post = json!({ "do": "post", "chat_id": STRICT, "text": "a person's" });
        (self.stage.at(STRICT), self.stage.human(post).await)
    }
}

const HOUR: Duration = Duration::from_hours(1);

fn with_button(html: &str) -> Outgoing {
    let mut message = text(html);
    let button = UrlButton { text: "Docs".to_owned(), url: "https://example.com/".to_owned() };
    message.payload.buttons = vec![vec![button]];
    message
}

fn kind<T: std::fmt::Debug>(result: Result<T, CallError>) -> RefusalKind {
    match result {
        Err(CallError::Refused(refusal)) if !refusal.text.is_empty() => refusal.kind,
        other => panic!("expected a refusal with words, got {other:?}"),
    }
}

async fn send_one(platform: &impl Platform, message: &Outgoing) -> MessageId {
    let messages = platform.send(message).await.unwrap();
    assert_eq!(messages.len(), 1, "a text is one message");
    messages[0].id
}

async fn describing_changes_nothing<V: Venue>() {
    let venue = V::open().await;
    let described = venue.platform().describe().await.unwrap();
    assert_eq!(venue.platform().describe().await.unwrap(), described);
    assert_eq!(described.kind, ChatKind::Channel);
    let rights = described.rights;
    assert!(rights.post && rights.edit_others && rights.delete_others && rights.pin);
    assert_eq!(venue.seen().await, []);
}

async fn rights_are_told<V: Venue>() {
    let venue = V::open().await;
    let (strict, _) = venue.strict().await;
    let rights = strict.describe().await.unwrap().rights;
    assert!(rights.post && rights.delete_others && !rights.edit_others && !rights.pin);
}

async fn ids_grow<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let first = send_one(&platform, &text("one")).await;
    let between = venue.person_posts("a person's").await;
    let second = send_one(&platform, &text("two")).await;
    assert!(MessageId(0) < first && first < between && between < second);
    let texts: Vec<_> = venue.seen().await.into_iter().map(|seen| (seen.id, seen.text)).collect();
    assert_eq!(
        texts,
        [(first, "one".to_owned()), (between, "a person's".to_owned()), (second, "two".to_owned())]
    );
}

async fn an_edit_replaces_everything<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &text("old")).await;
    assert_eq!(platform.edit(id, &with_button("new")).await, Ok(Edited::Changed(None)));
    let with = Seen { id, text: "new".to_owned(), buttons: vec!["Docs".to_owned()], pinned: false };
    assert_eq!(venue.seen().await, [with]);
    assert_eq!(platform.edit(id, &text("new")).await, Ok(Edited::Changed(None)));
    let without = Seen { id, text: "new".to_owned(), buttons: Vec::new(), pinned: false };
    assert_eq!(venue.seen().await, [without]);
}

async fn what_is_so_already_is_said_to_be<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let mut message = with_button("see https://example.com/x");
    message.payload.preview = Preview { off: true, ..Preview::default() };
    let id = send_one(&platform, &message).await;
    assert_eq!(platform.edit(id, &message).await, Ok(Edited::AlreadySo));
    message.payload.preview = Preview { above: true, ..Preview::default() };
    assert_eq!(platform.edit(id, &message).await, Ok(Edited::Changed(None)));
    assert_eq!(platform.edit(id, &message).await, Ok(Edited::AlreadySo));
}

async fn what_is_gone_is_gone<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &text("short-lived")).await;
    venue.person_deletes(id).await;
    assert_eq!(kind(platform.edit(id, &text("again")).await), RefusalKind::Gone);
    assert_eq!(kind(platform.set_pinned(id, true).await), RefusalKind::Gone);
    assert_eq!(platform.set_pinned(id, false).await, Ok(()));
    assert_eq!(platform.delete(id).await, Ok(()));
    assert_eq!(venue.seen().await, []);
}

async fn deleting_is_repeatable<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let kept = send_one(&platform, &text("kept")).await;
    let id = send_one(&platform, &text("deleted")).await;
    assert_eq!(platform.delete(id).await, Ok(()));
    assert_eq!(platform.delete(id).await, Ok(()));
    let ids: Vec<_> = venue.seen().await.into_iter().map(|seen| seen.id).collect();
    assert_eq!(ids, [kept]);
}

async fn old_posts_can_be_edited_and_not_deleted<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let young = send_one(&platform, &text("young enough")).await;
    let old = send_one(&platform, &text("old")).await;
    venue.pass(47 * HOUR).await;
    assert_eq!(platform.delete(young).await, Ok(()));
    venue.pass(2 * HOUR).await;
    assert_eq!(kind(platform.delete(old).await), RefusalKind::NotDeletable);
    assert_eq!(platform.edit(old, &text("tombstone")).await, Ok(Edited::Changed(None)));
    let texts: Vec<_> = venue.seen().await.into_iter().map(|seen| seen.text).collect();
    assert_eq!(texts, ["tombstone"]);
}

async fn pins_are_repeatable<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &text("rules")).await;
    let other = send_one(&platform, &text("other")).await;
    for _ in 0..2 {
        assert_eq!(platform.set_pinned(id, true).await, Ok(()));
    }
    let pinned = |seen: Vec<Seen>| seen.into_iter().filter(|s| s.pinned).map(|s| s.id).collect::<Vec<_>>();
    assert_eq!(pinned(venue.seen().await), [id]);
    assert_eq!(platform.set_pinned(other, true).await, Ok(()));
    for _ in 0..2 {
        assert_eq!(platform.set_pinned(id, false).await, Ok(()));
    }
    assert_eq!(pinned(venue.seen().await), [other]);
}

async fn a_bad_payload_is_refused_whole<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &text("fine")).await;
    let mut answers_nothing = text("an answer");
    answers_nothing.payload.reply_to = Some(MessageId(4711));
    let mut bad_link = with_button("button");
    "javascript:alert(1)".clone_into(&mut bad_link.payload.buttons[0][0].url);
    let too_long = text(&"x".repeat(4097));
    for bad in [text("<p>no such tag</p>"), text(" \n "), too_long.clone(), answers_nothing, bad_link.clone()]
    {
        assert_eq!(kind(platform.send(&bad).await), RefusalKind::Content, "{bad:?}");
    }
    for bad in [text("<b>open"), text(""), too_long, bad_link] {
        assert_eq!(kind(platform.edit(id, &bad).await), RefusalKind::Content, "{bad:?}");
    }
    let texts: Vec<_> = venue.seen().await.into_iter().map(|seen| seen.text).collect();
    assert_eq!(texts, ["fine"]);
}

async fn what_belongs_to_others_is_left_alone<V: Venue>() {
    let venue = V::open().await;
    let (strict, post) = venue.strict().await;
    assert_eq!(kind(strict.edit(post, &text("mine now")).await), RefusalKind::NotEditable);
    assert_eq!(kind(strict.set_pinned(post, true).await), RefusalKind::NotEditable);
    let own = send_one(&strict, &text("own")).await;
    assert_eq!(strict.edit(own, &text("own, edited")).await, Ok(Edited::Changed(None)));
}

/// One test per promise, for one venue.
macro_rules! conforms {
    ($suite:ident, $venue:ty: $($promise:ident)*) => {
        mod $suite {
            use super::*;
            $(#[tokio::test]
            async fn $promise() {
                super::$promise::<$venue>().await;
            })*
        }
    };
    ($suite:ident, $venue:ty) => {
        conforms! { $suite, $venue:
            describing_changes_nothing
            rights_are_told
            ids_grow
            an_edit_replaces_everything
            what_is_so_already_is_said_to_be
            what_is_gone_is_gone
            deleting_is_repeatable
            old_posts_can_be_edited_and_not_deleted
            pins_are_repeatable
            a_bad_payload_is_refused_whole
            what_belongs_to_others_is_left_alone
        }
    };
}

conforms!(bot_api, Sandbox);
