//! `sendMediaGroup`: all of an album or nothing.

use serde_json::Value;

use super::media::{Checked, Wanted};
use super::reply::Wanted as Reply;
use super::send::check_may_send;
use super::{Answer, Call};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::media::Kind;
use crate::sandbox::world::{Content, Draft};

/// Most files of an album. The server takes one as well, which is then no album.
const MAX_ITEMS: usize = 10;

/// Takes no keyboard; a given one is ignored.
pub(super) fn send(call: &mut Call<'_>) -> Answer {
    let reply = Reply::read(call.params)?;
    let items = read(call)?;
    let (chat, draft) = call.draft(reply, call.params.flag("protect_content"))?;
    if items.is_empty() {
        return Err(bad("There are no messages to send"));
    }
    for item in &items {
        check_may_send(chat, item.input.kind.right())?;
    }
    let chat = chat.id;
    let checked = items.into_iter().map(|item| call.check_medium(item)).collect::<Result<Vec<_>, _>>()?;
    check_album(&checked)?;
    let contents = accept(checked)?;
    call.spend_for(chat, contents.len())?;
    let album = (contents.len() > 1).then(|| call.world.next_album());
    let sent = contents.into_iter().map(|content| {
        let id = call.world.send(chat, Draft { content, album, ..draft.clone() });
        call.world.message_json(chat, id)
    });
    Ok(sent.collect())
}

fn read(call: &Call<'_>) -> Result<Vec<Wanted>, Failure> {
    let media = call.params.required("media")?;
    let media: Value = serde_json::from_str(media).map_err(|_| bad("Can't parse media JSON object"))?;
    let items = media.as_array().ok_or_else(|| bad("Expected an Array of InputMedia"))?;
    items.iter().map(|item| Wanted::of_media(call, item, true)).collect()
}

/// What may stand together in an album.
fn check_album(items: &[Checked]) -> Result<(), Failure> {
    if items.len() > MAX_ITEMS {
        return Err(bad("Too many messages to send as an album"));
    }
    if items.iter().any(|item| item.is_below_caption != items[0].is_below_caption) {
        return Err(bad("Parameter show_caption_above_media must be the same for all messages"));
    }
    let kinds: Vec<Kind> = items.iter().map(|item| item.kind).collect();
    let is_mixed = kinds.iter().any(|kind| *kind != kinds[0]);
    match kinds.iter().find(|kind| kind.is_alone_in_album()) {
        Some(alone) if is_mixed => {
            Err(bad(format!("{} can't be mixed with other media types", alone.title())))
        }
        _ => Ok(()),
    }
}

/// What Telegram makes of the files; the first that it refuses is named.
fn accept(items: Vec<Checked>) -> Result<Vec<Content>, Failure> {
    let accepted = items.into_iter().enumerate().map(|(at, item)| {
        item.accept().map_err(|refusal| {
            let words = refusal.inside();
            bad(format!("Failed to send message #{} with the error message \"{words}\"", at + 1))
        })
    });
    accepted.collect()
}
