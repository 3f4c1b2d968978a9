//! GitHub, as far as `tgsync` talks to it: comments, pull requests, reviews, issues, over real HTTP on loopback.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};

/// The token of a job.
pub(crate) const JOB_TOKEN: &str = "ghs_0123456789abcdefghijABCDEFGHIJ";
/// `owner/name`.
pub(crate) const REPOSITORY: &str = "o/channel";

#[derive(Default)]
struct State {
    next: u64,
    /// By number of pull request or issue.
    comments: BTreeMap<u64, Vec<Value>>,
    pulls: BTreeMap<u64, Value>,
    /// Pull requests by commit.
    of_commit: BTreeMap<String, Vec<u64>>,
    reviews: BTreeMap<u64, Vec<Value>>,
    issues: Vec<Value>,
    /// `pulls`, `issues`: what the token may not write. `read`: what it may not even see.
    denied: BTreeSet<String>,
    files: BTreeMap<String, Vec<u8>>,
    requests: Vec<String>,
    broken: usize,
}

/// Serves until it is dropped.
pub(crate) struct Hub {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _runtime: tokio::runtime::Runtime,
}

impl Hub {
    pub(crate) fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What comments of a pull request say, the oldest first.
    pub(crate) fn comments(&self, number: u64) -> Vec<String> {
        let text = |comment: &Value| comment["body"].as_str().unwrap().to_owned();
        self.state().comments.get(&number).into_iter().flatten().map(text).collect()
    }

    /// Somebody writes a comment.
    pub(crate) fn comment(&self, number: u64, login: &str, kind: &str, body: &str) {
        self.state().comment(number, &json!({"login": login, "type": kind}), body);
    }

    /// A pull request from `owner:branch` to `main`.
    pub(crate) fn open(&self, number: u64, from: &str, head: &str) {
        let pull = json!({
            "number": number, "state": "open", "merged_at": null, "merge_commit_sha": null,
            "head": {"ref": from.split(':').nth(1).unwrap(), "sha": head, "label": from},
            "base": {"ref": "main", "sha": "0".repeat(40)},
        });
        self.state().pulls.insert(number, pull);
    }

    /// It is merged as these commits, the last of which is the newest.
    pub(crate) fn merged(&self, number: u64, commits: &[String]) {
        let mut state = self.state();
        let pull = state.pulls.get_mut(&number).unwrap();
        pull["merged_at"] = json!("2026-11-21T10:00:00Z");
        pull["state"] = json!("closed");
        pull["merge_commit_sha"] = json!(commits.last().unwrap());
        for commit in commits {
            state.of_commit.entry(commit.clone()).or_default().push(number);
        }
    }

    pub(crate) fn review(&self, number: u64, state: &str, commit: &str) {
        let review = json!({
            "user": {"login": "rev", "type": "User"}, "state": state, "commit_id": commit,
            "author_association": "MEMBER",
        });
        self.state().reviews.entry(number).or_default().push(review);
    }

    /// Take a right away from the token: `pulls`, `issues`, `read`.
    pub(crate) fn deny(&self, right: &str) {
        self.state().denied.insert(right.to_owned());
    }

    pub(crate) fn allow(&self, right: &str) {
        self.state().denied.remove(right);
    }

    /// Somebody edits a comment.
    pub(crate) fn edit(&self, number: u64, index: usize, body: &str) {
        self.state().comments.get_mut(&number).unwrap()[index]["body"] = json!(body);
    }

    /// So many next requests are answered by a proxy that is out of order.
    pub(crate) fn break_down(&self, times: usize) {
        self.state().broken = times;
    }

    pub(crate) fn issues(&self) -> Vec<Value> {
        self.state().issues.clone()
    }

    /// A file of a release.
    pub(crate) fn file(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.state().files.insert(path.to_owned(), bytes.into());
    }

    /// Method and path of every request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }
}

