//! What has to be seen beside what is shown.

use unicode_normalization::UnicodeNormalization as _;

use super::message::Shown;
use super::{Code, Glyph, Placed, Table, Want, names};

/// How far the messages have been read.
pub(super) struct Cursor<'m> {
    shown: &'m [Shown],
    at: usize,
    /// How many quotes are around what is wanted: inner ones are marked at the start of each line.
    quotes: usize,
}

pub(super) fn compare(wants: &[Placed], shown: &[Shown]) -> Result<(), String> {
    let mut cursor = Cursor { shown, at: 0, quotes: 0 };
    for (at, placed) in wants.iter().enumerate() {
        let behind_marker = at > 0 && matches!(wants[at - 1].want, Want::Marker { .. });
        cursor.meet(placed, behind_marker).map_err(|why| {
            let wanted: String = wants[at..].iter().take(60).map(|placed| label(&placed.want)).collect();
            format!("{why}\n  wanted {wanted:?}\n  shown  {:?}", cursor.context())
        })?;
    }
    if cursor.at == shown.len() { Ok(()) } else { Err(format!("nobody wrote {:?}", cursor.context())) }
}

pub(super) fn label(want: &Want) -> String {
    match want {
        Want::Glyph(Glyph { c, gap, .. }) => format!("{}{c}", if *gap { " " } else { "" }),
        Want::Marker { text, .. } | Want::Note { label: text, .. } => format!(" {text}"),
        Want::Table(_) => "<table>".into(),
        Want::Row => "<row>".into(),
        Want::Rule => "<rule>".into(),
        Want::Picture(_) => "<picture>".into(),
    }
}

impl<'m> Cursor<'m> {
    fn meet(&mut self, placed: &Placed, behind_marker: bool) -> Result<(), String> {
        self.quotes = placed.place.quotes;
        match &placed.want {
            Want::Glyph(glyph) => self.glyph(glyph),
            Want::Note { label, gap } if self.peek().is_some_and(|shown| shown.glyph.gap != *gap) => {
                Err(format!("blank before note {label}"))
            }
            Want::Note { label: number, .. } => number.chars().try_for_each(|digit| self.sign(digit)),
            Want::Marker { text, indent } => {
                let begins = self.peek().is_some_and(|shown| shown.begins);
                let found = self
                    .peek()
                    .and_then(|shown| shown.indent)
                    .filter(|_| !begins)
                    .or(begins.then_some(*indent));
                if found != Some(*indent) && !behind_marker && placed.place.quotes == 0 {
                    return Err(format!("item indented by {found:?} instead of {indent}"));
                }
                text.chars().try_for_each(|c| self.sign(c))
            }
            Want::Table(table) => self.table(table),
            Want::Row | Want::Rule | Want::Picture(_) => Err("a block of rich messages".into()),
        }
    }

    pub(super) fn peek(&self) -> Option<&'m Shown> {
        self.shown.get(self.at)
    }

    fn context(&self) -> String {
        let from = self.at.saturating_sub(30);
        let shown = self.shown[from..].iter().take(100).enumerate().map(|(at, shown)| {
            let mark = if from + at == self.at { "⟨HERE⟩" } else { "" };
            format!("{mark}{}{}", if shown.glyph.gap { " " } else { "" }, shown.glyph.c)
        });
        shown.collect()
    }

    /// The signs of inner quotes, where a line begins.
    fn margin(&mut self) -> Result<(), String> {
        let begins = |shown: &Shown| shown.indent.is_some() && shown.glyph.look.code.is_none();
        if !self.peek().is_some_and(begins) {
            return Ok(());
        }
        for _ in 1..self.quotes {
            if self.peek().is_none_or(|shown| shown.glyph.c != '>') {
                return Err("no `>` before the line".into());
            }
            self.at += 1;
        }
        Ok(())
    }

    /// A character that the composing room adds.
    pub(super) fn sign(&mut self, c: char) -> Result<(), String> {
        self.margin()?;
        let shown = self.peek().ok_or("the messages end")?;
        if shown.glyph.c != c {
            return Err(format!("`{}` instead of `{c}`", shown.glyph.c));
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn glyph(&mut self, want: &Glyph) -> Result<(), String> {
        self.margin()?;
        let is_code_blank = want.look.code.is_some() && matches!(want.c, ' ' | '\n');
        let Some(shown) = self.peek() else {
            // Blanks at the end of a message are taken off, even of code.
            return if is_code_blank { Ok(()) } else { Err("the messages end".into()) };
        };
        if is_code_blank && shown.begins && shown.glyph.c != want.c {
            return Ok(());
        }
        let glyph = &shown.glyph;
        if glyph.c != want.c && !is_raised(glyph.c, want.c) {
            return Err(format!("`{}` instead of `{}`", glyph.c, want.c));
        }
        if glyph.gap != want.gap && !shown.begins {
            return Err(format!("blank before `{}`: {} instead of {}", want.c, glyph.gap, want.gap));
        }
        if glyph.look != want.look && !(want.look.code.is_none() && self.is_name()) {
            return Err(format!("`{}` is {:?} instead of {:?}", want.c, glyph.look, want.look));
        }
        self.at += 1;
        Ok(())
    }

    /// Whether the character is in a bare name with a dot, which is shown as code so that nobody links it.
    fn is_name(&self) -> bool {
        let is_code = |shown: &&Shown| shown.glyph.look.code == Some(Code::Span);
        let before: Vec<char> =
            self.shown[..self.at].iter().rev().take_while(is_code).map(|shown| shown.glyph.c).collect();
        let after = self.shown[self.at..].iter().take_while(is_code).map(|shown| shown.glyph.c);
        names::is_name(&before.into_iter().rev().chain(after).collect::<String>())
    }

    fn table(&mut self, table: &Table) -> Result<(), String> {
        let Some(shown) = self.peek() else {
            return Err("the messages end".into());
        };
        if matches!(shown.glyph.look.code, Some(Code::Block(_))) {
            return self.grid(table);
        }
        self.list(table)
    }

    /// The run of preformatted characters that comes next, as lines.
    pub(super) fn block(&mut self) -> String {
        let is_block = |shown: &&Shown| matches!(shown.glyph.look.code, Some(Code::Block(_)));
        // What stands apart is another block, but for one that goes on in the next message.
        let goes_on = |(index, shown): &(usize, &Shown)| *index == 0 || !shown.glyph.gap || shown.begins;
        let block = self.shown[self.at..].iter().take_while(is_block).enumerate().take_while(goes_on);
        let run: String = block.map(|(_, shown)| shown.glyph.c).collect();
        self.at += run.chars().count();
        run
    }
}

/// Whether `shown` is the raised or lowered form of `meant`.
fn is_raised(shown: char, meant: char) -> bool {
    !shown.is_ascii() && shown.nfkc().eq([meant])
}
