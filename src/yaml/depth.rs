//! How deep brackets are nested. The time that libyaml takes grows with the length of a text times this depth, so it is measured
//! before a text is read.

use super::locate::quoted_len;

/// Never less than the depth that libyaml finds. Whatever opens counts, also in quotes and comments; what closes counts only
/// behind what opens on the same line, and while it is certain how libyaml reads what stands between.
pub(super) fn of(yaml: &str) -> usize {
    lines(yaml).map(|(_, before, line)| before + line.most).max().unwrap_or_default()
}

/// Where the bracket stands that is one more than `most`; in a line where that is not certain, the line's end.
pub(super) fn beyond(yaml: &str, most: usize) -> Option<usize> {
    let (start, before, line) = lines(yaml).find(|(_, before, line)| before + line.most > most)?;
    let text = yaml[start..].split('\n').next().unwrap_or_default();
    let brackets = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'[' | b'{'));
    // Without what closes on the line, brackets and depth are the same number.
    let counted = brackets.clone().count() == line.open;
    let at = brackets.map(|(at, _)| at).nth(most - before).filter(|_| counted);
    Some(start + at.unwrap_or(text.len()))
}

/// Where each line starts, how many brackets are open before it, and what it holds.
fn lines(yaml: &str) -> impl Iterator<Item = (usize, usize, Line)> {
    let (mut start, mut open) = (0, 0);
    yaml.split('\n').map(move |text| {
        let mut line = Line::default();
        line.read(text);
        let before = (start, open);
        start += text.len() + 1;
        open += line.open;
        (before.0, before.1, line)
    })
}

#[derive(Default)]
struct Line {
    /// Brackets that it leaves open.
    open: usize,
    /// Brackets that are open at once.
    most: usize,
    /// Those of them that can be closed on this line.
    inside: usize,
    /// Within a plain scalar, where quotes are letters.
    plain: bool,
}

impl Line {
    fn read(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let after_letter = at > 0 && bytes[at - 1].is_ascii_alphanumeric();
            match byte {
                b'[' | b'{' => self.opened(1),
                _ if self.inside == 0 => {}
                b']' | b'}' => self.closed(),
                b',' => self.plain = false,
                b':' if bytes.get(at + 1).is_none_or(|next| b" \t\r,[]{}".contains(next)) => {
                    self.plain = false;
                }
                b'"' | b'\'' if !self.plain => match quoted_len(&text[at..], *byte) {
                    Some(len) => {
                        self.hidden(&bytes[at..at + len]);
                        at += len - 1;
                    }
                    None => return self.hidden(&bytes[at..]),
                },
                b'"' | b'\'' | b'#' if !(self.plain && after_letter) => return self.hidden(&bytes[at..]),
                b' ' | b'\t' | b'\r' => {}
                b':' if !self.plain => {}
                _ => self.plain = true,
            }
            at += 1;
        }
    }

    fn opened(&mut self, brackets: usize) {
        self.open += brackets;
        self.most = self.most.max(self.open);
        self.inside += brackets;
        self.plain = false;
    }

    fn closed(&mut self) {
        self.open -= 1;
        self.inside -= 1;
        self.plain = false;
    }

    /// Most likely nothing but text.
    fn hidden(&mut self, bytes: &[u8]) {
        let inside = self.inside;
        self.opened(bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count());
        self.inside = inside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_one_line_close_each_other() {
        for (yaml, depth) in [
            ("", 0),
            ("a: [b, [c], {d: e}]\n", 2),
            ("a: [\"]\", ']', b]\nc: [d]\n", 1),
            ("- {url: \"https://a.b/#c\", text: it's}\n- {url: https://a.b, x: }\n", 1),
            ("x: [ü, a b, -1]\ny: []\n", 1),
            ("x: [\n  [a],\n  [b],\n]\ny: [c]\n", 2),
            ("[[[\n[[[", 6),
        ] {
            assert_eq!(of(yaml), depth, "{yaml}");
        }
    }

    #[test]
    fn the_bracket_that_is_too_much_has_a_place() {
        for (yaml, most, at) in [
            ("a: [[b]]", 2, None),
            ("a: [[b]]", 1, Some(8)),
            ("a: [[b", 1, Some(4)),
            ("a: [\n  [b\n", 1, Some(7)),
            ("- [[\n- {\n[", 2, Some(7)),
        ] {
            assert_eq!(beyond(yaml, most), at, "{yaml:?}");
        }
    }

    #[test]
    fn what_only_looks_closed_counts_as_open() {
        for (line, why) in [
            ("- [\"]\",", "in quotes"),
            ("- ['it''s]',", "in quotes, one of them doubled"),
            ("- [\"\\\"]\",", "in quotes, one of them escaped"),
            ("- [a # ]", "a comment"),
            ("- [# ]", "a comment at once"),
            ("- [\"\n]\",", "quotes over two lines"),
            ("- [a? \"]\",", "a key, says libyaml"),
            ("- [&a \"]\",", "an anchor"),
            ("- [!t ']',", "a tag"),
            ("- [a: \"]\",", "a value"),
        ] {
            let yaml = format!("{line}\n").repeat(10);
            assert!(of(&yaml) >= 10, "{why}: {line} is {} deep", of(&yaml));
        }
    }
}
