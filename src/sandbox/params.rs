//! Parameters of a call: strings by name, as every way of sending them ends up at the server, and files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::failure::{Failure, bad};
use super::media::Facts;

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// What its content tells.
    pub facts: Facts,
}

/// The parameters of one call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Params {
    pub values: BTreeMap<String, String>,
    pub files: BTreeMap<String, File>,
}

impl Params {
    /// The value, or an empty string.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A value that must not be empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        match self.text(name) {
            "" => Err(bad(format!("parameter \"{name}\" is required"))),
            text => Ok(text),
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).to_ascii_lowercase().as_str(), "true" | "yes" | "1")
    }

    /// The number a value begins with; 0 when there is none.
    pub(super) fn number(&self, name: &str) -> i64 {
        leading_number(self.text(name))
    }

    /// A message id; 0 when it is missing, no number or negative.
    pub(super) fn message_id(&self, name: &str) -> i64 {
        let id = self.number(name);
        if i32::try_from(id).is_ok() { id.max(0) } else { 0 }
    }

    /// A nested JSON value; `None` when the parameter is empty. `what` is named in the error.
    pub(super) fn json(&self, name: &str, what: &str) -> Result<Option<Value>, Failure> {
        match self.text(name) {
            "" => Ok(None),
            text => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| bad(format!("can't parse {what} JSON object"))),
        }
    }

    /// As the log of requests shows them.
    pub(super) fn to_log(&self) -> Value {
        let mut log: Map<String, Value> = Map::new();
        log.extend(self.values.iter().map(|(name, value)| (name.clone(), value.clone().into())));
        log.extend(self.files.iter().map(|(name, file)| {
            (name.clone(), json!({"name": file.name, "size": file.size, "sha256": file.sha256}))
        }));
        log.into()
    }
}

fn leading_number(text: &str) -> i64 {
    let end = text.bytes().enumerate().find(|(at, b)| !(b.is_ascii_digit() || (*at == 0 && *b == b'-')));
    text[..end.map_or(text.len(), |(at, _)| at)].parse().unwrap_or(0)
}

/// Reads fields of a nested object with the server's complaints.
pub(super) struct Fields<'a>(pub &'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A string; numbers count as strings. Empty when missing.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(_) => Err(format!("Field \"{name}\" must be of type String")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<String, String> {
        if self.has(name) { self.text(name) } else { Err(format!("Can't find field \"{name}\"")) }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(format!("Field \"{name}\" must be of type Boolean")),
        }
    }

    /// A number; 0 when missing.
    pub(super) fn number(&self, name: &str) -> Result<i64, String> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(0),
            Some(_) => self.required_number(name),
        }
    }

    pub(super) fn required_number(&self, name: &str) -> Result<i64, String> {
        let number = match self.0.get(name) {
            None => return Err(format!("Can't find field \"{name}\"")),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => return Err(format!("Field \"{name}\" must be a Number")),
        };
        number
            .filter(|n| i32::try_from(*n).is_ok())
            .ok_or_else(|| format!("Field \"{name}\" must be a valid Number"))
    }

    pub(super) fn object(&self, name: &str) -> Result<Fields<'a>, String> {
        match self.0.get(name) {
            Some(Value::Object(object)) => Ok(Fields(object)),
            Some(_) => Err(format!("Field \"{name}\" must be of type Object")),
            None => Err(format!("Can't find field \"{name}\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Params;

    #[test]
    fn values_are_read_leniently() {
        let mut params = Params::default();
        for (name, value) in [("a", "12x"), ("b", "-3"), ("c", "True"), ("d", "99999999999")] {
            params.values.insert(name.into(), value.into());
        }
        assert_eq!((params.number("a"), params.number("b"), params.number("missing")), (12, -3, 0));
        assert_eq!((params.message_id("a"), params.message_id("b"), params.message_id("d")), (12, 0, 0));
        assert!(params.flag("c"));
        assert_eq!(
            params.required("missing").unwrap_err().description,
            "Bad Request: parameter \"missing\" is required"
        );
    }
}
