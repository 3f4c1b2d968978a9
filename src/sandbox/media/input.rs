//! What a call says about a file: where it is and what it is to be shown as.

use super::asset::{Asset, Thumbnail};
use super::format::{self, Format};
use super::kind::Kind;
use crate::sandbox::params::{Fields, File, Params};

/// Thumbnails are smaller than so many bytes, and at most so many pixels a side; others are ignored.
const MAX_THUMBNAIL: u64 = 200 << 10;
const MAX_THUMBNAIL_SIDE: u32 = 320;

/// Largest numbers that are taken for a side and a length; larger ones are cut.
const MAX_SIDE: i64 = 10_000;
const MAX_DURATION: i64 = 24 * 60 * 60;

/// Where a file is.
#[derive(Debug, Clone)]
pub(in crate::sandbox) enum Source {
    /// In the request.
    Uploaded(File),
    /// A `file_id` or an address.
    Named(String),
}

impl Source {
    /// The file of a parameter or field whose value is `named`; `part` is looked at when there is none.
    fn find(params: &Params, named: &str, part: &str) -> Option<Self> {
        let part = match named.strip_prefix("attach://") {
            Some(part) => part,
            None if !named.is_empty() => return Some(Self::Named(named.to_owned())),
            None => part,
        };
        params.files.get(part).cloned().map(Self::Uploaded)
    }
}

/// What is said about a file. Zero and empty mean that nothing is.
#[derive(Debug, Clone, Default)]
struct Said {
    width: u32,
    height: u32,
    duration: u32,
    title: String,
    performer: String,
}

/// A file to be sent, nothing of it looked at.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Input {
    pub kind: Kind,
    pub source: Source,
    said: Said,
    thumbnail: Option<File>,
    /// Whether a document may become what its content is.
    detect: bool,
}

impl Input {
    /// The file of `sendPhoto` and its like; `None` when there is none in the request.
    pub(in crate::sandbox) fn of_call(params: &Params, kind: Kind) -> Option<Self> {
        let source = Source::find(params, params.text(kind.name()), kind.name())?;
        let number = |name: &str, most| cut(params.number(name), most);
        let said = Said {
            width: number("width", MAX_SIDE),
            height: number("height", MAX_SIDE),
            duration: number("duration", MAX_DURATION),
            title: params.text("title").to_owned(),
            performer: params.text("performer").to_owned(),
        };
        let thumbnail = thumbnail(params, params.text("thumbnail"));
        let detect = !params.flag("disable_content_type_detection");
        Some(Self { kind, source, said: said.of(kind), thumbnail, detect })
    }

    /// The file of an `InputMedia…`. Errors are the tail of `can't parse InputMedia: …`.
    pub(in crate::sandbox) fn of_media(
        params: &Params,
        fields: &Fields<'_>,
        for_album: bool,
    ) -> Result<Self, String> {
        let name = fields.required_text("type")?;
        // A file that is missing is told before a kind that is unknown.
        Source::find(params, &fields.text("media")?, "").ok_or("media not found")?;
        let kind = Kind::of_input_media(&name).ok_or_else(|| format!("type \"{name}\" is unsupported"))?;
        if for_album && kind == Kind::Animation {
            return Err(format!("type \"{name}\" can't be used in sendMediaGroup"));
        }
        let detect = !for_album && !fields.flag("disable_content_type_detection")?;
        Ok(Self { detect, ..Self::of_kind(params, fields, kind)? })
    }

    /// The file of an `InputMedia…` that is to be of that kind and is not turned into another.
    pub(in crate::sandbox) fn of_kind(
        params: &Params,
        fields: &Fields<'_>,
        kind: Kind,
    ) -> Result<Self, String> {
        let source = Source::find(params, &fields.text("media")?, "").ok_or("media not found")?;
        let thumbnail = thumbnail(params, &fields.text("thumbnail")?);
        let said = Said {
            width: cut(fields.number("width")?, MAX_SIDE),
            height: cut(fields.number("height")?, MAX_SIDE),
            duration: cut(fields.number("duration")?, MAX_DURATION),
            title: fields.text("title")?,
            performer: fields.text("performer")?,
        };
        Ok(Self { kind, source, said: said.of(kind), thumbnail, detect: false })
    }

    pub(in crate::sandbox) fn is_upload(&self) -> bool {
        matches!(self.source, Source::Uploaded(_))
    }

    /// What an uploaded file becomes.
    pub(super) fn into_asset(self, file: &File) -> Asset {
        let kind = self.kind.received(&file.facts, self.detect);
        let said = self.said.of(kind);
        let has_name = !matches!(kind, Kind::Photo | Kind::Voice);
        let is_seen = matches!(kind, Kind::Photo | Kind::Video | Kind::Animation);
        let known = |seen: u32, said: u32| if seen > 0 { seen } else { said };
        Asset {
            kind,
            sha256: file.sha256.clone(),
            size: file.size,
            name: if has_name { file.name.clone() } else { String::new() },
            mime: if kind == Kind::Photo {
                String::new()
            } else {
                format::mime(&file.name, file.facts.format).into()
            },
            width: if is_seen { known(file.facts.width, said.width) } else { 0 },
            height: if is_seen { known(file.facts.height, said.height) } else { 0 },
            duration: if kind == Kind::Document { 0 } else { known(said.duration, file.facts.duration) },
            title: said.title,
            performer: said.performer,
            thumbnail: self.thumbnail.filter(|_| has_name).and_then(|file| shown(&file)),
        }
    }
}

impl Said {
    /// Only music has a title.
    fn of(self, kind: Kind) -> Self {
        if kind == Kind::Audio {
            self
        } else {
            Self { title: String::new(), performer: String::new(), ..self }
        }
    }
}

fn cut(number: i64, most: i64) -> u32 {
    u32::try_from(number.clamp(0, most)).unwrap_or(0)
}

/// A thumbnail is uploaded; ids and addresses are ignored. The part may also stand there unnamed.
fn thumbnail(params: &Params, named: &str) -> Option<File> {
    let part = named.strip_prefix("attach://").unwrap_or("thumbnail");
    params.files.get(part).or_else(|| params.files.get("thumb")).cloned()
}

/// A thumbnail as it is shown, if it is one.
fn shown(file: &File) -> Option<Thumbnail> {
    let (width, height) = (file.facts.width, file.facts.height);
    let is_small = (1..MAX_THUMBNAIL).contains(&file.size) && width.max(height) <= MAX_THUMBNAIL_SIDE;
    let is_picture = file.facts.format == Format::Jpeg && width > 0 && height > 0;
    (is_small && is_picture).then(|| Thumbnail {
        sha256: file.sha256.clone(),
        size: file.size,
        width,
        height,
    })
}
