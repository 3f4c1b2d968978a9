//! Where a link leads: the web, another post, or nowhere that a message could lead to.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::attach::Picture;
use super::notes::{Missing, Notes, Spot};
use super::{Settings, codes, limits, url};
use crate::content::{Catalog, Format, Post, Status, slug_from};
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::{RelPath, Slug, TargetName};

/// What rendering one post knows of the world, and the problems it has found.
#[derive(Debug)]
pub(super) struct Scope<'p> {
    pub(super) notes: Notes<'p>,
    pub(super) catalog: &'p Catalog,
    pub(super) settings: &'p Settings,
    /// What kind of message is rendered.
    pub(super) format: Format,
    /// Where pictures begin in the body that are shown beside the text, not in it.
    pub(super) taken: BTreeSet<usize>,
    /// The post attaches files, so that it may do without a text.
    pub(super) shows_media: bool,
}

/// A destination as a message can have it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resolved<'t> {
    Url(Cow<'t, str>),
    Post(Slug),
    /// No link, but an address that is worth showing.
    Address(Cow<'t, str>),
    Nowhere,
}

impl<'p> Scope<'p> {
    pub(super) fn new(post: &'p Post, format: Format, catalog: &'p Catalog, settings: &'p Settings) -> Self {
        let notes = Notes::new(post);
        Self { notes, catalog, settings, format, taken: BTreeSet::new(), shows_media: false }
    }
}

impl Scope<'_> {
    pub(super) fn warn(&mut self, code: Code, message: impl Into<String>, range: &Range<usize>) {
        self.notes.add(Diagnostic::warning(code, message), range);
    }

    pub(super) fn error(&mut self, code: Code, message: impl Into<String>, hint: &str, range: &Range<usize>) {
        self.notes.add(Diagnostic::error(code, message).hint(hint), range);
    }

    /// What destination `to` of a Markdown or HTML link means; problems are noted at `range`.
    pub(super) fn resolve<'t>(&mut self, to: &'t str, range: &Range<usize>) -> Resolved<'t> {
        if let Some(slug) = to.strip_prefix("post:") {
            return self.resolve_slug(without_place(slug), range);
        }
        let checked = match self.format {
            Format::Html => url::checked(to),
            Format::Rich => url::checked_rich(to),
        };
        if let Some(url) = checked {
            return self.address(url, range);
        }
        if has_scheme(to) || to.starts_with("//") {
            return self.dropped(to, range);
        }
        self.relative(to, range)
    }

    /// An address that no message can hold is found here, where its place is known.
    fn address<'t>(&mut self, url: Cow<'t, str>, range: &Range<usize>) -> Resolved<'t> {
        if url.len() < limits::RAW_BYTES {
            return Resolved::Url(url);
        }
        let message =
            format!("the address has {} bytes, a message holds {} in all", url.len(), limits::RAW_BYTES);
        self.error(codes::TOO_LARGE, message, "shorten the address, or remove the link", range);
        Resolved::Nowhere
    }

    /// What `[[to]]` means: a slug, or the name of a file with or without its folder; a place within the post is cut off.
    pub(super) fn resolve_wiki<'t>(&mut self, to: &'t str, range: &Range<usize>) -> Resolved<'t> {
        let name = without_place(to);
        if name.is_empty() {
            return self.relative(to, range);
        }
        let file = name.rsplit('/').next().unwrap_or_default();
        let stem = file.strip_suffix(".md").unwrap_or(file);
        let is_known = |slug: &Slug| self.catalog.posts.contains_key(slug);
        let exact = name.parse().ok().filter(is_known);
        match exact.or_else(|| slug_from(stem).filter(is_known)) {
            Some(slug) => self.post(slug, &range.into()),
            None => self.resolve_slug(name, range),
        }
    }

    fn resolve_slug(&mut self, slug: &str, range: &Range<usize>) -> Resolved<'static> {
        match slug.parse() {
            Ok(slug) => self.post(slug, &range.into()),
            Err(_) => self.missing_slug(slug, &range.into()),
        }
    }

    /// The post a link or button leads to, if readers of this post can go there.
    pub(super) fn post(&mut self, slug: Slug, spot: &Spot) -> Resolved<'static> {
        let Some(post) = self.catalog.posts.get(&slug) else {
            return self.missing_slug(slug.as_str(), spot);
        };
        let state = match post.front.status {
            Status::Published => return self.shared_targets(slug, &post.front.targets, spot),
            Status::Draft => "a draft",
            Status::Archived => "archived",
        };
        let message = format!("`{slug}` is {state}: the link is shown as its text");
        self.notes.add(Diagnostic::warning(codes::UNPUBLISHED_POST, message), spot.clone());
        Resolved::Nowhere
    }

    fn shared_targets(&mut self, slug: Slug, theirs: &[TargetName], spot: &Spot) -> Resolved<'static> {
        let defaults = self.settings.default_targets.as_slice();
        let or_default = |targets: &'_ [TargetName]| {
            if targets.is_empty() { defaults.to_vec() } else { targets.to_vec() }
        };
        let (ours, theirs) = (or_default(&self.notes.post.front.targets), or_default(theirs));
        let (shared, missing): (Vec<_>, Vec<_>) = ours.iter().partition(|target| theirs.contains(target));
        if missing.is_empty() {
            return Resolved::Post(slug);
        }
        let names: Vec<String> = missing.iter().map(|target| format!("`{target}`")).collect();
        let message =
            format!("`{slug}` does not go to {}: there the link is shown as its text", names.join(", "));
        self.notes.add(Diagnostic::warning(codes::ELSEWHERE_POST, message), spot.clone());
        if shared.is_empty() { Resolved::Nowhere } else { Resolved::Post(slug) }
    }

    fn missing_slug(&mut self, slug: &str, spot: &Spot) -> Resolved<'static> {
        if let Some(file) = self.broken_file_of(slug) {
            let message = format!("`{}` can't be read as a post", short(file.as_str()));
            let problem = Diagnostic::error(codes::MISSING_POST, message);
            self.notes.add(problem.hint("correct the errors in that file first"), spot.clone());
            return Resolved::Nowhere;
        }
        let message = format!("no post has the slug `{}`", short(slug));
        let problem =
            Diagnostic::error(codes::MISSING_POST, message).hint("correct the slug, or add the post");
        self.notes.add_missing(problem, Missing::Slug(slug.to_owned()), spot.clone());
        Resolved::Nowhere
    }

    /// The file that can't be read and has the name that a post with this slug would have.
    fn broken_file_of(&self, slug: &str) -> Option<RelPath> {
        let broken = self.notes.is_listening().then_some(&self.catalog.broken)?;
        let name_of = |file: &RelPath| {
            let path = file.as_str().strip_suffix(".md").unwrap_or(file.as_str());
            let path = path.strip_suffix("/index").unwrap_or(path);
            slug_from(path.rsplit('/').next().unwrap_or_default())
        };
        broken.iter().find(|file| name_of(file).is_some_and(|name| name.as_str() == slug)).cloned()
    }

    fn dropped<'t>(&mut self, to: &'t str, range: &Range<usize>) -> Resolved<'t> {
        let message = format!("Telegram does not link `{}`: the address is shown as text", short(to));
        self.warn(codes::DROPPED_LINK, message, range);
        let scheme = to.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let shown = if matches!(scheme.as_str(), "mailto" | "tel") { &to[scheme.len() + 1..] } else { to };
        Resolved::Address(Cow::Borrowed(shown))
    }

    fn relative<'t>(&mut self, to: &str, range: &Range<usize>) -> Resolved<'t> {
        let path = path_of(to);
        let is_post =
            std::path::Path::new(&path).extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
        if path.is_empty() && to.starts_with('#') {
            self.warn(
                codes::ANCHOR_LINK,
                format!("`{}` leads nowhere: messages have no anchors", short(to)),
                range,
            );
        } else if path.starts_with('/') {
            let warning = format!("`{}` is an absolute path: the link is shown as its text", short(to));
            let warning = Diagnostic::warning(codes::LOCAL_LINK, warning);
            self.notes.add(warning.hint("write it relative to this file, or with `https://`"), range);
        } else if is_post {
            return self.file(&path, range);
        } else if let Some(url) = self.mirrored(&path) {
            return match url::checked(&url) {
                Some(url) => Resolved::Url(Cow::Owned(url.into_owned())),
                None => Resolved::Address(Cow::Owned(url)),
            };
        } else {
            let warning =
                format!("`{}` is neither a web address nor a post: the link is shown as its text", short(to));
            let warning = Diagnostic::warning(codes::LOCAL_LINK, warning);
            self.notes.add(warning.hint("a web address begins with `https://`, a post ends in `.md`"), range);
        }
        Resolved::Nowhere
    }

    /// The public address of a file of this post. Files of others are theirs: they may not be published yet.
    fn mirrored(&self, path: &str) -> Option<String> {
        match self.picture_at(path) {
            Picture::Own(file) => self.public(&file),
            Picture::Foreign | Picture::Missing => None,
        }
    }

    /// The public address of a file of this post.
    pub(super) fn public(&self, file: &RelPath) -> Option<String> {
        self.settings.media.get(self.notes.post.slug())?.get(file).cloned()
    }

    fn file(&mut self, path: &str, range: &Range<usize>) -> Resolved<'static> {
        let target = self.notes.post.file().resolve(path);
        let found = target.as_ref().and_then(|file| self.catalog.by_file.get(file));
        if let Some(slug) = found {
            return self.post(slug.clone(), &range.into());
        }
        let shown = target.as_ref().map_or(path, |file| file.as_str());
        if target.as_ref().is_some_and(|file| self.catalog.broken.contains(file)) {
            let message = format!("`{}` can't be read as a post", short(shown));
            self.error(codes::MISSING_POST, message, "correct the errors in that file first", range);
            return Resolved::Nowhere;
        }
        let problem =
            Diagnostic::error(codes::MISSING_POST, format!("there is no post at `{}`", short(shown)));
        let problem = problem.hint("correct the path, or add the post");
        self.notes.add_missing(problem, Missing::File(shown.to_owned()), range);
        Resolved::Nowhere
    }
}

