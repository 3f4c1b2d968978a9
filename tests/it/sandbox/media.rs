//! Files over real HTTP: sent, refused, known by their ids, downloaded.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tgsync::sandbox::{Options, parse_chat_spec};

use super::{CHANNEL, OTHER, SCRATCH, STRICT, Sandbox, TOKEN};

/// A GIF of that size, as far as its header tells.
pub(crate) fn gif(width: u16, height: u16) -> Vec<u8> {
    [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), &[0; 8]].concat()
}

/// A JPEG of that size, as far as its header tells.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let frame = [&[0xff, 0xc0, 0, 11, 8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]];
    [&[0xff, 0xd8][..], &frame.concat(), &[0xff, 0xd9]].concat()
}

/// An MP4 of 640×360 pixels and three seconds.
pub(crate) fn mp4(has_sound: bool) -> Vec<u8> {
    fn boxed(name: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes(), name, content].concat()
    }
    let track = |handler: &[u8]| {
        let header = [&[0; 76][..], &(640_u32 << 16).to_be_bytes(), &(360_u32 << 16).to_be_bytes()].concat();
        let handler = boxed(b"mdia", &boxed(b"hdlr", &[&[0; 8], handler, &[0; 12]].concat()));
        boxed(b"trak", &[boxed(b"tkhd", &header), handler].concat())
    };
    let header = [&[0; 12][..], &1000_u32.to_be_bytes(), &3000_u32.to_be_bytes()].concat();
    let sound = if has_sound { track(b"soun") } else { Vec::new() };
    let movie = [boxed(b"mvhd", &header), track(b"vide"), sound].concat();
    [boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moov", &movie)].concat()
}

/// A file of a request: its part, its name, its bytes.
pub(super) type Upload<'a> = (&'a str, &'a str, Vec<u8>);

impl Sandbox {
    pub(super) async fn upload_as(
        &self,
        token: &str,
        method: &str,
        params: &Value,
        files: Vec<Upload<'_>>,
    ) -> Value {
        let mut form = Form::new();
        for (name, value) in params.as_object().unwrap() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form = form.text(name.clone(), text);
        }
        for (part, name, bytes) in files {
            form = form.part(part.to_owned(), Part::bytes(bytes).file_name(name.to_owned()));
        }
        let url = format!("{}/bot{token}/{method}", self.running.url());
        self.http.post(url).multipart(form).send().await.unwrap().json().await.unwrap()
    }

    /// The whole envelope.
    pub(super) async fn upload(&self, method: &str, params: Value, files: Vec<Upload<'_>>) -> Value {
        self.upload_as(TOKEN, method, &params, files).await
    }

    pub(super) async fn sent(&self, method: &str, params: Value, files: Vec<Upload<'_>>) -> Value {
        let reply = self.upload(method, params, files).await;
        assert_eq!(reply["ok"], true, "{reply}");
        reply["result"].clone()
    }

    /// The description after `Bad Request: `.
    pub(super) async fn declined(&self, method: &str, params: Value, files: Vec<Upload<'_>>) -> String {
        let reply = self.upload(method, params, files).await;
        assert_eq!(reply["error_code"], 400, "{reply}");
        reply["description"].as_str().unwrap().strip_prefix("Bad Request: ").unwrap().to_owned()
    }

    pub(super) async fn photo(&self, chat: i64) -> Value {
        self.sent("sendPhoto", json!({"chat_id": chat}), vec![("photo", "a.jpg", jpeg(1000, 500))]).await
    }

    async fn download(&self, file_id: &Value) -> (Value, Vec<u8>) {
        let file = self.ok("getFile", json!({"file_id": file_id})).await;
        let path = file["file_path"].as_str().unwrap();
        let url = format!("{}/file/bot{TOKEN}/{path}", self.running.url());
        let bytes =
            self.http.get(url).send().await.unwrap().error_for_status().unwrap().bytes().await.unwrap();
        (file, bytes.to_vec())
    }
}

