//! The journal: a line that was torn is nothing, the rest is folded into the lock, once or any number of times.

use tgsync::lock::{Entry, Lock, lineage_of, parse, parse_journal, replay, to_json};

use super::history::{History, Script};

/// A journal as text, or else choices that make a history.
pub(super) fn holds(bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.starts_with('{') => read(text),
        _ => replays(&mut Script(bytes)),
    }
}

fn read(text: &str) {
    let Ok(entries) = parse_journal(text) else { return };
    assert_eq!(parse_journal(&lines(&entries)).as_ref(), Ok(&entries));
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    assert_eq!(parse_journal(&text[..whole]).as_ref(), Ok(&entries), "what follows the last line is torn");
    let mut lock = Lock::new(lineage_of(&entries).unwrap_or("6f1c0a52e9b7").to_owned());
    if replay(&mut lock, &entries).is_ok() {
        assert_eq!(parse(&to_json(&lock)).as_ref(), Ok(&lock), "what was folded can be saved and read");
    }
}

fn lines(entries: &[Entry]) -> String {
    entries.iter().map(|entry| serde_json::to_string(entry).expect("plain data") + "\n").collect()
}

/// What a run holds in memory is what the next one finds.
fn replays(script: &mut Script<'_>) {
    let cut = script.pick(256) * 256 + script.pick(256);
    let mut history = History::new();
    history.play(script, 64);
    let History { base, entries, runs, lock, .. } = &history;
    assert_same(&replayed(base, entries), lock, "memory and journal are in step", entries);
    history.assert_nothing_is_lost(lock);
    let again = replayed(lock, entries);
    assert_same(&essence(&again), &essence(lock), "a second replay changes nothing", entries);
    for run in runs {
        let saved = replayed(base, &entries[..*run]);
        let why = format!("saved after {run} entries, and the journal stayed");
        assert_same(&essence(&replayed(&saved, entries)), &essence(lock), &why, entries);
    }
    torn(base, entries, cut);
}

/// Without what costs an edit or an upload too many at most. Links are those of a whole post, and which of them a message
/// had before it was edited depends on how many it has now; a file is spare until a plan is settled, also one of earlier.
fn essence(lock: &Lock) -> Lock {
    let mut lock = lock.clone();
    let posts = lock.targets.values_mut().flat_map(|target| target.posts.values_mut());
    posts.for_each(|post| {
        post.links.clear();
        post.spare.clear();
    });
    lock
}

fn assert_same(found: &Lock, held: &Lock, why: &str, entries: &[Entry]) {
    let (found, held) = (to_json(found), to_json(held));
    assert!(found == held, "{why}: {}{found}is not\n{held}", lines(entries));
}

fn replayed(lock: &Lock, entries: &[Entry]) -> Lock {
    let mut lock = lock.clone();
    replay(&mut lock, entries).unwrap_or_else(|error| panic!("{error}: {}", lines(entries)));
    assert_eq!(parse(&to_json(&lock)).as_ref(), Ok(&lock), "what was folded can be saved and read");
    lock
}

/// A crash leaves the lines that were whole.
fn torn(base: &Lock, entries: &[Entry], cut: usize) {
    let text = lines(entries);
    let cut = cut % (text.len() + 1);
    let left = text.get(..cut).map(|text| (text, parse_journal(text).expect("its lines are whole")));
    if let Some((text, left)) = left {
        assert_eq!(left, entries[..text.matches('\n').count()]);
        replayed(base, &left);
    }
}
