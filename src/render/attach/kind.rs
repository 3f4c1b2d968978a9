//! What a file is sent as, and whether Telegram takes it so: measured against `limits`, with what can be done.

use super::{Wish, caption};
use crate::diagnostic::codes::media as codes;
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::RelPath;
use crate::media::{Class, Facts, Format, Kind};
use crate::render::check::grouped;
use crate::render::limits;
use crate::render::link::Scope;
use crate::render::notes::Spot;
use crate::render::part::Item;

/// The file as an item; problems are noted. `None`: nothing is known of it, which is an error.
pub(super) fn item(wish: Wish, scope: &mut Scope<'_>) -> Option<Item> {
    let mut look = Look { name: name_of(&wish.file).to_owned(), spot: wish.spot.clone(), scope };
    let facts = look.facts(&wish.file)?;
    let kind = wish.kind.unwrap_or_else(|| by_name(&look.name));
    look.size(kind, facts.size);
    look.format(kind, facts.format);
    let spoiler = wish.spoiler && look.takes_spoiler(kind);
    let thumbnail = wish.thumbnail.filter(|_| look.takes_thumbnail(kind));
    let thumbnail = thumbnail.and_then(|file| look.thumbnail(file));
    caption::check(&wish.caption, &look.name, look.scope, &wish.spot);
    Some(Item { kind, file: wish.file, facts, spoiler, caption: wish.caption, thumbnail })
}

/// What a file is sent as unless the post says otherwise. A voice message is a choice: an OGG may be music.
fn by_name(name: &str) -> Kind {
    match ending(name).as_str() {
        "jpg" | "jpeg" | "png" => Kind::Photo,
        "gif" => Kind::Animation,
        "mp4" => Kind::Video,
        "mp3" | "m4a" => Kind::Audio,
        _ => Kind::Document,
    }
}

fn name_of(file: &RelPath) -> &str {
    file.as_str().rsplit('/').next().unwrap_or_default()
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

/// MIME types that are sent as `kind`, and their names for people; `None`: any (Bot API, checked 2026-11-20).
fn formats(kind: Kind) -> Option<(&'static [&'static str], &'static str)> {
    Some(match kind {
        Kind::Photo => (&["image/jpeg", "image/png"], "JPEG or PNG"),
        Kind::Animation => (&["image/gif", "video/mp4", "video/x-m4v"], "GIF or MP4"),
        Kind::Video => (&["video/mp4", "video/x-m4v"], "MP4"),
        Kind::Audio => (&["audio/mpeg", "audio/m4a", "video/mp4"], "MP3 or M4A"),
        Kind::Voice => (&["audio/opus", "audio/mpeg", "audio/m4a", "video/mp4"], "OGG with Opus, MP3 or M4A"),
        Kind::Document => return None,
    })
}

/// What endings say; others say nothing for certain.
fn formats_of(ending: &str) -> &'static [&'static str] {
    match ending {
        "jpg" | "jpeg" => &["image/jpeg"],
        "png" => &["image/png"],
        "gif" => &["image/gif"],
        "webp" => &["image/webp"],
        "mp4" => &["video/mp4", "video/x-m4v"],
        "mp3" => &["audio/mpeg"],
        "m4a" => &["audio/m4a", "video/mp4"],
        "pdf" => &["application/pdf"],
        _ => &[],
    }
}

fn mime(format: Format) -> Option<&'static str> {
    match format {
        Format::Picture { mime, .. } | Format::Other(mime) => Some(mime),
        Format::Unknown => None,
    }
}

fn article(kind: Kind) -> String {
    let word = if kind == Kind::Voice { "voice message" } else { kind.word() };
    let article = if word.starts_with('a') { "an" } else { "a" };
    format!("{article} {word}")
}

/// One file under examination.
struct Look<'s, 'p> {
    /// Without its folder.
    name: String,
    spot: Spot,
    scope: &'s mut Scope<'p>,
}

impl Look<'_, '_> {
    fn error(&mut self, code: Code, message: String, hint: &str) {
        self.scope.notes.add(Diagnostic::error(code, message).hint(hint), self.spot.clone());
    }

    fn warn(&mut self, code: Code, message: String, hint: &str) {
        self.scope.notes.add(Diagnostic::warning(code, message).hint(hint), self.spot.clone());
    }

    fn facts(&mut self, file: &RelPath) -> Option<Facts> {
        let facts = self.scope.catalog.facts.get(file).cloned();
        if facts.is_none() {
            let reason = self.scope.catalog.unreadable.get(file);
            let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
            let message = format!("`{file}` can't be read{reason}");
            self.error(codes::UNREADABLE_FILE, message, "give read permission, or remove it from the post");
        }
        facts
    }

