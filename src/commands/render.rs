//! `tgsync render SLUG`: what one post is sent as.

use std::fmt::Write as _;

use super::context::Context;
use super::planning::{Planning, goes_to};
use super::project::Project;
use super::{Exit, Outcome};
use crate::cli::{Render, RenderFormat, Selection};
use crate::ids::TargetName;
use crate::lock::{Attachment, Content as Said, KnownFiles};
use crate::plan::{ChatLinks, Filled, LockPlaces, Open};

pub(super) async fn run(context: &Context, args: &Render) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.clock(context).await?;
    let selection =
        Selection { prune: false, only: vec![args.slug.to_string()], rerender: false, strict: false };
    let planning = Planning::gather(context, &project, &selection, &clock).await?;
    let unknown = || super::no_such_post(&args.slug, planning.content.catalog.posts.keys());
    let post = planning.content.catalog.posts.get(&args.slug).ok_or_else(unknown)?;
    let lock = project.known_lock()?;
    let mut messages = Vec::new();
    for name in planning.targets.iter().filter(|name| goes_to(post, planning.policy(name))) {
        let policy = planning.policy(name);
        let recorded = lock.target(name);
        let links = ChatLinks::of(policy.chat.as_ref(), recorded.chat);
        let files = KnownFiles::default();
        let parts = planning.parts(post, policy, &recorded).ok_or_else(unknown)?;
        let count = parts.len();
        messages.extend(parts.into_iter().enumerate().map(|(index, open)| Message {
            head: format!("{name}, message {} of {count}", index + 1),
            target: name.clone(),
            filled: open.fill(&LockPlaces { lock: &recorded, links: &links, files: &files }),
            open,
        }));
    }
    context.print(&match args.format {
        RenderFormat::Json => super::plan::pretty(&messages.iter().map(payload).collect::<Vec<_>>()),
        format => shown(&messages, format),
    });
    Ok(Exit::Done)
}

/// One message of the post in one of its targets.
struct Message {
    head: String,
    target: TargetName,
    open: Open,
    filled: Filled,
}

/// The messages one below the other, each under its name where there are several.
fn shown(messages: &[Message], format: RenderFormat) -> String {
    let mut out = String::new();
    for message in messages {
        if messages.len() > 1 {
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}── {} ──", message.head);
        }
        let _ = match (&message.filled.payload.content, format) {
            (Said::Text { html }, RenderFormat::Html) => writeln!(out, "{html}"),
            (Said::Rich { html, items }, RenderFormat::Html) => write!(out, "{html}\n{}", captioned(items)),
            (Said::Media { items, .. }, RenderFormat::Html) => write!(out, "{}", captioned(items)),
            _ => writeln!(out, "{}", message.open.readable()),
        };
    }
    out
}

/// Files, each with the HTML of its caption.
fn captioned(items: &[Attachment]) -> String {
    let mut out = String::new();
    for item in items {
        let _ = writeln!(out, "[{}: {}]", item.kind.word(), item.file);
        if !item.html.is_empty() {
            let _ = writeln!(out, "{}", item.html);
        }
    }
    out
}

fn payload(message: &Message) -> serde_json::Value {
    let Message { target, filled, .. } = message;
    serde_json::json!({ "target": target, "topic": filled.topic, "payload": filled.payload, "record": filled.record })
}
