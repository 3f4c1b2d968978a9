//! The lock as canonical JSON: the same state is always the same bytes, made for `git diff`, review and merge.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use super::Lock;
use crate::ids::{MessageId, ObjectKey, Slug, TargetName};

/// The format this program reads and writes.
pub const VERSION: u32 = 1;

/// More than any lock counts up to, and what every reader of JSON takes for the same number.
const MAX_SERIAL: u64 = 1 << 53;

/// Why a lock can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    #[error("it holds git conflict markers (line {0})")]
    Conflict(usize),
    #[error("it ends in the middle: {0}")]
    Truncated(String),
    #[error("it is format {found}; this program reads up to {VERSION}")]
    Newer { found: u64 },
    #[error("{0}")]
    Invalid(String),
}

impl LockError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Conflict(_) => {
                "take both sides with the merge driver: `git checkout --merge` after `tgsync init`, or `tgsync lock merge BASE OURS THEIRS`"
            }
            Self::Newer { .. } => "update tgsync; an older version must not write this file",
            Self::Truncated(_) | Self::Invalid(_) => {
                "restore the committed file: `git checkout HEAD -- state.lock.json`; what happened since is in `.tgsync/journal.jsonl` and is folded in by the next run"
            }
        }
    }
}

#[derive(Deserialize)]
struct Head {
    version: u64,
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    serial: u64,
}

/// Lineage and serial alone, to compare locks without reading them whole.
pub fn sniff(text: &str) -> Option<(String, u64)> {
    let head: Head = serde_json::from_str(text).ok()?;
    Some((head.lineage, head.serial))
}

/// Read a lock; sniffs the version first, so that a newer format is refused by name.
pub fn parse(text: &str) -> Result<Lock, LockError> {
    let markers = ["<<<<<<< ", ">>>>>>> ", "======="];
    if let Some(line) = text.lines().position(|line| markers.iter().any(|marker| line.starts_with(marker))) {
        return Err(LockError::Conflict(line + 1));
    }
    let head: Head = serde_json::from_str(text).map_err(|error| describe(text, &error))?;
    if head.version > u64::from(VERSION) {
        return Err(LockError::Newer { found: head.version });
    }
    if head.version == 0 {
        return Err(LockError::Invalid("it is format 0, which never was".to_owned()));
    }
    let mut lock: Lock = serde_json::from_str(text).map_err(|error| describe(text, &error))?;
    lock.targets.values_mut().for_each(|target| target.doubt.sort_by(|a, b| a.id.cmp(&b.id)));
    audit(&lock)?;
    Ok(lock)
}

fn describe(text: &str, error: &serde_json::Error) -> LockError {
    // A number cut off after its sign is a syntax error to the parser.
    let cut_number = text.ends_with('-') && error.is_syntax();
    if error.is_eof() || cut_number {
        LockError::Truncated(error.to_string())
    } else {
        LockError::Invalid(error.to_string())
    }
}

/// What JSON can say but no run can make: a message that belongs to two posts, a post without a message.
pub(super) fn audit(lock: &Lock) -> Result<(), LockError> {
    if lock.serial >= MAX_SERIAL {
        return Err(LockError::Invalid(format!("serial {} was never counted up to", lock.serial)));
    }
    // Targets may share a chat; ids mean something within one.
    let mut owners: BTreeMap<String, BTreeMap<MessageId, &Slug>> = BTreeMap::new();
    for (name, target) in &lock.targets {
        let chat = target.chat.map_or_else(|| name.to_string(), |chat| chat.to_string());
        let owner = owners.entry(chat).or_default();
        if let Some([pending, _]) = target.doubt.array_windows().find(|[a, b]| a.id == b.id) {
            return Err(LockError::Invalid(format!(
                "doubt `{}` of target `{name}` appears twice",
                pending.id
            )));
        }
        for (slug, post) in &target.posts {
            if post.ids().next().is_none() {
                return Err(LockError::Invalid(format!("post `{slug}` of target `{name}` has no message")));
            }
            for id in post.ids() {
                if id.0 <= 0 {
                    return Err(LockError::Invalid(format!(
                        "post `{slug}` of target `{name}` has message id {id}"
                    )));
                }
                if let Some(other) = owner.insert(id, slug) {
                    return Err(LockError::Invalid(format!(
                        "message {id} of target `{name}` belongs to both `{other}` and `{slug}`"
                    )));
                }
            }
        }
    }
    Ok(())
}

