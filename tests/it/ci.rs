//! `docs/ci.md`, followed: its GitLab jobs, its crontab and its commands, with a remote over HTTP where one is meant.
#![expect(clippy::disallowed_methods, reason = "a document is read, secrets are put into files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::support::git_server::{GitServer, Rules};
use super::support::hosted::shell;
use super::support::{Project, Run, TOKEN, trip};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md")).unwrap()
}

/// The first fenced block of a section.
fn block(section: &str) -> String {
    let document = document();
    let section = document.split("\n## ").find(|text| text.starts_with(section)).unwrap();
    let fenced = section.split("```").nth(1).unwrap();
    fenced.split_once('\n').unwrap().1.to_owned()
}

/// A script as a runner has it carried out.
fn script(project: &Project, lines: &str, env: &BTreeMap<&str, String>) -> Run {
    let mut bash = shell(project);
    Run::of(bash.envs(env).args(["-e", "-o", "pipefail", "-c", lines]))
}

#[test]
fn the_jobs_for_gitlab_do_what_they_say() {
    let gitlab: serde_yaml::Value = serde_yaml::from_str(&block("GitLab")).unwrap();
    let job = |name: &str| -> String {
        let lines = gitlab[name]["script"].as_sequence().unwrap();
        lines.iter().map(|line| line.as_str().unwrap().to_owned() + "\n").collect()
    };
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    // `tgsync:glpat-0123`
    let authorization = "Basic dGdzeW5jOmdscGF0LTAxMjM=".to_owned();
    let server = GitServer::start(project.folder(), Rules { authorization, ..Rules::default() });
    let host = server.url("").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let env = BTreeMap::from([
        ("CI", "true".to_owned()),
        ("CI_COMMIT_BRANCH", "main".to_owned()),
        ("CI_PROJECT_PATH", "remote".to_owned()),
        ("CI_SERVER_HOST", host),
        ("TGSYNC_PUSH_TOKEN", "glpat-0123".to_owned()),
    ]);
    let checkout = |name: &str, at: &str| {
        let clone = project.clone_of_remote(name, &[]);
        clone.git_run(&["checkout", "--quiet", "--detach", at]);
        clone
    };

    let request = checkout("merge-request", "origin/main").without_env("TELEGRAM_BOT_TOKEN");
    script(&request, &job("plan"), &env).expect(0).says("Alpha.");
    for artifact in gitlab["plan"]["artifacts"]["paths"].as_sequence().unwrap() {
        assert!(request.exists(artifact.as_str().unwrap()), "{artifact:?}");
    }

    let publish = job("apply").replace("https://", "http://");
    let first = checkout("pipeline-1", "origin/main");
    script(&first, &publish, &env).expect(0).never_says("glpat-0123");
    assert_eq!(project.texts(), ["Alpha."]);
    for artifact in gitlab["apply"]["artifacts"]["paths"].as_sequence().unwrap() {
        assert!(first.exists(artifact.as_str().unwrap()), "{artifact:?}");
    }
    assert!(server.pushes() >= 2, "the journal and the lock came with the token that may push");
    // The pipeline that the commit of the lock starts.
    script(&checkout("pipeline-2", "origin/main"), &publish, &env).expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
}

#[test]
fn the_crontab_publishes_and_mirrors() {
    let project = trip::in_folder().git_with_remote();
    let server = project.clone_of_remote("channel", &[]).without_env("TELEGRAM_BOT_TOKEN");
    let file = project.folder().join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let env = BTreeMap::from([("TELEGRAM_BOT_TOKEN_FILE", file.display().to_string())]);
    let crontab = block("cron");
    let lines: Vec<&str> = crontab.lines().filter(|line| line.contains(" * * * ")).collect();
    assert_eq!(lines.len(), 2, "{crontab}");
    let run = |line: &str| {
        let command = line.splitn(6, ' ').nth(5).unwrap();
        let command = command.replace("/srv/channel", server.path("").to_str().unwrap());
        script(&server, &command, &env).expect(0);
    };
    run(lines[0]);
    assert_eq!(project.texts().len(), 1);
    project.git_run(&["pull", "--quiet"]);
    project.put("b.md", "", "Beta.");
    project.commit("a post");
    project.git_run(&["push", "--quiet"]);
    run(lines[0]);
    run(lines[1]);
    run(lines[0]);
    assert_eq!(project.texts().len(), 2);
    assert!(server.exists("mirror/trip/cover.jpg"));
}

#[test]
fn a_plan_that_was_kept_is_the_one_that_is_applied() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    let env = BTreeMap::new();
    let typed = block("Approval");
    let typed: Vec<&str> = typed
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect();
    let [plan, apply] = typed.as_slice() else { panic!("{typed:?}") };
    script(&project, plan, &env).expect(0);
    project.put("a.md", "", "Other.");
    script(&project, apply, &env).expect(5);
    project.put("a.md", "", "Alpha.");
    script(&project, apply, &env).expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
}
