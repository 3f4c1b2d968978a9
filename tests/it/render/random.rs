//! Random Markdown, as text and as trees written out, and the settings of tests that use it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// The same documents in every run, so that a change is judged by itself.
const SEED: u64 = 20_261_121;

/// `TGSYNC_SEED` takes other documents, `TGSYNC_CASES` more of them.
#[expect(clippy::disallowed_methods, reason = "reads two variables that are for this test alone")]
#[expect(clippy::print_stdout, reason = "who sees the test fail wants to repeat it")]
pub(super) fn config(cases: u32) -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = number("TGSYNC_SEED").unwrap_or(SEED);
    println!("TGSYNC_SEED={seed}");
    let cases = number("TGSYNC_CASES").and_then(|cases| cases.try_into().ok()).unwrap_or(cases);
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Default::default() }
}

/// Characters that somebody treats in a way of their own: Markdown, HTML, Unicode or Telegram.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "word", " ", "  ", "é", "e\u{301}", "a\u{30a}", "x\u{30a}", "\u{30a}", "<", ">", "&", "\"", "&lt;", "&#9;", "&#10;",
    "&#x200e;", "\u{200e}", "\u{200f}", "\u{202e}", "\u{2028}", "\u{a0}", "\u{200b}", "\u{feff}", "\t", "\u{1}", "😀",
    "👩‍👩‍👧", "数量", "||", "|", "%", "`", "*", "_", "~", "[", "]", "\\", "\\|", "$", "!", "#tag", "@user", "README.md",
    "$x_1$", "[!x]", "https://example.org", "-", "1.", "&nbsp;", "&#32;", "\u{e0041}", "\r", "\u{333}", "\0", "\u{7f}", "\u{85}",
    "שלום", "مرحبا", "\u{61c}", "\u{2066}a\u{2069}", "\u{1100}\u{1161}\u{11a8}", "\u{958}", "\u{344}", "\u{fb1d}",
    "\u{1d15e}", "🇺🇦", "1\u{fe0f}\u{20e3}", "👍🏽", "\u{fe0f}", "\u{200d}", "\u{2060}", "\u{ad}", "\u{3000}", "\u{2800}",
    "\u{fffd}", "\u{ffff}", "\u{10ffff}", "q\u{307}\u{323}", "\u{301}\u{301}\u{301}", "ﬁ", "\u{b}", "\u{c}", "\u{1680}",
    "\u{180e}", "&#0;", "&#xd800;", "&#x1f600;", "&Aring;", "&NotEqualTilde;", ":", "a.rs", "%%", "$x_1$", "[!x]",
];

/// Raw HTML, open, closed and torn.
#[rustfmt::skip]
pub(super) const TAGS: &[&str] = &[
    "<b>", "</b>", "<i>", "</i>", "<u>", "</u>", "<s>", "</s>", "<tg-spoiler>", "</tg-spoiler>", "<code>", "</code>",
    "<br>", "<span class=\"tg-spoiler\">", "<span>", "</span>", "<pre>", "</pre>", "<blockquote>",
    "<blockquote expandable>", "</blockquote>", "<details>", "<summary>", "</summary>", "</details>", "<sup>", "</sup>",
    "<sub>", "</sub>", "<hr>", "<a href=\"https://a.b/c\">", "<a href=\"post:a\">", "<a>", "</a>", "<p>", "</p>",
    "<!-- x -->", "<x-y>", "<td>", "<tg-time unix=\"5\" format=\"r\">", "</tg-time>", "<tg-emoji emoji-id=\"5\">",
    "</tg-emoji>", "<kbd>", "<pre><code class=\"language-c\">", "</code></pre>", "<table>", "</table>", "<tr>", "</tr>",
    "<th>", "<ul>", "<li>", "</ul>", "<img src=\"https://a.b/c\" alt=\"d\">", "<?x?>", "<![CDATA[x]]>", "<!x>",
    "<caption>", "<ol start=\"9\">", "</ol>", "<dl>", "<dt>", "<dd>", "</dl>", "<h2>", "</h2>", "<q>", "</q>",
    "<abbr title=\"<x>\">", "</abbr>",
];

const LINKS: &[&str] = &[
    "(https://example.org)",
    "(https://Example.org/a b)",
    "(<https://a.b/\u{202e} c>)",
    "(post:a)",
    "(mailto:a@b.c)",
    "(#x)",
    "(tg:resolve?domain=x)",
    "(tg://user?id=7)",
    "(http://localhost)",
    "(a.md)",
];

pub(super) fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(WORDS).prop_map(String::from),
        4 => "[a-z]{1,6} ?",
        1 => any::<char>().prop_map(String::from),
        1 => (select(WORDS), 1_usize..60).prop_map(|(word, count)| word.repeat(count)),
    ]
}

pub(super) fn inline() -> impl Strategy<Value = String> {
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
            1 => (several, select(vec!["b", "u", "tg-spoiler", "sup", "sub", "code", "pre", "blockquote"]))
                .prop_map(|(text, tag)| format!("<{tag}>{text}</{tag}>")),
        ]
    })
}

