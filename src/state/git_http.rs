//! Git over http(s) for libgit2, on the TLS of the rest of the program; and the fetch of single files by object id.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect;

/// What is sent to a remote to be let in. Made for one remote and sent to its host only.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) basic: Option<(String, String)>,
    /// Name and value, from `http.URL.extraheader`.
    pub(super) headers: Vec<(String, String)>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Why a request failed, in more detail than libgit2 passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The HTTP status, when there was an answer.
    pub(super) status: Option<u16>,
    pub(super) text: String,
}

/// One conversation with one remote.
#[derive(Debug)]
struct Session {
    credentials: Credentials,
    failure: Mutex<Option<Failure>>,
    /// Where the first request was redirected to: a renamed repository.
    moved: Mutex<Option<String>>,
}

impl Session {
    fn new(credentials: Credentials) -> Arc<Self> {
        Arc::new(Self { credentials, failure: Mutex::new(None), moved: Mutex::new(None) })
    }

    /// Remember why, and give libgit2 the short of it. It must not hold a NUL byte.
    fn fail(&self, status: Option<u16>, text: &str) -> io::Error {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        let error = io::Error::other(text.clone());
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(Failure { status, text });
        error
    }
}

thread_local! {
    /// libgit2 makes transports by URL alone, on the thread that asked: this is how they get their credentials.
    static CURRENT: RefCell<Option<Arc<Session>>> = const { RefCell::new(None) };
}

/// Run `work`, which talks to one remote through libgit2, with its credentials.
pub(super) fn with_session<T>(credentials: Credentials, work: impl FnOnce() -> T) -> (T, Option<Failure>) {
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            CURRENT.set(None);
        }
    }
    let session = Session::new(credentials);
    CURRENT.set(Some(Arc::clone(&session)));
    let ended = Ended;
    let result = work();
    drop(ended);
    let failure = session.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
    (result, failure)
}

/// Teach libgit2 our transport, once. Has to come before any other use of a remote.
pub(super) fn register() -> Result<(), git2::Error> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| teach().map_err(|error| error.message().to_owned()))
        .clone()
        .map_err(|message| git2::Error::from_str(&message))
}

#[expect(unsafe_code, reason = "git2 offers no safe way to register a transport")]
fn teach() -> Result<(), git2::Error> {
    let client = client()?;
    let make = move |remote: &git2::Remote<'_>| {
        let session = CURRENT
            .with_borrow(Clone::clone)
            .ok_or_else(|| git2::Error::from_str("an http remote was used outside a session"))?;
        Transport::smart(remote, true, Http { client: client.clone(), session })
    };
    // SAFETY: registering must not overlap with the creation of transports. Every use of a remote in this program
    // comes through `register`, whose `OnceLock` lets nobody pass before this has ended.
    unsafe {
        git2::transport::register("https", make.clone())?;
        git2::transport::register("http", make)
    }
}

/// The one client: it outlives every runtime, because dropping it inside one is not allowed.
fn client() -> Result<Client, git2::Error> {
    static CLIENT: OnceLock<Result<Client, String>> = OnceLock::new();
    CLIENT
        .get_or_init(|| {
            Client::builder()
                .user_agent(concat!("git/2 (tgsync ", env!("CARGO_PKG_VERSION"), ")"))
                .connect_timeout(Duration::from_secs(15))
                .timeout(Duration::from_mins(5))
                .redirect(redirect::Policy::custom(stay_at_home))
                .build()
                .map_err(describe)
        })
        .clone()
        .map_err(|message| git2::Error::from_str(&message))
}

/// Follow redirects within a host (or from its http to its https): credentials must not travel to another.
fn stay_at_home(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let Some(from) = attempt.previous().last() else { return attempt.stop() };
    let to = attempt.url();
    let same = from.host_str() == to.host_str()
        && (from.origin() == to.origin() || (from.scheme() == "http" && to.scheme() == "https"));
    if same && attempt.previous().len() <= 5 { attempt.follow() } else { attempt.stop() }
}

/// An error of the client with its causes, without the URL.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

struct Http {
    client: Client,
    session: Arc<Session>,
}

