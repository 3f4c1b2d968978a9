//! The inputs of the Action, and the command lines they stand for. A value is one argument, whatever it looks like.

use std::path::PathBuf;

use clap::Parser as _;
use serde::Deserialize;

use super::context::Context;
use super::{Exit, Failure};
use crate::cli::{Cli, Command, Global};
use crate::env;

/// `inputs` as `toJSON` writes them: all are text, and those that were not given are empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Inputs {
    command: String,
    target: String,
    config: String,
    working_directory: String,
    comment: String,
    only: String,
    prune: String,
    rerender: String,
    refresh: String,
    strict: String,
    allow: String,
    pub expect_plan: String,
    commit: String,
    slug: String,
    sent_as: String,
    not_sent: String,
}

/// What the Action can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Check,
    Plan,
    Apply,
    Verify,
    Mirror,
    Resolve,
    Unlock,
    Doctor,
}

impl Inputs {
    pub(super) fn read(context: &Context) -> Result<Self, Failure> {
        let Some(text) = context.env.get(env::TGSYNC_INPUTS) else { return Ok(Self::default()) };
        serde_json::from_str(text).map_err(|error| {
            Failure::new(Exit::Usage, format!("`{}` is not an object of texts: {error}", env::TGSYNC_INPUTS))
                .hint("the Action sets it: `${{ toJSON(inputs) }}`")
        })
    }

    pub(super) fn task(&self) -> Result<Task, Failure> {
        Ok(match self.command.trim() {
            "check" => Task::Check,
            "plan" | "" => Task::Plan,
            "apply" => Task::Apply,
            "verify" => Task::Verify,
            "mirror" => Task::Mirror,
            "resolve" => Task::Resolve,
            "unlock" => Task::Unlock,
            "doctor" => Task::Doctor,
            other => {
                let message = format!("`command` is `{}`", other.escape_debug());
                let hint = "check, plan, apply, verify, mirror, resolve, unlock or doctor";
                return Err(Failure::new(Exit::Usage, message).hint(hint));
            }
        })
    }

    pub(super) fn comments(&self) -> bool {
        self.comment.is_empty() || is_true(&self.comment)
    }

    /// The arguments of `tgsync`.
    fn arguments(&self, task: Task) -> Vec<String> {
        let mut line: Vec<String> = match task {
            Task::Check => vec!["check".into(), "--format=github".into()],
            Task::Plan => vec!["plan".into(), "--format=github".into()],
            Task::Apply => vec!["apply".into(), "--yes".into()],
            Task::Verify => vec!["verify".into()],
            Task::Mirror => vec!["mirror".into(), "apply".into(), "--yes".into()],
            Task::Resolve => vec!["resolve".into()],
            Task::Unlock => vec!["unlock".into(), "--yes".into()],
            Task::Doctor => vec!["doctor".into()],
        };
        let selects = matches!(task, Task::Plan | Task::Apply);
        let applies = matches!(task, Task::Apply | Task::Mirror);
        let saves = matches!(task, Task::Apply | Task::Mirror | Task::Resolve);
        for (name, value, wanted) in [
            ("only", &self.only, selects),
            ("allow", &self.allow, applies),
            ("expect-plan", &self.expect_plan, task == Task::Apply),
            ("sent-as", &self.sent_as, task == Task::Resolve),
        ] {
            if wanted && !value.is_empty() {
                line.push(format!("--{name}={value}"));
            }
        }
        for (name, value, wanted) in [
            ("prune", &self.prune, selects),
            ("rerender", &self.rerender, selects),
            ("refresh", &self.refresh, task == Task::Apply),
            ("strict", &self.strict, selects || task == Task::Check),
            ("not-sent", &self.not_sent, task == Task::Resolve),
        ] {
            if wanted && is_true(value) {
                line.push(format!("--{name}"));
            }
        }
        if saves && !self.commit.is_empty() && !is_true(&self.commit) {
            line.push("--no-commit".to_owned());
        }
        if task == Task::Resolve {
            line.extend(["--".to_owned(), self.slug.clone()]);
        }
        line
    }

    fn globals(&self) -> Vec<String> {
        let given = [("target", &self.target), ("config", &self.config), ("chdir", &self.working_directory)];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("--{name}={value}")).collect()
    }

    /// The command that these inputs ask for, with options such as `--only-approved`, which no input names.
    pub(super) fn command(&self, task: Task, more: &[String]) -> Result<(Global, Command), Failure> {
        let mut line = vec!["tgsync".to_owned()];
        line.extend(self.globals());
        let mut own = self.arguments(task);
        let at = own.iter().position(|argument| argument == "--").unwrap_or(own.len());
        own.splice(at..at, more.iter().cloned());
        line.extend(own);
        let cli = Cli::try_parse_from(line).map_err(|error| {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Failure::new(Exit::Usage, first)
                .hint("look at the inputs of the step: `docs/action.md` lists them")
        })?;
        Ok((cli.global, cli.command))
    }
}

fn is_true(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
}

impl Inputs {
    /// The folder of the config, as seen from the workspace.
    pub(super) fn folder(global: &Global) -> PathBuf {
        let file = global.chdir.clone().unwrap_or_default().join(&global.config);
        file.parent().map(PathBuf::from).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(json: &str) -> Inputs {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_is_one_argument() {
        let hostile = inputs(
            r#"{"command":"apply","expect-plan":"p1-0123456789abcdef","only":"--prune","target":"news","version":"x"}"#,
        );
        let (global, command) = hostile.command(Task::Apply, &[]).unwrap();
        assert_eq!(global.target.len(), 1);
        let Command::Apply(apply) = command else { panic!("{command:?}") };
        assert!(apply.yes && !apply.selection.prune);
        assert_eq!(apply.selection.only, ["--prune"]);

        let hostile = inputs(r#"{"command":"resolve","slug":"--sent-as=1","not-sent":"true"}"#);
        assert!(hostile.command(Task::Resolve, &[]).is_err(), "no slug begins with a hyphen");
        assert!(inputs(r#"{"target":"$(x)"}"#).command(Task::Plan, &[]).is_err());
        assert!(inputs(r#"{"command":"apply; rm -rf /"}"#).task().is_err());
    }

    #[test]
    fn what_was_not_given_is_as_the_config_says() {
        let (global, command) = inputs("{}").command(Task::Apply, &["--only-approved".to_owned()]).unwrap();
        assert_eq!(Inputs::folder(&global), PathBuf::from(""));
        let Command::Apply(apply) = command else { panic!("{command:?}") };
        assert!(!apply.save.no_commit && apply.only_approved);
        assert!(inputs("{}").comments() && !inputs(r#"{"comment":"false"}"#).comments());
    }
}
