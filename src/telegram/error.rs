//! The Bot API's words for "no" → what a caller can do about it. Descriptions are matched without regard to case, on
//! stable pieces after the prefix: codes are coarse, and whole sentences change (checked 2026-11-20).

use std::time::Duration;

use super::method::Purpose;
use super::reply::No;
use crate::ports::RefusalKind::{
    self, Access, Content, Elsewhere, Gone, NotDeletable, NotEditable, Other, TooOld, UnknownFile,
};
use crate::ports::{CallError, Refusal};

/// What an `ok: false` means for the call that met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing was changed, because it was as wanted already.
    Settled,
    Failed(CallError),
}

/// What is said no to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) purpose: Purpose,
    /// From the last of the request to the answer.
    pub(super) took: Duration,
    /// Bytes of files.
    pub(super) upload: u64,
    /// It names files that the server should have.
    pub(super) reuses: bool,
}

/// A 429 that took this long to come may hide a send that was carried out: the Bot API server turns repeated failures
/// of its backend into `retry after N`.
const SLOW_429: Duration = Duration::from_secs(3);

/// Wait this long when a 429 does not say how long.
const DEFAULT_WAIT_S: i64 = 5;

/// Refusals that say the wish is already true.
const SETTLED: &[(Purpose, &str)] = &[
    (Purpose::Edit, "message is not modified"),
    (Purpose::Edit, "message_not_modified"),
    (Purpose::Delete, "message to delete not found"),
    (Purpose::Unpin, "message to unpin not found"),
    (Purpose::Pin, "chat_not_modified"),
    (Purpose::Unpin, "chat_not_modified"),
];

/// A piece of a description, lower case, and what it tells. The first row that fits counts.
const CATALOGUE: &[(&str, RefusalKind)] = &[
    ("message to edit not found", Gone),
    ("message to pin not found", Gone),
    ("message to forward not found", Gone),
    ("message to copy not found", Gone),
    ("message not found", Gone),
    // The rights of the bot over one message.
    ("message can't be edited", NotEditable),
    ("message_author_required", NotEditable),
    ("message_edit_time_expired", NotEditable),
    ("there is no text in the message to edit", NotEditable),
    ("there is no caption in the message to edit", NotEditable),
    ("message media can't be edited", NotEditable),
    // Without the right to pin, sending still works: not `Access`.
    ("not enough rights to manage pinned messages", NotEditable),
    ("can't be pinned", NotEditable),
    ("message can't be deleted", NotDeletable),
    ("message_delete_forbidden", NotDeletable),
    // What the message points at.
    ("message to be replied not found", Content),
    ("reply_message_id_invalid", Content),
    ("quote_text_invalid", Content),
    ("message thread not found", Content),
    ("topic_closed", Content),
    ("topic_deleted", Content),
    // Files that the server should have.
    ("wrong file identifier", UnknownFile),
    ("wrong remote file id", UnknownFile),
    ("wrong file_id", UnknownFile),
    ("invalid file_id", UnknownFile),
    ("can't use file of type", UnknownFile),
    ("type of file mismatch", UnknownFile),
    ("media_empty", UnknownFile),
    ("rich_message_photo_invalid", UnknownFile),
    ("rich_message_video_invalid", UnknownFile),
    ("rich_message_animation_invalid", UnknownFile),
    ("rich_message_audio_invalid", UnknownFile),
    ("rich_message_document_invalid", UnknownFile),
    ("invalid rich message file identifier", UnknownFile),
    // Files.
    ("file must be non-empty", Content),
    ("in the request", Content),
    ("photo_", Content),
    ("photo has unsupported extension", Content),
    ("image_process_failed", Content),
    ("video_", Content),
    ("media_invalid", Content),
    ("file is too big", Content),
    ("is too big for", Content),
    ("request entity too large", Content),
    ("wrong type of the web page content", Content),
    ("failed to get http url content", Content),
    ("can't upload file by url", Content),
    ("inputmedia", Content),
    ("can't parse media json object", Content),
    // Albums.
    ("can't be mixed with other media types", Content),
    ("in the album", Content),
    ("in an album", Content),
    ("as an album", Content),
    ("there are no messages to send", Content),
    ("show_caption_above_media", Content),
    ("unsupported input message content type", Content),
    // Text.
    ("can't parse entities", Content),
    // A server older than rich messages says so of an edit that has no other text.
    ("message text is empty", Content),
    ("text must be non-empty", Content),
    ("text is too long", Content),
    ("message is too long", Content),
    ("message_too_long", Content),
    ("message caption is too long", Content),
    ("media_caption_too_long", Content),
    ("message_empty", Content),
    ("entities_too_long", Content),
    ("entity_bounds_invalid", Content),
    ("unsupported parse_mode", Content),
    ("must be encoded in utf-8", Content),
    ("rich_message_", Content),
    ("rich message must be non-empty", Content),
    // Keyboard, preview, reply.
    ("reply markup", Content),
    ("reply_markup", Content),
    ("keyboard", Content),
    ("button_url_invalid", Content),
    ("button_data_invalid", Content),
    ("button_type_invalid", Content),
    ("button_user_privacy_restricted", Content),
    ("link preview options", Content),
    ("wrong http url specified", Content),
    ("webpage_url_invalid", Content),
    ("reply parameters", Content),
    ("premium_account_required", Content),
    // The chat.
    ("chat not found", Access),
    ("chat_id is empty", Access),
    ("group chat was upgraded", Access),
    ("group chat was deleted", Access),
    ("bot was kicked", Access),
    ("bot is not a member", Access),
    ("bot was blocked", Access),
    ("bot can't initiate conversation", Access),
    ("bot can't send messages to bots", Access),
    ("user is deactivated", Access),
    ("have no write access", Access),
    ("have no rights to send", Access),
    ("need administrator rights", Access),
    ("not enough rights", Access),
    ("chat_admin_required", Access),
    ("chat_write_forbidden", Access),
    ("chat_restricted", Access),
    ("chat_send_", Access),
    ("channel_private", Access),
    ("user_restricted", Access),
    ("peer_id_invalid", Access),
    // Updates.
    ("while webhook is active", Elsewhere),
    ("terminated by other getupdates request", Elsewhere),
    // A server older than rich messages.
    ("method not found", TooOld),
    // Why, in words of which none is known.
    ("failed to send message #", Content),
    ("group send failed", Content),
];

