//! Colour, where it is wanted. It never carries meaning alone.

use anstyle::{AnsiColor, Style};

use crate::plan::Verb;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    pub on: bool,
}

impl Paint {
    pub const PLAIN: Self = Self { on: false };

    pub fn bold(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    pub fn dim(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    pub fn added(self, text: &str) -> String {
        self.with(fg(AnsiColor::Green), text)
    }

    pub fn removed(self, text: &str) -> String {
        self.with(fg(AnsiColor::Red), text)
    }

    pub fn warning(self, text: &str) -> String {
        self.with(fg(AnsiColor::Yellow), text)
    }

    pub fn verb(self, verb: Verb, text: &str) -> String {
        let style = match verb {
            Verb::Send => fg(AnsiColor::Green),
            Verb::Edit | Verb::Resend => fg(AnsiColor::Yellow),
            Verb::Delete => fg(AnsiColor::Red),
            Verb::Restore | Verb::Adopt => fg(AnsiColor::Cyan),
            Verb::Blocked => fg(AnsiColor::Magenta),
            Verb::Forget | Verb::Scheduled => Style::new().dimmed(),
        };
        self.with(style, text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn fg(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

/// `1 post`, `2 posts`.
pub fn count(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}
