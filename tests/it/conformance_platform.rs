//! What `apply` relies on, whatever platform it writes to. Every implementation of `Platform` passes all of it: give it
//! a `Venue` and a line at the end of this file.

use std::time::Duration;

use serde_json::json;
use tgsync::ids::{MessageId, Sha256Hex};
use tgsync::lock::{Attachment, Content, Preview, UrlButton};
use tgsync::media::{FileRef, Kind};
use tgsync::ports::{CallError, ChatKind, Edited, Outgoing, Platform, RefusalKind};
use tgsync::telegram::BotApi;

use crate::sandbox::media::jpeg;
use crate::stage::{CHANNEL, STRICT, Stage, attach, media, outgoing, text};

/// One message as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    id: MessageId,
    text: String,
    /// The labels of its buttons.
    buttons: Vec<String>,
    pinned: bool,
    /// Whether it holds a file; its text is a caption then.
    has_file: bool,
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
    /// A file that the platform may read, to be attached as a photo.
    fn photo(&self, name: &str, content: &[u8]) -> Attachment;
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
                text: message["text"].as_str().or(message["caption"].as_str()).unwrap_or_default().to_owned(),
                has_file: message["photo"].is_array(),
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

    fn photo(&self, name: &str, content: &[u8]) -> Attachment {
        attach(self.stage.root.path(), Kind::Photo, name, content)
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
    assert!(
        matches!(platform.edit(id, &with_button("new")).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
    let with =
        Seen { id, text: "new".to_owned(), buttons: vec!["Docs".to_owned()], pinned: false, has_file: false };
    assert_eq!(venue.seen().await, [with]);
    assert!(
        matches!(platform.edit(id, &text("new")).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
    let without = Seen { id, text: "new".to_owned(), buttons: Vec::new(), pinned: false, has_file: false };
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
    assert!(
        matches!(platform.edit(id, &message).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
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
    assert!(
        matches!(platform.edit(old, &text("tombstone")).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
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
    assert!(
        matches!(strict.edit(own, &text("own, edited")).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
}

fn with_caption(item: Attachment, html: &str) -> Attachment {
    Attachment { html: html.to_owned(), ..item }
}

/// The same file by its id: its bytes are not looked at.
fn by_id(item: &Attachment, file: &FileRef) -> Attachment {
    Attachment { file_id: Some(file.file_id.clone()), sha256: Sha256Hex::of(b""), ..item.clone() }
}

async fn shown<V: Venue>(venue: &V) -> Vec<(String, bool)> {
    venue.seen().await.into_iter().map(|seen| (seen.text, seen.has_file)).collect()
}

async fn a_file_is_sent_once_and_then_by_its_id<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let item = with_caption(venue.photo("a.jpg", &jpeg(300, 200)), "<b>cover</b>");
    let sent = platform.send(&media(vec![item.clone()])).await.unwrap();
    assert_eq!(sent.len(), 1);
    let file = sent[0].files[0].clone().expect("what a photo became is told");
    let again = platform.send(&media(vec![by_id(&item, &file)])).await.unwrap();
    assert_eq!(again[0].files[0].as_ref().map(|file| &file.unique), Some(&file.unique));
    assert_eq!(shown(&venue).await, [("cover".to_owned(), true), ("cover".to_owned(), true)]);
    let unknown = FileRef { file_id: "AgACAgQ".to_owned(), unique: String::new() };
    let message = media(vec![by_id(&item, &unknown)]);
    assert_eq!(kind(platform.send(&message).await), RefusalKind::UnknownFile);
    assert_eq!(kind(platform.edit(sent[0].id, &message).await), RefusalKind::UnknownFile);
}

async fn an_album_is_a_message_per_item<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let items: Vec<_> = (0..10_u16)
        .map(|n| with_caption(venue.photo(&format!("{n}.jpg"), &jpeg(300 + n, 200)), &n.to_string()))
        .collect();
    let sent = platform.send(&media(items.clone())).await.unwrap();
    let ids: Vec<_> = sent.iter().map(|sent| sent.id).collect();
    let expected: Vec<_> = (0..10).map(|n| (n.to_string(), true)).collect();
    assert_eq!(shown(&venue).await, expected);
    assert_eq!(venue.seen().await.into_iter().map(|seen| seen.id).collect::<Vec<_>>(), ids);
    let swapped = with_caption(by_id(&items[1], sent[1].files[0].as_ref().unwrap()), "1");
    let edited = platform.edit(ids[0], &media(vec![swapped])).await;
    assert!(matches!(edited, Ok(Edited::Changed { files, .. }) if files[0].is_some()));
    assert_eq!(shown(&venue).await[..2], [("1".to_owned(), true), ("1".to_owned(), true)]);
}

async fn a_file_is_replaced_with_all_that_is_around_it<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &with_button("words")).await;
    let first = media(vec![with_caption(venue.photo("a.jpg", &jpeg(300, 200)), "first")]);
    let Ok(Edited::Changed { files, .. }) = platform.edit(id, &first).await else { panic!() };
    let file = files[0].clone().unwrap();
    let without_buttons =
        Seen { id, text: "first".to_owned(), buttons: Vec::new(), pinned: false, has_file: true };
    assert_eq!(venue.seen().await, [without_buttons]);
    let second = media(vec![venue.photo("b.jpg", &jpeg(301, 200))]);
    let Ok(Edited::Changed { files, .. }) = platform.edit(id, &second).await else { panic!() };
    let other = files[0].clone().unwrap();
    assert_ne!(file.unique, other.unique);
    assert_eq!(shown(&venue).await, [(String::new(), true)]);
    assert_eq!(kind(platform.edit(id, &text("words")).await), RefusalKind::NotEditable);
}

async fn a_caption_is_replaced_without_its_file<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let item = with_caption(venue.photo("a.jpg", &jpeg(300, 200)), "old");
    let sent = platform.send(&media(vec![item])).await.unwrap().remove(0);
    let caption = |html: &str| outgoing(Content::Caption { html: html.to_owned(), above: false });
    let edited = platform.edit(sent.id, &caption("<b>new</b>")).await;
    assert!(matches!(edited, Ok(Edited::Changed { files, .. }) if files == sent.files));
    assert_eq!(platform.edit(sent.id, &caption("<b>new</b>")).await, Ok(Edited::AlreadySo));
    assert_eq!(shown(&venue).await, [("new".to_owned(), true)]);
    let words = send_one(&platform, &text("words")).await;
    assert_eq!(kind(platform.edit(words, &caption("new")).await), RefusalKind::NotEditable);
}

async fn only_the_planned_file_is_sent<V: Venue>() {
    let venue = V::open().await;
    let platform = venue.platform();
    let id = send_one(&platform, &text("words")).await;
    let planned = venue.photo("a.jpg", &jpeg(300, 200));
    let other = venue.photo("a.jpg", &jpeg(301, 200));
    assert_eq!((planned.size, &planned.file), (other.size, &other.file));
    for items in [vec![planned.clone()], vec![planned.clone(), other]] {
        assert_eq!(kind(platform.send(&media(items)).await), RefusalKind::Content);
    }
    assert_eq!(kind(platform.edit(id, &media(vec![planned])).await), RefusalKind::Content);
    assert_eq!(shown(&venue).await, [("words".to_owned(), false)]);
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
            a_file_is_sent_once_and_then_by_its_id
            an_album_is_a_message_per_item
            a_file_is_replaced_with_all_that_is_around_it
            a_caption_is_replaced_without_its_file
            only_the_planned_file_is_sent
        }
    };
}

conforms!(bot_api, Sandbox);
