//! One run of the binary and what it said.

use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// How a run ended.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    /// Data.
    pub(crate) out: String,
    /// Talk.
    pub(crate) err: String,
    what: String,
}

/// A run that was stopped in the middle.
pub(crate) struct Killed {
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let what = format!("{:?}", command.get_args().collect::<Vec<_>>());
        let output = command.stdin(Stdio::null()).output().unwrap();
        Self::from_output(what, output)
    }

    /// A run that was started with its output piped, when it ends.
    pub(crate) fn ended(child: Child) -> Self {
        Self::from_output("the run".to_owned(), child.wait_with_output().unwrap())
    }

    /// One that said this.
    pub(crate) fn told(code: i32, said: String) -> Self {
        Self { code, out: String::new(), err: said, what: "the run".to_owned() }
    }

    fn from_output(what: String, output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
            what,
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code of {}\n{}", self.what, self.all());
        self
    }

    #[track_caller]
    pub(crate) fn says(self, needle: &str) -> Self {
        assert!(self.all().contains(needle), "{} does not say {needle:?}:\n{}", self.what, self.all());
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, needle: &str) -> Self {
        assert!(!self.all().contains(needle), "{} says {needle:?}:\n{}", self.what, self.all());
        self
    }

    /// stdout, then stderr.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.all()))
    }
}
