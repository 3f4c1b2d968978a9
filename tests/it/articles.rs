//! Some hundred real articles as content, where they are at hand: they are published, and what can't be is named.
#![expect(clippy::disallowed_methods, reason = "reads the corpus and the variable that says where it is")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::Project;

/// `TGSYNC_CORPUS`, else a folder beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/rust-blog");
    let folder = std::env::var_os("TGSYNC_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn articles(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (format!("content/{name}"), std::fs::read_to_string(path).unwrap())
    };
    entries.filter(|path| path.extension().is_some_and(|ext| ext == "md")).map(read).collect()
}

/// What `check` says of each problem is true of the file it names.
#[track_caller]
fn assert_true(problem: &Value, source: &str) {
    let message = problem["message"].as_str().unwrap();
    let line = usize::try_from(problem["line"].as_u64().unwrap()).unwrap();
    let text = source.lines().nth(line - 1).unwrap_or_else(|| panic!("no line {line}: {problem:#}"));
    match problem["code"].as_str().unwrap() {
        "TG0410" => {
            // It is shown as seen from the root, and a long one is cut: its beginning is in the line.
            let (_, target) = message.split_once("`content/").unwrap();
            let start: String = target.chars().take_while(|c| !matches!(c, '`' | '…')).take(12).collect();
            assert!(text.contains(&start), "{message}: {text}");
        }
        "TG0401" => assert!(source.trim_end().ends_with("---"), "{message}: {source}"),
        other => panic!("{other}: {problem:#}"),
    }
    assert!(problem["hint"].is_string(), "no way on: {problem:#}");
}

#[test]
fn every_article_is_published_as_classic_and_as_rich_messages() {
    let Some(folder) = corpus() else {
        return println!("skipped: there is no corpus; set TGSYNC_CORPUS to a folder of Markdown files");
    };
    let articles = articles(&folder);
    let project = Project::new().config(
        "targets:\n  classic: {chat: '@sandbox', default: true}\n  \
         rich: {chat: '@sandbox_strict', format: rich, default: true}\n",
    );
    for (file, source) in &articles {
        project.write(file, source);
    }
    let problems = project.run(&["check", "--format", "json"]).expect(3).json();
    let errors: Vec<&Value> =
        problems.as_array().unwrap().iter().filter(|problem| problem["severity"] == "error").collect();
    for problem in &errors {
        assert_true(problem, &articles[problem["file"].as_str().unwrap()]);
    }
    let faulty: BTreeSet<&str> = errors.iter().map(|problem| problem["file"].as_str().unwrap()).collect();
    for file in &faulty {
        project.remove(file);
    }
    let left = articles.len() - faulty.len();
    assert!(faulty.len() * 50 < articles.len(), "{faulty:#?}");

    let project = project.git();
    project.apply().expect(5).says("--allow sends");
    project.apply_with(&["--allow", "sends", "--quiet"]).expect(0);
    project.settled();
    println!("{} articles, {left} published in {} messages", articles.len(), project.texts().len());
}
