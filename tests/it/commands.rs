//! Every other command, as a user meets it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::support::{Project, Run, chat};

fn published() -> Project {
    let project = Project::new().post("a.md", "Alpha. See [b](post:b).").post("b.md", "Beta.").git();
    project.apply().expect(0);
    project.server().forget_requests();
    project
}

#[track_caller]
fn assert_valid(project: &Project, schema: &str, instance: &Value) {
    let schema = project.run(&["schema", schema]).expect(0).json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{instance:#}");
}

#[test]
fn a_hold_stops_everything_until_it_is_released() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    project.put("c.md", "", "Gamma.");
    project.run(&["hold"]).expect(0).says("everything held");
    assert_eq!(project.git_run(&["log", "-1", "--format=%s"]), "tgsync: hold everything");
    project.plan().expect(0).says("! a").says("held");
    project.run(&["status"]).expect(0).says("held: everything");
    project.apply().expect(5).says("tgsync release");
    assert_eq!(project.report()["failure_reason"], "locked");
    assert_eq!(project.methods(), [""; 0]);
    project.run(&["release"]).expect(0);
    project.apply().expect(0);
    project.settled();
}

#[test]
fn a_hold_of_one_post_lets_the_others_go_and_keeps_the_approval() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    project.put("c.md", "pin: true", "Gamma.");
    project.put("d.md", "", "Delta. See [c](post:c).");
    let id = project.plan_id();
    project.run(&["hold", "c"]).expect(0);
    assert_eq!(project.plan_id(), id, "a hold changes when, not what");
    project.apply_with(&["--expect-plan", &id]).expect(5).says("2 done");
    assert_eq!(project.texts(), ["Alpha two.", "Beta.", "Delta. See c."]);
    project.run(&["release", "c"]).expect(0);
    project.apply_with(&["--expect-plan", &id]).expect(0);
    assert_eq!(project.texts(), ["Alpha two.", "Beta.", "Delta. See c.", "Gamma."]);
    project.settled();
}

#[test]
fn where_a_message_comes_from() {
    let project = published();
    let id = project.ids()[1].to_string();
    for link in [id.clone(), format!("https://t.me/sandbox/{id}"), format!("t.me/Sandbox/{id}?single")] {
        let out = project.run(&["where", &link]).expect(0).out;
        assert!(out.starts_with("news  b  content/b.md  blob "), "{out}");
    }
    project.run(&["where", "https://t.me/elsewhere/2"]).expect(1);
    project.run(&["where", "99"]).expect(1).says("no post of the lock is message 99");
    project.run(&["where", "not a link"]).expect(64);
}

#[test]
fn the_state_can_be_looked_at() {
    let project = published();
    let ids = project.ids();
    let out = project.run(&["state", "list"]).expect(0).out;
    assert_eq!(out, format!("news  a  {}  content/a.md\nnews  b  {}  content/b.md\n", ids[0], ids[1]));
    let shown = project.run(&["state", "show", "a"]).expect(0).json();
    assert_eq!(shown["news"]["parts"][0]["ids"], json!([ids[0]]));
    project.run(&["state", "show", "aa"]).expect(64).says("did you mean `a`?");
    project.run(&["status"]).expect(0).says("news: 2 posts, chat -1001000000001");
}

#[test]
fn a_record_can_be_moved_and_forgotten() {
    let project = published();
    project.run(&["state", "mv", "b", "z"]).expect(0).says("nothing was sent");
    assert_eq!(project.git_run(&["log", "-1", "--format=%s"]), "tgsync: b is z");
    project.remove("content/b.md");
    project.put("z.md", "", "Beta.");
    project.put("a.md", "", "Alpha. See [b](post:z).");
    let ids = project.ids();
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.ids(), ids);
    project.run(&["state", "mv", "a", "z"]).expect(5).says("has a record of `z` already");
    project.run(&["state", "mv", "nobody", "x"]).expect(64);
    project.run(&["state", "forget", "z"]).expect(0).says("message 3 stays");
    project.remove("content/z.md");
    project.put("a.md", "", "Alpha.");
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.texts(), ["Alpha.", "Beta."], "what is not tracked is not touched");
    project.settled();
}

