//! Runs on a schedule: when they are, what they pull, what they tell. Time is the sandbox's, so days go by at once.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;

use serde_json::json;
use tgsync::ids::Timestamp;

use super::support::{Project, Serving};

/// Let it be this time.
fn at(project: &Project, moment: &str) {
    let wanted: Timestamp = moment.parse().unwrap();
    let now = project.server().now_ms();
    project.server().advance((wanted.as_millisecond() - now) / 1000);
}

fn log_of(project: &Project, day: &str) -> String {
    fs::read_to_string(project.folder().join(format!("logs/tgsync_{day}.log"))).unwrap()
}

const EVERY_NIGHT: &[&str] = &["--cron", "0 3 * * *", "--timezone", "Europe/Kyiv"];

#[test]
fn three_in_the_morning_comes_once_a_day() {
    for (evening, days, last) in [
        (
            "2026-03-28T20:00:00Z",
            [
                ("20260329", "2026-03-29T04:00:0"),
                ("20260330", "2026-03-30T03:00:0"),
                ("20260331", "2026-03-31T03:00:0"),
            ],
            "20260401",
        ),
        (
            "2026-10-24T20:00:00Z",
            [
                ("20261025", "2026-10-25T03:00:0"),
                ("20261026", "2026-10-26T03:00:0"),
                ("20261027", "2026-10-27T03:00:0"),
            ],
            "20261028",
        ),
    ] {
        let project = Project::new().post("a.md", "Alpha.").git();
        project.put("b.md", &format!("publish_at: {}T01:30:00Z", &days[1].1[..10]), "Beta.");
        at(&project, evening);
        let mut serving = Serving::start(&project, EVERY_NIGHT);
        let over = project.folder().join(format!("logs/tgsync_{last}.log"));
        serving.until(|_| over.exists());
        assert_eq!(serving.end(), Some(0));
        for (day, begin) in days {
            let log = log_of(&project, day);
            let runs: Vec<&str> = log.lines().filter(|line| line.contains("run begins")).collect();
            assert_eq!(runs.len(), 1, "{log}");
            assert!(runs[0].starts_with(begin), "{log}");
        }
        assert_eq!(project.texts(), ["Alpha.", "Beta."]);
        assert!(log_of(&project, days[1].0).contains("Plan: 0 to send"));
        let sent = log_of(&project, days[2].0);
        assert!(
            sent.contains(r#"done post="b" to="news" verb="send" reason="new" url="https://t.me/sandbox/3""#),
            "{sent}"
        );
    }
}

#[test]
fn the_next_run_is_told_with_its_zone() {
    let project = Project::new().config("timezone: Europe/Kyiv\ntargets: {news: {chat: \"@sandbox\"}}\n");
    at(&project, "2026-03-28T20:00:00Z");
    let mut serving = Serving::start(&project, &["--cron", "0 3 * * *"]);
    serving.says("next run: 2026-03-29 04:00:00 +03:00 (Europe/Kyiv)");
    serving.says("next run: 2026-03-30 03:00:00 +03:00 (Europe/Kyiv)");
}

#[test]
fn a_period_begins_at_once() {
    let project = Project::new().post("a.md", "Alpha.");
    at(&project, "2026-03-28T20:00:00Z");
    let mut serving = Serving::start(&project, &["--every", "24h"]);
    serving.says("next run: 2026-03-28 20:00:0");
    serving.says("next run: 2026-03-29 20:00:0");
    serving.says("next run: 2026-03-30 20:00:0");
    assert_eq!(project.texts(), ["Alpha."]);

    // In real time, which is a little later each time that it is asked.
    let project = Project::new().post("a.md", "Alpha.").without_env("TGSYNC_CLOCK");
    let mut serving = Serving::start(&project, &["--every", "24h"]);
    serving.says("run ended with exit code 0");
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn what_is_due_in_a_long_run_is_done_once_after_it() {
    let project = Project::new().post("a.md", "Alpha.");
    at(&project, "2026-03-28T20:00:00Z");
    // Told to wait for ten minutes, in which ten more runs fall due.
    project.fault(json!({"method": "sendMessage", "kind": "too_many_requests", "retry_after": 600}));
    let mut serving = Serving::start(&project, &["--every", "1m"]);
    serving.says("next run: 2026-03-28 20:11:0");
    let log = serving.log();
    let due: Vec<&str> = log.lines().filter_map(|line| line.split("next run: ").nth(1)).take(3).collect();
    for (due, begin) in due.iter().zip(["2026-03-28 20:00:0", "2026-03-28 20:01:0", "2026-03-28 20:11:0"]) {
        assert!(due.starts_with(begin), "{log}");
    }
    assert_eq!(project.texts(), ["Alpha."]);
}

#[test]
fn what_was_pushed_is_pulled() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    let other = project.clone_of_remote("other", &[]);
    let mut serving = Serving::start(&project, &["--every", "1h"]);
    serving.until(|_| project.texts() == ["Alpha."]);
    let push = |other: &Project, body: &str| {
        other.put("b.md", "", body);
        other.commit(body);
        while !other.git_try(&["push", "--quiet"]).0 {
            other.git_run(&["pull", "--quiet", "--rebase"]);
        }
    };
    push(&other, "Beta.");
    serving.until(|_| project.texts() == ["Alpha.", "Beta."]);

    // Somebody's work is in the way: it stays, and nothing is applied.
    serving.says_again("run ended with exit code 0");
    project.put("b.md", "", "Beta, mine.");
    serving.until(|_| project.texts() == ["Alpha.", "Beta, mine."]);
    serving.says_again("run ended with exit code 0");
    push(&other, "Beta, theirs.");
    serving.says_again("what is on disk may be stale: this checkout can't follow `origin/main`");
    serving.says_again("run ended with exit code 1");
    assert!(project.read("content/b.md").contains("Beta, mine."));
    assert_eq!(project.texts(), ["Alpha.", "Beta, mine."]);
    project.put("b.md", "", "Beta.");
    serving.until(|_| project.texts() == ["Alpha.", "Beta, theirs."]);

    // A remote that is away.
    fs::rename(project.remote(), project.folder().join("away")).unwrap();
    project.put("a.md", "", "Alpha, stale.");
    serving.says_again("nothing was applied, what is on disk may be stale: `origin` can't be opened");
    serving.says_again("run ended with exit code 1");
    assert_eq!(project.texts(), ["Alpha.", "Beta, theirs."]);
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn a_lock_that_was_not_pushed_is_joined_with_what_others_pushed() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    let other = project.clone_of_remote("other", &[]);
    project.apply_with(&["--no-push"]).expect(0);
    other.put("b.md", "", "Beta.");
    other.commit("beta");
    other.git_run(&["push", "--quiet"]);
    let mut serving = Serving::start(&project, &["--every", "1h"]);
    serving.until(|_| project.texts() == ["Alpha.", "Beta."]);
    serving.says_again("run ended with exit code 0");
    drop(serving);
    assert_eq!(project.git_run(&["status", "--porcelain"]), "");
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), project.git_run(&["rev-parse", "origin/main"]));

    // Work of a person that was not pushed is not ours to push.
    project.put("a.md", "", "Alpha two.");
    project.commit("mine");
    other.git_run(&["pull", "--quiet", "--rebase"]);
    other.put("b.md", "", "Beta two.");
    other.commit("theirs");
    other.git_run(&["push", "--quiet"]);
    let mut serving = Serving::start(&project, &["--every", "1h"]);
    serving.says("this branch and `origin/main` have grown apart");
    assert_eq!(project.texts(), ["Alpha.", "Beta."]);
}

