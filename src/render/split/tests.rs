//! Cutting on paper: numbers as messages, texts as trees.

use std::collections::BTreeSet;

use super::choose::Board;
use super::long::{Kind, Long};
use super::*;
use crate::render::canonical;
use crate::render::tree::{Block, Body, Gap, Inline, Role, Style};

/// Blocks by their sizes in thousandths of a message, each with what is before it.
struct Toy(Vec<Kind>, Vec<(usize, String)>);

impl Toy {
    fn new(blocks: &[(&str, usize)]) -> Self {
        let mut kinds = vec![Kind::Block; blocks.len() + 1];
        for (kind, (name, _)) in kinds.iter_mut().zip(blocks) {
            *kind = match name.chars().next() {
                Some('#') => Kind::Section,
                Some('|') => Kind::Break,
                Some('.') => Kind::Sentence,
                _ => Kind::Block,
            };
        }
        Self(kinds, blocks.iter().map(|(name, size)| (*size, (*name).to_owned())).collect())
    }

    fn digests(&self, cuts: &[usize]) -> Vec<Digest> {
        let froms = std::iter::once(&0).chain(cuts);
        froms.zip(cuts).map(|(from, to)| self.digest(*from, *to)).collect()
    }
}

impl Long for Toy {
    fn marks(&self) -> &[Kind] {
        &self.0
    }

    fn fullness(&self, from: usize, to: usize) -> usize {
        self.1[from..to].iter().map(|(size, _)| size).sum()
    }

    fn digest(&self, from: usize, to: usize) -> Digest {
        Digest::of(&self.1[from..to])
    }
}

fn fresh(blocks: &[(&str, usize)]) -> Vec<usize> {
    sticky::cuts(&Toy::new(blocks), &[])
}

#[test]
fn the_fewest_messages_at_the_best_places() {
    type Blocks = &'static [(&'static str, usize)];
    let table: &[(Blocks, &[usize])] = &[
        (&[("a", 400), ("b", 400)], &[2]),
        (&[("a", 500), ("b", 300), ("c", 300), ("d", 500)], &[2, 4]),
        // Before a heading rather than even.
        (&[("a", 500), ("b", 300), ("c", 100), ("#d", 500)], &[3, 4]),
        // Within a paragraph only where that saves a message.
        (&[("a", 500), ("b", 300), (".c", 300), ("d", 100)], &[1, 4]),
        (&[("a", 600), ("b", 300), (".c", 800)], &[2, 3]),
        // The author's breaks.
        (&[("a", 100), ("|b", 100), ("c", 100), ("|d", 100)], &[1, 3, 4]),
        // What is too much by itself stays alone.
        (&[("a", 100), ("b", 1200), ("c", 100)], &[1, 2, 3]),
    ];
    for (blocks, cuts) in table {
        assert_eq!(fresh(blocks), *cuts, "{blocks:?}");
    }
}

#[test]
fn many_full_messages_become_one_more() {
    let full = [("a", 320); 12];
    assert_eq!(fresh(&full[..9]).len(), 3);
    assert_eq!(fresh(&full).len(), 5);
    assert_eq!(fresh(&[("a", 280); 12]).len(), 4);
}

