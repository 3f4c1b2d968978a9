//! HTTP on loopback: requests in, outcomes out, and the ways in which a connection can fail.
#![expect(clippy::disallowed_methods, reason = "real time flows in here and nowhere else")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_util::TryStreamExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::failure::Failure;
use super::machine::{Machine, Outcome};
use super::media::Depot;
use super::params::Params;
use super::store::Store;
use super::{Calls, Error, body, control, page, token};

/// A reply, whole or read from a file while it is sent.
type Reply = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

/// What all connections share.
pub(super) struct Shared {
    pub machine: Mutex<Machine>,
    pub calls: watch::Sender<Calls>,
    pub store: Option<Store>,
    pub depot: Depot,
    /// Most bytes of the files of one request.
    pub max_upload: u64,
    /// The only tokens that are accepted, if not all of the usual form.
    pub tokens: Option<Vec<String>>,
    /// Since when real time flows in, if it does.
    pub flowing_since: Option<Instant>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
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

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Reply, Dropped> {
    let (head, mut body) = request.into_parts();
    let reply = shared.route(&head, &mut body).await;
    body::drain(&mut body).await;
    reply
}

impl Shared {
    async fn route(&self, head: &Parts, body: &mut Incoming) -> Result<Reply, Dropped> {
        let path = decoded(head.uri.path());
        if let Some(path) = path.strip_prefix("/_sandbox/files/") {
            return Ok(self.serve(path).await);
        }
        if let Some(path) = path.strip_prefix("/_sandbox/") {
            let body = match body::plain(body).await {
                Ok(body) => body,
                Err(refused) => return Ok(failure(&refused)),
            };
            let (status, value) = self.control(head.method.as_str(), path, &body);
            return Ok(json(status, &value));
        }
        if let Some((token, path)) = path.strip_prefix("/file/bot").and_then(|rest| rest.split_once('/')) {
            return Ok(self.download(token, path).await);
        }
        let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
            let page = page::of(&self.lock().world, &path);
            return Ok(page.map_or_else(|| failure(&Failure::new(404, "Not Found")), |page| html(200, page)));
        };
        if let Err(refused) = self.check_token(token) {
            return Ok(failure(&refused));
        }
        let params = match self.receive(head, body).await {
            Ok(params) => params,
            Err(refused) => return Ok(failure(&refused)),
        };
        match self.call(token, method.trim_end_matches('/'), &params) {
            Outcome::Reply { status, body, retry_after } => Ok(with_retry(json(status, &body), retry_after)),
            Outcome::BadGateway => Ok(html(502, "<html><body><h1>502 Bad Gateway</h1></body></html>\n")),
            Outcome::Close => Err(Dropped),
            Outcome::Hang => std::future::pending().await,
            Outcome::Truncated(body) => Ok(half(&body)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Machine> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = self.flowing_since {
            machine.flow_to(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX));
        }
        machine
    }

    async fn receive(&self, head: &Parts, body: &mut Incoming) -> Result<Params, Failure> {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let receiver = body::Receiver { depot: &self.depot, limit: self.max_upload };
        body::read(receiver, head.uri.query(), content_type.unwrap_or_default(), body).await
    }

    /// A file under the path that `getFile` told.
    async fn download(&self, token: &str, path: &str) -> Reply {
        if let Err(refused) = self.check_token(token) {
            return failure(&refused);
        }
        self.serve(path).await
    }

    async fn serve(&self, path: &str) -> Reply {
        let served = self.lock().world.files.at_path(path);
        let Some(served) = served else {
            return failure(&Failure::new(404, "Not Found"));
        };
        match self.depot.open(&served).await {
            Ok(stream) => {
                let body = StreamBody::new(stream.inspect_err(|error| {
                    tracing::error!(%error, "a file of the sandbox can't be read");
                }));
                let mut reply = reply(200, "application/octet-stream", body.boxed_unsync());
                reply.headers_mut().insert(CONTENT_LENGTH, served.size.into());
                reply
            }
            Err(_) => failure(&Failure::new(404, "Not Found")),
        }
    }

    fn call(&self, token: &str, method: &str, params: &Params) -> Outcome {
        let mut machine = self.lock();
        let outcome = machine.call(token, method, params);
        self.calls.send_modify(|calls| {
            calls.all += 1;
            calls.hung += usize::from(outcome == Outcome::Hang);
        });
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

/// A path without its percent signs, which some clients write even where none is needed.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn response(status: u16, content_type: &'static str, body: Bytes) -> Reply {
    reply(status, content_type, Full::new(body).map_err(|never| match never {}).boxed_unsync())
}

fn reply(status: u16, content_type: &'static str, body: UnsyncBoxBody<Bytes, std::io::Error>) -> Reply {
    let mut response = Response::new(body);
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(content_type));
    response
}

fn json(status: u16, body: &Value) -> Reply {
    response(status, "application/json", Bytes::from(body.to_string()))
}

fn html(status: u16, page: impl Into<Bytes>) -> Reply {
    response(status, "text/html; charset=utf-8", page.into())
}

fn half(body: &Value) -> Reply {
    let whole = Bytes::from(body.to_string());
    response(200, "application/json", whole.slice(..whole.len() / 2))
}

fn failure(failure: &Failure) -> Reply {
    with_retry(json(failure.code, &failure.body()), failure.retry_after())
}

fn with_retry(mut response: Reply, retry_after: Option<i64>) -> Reply {
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn paths_are_decoded() {
        for (path, expected) in
            [("/bot42%3Ax/a", "/bot42:x/a"), ("%", "%"), ("%4", "%4"), ("%é", "%é"), ("%25", "%")]
        {
            assert_eq!(decoded(path), expected);
        }
    }
}
