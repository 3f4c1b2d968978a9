//! The `entities` parameter: an array of Bot API `MessageEntity` instead of markup.

use serde_json::Value;

use super::entity::{Entity, Kind};
use super::html::clean_link;
use super::order::sort;
use super::raw::Raw;

/// A plain text, with the entities given beside it. Kinds that the server finds itself are left to it.
pub fn from_array(text: &str, entities: Option<&Value>) -> Result<Raw, String> {
    let mut raw = Raw { text: text.to_owned(), ..Raw::default() };
    let Some(Value::Array(array)) = entities else {
        return Ok(raw);
    };
    for value in array {
        let entity = read(value).map_err(|why| format!("can't parse MessageEntity: {why}"))?;
        if entity.kind.is_found() {
            continue;
        }
        match link(entity) {
            Ok(entity) => raw.entities.push(entity),
            Err(flaw) => raw.flaw = raw.flaw.or(Some(flaw)),
        }
    }
    sort(&mut raw.entities);
    Ok(raw)
}

fn read(value: &Value) -> Result<Entity, String> {
    let Some(object) = value.as_object() else {
        return Err("expected an Object".into());
    };
    for field in ["offset", "length"] {
        if !object.contains_key(field) {
            return Err(format!("Can't find field \"{field}\""));
        }
        if object[field].as_u64().is_none_or(|n| n > 1_000_000) {
            return Err(format!("Field \"{field}\" must be a valid Number"));
        }
    }
    Entity::deserialize_or(value)
}

impl Entity {
    fn deserialize_or(value: &Value) -> Result<Self, String> {
        let kind = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        serde_json::from_value(value.clone()).map_err(|_| match kind.as_str() {
            "text_link" | "text_mention" | "custom_emoji" | "date_time" => {
                format!("wrong fields of \"{kind}\"")
            }
            _ => "unsupported type specified".into(),
        })
    }
}

fn link(entity: Entity) -> Result<Entity, String> {
    let kind = match entity.kind {
        Kind::TextLink { url } => clean_link(url.into_bytes())?,
        kind => kind,
    };
    Ok(Entity { kind, ..entity })
}
