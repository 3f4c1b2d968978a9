//! Files of a post: what is recorded of them, what is sent, what a reader of a plan sees, and what has to be uploaded.

use std::collections::BTreeSet;

use super::{Change, Open, Places, Reason, Step, Touch, Verb};
use crate::ids::{Digest, Sha256Hex, Slug};
use crate::lock::{Attachment, Kind, KnownFiles, RecordedItem, Thumbnail, album_text};
use crate::media::{self, Format};
use crate::render::{self, Body, Item};

/// The kind of message that files make, what it says, and what is recorded of each.
pub(super) fn facets(items: &[Item]) -> (Kind, Digest, Vec<RecordedItem>) {
    let in_album = |item| RecordedItem { caption: own_caption(item), ..recorded(item) };
    let recorded = match items {
        [one] => vec![recorded(one)],
        _ => items.iter().map(in_album).collect::<Vec<_>>(),
    };
    match items {
        [one] => (one.kind.into(), Digest::of(&render::canonical(&one.caption)), recorded),
        _ => (Kind::Album, album_text(&recorded), recorded),
    }
}

fn own_caption(item: &Item) -> Option<Digest> {
    let caption = render::canonical(&item.caption);
    (!caption.is_empty()).then(|| Digest::of(&caption))
}

/// What is recorded of a file, but for what it says in an album.
pub(super) fn recorded(item: &Item) -> RecordedItem {
    RecordedItem {
        caption: None,
        file: None,
        kind: item.kind,
        sha256: item.facts.sha256.clone(),
        spoiler: item.spoiler,
        thumbnail: item.thumbnail.as_ref().map(|(_, facts)| facts.sha256.clone()),
    }
}

pub(super) fn attachment(
    item: &Item,
    url: &dyn Fn(&Slug) -> Option<String>,
    places: &dyn Places,
) -> Attachment {
    Attachment {
        file: item.file.clone(),
        file_id: places.file(&recorded(item)),
        html: render::html(&item.caption, url),
        kind: item.kind,
        sha256: item.facts.sha256.clone(),
        size: item.facts.size,
        spoiler: item.spoiler,
        thumbnail: item.thumbnail.as_ref().map(|(file, facts)| Thumbnail {
            file: file.clone(),
            sha256: facts.sha256.clone(),
            size: facts.size,
        }),
    }
}

/// `[photo cover.jpg, 1200×800, 230.0 kB]`, or `[photo cover.jpg]` where something else was `sent`; below it the caption.
pub(super) fn readable(item: &Item, sent: Option<&RecordedItem>) -> String {
    let known = sent.is_some_and(|sent| sent.sha256 == item.facts.sha256);
    let facts = if known { facts_of(item) } else { String::new() };
    let spoiler = if item.spoiler { ", spoiler" } else { "" };
    let mut out = format!("[{} {}{facts}{spoiler}]", item.kind.word(), item.name());
    let caption = render::plain(&item.caption);
    if !caption.is_empty() {
        out.push('\n');
        out.push_str(&caption);
    }
    out
}

fn facts_of(item: &Item) -> String {
    let size = match item.facts.format {
        Format::Picture { width, height, .. } => format!(", {width}×{height}"),
        _ => String::new(),
    };
    format!("{size}, {}", media::bytes(item.facts.size))
}

/// What Telegram is given with an upload.
type Upload = (Sha256Hex, media::Kind, Option<Sha256Hex>);

/// Write down beside each change that sends files what it uploads. What an earlier one uploads is there by then.
pub(super) fn note_uploads(changes: &mut [Change], files: &KnownFiles<'_>) {
    let mut uploaded: BTreeSet<Upload> = BTreeSet::new();
    for change in changes {
        let shows = change.steps.iter().any(touches_files) && change.reasons != [Reason::LinkTarget];
        if !shows || change.verb == Verb::Blocked && change.steps.iter().all(|step| carried(step).is_empty())
        {
            continue;
        }
        let mut own: BTreeSet<Upload> = BTreeSet::new();
        let (mut count, mut size) = (0, 0);
        for step in &change.steps {
            let is_known = |item: &&Item| {
                let upload = upload(item);
                files.find(&recorded(item)).is_some() || uploaded.contains(&upload) || own.contains(&upload)
            };
            // What one call carries twice, it uploads twice.
            let unknown: Vec<&Item> = carried(step).into_iter().filter(|item| !is_known(item)).collect();
            count += unknown.len();
            size += unknown.iter().map(|item| item.facts.size).sum::<u64>();
            own.extend(unknown.into_iter().map(upload));
        }
        change.notes.push(match count {
            0 => "nothing is uploaded".to_owned(),
            1 => format!("1 file is uploaded, {}", media::bytes(size)),
            n => format!("{n} files are uploaded, {}", media::bytes(size)),
        });
        if change.is_due() {
            uploaded.append(&mut own);
        }
    }
}

fn upload(item: &Item) -> Upload {
    let recorded = recorded(item);
    let (sha256, kind, thumbnail) = recorded.upload();
    (sha256.clone(), kind, thumbnail.cloned())
}

/// The files that a step's call carries.
fn carried(step: &Step) -> Vec<&Item> {
    match step {
        Step::Edit { touch: Touch { caption: true, .. }, .. } => Vec::new(),
        Step::Edit { touch: Touch { item: Some(item), .. }, message, .. } => {
            items(message).get(*item).into_iter().collect()
        }
        Step::Send { message, .. } | Step::Edit { message, .. } => message.part.files(),
        _ => Vec::new(),
    }
}

fn touches_files(step: &Step) -> bool {
    match step {
        Step::Send { message, .. } | Step::Edit { message, .. } => !message.part.files().is_empty(),
        _ => false,
    }
}

/// The files of a message that consists of them; none of a text.
pub(super) fn items(message: &Open) -> &[Item] {
    match &message.part.body {
        Body::Media { items, .. } => items,
        Body::Text { .. } => &[],
    }
}
