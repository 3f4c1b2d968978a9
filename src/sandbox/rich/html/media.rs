//! Pictures, films and sounds, what holds them, and maps.

use serde_json::Number;

use super::block::{CONTENT_REQUIRED, Reader, elements, split_off};
use super::inline;
use super::token::MALFORMED;
use super::tree::{Element, Node};
use crate::sandbox::rich::block::{About, Album, Block, Caption, Location, Map};
use crate::sandbox::rich::map::{self, HEIGHT, WIDTH, ZOOM};
use crate::sandbox::rich::media::Kind;

impl Reader<'_> {
    /// A media block, a container of some, or a map. Parts of other blocks, where they have no place, are refused.
    pub(super) fn medium(self, element: &Element) -> Result<Block, String> {
        let kind = match element.name() {
            "img" => Kind::Photo,
            "video" => Kind::Video,
            "audio" => Kind::Audio,
            "tg-document" => Kind::Document,
            "figure" => return self.figure(element),
            "tg-collage" => return self.album(element).map(Block::Collage),
            "tg-slideshow" => return self.album(element).map(Block::Slideshow),
            "tg-map" => return map(element),
            _ => return Err(MALFORMED.into()),
        };
        elements(&element.children)?;
        let has_spoiler = element.tag.has("tg-spoiler") && matches!(kind, Kind::Photo | Kind::Video);
        let (kind, file) = self.library.resolve(kind, element.tag.get("src").unwrap_or_default())?;
        Ok(kind.block(&file, About { has_spoiler, caption: None }))
    }

    /// `figure`: one medium, album or map, and its caption.
    fn figure(self, element: &Element) -> Result<Block, String> {
        let (caption, rest) = caption(element)?;
        let [medium] = elements(rest)?[..] else {
            return Err(CONTENT_REQUIRED.into());
        };
        let mut block = self.medium(medium)?;
        if block.set_caption(caption) { Ok(block) } else { Err(CONTENT_REQUIRED.into()) }
    }

    fn album(self, element: &Element) -> Result<Album, String> {
        let (caption, rest) = caption(element)?;
        let blocks: Vec<Block> =
            elements(rest)?.into_iter().map(|child| self.medium(child)).collect::<Result<_, _>>()?;
        if blocks.iter().any(|block| block.about().is_none()) {
            return Err(MALFORMED.into());
        }
        Ok(Album { blocks, caption })
    }
}

/// `figcaption`, with the credit of its `cite`, and what else the element holds.
fn caption(element: &Element) -> Result<(Option<Caption>, Vec<&Node>), String> {
    let is_caption = |node: &&Node| matches!(node, Node::Element(child) if child.name() == "figcaption");
    let (captions, rest): (Vec<&Node>, Vec<&Node>) = element.children.iter().partition(is_caption);
    match captions[..] {
        [] => Ok((None, rest)),
        [Node::Element(child)] => {
            let (credit, text) = split_off(child, "cite")?;
            Ok((Some(Caption { text: inline::read(text)?, credit }), rest))
        }
        _ => Err(MALFORMED.into()),
    }
}

fn map(element: &Element) -> Result<Block, String> {
    elements(&element.children)?;
    let degrees =
        |name: &str| -> Option<Number> { Number::from_f64(element.tag.get(name)?.trim().parse().ok()?) };
    let location = degrees("lat").zip(degrees("long"));
    let (latitude, longitude) = location.ok_or(map::LOCATION_INVALID)?;
    let zoom = match element.tag.get("zoom") {
        Some(zoom) => zoom.trim().parse().map_err(|_| map::PROPERTIES_INVALID)?,
        None => ZOOM,
    };
    let location = Location { latitude, longitude };
    Ok(Block::Map(Map { location, zoom, width: WIDTH, height: HEIGHT, caption: None }))
}
