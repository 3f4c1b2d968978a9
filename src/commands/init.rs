//! `tgsync init`: config, an example post, git attributes and ignores. What is there stays as it is.

use std::path::Path;

use super::context::Context;
use super::project;
use super::{Exit, Failure, Outcome};
use crate::cli::Init;
use crate::state::Git;

const POST: &str = "---\nslug: welcome\ntitle: Welcome\n---\n\n# Welcome\n\nThis channel is written in **Markdown** and published by `tgsync`.\n";

/// Examples that need no choice.
const WORKFLOWS: [(&str, &str); 4] = [
    ("plan.yml", include_str!("../../examples/plan.yml")),
    ("plan-fork.yml", include_str!("../../examples/plan-fork.yml")),
    ("apply.yml", include_str!("../../examples/apply.yml")),
    ("nightly.yml", include_str!("../../examples/nightly.yml")),
];

pub(super) fn run(context: &Context, args: &Init) -> Outcome {
    let root = context.folder();
    let chat = args.chat.as_deref().unwrap_or("${TELEGRAM_CHAT_ID}");
    let config = format!(
        "# yaml-language-server: $schema=./.tgsync/config.schema.json\ntargets:\n  main:\n    chat: {}\n    token_env: TELEGRAM_BOT_TOKEN\n",
        serde_json::Value::from(chat)
    );
    place(context, &root, "tgsync.yaml", &config)?;
    if project::exists(&root.join("content")) {
        context.say("content is there already");
    } else {
        place(context, &root, "content/welcome.md", POST)?;
    }
    line(context, &root, ".gitignore", ".tgsync/")?;
    line(context, &root, ".gitattributes", "state.lock.json merge=tgsync")?;
    let schema = super::plan::pretty(&crate::config::schema());
    project::write_text(&root.join(".tgsync/config.schema.json"), &schema)?;
    if args.github {
        for (name, text) in WORKFLOWS {
            place(context, &root, &format!(".github/workflows/tgsync-{name}"), text)?;
        }
    }
    if let Some(git) = Git::discover(&root)? {
        git.set_merge_driver("tgsync", "tgsync lock merge %O %A %B")?;
        context.say("merge driver for `state.lock.json` set in this clone's git config");
    }
    if args.github {
        context.say("in the repository's settings: an environment `telegram` with the secret TELEGRAM_BOT_TOKEN (and the variable TELEGRAM_CHAT_ID)");
    }
    context.say("next: set TELEGRAM_BOT_TOKEN (and TELEGRAM_CHAT_ID), then `tgsync plan` and `tgsync apply`");
    Ok(Exit::Done)
}

fn place(context: &Context, root: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = root.join(name);
    if project::exists(&path) {
        context.say(&format!("{name} is there already"));
        return Ok(());
    }
    project::write_text(&path, text)?;
    context.say(&format!("{name} written"));
    Ok(())
}

/// Add a line to a file unless it has it.
fn line(context: &Context, root: &Path, name: &str, line: &str) -> Result<(), Failure> {
    let path = root.join(name);
    let mut text = if project::exists(&path) {
        project::read_text(&path)
            .map_err(|error| Failure::new(Exit::Failed, format!("can't read `{name}`: {error}")))?
    } else {
        String::new()
    };
    if text.lines().any(|known| known.trim() == line) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    project::write_text(&path, &text)?;
    context.say(&format!("{name}: `{line}` added"));
    Ok(())
}
