//! Leases on a ref in memory: who may take one, what becomes of one who lost it.

use std::time::Duration;

use super::testing::{
    Fault, MemoryClock, MemoryRef, TERMS, fact, holder, intent, lock, look, names, sent, wait,
};
use super::*;
use crate::ids::MessageId;
use crate::lock::testing::{ids_of, target};
use crate::lock::{Entry, Lock, Note, What};
use crate::ports::Pages;

fn doubts(lock: &Lock) -> Vec<String> {
    lock.target(&target()).doubt.iter().map(|pending| pending.id.clone()).collect()
}

/// The lock that a run leaves on the branch.
fn concluded(lease: &Lease<MemoryRef>, mut state: Lock, entries: &[Entry]) -> Lock {
    crate::lock::replay(&mut state, entries).unwrap();
    state.targets.get_mut(&target()).unwrap().journal = Some(lease.pin());
    state
}

/// A run that sends `a` as message 1 and ends as it should.
async fn first_run(at: &MemoryRef, clock: &MemoryClock) -> Lock {
    let (mut lease, state, turn) = wait(at, "r1", &lock(), clock).await;
    assert_eq!(turn, Turn { epoch: 1, quiet: None, lost: false });
    lease.write([intent("1", "a")]);
    lease.push(clock).await.unwrap();
    concluded(&lease, state, &[intent("1", "a"), sent("1", "a", 1)])
}

#[tokio::test]
async fn a_run_that_ended_leaves_its_turn_to_the_next_at_once() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let branch = first_run(&at, &clock).await;
    assert_eq!(at.pushes(), 1, "the lease comes with the first intent");
    let begun = clock.time();
    let (mut lease, state, turn) = wait(&at, "r2", &branch, &clock).await;
    assert_eq!((turn.epoch, turn.quiet, clock.time()), (2, None, begun));
    assert_eq!(ids_of(&state, "a"), [1], "the lock on the branch knows the outcome");
    lease.push(&clock).await.unwrap();
    assert_eq!(at.document().log(), [], "compacted by whoever takes it");
    assert_eq!(ids_of(&at.document().project(&lock()).unwrap(), "a"), [1]);
}

#[tokio::test]
async fn a_holder_without_a_sign_of_life_is_waited_for() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut dead, ..) = wait(&at, "r1", &lock(), &clock).await;
    dead.write([intent("1", "a"), sent("1", "a", 1), intent("2", "b")]);
    dead.push(&clock).await.unwrap();
    let mut watch = Watch::default();
    let begun = clock.time();
    let verdict = look(&mut watch, &at, &lock(), &clock).await;
    let Verdict::Wait { until, holder } = verdict else { panic!("{verdict:?}") };
    assert_eq!((until.duration_since(begun).as_secs(), holder.unwrap().who), (900, "run r1".to_owned()));
    clock.pass(Duration::from_mins(10));
    dead.push(&clock).await.unwrap();
    look(&mut watch, &at, &lock(), &clock).await;
    assert!(watch.is_alive());
    let (mut lease, state, turn) = wait(&at, "r2", &lock(), &clock).await;
    assert_eq!(clock.time().duration_since(begun).as_secs(), 600 + 900);
    let quiet = turn.quiet.unwrap().duration_since(clock.time()).as_secs();
    assert_eq!(quiet, 90, "and its last call may still be under way");
    assert_eq!((ids_of(&state, "a"), doubts(&state)), (vec![1], vec!["2".to_owned()]));
    lease.push(&clock).await.unwrap();
    assert_eq!(doubts(&at.document().project(&lock()).unwrap()), ["2"], "compacted, and still known");
}

#[tokio::test]
async fn a_process_that_ended_on_this_machine_is_not_waited_for() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut dead, ..) = wait(&at, "r1", &lock(), &clock).await;
    dead.push(&clock).await.unwrap();
    let found = Found::read(&at).await.unwrap();
    let verdict = Watch::default().look(found.as_ref(), (&lock(), &names()), (clock.time(), true), &TERMS);
    let Verdict::Take(turn) = verdict else { panic!("{verdict:?}") };
    assert_eq!(turn.quiet.unwrap().duration_since(clock.time()).as_secs(), 90);
}