/// Read a map whose keys must not repeat: a merge by hand that left a post twice must not lose one of them.
pub(super) fn unique<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + Named,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);
    impl<'de, K: Deserialize<'de> + Ord + Named, V: Deserialize<'de>> Visitor<'de> for Unique<K, V> {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a map by {}", K::NOUN)
        }
        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = access.next_entry::<K, V>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format!("{} `{key}` appears twice", K::NOUN)));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
}

/// What a key of the lock names.
pub(super) trait Named: fmt::Display {
    const NOUN: &'static str;
}

impl Named for Slug {
    const NOUN: &'static str = "post";
}

impl Named for TargetName {
    const NOUN: &'static str = "target";
}

impl Named for ObjectKey {
    const NOUN: &'static str = "object";
}

/// Write the canonical form.
pub fn to_json(lock: &Lock) -> String {
    let value = serde_json::to_value(lock).expect("a lock is plain data with string keys");
    let mut out = String::new();
    write(&value, &mut Vec::new(), &mut out);
    out.push('\n');
    out
}

/// Which containers put each of their items on a line of its own.
fn is_open(path: &[&str]) -> bool {
    matches!(
        path,
        [] | ["mirror" | "targets"]
            | ["mirror", "objects"]
            | ["targets", _]
            | ["targets", _, "posts" | "doubt"]
            | ["targets", _, "posts", _, "parts"]
    )
}