/// The path of a relative link, decoded.
pub(super) fn path_of(to: &str) -> String {
    percent_decoded(to.split(['#', '?']).next().unwrap_or_default())
}

/// A link to a post without the heading that it leads to: messages have no anchors.
fn without_place(to: &str) -> &str {
    to.split('#').next().unwrap_or_default()
}

/// RFC 3986: a letter, then letters, digits, `+`, `-`, `.`, up to a colon.
pub(super) fn has_scheme(to: &str) -> bool {
    to.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

pub(super) fn percent_decoded(path: &str) -> String {
    let mut bytes = path.bytes();
    let mut out = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        let hex = path.get(path.len() - bytes.len()..).and_then(|rest| rest.get(..2));
        let decoded = hex.filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(byte));
        if decoded.is_some() {
            bytes.nth(1);
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}

/// The start of something that may be long, for a message.
pub(super) fn short(text: &str) -> String {
    const CHARS: usize = 80;
    let mut out: String = text.chars().take(CHARS).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_percent_decoded() {
        for (path, expected) in
            [("a%20b.md", "a b.md"), ("%C3%A9", "é"), ("%", "%"), ("%f", "%f"), ("%+1%ff", "%+1%ff")]
        {
            assert_eq!(percent_decoded(path), expected);
        }
    }

    #[test]
    fn schemes_are_told_from_paths() {
        for (to, expected) in
            [("mailto:x", true), ("a+b:x", true), ("a/b:c", false), (":x", false), ("1a:x", false)]
        {
            assert_eq!(has_scheme(to), expected, "{to}");
        }
    }
}
