//! Random Markdown: whatever is rendered, the server's rules leave it alone, and a reader finds all of it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tgsync::content::Format;
use tgsync::render::Part;
use tgsync::render::limits::{NESTING, RAW_BYTES, TABLE_COLUMNS, TEXT_CHARS};
use tgsync::render::tree::Text;
use tgsync::sandbox::{entities, rich};

use super::random::{TAGS, careful_document, config, document, inline, word};
use super::reader;
use super::sound::{self, rendered, rendered_as};

fn holds(body: &str) -> Result<(), TestCaseError> {
    sound::holds(body).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn documents_are_accepted_unchanged(body in document()) {
        holds(&body)?;
    }

    #[test]
    fn all_of_a_document_is_found_in_its_messages(body in careful_document()) {
        let (rendered, diagnostics) = rendered("a", &body, 0);
        if let Some(rendered) = rendered {
            let read = |text: &Text<'_>| entities::parse(&tgsync::render::html(text, &|_| None), TEXT_CHARS, false);
            let messages: Result<Vec<_>, String> = sound::texts(&rendered).iter().map(read).collect();
            let messages = messages.map_err(TestCaseError::fail)?;
            if messages.iter().all(|message| message.lost == 0) {
                reader::compare(&body, 1, &messages, &diagnostics).map_err(TestCaseError::fail)?;
            }
        }
    }

    #[test]
    fn all_of_a_document_is_found_in_its_rich_messages(body in careful_document()) {
        let (rendered, diagnostics) = rendered_as(Format::Rich, "a", &body, 0);
        if let Some(rendered) = rendered {
            let read = |part: &Part| rich::parse(&part.wording().unwrap().html(&|_| None));
            let messages: Result<Vec<_>, String> = rendered.parts(&[]).iter().map(read).collect();
            let messages = messages.map_err(TestCaseError::fail)?;
            reader::compare_rich(&body, 1, &messages, &diagnostics).map_err(TestCaseError::fail)?;
        }
    }

    #[test]
    fn any_words_in_any_order_are_accepted_unchanged(
        words in vec(prop_oneof![word(), select(TAGS).prop_map(String::from), inline()], 1..30),
    ) {
        holds(&words.concat())?;
    }

    #[test]
    fn addresses_are_kept_as_written_or_not_linked(
        scheme in select(vec!["https://", "HTTP://", "http:", "tg://", "tg:", "ton:", "tonsite://", "ftp://", "//", ""]),
        pieces in vec(
            select(vec![
                "a", "B", ".", "com", ":", "80", "/", "?", "#", "@", "%", "%41", "é", "_", "[::1]", "+", "&amp;", "\"", "\u{202e}",
                "\u{200e}", "\u{30a}", "..", "-", "0", "&#32;", "|", "&#9;",
            ]),
            0..9,
        ),
    ) {
        let address = format!("{scheme}{}", pieces.concat());
        holds(&format!("x <a href='{address}'>y</a> [z](<{address}>)"))?;
    }

    #[test]
    fn the_limit_of_entities_is_counted_as_telegram_counts(
        pieces in vec(select(vec![
            "**a** ", "*a*", "**a *b* c**", "`c` ", "[x](https://a.b/)", "[*x*](post:a) ", "~~a **b**~~ ", "a ",
            "||a||", "<u>**a `b` c**</u> ", "![👍](tg://emoji?id=5)",
        ]), 60..120),
    ) {
        holds(&pieces.concat())?;
    }

    #[test]
    fn around_the_limits_nothing_gives(
        sign in select(vec!["> ", "- ", "1. ", "> - ", "*", "**a ", "[", "<b>", "||", "> [!TIP]\n> "]),
        depth in NESTING - 4..NESTING + 4,
        cells in vec(vec(select(vec!["数", "a", "e\u{301}", "👩‍👩‍👧", "`b`", "**c**"]), TABLE_COLUMNS / 8..TABLE_COLUMNS / 5), 4),
        address in RAW_BYTES / 4 - 60..RAW_BYTES / 4 + 20,
        words in vec(word(), 20),
    ) {
        holds(&format!("{}x", sign.repeat(depth)))?;
        let cells: Vec<String> = cells.iter().map(|cell| cell.concat()).collect();
        holds(&format!("|{}|{}|\n|-|-:|\n|{}|{}|", cells[0], cells[1], cells[2], cells[3]))?;
        let links = (0..4).map(|n| format!("[{n}](https://a.b/{}) ", "&".repeat(address / 5)));
        holds(&links.collect::<String>())?;
        let words = words.concat();
        let body: String = words.chars().cycle().take(TEXT_CHARS + depth - NESTING).collect();
        holds(&body)?;
    }

    #[test]
    fn the_limit_of_length_is_met_exactly(filler in select(vec!["a", "é", "😀", "&"]), over in 0_usize..3) {
        let body = format!("**x** {}", filler.repeat(4094 - 1 + over));
        let (rendered, diagnostics) = rendered("a", &body, 0);
        let parts = rendered.map(|rendered| rendered.parts(&[]).len());
        prop_assert_eq!(parts, Some(1 + usize::from(over > 1)), "{:?}", diagnostics);
        holds(&body)?;
    }
}

/// The texts whose reading is known from the server are as good as random ones: as Markdown they are full of odd HTML.
#[test]
fn known_html_is_accepted_unchanged() {
    let lines = include_str!("../../data/telegram-html.jsonl").lines();
    let mut sent = 0;
    for line in lines {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let html = vector["html"].as_str().unwrap();
        let (rendered, _) = rendered("a", html, 0);
        if let Some(rendered) = rendered {
            let checked = sound::texts(&rendered).iter().try_for_each(sound::check);
            checked.unwrap_or_else(|error| panic!("{}: {error}", vector["id"]));
            sent += 1;
        }
    }
    assert!(sent > 50, "{sent}");
}