fn write<'v>(value: &'v Value, path: &mut Vec<&'v str>, out: &mut String) {
    let (before, between) = if is_open(path) { ("\n", ",\n") } else { ("", ",") };
    match value {
        Value::Object(map) if !map.is_empty() => {
            // Sorted here and not by the map's own order, which a dependency's features may change.
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            out.push('{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                out.push_str(if index == 0 { before } else { between });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                path.push(key);
                write(item, path, out);
                path.pop();
            }
            out.push_str(before);
            out.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { before } else { between });
                path.push("");
                write_flat(item, out);
                path.pop();
            }
            out.push_str(before);
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// An item of a list: always one line, keys sorted.
fn write_flat(value: &Value, out: &mut String) {
    let mut path = vec!["", "", "", "", "", ""];
    write(value, &mut path, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::testing::{pending, sent, target};
    use crate::lock::{Event, Hold, What};

    /// One line per target field, post head, part and doubt.
    const CANONICAL: &str = r#"{
"hold":{"slugs":["guide"]},
"lineage":"6f1c0a52e9b7",
"serial":412,
"targets":{
"news":{
"applied":{"commit":"0d3c","plan":"p1-7f3c2a90b1d4e5f6"},
"bot":123456,
"chat":-1001000000001,
"doubt":[
{"after":141,"at":"2026-11-20T10:02:00Z","blob":"77ad","id":"01KAF3","part":0,"payload":{"html":"<b>Q3</b>","kind":"text"},"record":{"as":"html/1","blob":"77ad","file":"content/q3.md","kind":"text","opts":"a1","text":"f6"},"slug":"q3","topic":null}
],
"journal":{"kind":"local"},
"posts":{
"guide":{"as":"html/1","blob":"5f60","file":"content/guide.md","links":{"rules":125},"old":[97],"parts":[
{"ids":[118],"kind":"text","opts":"a1","pin":true,"sent":"2026-11-20T10:00:01Z","text":"d4"},
{"ids":[119],"kind":"text","markup":"07","opts":"a1","sent":"2026-11-20T10:00:02Z","text":"e5"}
]},
"promo":{"as":"html/1","blob":"7182","file":"content/promo.md","gone":"tombstone","parts":[
{"ids":[44],"kind":"text","opts":"a1","sent":"2026-10-01T08:00:00Z","text":"f6"}
]}
}
}
},
"version":1
}
"#;

    #[test]
    fn the_canonical_form_is_read_and_written_byte_for_byte() {
        assert_eq!(to_json(&parse(CANONICAL).unwrap()), CANONICAL);
        let compact: Value = serde_json::from_str(CANONICAL).unwrap();
        assert_eq!(to_json(&parse(&compact.to_string()).unwrap()), CANONICAL, "however it was written");
        let windows = CANONICAL.replace('\n', "\r\n");
        assert_eq!(to_json(&parse(&windows).unwrap()), CANONICAL);
        assert_eq!(sniff(CANONICAL), Some(("6f1c0a52e9b7".into(), 412)));
    }

    #[test]
    fn an_empty_lock_is_small() {
        let text = "{\n\"lineage\":\"x\",\n\"serial\":0,\n\"targets\":{},\n\"version\":1\n}\n";
        assert_eq!(to_json(&Lock::new("x".into())), text);
        assert_eq!(parse(text), Ok(Lock::new("x".into())));
    }

    #[test]
    fn what_is_folded_is_read_back() {
        let mut lock = Lock::new("6f1c0a52e9b7".into());
        lock.hold = Hold { all: true, ..Hold::default() };
        lock.fold(&sent("a", 0, &[1, 2]));
        let what = What::InDoubt { pending: Box::new(pending("01K", "b")) };
        lock.fold(&Event { target: target(), what });
        assert_eq!(parse(&to_json(&lock)), Ok(lock));
    }

    #[test]
    fn every_way_to_be_cut_off_is_noticed() {
        let text = to_json(&parse(CANONICAL).unwrap());
        for cut in (0..text.trim_end().len()).filter(|cut| text.is_char_boundary(*cut)) {
            assert!(matches!(parse(&text[..cut]), Err(LockError::Truncated(_))), "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_lock_is_named() {
        let edit = |from: &str, to: &str| CANONICAL.replacen(from, to, 1);
        for (text, expected) in [
            (edit("\"version\":1", "\"version\":2"), "it is format 2; this program reads up to 1"),
            (edit("\"version\":1", "\"version\":0"), "it is format 0, which never was"),
            ("{\"version\":99,\"what\":[]}".to_owned(), "it is format 99; this program reads up to 1"),
            (edit("\"serial\"", "<<<<<<< HEAD\n\"serial\""), "it holds git conflict markers (line 4)"),
            (edit("\"serial\"", "=======\n\"serial\""), "it holds git conflict markers (line 4)"),
            (edit("\"promo\":", "\"guide\":"), "post `guide` appears twice"),
            (edit("\"targets\":{", "\"targets\":{\"news\":{},"), "target `news` appears twice"),
            (edit("{\"rules\":125}", "{\"rules\":125,\"rules\":126}"), "post `rules` appears twice"),
            (
                edit("\"serial\":412", "\"serial\":18446744073709551615"),
                "serial 18446744073709551615 was never",
            ),
            (edit("content/guide.md", "../guide.md"), "`../guide.md` leads out of the repository"),
            (edit("p1-7f3c2a90b1d4e5f6", "p1-"), "`p1-` is not an id"),
            (edit("[44]", "[118]"), "message 118 of target `news` belongs to both `guide` and `promo`"),
            (edit("[44]", "[97]"), "message 97 of target `news` belongs to both `guide` and `promo`"),
            (edit("[44]", "[119,119]"), "message 119 of target `news` belongs to both"),
            (edit("[44]", "[]"), "post `promo` of target `news` has no message"),
            (edit("[44]", "[0]"), "post `promo` of target `news` has message id 0"),
            (edit("\"gone\"", "\"gonne\""), "unknown field `gonne`"),
            (edit("\"promo\"", "\"Promo\""), "the slug `Promo` may hold only"),
            ("[]".to_owned(), "invalid length 0"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}, expected {expected}");
        }
    }
}
