//! Addresses as Telegram keeps them: it drops a link whose address it does not like, without an error.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::Ipv6Addr;

use super::clean::is_removed;
use super::scan::find;

/// The form in which Telegram stores `url`, or `None` when it would drop the link. A scheme is required: `http`,
/// `https`, `tg`, `ton` or `tonsite`.
pub(super) fn checked(url: &str) -> Option<Cow<'_, str>> {
    if is_stored_form(url) {
        return Some(Cow::Borrowed(url));
    }
    let (scheme, rest) = url.split_once(':')?;
    let named =
        |known: &[&'static str]| known.iter().copied().find(|known| known.eq_ignore_ascii_case(scheme));
    if let Some(scheme) = named(&["https", "http"]) {
        return web(scheme, rest.strip_prefix("//")?).map(Cow::Owned);
    }
    app(named(&["tg", "ton", "tonsite"])?, rest.strip_prefix("//").unwrap_or(rest)).map(Cow::Owned)
}

/// Whether `url` is sure to be in that form, as nearly all are: a host in lower case, and a path in ASCII.
fn is_stored_form(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let is_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let (host, path) = rest.split_at(rest.bytes().position(|byte| !is_name(byte)).unwrap_or(rest.len()));
    path.starts_with('/')
        && host != "."
        && host.bytes().any(|byte| byte == b'.')
        && find(path, |byte| !byte.is_ascii_graphic()).is_none()
}

/// As [`checked`], for rich messages, which are refused as a whole when a link is not valid: web addresses, and what the
/// Bot API names besides (`mailto:`, `tel:`, `tg://user?id=`), in the forms that leave no doubt.
pub(super) fn checked_rich(url: &str) -> Option<Cow<'_, str>> {
    let (scheme, rest) = url.split_once(':')?;
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => is_mail(rest).then(|| format!("mailto:{rest}").into()),
        "tel" => phone(rest).map(|phone| format!("tel:{phone}").into()),
        "tg" => checked(url).filter(|url| is_user(url)),
        _ => checked(url).filter(|url| is_web(url)),
    }
}

/// `name@host.domain` and nothing else.
fn is_mail(address: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(&b))
    };
    let Some((name, host)) = address.split_once('@') else {
        return false;
    };
    let Some((_, domain)) = host.rsplit_once('.') else {
        return false;
    };
    is_name(name)
        && host.split('.').all(is_label)
        && domain.len() > 1
        && domain.bytes().all(|b| b.is_ascii_alphabetic())
}

/// An international number (E.164), without what makes it easier to read.
fn phone(number: &str) -> Option<String> {
    let number: String = number.chars().filter(|c| !"-. ()".contains(*c)).collect();
    let digits = number.strip_prefix('+')?;
    let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(number)
}

/// Whether `url`, which is [`checked`], leads to a user.
fn is_user(url: &str) -> bool {
    let id = url.strip_prefix("tg://user?id=").unwrap_or_default();
    !id.starts_with('0')
        && id.bytes().all(|b| b.is_ascii_digit())
        && id.parse().is_ok_and(|id: u64| id < 1 << 40)
}

/// Whether `url`, which is [`checked`], is a web address.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("http")
}

fn web(scheme: &str, rest: &str) -> Option<String> {
    let (authority, tail) = split_authority(rest);
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (host, port) = split_port(host)?;
    let is_name = host.contains('.') && host != "." && is_clean_part(host, "");
    if !is_name && !is_ipv6(host) {
        return None;
    }
    let mut out = String::with_capacity(scheme.len() + rest.len() + 4);
    out.push_str(scheme);
    out.push_str("://");
    if let Some(user) = user.filter(|user| !user.is_empty()) {
        if !is_clean_part(user, ":") {
            return None;
        }
        let _ = write!(out, "{user}@");
    }
    let begin = out.len();
    out.push_str(host);
    out[begin..].make_ascii_lowercase();
    if let Some(port) = port {
        let _ = write!(out, ":{port}");
    }
    push_tail(tail, &mut out);
    Some(out)
}

fn app(scheme: &str, rest: &str) -> Option<String> {
    let (host, tail) = split_authority(rest);
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || (scheme == "tonsite" && c == '.');
    if matches!(host, "" | ".") || !host.chars().all(allowed) {
        return None;
    }
    let mut out = format!("{scheme}://{}", host.to_ascii_lowercase());
    let host_end = out.len();
    push_tail(tail, &mut out);
    if out[host_end..].starts_with("/?") {
        out.remove(host_end);
    }
    Some(out)
}

