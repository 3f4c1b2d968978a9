//! A project on GitHub: a checkout beside a bare remote, pull requests, and the Action as a runner starts it.
#![expect(clippy::disallowed_methods, reason = "a runner's files are written and read by hand")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::git_server::{GitServer, Rules};
use super::github::{Hub, JOB_TOKEN, REPOSITORY};
use super::project::Project;
use super::run::Run;

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    Commit,
    Squash,
    Rebase,
}

pub(crate) struct Hosted {
    /// A person's clone; every job has one of its own.
    pub(crate) project: Project,
    pub(crate) hub: Hub,
    jobs: AtomicU64,
}

/// One run of the Action and what it left behind.
pub(crate) struct Job {
    pub(crate) run: Run,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    pub(crate) project: Project,
}

impl Job {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.run.code, code, "{}\n{}", self.run.all(), self.summary);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, needle: &str) -> Self {
        Self { run: self.run.says(needle), ..self }
    }

    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl Hosted {
    /// A project whose content is committed and pushed, and a GitHub that knows of it.
    pub(crate) fn new(project: Project) -> Self {
        Self { project: project.git_with_remote(), hub: Hub::start(), jobs: AtomicU64::new(0) }
    }

    fn git(&self, args: &[&str]) -> String {
        self.project.git_run(args)
    }

    /// Open pull request `number`: `change` is made on a branch of `main`. Its last commit.
    #[track_caller]
    pub(crate) fn pull(&self, number: u64, change: impl FnOnce(&Project)) -> String {
        self.git(&["fetch", "--quiet", "origin"]);
        self.git(&["checkout", "--quiet", "-B", &format!("pull-{number}"), "origin/main"]);
        self.push_to_pull(number, change)
    }

    /// One more commit to it.
    #[track_caller]
    pub(crate) fn push_to_pull(&self, number: u64, change: impl FnOnce(&Project)) -> String {
        self.git(&["checkout", "--quiet", &format!("pull-{number}")]);
        change(&self.project);
        let head = self.project.commit(&format!("change of {number}"));
        let to = format!("HEAD:refs/pull/{number}/head");
        self.git(&["push", "--quiet", "--force", "origin", &to]);
        self.hub.open(number, &format!("o:pull-{number}"), &head);
        self.git(&["checkout", "--quiet", "main"]);
        head
    }

    /// Open one from a branch that is there.
    #[track_caller]
    pub(crate) fn adopt(&self, number: u64, branch: &str) {
        let own = format!("pull-{number}");
        self.git(&["branch", "--force", &own, branch]);
        self.git(&["push", "--quiet", "origin", &format!("{own}:refs/pull/{number}/head")]);
        let head = self.git(&["rev-parse", &own]);
        self.hub.open(number, &format!("o:{branch}"), &head);
        self.git(&["checkout", "--quiet", "main"]);
    }

    /// Merge it into `main` as GitHub would.
    #[track_caller]
    pub(crate) fn merge(&self, number: u64, how: Merge) {
        self.git(&["fetch", "--quiet", "origin"]);
        self.git(&["checkout", "--quiet", "main"]);
        self.git(&["reset", "--quiet", "--hard", "origin/main"]);
        let branch = format!("pull-{number}");
        let message = format!("merge #{number}");
        let before = self.git(&["rev-parse", "HEAD"]);
        match how {
            Merge::Commit => drop(self.git(&["merge", "--quiet", "--no-ff", "-m", &message, &branch])),
            Merge::Squash => {
                self.git(&["merge", "--quiet", "--squash", &branch]);
                self.git(&["commit", "--quiet", "-m", &message]);
            }
            Merge::Rebase => {
                let range = format!("main..{branch}");
                self.git(&["-c", "user.name=GitHub", "cherry-pick", "--no-ff", &range]);
            }
        }
        let commits = self.git(&["rev-list", "--reverse", "--first-parent", &format!("{before}..HEAD")]);
        self.git(&["push", "--quiet", "origin", "main"]);
        let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
        self.hub.merged(number, &commits);
    }

    /// A person pushes to `main` without a pull request.
    #[track_caller]
    pub(crate) fn push(&self, change: impl FnOnce(&Project)) -> String {
        self.git(&["fetch", "--quiet", "origin"]);
        self.git(&["checkout", "--quiet", "main"]);
        self.git(&["reset", "--quiet", "--hard", "origin/main"]);
        change(&self.project);
        let commit = self.project.commit("pushed");
        self.git(&["push", "--quiet", "origin", "main"]);
        commit
    }

    // Events.

    /// A job for a pull request, without a secret, on what merging it would make.
    #[track_caller]
    pub(crate) fn on_pull(&self, number: u64, from: &str, inputs: &Value) -> Job {
        let head = self.git(&["rev-parse", &format!("pull-{number}")]);
        self.git(&["fetch", "--quiet", "origin"]);
        self.git(&["checkout", "--quiet", "-B", "would-be", "origin/main"]);
        self.git(&["merge", "--quiet", "--no-edit", &head]);
        self.git(&["push", "--quiet", "--force", "origin", &format!("HEAD:refs/pull/{number}/merge")]);
        self.git(&["checkout", "--quiet", "main"]);
        let event = json!({"action": "synchronize", "number": number, "pull_request": {
            "number": number, "title": "a title with \"quotes\" and $(touch x)",
            "head": {"sha": head, "ref": format!("pull-{number}"), "repo": {"full_name": from}},
            "base": {"ref": "main"},
        }});
        self.job(("pull_request", &event, &format!("refs/pull/{number}/merge")), inputs, false)
    }

    /// A job on the newest `main`, with the bot's token: `push`, `schedule`, `workflow_dispatch`.
    #[track_caller]
    pub(crate) fn on_main(&self, event: &str, inputs: &Value) -> Job {
        self.job((event, &json!({}), "refs/heads/main"), inputs, true)
    }

    /// The trusted job behind a pull request of a fork: on `main`, without the bot's token.
    #[track_caller]
    pub(crate) fn on_workflow_run(&self, number: u64, from: &str, inputs: &Value) -> Job {
        let head = self.git(&["rev-parse", &format!("pull-{number}")]);
        let (repository, branch) =
            (format!("{}/channel", from.split(':').next().unwrap()), from.split(':').nth(1));
        let event = json!({"action": "completed", "workflow_run": {
            "event": "pull_request", "head_sha": head, "head_branch": branch, "head_repository": {"full_name": repository},
        }});
        self.job(("workflow_run", &event, "refs/heads/main"), inputs, false)
    }

    /// The remote over http, as GitHub has it.
    pub(crate) fn serve_git(&self) -> GitServer {
        self.serve_git_with(Rules::default())
    }

    pub(crate) fn serve_git_with(&self, rules: Rules) -> GitServer {
        let remote = self.project.remote();
        // `x-access-token` and the job's token.
        let authorization =
            "Basic eC1hY2Nlc3MtdG9rZW46Z2hzXzAxMjM0NTY3ODlhYmNkZWZnaGlqQUJDREVGR0hJSg==".to_owned();
        GitServer::start(remote.parent().unwrap(), Rules { authorization, ..rules })
    }

    /// The same as `on_main`, in a clone whose remote is that server.
    #[track_caller]
    pub(crate) fn on_main_of(&self, server: &GitServer, event: &str, inputs: &Value) -> Job {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let job = self.project.clone_of_remote(&format!("job-{number}"), &[]);
        job.git_run(&["remote", "set-url", "origin", &server.url("remote.git")]);
        self.run_in(job, number, (event, &json!({}), "refs/heads/main"), inputs)
    }

    /// A job on the newest `main` whose machine is gone in its `call`th send, after its effect.
    #[track_caller]
    pub(crate) fn cancelled_on_main(&self, inputs: &Value, call: usize) {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let job = self.project.clone_of_remote(&format!("job-{number}"), &[]);
        let server = self.project.server();
        server.forget_requests();
        server.fault(json!({"method": "sendMessage", "kind": "hang", "done": true, "after": call - 1}));
        let event = ("push", &json!({}), "refs/heads/main");
        let (mut command, _) = self.step_in(&job, number, event, inputs);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut shell = command.spawn().unwrap();
        while server.calls().len() < call {
            assert!(shell.try_wait().unwrap().is_none(), "it ended before it was cancelled");
            std::thread::yield_now();
        }
        let group = format!("-{}", shell.id());
        assert!(Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success());
        shell.wait().unwrap();
        server.forget_requests();
    }

    /// A clone as `actions/checkout` makes it with `fetch-depth: 0`, and the last step of the Action in it.
    #[track_caller]
    pub(crate) fn job(
        &self,
        (event, payload, git_ref): (&str, &Value, &str),
        inputs: &Value,
        secret: bool,
    ) -> Job {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let job = self.project.clone_of_remote(&format!("job-{number}"), &[]);
        job.git_run(&["fetch", "--quiet", "origin", git_ref]);
        match git_ref.strip_prefix("refs/heads/") {
            Some(branch) => drop(job.git_run(&["checkout", "--quiet", "-B", branch, "FETCH_HEAD"])),
            None => drop(job.git_run(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])),
        }
        let job = if secret { job } else { job.without_env("TELEGRAM_BOT_TOKEN") };
        self.run_in(job, number, (event, payload, git_ref), inputs)
    }

    /// The Action in a checkout that is there.
    #[track_caller]
    pub(crate) fn run_in(
        &self,
        project: Project,
        number: u64,
        event: (&str, &Value, &str),
        inputs: &Value,
    ) -> Job {
        let (mut command, files) = self.step_in(&project, number, event, inputs);
        let run = Run::of(&mut command);
        let read = |name: &str| fs::read_to_string(files.join(name)).unwrap_or_default();
        Job { run, outputs: parse_outputs(&read("output")), summary: read("summary"), project }
    }

    /// The last step of the Action, and the folder of its files.
    fn step_in(
        &self,
        project: &Project,
        number: u64,
        (event, payload, git_ref): (&str, &Value, &str),
        inputs: &Value,
    ) -> (Command, PathBuf) {
        let files = self.project.folder().join(format!("runner-{number}"));
        fs::create_dir_all(&files).unwrap();
        fs::write(files.join("event.json"), payload.to_string()).unwrap();
        let sha = project.git_run(&["rev-parse", "HEAD"]);
        let mut command = step(project, "Run tgsync");
        command.env("TGSYNC_INPUTS", with_defaults(inputs).to_string());
        let environment = environment(&files, &self.hub.url(), number);
        command.envs(environment).env("GITHUB_EVENT_NAME", event).env("GITHUB_SHA", sha);
        let (kind, name) = git_ref.strip_prefix("refs/heads/").map_or(("", git_ref), |name| ("branch", name));
        command.env("GITHUB_REF_NAME", name.trim_start_matches("refs/")).env("GITHUB_REF_TYPE", kind);
        command.env("GITHUB_TOKEN", JOB_TOKEN);
        (command, files)
    }
}

