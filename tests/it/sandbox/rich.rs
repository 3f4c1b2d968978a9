//! Rich messages: every element, every refusal, every limit, edits from and to text.

use serde_json::{Value, json};
use tgsync::sandbox::{Options, parse_chat_spec};

use super::{CHANNEL, FORUM, OTHER, SCRATCH, STRICT, Sandbox};

impl Sandbox {
    async fn send_rich(&self, chat: i64, html: &str) -> Value {
        self.ok("sendRichMessage", rich(chat, html)).await
    }

    /// What an HTML is refused with, without `RICH_MESSAGE_`.
    async fn refused(&self, html: &str) -> String {
        let said = self.bad("sendRichMessage", rich(CHANNEL, html)).await;
        said.strip_prefix("RICH_MESSAGE_").map_or(said.clone(), str::to_owned)
    }
}

fn rich(chat: i64, html: &str) -> Value {
    json!({"chat_id": chat, "rich_message": {"html": html}})
}

/// One of everything that the documents name.
const EVERYTHING: &str = r##"
<h1>One</h1><h2>Two</h2><h6>Six</h6>
<p><b>b</b><strong>b</strong><i>i</i><em>i</em><u>u</u><ins>u</ins><s>s</s><strike>s</strike><del>s</del><code>c</code>
<mark>m</mark><sub>1</sub><sup>2</sup><tg-spoiler>p</tg-spoiler><br><a href="https://example.com/x">page</a>
<a href="mailto:me@example.com">mail</a> <a href="tel:+491234567">call</a> <a href="tg://user?id=1000">Sam</a>
<a href="#here">there</a> <a href="#">top</a> <a href="#n1">1</a> <tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>
<img src="tg://emoji?id=5368324170671202286" alt="👍"> <tg-time unix="1767225600" format="wDT">now</tg-time>
<tg-math>x^2</tg-math> <tg-button type="copy_text" text="copied">copy</tg-button> example.com @someone #tag</p>
<a name="here"></a><pre><code class="language-rust">fn main() {}
</code></pre><pre>plain</pre><hr><tg-math-block>\sum x</tg-math-block>
<ul><li>one<ol start="3" type="i"><li>deep</li></ol></li><li><p>two</p><p>more</p></li></ul>
<ul><li><input type="checkbox">open</li><li><input type="checkbox" checked>done</li></ul>
<blockquote>quote<cite>me</cite></blockquote><blockquote expandable>long<br>quote</blockquote><aside>pulled<cite>me</cite></aside>
<table bordered striped compact><caption>Title</caption><tr><th>k</th><th>v</th></tr>
<tr><td align="right" valign="top">a</td><td colspan="2">b</td></tr></table>
<details open><summary>More</summary><p>text</p><ul><li>x</li></ul></details>
<img src="https://example.com/a.png"><video src="https://example.com/a.mp4" tg-spoiler></video>
<audio src="https://example.com/a.mp3"></audio><tg-document src="https://example.com/a.pdf"></tg-document>
<figure><img src="https://example.com/b.png"/><figcaption>Shot<cite>me</cite></figcaption></figure>
<tg-collage><img src="https://example.com/1.png"><img src="https://example.com/2.png"></tg-collage>
<tg-slideshow><img src="https://example.com/1.png"><figcaption>slides</figcaption></tg-slideshow>
<tg-map lat="52.5" long="13.4" zoom="12"></tg-map>
<tg-button-row align="left"><tg-button type="url" url="https://example.com">go</tg-button></tg-button-row>
<p><tg-reference name="n1">note</tg-reference> <unknown>stripped</unknown></p><footer>foot</footer>
"##;

