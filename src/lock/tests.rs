//! Files and leftovers: what events make of them, and how they are written.

use super::testing::{digest, ids_of, record, sent, target};
use super::*;
use crate::ids::ChatId;
use crate::media::{FileRef, Kind as FileKind};

fn event(what: What) -> Event {
    Event { target: target(), what }
}

fn folded(events: &[Event]) -> Lock {
    let mut lock = Lock::new("6f1c0a52e9b7".into());
    for event in events {
        lock.fold(event);
    }
    lock
}

/// The lock after these events; folding them once more changes nothing.
fn twice(events: &[Event]) -> Lock {
    let once = folded(events);
    let mut lock = once.clone();
    for event in events {
        lock.fold(event);
    }
    assert_eq!(lock, once);
    assert_eq!(parse(&to_json(&once)).as_ref(), Ok(&once), "{}", to_json(&once));
    once
}

fn slug() -> Slug {
    "a".parse().unwrap()
}

fn item(holds: &str) -> RecordedItem {
    RecordedItem {
        caption: None,
        file: None,
        kind: FileKind::Photo,
        sha256: Sha256Hex::of(holds.as_bytes()),
        spoiler: false,
        thumbnail: None,
    }
}

fn file(holds: &str) -> FileRef {
    FileRef { file_id: format!("id-{holds}"), unique: format!("u-{holds}") }
}

/// A part that holds these files: one, or an album.
fn part(files: &[&str]) -> SentPart {
    let items: Vec<RecordedItem> = files.iter().map(|holds| item(holds)).collect();
    let kind = if items.len() > 1 { Kind::Album } else { Kind::Photo };
    let text = if items.len() > 1 { album_text(&items) } else { digest("") };
    SentPart { items, kind, text, ..record("a", "") }
}

fn ids(ids: &[i32]) -> Vec<MessageId> {
    ids.iter().copied().map(MessageId).collect()
}

fn send(index: usize, own: &[i32], files: &[&str], left: &[i32]) -> Event {
    event(What::Sent {
        slug: slug(),
        part: index,
        ids: ids(own),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        record: part(files),
        files: files.iter().map(|holds| Some(file(holds))).collect(),
        shown: Vec::new(),
        left: ids(left),
    })
}

/// Item `index` of the album becomes another of what `files` are then.
fn edit(files: &[&str], index: usize, as_telegram_says: bool) -> Event {
    let files_now = as_telegram_says.then(|| Some(file(files[index]))).into_iter().collect();
    let (record, item) = (part(files), Some(index));
    event(What::Edited { slug: slug(), part: 0, record, item, files: files_now, shown: None })
}

fn post(lock: &Lock) -> Recorded {
    lock.target(&target()).posts[&slug()].clone()
}

fn holds(items: &[RecordedItem]) -> Vec<String> {
    items.iter().map(|item| item.file.as_ref().map_or("-", |file| &file.file_id).to_owned()).collect()
}

#[test]
fn an_album_is_edited_message_by_message() {
    let mut lock = twice(&[send(0, &[1, 2, 3], &["x", "y", "z"], &[])]);
    assert_eq!(holds(&post(&lock).parts[0].items), ["id-x", "id-y", "id-z"]);
    // The first and the second change places.
    lock.fold(&edit(&["y", "x", "z"], 0, true));
    assert_eq!(holds(&post(&lock).parts[0].items), ["id-y", "id-y", "id-z"]);
    assert_eq!(holds(&post(&lock).spare), ["id-x"], "it is wanted again in a moment");
    lock.fold(&edit(&["y", "x", "z"], 1, true));
    assert_eq!(
        (holds(&post(&lock).parts[0].items), post(&lock).spare),
        (vec!["id-y".into(), "id-x".into(), "id-z".into()], vec![])
    );
    assert_eq!(post(&lock).parts[0].text, part(&["y", "x", "z"]).text);
    // Telegram said `not modified`: what was known stays known.
    lock.fold(&edit(&["y", "x", "z"], 2, false));
    assert_eq!(holds(&post(&lock).parts[0].items)[2], "id-z");
    lock.fold(&edit(&["y", "x", "new"], 2, false));
    assert_eq!(
        (holds(&post(&lock).parts[0].items)[2].as_str(), holds(&post(&lock).spare)),
        ("-", vec!["id-z".to_owned()])
    );
    lock.fold(&event(What::Settled));
    assert_eq!(post(&lock).spare, [], "the plan is over");
    twice(&[send(0, &[1, 2], &["x", "y"], &[]), edit(&["z", "y"], 0, true), edit(&["z", "x"], 1, true)]);
}

