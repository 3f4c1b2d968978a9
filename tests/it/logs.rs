//! Logs in files: a run can be read from them alone.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;

use serde_json::{Value, json};

use super::prose::settings;
use super::support::Project;

/// The one file that the runs of a test left.
fn log(project: &Project) -> String {
    let files: Vec<_> =
        fs::read_dir(project.path("logs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].file_name().unwrap(), "tgsync_20260101.log");
    fs::read_to_string(&files[0]).unwrap()
}

macro_rules! logged {
    ($project:expr, @$text:literal) => {{
        let mut settings = settings(&$project);
        settings.add_filter(r"2026-01-01T[0-9:.]+\+00:00", "TIME");
        settings.add_filter(env!("CARGO_PKG_VERSION"), "VERSION");
        settings.bind(|| insta::assert_snapshot!(log(&$project), @$text));
    }};
}

#[test]
fn a_run_can_be_read_from_its_log() {
    let project = Project::new().post("a.md", "Alpha.").post("b.md", "Beta [x](nothing.pdf).").git();
    project.fault(json!({"method": "sendMessage", "kind": "drop_after"}));
    project.apply_with(&["--log-dir", "logs"]).expect(0).says("settled: `a`");
    project.apply().expect(0);
    project.put("c.md", "", "Gamma.");
    project.lose(1, true);
    project.apply_with(&["--log-dir", "logs"]).expect(4).says("in doubt");
    project.run(&["resolve", "c", "--not-sent", "--log-dir", "logs"]).expect(0);
    project.apply_with(&["--log-dir", "logs", "--quiet"]).expect(0);
    project.write("content/d.md", "broken");
    project.run(&["plan", "--log-dir", "logs"]).expect(3);
    logged!(project, @r#"
    TIME  INFO started command="apply" version="VERSION"
    TIME  WARN `nothing.pdf` is neither a web address nor a post: the link is shown as its text code="TG0414" file="content/b.md" line=5 help="a web address begins with `https://`, a post ends in `.md`"
    TIME  INFO Plan: 2 to send, 0 to edit, 0 to delete (0 unchanged). ≈ 2 calls, ≈ 2 s, 2 notifications. plan="p1-…"
    TIME  INFO waiting: target `news`: what was sent without an answer may still arrive: for 120 s, until 2026-01-01T00:02:00Z
    TIME  INFO settled: `a` of news was sent: it is message 2  https://t.me/sandbox/2
    TIME  INFO   looked above message 0, below the marker 3
    TIME  INFO   message 1: of somebody else: the bot can't edit it
    TIME  INFO   message 2: ours: no update told of it, as of all that others post
    TIME  INFO done post="a" to="news" verb="send" reason="new" url="https://t.me/sandbox/2"
    TIME  INFO done post="b" to="news" verb="send" reason="new" url="https://t.me/sandbox/5"
    TIME  INFO done post="a" to="news" verb="edit" reason="made sure of after a doubt" url="https://t.me/sandbox/2"
    TIME  INFO Applied: 3 done, 0 skipped, 0 in doubt, 0 failed, 0 held.
    TIME  INFO Lock committed as ID.
    TIME  INFO ended exit_code=0
    TIME  INFO started command="apply" version="VERSION"
    TIME  WARN `nothing.pdf` is neither a web address nor a post: the link is shown as its text code="TG0414" file="content/b.md" line=5 help="a web address begins with `https://`, a post ends in `.md`"
    TIME  INFO warning: `content/c.md` is not committed; it is applied as on disk
    TIME  INFO Plan: 0 to send, 0 to edit, 0 to delete, 1 blocked (2 unchanged). ≈ 0 calls, ≈ 0 s, 0 notifications. plan="p1-…"
    TIME ERROR in doubt post="c" to="news" verb="blocked" reason="in doubt, new" why="sent at 2026-01-01T00:02:11Z with unknown fate, after message 5" help="look for it in the chat, then `tgsync resolve c --sent-as ID` or `--not-sent`"
    TIME ERROR ended exit_code=4
    TIME  INFO started command="resolve" version="VERSION"
    TIME  INFO Lock committed as ID.
    TIME  INFO `c` was not sent; the next apply sends it
    TIME  INFO ended exit_code=0
    TIME  INFO started command="apply" version="VERSION"
    TIME  WARN `nothing.pdf` is neither a web address nor a post: the link is shown as its text code="TG0414" file="content/b.md" line=5 help="a web address begins with `https://`, a post ends in `.md`"
    TIME  INFO warning: `content/c.md` is not committed; it is applied as on disk
    TIME  INFO Plan: 1 to send, 0 to edit, 0 to delete (2 unchanged). ≈ 1 call, ≈ 1 s, 1 notification. plan="p1-…"
    TIME  INFO done post="c" to="news" verb="send" reason="new" url="https://t.me/sandbox/9"
    TIME  INFO Applied: 1 done, 0 skipped, 0 in doubt, 0 failed, 0 held.
    TIME  INFO Lock committed as ID.
    TIME  INFO ended exit_code=0
    TIME  INFO started command="plan" version="VERSION"
    TIME  WARN `nothing.pdf` is neither a web address nor a post: the link is shown as its text code="TG0414" file="content/b.md" line=5 help="a web address begins with `https://`, a post ends in `.md`"
    TIME ERROR the file has no front matter code="TG0202" file="content/d.md" line=1 help="`tgsync check --fix` adds it, with a slug made from the file name"
    TIME ERROR 1 error in the content; nothing was planned help="mend it, or narrow the selection with `--only`"
    TIME ERROR ended exit_code=3
    "#);
}

#[test]
fn lines_of_json_are_all_there_is() {
    let project = Project::new().post("a.md", "Alpha.").git();
    let run = project.apply_with(&["--log-dir", "logs", "--log-format", "json"]).expect(0);
    let lines =
        |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    assert_eq!(lines(&run.err), lines(&log(&project)));
    let said = lines(&run.err);
    let find = |message: &str| said.iter().find(|line| line["message"] == message).unwrap();
    assert_eq!(find("started")["command"], "apply");
    assert_eq!(find("done")["url"], "https://t.me/sandbox/2");
    assert_eq!(find("ended")["exit_code"], 0);
    project.write("content/b.md", "broken");
    let run = project.apply_with(&["--log-format", "json", "--quiet"]).expect(3);
    let said = lines(&run.err);
    assert!(said.iter().any(|line| line["code"] == "TG0202" && line["file"] == "content/b.md"), "{said:#?}");
    assert!(
        said.iter().any(|line| line["help"].as_str().is_some_and(|help| help.contains("--only"))),
        "{said:#?}"
    );
}

#[test]
fn a_folder_that_can_not_be_logged_to_is_said() {
    let project = Project::new().post("a.md", "Alpha.");
    for format in ["text", "json"] {
        let run = project.run(&["plan", "--log-dir", "tgsync.yaml", "--log-format", format]).expect(1);
        run.says("can't log to `./tgsync.yaml`").says("`--log-dir` needs a folder");
    }
    project.run(&["plan", "--log-dir", "logs", "--log-keep", "36h"]).expect(64).says("whole days");
    project.run(&["plan", "--log-dir", "logs", "--log-keep", "0d"]).expect(64);
}
