//! `file_id`: the same for ever and different for each bot. `file_unique_id`: the same for all.
//!
//! Inside the sandbox a file is known by an id that belongs to no bot. What a bot is answered has its own ids: the
//! inner id and a seal that only fits this bot.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Characters of the seal at the end of an id.
const SEAL: usize = 11;

/// The id of a file for one bot.
pub(super) fn sealed(inner: &str, bot: i64) -> String {
    format!("{inner}{}", seal(inner, bot))
}

/// The inner id of a bot's id, and whether the seal fits the bot.
pub(super) fn opened(id: &str, bot: i64) -> Option<(&str, bool)> {
    let (inner, given) = id.split_at_checked(id.len().checked_sub(SEAL)?)?;
    Some((inner, given == seal(inner, bot)))
}

fn seal(inner: &str, bot: i64) -> String {
    hex(&[&bot.to_string(), inner], SEAL)
}

/// So many hexadecimal digits that are always the same for the same parts.
pub(super) fn hex(parts: &[&str], digits: usize) -> String {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
    let mut hash = format!("{:x}", hash.finalize());
    hash.truncate(digits);
    hash
}

/// Makes every `file_id` in an answer one of that bot.
pub(in crate::sandbox) fn localize(answer: &mut Value, bot: i64) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(|item| localize(item, bot)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(inner) if name == "file_id" => *inner = sealed(inner, bot),
                    value => localize(value, bot),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{localize, opened, sealed};

    #[test]
    fn ids_belong_to_one_bot() {
        let id = sealed("AgACx", 42);
        assert_eq!(opened(&id, 42), Some(("AgACx", true)));
        assert_eq!(opened(&id, 43), Some(("AgACx", false)));
        assert_eq!(opened("short", 42), None);
        assert_eq!(opened("ééééééé", 42), None, "no boundary of characters");
    }

    #[test]
    fn answers_get_the_ids_of_the_bot() {
        let mut answer = json!([{"photo": [{"file_id": "x", "file_unique_id": "u"}], "file_id": 5}]);
        localize(&mut answer, 42);
        assert_eq!(answer[0]["photo"][0]["file_id"], sealed("x", 42));
        assert_eq!(
            (&answer[0]["photo"][0]["file_unique_id"], &answer[0]["file_id"]),
            (&json!("u"), &json!(5))
        );
    }
}
