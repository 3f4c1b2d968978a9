//! Keys of objects and their public URLs: rendering links to what mirroring puts there, so both ask here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use crate::ids::{ObjectKey, RelPath, Slug};

/// Longest key, in bytes (S3 and `MinIO`; checked 2026-11-20).
const MAX_KEY: usize = 1024;
/// Longest part of a key between slashes, in bytes (`MinIO`, whose objects are folders; checked 2026-11-20).
const MAX_SEGMENT: usize = 255;
/// What lists the objects of a prefix.
const INDEX: &str = "index.json";

/// Why a file can't have a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("its key has {0} bytes, {MAX_KEY} are allowed")]
    TooLong(usize),
    #[error("`{0}` of its key has {1} bytes, {MAX_SEGMENT} are allowed between slashes")]
    LongSegment(String, usize),
    #[error("its key `{0}` has an empty, `.` or `..` part between slashes")]
    Segment(String),
    #[error("its key would hold a control character or a backslash")]
    Character,
}

/// The key of a post's file; `path` is below the media folder.
pub fn post_key(prefix: &str, slug: &Slug, path: &str) -> Result<ObjectKey, BadKey> {
    object_key(prefix, &format!("{slug}/{path}"))
}

/// The key of a file: prefix and path, composed characters (NFC), every space a `_`.
pub fn object_key(prefix: &str, path: &str) -> Result<ObjectKey, BadKey> {
    let path = composed(path).replace(|c: char| c.is_whitespace() && !c.is_control(), "_");
    check(below(&composed(prefix), &path))
}

fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// The key of the list of a prefix.
pub fn index_key(prefix: &str) -> ObjectKey {
    ObjectKey(below(&composed(prefix), INDEX))
}

fn below(prefix: &str, path: &str) -> String {
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") }
}

fn check(key: String) -> Result<ObjectKey, BadKey> {
    if key.len() > MAX_KEY {
        return Err(BadKey::TooLong(key.len()));
    }
    if key.contains(|c: char| c.is_control() || c == '\\') {
        return Err(BadKey::Character);
    }
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(BadKey::Segment(key));
    }
    match key.split('/').find(|part| part.len() > MAX_SEGMENT) {
        Some(part) => Err(BadKey::LongSegment(part.to_owned(), part.len())),
        None => Ok(ObjectKey(key)),
    }
}

/// Whether a prefix can begin keys; an empty one can.
pub fn is_prefix(prefix: &str) -> bool {
    let trimmed = prefix.trim_matches('/');
    trimmed.is_empty() || (object_key("", trimmed).is_ok_and(|key| key.as_str() == composed(trimmed)))
}

/// Where an object is to be had: the public address of the bucket, and the key with everything escaped that isn't plain.
pub fn public_url(base: &str, key: &ObjectKey) -> String {
    use std::fmt::Write as _;
    let mut url = format!("{}/", base.trim_end_matches('/'));
    for byte in key.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// Two files that can't both be in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash<'f> {
    pub key: ObjectKey,
    pub file: &'f RelPath,
    /// `None`: the list of the prefix is there.
    pub other: Option<&'f RelPath>,
}

/// Files whose keys are the same, or where one key is a folder of the other: a folder can't hold both, and a bucket
/// that can would not be one to move from.
pub fn clashes<'f>(
    keys: impl IntoIterator<Item = (&'f ObjectKey, &'f RelPath)>,
    indexes: &[ObjectKey],
) -> Vec<Clash<'f>> {
    let mut taken: BTreeMap<&str, Option<&RelPath>> =
        indexes.iter().map(|key| (key.as_str(), None)).collect();
    let mut clashes = Vec::new();
    for (key, file) in keys {
        match taken.get(key.as_str()) {
            Some(other) => clashes.push(Clash { key: key.clone(), file, other: *other }),
            None => _ = taken.insert(key.as_str(), Some(file)),
        }
    }
    for (key, file) in &taken {
        let Some(file) = file else { continue };
        for (at, _) in key.match_indices('/') {
            if let Some(other) = taken.get(&key[..at]) {
                clashes.push(Clash { key: ObjectKey(key[..at].to_owned()), file, other: *other });
            }
        }
    }
    clashes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(prefix: &str, path: &str) -> Result<String, BadKey> {
        object_key(prefix, path).map(|key| key.0)
    }

    #[test]
    fn keys_are_composed_and_have_no_spaces() {
        let long = format!("a/{}", "x".repeat(256));
        let cases = [
            ("", "trip/slides final.pdf", Ok("trip/slides_final.pdf")),
            ("/media/", "trip/a\u{202f}b.png", Ok("media/trip/a_b.png")),
            ("", "trip/cafe\u{301}.jpg", Ok("trip/caf\u{e9}.jpg")),
            ("", "trip/a&b <c>'\"?#%+.jpg", Ok("trip/a&b_<c>'\"?#%+.jpg")),
            ("", "a//b", Err(BadKey::Segment("a//b".into()))),
            ("", "a/../b", Err(BadKey::Segment("a/../b".into()))),
            ("", "a/.", Err(BadKey::Segment("a/.".into()))),
            ("", "", Err(BadKey::Segment(String::new()))),
            ("", "a\nb", Err(BadKey::Character)),
            ("", "a\\b", Err(BadKey::Character)),
            ("", &long, Err(BadKey::LongSegment("x".repeat(256), 256))),
        ];
        for (prefix, path, expected) in cases {
            assert_eq!(key(prefix, path), expected.map(str::to_owned), "{prefix} {path}");
        }
        let deep = "x/".repeat(512) + "y";
        assert_eq!(key("", &deep), Err(BadKey::TooLong(1025)));
        assert!(key("", &deep[2..]).is_ok());
        let slug = "trip".parse().unwrap();
        assert_eq!(post_key("m", &slug, "b/c d.pdf").unwrap().as_str(), "m/trip/b/c_d.pdf");
        assert_eq!((index_key("").0, index_key("m/n/").0), ("index.json".into(), "m/n/index.json".into()));
    }

    #[test]
    fn prefixes() {
        for good in ["", "a", "a/b/", "/a", "ünï"] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in ["a//b", "..", "a b", "a/./b", "a\\b"] {
            assert!(!is_prefix(bad), "{bad}");
        }
    }

    #[test]
    fn urls_escape_what_is_not_plain() {
        let url = |key: &str| public_url("https://cdn.example.org/media/", &ObjectKey(key.into()));
        assert_eq!(url("trip/a-b_c.d~e.jpg"), "https://cdn.example.org/media/trip/a-b_c.d~e.jpg");
        assert_eq!(url("é?#%&+ \""), "https://cdn.example.org/media/%C3%A9%3F%23%25%26%2B%20%22");
    }

    #[test]
    fn files_that_need_one_place_are_found() {
        let file = |path: &str| RelPath::new(std::path::Path::new(path)).unwrap();
        let files = ["a b", "a_b", "c", "c/d/e", "x/index.json", "cc"].map(file);
        let keys: Vec<ObjectKey> = files.iter().map(|f| object_key("", f.as_str()).unwrap()).collect();
        let found = clashes(keys.iter().zip(&files), &[index_key("x")]);
        let found: Vec<(&str, &str, Option<&str>)> =
            found.iter().map(|c| (c.key.as_str(), c.file.as_str(), c.other.map(RelPath::as_str))).collect();
        let expected =
            [("a_b", "a_b", Some("a b")), ("x/index.json", "x/index.json", None), ("c", "c/d/e", Some("c"))];
        assert_eq!(found, expected);
    }
}
