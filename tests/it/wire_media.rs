//! Files through the Bot API client to the sandbox over HTTP: sent, sent again without their bytes, replaced.

use serde_json::{Value, json};
use tgsync::ids::MessageId;
use tgsync::lock::{Attachment, Content, Thumbnail, UrlButton};
use tgsync::media::{FileRef, Kind};
use tgsync::ports::{CallError, Edited, Outgoing, Platform as _, RefusalKind, Sent};
use tgsync::telegram::BotApi;

use crate::sandbox::media::{gif, jpeg, mp4};
use crate::stage::{CHANNEL, Stage, attach, media, outgoing, text};

pub(crate) const KINDS: [Kind; 6] =
    [Kind::Photo, Kind::Video, Kind::Animation, Kind::Audio, Kind::Voice, Kind::Document];

/// A file that Telegram makes a message of that kind of.
pub(crate) fn of_kind(stage: &Stage, kind: Kind) -> Attachment {
    let (name, content) = match kind {
        Kind::Photo => ("a b.jpg", jpeg(640, 480)),
        Kind::Video => ("film.mp4", mp4(true)),
        Kind::Animation => ("cat.gif", gif(320, 200)),
        Kind::Audio => ("song.mp3", b"ID3song".to_vec()),
        Kind::Voice => ("note.ogg", b"OggSnote".to_vec()),
        // What would become an animation if the server were allowed to look into it.
        Kind::Document => ("план.gif", gif(10, 10)),
    };
    Attachment { html: format!("<b>{}</b>", kind.word()), ..attach(stage.root.path(), kind, name, &content) }
}

fn photo(stage: &Stage, width: u16) -> Attachment {
    attach(stage.root.path(), Kind::Photo, &format!("{width}.jpg"), &jpeg(width, 200))
}

/// The same file as Telegram has it; its bytes are gone.
#[expect(clippy::disallowed_methods, reason = "tests set up files by hand")]
fn known(stage: &Stage, item: &Attachment, sent: &Sent) -> Attachment {
    let _ = std::fs::remove_file(stage.root.path().join(item.file.as_str()));
    Attachment { file_id: Some(file(sent).file_id), ..item.clone() }
}

fn file(sent: &Sent) -> FileRef {
    sent.files[0].clone().expect("a file")
}

async fn send_one(api: &BotApi, message: &Outgoing) -> Sent {
    let mut sent = api.send(message).await.unwrap();
    assert_eq!(sent.len(), 1);
    sent.remove(0)
}

async fn last_request(stage: &Stage) -> (String, Value) {
    let requests = stage.look("requests").await;
    let last = requests.as_array().unwrap().last().unwrap();
    (last["method"].as_str().unwrap().to_owned(), last["params"].clone())
}

/// The uploads that a request brought.
fn uploads(params: &Value) -> Vec<&str> {
    let brought = params.as_object().unwrap().iter().filter(|(_, value)| value["sha256"].is_string());
    brought.map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn every_kind_is_sent_and_sent_again_without_its_bytes() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    for kind in KINDS {
        let item = of_kind(&stage, kind);
        let first = send_one(&api, &media(vec![item.clone()])).await;
        let (method, params) = last_request(&stage).await;
        assert_eq!((uploads(&params), &params[kind.word()]["size"]), (vec![kind.word()], &json!(item.size)));
        assert_eq!(params[kind.word()]["sha256"], item.sha256.as_str(), "{method}");
        assert_eq!(params[kind.word()]["name"], item.file.as_str(), "{method}");

        let again = send_one(&api, &media(vec![known(&stage, &item, &first)])).await;
        let (method, params) = last_request(&stage).await;
        assert_eq!((uploads(&params), params[kind.word()].as_str()), (vec![], Some(&*file(&first).file_id)));
        assert_eq!(file(&again).unique, file(&first).unique, "{method}");
        assert!(again.id > first.id);

        let shown = stage.messages(CHANNEL).await.pop().unwrap();
        assert_eq!((shown["caption"].as_str(), shown[kind.word()].is_null()), (Some(kind.word()), false));
        assert_eq!(shown["caption_entities"][0]["type"], "bold");
    }
}

