//! Where keys and values stand in a YAML text. `serde_yaml` decides what they are; this only finds them again, and what it doesn't
//! find is reported at the nearest thing above.

use std::collections::BTreeMap;
use std::ops::Range;

/// Deeper than anything we read; `serde_yaml` refuses more than 128 levels before.
const MAX_DEPTH: usize = 128;

/// Byte ranges of a key (or list item) and its value. The value is empty when it stands on the lines below.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Spot {
    pub key: Range<usize>,
    pub value: Range<usize>,
}

/// The whole text is spot 0; the others are found by their parent and key, list items by their number.
#[derive(Debug, Default)]
pub(super) struct Spots {
    all: Vec<Spot>,
    index: BTreeMap<(usize, String), Vec<usize>>,
}

impl Spots {
    pub(super) fn of(yaml: &str) -> Self {
        let mut scan = Scan { yaml, spots: Self::default(), frames: Vec::new(), pending: 0 };
        scan.spots.all.push(Spot::default());
        scan.run();
        scan.spots
    }

    pub(super) fn get(&self, spot: usize) -> &Spot {
        &self.all[spot]
    }

    /// The `nth` (from 0) child of `parent` with this key.
    pub(super) fn child(&self, parent: usize, step: &str, nth: usize) -> Option<usize> {
        self.index.get(&(parent, step.to_owned()))?.get(nth).copied()
    }

    fn add(&mut self, parent: usize, step: &str, key: Range<usize>) -> usize {
        let spot = self.all.len();
        let value = key.end..key.end;
        self.all.push(Spot { key, value });
        self.index.entry((parent, step.to_owned())).or_default().push(spot);
        spot
    }
}

/// An open block collection.
struct Frame {
    indent: usize,
    owner: usize,
    /// How many items a list has so far; `None` for a mapping.
    items: Option<usize>,
}

struct Scan<'y> {
    yaml: &'y str,
    spots: Spots,
    frames: Vec<Frame>,
    /// The last spot whose value is still to come.
    pending: usize,
}

impl<'y> Scan<'y> {
    fn run(&mut self) {
        let mut at = 0;
        while at < self.yaml.len() {
            let line = self.rest_of_line(at);
            let indent = line.len() - line.trim_start_matches(' ').len();
            let content = line[indent..].trim_end();
            at = if content.is_empty() || content.starts_with('#') || content == "---" {
                self.next_line(at)
            } else {
                self.line(at + indent, indent)
            };
        }
    }