/// All `type`s below a value, and how often.
fn types(value: &Value, out: &mut std::collections::BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| types(item, out)),
        Value::Object(fields) => {
            if let Some(kind) = fields.get("type").and_then(Value::as_str) {
                *out.entry(kind.to_owned()).or_default() += 1;
            }
            fields.values().for_each(|field| types(field, out));
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_element_comes_back_as_a_block() {
    let sandbox = Sandbox::new().await;
    let sent = sandbox.send_rich(CHANNEL, EVERYTHING).await;
    assert_eq!((sent.get("text"), sent.get("entities")), (None, None));
    let blocks = &sent["rich_message"]["blocks"];
    let mut found = std::collections::BTreeMap::new();
    types(blocks, &mut found);
    let count = |kind: &str| found.get(kind).copied().unwrap_or(0);
    for (kind, expected) in [
        ("anchor", 1),
        ("anchor_link", 2),
        ("animation", 0),
        ("audio", 1),
        ("blockquote", 1),
        ("bold", 2),
        ("button", 1),
        ("buttons", 1),
        ("code", 1),
        ("collage", 1),
        ("custom_emoji", 2),
        ("date_time", 1),
        ("details", 1),
        ("divider", 1),
        ("document", 1),
        ("email_address", 1),
        ("expandable_blockquote", 1),
        ("footer", 1),
        ("hashtag", 1),
        ("heading", 3),
        ("italic", 2),
        ("list", 4),
        ("map", 1),
        ("marked", 1),
        ("mathematical_expression", 2),
        ("mention", 1),
        ("phone_number", 1),
        ("photo", 5),
        ("pre", 2),
        ("pullquote", 1),
        ("reference", 1),
        ("reference_link", 1),
        ("slideshow", 1),
        ("spoiler", 1),
        ("strikethrough", 3),
        ("subscript", 1),
        ("superscript", 1),
        ("table", 1),
        ("text_mention", 1),
        ("underline", 2),
        ("url", 2),
        ("video", 1),
    ] {
        assert_eq!(count(kind), expected, "{kind}");
    }
    assert!(!sent.to_string().contains("unknown"));
    let again = sandbox
        .ok(
            "sendRichMessage",
            json!({"chat_id": CHANNEL, "rich_message": {
        "html": "a.com", "is_rtl": true, "skip_entity_detection": true}}),
        )
        .await;
    assert_eq!(
        again["rich_message"],
        json!({"blocks": [{"type": "paragraph", "text": "a.com"}], "is_rtl": true})
    );
}

#[tokio::test]
async fn html_and_blocks_say_the_same() {
    let sandbox = Sandbox::new().await;
    let html = r#"<h2>Release 1.4</h2><p>See <a href="https://example.com">notes</a>.</p><figure><img
        src="tg://photo?id=hero"/><figcaption>Shot<cite>me</cite></figcaption></figure><table bordered striped><tr><th
        valign=top>k</th></tr><tr><td align="right" valign=top>1</td></tr></table><ul><li>item</li><li><input
        type="checkbox" checked>done</li></ul><details><summary>More</summary><p>Text</p></details>"#;
    let picture = json!({"type": "photo", "media": "https://example.com/hero.png"});
    let cell = |text: &str, align: &str| json!({"text": text, "align": align, "valign": "top"});
    let mut header = cell("k", "left");
    header["is_header"] = true.into();
    let paragraph = |text: &str| json!({"type": "paragraph", "text": text});
    let blocks = json!([
        {"type": "heading", "text": "Release 1.4", "size": 2},
        {"type": "paragraph", "text": ["See ", {"type": "url", "text": "notes", "url": "https://example.com"}, "."]},
        {"type": "photo", "photo": picture, "caption": {"text": "Shot", "credit": "me"}},
        {"type": "table", "is_bordered": true, "is_striped": true, "cells": [[header], [cell("1", "right")]]},
        {"type": "list", "items": [
            {"blocks": [paragraph("item")]},
            {"blocks": [paragraph("done")], "has_checkbox": true, "is_checked": true}]},
        {"type": "details", "summary": "More", "blocks": [paragraph("Text")]},
    ]);
    let html = json!({"html": html, "media": [{"id": "hero", "media": picture}]});
    let one = sandbox.ok("sendRichMessage", json!({"chat_id": CHANNEL, "rich_message": html})).await;
    let blocks = json!({"chat_id": CHANNEL, "rich_message": {"blocks": blocks}});
    let other = sandbox.ok("sendRichMessage", blocks.clone()).await;
    assert_eq!(one["rich_message"], other["rich_message"]);
    assert_eq!(one["rich_message"]["blocks"][4]["items"][1]["label"], "•");

    // The same content is no edit, in whatever form.
    let mut edit = blocks;
    edit["message_id"] = one["message_id"].clone();
    assert!(sandbox.bad("editMessageText", edit).await.starts_with("message is not modified"));
}

/// `RICH HTML → what it is refused with`, after `RICH_MESSAGE_`.
const REFUSED: &str = r##"
<p>x <a href="page.md">y</a></p> → URL_INVALID
<a href="/page">y</a> → URL_INVALID
<a href="">y</a> → URL_INVALID
<a href="https://localhost">y</a> → URL_INVALID
<a href="javascript:alert(1)">y</a> → URL_INVALID
<a href="#nowhere">y</a> → URL_INVALID
<a href="mailto:nobody">y</a> → EMAIL_INVALID
<a href="tel:me">y</a> → PHONE_INVALID
<img> → PHOTO_INVALID
<img src="a.png"> → PHOTO_URL_INVALID
<img src="tg://photo?id=x"> → PHOTO_NO_MEDIA_FOUND
<video src="tg://video?id=x"></video> → VIDEO_NO_MEDIA_FOUND
<audio src="tg://audio?id=x"></audio> → AUDIO_NO_MEDIA_FOUND
<p>x<ul><li>y</li></ul></p> → CONTENT_REQUIRED
<h1></h1> → CONTENT_REQUIRED
<pre></pre> → CONTENT_REQUIRED
<tg-collage></tg-collage> → CONTENT_REQUIRED
<tg-emoji emoji-id="5">word</tg-emoji> → EMOJI_INVALID
<tg-time unix="x">y</tg-time> → DATE_INVALID
<tg-time unix="1" format="q">y</tg-time> → DATE_INVALID
<tg-time unix="9999999999">y</tg-time> → DATE_TOO_LONG
<tg-thinking>x</tg-thinking> → INVALID
<b><i>x</b></i> → INVALID
1 < 2 → INVALID
<!-- nothing --> → EMPTY
&nbsp; → EMPTY
<tg-map lat="91" long="0"></tg-map> → invalid location specified
<tg-map lat="1" long="0" zoom="25"></tg-map> → invalid map properties specified
<tg-button type="callback_data" data="">x</tg-button> → can't parse RichMessageButton: Text buttons are unallowed in the inline keyboard
"##;

#[tokio::test]
async fn bad_html_is_refused_as_a_whole() {
    let sandbox = Sandbox::new().await;
    for line in REFUSED.lines().skip(1) {
        let (html, expected) = line.split_once(" → ").unwrap();
        assert_eq!(sandbox.refused(html).await, expected, "{line}");
    }
    assert_eq!(sandbox.get("chats/@sandbox/messages").await["messages"], json!([]));
}

#[tokio::test]
async fn bad_parameters_are_refused_before_the_content() {
    let sandbox = Sandbox::new().await;
    let text = json!({"type": "paragraph", "text": "x"});
    for (message, expected) in [
        (json!({}), "rich message must be non-empty"),
        (json!({"html": ""}), "rich message must be non-empty"),
        (json!({"blocks": []}), "rich message must be non-empty"),
        (json!([]), "object expected as rich message"),
        (json!("{"), "can't parse rich message JSON object"),
        (
            json!({"html": "x", "blocks": [text]}),
            "exactly one of `html`, `markdown` and `blocks` must be specified in a rich message",
        ),
        (json!({"markdown": "x"}), "the sandbox reads `html` and `blocks` of a rich message, not `markdown`"),
        (json!({"html": "x", "media": {}}), "field \"media\" must be of type Array"),
        (json!({"html": 5, "is_rtl": "x"}), "field \"is_rtl\" must be of type Boolean"),
        (json!({"blocks": [{"type": "x"}]}), "can't parse InputRichBlock: type \"x\" is unsupported"),
        (json!({"blocks": [{"type": "table"}]}), "can't parse InputRichBlock: Can't find field \"cells\""),
        (
            json!({"blocks": [{"type": "paragraph", "text": {"type": "x"}}]}),
            "can't parse InputRichBlock: Unsupported rich text type",
        ),
        (
            json!({"blocks": [{"type": "heading", "text": "x", "size": 9}]}),
            "invalid section heading size specified",
        ),
        (json!({"blocks": [{"type": "list", "items": []}]}), "list must be non-empty"),
        (json!({"blocks": [null]}), "block must be non-empty"),
        (json!({"blocks": [{"type": "paragraph", "text": ""}]}), "RICH_MESSAGE_CONTENT_REQUIRED"),
        (
            json!({"blocks": [{"type": "paragraph", "text": {"type": "url", "text": "x", "url": "x"}}]}),
            "RICH_MESSAGE_URL_INVALID",
        ),
    ] {
        // The shape of the parameter is checked before the chat, its content after it.
        let is_shape = !expected.starts_with("RICH_MESSAGE");
        let chat = if is_shape { json!(-1) } else { json!(CHANNEL) };
        let call = json!({"chat_id": chat, "rich_message": message});
        assert_eq!(sandbox.bad("sendRichMessage", call).await, expected, "{message}");
    }
    let nothing = sandbox.bad("sendRichMessage", json!({"chat_id": CHANNEL})).await;
    assert_eq!(nothing, "rich message must be non-empty");
    let html = json!({"chat_id": -1, "rich_message": {"html": "<h1></h1>"}});
    assert_eq!(sandbox.bad("sendRichMessage", html).await, "chat not found");
}

#[tokio::test]
async fn limits_hold_to_the_last_one() {
    let sandbox = Sandbox::new().await;
    let nested =
        |open: &str, close: &str, times: usize| format!("{}x{}", open.repeat(times), close.repeat(times));
    let row = |cells: usize| format!("<table><tr>{}</tr></table>", "<td>x</td>".repeat(cells));
    let details = "<details><summary>s</summary>";
    let picture = "<img src=\"https://example.com/a.png\">";
    for (most, over, error) in [
        ("x".repeat(32_768), "x".repeat(32_769), "TEXT_TOO_LONG"),
        ("<p>x</p>".repeat(500), "<p>x</p>".repeat(501), "BLOCKS_TOO_MANY"),
        (
            nested("<blockquote>", "</blockquote>", 16),
            nested("<blockquote>", "</blockquote>", 17),
            "DEPTH_INVALID",
        ),
        (nested(details, "</details>", 15), nested(details, "</details>", 16), "DEPTH_INVALID"),
        (picture.repeat(50), picture.repeat(51), "MEDIA_TOO_MANY"),
        (row(20), row(21), "TABLE_COLS_TOO_MANY"),
    ] {
        sandbox.send_rich(CHANNEL, &most).await;
        assert_eq!(sandbox.refused(&over).await, error);
    }
    // Several strings are more than a source of HTML can be. They are measured in characters, each cut by itself.
    let blocks = |counts: [usize; 4]| {
        let block = |count| json!({"type": "paragraph", "text": "😀".repeat(count)});
        json!({"chat_id": CHANNEL, "rich_message": {"blocks": counts.map(block)}})
    };
    sandbox.ok("sendRichMessage", blocks([8192; 4])).await;
    let over = sandbox.bad("sendRichMessage", blocks([8192, 8192, 8192, 8193])).await;
    assert_eq!(over, "RICH_MESSAGE_TEXT_TOO_LONG");
    let cut = sandbox.ok("sendRichMessage", blocks([40_000, 1, 1, 1])).await;
    assert_eq!(cut["rich_message"]["blocks"][0]["text"].as_str().unwrap().chars().count(), 8749);
    let cut = sandbox.send_rich(CHANNEL, &"😀".repeat(40_000)).await;
    assert_eq!(cut["rich_message"]["blocks"][0]["text"].as_str().unwrap().chars().count(), 8749);
}

#[tokio::test]
async fn text_and_rich_messages_are_edited_into_each_other() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.send(CHANNEL, "<b>text</b>").await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Docs", "url": "https://example.com/"}]]});
    let to_rich = |html: &str, keyboard: &Value| json!({"chat_id": CHANNEL, "message_id": id, "rich_message": {"html": html}, "reply_markup": keyboard});
    let edited = sandbox.ok("editMessageText", to_rich("<p>rich</p>", &keyboard)).await;
    assert_eq!(edited["message_id"], id);
    assert_eq!((edited.get("text"), edited.get("entities")), (None, None));
    assert_eq!(edited["rich_message"]["blocks"][0]["text"], "rich");
    assert_eq!(edited["reply_markup"], keyboard);
    assert!(edited["edit_date"].is_i64());

    let same = sandbox.bad("editMessageText", to_rich("rich", &keyboard)).await;
    assert!(same.starts_with("message is not modified"), "{same}");
    let other = sandbox.ok("editMessageText", to_rich("<p>richer</p>", &json!(""))).await;
    assert_eq!(other.get("reply_markup"), None, "an edit without keyboard removes it");
    let marked = json!({"chat_id": CHANNEL, "message_id": id, "reply_markup": keyboard});
    let marked = sandbox.ok("editMessageReplyMarkup", marked).await;
    assert_eq!((&marked["reply_markup"], &marked["rich_message"]), (&keyboard, &other["rich_message"]));

    for (html, expected) in
        [("<h1></h1>", "RICH_MESSAGE_CONTENT_REQUIRED"), ("", "rich message must be non-empty")]
    {
        assert_eq!(sandbox.bad("editMessageText", to_rich(html, &keyboard)).await, expected);
    }
    let mut both = to_rich("x", &keyboard);
    both["text"] = "x".into();
    let both = sandbox.bad("editMessageText", both).await;
    assert_eq!(both, "exactly one of `text` and `rich_message` must be specified");
    let blank = json!({"chat_id": CHANNEL, "message_id": id, "text": " "});
    assert_eq!(sandbox.bad("editMessageText", blank).await, "text must be non-empty");

    let back = json!({"chat_id": CHANNEL, "message_id": id, "text": "text again"});
    let back = sandbox.ok("editMessageText", back).await;
    assert_eq!((back["text"].clone(), back.get("rich_message")), (json!("text again"), None));
    assert_eq!(sandbox.texts(CHANNEL).await, ["text again"]);
}

