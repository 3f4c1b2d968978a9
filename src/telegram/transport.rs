//! One HTTP exchange: what left this machine, what came back, and how sure one can be of either.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, ClientBuilder, Response, redirect, retry};
use url::Url;

use super::reply::HttpAnswer;
use crate::ports::{CallError, is_loopback};

/// More than any answer of the Bot API; a longer one is cut there.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until name resolution, TCP and TLS are done.
    pub connect: Duration,
    /// Without a byte from the server.
    pub read: Duration,
    /// For the whole call: after this no answer is waited for any more, however slowly it trickles in.
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

/// The one HTTP client, for calls to `api_url`.
///
/// It never repeats a request and opens a connection per call: a kept one that the server closes at the wrong moment
/// would leave a send in doubt, and a handshake is nothing at the pace Telegram allows. The system's proxy is used,
/// except for a server on this very machine, which no proxy can reach.
pub fn client(api_url: &Url, timeouts: Timeouts) -> Result<Client, ClientError> {
    let builder = Client::builder()
        .user_agent(concat!("tgsync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .timeout(timeouts.call)
        .pool_max_idle_per_host(0)
        .redirect(redirect::Policy::none())
        .retry(retry::never());
    let builder = if is_loopback(api_url) { local(builder, api_url) } else { builder };
    builder.build().map_err(|error| ClientError(chain(&error.without_url())))
}

/// Reading the system's certificates takes a moment, and plain HTTP without a proxy has no use for them.
fn local(builder: ClientBuilder, api_url: &Url) -> ClientBuilder {
    builder.no_proxy().tls_built_in_root_certs(api_url.scheme() != "http")
}

/// Post JSON. An error is `Unreachable` when nothing can have reached the server, `Unknown` otherwise; its text does
/// not hold the URL.
pub(super) async fn post(
    client: &Client,
    url: &str,
    body: &serde_json::Value,
) -> Result<HttpAnswer, CallError> {
    match client.post(url).json(body).send().await {
        Ok(response) => Ok(read(response).await),
        Err(error) => Err(failure(error)),
    }
}

fn failure(error: reqwest::Error) -> CallError {
    let error = error.without_url();
    let text = chain(&error);
    if error.is_connect() {
        return CallError::Unreachable(format!("the server can't be reached: {text}"));
    }
    if error.is_builder() {
        return CallError::Unreachable(format!("the request can't be made; is `api_url` right?: {text}"));
    }
    if error.is_timeout() {
        return CallError::Unknown("no answer in time".to_owned());
    }
    CallError::Unknown(format!("the connection broke before the answer came: {text}"))
}

async fn read(mut response: Response) -> HttpAnswer {
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let mut answer = HttpAnswer {
        status: response.status().as_u16(),
        retry_after: header.and_then(|value| value.trim().parse().ok()),
        body: Vec::new(),
        broken: None,
    };
    loop {
        match response.chunk().await {
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
