//! Character references: `&lt; &gt; &amp; &quot;` and numbers; anything else is ordinary text.

/// Longest reference without its `;`, in bytes, that is still read as a number.
const MAX_LENGTH: usize = 9;

/// The code unit or code point at the start of `input`, which begins with `&`, and how many bytes the reference takes.
///
/// The number may be a surrogate: whether that is an error is decided by the caller.
pub(super) fn decode(input: &[u8]) -> Option<(u32, usize)> {
    let (code, length) = if input.get(1) == Some(&b'#') { number(input)? } else { name(input)? };
    let semicolon = usize::from(input.get(length) == Some(&b';'));
    Some((code, length + semicolon))
}

fn number(input: &[u8]) -> Option<(u32, usize)> {
    let (start, radix) = if input.get(2) == Some(&b'x') { (3, 16) } else { (2, 10) };
    let digits = input[start.min(input.len())..].iter().map_while(|b| char::from(*b).to_digit(radix));
    let (code, count) = digits
        .fold((0_u32, 0), |(code, count), digit| (code.wrapping_mul(radix).wrapping_add(digit), count + 1));
    let length = start + count;
    (code != 0 && code < 0x0010_ffff && length <= MAX_LENGTH).then_some((code, length))
}

fn name(input: &[u8]) -> Option<(u32, usize)> {
    let letters = input[1..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let code = match &input[1..=letters] {
        b"lt" => '<',
        b"gt" => '>',
        b"amp" => '&',
        b"quot" => '"',
        _ => return None,
    };
    Some((u32::from(code), letters + 1))
}

/// Appends a code point as UTF-8; a surrogate becomes the three bytes that no valid UTF-8 holds.
pub(super) fn push(out: &mut Vec<u8>, code: u32) {
    if let Some(c) = char::from_u32(code) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let byte = |shift: u32, mask: u32, mark: u8| mark | u8::try_from((code >> shift) & mask).unwrap_or(0);
        out.extend([byte(12, 0x0f, 0xe0), byte(6, 0x3f, 0x80), byte(0, 0x3f, 0x80)]);
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn references_are_greedy_and_their_end_is_optional() {
        let table: &[(&str, Option<(char, usize)>)] = &[
            ("&lt;b", Some(('<', 4))),
            ("&lt b", Some(('<', 3))),
            ("&ltb", None),
            ("&LT;", None),
            ("&nbsp;", None),
            ("&#65;", Some(('A', 5))),
            ("&#65c", Some(('A', 4))),
            ("&#x41;", Some(('A', 6))),
            ("&#X41;", None),
            ("&#0000065;", Some(('A', 10))),
            ("&#00000065;", None),
            ("&#0;", None),
            ("&#x10ffff;", None),
            ("&", None),
            ("&#", None),
            ("&#x", None),
        ];
        for (input, expected) in table {
            let expected = expected.map(|(c, n)| (u32::from(c), n));
            assert_eq!(decode(input.as_bytes()), expected, "{input}");
        }
    }
}
