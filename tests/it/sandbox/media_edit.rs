//! Edits of media: what may take the place of what, and what is no change.

use serde_json::{Value, json};

use super::media::{Upload, gif, jpeg, mp4};
use super::{CHANNEL, SCRATCH, Sandbox};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the \
                            same as a current content and reply markup of the message";

fn files() -> Vec<Upload<'static>> {
    vec![
        ("photo", "a.jpg", jpeg(99, 99)),
        ("video", "a.mp4", mp4(true)),
        ("animation", "a.gif", gif(99, 99)),
        ("audio", "a.mp3", b"ID3".to_vec()),
        ("document", "a.pdf", b"%PDF".to_vec()),
        ("voice", "a.ogg", b"OggS".to_vec()),
    ]
}

async fn edit(sandbox: &Sandbox, id: &Value, media: Value) -> Value {
    sandbox
        .upload("editMessageMedia", json!({"chat_id": CHANNEL, "message_id": id, "media": media}), files())
        .await
}

/// A fresh message of each kind.
async fn fresh(sandbox: &Sandbox, kind: &str) -> Value {
    if kind == "text" {
        return sandbox.send(CHANNEL, "text").await.into();
    }
    if kind == "rich" {
        let rich = json!({"chat_id": CHANNEL, "rich_message": {"html": "<p>rich</p>"}});
        return sandbox.ok("sendRichMessage", rich).await["message_id"].clone();
    }
    let method = format!("send{}{}", kind[..1].to_ascii_uppercase(), &kind[1..]);
    sandbox.sent(&method, json!({"chat_id": CHANNEL}), files()).await["message_id"].clone()
}

#[tokio::test]
async fn text_and_media_become_media_but_never_text_again() {
    let sandbox = Sandbox::new().await;
    let media = ["photo", "video", "animation", "audio", "document"];
    for old in ["text", "rich", "photo", "video", "animation", "audio", "document", "voice"] {
        let id = fresh(&sandbox, old).await;
        for new in media {
            let reply = edit(&sandbox, &id, json!({"type": new, "media": format!("attach://{new}")})).await;
            if old == "voice" {
                assert_eq!(reply["description"], "Bad Request: message media can't be edited");
            } else {
                assert!(!reply["result"][new].is_null(), "{old} → {new}: {reply}");
                assert_eq!(reply["result"].get("text"), None);
                assert!(reply["result"]["edit_date"].is_i64());
            }
        }
        let place = json!({"chat_id": CHANNEL, "message_id": id});
        for content in [json!({"text": "x"}), json!({"rich_message": {"html": "x"}})] {
            let mut params = place.clone();
            params.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
            assert_eq!(
                sandbox.bad("editMessageText", params).await,
                "there is no text in the message to edit",
                "{old}"
            );
        }
    }
}

#[tokio::test]
async fn items_of_albums_stay_among_their_like() {
    let sandbox = Sandbox::new().await;
    let media = |kind: &str| json!({"type": kind, "media": format!("attach://{kind}")});
    let not_in_album = "message content type can't be used in an album";
    let not_changed = "can't change media type in the album";
    for (old, new, expected) in [
        ("photo", "photo", None),
        ("photo", "video", None),
        ("video", "photo", None),
        ("photo", "animation", Some(not_in_album)),
        ("photo", "document", Some(not_changed)),
        ("document", "document", None),
        ("document", "photo", Some(not_changed)),
        ("document", "audio", Some(not_changed)),
        ("audio", "audio", None),
    ] {
        let album = json!({"chat_id": CHANNEL, "media": [media(old), media(old)]});
        let sent = sandbox.sent("sendMediaGroup", album, files()).await;
        let reply = edit(&sandbox, &sent[1]["message_id"], media(new)).await;
        if let Some(expected) = expected {
            assert_eq!(reply["description"], format!("Bad Request: {expected}"), "{old} → {new}");
        } else {
            assert!(!reply["result"][new].is_null(), "{old} → {new}: {reply}");
            assert_eq!(reply["result"]["media_group_id"], sent[1]["media_group_id"]);
        }
    }
}

