//! Answers of a Bot API server, whatever it says: what may have been done is never called a refusal, what was not done never
//! a success, and the token is never repeated.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use serde::de::IgnoredAny;
use serde_json::Value;
use tgsync::ids::{ChatId, ChatRef, MessageId};
use tgsync::lock::{Content, Payload, Preview};
use tgsync::ports::{CallError, Edited, Outgoing, Platform as _};
use tgsync::telegram::{BotApi, Timeouts, Token, client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use url::Url;

const TOKEN: &str = "123456:AAE-scripted_0123456789abcdefghijk";

/// What a case says: `send 200`, headers, an empty line, the body. In the text `{token}` stands for the token.
struct Case {
    call: Call,
    status: u16,
    headers: String,
    body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Describe,
    Send,
    Edit,
    Delete,
    Pin,
    Unpin,
}

/// How a call ended, seen by who made it.
type Ended = Result<Option<MessageId>, CallError>;

pub(super) fn holds(bytes: &[u8]) {
    let Some(case) = Case::read(bytes) else { return };
    let server = server();
    *server.answer.lock().expect("nobody panics with it") = case.answer();
    let ended = server.runtime.block_on(call(&server.api, case.call));
    judge(&case, &ended);
}

impl Case {
    fn read(bytes: &[u8]) -> Option<Self> {
        let at = bytes.windows(2).position(|pair| pair == b"\n\n")?;
        let head = std::str::from_utf8(&bytes[..at]).ok().filter(|head| !head.contains('\r'))?;
        let (first, headers) = head.split_once('\n').unwrap_or((head, ""));
        let (name, status) = first.split_once(' ')?;
        let call = match name {
            "describe" => Call::Describe,
            "send" => Call::Send,
            "edit" => Call::Edit,
            "delete" => Call::Delete,
            "pin" => Call::Pin,
            "unpin" => Call::Unpin,
            _ => return None,
        };
        let body = String::from_utf8_lossy(&bytes[at + 2..]);
        let body = if body.contains("{token}") {
            body.replace("{token}", TOKEN).into_bytes()
        } else {
            bytes[at + 2..].to_vec()
        };
        let status = status.parse().ok().filter(|status| (200..1000).contains(status))?;
        let framed = headers.to_lowercase().contains("transfer-encoding");
        (!framed).then(|| Self { call, status, headers: headers.to_owned(), body })
    }

    fn answer(&self) -> Vec<u8> {
        let mut headers = self.headers.replace('\n', "\r\n");
        if !headers.is_empty() {
            headers.push_str("\r\n");
        }
        if self.length().is_none() {
            let length = self.body.len().to_string();
            headers.extend(["content-length: ", &length, "\r\n"]);
        }
        let head = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n{headers}\r\n", self.status);
        [head.as_bytes(), &self.body].concat()
    }

    /// The length that the headers claim.
    fn length(&self) -> Option<&str> {
        let name = "content-length:";
        let of = |line: &'_ str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        self.headers.lines().find(|line| of(line)).map(|line| line[name.len()..].trim())
    }

    /// What the client sees of the body.
    fn seen(&self) -> &[u8] {
        let length = self.length().and_then(|length| length.parse().ok()).unwrap_or(usize::MAX);
        &self.body[..self.body.len().min(length)]
    }

    /// As any reader of JSON understands it.
    fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.seen()).ok().filter(Value::is_object)
    }

    /// Whether it is JSON that only some readers understand: too deep, half a surrogate pair, a number beyond all.
    #[expect(clippy::zero_sized_map_values, reason = "an object whose values do not matter")]
    fn is_odd(&self) -> bool {
        self.json().is_none() && serde_json::from_slice::<BTreeMap<&str, IgnoredAny>>(self.seen()).is_ok()
    }
}