#[tokio::test]
async fn a_photo_is_sent_and_comes_back_as_another_file() {
    let sandbox = Sandbox::new().await;
    let picture = jpeg(1000, 500);
    let sent = sandbox
        .sent(
            "sendPhoto",
            json!({
                "chat_id": "@sandbox",
                "caption": "<b>Hi</b> https://example.com ",
                "parse_mode": "HTML",
                "has_spoiler": true,
                "show_caption_above_media": "true",
                "reply_markup": {"inline_keyboard": [[{"text": "Docs", "url": "example.com"}]]},
            }),
            vec![("photo", "a.jpg", picture.clone())],
        )
        .await;
    assert_eq!(sent["caption"], "Hi https://example.com");
    assert_eq!(sent["caption_entities"][0], json!({"type": "bold", "offset": 0, "length": 2}));
    assert_eq!(sent["caption_entities"][1]["type"], "url");
    assert_eq!((&sent["has_media_spoiler"], &sent["show_caption_above_media"]), (&json!(true), &json!(true)));
    assert_eq!(sent["reply_markup"]["inline_keyboard"][0][0]["url"], "http://example.com/");
    assert_eq!(sent.get("text"), None);
    let sizes = sent["photo"].as_array().unwrap();
    let widths: Vec<u64> = sizes.iter().map(|size| size["width"].as_u64().unwrap()).collect();
    assert_eq!(widths, [90, 320, 800, 1000]);

    let largest = sizes.last().unwrap();
    let (file, bytes) = sandbox.download(&largest["file_id"]).await;
    assert_eq!(file["file_unique_id"], largest["file_unique_id"]);
    assert_eq!(file["file_size"].as_u64(), Some(bytes.len() as u64));
    assert!(bytes.starts_with(&picture) && bytes.len() > picture.len(), "stored photos are other files");

    let again = sandbox.ok("sendPhoto", json!({"chat_id": SCRATCH, "photo": largest["file_id"]})).await;
    assert_eq!(again["photo"], sent["photo"]);
    assert_eq!(again.get("show_caption_above_media"), None, "only with a caption");
    assert_eq!(sandbox.photo(CHANNEL).await["photo"], sent["photo"], "equal content, equal ids");

    let log = sandbox.get("requests").await;
    let logged = &log[0]["params"]["photo"];
    assert_eq!((&logged["name"], &logged["size"]), (&json!("a.jpg"), &json!(picture.len())));
    assert_eq!(logged["sha256"].as_str().unwrap().len(), 64);
}

/// How a file is sent → the kind it is received as.
#[tokio::test]
async fn files_become_what_their_content_is() {
    let sandbox = Sandbox::new().await;
    let music = b"ID3 music".to_vec();
    let voice = b"OggS voice".to_vec();
    let other = b"other".to_vec();
    let no_detection = json!({"disable_content_type_detection": true});
    for (method, params, name, bytes, expected) in [
        ("sendVideo", json!({}), "a.mp4", mp4(true), "video"),
        ("sendVideo", json!({}), "a.mkv", other.clone(), "document"),
        ("sendAnimation", json!({}), "a.gif", gif(320, 240), "animation"),
        ("sendAnimation", json!({}), "a.mp4", mp4(false), "animation"),
        ("sendAnimation", json!({}), "a.mp4", mp4(true), "video"),
        ("sendAudio", json!({}), "a.mp3", music.clone(), "audio"),
        ("sendAudio", json!({}), "a.bin", other.clone(), "document"),
        ("sendVoice", json!({}), "a.ogg", voice.clone(), "voice"),
        ("sendVoice", json!({}), "a.bin", other.clone(), "document"),
        ("sendDocument", json!({}), "a.gif", gif(320, 240), "animation"),
        ("sendDocument", no_detection.clone(), "a.gif", gif(320, 240), "document"),
        ("sendDocument", json!({}), "a.mp4", mp4(false), "animation"),
        ("sendDocument", json!({}), "a.mp4", mp4(true), "video"),
        ("sendDocument", json!({}), "a.mp3", music, "audio"),
        ("sendDocument", json!({}), "a b.pdf", other, "document"),
    ] {
        let mut params = params;
        params["chat_id"] = CHANNEL.into();
        let part = method.strip_prefix("send").unwrap().to_ascii_lowercase();
        let sent = sandbox.sent(method, params, vec![(&part, name, bytes.clone())]).await;
        let medium = &sent[expected];
        assert!(medium.is_object(), "{method} {name}: {sent}");
        assert_eq!(medium["file_size"], bytes.len(), "{method} {name}");
        assert_eq!(
            expected == "animation",
            sent["document"].is_object() && expected != "document",
            "{method} {name}"
        );
        assert_eq!(sandbox.download(&medium["file_id"]).await.1, bytes, "{method} {name}");
    }
}

