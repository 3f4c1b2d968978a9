//! The embedded Bot API emulator: speaks the wire format over HTTP on loopback and knows no other room.
//!
//! From the outside in: `server` (HTTP) → `body` (parameters, and files through `media`) → `machine` (faults, log) → `methods` (checks
//! and words) → `world` (what there is and what happens to it). `control` answers `/_sandbox/`, `page` shows a chat.

mod body;
mod chats;
pub mod clock;
mod control;
pub mod entities;
mod failure;
mod faults;
mod flood;
mod machine;
mod markup;
mod media;
mod methods;
mod page;
mod params;
pub mod rich;
mod rights;
mod server;
mod store;
mod token;
mod updates;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

pub use chats::{ChatSpec, parse_chat_spec, parse_link};
use clock::Clock;
use machine::Machine;
use media::{Depot, Limits};
use store::Store;
use tokio::sync::watch;
use world::World;

/// Where virtual time begins when the caller does not say: 2026-01-01, midnight UTC.
const DEFAULT_START_MS: i64 = 1_767_225_600_000;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// A loopback address; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Keep everything in this file across restarts.
    pub state: Option<PathBuf>,
    /// Drives what is random: equal seeds, equal answers.
    pub seed: u64,
    /// The chats to begin with; none means the default ones. A state file has its own.
    pub chats: Vec<ChatSpec>,
    /// Channels and their discussion groups.
    pub links: Vec<(i64, i64)>,
    /// Answer 429 to those who send too fast, by virtual time.
    pub rate_limits: bool,
    /// Where virtual time begins, in milliseconds since the Unix epoch. A saved state never goes back.
    pub start_ms: i64,
    /// Whether real time flows into virtual time, for use by hand.
    pub flow: bool,
    /// The only tokens that are accepted; `None` accepts all of the usual form.
    pub tokens: Option<Vec<String>>,
    /// Most bytes of the files of one request. With more than the 50 MB of the hosted server it is a server of one's
    /// own, which hands out files of any size.
    pub max_upload: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state: None,
            seed: 0,
            chats: Vec::new(),
            links: Vec::new(),
            rate_limits: false,
            start_ms: DEFAULT_START_MS,
            flow: false,
            tokens: None,
            max_upload: Limits::HOSTED,
        }
    }
}

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the sandbox listens on loopback only, not on `{0}`; use `127.0.0.1:PORT`")]
    NotLoopback(SocketAddr),
    #[error("can't listen on `{address}`: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("the state file `{}` is not usable: {reason}", path.display())]
    State { path: PathBuf, reason: String },
    #[error("the folder of received files is not usable: {0}")]
    Files(std::io::Error),
    #[error("the chats of the sandbox are wrong: {0}")]
    Chats(String),
}

/// Calls of the Bot API that a sandbox got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    pub all: usize,
    /// Never answered.
    pub hung: usize,
}

/// A sandbox that serves. Dropping it closes all its connections.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<server::Shared>,
    task: tokio::task::JoinHandle<std::convert::Infallible>,
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// `http://HOST:PORT`, as a base URL of the Bot API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many calls of the Bot API it got since it started; the next one can be waited for.
    pub fn calls(&self) -> watch::Receiver<Calls> {
        self.shared.calls.subscribe()
    }

    /// Stops serving and waits until the port is free again.
    pub async fn shutdown(mut self) {
        self.task.abort();
        // Aborting is the only way the task ends.
        let _ = (&mut self.task).await;
    }

    /// Serves until the process ends.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a sandbox inside the current Tokio runtime.
pub async fn start(options: Options) -> Result<Running, Error> {
    let store = options.state.clone().map(Store::new);
    let saved = store.as_ref().map(Store::load).transpose()?.flatten();
    let mut machine = match saved {
        Some(mut machine) => {
            machine.world.clock.resume(options.start_ms);
            machine
        }
        None => fresh(&options)?,
    };
    machine.world.flood.set_enabled(options.rate_limits);
    machine.world.files.limits = Limits { upload: options.max_upload };
    let depot = match &options.state {
        Some(state) => Depot::beside(state).map_err(Error::Files)?,
        None => Depot::temporary(),
    };
    if let Some(store) = &store {
        store.save(&machine)?;
    }
    let listener = server::bind(options.listen).await?;
    let address = listener.local_addr().map_err(|source| Error::Bind { address: options.listen, source })?;
    let shared = Arc::new(server::Shared {
        machine: Mutex::new(machine),
        calls: watch::Sender::default(),
        store,
        depot,
        max_upload: options.max_upload,
        tokens: options.tokens,
        flowing_since: options.flow.then(server::now),
    });
    let task = tokio::spawn(server::run(listener, Arc::clone(&shared)));
    Ok(Running { address, shared, task })
}

fn fresh(options: &Options) -> Result<Machine, Error> {
    let clock = Clock::starting_at(options.start_ms);
    let specs = if options.chats.is_empty() { chats::defaults() } else { options.chats.clone() };
    let chats = chats::build(specs, &options.links, clock.now_s()).map_err(Error::Chats)?;
    Ok(Machine::new(World::new(clock, chats, first_update(options.seed))))
}

/// The real server begins to count updates anywhere.
fn first_update(seed: u64) -> i64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    100_000_000 + i64::try_from(mixed).unwrap_or(0)
}
