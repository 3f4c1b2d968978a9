//! `action.yml`, the workflows of this project and the examples: their form, and the examples under act, on this very
//! machine.
#![expect(clippy::disallowed_methods, reason = "workflows are files, tools are named in the environment")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::channel_with;
use crate::support::github::{JOB_TOKEN, REPOSITORY};
use crate::support::hosted::{Hosted, Merge, action, shell};
use crate::support::{Project, Run, TOKEN, chat};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The workflows of this project and the examples, by path.
fn workflows() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in [".github/workflows", "examples"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(path.extension().unwrap(), "yml", "{}", path.display());
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// A program that is named in the environment; `None`, and a line on stderr, where it is not.
fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var(name).ok().filter(|path| !path.is_empty());
    if path.is_none() {
        assert!(
            std::env::var_os("TGSYNC_TEST_ALL").is_none(),
            "`{name}` is not set, and no test may be skipped"
        );
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(std::io::stderr(), "skipped: {test}: `{name}` is not set");
    }
    path.map(PathBuf::from)
}

/// What GitHub documents of a composite action ("Metadata syntax").
fn schema() -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let step = json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "name": text, "id": text, "if": text, "shell": {"const": "bash"}, "run": text, "uses": text,
            "with": {"type": "object"}, "env": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "oneOf": [
            {"required": ["run", "shell"], "not": {"required": ["uses"]}},
            {"required": ["uses"], "not": {"anyOf": [{"required": ["run"]}, {"required": ["env"]}]}},
        ],
    });
    let named = |value: Value| {
        json!({
            "type": "object", "additionalProperties": false, "patternProperties": {"^[a-z][a-z0-9_-]*$": value},
        })
    };
    json!({
        "type": "object", "additionalProperties": false, "required": ["name", "description", "inputs", "outputs", "runs"],
        "properties": {
            "name": text, "author": text, "description": {"type": "string", "maxLength": 125},
            "branding": {"type": "object"},
            "inputs": named(json!({
                "type": "object", "additionalProperties": false, "required": ["description", "required", "default"],
                "properties": {"description": text, "required": {"const": false}, "default": {"type": "string"}},
            })),
            "outputs": named(json!({
                "type": "object", "additionalProperties": false, "required": ["description", "value"],
                "properties": {"description": text, "value": {"type": "string", "pattern": "^\\$\\{\\{ steps\\.run\\.outputs\\.[a-z_]+ \\}\\}$"}},
            })),
            "runs": {
                "type": "object", "additionalProperties": false, "required": ["using", "steps"],
                "properties": {"using": {"const": "composite"}, "steps": {"type": "array", "minItems": 1, "items": step}},
            },
        },
    })
}

#[test]
fn the_action_has_the_form_that_github_documents() {
    let action: Value = serde_json::to_value(action()).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&action).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    for (name, output) in action["outputs"].as_object().unwrap() {
        assert_eq!(output["value"], format!("${{{{ steps.run.outputs.{name} }}}}"));
    }
    let mut broken = action.clone();
    broken["runs"]["steps"][0].as_object_mut().unwrap().remove("shell");
    assert!(!validator.is_valid(&broken), "the schema finds what is wrong");
}

/// Every `run:` and `uses:` below a node.
fn steps<'v>(node: &'v Value, out: &mut Vec<&'v Value>) {
    match node {
        Value::Object(map) => {
            if map.contains_key("run") || map.contains_key("uses") {
                out.push(node);
            }
            map.values().for_each(|value| steps(value, out));
        }
        Value::Array(items) => items.iter().for_each(|value| steps(value, out)),
        _ => {}
    }
}

