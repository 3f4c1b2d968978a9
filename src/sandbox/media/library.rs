//! Every file the sandbox knows: by the ids of bots, and by the path of a download.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::asset::{Asset, THUMBNAIL};
use super::depot::Served;
use super::input::{Input, Source};
use super::kind::Kind;
use super::refusal::Refusal;
use super::{format, id, path};
use crate::sandbox::entities;
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::params::File;

const MEGABYTE: u64 = 1 << 20;

/// Largest photo.
const MAX_PHOTO: u64 = 10 * MEGABYTE;

/// Largest file that `getFile` hands out on the hosted server.
const MAX_DOWNLOAD: u64 = 20 * MEGABYTE;

/// Largest sum of width and height of a photo, and how many times one may exceed the other.
const MAX_SUM: u64 = 10_000;
const MAX_RATIO: u64 = 20;

/// What the name of a photo may end in.
const EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "gif", "png", "tif", "bmp"];

/// How large files may be, in bytes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(in crate::sandbox) struct Limits {
    /// Of a request with its files.
    pub upload: u64,
}

impl Limits {
    /// That of the server at `api.telegram.org`.
    pub(in crate::sandbox) const HOSTED: u64 = 50 * MEGABYTE;

    /// A server of one's own, which takes more, hands out everything.
    fn download(self) -> u64 {
        if self.upload > Self::HOSTED { u64::MAX } else { MAX_DOWNLOAD }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { upload: Self::HOSTED }
    }
}

/// The files that were sent, by what they are known by.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::sandbox) struct Library {
    #[serde(skip)]
    pub limits: Limits,
    numbers: BTreeMap<String, usize>,
    assets: Vec<Asset>,
}

/// A file of a call that the Bot API server has no objection to.
#[derive(Debug, Clone)]
pub(in crate::sandbox) enum Found {
    Asset(Asset),
    /// A photo whose picture Telegram has yet to look at.
    Photo(Asset, File),
    Refused(Refusal),
}

impl Found {
    /// What Telegram makes of it.
    pub(in crate::sandbox) fn accept(self) -> Result<Asset, Refusal> {
        match self {
            Self::Asset(asset) => Ok(asset),
            Self::Refused(refusal) => Err(refusal),
            Self::Photo(asset, file) => {
                check_photo(&file)?;
                Ok(asset)
            }
        }
    }
}

fn check_photo(file: &File) -> Result<(), Refusal> {
    let extension = format::extension(&file.name);
    if !extension.is_empty() && !EXTENSIONS.contains(&extension.as_str()) {
        return Err(Refusal::Extension);
    }
    let (width, height) = (u64::from(file.facts.width), u64::from(file.facts.height));
    if !file.facts.format.is_picture() || width == 0 || height == 0 {
        return Err(Refusal::NoPicture);
    }
    let is_within = width + height <= MAX_SUM && width <= height * MAX_RATIO && height <= width * MAX_RATIO;
    if is_within { Ok(()) } else { Err(Refusal::Dimensions) }
}

impl Library {
    /// Remembers a file that was sent.
    pub(in crate::sandbox) fn add(&mut self, asset: &Asset) {
        let next = self.assets.len();
        if *self.numbers.entry(asset.key()).or_insert(next) == next {
            self.assets.push(asset.clone());
        }
    }

    /// Looks up the file of a call, with the complaints of the Bot API server itself.
    pub(in crate::sandbox) fn find(&self, input: Input, bot: i64) -> Result<Found, Failure> {
        match &input.source {
            Source::Named(name) if name.contains('.') => match entities::url::check(name) {
                Ok(_) => Ok(Found::Refused(Refusal::Unreachable)),
                Err(why) => Err(bad(format!("Invalid file HTTP URL specified: {why}"))),
            },
            Source::Named(id) => match self.by_id(id, bot)? {
                None => Ok(Found::Refused(Refusal::Unknown)),
                Some((_, THUMBNAIL)) => {
                    Err(bad(format!("Can't use file of type Thumbnail as {}", input.kind.title())))
                }
                Some((asset, _)) if (asset.kind == Kind::Photo) == (input.kind == Kind::Photo) => {
                    Ok(Found::Asset(asset.clone()))
                }
                Some((asset, _)) => Err(bad(format!(
                    "Can't use file of type {} as {}",
                    asset.kind.title(),
                    input.kind.title()
                ))),
            },
            Source::Uploaded(file) => {
                check_size(file, input.kind)?;
                let file = file.clone();
                let is_photo = input.kind == Kind::Photo;
                let asset = input.into_asset(&file);
                Ok(if is_photo { Found::Photo(asset, file) } else { Found::Asset(asset) })
            }
        }
    }