#[test]
fn a_shallow_clone_follows_too() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    project.commit("second");
    project.git_run(&["push", "--quiet"]);
    let shallow = project.clone_of_remote("shallow", &["--depth", "1"]);
    let mut serving = Serving::start(&shallow, &["--every", "1h"]);
    serving.until(|_| project.texts() == ["Alpha."]);
    serving.says_again("run ended with exit code 0");
    project.git_run(&["pull", "--quiet"]);
    project.put("b.md", "", "Beta.");
    project.commit("third");
    project.git_run(&["push", "--quiet"]);
    serving.until(|_| project.texts() == ["Alpha.", "Beta."]);
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn a_bad_run_ends_nothing_and_is_told_over_http() {
    let project = Project::new().post("a.md", "Alpha.");
    let mut serving = Serving::start(&project, &["--every", "1h", "--listen", "127.0.0.1:0"]);
    serving.says("health and metrics: ");
    let log = serving.log();
    let url = log.split("health and metrics: ").nth(1).unwrap().split("/healthz").next().unwrap().to_owned();
    let get = |path: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{url}{path}")).send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    };
    serving.says_again("run ended with exit code 0");
    serving.until(|_| get("/healthz").0 == 200);
    project.write("content/b.md", "broken");
    serving.says_again("run ended with exit code 3");
    serving.until(|_| get("/healthz").0 == 503);
    let (_, line) = get("/healthz");
    assert!(line.ends_with("had exit code 3\n"), "{line}");
    let (status, metrics) = get("/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("tgsync_runs_total{exit_code=\"3\"} "), "{metrics}");
    assert!(metrics.contains("tgsync_last_run_exit_code 3\n"), "{metrics}");
    // A config that is broken is no end either.
    let config = project.read("tgsync.yaml");
    project.write("tgsync.yaml", "targets: 3");
    serving.says("`tgsync.yaml` is not valid");
    project.write("tgsync.yaml", config);
    project.remove("content/b.md");
    serving.until(|_| get("/healthz").0 == 200);
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn media_and_sources_are_mirrored() {
    let project = Project::new()
        .config("targets: {news: {chat: \"@sandbox\"}}\nmirror: {folder: store, sources: [{path: ../inbox, prefix: inbox}]}\n")
        .post("a.md", "Alpha.");
    project.write("content/a/slides.pdf", "%PDF");
    project.write("../inbox/film.mkv", "film");
    let mut serving = Serving::start(&project, &["--every", "1h"]);
    serving.until(|_| project.exists("store/a/slides.pdf") && project.exists("store/inbox/film.mkv"));
    serving.says_again("run ended with exit code 0");
}

#[test]
fn what_two_steps_of_a_run_meet_is_told_once() {
    let project = Project::new()
        .config("targets: {news: {chat: \"@sandbox\"}}\nmirror: {folder: store}\n")
        .post("a.md", "Alpha.");
    project.write("content/a/slides.pdf", "%PDF");
    project.write("store/a", "in the way");
    let mut serving = Serving::start(&project, &["--every", "1h"]);
    serving.says_again("run ended with exit code 1");
    let log = serving.log();
    let first = log.split("run ended").next().unwrap();
    assert_eq!(first.matches("failed: `a/slides.pdf`").count(), 1, "{log}");
    // The next run has to say so again.
    serving.says_again("failed: `a/slides.pdf`");
    assert_eq!(project.texts(), Vec::<String>::new(), "nothing is sent before its files");
}

#[test]
fn a_schedule_that_can_not_be_followed_is_refused() {
    let project = Project::new();
    let run = |args: &[&str]| project.run(&[&["serve"], args].concat());
    run(&[]).expect(64).says("--cron <CRON>|--every <TIME>");
    run(&["--every", "1h", "--cron", "0 3 * * *"]).expect(64);
    run(&["--every", "0s"]).expect(64).says("write a time such as `24h`");
    run(&["--cron", "0 3 * *"]).expect(64).says("`0 3 * *` is no cron expression: it has 4 of the 5 fields");
    run(&["--cron", "0 3 * * *", "--timezone", "Kyiv"]).expect(64).says("such as `Europe/Kyiv`");
    let remote = Project::new().git_with_remote();
    remote.git_run(&["remote", "set-url", "origin", "git@example.org:a/b.git"]);
    remote.run(&["serve", "--every", "1h"]).expect(1).says("can't be pulled from").says("`--no-pull`");
    run(&["--every", "1h", "--listen", "192.0.2.1:80"]).expect(1).says("can't listen at 192.0.2.1:80");
}
