//! Bare file names by two readings: the sandbox links what the server would, the renderer makes code of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::random::config;
use super::sound::{rendered, texts};
use tgsync::render;
use tgsync::sandbox::entities::{Entity, Formatted, Kind, TEXT_LIMIT, parse_detecting};

fn read(html: &str) -> Formatted {
    parse_detecting(html, TEXT_LIMIT, false).expect("it is accepted")
}

fn shown<'m>(message: &'m Formatted, entity: &Entity) -> &'m str {
    let at = |units: usize| {
        let mut seen = 0;
        let before = message.text.char_indices().find(|(_, c)| {
            seen += c.len_utf16();
            seen > units
        });
        before.map_or(message.text.len(), |(at, _)| at)
    };
    &message.text[at(entity.offset)..at(entity.end())]
}

/// Whether a link is a file name for people: no scheme, no path, no user, and an ending of files.
fn is_file(link: &str) -> bool {
    let name = link.split(['#', ':']).next().unwrap_or_default().to_lowercase();
    let ending = name.rsplit('.').next().unwrap_or_default();
    !link.contains(['/', '@', '?']) && ["md", "rs", "py", "sh", "4"].contains(&ending)
}

/// What the sandbox makes of a body, and of its text without any formatting.
fn readings(body: &str) -> (Formatted, Formatted) {
    let (post, _) = rendered("a", body, 0);
    let post = post.expect("there is no error in it");
    let text = texts(&post).remove(0);
    (read(&render::html(&text, &|_| None)), read(&render::escape(&text.visible())))
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn what_telegram_would_link_is_code(
        pieces in vec(select(vec![
            "a", "b1", "Ä", "md", "rs", "PY", "Sh", ".", ".", ".", "-", "x_y", " ", " ", ",", "(", ")", "/", "@", "#", ":",
            " 1.2.3.4", "README.md", "example.org", "?", "!", "«", "»", "—", "😀", "**", "*",
        ]), 1..12),
    ) {
        let (message, _) = readings(&format!("x {} x", pieces.concat()));
        for link in message.entities.iter().filter(|entity| entity.kind == Kind::Url) {
            prop_assert!(!is_file(shown(&message, link)), "{:?} is linked", shown(&message, link));
        }
    }

    #[test]
    fn what_is_code_would_be_linked(
        words in vec(
            vec(select(vec!["a", "b1", "Ä", "md", "rs", "PY", "Sh", "x_y", "-", "1", "255", "256", "07", "name", "org"]), 1..6),
            1..6,
        ),
        between in select(vec![" ", ", ", ". ", " («", "/", " #", "@", ": ", "! "]),
    ) {
        let words: Vec<String> = words.into_iter().map(|parts| parts.join(".")).collect();
        let (message, plain) = readings(&words.join(between));
        for code in message.entities.iter().filter(|entity| entity.kind == Kind::Code) {
            let is_linked = |link: &Entity| {
                link.kind == Kind::Url && link.offset < code.end() && code.offset < link.end()
            };
            prop_assert!(plain.entities.iter().any(is_linked), "{:?} is code for nothing", shown(&message, code));
        }
    }
}