/// What a runner sets for every step.
pub(crate) fn environment(files: &Path, hub: &str, number: u64) -> BTreeMap<String, String> {
    let file = |name: &str| files.join(name).display().to_string();
    [
        ("GITHUB_ACTIONS", "true".to_owned()),
        ("CI", "true".to_owned()),
        ("GITHUB_API_URL", hub.to_owned()),
        ("GITHUB_SERVER_URL", hub.to_owned()),
        ("GITHUB_EVENT_PATH", file("event.json")),
        ("GITHUB_OUTPUT", file("output")),
        ("GITHUB_PATH", file("path")),
        ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
        ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
        ("GITHUB_RUN_ID", (100 + number).to_string()),
        ("GITHUB_STEP_SUMMARY", file("summary")),
        ("RUNNER_TEMP", file("temp")),
        ("RUNNER_OS", "Linux".to_owned()),
        ("RUNNER_ARCH", "X64".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The script of a step of `action.yml`, started as a runner does.
pub(crate) fn step(project: &Project, name: &str) -> Command {
    let script = project.folder().join(format!("step-{}.sh", name.replace(' ', "-")));
    fs::write(&script, script_of(name)).unwrap();
    let mut bash = shell(project);
    bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]).arg(&script);
    bash
}

/// A shell in a project, with `tgsync` on its path.
pub(crate) fn shell(project: &Project) -> Command {
    let command = project.command(&[]);
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_tgsync"));
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut bash = Command::new("bash");
    bash.current_dir(command.get_current_dir().unwrap()).env_clear();
    bash.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path);
    bash
}

pub(crate) fn action() -> serde_yaml::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn script_of(name: &str) -> String {
    let action = action();
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name:?}"));
    step["run"].as_str().unwrap().to_owned()
}

/// Inputs as `toJSON(inputs)` has them: those of `action.yml` with their defaults, all of them text.
fn with_defaults(inputs: &Value) -> Value {
    let action = action();
    let known = action["inputs"].as_mapping().unwrap();
    let mut all = serde_json::Map::new();
    for (name, input) in known {
        let default = input["default"].as_str().unwrap_or_default();
        all.insert(name.as_str().unwrap().to_owned(), json!(default));
    }
    for (name, value) in inputs.as_object().unwrap() {
        assert!(all.contains_key(name), "action.yml has no input `{name}`");
        all.insert(name.clone(), value.clone());
    }
    Value::Object(all)
}

/// As a runner reads them: `name=value`, or `name<<END` up to a line that is `END`.
fn parse_outputs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut out = BTreeMap::new();
    while let Some(line) = lines.next() {
        if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            out.insert(name.to_owned(), value.join("\n"));
        } else if let Some((name, value)) = line.split_once('=') {
            out.insert(name.to_owned(), value.to_owned());
        }
    }
    out
}