/// Judge a refusal.
pub(super) fn judge(no: &No, call: &Call) -> Verdict {
    let description = no.description.to_lowercase();
    if SETTLED.iter().any(|(of, words)| *of == call.purpose && description.contains(words)) {
        return Verdict::Settled;
    }
    Verdict::Failed(match no.code {
        429 => too_many(no, call, &description),
        400..500 => CallError::Refused(Refusal { kind: kind(no, call, &description), text: text(no, call) }),
        code => CallError::Unknown(format!("the server answered {code}: {}", no.description)),
    })
}

/// The server's words, and what it does not say: how large what it found too large was.
fn text(no: &No, call: &Call) -> String {
    match (no.code, call.upload) {
        (413, 1..) => format!("{}: it takes no upload of {} bytes", no.description, call.upload),
        _ => no.description.clone(),
    }
}

fn kind(no: &No, call: &Call, description: &str) -> RefusalKind {
    if let Some(chat) = no.migrate_to {
        return RefusalKind::Moved(chat);
    }
    if matches!(no.code, 401 | 403) {
        return Access;
    }
    let known = CATALOGUE.iter().find(|(words, _)| description.contains(words)).map(|(_, kind)| *kind);
    match (known, no.code) {
        // The same is said of an upload that Telegram can't make anything of.
        (Some(UnknownFile), _) if !call.reuses => Content,
        (Some(kind), _) => kind,
        // A token that nobody has, or a wrong `api_url`.
        (None, 404) => Access,
        (None, 413) => Content,
        (None, _) => Other,
    }
}

