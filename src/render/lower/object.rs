//! What stands in running text and is no text: pictures, custom emoji, dates.

use std::borrow::Cow;

use super::inline::{append, has_text, push_text, visible};
use super::{Context, Lower};
use crate::content::Format;
use crate::diagnostic::Diagnostic;
use crate::render::attach::{self, Picture};
use crate::render::link::{Resolved, Scope, has_scheme, path_of, short};
use crate::render::markdown::Node;
use crate::render::notes::Missing;
use crate::render::tree::Inline;
use crate::render::{codes, url};

impl<'n> Lower<'n, '_, '_> {
    /// `![alt](to)`: a custom emoji, or a picture, which a text can only link to.
    pub(super) fn picture(
        &mut self,
        to: &'n str,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        if let Some(id) = to.strip_prefix("tg://emoji?id=") {
            return self.emoji(id, node, cx, out);
        }
        if let Some(url) = url::checked(to).filter(|url| url::is_web(url)) {
            if !cx.linked {
                let warning = "a text can't hold a picture: it is shown as a link";
                self.scope.warn(codes::WEB_PICTURE, warning, &node.range);
            }
            return self.link(Resolved::Url(url), node, cx, out);
        }
        if (has_scheme(to) || to.starts_with("//")) && !to.starts_with("data:") {
            let to = self.scope.resolve(to, &node.range);
            return self.link(to, node, cx, out);
        }
        self.file_picture(to, node, cx, out);
    }

    /// A picture in a file: it is shown beside the text, or stands for itself with its public address or its
    /// description.
    pub(super) fn file_picture(
        &mut self,
        to: &str,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        if self.scope.taken.contains(&node.range.start) {
            self.begun = true;
            return;
        }
        match file_picture(self.scope, to, node) {
            Some(url) => self.link(Resolved::Url(url.into()), node, cx, out),
            None => self.description(to, node, cx, out),
        }
    }

    /// What a picture that is not shown says, or the name of its file.
    fn description(&mut self, to: &str, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline<'n>>) {
        let mut content = self.content(node.children, cx);
        if !has_text(&content) {
            push_text(&mut content, file_name(to));
        }
        append(out, content);
    }

    pub(super) fn emoji(&mut self, id: &str, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline<'n>>) {
        let alt = visible(node.children);
        let number = id.parse::<i64>().ok().filter(|number| *number != 0 && number.to_string() == id);
        match number.filter(|_| !alt.trim().is_empty()) {
            Some(id) if !cx.linked => return out.push(Inline::Emoji { id, alt }),
            Some(_) => {
                let message = "a link can't hold a custom emoji: the ordinary one is shown";
                self.scope.warn(codes::NESTED_LINK, message, &node.range);
            }
            None => {
                let message = "a custom emoji needs an ordinary emoji and a number";
                let hint = "write `![👍](tg://emoji?id=5368324170671202286)`";
                self.scope.error(codes::BAD_EMOJI, message, hint, &node.range);
            }
        }
        push_text(out, alt);
    }

    /// `<tg-time>`; `moment` is its `unix` and `format`, if they are valid.
    pub(super) fn time(
        &mut self,
        moment: Option<(i32, String)>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        let text = visible(node.children);
        match moment {
            Some((unix, format)) if !cx.is_codeless() && !text.is_empty() => {
                return out.push(Inline::Time { unix, format: format.into(), text });
            }
            Some(_) => {}
            None => {
                let message = "`<tg-time>` has no valid date";
                let hint = "`unix` is a number of seconds, `format` is `r` or any of `w`, `d`/`D`, `t`/`T`";
                self.scope.error(codes::BAD_TIME, message, hint, &node.range);
            }
        }
        push_text(out, text);
    }
}

/// The public address of the picture of a file that stands where none can be shown. Without one its description is
/// shown, which is noted.
pub(in crate::render) fn file_picture(scope: &mut Scope<'_>, to: &str, node: &Node<'_>) -> Option<String> {
    let (path, range) = (attach::path(node), &node.range);
    let found = scope.picture_at(&path);
    if let Picture::Own(file) = &found
        && let Some(url) = scope.public(file).and_then(|url| url::checked(&url).map(Cow::into_owned))
    {
        scope.warn(codes::WEB_PICTURE, "no file can be shown here: a link to it is", range);
        return Some(url);
    }
    let name = short(to);
    if found == Picture::Missing {
        let message = format!("there is no picture `{name}`: its description is shown");
        let warning = Diagnostic::warning(codes::MISSING_PICTURE, message);
        let warning = warning.hint("correct the path, or link to the picture on the web");
        scope.notes.add_missing(warning, Missing::Media(path), range);
        return None;
    }
    let (what, hint) = match found {
        Picture::Own(_) if scope.format == Format::Rich => (
            "is a file, which can't be shown within text",
            "put the picture into a paragraph of its own, outside of tables and links",
        ),
        Picture::Own(_) if scope.notes.post.front.media.is_some() => ("is not in `media`", "add it there"),
        Picture::Own(_) => (
            "is a file, which can't be shown within text",
            "put the picture into a paragraph of its own, outside of quotes, lists and tables",
        ),
        _ => (
            "is not in the post's media folder",
            "move or copy it there, or name its folder with `media_dir`",
        ),
    };
    let warning =
        Diagnostic::warning(codes::LOCAL_PICTURE, format!("`{name}` {what}: its description is shown"));
    scope.notes.add(warning.hint(hint), range);
    None
}

/// The name of the file at `to`, which is shown for a picture without a description.
pub(in crate::render) fn file_name(to: &str) -> String {
    if to.starts_with("data:") {
        return String::new();
    }
    path_of(to).rsplit('/').next().unwrap_or_default().to_owned()
}

/// A positive int32 and a format in canonical form: `r`, or a weekday, a date and a time, short forms before long ones.
pub(in crate::render) fn moment(unix: &str, format: &str) -> Option<(i32, String)> {
    let number = unix.parse().ok().filter(|number: &i32| *number > 0 && number.to_string() == unix)?;
    if matches!(format, "r" | "R") {
        return Some((number, "r".into()));
    }
    if !format.chars().all(|c| "tTdDwW".contains(c)) {
        return None;
    }
    let first_of = |letters: &str| letters.chars().find(|c| format.contains(*c));
    let weekday = format.contains(['w', 'W']).then_some('w');
    let format = [weekday, first_of("dD"), first_of("tT")].into_iter().flatten().collect();
    Some((number, format))
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn dates_are_canonical_or_refused() {
        let table = [
            ("5", "", Some("")),
            ("5", "R", Some("r")),
            ("5", "TtDdW", Some("wdt")),
            ("2147483647", "T", Some("T")),
            ("2147483648", "", None),
            ("0", "", None),
            ("+5", "", None),
            ("05", "", None),
            ("-5", "", None),
            ("5", "rt", None),
            ("5", "x", None),
        ];
        for (unix, format, expected) in table {
            assert_eq!(
                moment(unix, format).map(|(_, format)| format).as_deref(),
                expected,
                "{unix} {format}"
            );
        }
    }
}
