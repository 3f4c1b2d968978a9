//! HTML elements that only a rich message can express.

/// An element that only a rich message can express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Extra {
    Mark,
    /// A paragraph of its own.
    Paragraph,
    Figure,
    /// Of a figure.
    Caption,
    Aside,
    Footer,
    /// Who is quoted.
    Cite,
}

impl Extra {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "mark" => Self::Mark,
            "p" => Self::Paragraph,
            "figure" => Self::Figure,
            "figcaption" => Self::Caption,
            "aside" => Self::Aside,
            "footer" => Self::Footer,
            "cite" => Self::Cite,
            _ => return None,
        })
    }

    /// Whether it stands on lines of its own whatever is in it.
    pub(super) fn is_block(self) -> bool {
        !matches!(self, Self::Mark | Self::Cite)
    }
}
