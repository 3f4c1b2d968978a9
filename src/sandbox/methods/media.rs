//! `sendPhoto` and its like: one file with a caption. `getFile`.

use super::send::{Options, check_may_send};
use super::{Answer, Call, caption};
use crate::sandbox::entities::{Formatted, Raw};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::media::{Found, Input, Kind};
use crate::sandbox::params::Fields;
use crate::sandbox::world::{Content, Draft, Medium};

pub(super) fn photo(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Photo)
}

pub(super) fn video(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Video)
}

pub(super) fn animation(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Animation)
}

pub(super) fn audio(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Audio)
}

pub(super) fn document(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Document)
}

pub(super) fn voice(call: &mut Call<'_>) -> Answer {
    call.send_medium(Kind::Voice)
}

pub(super) fn file(call: &mut Call<'_>) -> Answer {
    match call.params.text("file_id") {
        "" => Err(bad("file_id not specified")),
        id => call.world.files.file(id, call.bot).map(Into::into),
    }
}

/// A file with its caption, well-formed, nothing looked up.
pub(super) struct Wanted {
    pub(super) input: Input,
    caption: Raw,
    is_below_caption: bool,
    has_spoiler: bool,
}

impl Wanted {
    /// The file and the caption of `sendPhoto` and its like.
    fn of_call(call: &Call<'_>, kind: Kind) -> Result<Self, Failure> {
        let params = call.params;
        let input = Input::of_call(params, kind)
            .ok_or_else(|| bad(format!("There is no {} in the request", kind.name())))?;
        let caption = caption::of_call(params)?;
        Ok(Self::new(input, caption, params.flag("show_caption_above_media"), params.flag("has_spoiler")))
    }

    /// An `InputMedia…`.
    pub(super) fn of_media(
        call: &Call<'_>,
        value: &serde_json::Value,
        for_album: bool,
    ) -> Result<Self, Failure> {
        let read = || -> Result<Self, String> {
            let fields = Fields(value.as_object().ok_or("expected an Object")?);
            let caption = caption::of_media(&fields)?;
            let is_below_caption = fields.flag("show_caption_above_media")?;
            let has_spoiler = fields.flag("has_spoiler")?;
            let input = Input::of_media(call.params, &fields, for_album)?;
            Ok(Self::new(input, caption, is_below_caption, has_spoiler))
        };
        read().map_err(|why| bad(format!("Can't parse InputMedia: {why}")))
    }

    /// What the kind can't have is left out.
    fn new(input: Input, caption: Raw, is_below_caption: bool, has_spoiler: bool) -> Self {
        let kind = input.kind;
        Self {
            input,
            caption,
            is_below_caption: is_below_caption && kind.may_be_below_caption(),
            has_spoiler: has_spoiler && kind.may_be_hidden(),
        }
    }
}

/// A file that the Bot API server has no objection to, with its caption.
pub(super) struct Checked {
    pub(super) kind: Kind,
    pub(super) found: Found,
    pub(super) is_below_caption: bool,
    caption: Formatted,
    has_spoiler: bool,
}

impl Checked {
    /// What the message will hold, or Telegram's reason why not.
    pub(super) fn accept(self) -> Result<Content, crate::sandbox::media::Refusal> {
        let asset = self.found.accept()?;
        let is_below_caption = self.is_below_caption && asset.kind.may_be_below_caption();
        let has_spoiler = self.has_spoiler && asset.kind.may_be_hidden();
        Ok(Content::Media(Medium { asset, caption: self.caption, is_below_caption, has_spoiler }))
    }
}

impl Call<'_> {
    /// Looks up the file and finishes the caption.
    pub(super) fn check_medium(&self, wanted: Wanted) -> Result<Checked, Failure> {
        let Wanted { input, caption, is_below_caption, has_spoiler } = wanted;
        let kind = input.kind;
        let found = self.world.files.find(input, self.bot)?;
        let caption = self.caption(caption)?;
        Ok(Checked { kind, found, is_below_caption, caption, has_spoiler })
    }

    fn send_medium(&mut self, kind: Kind) -> Answer {
        let wanted = Wanted::of_call(self, kind)?;
        let (reply, markup, is_protected) = Options::read(self.params)?.into_parts();
        let (chat, draft) = self.draft(reply, is_protected)?;
        check_may_send(chat, kind.right())?;
        let (keyboard, has_reply_keyboard) = markup.check_for_sending(chat.kind)?;
        let checked = self.check_medium(wanted)?;
        if let Some(keyboard) = &keyboard {
            keyboard.check_by_backend(chat.kind)?;
        }
        let content = checked.accept().map_err(|refusal| bad(refusal.alone()))?;
        let chat = chat.id;
        self.spend(chat)?;
        let id = self.world.send(chat, Draft { content, keyboard, has_reply_keyboard, ..draft });
        Ok(self.world.message_json(chat, id))
    }
}
