//! What a reader must see, read from Markdown without the composing room, and found again in what was sent: every
//! character in its order, with its style, its address, its place in a list or table; nothing more and nothing twice.

mod blocks;
mod compare;
mod html;
mod message;
mod names;
mod rich;
mod source;
mod table;

use pulldown_cmark::Alignment;
use serde_json::Value;
use tgsync::content::Format;
use tgsync::diagnostic::Diagnostic;
use tgsync::sandbox::entities::Formatted;

/// How a character looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Look {
    url: Option<String>,
    code: Option<Code>,
    /// By [`Style`].
    styles: [bool; 8],
    /// Whether nobody wrote the link: the server finds bare addresses.
    is_found: bool,
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Bold,
    Italic,
    Underline,
    Struck,
    Hidden,
    Mark,
    Lowered,
    Raised,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Code {
    Span,
    /// With its language, which may be empty.
    Block(String),
    Formula,
}

/// A visible character, or any character of code.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Glyph {
    c: char,
    /// Whether blanks stand before it.
    gap: bool,
    look: Look,
}

/// One thing that has to come next.
#[derive(Debug, Clone)]
enum Want {
    Glyph(Glyph),
    /// The sign before an item or note, and how far it is indented; in a rich message, how many lists are around it.
    Marker {
        text: String,
        indent: usize,
    },
    /// A reference to a note.
    Note {
        label: String,
        gap: bool,
    },
    /// A table of a classic message.
    Table(Table),
    /// The begin of a row of a table, in a rich message.
    Row,
    Rule,
    /// A picture, by what the server calls its file.
    Picture(String),
}

#[derive(Debug, Clone, Default)]
struct Table {
    /// The first one is the header.
    rows: Vec<Vec<Cell>>,
    aligns: Vec<Alignment>,
}

/// The content of a cell: glyphs and references.
type Cell = Vec<Placed>;

/// A thing and what is around it.
#[derive(Debug, Clone)]
struct Placed {
    want: Want,
    place: Place,
}

/// What is around a thing. A classic message has only quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    quotes: usize,
    details: usize,
    lists: usize,
    /// The level of a heading, or 0.
    heading: u8,
    is_summary: bool,
    cell: Option<At>,
}

/// The place of a cell in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    column: usize,
    is_header: bool,
    align: &'static str,
}

/// What is missing, surplus or different in `messages`, of what the Markdown in `body` says. What is shown in a poorer
/// way has to be named by a warning. `first_line` is the line of the file where `body` begins.
pub(super) fn compare(
    body: &str,
    first_line: usize,
    messages: &[Formatted],
    warnings: &[Diagnostic],
) -> Result<(), String> {
    let wants = wanted(body, Format::Html, first_line, warnings)?;
    compare::compare(&wants, &message::read(messages))
}

/// As [`compare`], with rich messages as the sandbox returns them.
pub(super) fn compare_rich(
    body: &str,
    first_line: usize,
    messages: &[Value],
    warnings: &[Diagnostic],
) -> Result<(), String> {
    let wants = wanted(body, Format::Rich, first_line, warnings)?;
    rich::compare(&wants, &blocks::read(messages)?)
}

/// What a body says; that all that is shown in a poorer way is named.
fn wanted(
    body: &str,
    format: Format,
    first_line: usize,
    warnings: &[Diagnostic],
) -> Result<Vec<Placed>, String> {
    let is_balanced = !warnings.iter().any(|warning| warning.code.0 == "TG0433");
    let source = source::read(body, format, is_balanced);
    for (line, code) in &source.degraded {
        let line = first_line + line;
        let is_named = |warning: &Diagnostic| {
            let place = warning.place.as_ref().map_or(0, |place| place.line);
            warning.code.0 == "TG0444" || (warning.code.0 == *code && place == line)
        };
        if !warnings.iter().any(is_named) {
            return Err(format!("line {line}: no warning {code}"));
        }
    }
    Ok(source.wants)
}

/// What the server calls the picture at an address.
fn picture_id(url: &str) -> String {
    let url = url.replace('&', "&amp;").replace('"', "&quot;");
    let message = tgsync::sandbox::rich::parse(&format!("<img src=\"{url}\"/>"));
    message.map_or_else(|error| error, |message| blocks::picture(&message["blocks"][0]))
}

#[cfg(test)]
mod tests;