#[tokio::test]
async fn what_is_said_about_a_file_is_shown() {
    let sandbox = Sandbox::new().await;
    let params =
        json!({"chat_id": CHANNEL, "duration": 7, "title": "Song", "performer": "Who", "has_spoiler": true});
    let cover = jpeg(320, 200);
    let files = vec![("audio", "a.mp3", b"ID3".to_vec()), ("thumbnail", "t.jpg", cover.clone())];
    let audio = sandbox.sent("sendAudio", params.clone(), files).await["audio"].clone();
    let expected = json!({"duration": 7, "title": "Song", "performer": "Who", "file_name": "a.mp3", "mime_type": "audio/mpeg"});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&audio[name], value, "{name}");
    }
    assert_eq!((&audio["thumbnail"]["width"], &audio["thumbnail"]["height"]), (&json!(320), &json!(200)));
    assert_eq!(sandbox.download(&audio["thumbnail"]["file_id"]).await.1, cover);
    let as_photo = json!({"chat_id": CHANNEL, "photo": audio["thumbnail"]["file_id"]});
    assert_eq!(sandbox.bad("sendPhoto", as_photo).await, "can't use file of type Thumbnail as Photo");

    for (name, thumbnail) in [
        ("large", jpeg(321, 10)),
        ("no JPEG", gif(10, 10)),
        ("heavy", [jpeg(9, 9), vec![0; 200 << 10]].concat()),
    ] {
        let files = vec![("document", "a.bin", b"x".to_vec()), ("pic", "t.jpg", thumbnail)];
        let mut params = params.clone();
        params["thumbnail"] = "attach://pic".into();
        let sent = sandbox.sent("sendDocument", params, files).await;
        assert_eq!(sent["document"].get("thumbnail"), None, "{name}");
        assert_eq!(sent.get("has_media_spoiler"), None, "not of a document");
    }
    let video = sandbox
        .sent("sendVideo", json!({"chat_id": CHANNEL, "width": 9}), vec![("video", "a.mp4", mp4(true))])
        .await;
    assert_eq!((&video["video"]["width"], &video["video"]["duration"]), (&json!(640), &json!(3)));
    let unread = sandbox
        .sent("sendVideo", json!({"chat_id": CHANNEL, "width": 9}), vec![("video", "a.mp4", b"x".to_vec())])
        .await;
    assert_eq!(unread["video"]["width"], 9);
}

/// `method params → what it is refused with`, without any file.
const REFUSALS: &str = r#"
sendPhoto {"chat_id": "", "caption": "<p>"} → there is no photo in the request
sendPhoto {"chat_id": "", "photo": "attach://nothing"} → there is no photo in the request
sendVideo {"chat_id": ""} → there is no video in the request
sendAnimation {"chat_id": ""} → there is no animation in the request
sendAudio {"chat_id": ""} → there is no audio in the request
sendVoice {"chat_id": ""} → there is no voice in the request
sendDocument {"chat_id": ""} → there is no document in the request
sendPhoto {"chat_id": "", "photo": "x", "caption": "<p>"} → can't parse entities: Unsupported start tag "p" at byte offset 0
sendPhoto {"chat_id": "", "photo": "x", "caption": "y"} → chat_id is empty
sendPhoto {"chat_id": "@nowhere", "photo": "x"} → chat not found
sendPhoto {"chat_id": "@sandbox", "photo": "x", "reply_parameters": {"message_id": 99}} → message to be replied not found
sendPhoto {"chat_id": "@sandbox", "photo": "x", "reply_markup": {"force_reply": true}} → inline keyboard expected
sendPhoto {"chat_id": "@sandbox", "photo": "xy"} → wrong remote file identifier specified: can't unserialize it. Wrong last symbol
sendPhoto {"chat_id": "@sandbox", "photo": "x y"} → wrong remote file identifier specified: Wrong character in the string
sendPhoto {"chat_id": "@sandbox", "photo": "x"} → wrong remote file identifier specified: Wrong string length
sendPhoto {"chat_id": "@sandbox", "photo": "https://example.com/a.png"} → failed to get HTTP URL content
sendPhoto {"chat_id": "@sandbox", "photo": "http://127.0.0.1:1/a.png"} → failed to get HTTP URL content
sendPhoto {"chat_id": "@sandbox", "photo": "ftp://example.com/a.png"} → invalid file HTTP URL specified: Unsupported URL protocol
getFile {} → file_id not specified
getFile {"file_id": "x"} → invalid file_id
copyMessages {"chat_id": 1000, "message_ids": [1]} → parameter "from_chat_id" is required
copyMessages {"chat_id": 1000, "from_chat_id": "@sandbox"} → message identifiers are not specified
copyMessages {"chat_id": 1000, "from_chat_id": "@sandbox", "message_ids": [99]} → there are no messages to forward
copyMessages {"chat_id": 1000, "from_chat_id": "@sandbox", "message_ids": [1]} → messages can't be forwarded
forwardMessages {"chat_id": 5, "from_chat_id": "@nowhere", "message_ids": [1]} → chat not found
"#;