    fn rest_of_line(&self, at: usize) -> &'y str {
        let rest = &self.yaml[at..];
        rest.split('\n').next().unwrap_or(rest)
    }

    fn next_line(&self, at: usize) -> usize {
        self.yaml[at..].find('\n').map_or(self.yaml.len(), |end| at + end + 1)
    }

    /// Reads what begins at `at`, with `indent` columns before it; returns where the next line to read begins.
    fn line(&mut self, mut at: usize, mut indent: usize) -> usize {
        loop {
            let rest = self.rest_of_line(at).trim_end();
            if rest == "-" || rest.starts_with("- ") {
                let width = rest.len() - rest[1..].trim_start().len();
                let end = at + rest.len();
                self.pending = self.item(indent, at);
                at += width;
                if at >= end {
                    return self.next_line(end);
                }
                if !self.begins_collection(at) {
                    return self.value(self.pending, at, indent);
                }
                indent += width;
            } else if let Some((key, after)) = key_at(rest) {
                let owner = self.mapping(indent);
                let spot = self.spots.add(owner, unquoted(&rest[key.clone()]), at..at + key.end);
                return self.value(spot, at + after, indent);
            } else if rest.starts_with(['{', '[']) {
                let end = self.flow(self.pending, at, 0);
                return self.next_line(end);
            } else {
                return self.next_line(at);
            }
        }
    }

    fn begins_collection(&self, at: usize) -> bool {
        let rest = self.rest_of_line(at).trim_end();
        rest == "-" || rest.starts_with("- ") || key_at(rest).is_some()
    }

    /// The owner of the block mapping at this indentation; a new one belongs to what was left open.
    fn mapping(&mut self, indent: usize) -> usize {
        self.close(|frame| frame.indent > indent || (frame.indent == indent && frame.items.is_some()));
        match self.frames.last() {
            Some(frame) if frame.indent == indent => frame.owner,
            _ => self.open(indent, None),
        }
    }

    /// A new item of the block list at this indentation.
    fn item(&mut self, indent: usize, at: usize) -> usize {
        self.close(|frame| frame.indent > indent);
        if !matches!(self.frames.last(), Some(frame) if frame.indent == indent && frame.items.is_some()) {
            self.open(indent, Some(0));
        }
        let frame = self.frames.last_mut().expect("a list was just opened");
        let number = frame.items.unwrap_or_default();
        frame.items = Some(number + 1);
        let owner = frame.owner;
        self.spots.add(owner, &number.to_string(), at..at + 1)
    }

    fn close(&mut self, over: impl Fn(&Frame) -> bool) {
        while self.frames.last().is_some_and(&over) {
            self.frames.pop();
        }
    }

    fn open(&mut self, indent: usize, items: Option<usize>) -> usize {
        self.frames.push(Frame { indent, owner: self.pending, items });
        self.pending
    }

    /// Reads the value of `spot` that begins at or after `at`; returns where the next line to read begins.
    fn value(&mut self, spot: usize, at: usize, indent: usize) -> usize {
        let rest = self.rest_of_line(at);
        let mut at = at + rest.len() - rest.trim_start().len();
        let mut rest = rest.trim();
        while rest.starts_with(['&', '!']) {
            let word = rest.find(' ').unwrap_or(rest.len());
            let behind = rest[word..].trim_start();
            at += rest.len() - behind.len();
            rest = behind;
        }
        let end = match rest.bytes().next() {
            None | Some(b'#') => {
                self.pending = spot;
                return self.next_line(at);
            }
            Some(b'|' | b'>') => {
                self.spots.all[spot].value = at..at + rest.len();
                return self.after_block_scalar(at, indent);
            }
            Some(b'{' | b'[') => self.flow(spot, at, 0),
            Some(quote @ (b'"' | b'\'')) => self.quoted_end(at, quote),
            Some(_) => at + plain_len(rest),
        };
        self.spots.all[spot].value = at..end;
        self.next_line(end)
    }

    fn after_block_scalar(&self, at: usize, indent: usize) -> usize {
        let mut at = self.next_line(at);
        while at < self.yaml.len() {
            let line = self.rest_of_line(at);
            let deeper = line.len() - line.trim_start_matches(' ').len() > indent;
            if !deeper && !line.trim().is_empty() {
                break;
            }
            at = self.next_line(at);
        }
        at
    }

    /// The end of the quoted text that begins at `at`, over as many lines as it takes.
    fn quoted_end(&self, at: usize, quote: u8) -> usize {
        quoted_len(&self.yaml[at..], quote).map_or(self.yaml.len(), |len| at + len)
    }

    /// Reads the `{…}` or `[…]` that begins at `at`; returns its end.
    fn flow(&mut self, owner: usize, at: usize, depth: usize) -> usize {
        let is_map = self.yaml.as_bytes()[at] == b'{';
        let mut at = at + 1;
        let mut items = 0;
        loop {
            at = self.skip_blank(at, b",");
            let Some(&next) = self.yaml.as_bytes().get(at) else {
                return at;
            };
            if next == b'}' || next == b']' {
                return at + 1;
            }
            if depth >= MAX_DEPTH {
                return self.yaml.len();
            }
            let spot = if is_map {
                let end = self.flow_scalar_end(at);
                let spot = self.spots.add(owner, unquoted(&self.yaml[at..end]), at..end);
                at = self.skip_blank(end, b"");
                if self.yaml.as_bytes().get(at) != Some(&b':') {
                    continue;
                }
                at = self.skip_blank(at + 1, b"");
                spot
            } else {
                items += 1;
                self.spots.add(owner, &(items - 1).to_string(), at..at + 1)
            };
            at = self.flow_value(spot, at, depth);
        }
    }

    fn flow_value(&mut self, spot: usize, at: usize, depth: usize) -> usize {
        let end = match self.yaml.as_bytes().get(at) {
            None | Some(b',' | b'}' | b']') => return at,
            Some(b'{' | b'[') => self.flow(spot, at, depth + 1),
            Some(_) => self.flow_scalar_end(at),
        };
        self.spots.all[spot].value = at..end;
        end
    }

    /// The end of a quoted or plain scalar inside `{…}` or `[…]`; always behind `at`.
    fn flow_scalar_end(&self, at: usize) -> usize {
        let rest = &self.yaml[at..];
        let bytes = rest.as_bytes();
        if let Some(&quote @ (b'"' | b'\'')) = bytes.first() {
            return self.quoted_end(at, quote);
        }
        let ends = |&i: &usize| match bytes[i] {
            b',' | b'[' | b']' | b'{' | b'}' | b'\n' => true,
            b':' => bytes.get(i + 1).is_none_or(|b| b" \r\n,[]{}".contains(b)),
            b'#' => i > 0 && bytes[i - 1] == b' ',
            _ => false,
        };
        let end = (0..bytes.len()).find(ends).unwrap_or(bytes.len());
        let len = rest[..end].trim_end().len();
        at + len.max(rest.chars().next().map_or(0, char::len_utf8))
    }

    /// Behind blanks, line ends, comments and the bytes of `also`.
    fn skip_blank(&self, mut at: usize, also: &[u8]) -> usize {
        let bytes = self.yaml.as_bytes();
        while let Some(byte) = bytes.get(at) {
            if *byte == b'#' {
                at = self.next_line(at);
            } else if b" \t\r\n".contains(byte) || also.contains(byte) {
                at += 1;
            } else {
                break;
            }
        }
        at
    }
}