#[tokio::test]
async fn one_of_two_that_are_equally_fast_takes_it() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut one, ..) = wait(&at, "r1", &lock(), &clock).await;
    let (mut other, ..) = wait(&at, "r2", &lock(), &clock).await;
    one.push(&clock).await.unwrap();
    other.write([intent("9", "x")]);
    let error = other.push(&clock).await.unwrap_err();
    assert!(error.what.contains("was taken by run r1"), "{error}");
    assert!(other.push(&clock).await.is_err() && other.tend(&clock).await.is_err());
    assert_eq!(at.document().log(), []);
}

#[tokio::test]
async fn a_push_of_unknown_fate_is_looked_into() {
    for faults in [vec![Fault::LostAnswer], vec![Fault::LostPush], vec![Fault::LostPush, Fault::LostAnswer]] {
        let (at, clock) = (MemoryRef::default(), MemoryClock::new());
        let (mut lease, ..) = wait(&at, "r1", &lock(), &clock).await;
        for id in ["1", "2"] {
            at.fail(faults.clone());
            lease.write([intent(id, id)]);
            lease.push(&clock).await.unwrap();
        }
        let ids: Vec<String> = at.document().log().iter().map(|entry| entry.id.clone()).collect();
        assert_eq!(ids, ["1", "2"], "{faults:?}");
        assert_eq!(at.document().watermark(), 2);
    }
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut lease, ..) = wait(&at, "r1", &lock(), &clock).await;
    at.fail([Fault::LostPush; 9]);
    assert!(lease.push(&clock).await.unwrap_err().what.contains("could not be pushed"));
    at.fail([Fault::Refused]);
}

#[tokio::test]
async fn a_paused_holder_sends_nothing_more_and_tells_what_it_knows() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut paused, ..) = wait(&at, "r1", &lock(), &clock).await;
    paused.write([intent("1", "a")]);
    paused.push(&clock).await.unwrap();
    let (mut taker, state, _) = wait(&at, "r2", &lock(), &clock).await;
    assert_eq!(doubts(&state), ["1"]);
    taker.push(&clock).await.unwrap();
    paused.write([sent("1", "a", 7)]);
    let error = paused.tend(&clock).await.unwrap_err();
    assert!(error.what.contains("was taken by run r2"), "{error}");
    assert_eq!(paused.deposed(), Some(&error));
    // The taker's next push goes behind the evidence.
    taker.write([fact("9", What::Settled)]);
    taker.push(&clock).await.unwrap();
    let state = at.document().project(&lock()).unwrap();
    assert_eq!((ids_of(&state, "a"), doubts(&state).len()), (vec![7], 0), "adopted");
    assert!(matches!(at.document().log()[0].what, Note::Late(_)));
}

#[tokio::test]
async fn late_evidence_is_adopted_known_or_a_copy_too_many() {
    let what_is = |state: &Lock| {
        let strays = state.target(&target()).watch.strays.iter().map(|id| id.0).collect::<Vec<i32>>();
        (ids_of(state, "a"), strays)
    };
    let evidence = |message| Entry { what: late(&[sent("1", "a", message)])[0].what.clone(), id: "1".into() };
    let of = |log: &[Entry]| {
        let mut state = lock();
        crate::lock::replay(&mut state, log).unwrap();
        let once = state.clone();
        crate::lock::replay(&mut state, &log[log.len() - 1..]).unwrap();
        assert_eq!(state, once, "evidence that comes twice");
        what_is(&state)
    };
    let run = |id: &str| Entry { id: id.into(), what: Note::Run { lineage: lock().lineage, epoch: None } };
    let absent = fact("8", What::NotSent { id: "1".into() });
    assert_eq!(of(&[intent("1", "a"), evidence(7)]), (vec![7], vec![]), "its run has just lost the lease");
    assert_eq!(of(&[intent("1", "a"), run("r"), evidence(7)]), (vec![7], vec![]));
    assert_eq!(of(&[intent("1", "a"), sent("1", "a", 7), evidence(7)]), (vec![7], vec![]));
    let again = [intent("1", "a"), absent.clone(), intent("2", "a"), sent("2", "a", 9), evidence(7)];
    assert_eq!(of(&again), (vec![9], vec![7]), "the copy has to go");
    assert_eq!(of(&[intent("1", "a"), absent, evidence(7)]), (vec![7], vec![]), "it was not sent again");
}

