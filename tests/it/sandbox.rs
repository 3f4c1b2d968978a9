//! The sandbox over real HTTP, in-process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod album;
pub(crate) mod media;
mod media_edit;
mod rich;

use std::time::Duration;

use serde_json::{Value, json};
use tgsync::sandbox::{Options, Running, parse_chat_spec, parse_link, start};

const TOKEN: &str = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER: &str = "43:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const CHANNEL: i64 = -1_001_000_000_001;
const STRICT: i64 = -1_001_000_000_002;
const PRIVATE_CHANNEL: i64 = -1_001_000_000_003;
const FORUM: i64 = -1_001_000_000_004;
const SCRATCH: i64 = 1000;
const TWO_DAYS: i64 = 48 * 3600;

struct Sandbox {
    running: Running,
    http: reqwest::Client,
}

impl Sandbox {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let running = start(options).await.expect("the sandbox starts");
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { running, http }
    }

    async fn send_as(&self, token: &str, method: &str, params: &Value) -> reqwest::Result<reqwest::Response> {
        self.http.post(format!("{}/bot{token}/{method}", self.running.url())).json(params).send().await
    }

    /// The whole envelope.
    async fn call(&self, method: &str, params: Value) -> Value {
        self.send_as(TOKEN, method, &params).await.unwrap().json().await.unwrap()
    }

    async fn ok(&self, method: &str, params: Value) -> Value {
        let reply = self.call(method, params).await;
        assert_eq!(reply["ok"], true, "{reply}");
        reply["result"].clone()
    }

    /// The description after `Bad Request: `.
    async fn bad(&self, method: &str, params: Value) -> String {
        let reply = self.call(method, params).await;
        assert_eq!(reply["error_code"], 400, "{reply}");
        let description = reply["description"].as_str().unwrap();
        description.strip_prefix("Bad Request: ").unwrap().to_owned()
    }

    async fn send(&self, chat: i64, text: &str) -> i64 {
        let message =
            self.ok("sendMessage", json!({"chat_id": chat, "text": text, "parse_mode": "HTML"})).await;
        message["message_id"].as_i64().unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let url = format!("{}/_sandbox/{path}", self.running.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.running.url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{path} {body}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    async fn fault(&self, fault: Value) {
        self.post("faults", fault).await;
    }

    async fn advance(&self, seconds: i64) {
        self.post("clock", json!({"advance_s": seconds})).await;
    }

    async fn texts(&self, chat: i64) -> Vec<String> {
        let listing = self.get(&format!("chats/{chat}/messages")).await;
        let messages = listing["messages"].as_array().unwrap();
        messages.iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect()
    }

    async fn updates(&self, token: &str) -> Vec<Value> {
        let reply: Value = self.send_as(token, "getUpdates", &json!({})).await.unwrap().json().await.unwrap();
        reply["result"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_message_lives_and_dies() {
    let sandbox = Sandbox::new().await;
    let sent = sandbox
        .ok(
            "sendMessage",
            json!({
                "chat_id": "@sandbox",
                "text": "<b>Title</b>\nbody &amp; more ",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": true},
                "protect_content": true,
                "reply_markup": {"inline_keyboard": [[{"text": "Docs", "url": "example.com"}]]},
            }),
        )
        .await;
    assert_eq!(sent["text"], "Title\nbody & more");
    assert_eq!(sent["entities"], json!([{"type": "bold", "offset": 0, "length": 5}]));
    assert_eq!(sent["sender_chat"]["id"], CHANNEL);
    assert_eq!(
        sent["chat"],
        json!({"id": CHANNEL, "title": "Sandbox", "type": "channel", "username": "sandbox"})
    );
    assert_eq!(sent["link_preview_options"], json!({"is_disabled": true}));
    assert_eq!(sent["has_protected_content"], true);
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["url"], "http://example.com/");

    let id = sent["message_id"].clone();
    let edit = json!({"chat_id": CHANNEL, "message_id": id, "text": "new"});
    let edited = sandbox.ok("editMessageText", edit.clone()).await;
    assert_eq!(edited["text"], "new");
    assert!(edited["edit_date"].is_i64());
    assert_eq!(edited.get("reply_markup"), None, "an edit without keyboard removes it");
    assert!(sandbox.bad("editMessageText", edit).await.starts_with("message is not modified"));

    assert_eq!(sandbox.ok("deleteMessage", json!({"chat_id": CHANNEL, "message_id": id})).await, true);
    assert_eq!(
        sandbox.bad("deleteMessage", json!({"chat_id": CHANNEL, "message_id": id})).await,
        "message to delete not found"
    );
    assert!(sandbox.texts(CHANNEL).await.is_empty());
}

/// `method params → what it is refused with`. Message 2 of `@sandbox` is the bot's own, that of `@sandbox_strict` a
/// person's.
const REFUSALS: &str = r#"
sendMessage {"chat_id": "", "text": "<p>"} → can't parse entities: Unsupported start tag "p" at byte offset 0
sendMessage {"chat_id": "", "text": "fine"} → chat_id is empty
sendMessage {"chat_id": "@sandbox"} → message text is empty
sendMessage {"chat_id": 5, "text": " "} → chat not found
sendMessage {"chat_id": "@nowhere", "text": "x"} → chat not found
sendMessage {"chat_id": "@sandbox", "text": " "} → text must be non-empty
sendMessage {"chat_id": "@sandbox", "text": "x", "reply_parameters": {"message_id": 99}} → message to be replied not found
sendMessage {"chat_id": "@sandbox", "text": "x", "reply_parameters": {}, "reply_markup": "{"} → can't parse reply keyboard markup JSON object
sendMessage {"chat_id": "@sandbox", "text": "x", "link_preview_options": []} → object expected as link preview options
sendMessage {"chat_id": "@sandbox", "text": "x", "parse_mode": "bbcode"} → unsupported parse_mode
sendMessage {"chat_id": -1001000000004, "text": "x", "message_thread_id": 77} → message thread not found
sendMessage {"chat_id": -1001000000004, "text": "x", "message_thread_id": 1} → message thread not found
editMessageText {"chat_id": "@sandbox", "message_id": 2, "text": " "} → text must be non-empty
editMessageText {"chat_id": "@sandbox", "message_id": 99, "text": " "} → message to edit not found
editMessageText {"chat_id": "@sandbox", "message_id": 1, "text": "x"} → message can't be edited
editMessageText {"chat_id": "@sandbox_strict", "message_id": 2, "text": "mine"} → message can't be edited
editMessageText {"text": "x"} → message identifier is not specified
editMessageReplyMarkup {"chat_id": "@sandbox", "message_id": 2, "reply_markup": {"force_reply": true}} → inline keyboard expected
deleteMessage {"message_id": 2} → chat identifier is not specified
deleteMessage {"chat_id": "@sandbox"} → message identifier is not specified
deleteMessage {"chat_id": "@sandbox", "message_id": 1} → message can't be deleted
deleteMessages {"chat_id": "@sandbox"} → message identifiers are not specified
deleteMessages {"chat_id": "@sandbox", "message_ids": [0]} → invalid message identifier specified
pinChatMessage {"chat_id": "@sandbox", "message_id": 99} → message to pin not found
pinChatMessage {"chat_id": "@sandbox", "message_id": 1} → service messages can't be pinned
pinChatMessage {"chat_id": "@sandbox_strict", "message_id": 2} → not enough rights to manage pinned messages in the chat
unpinChatMessage {"chat_id": "@sandbox"} → message to unpin not found
forwardMessage {"chat_id": "@sandbox", "message_id": 1} → parameter "from_chat_id" is required
forwardMessage {"chat_id": 1000, "from_chat_id": "@sandbox", "message_id": 99} → message to forward not found
forwardMessage {"chat_id": 1000, "from_chat_id": "@sandbox", "message_id": 1} → the message can't be forwarded
copyMessage {"chat_id": 1000, "from_chat_id": "@sandbox", "message_id": 99} → message to copy not found
copyMessage {"chat_id": 1000, "from_chat_id": "@sandbox", "message_id": 1} → the message can't be copied
createForumTopic {"chat_id": "@sandbox", "name": "t"} → the chat is not a forum
createForumTopic {"chat_id": -1001000000004, "name": " "} → name must be non-empty
getChatMember {"chat_id": "@sandbox"} → invalid user_id specified
"#;

#[tokio::test]
async fn the_checks_come_in_the_servers_order() {
    let sandbox = Sandbox::new().await;
    sandbox.send(CHANNEL, "x").await;
    sandbox.post("human", json!({"do": "post", "chat_id": STRICT, "text": "theirs"})).await;
    for line in REFUSALS.lines().skip(1) {
        let (call, expected) = line.split_once(" → ").unwrap();
        let (method, params) = call.split_once(' ').unwrap();
        let mut params: Value = serde_json::from_str(params).unwrap();
        if params.get("parse_mode").is_none() {
            params["parse_mode"] = "HTML".into();
        }
        assert_eq!(sandbox.bad(method, params).await, expected, "{line}");
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_in_different_words() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.send(CHANNEL, &"😀".repeat(4096)).await;
    let long = "x".repeat(4097);
    let send = json!({"chat_id": CHANNEL, "text": long});
    assert_eq!(sandbox.bad("sendMessage", send).await, "message is too long");
    let edit = json!({"chat_id": CHANNEL, "message_id": id, "text": long});
    assert_eq!(sandbox.bad("editMessageText", edit).await, "MESSAGE_TOO_LONG");
    let raw = json!({"chat_id": CHANNEL, "text": "x".repeat(32_769)});
    assert_eq!(sandbox.bad("sendMessage", raw).await, "text is too long");
}

#[tokio::test]
async fn methods_tokens_and_paths_are_known_or_not() {
    let sandbox = Sandbox::new().await;
    let me = sandbox.ok("GETME", json!({})).await;
    assert_eq!((me["id"].clone(), me["is_bot"].clone()), (json!(42), json!(true)));
    let unknown = sandbox.call("sendTelepathy", json!({})).await;
    assert_eq!(
        unknown,
        json!({"ok": false, "error_code": 404, "description": "Not Found: method not found"})
    );
    let malformed = sandbox.send_as("42:short", "getMe", &json!({})).await.unwrap();
    assert_eq!(malformed.status(), 404);

    let tokens = Some(vec![OTHER.to_owned()]);
    let picky = Sandbox::with(Options { tokens, ..Options::default() }).await;
    let refused: Value = picky.send_as(TOKEN, "getMe", &json!({})).await.unwrap().json().await.unwrap();
    assert_eq!(refused, json!({"ok": false, "error_code": 401, "description": "Unauthorized"}));
    assert!(picky.send_as(OTHER, "getMe", &json!({})).await.unwrap().status().is_success());

    let open = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(start(open).await.unwrap_err().to_string().contains("loopback"));
}

#[tokio::test]
async fn chats_show_rights_and_members() {
    let sandbox = Sandbox::new().await;
    let chats = sandbox.get("chats").await;
    let ids: Vec<i64> = chats.as_array().unwrap().iter().map(|c| c["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [FORUM, PRIVATE_CHANNEL, STRICT, CHANNEL, SCRATCH]);
    assert_eq!(
        chats[2]["rights"],
        json!({"can_post_messages": true, "can_edit_messages": false, "can_delete_messages": true})
    );
    let me = sandbox.ok("getChatMember", json!({"chat_id": "@sandbox_strict", "user_id": 42})).await;
    assert_eq!(
        (me["status"].clone(), me["can_edit_messages"].clone()),
        (json!("administrator"), json!(false))
    );
    let chat = sandbox.ok("getChat", json!({"chat_id": FORUM})).await;
    assert_eq!((chat["type"].clone(), chat["is_forum"].clone()), (json!("supergroup"), json!(true)));
    assert_eq!(sandbox.get("chats/@sandbox/messages").await, json!({"messages": [], "pinned": []}));
}

#[tokio::test]
async fn pins_leave_service_messages_that_are_not_listed() {
    let sandbox = Sandbox::new().await;
    let first = sandbox.send(CHANNEL, "first").await;
    for _ in 0..2 {
        sandbox.ok("pinChatMessage", json!({"chat_id": CHANNEL, "message_id": first})).await;
    }
    let second = sandbox.send(CHANNEL, "second").await;
    assert_eq!(second, first + 2, "one service message, although pinned twice");
    let chat = sandbox.ok("getChat", json!({"chat_id": CHANNEL})).await;
    assert_eq!(chat["pinned_message"]["text"], "first");
    let listing = sandbox.get(&format!("chats/{CHANNEL}/messages")).await;
    assert_eq!(listing["pinned"], json!([first]));
    assert_eq!(sandbox.texts(CHANNEL).await, ["first", "second"]);
    let updates = sandbox.updates(TOKEN).await;
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0]["channel_post"]["pinned_message"]["message_id"], first);

    sandbox.ok("unpinChatMessage", json!({"chat_id": CHANNEL})).await;
    let chat = sandbox.ok("getChat", json!({"chat_id": CHANNEL})).await;
    assert_eq!(chat.get("pinned_message"), None);
}

#[tokio::test]
async fn nothing_older_than_two_days_is_deleted() {
    let sandbox = Sandbox::new().await;
    let old = sandbox.send(CHANNEL, "old").await;
    let private = sandbox.send(SCRATCH, "old").await;
    sandbox.advance(TWO_DAYS + 1).await;
    let new = sandbox.send(CHANNEL, "new").await;
    let one = json!({"chat_id": CHANNEL, "message_id": old});
    assert_eq!(sandbox.bad("deleteMessage", one).await, "message can't be deleted");
    let both = json!({"chat_id": CHANNEL, "message_ids": [old, new]});
    assert_eq!(sandbox.bad("deleteMessages", both).await, "message can't be deleted");
    assert_eq!(sandbox.texts(CHANNEL).await, ["old", "new"]);
    let private = json!({"chat_id": SCRATCH, "message_id": private});
    assert_eq!(sandbox.bad("deleteMessage", private).await, "message can't be deleted for everyone");
    sandbox.ok("deleteMessages", json!({"chat_id": CHANNEL, "message_ids": [new, 999]})).await;
    sandbox
        .ok("editMessageText", json!({"chat_id": CHANNEL, "message_id": old, "text": "edited for ever"}))
        .await;
}

#[tokio::test]
async fn topics_hold_messages_and_are_announced() {
    let sandbox = Sandbox::new().await;
    let topic = sandbox.ok("createForumTopic", json!({"chat_id": FORUM, "name": " A  topic "})).await;
    assert_eq!(topic["name"], "A topic");
    let thread = topic["message_thread_id"].clone();
    let sent =
        sandbox.ok("sendMessage", json!({"chat_id": FORUM, "text": "x", "message_thread_id": thread})).await;
    assert_eq!(
        (sent["message_thread_id"].clone(), sent["is_topic_message"].clone()),
        (thread.clone(), json!(true))
    );
    let updates = sandbox.updates(TOKEN).await;
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0]["message"]["forum_topic_created"]["name"], "A topic");
    assert_eq!(updates[0]["message"]["message_thread_id"], thread);
}

#[tokio::test]
async fn forwards_keep_the_origin_and_copies_do_not() {
    let sandbox = Sandbox::new().await;
    let keyboard = json!({"inline_keyboard": [[{"text": "a", "url": "https://a.com"}]]});
    let original = sandbox
        .ok("sendMessage", json!({"chat_id": CHANNEL, "text": "see #tag", "reply_markup": keyboard}))
        .await;
    let source = json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_id": original["message_id"]});
    let forward = sandbox.ok("forwardMessage", source.clone()).await;
    assert_eq!(forward["forward_origin"]["type"], "channel");
    assert_eq!(forward["forward_origin"]["message_id"], original["message_id"]);
    assert_eq!(forward["text"], original["text"]);
    assert_eq!(forward["entities"], json!([{"type": "hashtag", "offset": 4, "length": 4}]));
    assert_eq!(forward["reply_markup"], original["reply_markup"]);
    let edit = json!({"chat_id": SCRATCH, "message_id": forward["message_id"], "text": "x"});
    assert_eq!(sandbox.bad("editMessageText", edit).await, "message can't be edited");

    let copy = sandbox.ok("copyMessage", source).await;
    assert_eq!(copy.as_object().unwrap().len(), 1);
    let edit = json!({"chat_id": SCRATCH, "message_id": copy["message_id"], "reply_markup": keyboard});
    let copy = sandbox.ok("editMessageReplyMarkup", edit).await;
    assert_eq!((copy["text"].clone(), copy.get("forward_origin")), (json!("see #tag"), None));
}

#[tokio::test]
async fn replies_quote_and_reach_other_chats() {
    let sandbox = Sandbox::new().await;
    let target = sandbox.send(CHANNEL, "a long text").await;
    let reply = json!({"message_id": target, "quote": "long"});
    let sent =
        sandbox.ok("sendMessage", json!({"chat_id": CHANNEL, "text": "x", "reply_parameters": reply})).await;
    assert_eq!(sent["reply_to_message"]["message_id"], target);
    assert_eq!(sent["quote"], json!({"text": "long", "position": 2, "is_manual": true}));
    let wrong = json!({"message_id": target, "quote": "short"});
    let wrong = json!({"chat_id": CHANNEL, "text": "x", "reply_parameters": wrong});
    assert_eq!(sandbox.bad("sendMessage", wrong).await, "QUOTE_TEXT_INVALID");
    let external = json!({"chat_id": CHANNEL, "message_id": target});
    let external = json!({"chat_id": SCRATCH, "text": "x", "reply_parameters": external});
    assert_eq!(sandbox.ok("sendMessage", external).await["external_reply"]["message_id"], target);
    let lost = json!({"message_id": 999, "allow_sending_without_reply": true});
    let lost = json!({"chat_id": CHANNEL, "text": "x", "reply_parameters": lost});
    assert_eq!(sandbox.ok("sendMessage", lost).await.get("reply_to_message"), None);
}

#[tokio::test]
async fn people_post_and_bots_hear_of_what_others_do() {
    let sandbox = Sandbox::new().await;
    let own = sandbox.send(CHANNEL, "mine").await;
    let theirs = sandbox.post("human", json!({"do": "post", "chat_id": CHANNEL, "text": "theirs"})).await;
    sandbox
        .post("human", json!({"do": "edit", "chat_id": CHANNEL, "message_id": own, "text": "drift"}))
        .await;
    sandbox.post("human", json!({"do": "pin", "chat_id": CHANNEL, "message_id": own})).await;
    let kinds = |updates: &[Value]| -> Vec<String> {
        updates
            .iter()
            .map(|u| u.as_object().unwrap().keys().find(|k| *k != "update_id").unwrap().clone())
            .collect()
    };
    let updates = sandbox.updates(TOKEN).await;
    assert_eq!(kinds(&updates), ["channel_post", "channel_post"], "the edit of its own post is not told");
    assert_eq!(updates[0]["channel_post"]["text"], "theirs");
    let other = sandbox.updates(OTHER).await;
    assert_eq!(kinds(&other), ["channel_post", "channel_post", "edited_channel_post", "channel_post"]);

    let edit = json!({"chat_id": CHANNEL, "message_id": theirs["message_id"], "text": "by the bot"});
    assert_eq!(sandbox.ok("editMessageText", edit).await["text"], "by the bot");
    sandbox.post("human", json!({"do": "delete", "chat_id": CHANNEL, "message_id": own})).await;
    assert_eq!(sandbox.texts(CHANNEL).await, ["by the bot"]);
    assert_eq!(sandbox.get("chats/@sandbox/messages").await["pinned"], json!([]));
}

#[tokio::test]
async fn posts_appear_in_the_discussion_group() {
    let chats = vec![
        parse_chat_spec("-1001:channel:news").unwrap(),
        parse_chat_spec("-1002:supergroup:talk").unwrap(),
    ];
    let links = vec![parse_link("-1001:-1002").unwrap()];
    let sandbox = Sandbox::with(Options { chats, links, ..Options::default() }).await;
    let id = sandbox.send(-1001, "post").await;
    let updates = sandbox.updates(TOKEN).await;
    let copy = &updates[0]["message"];
    assert_eq!(
        (copy["chat"]["id"].clone(), copy["is_automatic_forward"].clone()),
        (json!(-1002), json!(true))
    );
    assert_eq!(
        (copy["sender_chat"]["id"].clone(), copy["forward_origin"]["message_id"].clone()),
        (json!(-1001), json!(id))
    );
    sandbox.ok("editMessageText", json!({"chat_id": -1001, "message_id": id, "text": "edited"})).await;
    assert_eq!(sandbox.texts(-1002).await, ["edited"]);
    assert_eq!(sandbox.ok("getChat", json!({"chat_id": -1001})).await["linked_chat_id"], -1002);
}

#[tokio::test]
async fn faults_answer_instead() {
    let sandbox = Sandbox::new().await;
    let post = json!({"chat_id": CHANNEL, "text": "x"});
    let send = || sandbox.send_as(TOKEN, "sendMessage", &post);

    sandbox
        .fault(json!({"method": "sendMessage", "kind": "too_many_requests", "retry_after": 7, "after": 1}))
        .await;
    assert!(send().await.unwrap().status().is_success());
    let limited = send().await.unwrap();
    assert_eq!(limited.headers()["retry-after"], "7");
    assert_eq!(limited.json::<Value>().await.unwrap()["parameters"]["retry_after"], 7);

    sandbox.fault(json!({"method": "*", "kind": "server_error"})).await;
    assert_eq!(send().await.unwrap().status(), 500);
    sandbox.fault(json!({"method": "sendMessage", "kind": "bad_gateway", "done": true})).await;
    let gateway = send().await.unwrap();
    assert_eq!(gateway.status(), 502);
    assert!(gateway.text().await.unwrap().starts_with("<html>"));
    assert_eq!(sandbox.texts(CHANNEL).await.len(), 2);

    sandbox.fault(json!({"method": "sendMessage", "kind": "drop_before"})).await;
    assert!(send().await.is_err());
    assert_eq!(sandbox.texts(CHANNEL).await.len(), 2);
    sandbox.fault(json!({"method": "sendMessage", "kind": "drop_after"})).await;
    assert!(send().await.is_err());
    assert_eq!(sandbox.texts(CHANNEL).await.len(), 3);

    sandbox.fault(json!({"method": "sendMessage", "kind": "truncate"})).await;
    let half = send().await.unwrap();
    assert!(half.status().is_success());
    assert!(serde_json::from_str::<Value>(&half.text().await.unwrap()).is_err());
    assert_eq!(sandbox.texts(CHANNEL).await.len(), 4);
}

#[tokio::test]
async fn late_effects_come_with_virtual_time() {
    let sandbox = Sandbox::new().await;
    let start = sandbox.get("clock").await["now_ms"].as_i64().unwrap();
    sandbox.fault(json!({"method": "sendMessage", "kind": "late", "delay_s": 60})).await;
    let late = json!({"chat_id": CHANNEL, "text": "late"});
    assert!(sandbox.send_as(TOKEN, "sendMessage", &late).await.is_err());
    sandbox.advance(59).await;
    assert!(sandbox.texts(CHANNEL).await.is_empty());
    sandbox.advance(100).await;
    let listing = sandbox.get("chats/@sandbox/messages").await;
    assert_eq!(listing["messages"][0]["date"], start / 1000 + 60);
    assert_eq!(sandbox.get("clock").await["now_ms"], start + 159_000);
}

#[tokio::test]
async fn a_hanging_call_never_answers_and_does_nothing() {
    let sandbox = Sandbox::new().await;
    sandbox.fault(json!({"method": "sendMessage", "kind": "hang"})).await;
    let url = format!("{}/bot{TOKEN}/sendMessage?chat_id={CHANNEL}&text=x", sandbox.running.url());
    let hanging = sandbox.http.get(url).timeout(Duration::from_millis(100)).send().await;
    assert!(hanging.unwrap_err().is_timeout());
    assert!(sandbox.texts(CHANNEL).await.is_empty());
    assert_eq!(sandbox.get("requests").await[0]["reply"], Value::Null);
}

#[tokio::test]
async fn rights_are_revoked_and_chats_migrate() {
    let sandbox = Sandbox::new().await;
    sandbox
        .fault(json!({"method": "sendMessage", "kind": "revoke_right", "right": "can_post_messages"}))
        .await;
    let send = json!({"chat_id": CHANNEL, "text": "x"});
    assert_eq!(
        sandbox.bad("sendMessage", send.clone()).await,
        "need administrator rights in the channel chat"
    );
    sandbox.fault(json!({"method": "sendMessage", "kind": "revoke_right", "right": "member"})).await;
    let gone = sandbox.call("sendMessage", send).await;
    assert_eq!(gone["description"], "Forbidden: bot is not a member of the channel chat");

    sandbox.fault(json!({"method": "sendMessage", "kind": "migrate", "to": -1009})).await;
    for _ in 0..2 {
        let moved = sandbox.call("sendMessage", json!({"chat_id": FORUM, "text": "x"})).await;
        assert_eq!(moved["parameters"]["migrate_to_chat_id"], -1009);
    }
    sandbox.send(-1009, "x").await;
}

#[tokio::test]
async fn requests_are_logged_without_the_token() {
    let sandbox = Sandbox::new().await;
    sandbox.send(CHANNEL, TOKEN).await;
    let form = reqwest::multipart::Form::new()
        .text("chat_id", CHANNEL.to_string())
        .part("photo", reqwest::multipart::Part::bytes(b"abc".to_vec()).file_name("p.png"));
    let url = format!("{}/bot{TOKEN}/sendHologram", sandbox.running.url());
    sandbox.http.post(url).multipart(form).send().await.unwrap();
    let log = sandbox.get("requests").await;
    assert!(!log.to_string().contains(TOKEN));
    assert_eq!((log[0]["seq"].clone(), log[0]["method"].clone()), (json!(1), json!("sendMessage")));
    assert_eq!(log[0]["reply"]["result"]["text"], "<token>");
    assert_eq!(log[1]["params"]["photo"]["size"], 3);
    assert_eq!(log[1]["params"]["photo"]["name"], "p.png");
    assert_eq!(log[1]["reply"]["error_code"], 404);
}

#[tokio::test]
async fn flood_limits_follow_virtual_time() {
    let sandbox = Sandbox::with(Options { rate_limits: true, ..Options::default() }).await;
    for _ in 0..5 {
        sandbox.send(CHANNEL, "x").await;
    }
    let limited = sandbox.call("sendMessage", json!({"chat_id": CHANNEL, "text": "x"})).await;
    assert_eq!(limited["error_code"], 429);
    sandbox.advance(limited["parameters"]["retry_after"].as_i64().unwrap()).await;
    sandbox.send(CHANNEL, "x").await;
}

#[tokio::test]
async fn the_state_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { state: Some(folder.path().join("state.json")), ..Options::default() };
    let before = Sandbox::with(options.clone()).await;
    let id = before.send(CHANNEL, "kept <b>bold</b>").await;
    before.ok("pinChatMessage", json!({"chat_id": CHANNEL, "message_id": id})).await;
    before.advance(1000).await;
    let (messages, clock) = (before.get("chats/@sandbox/messages").await, before.get("clock").await);
    before.running.shutdown().await;

    let after = Sandbox::with(options).await;
    assert_eq!(after.get("chats/@sandbox/messages").await, messages);
    assert_eq!(after.get("clock").await, clock);
    assert_eq!(after.get("requests").await.as_array().unwrap().len(), 2);
    assert_eq!(after.send(CHANNEL, "next").await, id + 2);
}
