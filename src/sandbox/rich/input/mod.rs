//! The reader of `InputRichBlock` JSON: one block, one function; the parts of blocks are in `part`, texts in `text`.

mod part;
mod text;

use serde_json::Value;

use super::block::{Album, Block, Map, Quote, Table};
use super::files::Files;
use super::map::{self, HEIGHT, WIDTH, ZOOM};
use super::media::Kind;
use super::string;
use crate::sandbox::params::Fields;

/// An array of blocks. Errors are those of malformed JSON, `can't parse InputRichBlock: …`, and of the local checks.
pub(super) fn blocks(value: &Value, files: &Files<'_>) -> Result<Vec<Block>, String> {
    let Value::Array(list) = value else {
        return Err(malformed("expected an Array of InputRichBlock"));
    };
    list.iter().map(|value| block(value, files)).collect()
}

fn malformed(why: impl AsRef<str>) -> String {
    format!("can't parse InputRichBlock: {}", why.as_ref())
}

fn block(value: &Value, files: &Files<'_>) -> Result<Block, String> {
    let object = match value {
        Value::Null => return Err("Block must be non-empty".into()),
        Value::Object(object) => object,
        _ => return Err(malformed("expected an Object")),
    };
    let fields = Reader(Fields(object), files);
    let kind = fields.required("type")?;
    if let Some(kind) = Kind::named(&kind) {
        return fields.medium(kind);
    }
    Ok(match kind.as_str() {
        "paragraph" => Block::Paragraph { text: fields.text("text")? },
        "heading" => fields.heading()?,
        "pre" => {
            let language = Some(fields.optional("language")?).filter(|language| !language.is_empty());
            Block::Pre { text: fields.text("text")?, language }
        }
        "footer" => Block::Footer { text: fields.text("text")? },
        "divider" => Block::Divider,
        "mathematical_expression" => {
            Block::MathematicalExpression { expression: fields.required("expression")? }
        }
        "anchor" => Block::Anchor { name: fields.required("name")? },
        "list" => Block::List { items: fields.items()? },
        "blockquote" => {
            Block::Blockquote { blocks: fields.blocks("blocks")?, credit: fields.text_or_none("credit")? }
        }
        "expandable_blockquote" => Block::ExpandableBlockquote(fields.quote()?),
        "pullquote" => Block::Pullquote(fields.quote()?),
        "collage" => Block::Collage(fields.album()?),
        "slideshow" => Block::Slideshow(fields.album()?),
        "table" => Block::Table(fields.table()?),
        "details" => Block::Details {
            summary: fields.text("summary")?,
            blocks: fields.blocks("blocks")?,
            is_open: fields.flag("is_open")?,
        },
        "map" => Block::Map(fields.map()?),
        "buttons" => Block::Buttons { buttons: fields.buttons()?, align: fields.align()? },
        // `thinking` is for drafts, which the sandbox does not know.
        _ => return Err(malformed(format!("type \"{kind}\" is unsupported"))),
    })
}

/// Reads the fields of a block, whose files are among those.
struct Reader<'a>(Fields<'a>, &'a Files<'a>);

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.0.get(name).filter(|value| !value.is_null())
    }

    fn must(&self, name: &str) -> Result<&'a Value, String> {
        self.get(name).ok_or_else(|| malformed(format!("Can't find field \"{name}\"")))
    }

    fn array(&self, name: &str) -> Result<&'a Vec<Value>, String> {
        let not_array = || malformed(format!("Field \"{name}\" must be of type Array"));
        self.must(name)?.as_array().ok_or_else(not_array)
    }

    fn required(&self, name: &str) -> Result<String, String> {
        self.0.required_text(name).map(|text| string::clean(&text)).map_err(malformed)
    }

    fn optional(&self, name: &str) -> Result<String, String> {
        self.0.text(name).map(|text| string::clean(&text)).map_err(malformed)
    }

    fn flag(&self, name: &str) -> Result<bool, String> {
        self.0.flag(name).map_err(malformed)
    }

    /// A number, or none when the field is missing.
    fn number(&self, name: &str) -> Result<Option<i64>, String> {
        match self.get(name) {
            Some(_) => self.0.required_number(name).map(Some).map_err(malformed),
            None => Ok(None),
        }
    }

    fn blocks(&self, name: &str) -> Result<Vec<Block>, String> {
        blocks(self.must(name)?, self.1)
    }

    fn heading(&self) -> Result<Block, String> {
        let text = self.text("text")?;
        let size = self.0.required_number("size").map_err(malformed)?;
        match u8::try_from(size) {
            Ok(size @ 1..=6) => Ok(Block::Heading { text, size }),
            _ => Err("Invalid section heading size specified".into()),
        }
    }

    fn quote(&self) -> Result<Quote, String> {
        Ok(Quote { text: self.text("text")?, credit: self.text_or_none("credit")? })
    }

    fn album(&self) -> Result<Album, String> {
        let blocks = self.blocks("blocks")?;
        if blocks.iter().any(|block| block.about().is_none()) {
            return Err("Unallowed media specified".into());
        }
        Ok(Album { blocks, caption: self.caption()? })
    }

    fn table(&self) -> Result<Table, String> {
        let mut cells = Vec::new();
        for row in self.array("cells")? {
            let row = row.as_array().ok_or_else(|| malformed("expected an Array of Arrays of cells"))?;
            cells.push(row.iter().map(|value| part::cell(value, self.1)).collect::<Result<_, _>>()?);
        }
        Ok(Table {
            cells,
            is_bordered: self.flag("is_bordered")?,
            is_striped: self.flag("is_striped")?,
            is_compact: self.flag("is_compact")?,
            caption: self.text_or_none("caption")?,
        })
    }

    fn map(&self) -> Result<Map, String> {
        let location = part::location(self.must("location")?)?;
        let map = Map {
            location,
            zoom: self.number("zoom")?.unwrap_or(ZOOM),
            width: self.number("width")?.unwrap_or(WIDTH),
            height: self.number("height")?.unwrap_or(HEIGHT),
            caption: self.caption()?,
        };
        map::check(&map)?;
        Ok(map)
    }
}

#[cfg(test)]
mod tests;
