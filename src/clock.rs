//! Time: the system's, a fixed moment, or the virtual time of a sandbox.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::ids::Timestamp;
use crate::ports::{Clock, is_loopback};

/// What is wrong with the wish for another clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error("`TGSYNC_NOW` is `{0}`, which is not a moment like `2026-11-20T10:00:00Z`")]
    NotAMoment(String),
    #[error("`TGSYNC_CLOCK` is `{0}`; only `system` and `sandbox` are known")]
    UnknownClock(String),
    #[error(
        "`TGSYNC_CLOCK=sandbox` needs a sandbox on this machine as `api_url`, like `http://127.0.0.1:8081`"
    )]
    NotLoopback,
    #[error("`TGSYNC_CLOCK=sandbox`, but the sandbox does not tell the time: {0}")]
    NoSandbox(String),
}

/// The clock that the environment asks for.
#[derive(Debug)]
pub enum AnyClock {
    System(SystemClock),
    Fixed(FixedClock),
    Sandbox(SandboxClock),
}

impl AnyClock {
    /// `clock` is the value of `TGSYNC_CLOCK`. `now` is that of `TGSYNC_NOW`, which only commands that don't touch the
    /// network may pass on; it comes first.
    pub async fn choose(clock: Option<&str>, now: Option<&str>, api_url: &Url) -> Result<Self, ClockError> {
        if let Some(now) = now {
            let moment = now.parse().map_err(|_| ClockError::NotAMoment(now.to_owned()))?;
            return Ok(Self::Fixed(FixedClock(moment)));
        }
        match clock {
            None | Some("system") => Ok(Self::System(SystemClock)),
            Some("sandbox") => Ok(Self::Sandbox(SandboxClock::connect(api_url).await?)),
            Some(other) => Err(ClockError::UnknownClock(other.to_owned())),
        }
    }

    /// Show on this watch what the clock tells.
    #[must_use]
    pub fn shown_on(self, watch: &Watch) -> Self {
        match self {
            Self::System(clock) => Self::System(clock),
            Self::Fixed(clock) => {
                watch.set(clock.0);
                Self::Fixed(clock)
            }
            Self::Sandbox(clock) => {
                watch.set(clock.last.now());
                Self::Sandbox(SandboxClock { last: watch.clone(), ..clock })
            }
        }
    }
}