fn split_authority(rest: &str) -> (&str, &str) {
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    rest.split_at(end.unwrap_or(rest.len()))
}

/// Host and port, the latter without leading zeros.
fn split_port(host: &str) -> Option<(&str, Option<u16>)> {
    let Some((name, port)) = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')) else {
        return Some((host, None));
    };
    let is_number = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.trim_start_matches('0').parse().ok().filter(|_| is_number)?;
    Some((name, Some(port)))
}

fn is_ipv6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok())
}

/// Whether a host or user name holds only what Telegram allows there, escapes included.
fn is_clean_part(part: &str, more: &str) -> bool {
    if part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
        return true;
    }
    let is_hex = |at: usize| part.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    part.char_indices().all(|(at, c)| match c {
        '%' => is_hex(at + 1) && is_hex(at + 2),
        c if c.is_ascii() => c.is_ascii_alphanumeric() || ".-_!$,~*'();&+=".contains(c) || more.contains(c),
        c => !is_rewritten(c),
    })
}

/// Characters that the clean-up of texts would remove or exchange within an address, too.
fn is_rewritten(c: char) -> bool {
    is_removed(c) || matches!(c, '\u{200e}' | '\u{200f}')
}

/// Path, query and fragment, with a `/` in front. Blanks, control characters and what would be removed are escaped.
fn push_tail(tail: &str, out: &mut String) {
    if !tail.starts_with('/') {
        out.push('/');
    }
    if find(tail, |byte| !byte.is_ascii_graphic()).is_none() {
        return out.push_str(tail);
    }
    let mut bytes = [0; 4];
    for c in tail.trim_end_matches([' ', '\t', '\r', '\n', '\0', '\x0b']).chars() {
        if c > ' ' && !is_rewritten(c) {
            out.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut bytes).bytes() {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rich_messages_link_what_is_documented() {
        let table = [
            ("https://Example.com", Some("https://example.com/")),
            ("mailto:a.b+c@mail.example.org", Some("mailto:a.b+c@mail.example.org")),
            ("MAILTO:a@b.cd", Some("mailto:a@b.cd")),
            ("mailto:a@b.cd?subject=x", None),
            ("mailto:a@b", None),
            ("mailto:a@-b.cd", None),
            ("tel:+49 (30) 123-456", Some("tel:+4930123456")),
            ("tel:112", None),
            ("tel:+49x", None),
            ("tg://user?id=5", Some("tg://user?id=5")),
            ("tg://user?id=0", None),
            ("tg://user?id=1099511627776", None),
            ("tg://resolve?domain=x", None),
            ("ton://x", None),
            ("ftp://a.com", None),
        ];
        for (url, expected) in table {
            assert_eq!(checked_rich(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn addresses_are_normalised_or_refused() {
        let table = [
            ("https://Example.COM", Some("https://example.com/")),
            ("HTTP://a.com?x#y", Some("http://a.com/?x#y")),
            ("https://a.com/ä b\u{202e}", Some("https://a.com/ä%20b%E2%80%AE")),
            ("https://me:pw@a.com:0080/x", Some("https://me:pw@a.com:80/x")),
            ("http://[::1]:8080/", Some("http://[::1]:8080/")),
            ("http://127.0.0.1", Some("http://127.0.0.1/")),
            ("tg://resolve?domain=x", Some("tg://resolve?domain=x")),
            ("tg:user?id=1", Some("tg://user?id=1")),
            ("tg://user", Some("tg://user/")),
            ("tonsite://a.ton/x", Some("tonsite://a.ton/x")),
            ("http://localhost", None),
            ("http://a.com:70000/", None),
            ("http://a.com:/", None),
            ("http://a b.com", None),
            ("http://a\u{202e}.com", None),
            ("http://.", None),
            ("http:a.com", None),
            ("https://", None),
            ("ftp://a.com", None),
            ("mailto:a@b.c", None),
            ("ton://a.b", None),
            ("tonsite://.", None),
            ("example.com", None),
        ];
        for (url, expected) in table {
            assert_eq!(checked(url).as_deref(), expected, "{url}");
            if let Some(stored) = expected {
                assert_eq!(checked(stored).as_deref(), Some(stored), "stored forms stay");
            }
        }
    }
}
