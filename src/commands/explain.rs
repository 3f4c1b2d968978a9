//! `tgsync explain`: why a post would change, or what a code means.

use std::fmt::Write as _;

use super::context::Context;
use super::planning::{Planning, format};
use super::project::Project;
use super::{Exit, Failure, Outcome};
use crate::cli::{Explain, Selection};
use crate::diagnostic::codes;
use crate::ids::{Digest, MessageId, Slug};
use crate::lock::{Lock, RecordedItem, RecordedPart};
use crate::plan::{Facets, Open, Plan, Reason};
use crate::render;
use crate::report::text;

pub(super) async fn run(context: &Context, args: &Explain) -> Outcome {
    if let Some(text) = code(&args.what) {
        context.print(&text);
        return Ok(Exit::Done);
    }
    let slug: Slug = args.what.parse().map_err(|_| {
        Failure::new(Exit::Usage, format!("`{}` is neither a slug nor a code that tgsync uses", args.what))
            .hint("codes look like `TG0201`")
    })?;
    let project = Project::open(context)?;
    let clock = project.clock(context).await?;
    let lock = project.known_lock()?;
    let selection = Selection { prune: false, only: vec![slug.to_string()], rerender: false, strict: false };
    let planning = Planning::gather(context, &project, &selection, &clock).await?;
    let known = planning.content.catalog.posts.keys();
    if !planning.content.catalog.posts.contains_key(&slug) && !recorded(&lock, &slug) {
        return Err(super::no_such_post(&slug, known));
    }
    let plan = planning.plan(context, &lock)?;
    context.print(&facts(&planning, &lock, &slug));
    context.print(&if plan.changes().next().is_some() {
        text::plan(&plan, context.paint)
    } else {
        calm(&plan, &slug)
    });
    Ok(Exit::Done)
}

fn recorded(lock: &Lock, slug: &Slug) -> bool {
    lock.targets.values().any(|target| target.posts.contains_key(slug))
}

/// What is recorded beside what the content gives, facet by facet.
fn facts(planning: &Planning<'_>, lock: &Lock, slug: &Slug) -> String {
    let mut out = String::new();
    for name in &planning.targets {
        let recorded = lock.target(name);
        let post = planning.content.catalog.posts.get(slug);
        let policy = planning.policy(name);
        let now = post.and_then(|post| planning.parts(post, policy, &recorded));
        let was = recorded.posts.get(slug);
        let _ = writeln!(out, "{slug} in {name}");
        if let Some(was) = was {
            let _ = writeln!(out, "  recorded   {} from blob {}, {}", was.rendered_as, was.blob, was.file);
        }
        if let Some(post) = post {
            let _ = writeln!(
                out,
                "  source     {} from blob {}, {}",
                render::version(format(post, policy)),
                post.source.blob,
                post.file()
            );
        }
        let parts = was.map_or(0, |was| was.parts.len()).max(now.as_ref().map_or(0, Vec::len));
        for index in 0..parts {
            let was = was.and_then(|was| was.parts.get(index));
            let now = now.as_ref().and_then(|now| now.get(index)).map(Open::facets);
            if parts > 1 {
                let ids = was.map_or_else(|| "not sent".to_owned(), |was| ids(&was.ids));
                let _ = write!(out, "  message {} of {parts}, {ids}", index + 1);
                if was.zip(now.as_ref()).is_some_and(|(was, now)| is_same(was, now)) {
                    out.push_str(": same\n");
                    continue;
                }
                out.push('\n');
            }
            facets(was, now.as_ref(), &mut out);
        }
    }
    out
}

fn ids(ids: &[MessageId]) -> String {
    ids.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(" ")
}

fn is_same(was: &RecordedPart, now: &Facets) -> bool {
    was.text == now.text
        && was.opts == now.opts
        && was.markup == now.markup
        && same_files(&was.items, &now.items)
}

/// Whether they are the same to subscribers; under which id Telegram has a file is not.
fn same_files(was: &[RecordedItem], now: &[RecordedItem]) -> bool {
    was.len() == now.len() && was.iter().zip(now).all(|(was, now)| was.is_like(now))
}

/// The digests of one message: recorded, now, and whether they are the same.
fn facets(was: Option<&RecordedPart>, now: Option<&Facets>, out: &mut String) {
    let rows = [
        (Reason::Text, was.map(|was| &was.text), now.map(|now| &now.text)),
        (Reason::Options, was.map(|was| &was.opts), now.map(|now| &now.opts)),
        (Reason::Markup, was.and_then(|was| was.markup.as_ref()), now.and_then(|now| now.markup.as_ref())),
    ];
    for (facet, was, now) in rows {
        let same = if was == now { "same" } else { "differs" };
        let [was, now] = [was, now].map(|digest| digest.map_or("-", Digest::as_str));
        let _ = writeln!(out, "  {:<13} {was:<33} {now:<33} {same}", facet.words());
    }
    let was = was.map(|was| was.items.as_slice());
    let now = now.map(|now| now.items.as_slice());
    files(was.unwrap_or_default(), now.unwrap_or_default(), out);
}

/// The files of one message: recorded, now, and whether they are the same.
fn files(was: &[RecordedItem], now: &[RecordedItem], out: &mut String) {
    for index in 0..was.len().max(now.len()) {
        let both = [was.get(index), now.get(index)];
        let [was, now] = both.map(|item| {
            item.map_or("-".to_owned(), |item| format!("{} {:.20}…", item.kind.word(), item.sha256.as_str()))
        });
        let same = both[0].zip(both[1]).is_some_and(|(was, now)| was.is_like(now));
        let same = if same { "same" } else { "differs" };
        let _ = writeln!(out, "  {:<13} {was:<33} {now:<33} {same}", format!("file {}", index + 1));
    }
}

fn calm(plan: &Plan, slug: &Slug) -> String {
    let notes: Vec<&str> = plan.targets.iter().flat_map(|target| &target.notes).map(String::as_str).collect();
    let head = format!("No change: `{slug}` is as the content says.");
    let lines: Vec<String> =
        std::iter::once(head).chain(notes.iter().map(|note| format!("  {note}"))).collect();
    lines.join("\n") + "\n"
}

fn code(code: &str) -> Option<String> {
    if let Some(entry) = codes::find(code) {
        return Some(format!("{}: {}\n\n{}\n", entry.code.0, entry.title, entry.explanation));
    }
    let known = render::CODES.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(code));
    known.map(|(code, title, text)| format!("{code}: {title}\n\n{text}\n"))
}