impl SmartSubtransport for Http {
    fn action(&self, url: &str, service: Service) -> Result<Box<dyn SmartSubtransportStream>, git2::Error> {
        let (service, advertisement) = match service {
            Service::UploadPackLs => ("git-upload-pack", true),
            Service::UploadPack => ("git-upload-pack", false),
            Service::ReceivePackLs => ("git-receive-pack", true),
            Service::ReceivePack => ("git-receive-pack", false),
        };
        Ok(Box::new(Stream {
            call: Call { client: self.client.clone(), session: Arc::clone(&self.session), service },
            url: url.trim_end_matches('/').to_owned(),
            advertisement,
            body: Vec::new(),
            response: None,
        }))
    }

    fn close(&self) -> Result<(), git2::Error> {
        Ok(())
    }
}

/// One request of a conversation: what libgit2 writes is its body, what it reads is the answer.
struct Stream {
    call: Call,
    url: String,
    advertisement: bool,
    body: Vec<u8>,
    response: Option<Response>,
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let response = match &mut self.response {
            Some(response) => response,
            None => self.response.insert(if self.advertisement {
                self.call.advertisement(&self.url)?
            } else {
                self.call.post(&self.url, std::mem::take(&mut self.body), false)?
            }),
        };
        response.read(buf).map_err(|error| self.call.session.fail(None, &error.to_string()))
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.body.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) struct Call {
    client: Client,
    session: Arc<Session>,
    service: &'static str,
}

impl Call {
    /// For a conversation that libgit2 takes no part in.
    pub(super) fn new(credentials: Credentials, service: &'static str) -> Result<Self, Failure> {
        let client = client().map_err(|error| Failure { status: None, text: error.message().to_owned() })?;
        Ok(Self { client, session: Session::new(credentials), service })
    }

    /// The whole answer to a request.
    pub(super) fn ask(&self, url: &str, body: Vec<u8>, version_2: bool) -> Result<Vec<u8>, Failure> {
        let mut answer = Vec::new();
        let asked = self
            .post(url.trim_end_matches('/'), body, version_2)
            .and_then(|mut response| response.read_to_end(&mut answer));
        asked.map(|_| answer).map_err(|error| {
            let kept = self.session.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
            kept.unwrap_or(Failure { status: None, text: error.to_string() })
        })
    }

    /// Find out whether the server lets us in, and where it has moved to.
    pub(super) fn knock(&self, url: &str) -> Result<(), Failure> {
        self.advertisement(url.trim_end_matches('/')).map(drop).map_err(|error| {
            let kept = self.session.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
            kept.unwrap_or(Failure { status: None, text: error.to_string() })
        })
    }