#[tokio::test]
async fn rich_messages_travel_like_others() {
    let sandbox = Sandbox::new().await;
    let post = sandbox.send_rich(CHANNEL, "<h1>News</h1>").await;
    let (content, id) = (post["rich_message"].clone(), post["message_id"].clone());

    let take = json!({"chat_id": SCRATCH, "from_chat_id": CHANNEL, "message_id": id});
    let forward = sandbox.ok("forwardMessage", take.clone()).await;
    assert_eq!((&forward["rich_message"], &forward["forward_origin"]["message_id"]), (&content, &id));
    sandbox.ok("copyMessage", take).await;
    let copies = sandbox.get(&format!("chats/{SCRATCH}/messages")).await;
    assert!(copies["messages"].as_array().unwrap().iter().all(|copy| copy["rich_message"] == content));
    assert_eq!(copies["messages"].as_array().map(Vec::len), Some(2));

    let updates = sandbox.updates(OTHER).await;
    assert!(updates.iter().any(|update| update["channel_post"]["rich_message"] == content));
    let log = sandbox.get("requests").await;
    assert_eq!(log[0]["method"], "sendRichMessage");
    assert_eq!(log[0]["reply"]["result"]["rich_message"], content);

    let topic =
        sandbox.ok("createForumTopic", json!({"chat_id": FORUM, "name": "t"})).await["message_thread_id"]
            .clone();
    let mut inside = rich(FORUM, "x");
    inside["message_thread_id"] = topic.clone();
    let root = sandbox.ok("sendRichMessage", inside).await;
    assert_eq!(root["message_thread_id"], topic);
    let mut answer = rich(FORUM, "y");
    answer["reply_parameters"] = json!({"message_id": root["message_id"]});
    answer["protect_content"] = true.into();
    let answer = sandbox.ok("sendRichMessage", answer).await;
    assert_eq!(answer["reply_to_message"]["rich_message"], root["rich_message"]);
    assert_eq!((&answer["message_thread_id"], &answer["has_protected_content"]), (&topic, &json!(true)));
    let mut quote = rich(FORUM, "z");
    quote["reply_parameters"] = json!({"message_id": root["message_id"], "quote": "x"});
    assert_eq!(sandbox.bad("sendRichMessage", quote).await, "QUOTE_TEXT_INVALID");

    let human = json!({"do": "edit", "chat_id": CHANNEL, "message_id": id, "text": "by hand"});
    let by_hand = sandbox.post("human", human).await;
    assert_eq!((by_hand["text"].clone(), by_hand.get("rich_message")), (json!("by hand"), None));
}