    /// The asset and the letter of a bot's `file_id`; `None` when it is that of another bot.
    fn by_id(&self, id: &str, bot: i64) -> Result<Option<(&Asset, char)>, Failure> {
        let wrong = |why: &str| bad(format!("Wrong remote file identifier specified: {why}"));
        if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(wrong("Wrong character in the string"));
        }
        if id.len() % 4 == 1 {
            return Err(wrong("Wrong string length"));
        }
        let found = id::opened(id, bot).and_then(|(inner, is_own)| Some((self.by_inner_id(inner)?, is_own)));
        match found {
            Some((found, true)) => Ok(Some(found)),
            Some((_, false)) => Ok(None),
            None => Err(wrong("can't unserialize it. Wrong last symbol")),
        }
    }

    /// The asset of any bot's `file_id`.
    pub(in crate::sandbox) fn of_any_bot(&self, id: &str) -> Option<&Asset> {
        let (inner, _) = id::opened(id, 0)?;
        self.by_inner_id(inner).filter(|(_, letter)| *letter != THUMBNAIL).map(|(asset, _)| asset)
    }

    /// The path of a file, or of the largest size of a photo.
    pub(in crate::sandbox) fn path_of(&self, asset: &Asset) -> Option<String> {
        let number = *self.numbers.get(&asset.key())?;
        let letter = asset.letters().into_iter().rfind(|letter| *letter != THUMBNAIL)?;
        Some(path::of(asset, number, letter))
    }

    /// As [`Self::path_of`], of the file with an id as messages hold it.
    pub(in crate::sandbox) fn path_of_inner(&self, inner: &str) -> Option<String> {
        self.by_inner_id(inner).and_then(|(asset, _)| self.path_of(asset))
    }

    fn by_inner_id(&self, inner: &str) -> Option<(&Asset, char)> {
        let letter = inner.chars().next_back()?;
        let (prefix, rest) = inner.split_at_checked(4)?;
        let asset = &self.assets[*self.numbers.get(rest.strip_suffix(letter)?)?];
        (asset.prefix(letter) == prefix && asset.letters().contains(&letter)).then_some((asset, letter))
    }

    /// `getFile`: a `File` with its path.
    pub(in crate::sandbox) fn file(&self, id: &str, bot: i64) -> Result<Map<String, Value>, Failure> {
        let found = self.by_id(id, bot).map_err(|_| bad("invalid file_id"))?;
        let (asset, letter) =
            found.ok_or_else(|| bad("wrong file_id or the file is temporarily unavailable"))?;
        if asset.stored_size(letter) > self.limits.download() {
            return Err(bad("file is too big"));
        }
        let mut file = asset.ids(letter);
        file.insert("file_path".into(), path::of(asset, self.numbers[&asset.key()], letter).into());
        Ok(file)
    }

    /// What is served under a path that `getFile` told.
    pub(in crate::sandbox) fn at_path(&self, wanted: &str) -> Option<Served> {
        let number = path::number(wanted)?;
        let asset = self.assets.get(number)?;
        let letter = asset.letters().into_iter().find(|letter| path::of(asset, number, *letter) == wanted)?;
        let size = asset.stored_size(letter);
        if size > self.limits.download() {
            return None;
        }
        let thumbnail = asset.thumbnail.as_ref().filter(|_| letter == THUMBNAIL);
        let sha256 = thumbnail.map_or(&asset.sha256, |thumbnail| &thumbnail.sha256).clone();
        let trailer = if thumbnail.is_some() { String::new() } else { asset.trailer(letter) };
        Some(Served { sha256, size, trailer })
    }
}

fn check_size(file: &File, kind: Kind) -> Result<(), Failure> {
    if file.size == 0 {
        return Err(bad("File must be non-empty"));
    }
    if kind == Kind::Photo && file.size > MAX_PHOTO {
        return Err(bad(format!(
            "File of size {} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes",
            file.size
        )));
    }
    Ok(())
}
