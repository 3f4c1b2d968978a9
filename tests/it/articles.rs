//! Some hundred real articles as content, where they are at hand: what fits is published, what doesn't is named.
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
        "TG0402" => {
            let numbers: Vec<usize> = message
                .replace(',', "")
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|digits| digits.parse().ok())
                .collect();
            assert!(matches!(numbers[..], [has, 4096] if has > 4096), "{message}");
        }
        "TG0410" => {
            // It is shown as seen from the root, and a long one is cut: its beginning is in the line.
            let (_, target) = message.split_once("`content/").unwrap();
            let start: String = target.chars().take_while(|c| !matches!(c, '`' | '…')).take(12).collect();
            assert!(text.contains(&start), "{message}: {text}");
        }
        _ => {}
    }
    assert!(problem["hint"].is_string(), "no way on: {problem:#}");
}

#[test]
fn what_fits_is_published_and_what_does_not_is_named() {
    let Some(folder) = corpus() else {
        return println!("skipped: there is no corpus; set TGSYNC_CORPUS to a folder of Markdown files");
    };
    let articles = articles(&folder);
    let project = Project::new();
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
    // A text of 16 KiB beside its front matter is too long whatever its markup is.
    for (file, source) in articles.iter().filter(|(_, source)| source.len() > 16 * 1024) {
        assert!(faulty.contains(file.as_str()), "{file} has {} bytes and is said to fit", source.len());
    }

    for file in faulty {
        project.remove(file);
    }
    // What linked to a faulty one is broken now: those go too, until all that is left holds together.
    while let 3 = project.run(&["check", "--quiet"]).code {
        let problems = project.run(&["check", "--format", "json"]).json();
        let errors = problems.as_array().unwrap().iter().filter(|problem| problem["severity"] == "error");
        for file in errors.map(|problem| problem["file"].as_str().unwrap()).collect::<BTreeSet<_>>() {
            project.remove(file);
        }
    }
    let left = std::fs::read_dir(project.path("content")).unwrap().count();
    assert!(left > 10, "{left} articles fit");
    let project = project.git();
    project.apply().expect(5).says("--allow sends");
    project.apply_with(&["--allow", "sends", "--quiet"]).expect(0);
    assert_eq!(project.texts().len(), left);
    project.settled();
    println!("{} articles, {left} published", articles.len());
}
