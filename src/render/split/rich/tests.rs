//! Cutting rich messages with small limits.

use super::*;
use crate::render::rich::tree::{Block, Inline, Item, Link, List, Style};

const SMALL: Measure = Measure { chars: 400, bytes: 800, blocks: 40, depth: 16, media: 2, columns: 20 };

fn words(text: &str) -> Vec<Inline> {
    vec![Inline::Text(text.into())]
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(words(text))
}

fn item(text: &str) -> Item {
    Item { task: None, blocks: vec![paragraph(text)] }
}

/// About so many characters of sentences.
fn prose(chars: usize) -> String {
    "Ten words of a sentence that says nothing at all, Dr. Who. "
        .repeat(chars.div_ceil(59))
        .trim_end()
        .to_owned()
}

fn parts_within(limits: &Measure, blocks: Vec<Block>) -> Vec<Rich> {
    let mut rich = Rich { blocks };
    tidy(&mut rich);
    let parts = split_within(&rich, &[], limits);
    for part in &parts {
        assert!(measure(part).fits(limits), "{:?} {part:?}", measure(part));
        let mut again = part.clone();
        tidy(&mut again);
        assert_eq!(&again, part);
    }
    let sent: Vec<Digest> = parts.iter().map(|part| Digest::of(&canonical(part))).collect();
    assert_eq!(split_within(&rich, &sent, limits), parts, "what is sent stays");
    parts
}

fn htmls(blocks: Vec<Block>) -> Vec<String> {
    parts_within(&SMALL, blocks).iter().map(canonical).collect()
}

#[test]
fn what_belongs_together_stays_together() {
    let heading = |text: &str| Block::Heading { level: 2, content: words(text) };
    let list = Block::List(List { start: None, items: vec![item("a"), item("b")] });
    let parts = htmls(vec![
        paragraph(&prose(280)),
        heading("One"),
        paragraph(&prose(110)),
        heading("Two"),
        paragraph("It is so, and so much longer than expected:"),
        list,
    ]);
    assert!(parts.len() == 2 && parts[1].starts_with("<h2>"), "{parts:#?}");
    let parts = htmls(vec![paragraph(&prose(220)), paragraph(&prose(170)), paragraph("#a #b #c #d #e")]);
    assert!(parts.len() == 2 && parts[1].contains("</p>\n<p>#a"), "{parts:#?}");
}

#[test]
fn numbers_go_on_and_headers_come_again() {
    let items = (0..9).map(|n| item(&format!("{n} {}", prose(59)))).collect();
    let parts = htmls(vec![Block::List(List { start: Some(7), items })]);
    assert!(parts.len() == 2 && parts[0].starts_with("<ol start=\"7\"><li>0"), "{parts:#?}");
    let second = parts[1].strip_prefix("<ol start=\"").unwrap();
    let (number, rest) = second.split_once("\"><li>").unwrap();
    assert_eq!(number.parse::<usize>().unwrap() - 7, rest[..1].parse::<usize>().unwrap());

    let row = |name: String| vec![words(&name), words("cell")];
    let rows = std::iter::once(row("head".into())).chain((0..40).map(|n| row(format!("row {n}")))).collect();
    let table = Table { columns: vec![None; 2], header: true, rows };
    let parts = htmls(vec![Block::Table(table)]);
    let begin = "<table bordered><tr><th>head</th><th>cell</th></tr><tr><td>row ";
    assert!(parts.len() == 2 && parts.iter().all(|part| part.starts_with(begin)), "{parts:#?}");
    assert_eq!(parts.concat().matches("<td>row ").count(), 40);
}

#[test]
fn what_is_cut_through_is_reopened() {
    let code: Vec<String> = (0..60).map(|n| format!("    line {n:05}")).collect();
    let parts = htmls(vec![Block::Pre { language: Some("c".into()), code: code.join("\n") }]);
    let inner = |part: &String| {
        let inner = part.strip_prefix("<pre><code class=\"language-c\">").unwrap();
        inner.strip_suffix("</code></pre>").unwrap().to_owned()
    };
    assert_eq!(parts.iter().map(inner).collect::<Vec<_>>().join("\n"), code.join("\n"));

    let quote = Block::Quote { blocks: vec![paragraph(&prose(500)), paragraph("x")], credit: words("me") };
    let parts = htmls(vec![quote]);
    assert!(parts.len() == 2 && parts[1].ends_with("<p>x</p><cite>me</cite></blockquote>"), "{parts:#?}");
    assert!(parts.iter().all(|part| part.starts_with("<blockquote>")) && !parts[0].contains("cite"));

    let inside = (0..9).map(|_| paragraph(&prose(59))).collect();
    let parts = htmls(vec![Block::Details { open: true, summary: words("more"), blocks: inside }]);
    let begin = "<details open><summary>more</summary><p>Ten";
    assert!(parts.len() == 2 && parts.iter().all(|part| part.starts_with(begin)), "{parts:#?}");

    let bold = Inline::Style(Style::Bold, words(&"x".repeat(500)));
    let parts = htmls(vec![Block::Paragraph(vec![bold])]);
    assert!(parts.len() == 2 && parts.iter().all(|part| part.starts_with("<p><b>x")), "{parts:#?}");

    let inner = Block::List(List { start: Some(1), items: vec![item(&prose(350)), item(&prose(350))] });
    let outer = Item { task: Some(true), blocks: vec![paragraph("outer"), inner] };
    let parts = htmls(vec![Block::List(List { start: Some(3), items: vec![item("a"), outer] })]);
    let begin = "<ol start=\"4\"><li><input type=\"checkbox\" checked><ol start=\"2\"><li>Ten";
    assert!(parts.len() == 2 && parts[1].starts_with(begin), "{parts:#?}");
}

