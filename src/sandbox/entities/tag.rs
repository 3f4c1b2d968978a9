//! One tag of Telegram HTML: its name and the attributes that matter.

use super::reference;

/// A reading position in the markup. Beyond the end every byte is NUL, which the server reads as the end of input too.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

/// A start tag that was understood.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// Lower-cased.
    pub(super) name: String,
    /// `href`, `emoji-id`, `format`, the language of `class`, or `1` for `expandable`; decoded, maybe not UTF-8.
    pub(super) argument: Vec<u8>,
    /// `unix` of `tg-time`.
    pub(super) date: i32,
}

const NAMES: [&str; 17] = [
    "a",
    "b",
    "blockquote",
    "code",
    "del",
    "em",
    "i",
    "ins",
    "pre",
    "s",
    "span",
    "strike",
    "strong",
    "tg-emoji",
    "tg-spoiler",
    "tg-time",
    "u",
];

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\0' | b'\x0b')
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The reference here, decoded and passed over.
    pub(super) fn reference(&mut self) -> Option<u32> {
        let (code, length) = reference::decode(&self.bytes[self.at..])?;
        self.at += length;
        Some(code)
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = self.at.min(self.bytes.len());
        while keep(self.peek()) {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    fn skip_spaces(&mut self) {
        self.take_while(|b| b != 0 && is_space(b));
    }

    fn name(&mut self) -> String {
        let name = self.take_while(|b| !is_space(b) && b != b'>');
        String::from_utf8_lossy(name).to_ascii_lowercase()
    }

    /// Reads an end tag from its `/` to its `>`, leaving the cursor on the `>`. `None`: it never closes.
    pub(super) fn end_tag(&mut self) -> Option<String> {
        self.at += 1;
        let name = self.name();
        self.skip_spaces();
        (self.peek() == b'>').then_some(name)
    }

    /// Reads a start tag from behind its `<`, leaving the cursor on the `>`.
    pub(super) fn start_tag(&mut self) -> Result<Start, String> {
        let begin = self.at - 1;
        let name = self.name();
        if self.peek() == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !NAMES.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {begin}"));
        }
        let mut tag = Start { name, ..Start::default() };
        loop {
            self.skip_spaces();
            if self.peek() == b'>' {
                break;
            }
            self.attribute(&mut tag, begin)?;
        }
        if tag.name == "span" && tag.argument != b"spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        Ok(tag)
    }

    fn attribute(&mut self, tag: &mut Start, begin: usize) -> Result<(), String> {
        let unclosed = |tag: &Start| format!("Unclosed start tag \"{}\" at byte offset {begin}", tag.name);
        let key = self.take_while(|b| !is_space(b) && !b"=>/\"'".contains(&b));
        if key.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{}\" at byte offset {begin}", tag.name));
        }
        self.skip_spaces();
        if self.peek() != b'=' {
            if self.peek() == 0 {
                return Err(unclosed(tag));
            }
            tag.set_flag(key);
            return Ok(());
        }
        self.at += 1;
        self.skip_spaces();
        let value = match self.peek() {
            0 => return Err(unclosed(tag)),
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.token()?,
        };
        if self.peek() == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        tag.set(key, value);
        Ok(())
    }

    /// An unquoted value: letters, digits, dots and hyphens, lower-cased.
    fn token(&mut self) -> Result<Vec<u8>, String> {
        let begin = self.at;
        let token = self.take_while(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        if is_space(self.peek()) || self.peek() == b'>' {
            return Ok(token.to_ascii_lowercase());
        }
        Err(format!("Unexpected end of name token at byte offset {begin}"))
    }

    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        self.at += 1;
        let mut value = Vec::new();
        while self.peek() != quote && self.peek() != 0 {
            if self.peek() == b'&'
                && let Some(code) = self.reference()
            {
                reference::push(&mut value, code);
                continue;
            }
            value.push(self.peek());
            self.at += 1;
        }
        if self.peek() == quote {
            self.at += 1;
        }
        value
    }
}

impl Start {
    fn set_flag(&mut self, key: &[u8]) {
        if self.name == "blockquote" && key == b"expandable" {
            self.argument = b"1".to_vec();
        }
    }

    fn set(&mut self, key: &[u8], value: Vec<u8>) {
        match (self.name.as_str(), key) {
            ("a", b"href") | ("tg-emoji", b"emoji-id") | ("tg-time", b"format") => {
                self.argument = value;
            }
            ("code", b"class") => self.set_class(&value, b"language-"),
            ("span", b"class") => self.set_class(&value, b"tg-"),
            ("tg-time", b"unix") => self.date = leading_integer(&value),
            _ => self.set_flag(key),
        }
    }

    fn set_class(&mut self, value: &[u8], prefix: &[u8]) {
        if let Some(rest) = value.strip_prefix(prefix) {
            self.argument = rest.to_vec();
        }
    }
}

/// The number a value begins with, wrapped to 32 bits; 0 when there is none.
fn leading_integer(value: &[u8]) -> i32 {
    let (negative, digits) = match value.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    let number = digits
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0_u32, |n, b| n.wrapping_mul(10).wrapping_add(u32::from(b - b'0')))
        .cast_signed();
    if negative { number.wrapping_neg() } else { number }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, leading_integer};

    fn argument(tag: &str) -> String {
        let start = Cursor { bytes: tag.as_bytes(), at: 1 }.start_tag().unwrap();
        String::from_utf8(start.argument).unwrap()
    }

    #[test]
    fn the_attribute_that_matters_is_kept() {
        let table = [
            ("<a href=x href='&lt;Y'>", "<Y"),
            ("<a href=ABC >", "abc"),
            ("<a HREF=x>", ""),
            ("<code class=\"language-C++\">", "C++"),
            ("<code class=\"hljs language-c\">", ""),
            ("<blockquote expandable=false>", "1"),
            ("<span class=\"tg-spoiler\"x>", "spoiler"),
        ];
        for (tag, expected) in table {
            assert_eq!(argument(tag), expected, "{tag}");
        }
    }

    #[test]
    fn integers_wrap() {
        for (value, expected) in [("12abc", 12), ("", 0), ("-3", -3), ("4294967297", 1), (" 5", 0), ("+5", 0)]
        {
            assert_eq!(leading_integer(value.as_bytes()), expected, "{value}");
        }
    }
}