/// What the fields of the answer, or else its status, allow to say of the call.
fn judge(case: &Case, ended: &Ended) {
    let words = ended.as_ref().err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
    assert!(!words.contains(&TOKEN["123456:".len()..]), "the token: {words}");
    if case.is_odd() {
        return;
    }
    let json = case.json();
    let ok = json.as_ref().and_then(|json| json.get("ok")?.as_bool());
    let field = |name: &str| json.as_ref().and_then(|json| json.get(name)).cloned();
    let code = field("error_code").as_ref().and_then(number).unwrap_or_else(|| case.status.into());
    let said = field("description").and_then(|text| Some(text.as_str()?.to_lowercase())).unwrap_or_default();
    let says_no = ok == Some(false);
    match ended {
        Ok(id) if says_no => assert!(is_settled(case.call, &said) && id.is_none(), "done: {said}"),
        Ok(id) => {
            assert_eq!(ok, Some(true), "done, though nobody says so");
            let sent = field("result").and_then(|sent| sent.get("message_id")?.as_i64());
            assert_eq!(id.map(|id| i64::from(id.0)), sent.filter(|_| case.call == Call::Send));
        }
        Err(CallError::Refused(refusal)) => {
            let fits = (400..500).contains(&code) && code != 429;
            assert!(fits && (says_no || json.is_none() && case.status == 413), "a refusal: {refusal:?}");
        }
        Err(CallError::RetryAfter(wait)) => {
            assert!(code == 429 && (says_no || case.status == 429), "told to wait {wait:?}");
            assert!(wait.as_secs() >= 1);
        }
        Err(CallError::Unreachable(text)) => panic!("the server was reached: {text}"),
        Err(CallError::Unknown(_)) => assert!(!is_plain_yes(case, ok), "the server said yes"),
    }
}

/// A number, also as a text, as the Bot API never writes it.
fn number(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "compared with small numbers")]
    let float = || value.as_f64().map(|number| number.ceil() as i64);
    value.as_i64().or_else(float).or_else(|| value.as_str()?.trim().parse().ok())
}

/// `ok: true` in a whole answer, to a call whose result nobody needs.
fn is_plain_yes(case: &Case, ok: Option<bool>) -> bool {
    let needs_result = matches!(case.call, Call::Describe | Call::Send);
    ok == Some(true) && case.headers.is_empty() && !needs_result && case.status == 200
}

fn is_settled(call: Call, said: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    match call {
        Call::Edit => says(&["message is not modified", "message_not_modified"]),
        Call::Delete => says(&["message to delete not found"]),
        Call::Pin => says(&["chat_not_modified"]),
        Call::Unpin => says(&["message to unpin not found", "chat_not_modified"]),
        Call::Send | Call::Describe => false,
    }
}

async fn call(api: &BotApi, call: Call) -> Ended {
    let id = MessageId(7);
    match call {
        Call::Describe => api.describe().await.map(|_| None),
        Call::Send => api.send(&message()).await.map(|sent| sent.first().map(|sent| sent.id)),
        Call::Edit => api.edit(id, &message()).await.map(|edited| {
            assert!(matches!(edited, Edited::Changed { .. } | Edited::AlreadySo));
            None
        }),
        Call::Delete => api.delete(id).await.map(|()| None),
        Call::Pin => api.set_pinned(id, true).await.map(|()| None),
        Call::Unpin => api.set_pinned(id, false).await.map(|()| None),
    }
}

fn message() -> Outgoing {
    let payload = Payload {
        content: Content::Text { html: "<b>x</b>".into() },
        buttons: Vec::new(),
        preview: Preview::default(),
        protect: false,
        reply_to: None,
        silent: false,
    };
    Outgoing { payload, topic: None }
}

/// A server on loopback that gives the answer of the moment to everybody.
struct Server {
    runtime: Runtime,
    api: BotApi,
    answer: Arc<Mutex<Vec<u8>>>,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let answer = Arc::new(Mutex::new(Vec::new()));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url: Url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a URL");
        runtime.spawn(serve(listener, answer.clone()));
        let client = client(&url, Timeouts::default()).expect("a client");
        let api = BotApi::new(
            client,
            &url,
            Token::new(TOKEN).expect("a token"),
            ChatRef::Id(ChatId(-1001)),
            Path::new("."),
        );
        Server { runtime, api, answer }
    })
}

async fn serve(listener: TcpListener, answer: Arc<Mutex<Vec<u8>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let bytes = answer.lock().expect("nobody panics with it").clone();
        // A client that does not wait for the end is no concern of ours.
        let _ = play(stream, &bytes).await;
    }
}

/// Read the request to its end, write the answer, close.
async fn play(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut seen = Vec::new();
    while !is_whole(&seen) {
        if stream.read_buf(&mut seen).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(answer).await?;
    stream.shutdown().await
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}