type Changing = Vec<(&'static str, usize)>;

/// Four messages of three blocks each; the numbers say which messages change.
#[test]
fn what_was_sent_stays() {
    let old = [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"], ["j", "k", "l"]];
    let old: Vec<(&str, usize)> = old.concat().into_iter().zip([400, 200, 200].into_iter().cycle()).collect();
    let sent = Toy::new(&old).digests(&[3, 6, 9, 12]);
    let changed = |change: &dyn Fn(&mut Changing)| {
        let mut blocks = old.clone();
        change(&mut blocks);
        let toy = Toy::new(&blocks);
        let now = toy.digests(&sticky::cuts(&toy, &sent));
        (0..sent.len().max(now.len())).filter(|at| sent.get(*at) != now.get(*at)).collect::<Vec<_>>()
    };
    assert_eq!(changed(&|_| {}), [0_usize; 0]);
    assert_eq!(changed(&|blocks| blocks[4].1 = 400), [1]);
    assert_eq!(changed(&|blocks| blocks.insert(4, ("x", 200))), [1], "it fits");
    assert_eq!(changed(&|blocks| blocks.insert(3, ("x", 200))).len(), 1, "between two messages");
    assert_eq!(changed(&|blocks| blocks.insert(4, ("x", 400))).len(), 2, "a neighbour makes room");
    assert_eq!(changed(&|blocks| blocks.insert(10, ("x", 500))), [3, 4], "growth is at the end");
    assert_eq!(changed(&|blocks| blocks.push(("x", 900))), [4], "more at the end");
    assert_eq!(changed(&|blocks| blocks.insert(0, ("x", 900))), [0, 1, 2, 3, 4], "all move on");
    assert_eq!(changed(&|blocks| drop(blocks.drain(6..9))).len(), 2, "no message stays without text");
    assert_eq!(changed(&|blocks| drop(blocks.drain(6..))), [2, 3], "the first ones stay");
    assert_eq!(changed(&|blocks| drop(blocks.drain(1..))), [0, 1, 2, 3], "what one message holds is one");
    assert_eq!(changed(&|blocks| blocks.iter_mut().for_each(|block| block.0 = "y")), [0, 1, 2, 3]);
}

/// A run that ends early leaves some messages as they should be and others as they were: the rest comes out as planned.
#[test]
fn half_done_changes_are_gone_on_with() {
    let mut seed = 1;
    let mut random = |below: usize| {
        seed = seed * 1_103_515_245 % 2_147_483_648 + 12_345;
        seed / 65_536 % below
    };
    for round in 0..400 {
        let names: Vec<String> = (0..40).map(|n| format!("{}{n}", ["", "#", ".", ""][random(4)])).collect();
        let mut blocks: Vec<(&str, usize)> =
            names.iter().map(|name| (name.as_str(), 30 + random(400))).collect();
        let before = Toy::new(&blocks);
        let sent = before.digests(&sticky::cuts(&before, &[]));
        match random(5) {
            4 => blocks[20].1 = 30 + random(400),
            0 => drop(blocks.drain(10..10 + random(20))),
            1 => blocks.extend([("x", 300), ("y", 200), ("z", 400)]),
            2 => blocks.insert(random(40), ("new", 400)),
            _ => {}
        }
        let after = Toy::new(&blocks);
        let cuts = sticky::cuts(&after, &sent);
        let wanted = after.digests(&cuts);
        for done in 0..=wanted.len() {
            let now: Vec<Digest> =
                wanted[..done].iter().chain(sent.get(done..).unwrap_or_default()).cloned().collect();
            assert_eq!(sticky::cuts(&after, &now), cuts, "round {round}, {done} of {} done", wanted.len());
        }
        let whole = Board::new(&after);
        let least = whole.least(0, whole.end);
        assert!((least..=least + 1).contains(&wanted.len()), "round {round}: {least} {}", wanted.len());
    }
}

fn words(text: &str) -> Vec<Inline<'static>> {
    vec![Inline::Text(text.to_owned().into())]
}

fn line(gap: Gap, text: &str) -> Block<'static> {
    Block::paragraph(gap, words(text))
}

fn htmls(blocks: Vec<Block<'_>>) -> Vec<String> {
    let mut text = Text { blocks };
    crate::render::clean::tidy(&mut text);
    let parts = split(&text, &[]);
    assert!(parts.iter().all(|part| measure(part).fits(&Measure::MESSAGE)));
    parts.iter().map(canonical).collect()
}

/// About so many characters of sentences.
fn prose(chars: usize) -> String {
    "Ten words of a sentence that says nothing at all, Dr. Who. "
        .repeat(chars.div_ceil(59))
        .trim_end()
        .to_owned()
}

#[test]
fn what_belongs_together_stays_together() {
    let heading = |text: &str| line(Gap::Blank, text).with(Role::Heading);
    let parts = htmls(vec![
        line(Gap::Blank, &prose(2500)),
        heading("One"),
        line(Gap::Blank, &prose(1500)),
        heading("Two"),
        line(Gap::Blank, "It is:"),
        line(Gap::Blank, "• a").with(Role::Item),
        line(Gap::Line, "• b").with(Role::Item),
    ]);
    assert!(
        parts.len() == 2 && (parts[1].starts_with("Two\n\nIt is:") || parts[1].starts_with("One")),
        "{parts:?}"
    );
    let tags = line(Gap::Blank, "#a #b").with(Role::Tags);
    let parts = htmls(vec![line(Gap::Blank, &prose(2500)), line(Gap::Blank, &prose(1590)), tags]);
    assert!(parts.len() == 2 && parts[1].len() > 1500 && parts[1].ends_with("Who.\n\n#a #b"), "{parts:?}");
}

