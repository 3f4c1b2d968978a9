//! The Bot API client against a server that does exactly what a test says, byte by byte: what may have been done must
//! never look like a refusal, and the other way round.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tgsync::ids::{ChatId, ChatRef, MessageId};
use tgsync::lock::{Content, Payload, Preview};
use tgsync::ports::{CallError, Edited, Outgoing, Platform as _, RefusalKind, Sent};
use tgsync::telegram::{BotApi, HttpClient, Timeouts, Token, client};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

const TOKEN: &str = "123456:AAE-scripted_0123456789abcdefghijk";

/// What the server does with each connection.
#[derive(Debug, Clone)]
enum Act {
    /// Close without reading.
    CloseAtOnce,
    /// Read the request, then close.
    CloseAfterReading,
    /// Read the request, then write these bytes and close.
    Answer(String),
    /// Write these bytes without waiting for a request, and close.
    Blurt(String),
    /// Read the request, then say nothing, for ever.
    Hang,
    /// Read the request, write these bytes, then say nothing.
    HangAfter(String),
}

async fn serve(act: Act) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, act.clone()));
        }
    });
    url
}

async fn play(mut stream: TcpStream, act: Act) {
    if !matches!(act, Act::CloseAtOnce | Act::Blurt(_)) {
        read_request(&mut stream).await;
    }
    match act {
        Act::CloseAtOnce | Act::CloseAfterReading => {}
        Act::Answer(bytes) | Act::Blurt(bytes) => stream.write_all(bytes.as_bytes()).await.unwrap(),
        Act::Hang => std::future::pending::<()>().await,
        Act::HangAfter(bytes) => {
            stream.write_all(bytes.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        }
    }
}

/// Headers, and as many bytes as they announce.
async fn read_request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "the client gave up");
        seen.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).expect("a length");
            let length: usize = length.lines().next().unwrap().trim().parse().unwrap();
            if body.len() >= length {
                return;
            }
        }
    }
}

fn http(status: &str, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Answer(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"))
}

fn api(url: &Url) -> BotApi {
    api_through(client(url, Timeouts::default()).unwrap(), url)
}

fn api_through(http: HttpClient, url: &Url) -> BotApi {
    let chat = ChatRef::Id(ChatId(-1001));
    BotApi::new(http, url, Token::new(TOKEN).unwrap(), chat, Path::new("/nowhere"))
}

fn bare(client: reqwest::ClientBuilder) -> HttpClient {
    HttpClient { client: client.no_proxy().build().unwrap(), timeouts: Timeouts::default() }
}

fn message() -> Outgoing {
    let payload = Payload {
        content: Content::Text { html: "<b>hi</b>".to_owned() },
        buttons: Vec::new(),
        preview: Preview::default(),
        protect: false,
        reply_to: None,
        silent: false,
    };
    Outgoing { payload, topic: None }
}

async fn send(act: Act) -> Result<Vec<Sent>, CallError> {
    api(&serve(act).await).send(&message()).await
}

fn assert_unknown(result: Result<Vec<Sent>, CallError>, words: &str) {
    match result {
        Err(CallError::Unknown(text)) => assert!(text.contains(words), "`{text}` does not say `{words}`"),
        other => panic!("expected an unknown fate ({words}), got {other:?}"),
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = api(&url).send(&message()).await.unwrap_err();
    assert!(matches!(&error, CallError::Unreachable(text) if text.contains("refused")), "{error:?}");
}

/// Knows no name.
struct NoNames;

impl reqwest::dns::Resolve for NoNames {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("no such host".into()) })
    }
}

#[tokio::test]
async fn a_host_that_has_no_address() {
    let url: Url = "http://tgsync.invalid".parse().unwrap();
    let http = bare(reqwest::Client::builder().dns_resolver(Arc::new(NoNames)));
    let error = api_through(http, &url).send(&message()).await.unwrap_err();
    assert!(matches!(&error, CallError::Unreachable(text) if text.contains("no such host")), "{error:?}");
}

#[tokio::test]
async fn tls_that_is_none() {
    for act in [Act::CloseAtOnce, Act::Blurt("HTTP/1.1 400 Bad Request\r\n\r\n".to_owned())] {
        let url: Url = serve(act).await.as_str().replace("http://", "https://").parse().unwrap();
        let http = bare(reqwest::Client::builder().tls_built_in_root_certs(false));
        let error = api_through(http, &url).send(&message()).await.unwrap_err();
        assert!(matches!(&error, CallError::Unreachable(_)), "{error:?}");
    }
}

#[tokio::test]
async fn an_api_url_that_is_none() {
    let url: Url = "mailto:someone".parse().unwrap();
    let error = api(&url).send(&message()).await.unwrap_err();
    assert!(matches!(&error, CallError::Unreachable(text) if text.contains("api_url")), "{error:?}");
    assert!(!error.to_string().contains(TOKEN));
}

#[tokio::test]
async fn closed_connections_leave_the_fate_open() {
    for act in [Act::CloseAtOnce, Act::CloseAfterReading] {
        assert_unknown(send(act).await, "the connection broke before the answer came");
    }
}

