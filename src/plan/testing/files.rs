//! Files on paper: messages with files as short words.

use std::path::Path;

use super::slug;
use crate::content::LinkPreview;
use crate::ids::{Digest, RelPath, Sha256Hex};
use crate::media::{Facts, FileRef, Format, Kind};
use crate::plan::{Fixed, Open};
use crate::render::rich::tree::{Block as Page, Inline as Line, Rich};
use crate::render::tree::{Block, Body as Lines, Gap, Inline, Link, Role, Text};
use crate::render::{Body, Item, Part, Wording};

/// What the body of a post that consists of files says, `-`.
const NOTHING: &str = "•";

/// The messages with files, then the text, if the post says something.
pub(super) fn with_files(messages: &[String], text: &[Open]) -> Vec<Open> {
    let says = |open: &Open| open.readable() != NOTHING;
    let media = messages.iter().map(|message| {
        if let Some(page) = message.strip_prefix("# ") {
            let body = Body::Text { wording: Wording::Rich(rich(page)), preview: LinkPreview::Default };
            return Open { part: Part { body, buttons: Vec::new() }, ..text[0].clone() };
        }
        let above = message.contains(" ^");
        let words = message.split(' ').filter(|word| *word != "^");
        let body = Body::Media { items: words.map(item).collect(), above };
        let part = Part { body, buttons: Vec::new() };
        Open { links: part.links(), part, ..text[0].clone() }
    });
    let rest = text.iter().filter(|open| messages.is_empty() || says(open)).cloned();
    let mut parts: Vec<Open> = media.chain(rest).collect();
    if let Some(last) = parts.last_mut().filter(|_| !messages.is_empty()) {
        last.part.buttons.clone_from(&text[text.len() - 1].part.buttons);
        last.links = last.part.links();
    }
    parts
        .iter_mut()
        .skip(1)
        .for_each(|open| open.fixed = Fixed { silent: true, reply_to: None, ..open.fixed.clone() });
    parts
}

/// A paragraph for each word, or a file.
fn rich(page: &str) -> Rich {
    let block = |word: &str| {
        if word.contains('=') {
            Page::File { item: Box::new(item(word)), caption: Vec::new(), credit: Vec::new() }
        } else {
            Page::Paragraph(vec![Line::Text(word.to_owned())])
        }
    };
    Rich { blocks: page.split(' ').map(block).collect() }
}

/// `name.ending=content:caption`; `!` before it hides it, `@slug` in place of a caption is a link.
fn item(source: &str) -> Item {
    let (rest, spoiler) = source.strip_prefix('!').map_or((source, false), |rest| (rest, true));
    let (file, caption) = rest.split_once(':').unwrap_or((rest, ""));
    let (name, holds) = file.split_once('=').unwrap();
    let kind = match name.rsplit('.').next().unwrap() {
        "jpg" => Kind::Photo,
        "mp4" => Kind::Video,
        "gif" => Kind::Animation,
        "mp3" => Kind::Audio,
        "ogg" => Kind::Voice,
        _ => Kind::Document,
    };
    let (holds, thumbnail) =
        holds.split_once('+').map_or((holds, None), |(holds, thumb)| (holds, Some(thumb)));
    let facts = |holds: &str| Facts {
        sha256: Sha256Hex::of(holds.as_bytes()),
        size: 1000 * holds.len() as u64,
        format: Format::Picture { mime: "image/jpeg", width: 1200, height: 800 },
    };
    let file = |name: &str| RelPath::new(Path::new(name)).unwrap();
    let caption = match caption.strip_prefix('@') {
        Some(to) => {
            vec![Inline::Link { to: Link::Post(slug(to)), content: vec![Inline::Text(to.to_owned().into())] }]
        }
        None if caption.is_empty() => Vec::new(),
        None => vec![Inline::Text(caption.to_owned().into())],
    };
    Item {
        kind,
        file: file(name),
        facts: facts(holds),
        spoiler,
        caption: text(caption),
        thumbnail: thumbnail.map(|thumb| (file("thumb.jpg"), facts(thumb))),
    }
}

/// What Telegram would have made of a file.
pub(crate) fn file_of((sha256, kind, thumbnail): (&Sha256Hex, Kind, Option<&Sha256Hex>)) -> FileRef {
    let key = Digest::of(&(sha256, kind, thumbnail)).to_string();
    FileRef { file_id: format!("id-{key}"), unique: key }
}

fn text(line: Vec<Inline<'_>>) -> Text<'_> {
    let block = Block { gap: Gap::Line, role: Role::Plain, body: Lines::Paragraph(line) };
    Text { blocks: if line_is_empty(&block) { Vec::new() } else { vec![block] } }
}

fn line_is_empty(block: &Block<'_>) -> bool {
    matches!(&block.body, Lines::Paragraph(line) if line.is_empty())
}

/// What a file holds that a test wrote with a number.
pub(crate) fn holds(sha256: &Sha256Hex) -> String {
    let numbers = (0..1000).map(|n: u32| n.to_string());
    numbers.into_iter().find(|text| Sha256Hex::of(text.as_bytes()) == *sha256).unwrap_or_default()
}