#[tokio::test]
async fn rich_messages_need_the_rights_of_messages() {
    let chats = ["-1001:channel:a:edit", "-1002:supergroup:b:restricted"];
    let chats = chats.map(|spec| parse_chat_spec(spec).unwrap()).to_vec();
    let sandbox = Sandbox::with(Options { chats, ..Options::default() }).await;
    let refused = sandbox.bad("sendRichMessage", rich(-1001, "<h1></h1>")).await;
    assert_eq!(refused, "need administrator rights in the channel chat");
    let refused = sandbox.bad("sendRichMessage", rich(-1002, "<h1></h1>")).await;
    assert_eq!(refused, "not enough rights to send the rich message to the chat");
    let text = sandbox.bad("sendMessage", json!({"chat_id": -1002, "text": "x"})).await;
    assert_eq!(text, "not enough rights to send text messages to the chat");
    let member = sandbox.ok("getChatMember", json!({"chat_id": -1002, "user_id": 42})).await;
    assert_eq!((&member["status"], &member["can_send_messages"]), (&json!("restricted"), &json!(false)));

    let sandbox = Sandbox::new().await;
    sandbox.post("human", json!({"do": "post", "chat_id": STRICT, "text": "theirs"})).await;
    let edit = json!({"chat_id": STRICT, "message_id": 2, "rich_message": {"html": "x"}});
    assert_eq!(sandbox.bad("editMessageText", edit).await, "message can't be edited");
}

