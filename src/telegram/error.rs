//! The Bot API's words for "no" → what a caller can do about it. Descriptions are matched without regard to case, on
//! stable pieces after the prefix: codes are coarse, and whole sentences change (checked 2026-11-20).

use std::time::Duration;

use super::method::Purpose;
use super::reply::No;
use crate::ports::RefusalKind::{self, Access, Content, Gone, NotDeletable, NotEditable, Other, TooOld};
use crate::ports::{CallError, Refusal};

/// What an `ok: false` means for the call that met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing was changed, because it was as wanted already.
    Settled,
    Failed(CallError),
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
    // Text.
    ("can't parse entities", Content),
    // A server older than rich messages says so of an edit that has no other text.
    ("message text is empty", Content),
    ("text must be non-empty", Content),
    ("text is too long", Content),
    ("message is too long", Content),
    ("message_too_long", Content),
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
    // A server older than rich messages.
    ("method not found", TooOld),
];

/// Judge a refusal. `took` is the time from the call to its answer.
pub(super) fn judge(no: &No, purpose: Purpose, took: Duration) -> Verdict {
    let description = no.description.to_lowercase();
    if SETTLED.iter().any(|(of, words)| *of == purpose && description.contains(words)) {
        return Verdict::Settled;
    }
    Verdict::Failed(match no.code {
        429 => too_many(no, purpose, took, &description),
        400..500 => {
            CallError::Refused(Refusal { kind: kind(no, &description), text: no.description.clone() })
        }
        code => CallError::Unknown(format!("the server answered {code}: {}", no.description)),
    })
}

fn kind(no: &No, description: &str) -> RefusalKind {
    if let Some(chat) = no.migrate_to {
        return RefusalKind::Moved(chat);
    }
    if matches!(no.code, 401 | 403) {
        return Access;
    }
    let known = CATALOGUE.iter().find(|(words, _)| description.contains(words)).map(|(_, kind)| *kind);
    known.unwrap_or(match no.code {
        // A token that nobody has, or a wrong `api_url`.
        404 => Access,
        413 => Content,
        _ => Other,
    })
}

fn too_many(no: &No, purpose: Purpose, took: Duration, description: &str) -> CallError {
    if purpose == Purpose::Send && took >= SLOW_429 {
        let seconds = took.as_secs();
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

    fn refused(code: i64, description: &str, purpose: Purpose) -> RefusalKind {
        match judge(&no(code, description), purpose, QUICK) {
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
        (409, "Conflict: terminated by other getUpdates request", Other),
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
            assert_eq!(judge(&no(400, description), purpose, QUICK), Verdict::Settled, "{description}");
            assert_ne!(judge(&no(400, description), Purpose::Send, QUICK), Verdict::Settled, "{description}");
        }
    }

    #[test]
    fn a_migrated_group_names_its_new_id() {
        let mut answer = no(400, "Bad Request: group chat was upgraded to a supergroup chat");
        answer.migrate_to = Some(ChatId(-1_001_111_111_111));
        let Verdict::Failed(CallError::Refused(refusal)) = judge(&answer, Purpose::Send, QUICK) else {
            panic!()
        };
        assert_eq!(refusal.kind, RefusalKind::Moved(ChatId(-1_001_111_111_111)));
    }

    fn too_soon(retry_after: Option<i64>, description: &str, purpose: Purpose, took: Duration) -> Verdict {
        judge(&No { retry_after, ..no(429, description) }, purpose, took)
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
            let verdict = judge(&no(code, "Internal Server Error: restart"), Purpose::Send, QUICK);
            assert!(matches!(verdict, Verdict::Failed(CallError::Unknown(_))), "{code}");
        }
    }
}
