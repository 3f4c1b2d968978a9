//! Rich messages as a sequence of characters and of what stands between them.

use serde_json::Value;
use tgsync::sandbox::entities::url;

use super::compare::label;
use super::source::heading_name;
use super::{At, Code, Glyph, Look, Place, Placed, Style, Want};

/// What comes next in a message, and whether the message begins with it.
pub(super) struct Shown {
    pub placed: Placed,
    pub begins: bool,
    /// Which message it is in.
    pub message: usize,
}

/// What messages show.
#[derive(Default)]
pub(super) struct Read {
    pub shown: Vec<Shown>,
    /// The names of the headings of each.
    pub headings: Vec<Vec<String>>,
    /// The names of the places in each that links can lead to.
    pub places: Vec<Vec<String>>,
}

/// What is read of messages so far.
#[derive(Default)]
struct Reader {
    out: Read,
    begins: bool,
    gap: bool,
    place: Place,
    look: Look,
    /// The names of places, and those that links lead to.
    places: Vec<String>,
    leads: Vec<String>,
}

/// Errors: a block or text of no known kind, a link to a place that is not there.
pub(super) fn read(messages: &[Value]) -> Result<Read, String> {
    let mut reader = Reader::default();
    for message in messages {
        (reader.begins, reader.gap) = (true, true);
        reader.out.headings.push(Vec::new());
        reader.blocks(&message["blocks"])?;
        let lost = reader.leads.iter().find(|lead| !lead.is_empty() && !reader.places.contains(lead));
        if let Some(lost) = lost {
            return Err(format!("`#{lost}` is not in the message"));
        }
        reader.out.places.push(std::mem::take(&mut reader.places));
        reader.leads.clear();
    }
    Ok(reader.out)
}

/// What the server calls the file of a picture.
pub(super) fn picture(block: &Value) -> String {
    block["photo"][0]["file_unique_id"].as_str().unwrap_or_default().to_owned()
}

