//! Files that a rich message brings along, or names by an id.

use std::cell::RefCell;

use super::media::{Kind, is_web};
use crate::sandbox::media::{self, Asset, Input, Library};
use crate::sandbox::params::{Fields, Params};

/// Where a file of a rich message comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// An address. It is not fetched: the file is what the address says.
    Web(String),
    Asset(Box<Asset>),
}

/// The call a rich message comes with.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Request<'a> {
    pub params: &'a Params,
    pub files: &'a Library,
    pub bot: i64,
}

/// The files of one rich message.
#[derive(Debug)]
pub(super) struct Files<'a> {
    /// Without one there are addresses only.
    request: Option<Request<'a>>,
    uploads: RefCell<Vec<Asset>>,
}

impl<'a> Files<'a> {
    pub(super) fn of(request: Option<Request<'a>>) -> Self {
        Self { request, uploads: RefCell::default() }
    }

    /// The files that were uploaded with the message.
    pub(super) fn into_uploads(self) -> Vec<Asset> {
        self.uploads.into_inner()
    }

    /// `InputMedia…`: its kind and its file. Captions in it are ignored. `malformed` completes what is wrong with its
    /// form; what is wrong with the file stands alone.
    pub(super) fn input_media(
        &self,
        fields: &Fields<'_>,
        malformed: impl Fn(String) -> String,
    ) -> Result<(Kind, Source), String> {
        let name = fields.required_text("type").map_err(&malformed)?;
        let kind = Kind::named(&name).ok_or_else(|| malformed(format!("type \"{name}\" is unsupported")))?;
        let named = fields.required_text("media").map_err(&malformed)?;
        if is_web(&named) {
            return Ok((kind, Source::Web(named)));
        }
        let request = self.request.filter(|_| !named.is_empty());
        let request = request.ok_or_else(|| malformed("media not found".into()))?;
        let input = Input::of_kind(request.params, fields, kind.as_media()).map_err(malformed)?;
        let asset = self.asset(request, input)?;
        if asset.kind == kind.as_media() {
            Ok((kind, Source::Asset(Box::new(asset))))
        } else {
            Err(kind.error("INVALID"))
        }
    }

    fn asset(&self, request: Request<'_>, input: Input) -> Result<Asset, String> {
        let is_upload = input.is_upload();
        let found = request.files.find(input, request.bot).map_err(|failure| tail(&failure.description))?;
        let asset = found.accept().map_err(|refusal| refusal.alone().to_owned())?;
        if is_upload {
            self.uploads.borrow_mut().push(asset.clone());
        }
        Ok(asset)
    }
}

fn tail(description: &str) -> String {
    description.strip_prefix("Bad Request: ").unwrap_or(description).to_owned()
}

impl Kind {
    fn as_media(self) -> media::Kind {
        match self {
            Self::Photo => media::Kind::Photo,
            Self::Video => media::Kind::Video,
            Self::Animation => media::Kind::Animation,
            Self::Audio => media::Kind::Audio,
            Self::Document => media::Kind::Document,
            Self::VoiceNote => media::Kind::Voice,
        }
    }
}
