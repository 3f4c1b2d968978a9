//! What stands in running text and is no text: pictures, custom emoji, dates.

use std::ops::Range;

use super::inline::{append, has_text, push_text, visible};
use super::{Context, Lower};
use crate::diagnostic::Diagnostic;
use crate::render::link::{Resolved, Scope, has_scheme, path_of, short};
use crate::render::markdown::Node;
use crate::render::tree::Inline;
use crate::render::{codes, url};

impl<'n> Lower<'n, '_, '_> {
    /// `![alt](to)`: a custom emoji, or a picture, which a text can only link to.
    pub(super) fn picture(&mut self, to: &str, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline>) {
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
        let exists = self.scope.has_picture(to);
        note_file_picture(self.scope, to, exists, &node.range);
        self.description(to, node, cx, out);
    }

    /// `![[to]]`.
    pub(super) fn wiki_picture(
        &mut self,
        to: &str,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline>,
    ) {
        let exists = self.scope.has_picture_named(to);
        note_file_picture(self.scope, to, exists, &node.range);
        self.description(to, node, cx, out);
    }

    /// What a picture that is not shown says, or the name of its file.
    fn description(&mut self, to: &str, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline>) {
        let mut content = self.content(node.children, cx);
        if !has_text(&content) {
            push_text(&mut content, &file_name(to));
        }
        append(out, content);
    }

    pub(super) fn emoji(&mut self, id: &str, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline>) {
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
        push_text(out, &alt);
    }

    /// `<tg-time>`; `moment` is its `unix` and `format`, if they are valid.
    pub(super) fn time(
        &mut self,
        moment: Option<(i32, String)>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline>,
    ) {
        let text = visible(node.children);
        match moment {
            Some((unix, format)) if !cx.is_codeless() && !text.is_empty() => {
                return out.push(Inline::Time { unix, format, text });
            }
            Some(_) => {}
            None => {
                let message = "`<tg-time>` has no valid date";
                let hint = "`unix` is a number of seconds, `format` is `r` or any of `w`, `d`/`D`, `t`/`T`";
                self.scope.error(codes::BAD_TIME, message, hint, &node.range);
            }
        }
        push_text(out, &text);
    }
}

/// Notes what a picture that is not on the web comes to: an error where it `exists`, else its description.
pub(in crate::render) fn note_file_picture(
    scope: &mut Scope<'_>,
    to: &str,
    exists: bool,
    range: &Range<usize>,
) {
    if exists {
        let message = format!("the picture `{}` can't be sent: media is not supported yet", short(to));
        let hint = "remove it, or link to the picture on the web";
        return scope.error(codes::LOCAL_PICTURE, message, hint, range);
    }
    let message = format!("there is no picture `{}`: its description is shown", short(to));
    let warning = Diagnostic::warning(codes::MISSING_PICTURE, message);
    scope.notes.add(warning.hint("correct the path, or link to the picture on the web"), range);
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
