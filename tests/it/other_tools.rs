//! Folders of Markdown that other tools own: one line per cause, and settings that make them posts.

use super::support::Project;

/// As Hugo's archetypes and themes write them.
fn hugo(index: usize) -> String {
    format!(
        "---\ntitle: \"Post {index}\"\ndate: 2025-01-{:02}T09:00:00+02:00\nlastmod: 2025-02-01\ndraft: false\naliases: [/old/{index}]\ncategories: [news]\nweight: {index}\nauthor: Ann\nsummary: A post.\nslug: post-{index}\ntags: [release]\n---\n\nText of post {index}.\n\n<!--more-->\n\nThe rest.\n",
        index + 1
    )
}

/// As Obsidian with its usual plugins writes them.
fn obsidian(index: usize) -> String {
    format!(
        "---\ncreated: 2025-01-01 09:00\nmodified: 2025-01-02 10:00\ncssclasses:\n  - wide\naliases:\n  - Note {index}\npublish: true\ntelegram:\n  slug: note-{index}\n---\n\n# Note {index}\n\nSee [[note-{}]] and [[note-{}|the next]].\n\n> [!tip]\n> A callout.\n\n- [x] done\n- [ ] open\n",
        (index + 9) % 10,
        (index + 1) % 10
    )
}

fn folder() -> Project {
    let project = Project::new();
    for index in 0..10 {
        project.write(&format!("content/hugo/post-{index}.md"), hugo(index));
    }
    project
}

fn vault() -> Project {
    let project = Project::new();
    for index in 0..10 {
        project.write(&format!("content/Notes/Note {index}.md"), obsidian(index));
    }
    project.write("content/.obsidian/app.json", "{}");
    project
}

#[test]
fn one_line_per_cause() {
    let run = folder().run(&["check"]).expect(3);
    for key in ["lastmod", "draft", "aliases", "categories", "weight", "author", "summary"] {
        let lines =
            run.err.lines().filter(|line| line.starts_with("error") && line.contains(&format!("`{key}`")));
        assert_eq!(lines.count(), 1, "{key}: {}", run.err);
    }
    assert!(run.err.contains("in 10 files"), "{}", run.err);
    assert!(run.err.contains("front_matter: {ignore: ["), "{}", run.err);
    assert!(run.err.lines().count() < 80, "{}", run.err);
}

#[test]
fn hugo_passes_with_the_documented_settings() {
    let project = folder().config(
        "targets: {news: {chat: \"@sandbox\"}}\nfront_matter: {ignore: [lastmod, draft, aliases, categories, weight, author, summary]}\n",
    );
    project.run(&["check"]).expect(0).says("10 posts, 0 errors, 0 warnings");
    project.apply().expect(0);
    assert_eq!(project.texts()[0], "Text of post 0.\n\nThe rest.\n\n#release");
    assert_eq!(project.texts().len(), 10);
    project.settled();
}

#[test]
fn obsidian_passes_with_a_namespace() {
    let project = vault();
    project.run(&["check"]).expect(3).says("in 10 files");
    let project =
        project.config("targets: {news: {chat: \"@sandbox\"}}\nfront_matter: {namespace: telegram}\n").git();
    let run = project.run(&["check"]).expect(0);
    run.says("10 posts, 0 errors");
    project.apply().expect(0);
    let first = &project.texts()[0];
    assert!(first.starts_with("Note 0\n\nSee note-9 and the next."), "{first}");
    assert!(first.contains("Tip\nA callout."), "{first}");
    assert_eq!(
        project.server().messages(super::support::chat::CHANNEL)[0]["entities"]
            .to_string()
            .matches("t.me/sandbox/")
            .count(),
        2
    );
    project.settled();
    // A key beside the namespace is another tool's business; ours is checked.
    project.write(
        "content/Notes/Note 3.md",
        obsidian(3).replace("  slug: note-3\n", "  slug: note-3\n  pinn: true\n"),
    );
    project
        .plan()
        .expect(3)
        .says("Note 3.md:11")
        .says("unknown key `telegram.pinn`")
        .says("did you mean `pin`?");
}

#[test]
fn check_fix_gives_slugs_to_a_vault() {
    let project = Project::new();
    for (file, text) in [
        ("content/A B.md", "Plain note.\n"),
        ("content/sub/a-b.md", "---\ntitle: Another\n---\nText.\n"),
        ("content/Ünïcode näme.md", "---\r\ntitle: x\r\n---\r\nText.\r\n"),
        ("content/2025/index.md", "---\n---\nText.\n"),
    ] {
        project.write(file, text);
    }
    project.run(&["check", "--fix"]).expect(0).says("4 posts, 0 errors");
    let again: Vec<String> =
        ["content/A B.md", "content/sub/a-b.md", "content/Ünïcode näme.md"].map(|f| project.read(f)).into();
    project.run(&["check", "--fix"]).expect(0).never_says("inserted");
    assert_eq!(
        again,
        ["content/A B.md", "content/sub/a-b.md", "content/Ünïcode näme.md"].map(|f| project.read(f))
    );
    assert!(again[2].contains("\r\ntitle: x\r\n"), "line ends are kept: {:?}", again[2]);
    project.apply().expect(0);
    project.settled();
}
