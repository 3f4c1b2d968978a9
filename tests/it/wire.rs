//! The Bot API client against the sandbox over HTTP: every fault ends in the category that is true of it.

use std::cell::RefCell;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tgsync::ids::{BotId, ChatId, ChatRef, MessageId, TopicId};
use tgsync::lock::{Preview, UrlButton};
use tgsync::ports::{CallError, ChatKind, Description, Edited, Platform as _, Refusal, RefusalKind, Rights};

use crate::stage::{CHANNEL, FORUM, PERSON, STRICT, Stage, TOKEN, api_at, text};
use tgsync::telegram::Timeouts;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_mins(1);

const EVERYTHING: Rights = Rights { post: true, edit_others: true, delete_others: true, pin: true };

fn username(name: &str) -> ChatRef {
    ChatRef::Username(name.to_owned())
}

#[tokio::test]
async fn a_channel_is_described_by_name_and_written_to_by_id() {
    let stage = Stage::new().await;
    let by_name = stage.api(username("@sandbox"));
    let described = by_name.describe().await.unwrap();
    let expected = Description {
        bot: BotId(4242),
        bot_username: described.bot_username.clone(),
        chat: CHANNEL,
        title: "Sandbox".to_owned(),
        username: Some("sandbox".to_owned()),
        kind: ChatKind::Channel,
        rights: EVERYTHING,
        auto_delete_s: None,
        linked: None,
    };
    assert_eq!(described, expected);
    assert!(!described.bot_username.is_empty());
    by_name.bind(described.chat).send(&text("hi")).await.unwrap();
    let requests = stage.look("requests").await;
    let calls: Vec<_> = requests.as_array().unwrap().iter().map(|r| r["method"].as_str().unwrap()).collect();
    assert_eq!(calls, ["getMe", "getChat", "getChatMember", "sendMessage"]);
    assert_eq!(requests[3]["params"]["chat_id"].to_string().trim_matches('"'), CHANNEL.to_string());
}