#[test]
fn a_replaced_bot_or_chat_is_accepted_by_rebind() {
    let project = published().env("TELEGRAM_BOT_TOKEN", super::support::FOREIGN_TOKEN);
    project.put("b.md", "", "Beta two.");
    project.apply().expect(5).says("the bot is 654321");
    project.run(&["state", "rebind", "news"]).expect(0).says("bot 654321");
    let project = project.config("targets: {news: {chat: \"@sandbox_strict\"}}\n");
    project.apply().expect(5).says("rebind");
    let project = project.config("targets: {news: {chat: -1001000000002}}\n");
    project.plan().expect(5).says("the chat is -1001000000002").says("tgsync state rebind news");
    project.run(&["state", "rebind", "news"]).expect(0).says("2 records of the old chat dropped");
    project.apply().expect(0);
    assert_eq!(project.server().texts(chat::STRICT), ["Alpha. See b.", "Beta two."]);
    assert_eq!(project.texts(), ["Alpha. See b.", "Beta."]);
    project.run(&["state", "rebind", "nobody"]).expect(64);
}

#[test]
fn init_new_check_and_the_first_apply() {
    let project = Project::new();
    project.remove("tgsync.yaml");
    std::fs::remove_dir(project.path("content")).unwrap();
    project.git_run(&["init", "--quiet", "--initial-branch=main"]);
    project.run(&["plan"]).expect(3).says("tgsync init");
    project.run(&["init", "--chat", "@sandbox"]).expect(0);
    for file in ["tgsync.yaml", "content/welcome.md", ".gitignore", ".gitattributes"] {
        assert!(project.exists(file), "{file}");
    }
    let before = project.read("tgsync.yaml");
    project.run(&["init", "--chat", "@other"]).expect(0).says("is there already");
    assert_eq!(project.read("tgsync.yaml"), before);
    assert_eq!(project.read(".gitignore").matches(".tgsync/").count(), 1);
    let out = project.run(&["new", "Ein schöner Tag: \"Grüße\" & mehr"]).expect(0).out;
    assert!(project.exists(out.trim()), "{out}");
    project.run(&["new", "Ein schöner Tag: \"Grüße\" & mehr"]).expect(64).says("is taken by");
    project.run(&["new", "???"]).expect(64).says("--slug");
    project.write("content/2026/Great News.md", "---\ntitle: x\n---\n\nText.\n");
    project.write("content/great-news.md", "Nothing but text.\n");
    project.run(&["check"]).expect(3).says("content/2026/Great News.md").says("--fix");
    project.run(&["check", "--fix"]).expect(0).says("slug `great-news").says("4 posts, 0 errors");
    project.commit("posts");
    project.plan().expect(0).says("4 to send");
    project.apply().expect(0);
    project.settled();
}

#[test]
fn render_in_three_forms() {
    let project = published();
    let id = project.ids()[1];
    let html = project.run(&["render", "a"]).expect(0).out;
    assert_eq!(html, format!("Alpha. See <a href=\"https://t.me/sandbox/{id}\">b</a>.\n"));
    let text = project.run(&["render", "a", "--format", "text"]).expect(0).out;
    assert_eq!(text, "Alpha. See b <post:b>.\n");
    let json = project.run(&["render", "a", "--format", "json"]).expect(0).json();
    assert_eq!(json[0]["payload"]["html"], html.trim_end());
    project.run(&["render", "aa"]).expect(64).says("did you mean `a`?");
}

#[test]
fn explain_a_post_and_a_code() {
    let project = published();
    project.run(&["explain", "a"]).expect(0).says("No change: `a` is as the content says.").says("same");
    project.put("a.md", "", "Alpha two.");
    project.run(&["explain", "a"]).expect(0).says("differs").says("+ Alpha two.");
    project.put("c.md", "", "Gamma.");
    project.run(&["explain", "c"]).expect(0).says("1 to send");
    project.remove("content/b.md");
    project.put("a.md", "", "Alpha.");
    project.run(&["explain", "b"]).expect(0).says("news");
    let run = project.run(&["explain", "tg0201"]).expect(0);
    assert!(run.out.starts_with("TG0201: "), "{}", run.out);
    project.run(&["explain", "TG9999"]).expect(64).says("TG0201");
    project.run(&["explain", "nobody"]).expect(64);
}

