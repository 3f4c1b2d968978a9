//! What every command has at hand: the options, the environment, and where to speak.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Exit, Failure, apply, logging};
use crate::apply::settle::Verdict;
use crate::apply::{Aside, Item, List, Settled, Stop};
use crate::cli::{Global, LogFormat};
use crate::clock::Watch;
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
    /// All bars, one below the other; none is drawn where nobody would see it move.
    pub bars: MultiProgress,
    /// What the clock of this run told last.
    pub watch: Watch,
    /// What this run had to say.
    told: Mutex<BTreeSet<String>>,
    stop: OnceLock<Stop>,
}

impl Context {
    pub(super) fn new(global: Global, env: Env) -> Self {
        let lines = global.log_format == LogFormat::Json;
        let wanted = !global.no_color && env.get(env::NO_COLOR).is_none();
        let drawn = !global.quiet && !lines && std::io::stderr().is_terminal();
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            bars: MultiProgress::with_draw_target(target),
            paint: Paint { on: wanted && std::io::stdout().is_terminal() },
            talk: Paint { on: wanted && !lines && std::io::stderr().is_terminal() },
            watch: Watch::default(),
            told: Mutex::default(),
            stop: OnceLock::new(),
            global,
            env,
        }
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
        logging::said(text);
        self.show_text(text);
    }

    /// What has to be said whatever the options, once in a run: where two of its steps meet the same trouble, it is one.
    pub(super) fn tell(&self, text: &str) {
        if self.is_news(text) {
            logging::told(text);
            self.speak(text);
        }
    }

    /// Another run begins, which may have to say the same.
    pub(super) fn begin_run(&self) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_news(&self, text: &str) -> bool {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned())
    }

    /// Talk that the log has in words of its own.
    pub(super) fn show_text(&self, text: &str) {
        if !self.global.quiet {
            self.speak(text);
        }
    }

    /// How a change ended.
    pub(super) fn show_change(&self, list: List, item: &Item) {
        logging::change(list, item);
        let line = report::text::item(list.word(), item, self.talk);
        if list == List::Done {
            self.show_text(&line);
        } else {
            self.speak(&line);
        }
    }

    /// What was found out about a send in doubt, and what is waited for. What only a person can tell is said whatever the
    /// options.
    pub(super) fn show_aside(&self, aside: &Aside) {
        let text = report::settled::aside(aside, self.talk);
        match aside {
            Aside::Settled(Settled { verdict: Verdict::Ask(_), .. }) => self.tell(&text),
            _ => self.say(&text),
        }
    }

    /// A line for people on stderr, where it is not for lines of JSON.
    fn speak(&self, text: &str) {
        if self.global.log_format == LogFormat::Text {
            self.bars.suspend(|| {
                let mut err = std::io::stderr().lock();
                let _ = writeln!(err, "{text}");
            });
        }
    }

    /// Problems of content or config; only errors with `--quiet`.
    pub(super) fn show(&self, problems: &[Diagnostic]) {
        let problems = diagnostic::fold(problems.to_vec());
        problems.iter().for_each(logging::problem);
        let loud = |problem: &Diagnostic| !self.global.quiet || problem.is_error();
        let problems: Vec<Diagnostic> = problems.into_iter().filter(loud).collect();
        if !problems.is_empty() {
            self.speak(report::diagnostic::text(&problems, self.talk.on).trim_end());
        }
    }

    pub(super) fn tell_failure(&self, failure: &Failure) {
        if !self.is_news(&failure.message) {
            return;
        }
        if !failure.message.is_empty() {
            logging::failure(failure);
            self.speak(&format!("{} {}", self.talk.removed("error:"), failure.message));
        }
        if let Some(hint) = &failure.hint {
            self.speak(&format!("{} {hint}", self.talk.bold("help:")));
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
        if steps < 2 {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {elapsed}, {eta} left");
        let bar = ProgressBar::hidden().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_length(steps as u64);
        self.bars.add(bar)
    }

    /// The same for work that is counted in bytes.
    pub(super) fn byte_progress(&self, bytes: u64) -> ProgressBar {
        if bytes == 0 { ProgressBar::hidden() } else { self.bars.add(byte_bar(bytes)) }
    }

    /// Requested by Ctrl-C and SIGTERM, from the first time that somebody asks for it.
    pub(super) fn stop(&self) -> &Stop {
        self.stop.get_or_init(apply::stop_on_signal)
    }

    pub(super) fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }
}

/// A bar that counts bytes, drawn nowhere yet.
pub(super) fn byte_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}, {eta} left",
    );
    let bar = ProgressBar::hidden().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_length(bytes);
    bar
}
