//! One HTTP exchange: what left this machine, what came back, and how sure one can be of either.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, redirect, retry};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::form;
use super::gate::{Fate, Gate, OnUpload};
use super::method::Request;
use super::reply::HttpAnswer;
use crate::ports::{CallError, Refusal, RefusalKind, is_loopback};

/// More than any answer of the Bot API; a longer one is cut there.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// Bytes a second that an upload may count on once they have left this program: the system still holds some, and the
/// server passes all of them on before it answers.
const PASSED_ON: u64 = 256 << 10;

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until name resolution, TCP and TLS are done.
    pub connect: Duration,
    /// Without a byte moving in either direction. The answer to an upload may be longer in coming, by its size.
    pub read: Duration,
    /// From the last of the request to the last of its answer, however slowly that trickles in; longer after an upload, by
    /// its size. An upload itself may take as long as it moves.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), read: seconds(60), call: seconds(90) }
    }
}

/// The HTTP client can't be made: no usable TLS roots, or a proxy setting that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the HTTP client can't be set up: {0}")]
pub struct ClientError(String);

/// An HTTP client and its patience.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pub client: Client,
    pub timeouts: Timeouts,
}

/// The one HTTP client, for calls to `api_url`.
///
/// It never repeats a request and opens a connection per call: a kept one that the server closes at the wrong moment
/// would leave a send in doubt, and a handshake is nothing at the pace Telegram allows. The system's proxy is used,
/// except for a server on this very machine, which no proxy can reach.
pub fn client(api_url: &Url, timeouts: Timeouts) -> Result<HttpClient, ClientError> {
    let builder = Client::builder()
        .user_agent(concat!("tgsync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    let builder = if is_loopback(api_url) { local(builder, api_url) } else { builder };
    let client = builder.build().map_err(|error| ClientError(chain(&error.without_url())))?;
    Ok(HttpClient { client, timeouts })
}

/// Reading the system's certificates takes a moment, and plain HTTP without a proxy has no use for them.
fn local(builder: ClientBuilder, api_url: &Url) -> ClientBuilder {
    builder.no_proxy().tls_built_in_root_certs(api_url.scheme() != "http")
}

/// Post a call: as JSON, or with its files below `root` as a form. An error is `Refused` when a file is not what was
/// planned, `Unreachable` when the server can't have all of the request, `Unknown` otherwise; its text does not hold
/// the URL.
pub(super) async fn post(
    http: &HttpClient,
    url: &str,
    request: &Request,
    root: &Arc<Path>,
    on_upload: Option<&OnUpload>,
) -> Result<HttpAnswer, CallError> {
    let builder = http.client.post(url);
    if request.files.is_empty() {
        return exchange(builder.json(&request.body), &Gate::passed(), http.timeouts).await;
    }
    let files = form::open(Arc::clone(root), request.files.clone()).await.map_err(spoilt)?;
    let (gate, _ending) = Gate::new(request.upload(), on_upload.cloned());
    let form = form::form(&request.body, files, &gate);
    exchange(builder.multipart(form), &gate, http.timeouts).await
}

async fn exchange(builder: RequestBuilder, gate: &Gate, timeouts: Timeouts) -> Result<HttpAnswer, CallError> {
    let broken = match head(builder, gate, timeouts).await {
        Ok(response) => {
            let answered = Instant::now();
            let mut answer = read(response, gate, timeouts).await;
            // What was not handed over by now never will be: an answer that came too early can be judged as one.
            if let Fate::Whole(since) = gate.shut() {
                answer.took = Some(answered.saturating_duration_since(since));
            }
            return Ok(answer);
        }
        Err(broken) => broken,
    };
    Err(match (gate.shut(), broken) {
        (Fate::Spoilt(why), _) => spoilt(why),
        (_, Broken::Certain(why)) => CallError::Unreachable(why),
        (Fate::Whole(_), Broken::Open(why)) => CallError::Unknown(why),
        (Fate::Part(passed, total), Broken::Open(why)) => {
            CallError::Unreachable(format!("{why}; of {total} bytes only {passed} were sent"))
        }
    })
}

/// A file is not what was planned: nothing else can be sent in its place.
fn spoilt(text: String) -> CallError {
    CallError::Refused(Refusal { kind: RefusalKind::Content, text })
}

/// Why no answer began.
enum Broken {
    /// Before anything left.
    Certain(String),
    Open(String),
}

/// Wait for an answer to begin, as long as the request moves.
async fn head(builder: RequestBuilder, gate: &Gate, timeouts: Timeouts) -> Result<Response, Broken> {
    let mut sending = pin!(builder.send());
    loop {
        let deadline = gate.moved() + silence(gate, timeouts);
        match timeout_at(deadline, &mut sending).await {
            Ok(result) => return result.map_err(failure),
            Err(_) if gate.moved() + silence(gate, timeouts) > deadline => {}
            Err(_) if gate.through().is_none() => {
                return Err(Broken::Open("the upload stood still for too long".to_owned()));
            }
            Err(_) => return Err(Broken::Open("no answer in time".to_owned())),
        }
    }
}

/// How long nothing may move now.
fn silence(gate: &Gate, timeouts: Timeouts) -> Duration {
    timeouts.read.min(timeouts.call) + gate.through().map_or(Duration::ZERO, passing_on)
}

/// How long a server may need to pass so many bytes on.
fn passing_on(bytes: u64) -> Duration {
    Duration::from_secs(bytes / PASSED_ON)
}

fn failure(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let text = chain(&error);
    if error.is_connect() {
        return Broken::Certain(format!("the server can't be reached: {text}"));
    }
    if error.is_builder() {
        return Broken::Certain(format!("the request can't be made; is `api_url` right?: {text}"));
    }
    Broken::Open(format!("the connection broke before the answer came: {text}"))
}

async fn read(mut response: Response, gate: &Gate, timeouts: Timeouts) -> HttpAnswer {
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let mut answer = HttpAnswer {
        status: response.status().as_u16(),
        retry_after: header.and_then(|value| value.trim().parse().ok()),
        body: Vec::new(),
        broken: None,
        took: None,
    };
    let end = gate.moved() + timeouts.call + gate.through().map_or(Duration::ZERO, passing_on);
    loop {
        let deadline = end.min(Instant::now() + timeouts.read);
        let Ok(piece) = timeout_at(deadline, response.chunk()).await else {
            answer.broken = Some("the rest did not come in time".to_owned());
            return answer;
        };
        match piece {
            Ok(Some(bytes)) if answer.body.len() + bytes.len() <= MAX_ANSWER_BYTES => {
                answer.body.extend_from_slice(&bytes);
            }
            Ok(Some(_)) => {
                answer.broken = Some(format!("it is longer than {MAX_ANSWER_BYTES} bytes"));
                return answer;
            }
            Ok(None) => return answer,
            Err(error) => {
                answer.broken = Some(chain(&error.without_url()));
                return answer;
            }
        }
    }
}

/// An error and its causes in one line, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:8081", true),
            ("http://127.8.8.8", true),
            ("http://localhost:1/x", true),
            ("http://[::1]:8081/", true),
            ("https://api.telegram.org", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
            ("data:x", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