#[tokio::test]
async fn an_edit_replaces_everything_and_needs_a_change() {
    let sandbox = Sandbox::new().await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Docs", "url": "https://a.com/"}]]});
    let sent = sandbox
        .sent(
            "sendPhoto",
            json!({"chat_id": CHANNEL, "caption": "c", "has_spoiler": true, "show_caption_above_media": true, "reply_markup": keyboard}),
            files(),
        )
        .await;
    let photo = &sent["photo"][0]["file_id"];
    let full = json!({"type": "photo", "media": photo, "caption": "c", "has_spoiler": true, "show_caption_above_media": true});
    let edit = |media: Value, keyboard: Option<&Value>| {
        let mut params = json!({"chat_id": CHANNEL, "message_id": sent["message_id"], "media": media});
        if let Some(keyboard) = keyboard {
            params["reply_markup"] = keyboard.clone();
        }
        let sandbox = &sandbox;
        async move { sandbox.upload("editMessageMedia", params, files()).await }
    };
    let refused = format!("Bad Request: {NOT_MODIFIED}");
    assert_eq!(edit(full.clone(), Some(&keyboard)).await["description"], refused);
    assert_eq!(edit(full.clone(), None).await["result"].get("reply_markup"), None, "the keyboard goes");
    assert_eq!(edit(full.clone(), None).await["description"], refused);
    let bare = edit(json!({"type": "photo", "media": photo}), None).await["result"].clone();
    for gone in ["caption", "has_media_spoiler", "show_caption_above_media"] {
        assert_eq!(bare.get(gone), None);
    }
    let uploaded = json!({"type": "photo", "media": "attach://photo"});
    let again = edit(uploaded, None).await;
    assert_eq!(again["result"]["photo"], sent["photo"], "an upload is a change, whatever its bytes");
    let long = json!({"type": "photo", "media": photo, "caption": "x".repeat(1025)});
    assert_eq!(edit(long, None).await["description"], "Bad Request: message caption is too long");
}

#[tokio::test]
async fn captions_are_edited_alone() {
    let sandbox = Sandbox::new().await;
    for kind in ["photo", "video", "animation", "audio", "document", "voice"] {
        let id = fresh(&sandbox, kind).await;
        let edit = |more: Value| {
            let mut params = json!({"chat_id": CHANNEL, "message_id": id, "parse_mode": "HTML"});
            params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let sandbox = &sandbox;
            async move { sandbox.call("editMessageCaption", params).await }
        };
        let edited =
            edit(json!({"caption": "<b>new</b>", "show_caption_above_media": true})).await["result"].clone();
        assert_eq!(edited["caption"], "new", "{kind}");
        assert!(edited[kind].is_object() || edited[kind].is_array());
        let is_visual = matches!(kind, "photo" | "video" | "animation");
        assert_eq!(edited["show_caption_above_media"] == true, is_visual, "{kind}");
        let same = edit(json!({"caption": "<b>new</b> ", "show_caption_above_media": true})).await;
        assert_eq!(same["description"], format!("Bad Request: {NOT_MODIFIED}"));
        let long = edit(json!({"caption": "x".repeat(1025)})).await;
        assert_eq!(long["description"], "Bad Request: MEDIA_CAPTION_TOO_LONG");
        assert_eq!(edit(json!({})).await["result"].get("caption"), None, "without a caption it goes");
    }
    for kind in ["text", "rich"] {
        let params = json!({"chat_id": CHANNEL, "message_id": fresh(&sandbox, kind).await, "caption": "x"});
        assert_eq!(
            sandbox.bad("editMessageCaption", params).await,
            "there is no caption in the message to edit"
        );
    }
}

