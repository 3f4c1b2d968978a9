//! Whether a piece of text is a domain name the server would link.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Top-level domains that make a link without a protocol, lower-cased.
static TOP_LEVEL: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("tlds.txt").lines().collect());

/// Whether `domain` is a host name worth linking; without a protocol its last part must be a known one.
pub(super) fn is_linkable(domain: &str, has_protocol: bool) -> bool {
    let parts: Vec<&str> = domain.split('.').collect();
    if parts.len() == 1 || domain.eq_ignore_ascii_case("teiegram.org") {
        return false;
    }
    if parts.iter().any(|p| p.is_empty() || p.len() >= 64 || p.ends_with('-')) {
        return false;
    }
    if parts.len() == 4 && parts.iter().all(|p| is_octet(p)) {
        return true;
    }
    if domain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return false;
    }
    let (top, second) = (parts[parts.len() - 1], parts[parts.len() - 2]);
    is_top_level(top, has_protocol) && !second.contains('_')
}

fn is_octet(part: &str) -> bool {
    let plain = part.bytes().all(|b| b.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
    plain && part.parse::<u8>().is_ok()
}

fn is_top_level(top: &str, has_protocol: bool) -> bool {
    if top.chars().count() <= 1 {
        return false;
    }
    if let Some(encoded) = top.strip_prefix("xn--") {
        return encoded.len() >= 2 && encoded.bytes().all(|b| b.is_ascii_alphanumeric());
    }
    !top.contains(['_', '-']) && (has_protocol || is_known(top))
}

/// Known, and written in lower case, in upper case or mixed, but not only capitalised.
fn is_known(top: &str) -> bool {
    let lower = top.to_lowercase();
    let tail = |s: &str| s.chars().skip(1).collect::<String>();
    let capitalised = lower != top && tail(&lower) == tail(top);
    !capitalised && TOP_LEVEL.contains(lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_linkable;

    #[test]
    fn the_last_part_decides() {
        for good in ["example.com", "EXAMPLE.COM", "1.2.3.4", "a.xn--p1ai", "пример.рф"] {
            assert!(is_linkable(good, false), "{good}");
        }
        for bad in ["example.Com", "a.b", "1.2", "1.2.3.256", "a_.com", "a..com", "node.js", "a-.com"] {
            assert!(!is_linkable(bad, false), "{bad}");
        }
        assert!(is_linkable("node.js", true));
    }
}
