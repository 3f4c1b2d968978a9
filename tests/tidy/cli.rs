//! `docs/cli.md` and the README's commands are what `tgsync --help` says. `UPDATE=1` writes the former anew.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use tgsync::cli::Cli;
use tgsync::env::VARIABLES;

use super::files;

const HEAD: &str = "# The command line\n\nMade from `tgsync --help` (`UPDATE=1 cargo test --test tidy`); don't edit it by hand.\n\nData goes to stdout, talk to stderr. Every option has the environment variable that is named behind it; an option\ngiven on the command line wins.\n";

fn page() -> String {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut out = HEAD.to_owned();
    section(&mut out, &mut root, 2);
    out.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (code, meaning) in exit_codes() {
        let _ = writeln!(out, "| {code} | {meaning} |");
    }
    out.push_str("\n## Environment\n\nBesides the variables of options, and those that the config names:\n\n| variable | meaning |\n|---|---|\n");
    for variable in VARIABLES {
        let twin = if variable.secret {
            format!(" Or in the file that `{}_FILE` names.", variable.name)
        } else {
            String::new()
        };
        let _ = writeln!(out, "| `{}` | {}{twin} |", variable.name, variable.purpose);
    }
    out
}

fn section(out: &mut String, command: &mut Command, level: usize) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let _ = write!(
        out,
        "\n{} `{name}`\n\n{}\n\n```text\n{usage}\n```\n",
        "#".repeat(level),
        sentence(about.trim())
    );
    let is_root = level == 2;
    let shown =
        |arg: &&Arg| !arg.is_hide_set() && (is_root || !arg.is_global_set()) && arg.get_id() != "help";
    let rows: Vec<String> = command.get_arguments().filter(shown).map(row).collect();
    if !rows.is_empty() {
        let _ = write!(
            out,
            "\n| {} | |\n|---|---|\n{}",
            if is_root { "option of every command" } else { "option" },
            rows.concat()
        );
    }
    for inner in command.get_subcommands_mut().filter(|inner| !inner.is_hide_set()) {
        section(out, inner, (level + 1).min(3));
    }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', ':', '`']) { text.to_owned() } else { format!("{text}.") }
}

fn row(arg: &Arg) -> String {
    let names =
        [arg.get_short().map(|short| format!("-{short}")), arg.get_long().map(|long| format!("--{long}"))];
    let names: Vec<String> = names.into_iter().flatten().collect();
    let values =
        arg.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>();
    let takes = arg.get_action().takes_values();
    let shape = match (names.is_empty(), takes) {
        (true, _) => values.join(" "),
        (false, true) => format!("{} {}", names.join(", "), values.join(" ")),
        (false, false) => names.join(", "),
    };
    let mut about = arg.get_help().map(|help| sentence(&help.to_string())).unwrap_or_default();
    let choices: Vec<String> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if takes && !choices.is_empty() {
        let _ = write!(about, " One of {}.", choices.join(", "));
    }
    let default: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if takes && !default.is_empty() {
        let _ = write!(about, " Default: {}.", default.join(", "));
    }
    if let Some(variable) = arg.get_env() {
        let _ = write!(about, " `{}`", variable.to_string_lossy());
    }
    format!("| `{}` | {} |\n", shape.replace('|', "\\|"), about.trim().replace('|', "\\|").replace('\n', " "))
}

/// The list in `src/commands/mod.rs`: number and meaning.
fn exit_codes() -> Vec<(u8, String)> {
    let text = files::read("src/commands/mod.rs");
    let inside = text.split_once("pub enum Exit {").and_then(|(_, rest)| rest.split_once("\n}")).unwrap().0;
    let mut meaning = "";
    let mut out = Vec::new();
    for line in inside.lines().map(str::trim) {
        if let Some(about) = line.strip_prefix("/// ") {
            meaning = about;
        } else if let Some((_, number)) = line.trim_end_matches(',').split_once(" = ") {
            out.push((number.parse().unwrap_or(tgsync::commands::USAGE), meaning.to_owned()));
        }
    }
    out
}

#[test]
fn the_manual_is_the_help() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(files::root().join("docs/cli.md"), &page).unwrap();
    }
    let found = files::read("docs/cli.md");
    let line =
        page.lines().zip(found.lines()).position(|(new, old)| new != old).unwrap_or(found.lines().count());
    assert!(
        found == page,
        "docs/cli.md:{}: differs from the help; `UPDATE=1 cargo test --test tidy` writes it",
        line + 1
    );
    assert!(page.contains("--expect-plan ID") && page.contains("TGSYNC_EXPECT_PLAN"));
    assert!(exit_codes().contains(&(64, "The command line is at fault.".to_owned())));
}

#[test]
fn the_readme_names_the_commands() {
    let readme = files::read("README.md");
    let table = readme.lines().skip_while(|line| *line != "## Commands");
    let rows = table.skip(1).take_while(|line| !line.starts_with("## "));
    let names = rows.filter_map(|line| line.strip_prefix("| `")?.split(['`', ' ']).next());
    let command = Cli::command();
    let wanted: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    assert_eq!(names.collect::<Vec<_>>(), wanted, "README.md, \"Commands\", beside `tgsync --help`");
}