#[tokio::test]
async fn the_checks_come_in_the_servers_order() {
    let sandbox = Sandbox::new().await;
    for line in REFUSALS.lines().skip(1) {
        let (call, expected) = line.split_once(" → ").unwrap();
        let (method, params) = call.split_once(' ').unwrap();
        let mut params: Value = serde_json::from_str(params).unwrap();
        params["parse_mode"] = "HTML".into();
        assert_eq!(sandbox.bad(method, params).await, expected, "{line}");
    }
}

#[tokio::test]
async fn photos_are_looked_at() {
    let sandbox = Sandbox::new().await;
    let extension = "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp";
    let big = "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes";
    let heavy = [jpeg(9, 9), vec![0; (10 << 20) + 1 - jpeg(9, 9).len()]].concat();
    for (name, bytes, expected) in [
        ("a.jpg", vec![], "file must be non-empty"),
        ("a.jpg", heavy, big),
        ("a.jpg", jpeg(5001, 5000), "PHOTO_INVALID_DIMENSIONS"),
        ("a.jpg", jpeg(210, 10), "PHOTO_INVALID_DIMENSIONS"),
        ("a.jpg", b"no picture".to_vec(), "IMAGE_PROCESS_FAILED"),
        ("a.jpg", b"\xff\xd8\xff".to_vec(), "IMAGE_PROCESS_FAILED"),
        ("a.jpg", mp4(true), "IMAGE_PROCESS_FAILED"),
        ("a.webp", jpeg(9, 9), extension),
        ("a.svg", b"<svg/>".to_vec(), extension),
    ] {
        let refused =
            sandbox.declined("sendPhoto", json!({"chat_id": CHANNEL}), vec![("photo", name, bytes)]).await;
        assert_eq!(refused, expected, "{name}");
    }
    for (name, bytes) in [("a.JPG", jpeg(5000, 5000)), ("a.gif", gif(200, 10)), ("photo", jpeg(1, 1))] {
        sandbox.sent("sendPhoto", json!({"chat_id": CHANNEL}), vec![("photo", name, bytes)]).await;
    }
    let long = json!({"chat_id": CHANNEL, "caption": "x".repeat(1025)});
    let refused = sandbox.declined("sendPhoto", long, vec![("photo", "a.jpg", jpeg(1, 1))]).await;
    assert_eq!(refused, "message caption is too long");
    let full = json!({"chat_id": CHANNEL, "caption": "😀".repeat(1024)});
    sandbox.sent("sendPhoto", full, vec![("photo", "a.jpg", jpeg(1, 1))]).await;
}

#[tokio::test]
async fn ids_belong_to_one_bot_and_one_kind() {
    let sandbox = Sandbox::new().await;
    let photo = sandbox.photo(CHANNEL).await["photo"][3].clone();
    let theirs = sandbox
        .upload_as(
            OTHER,
            "sendPhoto",
            &json!({"chat_id": CHANNEL}),
            vec![("photo", "a.jpg", jpeg(1000, 500))],
        )
        .await;
    let theirs = theirs["result"]["photo"][3].clone();
    assert_eq!(photo["file_unique_id"], theirs["file_unique_id"]);
    assert_ne!(photo["file_id"], theirs["file_id"]);
    let foreign = json!({"chat_id": CHANNEL, "photo": theirs["file_id"]});
    assert_eq!(sandbox.bad("sendPhoto", foreign).await, "wrong file identifier/HTTP URL specified");
    let foreign = json!({"file_id": theirs["file_id"]});
    assert_eq!(sandbox.bad("getFile", foreign).await, "wrong file_id or the file is temporarily unavailable");
    // What another bot is told of the message has ids of its own.
    let updates = sandbox.updates(OTHER).await;
    assert_eq!(updates[0]["channel_post"]["photo"][3], theirs);

    let document = sandbox
        .sent("sendDocument", json!({"chat_id": CHANNEL}), vec![("document", "a.pdf", b"x".to_vec())])
        .await;
    let document = &document["document"]["file_id"];
    for (method, part, id, expected) in [
        ("sendPhoto", "photo", document, "can't use file of type Document as Photo"),
        ("sendVideo", "video", &photo["file_id"], "can't use file of type Photo as Video"),
        ("sendDocument", "document", &photo["file_id"], "can't use file of type Photo as Document"),
    ] {
        assert_eq!(sandbox.bad(method, json!({"chat_id": CHANNEL, part: id})).await, expected);
    }
    let kept = sandbox.ok("sendVideo", json!({"chat_id": CHANNEL, "video": document})).await;
    assert_eq!(&kept["document"]["file_id"], document, "what it is, it stays");
}

