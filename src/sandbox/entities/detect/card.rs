//! Bank card numbers.

use super::Span;
use super::chars::{after, before, is_letter};

/// Ranges of the first four digits and the lengths a number beginning so may have.
const LENGTHS: [(u16, u16, &[usize]); 9] = [
    (4000, 4999, &[13, 16, 18, 19]),
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    (6200, 6299, &[16, 17, 18, 19]),
    (8100, 8199, &[16, 17, 18, 19]),
    (2200, 2204, &[16]),
    (0, 9999, &[13, 14, 15, 16, 17, 18, 19]),
];

/// Numbers of 13 to 19 digits, with blanks and hyphens between, that satisfy the Luhn check.
pub(super) fn numbers(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) {
        let stuck = before(text, start).is_some_and(|c| ".,+-_".contains(c) || is_letter(c));
        let (end, digits) = run(&bytes[start..], !stuck);
        at = start + end;
        if stuck {
            continue;
        }
        let end = start + text[start..at].trim_end_matches([' ', '-']).len();
        let torn = after(text, end).is_some_and(|c| c == '-' || c == '_' || is_letter(c));
        if (13..=19).contains(&digits.len()) && end - start < 2 * digits.len() && !torn && is_card(&digits) {
            spans.push(start..end);
        }
    }
    spans
}

/// The run of digits, blanks and hyphens: its length and the digits. An unbroken number ends at the blank behind it.
fn run(bytes: &[u8], stop_at_blank: bool) -> (usize, Vec<u8>) {
    let mut digits = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b' ' if stop_at_blank && (16..=19).contains(&at) && digits.len() == at => {
                return (at, digits);
            }
            b'0'..=b'9' => digits.push(byte - b'0'),
            b' ' | b'-' => {}
            _ => return (at, digits),
        }
    }
    (bytes.len(), digits)
}

fn is_card(digits: &[u8]) -> bool {
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit < 5 => 2 * digit,
            (_, digit) => 2 * digit - 9,
        })
        .sum();
    let head = digits[..4].iter().fold(0, |n, d| n * 10 + u16::from(*d));
    let fits = LENGTHS.iter().find(|(low, high, _)| (*low..=*high).contains(&head));
    luhn.is_multiple_of(10) && fits.is_some_and(|(_, _, lengths)| lengths.contains(&digits.len()))
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_need_the_check_digit_and_clear_borders() {
        let table: &[(&str, usize)] = &[
            ("4111 1111 1111 1111", 1),
            ("4111111111111112", 0),
            ("x4111111111111111", 0),
            ("4111111111111111-", 0),
            ("4111111111111111 4111111111111111", 2),
            ("1234", 0),
        ];
        for (text, count) in table {
            assert_eq!(numbers(text).len(), *count, "{text}");
        }
    }
}