#[tokio::test]
async fn evidence_that_comes_behind_the_end_of_a_run_does_not_undo_it() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let branch = first_run(&at, &clock).await;
    tell_late(&at, &[sent("0", "a", 5)], "r0").await.unwrap();
    tell_late(&at, &[sent("0", "a", 5)], "r0").await.unwrap();
    assert_eq!(at.document().log().len(), 2, "told once");
    let (_, state, turn) = wait(&at, "r2", &branch, &clock).await;
    assert_eq!(turn.quiet, None, "it had been given back");
    assert_eq!(ids_of(&state, "a"), [1]);
    assert_eq!(
        state.target(&target()).watch.strays,
        [MessageId(5)],
        "a copy of the same post, to be removed"
    );
    assert!(!at.document().is_on(&branch));
}

#[tokio::test]
async fn a_lease_is_renewed_by_those_who_wait() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut lease, ..) = wait(&at, "r1", &lock(), &clock).await;
    assert_eq!(lease.tend(&clock).await, Ok(TERMS.ttl / 3), "not taken: nothing to renew");
    lease.push(&clock).await.unwrap();
    for _ in 0..9 {
        clock.pass(Duration::from_mins(1));
        lease.tend(&clock).await.unwrap();
    }
    assert_eq!(at.pushes(), 2, "a push after a third of the time, and no sooner");
    // Long away, but nobody took it: a push makes sure.
    clock.pass(Duration::from_hours(2));
    lease.tend(&clock).await.unwrap();
    assert_eq!(at.pushes(), 3);
}

#[tokio::test]
async fn a_lock_that_can_not_be_pushed_is_kept_in_the_journal() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let (mut lease, state, _) = wait(&at, "r1", &lock(), &clock).await;
    lease.write([intent("1", "a")]);
    lease.push(&clock).await.unwrap();
    let aside = concluded(&lease, state, &[intent("1", "a"), sent("1", "a", 1)]);
    lease.free(&aside, &clock).await.unwrap();
    assert!(at.document().is_on(&aside), "a branch that gets it later holds all of it");
    // Main never got it, or somebody reverted it.
    let (mut next, state, turn) = wait(&at, "r2", &lock(), &clock).await;
    assert_eq!((turn.epoch, turn.quiet, ids_of(&state, "a")), (2, None, vec![1]));
    next.push(&clock).await.unwrap();
    assert!(!at.document().is_released(&aside), "an older end does not end a newer lease");
}

#[tokio::test]
async fn a_ref_that_is_gone_puts_everything_in_doubt_after_a_wait() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    let branch = first_run(&at, &clock).await;
    at.remove();
    let begun = clock.time();
    let (mut lease, _, turn) = wait(&at, "r2", &branch, &clock).await;
    assert!(turn.lost && turn.epoch == 2);
    assert!(clock.time().duration_since(begun).as_secs() >= 900 + 90 + 120);
    lease.push(&clock).await.unwrap();
    // While a run has the lease it puts the ref back, as long as nobody can have begun to wait it out.
    at.remove();
    lease.write([intent("3", "c")]);
    lease.push(&clock).await.unwrap();
    assert_eq!(at.document().log().len(), 1);
    at.remove();
    clock.pass(TERMS.ttl);
    assert!(lease.tend(&clock).await.unwrap_err().what.contains("is gone"));
}

