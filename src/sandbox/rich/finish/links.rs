//! What links lead to: pages, addresses, people, places in the message. One that leads nowhere refuses the message.

use std::collections::BTreeSet;

use crate::sandbox::entities;
use crate::sandbox::rich::block::{self, Block};
use crate::sandbox::rich::media::is_web;
use crate::sandbox::rich::text::{Kind, Text};

/// Digits of a telephone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;

/// The places of a message that a link may lead to, and the people it may name.
struct Targets<'a> {
    anchors: BTreeSet<String>,
    references: BTreeSet<String>,
    users: &'a [i64],
}

/// Gives every link its kind.
///
/// Documented are `http(s)`, `mailto:`, `tel:`, `tg://user?id=N` and `#name`; anything else is refused here, other
/// `tg://` links and addresses without a scheme among them, and so is a `#name` that is nowhere in the message.
pub(super) fn settle(blocks: &mut [Block], users: &[i64]) -> Result<(), String> {
    let mut targets = Targets { anchors: BTreeSet::new(), references: BTreeSet::new(), users };
    block::each(blocks, &mut |block| targets.collect(block));
    block::each_mut(blocks, &mut |block| {
        block.texts_mut().into_iter().try_for_each(|text| targets.settle(text))
    })
}

impl Targets<'_> {
    fn collect(&mut self, block: &Block) {
        if let Block::Anchor { name } = block {
            self.anchors.insert(name.clone());
        }
        for text in block.texts() {
            text.each_span(&mut |span| match &span.kind {
                Kind::Anchor { name } => drop(self.anchors.insert(name.clone())),
                Kind::Reference { name } => drop(self.references.insert(name.clone())),
                _ => {}
            });
        }
    }

    fn settle(&self, text: &mut Text) -> Result<(), String> {
        let span = match text {
            Text::Plain(_) => return Ok(()),
            Text::Parts(parts) => return parts.iter_mut().try_for_each(|part| self.settle(part)),
            Text::Span(span) => span,
        };
        if let Some(inner) = &mut span.text {
            self.settle(inner)?;
        }
        if let Kind::Url { url } = &span.kind {
            span.kind = self.link(url)?;
        }
        self.check(&span.kind)?;
        // Mentions of strangers vanish; their text stays.
        if let Kind::TextMention { user } = &span.kind
            && !self.users.contains(&user.id)
            && let Some(inner) = span.text.take()
        {
            *text = inner;
        }
        Ok(())
    }

    /// What an address means.
    fn link(&self, url: &str) -> Result<Kind, String> {
        if let Some(name) = url.strip_prefix('#') {
            return self.place(name);
        }
        if let Some(address) = strip_scheme(url, "mailto:") {
            return Ok(Kind::EmailAddress { email_address: address.to_owned() });
        }
        if let Some(number) = strip_scheme(url, "tel:") {
            return Ok(Kind::PhoneNumber { phone_number: number.to_owned() });
        }
        if let Some(id) = entities::url::mentioned_user(url) {
            return Ok(Kind::TextMention { user: entities::User::person(id) });
        }
        if is_web(url) { Ok(Kind::Url { url: url.to_owned() }) } else { Err(invalid("URL")) }
    }

    /// A place in the message, by its name as it is or percent-encoded; no name is the top.
    fn place(&self, name: &str) -> Result<Kind, String> {
        for name in [name.to_owned(), percent_decoded(name)] {
            if name.is_empty() || self.anchors.contains(&name) {
                return Ok(Kind::AnchorLink { anchor_name: name });
            }
            if self.references.contains(&name) {
                return Ok(Kind::ReferenceLink { reference_name: name });
            }
        }
        Err(invalid("URL"))
    }

    fn check(&self, kind: &Kind) -> Result<(), String> {
        match kind {
            Kind::EmailAddress { email_address } if !entities::is_email(email_address) => {
                Err(invalid("EMAIL"))
            }
            Kind::PhoneNumber { phone_number } if !is_phone(phone_number) => Err(invalid("PHONE")),
            Kind::AnchorLink { anchor_name: name } if !name.is_empty() && !self.anchors.contains(name) => {
                Err(invalid("URL"))
            }
            Kind::ReferenceLink { reference_name } if !self.references.contains(reference_name) => {
                Err(invalid("URL"))
            }
            _ => Ok(()),
        }
    }
}

fn invalid(what: &str) -> String {
    format!("RICH_MESSAGE_{what}_INVALID")
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let head = url.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

fn is_phone(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let rest = number.strip_prefix('+').unwrap_or(number);
    PHONE_DIGITS.contains(&digits) && rest.bytes().all(|b| b.is_ascii_digit() || b" -().".contains(&b))
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| bytes[at] == b'%');
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::settle;
    use crate::sandbox::rich::html;
    use crate::sandbox::rich::library::Library;

    /// The kind and the data of the link in a paragraph.
    fn settled(href: &str) -> Result<Value, String> {
        let source = format!(
            "<p><a href=\"{href}\">x</a><tg-reference name=\"r\">n</tg-reference></p><a name=\"a b\"></a><hr>"
        );
        let mut blocks = html::read(&source, &Library::default()).unwrap();
        settle(&mut blocks, &[1000])?;
        Ok(json!(blocks)[0]["text"][0].clone())
    }

    #[test]
    fn links_have_their_kinds() {
        for (href, expected) in [
            ("https://example.com", json!({"type": "url", "text": "x", "url": "https://example.com"})),
            ("mailto:a@b.com", json!({"type": "email_address", "text": "x", "email_address": "a@b.com"})),
            ("TEL:+49 30-1", json!({"type": "phone_number", "text": "x", "phone_number": "+49 30-1"})),
            ("#", json!({"type": "anchor_link", "text": "x", "anchor_name": ""})),
            ("#a%20b", json!({"type": "anchor_link", "text": "x", "anchor_name": "a b"})),
            ("#r", json!({"type": "reference_link", "text": "x", "reference_name": "r"})),
        ] {
            assert_eq!(settled(href), Ok(expected), "{href}");
        }
        assert_eq!(settled("tg://user?id=1000").unwrap()["user"]["id"], 1000);
        assert_eq!(settled("tg://user?id=7"), Ok(json!("x")), "a stranger");
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for (href, expected) in [
            ("", "URL"),
            ("page.md", "URL"),
            ("/page", "URL"),
            ("//example.com", "URL"),
            ("example.com", "URL"),
            ("http://localhost", "URL"),
            ("https://a b.com", "URL"),
            ("ftp://example.com", "URL"),
            ("javascript:alert(1)", "URL"),
            ("tg://resolve?domain=x", "URL"),
            ("#missing", "URL"),
            ("mailto:nobody", "EMAIL"),
            ("tel:x", "PHONE"),
        ] {
            assert_eq!(settled(href), Err(format!("RICH_MESSAGE_{expected}_INVALID")), "{href}");
        }
    }
}
