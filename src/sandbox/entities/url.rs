//! What the server makes of a link: checked, completed and normalised, or refused.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

/// The pieces of an address as the server splits it.
struct Address {
    https: bool,
    explicit_http: bool,
    user: String,
    host: String,
    is_ipv6: bool,
    port: Option<u16>,
    /// Path, query and fragment; begins with `/`.
    rest: String,
}

const SCHEMES: [&str; 3] = ["tg", "ton", "tonsite"];

/// The normalised link, or why it is refused (the tail of the server's `URL '…' is invalid: …`).
pub fn check(link: &str) -> Result<String, &'static str> {
    for scheme in SCHEMES {
        if let Some(rest) = strip_scheme(link, scheme) {
            return check_app_link(scheme, rest);
        }
    }
    let address = split(link)?;
    if !address.host.contains('.') && !address.is_ipv6 {
        return Err("Wrong HTTP URL");
    }
    Ok(address.to_string())
}

/// The user of a `tg://user?id=N` link.
pub fn mentioned_user(link: &str) -> Option<i64> {
    let lower = link.to_ascii_lowercase();
    let rest = strip_scheme(&lower, "tg")?.strip_prefix("user")?;
    let query = rest.strip_prefix('/').unwrap_or(rest).strip_prefix('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let (_, id) =
        query.split('&').map(|p| p.split_once('=').unwrap_or((p, ""))).find(|(key, _)| *key == "id")?;
    let number: i64 = id.parse().ok()?;
    let canonical = number.to_string() == id;
    (canonical && 0 < number && number < 1 << 40).then_some(number)
}

fn strip_scheme<'a>(link: &'a str, scheme: &str) -> Option<&'a str> {
    let head = link.get(..scheme.len())?;
    let rest = link[scheme.len()..].strip_prefix(':')?;
    head.eq_ignore_ascii_case(scheme).then(|| rest.strip_prefix("//").unwrap_or(rest))
}

fn check_app_link(scheme: &str, rest: &str) -> Result<String, &'static str> {
    let address = split(rest)?;
    let bare = address.user.is_empty() && address.port.is_none() && !address.is_ipv6;
    if !bare || address.https || address.explicit_http {
        return Err(if scheme == "tg" { "Wrong tg URL" } else { "Wrong ton URL" });
    }
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || (scheme == "tonsite" && c == '.');
    if !address.host.chars().all(allowed) {
        return Err("Unallowed characters in URL host");
    }
    let tail = if address.rest.starts_with("/?") { &address.rest[1..] } else { &address.rest };
    Ok(format!("{scheme}://{}{tail}", address.host))
}

fn split(url: &str) -> Result<Address, &'static str> {
    let (https, explicit_http, rest) = split_protocol(url)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (authority, port) = split_port(authority)?;
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_ipv6 = check_host(host)?;
    let host = host.to_ascii_lowercase();
    if !is_ipv6 {
        check_part(&host, false)?;
        check_part(user, true)?;
    }
    Ok(Address { https, explicit_http, user: user.into(), host, is_ipv6, port, rest: escape_tail(tail) })
}

fn split_protocol(url: &str) -> Result<(bool, bool, &str), &'static str> {
    let end = url.find([':', '/', '?', '#', '@', '[', ']']).unwrap_or(url.len());
    let Some(rest) = url[end..].strip_prefix("://") else {
        return Ok((false, false, url));
    };
    match url[..end].to_ascii_lowercase().as_str() {
        "http" => Ok((false, true, rest)),
        "https" => Ok((true, false, rest)),
        _ => Err("Unsupported URL protocol"),
    }
}

/// Splits `user@host:port`; a colon inside `[…]` or before `@` belongs to something else.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let Some(at) = authority.rfind([':', ']', '@']).filter(|at| *at > 0 && authority[*at..].starts_with(':'))
    else {
        return Ok((authority, None));
    };
    let digits = &authority[at + 1..];
    let significant = digits.trim_start_matches('0');
    let port =
        significant.bytes().all(|b| b.is_ascii_digit()).then(|| significant.parse::<u16>().ok()).flatten();
    match port {
        Some(port) => Ok((&authority[..at], Some(port))),
        None => Err("Wrong port number specified in the URL"),
    }
}

/// Whether the host is a bracketed IPv6 address.
fn check_host(host: &str) -> Result<bool, &'static str> {
    if let Some(inner) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return match inner.parse::<Ipv6Addr>() {
            Ok(_) => Ok(true),
            Err(_) => Err("Wrong IPv6 address specified in the URL"),
        };
    }
    match host {
        "" => Err("URL host is empty"),
        "." => Err("Host is invalid"),
        _ => Ok(false),
    }
}

fn check_part(part: &str, is_user: bool) -> Result<(), &'static str> {
    let (bad_percent, bad_character) = if is_user {
        ("Wrong percent-encoded symbol in URL userinfo", "Disallowed character in URL userinfo")
    } else {
        ("Wrong percent-encoded symbol in URL host", "Disallowed character in URL host")
    };
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex = [bytes.next(), bytes.next()];
            if !hex.iter().all(|b| b.is_some_and(|b| b.is_ascii_hexdigit())) {
                return Err(bad_percent);
            }
        } else if !(byte.is_ascii_alphanumeric()
            || byte >= 128
            || b".-_!$,~*'();&+=".contains(&byte)
            || (is_user && byte == b':'))
        {
            return Err(bad_character);
        }
    }
    Ok(())
}

/// Path, query and fragment: trailing blanks cut, control characters and spaces escaped, a leading `/` ensured.
fn escape_tail(tail: &str) -> String {
    let tail = tail.trim_end_matches([' ', '\t', '\r', '\n', '\0', '\x0b']);
    let mut out = String::with_capacity(tail.len() + 1);
    if !tail.starts_with('/') {
        out.push('/');
    }
    for c in tail.chars() {
        if u32::from(c) <= 0x20 {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.https { "https://" } else { "http://" })?;
        if !self.user.is_empty() {
            write!(f, "{}@", self.user)?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{check, mentioned_user};

    #[test]
    fn links_are_completed_or_refused() {
        let table: &[(&str, Result<&str, &str>)] = &[
            ("example.com", Ok("http://example.com/")),
            ("HTTPS://Example.com?Q", Ok("https://example.com/?Q")),
            ("example.com:00080", Ok("http://example.com:80/")),
            ("mailto:user@example.com", Ok("http://mailto:user@example.com/")),
            ("tg:user?x", Ok("tg://user?x")),
            ("http://a.com/x y \t", Ok("http://a.com/x%20y")),
            ("localhost", Err("Wrong HTTP URL")),
            ("ftp://a.com", Err("Unsupported URL protocol")),
            ("http://a b.com", Err("Disallowed character in URL host")),
            ("http://a.com:70000", Err("Wrong port number specified in the URL")),
            ("http://a%zz.com", Err("Wrong percent-encoded symbol in URL host")),
            ("http://", Err("URL host is empty")),
            ("http://.", Err("Host is invalid")),
            ("tg://http://a.com", Err("Wrong tg URL")),
            ("ton://a.b", Err("Unallowed characters in URL host")),
        ];
        for (link, expected) in table {
            assert_eq!(check(link), expected.map(String::from), "{link}");
        }
    }

    #[test]
    fn a_mention_needs_a_plain_user_number() {
        assert_eq!(mentioned_user("TG://user?x=1&id=9#f"), Some(9));
        for link in ["tg://user?id=0", "tg://user?id=09", "tg://users?id=9", "tg://user", "http://user?id=9"]
        {
            assert_eq!(mentioned_user(link), None, "{link}");
        }
    }
}
