//! The raw HTML of a block: most often a piece of the body, otherwise lines put together.

use std::ops::Range;

/// The raw HTML of a block, told of line by line.
#[derive(Default)]
pub(super) struct RawHtml {
    /// Where it stands in the body, as long as its lines follow each other.
    whole: Range<usize>,
    /// Its lines put together: they are indented or quoted.
    text: String,
    /// Where each line begins, in `text` and in the body.
    lines: Vec<(usize, usize)>,
}

impl RawHtml {
    /// Takes its next line, which stands at `range`.
    pub(super) fn push(&mut self, line: &str, range: Range<usize>, body: &str) {
        let follows = self.whole.is_empty() || self.whole.end == range.start;
        if self.lines.is_empty() && follows && line.len() == range.len() {
            self.whole = if self.whole.is_empty() { range } else { self.whole.start..range.end };
            return;
        }
        if self.lines.is_empty() && !self.whole.is_empty() {
            self.lines.push((0, self.whole.start));
            self.text.push_str(&body[self.whole.clone()]);
        }
        self.lines.push((self.text.len(), range.start));
        self.text.push_str(line);
    }

    /// What it says, as it stands in the body or else as its lines say together.
    pub(super) fn text<'b>(&self, body: &'b str) -> Result<&'b str, &str> {
        if self.lines.is_empty() { Ok(&body[self.whole.clone()]) } else { Err(&self.text) }
    }

    /// The place in the body of offset `at` of the text.
    pub(super) fn place(&self, at: usize) -> usize {
        let line = self.lines.partition_point(|(begin, _)| *begin <= at);
        let (begin, start) = line.checked_sub(1).map_or((0, self.whole.start), |line| self.lines[line]);
        start + at - begin
    }
}