/// The time for those who can't wait for a clock's answer, lines of a log: what it told last, else the system's.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<Option<Timestamp>>>);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "this is the room that the others ask")]
    pub fn now(&self) -> Timestamp {
        self.lock().unwrap_or_else(Timestamp::now)
    }

    fn set(&self, now: Timestamp) {
        *self.lock() = Some(now);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for AnyClock {
    async fn now(&self) -> Timestamp {
        match self {
            Self::System(clock) => clock.now().await,
            Self::Fixed(clock) => clock.now().await,
            Self::Sandbox(clock) => clock.now().await,
        }
    }

    async fn sleep(&self, duration: Duration) {
        match self {
            Self::System(clock) => clock.sleep(duration).await,
            Self::Fixed(clock) => clock.sleep(duration).await,
            Self::Sandbox(clock) => clock.sleep(duration).await,
        }
    }

    /// The real time is looked at again every minute: a machine that sleeps does not count the time, and a clock may be
    /// set.
    async fn sleep_until(&self, moment: Timestamp) {
        loop {
            let now = self.now().await;
            let left = Duration::try_from(moment.duration_since(now)).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            match self {
                Self::System(clock) => clock.sleep(left.min(LOOK_AGAIN)).await,
                Self::Fixed(_) => return,
                Self::Sandbox(clock) => clock.sleep_until(moment).await,
            }
        }
    }
}

/// The real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[expect(clippy::disallowed_methods, reason = "this is the clock that the others are told to ask")]
impl Clock for SystemClock {
    async fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A moment that never passes: for tests, and for plans that must come out the same tomorrow.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    async fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep(&self, _: Duration) {}
}

/// The virtual time of a sandbox, over HTTP on this machine. Sleeping advances it for everyone who asks that sandbox.
#[derive(Debug)]
pub struct SandboxClock {
    client: reqwest::Client,
    url: Url,
    /// What it told last: should it fall silent, time goes on from here.
    last: Watch,
}

#[derive(Deserialize)]
struct Told {
    now_ms: i64,
}

/// How long to wait at most before looking at the clock again.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

const ALONE: &str = "the sandbox does not advance its clock; counting on alone";

/// How long the sandbox may take to tell the time.
const PATIENCE: Duration = Duration::from_secs(10);

impl SandboxClock {
    /// Ask the sandbox at `api_url` for the time. Refuses anything but plain HTTP on a loopback address, so that the
    /// time of a real channel is never made up.
    pub async fn connect(api_url: &Url) -> Result<Self, ClockError> {
        if api_url.scheme() != "http" || !is_loopback(api_url) {
            return Err(ClockError::NotLoopback);
        }
        let base = api_url.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/_sandbox/clock")).map_err(|_| ClockError::NotLoopback)?;
        let builder = reqwest::Client::builder().no_proxy().tls_built_in_root_certs(false).timeout(PATIENCE);
        let client = builder.build().map_err(|error| ClockError::NoSandbox(error.to_string()))?;
        let clock = Self { client, url, last: Watch::default() };
        clock.ask(None).await.map_err(ClockError::NoSandbox)?;
        Ok(clock)
    }

    /// The time, after it was moved as `advance` says.
    async fn ask(&self, advance: Option<serde_json::Value>) -> Result<Timestamp, String> {
        let request = match advance {
            None => self.client.get(self.url.clone()),
            Some(advance) => self.client.post(self.url.clone()).json(&advance),
        };
        let response = request.send().await.and_then(reqwest::Response::error_for_status);
        let told: Told = match response {
            Ok(response) => response.json().await.map_err(|error| error.to_string())?,
            Err(error) => return Err(error.to_string()),
        };
        let now = Timestamp::from_millisecond(told.now_ms).map_err(|error| error.to_string())?;
        self.last.set(now);
        Ok(now)
    }
}

impl Clock for SandboxClock {
    async fn now(&self) -> Timestamp {
        match self.ask(None).await {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(error, "the sandbox does not tell the time; going on from what it told last");
                self.last.now()
            }
        }
    }

    /// Whole seconds, rounded up: never shorter than asked for.
    async fn sleep(&self, duration: Duration) {
        let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        if seconds == 0 {
            return;
        }
        if let Err(error) = self.ask(Some(serde_json::json!({ "advance_s": seconds }))).await {
            tracing::warn!(error, ALONE);
            let later = self.last.now().checked_add(Duration::from_secs(seconds));
            self.last.set(later.unwrap_or(Timestamp::MAX));
        }
    }

    /// Time that passed already, because somebody else waited, counts.
    async fn sleep_until(&self, moment: Timestamp) {
        if let Err(error) = self.ask(Some(serde_json::json!({ "until_ms": moment.as_millisecond() }))).await {
            tracing::warn!(error, ALONE);
            self.last.set(self.last.now().max(moment));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn choose(clock: Option<&str>, now: Option<&str>, url: &str) -> Result<AnyClock, ClockError> {
        AnyClock::choose(clock, now, &url.parse().unwrap()).await
    }

    #[tokio::test]
    async fn the_environment_chooses() {
        let real = "https://api.telegram.org";
        assert!(matches!(choose(None, None, real).await, Ok(AnyClock::System(_))));
        assert!(matches!(choose(Some("system"), None, real).await, Ok(AnyClock::System(_))));
        let fixed = choose(Some("sandbox"), Some("2026-11-20T10:00:00+02:00"), real).await.unwrap();
        assert_eq!(fixed.now().await.to_string(), "2026-11-20T08:00:00Z");
        fixed.sleep(Duration::from_secs(1 << 40)).await;
        assert_eq!(fixed.now().await.to_string(), "2026-11-20T08:00:00Z");
    }

    #[tokio::test]
    async fn what_it_may_not_choose() {
        let local = "http://127.0.0.1:1";
        let not_a_moment = ClockError::NotAMoment("noon".to_owned());
        assert_eq!(choose(None, Some("noon"), local).await.err(), Some(not_a_moment));
        let unknown = ClockError::UnknownClock("sundial".to_owned());
        assert_eq!(choose(Some("sundial"), None, local).await.err(), Some(unknown));
        for url in ["https://api.telegram.org", "http://192.168.0.1:8081", "https://127.0.0.1", "data:x"] {
            assert_eq!(
                choose(Some("sandbox"), None, url).await.err(),
                Some(ClockError::NotLoopback),
                "{url}"
            );
        }
        let silent = choose(Some("sandbox"), None, "http://127.0.0.1:1").await.err();
        assert!(matches!(silent, Some(ClockError::NoSandbox(_))), "{silent:?}");
    }

    #[tokio::test]
    async fn a_watch_shows_what_its_clock_told() {
        let watch = Watch::default();
        let moment = "2026-03-29T01:00:00Z";
        let clock = choose(None, Some(moment), "https://api.telegram.org").await.unwrap().shown_on(&watch);
        assert_eq!(watch.now().to_string(), moment);
        clock.sleep_until(Timestamp::MAX).await;
        assert_eq!(watch.now().to_string(), moment);
        let passed = Watch::default();
        AnyClock::System(SystemClock).shown_on(&passed).sleep_until(Timestamp::UNIX_EPOCH).await;
        assert!(passed.now() > watch.now());
    }

    #[tokio::test]
    async fn the_real_clock_goes_on() {
        let before = SystemClock.now().await;
        SystemClock.sleep(Duration::from_millis(1)).await;
        assert!(SystemClock.now().await > before);
    }
}
