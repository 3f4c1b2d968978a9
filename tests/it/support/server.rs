//! A sandbox of one test: its own port, its own time, and what happened in it.

use std::process::{Command, ExitStatus};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tgsync::sandbox::{Calls, Options, Running, start};
use tokio::sync::watch;

/// The default chats.
pub(crate) mod chat {
    pub(crate) const CHANNEL: i64 = -1_001_000_000_001;
    pub(crate) const STRICT: i64 = -1_001_000_000_002;
    pub(crate) const PRIVATE: i64 = -1_001_000_000_003;
    pub(crate) const FORUM: i64 = -1_001_000_000_004;
}

/// A running sandbox.
pub(crate) struct Server {
    running: Running,
    /// How many requests are not looked at any more.
    seen: AtomicUsize,
}

/// A call that changes something, as the sandbox received it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) params: Value,
    pub(crate) reply: Value,
}

impl Call {
    pub(crate) fn text(&self) -> &str {
        self.params["text"].as_str().unwrap_or_default()
    }

    pub(crate) fn message_id(&self) -> i64 {
        let of = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        of(&self.params["message_id"]).unwrap_or_default()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.reply["ok"] == true
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

fn http() -> &'static reqwest::blocking::Client {
    static CLIENT: OnceLock<reqwest::blocking::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let builder = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_mins(1));
        builder.build().unwrap()
    })
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        let running = runtime().block_on(start(options)).expect("the sandbox starts");
        Self { running, seen: AtomicUsize::new(0) }
    }

    pub(crate) fn url(&self) -> String {
        self.running.url()
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        let url = format!("{}/_sandbox/{path}", self.url());
        http().get(url).send().and_then(reqwest::blocking::Response::json).unwrap()
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{path}", self.url());
        let response = http().post(url).json(body).send().unwrap();
        assert!(response.status().is_success(), "{path} {body}: {}", response.text().unwrap());
        response.json().unwrap()
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "tests write it in place")]
    pub(crate) fn fault(&self, fault: Value) {
        self.post("faults", &fault);
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "tests write it in place")]
    pub(crate) fn human(&self, what: Value) -> Value {
        self.post("human", &what)
    }

    /// A method of the Bot API, as another program of the bot's owner calls it.
    #[track_caller]
    pub(crate) fn call(&self, token: &str, method: &str, params: &Value) -> Value {
        let url = format!("{}/bot{token}/{method}", self.url());
        let reply: Value = http().post(url).json(params).send().unwrap().json().unwrap();
        assert_eq!(reply["ok"], true, "{method} {params}: {reply}");
        reply["result"].clone()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.post("clock", &json!({ "advance_s": seconds }));
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.get("clock")["now_ms"].as_i64().unwrap()
    }

    /// The live messages of a chat, in order.
    pub(crate) fn messages(&self, chat: i64) -> Vec<Value> {
        self.get(&format!("chats/{chat}/messages"))["messages"].as_array().unwrap().clone()
    }

    pub(crate) fn pinned(&self, chat: i64) -> Vec<i64> {
        let pinned = self.get(&format!("chats/{chat}/messages"))["pinned"].clone();
        pinned.as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect()
    }

    pub(crate) fn texts(&self, chat: i64) -> Vec<String> {
        self.messages(chat).iter().map(|m| m["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) fn ids(&self, chat: i64) -> Vec<i64> {
        self.messages(chat).iter().map(|m| m["message_id"].as_i64().unwrap()).collect()
    }

    /// Start a process that makes calls, and follow them.
    pub(crate) fn follow(&self, command: Command) -> Followed {
        let calls = self.running.calls();
        let _in_runtime = runtime().enter();
        Followed { child: tokio::process::Command::from(command).spawn().unwrap(), calls }
    }

    /// How many calls there were in all, asked without one.
    pub(crate) fn count(&self) -> usize {
        self.running.calls().borrow().all
    }

    /// Look only at what comes from now on.
    pub(crate) fn forget_requests(&self) {
        self.seen.store(self.all_requests().len(), Ordering::Relaxed);
    }

    fn all_requests(&self) -> Vec<Value> {
        self.get("requests").as_array().unwrap().clone()
    }

    /// Every request since the last `forget_requests`, by method.
    pub(crate) fn requests(&self) -> Vec<Call> {
        let skip = self.seen.load(Ordering::Relaxed);
        let call = |request: &Value| Call {
            method: request["method"].as_str().unwrap().to_owned(),
            params: request["params"].clone(),
            reply: request["reply"].clone(),
        };
        self.all_requests().iter().skip(skip).map(call).collect()
    }

    /// Those that change something, whether or not they succeeded.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.requests().into_iter().filter(|call| !call.method.starts_with("get")).collect()
    }

    /// The methods of `calls`.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.method).collect()
    }
}

/// A process whose calls are followed, one by one.
pub(crate) struct Followed {
    child: tokio::process::Child,
    calls: watch::Receiver<Calls>,
}

impl Followed {
    /// What calls the sandbox has got.
    pub(crate) fn calls(&mut self) -> Calls {
        *self.calls.borrow_and_update()
    }

    /// Waits for the next call or the end; whether it goes on.
    pub(crate) fn goes_on(&mut self) -> bool {
        runtime().block_on(async {
            tokio::select! {
                _ = self.child.wait() => false,
                _ = self.calls.changed() => true,
            }
        })
    }

    pub(crate) fn kill(&mut self) {
        self.child.start_kill().unwrap();
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        runtime().block_on(self.child.wait()).unwrap()
    }
}
