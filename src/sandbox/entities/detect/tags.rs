//! Mentions, commands, hashtags and cashtags.

use super::Span;
use super::chars::{after, before, is_letter, is_tag_letter, is_word, run, run_name};

/// Usernames shorter than four characters that count as mentions.
const SHORT_NAMES: [&str; 5] = ["gif", "nft", "pic", "ufc", "vid"];

/// Calls `read` behind every `mark` of the text; it gives what was found and where to go on.
fn scan(text: &str, mark: char, read: impl Fn(usize) -> (Option<usize>, usize)) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(mark) {
        let start = at + found;
        let (end, next) = read(start + 1);
        spans.extend(end.map(|end| start..end));
        at = next;
    }
    spans
}

pub(super) fn mentions(text: &str) -> Vec<Span> {
    scan(text, '@', |at| {
        if before(text, at - 1).is_some_and(is_word) {
            return (None, at);
        }
        let end = run_name(text, at);
        let name = text[at..end].to_ascii_lowercase();
        let known = (4..=32).contains(&name.len()) || SHORT_NAMES.contains(&name.as_str());
        (Some(end).filter(|_| known && !after(text, end).is_some_and(is_word)), end)
    })
}

pub(super) fn commands(text: &str) -> Vec<Span> {
    let touches = |c: Option<char>| c.is_some_and(|c| is_word(c) || "/<>".contains(c));
    scan(text, '/', |at| {
        if touches(before(text, at - 1)) {
            return (None, at);
        }
        let mut end = run_name(text, at);
        if !(1..=64).contains(&(end - at)) {
            return (None, end);
        }
        if text[end..].starts_with('@') {
            let name = end + 1;
            end = run_name(text, name);
            if !(3..=32).contains(&(end - name)) {
                return (None, end);
            }
        }
        (Some(end).filter(|_| !touches(after(text, end))), end)
    })
}

pub(super) fn hashtags(text: &str) -> Vec<Span> {
    scan(text, '#', |at| {
        if before(text, at - 1).is_some_and(is_tag_letter) {
            return (None, at);
        }
        let mut next = run(text, at, is_tag_letter);
        let tag: Vec<char> = text[at..next].chars().take(256).collect();
        if tag.is_empty() {
            return (None, next);
        }
        let mut end = at + tag.iter().map(|c| c.len_utf8()).sum::<usize>();
        if end == next && text[end..].starts_with('@') {
            let name = run_name(text, end + 1).min(end + 33);
            if name - end > 3 {
                (end, next) = (name, name);
            }
        }
        let counts = !text[next..].starts_with('#') && tag.into_iter().any(is_letter);
        (Some(end).filter(|_| counts), next)
    })
}

pub(super) fn cashtags(text: &str) -> Vec<Span> {
    let touches = |c: Option<char>| c.is_some_and(|c| c == '$' || is_tag_letter(c));
    scan(text, '$', |at| {
        if touches(before(text, at - 1)) {
            return (None, at);
        }
        let mut end =
            if text[at..].starts_with("1INCH") { at + 5 } else { run(text, at, |c| c.is_ascii_uppercase()) };
        if !(1..=8).contains(&(end - at)) {
            return (None, end);
        }
        if text[end..].starts_with('@') {
            let name = run_name(text, end + 1);
            if (3..=32).contains(&(name - end - 1)) {
                end = name;
            }
        }
        (Some(end).filter(|_| !touches(after(text, end))), end)
    })
}

#[cfg(test)]
mod tests {
    use super::{Span, cashtags, commands, hashtags, mentions};

    fn check(find: fn(&str) -> Vec<Span>, table: &[(&str, &[&str])]) {
        for (text, expected) in table {
            let found: Vec<&str> = find(text).into_iter().map(|s| &text[s]).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn tags_need_their_borders() {
        check(mentions, &[("@abcd @abc @GIF a@abcd @abcdж", &["@abcd", "@GIF"])]);
        check(commands, &[("/cmd a/b /x@bot /x@ab //y", &["/cmd", "/x@bot"])]);
        check(hashtags, &[("#1 #a1 #тег #_ #a#b x#c #a@name", &["#a1", "#тег", "#a@name"])]);
        check(cashtags, &[("$USD $1INCH $usd $ABCDEFGHI $A@ab", &["$USD", "$1INCH", "$A"])]);
    }
}
