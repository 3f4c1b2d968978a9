//! What every command has at hand: the options, the environment, and where to speak.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

use super::{Exit, Failure};
use crate::cli::{Global, LogFormat};
use crate::diagnostic::{self, Diagnostic};
use crate::env::{self, Env};
use crate::report;
use crate::report::style::Paint;

/// Options, environment, voice.
#[derive(Debug)]
pub(super) struct Context {
    pub global: Global,
    pub env: Env,
    /// For stdout.
    pub paint: Paint,
    /// For stderr.
    pub talk: Paint,
}

impl Context {
    pub(super) fn new(global: Global, env: Env) -> Self {
        let wanted = !global.no_color && env.get(env::NO_COLOR).is_none();
        Self {
            paint: Paint { on: wanted && std::io::stdout().is_terminal() },
            talk: Paint { on: wanted && std::io::stderr().is_terminal() },
            global,
            env,
        }
    }

    /// The log of calls, on stderr: warnings, with `--verbose` every call.
    pub(super) fn start_logging(&self) {
        let level = if self.global.verbose { "tgsync=debug" } else { "tgsync=warn" };
        let builder = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(level))
            .with_writer(std::io::stderr)
            .with_ansi(self.talk.on)
            .with_target(false);
        // A second start in one process keeps the first log: tests run many commands.
        let _ = match self.global.log_format {
            LogFormat::Text => builder.without_time().try_init(),
            LogFormat::Json => builder.json().try_init(),
        };
    }

    /// The folder that the command works in.
    pub(super) fn folder(&self) -> PathBuf {
        self.global.chdir.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// A path as the user wrote it, seen from the folder the command works in.
    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder().join(path)
    }

    /// Data, to stdout. A reader that went away is not our failure.
    pub(super) fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Talk, to stderr; silenced by `--quiet`.
    pub(super) fn say(&self, text: &str) {
        if !self.global.quiet {
            self.tell(text);
        }
    }

    /// What has to be said whatever the options.
    pub(super) fn tell(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "{text}");
    }

    /// Problems of content or config; only errors with `--quiet`.
    pub(super) fn show(&self, problems: &[Diagnostic]) {
        let loud = |problem: &&Diagnostic| !self.global.quiet || problem.is_error();
        let problems: Vec<Diagnostic> = diagnostic::fold(problems.iter().filter(loud).cloned().collect());
        if !problems.is_empty() {
            self.tell(report::diagnostic::text(&problems, self.talk.on).trim_end());
        }
    }

    pub(super) fn tell_failure(&self, failure: &Failure) {
        if !failure.message.is_empty() {
            self.tell(&format!("{} {}", self.talk.removed("error:"), failure.message));
        }
        if let Some(hint) = &failure.hint {
            self.tell(&format!("{} {hint}", self.talk.bold("help:")));
        }
    }

    /// Ask on the terminal; only `yes` is yes.
    pub(super) fn ask(&self, question: &str) -> Result<bool, Failure> {
        if !self.can_ask() {
            return Err(Failure::new(Exit::Refused, "there is no terminal to ask on")
                .hint("`--yes` applies without asking"));
        }
        let mut err = std::io::stderr().lock();
        let _ = write!(err, "{} ", self.talk.bold(question)).and_then(|()| err.flush());
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        Ok(read.is_ok() && answer.trim() == "yes")
    }

    /// A bar for work of more than one step, on a terminal; elsewhere the lines that are said have to do.
    pub(super) fn progress(&self, steps: usize) -> ProgressBar {
        if steps < 2 || self.global.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}, {eta} left");
        ProgressBar::new(steps as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    /// The same for work that is counted in bytes.
    pub(super) fn byte_progress(&self, bytes: u64) -> ProgressBar {
        if bytes == 0 || self.global.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style =
            ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}, {eta} left");
        ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }

    pub(super) fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }
}