/// The range of the key that `line` begins with, and where the value may begin.
fn key_at(line: &str) -> Option<(Range<usize>, usize)> {
    if let Some(quote @ (b'"' | b'\'')) = line.bytes().next() {
        let end = quoted_len(line, quote)?;
        let colon = end + line[end..].len() - line[end..].trim_start().len();
        let rest = line[colon..].strip_prefix(':')?;
        return (rest.is_empty() || rest.starts_with(' ')).then_some((0..end, colon + 1));
    }
    if line.starts_with(['{', '[', '#', '|', '>', '%', '?']) {
        return None;
    }
    let colon = line
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t']))?;
    let key = line[..colon].trim_end();
    (!key.is_empty() && !key.contains(" #")).then_some((0..key.len(), colon + 1))
}

fn unquoted(key: &str) -> &str {
    let quote = ['"', '\''];
    key.strip_prefix(quote).map_or(key, |inner| inner.strip_suffix(quote).unwrap_or(inner))
}

/// The length of the quoted text that `text` begins with; `None`: it has no end.
pub(super) fn quoted_len(text: &str, quote: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        let doubled = bytes[at] == quote && quote == b'\'' && bytes.get(at + 1) == Some(&b'\'');
        let escaped = bytes[at] == b'\\' && quote == b'"';
        if doubled || escaped {
            at += 2;
        } else if bytes[at] == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    None
}

/// The length of a plain scalar on one line, without the comment behind it.
fn plain_len(rest: &str) -> usize {
    rest.find(" #").map_or(rest, |end| &rest[..end]).trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(yaml: &str, path: &[&str]) -> Option<(String, String)> {
        let spots = Spots::of(yaml);
        let mut spot = 0;
        for step in path {
            spot = spots.child(spot, step, 0)?;
        }
        let Spot { key, value } = spots.get(spot).clone();
        Some((yaml[key].to_owned(), yaml[value].to_owned()))
    }

    #[test]
    fn keys_and_values_are_found_at_any_depth() {
        let yaml = "\
# a comment: not a key
slug: a  # why
'quoted key': \"a: \\\" b\"
text: |
  inner: not a key

  more
targets:
  news:
    chat: \"@a\"
    topics: {rel: 12, \"x y\": {z: [1, 'b']}}
  other: {chat: https://x.y/z, # comment, with: traps
    prune: true}
rows:
- - {text: A}
  - text: B
    url: c:d
-
  - last
list:
  - one
  - two: 2
end: ~
";
        for (path, key, value) in [
            (&["slug"][..], "slug", "a"),
            (&["quoted key"], "'quoted key'", "\"a: \\\" b\""),
            (&["text"], "text", "|"),
            (&["targets"], "targets", ""),
            (&["targets", "news", "chat"], "chat", "\"@a\""),
            (&["targets", "news", "topics", "rel"], "rel", "12"),
            (&["targets", "news", "topics", "x y", "z", "1"], "'", "'b'"),
            (&["targets", "other", "chat"], "chat", "https://x.y/z"),
            (&["targets", "other", "prune"], "prune", "true"),
            (&["rows", "0", "0", "text"], "text", "A"),
            (&["rows", "0", "1", "text"], "text", "B"),
            (&["rows", "0", "1", "url"], "url", "c:d"),
            (&["rows", "1", "0"], "-", "last"),
            (&["list", "0"], "-", "one"),
            (&["list", "1", "two"], "two", "2"),
            (&["end"], "end", "~"),
        ] {
            let expected = Some((key.to_owned(), value.to_owned()));
            assert_eq!(find(yaml, path), expected, "{path:?}");
        }
        assert_eq!(find(yaml, &["inner"]), None);
        assert_eq!(find(yaml, &["with"]), None);
    }

    #[test]
    fn line_ends_of_windows_are_no_part_of_values() {
        let yaml = "a: b\r\nc:\r\n  d: e\r\nf: [g,\r\n  h]\r\n";
        assert_eq!(find(yaml, &["a"]).unwrap().1, "b");
        assert_eq!(find(yaml, &["c", "d"]).unwrap().1, "e");
        assert_eq!(find(yaml, &["f", "1"]).unwrap().1, "h");
    }

    #[test]
    fn a_document_in_braces_has_keys_too() {
        assert_eq!(find("{slug: a, tags: [b]}", &["tags", "0"]).unwrap().1, "b");
    }

    #[test]
    fn doubles_are_told_apart() {
        let yaml = "a: 1\nb: 2\na: 3\n";
        let spots = Spots::of(yaml);
        let second = spots.child(0, "a", 1).unwrap();
        assert_eq!(spots.get(second).key, 10..11);
    }

    #[test]
    fn no_text_makes_it_fail() {
        for yaml in [
            "\"",
            "'",
            "{",
            "[",
            "{:",
            "{a",
            "[,,",
            "- - -",
            ":",
            "é: ü\n- é",
            "{é: [ü",
            "a: \"\\",
            "a: 'b",
            "|\n",
            ">",
            "&a",
            "a: &a",
            "a: !",
            "\"a\":b",
            "{\"a",
            "a:\tb",
            "'",
            "{a: &b c}",
        ] {
            Spots::of(yaml);
        }
        Spots::of(&"[".repeat(100_000));
        Spots::of(&"{a: ".repeat(100_000));
        Spots::of(&"- ".repeat(1_000));
    }
}