#[test]
fn what_is_printed_fits_the_schemas() {
    let project = published();
    project.put("a.md", "pin: true", "Alpha two.");
    project.put("c.md", "publish_at: 2027-01-01T00:00:00Z", "Gamma.");
    project.put("d.md", "date: 2027-01-01", "Delta. [nowhere](nothing.pdf)");
    project.remove("content/b.md");
    assert_valid(&project, "plan", &project.plan_json(&["--prune"]));
    project.fault(json!({"method": "sendMessage", "kind": "drop_after"}));
    project.apply_with(&["--prune"]).expect(0);
    assert_valid(&project, "report", &project.report());
    assert_eq!(project.report()["settled"][0]["slug"], "d");
    project.apply().expect(0);
    project.put("e.md", "", "Epsilon.");
    project.lose(1, true);
    assert_valid(&project, "report", &project.report());
    assert_valid(&project, "lock", &project.lock());
    assert_valid(&project, "plan", &project.plan_json(&[]));
    project.run(&["hold", "c"]).expect(0);
    assert_valid(&project, "lock", &project.lock());
    let config: Value = serde_yaml::from_str(&project.read("tgsync.yaml")).unwrap();
    assert_valid(&project, "config", &config);
    for broken in [json!({}), json!({"targets": {"news": {"chat": 1, "surprise": 2}}})] {
        let schema = project.run(&["schema", "config"]).expect(0).json();
        assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&broken), "{broken}");
    }
    let front = project.run(&["schema", "front-matter"]).expect(0).json();
    assert!(jsonschema::validator_for(&front).unwrap().is_valid(&json!({"slug": "a", "pin": true})));
    project.run(&["schema", "nothing"]).expect(64);
}

#[test]
fn the_report_of_a_failure_fits_the_schema() {
    let project = published().without_env("TELEGRAM_BOT_TOKEN");
    project.put("a.md", "", "Alpha two.");
    project.apply().expect(1);
    assert_valid(&project, "report", &project.report());
    assert_eq!(project.report()["exit_code"], 1);
    project.write("content/b.md", "broken");
    project.apply().expect(3);
    assert_valid(&project, "report", &project.report());
    assert_eq!(project.report()["exit_code"], 3);
    project.apply_with(&["--report", "../elsewhere/report.json"]).expect(3);
    assert!(project.exists("../elsewhere/report.json"));
}

#[test]
fn completions_for_every_shell() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = project.run(&["completions", shell]).expect(0).out;
        assert!(out.contains("tgsync") && out.contains("rebind"), "{shell}: {out}");
    }
}

#[test]
fn wrong_usage_is_64() {
    let project = Project::new().post("a.md", "Alpha.");
    for args in [
        &["aply"] as &[&str],
        &["apply", "--yess"],
        &["apply", "--allow", "everything"],
        &["apply", "--expect-plan", "nonsense"],
        &["apply", "--expect-plan", "p1-0123456789abcdef", "saved.json"],
        &["apply", "--commit", "--no-commit"],
        &["plan", "--target", "nobody"],
        &["plan", "--target", "Not A Name"],
        &["plan", "--only", "[", "--format", "json"],
        &["render"],
        &["render", "Not A Slug"],
        &["plan", "--quiet", "--verbose"],
        &[],
    ] {
        let run = project.run(args).expect(64);
        assert!(!run.err.is_empty() && run.out.is_empty(), "{args:?}: {}", run.all());
    }
    for args in [&["--help"] as &[&str], &["--version"], &["apply", "--help"], &["state", "mv", "--help"]] {
        let run = project.run(args).expect(0);
        assert!(!run.out.is_empty() && run.err.is_empty(), "{args:?}: {}", run.all());
    }
    let project = project.env("TGSYNC_API_URL", "ftp://example.org");
    project.plan().expect(64).says("TGSYNC_API_URL");
    let project = project.env("TGSYNC_API_URL", "https://api.telegram.org").env("TGSYNC_CLOCK", "sandbox");
    project.plan().expect(64).says("TGSYNC_CLOCK");
}

#[test]
fn every_flag_has_a_twin_in_the_environment() {
    let project = published();
    project.remove("content/b.md");
    project.put("a.md", "", "Alpha.");
    let project = project.env("TGSYNC_PRUNE", "true").env("TGSYNC_YES", "1").env("TGSYNC_NO_COMMIT", "yes");
    let head = project.git_run(&["rev-parse", "HEAD"]);
    project.run(&["apply"]).expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), head);
    let project = project.env("TGSYNC_YES", "0");
    project.put("a.md", "", "Alpha two.");
    project.run(&["apply"]).expect(5);
    let project = project.env("TGSYNC_FORMAT", "json");
    project.plan().expect(0).json();
}