/// The blocks in `text` behind a sign, as Markdown writes what is inside an item or quote.
fn prefixed(first: &'static str, rest: &'static str) -> impl Fn(String) -> String + Clone {
    move |text| format!("{first}{}", text.replace('\n', &format!("\n{rest}")))
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
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = vec(inner, 1..4).prop_map(|parts| parts.join("\n\n"));
        prop_oneof![
            several.clone().prop_map(prefixed("- ", "  ")),
            several.clone().prop_map(prefixed("7. ", "   ")),
            several.clone().prop_map(prefixed("- [x] ", "  ")),
            several.clone().prop_map(prefixed("> ", "> ")),
            several.clone().prop_map(prefixed("> [!TIP]\n> ", "> ")),
            several.clone().prop_map(prefixed("[^1]: ", "    ")),
            several.clone().prop_map(|text| format!("<details>\n\n{text}\n\n</details>")),
            several.prop_map(|text| format!("<tg-spoiler>\n\n{text}\n\n</tg-spoiler>")),
        ]
    })
}

/// Blocks of everything, nested and torn.
pub(super) fn document() -> impl Strategy<Value = String> {
    vec((block(), select(vec!["\n\n", "\n"])), 1..6)
        .prop_map(|blocks| blocks.into_iter().flat_map(|(block, end)| [block, end.to_owned()]).collect())
}

/// Words that are nothing but words.
fn plain() -> impl Strategy<Value = String> {
    let words =
        ["one", "Two", "é", "数量", "שלום", "😀", "👩‍👩‍👧", "x²", "a–b", "“q”", "42", "e\u{301}", "и", "ok,"];
    vec(select(words.to_vec()), 1..6).prop_map(|words| words.join(" "))
}

/// Running text whose marks are in balance.
fn sentence() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => plain(),
        1 => plain().prop_map(|text| format!("`{text}  x`")),
        1 => plain().prop_map(|text| format!("[{text}](https://example.org/{})", text.len())),
        1 => (plain(), plain()).prop_map(|(a, b)| format!("[{a} *{b}* `c`](https://Example.org)")),
        1 => Just("[^n]".to_owned()),
        1 => Just("[^m]".to_owned()),
        1 => plain().prop_map(|text| format!("<u>{text}</u>")),
        1 => Just("\\\nbroken".to_owned()),
    ];
    let styled = piece.prop_recursive(2, 8, 3, |inner| {
        (select(vec!["*", "**", "~~"]), vec(inner, 1..3))
            .prop_map(|(mark, parts)| format!("{mark}x {} x{mark}", parts.join(" ")))
    });
    vec(styled, 1..4).prop_map(|parts| format!("w {} w", parts.join(" ")))
}

/// Blocks of an article, nested, as a careful author writes them.
fn careful_block() -> impl Strategy<Value = String> {
    let cells = || vec(sentence().prop_map(|text| text.replace("\\\n", "")), 3);
    let leaf = prop_oneof![
        6 => sentence(),
        1 => sentence().prop_map(|text| format!("## {}", text.replace("\\\n", ""))),
        1 => plain().prop_map(|text| format!("```rust\nfn {text}() {{\n\n    a < b\n}}\n```")),
        1 => plain().prop_map(|text| format!("| Ä | B |\n|:-|-:|\n| {text} | [y](https://a.b/c) |\n|  | {text} |")),
        1 => cells().prop_map(|cells| format!("| H | {} |\n|-|:-:|\n| {} | {} |", cells[0], cells[1], cells[2])),
        1 => Just("---".to_owned()),
        1 => (plain(), sentence()).prop_map(|(term, text)| format!("{term}\n: {text}")),
    ];
    leaf.prop_recursive(3, 20, 3, |inner| {
        let several = vec(inner.clone(), 1..4).prop_map(|parts| parts.join("\n\n"));
        let items = (sentence(), inner, sentence()).boxed();
        let list = |first: &'static str, second: &'static str, rest: &'static str| {
            let item = prefixed("", rest);
            move |(a, b, c): (String, String, String)| {
                format!("{first}{}\n\n{rest}{}\n{second}{}", item(a), item(b), item(c))
            }
        };
        prop_oneof![
            items.clone().prop_map(list("- ", "- ", "  ")),
            items.clone().prop_map(list("9. ", "10. ", "    ")),
            items.prop_map(list("- [x] ", "- [ ] ", "  ")),
            several.clone().prop_map(prefixed("> ", "> ")),
            several.prop_map(prefixed("> [!TIP]\n> ", "> ")),
        ]
    })
}

/// What [`super::reader`] can read in full: no HTML that is out of balance, no mark that is none.
pub(super) fn careful_document() -> impl Strategy<Value = String> {
    let notes = "[^n]: note *n*\n\n[^m]: note\n    of two lines\n";
    vec(careful_block(), 1..6).prop_map(move |blocks| format!("{}\n\n{notes}", blocks.join("\n\n")))
}
