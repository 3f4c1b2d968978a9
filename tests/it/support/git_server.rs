//! A git server: `git http-backend` behind a small HTTP server on loopback, with Basic authentication.
#![expect(clippy::unwrap_used, reason = "helpers fail the test they help")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;

use super::repo::git_command;

type Hook = Box<dyn Fn(usize) + Send + Sync>;

/// What a server does besides serving.
#[derive(Default)]
pub(crate) struct Rules {
    /// The value of `Authorization` that is let in; nobody needs one when it is empty.
    pub(crate) authorization: String,
    /// Requests below this path are redirected to another address.
    pub(crate) redirect: Option<(String, String)>,
    /// Runs when a push arrives, before it is carried out; told how many came before.
    pub(crate) before_push: Option<Hook>,
    /// How many pushes are carried out with their answer lost.
    pub(crate) lose_answers: usize,
    /// Who is let in may read and no more.
    pub(crate) read_only: bool,
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
}

impl Arrived {
    pub(crate) fn is_push(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/git-receive-pack")
    }
}

struct Inner {
    root: PathBuf,
    rules: Rules,
    arrived: Mutex<Vec<Arrived>>,
}

/// Serves until it is dropped.
pub(crate) struct GitServer {
    address: SocketAddr,
    inner: Arc<Inner>,
    _runtime: tokio::runtime::Runtime,
}

impl GitServer {
    /// Serve the repositories below `root`.
    pub(crate) fn start(root: &Path, rules: Rules) -> Self {
        let inner = Arc::new(Inner { root: root.to_owned(), rules, arrived: Mutex::default() });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(accept(listener, Arc::clone(&inner)));
        Self { address, inner, _runtime: runtime }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.inner.arrived.lock().unwrap().clone()
    }

    pub(crate) fn pushes(&self) -> usize {
        self.arrived().iter().filter(|request| request.is_push()).count()
    }
}

async fn accept(listener: tokio::net::TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = Arc::clone(&inner);
        let service = service_fn(move |request| answer(Arc::clone(&inner), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    inner: Arc<Inner>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let headers: BTreeMap<String, String> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let path = head.uri.path().to_owned();
    let arrived = Arrived { method: head.method.to_string(), path: path.clone(), headers };
    let before = inner.arrived.lock().unwrap().iter().filter(|request| request.is_push()).count();
    inner.arrived.lock().unwrap().push(arrived.clone());
    let query = head.uri.query().unwrap_or_default().to_owned();
    if let Some((from, to)) = &inner.rules.redirect
        && let Some(rest) = path.strip_prefix(from)
    {
        let location = format!("{to}{rest}?{query}");
        let response = Response::builder().status(StatusCode::MOVED_PERMANENTLY).header("Location", location);
        return Ok(response.body(Full::default()).unwrap());
    }
    let given = arrived.headers.get("authorization").map(String::as_str).unwrap_or_default();
    if given != inner.rules.authorization {
        let response = Response::builder().status(401).header("WWW-Authenticate", "Basic realm=\"git\"");
        return Ok(response.body(Full::default()).unwrap());
    }
    if inner.rules.read_only && (path + &query).contains("git-receive-pack") {
        return Ok(Response::builder().status(403).body(Full::default()).unwrap());
    }
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    if arrived.is_push()
        && let Some(hook) = &inner.rules.before_push
    {
        hook(before);
    }
    let output = backend(&inner, &arrived, &query, &body).await?;
    if arrived.is_push() && before < inner.rules.lose_answers {
        return Err(std::io::Error::other("the answer is lost"));
    }
    Ok(from_cgi(&output))
}

async fn backend(inner: &Inner, request: &Arrived, query: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let header = |name: &str| request.headers.get(name).cloned().unwrap_or_default();
    let mut command = git_command(&inner.root);
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &inner.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "somebody")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = tokio::process::Command::from(command).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let body = body.to_vec();
    let writing = tokio::spawn(async move {
        let _ = stdin.write_all(&body).await;
    });
    let output = child.wait_with_output().await?;
    let _ = writing.await;
    Ok(output.stdout)
}

/// A CGI answer: headers, of which `Status` is the status, an empty line, the body.
fn from_cgi(output: &[u8]) -> Response<Full<Bytes>> {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if name == "Status" {
            response =
                response.status(value.split(' ').next().and_then(|code| code.parse().ok()).unwrap_or(500));
        } else {
            response = response.header(name, value);
        }
    }
    response.body(Full::from(output.get(end + 4..).unwrap_or_default().to_vec())).unwrap()
}
