//! Labels of list items: `•`, `4.`, `aa.`, `iv.`.

/// The label of an item in a list without numbers.
pub(super) const BULLET: &str = "•";

/// Largest number that Roman numerals are used for.
const MAX_ROMAN: i64 = 3999;

/// Forms of a number, as the attribute `type` names them.
pub(super) const FORMS: [&str; 5] = ["a", "A", "i", "I", "1"];

/// The label of a numbered item. What letters and Roman numerals can't say is said in digits.
pub(super) fn label(value: i64, form: &str) -> String {
    let text = match form {
        "a" | "A" if value > 0 => letters(value),
        "i" | "I" if (1..=MAX_ROMAN).contains(&value) => roman(value),
        _ => value.to_string(),
    };
    let text = if matches!(form, "A" | "I") { text.to_ascii_uppercase() } else { text };
    format!("{text}.")
}

/// `a` … `z`, `aa` …
fn letters(mut value: i64) -> String {
    let mut out = Vec::new();
    while value > 0 {
        value -= 1;
        out.push(b'a' + u8::try_from(value % 26).unwrap_or(0));
        value /= 26;
    }
    out.iter().rev().map(|b| char::from(*b)).collect()
}

fn roman(mut value: i64) -> String {
    const DIGITS: [(i64, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut out = String::new();
    for (worth, digit) in DIGITS {
        while value >= worth {
            out.push_str(digit);
            value -= worth;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn numbers_take_their_form() {
        for (value, form, expected) in [
            (27, "a", "aa."),
            (26, "A", "Z."),
            (702, "a", "zz."),
            (4, "i", "iv."),
            (1999, "I", "MCMXCIX."),
            (0, "1", "0."),
            (0, "i", "0."),
            (-3, "a", "-3."),
            (i64::MAX, "I", "9223372036854775807."),
        ] {
            assert_eq!(label(value, form), expected, "{value} {form}");
        }
    }
}
