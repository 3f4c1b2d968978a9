//! Albums, and many messages spread at once.

use serde_json::{Value, json};
use tgsync::sandbox::{Options, parse_chat_spec, parse_link};

use super::media::{gif, jpeg, mp4};
use super::{CHANNEL, SCRATCH, Sandbox};

fn item(kind: &str, part: &str) -> Value {
    json!({"type": kind, "media": format!("attach://{part}")})
}

/// An album of files `a`, `b`, … of that kind.
async fn album(sandbox: &Sandbox, kind: &str, count: usize) -> Value {
    let names: Vec<String> = (0..count).map(|at| format!("f{at}")).collect();
    let media: Vec<Value> = names.iter().map(|name| item(kind, name)).collect();
    let bytes = |at: usize| {
        if kind == "photo" { jpeg(100 + u16::try_from(at).unwrap(), 100) } else { vec![b'x'; at + 1] }
    };
    let files = names.iter().enumerate().map(|(at, name)| (name.as_str(), "a.jpg", bytes(at))).collect();
    sandbox.upload("sendMediaGroup", json!({"chat_id": CHANNEL, "media": media}), files).await
}

fn ids(messages: &Value) -> Vec<i64> {
    messages.as_array().unwrap().iter().map(|message| message["message_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn an_album_is_sent_item_by_item() {
    let sandbox = Sandbox::new().await;
    let media = json!([
        {"type": "photo", "media": "attach://f0", "caption": "<i>trip</i>", "parse_mode": "HTML", "has_spoiler": true},
        {"type": "video", "media": "attach://f1", "supports_streaming": true},
    ]);
    let files = vec![("f0", "a.jpg", jpeg(9, 9)), ("f1", "b.mp4", mp4(true))];
    // A keyboard is ignored, even a malformed one.
    let params = json!({"chat_id": CHANNEL, "media": media, "reply_markup": "{"});
    let sent = sandbox.sent("sendMediaGroup", params, files).await;
    assert_eq!(ids(&sent), [2, 3]);
    assert_eq!(sent[0]["caption_entities"], json!([{"type": "italic", "offset": 0, "length": 4}]));
    assert_eq!(sent[0]["has_media_spoiler"], true);
    assert_eq!(sent[1].get("caption"), None);
    assert!(sent[0]["media_group_id"].is_string());
    assert_eq!(sent[0]["media_group_id"], sent[1]["media_group_id"]);
    assert_eq!(sent[1]["video"]["width"], 640);

    let again = json!([
        {"type": "photo", "media": sent[0]["photo"][0]["file_id"]},
        {"type": "video", "media": sent[1]["video"]["file_id"]},
    ]);
    let again = sandbox.ok("sendMediaGroup", json!({"chat_id": CHANNEL, "media": again})).await;
    assert_eq!(again[0]["photo"], sent[0]["photo"]);
    assert_ne!(again[0]["media_group_id"], sent[0]["media_group_id"]);
    let one = album(&sandbox, "photo", 1).await;
    assert_eq!(one["result"][0].get("media_group_id"), None, "one is no album");
    assert_eq!(album(&sandbox, "photo", 10).await["result"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn what_is_no_album_is_refused_whole() {
    let sandbox = Sandbox::new().await;
    let above =
        |above: bool| json!({"type": "photo", "media": "attach://jpg", "show_caption_above_media": above});
    let jpg = item("photo", "jpg");
    let not_same = "parameter show_caption_above_media must be the same for all messages";
    let table = [
        (json!("["), "can't parse media JSON object"),
        (json!({}), "expected an Array of InputMedia"),
        (json!([]), "there are no messages to send"),
        (json!([5]), "can't parse InputMedia: expected an Object"),
        (json!([{"media": "attach://jpg"}]), "can't parse InputMedia: Can't find field \"type\""),
        (json!([{"type": "photo"}]), "can't parse InputMedia: media not found"),
        (json!([item("photo", "nothing")]), "can't parse InputMedia: media not found"),
        (
            json!([item("animation", "jpg")]),
            "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
        ),
        (json!([item("voice", "jpg")]), "can't parse InputMedia: type \"voice\" is unsupported"),
        (json!([item("sticker", "jpg")]), "can't parse InputMedia: type \"sticker\" is unsupported"),
        (
            json!([{"type": "photo", "media": "x", "caption": "<p>", "parse_mode": "HTML"}]),
            "can't parse InputMedia: can't parse entities: Unsupported start tag \"p\" at byte offset 0",
        ),
        (json!([jpg, item("document", "jpg")]), "document can't be mixed with other media types"),
        (json!([jpg, item("audio", "jpg")]), "audio can't be mixed with other media types"),
        (json!([above(true), above(false)]), not_same),
        (json!(vec![jpg.clone(); 11]), "too many messages to send as an album"),
        (
            json!([jpg, {"type": "photo", "media": "attach://jpg", "caption": "x".repeat(1025)}]),
            "message caption is too long",
        ),
        (json!([jpg, item("photo", "empty")]), "file must be non-empty"),
        (
            json!([jpg, item("photo", "text")]),
            "failed to send message #2 with the error message \"IMAGE_PROCESS_FAILED\"",
        ),
        (
            json!([jpg, item("photo", "wide")]),
            "failed to send message #2 with the error message \"PHOTO_INVALID_DIMENSIONS\"",
        ),
        (
            json!([jpg, {"type": "photo", "media": "https://example.com/a.png"}]),
            "failed to send message #2 with the error message \"WEBPAGE_CURL_FAILED\"",
        ),
    ];
    for (media, expected) in table {
        let files = vec![
            ("jpg", "a.jpg", jpeg(9, 9)),
            ("text", "a.jpg", b"x".to_vec()),
            ("wide", "a.jpg", jpeg(999, 9)),
            ("empty", "a.jpg", vec![]),
        ];
        let media = media.as_str().map_or_else(|| media.to_string(), str::to_owned);
        let refused =
            sandbox.declined("sendMediaGroup", json!({"chat_id": CHANNEL, "media": media}), files).await;
        assert_eq!(refused, expected, "{media}");
    }
    assert_eq!(
        sandbox.bad("sendMediaGroup", json!({"chat_id": CHANNEL})).await,
        "parameter \"media\" is required"
    );
    let left = sandbox.get(&format!("chats/{CHANNEL}/messages")).await;
    assert_eq!(left["messages"], json!([]), "nothing was sent");
}

#[tokio::test]
async fn documents_stay_documents_in_albums() {
    let sandbox = Sandbox::new().await;
    let media = [item("document", "a"), item("document", "b")];
    let files = vec![("a", "a.gif", gif(9, 9)), ("b", "b.mp4", mp4(false))];
    let sent = sandbox.sent("sendMediaGroup", json!({"chat_id": CHANNEL, "media": media}), files).await;
    assert!(sent[0]["document"].is_object() && sent[1]["document"].is_object());
    assert_eq!(sent[0].get("animation"), None);
}

#[tokio::test]
async fn each_item_counts_against_the_flood_limit() {
    let sandbox = Sandbox::with(Options { rate_limits: true, ..Options::default() }).await;
    for _ in 0..2 {
        assert_eq!(album(&sandbox, "document", 10).await["ok"], true);
        sandbox.advance(6).await;
    }
    let refused = sandbox.call("sendMessage", json!({"chat_id": CHANNEL, "text": "x"})).await;
    assert_eq!(refused["parameters"]["retry_after"], 48);
}

#[tokio::test]
async fn albums_are_lost_and_late_as_a_whole() {
    let sandbox = Sandbox::new().await;
    let photo = sandbox.photo(SCRATCH).await["photo"][0]["file_id"].clone();
    let media = json!([{"type": "photo", "media": photo}, {"type": "photo", "media": photo}]);
    let send = || async {
        let params = json!({"chat_id": CHANNEL, "media": media});
        sandbox.send_as(super::TOKEN, "sendMediaGroup", &params).await
    };
    let count = async || {
        sandbox.get(&format!("chats/{CHANNEL}/messages")).await["messages"].as_array().unwrap().len()
    };
    for (kind, expected) in [("drop_before", 0), ("drop_after", 2), ("late", 2)] {
        sandbox.fault(json!({"method": "sendMediaGroup", "kind": kind, "delay_s": 9})).await;
        assert!(send().await.is_err());
        assert_eq!(count().await, expected, "{kind}");
    }
    sandbox.advance(9).await;
    assert_eq!(count().await, 4);
}

#[tokio::test]
async fn copies_and_forwards_keep_albums_together() {
    let sandbox = Sandbox::new().await;
    let text = sandbox.send(CHANNEL, "text").await;
    let sent = album(&sandbox, "photo", 3).await["result"].clone();
    let [first, second, third] = ids(&sent)[..] else { panic!("three items") };
    let spread = |method: &'static str, message_ids: Vec<i64>| {
        let params = json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_ids": message_ids});
        let sandbox = &sandbox;
        async move { ids(&sandbox.ok(method, params).await) }
    };
    for method in ["forwardMessages", "copyMessages"] {
        let new = spread(method, vec![1, text, first, second, 99]).await;
        assert_eq!(new.len(), 3, "{method}: service messages and unknown ids are skipped");
        let listing = sandbox.get(&format!("chats/{SCRATCH}/messages")).await;
        let messages = listing["messages"].as_array().unwrap();
        let found = |id: i64| messages.iter().find(|m| m["message_id"] == id).unwrap().clone();
        let copies: Vec<Value> = new.iter().map(|id| found(*id)).collect();
        assert_eq!(copies[0].get("media_group_id"), None);
        assert!(copies[1]["media_group_id"].is_string());
        assert_eq!(copies[1]["media_group_id"], copies[2]["media_group_id"]);
        assert_ne!(copies[1]["media_group_id"], sent[0]["media_group_id"]);
        assert_eq!(copies[1]["forward_origin"].is_object(), method == "forwardMessages");
        let alone = spread(method, vec![third]).await;
        let listing = sandbox.get(&format!("chats/{SCRATCH}/messages")).await;
        let alone = listing["messages"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["message_id"] == alone[0])
            .unwrap()
            .clone();
        assert_eq!(alone.get("media_group_id"), None, "one is no album");
    }
    let params = json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_ids": [second, first]});
    let refused = sandbox.bad("copyMessages", params).await;
    assert_eq!(refused, "message identifiers must be in a strictly increasing order");
}

#[tokio::test]
async fn copies_replace_captions_when_asked_to() {
    let sandbox = Sandbox::new().await;
    let files = vec![("photo", "a.jpg", jpeg(9, 9))];
    let params =
        json!({"chat_id": CHANNEL, "caption": "old", "show_caption_above_media": true, "has_spoiler": true});
    let id = sandbox.sent("sendPhoto", params, files).await["message_id"].clone();
    for (more, caption, above) in [
        (json!({}), Some("old"), true),
        (json!({"caption": "<b>new</b>", "parse_mode": "HTML"}), Some("new"), false),
        (json!({"caption": "new", "show_caption_above_media": true}), Some("new"), true),
        (json!({"caption": ""}), None, false),
    ] {
        let mut params = more.clone();
        (params["chat_id"], params["from_chat_id"], params["message_id"]) =
            (SCRATCH.into(), CHANNEL.into(), id.clone());
        let copy = sandbox.ok("copyMessage", params).await;
        let listing = sandbox.get(&format!("chats/{SCRATCH}/messages")).await;
        let copied = listing["messages"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(copied["message_id"], copy["message_id"]);
        assert_eq!(copied["caption"].as_str(), caption, "{more}");
        assert_eq!(copied["show_caption_above_media"] == true, above, "{more}");
        assert_eq!(copied["has_media_spoiler"], true);
    }
    let params =
        json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_ids": [id], "remove_caption": true});
    sandbox.ok("copyMessages", params).await;
    let listing = sandbox.get(&format!("chats/{SCRATCH}/messages")).await;
    assert_eq!(listing["messages"].as_array().unwrap().last().unwrap().get("caption"), None);
}

#[tokio::test]
async fn a_chat_is_a_page() {
    let sandbox = Sandbox::new().await;
    sandbox.send(CHANNEL, "<b>Hello</b> &lt;script&gt;").await;
    let rich = json!({"chat_id": CHANNEL, "rich_message": {"html": "<h2>Head</h2><p>a <i>b</i></p>"}});
    sandbox.ok("sendRichMessage", rich).await;
    let params = json!({"chat_id": CHANNEL, "caption": "above", "show_caption_above_media": true, "has_spoiler": true});
    sandbox.sent("sendPhoto", params, vec![("photo", "a.jpg", jpeg(9, 9))]).await;
    let params = json!({"chat_id": CHANNEL, "caption": "below"});
    sandbox.sent("sendDocument", params, vec![("document", "<a>.pdf", b"%PDF".to_vec())]).await;
    album(&sandbox, "photo", 2).await;
    let get =
        async |path: &str| sandbox.http.get(format!("{}{path}", sandbox.running.url())).send().await.unwrap();
    for path in ["/sandbox", "/@sandbox", "/-1001000000001"] {
        assert_eq!(get(path).await.status(), 200, "{path}");
    }
    assert_eq!(get("/nowhere").await.status(), 404);
    let page = get("/sandbox").await.text().await.unwrap();
    for part in [
        "<b>Hello</b> &lt;script&gt;",
        "<h2>Head</h2><p>a <i>b</i></p>",
        "above</div><details><summary>spoiler</summary><img src=\"/_sandbox/files/photos/file_0s.jpg\"",
        ">&lt;a&gt;.pdf</a> (4 bytes)<div class=\"text\">below",
        "<div class=\"album\"><div><img",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert_eq!(get("/_sandbox/files/photos/file_0s.jpg").await.status(), 200);
}

#[tokio::test]
async fn albums_reach_the_discussion_group() {
    let chats = ["-1001:channel:news", "-1002:supergroup:talk"].map(|spec| parse_chat_spec(spec).unwrap());
    let links = vec![parse_link("-1001:-1002").unwrap()];
    let sandbox = Sandbox::with(Options { chats: chats.into(), links, ..Options::default() }).await;
    let media = [item("photo", "a"), item("photo", "b")];
    let files = vec![("a", "a.jpg", jpeg(9, 9)), ("b", "b.jpg", jpeg(8, 8))];
    let sent = sandbox.sent("sendMediaGroup", json!({"chat_id": -1001, "media": media}), files).await;
    let copies = sandbox.get("chats/-1002/messages").await["messages"].clone();
    assert_eq!(copies.as_array().unwrap().len(), 2);
    assert_eq!(copies[0]["media_group_id"], copies[1]["media_group_id"]);
    assert_ne!(copies[0]["media_group_id"], sent[0]["media_group_id"]);
    assert_eq!(copies[0]["is_automatic_forward"], true);
}
