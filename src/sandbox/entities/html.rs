//! Tags to text and entities: the first stage, which refuses bad markup.

use super::clean;
use super::entity::{Entity, Kind, User};
use super::order::sort;
use super::raw::Raw;
use super::reference;
use super::tag::{Cursor, Start};
use super::url;

/// An element whose end tag has not been seen.
struct Open {
    tag: Start,
    /// Where its text begins, in UTF-16 code units and in bytes of the text.
    offset: usize,
    byte: usize,
}

/// An element that was closed, before its data are known to be UTF-8.
struct Closed {
    kind: Found,
    offset: usize,
    end: usize,
}

enum Found {
    /// Complete as it is.
    Plain(Kind),
    /// `code` with the language of its `class`, which only counts together with `pre`.
    Code(Vec<u8>),
    Pre,
    PreWithLanguage(Vec<u8>),
    Link(Vec<u8>),
}

#[derive(Default)]
struct Reader {
    text: Vec<u8>,
    /// Length of `text` in UTF-16 code units.
    units: usize,
    open: Vec<Open>,
    closed: Vec<Closed>,
}

/// Reads the markup. The error is the tail of `can't parse entities: …`.
pub(super) fn read(html: &str) -> Result<Raw, String> {
    let mut reader = Reader::default();
    let mut cursor = Cursor::new(html);
    while !cursor.is_at_end() {
        reader.step(&mut cursor)?;
    }
    if let Some(open) = reader.open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag.name));
    }
    let text = String::from_utf8(reader.text).map_err(|_| {
        "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code \
         units"
    })?;
    Ok(settle(text, reader.closed))
}

impl Reader {
    fn step(&mut self, cursor: &mut Cursor<'_>) -> Result<(), String> {
        match cursor.peek() {
            b'&' => {
                if let Some(code) = cursor.reference() {
                    self.units += if code > 0xffff { 2 } else { 1 };
                    reference::push(&mut self.text, code);
                    return Ok(());
                }
            }
            b'<' => return self.tag(cursor),
            _ => {}
        }
        let byte = cursor.peek();
        self.units += match byte {
            0x80..0xc0 => 0,
            0xf0.. => 2,
            _ => 1,
        };
        self.text.push(byte);
        cursor.at += 1;
        Ok(())
    }

    fn tag(&mut self, cursor: &mut Cursor<'_>) -> Result<(), String> {
        let begin = cursor.at;
        cursor.at += 1;
        if cursor.peek() == b'/' {
            self.close(cursor, begin)?;
        } else {
            let tag = cursor.start_tag()?;
            self.open.push(Open { tag, offset: self.units, byte: self.text.len() });
        }
        cursor.at += 1;
        Ok(())
    }

    fn close(&mut self, cursor: &mut Cursor<'_>, begin: usize) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        let Some(name) = cursor.end_tag() else {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        };
        let expected = &open.tag.name;
        if !name.is_empty() && name != *expected {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{expected}>\", found \"</{name}>\""
            ));
        }
        if self.units > open.offset { self.element(open) } else { Ok(()) }
    }

    /// What an element with some text in it becomes.
    fn element(&mut self, open: Open) -> Result<(), String> {
        let Open { tag: Start { name, argument, date }, offset, byte } = open;
        let kind = match name.as_str() {
            "b" | "strong" => Found::Plain(Kind::Bold),
            "i" | "em" => Found::Plain(Kind::Italic),
            "u" | "ins" => Found::Plain(Kind::Underline),
            "s" | "strike" | "del" => Found::Plain(Kind::Strikethrough),
            "blockquote" if argument.is_empty() => Found::Plain(Kind::Blockquote),
            "blockquote" => Found::Plain(Kind::ExpandableBlockquote),
            "tg-emoji" => Found::Plain(emoji(&argument)?),
            "tg-time" => match date_time(date, &argument)? {
                Some(kind) => Found::Plain(kind),
                None => return Ok(()),
            },
            "a" => match link(if argument.is_empty() { self.text[byte..].to_vec() } else { argument }) {
                Some(kind) => kind,
                None => return Ok(()),
            },
            "pre" => return self.pre(offset),
            "code" => return self.code(offset, argument),
            // `tg-spoiler`, and `span`, which has no other class.
            _ => Found::Plain(Kind::Spoiler),
        };
        self.closed.push(Closed { kind, offset, end: self.units });
        Ok(())
    }

    /// The element closed last, when it covers the same characters.
    fn twin(&mut self, offset: usize) -> Option<&mut Found> {
        let end = self.units;
        self.closed.last_mut().filter(|e| e.offset == offset && e.end == end).map(|e| &mut e.kind)
    }

    #[expect(clippy::unnecessary_wraps, reason = "one of the arms of `element`")]
    fn pre(&mut self, offset: usize) -> Result<(), String> {
        if let Some(found) = self.twin(offset)
            && let Found::Code(language) = found
            && !language.is_empty()
        {
            *found = Found::PreWithLanguage(std::mem::take(language));
        } else {
            self.closed.push(Closed { kind: Found::Pre, offset, end: self.units });
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "one of the arms of `element`")]
    fn code(&mut self, offset: usize, language: Vec<u8>) -> Result<(), String> {
        if let Some(found @ Found::Pre) = self.twin(offset)
            && !language.is_empty()
        {
            *found = Found::PreWithLanguage(language);
        } else {
            self.closed.push(Closed { kind: Found::Code(language), offset, end: self.units });
        }
        Ok(())
    }
}