#[tokio::test]
async fn rich_messages_count_as_messages() {
    let sandbox = Sandbox::with(Options { rate_limits: true, ..Options::default() }).await;
    for _ in 0..5 {
        sandbox.send_rich(CHANNEL, "x").await;
    }
    let limited = sandbox.call("sendRichMessage", rich(CHANNEL, "x")).await;
    assert_eq!(limited["error_code"], 429);
    sandbox.advance(limited["parameters"]["retry_after"].as_i64().unwrap()).await;
    sandbox.send_rich(CHANNEL, "x").await;
}

#[tokio::test]
async fn rich_messages_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { state: Some(folder.path().join("state.json")), ..Options::default() };
    let before = Sandbox::with(options.clone()).await;
    let mut html = vec![EVERYTHING.to_owned()];
    // As deep as a message may be.
    html.push(format!("{}{}x", "<blockquote>".repeat(16), "<b>".repeat(16)));
    html.push(format!("{}{}x", "<ul><li>".repeat(8), "<b>".repeat(16)));
    for html in &html {
        let sent = before.send_rich(CHANNEL, html).await;
        let mut answer = rich(CHANNEL, "x");
        answer["reply_parameters"] = json!({"message_id": sent["message_id"]});
        before.ok("sendRichMessage", answer).await;
    }
    let (messages, updates) = (before.get("chats/@sandbox/messages").await, before.updates(OTHER).await);
    before.running.shutdown().await;
    let after = Sandbox::with(options).await;
    assert_eq!(after.get("chats/@sandbox/messages").await, messages);
    assert_eq!(after.updates(OTHER).await, updates);
}
