//! `RichBlock`: what a rich message is made of, as the Bot API returns it.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::button::Button;
use super::media::{PhotoSize, Stored};
use super::text::Text;

/// A block. A received one has the names of the Bot API without `Input`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Block {
    Paragraph {
        text: Text,
    },
    Heading {
        text: Text,
        size: u8,
    },
    Pre {
        text: Text,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    Footer {
        text: Text,
    },
    Divider,
    MathematicalExpression {
        expression: String,
    },
    Anchor {
        name: String,
    },
    List {
        items: Vec<Item>,
    },
    Blockquote {
        blocks: Vec<Block>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credit: Option<Text>,
    },
    ExpandableBlockquote(Quote),
    Pullquote(Quote),
    Collage(Album),
    Slideshow(Album),
    Table(Table),
    Details {
        summary: Text,
        blocks: Vec<Block>,
        #[serde(default, skip_serializing_if = "is_false")]
        is_open: bool,
    },
    Map(Map),
    Buttons {
        buttons: Vec<Button>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        align: Option<String>,
    },
    Photo {
        photo: Vec<PhotoSize>,
        #[serde(flatten)]
        about: About,
    },
    Video {
        video: Stored,
        #[serde(flatten)]
        about: About,
    },
    Animation {
        animation: Stored,
        #[serde(flatten)]
        about: About,
    },
    Audio {
        audio: Stored,
        #[serde(flatten)]
        about: About,
    },
    Document {
        document: Stored,
        #[serde(flatten)]
        about: About,
    },
    VoiceNote {
        voice_note: Stored,
        #[serde(flatten)]
        about: About,
    },
}

/// `RichBlockListItem`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub label: String,
    pub blocks: Vec<Block>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_checkbox: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_checked: bool,
    /// The number and its form, in ordered lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
}

/// A quotation without blocks of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub text: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Text>,
}

/// Media shown together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Album {
    pub blocks: Vec<Block>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Caption>,
}

/// A table: rows of cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub cells: Vec<Vec<Cell>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_bordered: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_striped: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_compact: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Text>,
}

/// `RichBlockTableCell`; without a text it is invisible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cell {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_header: bool,
    /// Columns and rows that it spans; only told when there are several.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub colspan: usize,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub rowspan: usize,
    pub align: String,
    pub valign: String,
}

/// A map. The coordinates stay as they were written, which makes them comparable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Map {
    pub location: Location,
    pub zoom: i64,
    pub width: i64,
    pub height: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Caption>,
}

/// A place, in degrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Location {
    pub latitude: Number,
    pub longitude: Number,
}

/// What stands beside a medium.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    #[serde(default, skip_serializing_if = "is_false")]
    pub has_spoiler: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Caption>,
}

/// `RichBlockCaption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caption {
    pub text: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Text>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_one(count: &usize) -> bool {
    *count == 1
}

fn one() -> usize {
    1
}

impl Block {
    /// What stands beside the medium, if the block is one.
    pub(crate) fn about(&self) -> Option<&About> {
        match self {
            Self::Photo { about, .. }
            | Self::Video { about, .. }
            | Self::Animation { about, .. }
            | Self::Audio { about, .. }
            | Self::Document { about, .. }
            | Self::VoiceNote { about, .. } => Some(about),
            _ => None,
        }
    }

    fn about_mut(&mut self) -> Option<&mut About> {
        match self {
            Self::Photo { about, .. }
            | Self::Video { about, .. }
            | Self::Animation { about, .. }
            | Self::Audio { about, .. }
            | Self::Document { about, .. }
            | Self::VoiceNote { about, .. } => Some(about),
            _ => None,
        }
    }

    /// Gives a medium, an album or a map its caption; other blocks have none and say so.
    pub(crate) fn set_caption(&mut self, wanted: Option<Caption>) -> bool {
        let place = match self {
            Self::Collage(Album { caption, .. })
            | Self::Slideshow(Album { caption, .. })
            | Self::Map(Map { caption, .. }) => Some(caption),
            block => block.about_mut().map(|about| &mut about.caption),
        };
        let found = place.is_some();
        if let Some(place) = place {
            *place = wanted;
        }
        found
    }