    /// What the server has. The address it answers from is used from then on.
    fn advertisement(&self, url: &str) -> io::Result<Response> {
        let suffix = format!("/info/refs?service={}", self.service);
        let response = self.send(self.client.get(format!("{url}{suffix}")))?;
        if let Some(base) = response.url().as_str().strip_suffix(&suffix) {
            *self.session.moved.lock().unwrap_or_else(PoisonError::into_inner) = Some(base.to_owned());
        }
        let expected = format!("application/x-{}-advertisement", self.service);
        if response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != expected.as_bytes()) {
            return Err(self.session.fail(Some(200), "there is no git repository at this address"));
        }
        Ok(response)
    }

    fn post(&self, url: &str, body: Vec<u8>, version_2: bool) -> io::Result<Response> {
        let moved = self.session.moved.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let url = moved.as_deref().unwrap_or(url);
        let mut request = self
            .client
            .post(format!("{url}/{}", self.service))
            .header(CONTENT_TYPE, format!("application/x-{}-request", self.service))
            .header(ACCEPT, format!("application/x-{}-result", self.service))
            .body(body);
        if version_2 {
            request = request.header("Git-Protocol", "version=2");
        }
        self.send(request)
    }

    fn send(&self, mut request: RequestBuilder) -> io::Result<Response> {
        if let Some((user, password)) = &self.session.credentials.basic {
            request = request.basic_auth(user, Some(password));
        }
        for (name, value) in &self.session.credentials.headers {
            request = request.header(name, value);
        }
        let response = request.send().map_err(|error| self.session.fail(None, &describe(error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let reason = if status.is_redirection() {
            "it redirects to another host: set the remote's new address".to_owned()
        } else {
            said(response)
        };
        Err(self.session.fail(Some(status.as_u16()), &format!("HTTP {status}{}", prefixed(&reason))))
    }
}

fn prefixed(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// The server's own words, when they are meant for people.
fn said(response: Response) -> String {
    let plain =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let mut bytes = Vec::new();
    if plain && response.take(300).read_to_end(&mut bytes).is_ok() {
        return String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    }
    String::new()
}

/// Fetch objects by id as a pack, over protocol 2, which needs no ref that leads to them and leaves the clone as
/// shallow as it is (gitprotocol-v2, `fetch`). `Err` of the server's words when it has not all of them.
pub(super) fn fetch_objects(
    url: &str,
    credentials: Credentials,
    ids: &[git2::Oid],
) -> Result<Vec<u8>, Failure> {
    let answer = Call::new(credentials, "git-upload-pack")?.ask(url, wanted(ids), true)?;
    unwrap_pack(&answer).map_err(|text| Failure { status: Some(200), text })
}

fn wanted(ids: &[git2::Oid]) -> Vec<u8> {
    // Every line begins with its length in hex; 0001 ends the head, 0000 the request.
    let line = |text: &str| format!("{:04x}{text}\n", text.len() + 5);
    let wants: String = ids.iter().map(|id| line(&format!("want {id}"))).collect();
    let parts = [
        &line("command=fetch"),
        "0001",
        &line("no-progress"),
        &line("ofs-delta"),
        &wants,
        &line("done"),
        "0000",
    ];
    parts.concat().into_bytes()
}

/// The pack inside an answer to `fetch`: pkt-lines, a `packfile` section, its data on band 1.
fn unwrap_pack(answer: &[u8]) -> Result<Vec<u8>, String> {
    let malformed = || "the server does not speak protocol 2".to_owned();
    let mut pack = Vec::new();
    let mut inside = false;
    let mut rest = answer;
    while rest.len() >= 4 {
        let length = std::str::from_utf8(&rest[..4]).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        let length = length.ok_or_else(malformed)?;
        // 0000 to 0002 are markers without content.
        let end = length.max(4);
        let line = rest.get(4..end).ok_or("the answer ends in the middle")?;
        rest = &rest[end..];
        match (inside, line) {
            (_, []) => {}
            (false, b"packfile\n") => inside = true,
            (true, [1, data @ ..]) => pack.extend_from_slice(data),
            (true, [3, text @ ..]) => return Err(String::from_utf8_lossy(text).trim().to_owned()),
            (_, [b'E', b'R', b'R', b' ', text @ ..]) => {
                return Err(String::from_utf8_lossy(text).trim().to_owned());
            }
            _ => {}
        }
    }
    if pack.starts_with(b"PACK") { Ok(pack) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_made_of_lines_with_their_length() {
        let id = git2::Oid::from_str("ce013625030ba8dba906f756967f9e9ca394464a").unwrap();
        let text = String::from_utf8(wanted(&[id])).unwrap();
        assert_eq!(
            text,
            "0012command=fetch\n00010010no-progress\n000eofs-delta\n\
             0032want ce013625030ba8dba906f756967f9e9ca394464a\n0009done\n0000"
        );
    }

    #[test]
    fn a_pack_is_taken_out_of_its_bands() {
        let ok = b"000dpackfile\n0009\x01PACK0009\x02talk0006\x01!0000";
        assert_eq!(unwrap_pack(ok), Ok(b"PACK!".to_vec()));
        for (answer, expected) in [
            (&b"0013ERR not our ref"[..], "not our ref"),
            (b"000dpackfile\n000b\x03fatal", "the answer ends in the middle"),
            (b"000dpackfile\n000b\x03fatal!0000", "fatal!"),
            (b"<html>", "the server does not speak protocol 2"),
            (b"", "the server does not speak protocol 2"),
            (b"0000", "the server does not speak protocol 2"),
        ] {
            assert_eq!(unwrap_pack(answer).unwrap_err(), expected);
        }
    }

    #[test]
    fn words_for_libgit2_hold_no_nul() {
        let session = Session::new(Credentials::default());
        assert_eq!(session.fail(None, "a\0b\r\nc").to_string(), "abc");
    }
}
