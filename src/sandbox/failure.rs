//! What a call that failed is answered: code, description and parameters, in the server's words.

use serde_json::{Map, Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    /// HTTP status and `error_code`.
    pub code: u16,
    /// Whole `description`, prefix included.
    pub description: String,
    /// `parameters`, when there are some.
    pub parameters: Map<String, Value>,
}

impl Failure {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), parameters: Map::new() }
    }

    /// 429 with `retry_after` in seconds.
    pub(super) fn too_many_requests(retry_after: i64) -> Self {
        let mut failure = Self::new(429, format!("Too Many Requests: retry after {retry_after}"));
        failure.parameters.insert("retry_after".into(), retry_after.into());
        failure
    }

    /// 400 that names the chat a group was upgraded to.
    pub(super) fn migrated(to: i64) -> Self {
        let mut failure = bad("group chat was upgraded to a supergroup chat");
        failure.parameters.insert("migrate_to_chat_id".into(), to.into());
        failure
    }

    /// The JSON envelope.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({"ok": false, "error_code": self.code, "description": self.description});
        if !self.parameters.is_empty() {
            body["parameters"] = self.parameters.clone().into();
        }
        body
    }

    /// `retry_after`, also sent as the header `Retry-After`.
    pub(super) fn retry_after(&self) -> Option<i64> {
        self.parameters.get("retry_after").and_then(Value::as_i64)
    }
}

/// 400. The first letter is lowered as the server does it: unless the second is a capital or an underscore.
pub(super) fn bad(tail: impl AsRef<str>) -> Failure {
    Failure::new(400, format!("Bad Request: {}", lowered(tail.as_ref())))
}

/// 403.
pub(super) fn forbidden(tail: &str) -> Failure {
    Failure::new(403, format!("Forbidden: {tail}"))
}

/// 409.
pub(super) fn conflict(tail: &str) -> Failure {
    Failure::new(409, format!("Conflict: {tail}"))
}

fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), second) if !second.is_some_and(|c| c == '_' || c.is_ascii_uppercase()) => {
            format!("{}{}", first.to_ascii_lowercase(), &text[first.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, bad};

    #[test]
    fn constants_keep_their_capitals() {
        for (tail, expected) in
            [("Message text", "message text"), ("MESSAGE_TOO_LONG", "MESSAGE_TOO_LONG"), ("A", "a")]
        {
            assert_eq!(bad(tail).description, format!("Bad Request: {expected}"));
        }
    }

    #[test]
    fn parameters_are_in_the_envelope() {
        let body = Failure::too_many_requests(7).body();
        assert_eq!(body["parameters"]["retry_after"], 7);
        assert_eq!(body["description"], "Too Many Requests: retry after 7");
    }
}