#[test]
fn no_value_is_spliced_into_a_script_and_nothing_moves_under_us() {
    let mut all = workflows();
    all.push((root().join("action.yml"), fs::read_to_string(root().join("action.yml")).unwrap()));
    let own = format!("tgsync/tgsync@v{}", env!("CARGO_PKG_VERSION"));
    for (path, text) in &all {
        let path = path.display();
        let yaml: Value = serde_yaml::from_str(text).unwrap();
        let mut found = Vec::new();
        steps(&yaml, &mut found);
        assert!(!found.is_empty(), "{path}");
        for step in found {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(!run.contains("${{"), "{path}: {run}");
            let Some(uses) = step["uses"].as_str() else { continue };
            let pinned = uses
                .split_once('@')
                .is_some_and(|(_, id)| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(pinned || uses == "./" || uses == own, "{path}: {uses} is not pinned");
            assert!(
                !pinned || text.contains(&format!("{uses} # v")),
                "{path}: {uses} does not say its version"
            );
        }
        if yaml["jobs"].is_object() {
            assert!(!yaml["permissions"].is_null(), "{path}: no permissions");
            assert!(!text.contains("write-all") && !text.contains("pull_request_target"), "{path}");
        }
    }
}

#[test]
fn actionlint_finds_nothing() {
    let Some(actionlint) = tool("TGSYNC_TEST_ACTIONLINT") else { return };
    let files = workflows().into_iter().map(|(path, _)| path);
    let mut command = Command::new(actionlint);
    Run::of(command.args(["-no-color", "-shellcheck=", "-pyflakes="]).args(files).current_dir(root()))
        .expect(0);
}

#[test]
fn init_writes_the_examples() {
    let project = Project::new();
    project.remove("tgsync.yaml");
    project.run(&["init", "--github", "--chat", "@sandbox"]).expect(0).says("environment `telegram`");
    for name in ["plan", "plan-fork", "apply", "nightly"] {
        let example = fs::read_to_string(root().join(format!("examples/{name}.yml"))).unwrap();
        assert_eq!(project.read(&format!(".github/workflows/tgsync-{name}.yml")), example);
    }
    project.write(".github/workflows/tgsync-apply.yml", "mine");
    project.run(&["init", "--github"]).expect(0).says("tgsync-apply.yml is there already");
    assert_eq!(project.read(".github/workflows/tgsync-apply.yml"), "mine");
}

/// The lines of the README's section about GitHub that a person types.
fn typed() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let section =
        readme.split("\n## ").find(|section| section.starts_with("On GitHub\n")).unwrap().to_owned();
    let typed: Vec<String> =
        section.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect();
    assert_eq!(typed.len(), 4, "{section}");
    typed
}

#[test]
fn the_readme_is_followed() {
    let project = Project::new();
    project.remove("tgsync.yaml");
    fs::remove_dir(project.path("content")).unwrap();
    let hosted = Hosted::new(project);
    for line in typed() {
        let line = line.replace("@my_channel", "@sandbox");
        let mut bash = shell(&hosted.project);
        Run::of(bash.args(["-e", "-c", &line])).expect(0);
        if line.contains("origin main") {
            // Nothing was published before the token was there: the first run of the workflow begins the channel.
            let job = hosted.on_main("push", &json!({"command": "apply"})).expect(0);
            assert_eq!(job.output("done"), "1", "{}", job.run.all());
        }
    }
    hosted.adopt(7, "spring");
    hosted.on_pull(7, REPOSITORY, &json!({"command": "plan"})).expect(0);
    let comments = hosted.hub.comments(7);
    assert!(comments.len() == 1 && comments[0].contains("+ Spring release"), "{comments:#?}");
    hosted.merge(7, Merge::Squash);
    hosted.on_main("push", &json!({"command": "apply"})).expect(0);
    let texts = hosted.project.texts();
    assert!(texts.len() == 2 && texts[1].contains("Spring release"), "{texts:?}");
    assert!(hosted.hub.comments(7)[1].contains("https://t.me/sandbox/"));
}

/// A channel whose repository has the examples and the Action as files, for act, which can fetch nothing here: the
/// action is a folder of the repository, and of its steps the one that is of somebody else is left out.
fn with_workflows(hosted: &Hosted) {
    hosted.push(|project| {
        for (path, text) in
            workflows().into_iter().filter(|(path, _)| path.parent().unwrap().ends_with("examples"))
        {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let own = format!("uses: tgsync/tgsync@v{}\n        with:\n", env!("CARGO_PKG_VERSION"));
            assert!(text.contains(&own), "{name}");
            let text = text.replace(&own, "uses: ./.action\n        with:\n          version: path\n");
            // A checkout of the very ref that the event is for is the one that act has a copy of.
            let text: String = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("ref: ${{ github.ref_name }}"))
                .fold(String::new(), |text, line| text + line + "\n");
            project.write(&format!(".github/workflows/{name}"), text);
        }
        let mut action = action();
        let steps = action["runs"]["steps"].as_sequence_mut().unwrap();
        steps.retain(|step| step.get("uses").is_none());
        for step in steps {
            let env = step["env"].as_mapping_mut().unwrap();
            for (name, value) in
                [("GITHUB_API_URL", hosted.hub.url()), ("GITHUB_REPOSITORY", REPOSITORY.to_owned())]
            {
                env.insert(name.into(), value.into());
            }
        }
        project.write(".action/action.yml", serde_yaml::to_string(&action).unwrap());
    });
}

