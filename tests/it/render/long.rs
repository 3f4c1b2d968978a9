//! Long posts: cut into the fewest messages, nothing lost, and steady under edits.

use tgsync::ids::Digest;
use tgsync::render::split::split;
use tgsync::render::tree::Text;
use tgsync::render::{Measure, Wording, canonical, measure};

use super::corpus::{articles, corpus};
use super::sound::{check, rendered};

/// The bodies of all articles.
fn bodies() -> Option<Vec<String>> {
    let bodies = articles(&corpus()?).into_iter().map(|article| article.source[article.body_at..].to_owned());
    Some(bodies.filter(|body| rendered("a", body, 0).0.is_some()).collect())
}

fn text(body: &str) -> Text<'static> {
    let (rendered, problems) = rendered("a", body, 0);
    match rendered.unwrap_or_else(|| panic!("{problems:?}")).wording {
        Some(Wording::Html(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn digests(parts: &[Text<'_>]) -> Vec<Digest> {
    parts.iter().map(|part| Digest::of(&canonical(part))).collect()
}

/// What a reader sees, blanks aside.
fn seen(texts: &[Text<'_>]) -> String {
    texts.iter().map(Text::visible).collect::<String>().split_whitespace().collect()
}

/// No cut gets below this, wherever it is allowed: every limit by itself.
fn least(size: &Measure) -> usize {
    let most = Measure::MESSAGE;
    size.chars
        .div_ceil(most.chars)
        .max(size.entities.div_ceil(most.entities))
        .max(size.bytes.div_ceil(most.bytes))
}

#[test]
fn every_article_is_cut_into_messages_and_whole() {
    let Some(bodies) = bodies() else { return println!("skipped: there is no corpus; set TGSYNC_CORPUS") };
    let mut counts = [0; 64];
    let mut excess = [0; 3];
    for body in &bodies {
        let text = text(body);
        let parts = split(&text, &[]);
        for part in &parts {
            assert!(measure(part).fits(&Measure::MESSAGE), "{:?}", measure(part));
            check(part).unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(seen(&parts), seen(std::slice::from_ref(&text)));
        let least = least(&measure(&text));
        counts[parts.len().min(63)] += 1;
        excess[(parts.len() - least).min(2)] += 1;
        assert_eq!(split(&text, &digests(&parts)), parts, "what is sent stays");
    }
    println!(
        "{} articles, by messages {counts:?}, beyond the least that sizes allow {excess:?}",
        bodies.len()
    );
}

/// How often this many messages changed.
#[derive(Default)]
struct Figures {
    changed: Vec<usize>,
    more: usize,
    fewer: usize,
}

impl Figures {
    /// Edits a text and counts the messages that change.
    fn edit(&mut self, old: &[Digest], body: &str) {
        let text = text(body);
        let now = digests(&split(&text, old));
        self.changed.push(
            old.iter().zip(&now).filter(|(old, now)| old != now).count()
                + now.len().saturating_sub(old.len()),
        );
        self.more += usize::from(now.len() > old.len());
        self.fewer += usize::from(now.len() < old.len());
    }

    /// The median is 1 and 95 of 100 are at most 2.
    #[expect(clippy::print_stdout, reason = "figures")]
    fn show(&mut self, what: &str) {
        self.changed.sort_unstable();
        let at = |share: usize| self.changed[(self.changed.len() - 1) * share / 100];
        let mut counts = [0; 13];
        self.changed.iter().for_each(|changed| counts[(*changed).min(12)] += 1);
        let many = self.changed.iter().filter(|changed| **changed > 2).count();
        println!(
            "{what}: {} edits, median {}, 95 % {}, 99 % {}, {many} of more than 2, {} grew, {} shrank, by messages {counts:?}",
            self.changed.len(),
            at(50),
            at(95),
            at(99),
            self.more,
            self.fewer,
        );
        assert!(at(50) <= 1 && at(95) <= 2, "{what}");
    }
}

/// Posts of about ten messages: articles, one after another until there are enough.
fn tens(bodies: &[String]) -> Vec<String> {
    let mut posts = Vec::new();
    let mut post = String::new();
    for body in bodies {
        post.push_str(body);
        post.push_str("\n\n");
        if post.len() > 40_000 {
            posts.push(std::mem::take(&mut post));
        }
    }
    posts.retain(|post| (9..=11).contains(&split(&text(post), &[]).len()));
    posts
}

/// Tests that are not optimised look at a part of the articles.
const SHARE: usize = if cfg!(debug_assertions) { 40 } else { 1 };

const SENTENCE: &str =
    " This sentence was added later by somebody who thought that something had been missing here.";

#[test]
fn a_sentence_more_or_less_changes_few_messages() {
    let Some(bodies) = bodies() else { return println!("skipped: there is no corpus; set TGSYNC_CORPUS") };
    let posts = tens(&bodies[..(bodies.len() / SHARE)]);
    let (mut inserted, mut removed, mut replaced) =
        (Figures::default(), Figures::default(), Figures::default());
    for post in &posts {
        let old = digests(&split(&text(post), &[]));
        let middle = post.len() / 3..2 * post.len() / 3;
        let ends = post.match_indices(".\n\n").map(|(at, _)| at + 1).filter(|at| middle.contains(at));
        let prose = |at: &usize| {
            let begin = post[..*at].rfind("\n\n").map_or(0, |begin| begin + 2);
            post[begin..].starts_with(char::is_alphabetic)
        };
        for at in ends.filter(prose) {
            inserted.edit(&old, &format!("{}{SENTENCE}{}", &post[..at], &post[at..]));
            let begin = post[..at - 1].rfind([' ', '\n']).map_or(0, |space| space);
            let sentence = post[..begin].rfind(". ").map_or(begin, |stop| stop + 1);
            let paragraph = post[..begin].rfind("\n\n").map_or(0, |begin| begin + 2);
            if sentence > paragraph {
                removed.edit(&old, &format!("{}{}", &post[..sentence], &post[at..]));
                replaced.edit(&old, &format!("{}{SENTENCE}{}", &post[..sentence], &post[at..]));
            }
        }
    }
    println!("{} posts", posts.len());
    inserted.show("inserted");
    removed.show("removed");
    replaced.show("replaced");
}