    fn size(&mut self, kind: Kind, size: u64) {
        let others = self.scope.settings.upload;
        let limit = if kind == Kind::Photo { limits::PHOTO_SIZE.min(others) } else { others };
        if size == 0 {
            let message = format!("`{}` is empty", self.name);
            return self.error(codes::EMPTY_FILE, message, "put the right file in its place, or remove it");
        }
        if size <= limit {
            return;
        }
        let message = format!(
            "`{}` has {} bytes, {} may have {} ({} MB)",
            self.name,
            bytes(size),
            article(kind),
            bytes(limit),
            limit >> 20,
        );
        let hint = if size <= others {
            "make it smaller, or send it as it is with `kind: document`"
        } else {
            "make it smaller, or link to it: a `mirror` gives it a public address"
        };
        self.error(codes::FILE_TOO_LARGE, message, hint);
    }

    fn format(&mut self, kind: Kind, format: Format) {
        let found = mime(format);
        if let Some((wanted, words)) = formats(kind)
            && !found.is_some_and(|found| wanted.contains(&found))
        {
            let what = found.map_or("something else".to_owned(), |found| format!("`{found}`"));
            let message = format!("`{}` is sent as {}, but holds {what}", self.name, article(kind));
            let hint = format!("convert it to {words}, or send it as it is with `kind: document`");
            return self.error(codes::WRONG_FORMAT, message, &hint);
        }
        if kind == Kind::Photo {
            self.pixels(format);
        }
        let said = formats_of(&ending(&self.name));
        if let Some(found) = found.filter(|found| !said.is_empty() && !said.contains(found)) {
            let message = format!("`{}` holds `{found}`, not what its name says", self.name);
            self.warn(codes::MISLEADING_NAME, message, "rename it");
        }
    }

    fn pixels(&mut self, format: Format) {
        let Format::Picture { width, height, .. } = format else {
            let message = format!("`{}` is sent as a photo, but its size can't be read", self.name);
            let hint = "save it anew, or send it as it is with `kind: document`";
            return self.error(codes::WRONG_FORMAT, message, hint);
        };
        let hint = "scale or crop it, or send it as it is with `kind: document`";
        let (longer, shorter) = (u64::from(width.max(height)), u64::from(width.min(height)));
        let name = &self.name;
        if longer + shorter > limits::PHOTO_SIDES {
            let message = format!(
                "`{name}` has {width} × {height} pixels: the sides make {}, {} are allowed",
                bytes(longer + shorter),
                bytes(limits::PHOTO_SIDES),
            );
            self.error(codes::PICTURE_SIZE, message, hint);
        } else if longer > shorter * limits::PHOTO_RATIO {
            let message = format!(
                "`{name}` has {width} × {height} pixels: one side may be {} times the other",
                limits::PHOTO_RATIO,
            );
            self.error(codes::PICTURE_SIZE, message, hint);
        }
    }

    fn takes_spoiler(&mut self, kind: Kind) -> bool {
        let takes = kind.class() == Some(Class::Visual) || kind == Kind::Animation;
        if !takes {
            let message = format!("`{}` is sent as {}, which has no spoiler", self.name, article(kind));
            self.warn(codes::NO_EFFECT, message, "remove the spoiler");
        }
        takes
    }

    fn takes_thumbnail(&mut self, kind: Kind) -> bool {
        let takes = !matches!(kind, Kind::Photo | Kind::Voice);
        if !takes {
            let message = format!("`{}` is sent as {}, which has no thumbnail", self.name, article(kind));
            self.warn(codes::NO_EFFECT, message, "remove `thumbnail`");
        }
        takes
    }

    fn thumbnail(&mut self, file: RelPath) -> Option<(RelPath, Facts)> {
        let facts = self.facts(&file)?;
        let name = name_of(&file);
        let fault = match facts.format {
            _ if facts.size >= limits::THUMBNAIL_SIZE => Some(format!(
                "has {} bytes, less than {} are allowed",
                bytes(facts.size),
                bytes(limits::THUMBNAIL_SIZE)
            )),
            Format::Picture { mime: "image/jpeg", width, height } => {
                let most = limits::THUMBNAIL_SIDE;
                (width.max(height) > most)
                    .then(|| format!("has {width} × {height} pixels, {most} × {most} are allowed"))
            }
            _ => Some("is no JPEG".to_owned()),
        };
        if let Some(fault) = fault {
            let message = format!("the thumbnail `{name}` {fault}");
            self.error(codes::BAD_THUMBNAIL, message, "make it a small JPEG, or remove `thumbnail`");
        }
        Some((file, facts))
    }
}

fn bytes(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}