#[tokio::test]
async fn everything_a_file_can_carry_arrives() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let small = attach(stage.root.path(), Kind::Photo, "small.jpg", &jpeg(100, 60));
    let thumbnail = Thumbnail { file: small.file, sha256: small.sha256, size: small.size };
    let item =
        Attachment { spoiler: true, thumbnail: Some(thumbnail.clone()), ..of_kind(&stage, Kind::Video) };
    let mut message = outgoing(Content::Media { items: vec![item.clone()], above: true });
    let button = UrlButton { text: "Docs".to_owned(), url: "https://example.com/docs".to_owned() };
    message.payload.buttons = vec![vec![button]];
    message.payload.protect = true;
    message.payload.silent = true;
    let sent = send_one(&api, &message).await;
    let (_, params) = last_request(&stage).await;
    assert_eq!(uploads(&params), ["thumbnail0", "video"]);
    assert_eq!(
        (&params["supports_streaming"], &params["disable_notification"]),
        (&json!("true"), &json!("true"))
    );
    let shown = stage.messages(CHANNEL).await.pop().unwrap();
    assert_eq!(
        (&shown["show_caption_above_media"], &shown["has_media_spoiler"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(shown["reply_markup"]["inline_keyboard"][0][0]["text"], "Docs");
    assert_eq!(shown["has_protected_content"], true);
    assert!(shown["video"]["thumbnail"]["file_id"].is_string(), "{shown}");

    // An edit says all of it again, or takes it away.
    let same = Attachment { thumbnail: None, ..known(&stage, &item, &sent) };
    let bare = media(vec![Attachment { html: String::new(), spoiler: false, ..same.clone() }]);
    assert!(
        matches!(api.edit(sent.id, &bare).await, Ok(Edited::Changed { files, .. }) if files[0].is_some())
    );
    let shown = stage.messages(CHANNEL).await.pop().unwrap();
    for gone in ["caption", "show_caption_above_media", "has_media_spoiler", "reply_markup"] {
        assert_eq!(shown[gone], Value::Null, "{gone}");
    }
    message.payload.content = Content::Media { items: vec![same], above: true };
    assert!(
        matches!(api.edit(sent.id, &message).await, Ok(Edited::Changed { files, .. }) if files[0].is_some())
    );
    let shown = stage.messages(CHANNEL).await.pop().unwrap();
    assert_eq!(
        (&shown["show_caption_above_media"], &shown["has_media_spoiler"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(shown["reply_markup"]["inline_keyboard"][0][0]["text"], "Docs");
    assert_eq!(api.edit(sent.id, &message).await, Ok(Edited::AlreadySo));
}

#[tokio::test]
async fn an_album_of_ten_mixes_uploads_and_what_telegram_has() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let mut items = Vec::new();
    for width in 300..310 {
        let item = photo(&stage, width);
        items.push(if width % 2 == 0 {
            let sent = send_one(&api, &media(vec![item.clone()])).await;
            known(&stage, &item, &sent)
        } else {
            item
        });
    }
    items[3] = of_kind(&stage, Kind::Video);
    items[0].html = "first".to_owned();
    items[9].html = "<i>last</i>".to_owned();
    items[9].spoiler = true;
    let sent = api.send(&outgoing(Content::Media { items: items.clone(), above: true })).await.unwrap();
    let (method, params) = last_request(&stage).await;
    assert_eq!(method, "sendMediaGroup");
    assert_eq!(uploads(&params), ["file1", "file3", "file5", "file7", "file9"]);
    assert_eq!(sent.len(), 10);
    assert!(sent.windows(2).all(|pair| pair[0].id < pair[1].id));
    let shown = stage.messages(CHANNEL).await.split_off(5);
    let ids: Vec<MessageId> =
        serde_json::from_value(shown.iter().map(|m| m["message_id"].clone()).collect()).unwrap();
    assert_eq!(ids, sent.iter().map(|sent| sent.id).collect::<Vec<_>>());
    assert!(shown.iter().all(|m| m["media_group_id"] == shown[0]["media_group_id"]));
    assert_eq!((&shown[0]["caption"], &shown[9]["caption"]), (&json!("first"), &json!("last")));
    assert_eq!(
        (&shown[0]["show_caption_above_media"], &shown[9]["has_media_spoiler"]),
        (&json!(true), &json!(true))
    );
    assert!(shown[3]["video"].is_object());
    let widths: Vec<i64> = [0, 1, 8, 9].map(|at: usize| largest_width(&shown[at])).into();
    assert_eq!(widths, [300, 301, 308, 309]);

    // All of it again, and nothing goes up.
    let again: Vec<_> = items.iter().zip(&sent).map(|(item, sent)| known(&stage, item, sent)).collect();
    let resent = api.send(&media(again)).await.unwrap();
    let unique = |sent: &[Sent]| sent.iter().map(|sent| file(sent).unique).collect::<Vec<_>>();
    assert_eq!(unique(&resent), unique(&sent));
    assert_eq!(uploads(&last_request(&stage).await.1), Vec::<&str>::new());
}

fn largest_width(message: &Value) -> i64 {
    let sizes = message["photo"].as_array().unwrap();
    sizes.iter().map(|size| size["width"].as_i64().unwrap()).max().unwrap()
}

#[tokio::test]
async fn an_item_of_an_album_is_replaced() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let sent = api.send(&media(vec![photo(&stage, 300), photo(&stage, 301)])).await.unwrap();
    let edited = api.edit(sent[1].id, &media(vec![photo(&stage, 302)])).await;
    let Ok(Edited::Changed { files: now, .. }) = edited else { panic!("{edited:?}") };
    let now = now[0].clone().unwrap();
    assert_ne!(now.unique, file(&sent[1]).unique);
    let shown = stage.messages(CHANNEL).await;
    assert_eq!((largest_width(&shown[0]), largest_width(&shown[1])), (300, 302));
    assert_eq!(shown[0]["media_group_id"], shown[1]["media_group_id"]);
    // A class of its own.
    let refused = api.edit(sent[1].id, &media(vec![of_kind(&stage, Kind::Document)])).await;
    assert_eq!(kind(refused), RefusalKind::Content);
}

fn kind<T: std::fmt::Debug>(result: Result<T, CallError>) -> RefusalKind {
    match result {
        Err(CallError::Refused(refusal)) => refusal.kind,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn any_file_takes_the_place_of_any_other_and_of_text() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let replaceable = KINDS.into_iter().filter(|kind| kind.is_replaceable());
    for from in replaceable.clone() {
        for to in replaceable.clone() {
            let sent = send_one(&api, &media(vec![of_kind(&stage, from)])).await;
            let mut item = of_kind(&stage, to);
            item.html = "new".to_owned();
            let edited = api.edit(sent.id, &media(vec![item.clone()])).await;
            let Ok(Edited::Changed { files, .. }) = edited else { panic!("{from:?} to {to:?}: {edited:?}") };
            let file = files[0].clone().unwrap();
            item.file_id = Some(file.file_id);
            assert_eq!(api.edit(sent.id, &media(vec![item])).await, Ok(Edited::AlreadySo));
            let (method, params) = last_request(&stage).await;
            assert_eq!((method.as_str(), uploads(&params)), ("editMessageMedia", Vec::<&str>::new()));
        }
    }
    let words = send_one(&api, &text("words")).await;
    assert_eq!(words.files, []);
    let edited = api.edit(words.id, &media(vec![of_kind(&stage, Kind::Photo)])).await;
    assert!(matches!(&edited, Ok(Edited::Changed { files, .. }) if files[0].is_some()), "{edited:?}");
    // There is no way back, and none from or to a voice.
    assert_eq!(kind(api.edit(words.id, &text("words")).await), RefusalKind::NotEditable);
    let voice = send_one(&api, &media(vec![of_kind(&stage, Kind::Voice)])).await;
    let refused = api.edit(voice.id, &media(vec![of_kind(&stage, Kind::Audio)])).await;
    assert_eq!(kind(refused), RefusalKind::NotEditable);
}

#[tokio::test]
async fn a_caption_is_edited_alone() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let sent = send_one(&api, &media(vec![photo(&stage, 300)])).await;
    let caption = |html: &str, above| outgoing(Content::Caption { html: html.to_owned(), above });
    let edited = api.edit(sent.id, &caption("<b>new</b>", true)).await;
    assert!(matches!(edited, Ok(Edited::Changed { files, .. }) if files == sent.files));
    let (method, params) = last_request(&stage).await;
    assert_eq!((method.as_str(), uploads(&params)), ("editMessageCaption", Vec::<&str>::new()));
    let shown = stage.messages(CHANNEL).await.pop().unwrap();
    assert_eq!((&shown["caption"], &shown["show_caption_above_media"]), (&json!("new"), &json!(true)));
    assert_eq!(api.edit(sent.id, &caption("<b>new</b>", true)).await, Ok(Edited::AlreadySo));
    assert!(matches!(api.edit(sent.id, &caption("", false)).await, Ok(Edited::Changed { .. })));
    assert_eq!(stage.messages(CHANNEL).await.pop().unwrap()["caption"], Value::Null);
    let words = send_one(&api, &text("words")).await;
    assert_eq!(kind(api.edit(words.id, &caption("new", false)).await), RefusalKind::NotEditable);
}

#[tokio::test]
async fn a_file_id_that_nobody_knows_asks_for_an_upload() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let fresh = photo(&stage, 300);
    let sent = send_one(&api, &media(vec![fresh.clone()])).await;
    let item = |id: &str| Attachment { file_id: Some(id.to_owned()), ..fresh.clone() };
    let document = send_one(&api, &media(vec![of_kind(&stage, Kind::Document)])).await;
    for id in ["AgACAgQAAxkDAAMC", "!!", &file(&document).file_id] {
        assert_eq!(kind(api.send(&media(vec![item(id)])).await), RefusalKind::UnknownFile, "{id}");
        let album = media(vec![photo(&stage, 301), item(id)]);
        assert_eq!(kind(api.send(&album).await), RefusalKind::UnknownFile, "{id}");
        assert_eq!(kind(api.edit(sent.id, &media(vec![item(id)])).await), RefusalKind::UnknownFile, "{id}");
    }
    assert_eq!(stage.messages(CHANNEL).await.len(), 2);
}

#[tokio::test]
async fn files_that_telegram_refuses() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let root = stage.root.path();
    let bad = [
        media(vec![attach(root, Kind::Photo, "empty.jpg", b"")]),
        media(vec![attach(root, Kind::Photo, "flat.jpg", &jpeg(9000, 9000))]),
        media(vec![attach(root, Kind::Photo, "thin.jpg", &jpeg(2100, 100))]),
        media(vec![attach(root, Kind::Photo, "no.jpg", b"no picture")]),
        media(vec![of_kind(&stage, Kind::Animation), photo(&stage, 300)]),
        media(vec![of_kind(&stage, Kind::Document), photo(&stage, 300)]),
        media((300..311).map(|width| photo(&stage, width)).collect()),
        media(vec![Attachment { html: "<p>".to_owned(), ..photo(&stage, 300) }]),
        media(vec![Attachment { html: "x".repeat(1025), ..photo(&stage, 300) }]),
    ];
    for message in bad {
        assert_eq!(kind(api.send(&message).await), RefusalKind::Content, "{message:?}");
    }
    assert_eq!(stage.messages(CHANNEL).await, Vec::<Value>::new());
    let nothing = media(Vec::new());
    assert_eq!(kind(api.send(&nothing).await), RefusalKind::Content);
    assert_eq!(kind(api.edit(MessageId(1), &nothing).await), RefusalKind::Content);
}