fn string<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl Reader {
    fn push(&mut self, want: Want) {
        let placed = Placed { want, place: self.place };
        let message = self.out.headings.len() - 1;
        self.out.shown.push(Shown { placed, begins: self.begins, message });
        (self.begins, self.gap) = (false, false);
    }

    fn blocks(&mut self, blocks: &Value) -> Result<(), String> {
        for block in blocks.as_array().into_iter().flatten() {
            let place = self.place;
            self.gap = true;
            self.block(block)?;
            self.gap = true;
            self.place = place;
        }
        Ok(())
    }

    fn block(&mut self, block: &Value) -> Result<(), String> {
        match string(block, "type") {
            "paragraph" | "footer" => self.text(&block["text"]),
            "heading" => {
                self.place.heading =
                    block["size"].as_u64().and_then(|size| size.try_into().ok()).unwrap_or(9);
                let begin = self.out.shown.len();
                self.text(&block["text"])?;
                let text: String =
                    self.out.shown[begin..].iter().map(|shown| label(&shown.placed.want)).collect();
                self.out.headings.last_mut().unwrap().push(heading_name(&text));
                Ok(())
            }
            "pre" => {
                let code = Code::Block(string(block, "language").to_owned());
                self.within(|look| look.code = Some(code), &block["text"])
            }
            "mathematical_expression" => {
                self.formula(block);
                Ok(())
            }
            "divider" => {
                self.push(Want::Rule);
                Ok(())
            }
            "list" => block["items"].as_array().into_iter().flatten().try_for_each(|item| self.item(item)),
            "blockquote" | "expandable_blockquote" | "pullquote" => self.quote(block),
            "details" => {
                self.place.details += 1;
                self.place.is_summary = true;
                self.text(&block["summary"])?;
                self.place.is_summary = false;
                self.blocks(&block["blocks"])
            }
            "table" => self.table(block),
            "photo" => {
                self.push(Want::Picture(picture(block)));
                self.gap = true;
                self.text(&block["caption"]["text"])?;
                self.gap = true;
                self.text(&block["caption"]["credit"])
            }
            other => Err(format!("a block of the kind {other:?}")),
        }
    }

    fn quote(&mut self, block: &Value) -> Result<(), String> {
        self.place.quotes += usize::from(block["type"] != "pullquote");
        self.blocks(&block["blocks"])?;
        self.text(&block["text"])?;
        self.gap = true;
        self.text(&block["credit"])
    }

    /// An item that says nothing holds a character that is not seen.
    fn item(&mut self, item: &Value) -> Result<(), String> {
        let place = self.place;
        self.place.lists += 1;
        let number = item["value"].as_i64().map(|number| format!("{number}."));
        let tick = item["has_checkbox"]
            .as_bool()
            .unwrap_or_default()
            .then(|| if item["is_checked"] == true { "☑" } else { "☐" });
        let text = match (number, tick) {
            (Some(number), tick) => format!("{number}{}", tick.unwrap_or_default()),
            (None, tick) => tick.unwrap_or("•").to_owned(),
        };
        self.push(Want::Marker { text, indent: self.place.lists });
        if item["blocks"][0]["text"] != "\u{2060}" {
            self.blocks(&item["blocks"])?;
        }
        self.place = place;
        Ok(())
    }

    fn table(&mut self, table: &Value) -> Result<(), String> {
        for row in table["cells"].as_array().into_iter().flatten() {
            self.place.cell = None;
            self.push(Want::Row);
            for (column, cell) in row.as_array().into_iter().flatten().enumerate() {
                let align = match string(cell, "align") {
                    "right" => "right",
                    "center" => "center",
                    _ => "left",
                };
                let is_header = cell["is_header"] == true;
                self.place.cell = Some(At { column, is_header, align });
                self.gap = true;
                self.text(&cell["text"])?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &Value) -> Result<(), String> {
        match text {
            Value::Null => Ok(()),
            Value::String(text) => {
                self.characters(text);
                Ok(())
            }
            Value::Array(parts) => parts.iter().try_for_each(|part| self.text(part)),
            span => self.span(span),
        }
    }

    fn characters(&mut self, text: &str) {
        for c in text.chars() {
            let is_blank = matches!(c, ' ' | '\n');
            match self.look.code {
                Some(Code::Formula) if is_blank => {}
                None if is_blank => self.gap = true,
                _ => {
                    let glyph = Glyph { c, gap: self.gap, look: self.look.clone() };
                    self.push(Want::Glyph(glyph));
                }
            }
        }
    }

    /// A text that looks otherwise than what is around it.
    fn within(&mut self, change: impl FnOnce(&mut Look), text: &Value) -> Result<(), String> {
        let before = self.look.clone();
        change(&mut self.look);
        self.text(text)?;
        self.look = before;
        Ok(())
    }

    fn span(&mut self, span: &Value) -> Result<(), String> {
        let text = &span["text"];
        let style = match string(span, "type") {
            "bold" => Style::Bold,
            "italic" => Style::Italic,
            "underline" => Style::Underline,
            "strikethrough" => Style::Struck,
            "spoiler" => Style::Hidden,
            "marked" => Style::Mark,
            "subscript" => Style::Lowered,
            "superscript" => Style::Raised,
            "code" => return self.within(|look| look.code = Some(Code::Span), text),
            kind => return self.meaning(kind, span),
        };
        self.within(|look| look.styles[style as usize] = true, text)
    }

    fn meaning(&mut self, kind: &str, span: &Value) -> Result<(), String> {
        let text = &span["text"];
        match kind {
            "mathematical_expression" => self.formula(span),
            "custom_emoji" => self.characters(string(span, "alternative_text")),
            "anchor" => self.places.push(string(span, "name").to_owned()),
            "reference" => {
                self.places.push(string(span, "name").to_owned());
                return self.text(text);
            }
            "anchor_link" | "reference_link" => {
                let name = format!("{}{}", string(span, "anchor_name"), string(span, "reference_name"));
                self.leads.push(name.clone());
                return self.place_link(&name, text);
            }
            "url" => return self.link(string(span, "url").to_owned(), text),
            "email_address" => return self.link(format!("mailto:{}", string(span, "email_address")), text),
            "phone_number" => return self.link(format!("tel:{}", string(span, "phone_number")), text),
            "date_time" | "mention" | "hashtag" | "cashtag" | "bot_command" | "bank_card_number" => {
                return self.text(text);
            }
            other => return Err(format!("a text of the kind {other:?}")),
        }
        Ok(())
    }

    fn link(&mut self, to: String, text: &Value) -> Result<(), String> {
        let shown = text.as_str().unwrap_or_default();
        let is_found =
            to == shown || to == format!("mailto:{shown}") || url::check(shown).as_ref() == Ok(&to);
        let change = |look: &mut Look| {
            look.url = Some(to);
            look.is_found = is_found;
        };
        self.within(change, text)
    }

    /// A raised number that leads to a note stands for it.
    fn place_link(&mut self, name: &str, text: &Value) -> Result<(), String> {
        match name.strip_prefix("note-") {
            Some(number) if text == number => {
                let label = number.to_owned();
                self.push(Want::Note { label, gap: self.gap });
                Ok(())
            }
            _ => self.link(format!("#{name}"), text),
        }
    }

    fn formula(&mut self, formula: &Value) {
        let before = self.look.code.replace(Code::Formula);
        self.characters(string(formula, "expression"));
        self.look.code = before;
    }
}
