//! Bare file names: Telegram takes `README.md` for a web address and links it, so the renderer makes it code.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::scan::find_pair;
use super::tree::{Inline, Style};

/// Endings of files that are top-level domains, too. Domains that are seldom a file's ending are left out: they stay
/// links. Our own choice among the domains that Telegram knows.
const ENDINGS: &[&str] = &[
    "app",
    "cab",
    "cc",
    "dot",
    "gd",
    "inc",
    "java",
    "map",
    "md",
    "mk",
    "ml",
    "mm",
    "mobi",
    "mov",
    "name",
    "pl",
    "pm",
    "properties",
    "ps",
    "pub",
    "py",
    "rs",
    "sc",
    "sh",
    "so",
    "sv",
    "tf",
    "zip",
    "zone",
];

/// Longest part of a domain name.
const MAX_PART: usize = 63;

/// Makes code of the bare file names of `content`, but for those that are hidden or struck out: code would lose that.
pub(super) fn protect(content: &mut Vec<Inline<'_>>) {
    let mut at = 0;
    while at < content.len() {
        match &mut content[at] {
            Inline::Style(Style::Bold | Style::Italic | Style::Underline, content) => {
                protect(content);
            }
            Inline::Text(text) => {
                let names = names(text);
                if !names.is_empty() {
                    let pieces = cut(text, &names);
                    let count = pieces.len();
                    content.splice(at..=at, pieces);
                    at += count;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// The pieces of `text` between and at `names`.
fn cut<'a>(text: &Cow<'a, str>, names: &[Range<usize>]) -> Vec<Inline<'a>> {
    let piece = |range: Range<usize>| match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    };
    let mut pieces = Vec::new();
    let mut done = 0;
    for name in names {
        if done < name.start {
            pieces.push(Inline::Text(piece(done..name.start)));
        }
        pieces.push(Inline::Code(piece(name.clone())));
        done = name.end;
    }
    if done < text.len() {
        pieces.push(Inline::Text(piece(done..text.len())));
    }
    pieces
}

/// Where the bare file names of `text` stand.
pub(super) fn names(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    // Behind the end of a sentence there is a blank.
    let is_within = |dot, next| dot == b'.' && next > b' ';
    while let Some(dot) = find_pair(&text[at..], is_within).map(|dot| at + dot) {
        if !text[dot + 1..].starts_with(is_name) {
            at = dot + 1;
            continue;
        }
        let start =
            dot - text[at..dot].chars().rev().take_while(|c| is_name(*c)).map(char::len_utf8).sum::<usize>();
        let end = text[dot..].find(|c| !is_name(c)).map_or(text.len(), |length| dot + length);
        at = end;
        let name = text[start..end].trim_end_matches('.');
        let after = start + name.len();
        let behind = &text[after..];
        let is_part = text[..start].ends_with(['/', '#', '@']) || behind.starts_with(['/', '@']);
        if !is_part && is_taken_for_address(name) {
            let begin = name.find(|c: char| c == '.' || c.is_alphanumeric()).unwrap_or_default();
            let end_of_place = after + place_length(behind);
            found.push(start + begin..end_of_place);
            at = end.max(end_of_place);
        }
    }
    found
}

/// What Telegram takes into a domain name: dashes and emoji, too.
fn is_name(c: char) -> bool {
    match c {
        '.' | '-' | '_' | '~' | '\u{200c}' | '\u{200d}' | '\u{2010}'..='\u{2015}' => true,
        '\0'..'\u{c0}' => c.is_ascii_alphanumeric(),
        '\u{2000}'..='\u{206f}' => false,
        _ => !c.is_whitespace(),
    }
}

/// Whether Telegram would link `name`, although it looks like a file or a version.
fn is_taken_for_address(name: &str) -> bool {
    let is_label = |part: &str| !part.is_empty() && part.len() <= MAX_PART && !part.ends_with('-');
    (is_file(name) || name.parse::<Ipv4Addr>().is_ok()) && name.split('.').all(is_label)
}

/// Whether the ending of `name` is one of files.
fn is_file(name: &str) -> bool {
    let mut parts = name.rsplit('.');
    let (Some(ending), Some(stem)) = (parts.next(), parts.next()) else {
        return false;
    };
    // `Main.Rs` is a sentence without a blank for Telegram, `MAIN.RS` is not.
    let is_capitalised = || {
        ending.starts_with(|c: char| c.is_ascii_uppercase())
            && !ending[1..].contains(|c: char| c.is_ascii_uppercase())
    };
    ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)) && !stem.contains('_') && !is_capitalised()
}

/// Bytes of a line or an anchor behind a file name: `:12`, `:12:5`, `#usage`.
fn place_length(behind: &str) -> usize {
    if let Some(anchor) = behind.strip_prefix('#') {
        let length =
            anchor.find(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).unwrap_or(anchor.len());
        return if length > 0 { length + 1 } else { 0 };
    }
    let mut length = 0;
    while let Some(number) = behind[length..].strip_prefix(':') {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        length += digits + 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_told_from_sites_and_words() {
        let table: &[(&str, &[&str])] = &[
            ("see README.md, foo.py. And (file.rs)!", &["README.md", "foo.py", "file.rs"]),
            ("user.name, 1.2.3.4", &["user.name", "1.2.3.4"]),
            ("main.rs:12:5 and GUIDE.md#usage: x", &["main.rs:12:5", "GUIDE.md#usage"]),
            ("a.test.rs…", &["a.test.rs"]),
            ("Заметки.md", &["Заметки.md"]),
            ("src/main.rs, docs.rs/serde, https://docs.rs, @a.rs, a@b.rs", &[]),
            ("1.2.3, 1.2.3.256, 01.2.3.4, example.org, main.go, e.g. this", &[]),
            ("my_file.rs, .md, a..md, a-.md, End.Py, md", &[]),
            ("MAIN.RS: x", &["MAIN.RS"]),
            ("yes—README.md, —.md, 📄a.md", &["yes—README.md", ".md", "a.md"]),
            ("a.rs#, b.rs:", &["a.rs", "b.rs"]),
            ("a.rs:12b.rs:3 c.rs#d.rs e.rs..#f", &["a.rs:12", "b.rs:3", "c.rs#d", "e.rs"]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = names(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }
}
