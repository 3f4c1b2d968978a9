//! HTTP on loopback: requests in, outcomes out, and the ways in which a connection can fail.
#![expect(clippy::disallowed_methods, reason = "real time flows in here and nowhere else")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::failure::Failure;
use super::machine::{Machine, Outcome};
use super::store::Store;
use super::{Error, body, control, token};

/// Most bytes of a request: a file of 50 MB and its wrapping.
const MAX_BODY: usize = 52 << 20;

/// What all connections share.
pub(super) struct Shared {
    pub machine: Mutex<Machine>,
    pub store: Option<Store>,
    /// The only tokens that are accepted, if not all of the usual form.
    pub tokens: Option<Vec<String>>,
    /// Since when real time flows in, if it does.
    pub flowing_since: Option<Instant>,
}

/// The connection is to be closed without a reply.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Dropped {}

pub(super) fn now() -> Instant {
    Instant::now()
}

/// Binds to a loopback address; any other is refused.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback(address));
    }
    TcpListener::bind(address).await.map_err(|source| Error::Bind { address, source })
}

/// Serves until the task is aborted, which closes all connections.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An error here concerns one connection that is already gone.
                let Ok((stream, _)) = accepted else { continue };
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(Arc::clone(&shared), request));
                    // A broken connection is the client's affair.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await.map(http_body_util::Collected::to_bytes)
    else {
        return Ok(failure(&Failure::new(413, "Request Entity Too Large")));
    };
    let path = head.uri.path();
    if let Some(path) = path.strip_prefix("/_sandbox/") {
        let (status, value) = shared.control(head.method.as_str(), path, &body);
        return Ok(json(status, &value));
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return Ok(failure(&Failure::new(404, "Not Found")));
    };
    if let Err(refused) = shared.check_token(token) {
        return Ok(failure(&refused));
    }
    let content_type =
        head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let params = match body::read(head.uri.query(), content_type, body).await {
        Ok(params) => params,
        Err(refused) => return Ok(failure(&refused)),
    };
    match shared.call(token, method.trim_end_matches('/'), &params) {
        Outcome::Reply { status, body, retry_after } => Ok(with_retry(json(status, &body), retry_after)),
        Outcome::BadGateway => Ok(html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>\n")),
        Outcome::Close => Err(Dropped),
        Outcome::Hang => std::future::pending().await,
        Outcome::Truncated(body) => Ok(half(&body)),
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Machine> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = self.flowing_since {
            machine.flow_to(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX));
        }
        machine
    }

    fn call(&self, token: &str, method: &str, params: &super::params::Params) -> Outcome {
        let mut machine = self.lock();
        let outcome = machine.call(token, method, params);
        self.save(&machine);
        outcome
    }

    fn control(&self, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
        let mut machine = self.lock();
        let answer = control::handle(&mut machine, method, path, body);
        if method != "GET" {
            self.save(&machine);
        }
        answer
    }

    fn save(&self, machine: &Machine) {
        if let Some(store) = &self.store
            && let Err(error) = store.save(machine)
        {
            tracing::error!(%error, "the state of the sandbox was not saved");
        }
    }

    fn check_token(&self, token: &str) -> Result<(), Failure> {
        if !token::is_well_formed(token) {
            return Err(Failure::new(404, "Not Found"));
        }
        match &self.tokens {
            Some(tokens) if !tokens.iter().any(|known| known == token) => {
                Err(Failure::new(401, "Unauthorized"))
            }
            _ => Ok(()),
        }
    }
}

fn response(status: u16, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    response
}

fn json(status: u16, body: &Value) -> Response<Full<Bytes>> {
    response(status, "application/json", Bytes::from(body.to_string()))
}

fn html(status: u16, page: &'static str) -> Response<Full<Bytes>> {
    response(status, "text/html", Bytes::from_static(page.as_bytes()))
}

fn half(body: &Value) -> Response<Full<Bytes>> {
    let whole = Bytes::from(body.to_string());
    response(200, "application/json", whole.slice(..whole.len() / 2))
}

fn failure(failure: &Failure) -> Response<Full<Bytes>> {
    with_retry(json(failure.code, &failure.body()), failure.retry_after())
}

fn with_retry(mut response: Response<Full<Bytes>>, retry_after: Option<i64>) -> Response<Full<Bytes>> {
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
