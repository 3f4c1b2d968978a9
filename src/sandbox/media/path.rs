//! `file_path` of `getFile`: `documents/file_3.pdf`.

use super::asset::{Asset, THUMBNAIL, WHOLE};
use super::format::extension;
use super::kind::Kind;

/// The path of a file; `number` is the asset's.
pub(super) fn of(asset: &Asset, number: usize, letter: char) -> String {
    let folder = if letter == THUMBNAIL { "thumbnails" } else { asset.kind.folder() };
    let size = if letter == WHOLE || letter == THUMBNAIL { String::new() } else { letter.to_string() };
    let extension = match (letter, asset.kind) {
        (THUMBNAIL, _) | (_, Kind::Photo) => "jpg".into(),
        (_, Kind::Voice) => "oga".into(),
        _ => extension(&asset.name),
    };
    let is_plain = !extension.is_empty() && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let dot = if is_plain { "." } else { "" };
    let extension = if is_plain { extension } else { String::new() };
    format!("{folder}/file_{number}{size}{dot}{extension}")
}

/// The number of the asset that a path speaks of.
pub(super) fn number(path: &str) -> Option<usize> {
    let (_, name) = path.split_once("/file_")?;
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    name[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::asset::tests::asset;
    use super::{Kind, number, of};

    #[test]
    fn paths_name_kind_number_and_extension() {
        let mut document = asset(Kind::Document);
        document.name = "a b.PDF".into();
        for (path, expected) in [
            (of(&document, 3, 'f'), "documents/file_3.pdf"),
            (of(&document, 3, 't'), "thumbnails/file_3.jpg"),
            (of(&asset(Kind::Photo), 0, 'y'), "photos/file_0y.jpg"),
            (of(&asset(Kind::Voice), 0, 'f'), "voice/file_0.oga"),
        ] {
            assert_eq!(path, expected);
        }
        document.name = "a.b/c".into();
        assert_eq!(of(&document, 3, 'f'), "documents/file_3");
        assert_eq!(number("documents/file_17.pdf"), Some(17));
        assert_eq!(number("../file_"), None);
    }
}
