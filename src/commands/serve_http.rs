//! Health and metrics over HTTP: two pages, read only.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::context::Context;
use super::serve_health::Health;
use super::{Exit, Failure};

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most connections at a time; others wait.
const MAX_CONNECTIONS: usize = 32;

/// Open until it is dropped.
pub(super) struct Endpoint(JoinHandle<Infallible>);

impl Endpoint {
    pub(super) async fn open(
        context: &Context,
        address: SocketAddr,
        health: Health,
    ) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Failed, format!("can't listen at {address}: {error}"))
                .hint("`--listen` takes another address; with port 0 a free one is found")
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let found = listener.local_addr().map_err(failed)?;
        context.say(&format!("health and metrics: http://{found}/healthz and http://{found}/metrics"));
        Ok(Self(tokio::spawn(serve(listener, health))))
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(listener: TcpListener, health: Health) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                // An error here concerns one connection that is already gone.
                let Ok((stream, _)) = accepted else { continue };
                let health = health.clone();
                connections.spawn(async move {
                    let service = service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(answer(&health, &request)));
                    let mut builder = http1::Builder::new();
                    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
                    // A broken connection is the client's affair.
                    let _ = tokio::time::timeout(PATIENCE, builder.serve_connection(TokioIo::new(stream), service)).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn answer<B>(health: &Health, request: &Request<B>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/healthz" => {
            let (good, line) = health.healthz();
            text(if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, line)
        }
        "/metrics" => text(StatusCode::OK, health.metrics()),
        _ => text(StatusCode::NOT_FOUND, "there are /healthz and /metrics\n".to_owned()),
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_two_pages() {
        for (method, path, status) in [
            ("GET", "/healthz", 200),
            ("HEAD", "/metrics", 200),
            ("GET", "/healthz?x=1", 200),
            ("POST", "/healthz", 405),
            ("GET", "/", 404),
        ] {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            assert_eq!(answer(&Health::default(), &request).status(), status, "{method} {path}");
        }
    }
}
