//! Which candidates are links, which are e-mail addresses, and where a link ends.

use super::Span;
use super::chars::is_bad_end;
use super::domain::is_linkable;
use crate::sandbox::entities::entity::Kind;

const PROTOCOLS: [&str; 4] = ["http://", "https://", "ftp://", "tonsite://"];

/// What a candidate is, and how much of it.
pub(super) fn classify(text: &str, span: Span) -> Option<(Kind, Span)> {
    let candidate = &text[span.clone()];
    if is_email(candidate) {
        return Some((Kind::Email, span));
    }
    if candidate.strip_prefix("mailto:").is_some_and(is_email) {
        return Some((Kind::Email, span.start + "mailto:".len()..span.end));
    }
    let length = link_length(candidate)?;
    Some((Kind::Url, span.start..span.start + length))
}

/// How many bytes of the candidate are the link; closing brackets that were never opened end it.
fn link_length(candidate: &str) -> Option<usize> {
    let lower = candidate.to_ascii_lowercase();
    let protocol = PROTOCOLS.iter().find(|p| lower.starts_with(**p)).map_or(0, |p| p.len());
    let rest = &candidate[protocol..];
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.split_once('@').map_or(authority, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    is_linkable(host, protocol > 0).then(|| candidate.len() - path.len() + path_length(path))
}

fn path_length(path: &str) -> usize {
    let mut depth = [0_i32; 3];
    let mut end = path.len();
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'(' => depth[0] += 1,
            b'[' => depth[1] += 1,
            b'{' => depth[2] += 1,
            b')' => depth[0] -= 1,
            b']' => depth[1] -= 1,
            b'}' => depth[2] -= 1,
            _ => {}
        }
        if depth.iter().any(|d| *d < 0) {
            end = at;
            break;
        }
    }
    while end > 0 && is_bad_end(path.as_bytes()[end - 1]) {
        end -= 1;
    }
    end
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| is_email_user(user) && is_email_domain(domain))
}

fn is_part(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_email_user(user: &str) -> bool {
    let parts: Vec<&str> = user.split(['.', '+']).collect();
    let Some((last, leading)) = parts.split_last() else {
        return false;
    };
    let fits = leading.len() <= 10 && leading.iter().all(|p| p.len() <= 26);
    fits && (1..=35).contains(&last.len()) && parts.iter().all(|p| is_part(p))
}

fn is_email_domain(domain: &str) -> bool {
    let parts: Vec<&str> = domain.split('.').collect();
    let Some((top, leading)) = parts.split_last() else {
        return false;
    };
    let known = (2..=8).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
    let sound = |part: &&str| {
        let edges = [part.bytes().next(), part.bytes().last()];
        part.len() <= 30
            && is_part(part)
            && edges.iter().all(|b| b.is_some_and(|b| b.is_ascii_alphanumeric()))
    };
    known && (1..=6).contains(&leading.len()) && leading.iter().all(sound)
}

#[cfg(test)]
mod tests {
    use super::{Kind, classify};

    #[test]
    fn candidates_are_told_apart() {
        let table = [
            ("a@b.com", Some((Kind::Email, "a@b.com"))),
            ("mailto:a.b+c@d-e.org", Some((Kind::Email, "a.b+c@d-e.org"))),
            ("a.com/x_(y))z", Some((Kind::Url, "a.com/x_(y)"))),
            ("https://node.js", Some((Kind::Url, "https://node.js"))),
            ("node.js", None),
            ("user:pw@a.com:80/", Some((Kind::Url, "user:pw@a.com:80/"))),
        ];
        for (text, expected) in table {
            let found = classify(text, 0..text.len()).map(|(kind, span)| (kind, &text[span]));
            assert_eq!(found, expected, "{text}");
        }
    }
}
