//! Uploads to a server that does exactly what a test says: what can't have been done must not be in doubt, what may have
//! been done must be, and no file is held in memory.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand, and start themselves again")]

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tgsync::ids::{ChatId, ChatRef, MessageId, RelPath, Sha256Hex};
use tgsync::lock::Attachment;
use tgsync::media::{FileRef, Kind};
use tgsync::ports::{CallError, Edited, Platform as _, Refusal, RefusalKind, Sent};
use tgsync::telegram::{BotApi, Timeouts, Upload};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use url::Url;

use super::stage::{api_at, attach, media};

const MIB: usize = 1 << 20;

/// More than all buffers on the way hold together.
const LARGE: usize = 24 * MIB;

const DONE: &str =
    r#"{"ok":true,"result":{"message_id":7,"document":{"file_id":"BQAC","file_unique_id":"AgAD"}}}"#;

/// What the server does with an upload.
#[derive(Debug, Clone)]
enum Act {
    /// Read so many bytes of the body, then close.
    Close(usize),
    /// Read so many bytes of the body, then answer this and go on reading for ever.
    Answer(usize, String),
    /// Read all, then answer this.
    Finish(String),
    /// Read all, then close.
    Swallow,
    /// Read so many bytes, then nothing more.
    Stall(usize),
    /// Read so many bytes, tell, wait, read the rest, answer.
    Meet(usize, Arc<Notify>, Arc<Notify>),
    /// Read so many bytes at a time with a pause before each, then answer.
    Sip(usize, Duration),
}

/// What the server got: the length that was announced, and the body.
type Got = Arc<Mutex<(usize, Vec<u8>)>>;

struct Server {
    url: Url,
    got: Got,
}

impl Server {
    fn new(act: Act) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(8).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let got = Got::default();
        let to = Arc::clone(&got);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(Connection { stream, got: Arc::clone(&to) }, act.clone()));
            }
        });
        Self { url, got }
    }

    fn api(&self, root: &Path) -> BotApi {
        self.patient(root, Timeouts::default())
    }

    fn patient(&self, root: &Path, timeouts: Timeouts) -> BotApi {
        api_at(&self.url, ChatRef::Id(ChatId(-1001)), timeouts, root)
    }

    /// Whether all of a form arrived.
    fn has_whole_form(&self) -> bool {
        let got = self.got.lock().unwrap();
        got.1.len() == got.0 && got.1.ends_with(b"--\r\n")
    }
}

struct Connection {
    stream: TcpStream,
    got: Got,
}

impl Connection {
    async fn head(&mut self) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head.split("content-length: ").nth(1).expect("a length");
        *self.got.lock().unwrap() = (length.lines().next().unwrap().parse().unwrap(), Vec::new());
    }

    /// Read so many bytes more, or to the end. Whether there was more to come.
    async fn body(&mut self, bytes: usize) -> bool {
        let mut piece = vec![0; 64 << 10];
        let mut left = {
            let got = self.got.lock().unwrap();
            bytes.min(got.0 - got.1.len())
        };
        while left > 0 {
            let most = left.min(piece.len());
            match self.stream.read(&mut piece[..most]).await {
                Ok(0) | Err(_) => return false,
                Ok(n) => {
                    self.got.lock().unwrap().1.extend_from_slice(&piece[..n]);
                    left -= n;
                }
            }
        }
        let got = self.got.lock().unwrap();
        got.1.len() < got.0
    }

    async fn answer(&mut self, answer: &str) {
        let _ = self.stream.write_all(answer.as_bytes()).await;
    }
}