#[test]
fn a_file_that_a_message_shows_twice_is_one_file() {
    let rich = |shows: &[&str]| SentPart { kind: Kind::Rich, ..part(shows) };
    let edited = |shows: &[&str], told: &[Option<FileRef>]| {
        let (record, files) = (rich(shows), told.to_vec());
        event(What::Edited { slug: slug(), part: 0, record, item: None, files, shown: None })
    };
    let mut sent = send(0, &[1], &["x"], &[]);
    if let What::Sent { record, .. } = &mut sent.what {
        *record = rich(&["x"]);
    }
    let other = FileRef { file_id: "id-other".into(), ..file("x") };
    let told = edited(&["y", "x", "x"], &[None, Some(other), None]);
    let lock = twice(&[sent.clone(), told.clone()]);
    assert_eq!(holds(&post(&lock).parts[0].items), ["-", "id-other", "id-other"], "what was told last holds");
    let lock = twice(&[sent, told, edited(&["x", "y", "y"], &[None, None, Some(file("y"))])]);
    assert_eq!(holds(&post(&lock).parts[0].items), ["id-other", "id-y", "id-y"]);
}

#[test]
fn what_an_album_shows_is_sure_with_its_last_message() {
    let unsure = event(What::Unsure { slug: slug(), ids: ids(&[2]), at: None });
    let mut lock = twice(&[send(0, &[1, 2], &["x", "y"], &[]), unsure]);
    for (index, expected) in [(0, true), (1, false)] {
        lock.fold(&edit(&["x", "y"], index, true));
        assert_eq!(post(&lock).parts[0].unsure, expected);
    }
}

#[test]
fn a_resend_takes_the_place_of_all_that_was_there() {
    let first = [send(0, &[1, 2], &["x", "y"], &[]), sent("a", 1, &[3])];
    let anew = send(0, &[7], &["z"], &[1, 2, 3]);
    let lock = twice(&[&first[..], std::slice::from_ref(&anew)].concat());
    assert_eq!(ids_of(&lock, "a"), [7, 1, 2, 3]);
    let left: Vec<_> =
        post(&lock).old.iter().map(|left| (left.id.0, left.kind, left.sent.is_some())).collect();
    assert_eq!(left, [(1, Kind::Photo, true), (2, Kind::Photo, true), (3, Kind::Text, true)]);
    assert_eq!(holds(&post(&lock).spare), ["id-x", "id-y"].map(str::to_owned).as_slice());
    let removed = event(What::Removed { slug: slug(), ids: ids(&[1, 3]) });
    let stays = event(What::Stays { slug: slug(), ids: ids(&[2]) });
    let lock = twice(&[&first[..], &[anew, removed, stays]].concat());
    assert_eq!((ids_of(&lock, "a"), post(&lock).leftovers().count()), (vec![7, 2], 0));
    // When the post goes, the message that could not be deleted is all there is of it.
    let mut lock = lock;
    lock.fold(&event(What::Removed { slug: slug(), ids: ids(&[7]) }));
    assert_eq!(
        (ids_of(&lock, "a"), post(&lock).gone, post(&lock).first_id()),
        (vec![2], Some(Gone::Kept), None)
    );
}

#[test]
fn a_resend_in_doubt_changes_nothing_before_it_is_decided() {
    let pending = Pending { left: ids(&[1, 2]), record: part(&["z"]), ..testing::pending("01K", "a") };
    let doubt = [send(0, &[1, 2], &["x", "y"], &[]), event(What::InDoubt { pending: Box::new(pending) })];
    let lock = twice(&doubt);
    assert_eq!((ids_of(&lock, "a"), post(&lock).old.len()), (vec![1, 2], 0));
    let was_sent = event(What::WasSent { id: "01K".into(), ids: ids(&[9]) });
    let lock = twice(&[&doubt[..], &[was_sent]].concat());
    assert_eq!((ids_of(&lock, "a"), post(&lock).leftovers().count()), (vec![9, 1, 2], 2));
    let lock = twice(&[&doubt[..], &[event(What::NotSent { id: "01K".into() })]].concat());
    assert_eq!(ids_of(&lock, "a"), [1, 2]);
}

