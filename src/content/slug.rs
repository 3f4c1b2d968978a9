//! A slug made from a name.

use unicode_normalization::UnicodeNormalization as _;

use crate::ids::{MAX_NAME_CHARS, Slug};

/// The slug that a file name or title suggests: lower case, accents dropped, Cyrillic and a few Latin letters transliterated,
/// everything else a hyphen. `None` when nothing usable is left.
pub fn slug_from(name: &str) -> Option<Slug> {
    let mut slug = String::new();
    for letter in name.nfc().flat_map(char::to_lowercase) {
        if let Some(latin) = transliterated(letter) {
            slug.push_str(latin);
        } else {
            let plain = std::iter::once(letter).nfkd();
            let plain = plain.filter(|c| !unicode_normalization::char::is_combining_mark(*c));
            slug.extend(
                plain.flat_map(char::to_lowercase).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }),
            );
        }
    }
    let words: Vec<&str> = slug.split('-').filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_NAME_CHARS);
    slug.trim_end_matches('-').parse().ok()
}

fn transliterated(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' | 'đ' | 'ð' => "d",
        'е' | 'э' => "e",
        'ё' => "yo",
        'є' => "ye",
        'ж' => "zh",
        'з' => "z",
        'и' | 'і' | 'ı' => "i",
        'ї' => "yi",
        'й' | 'ј' => "j",
        'к' => "k",
        'л' | 'ł' => "l",
        'м' => "m",
        'н' => "n",
        'о' | 'ø' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ў' => "w",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' | '\'' | '’' | 'ʼ' => "",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        let long = "a-".repeat(60);
        for (name, slug) in [
            ("Hello, World!", "hello-world"),
            ("2024-01-31-launch", "2024-01-31-launch"),
            ("snake_case v1.2", "snake-case-v1-2"),
            ("Crème brûlée", "creme-brulee"),
            ("Cre\u{300}me", "creme"),
            ("Щедрик їде в Київ", "shchedrik-yide-v-kiyiv"),
            ("Объявление", "obyavlenie"),
            ("Straße Łódź Ærø", "strasse-lodz-aero"),
            ("don't", "dont"),
            ("ﬁnal ①", "final-1"),
            ("--a--", "a"),
            (long.as_str(), &long[..79]),
        ] {
            assert_eq!(slug_from(name).unwrap().as_str(), slug, "{name}");
        }
        for nothing in ["", "---", "日本語", "🎉"] {
            assert_eq!(slug_from(nothing), None, "{nothing}");
        }
    }
}
