//! The real client in front of the sandbox: what a test needs to set a scene and to look at the result.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tgsync::ids::{ChatId, ChatRef, MessageId, RelPath, Sha256Hex};
use tgsync::lock::{Attachment, Content, Payload, Preview};
use tgsync::media::Kind;
use tgsync::ports::Outgoing;
use tgsync::sandbox::{Options, Running, parse_chat_spec, start};
use tgsync::telegram::{BotApi, Timeouts, Token, client};
use tokio::net::TcpSocket;
use url::Url;

pub(crate) const TOKEN: &str = "4242:AAE-rehearsal_0123456789abcdefghijk";
pub(crate) const CHANNEL: ChatId = ChatId(-1_001_000_000_001);
pub(crate) const STRICT: ChatId = ChatId(-1_001_000_000_002);
pub(crate) const FORUM: ChatId = ChatId(-1_001_000_000_004);
pub(crate) const PERSON: ChatId = ChatId(1000);

pub(crate) struct Stage {
    running: Running,
    http: reqwest::Client,
    /// Of the repository that files are sent from.
    pub(crate) root: TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// At an address of its own, so that nobody takes its port when it is shut down. Not every system has many.
    pub(crate) async fn mortal() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(2);
        let listen = ([127, 0, 0, NEXT.fetch_add(1, Ordering::Relaxed)], 0).into();
        match start(Options { listen, ..Options::default() }).await {
            Ok(running) => Self::on(running),
            Err(_) => Self::new().await,
        }
    }

    /// With these chats (`ID:TYPE:USERNAME:RIGHTS`) instead of the default ones.
    pub(crate) async fn with(chats: &[&str]) -> Self {
        let chats = chats.iter().map(|spec| parse_chat_spec(spec).unwrap()).collect();
        Self::on(start(Options { chats, ..Options::default() }).await.unwrap())
    }

    /// With the default chats, of which the forum is the discussion group of the channel.
    pub(crate) async fn linked() -> Self {
        let links = vec![(CHANNEL.0, FORUM.0)];
        Self::on(start(Options { links, ..Options::default() }).await.unwrap())
    }

    /// The same on a server that enforces its limits.
    pub(crate) async fn limited(chats: &[&str]) -> Self {
        let chats = chats.iter().map(|spec| parse_chat_spec(spec).unwrap()).collect();
        Self::on(start(Options { chats, rate_limits: true, ..Options::default() }).await.unwrap())
    }

    fn on(running: Running) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running, http, root: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn url(&self) -> Url {
        self.running.url().parse().unwrap()
    }

    pub(crate) fn api(&self, chat: ChatRef) -> BotApi {
        self.patient(chat, Timeouts::default().read)
    }

    pub(crate) fn at(&self, chat: ChatId) -> BotApi {
        self.api(ChatRef::Id(chat))
    }

    /// A client that gives up after so long without a byte.
    pub(crate) fn patient(&self, chat: ChatRef, read: Duration) -> BotApi {
        api_at(&self.url(), chat, Timeouts { read, ..Timeouts::default() }, self.root.path())
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}/_sandbox/{path}", self.running.url())).send().await.unwrap();
        assert!(response.status().is_success(), "{path}");
        response.json().await.unwrap()
    }

    pub(crate) async fn act(&self, path: &str, what: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.running.url());
        let response = self.http.post(url).json(what).send().await.unwrap();
        assert!(response.status().is_success(), "{path} {what}");
        response.json().await.unwrap()
    }

    pub(crate) async fn fault(&self, what: Value) {
        self.act("faults", &what).await;
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        self.act("clock", &json!({ "advance_s": seconds })).await;
    }

    /// A person posts, edits, deletes or pins; the id of the message it was about.
    pub(crate) async fn human(&self, what: Value) -> MessageId {
        let message = self.act("human", &what).await;
        MessageId(message["message_id"].as_i64().unwrap().try_into().unwrap())
    }

    /// The live messages of a chat, in order, as Bot API objects.
    pub(crate) async fn messages(&self, chat: ChatId) -> Vec<Value> {
        let told = self.look(&format!("chats/{chat}/messages")).await;
        told["messages"].as_array().unwrap().clone()
    }

    pub(crate) async fn texts(&self, chat: ChatId) -> Vec<String> {
        let messages = self.messages(chat).await;
        messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn pinned(&self, chat: ChatId) -> Vec<MessageId> {
        let told = self.look(&format!("chats/{chat}/messages")).await;
        serde_json::from_value(told["pinned"].clone()).unwrap()
    }

    /// A call that tgsync itself never makes.
    pub(crate) async fn call(&self, method: &str, params: &Value) -> Value {
        let url = format!("{}/bot{TOKEN}/{method}", self.running.url());
        let reply: Value = self.http.post(url).json(params).send().await.unwrap().json().await.unwrap();
        assert_eq!(reply["ok"], true, "{reply}");
        reply["result"].clone()
    }

    /// The sandbox ends. Its port is kept by the socket where that can be had, so that no other test's server moves in.
    pub(crate) async fn shutdown(self) -> TcpSocket {
        let address = self.running.addr();
        self.running.shutdown().await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        let _ = socket.bind(address);
        socket
    }
}

/// A client of whatever is at `url`.
pub(crate) fn api_at(url: &Url, chat: ChatRef, timeouts: Timeouts, root: &Path) -> BotApi {
    BotApi::new(client(url, timeouts).unwrap(), url, Token::new(TOKEN).unwrap(), chat, root)
}

/// Write a file into the repository at `root`; how it is attached.
#[expect(clippy::disallowed_methods, reason = "tests set up files by hand")]
pub(crate) fn attach(root: &Path, kind: Kind, name: &str, content: &[u8]) -> Attachment {
    std::fs::write(root.join(name), content).unwrap();
    Attachment {
        file: RelPath::new(Path::new(name)).unwrap(),
        file_id: None,
        html: String::new(),
        kind,
        sha256: Sha256Hex::of(content),
        size: content.len() as u64,
        spoiler: false,
        thumbnail: None,
    }
}

pub(crate) fn media(items: Vec<Attachment>) -> Outgoing {
    outgoing(Content::Media { items, above: false })
}

pub(crate) fn text(html: &str) -> Outgoing {
    outgoing(Content::Text { html: html.to_owned() })
}

pub(crate) fn outgoing(content: Content) -> Outgoing {
    let payload = Payload {
        content,
        buttons: Vec::new(),
        preview: Preview::default(),
        protect: false,
        reply_to: None,
        silent: false,
    };
    Outgoing { payload, topic: None }
}
