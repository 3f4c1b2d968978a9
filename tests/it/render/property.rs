//! Random Markdown: whatever is rendered, the server's rules leave it alone.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{check, rendered, text_of};

const WORDS: &[&str] = &[
    "word",
    " ",
    "  ",
    "é",
    "e\u{301}",
    "a\u{30a}",
    "x\u{30a}",
    "\u{30a}",
    "<",
    ">",
    "&",
    "\"",
    "&lt;",
    "&#9;",
    "&#10;",
    "&#x200e;",
    "\u{200e}",
    "\u{200f}",
    "\u{202e}",
    "\u{2028}",
    "\u{a0}",
    "\u{200b}",
    "\u{feff}",
    "\t",
    "\u{1}",
    "😀",
    "👩‍👩‍👧",
    "数量",
    "||",
    "|",
    "%",
    "`",
    "*",
    "_",
    "~",
    "[",
    "]",
    "\\",
    "\\|",
    "$",
    "!",
    "#tag",
    "@user",
    "README.md",
    "https://example.org",
    "-",
    "1.",
    "&nbsp;",
    "&#32;",
    "\u{e0041}",
    "\r",
    "\u{333}",
];

const TAGS: &[&str] = &[
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<u>",
    "</u>",
    "<s>",
    "</s>",
    "<tg-spoiler>",
    "</tg-spoiler>",
    "<code>",
    "</code>",
    "<br>",
    "<span class=\"tg-spoiler\">",
    "<span>",
    "</span>",
    "<pre>",
    "</pre>",
    "<blockquote>",
    "<blockquote expandable>",
    "</blockquote>",
    "<details>",
    "<summary>",
    "</summary>",
    "</details>",
    "<sup>",
    "</sup>",
    "<sub>",
    "</sub>",
    "<hr>",
    "<a href=\"https://a.b/c\">",
    "<a href=\"post:a\">",
    "<a>",
    "</a>",
    "<p>",
    "</p>",
    "<!-- x -->",
    "<x-y>",
    "<td>",
    "<tg-time unix=\"5\" format=\"r\">",
    "</tg-time>",
    "<tg-emoji emoji-id=\"5\">",
    "</tg-emoji>",
    "<kbd>",
    "<pre><code class=\"language-c\">",
    "</code></pre>",
];

const LINKS: &[&str] = &[
    "(https://example.org)",
    "(https://Example.org/a b)",
    "(<https://a.b/\u{202e} c>)",
    "(post:a)",
    "(mailto:a@b.c)",
    "(#x)",
    "(tg:resolve?domain=x)",
    "(http://localhost)",
    "(a.md)",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(WORDS).prop_map(String::from),
        4 => "[a-z]{1,6} ?",
        1 => any::<char>().prop_map(String::from),
    ]
}

fn inline() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        12 => vec(word(), 1..5).prop_map(|words| words.concat()),
        3 => select(TAGS).prop_map(String::from),
        1 => Just("![👍](tg://emoji?id=5)".to_owned()),
        1 => Just("[^1]".to_owned()),
        1 => Just("  \n".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("[[a]]".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let several = vec(inner, 1..4).prop_map(|parts| parts.concat());
        let marks = select(vec!["*", "**", "***", "~~", "||", "`", "``", "$", "_"]);
        prop_oneof![
            4 => (marks, several.clone()).prop_map(|(mark, text)| format!("{mark}{text}{mark}")),
            1 => (several.clone(), select(LINKS)).prop_map(|(text, to)| format!("[{text}]{to}")),
            1 => (several, select(vec!["b", "u", "tg-spoiler", "sup", "code", "pre", "blockquote"]))
                .prop_map(|(text, tag)| format!("<{tag}>{text}</{tag}>")),
        ]
    })
}

fn block() -> impl Strategy<Value = String> {
    let line = || vec(inline(), 1..5).prop_map(|parts| parts.concat());
    let leaf = prop_oneof![
        6 => line(),
        1 => line().prop_map(|text| format!("# {text}")),
        1 => line().prop_map(|text| format!("```c++ x\n{text}\n```")),
        1 => line().prop_map(|text| format!("    {text}")),
        1 => Just("---".to_owned()),
        1 => Just("$$\nx\n$$".to_owned()),
        1 => (line(), line(), line()).prop_map(|(a, b, c)| format!("| {a} | {b} |\n|-:|:-:|\n| {c} |")),
        1 => line().prop_map(|text| format!("[^1]: {text}")),
        1 => (line(), line()).prop_map(|(term, text)| format!("{term}\n: {text}")),
        1 => (select(TAGS), line()).prop_map(|(tag, text)| format!("{tag}\n{text}")),
        1 => select(TAGS).prop_map(String::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let several = vec(inner, 1..4).prop_map(|parts| parts.join("\n\n"));
        let prefixed = |first: &'static str, rest: &'static str| {
            move |text: String| format!("{first}{}", text.replace('\n', &format!("\n{rest}")))
        };
        prop_oneof![
            several.clone().prop_map(prefixed("- ", "  ")),
            several.clone().prop_map(prefixed("7. ", "   ")),
            several.clone().prop_map(prefixed("- [x] ", "  ")),
            several.clone().prop_map(prefixed("> ", "> ")),
            several.clone().prop_map(prefixed("> [!TIP]\n> ", "> ")),
            several.clone().prop_map(|text| format!("<details>\n\n{text}\n\n</details>")),
            several.prop_map(|text| format!("<tg-spoiler>\n\n{text}\n\n</tg-spoiler>")),
        ]
    })
}

fn document() -> impl Strategy<Value = String> {
    vec((block(), select(vec!["\n\n", "\n"])), 1..6)
        .prop_map(|blocks| blocks.into_iter().flat_map(|(block, end)| [block, end.to_owned()]).collect())
}

fn holds(body: &str) -> Result<(), TestCaseError> {
    let (rendered, diagnostics) = rendered("a", body, 0);
    if let Some(rendered) = &rendered {
        return check(text_of(rendered)).map_err(TestCaseError::fail);
    }
    prop_assert!(diagnostics.iter().any(tgsync::diagnostic::Diagnostic::is_error));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_are_accepted_unchanged(body in document()) {
        holds(&body)?;
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
    fn the_limit_of_length_is_met_exactly(filler in select(vec!["a", "é", "😀", "&"]), over in 0_usize..3) {
        let body = format!("**x** {}", filler.repeat(4094 - 1 + over));
        let (rendered, diagnostics) = rendered("a", &body, 0);
        prop_assert_eq!(rendered.is_some(), over <= 1, "{:?}", diagnostics);
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
            check(text_of(&rendered)).unwrap_or_else(|error| panic!("{}: {error}", vector["id"]));
            sent += 1;
        }
    }
    assert!(sent > 50, "{sent}");
}
