//! Where links lead and what pictures leave, by the rules of each kind of message.

use tgsync::sandbox::entities::url;

use super::{Place, Placed, Source, Want, is_file_of};
use crate::render::reader::picture_id;

/// A link whose text is being read.
pub(super) struct Open {
    /// Where its text began.
    start: usize,
    instead: Instead,
    /// Whether its text counts as that of a link.
    is_link: bool,
}

/// What is shown of an address that can't be linked.
enum Instead {
    Nothing,
    /// It stands for the text, or behind it.
    Address(String),
    /// It stands for the text if there is none.
    Name(String),
}

impl Source {
    pub(super) fn link(&mut self, to: &str) {
        if let Some(place) = to.strip_prefix('#').filter(|_| self.is_rich) {
            return self.place_link(place);
        }
        if let Some(stored) = self.linked(to) {
            if !self.links.is_empty() {
                self.degraded.push((self.line, "TG0416"));
                return self.open_link(None, Instead::Nothing);
            }
            return self.open_link(Some(stored.clone()), Instead::Address(stored));
        }
        let (code, instead) = match to {
            _ if has_scheme(to) || to.starts_with("//") => {
                let bare = ["mailto:", "tel:"].into_iter().find_map(|scheme| to.strip_prefix(scheme));
                ("TG0413", Instead::Address(bare.unwrap_or(to).to_owned()))
            }
            _ if to.starts_with('#') => ("TG0415", Instead::Nothing),
            _ => ("TG0414", Instead::Nothing),
        };
        self.degraded.push((self.line, code));
        self.open_link(None, instead);
    }

    /// The address as it is stored, if there is a link to it in this kind of message.
    fn linked(&self, to: &str) -> Option<String> {
        let (scheme, rest) = to.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "mailto" | "tel" if self.is_rich => {
                let is_plain = if scheme == "tel" { rest.starts_with('+') } else { is_mail(rest) };
                is_plain.then(|| format!("{scheme}:{rest}"))
            }
            "tg" if self.is_rich && !rest.starts_with("//user?id=") => None,
            "http" | "https" | "tg" | "ton" if rest.starts_with("//") => url::check(to).ok(),
            _ => None,
        }
    }

    fn place_link(&mut self, place: &str) {
        let place = &percent_decoded(place);
        let name = heading_name(place);
        let found = self
            .headings
            .iter()
            .find(|known| *known == place)
            .or_else(|| self.headings.iter().find(|known| **known == name));
        let place = found.map_or_else(String::new, Clone::clone);
        let is_known = !place.is_empty() || name.is_empty();
        if !is_known {
            self.degraded.push((self.line, "TG0415"));
        } else if !self.links.is_empty() {
            self.degraded.push((self.line, "TG0416"));
        }
        let url = (is_known && self.links.is_empty()).then(|| format!("#{place}"));
        self.open_link(url, Instead::Nothing);
    }

    /// A link that is none: what is in it is text.
    pub(super) fn no_link(&mut self) {
        self.open_link(None, Instead::Nothing);
    }

    fn open_link(&mut self, url: Option<String>, instead: Instead) {
        self.links.push(url);
        self.link_starts.push(Open { start: self.out.len(), instead, is_link: true });
    }

    pub(super) fn close_link(&mut self) {
        let Some(Open { start, instead, is_link }) = self.link_starts.pop() else { return };
        let glyph = |placed: &Placed| match &placed.want {
            Want::Glyph(glyph) => glyph.c,
            _ => '\u{fffd}',
        };
        let text: String = self.out[start.min(self.out.len())..].iter().map(glyph).collect();
        match instead {
            Instead::Address(shown) | Instead::Name(shown) if text.is_empty() => self.text(&shown),
            Instead::Address(shown)
                if self.links.last().is_some_and(Option::is_none) && !text.contains(&shown) =>
            {
                self.text(&format!(" ({shown})"));
            }
            _ => {}
        }
        if is_link {
            self.links.pop();
        }
    }

    /// A picture; [`Self::close_link`] ends what stands for it. `alone`: it is all of its paragraph.
    pub(super) fn picture(&mut self, to: &str, title: &str, alone: bool) {
        let is_web = ["http://", "https://"].iter().any(|scheme| to.starts_with(scheme));
        let web = url::check(to).ok().filter(|_| is_web);
        if let Some(web) = web {
            if alone && self.is_rich && self.links.is_empty() {
                self.push(Want::Picture(picture_id(&web)));
                self.gap = true;
                title.clone_into(&mut self.title);
                return self.words_of_picture(Instead::Nothing);
            }
            if self.links.is_empty() {
                self.degraded.push((self.line, "TG0420"));
            }
            return self.link(to);
        }
        if to.starts_with("tg://emoji?id=") {
            return self.no_link();
        }
        if !is_file_of(to) {
            return self.link(to);
        }
        self.degraded.push((self.line, "TG0424"));
        let path = to.split(['#', '?']).next().unwrap_or_default();
        let name = if to.starts_with("data:") { "" } else { path.rsplit('/').next().unwrap_or_default() };
        self.words_of_picture(Instead::Name(name.to_owned()));
    }

    /// The words that stand below or for a picture are as they would be without it.
    fn words_of_picture(&mut self, instead: Instead) {
        self.link_starts.push(Open { start: self.out.len(), instead, is_link: false });
    }

    /// The title stands below the words, if it says something else.
    pub(super) fn end_picture(&mut self) {
        let title = std::mem::take(&mut self.title);
        let start = self.link_starts.last().map_or(0, |open| open.start);
        let is_gap = |placed: &Placed| matches!(&placed.want, Want::Glyph(glyph) if glyph.gap);
        let mut words = String::new();
        for placed in &self.out[start.min(self.out.len())..] {
            if let Want::Glyph(glyph) = &placed.want {
                words.extend((is_gap(placed) && !words.is_empty()).then_some(' '));
                words.push(glyph.c);
            }
        }
        self.close_link();
        if !title.is_empty() && words != title {
            self.gap = true;
            self.text(&title);
        }
    }
}

