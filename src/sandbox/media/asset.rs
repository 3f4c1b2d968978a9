//! A file as messages hold it: what it is, what was said about it, and how the Bot API shows it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::id;
use super::kind::Kind;

/// The sizes of a photo: a letter, and the longest side in pixels.
const SIZES: [(char, u32); 5] = [('s', 90), ('m', 320), ('x', 800), ('y', 1280), ('w', 2560)];

/// The letter of a file itself, and that of its thumbnail.
pub(super) const WHOLE: char = 'f';
pub(super) const THUMBNAIL: char = 't';

/// A picture shown in place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Thumbnail {
    pub sha256: String,
    pub size: u64,
    pub width: u32,
    pub height: u32,
}

/// One file with everything that is known about it. Two that differ in anything are two files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Asset {
    pub kind: Kind,
    pub sha256: String,
    /// Bytes, as they were received.
    pub size: u64,
    /// Empty for what has none: photos and voice messages.
    pub name: String,
    pub mime: String,
    /// Pixels; zero is unknown.
    pub width: u32,
    pub height: u32,
    /// Seconds; zero is unknown.
    pub duration: u32,
    pub title: String,
    pub performer: String,
    pub thumbnail: Option<Thumbnail>,
}

impl Asset {
    /// What the file is known by among all files.
    pub(super) fn key(&self) -> String {
        let described = serde_json::to_string(self).expect("plain fields");
        id::hex(&[&described], 24)
    }

    /// The inner id of the file, of a size of the photo, or of the thumbnail.
    pub(super) fn inner_id(&self, letter: char) -> String {
        format!("{}{}{letter}", self.prefix(letter), self.key())
    }

    /// How ids of the file begin; a thumbnail is a kind of its own.
    pub(super) fn prefix(&self, letter: char) -> &'static str {
        if letter == THUMBNAIL { "AAMC" } else { self.kind.prefix() }
    }

    /// The same for the same bytes sent as the same kind.
    pub(super) fn unique_id(&self, letter: char) -> String {
        let content =
            self.thumbnail.as_ref().filter(|_| letter == THUMBNAIL).map_or(&self.sha256, |t| &t.sha256);
        id::hex(&[self.kind.name(), content, &letter.to_string()], 16)
    }

    /// What a stored photo has at its end that the uploaded one had not: Telegram stores no photo as it was sent.
    pub(super) fn trailer(&self, letter: char) -> String {
        if self.kind == Kind::Photo { format!("\nsandbox photo {letter}\n") } else { String::new() }
    }

    /// Bytes of the file, of a size of the photo, or of the thumbnail, as they are served.
    pub(super) fn stored_size(&self, letter: char) -> u64 {
        match &self.thumbnail {
            Some(thumbnail) if letter == THUMBNAIL => thumbnail.size,
            _ => self.size + self.trailer(letter).len() as u64,
        }
    }

    /// `PhotoSize` of each size there is, the largest last.
    fn sizes(&self) -> Vec<(char, u32, u32)> {
        let longest = self.width.max(self.height);
        let mut sizes = Vec::new();
        for (letter, most) in SIZES {
            sizes.push((letter, scaled(self.width, longest, most), scaled(self.height, longest, most)));
            if longest <= most {
                break;
            }
        }
        sizes
    }

    /// The letters under which the asset has files.
    pub(super) fn letters(&self) -> Vec<char> {
        let mut letters: Vec<char> = match self.kind {
            Kind::Photo => self.sizes().into_iter().map(|(letter, _, _)| letter).collect(),
            _ => vec![WHOLE],
        };
        letters.extend(self.thumbnail.as_ref().map(|_| THUMBNAIL));
        letters
    }

    /// `Video`, `Document` and so on; an array of `PhotoSize` for a photo.
    pub(in crate::sandbox) fn to_json(&self) -> Value {
        match self.kind {
            Kind::Photo => {
                let sizes = self.sizes().into_iter();
                sizes.map(|(letter, width, height)| self.picture(letter, width, height)).collect()
            }
            kind => self.fields(kind).into(),
        }
    }

    /// An animation once more, as a document: for clients that do not know animations.
    pub(in crate::sandbox) fn as_document(&self) -> Value {
        self.fields(Kind::Document).into()
    }

    fn fields(&self, kind: Kind) -> Map<String, Value> {
        let mut fields = self.ids(WHOLE);
        let mut put = |name: &str, value: Value| {
            fields.insert(name.into(), value);
        };
        if kind != Kind::Document {
            put("duration", self.duration.into());
        }
        if matches!(kind, Kind::Video | Kind::Animation) {
            put("width", self.width.into());
            put("height", self.height.into());
        }
        let texts = [
            ("file_name", &self.name),
            ("mime_type", &self.mime),
            ("title", &self.title),
            ("performer", &self.performer),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            put(name, text.clone().into());
        }
        if let Some(thumbnail) = &self.thumbnail {
            let thumbnail = self.picture(THUMBNAIL, thumbnail.width, thumbnail.height);
            put("thumbnail", thumbnail.clone());
            put("thumb", thumbnail);
        }
        fields
    }

    /// `PhotoSize`.
    fn picture(&self, letter: char, width: u32, height: u32) -> Value {
        let mut fields = self.ids(letter);
        fields.insert("width".into(), width.into());
        fields.insert("height".into(), height.into());
        fields.into()
    }

    /// The fields of `File` without its path.
    pub(super) fn ids(&self, letter: char) -> Map<String, Value> {
        let json = json!({
            "file_id": self.inner_id(letter),
            "file_unique_id": self.unique_id(letter),
            "file_size": self.stored_size(letter),
        });
        let Value::Object(fields) = json else { unreachable!("written as an object") };
        fields
    }
}