#[test]
fn every_limit_counts() {
    let link = |n: usize| Inline::Link {
        to: Link::Url(format!("https://a.b/{}", "y".repeat(100))),
        content: words(&format!("link {n}")),
    };
    let linked = (0..20).flat_map(|n| [link(n), Inline::Text(" ".into())]).collect();
    assert_eq!(htmls(vec![Block::Paragraph(linked)]).len(), 4);
    assert_eq!(htmls((0..50).map(|_| paragraph("x")).collect()).len(), 2);
    let picture = || Block::Picture {
        url: "https://a.b/c.png".into(),
        spoiler: false,
        caption: Vec::new(),
        credit: Vec::new(),
    };
    assert_eq!(htmls((0..5).map(|_| picture()).collect()).len(), 3);
    assert_eq!(htmls(vec![paragraph(&"&\" ".repeat(130))]).len(), 2);
    let emoji = (0..30).map(|id| Inline::Emoji { id, alt: "👍".into() }).collect();
    assert_eq!(htmls(vec![Block::Paragraph(emoji)]).len(), 2);
    assert!(parts_within(&SMALL, vec![paragraph(&"é".repeat(3000))]).len() <= 9);
}

#[test]
fn breaks_begin_messages() {
    let at = |at: usize| Block::Break { at };
    let quote = Block::Quote { blocks: vec![paragraph("b"), at(2), paragraph("c")], credit: Vec::new() };
    let mut later = item("e");
    later.blocks.insert(0, at(3));
    let list = Block::List(List { start: Some(1), items: vec![item("d"), later] });
    let blocks = vec![paragraph("a"), at(1), quote, list, at(4), paragraph("f")];
    let expected = [
        "<p>a</p>",
        "<blockquote>b</blockquote>",
        "<blockquote>c</blockquote>\n<ol><li>d</li></ol>",
        "<ol start=\"2\"><li>e</li></ol>",
        "<p>f</p>",
    ];
    assert_eq!(htmls(blocks.clone()), expected);
    assert_eq!(at_breaks(&Rich { blocks }).iter().map(canonical).collect::<Vec<_>>(), expected);
}

#[test]
fn links_to_another_part_become_text() {
    let link = Inline::Link { to: Link::Place("x".into()), content: words("link") };
    let heading =
        Block::Heading { level: 1, content: vec![Inline::Anchor("x".into()), Inline::Text("X".into())] };
    let parts = htmls(vec![Block::Paragraph(vec![link]), paragraph(&prose(380)), heading]);
    assert!(parts[0].starts_with("<p>link</p>") && parts[1].contains("<h1><a name="), "{parts:#?}");
}

#[test]
fn what_nothing_can_cut_is_found() {
    let row = vec![vec![words("a")], vec![words(&"x".repeat(40_000))], vec![words("b")]];
    let table = Block::Table(Table { columns: vec![None], header: true, rows: row });
    let to = Link::Url(format!("https://a.b/{}", "y".repeat(40_000)));
    let link = Block::Paragraph(vec![Inline::Link { to, content: words("a b c") }]);
    let rich = Rich { blocks: vec![paragraph("a"), table, link] };
    let found = excesses(&rich, Overflow::Split);
    assert_eq!(found.iter().map(|excess| excess.block).collect::<Vec<_>>(), [1, 2]);
    let rich = Rich {
        blocks: vec![
            paragraph("a"),
            Block::Break { at: 1 },
            paragraph(&prose(20_000)),
            paragraph(&prose(20_000)),
        ],
    };
    assert_eq!(excesses(&rich, Overflow::Split), []);
    let found = excesses(&rich, Overflow::Error);
    assert_eq!(found.iter().map(|excess| (excess.message, excess.block)).collect::<Vec<_>>(), [(Some(1), 3)]);
}

/// Input without places, or with nothing but places, is cut all the same, and in time.
#[test]
fn strange_texts_are_cut_too() {
    let strange = ["x".repeat(300_000), "x ".repeat(150_000), "日。".repeat(50_000)];
    for text in strange {
        let parts = parts_within(&Measure::MESSAGE, vec![paragraph(&text)]);
        let least = (text.chars().count().div_ceil(32_768)).max(text.len().div_ceil(34_990));
        assert!((least..=least + 1).contains(&parts.len()), "{:.10} {least} {}", text, parts.len());
    }
    let mut nested = vec![paragraph("x")];
    for _ in 0..7 {
        let items = vec![Item { task: None, blocks: nested }, item("y:"), item("z")];
        nested = vec![Block::List(List { start: Some(1), items })];
    }
    let many = (0..200).flat_map(|_| nested.clone()).collect();
    assert!(parts_within(&Measure::MESSAGE, many).len() < 20);
    let summary = vec![vec![words(&"s".repeat(20_000))], vec![words("x")]];
    let table = Table { columns: vec![None], header: true, rows: summary };
    parts_within(&Measure::MESSAGE, vec![Block::Table(table)]);
}