fn emoji(id: &[u8]) -> Result<Kind, String> {
    let id = String::from_utf8_lossy(id).into_owned();
    match id.parse::<i64>() {
        Ok(number) if number != 0 && number.to_string() == id => {
            Ok(Kind::CustomEmoji { custom_emoji_id: id })
        }
        _ => Err("Invalid custom emoji identifier specified".into()),
    }
}

/// A date, or nothing when the time is not positive. The format is checked in either case.
fn date_time(unix_time: i32, format: &[u8]) -> Result<Option<Kind>, String> {
    let date_time_format = match format {
        b"r" | b"R" => "r".to_owned(),
        _ if format.iter().all(|b| b"tTdDwW".contains(b)) => {
            let pick = |short: u8, long: u8| {
                if format.contains(&short) { Some(short) } else { format.contains(&long).then_some(long) }
            };
            let weekday = pick(b'w', b'W').map(|_| b'w');
            [weekday, pick(b'd', b'D'), pick(b't', b'T')].into_iter().flatten().map(char::from).collect()
        }
        _ => return Err("Invalid date format used".into()),
    };
    Ok((unix_time > 0).then_some(Kind::DateTime { unix_time, date_time_format }))
}

/// A mention or a link; nothing when the address is refused.
fn link(address: Vec<u8>) -> Option<Found> {
    // Bytes that are no UTF-8 pass the check like other non-ASCII ones and are refused when the message is sent.
    let shown = String::from_utf8_lossy(&address);
    if let Some(id) = url::mentioned_user(&shown) {
        return Some(Found::Plain(Kind::TextMention { user: User::person(id) }));
    }
    let url = url::check(&shown).ok()?;
    Some(Found::Link(if matches!(shown, std::borrow::Cow::Owned(_)) { address } else { url.into_bytes() }))
}

/// Sorts the entities and checks their data as the sending stage does; its refusal is kept for later.
fn settle(text: String, closed: Vec<Closed>) -> Raw {
    let mut entities = Vec::with_capacity(closed.len());
    let mut flaw = None;
    for Closed { kind, offset, end } in closed {
        let kind = match kind {
            Found::Plain(kind) => Ok(kind),
            Found::Code(_) => Ok(Kind::Code),
            Found::Pre => Ok(Kind::Pre { language: None }),
            Found::PreWithLanguage(language) => language_of(language),
            Found::Link(address) => clean_link(address),
        };
        match kind {
            Ok(kind) => entities.push(Entity::new(kind, offset, end)),
            Err(error) => {
                if flaw.as_ref().is_none_or(|(first, _)| offset < *first) {
                    flaw = Some((offset, error));
                }
            }
        }
    }
    sort(&mut entities);
    Raw { text, entities, flaw: flaw.map(|(_, error)| error) }
}

fn language_of(language: Vec<u8>) -> Result<Kind, String> {
    let language =
        String::from_utf8(language).map_err(|_| "messageEntityPreCode.language must be encoded in UTF-8")?;
    Ok(Kind::Pre { language: Some(clean::string(&language)) })
}

/// A link as it is sent: cleaned like any text and checked once more.
pub(super) fn clean_link(address: Vec<u8>) -> Result<Kind, String> {
    let address =
        String::from_utf8(address).map_err(|_| "messageEntityTextUrl.url must be encoded in UTF-8")?;
    let address = clean::string(&address);
    if let Some(id) = url::mentioned_user(&address) {
        return Ok(Kind::TextMention { user: User::person(id) });
    }
    match url::check(&address) {
        Ok(url) => Ok(Kind::TextLink { url }),
        Err(why) => Err(format!("entity URL '{address}' is invalid: {why}")),
    }
}