/// One run of a workflow in a clone.
fn act(hosted: &Hosted, clone: &Project, arguments: &[&str], event: &Value) -> Option<Run> {
    let act = tool("TGSYNC_TEST_ACT")?;
    let folder = clone.path("").parent().unwrap().join(format!("act-{}", ulid::Ulid::new()));
    fs::create_dir_all(&folder).unwrap();
    let events = folder.join("event.json");
    fs::write(&events, event.to_string()).unwrap();
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_tgsync"));
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut command = Command::new(act);
    command.args(arguments).arg("-e").arg(&events).current_dir(clone.path("")).env_clear();
    command.args(["-P", "ubuntu-latest=-self-hosted"]);
    command.arg("--env").arg(format!("TGSYNC_API_URL={}", hosted.project.server().url()));
    command.args(["--env", "TGSYNC_CLOCK=sandbox", "--env", "GIT_CONFIG_GLOBAL=/dev/null"]);
    command
        .arg("-s")
        .arg(format!("TELEGRAM_BOT_TOKEN={TOKEN}"))
        .arg("-s")
        .arg(format!("GITHUB_TOKEN={JOB_TOKEN}"));
    command.env("HOME", &folder).env("PATH", path).env("GIT_CONFIG_NOSYSTEM", "1");
    Some(Run::of(&mut command))
}

#[test]
fn the_examples_run_under_act() {
    let hosted = channel_with("");
    with_workflows(&hosted);
    hosted.pull(7, |project| {
        project.put("a.md", "", "Shown.");
        let at = jiff::Timestamp::from_millisecond(project.server().now_ms() + 600_000).unwrap();
        project.put("c.md", &format!("publish_at: \"{at}\""), "Later.");
    });
    let head = hosted.project.git_run(&["rev-parse", "pull-7"]);

    let clone = hosted.project.clone_of_remote("act-pull", &[]);
    clone.git_run(&["fetch", "--quiet", "origin", "refs/pull/7/head"]);
    clone.git_run(&["checkout", "--quiet", "-B", "pull-7", "FETCH_HEAD"]);
    let event = json!({"pull_request": {"number": 7, "title": "$(touch owned)", "head": {"sha": head, "ref": "pull-7", "repo": {"full_name": REPOSITORY}}, "base": {"ref": "main"}}});
    let Some(run) = act(&hosted, &clone, &["pull_request", "-W", ".github/workflows/plan.yml"], &event)
    else {
        return;
    };
    run.expect(0).never_says("AAE-secret");
    let comments = hosted.hub.comments(7);
    assert!(comments.len() == 1 && comments[0].contains("+ Shown."), "{comments:#?}");

    hosted.merge(7, Merge::Squash);
    let main = |name: &str| hosted.project.clone_of_remote(name, &[]);
    let apply = ["-W", ".github/workflows/apply.yml"];
    let of = |event: &'static str| [&[event][..], &apply].concat();
    act(&hosted, &main("act-push"), &of("push"), &json!({"ref": "refs/heads/main"}))
        .unwrap()
        .expect(0)
        .never_says("AAE-secret");
    assert_eq!(hosted.project.texts(), ["Shown.", "Beta."]);
    assert!(hosted.hub.comments(7)[1].contains("https://t.me/sandbox/"));

    // Nobody pushes: what waited is published by the schedule.
    hosted.project.server().advance(700);
    act(&hosted, &main("act-schedule"), &of("schedule"), &json!({})).unwrap().expect(0);
    assert_eq!(hosted.project.texts(), ["Shown.", "Beta.", "Later."]);
    act(&hosted, &main("act-again"), &of("schedule"), &json!({})).unwrap().expect(0);
    assert_eq!(hosted.project.texts().len(), 3);

    // At night: what somebody deleted is told by an issue, fails the job, and is put back.
    let first = hosted.project.ids()[0];
    hosted.project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": first}));
    let nightly = ["schedule", "-W", ".github/workflows/nightly.yml"];
    act(&hosted, &main("act-night"), &nightly, &json!({})).unwrap().expect(1).says("has no mirror");
    assert_eq!(hosted.project.texts(), ["Beta.", "Later.", "Shown."]);
    assert_eq!(hosted.hub.issues()[0]["state"], "open");
    act(&hosted, &main("act-next-night"), &nightly, &json!({})).unwrap().expect(0);
    assert_eq!(hosted.hub.issues()[0]["state"], "closed");
    // By hand: nobody holds anything.
    let inputs = json!({"inputs": {"command": "unlock"}});
    let by_hand = of("workflow_dispatch");
    act(&hosted, &main("act-unlock"), &by_hand, &inputs)
        .unwrap()
        .expect(0)
        .says("no run has a journal in git");
}