#[tokio::test]
async fn rights_are_about_kinds() {
    let chats =
        ["-1:group::restricted", "-1001:channel:mute:none"].map(|spec| parse_chat_spec(spec).unwrap());
    let sandbox = Sandbox::with(Options { chats: chats.into(), ..Options::default() }).await;
    for (method, part, noun) in [
        ("sendPhoto", "photo", "photos"),
        ("sendVideo", "video", "videos"),
        ("sendAnimation", "animation", "animations"),
        ("sendAudio", "audio", "music"),
        ("sendDocument", "document", "documents"),
        ("sendVoice", "voice", "voice notes"),
    ] {
        let refused = sandbox.bad(method, json!({"chat_id": -1, part: "x"})).await;
        assert_eq!(refused, format!("not enough rights to send {noun} to the chat"));
        let refused = sandbox.bad(method, json!({"chat_id": "@mute", part: "x"})).await;
        assert_eq!(refused, "need administrator rights in the channel chat");
    }
}

#[tokio::test]
async fn large_files_need_a_server_of_ones_own() {
    let megabytes = |count: usize| vec![7_u8; count << 20];
    let hosted = Sandbox::new().await;
    let reply = hosted
        .upload("sendDocument", json!({"chat_id": CHANNEL}), vec![("document", "a", megabytes(51))])
        .await;
    assert_eq!(reply, json!({"ok": false, "error_code": 413, "description": "Request Entity Too Large"}));
    let sent = hosted
        .sent("sendDocument", json!({"chat_id": CHANNEL}), vec![("document", "a", megabytes(21))])
        .await;
    let id = sent["document"]["file_id"].clone();
    assert_eq!(hosted.bad("getFile", json!({"file_id": id})).await, "file is too big");

    let own = Sandbox::with(Options { max_upload: 2000 << 20, ..Options::default() }).await;
    let sent =
        own.sent("sendDocument", json!({"chat_id": CHANNEL}), vec![("document", "a", megabytes(51))]).await;
    let (file, bytes) = own.download(&sent["document"]["file_id"]).await;
    assert_eq!((file["file_size"].as_u64(), bytes.len()), (Some(51 << 20), 51 << 20));
}

#[tokio::test]
async fn files_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().join("state.json")), ..Options::default() };
    let first = Sandbox::with(options()).await;
    let sent = first
        .sent("sendDocument", json!({"chat_id": CHANNEL}), vec![("document", "a.txt", b"kept".to_vec())])
        .await;
    first.running.shutdown().await;
    let second = Sandbox::with(options()).await;
    let id = &sent["document"]["file_id"];
    assert_eq!(second.download(id).await.1, b"kept");
    assert_eq!(
        second.ok("sendDocument", json!({"chat_id": CHANNEL, "document": id})).await["document"],
        sent["document"]
    );
}

#[tokio::test]
async fn paths_lead_to_known_files_only() {
    let sandbox = Sandbox::new().await;
    sandbox.photo(CHANNEL).await;
    for (path, expected) in [
        (format!("bot{TOKEN}/photos/file_0y.jpg"), 200),
        (format!("bot{TOKEN}/photos/file_0w.jpg"), 404),
        (format!("bot{TOKEN}/documents/file_0.jpg"), 404),
        (format!("bot{TOKEN}/photos/file_99999999999999999999.jpg"), 404),
        (format!("bot{TOKEN}/../state.json"), 404),
        ("bot42:short/photos/file_0y.jpg".into(), 404),
    ] {
        let url = format!("{}/file/{path}", sandbox.running.url());
        assert_eq!(sandbox.http.get(url).send().await.unwrap().status(), expected, "{path}");
    }
}

