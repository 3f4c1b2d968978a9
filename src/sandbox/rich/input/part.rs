//! Parts of blocks: items, cells, captions, buttons, files, places.

use serde_json::{Map as Object, Value};

use super::{Reader, malformed};
use crate::sandbox::params::Fields;
use crate::sandbox::rich::block::{About, Block, Caption, Cell, Item, Location};
use crate::sandbox::rich::button::Button;
use crate::sandbox::rich::cells::{ALIGNS, VALIGNS};
use crate::sandbox::rich::files::Files;
use crate::sandbox::rich::map::LOCATION_INVALID;
use crate::sandbox::rich::media::Kind;
use crate::sandbox::rich::number::{self, BULLET, FORMS};

fn object(value: &Value) -> Result<&Object<String, Value>, String> {
    value.as_object().ok_or_else(|| malformed("expected an Object"))
}

impl Reader<'_> {
    /// Items of a list: all with a number or none. A missing number is that of the item before and one more.
    pub(super) fn items(&self) -> Result<Vec<Item>, String> {
        let list = self.array("items")?;
        if list.is_empty() {
            return Err("List must be non-empty".into());
        }
        let mut items = Vec::new();
        let mut next = 1;
        for value in list {
            if value.is_null() {
                return Err("List item must be non-empty".into());
            }
            let item = Reader(Fields(object(value)?), self.1).item(next)?;
            next = item.value.map_or(next, |value| value + 1);
            items.push(item);
        }
        let ordered = items.iter().filter(|item| item.value.is_some()).count();
        if ordered == 0 || ordered == items.len() {
            Ok(items)
        } else {
            Err("List must be either ordered or unordered".into())
        }
    }

    fn item(&self, next: i64) -> Result<Item, String> {
        let blocks = self.blocks("blocks")?;
        if blocks.is_empty() {
            return Err("List item must be non-empty".into());
        }
        let value = self.number("value")?;
        let form = Some(self.optional("type")?).filter(|form| !form.is_empty());
        if form.as_deref().is_some_and(|form| !FORMS.contains(&form)) {
            return Err("Invalid list item type specified".into());
        }
        let is_ordered = value.is_some() || form.is_some();
        let value = is_ordered.then(|| value.unwrap_or(next));
        let form = is_ordered.then(|| form.unwrap_or_else(|| "1".into()));
        let label = value.zip(form.as_deref()).map(|(value, form)| number::label(value, form));
        let has_checkbox = self.flag("has_checkbox")?;
        Ok(Item {
            label: label.unwrap_or_else(|| BULLET.into()),
            blocks,
            has_checkbox,
            is_checked: has_checkbox && self.flag("is_checked")?,
            value,
            form,
        })
    }

    pub(super) fn caption(&self) -> Result<Option<Caption>, String> {
        let Some(value) = self.get("caption") else {
            return Ok(None);
        };
        let fields = Reader(Fields(object(value)?), self.1);
        Ok(Some(Caption { text: fields.text("text")?, credit: fields.text_or_none("credit")? }))
    }

    pub(super) fn medium(&self, kind: Kind) -> Result<Block, String> {
        let fields = Fields(object(self.must(kind.name())?)?);
        let (found, file) = self.1.input_media(&fields, malformed)?;
        if found != kind {
            return Err("Unallowed media specified".into());
        }
        let has_spoiler = fields.flag("has_spoiler").map_err(malformed)?;
        let has_spoiler = has_spoiler && matches!(kind, Kind::Photo | Kind::Video | Kind::Animation);
        Ok(kind.block(&file, About { has_spoiler, caption: self.caption()? }))
    }

    pub(super) fn buttons(&self) -> Result<Vec<Button>, String> {
        self.array("buttons")?.iter().map(|value| button(value, self.1)).collect()
    }

    pub(super) fn align(&self) -> Result<Option<String>, String> {
        let align = Some(self.optional("align")?).filter(|align| !align.is_empty());
        match align.as_deref() {
            Some(align) if !ALIGNS.contains(&align) => Err(malformed("invalid alignment specified")),
            _ => Ok(align),
        }
    }
}

/// `RichMessageButton`.
pub(super) fn button(value: &Value, files: &Files<'_>) -> Result<Button, String> {
    let mut action = object(value)?.clone();
    let fields = Reader(Fields(object(value)?), files);
    let (text, style) = (fields.text("text")?, fields.optional("style")?);
    action.retain(|name, value| !matches!(name.as_str(), "text" | "style") && !value.is_null());
    Ok(Button::new(text, &style, action))
}

/// `RichBlockTableCell`; both alignments must be given. An empty text is none.
pub(super) fn cell(value: &Value, files: &Files<'_>) -> Result<Cell, String> {
    if value.is_null() {
        return Err("Table cell must be non-empty".into());
    }
    let fields = Reader(Fields(object(value)?), files);
    let one_of = |name: &str, known: [&str; 3]| {
        let value = fields.required(name)?;
        if known.contains(&value.as_str()) {
            Ok(value)
        } else {
            Err(malformed(format!("invalid cell {name} specified")))
        }
    };
    let span = |name: &str| match fields.number(name)? {
        None => Ok(1),
        Some(count) => match u16::try_from(count) {
            Ok(count) => Ok(usize::from(count).max(1)),
            Err(_) => Err(format!("Invalid table cell {name} specified")),
        },
    };
    Ok(Cell {
        text: fields.text_or_none("text")?.filter(|text| !text.is_empty()),
        is_header: fields.flag("is_header")?,
        colspan: span("colspan")?,
        rowspan: span("rowspan")?,
        align: one_of("align", ALIGNS)?,
        valign: one_of("valign", VALIGNS)?,
    })
}

pub(super) fn location(value: &Value) -> Result<Location, String> {
    let degrees = |name: &str| match object(value)?.get(name) {
        Some(Value::Number(number)) => Ok(number.clone()),
        Some(_) => Err(LOCATION_INVALID.to_owned()),
        None => Err(malformed(format!("Can't find field \"{name}\""))),
    };
    Ok(Location { latitude: degrees("latitude")?, longitude: degrees("longitude")? })
}