/// `apply` on a terminal, where somebody types `answer`; `None` without the `script` of util-linux.
fn typed(project: &Project, answer: &str) -> Option<(i32, String)> {
    let plain = project.command(&["apply"]);
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command"]).arg(format!("{} apply", env!("CARGO_BIN_EXE_tgsync")));
    command.arg("/dev/null").current_dir(plain.get_current_dir().unwrap()).env_clear();
    command.env("PATH", env!("PATH")).env("SHELL", "/bin/sh");
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    writeln!(child.stdin.take().unwrap(), "{answer}").unwrap();
    let output = child.wait_with_output().unwrap();
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn only_yes_is_taken_for_yes() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    for answer in ["no", "y", "YES", ""] {
        let Some((code, said)) = typed(&project, answer) else {
            return println!("skipped: there is no `script` to make a terminal with");
        };
        assert!(code == 5 && said.contains("declined: 0 applied"), "{answer}: {code} {said}");
        assert_eq!(project.methods(), [""; 0]);
        assert_eq!(project.report()["done"], serde_json::json!([]));
    }
    let (code, said) = typed(&project, "yes").unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("\u{1b}["), "colours on a terminal: {said}");
    assert_eq!(project.texts()[0], "Alpha two.");
    let (code, said) = typed(&project, "").unwrap();
    assert!(code == 0 && said.contains("No changes"), "nothing is asked where nothing is to be done: {said}");
}

#[test]
fn without_a_terminal_nothing_is_asked_and_nothing_done() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    let mut command = project.command(&["apply"]);
    let run = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(project.methods(), [""; 0]);
    let report = project.report();
    assert_eq!((&report["planned"], &report["done"]), (&json!(1), &json!([])));
    assert_eq!(report["skipped"][0]["why"], "there is no terminal to ask on");
}

#[test]
fn quiet_says_only_what_went_wrong() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    let run = project.apply_with(&["--quiet"]).expect(0);
    assert_eq!(run.all(), "");
    project.put("a.md", "date: 2030-01-01", "Alpha three.");
    assert_eq!(project.run(&["check", "--quiet"]).expect(0).all(), "");
    project.write("content/b.md", "broken");
    project.run(&["check", "--quiet"]).expect(3).says("content/b.md");
}

#[test]
fn the_log_is_json_where_that_is_wanted() {
    let project = published();
    project.put("a.md", "", "Alpha two.");
    let run = project.apply_with(&["--verbose", "--log-format", "json", "--quiet"]);
    drop(run);
    project.put("a.md", "", "Alpha three.");
    let run: Run = project.apply_with(&["--verbose", "--log-format", "json"]).expect(0);
    let lines: Vec<&str> = run.err.lines().filter(|line| line.starts_with('{')).collect();
    assert!(lines.iter().any(|line| line.contains("editMessageText")), "{}", run.err);
    for line in lines {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn check_writes_annotations_and_json() {
    let project = Project::new().post("a.md", "Alpha. [x](nothing.pdf)");
    project.write("content/b.md", "---\nslug: b\npin: perhaps\n---\nBeta.\n");
    let run = project.run(&["check", "--format", "github"]).expect(3);
    assert!(run.out.contains("::error file=content/b.md,line=3,"), "{}", run.out);
    assert!(run.out.contains("::warning file=content/a.md,line=5,"), "{}", run.out);
    let json = project.run(&["check", "--format", "json"]).expect(3).json();
    assert_eq!(json.as_array().unwrap().len(), 2, "{json:#}");
    project.remove("content/b.md");
    project.run(&["check"]).expect(0);
    project.run(&["check", "--strict"]).expect(3);
    project.run(&["plan", "--strict"]).expect(3);
    project.run(&["apply", "--yes", "--strict"]).expect(3);
    assert_eq!(project.methods(), [""; 0]);
    project.run(&["apply", "--yes"]).expect(0);
}

#[test]
fn plans_for_machines_and_pull_requests() {
    let project = published();
    project.put(
        "a.md",
        "title: \"| @all <b> `x`\"",
        "Alpha ``` two.\n\n<details><summary>s</summary>\n\nx\n\n</details>",
    );
    let markdown = project.run(&["plan", "--format", "markdown"]).expect(0).out;
    assert!(markdown.starts_with("### tgsync plan"), "{markdown}");
    assert!(!markdown.contains("@all"), "a mention: {markdown}");
    let github = project.run(&["plan", "--format", "github"]).expect(0).out;
    assert!(github.starts_with("::notice file=content/a.md,line=5,title=tgsync%3A edit a::"), "{github}");
    assert!(github.lines().all(|line| !line.starts_with("::") || line.starts_with("::notice ")), "{github}");
}
