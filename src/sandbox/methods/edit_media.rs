//! `editMessageMedia` and `editMessageCaption`: each replaces all that it touches.

use super::media::Wanted;
use super::{Answer, Call, caption};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::markup::Markup;
use crate::sandbox::media::Kind;
use crate::sandbox::world::{Content, Medium, Message};

/// Replaces text, a rich message or a file by a file. An upload is always a change, also when it has the bytes that are
/// there already: Telegram stores what it receives as a new file.
pub(super) fn media(call: &mut Call<'_>) -> Answer {
    let markup = Markup::read(call.params)?;
    let wanted = read(call)?;
    let (chat, message) = call.message_named_for_edit()?;
    if !call.may_edit(chat, message) || !may_be_replaced(message) {
        return Err(bad("Message media can't be edited"));
    }
    let is_upload = wanted.input.is_upload();
    let checked = call.check_medium(wanted)?;
    check_album(message, checked.kind)?;
    let keyboard = markup.check_for_editing(chat.kind)?;
    let content = checked.accept().map_err(|refusal| bad(refusal.alone()))?;
    call.replace(content, keyboard, is_upload)
}

fn read(call: &Call<'_>) -> Result<Wanted, Failure> {
    let media = call.params.required("media")?;
    let media = serde_json::from_str(media).map_err(|_| bad("Can't parse input media JSON object"))?;
    Wanted::of_media(call, &media, false)
}

/// Whether a file can take the place of what the message holds.
fn may_be_replaced(message: &Message) -> bool {
    let kind = message.content.medium().map(|medium| medium.asset.kind);
    message.content.is_textual() || kind.is_some_and(|kind| kind != Kind::Voice)
}

/// An item of an album stays among its like.
fn check_album(message: &Message, new: Kind) -> Result<(), Failure> {
    let old = message.content.medium().map(|medium| medium.asset.kind);
    match old.filter(|_| message.album.is_some()) {
        Some(old) if old != new => {
            if !new.may_be_in_album() {
                return Err(bad("Message content type can't be used in an album"));
            }
            if old.is_alone_in_album() || new.is_alone_in_album() {
                return Err(bad("Can't change media type in the album"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(super) fn caption(call: &mut Call<'_>) -> Answer {
    let markup = Markup::read(call.params)?;
    let raw = caption::of_call(call.params)?;
    let (chat, message) = call.message_to_edit()?;
    let Some(medium) = message.content.medium() else {
        return Err(bad("There is no caption in the message to edit"));
    };
    let caption = call.caption_of_edit(raw)?;
    let keyboard = markup.check_for_editing(chat.kind)?;
    let is_below_caption =
        call.params.flag("show_caption_above_media") && medium.asset.kind.may_be_below_caption();
    let content = Content::Media(Medium { caption, is_below_caption, ..medium.clone() });
    call.replace(content, keyboard, false)
}
