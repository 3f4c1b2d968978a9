//! Hostile and broken files: a clear error each, and nothing lost.

use std::fmt::Write as _;

use super::support::Project;

/// A project with two posts in the channel.
fn published() -> Project {
    let project = Project::new().post("a.md", "Alpha.").post("b.md", "Beta.").git();
    project.apply().expect(0);
    project.server().forget_requests();
    project
}

/// `content/b.md` is broken: everything is refused with these words, and nothing is lost.
#[track_caller]
fn assert_refused(bytes: impl AsRef<[u8]>, words: &[&str]) {
    let project = published();
    project.write("content/b.md", bytes);
    for args in [&["check"] as &[&str], &["plan"], &["apply", "--yes", "--prune", "--allow", "deletes"]] {
        let mut run = project.run(args).expect(3).never_says("panicked");
        for word in words {
            run = run.says(word);
        }
        assert!(run.err.contains("= help:"), "no way on: {}", run.err);
    }
    assert_eq!(project.methods(), [""; 0]);
    project.put("b.md", "", "Beta.");
    project.settled();
}

#[test]
fn invalid_utf8() {
    assert_refused(b"---\nslug: b\n---\n\nBe\xfft\xe4a.\n", &["content/b.md:5", "UTF-8"]);
}

#[test]
fn utf16() {
    let text: Vec<u8> =
        "\u{feff}---\nslug: b\n---\nBeta.\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(text, &["content/b.md", "UTF-"]);
}

#[test]
fn no_front_matter() {
    assert_refused("# Beta\n\nText.\n", &["content/b.md:1", "front matter"]);
    assert_refused("", &["content/b.md"]);
}

#[test]
fn unclosed_front_matter() {
    assert_refused("---\nslug: b\n\nBeta.\n", &["content/b.md:1", "---"]);
}

#[test]
fn toml_front_matter() {
    assert_refused("+++\nslug = \"b\"\n+++\nBeta.\n", &["content/b.md:1", "TOML"]);
}

#[test]
fn duplicate_keys() {
    assert_refused("---\nslug: b\npin: true\npin: false\n---\nBeta.\n", &["content/b.md:4", "pin"]);
}

#[test]
fn unknown_keys_with_a_guess() {
    assert_refused("---\nslug: b\nbutons: []\n---\nBeta.\n", &["content/b.md:3", "`butons`", "buttons"]);
}

#[test]
fn duplicate_slugs() {
    assert_refused("---\nslug: a\n---\nBeta.\n", &["content/b.md:2", "content/a.md"]);
}

#[test]
fn bad_slugs() {
    for slug in ["B", "b c", "-b", "\"\"", "ü", &"x".repeat(81), "[b]", "1.5"] {
        assert_refused(format!("---\nslug: {slug}\n---\nBeta.\n"), &["content/b.md:2"]);
    }
}

#[test]
fn a_yaml_bomb() {
    let mut bomb = "---\nslug: b\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, before) in ('b'..='j').zip('a'..) {
        let of = format!("*{before}, ").repeat(9);
        let _ = writeln!(bomb, "{this}: &{this} [{}]", of.trim_end_matches(", "));
    }
    bomb.push_str("---\nBeta.\n");
    assert_refused(bomb, &["content/b.md:"]);
}

#[test]
fn deep_yaml() {
    let deep = format!("---\nslug: b\ntags: {}{}\n---\nBeta.\n", "[".repeat(5000), "]".repeat(5000));
    assert_refused(deep, &["content/b.md:"]);
}

#[test]
fn a_file_of_ten_megabytes() {
    let text = format!("---\nslug: b\n---\n\n{}\n", "All work and no play. ".repeat(480_000));
    assert_refused(text, &["content/b.md", "10560018", "1048576"]);
}

#[test]
fn a_text_that_is_too_long() {
    let text = format!("---\nslug: b\noverflow: error\n---\n\n{}\n", "All work and no play. ".repeat(200));
    assert_refused(text, &["content/b.md:", "4,399", "4,096"]);
}

#[test]
fn deep_markdown() {
    for (open, close) in [("> ", ""), ("- ", ""), ("*a **b ", ""), ("[", "](x)"), ("<b>", "</b>")] {
        let project = published();
        let text = format!("---\nslug: b\n---\n\n{}x{}\n", open.repeat(20_000), close.repeat(20_000));
        project.write("content/b.md", text);
        let run = project.plan().never_says("panicked");
        assert!(run.code == 3 || run.code == 0, "{open:?}: {}", &run.all()[..run.all().len().min(2000)]);
    }
}

#[test]
fn links_to_nothing() {
    assert_refused("---\nslug: b\n---\n\n[x](post:nobody)\n", &["content/b.md:5", "nobody"]);
    assert_refused("---\nslug: b\n---\n\n[[nobody]]\n", &["content/b.md:5", "nobody"]);
    assert_refused("---\nslug: b\n---\n\n[x](sub/nobody.md)\n", &["content/b.md:5", "sub/nobody.md"]);
    assert_refused("---\nslug: b\n---\n\n[x](../../../etc/passwd.md)\n", &["content/b.md:5"]);
    assert_refused("---\nslug: b\n---\n\n%%a private note%%\n", &["content/b.md:5"]);
}