/// Whether the address has a scheme of its own, as RFC 3986 writes it.
pub(super) fn has_scheme(to: &str) -> bool {
    let scheme = to.split(':').next().unwrap_or_default();
    to.contains(':') && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn is_mail(address: &str) -> bool {
    let letters = address.chars().all(|c| c.is_ascii_alphanumeric() || "._%+-@".contains(c));
    letters && address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// The names of headings as GitHub gives them: lower case, hyphens for blanks, numbered when repeated.
pub(super) fn heading_names(headings: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for heading in headings {
        let kept = heading_name(heading);
        let numbered = (1..).map(|number| format!("{kept}-{number}"));
        let free = std::iter::once(kept.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free.filter(|_| !kept.is_empty()));
    }
    names
}

fn percent_decoded(place: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = place;
    while let Some(c) = rest.chars().next() {
        let code = rest.strip_prefix('%').and_then(|code| u8::from_str_radix(code.get(..2)?, 16).ok());
        let length = code.map_or(c.len_utf8(), |_| 3);
        bytes.extend(code.map_or(&rest.as_bytes()[..length], |_| &[]));
        bytes.extend(code);
        rest = &rest[length..];
    }
    String::from_utf8(bytes).unwrap_or_else(|_| place.to_owned())
}

/// The name of a heading, if no other has it.
pub(in crate::render::reader) fn heading_name(heading: &str) -> String {
    let kept = heading.trim().to_lowercase().replace([' ', '\n'], "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

impl Place {
    /// The same place, in a note.
    pub(super) fn in_note(is_rich: bool) -> Self {
        Self { lists: usize::from(is_rich), ..Self::default() }
    }
}