#[tokio::test]
async fn silence_ends_in_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"ok\":true,".to_owned();
    let cases =
        [(Act::Hang, "no answer in time"), (Act::HangAfter(head), "HTTP 200, and the answer broke off")];
    for (act, words) in cases {
        let url = serve(act).await;
        let timeouts = Timeouts { read: Duration::from_millis(150), ..Timeouts::default() };
        let api = api_through(client(&url, timeouts).unwrap(), &url);
        assert_unknown(api.send(&message()).await, words);
    }
}

#[tokio::test]
async fn a_trickle_ends_in_time_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        while stream.write_all(b" ").await.is_ok() {
            pace.tick().await;
        }
    });
    let timeouts = Timeouts { call: Duration::from_millis(300), ..Timeouts::default() };
    let api = api_through(client(&url, timeouts).unwrap(), &url);
    assert_unknown(api.send(&message()).await, "the answer broke off");
}

#[tokio::test]
async fn what_is_no_answer_leaves_the_fate_open() {
    let html = "<html><h1>502 Bad Gateway</h1></html>";
    let cases = [
        (http("502 Bad Gateway", "", html), "HTTP 502, not an answer of the Bot API"),
        (http("200 OK", "", html), "HTTP 200, not an answer of the Bot API"),
        (http("200 OK", "", ""), "HTTP 200, an empty answer"),
        (http("301 Moved", "location: http://127.0.0.1:1/\r\n", ""), "HTTP 301, an empty answer"),
        (http("200 OK", "", r#"{"ok":true,"result":{"message_id":7,"da"#), "HTTP 200, not an answer"),
        (
            Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok\":true,\"res".to_owned()),
            "HTTP 200, and the answer broke off",
        ),
        (http("400 Bad Request", "", "{\"ok\":fal"), "HTTP 400, not an answer"),
        (Act::Answer("SSH-2.0-OpenSSH\r\n\r\n".to_owned()), "the connection broke before the answer came"),
        (
            http(
                "500 x",
                "",
                r#"{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}"#,
            ),
            "Internal Server Error: restart",
        ),
        (http("200 OK", "", r#"{"ok":true,"result":{"message_id":0}}"#), "does not tell its id"),
        (http("200 OK", "", r#"{"ok":true,"result":[]}"#), "the id can't be read"),
    ];
    for (act, words) in cases {
        assert_unknown(send(act).await, words);
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_swallowed_whole() {
    let body = format!("{{\"ok\":true,\"x\":\"{}\"}}", "x".repeat(5 << 20));
    assert_unknown(send(http("200 OK", "", &body)).await, "longer than");
}

#[tokio::test]
async fn refusals_are_certain() {
    let cases = [
        (http("413 Too Large", "", "<html>nginx</html>"), RefusalKind::Content),
        (
            http(
                "400 Bad Request",
                "",
                r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#,
            ),
            RefusalKind::Access,
        ),
    ];
    for (act, kind) in cases {
        assert!(matches!(send(act).await, Err(CallError::Refused(refusal)) if refusal.kind == kind));
    }
}

#[tokio::test]
async fn the_wait_of_a_429_is_found_in_body_or_header() {
    let cases = [
        (
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#,
            35,
        ),
        (r#"{"ok":false,"error_code":429,"description":"Too Many Requests"}"#, 7),
        ("<html>slow down</html>", 7),
    ];
    for (body, seconds) in cases {
        let error = send(http("429 Too Many Requests", "Retry-After: 7\r\n", body)).await.unwrap_err();
        assert_eq!(error, CallError::RetryAfter(Duration::from_secs(seconds)), "{body}");
    }
}

#[tokio::test]
async fn answers_that_mean_it_is_so_already() {
    let no = |words: &str| {
        http(
            "400 Bad Request",
            "",
            &format!(r#"{{"ok":false,"error_code":400,"description":"Bad Request: {words}"}}"#),
        )
    };
    let id = MessageId(7);
    let unchanged = api(&serve(no("message is not modified: and so on")).await);
    assert_eq!(unchanged.edit(id, &message()).await, Ok(Edited::AlreadySo));
    let gone = api(&serve(no("message to delete not found")).await);
    assert_eq!(gone.delete(id).await, Ok(()));
    let loose = api(&serve(no("message to unpin not found")).await);
    assert_eq!(loose.set_pinned(id, false).await, Ok(()));
}

/// A proxy may quote the URL it was asked for.
#[tokio::test]
async fn a_token_in_an_answer_is_not_repeated() {
    let secret = TOKEN.split_once(':').unwrap().1;
    let quoting = format!("no route to /bot{TOKEN}/sendMessage or /bot123456%3A{secret}/sendMessage");
    let json = format!(r#"{{"ok":false,"error_code":400,"description":"Bad Request: {quoting}"}}"#);
    for act in [http("502 Bad Gateway", "", &quoting), http("400 Bad Request", "", &json)] {
        let error = send(act).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(secret) && shown.contains("/bot…/"), "{shown}");
    }
}