#[test]
fn nothing_to_say() {
    for body in ["", "   \n\n", "<!-- a comment -->", "&nbsp;"] {
        assert_refused(format!("---\nslug: b\n---\n\n{body}\n"), &["content/b.md:"]);
    }
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let project = published();
    let text = "---\nslug: b\ntitle: x\n---\n\nBeta.\nStill *beta*.\n\n- one\n- two\n";
    project.write("content/b.md", text);
    project.apply().expect(0);
    for same in [
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        format!("\u{feff}{}", text.replace('\n', "\r\n")),
        text.trim_end().to_owned(),
    ] {
        project.write("content/b.md", same);
        project.settled();
    }
}

#[test]
fn links_on_disk_that_leave_the_root() {
    let project = published();
    project.write("../secret.md", "---\nslug: secret\n---\nA secret.\n");
    project.write("../outside/x.md", "---\nslug: x\n---\nOutside.\n");
    std::os::unix::fs::symlink("../../secret.md", project.path("content/secret.md")).unwrap();
    project.plan().expect(3).says("content/secret.md").never_says("A secret.");
    project.remove("content/secret.md");
    std::os::unix::fs::symlink("../../outside", project.path("content/outside")).unwrap();
    project.plan().expect(3).says("content/outside").never_says("Outside.");
    project.remove("content/outside");
    // Within the root a link is fine; one that goes in circles ends.
    std::os::unix::fs::symlink("../content", project.path("content/loop")).unwrap();
    let run = project.plan();
    assert!(run.code == 0 || run.code == 3, "{}", run.all());
    project.remove("content/loop");
    std::os::unix::fs::symlink("/nowhere", project.path("content/dangling.md")).unwrap();
    project.plan().expect(3).says("content/dangling.md");
    assert_eq!(project.methods(), [""; 0]);
}

#[test]
fn a_file_that_can_not_be_read() {
    let project = published();
    project.remove("content/b.md");
    std::fs::create_dir(project.path("content/b.md")).unwrap();
    project.put("b.md/index.md", "", "Beta.");
    let run = project.plan();
    assert!(run.code == 0 || run.code == 3, "{}", run.all());
    assert!(!run.all().contains("panicked"));
}

#[test]
fn what_is_hidden_or_ignored_is_not_read() {
    let project = published();
    project.write("content/.hidden.md", "broken");
    project.write("content/_draft/x.md", "broken");
    project.write("content/notes.txt", "not a post");
    project.write("content/ignored/x.md", "broken");
    project.write(".gitignore", ".tgsync/\ncontent/ignored/\n");
    project.write("content/private.md", "broken");
    project.write(".tgsyncignore", "private.md\n");
    project.settled();
}

#[test]
fn all_problems_are_told_at_once() {
    let project = Project::new();
    project.write("content/a.md", "---\nslug: A\npin: 7\nbutons: []\n---\n[x](post:nobody)\n");
    project.write("content/b.md", "broken");
    project.write("content/c.md", "---\nslug: c\n---\n[[nobody]]\n");
    let run = project.run(&["check"]).expect(3);
    for place in ["content/a.md:2", "content/a.md:3", "content/a.md:4", "content/b.md:1", "content/c.md:4"] {
        assert!(run.err.contains(place), "{place}: {}", run.err);
    }
}

#[test]
fn a_broken_config_names_its_lines() {
    for (config, words) in [
        ("", "targets"),
        ("targets: {}\n", "targets"),
        ("targets: [\n", "tgsync.yaml:"),
        ("targets:\n  news: {chat: \"@sandbox\", pune: true}\n", "prune"),
        ("targets:\n  news: {chat: 17}\n", "chat"),
        ("targets:\n  News: {chat: \"@sandbox\"}\n", "News"),
        ("targets:\n  news: {chat: \"@sandbox\"}\ncontent: ../elsewhere\n", "content"),
        ("targets:\n  news: {chat: \"@sandbox\"}\nlock: /etc/passwd\n", "lock"),
        ("targets:\n  news: {chat: \"@sandbox\"}\ntimezone: Mars/Olympus\n", "Mars/Olympus"),
        ("targets:\n  news: {chat: \"@sandbox\"}\nguard: {max_sends: -1}\n", "max_sends"),
        ("targets:\n  news: {chat: \"@sandbox\"}\ntargets:\n  other: {chat: \"@x\"}\n", "targets"),
    ] {
        let project = Project::new().config(config).post("a.md", "Alpha.");
        let run = project.plan().expect(3).says(words).says("tgsync.yaml");
        run.never_says("panicked");
        project.apply().expect(3);
        assert_eq!(project.methods(), [""; 0]);
    }
}

#[test]
fn a_chat_from_the_environment() {
    let project = Project::new()
        .config("targets:\n  news: {chat: \"${TELEGRAM_CHAT_ID}\"}\n")
        .post("a.md", "Alpha.")
        .git();
    project.plan().expect(3).says("environment variable is not set");
    let project = project.env("TELEGRAM_CHAT_ID", "@sandbox");
    project.apply().expect(0);
    let project = project.without_env("TELEGRAM_CHAT_ID");
    project.plan().expect(0).says("No changes");
}
