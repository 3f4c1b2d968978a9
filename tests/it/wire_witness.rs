//! What the client learns of a chat without changing it, from a sandbox over HTTP.

use serde_json::json;
use tgsync::ids::{ChatId, Digest, MessageId};
use tgsync::lock::{Content, Kind, UrlButton};
use tgsync::media;
use tgsync::ports::{
    CallError, Edited, Heard, HeardOf, Outgoing, Platform as _, Probe, Reading, RefusalKind, Seen,
    Witness as _,
};
use tgsync::telegram::BotApi;

use crate::stage::{CHANNEL, FORUM, PERSON, STRICT, Stage, attach, media, outgoing, text};
use crate::wire_media::{KINDS, of_kind};

const TEXT: Probe = Probe::There { holds_text: true };
const FILE: Probe = Probe::There { holds_text: false };

/// Calls that can change a message of a chat, but for those that name `scratch`.
async fn writes(stage: &Stage, chat: ChatId) -> Vec<String> {
    let requests = stage.look("requests").await;
    let of_chat =
        |params: &serde_json::Value| params["chat_id"].to_string().trim_matches('"') == chat.to_string();
    let calls = requests.as_array().unwrap().iter().filter(|call| of_chat(&call["params"]));
    let blank = |call: &&serde_json::Value| call["params"]["text"] != " ";
    calls.filter(blank).map(|call| call["method"].as_str().unwrap().to_owned()).collect()
}

async fn send(api: &BotApi, message: &Outgoing) -> (MessageId, Digest) {
    let sent = api.send(message).await.unwrap().remove(0);
    (sent.id, sent.shown.unwrap())
}

async fn seen(api: &BotApi, id: MessageId) -> Seen {
    match api.read(id, PERSON).await.unwrap() {
        Reading::Seen(seen) => *seen,
        other => panic!("{id}: {other:?}"),
    }
}

#[tokio::test]
async fn a_probe_tells_what_is_there_and_changes_nothing() {
    let stage = Stage::new().await;
    for (chat, of_others) in [(CHANNEL, TEXT), (STRICT, Probe::Locked)] {
        let api = stage.at(chat);
        let words = send(&api, &text("words")).await.0;
        let rich = send(&api, &outgoing(Content::Rich { html: "<p>rich</p>".to_owned(), items: Vec::new() }))
            .await
            .0;
        let file = send(&api, &media(vec![of_kind(&stage, media::Kind::Photo)])).await.0;
        let voice = send(&api, &media(vec![of_kind(&stage, media::Kind::Voice)])).await.0;
        let gone = send(&api, &text("gone")).await.0;
        api.delete(gone).await.unwrap();
        let theirs = stage.human(json!({ "do": "post", "chat_id": chat, "text": "theirs" })).await;
        let copy = json!({ "do": "copy", "chat_id": chat, "message_id": words });
        let forward = json!({ "do": "forward", "chat_id": chat, "message_id": words });
        let (copy, forward) = (stage.human(copy).await, stage.human(forward).await);
        let before = stage.messages(chat).await;
        let cases = [
            (words, TEXT),
            (rich, TEXT),
            (file, FILE),
            (voice, FILE),
            (gone, Probe::Missing),
            (MessageId(900), Probe::Missing),
            (theirs, of_others.clone()),
            (copy, of_others),
            (forward, Probe::Locked),
            // The channel was created.
            (MessageId(1), Probe::Locked),
        ];
        for (id, expected) in cases {
            assert_eq!(api.probe(id).await, Ok(expected), "{id} of {chat}");
        }
        assert_eq!(stage.messages(chat).await, before);
    }
}

#[tokio::test]
async fn what_ends_everything_is_no_answer_to_a_probe() {
    let stage = Stage::with(&["-1001:channel:left:left"]).await;
    let refused = |error| matches!(error, CallError::Refused(no) if no.kind == RefusalKind::Access);
    assert!(refused(stage.at(ChatId(-1001)).probe(MessageId(1)).await.unwrap_err()));
    let stage = Stage::new().await;
    stage.fault(json!({ "method": "editMessageText", "kind": "server_error" })).await;
    assert!(matches!(stage.at(CHANNEL).probe(MessageId(1)).await, Err(CallError::Unknown(_))));
}

