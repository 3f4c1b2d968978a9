//! The README shows what `tgsync demo` prints: its lines, in their order, with `…` for what is left out.

use std::io::Read as _;
use std::process::Command;

use super::files;

/// Everything the demo prints, stdout and stderr as they come, without colours and empty lines.
fn demo() -> Vec<String> {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tgsync"));
    command.arg("demo").env_clear().stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // It holds the other end of the pipe, which ends only when all ends are closed.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.lines().filter(|line| !line.is_empty()).map(comparable).collect()
}

/// A commit has another id in every run.
fn comparable(line: &str) -> String {
    let commit = line.starts_with("Lock committed as ");
    if commit { "Lock committed as ….".to_owned() } else { line.trim_end().to_owned() }
}

/// The first line of `shown` that does not follow in `printed`.
fn stranger(shown: &[String], printed: &[String]) -> Option<String> {
    let mut rest = printed.iter();
    shown.iter().find(|line| !rest.any(|printed| printed == *line)).cloned()
}

#[test]
fn the_readme_shows_the_demo() {
    let readme = files::read("README.md");
    let block = readme.split("```text\n").find(|block| block.starts_with("# A directory")).unwrap();
    let lines = block.lines().take_while(|line| !line.starts_with("```"));
    let shown: Vec<String> = lines.filter(|line| *line != "…" && !line.is_empty()).map(comparable).collect();
    assert!(shown.len() > 20);
    assert_eq!(stranger(&shown, &demo()), None, "README.md: `tgsync demo` does not print this line there");

    let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(stranger(&lines("a c"), &lines("a b c")), None);
    assert_eq!(stranger(&lines("c a"), &lines("a b c")), Some("a".to_owned()));
}
