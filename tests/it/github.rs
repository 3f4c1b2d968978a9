//! The Action: every script of `action.yml` in the environment that a runner sets, on real repositories with a bare
//! remote, the sandbox, and a GitHub on loopback.

mod approval;
mod drift;
mod hostile;
mod install;
mod plan;
mod publish;
mod rights;
mod workflows;

use serde_json::{Value, json};

use super::support::Project;
use super::support::hosted::Hosted;

/// A channel with two posts, published by the first push.
fn channel() -> Hosted {
    channel_with("")
}

/// The same with more lines for its target.
fn channel_with(settings: &str) -> Hosted {
    let config = format!("targets:\n  news:\n    chat: \"@sandbox\"\n{settings}");
    let project = Project::new().config(&config).post("a.md", "Alpha.").post("b.md", "Beta.");
    let hosted = Hosted::new(project);
    let job = hosted.on_main("push", &apply()).expect(0);
    assert_eq!(job.output("done"), "2", "{}", job.run.all());
    hosted
}

fn apply() -> Value {
    json!({"command": "apply"})
}

fn plan_only() -> Value {
    json!({"command": "plan"})
}