fn with_buttons(mut message: Outgoing) -> Outgoing {
    let button = UrlButton { text: "Docs".to_owned(), url: "https://example.com/docs".to_owned() };
    message.payload.buttons = vec![vec![button]];
    message
}

/// A message of every kind that a post can be.
fn one_of_each(stage: &Stage) -> Vec<Outgoing> {
    let words = text("<b>Bold</b> and <a href=\"https://example.com/x\">linked</a> #tag");
    let rich = "<h2>Title</h2><p>one <b>two</b></p><table><tr><td>a</td><td>b</td></tr></table>";
    let mut of_each = vec![
        with_buttons(words.clone()),
        words,
        outgoing(Content::Rich { html: rich.to_owned(), items: Vec::new() }),
        with_buttons(outgoing(Content::Rich { html: rich.to_owned(), items: Vec::new() })),
    ];
    of_each.extend(KINDS.map(|kind| media(vec![of_kind(stage, kind)])));
    let mut spoiler = of_kind(stage, media::Kind::Photo);
    spoiler.spoiler = true;
    of_each.push(outgoing(Content::Media { items: vec![spoiler], above: true }));
    of_each
}

#[tokio::test]
async fn a_message_reads_as_it_was_sent_until_somebody_edits_it() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    for protect in [false, true] {
        for mut message in one_of_each(&stage) {
            message.payload.protect = protect;
            let (id, shown) = send(&api, &message).await;
            let read = seen(&api, id).await;
            assert_eq!((&read.shown, read.copied), (&shown, protect), "{message:?}");
            assert_eq!(read.origin, (!protect).then_some((CHANNEL, id)));
            assert_eq!(read.date.is_some(), !protect);
            let is_text = matches!(message.payload.content, Content::Text { .. } | Content::Rich { .. });
            let (what, new) = if is_text { ("text", "by hand") } else { ("caption", "by hand") };
            stage.human(json!({ "do": "edit", "chat_id": CHANNEL, "message_id": id, what: new })).await;
            let edited = seen(&api, id).await;
            assert_ne!(edited.shown, shown, "{message:?}");
            assert_eq!(edited.text, new);
            // The file is still the same one; that of a voice can't be replaced anyway.
            message.payload.content = message.payload.content.edit(None, true);
            let back = api.edit(id, &message).await.unwrap();
            let Edited::Changed { shown: Some(told), .. } = back else { panic!("{back:?}") };
            assert_eq!((&seen(&api, id).await.shown, &told), (&shown, &shown), "{message:?}");
        }
    }
    assert_eq!(stage.messages(PERSON).await, Vec::<serde_json::Value>::new(), "nothing is left behind");
}

#[tokio::test]
async fn what_is_read_is_told_apart() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let (id, _) = send(&api, &text("<b>Bold</b> words")).await;
    let read = seen(&api, id).await;
    assert_eq!((read.kind, read.text.as_str(), read.file), (Some(Kind::Text), "Bold words", None));
    let (id, _) = send(
        &api,
        &outgoing(Content::Rich { html: "<h2>T</h2><p>one <b>two</b></p>".into(), items: Vec::new() }),
    )
    .await;
    let read = seen(&api, id).await;
    assert_eq!((read.kind, read.text.as_str()), (Some(Kind::Rich), "T\none two"));
    let items = vec![of_kind(&stage, media::Kind::Photo), of_kind(&stage, media::Kind::Video)];
    let album = api.send(&media(items)).await.unwrap();
    for (sent, kind) in album.iter().zip([Kind::Photo, Kind::Video]) {
        let read = seen(&api, sent.id).await;
        assert_eq!((read.kind, Some(&read.shown)), (Some(kind), sent.shown.as_ref()));
        assert_eq!(read.file, sent.files.first().cloned().flatten().map(|file| file.unique));
    }
    // Another file of the same kind, with the same caption.
    let other = attach(stage.root.path(), media::Kind::Document, "other.txt", b"other");
    let one = api.send(&media(vec![other.clone()])).await.unwrap().remove(0);
    let two = api.send(&media(vec![attach(stage.root.path(), media::Kind::Document, "n.txt", b"new")])).await;
    assert_ne!(one.shown, two.unwrap().remove(0).shown);
    let unread = [
        (MessageId(900), Reading::Missing),
        (MessageId(1), Reading::Unreadable("Bad Request: the message can't be copied".to_owned())),
    ];
    for (id, expected) in unread {
        assert_eq!(api.read(id, PERSON).await, Ok(expected));
    }
    assert_eq!(writes(&stage, CHANNEL).await.iter().filter(|method| !method.starts_with("send")).count(), 0);
    assert!(api.read(id, CHANNEL).await.is_err(), "the chat itself is no scratch chat");
    assert!(
        matches!(api.read(id, ChatId(7)).await, Err(CallError::Refused(no)) if no.kind == RefusalKind::Access)
    );
}