#[test]
fn an_album_that_was_cut_is_replaced_and_its_rest_goes() {
    // The second of three was deleted by somebody.
    let lock =
        twice(&[send(0, &[1, 2, 3], &["x", "y", "z"], &[]), send(0, &[7, 8, 9], &["x", "y", "z"], &[1, 3])]);
    assert_eq!((ids_of(&lock, "a"), post(&lock).spare), (vec![7, 8, 9, 1, 3], vec![]));
}

#[test]
fn a_tombstone_stands_under_the_first_file() {
    let text = Some(digest("gone"));
    let lock = twice(&[
        send(0, &[1, 2], &["x", "y"], &[]),
        event(What::Buried { slug: slug(), gone: Gone::Tombstone, text: text.clone() }),
    ]);
    let items = post(&lock).parts[0].items.clone();
    assert_eq!((items[0].caption.clone(), items[1].caption.clone()), (text, None));
    assert_eq!(post(&lock).parts[0].text, album_text(&items));
}

#[test]
fn files_are_known_by_bot_and_by_what_was_uploaded() {
    let bound = |bot| event(What::bound(ChatId(-1), BotId(bot), None));
    let lock = folded(&[bound(7), send(0, &[1], &["x"], &[])]);
    let find = |lock: &Lock, bot: Option<i64>, item: &RecordedItem| {
        KnownFiles::of(lock, bot.map(BotId)).find(item).map(|file| file.file_id.clone())
    };
    let x = item("x");
    assert_eq!(find(&lock, Some(7), &x).as_deref(), Some("id-x"));
    let hidden = RecordedItem { spoiler: true, caption: Some(digest("c")), ..x.clone() };
    assert_eq!(find(&lock, Some(7), &hidden).as_deref(), Some("id-x"), "a spoiler is no upload");
    for other in [
        item("y"),
        RecordedItem { kind: FileKind::Document, ..x.clone() },
        RecordedItem { thumbnail: Some(Sha256Hex::of(b"t")), ..x.clone() },
    ] {
        assert_eq!(find(&lock, Some(7), &other), None, "{other:?}");
    }
    assert_eq!(find(&lock, Some(8), &x), None);
    assert_eq!(find(&lock, None, &x), None);
    let mut rebound = lock;
    rebound.fold(&bound(8));
    assert_eq!(find(&rebound, Some(8), &x), None, "another bot can't use them");
}

/// One line per part, whatever it holds; an id that nothing more is known of is only an id.
const CANONICAL: &str = r#"{
"lineage":"6f1c0a52e9b7",
"serial":1,
"targets":{
"news":{
"bot":7,
"chat":-1,
"posts":{
"album":{"as":"html/1","blob":"1b2c","file":"content/album/index.md","more":true,"old":[97,{"id":98,"kind":"photo","sent":"2026-11-20T10:00:00Z"},{"id":99,"kind":"text","stays":true}],"parts":[
{"ids":[121,122],"items":[{"caption":"c1","file":{"file_id":"AgAC","unique":"AQAD"},"kind":"photo","sha256":"ab12"},{"kind":"video","sha256":"cd34","spoiler":true,"thumbnail":"ef56"}],"kind":"album","opts":"a1","sent":"2026-11-20T10:00:04Z","text":"b2"}
],"spare":[{"file":{"file_id":"AgAD","unique":"AQAE"},"kind":"photo","sha256":"7890"}]},
"slides":{"as":"html/1","blob":"3d4e","file":"content/slides.md","parts":[
{"ids":[120],"items":[{"kind":"document","sha256":"ef56"}],"kind":"document","opts":"a1","sent":"2026-11-20T10:00:03Z","text":"c3"}
]}
}
}
},
"version":1
}
"#;

#[test]
fn files_are_read_and_written_byte_for_byte() {
    assert_eq!(to_json(&parse(CANONICAL).unwrap()), CANONICAL);
    let twice = CANONICAL.replacen("[121,122]", "[121,99]", 1);
    assert!(parse(&twice).unwrap_err().to_string().contains("message 99 of target `news` belongs to both"));
}
