//! The token is nowhere: not in what is said, not in what is written.
#![expect(clippy::disallowed_methods, reason = "tests look at files by hand")]

use std::fs;
use std::path::Path;

use serde_json::json;

use super::support::{FOREIGN_TOKEN, Project, TOKEN};

/// Every file below a folder, the sandbox's own excepted.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
}

#[track_caller]
fn assert_clean(what: &str, text: &[u8]) {
    for token in [TOKEN, FOREIGN_TOKEN] {
        let (id, secret) = token.split_once(':').unwrap();
        for piece in [secret, &secret[..20], &format!("{id}%3A")] {
            let found = text.windows(piece.len()).any(|window| window == piece.as_bytes());
            assert!(!found, "{what} holds the token:\n{}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn the_token_is_nowhere() {
    let project = Project::new().post("a.md", "Alpha.").post("b.md", "Beta.").git_with_remote();
    let mut said = Vec::new();
    let mut run = |project: &Project, args: &[&str]| {
        // The folder of logs is among what is looked at in the end.
        for more in [
            &[] as &[&str],
            &["--verbose", "--log-dir", "../logs"],
            &["--verbose", "--log-dir", "../logs", "--log-format", "json"],
        ] {
            let run = project.run(&[args, more].concat());
            said.push((format!("{args:?} {more:?}"), run.all()));
        }
    };
    let faults = ["server_error", "bad_gateway", "drop_before", "drop_after", "truncate"];
    run(&project, &["plan"]);
    for method in ["getMe", "getChat", "getChatMember"] {
        for kind in faults {
            project.fault(json!({"method": method, "kind": kind, "times": 3}));
            run(&project, &["apply", "--yes"]);
        }
    }
    run(&project, &["apply", "--yes"]);
    for kind in faults {
        project.put("a.md", "", &format!("Alpha {kind}."));
        project.fault(json!({"method": "editMessageText", "kind": kind, "times": 4}));
        run(&project, &["apply", "--yes"]);
        project.put("c.md", "", &format!("Gamma {kind}."));
        project.fault(json!({"method": "sendMessage", "kind": kind}));
        run(&project, &["apply", "--yes"]);
        run(&project, &["status"]);
        run(&project, &["resolve", "c", "--not-sent"]);
        run(&project, &["state", "forget", "c"]);
    }
    project.fault(json!({"kind": "hang", "method": "editMessageText"}));
    project.put("a.md", "", "Alpha hangs.");
    project.server().forget_requests();
    let killed = project.kill_after_calls(1, &["apply", "--yes", "--verbose"]);
    for args in [
        &["apply", "--yes"] as &[&str],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["state", "rebind", "news"],
        &["explain", "a"],
        &["where", "2"],
    ] {
        run(&project, args);
    }
    // Wrong ones are secrets too; one that is no token at all may be a mistyped one.
    let project = project.env("TELEGRAM_BOT_TOKEN", FOREIGN_TOKEN);
    run(&project, &["apply", "--yes"]);
    let quoted = format!("\"{TOKEN}\"");
    let project = project.env("TELEGRAM_BOT_TOKEN", &quoted);
    run(&project, &["apply", "--yes"]);
    let project = project
        .env("TELEGRAM_BOT_TOKEN", TOKEN)
        .env("TGSYNC_API_URL", "http://127.0.0.1:1")
        .without_env("TGSYNC_CLOCK");
    run(&project, &["apply", "--yes"]);
    run(&project, &["doctor"]);
    // A secret in the config is refused without being repeated.
    let project =
        project.config(&format!("targets:\n  news: {{chat: \"@sandbox\", token_env: \"{TOKEN}\"}}\n"));
    run(&project, &["check"]);
    let project = project.config(&format!("targets:\n  news: {{chat: \"@sandbox\", token: \"{TOKEN}\"}}\n"));
    run(&project, &["check"]);
    project.remove("tgsync.yaml");

    for (what, text) in said {
        assert_clean(&what, text.as_bytes());
        assert!(!text.contains("panicked"), "{what}: {text}");
    }
    assert_clean("a killed run", killed.out.as_bytes());
    assert_clean("a killed run", killed.err.as_bytes());
    let mut found = Vec::new();
    files(project.folder(), &mut found);
    assert!(found.iter().any(|(name, _)| name.ends_with("journal.jsonl")));
    assert!(found.iter().any(|(name, log)| name.contains("logs/tgsync_") && !log.is_empty()));
    for (name, bytes) in found {
        assert_clean(&name, &bytes);
    }
    // Git packs what it keeps; look at it unpacked.
    assert_clean("git", project.git_run(&["log", "-p", "--all"]).as_bytes());
}

#[test]
fn a_token_may_come_from_a_file() {
    let project = Project::new().post("a.md", "Alpha.").without_env("TELEGRAM_BOT_TOKEN");
    project.write("../token", format!("{TOKEN}\n"));
    let file = project.folder().join("token").display().to_string();
    let project = project.env("TELEGRAM_BOT_TOKEN_FILE", &file);
    project.apply().expect(0);
    let project = project.env("TELEGRAM_BOT_TOKEN", TOKEN);
    project.apply().expect(0);
    project.put("a.md", "", "Alpha two.");
    project.apply().expect(1).says("both `TELEGRAM_BOT_TOKEN`");
    let project = project.env("TELEGRAM_BOT_TOKEN", "").env("TELEGRAM_BOT_TOKEN_FILE", "/nowhere/at/all");
    project.apply().expect(1).says("/nowhere/at/all");
}
