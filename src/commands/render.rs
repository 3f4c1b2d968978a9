//! `tgsync render SLUG`: what one post is sent as.

use super::context::Context;
use super::planning::Planning;
use super::project::Project;
use super::{Exit, Outcome};
use crate::cli::{Render, RenderFormat, Selection};
use crate::lock::{Content as Said, TargetLock};
use crate::plan::{ChatLinks, Filled, LockPlaces, Open};

pub(super) async fn run(context: &Context, args: &Render) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.clock(context).await?;
    let selection =
        Selection { prune: false, only: vec![args.slug.to_string()], rerender: false, strict: false };
    let planning = Planning::gather(context, &project, &selection, &clock).await?;
    let unknown = || super::no_such_post(&args.slug, planning.content.catalog.posts.keys());
    let post = planning.content.catalog.posts.get(&args.slug).ok_or_else(unknown)?;
    let rendered = planning.content.rendered.get(&args.slug).ok_or_else(unknown)?;
    let lock = project.known_lock()?;
    let goes_to = |name: &&crate::ids::TargetName| {
        let policy = planning.policy(name);
        if post.front.targets.is_empty() { policy.default } else { post.front.targets.contains(name) }
    };
    let mut payloads = Vec::new();
    for name in planning.targets.iter().filter(goes_to) {
        let policy = planning.policy(name);
        let recorded = lock.target(name);
        let links = ChatLinks::of(policy.chat.as_ref(), recorded.chat);
        for open in Open::parts(post, rendered, policy) {
            match args.format {
                RenderFormat::Text => context.print(&format!("{}\n", open.readable())),
                RenderFormat::Html => match fill(&open, &recorded, &links).payload.content {
                    Said::Text { html } => context.print(&format!("{html}\n")),
                },
                RenderFormat::Json => payloads.push(payload(name, &fill(&open, &recorded, &links))),
            }
        }
    }
    if args.format == RenderFormat::Json {
        context.print(&super::plan::pretty(&payloads));
    }
    Ok(Exit::Done)
}

fn fill(open: &Open, lock: &TargetLock, links: &ChatLinks) -> Filled {
    open.fill(&LockPlaces { lock, links })
}

fn payload(target: &crate::ids::TargetName, filled: &Filled) -> serde_json::Value {
    serde_json::json!({ "target": target, "topic": filled.topic, "payload": filled.payload, "record": filled.record })
}