/// Somebody else's post that somebody forwards tells of where it came from first.
#[tokio::test]
async fn a_forward_of_a_forward_names_its_first_origin() {
    let stage = Stage::new().await;
    let id = stage.human(json!({ "do": "post", "chat_id": STRICT, "text": "theirs" })).await;
    let what = json!({ "do": "forward", "chat_id": CHANNEL, "from_chat_id": STRICT, "message_id": id });
    let forwarded = stage.human(what).await;
    assert_eq!(seen(&stage.at(CHANNEL), forwarded).await.origin, Some((STRICT, id)));
}

fn told(heard: &[Heard]) -> Vec<(ChatId, HeardOf)> {
    heard.iter().map(|heard| (heard.chat, heard.what)).collect()
}

#[tokio::test]
async fn a_bot_hears_of_others_and_gets_receipts_for_its_own() {
    let stage = Stage::linked().await;
    let api = stage.at(CHANNEL);
    assert_eq!(api.hear(None).await, Ok(Vec::new()));
    let own = send(&api, &text("own")).await.0;
    let theirs = stage.human(json!({ "do": "post", "chat_id": STRICT, "text": "theirs" })).await;
    stage.human(json!({ "do": "edit", "chat_id": STRICT, "message_id": theirs, "text": "new" })).await;
    // A bot is not told of what becomes of its own posts.
    stage.human(json!({ "do": "edit", "chat_id": CHANNEL, "message_id": own, "text": "new" })).await;
    api.set_pinned(own, true).await.unwrap();
    let receipt = HeardOf::Receipt { channel: CHANNEL, id: own };
    let heard = api.hear(None).await.unwrap();
    let expected = [
        (FORUM, receipt),
        (STRICT, HeardOf::Post(theirs)),
        (STRICT, HeardOf::Edit(theirs)),
        (FORUM, receipt),
        (CHANNEL, HeardOf::Service(MessageId(own.0 + 1))),
    ];
    assert_eq!(told(&heard), expected);
    // Those before are forgotten, the rest comes again.
    assert_eq!(told(&api.hear(Some(heard[2].update)).await.unwrap()), expected[2..]);
    assert_eq!(told(&api.hear(None).await.unwrap()), expected[2..]);
    assert_eq!(api.hear(Some(heard[4].update + 1)).await, Ok(Vec::new()));
    stage.advance(60).await;
    let late = stage.human(json!({ "do": "post", "chat_id": STRICT, "text": "late" })).await;
    stage.advance(24 * 60 * 60).await;
    assert_eq!(api.hear(None).await, Ok(Vec::new()), "{late} was too long ago");
}

#[tokio::test]
async fn updates_that_go_elsewhere() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    stage.call("setWebhook", &json!({ "url": "https://example.com/hook" })).await;
    let CallError::Refused(no) = api.hear(None).await.unwrap_err() else { panic!() };
    assert_eq!(no.kind, RefusalKind::Elsewhere);
    assert!(no.text.contains("webhook"), "{}", no.text);
    stage.call("deleteWebhook", &json!({})).await;
    assert_eq!(api.hear(None).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_marker_is_of_another_kind() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    for (unlike, probe) in [
        (Kind::Text, FILE),
        (Kind::Rich, FILE),
        (Kind::Photo, TEXT),
        (Kind::Album, TEXT),
        (Kind::Document, TEXT),
    ] {
        let mark = api.mark(unlike).await.unwrap();
        assert_eq!(api.probe(mark).await, Ok(probe), "{unlike:?}");
        let requests = stage.look("requests").await;
        let sent = requests.as_array().unwrap().iter().rfind(|call| call["method"] != "editMessageText");
        assert_eq!(sent.unwrap()["params"]["disable_notification"].to_string().trim_matches('"'), "true");
        api.delete(mark).await.unwrap();
    }
    assert_eq!(stage.messages(CHANNEL).await, Vec::<serde_json::Value>::new());
}
