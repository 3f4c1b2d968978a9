//! Ranges of text that look like links: what is around a dot, and `tg://…`.

use super::Span;
use super::chars::{before, is_bad_end, is_link, is_path, is_separator, is_word, run, run_back};

/// Protocols of the apps, with how many letters of them the server takes into the link.
const APP_PROTOCOLS: [(&str, usize); 3] = [("tg", 2), ("ton", 3), ("tonsite", 3)];

/// Most characters of the host of an app link.
const MAX_APP_HOST: usize = 253;

fn is_domain(c: char) -> bool {
    match c {
        '.' | '-' | '_' | '~' => true,
        '\0'..'\u{c0}' => c.is_ascii_alphanumeric(),
        _ => is_link(c),
    }
}

fn is_user(c: char) -> bool {
    !matches!(
        c,
        '\n' | '/' | '[' | ']' | '{' | '}' | '(' | ')' | '\'' | '`' | '<' | '>' | '"' | '@' | '«' | '»'
    ) && is_link(c)
}

fn is_protocol(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '+' || c == '-' } else { !is_separator(c) }
}

/// Links of the apps: `tg://`, `ton://`, `tonsite://`.
pub(super) fn app_links(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(colon) = text[at..].find("://").map(|n| at + n) {
        at = colon + 3;
        let head = &text.as_bytes()[..colon];
        let ends_with = |name: &str| {
            let start = head.len().checked_sub(name.len());
            start.is_some_and(|start| head[start..].eq_ignore_ascii_case(name.as_bytes()))
        };
        let Some((_, letters)) = APP_PROTOCOLS.iter().find(|(name, _)| ends_with(name)) else {
            continue;
        };
        let host =
            text.as_bytes()[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_".contains(b));
        let end = at + host.take(MAX_APP_HOST).count();
        if end > at {
            at = path_end(text, end);
            spans.push(colon - letters..at);
        }
    }
    spans
}

/// Everything around a dot that may be a link or an e-mail address, in order.
pub(super) fn candidates(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut begin = 0;
    while let Some(dot) = text[begin..].find('.') {
        let rest = &text[begin..];
        let Some(next) = rest.as_bytes().get(dot + 1) else {
            break;
        };
        if *next == b' ' {
            begin += dot + 2;
            continue;
        }
        let (span, next) = around(rest, dot);
        spans.extend(span.map(|s| begin + s.start..begin + s.end));
        begin += next;
    }
    spans
}

/// The candidate around a dot, and where to look for the next dot.
fn around(text: &str, dot: usize) -> (Option<Span>, usize) {
    let bytes = text.as_bytes();
    let mut start = run_back(text, dot, is_domain);
    let mut end = run(text, dot, |c| c == '@' || is_domain(c));
    let has_at = text[dot..end].contains('@');
    if has_at {
        start = run_back(text, start, is_user);
    }
    end = path_end(text, port_end(text, end));
    while end > dot + 1 && bytes[end - 1] == b'.' {
        end -= 1;
    }
    match with_prefix(text, start, has_at) {
        Some(start) => {
            let next = end + bytes[end..].iter().take_while(|b| **b == b'.').count();
            (Some(start..end).filter(|_| end > dot + 1), next.max(dot + 1))
        }
        None => (None, text[..end].rfind('.').map_or(dot, |last| last.max(dot)) + 1),
    }
}

fn port_end(text: &str, end: usize) -> usize {
    let Some(rest) = text[end..].strip_prefix(':') else {
        return end;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest[..digits].trim_start_matches('0').parse::<u16>() {
        Ok(_) => end + 1 + digits,
        Err(_) => end,
    }
}

fn path_end(text: &str, end: usize) -> usize {
    if !text[end..].starts_with(['/', '?', '#']) {
        return end;
    }
    let mut path = run(text, end + 1, is_path);
    while path > end + 1 && is_bad_end(text.as_bytes()[path - 1]) {
        path -= 1;
    }
    if text[end..].starts_with('/') || path > end + 1 { path } else { end }
}

/// Where the link begins with user name and protocol; `None` when what stands before forbids a link.
fn with_prefix(text: &str, domain: usize, has_at: bool) -> Option<usize> {
    let mut start = domain;
    if text[..domain].ends_with('@') {
        start = run_back(text, domain - 1, is_user);
        if has_at || start == domain - 1 {
            return None;
        }
    }
    if start >= 6 && text[..start].ends_with("://") {
        return with_protocol(text, start);
    }
    let stuck = before(text, start).is_some_and(|c| is_word(c) || "/#@".contains(c));
    (!stuck).then_some(start)
}

fn with_protocol(text: &str, start: usize) -> Option<usize> {
    let colon = start - 3;
    let protocol = text[run_back(text, colon, is_protocol)..colon].to_ascii_lowercase();
    let known = |name: &str, not: &[&str]| protocol.ends_with(name) && !not.contains(&protocol.as_str());
    if known("http", &["shttp"]) {
        Some(start - 7)
    } else if known("https", &[]) {
        Some(start - 8)
    } else if known("ftp", &["tftp", "sftp"]) {
        Some(start - 6)
    } else if known("tonsite", &[]) {
        Some(start - 10)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{app_links, candidates};

    #[test]
    fn candidates_reach_from_protocol_to_path() {
        let table: &[(&str, &[&str])] = &[
            ("see http://a.com/x?y, and b.org.", &["http://a.com/x?y", "b.org"]),
            ("«https://a.com» (b.com:80)", &["https://a.com", "b.com:80"]),
            ("user:pw@a.com", &["user:pw@a.com"]),
            ("xyz://a.com", &[]),
            ("a. b", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = candidates(text).into_iter().map(|s| &text[s]).collect();
            assert_eq!(found, *expected, "{text}");
        }
    }

    #[test]
    fn app_links_end_before_punctuation() {
        let text = "TG://resolve?domain=x, ton://a";
        let found: Vec<&str> = app_links(text).into_iter().map(|s| &text[s]).collect();
        assert_eq!(found, ["TG://resolve?domain=x", "ton://a"]);
    }
}