fn too_many(no: &No, call: &Call, description: &str) -> CallError {
    if call.purpose == Purpose::Send && call.took >= SLOW_429 {
        let seconds = call.took.as_secs();
        return CallError::Unknown(format!(
            "told to come back later, but only after {seconds} s, so the message may have been sent: {}",
            no.description
        ));
    }
    let seconds = no.retry_after.or_else(|| spelled_out(description)).unwrap_or(DEFAULT_WAIT_S);
    CallError::RetryAfter(Duration::from_secs(u64::try_from(seconds).unwrap_or(0).max(1)))
}

/// The N of `retry after N`.
fn spelled_out(description: &str) -> Option<i64> {
    let (_, rest) = description.split_once("retry after ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChatId;

    const QUICK: Duration = Duration::from_millis(80);

    fn no(code: i64, description: &str) -> No {
        No { code, description: description.to_owned(), ..No::default() }
    }

    /// Of a call that uploads nothing and names a file.
    fn call(purpose: Purpose, took: Duration) -> Call {
        Call { purpose, took, upload: 0, reuses: true }
    }

    fn refused(code: i64, description: &str, purpose: Purpose) -> RefusalKind {
        match judge(&no(code, description), &call(purpose, QUICK)) {
            Verdict::Failed(CallError::Refused(refusal)) => {
                assert_eq!(refusal.text, description);
                refusal.kind
            }
            other => panic!("{description}: {other:?}"),
        }
    }

    /// Descriptions as servers write them, one per row of the catalogue at least.
    const SEEN: &[(i64, &str, RefusalKind)] = &[
        (400, "Bad Request: message to edit not found", Gone),
        (400, "Bad Request: message to pin not found", Gone),
        (400, "Bad Request: message to forward not found", Gone),
        (400, "Bad Request: message to copy not found", Gone),
        (
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            Elsewhere,
        ),
        (
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            Elsewhere,
        ),
        (400, "Bad Request: message not found", Gone),
        (400, "Bad Request: message can't be edited", NotEditable),
        (400, "Bad Request: MESSAGE_AUTHOR_REQUIRED", NotEditable),
        (400, "Bad Request: MESSAGE_EDIT_TIME_EXPIRED", NotEditable),
        (400, "Bad Request: there is no text in the message to edit", NotEditable),
        (400, "Bad Request: there is no caption in the message to edit", NotEditable),
        (400, "Bad Request: message media can't be edited", NotEditable),
        (400, "Bad Request: not enough rights to manage pinned messages in the chat", NotEditable),
        (400, "Bad Request: service messages can't be pinned", NotEditable),
        (400, "Bad Request: message can't be deleted", NotDeletable),
        (400, "Bad Request: message can't be deleted for everyone", NotDeletable),
        (400, "Bad Request: MESSAGE_DELETE_FORBIDDEN", NotDeletable),
        (400, "Bad Request: message to be replied not found", Content),
        (400, "Bad Request: REPLY_MESSAGE_ID_INVALID", Content),
        (400, "Bad Request: QUOTE_TEXT_INVALID", Content),
        (400, "Bad Request: message thread not found", Content),
        (400, "Bad Request: TOPIC_CLOSED", Content),
        (400, "Bad Request: TOPIC_DELETED", Content),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", UnknownFile),
        (400, "Bad Request: RICH_MESSAGE_PHOTO_INVALID", UnknownFile),
        (400, "Bad Request: RICH_MESSAGE_VIDEO_INVALID", UnknownFile),
        (400, "Bad Request: RICH_MESSAGE_ANIMATION_INVALID", UnknownFile),
        (400, "Bad Request: RICH_MESSAGE_AUDIO_INVALID", UnknownFile),
        (400, "Bad Request: RICH_MESSAGE_DOCUMENT_INVALID", UnknownFile),
        (400, "Bad Request: invalid rich message file identifier specified", UnknownFile),
        (
            400,
            "Bad Request: wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
            UnknownFile,
        ),
        (400, "Bad Request: wrong remote file id specified: Wrong string length", UnknownFile),
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", UnknownFile),
        (400, "Bad Request: invalid file_id", UnknownFile),
        (400, "Bad Request: can't use file of type Document as Photo", UnknownFile),
        (400, "Bad Request: type of file mismatch", UnknownFile),
        (400, "Bad Request: MEDIA_EMPTY", UnknownFile),
        (
            400,
            "Bad Request: failed to send message #2 with the error message \"wrong file identifier/HTTP URL specified\"",
            UnknownFile,
        ),
        (400, "Bad Request: file must be non-empty", Content),
        (400, "Bad Request: there is no photo in the request", Content),
        (400, "Bad Request: there is no document in the request", Content),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Content),
        (400, "Bad Request: PHOTO_SAVE_FILE_INVALID", Content),
        (
            400,
            "Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
            Content,
        ),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", Content),
        (400, "Bad Request: VIDEO_CONTENT_TYPE_INVALID", Content),
        (400, "Bad Request: VIDEO_FILE_INVALID", Content),
        (400, "Bad Request: MEDIA_INVALID", Content),
        (400, "Bad Request: file is too big", Content),
        (
            400,
            "Bad Request: file of size 11000000 bytes is too big for a photo; the maximum size is 10485760 bytes",
            Content,
        ),
        (413, "Request Entity Too Large: too many files attached", Content),
        (400, "Bad Request: wrong type of the web page content", Content),
        (400, "Bad Request: failed to get HTTP URL content", Content),
        (400, "Bad Request: can't upload file by URL", Content),
        (400, "Bad Request: can't parse InputMedia: media not found", Content),
        (
            400,
            "Bad Request: can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
            Content,
        ),
        (400, "Bad Request: expected an Array of InputMedia", Content),
        (400, "Bad Request: can't parse media JSON object", Content),
        (400, "Bad Request: document can't be mixed with other media types", Content),
        (400, "Bad Request: can't use the media of the specified type in the album", Content),
        (400, "Bad Request: can't change media type in the album", Content),
        (400, "Bad Request: message content type can't be used in an album", Content),
        (400, "Bad Request: too many messages to send as an album", Content),
        (400, "Bad Request: there are no messages to send", Content),
        (400, "Bad Request: parameter show_caption_above_media must be the same for all messages", Content),
        (400, "Bad Request: unsupported input message content type", Content),
        (
            400,
            "Bad Request: failed to send message #2 with the error message \"PHOTO_INVALID_DIMENSIONS\"",
            Content,
        ),
        (400, "Bad Request: failed to send message #2 with the error message \"something new\"", Content),
        (400, "Bad Request: group send failed", Content),
        (400, "Bad Request: message caption is too long", Content),
        (400, "Bad Request: MEDIA_CAPTION_TOO_LONG", Content),
        (400, "Bad Request: not enough rights to send photos to the chat", Access),
        (400, "Bad Request: not enough rights to send voice notes to the chat", Access),
        (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", Access),
        (400, "Bad Request: can't parse entities: Unsupported start tag \"p\" at byte offset 0", Content),
        (400, "Bad Request: text must be non-empty", Content),
        (400, "Bad Request: text is too long", Content),
        (400, "Bad Request: message is too long", Content),
        (400, "Bad Request: MESSAGE_TOO_LONG", Content),
        (400, "Bad Request: MESSAGE_EMPTY", Content),
        (400, "Bad Request: ENTITIES_TOO_LONG", Content),
        (400, "Bad Request: ENTITY_BOUNDS_INVALID", Content),
        (400, "Bad Request: unsupported parse_mode", Content),
        (400, "Bad Request: strings must be encoded in UTF-8", Content),
        (400, "Bad Request: reply markup is too long", Content),
        (400, "Bad Request: REPLY_MARKUP_INVALID", Content),
        (400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", Content),
        (400, "Bad Request: inline keyboard expected", Content),
        (400, "Bad Request: BUTTON_URL_INVALID", Content),
        (400, "Bad Request: BUTTON_DATA_INVALID", Content),
        (400, "Bad Request: BUTTON_TYPE_INVALID", Content),
        (400, "Bad Request: BUTTON_USER_PRIVACY_RESTRICTED", Content),
        (400, "Bad Request: can't parse link preview options JSON object", Content),
        (400, "Bad Request: wrong HTTP URL specified", Content),
        (400, "Bad Request: WEBPAGE_URL_INVALID", Content),
        (400, "Bad Request: can't parse reply parameters JSON object", Content),
        (400, "Bad Request: PREMIUM_ACCOUNT_REQUIRED", Content),
        (413, "Request Entity Too Large", Content),
        (400, "Bad Request: chat not found", Access),
        (400, "Bad Request: private chat not found", Access),
        (400, "Bad Request: chat_id is empty", Access),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", Access),
        (403, "Forbidden: the group chat was deleted", Access),
        (400, "Bad Request: the group chat was deleted", Access),
        (400, "Bad Request: bot was kicked from the channel chat", Access),
        (403, "Forbidden: bot is not a member of the channel chat", Access),
        (400, "Bad Request: bot is not a member of the channel chat", Access),
        (400, "Bad Request: bot was blocked by the user", Access),
        (400, "Bad Request: bot can't initiate conversation with a user", Access),
        (400, "Bad Request: bot can't send messages to bots", Access),
        (400, "Bad Request: user is deactivated", Access),
        (400, "Bad Request: have no write access to the chat", Access),
        (400, "Bad Request: have no rights to send a message", Access),
        (400, "Bad Request: need administrator rights in the channel chat", Access),
        (400, "Bad Request: not enough rights to send text messages to the chat", Access),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", Access),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Access),
        (400, "Bad Request: CHAT_RESTRICTED", Access),
        (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", Access),
        (400, "Bad Request: CHANNEL_PRIVATE", Access),
        (400, "Bad Request: USER_RESTRICTED", Access),
        (400, "Bad Request: PEER_ID_INVALID", Access),
        (401, "Unauthorized", Access),
        (401, "Unauthorized: invalid token specified", Access),
        (403, "Forbidden: something new", Access),
        (404, "Not Found", Access),
        (404, "Not Found: method not found", TooOld),
        (400, "Bad Request: message text is empty", Content),
        (400, "Bad Request: RICH_MESSAGE_URL_INVALID", Content),
        (400, "Bad Request: rich message must be non-empty", Content),
        (400, "Bad Request: not enough rights to send the rich message to the chat", Access),
        (400, "Bad Request: message identifier is not specified", Other),
        (400, "Bad Request: MESSAGE_ID_INVALID", Other),
        (400, "Bad Request: CHAT_NOT_MODIFIED", Other),
        (409, "Conflict: something new", Other),
        (421, "Misdirected Request", Other),
    ];

    #[test]
    fn refusals_are_told_apart() {
        for (code, description, kind) in SEEN {
            assert_eq!(refused(*code, description, Purpose::Send), *kind, "{description}");
            let shouted = description.to_uppercase();
            assert_eq!(refused(*code, &shouted, Purpose::Send), *kind, "{shouted}");
        }
    }

    #[test]
    fn every_row_of_the_catalogue_is_what_some_description_falls_under() {
        let first = |text: &str| CATALOGUE.iter().position(|(words, _)| text.to_lowercase().contains(words));
        let met: Vec<_> = SEEN.iter().filter_map(|(_, description, _)| first(description)).collect();
        for (row, (words, _)) in CATALOGUE.iter().enumerate() {
            assert!(met.contains(&row), "`{words}` is never the first row that fits");
        }
    }

    #[test]
    fn what_is_as_wanted_is_no_failure_of_the_call_that_wanted_it() {
        let cases = [
            (
                Purpose::Edit,
                "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
            ),
            (Purpose::Edit, "Bad Request: MESSAGE_NOT_MODIFIED"),
            (Purpose::Delete, "Bad Request: message to delete not found"),
            (Purpose::Unpin, "Bad Request: message to unpin not found"),
            (Purpose::Pin, "Bad Request: CHAT_NOT_MODIFIED"),
            (Purpose::Unpin, "Bad Request: CHAT_NOT_MODIFIED"),
        ];
        assert_eq!(cases.len(), SETTLED.len());
        for (purpose, description) in cases {
            assert_eq!(
                judge(&no(400, description), &call(purpose, QUICK)),
                Verdict::Settled,
                "{description}"
            );
            assert_ne!(
                judge(&no(400, description), &call(Purpose::Send, QUICK)),
                Verdict::Settled,
                "{description}"
            );
        }
    }

    /// With nothing but uploads, sending the same again as an upload would change nothing.
    #[test]
    fn an_upload_is_never_an_unknown_file() {
        let upload = Call { upload: 7, reuses: false, ..call(Purpose::Send, QUICK) };
        let verdict = judge(&no(400, "Bad Request: wrong file identifier/HTTP URL specified"), &upload);
        let Verdict::Failed(CallError::Refused(refusal)) = verdict else { panic!() };
        assert_eq!(refusal.kind, Content);
    }

    #[test]
    fn what_is_too_large_is_measured() {
        let upload = Call { upload: 52_428_801, reuses: false, ..call(Purpose::Send, QUICK) };
        let refused = |no: &No| match judge(no, &upload) {
            Verdict::Failed(CallError::Refused(refusal)) => (refusal.kind, refusal.text),
            other => panic!("{other:?}"),
        };
        let expected = "Request Entity Too Large: it takes no upload of 52428801 bytes";
        assert_eq!(refused(&no(413, "Request Entity Too Large")), (Content, expected.to_owned()));
        assert_eq!(refused(&no(400, "Bad Request: x")), (Other, "Bad Request: x".to_owned()));
    }

    #[test]
    fn a_migrated_group_names_its_new_id() {
        let mut answer = no(400, "Bad Request: group chat was upgraded to a supergroup chat");
        answer.migrate_to = Some(ChatId(-1_001_111_111_111));
        let Verdict::Failed(CallError::Refused(refusal)) = judge(&answer, &call(Purpose::Send, QUICK)) else {
            panic!()
        };
        assert_eq!(refusal.kind, RefusalKind::Moved(ChatId(-1_001_111_111_111)));
    }

    fn too_soon(retry_after: Option<i64>, description: &str, purpose: Purpose, took: Duration) -> Verdict {
        judge(&No { retry_after, ..no(429, description) }, &call(purpose, took))
    }

    #[test]
    fn a_429_is_obeyed_to_the_second() {
        let cases = [
            (Some(35), "Too Many Requests: retry after 99", 35),
            (Some(100_000), "Too Many Requests", 100_000),
            (None, "Too Many Requests: retry after 12", 12),
            (None, "Too Many Requests", 5),
            (Some(0), "Too Many Requests", 1),
            (Some(-7), "Too Many Requests", 1),
        ];
        for (retry_after, description, seconds) in cases {
            let expected = Verdict::Failed(CallError::RetryAfter(Duration::from_secs(seconds)));
            assert_eq!(too_soon(retry_after, description, Purpose::Send, QUICK), expected);
        }
    }

    #[test]
    fn a_slow_429_is_in_doubt_for_a_send_only() {
        let slow = |purpose, ms| {
            too_soon(Some(8), "Too Many Requests: retry after 8", purpose, Duration::from_millis(ms))
        };
        let wait = Verdict::Failed(CallError::RetryAfter(Duration::from_secs(8)));
        assert_eq!(slow(Purpose::Send, 2_999), wait);
        assert!(matches!(slow(Purpose::Send, 3_000), Verdict::Failed(CallError::Unknown(_))));
        for purpose in [Purpose::Ask, Purpose::Edit, Purpose::Delete, Purpose::Pin, Purpose::Unpin] {
            assert_eq!(slow(purpose, 60_000), wait);
        }
    }

    #[test]
    fn what_is_no_clear_no_is_unknown() {
        for code in [0, 200, 301, 500, 502, 503, 599, 1000] {
            let verdict = judge(&no(code, "Internal Server Error: restart"), &call(Purpose::Send, QUICK));
            assert!(matches!(verdict, Verdict::Failed(CallError::Unknown(_))), "{code}");
        }
    }
}