#[tokio::test]
async fn a_first_push_that_took_too_long_finds_out_anew() {
    for (away, begins) in [(TERMS.ttl.saturating_sub(TERMS.call), true), (TERMS.ttl, false)] {
        let (at, clock) = (MemoryRef::default(), MemoryClock::new());
        let (mut slow, _, turn) = wait(&at, "r0", &lock(), &clock).await;
        assert_eq!((turn.epoch, turn.lost), (1, false));
        slow.write([intent("0", "a")]);
        clock.pass(away);
        if begins {
            slow.push(&clock).await.unwrap();
            continue;
        }
        // Meanwhile another run came and went, and somebody removed the ref: nothing is there to lose against.
        first_run(&at, &clock).await;
        at.remove();
        let pushes = at.pushes();
        let error = slow.push(&clock).await.unwrap_err();
        assert!(error.what.contains("too much time went by"), "{error}");
        assert!(slow.push(&clock).await.is_err() && slow.tend(&clock).await.is_err());
        assert_eq!((at.pushes(), slow.is_taken()), (pushes, false));
    }
}

#[tokio::test]
async fn unlock_ends_a_lease_and_keeps_its_log() {
    let (at, clock) = (MemoryRef::default(), MemoryClock::new());
    assert_eq!(unlock(&at, "ann", "u").await, Ok(None));
    let (mut lease, ..) = wait(&at, "r1", &lock(), &clock).await;
    lease.write([intent("1", "a")]);
    lease.push(&clock).await.unwrap();
    let ended = unlock(&at, "ann", "u").await.unwrap().unwrap();
    assert_eq!(ended.who, "run r1");
    lease.write([sent("1", "a", 1)]);
    let begun = clock.time();
    let (mut next, state, turn) = wait(&at, "r2", &lock(), &clock).await;
    assert_eq!((clock.time(), doubts(&state)), (begun, vec!["1".to_owned()]), "at once");
    assert_eq!(turn.quiet.unwrap().duration_since(begun).as_secs(), 990, "but its calls are waited for");
    let error = lease.push(&clock).await.unwrap_err();
    assert!(error.what.contains("`tgsync unlock` by ann"), "{error}");
    next.push(&clock).await.unwrap_err();
    let (mut next, state, _) = wait(&at, "r3", &lock(), &clock).await;
    assert_eq!(ids_of(&state, "a"), [1], "what it knew was told");
    next.push(&clock).await.unwrap();
}

#[test]
fn documents_are_read_back_and_strange_ones_refused() {
    let clock = MemoryClock::new();
    let document = Document::take(lock(), 3, holder("r", &clock)).with(&[intent("1", "a")], "n".into());
    assert_eq!(Document::parse(&document.pages()), Ok(document.clone()));
    let good = document.pages();
    let with =
        |journal: &str| Document::parse(&Pages { journal: journal.to_owned(), base: good.base.clone() });
    assert!(matches!(with(""), Err(DocumentError::Head(_))));
    assert!(matches!(with("{\"version\":1}"), Err(DocumentError::Head(_))));
    assert!(matches!(with("{\"version\":2,\"new\":1}"), Err(DocumentError::Newer(2))));
    assert!(matches!(with(&(good.journal.clone() + "{}\n")), Err(DocumentError::Log(_))));
    assert!(matches!(
        Document::parse(&Pages { base: "{".into(), ..good.clone() }),
        Err(DocumentError::Base(_))
    ));
    let other = Lock::new("other".into());
    assert!(matches!(document.project(&other), Err(DocumentError::Lineage { .. })));
    let id = MessageId(1);
    assert!(
        document
            .project(&lock())
            .unwrap()
            .target(&target())
            .posts
            .values()
            .all(|post| post.ids().all(|own| own != id))
    );
}