#[tokio::test]
async fn rich_messages_bring_files_along() {
    let sandbox = Sandbox::new().await;
    let html = "<figure><img src='tg://photo?id=hero'/></figure><video src='tg://video?id=clip'></video>";
    let media = json!([
        {"id": "hero", "media": {"type": "photo", "media": "attach://pic"}},
        {"id": "clip", "media": {"type": "animation", "media": "attach://gif"}},
    ]);
    let rich = json!({"chat_id": CHANNEL, "rich_message": {"html": html, "media": media}});
    let picture = jpeg(1000, 500);
    let files = || vec![("pic", "a.jpg", picture.clone()), ("gif", "a.gif", gif(320, 240))];
    let sent = sandbox.sent("sendRichMessage", rich, files()).await;
    let blocks = &sent["rich_message"]["blocks"];
    assert_eq!(blocks[0]["photo"], sandbox.photo(CHANNEL).await["photo"]);
    assert_eq!((&blocks[1]["type"], &blocks[1]["animation"]["width"]), (&json!("animation"), &json!(320)));
    assert_eq!(sandbox.download(&blocks[1]["animation"]["file_id"]).await.1, gif(320, 240));

    let photo = json!({"type": "photo", "media": blocks[0]["photo"][0]["file_id"]});
    let place = json!({"chat_id": CHANNEL, "message_id": sent["message_id"]});
    let edit = |photo: Value| {
        let mut params = place.clone();
        params["rich_message"] = json!({"blocks": [{"type": "photo", "photo": photo}]});
        params
    };
    let edited = sandbox.ok("editMessageText", edit(photo.clone())).await;
    assert_eq!(edited["rich_message"]["blocks"][0]["photo"], blocks[0]["photo"]);
    assert!(sandbox.bad("editMessageText", edit(photo)).await.starts_with("message is not modified"));
    let upload = edit(json!({"type": "photo", "media": "attach://pic"}));
    sandbox.sent("editMessageText", upload.clone(), files()).await;
    sandbox.sent("editMessageText", upload, files()).await;

    for (kind, file, expected) in [
        ("photo", "attach://nothing", "can't parse InputRichBlock: media not found"),
        ("photo", "xy", "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"),
        ("photo", "attach://gif2", "IMAGE_PROCESS_FAILED"),
        ("video", "attach://gif", "RICH_MESSAGE_VIDEO_INVALID"),
    ] {
        let block = json!({"type": kind, kind: {"type": kind, "media": file}});
        let params = json!({"chat_id": CHANNEL, "rich_message": {"blocks": [block]}});
        let files = vec![("gif", "a.gif", gif(9, 9)), ("gif2", "a.jpg", b"text".to_vec())];
        assert_eq!(sandbox.declined("sendRichMessage", params, files).await, expected);
    }
}

#[tokio::test]
async fn faults_meet_uploads_as_they_meet_texts() {
    let sandbox = Sandbox::new().await;
    let upload = || {
        let form = Form::new().text("chat_id", CHANNEL.to_string());
        let form = form.part("photo", Part::bytes(jpeg(9, 9)).file_name("a.jpg"));
        sandbox.http.post(format!("{}/bot{TOKEN}/sendPhoto", sandbox.running.url())).multipart(form).send()
    };
    let count = async || {
        sandbox.get(&format!("chats/{CHANNEL}/messages")).await["messages"].as_array().unwrap().len()
    };
    sandbox.fault(json!({"method": "sendPhoto", "kind": "drop_before"})).await;
    assert!(upload().await.is_err());
    assert_eq!(count().await, 0);
    sandbox.fault(json!({"method": "sendPhoto", "kind": "drop_after"})).await;
    assert!(upload().await.is_err());
    assert_eq!(count().await, 1);
    sandbox.fault(json!({"method": "sendPhoto", "kind": "late", "delay_s": 60})).await;
    assert!(upload().await.is_err());
    assert_eq!(count().await, 1);
    sandbox.advance(60).await;
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn a_file_without_the_right_to_post_is_refused_in_the_strict_channel_too() {
    let sandbox = Sandbox::new().await;
    sandbox.fault(json!({"method": "sendPhoto", "kind": "revoke_right", "right": "can_post_messages"})).await;
    let refused =
        sandbox.declined("sendPhoto", json!({"chat_id": STRICT}), vec![("photo", "a.jpg", jpeg(9, 9))]).await;
    assert_eq!(refused, "need administrator rights in the channel chat");
}
