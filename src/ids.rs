//! The names and numbers that travel through every room: slugs, targets, ids, digests, paths.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A moment in time, UTC; RFC 3339 in every file and output.
pub type Timestamp = jiff::Timestamp;

/// What is wrong with the spelling of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(pub String);

/// Longest slug and target name, in characters.
pub const MAX_NAME_CHARS: usize = 80;

fn check_name(what: &str, name: &str) -> Result<(), BadName> {
    let bytes = name.as_bytes();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if bytes.is_empty() {
        return Err(BadName(format!("{what} is empty")));
    }
    if bytes.len() > MAX_NAME_CHARS {
        return Err(BadName(format!(
            "{what} has {} characters, {MAX_NAME_CHARS} are allowed",
            name.chars().count()
        )));
    }
    if !plain(&bytes[0]) || !bytes.iter().all(|b| plain(b) || *b == b'-') {
        return Err(BadName(format!(
            "{what} `{name}` may hold only `a-z`, `0-9` and `-`, and begins with a letter or digit"
        )));
    }
    Ok(())
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(name: &str) -> Result<Self, BadName> {
                check_name($what, name)?;
                Ok(Self(name.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(name: String) -> Result<Self, BadName> {
                check_name($what, &name)?;
                Ok(Self(name))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name_type!(
    /// The identity of a post: `[a-z0-9][a-z0-9-]*`, at most 80 characters.
    Slug,
    "the slug"
);
name_type!(
    /// The name of a target in the config, spelled like a slug.
    TargetName,
    "the target name"
);

macro_rules! number_type {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number_type!(
    /// `Message.message_id`: positive int32, growing within a channel, shared by service messages.
    MessageId,
    i32
);
number_type!(
    /// `Chat.id`: 52 bits; channels and supergroups are `-100…`.
    ChatId,
    i64
);
number_type!(
    /// `User.id` of a bot: the number before the colon of its token.
    BotId,
    i64
);
number_type!(
    /// `message_thread_id` of a forum topic.
    TopicId,
    i32
);

/// A chat as the config and calls name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ChatRef {
    /// `@username`, kept with the `@`.
    Username(String),
    Id(ChatId),
}

impl fmt::Display for ChatRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Username(name) => f.write_str(name),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// A sha256 over a facet of a message, shown as 32 hex digits (128 bits are plenty to tell versions of one post apart).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Digest of the canonical JSON of `value`. Field order is the type's own, so it must not come from a hash map.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        let json = serde_json::to_vec(value).expect("digested values are plain data with string keys");
        Self(hex(&Sha256::digest(json)[..16]))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The prefix and 16 hex digits of the sha256 of the canonical JSON of `value`.
            pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
                Self(format!(concat!($prefix, "{}"), &Digest::of(value).as_str()[..16]))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadName;
            fn from_str(id: &str) -> Result<Self, BadName> {
                let digits = id.strip_prefix($prefix).unwrap_or_default();
                if digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return Ok(Self(id.to_owned()));
                }
                Err(BadName(format!(concat!("`{}` is not an id: ", $prefix, " and 16 hex digits are expected"), id)))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(id: String) -> Result<Self, BadName> {
                id.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

digest_id!(
    /// What one change would do, digested: payloads and what they start from; never time, wording or file names.
    ChangeId,
    "c1-"
);
digest_id!(
    /// The sorted change ids of a plan, digested.
    PlanId,
    "p1-"
);

/// A git object id of a source file: sha1 over `blob LEN\0` and the bytes, computed without a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct BlobId(pub String);

impl BlobId {
    pub fn of(bytes: &[u8]) -> Self {
        let oid = git2::Oid::hash_object(git2::ObjectType::Blob, bytes);
        Self(oid.map(|oid| oid.to_string()).unwrap_or_default())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name of an object in the store: `prefix/slug/path`, NFC, made by `content::object_key` and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ObjectKey(pub String);

impl ObjectKey {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A whole sha256, 64 hex digits: what a file holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_digest(&Sha256::digest(bytes))
    }

    /// From the 32 bytes that a hasher ends with.
    pub fn from_digest(digest: &[u8]) -> Self {
        Self(hex(digest))
    }

    /// From the form it is stored in; `None` if that is not 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 64 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A path relative to the repository, with `/`, without `.` and `..`: the only form of path that is shown or stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

impl TryFrom<String> for RelPath {
    type Error = BadName;
    fn try_from(path: String) -> Result<Self, BadName> {
        let checked = Self::new(std::path::Path::new(&path))?;
        if checked.0 == path {
            Ok(checked)
        } else {
            Err(BadName(format!("`{path}` is not written as `{checked}`")))
        }
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

impl RelPath {
    /// From a path that is already relative; separators become `/`, `.` components go, anything that leads out is refused.
    pub fn new(path: &std::path::Path) -> Result<Self, BadName> {
        let mut written = String::with_capacity(path.as_os_str().len());
        for component in path.components() {
            match component {
                std::path::Component::Normal(part) => {
                    if !written.is_empty() {
                        written.push('/');
                    }
                    written.push_str(&part.to_string_lossy());
                }
                std::path::Component::CurDir => {}
                _ => {
                    return Err(BadName(format!("`{}` leads out of the repository", path.display())));
                }
            }
        }
        Ok(Self(written))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder this file is in; empty at the root.
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// A path below this folder.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}/{name}", self.0)) }
    }

    /// Resolve a relative reference (`../b/c.md`) as written in this file; `None` when it leaves the repository.
    pub fn resolve(&self, reference: &str) -> Option<Self> {
        let mut parts: Vec<&str> = self.parent().split('/').filter(|p| !p.is_empty()).collect();
        for part in reference.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(Self(parts.join("/")))
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What tells a changed file from the same one, as far as that can be told without reading it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub inode: u64,
    pub size: u64,
    /// Nanoseconds since 1970.
    pub modified: i64,
    pub changed: i64,
}

impl Stamp {
    #[cfg(unix)]
    pub fn of(file: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        Self {
            inode: file.ino(),
            size: file.size(),
            modified: nanoseconds(file.mtime(), file.mtime_nsec()),
            changed: nanoseconds(file.ctime(), file.ctime_nsec()),
        }
    }

    #[cfg(not(unix))]
    pub fn of(file: &std::fs::Metadata) -> Self {
        let since = |time: std::time::SystemTime| time.duration_since(std::time::UNIX_EPOCH).ok();
        let modified = file.modified().ok().and_then(since).map_or(0, |span| span.as_nanos());
        let modified = i64::try_from(modified).unwrap_or_default();
        Self { inode: 0, size: file.len(), modified, changed: modified }
    }

    /// The later of its two times: nothing about the file changed after it.
    pub fn latest(&self) -> i64 {
        self.modified.max(self.changed)
    }
}

/// Messages as a person names them: `12`, `10-19`, `10,11,14`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageIds(pub Vec<MessageId>);

/// More than any album has.
const MAX_MESSAGES: usize = 100;

impl FromStr for MessageIds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let id = |text: &str| text.trim().parse().ok().filter(|id: &i32| *id > 0);
        let no =
            || format!("`{text}` is neither a message id nor a list (`10,11`) nor a range (`10-19`) of them");
        let mut ids = Vec::new();
        for piece in text.split(',') {
            let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
            let (first, last) =
                id(first).zip(id(last)).filter(|(first, last)| first <= last).ok_or_else(no)?;
            ids.extend((first..=last).take(MAX_MESSAGES + 1).map(MessageId));
            if ids.len() > MAX_MESSAGES {
                return Err(format!("`{text}` is more messages than one send makes"));
            }
        }
        Ok(Self(ids))
    }
}

impl fmt::Display for MessageIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&ids.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_checked() {
        for good in ["a", "0", "a-b", "2026-launch"] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        let long = "a".repeat(81);
        for bad in ["", "-a", "A", "ä", "a_b", "a/b", "a b", long.as_str()] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn blob_ids_are_git_s() {
        assert_eq!(BlobId::of(b"hello\n").0, "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(BlobId::of(b"").0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    #[test]
    fn references_resolve_like_links() {
        let at = RelPath::new(std::path::Path::new("content/2026/a.md")).unwrap();
        assert_eq!(at.resolve("b.md").unwrap().as_str(), "content/2026/b.md");
        assert_eq!(at.resolve("../x/./b.md").unwrap().as_str(), "content/x/b.md");
        assert_eq!(at.resolve("../../../b.md"), None);
    }

    #[test]
    fn ids_have_their_form() {
        let id = PlanId::of(&["a"]);
        assert_eq!(id.as_str().parse::<PlanId>(), Ok(id.clone()));
        assert!("p1-xyz".parse::<PlanId>().is_err());
        assert!("c1-0123456789abcdef".parse::<PlanId>().is_err());
    }

    #[test]
    fn messages_by_id_list_and_range() {
        let ids =
            |text: &str| text.parse().map(|MessageIds(ids)| ids.iter().map(|id| id.0).collect::<Vec<_>>());
        assert_eq!(ids("12"), Ok(vec![12]));
        assert_eq!(ids("10-12,15, 14"), Ok(vec![10, 11, 12, 15, 14]));
        for bad in ["", "x", "0", "-1", "3-2", "1,,2", "1-2-3", "9999999999"] {
            assert!(ids(bad).unwrap_err().contains("neither"), "{bad}");
        }
        assert!(ids("1-2000000000").unwrap_err().contains("more messages"));
        assert_eq!("1-3".parse::<MessageIds>().unwrap().to_string(), "1, 2, 3");
    }
}