async fn accept(listener: tokio::net::TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| answer(Arc::clone(&state), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    state: Arc<Mutex<State>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = head.uri.path().to_owned();
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let mut state = state.lock().unwrap();
    state.requests.push(format!("{} {path}", head.method));
    if let Some(bytes) = state.files.get(&path) {
        return Ok(Response::new(Full::from(bytes.clone())));
    }
    let given = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (status, value) = if state.broken > 0 {
        state.broken -= 1;
        (502, json!("Bad Gateway"))
    } else if given == format!("Bearer {JOB_TOKEN}") {
        state.route(head.method.as_str(), &path, &query, &body)
    } else {
        (401, json!({"message": "Bad credentials"}))
    };
    Ok(Response::builder().status(status).body(Full::from(value.to_string())).unwrap())
}

impl State {
    fn route(
        &mut self,
        method: &str,
        path: &str,
        query: &BTreeMap<String, String>,
        body: &Value,
    ) -> (u16, Value) {
        let Some(path) = path.strip_prefix(&format!("/repos/{REPOSITORY}/")) else { return not_found() };
        let parts: Vec<&str> = path.split('/').collect();
        let number = |text: &str| text.parse::<u64>().unwrap_or_default();
        let writes = method != "GET";
        let of_issue = parts[0] == "issues" && !parts.contains(&"comments");
        let right = if of_issue { "issues" } else { "pulls" };
        if self.denied.contains("read") || (writes && self.denied.contains(right)) {
            return (403, json!({"message": "Resource not accessible by integration"}));
        }
        match (method, parts.as_slice()) {
            ("GET", ["issues", issue, "comments"]) => {
                page(self.comments.get(&number(issue)).map(Vec::as_slice).unwrap_or_default(), query)
            }
            ("POST", ["issues", issue, "comments"]) => {
                let text = body["body"].as_str().unwrap_or_default();
                if text.encode_utf16().count() > 65_536 {
                    return (422, json!({"message": "Body is too long (maximum is 65536 characters)"}));
                }
                let bot = json!({"login": "github-actions[bot]", "type": "Bot"});
                (201, self.comment(number(issue), &bot, text))
            }
            ("PATCH", ["issues", "comments", id]) => {
                let all = self.comments.values_mut().flatten();
                let found = all.into_iter().find(|comment| comment["id"] == number(id));
                let Some(comment) = found else { return not_found() };
                comment["body"] = body["body"].clone();
                (200, comment.clone())
            }
            ("GET", ["commits", sha, "pulls"]) => {
                let numbers = self.of_commit.get(*sha).cloned().unwrap_or_default();
                let pulls: Vec<Value> = numbers.iter().map(|number| self.pulls[number].clone()).collect();
                page(&pulls, query)
            }
            ("GET", ["pulls"]) => {
                let wanted = |pull: &&Value| {
                    pull["state"] == query["state"].as_str()
                        && pull["head"]["label"] == query["head"].as_str()
                };
                let pulls: Vec<Value> = self.pulls.values().filter(wanted).cloned().collect();
                page(&pulls, query)
            }
            ("GET", ["pulls", pull, "reviews"]) => {
                page(self.reviews.get(&number(pull)).map(Vec::as_slice).unwrap_or_default(), query)
            }
            ("GET", ["issues"]) => {
                let open: Vec<Value> =
                    self.issues.iter().filter(|issue| issue["state"] == "open").cloned().collect();
                page(&open, query)
            }
            ("POST", ["issues"]) => {
                self.next += 1;
                let issue = json!({
                    "number": 1000 + self.next, "title": body["title"], "body": body["body"], "state": "open",
                    "user": {"login": "github-actions[bot]", "type": "Bot"},
                });
                self.issues.push(issue.clone());
                (201, issue)
            }
            ("PATCH", ["issues", issue]) => {
                let found = self.issues.iter_mut().find(|known| known["number"] == number(issue));
                let Some(issue) = found else { return not_found() };
                issue["body"] = body["body"].clone();
                issue["state"] = body["state"].clone();
                (200, issue.clone())
            }
            _ => not_found(),
        }
    }

    fn comment(&mut self, number: u64, user: &Value, body: &str) -> Value {
        self.next += 1;
        let comment = json!({"id": self.next, "body": body, "user": user});
        self.comments.entry(number).or_default().push(comment.clone());
        comment
    }
}

fn page(items: &[Value], query: &BTreeMap<String, String>) -> (u16, Value) {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (size, at) = (number("per_page").unwrap_or(30).min(100), number("page").unwrap_or(1));
    (200, Value::from(items.iter().skip((at - 1) * size).take(size).cloned().collect::<Vec<_>>()))
}

fn not_found() -> (u16, Value) {
    (404, json!({"message": "Not Found"}))
}