#[tokio::test]
async fn chats_of_other_kinds() {
    let stage = Stage::with(&[
        "-1001:supergroup::none",
        "-1002:group:",
        "-1003:channel:news:delete",
        "-1004:forum::pin",
        "7:private:ada",
    ])
    .await;
    let none = Rights { post: false, edit_others: false, delete_others: false, pin: false };
    let cases = [
        (-1001, ChatKind::Supergroup, Rights { post: true, pin: true, ..none }),
        (-1002, ChatKind::Group, Rights { edit_others: false, ..EVERYTHING }),
        (-1003, ChatKind::Channel, Rights { delete_others: true, ..none }),
        (-1004, ChatKind::Supergroup, Rights { post: true, pin: true, ..none }),
        (7, ChatKind::Private, Rights { edit_others: false, ..EVERYTHING }),
    ];
    for (chat, kind, rights) in cases {
        let described = stage.at(ChatId(chat)).describe().await.unwrap();
        assert_eq!((described.chat, described.kind, described.rights), (ChatId(chat), kind, rights));
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, CallError>) -> Refusal {
    match result {
        Err(CallError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn chats_that_are_closed_to_the_bot() {
    let stage = Stage::with(&["-1001:channel:left:left", "-1002:channel:kicked:kicked"]).await;
    for chat in [ChatId(-1001), ChatId(-1002), ChatId(-1999)] {
        assert_eq!(refusal(stage.at(chat).send(&text("hi")).await).kind, RefusalKind::Access, "{chat}");
    }
    let nobody = stage.api(username("@nobody")).describe().await;
    assert_eq!(
        refusal(nobody),
        Refusal { kind: RefusalKind::Access, text: "Bad Request: chat not found".to_owned() }
    );
}

#[tokio::test]
async fn everything_a_send_can_carry_arrives() {
    let stage = Stage::new().await;
    let api = stage.at(CHANNEL);
    let target = api.send(&text("target")).await.unwrap()[0].id;
    let mut message = text("<b>bold</b> &amp; https://example.com/x");
    let button = UrlButton { text: "Docs".to_owned(), url: "https://example.com/docs".to_owned() };
    message.payload.buttons = vec![vec![button]];
    message.payload.preview = Preview {
        above: true,
        large: true,
        off: false,
        small: false,
        url: Some("https://example.com/y".to_owned()),
    };
    message.payload.protect = true;
    message.payload.silent = true;
    message.payload.reply_to = Some(target);
    api.send(&message).await.unwrap();
    let sent = stage.messages(CHANNEL).await[1].clone();
    assert_eq!(sent["text"], "bold & https://example.com/x");
    assert_eq!(sent["entities"][0]["type"], "bold");
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["url"], "https://example.com/docs");
    assert_eq!(sent["link_preview_options"]["show_above_text"], true);
    assert_eq!(sent["link_preview_options"]["prefer_large_media"], true);
    assert_eq!(sent["link_preview_options"]["url"], "https://example.com/y");
    assert_eq!(sent["has_protected_content"], true);
    assert_eq!(sent["reply_to_message"]["message_id"], target.0);
}

#[tokio::test]
async fn topics() {
    let stage = Stage::new().await;
    let api = stage.at(FORUM);
    let topic = stage.call("createForumTopic", &json!({ "chat_id": FORUM, "name": "News" })).await;
    let topic: TopicId = serde_json::from_value(topic["message_thread_id"].clone()).unwrap();
    let in_topic = |topic| tgsync::ports::Outgoing { topic: Some(topic), ..text("hi") };
    api.send(&in_topic(topic)).await.unwrap();
    api.send(&in_topic(TopicId(1))).await.unwrap();
    let threads: Vec<Value> =
        stage.messages(FORUM).await.iter().map(|m| m["message_thread_id"].clone()).collect();
    assert_eq!(threads, [json!(topic), Value::Null]);
    let missing = refusal(api.send(&in_topic(TopicId(999))).await);
    assert_eq!(missing.kind, RefusalKind::Content);
    assert_eq!(missing.text, "Bad Request: message thread not found");
}

#[tokio::test]
async fn a_private_chat_can_be_written_to() {
    let stage = Stage::new().await;
    let api = stage.at(PERSON);
    let id = api.send(&text("hello")).await.unwrap()[0].id;
    assert!(
        matches!(api.edit(id, &text("hello again")).await, Ok(Edited::Changed { files, .. }) if files.is_empty())
    );
    assert_eq!(api.delete(id).await, Ok(()));
}

/// A fault, what it must be called, and how many messages are there afterwards.
#[tokio::test]
async fn every_fault_is_called_what_it_is() {
    enum Fate {
        Wait(u64),
        Unknown(&'static str),
    }
    use Fate::{Unknown, Wait};
    let broke = "the connection broke";
    let cases = [
        (json!({ "kind": "too_many_requests", "retry_after": 35 }), Wait(35), 0),
        (json!({ "kind": "server_error" }), Unknown("the server answered 500"), 0),
        (json!({ "kind": "bad_gateway" }), Unknown("HTTP 502"), 0),
        (json!({ "kind": "bad_gateway", "done": true }), Unknown("HTTP 502"), 1),
        (json!({ "kind": "drop_before" }), Unknown(broke), 0),
        (json!({ "kind": "drop_after" }), Unknown(broke), 1),
        (json!({ "kind": "late", "delay_s": 60 }), Unknown(broke), 0),
        (json!({ "kind": "hang" }), Unknown("no answer in time"), 0),
        (json!({ "kind": "truncate" }), Unknown("HTTP 200"), 1),
    ];
    for (fault, fate, there) in cases {
        let stage = Stage::new().await;
        stage.fault(fault.clone()).await;
        let patience = if fault["kind"] == "hang" { SHORT } else { LONG };
        let error = stage.patient(ChatRef::Id(CHANNEL), patience).send(&text("hi")).await.unwrap_err();
        match (&error, fate) {
            (CallError::RetryAfter(wait), Wait(seconds)) => assert_eq!(*wait, Duration::from_secs(seconds)),
            (CallError::Unknown(text), Unknown(words)) => assert!(text.contains(words), "{fault}: {text}"),
            _ => panic!("{fault}: {error:?}"),
        }
        assert_eq!(stage.texts(CHANNEL).await.len(), there, "{fault}");
        assert!(stage.at(CHANNEL).send(&text("after")).await.is_ok(), "{fault}");
    }
}

#[tokio::test]
async fn a_late_send_lands_while_nobody_waits() {
    let stage = Stage::new().await;
    stage.fault(json!({ "method": "sendMessage", "kind": "late", "delay_s": 60 })).await;
    let error = stage.at(CHANNEL).send(&text("late")).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown(_)));
    stage.advance(60).await;
    assert_eq!(stage.texts(CHANNEL).await, ["late"]);
}

/// Calls that can be repeated: after any fault that leaves the fate open, once more makes it so.
#[tokio::test]
async fn repeating_an_edit_a_delete_or_a_pin_converges() {
    for kind in ["server_error", "drop_before", "drop_after", "truncate"] {
        let stage = Stage::new().await;
        let api = stage.at(CHANNEL);
        let id = api.send(&text("old")).await.unwrap()[0].id;
        for method in ["editMessageText", "pinChatMessage", "unpinChatMessage", "deleteMessage"] {
            stage.fault(json!({ "method": method, "kind": kind })).await;
        }
        assert!(matches!(api.edit(id, &text("new")).await, Err(CallError::Unknown(_))), "{kind}");
        assert!(api.edit(id, &text("new")).await.is_ok(), "{kind}");
        assert!(matches!(api.set_pinned(id, true).await, Err(CallError::Unknown(_))), "{kind}");
        assert_eq!(api.set_pinned(id, true).await, Ok(()), "{kind}");
        assert_eq!(stage.pinned(CHANNEL).await, [id]);
        assert!(matches!(api.set_pinned(id, false).await, Err(CallError::Unknown(_))), "{kind}");
        assert_eq!(api.set_pinned(id, false).await, Ok(()), "{kind}");
        assert_eq!(stage.texts(CHANNEL).await, ["new"]);
        assert!(matches!(api.delete(id).await, Err(CallError::Unknown(_))), "{kind}");
        assert_eq!(api.delete(id).await, Ok(()), "{kind}");
        assert_eq!(stage.texts(CHANNEL).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away() {
    let stage = Stage::new().await;
    let api = stage.at(STRICT);
    let id = api.send(&text("mine")).await.unwrap()[0].id;
    stage
        .fault(json!({ "method": "sendMessage", "kind": "revoke_right", "right": "can_post_messages" }))
        .await;
    assert_eq!(refusal(api.send(&text("two")).await).kind, RefusalKind::Access);
    assert!(!api.describe().await.unwrap().rights.post);
    assert_eq!(refusal(api.edit(id, &text("edited")).await).kind, RefusalKind::NotEditable);
    stage
        .fault(json!({ "method": "deleteMessage", "kind": "revoke_right", "right": "can_delete_messages" }))
        .await;
    assert_eq!(refusal(api.delete(id).await).kind, RefusalKind::NotDeletable);
    stage.fault(json!({ "method": "sendMessage", "kind": "revoke_right", "right": "member" })).await;
    assert_eq!(refusal(api.send(&text("three")).await).kind, RefusalKind::Access);
    assert_eq!(stage.texts(STRICT).await, ["mine"]);
}

#[tokio::test]
async fn a_group_that_became_a_supergroup() {
    let stage = Stage::with(&["-55:group:"]).await;
    let to = ChatId(-1_001_000_000_055);
    stage.fault(json!({ "method": "sendMessage", "kind": "migrate", "to": to })).await;
    let moved = refusal(stage.at(ChatId(-55)).send(&text("hi")).await);
    assert_eq!(moved.kind, RefusalKind::Moved(to));
    assert!(moved.text.contains("upgraded to a supergroup"), "{}", moved.text);
    assert!(stage.at(to).send(&text("hi")).await.is_ok());
}

#[tokio::test]
async fn a_sandbox_that_went_away() {
    // Bound and never listening: nobody answers there, and no other test's server can move in.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap()).parse().unwrap();
    let api = api_at(&url, ChatRef::Id(CHANNEL), Timeouts::default(), Path::new("/nowhere"));
    assert!(matches!(api.send(&text("hi")).await, Err(CallError::Unreachable(_))));
    assert!(matches!(api.delete(MessageId(1)).await, Err(CallError::Unreachable(_))));
}

thread_local! {
    /// What this thread has logged since it began to listen. A test and all it spawns run on one thread.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct Ink;

impl Write for Ink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything at the finest level, of every crate below too. The subscriber is for all threads: one for this thread
/// alone would miss what another thread has come across before.
fn listen() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| Ink)
        .with_ansi(false)
        .init();
    LOG.set(Some(Vec::new()));
}

#[tokio::test]
async fn no_output_holds_the_token() {
    listen();
    let stage = Stage::mortal().await;
    let api = stage.at(CHANNEL);
    let mut shown = vec![format!("{api:?} {api:#?} {:?}", api.describe().await)];
    let id = api.send(&text("hi")).await.unwrap()[0].id;
    shown.push(format!("{:?}", api.edit(id, &text("hi")).await));
    let hasty = stage.patient(ChatRef::Id(CHANNEL), SHORT);
    for kind in ["server_error", "bad_gateway", "drop_before", "truncate", "hang", "too_many_requests"] {
        stage.fault(json!({ "method": "deleteMessage", "kind": kind })).await;
        let caller = if kind == "hang" { &hasty } else { &api };
        let error = caller.delete(id).await.unwrap_err();
        shown.push(format!("{error} {error:?} {error:#?}"));
    }
    shown.push(format!("{:?}", api.delete(MessageId(i32::MAX)).await));
    let _port = stage.shutdown().await;
    let error = api.send(&text("hi")).await.unwrap_err();
    shown.push(format!("{error} {error:?}"));

    let log = String::from_utf8(LOG.take().unwrap()).unwrap();
    for line in ["method=\"sendMessage\"", "outcome=\"done\"", "outcome=\"already so\"", "tgsync::telegram"] {
        assert!(log.contains(line), "{line} is not in\n{log}");
    }
    let secret = TOKEN.split_once(':').unwrap().1;
    for text in [log, shown.join("\n")] {
        assert!(!text.contains(secret) && !text.contains("bot4242"), "{text}");
    }
}
