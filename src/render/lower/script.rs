//! Raised and lowered characters, as far as Unicode has them.

const PLAIN: &str = "0123456789+-−=() ";
const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ ";
const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ ";
const RAISED_LETTERS: (&str, &str) = (
    "abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδφχ⊤",
    "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵠᵡᵀ",
);
const LOWERED_LETTERS: (&str, &str) = ("aehijklmnoprstuvxβγρφχ", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ");

/// `text` raised; `None` when a character has no raised form.
pub(super) fn superscript(text: &str) -> Option<String> {
    exchange(text, &[(PLAIN, RAISED), RAISED_LETTERS])
}

/// `text` lowered; `None` when a character has no lowered form.
pub(super) fn subscript(text: &str) -> Option<String> {
    exchange(text, &[(PLAIN, LOWERED), LOWERED_LETTERS])
}

/// A number in raised digits.
pub(super) fn superscript_number(number: usize) -> String {
    superscript(&number.to_string()).unwrap_or_default()
}

fn exchange(text: &str, tables: &[(&str, &str)]) -> Option<String> {
    let exchanged = |c: char| {
        let mut pairs = tables.iter().flat_map(|(from, to)| from.chars().zip(to.chars()));
        pairs.find(|(from, _)| *from == c).map(|(_, to)| to)
    };
    text.chars().map(exchanged).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unicode_has_is_exchanged() {
        assert_eq!(superscript("(2n+1)").as_deref(), Some("⁽²ⁿ⁺¹⁾"));
        assert_eq!(superscript("z").as_deref(), Some("ᶻ"));
        assert_eq!(superscript("TM 2").as_deref(), Some("ᵀᴹ ²"));
        assert_eq!(superscript("q"), None);
        assert_eq!(subscript("i+1").as_deref(), Some("ᵢ₊₁"));
        assert_eq!(subscript("x").as_deref(), Some("ₓ"));
        assert_eq!(subscript("B"), None);
        assert_eq!(superscript_number(120), "¹²⁰");
    }
}
