//! Docs that keep their promises: length, links, change log.

use super::files::{self, File};
use super::none;

const README_LINES: usize = 250;

fn pages() -> Vec<File> {
    let docs = std::fs::read_dir(files::root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path()).filter(|path| path.extension() == Some("md".as_ref()));
    let docs = docs.map(|path| format!("docs/{}", path.file_name().unwrap().to_str().unwrap()));
    let top = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(str::to_owned);
    let mut all: Vec<String> = top.into_iter().chain(docs).collect();
    all.sort();
    all.into_iter().map(|path| File { text: files::read(&path), path }).collect()
}

#[test]
fn the_readme_is_short() {
    let lines = files::read("README.md").lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines, {README_LINES} are allowed");
}

#[test]
fn the_change_log_is_open() {
    assert!(
        files::read("CHANGELOG.md").lines().any(|line| line == "## [Unreleased]"),
        "CHANGELOG.md: no `## [Unreleased]`"
    );
}

/// Links to files and headings that are not there. Code blocks are no prose.
fn dead_links(pages: &[File], exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut out = Vec::new();
    for page in pages {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in
            prose(&page.text).flat_map(|(line, text)| links(text).map(move |link| (line, link)))
        {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.path.clone() } else { resolve(folder, file) };
            let headings = pages.iter().find(|page| page.path == file).map(|page| anchors(&page.text));
            let found = exists(&file)
                && (anchor.is_empty() || headings.is_none_or(|known| known.contains(&anchor.to_owned())));
            if !found {
                out.push(format!("{}:{line}: `{target}` leads nowhere", page.path));
            }
        }
    }
    out
}

/// The lines outside code fences, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn links(line: &str) -> impl Iterator<Item = &str> {
    let outside_code = line.split('`').step_by(2);
    outside_code.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split([')', ' ']).next())
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Headings as GitHub makes anchors of them.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    none(dead_links(&pages(), &|path| files::root().join(path).exists()));

    let page = File::new(
        "docs/a.md",
        "# A b, c\n[x](b.md) [y](../R.md#a-b) [z](#a-b-c) [w](#q) `[c](d)`\n```\n[in](code)\n```\n[v](/gone)",
    );
    let found = dead_links(&[page], &|path| matches!(path, "R.md" | "docs/a.md"));
    assert_eq!(
        found,
        [
            "docs/a.md:2: `b.md` leads nowhere",
            "docs/a.md:2: `#q` leads nowhere",
            "docs/a.md:6: `/gone` leads nowhere"
        ]
    );
}

/// Messages that a page quotes and nobody says any more. `…` and names in capitals stand for what differs.
fn unsaid(page: &File, sources: &str) -> Vec<String> {
    let mut quoted = false;
    let mut out = Vec::new();
    for (line, text) in (1..).zip(page.text.lines()) {
        if text.starts_with("```") {
            quoted = !quoted && text == "```text";
        } else if quoted && !text.split('…').all(|piece| sources.contains(piece.trim())) {
            out.push(format!("{}:{line}: no message says this: {text}", page.path));
        }
    }
    out
}

#[test]
fn quoted_messages_are_said() {
    // As they are written in the sources: on one line, quotes escaped, values in braces.
    let sources: String =
        files::rust_files("src").iter().map(|file| file.text.replace("\\\"", "\"")).collect();
    let page = File { path: "docs/recovery.md".to_owned(), text: files::read("docs/recovery.md") };
    none(unsaid(&page, &sources));

    let page =
        File::new("a.md", "not `quoted`\n```text\nthe … is gone\nthe … is here\n```\n```yaml\nx\n```\n");
    let found = unsaid(&page, "format!(\"the {thing} is gone\")");
    assert_eq!(found, ["a.md:4: no message says this: the … is here"]);
}
