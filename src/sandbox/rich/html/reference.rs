//! Character references of Rich HTML: thirteen names, and every number; anything else is ordinary text.

use crate::sandbox::entities;

/// The names that are documented.
const NAMES: [(&str, char); 13] = [
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
];

/// Longest reference that is looked for, `&` and `;` included.
const MAX_LENGTH: usize = 12;

/// Replaces the references of a text. Without its `;` a reference is none: the documents know no other form.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = reference(rest).unwrap_or(('&', 1));
        // Decoded characters get the clean-up of literal ones: a tab is a space however it is written.
        if length == 1 {
            out.push(c);
        } else {
            out.push_str(&entities::clean(c.encode_utf8(&mut [0; 4])));
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The character of the reference here, and its length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(MAX_LENGTH).position(|b| b == b';')?;
    let name = &text[1..end];
    let c = match name.strip_prefix('#') {
        Some(number) => char::from_u32(code(number)?).filter(|c| *c != '\0')?,
        None => NAMES.into_iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, end + 1))
}

fn code(number: &str) -> Option<u32> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn names_and_numbers_are_decoded() {
        for (text, expected) in [
            ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"),
            ("a&nbsp;b&hellip;&mdash;&ndash;", "a\u{a0}b…—–"),
            ("&lsquo;&rsquo;&ldquo;&rdquo;", "‘’“”"),
            ("&#65;&#x1F600;&#X41;", "A😀A"),
            ("&#9;x&#13;", " x"),
            ("&copy; &LT; &lt &amp;lt;", "&copy; &LT; &lt &lt;"),
            ("&#0;&#xD800;&#x110000;&#;&#+5;", "&#0;&#xD800;&#x110000;&#;&#+5;"),
            ("AT&T & é&;", "AT&T & é&;"),
        ] {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
