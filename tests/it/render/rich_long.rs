//! Long rich posts: cut into messages that are accepted, nothing lost, and steady under edits.

use tgsync::content::Format;
use tgsync::ids::Digest;
use tgsync::render::rich::tree::{Block, Rich};
use tgsync::render::rich::{Measure, canonical, measure};
use tgsync::render::split::rich::split;
use tgsync::render::{Rendered, Wording};

use super::corpus::{articles, corpus};
use super::rich::check;
use super::sound::rendered_as;

/// `None` for a body that says nothing.
fn rich_of(body: &str) -> Option<Rich> {
    let (rendered, problems) = rendered_as(Format::Rich, "a", body, 0);
    match rendered {
        Some(Rendered { wording: Some(Wording::Rich(rich)), .. }) => Some(rich),
        None if problems.iter().any(|problem| problem.code.0 == "TG0401") => None,
        _ => panic!("{problems:?}"),
    }
}

fn whole(body: &str) -> Rich {
    rich_of(body).expect("something is said")
}

fn digests(parts: &[Rich]) -> Vec<Digest> {
    parts.iter().map(|part| Digest::of(&canonical(part))).collect()
}

/// What a reader sees, blanks aside, and without what is repeated: headers of tables and the lines that open details.
fn seen(parts: &[Rich]) -> String {
    let bare = parts.iter().cloned().map(|mut part| {
        bare(&mut part.blocks);
        part.visible()
    });
    bare.collect::<String>().replace('\u{2060}', "").split_whitespace().collect()
}

fn bare(blocks: &mut [Block]) {
    for block in blocks {
        match block {
            Block::Table(table) if table.header => drop(table.rows.remove(0)),
            Block::Details { summary, .. } => summary.clear(),
            _ => {}
        }
        block.inner_mut().into_iter().for_each(|blocks| bare(blocks));
    }
}

/// No cut gets below this, wherever it is allowed: every limit by itself.
fn least(size: &Measure) -> usize {
    let most = Measure::MESSAGE;
    size.chars
        .div_ceil(most.chars)
        .max(size.bytes.div_ceil(most.bytes))
        .max(size.blocks.div_ceil(most.blocks))
        .max(size.media.div_ceil(most.media))
}

#[test]
fn every_article_is_cut_into_messages_and_whole() {
    let Some(folder) = corpus() else {
        return println!("skipped: there is no corpus; set TGSYNC_CORPUS to a folder of Markdown files");
    };
    let mut counts = [0; 12];
    let mut excess = [0; 3];
    for article in articles(&folder) {
        let Some(rich) = rich_of(&article.source[article.body_at..]) else { continue };
        let parts = split(&rich, &[]);
        for part in &parts {
            assert!(measure(part).fits(&Measure::MESSAGE), "{}: {:?}", article.slug, measure(part));
            check(part);
        }
        assert_eq!(seen(&parts), seen(std::slice::from_ref(&rich)), "{}", article.slug);
        let least = least(&measure(&rich));
        assert!(parts.len() <= least + 1, "{}: {} of {least}", article.slug, parts.len());
        counts[parts.len().min(11)] += 1;
        excess[(parts.len() - least).min(2)] += 1;
        assert_eq!(split(&rich, &digests(&parts)), parts, "{}: what is sent stays", article.slug);
    }
    println!("by messages {counts:?}, beyond the least that sizes allow {excess:?}");
}

/// Posts of several messages: articles, one after another until there are enough. One sentence more or less mostly
/// changes one message.
#[test]
fn a_sentence_more_changes_few_messages() {
    const SENTENCE: &str =
        " This sentence was added later by somebody who thought that something was missing.";
    let Some(folder) = corpus() else { return println!("skipped: there is no corpus; set TGSYNC_CORPUS") };
    let mut posts = vec![String::new()];
    for article in articles(&folder).iter().take(90) {
        let last = posts.last_mut().unwrap();
        last.push_str(&article.source[article.body_at..]);
        last.push_str("\n\n");
        if last.len() > 100_000 {
            posts.push(String::new());
        }
    }
    posts.pop();
    let mut changed = Vec::new();
    for post in &posts {
        let old = digests(&split(&whole(post), &[]));
        let ends: Vec<usize> = post.match_indices(".\n\n").map(|(at, _)| at + 1).collect();
        for at in ends.iter().skip(7).step_by(ends.len() / 5) {
            let edited = format!("{}{SENTENCE}{}", &post[..*at], &post[*at..]);
            let now = digests(&split(&whole(&edited), &old));
            let same = old.iter().zip(&now).filter(|(old, now)| old == now).count();
            changed.push(now.len().max(old.len()) - same);
        }
    }
    changed.sort_unstable();
    println!("{} posts, changed by messages {changed:?}", posts.len());
    assert!(changed[changed.len() / 2] <= 1 && changed[changed.len() * 9 / 10] <= 2, "{changed:?}");
}
