//! The YAML examples of `docs/config.md` and `docs/front-matter.md` are run through `tgsync check`.

use std::path::Path;
use std::process::Command;

use super::{files, none};

/// The config that examples of front matter are checked with: the names they use.
const CONFIG: &str = "targets:\n  news: {chat: \"@my_channel\", default: true, topics: {releases: 12}}\n  staff: {chat: -1001234567890}\n";

/// Posts and files that examples refer to.
const OTHERS: &[(&str, &str)] = &[
    ("content/rules.md", "---\nslug: rules\n---\nBe kind.\n"),
    ("content/guide.md", "---\nslug: guide\n---\nRead this first.\n"),
    ("content/example/trailer.mp4", "\0\0\0\x20ftypisom"),
    ("content/example/slides final.pdf", "%PDF-1.7"),
];

/// The code blocks in the language `yaml`, with the line of their first line.
fn examples(text: &str) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (line, text) in (1..).zip(text.lines()) {
        match (open, text) {
            (false, "```yaml") => {
                open = true;
                out.push((line + 1, String::new()));
            }
            (true, "```") => open = false,
            (true, text) => out.last_mut().unwrap().1.extend([text, "\n"]),
            _ => {}
        }
    }
    out
}

/// What `tgsync check --strict` says about a project; `None`: nothing.
fn check(project: &[(&str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in project {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let check = Command::new(Path::new(env!("CARGO_BIN_EXE_tgsync")))
        .args(["check", "--strict"])
        .current_dir(folder.path())
        .env_clear()
        .env("TELEGRAM_CHAT_ID", "@my_channel")
        .output()
        .unwrap();
    (!check.status.success()).then(|| String::from_utf8_lossy(&check.stderr).into_owned())
}

/// A whole post stands as it is; keys alone get the lines around them, and a slug if they have none.
fn as_post(example: &str) -> String {
    if example.starts_with("---\n") {
        return example.to_owned();
    }
    let slug = if example.lines().any(|line| line.starts_with("slug:")) { "" } else { "slug: example\n" };
    format!("---\n{slug}{example}---\nText.\n")
}

fn as_config(example: &str) -> String {
    let targets = if example.lines().any(|line| line.starts_with("targets:")) { "" } else { CONFIG };
    format!("{targets}{example}")
}

#[test]
fn examples_of_front_matter_are_valid() {
    let page = "docs/front-matter.md";
    let all = examples(&files::read(page));
    assert!(all.len() > 3, "{page}: no examples");
    let wrong = all.iter().filter_map(|(line, example)| {
        let post = as_post(example);
        let mut project = vec![("tgsync.yaml", CONFIG), ("content/example.md", post.as_str())];
        project.extend(OTHERS);
        Some(format!("{page}:{line}: {}", check(&project)?))
    });
    none(wrong);
}

#[test]
fn examples_of_the_config_are_valid() {
    let page = "docs/config.md";
    let all = examples(&files::read(page));
    assert!(all.len() > 3, "{page}: no examples");
    let wrong = all.iter().filter_map(|(line, example)| {
        let config = as_config(example);
        let mut project = vec![("tgsync.yaml", config.as_str())];
        project.extend(OTHERS);
        Some(format!("{page}:{line}: {}", check(&project)?))
    });
    none(wrong);
}

#[test]
fn a_wrong_example_is_found() {
    let project = |config| check(&[("tgsync.yaml", config), OTHERS[0]]);
    assert_eq!(project(CONFIG), None);
    assert!(
        project("targets: {news: {chat: \"@my_channel\", formt: html}}\n")
            .unwrap()
            .contains("did you mean `format`")
    );
}
