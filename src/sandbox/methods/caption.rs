//! Captions: read with the other parameters, finished when the chat is known.

use serde_json::Value;

use super::Call;
use crate::sandbox::entities::{self, CAPTION_LIMIT, Finish, Formatted, Raw};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::params::{Fields, Params};
use crate::sandbox::world::PERSON;

const RULES: Finish = Finish { limit: CAPTION_LIMIT, allow_empty: true, detect: true };

/// `caption` with its `parse_mode` or `caption_entities`; often empty.
pub(super) fn of_call(params: &Params) -> Result<Raw, Failure> {
    let entities: Option<Value> = serde_json::from_str(params.text("caption_entities")).ok();
    entities::read(params.text("caption"), params.text("parse_mode"), entities.as_ref()).map_err(bad)
}

/// The caption inside an `InputMedia…`. Errors are the tail of `can't parse InputMedia: …`.
pub(super) fn of_media(fields: &Fields<'_>) -> Result<Raw, String> {
    entities::read(&fields.text("caption")?, &fields.text("parse_mode")?, fields.0.get("caption_entities"))
}

impl Call<'_> {
    /// A caption as the message will hold it.
    pub(super) fn caption(&self, raw: Raw) -> Result<Formatted, Failure> {
        raw.knowing(&[PERSON, self.bot]).finish(RULES).map_err(bad)
    }

    /// As [`Self::caption`], for the one method where only Telegram measures, in its own words.
    pub(super) fn caption_of_edit(&self, raw: Raw) -> Result<Formatted, Failure> {
        let caption = raw.knowing(&[PERSON, self.bot]).fix(RULES).map_err(bad)?;
        if caption.text.chars().count() > CAPTION_LIMIT {
            return Err(bad("MEDIA_CAPTION_TOO_LONG"));
        }
        Ok(caption.into_received(true))
    }
}