/// A side of a picture made to fit.
fn scaled(side: u32, longest: u32, most: u32) -> u32 {
    if longest <= most {
        return side;
    }
    let scaled = u64::from(side) * u64::from(most) / u64::from(longest);
    u32::try_from(scaled).unwrap_or(most).max(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Asset, Kind, THUMBNAIL, Thumbnail, WHOLE};

    pub(in super::super) fn asset(kind: Kind) -> Asset {
        Asset {
            kind,
            sha256: "a".repeat(64),
            size: 1000,
            name: "file.bin".into(),
            mime: "image/jpeg".into(),
            width: 1000,
            height: 500,
            duration: 3,
            title: "t".into(),
            performer: String::new(),
            thumbnail: None,
        }
    }

    #[test]
    fn photos_have_sizes_and_the_largest_is_last() {
        let mut photo = asset(Kind::Photo);
        let sides = |photo: &Asset| {
            let sizes = photo.to_json();
            let sizes = sizes.as_array().unwrap().clone();
            sizes
                .iter()
                .map(|size| (size["width"].as_u64().unwrap(), size["height"].as_u64().unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(sides(&photo), [(90, 45), (320, 160), (800, 400), (1000, 500)]);
        (photo.width, photo.height) = (1, 20);
        assert_eq!(sides(&photo), [(1, 20)]);
        (photo.width, photo.height) = (5000, 250);
        assert_eq!(sides(&photo).last(), Some(&(2560, 128)));
        assert!(photo.stored_size('y') > photo.size);
        assert_ne!(photo.inner_id('s'), photo.inner_id('y'));
    }

    #[test]
    fn files_show_what_is_known() {
        let thumbnail = Thumbnail { sha256: "b".into(), size: 9, width: 8, height: 7 };
        let video = Asset { thumbnail: Some(thumbnail), ..asset(Kind::Video) };
        let json = video.to_json();
        assert_eq!((&json["width"], &json["file_name"]), (&1000.into(), &"file.bin".into()));
        assert_eq!((&json["thumbnail"]["file_size"], json.get("performer")), (&9.into(), None));
        assert_eq!(video.letters(), [WHOLE, THUMBNAIL]);
        let document = asset(Kind::Animation).as_document();
        assert_eq!((document.get("width"), &document["file_size"]), (None, &1000.into()));
    }

    #[test]
    fn equal_content_has_one_unique_id_and_other_words_another_file() {
        let (first, second) = (asset(Kind::Audio), Asset { title: "u".into(), ..asset(Kind::Audio) });
        assert_eq!(first.unique_id(WHOLE), second.unique_id(WHOLE));
        assert_ne!(first.key(), second.key());
        assert_ne!(first.unique_id(WHOLE), asset(Kind::Document).unique_id(WHOLE));
    }
}
