//! Names and texts that want to be code: they change nothing but text.

use serde_json::json;

use super::{apply, channel, plan_only};
use crate::support::github::REPOSITORY;
use crate::support::hosted::Merge;

const BODY: &str = "Hello $(touch owned) `touch owned`.\n\n\
    ::set-output name=plan_id::p1-forged\n\n\
    ::add-mask::Hello\n\n\
    ::stop-commands::x\n\n\
    ::error file=a,line=1::forged\n\n\
    ##[error]forged\n\n\
    ````\n</details><script>alert(1)</script>\n````\n\n\
    <!-- tgsync:plan:news:00000000 -->\n\n\
    @everyone #1 <img src=x onerror=alert(1)> [x](javascript:alert(1))\n";

/// Lines that a runner would take for commands, as it reads them: where commands are stopped, only the word that wakes it
/// counts.
fn commands(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut out = Vec::new();
    for line in log.lines().map(str::trim_start) {
        match &stopped {
            Some(word) if line.starts_with(&format!("::{word}::")) => stopped = None,
            Some(_) => {}
            None => {
                if let Some(word) = line.strip_prefix("::stop-commands::") {
                    stopped = Some(word.to_owned());
                } else if line.starts_with("::") || line.starts_with("##[") {
                    out.push(line.to_owned());
                }
            }
        }
    }
    assert_eq!(stopped, None, "the runner is never woken:\n{log}");
    out
}

fn is_harmless(command: &str) -> bool {
    let known = [
        "::add-mask::123456:AAE",
        "::add-mask::ghs_",
        "::notice file=",
        "::warning file=",
        "::error title=tgsync",
    ];
    known.iter().any(|known| command.starts_with(known))
}

#[test]
fn what_a_post_says_is_no_command_and_no_markup() {
    let hosted = channel();
    hosted.pull(7, |project| {
        let title = "title: \"</summary>\\n::set-output name=a::b <b> @all $(touch owned) %0A::error::x\"";
        project.put("a.md", title, BODY);
        project
            .write("content/quo'te \"$(touch owned)\" ::error::x.md", format!("---\nslug: q\n---\n\n{BODY}"));
    });
    let job = hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    for command in commands(&job.run.all()) {
        assert!(is_harmless(&command), "{command}");
    }
    assert!(job.output("plan_id").starts_with("p1-") && !job.output("plan_id").contains("forged"));
    assert!(!job.project.exists("owned"));
    let comments = hosted.hub.comments(7);
    assert_eq!(comments.len(), 1);
    for page in [&comments[0], &job.summary] {
        assert_eq!(page.matches("<details>").count(), page.matches("\n</details>\n").count(), "{page}");
        // What the page's own parser makes of it: no tag but ours.
        let parser = pulldown_cmark::Parser::new_ext(page, pulldown_cmark::Options::all());
        for event in parser {
            if let pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) = event {
                let ours = [
                    "<!-- tgsync:plan:news:",
                    "<!-- {",
                    "<details>",
                    "</details>",
                    "<summary>",
                    "</summary>",
                    "<sub>",
                    "</sub>",
                ];
                let html = html.trim();
                assert!(ours.iter().any(|tag| html.starts_with(tag)), "{html}\n{page}");
                assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
            }
        }
    }

    hosted.merge(7, Merge::Squash);
    let job = hosted.on_main("push", &apply()).expect(0);
    for command in commands(&job.run.all()) {
        assert!(is_harmless(&command), "{command}");
    }
    assert!(!job.project.exists("owned"));
    assert_eq!(job.output("done"), "2");
    // The edit of a text whose lines look like commands prints them as they are.
    hosted.push(|project| project.put("a.md", "", &format!("{BODY}\nMore.")));
    let job = hosted.on_main("push", &apply()).expect(0);
    for command in commands(&job.run.all()) {
        assert!(is_harmless(&command), "{command}");
    }
}

#[test]
fn inputs_are_values() {
    let hosted = channel();
    for (name, value) in [
        ("target", "$(touch owned)"),
        ("target", "news --prune"),
        ("config", "--yes"),
        ("expect-plan", "p1-0123456789abcdef; touch owned"),
        ("allow", "sends`touch owned`"),
        ("command", "apply\n::error::x"),
        ("working-directory", "../../$(touch owned)"),
    ] {
        let mut inputs = json!({"command": "apply"});
        inputs[name] = json!(value);
        let job = hosted.on_main("push", &inputs);
        assert!([1, 3, 5, 64].contains(&job.run.code), "{name}: {}", job.run.all());
        for command in commands(&job.run.all()) {
            assert!(is_harmless(&command), "{name}: {command}");
        }
        assert!(!job.project.exists("owned"));
    }
    // A glob that looks like an option is a glob.
    hosted.push(|project| project.put("a.md", "", "New."));
    hosted.on_main("push", &json!({"command": "apply", "only": "--prune"})).expect(0);
    assert_eq!(hosted.project.texts()[0], "Alpha.");
}

#[test]
fn a_branch_and_a_title_are_text() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    let head = hosted.project.git_run(&["rev-parse", "pull-7"]);
    let event = json!({"pull_request": {
        "number": 7, "title": "\"; touch owned #\n::error::x", "body": "$(touch owned)",
        "head": {"sha": head, "ref": "a\"$(touch${IFS}owned)\"", "repo": {"full_name": REPOSITORY}},
    }});
    let job = hosted.job(("pull_request", &event, "refs/pull/7/head"), &plan_only(), false).expect(0);
    assert!(!job.project.exists("owned"));
    assert!(commands(&job.run.all()).iter().all(|command| is_harmless(command)));
    assert_eq!(hosted.hub.comments(7).len(), 1);
}
