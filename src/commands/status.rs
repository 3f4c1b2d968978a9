//! `tgsync status`: what is published, what waits, what is in doubt.

use std::fmt::Write as _;

use super::context::Context;
use super::project::Project;
use super::{Exit, Outcome};
use crate::ids::TargetName;
use crate::lock::{Gone, Lock, Pending, TargetLock};
use crate::plan::FOUND_OUT;
use crate::report::style::{Paint, count};

pub(super) fn run(context: &Context) -> Outcome {
    let project = Project::open(context)?;
    let lock = project.known_lock()?;
    let mut out = String::new();
    let _ = writeln!(out, "lock: lineage {}, serial {}", lock.lineage, lock.serial);
    hold(&mut out, &lock, context.paint);
    for name in project.config.targets.keys() {
        target(&mut out, name, &lock.target(name), context.paint);
    }
    for name in lock.targets.keys().filter(|name| !project.config.targets.contains_key(*name)) {
        let _ = writeln!(out, "{name}: recorded in the lock, not in the config");
    }
    context.print(&out);
    let doubtful = lock.targets.values().any(|target| !target.doubt.is_empty());
    Ok(if doubtful { Exit::Partly } else { Exit::Done })
}

fn hold(out: &mut String, lock: &Lock, paint: Paint) {
    let slugs: Vec<&str> = lock.hold.slugs.iter().map(crate::ids::Slug::as_str).collect();
    let line = match (lock.hold.all, slugs.is_empty()) {
        (true, _) => "held: everything; `tgsync release` lets it go".to_owned(),
        (false, false) => format!("held: {}; `tgsync release SLUG` lets it go", slugs.join(", ")),
        (false, true) => return,
    };
    let _ = writeln!(out, "{}", paint.warning(&line));
}

fn target(out: &mut String, name: &TargetName, lock: &TargetLock, paint: Paint) {
    let gone = lock.posts.values().filter(|post| post.gone == Some(Gone::Tombstone)).count();
    let live = lock.posts.len() - gone;
    let chat = lock.chat.map_or("nothing sent yet".to_owned(), |chat| format!("chat {chat}"));
    let _ = write!(out, "{}: {}, {chat}", paint.bold(name.as_str()), count(live, "post"));
    if gone > 0 {
        let _ = write!(out, ", {}", count(gone, "tombstone"));
    }
    let under_way = lock.applying.as_ref().map(|applying| &applying.plan);
    if let Some(applied) = lock.applied.as_ref().filter(|applied| Some(&applied.plan) != under_way) {
        let commit = applied
            .commit
            .as_deref()
            .map_or(String::new(), |id| format!(" at {}", id.get(..12).unwrap_or(id)));
        let _ = write!(out, ", last complete plan {}{commit}", applied.plan);
    }
    out.push('\n');
    if let Some(applying) = &lock.applying {
        let complete = lock.applied.as_ref().is_some_and(|applied| applied.plan == applying.plan);
        let rest = if complete { ", the rest waits for its time" } else { "" };
        let done = applying.done.len();
        let _ = writeln!(out, "  plan {} is under way: {done} done{rest}", applying.plan);
    }
    for pending in &lock.doubt {
        let asked = lock.watch.asked.contains(&pending.id);
        let _ = writeln!(out, "  {}", paint.warning(&doubt(pending, asked)));
    }
}

/// One doubt, with what to look for. `asked`: only a person can tell.
fn doubt(pending: &Pending, asked: bool) -> String {
    let content = &pending.payload.content;
    let first = content.html().lines().next().unwrap_or_default();
    let first: String = without_tags(first).chars().take(60).collect();
    let says = if first.is_empty() { String::new() } else { format!(", beginning `{first}`") };
    let files = match content.items().len() {
        0 => String::new(),
        files => format!(", {}", count(files, "file")),
    };
    let (slug, fate) = (&pending.slug, pending.fate());
    let way = if asked {
        format!("`tgsync resolve {slug} --sent-as ID | --not-sent`")
    } else {
        FOUND_OUT.to_owned()
    };
    format!("! {slug} in doubt: {fate}{files}{says}; {way}")
}

/// Telegram's HTML as its readers see it.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    for (index, piece) in html.split('<').enumerate() {
        let text = if index == 0 { piece } else { piece.split_once('>').map_or("", |(_, text)| text) };
        out.push_str(text);
    }
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