#[test]
fn what_is_cut_through_is_reopened() {
    let lines: Vec<String> = (0..400).map(|n| format!("    line {n:05}\n")).collect();
    let code = lines.concat();
    let parts = htmls(vec![Block::plain(
        Gap::Blank,
        Body::Pre { language: Some("c".into()), code: code.as_str().into() },
    )]);
    assert_eq!(parts.len(), 2);
    let inner = |part: &String| {
        let inner = part.strip_prefix("<pre><code class=\"language-c\">").unwrap();
        inner.strip_suffix("</code></pre>").unwrap().to_owned()
    };
    let joined: Vec<String> = parts.iter().map(inner).collect();
    assert_eq!(joined.join("\n") + "\n", code, "indentation of the first line is kept");

    let quote = Body::Quote { expandable: true, blocks: vec![line(Gap::Blank, &prose(5000))] };
    let parts = htmls(vec![Block::plain(Gap::Blank, quote)]);
    let quoted =
        |part: &String| part.starts_with("<blockquote expandable>Ten") && part.ends_with("Who.</blockquote>");
    assert!(parts.len() == 2 && parts.iter().all(quoted), "{parts:?}");

    let bold = Inline::Style(Style::Bold, words(&"x".repeat(5000)));
    let parts = htmls(vec![Block::paragraph(Gap::Blank, vec![bold])]);
    let reopened = |part: &String| part.starts_with("<b>x") && part.ends_with("x</b>");
    assert!(parts.len() == 2 && parts.iter().all(reopened), "{parts:?}");
}

#[test]
fn every_limit_counts() {
    let link = |n: usize, length: usize| {
        let to = crate::render::tree::Link::Url(format!("https://a.b/{}", "y".repeat(length)).into());
        [Inline::Link { to, content: words(&format!("l{n}")) }, Inline::Text(" ".into())]
    };
    let bold = |n: usize| [Inline::Style(Style::Bold, words(&format!("b{n}"))), Inline::Text(" ".into())];
    let styled = htmls(vec![Block::paragraph(Gap::Blank, (0..150).flat_map(bold).collect())]);
    assert_eq!(styled.len(), 2);
    let linked = htmls(vec![Block::paragraph(Gap::Blank, (0..20).flat_map(|n| link(n, 1000)).collect())]);
    assert_eq!(linked.len(), 3);
    let escaped = htmls(vec![line(Gap::Blank, &"&\" ".repeat(1365)), line(Gap::Blank, &"<".repeat(4000))]);
    assert_eq!(escaped.len(), 2);
}

#[test]
fn breaks_are_kept_and_nothing_else_is_cut() {
    let blocks = || {
        let inner = vec![line(Gap::Blank, "b"), line(Gap::Break, "c")];
        vec![
            line(Gap::Blank, "a"),
            Block::plain(Gap::Break, Body::Quote { expandable: false, blocks: inner }),
            line(Gap::Blank, "d"),
        ]
    };
    let expected = ["a", "<blockquote>b</blockquote>", "<blockquote>c</blockquote>\n\nd"];
    assert_eq!(htmls(blocks()), expected);
    let text = Text { blocks: blocks() };
    let parts = at_breaks(&text);
    assert_eq!(parts.iter().map(canonical).collect::<Vec<_>>(), expected);
    assert_eq!(at_breaks(&Text { blocks: vec![line(Gap::Blank, &prose(9000))] }).len(), 1);
}

/// Input without places, or with nothing but places, is cut all the same, and in time.
#[test]
fn strange_texts_are_cut_too() {
    let strange = [
        "x".repeat(300_000),
        "x ".repeat(150_000),
        "x. ".repeat(100_000),
        "日。".repeat(100_000),
        "x\n".repeat(150_000),
    ];
    for text in strange {
        let parts = htmls(vec![line(Gap::Blank, &text)]);
        let least = text.trim().chars().count().div_ceil(4096);
        assert!((least..=least + 1).contains(&parts.len()), "{:.10} {least} {}", text, parts.len());
    }
    let nested: Vec<Block<'_>> =
        (0..3000).map(|n| line(Gap::Line, &format!("{n}:")).with(Role::Bullet)).collect();
    let parts = htmls(nested);
    assert_eq!(parts.iter().collect::<BTreeSet<_>>().len(), parts.len());
}
