//! A server of runs, `tgsync serve`, that ends with its test. It keeps its log in `logs`.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;
use std::process::{Child, Command, Stdio};

use super::project::Project;

pub(crate) struct Serving<'p> {
    project: &'p Project,
    child: Child,
}

impl<'p> Serving<'p> {
    pub(crate) fn start(project: &'p Project, args: &[&str]) -> Self {
        let mut command = project.command(&[&["serve", "--log-dir", "../logs"], args].concat());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { project, child }
    }

    /// All that it logged, day by day.
    pub(crate) fn log(&self) -> String {
        let mut days: Vec<_> = fs::read_dir(self.project.folder().join("logs"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        days.sort();
        days.iter().map(|day| fs::read_to_string(day).unwrap()).collect()
    }

    /// How often it has logged this.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.log().matches(what).count()
    }

    /// Wait until something holds; it must not end before.
    #[track_caller]
    pub(crate) fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended:\n{}", self.log());
            std::thread::yield_now();
        }
    }

    /// Wait until it has logged this.
    #[track_caller]
    pub(crate) fn says(&mut self, what: &str) {
        self.until(|serving| serving.count(what) > 0);
    }

    /// Wait until it has logged this once more than now.
    #[track_caller]
    pub(crate) fn says_again(&mut self, what: &str) {
        let before = self.count(what);
        self.until(|serving| serving.count(what) > before);
    }

    /// Tell it to end; its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        let told =
            Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.child.id())).status().unwrap();
        assert!(told.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