    /// Blocks that stand in this one.
    pub(crate) fn children(&self) -> Vec<&[Block]> {
        match self {
            Self::List { items } => items.iter().map(|item| item.blocks.as_slice()).collect(),
            Self::Blockquote { blocks, .. }
            | Self::Details { blocks, .. }
            | Self::Collage(Album { blocks, .. })
            | Self::Slideshow(Album { blocks, .. }) => vec![blocks],
            _ => Vec::new(),
        }
    }

    /// As [`Self::children`], to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Vec<Block>> {
        match self {
            Self::List { items } => items.iter_mut().map(|item| &mut item.blocks).collect(),
            Self::Blockquote { blocks, .. }
            | Self::Details { blocks, .. }
            | Self::Collage(Album { blocks, .. })
            | Self::Slideshow(Album { blocks, .. }) => vec![blocks],
            _ => Vec::new(),
        }
    }

    /// The texts of this block itself, in reading order.
    pub(crate) fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Paragraph { text }
            | Self::Heading { text, .. }
            | Self::Pre { text, .. }
            | Self::Footer { text }
            | Self::Details { summary: text, .. } => vec![text],
            Self::Blockquote { credit, .. } => credit.iter().collect(),
            Self::ExpandableBlockquote(Quote { text, credit }) | Self::Pullquote(Quote { text, credit }) => {
                std::iter::once(text).chain(credit).collect()
            }
            Self::Table(table) => {
                table.caption.iter().chain(table.cells.iter().flatten().flat_map(|cell| &cell.text)).collect()
            }
            Self::Collage(Album { caption, .. })
            | Self::Slideshow(Album { caption, .. })
            | Self::Map(Map { caption, .. }) => caption.iter().flat_map(Caption::texts).collect(),
            _ => self.about().into_iter().flat_map(|about| &about.caption).flat_map(Caption::texts).collect(),
        }
    }

    /// As [`Self::texts`], to be changed.
    pub(crate) fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Paragraph { text }
            | Self::Heading { text, .. }
            | Self::Pre { text, .. }
            | Self::Footer { text }
            | Self::Details { summary: text, .. } => vec![text],
            Self::Blockquote { credit, .. } => credit.iter_mut().collect(),
            Self::ExpandableBlockquote(Quote { text, credit }) | Self::Pullquote(Quote { text, credit }) => {
                std::iter::once(text).chain(credit).collect()
            }
            Self::Table(Table { caption, cells, .. }) => {
                let cells = cells.iter_mut().flatten().flat_map(|cell| &mut cell.text);
                caption.iter_mut().chain(cells).collect()
            }
            Self::Collage(Album { caption, .. })
            | Self::Slideshow(Album { caption, .. })
            | Self::Map(Map { caption, .. }) => caption.iter_mut().flat_map(Caption::texts_mut).collect(),
            block => {
                let captions = block.about_mut().into_iter().flat_map(|about| &mut about.caption);
                captions.flat_map(Caption::texts_mut).collect()
            }
        }
    }
}

impl Caption {
    fn texts(&self) -> impl Iterator<Item = &Text> {
        std::iter::once(&self.text).chain(&self.credit)
    }

    fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        std::iter::once(&mut self.text).chain(&mut self.credit)
    }
}

/// Calls `visit` with every block, outer ones first, in reading order.
pub(crate) fn each<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        visit(block);
        for inner in block.children() {
            each(inner, visit);
        }
    }
}

/// As [`each`], to change the blocks; ends at the first error.
pub(crate) fn each_mut(
    blocks: &mut [Block],
    visit: &mut dyn FnMut(&mut Block) -> Result<(), String>,
) -> Result<(), String> {
    for block in blocks {
        visit(block)?;
        for inner in block.children_mut() {
            each_mut(inner, visit)?;
        }
    }
    Ok(())
}