async fn play(mut connection: Connection, act: Act) {
    connection.head().await;
    match act {
        Act::Close(bytes) => drop(connection.body(bytes).await),
        Act::Answer(bytes, answer) => {
            connection.body(bytes).await;
            connection.answer(&answer).await;
            connection.body(usize::MAX).await;
        }
        Act::Finish(answer) => {
            connection.body(usize::MAX).await;
            connection.answer(&answer).await;
        }
        Act::Swallow => drop(connection.body(usize::MAX).await),
        Act::Stall(bytes) => {
            connection.body(bytes).await;
            std::future::pending::<()>().await;
        }
        Act::Meet(bytes, here, go) => {
            connection.body(bytes).await;
            here.notify_one();
            go.notified().await;
            connection.body(usize::MAX).await;
            connection.answer(&http("200 OK", DONE)).await;
        }
        Act::Sip(bytes, pause) => {
            let mut pace = tokio::time::interval(pause);
            while connection.body(bytes).await {
                pace.tick().await;
            }
            connection.answer(&http("200 OK", DONE)).await;
        }
    }
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn repository() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn document(root: &Path, name: &str, content: &[u8]) -> Attachment {
    attach(root, Kind::Document, name, content)
}

fn sent() -> Sent {
    let file = FileRef { file_id: "BQAC".to_owned(), unique: "AgAD".to_owned() };
    let shown = serde_json::from_str("\"d4664c5ea05a8d27f1244214c70cd5c1\"").unwrap();
    Sent { id: MessageId(7), files: vec![Some(file)], shown: Some(shown) }
}

async fn upload(act: Act, bytes: usize) -> (Result<Vec<Sent>, CallError>, Server) {
    let root = repository();
    let server = Server::new(act);
    let item = document(root.path(), "a.bin", &vec![7; bytes]);
    (server.api(root.path()).send(&media(vec![item])).await, server)
}

#[tokio::test]
async fn what_arrives_is_what_is_in_the_file() {
    let root = repository();
    let server = Server::new(Act::Finish(http("200 OK", DONE)));
    let content: Vec<u8> = (0..=250_u8).cycle().take(3 * MIB + 1).collect();
    let mut item = document(root.path(), "Ре\"чі;.bin", &content);
    item.html = "<b>hi</b> \u{1f600}".to_owned();
    assert_eq!(server.api(root.path()).send(&media(vec![item])).await, Ok(vec![sent()]));
    assert!(server.has_whole_form());
    let body = server.got.lock().unwrap().1.clone();
    assert!(body.windows(content.len()).any(|window| window == content));
    let text = String::from_utf8_lossy(&body);
    assert!(text.contains("name=\"document\"; filename=\"Ре_чі_.bin\"\r\n\r\n"));
    assert!(text.contains("name=\"caption\"\r\n\r\n<b>hi</b> \u{1f600}\r\n"));
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_leaves_no_doubt() {
    for bytes in [0, 1, MIB] {
        let (result, server) = upload(Act::Close(bytes), LARGE).await;
        let Err(CallError::Unreachable(text)) = result else { panic!("{bytes}: {result:?}") };
        assert!(text.contains(&format!("of {LARGE} bytes only ")), "{text}");
        assert!(!server.has_whole_form());
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_last_byte_leaves_the_fate_open() {
    let truncated = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok\":true,\"res".to_owned();
    let cases = [
        (Act::Swallow, "the connection broke before the answer came"),
        (Act::Finish(http("502 Bad Gateway", "<html>")), "HTTP 502"),
        (Act::Finish(truncated), "the answer broke off"),
        (Act::Finish(http("200 OK", r#"{"ok":true,"result":{"message_id":0}}"#)), "does not tell its id"),
    ];
    for size in [1, LARGE] {
        for (act, words) in &cases {
            let (result, server) = upload(act.clone(), size).await;
            let Err(CallError::Unknown(text)) = result else { panic!("{act:?}: {result:?}") };
            assert!(text.contains(words), "{text}");
            assert!(server.has_whole_form());
        }
    }
}

/// The server may still be reading: what it has not got by then it never gets.
#[tokio::test]
async fn an_answer_that_comes_too_early_leaves_no_doubt() {
    let error = r#"{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}"#;
    for (status, body) in [("502 Bad Gateway", "<html>"), ("200 OK", ""), ("500 x", error)] {
        let (result, server) = upload(Act::Answer(MIB, http(status, body)), LARGE).await;
        let Err(CallError::Unreachable(text)) = result else { panic!("{status}: {result:?}") };
        assert!(text.starts_with("answered before the upload was complete: "), "{text}");
        assert!(!server.has_whole_form());
    }
    let later = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9"}"#;
    let (result, _) = upload(Act::Answer(MIB, http("429 Too Many Requests", later)), LARGE).await;
    assert_eq!(result, Err(CallError::RetryAfter(Duration::from_secs(9))));
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_its_size() {
    let json = r#"{"ok":false,"error_code":413,"description":"Request Entity Too Large"}"#;
    for body in [json, "<html>nginx</html>"] {
        for act in [
            Act::Answer(0, http("413 Too Large", body)),
            Act::Answer(MIB, http("413 Too Large", body)),
            Act::Finish(http("413 Too Large", body)),
        ] {
            let (result, _) = upload(act, LARGE).await;
            let text = format!("Request Entity Too Large: it takes no upload of {LARGE} bytes");
            assert_eq!(result, Err(CallError::Refused(Refusal { kind: RefusalKind::Content, text })));
        }
    }
}

fn refused(text: &str) -> CallError {
    CallError::Refused(Refusal { kind: RefusalKind::Content, text: text.to_owned() })
}

#[tokio::test]
async fn a_file_that_is_not_as_planned_never_arrives_whole() {
    let root = repository();
    let server = Server::new(Act::Finish(http("200 OK", DONE)));
    let api = server.api(root.path());
    let changed = refused("`b.bin` changed while it was read");
    for at in [0, LARGE - 1] {
        let mut content = vec![7; LARGE];
        let first = document(root.path(), "a.bin", b"fine");
        let second = document(root.path(), "b.bin", &content);
        content[at] = 8;
        fs::write(root.path().join("b.bin"), content).unwrap();
        let items = vec![first.clone(), second.clone()];
        assert_eq!(api.send(&media(items)).await, Err(changed.clone()), "{at}");
        assert!(!server.has_whole_form());
        // Not the last to go: what comes after it stays here as well.
        let items = vec![second.clone(), first];
        assert_eq!(api.send(&media(items)).await, Err(changed.clone()), "{at}");
        assert!(!server.has_whole_form());
        assert_eq!(api.edit(MessageId(7), &media(vec![second])).await, Err(changed.clone()), "{at}");
        assert!(!server.has_whole_form());
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_never_arrives_whole() {
    for change in [None, Some(LARGE as u64 - 1), Some(LARGE as u64 + 1)] {
        let root = repository();
        let (here, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let server = Server::new(Act::Meet(MIB, Arc::clone(&here), Arc::clone(&go)));
        let item = document(root.path(), "a.bin", &vec![7; LARGE]);
        let path = root.path().join("a.bin");
        let api = server.api(root.path());
        let message = media(vec![item]);
        let meddle = async {
            here.notified().await;
            match change {
                None => fs::write(&path, vec![8; LARGE]).unwrap(),
                Some(size) => File::options().write(true).open(&path).unwrap().set_len(size).unwrap(),
            }
            go.notify_one();
        };
        let (result, ()) = tokio::join!(api.send(&message), meddle);
        assert_eq!(result, Err(refused("`a.bin` changed while it was read")), "{change:?}");
        assert!(!server.has_whole_form());
    }
}

#[tokio::test]
async fn a_file_that_can_not_be_opened_is_refused_before_anything_is_sent() {
    let root = repository();
    let server = Server::new(Act::Finish(http("200 OK", DONE)));
    let first = document(root.path(), "a.bin", b"fine");
    let second = document(root.path(), "b.bin", b"gone");
    fs::remove_file(root.path().join("b.bin")).unwrap();
    let result = server.api(root.path()).send(&media(vec![first, second])).await;
    let Err(CallError::Refused(Refusal { kind: RefusalKind::Content, text })) = result else {
        panic!("{result:?}")
    };
    assert!(text.starts_with("`b.bin` can't be read: "), "{text}");
    assert_eq!(*server.got.lock().unwrap(), (0, Vec::new()));
}

#[tokio::test]
async fn a_slow_upload_takes_its_time() {
    let root = repository();
    let server = Server::new(Act::Sip(128 << 10, Duration::from_millis(25)));
    let timeouts = Timeouts {
        read: Duration::from_millis(700),
        call: Duration::from_millis(800),
        ..Timeouts::default()
    };
    let item = document(root.path(), "a.bin", &vec![7; 6 * MIB]);
    let result = server.patient(root.path(), timeouts).send(&media(vec![item])).await;
    assert_eq!(result, Ok(vec![sent()]));
}

#[tokio::test]
async fn an_upload_that_stands_still_is_given_up_without_doubt() {
    let root = repository();
    let server = Server::new(Act::Stall(MIB));
    let timeouts = Timeouts { read: Duration::from_millis(200), ..Timeouts::default() };
    let item = document(root.path(), "a.bin", &vec![7; LARGE]);
    let result = server.patient(root.path(), timeouts).send(&media(vec![item])).await;
    let Err(CallError::Unreachable(text)) = result else { panic!("{result:?}") };
    assert!(text.starts_with("the upload stood still for too long; of "), "{text}");
}

#[tokio::test]
async fn silence_after_an_upload_leaves_the_fate_open() {
    let root = repository();
    let server = Server::new(Act::Stall(usize::MAX));
    let timeouts = Timeouts { read: Duration::from_millis(200), ..Timeouts::default() };
    let item = document(root.path(), "a.bin", b"small");
    let result = server.patient(root.path(), timeouts).send(&media(vec![item])).await;
    assert_eq!(result, Err(CallError::Unknown("no answer in time".to_owned())));
}

#[tokio::test]
async fn whoever_asks_is_told_of_every_byte() {
    let root = repository();
    let told = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&told);
    let items = || vec![document(root.path(), "a.bin", &vec![7; MIB]), document(root.path(), "b.bin", b"x")];
    let done = r#"{"ok":true,"result":[{"message_id":7},{"message_id":8}]}"#;
    let server = Server::new(Act::Finish(http("200 OK", done)));
    let api = server.api(root.path()).on_upload(move |what| to.lock().unwrap().push(what));
    api.send(&media(items())).await.unwrap();
    let events = std::mem::take(&mut *told.lock().unwrap());
    let total = MIB as u64 + 1;
    assert_eq!((events.first(), events.last()), (Some(&Upload::Begun(total)), Some(&Upload::Ended)));
    let passed = |event: &Upload| if let Upload::Passed(bytes) = event { *bytes } else { 0 };
    assert_eq!(events.iter().map(passed).sum::<u64>(), total);
    // Nothing to tell of what Telegram has.
    let known = Attachment { file_id: Some("BQAC".to_owned()), ..document(root.path(), "a.bin", b"x") };
    let server = Server::new(Act::Finish(http("200 OK", DONE)));
    let edited = server.api(root.path()).edit(MessageId(7), &media(vec![known])).await;
    assert!(matches!(edited, Ok(Edited::Changed { files, .. }) if files == sent().files));
    assert_eq!(*told.lock().unwrap(), []);
}

#[tokio::test]
async fn an_album_that_comes_back_with_another_number_of_messages_is_in_doubt() {
    let root = repository();
    for count in [0, 1, 3] {
        let messages = vec![r#"{"message_id":7}"#; count].join(",");
        let answer = http("200 OK", &format!(r#"{{"ok":true,"result":[{messages}]}}"#));
        let server = Server::new(Act::Finish(answer));
        let items = vec![document(root.path(), "a.bin", b"x"), document(root.path(), "b.bin", b"y")];
        let result = server.api(root.path()).send(&media(items)).await;
        let Err(CallError::Unknown(text)) = result else { panic!("{count}: {result:?}") };
        assert!(text.ends_with(&format!("another number of messages, {count}")), "{text}");
    }
}

#[cfg(target_os = "linux")]
mod memory {
    //! Measured from outside: a process that does nothing but one upload, with files of two sizes.

    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::process::Command;

    use super::{Attachment, DONE, File, MIB, Path, RelPath, Sha256Hex, Timeouts, http, media, sent};
    use super::{ChatId, ChatRef, Kind, api_at, repository};
    use tgsync::ports::Platform as _;

    const VARIABLE: &str = "TGSYNC_TEST_UPLOAD";

    /// Files of zeros, and their digests.
    const SMALL: (usize, &str) =
        (8 * MIB, "2daeb1f36095b44b318410b3f4e8b5d989dcc7bb023d1426c492dab0a3053e74");
    const HUGE: (usize, &str) =
        (200 * MIB, "72abf2ca8f36943ebe2e49ca3a51d409ca5f0bfcffab6c9d25643c17c32889da");

    #[test]
    fn does_not_grow_with_the_file() {
        let small = peak_kib(SMALL);
        let huge = peak_kib(HUGE);
        assert!(huge < small + 8 * 1024, "{small} KiB for 8 MiB, {huge} KiB for 200 MiB");
    }

    /// The most memory that a process had which uploaded such a file, in KiB.
    fn peak_kib((size, digest): (usize, &str)) -> u64 {
        let root = repository();
        File::create(root.path().join("a.bin")).unwrap().set_len(size as u64).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || swallow(&listener));
        let job = format!("http://{address} {size} {digest} {}", root.path().display());
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "uploads::memory::child", "--ignored", "--nocapture"])
            .env(VARIABLE, job)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
        assert!(server.join().unwrap() > size, "all of it arrived");
        let peak = said.split("VmHWM:").nth(1).unwrap().split_whitespace().next().unwrap();
        peak.parse().unwrap()
    }

    /// Read one request without keeping it, and answer; how many bytes its body had.
    fn swallow(listener: &TcpListener) -> usize {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.to_lowercase().strip_prefix("content-length: ") {
                Some(number) => length = number.trim().parse().unwrap(),
                None if line == "\r\n" => break,
                None => {}
            }
        }
        let body = std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).unwrap();
        reader.get_mut().write_all(http("200 OK", DONE).as_bytes()).unwrap();
        usize::try_from(body).unwrap()
    }

    #[test]
    #[ignore = "started by the test above"]
    fn child() {
        let Ok(job) = std::env::var(VARIABLE) else { return };
        let words: Vec<&str> = job.splitn(4, ' ').collect();
        let [url, size, digest, root] = words[..] else { panic!("{job}") };
        let item = Attachment {
            file: RelPath::new(Path::new("a.bin")).unwrap(),
            file_id: None,
            html: String::new(),
            kind: Kind::Document,
            sha256: Sha256Hex::parse(digest).unwrap(),
            size: size.parse().unwrap(),
            spoiler: false,
            thumbnail: None,
        };
        let api =
            api_at(&url.parse().unwrap(), ChatRef::Id(ChatId(-1001)), Timeouts::default(), Path::new(root));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(api.send(&media(vec![item]))), Ok(vec![sent()]));
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        println!("{}", status.lines().find(|line| line.starts_with("VmHWM:")).unwrap());
    }
}