#[tokio::test]
async fn people_post_and_edit_files() {
    let sandbox = Sandbox::new().await;
    let sent = sandbox.sent("sendPhoto", json!({"chat_id": CHANNEL, "caption": "c"}), files()).await;
    let id = &sent["message_id"];
    let listed = sandbox.get(&format!("chats/{CHANNEL}/messages")).await["messages"][0].clone();
    assert_eq!(listed, sent, "with the ids of the bot that sent it");
    let act = json!({"do": "edit", "chat_id": CHANNEL, "message_id": id, "caption": "by Sam"});
    let edited = sandbox.post("human", act).await;
    assert_eq!((&edited["caption"], &edited["photo"]), (&json!("by Sam"), &sent["photo"]));
    let file = fresh(&sandbox, "document").await;
    let file = sandbox.post("human", json!({"do": "delete", "chat_id": CHANNEL, "message_id": file})).await;
    let file = &file["document"]["file_id"];
    let act = json!({"do": "post", "chat_id": CHANNEL, "file_id": file, "caption": "see https://a.com"});
    let posted = sandbox.post("human", act).await;
    assert_eq!(
        (&posted["document"]["file_name"], &posted["caption_entities"][0]["type"]),
        (&json!("a.pdf"), &json!("url"))
    );
    let act = json!({"do": "edit", "chat_id": CHANNEL, "message_id": id, "file_id": file});
    assert!(sandbox.post("human", act).await["document"].is_object());
    let url = format!("{}/_sandbox/human", sandbox.running.url());
    for (act, status) in [
        (json!({"do": "edit", "chat_id": CHANNEL, "message_id": id, "text": "x"}), 400),
        (json!({"do": "post", "chat_id": CHANNEL, "file_id": "nothing"}), 404),
    ] {
        assert_eq!(sandbox.http.post(&url).json(&act).send().await.unwrap().status(), status);
    }
}

/// `params → what editMessageMedia is refused with`. Message 1 is of the chat itself.
const REFUSALS: &str = r#"
{"chat_id": "@sandbox", "message_id": 99} → parameter "media" is required
{"chat_id": "@sandbox", "message_id": 99, "media": "{"} → can't parse input media JSON object
{"chat_id": "@sandbox", "message_id": 99, "media": "[]"} → can't parse InputMedia: expected an Object
{"chat_id": "@sandbox", "message_id": 99, "media": {"type": "photo", "media": ""}} → can't parse InputMedia: media not found
{"chat_id": "@sandbox", "message_id": 99, "media": {"type": "voice", "media": "x"}} → can't parse InputMedia: type "voice" is unsupported
{"chat_id": "@sandbox", "message_id": 99, "media": {"type": "photo", "media": "x"}, "reply_markup": "{"} → can't parse reply keyboard markup JSON object
{"media": {"type": "photo", "media": "x"}} → message identifier is not specified
{"chat_id": "@sandbox", "message_id": 99, "media": {"type": "photo", "media": "x"}} → message to edit not found
{"chat_id": "@sandbox", "message_id": 1, "media": {"type": "photo", "media": "x"}} → message media can't be edited
"#;

#[tokio::test]
async fn edits_are_refused_in_the_servers_order() {
    let sandbox = Sandbox::new().await;
    for line in REFUSALS.lines().skip(1) {
        let (params, expected) = line.split_once(" → ").unwrap();
        let params: Value = serde_json::from_str(params).unwrap();
        assert_eq!(sandbox.bad("editMessageMedia", params).await, expected, "{line}");
    }
}

#[tokio::test]
async fn a_keyboard_is_edited_on_media_too() {
    let sandbox = Sandbox::new().await;
    let id = fresh(&sandbox, "document").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Docs", "url": "https://a.com/"}]]});
    let params = json!({"chat_id": CHANNEL, "message_id": id, "reply_markup": keyboard});
    let edited = sandbox.ok("editMessageReplyMarkup", params).await;
    assert!(edited["document"].is_object() && edited["reply_markup"].is_object());
    let quoted = json!({"chat_id": CHANNEL, "message_id": id, "caption": "some words"});
    sandbox.ok("editMessageCaption", quoted).await;
    let reply =
        json!({"chat_id": CHANNEL, "text": "x", "reply_parameters": {"message_id": id, "quote": "words"}});
    assert_eq!(sandbox.ok("sendMessage", reply).await["quote"]["position"], 5);
    let forward = json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_id": id});
    assert_eq!(sandbox.ok("forwardMessage", forward).await["caption"], "some words");
}
