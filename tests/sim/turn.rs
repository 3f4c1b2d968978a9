//! Where a run begins and ends, as `src/commands/leasing.rs` goes about it: with a journal on this disk, or with a lease.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tgsync::ids::{TargetName, Timestamp};
use tgsync::lease::{self, Found, Holder, Lease, Leased, Terms, Turn, Verdict};
use tgsync::lock::{JournalPin, Lock};
use tgsync::ports::{Clock as _, StateError, StateStore as _};

use crate::bot::Watch;
use crate::disk::Store;
use crate::remote::{Ref, push_lock};
use crate::source::{Content, target_name};
use crate::world::{Shared, guard};

pub(crate) type Journal = Leased<Store, Ref, Watch>;

/// The rules of leases; a mutant breaks one of them.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub(crate) struct GitRules {
    /// What is planned is what the branch and the journal hold once the lease is there.
    pub fetches_again: bool,
    /// A push replaces only what was read.
    pub compares: bool,
    /// Nothing is called when the lease may be another's.
    pub fences: bool,
    /// Whoever takes a lease that was not given back waits for it to end.
    pub ttl_counts: bool,
    /// Then for the calls of its holder.
    pub takeover_waits: bool,
    /// Without its journal every send that is planned is in doubt.
    pub loss_is_doubt: bool,
    /// The journal is the truth, the lock on the branch its projection.
    pub journal_is_truth: bool,
}

impl Default for GitRules {
    fn default() -> Self {
        Self {
            fetches_again: true,
            compares: true,
            fences: true,
            ttl_counts: true,
            takeover_waits: true,
            loss_is_doubt: true,
            journal_is_truth: true,
        }
    }
}

/// What a run starts from.
pub(crate) struct Begun {
    pub lock: Lock,
    pub content: Arc<Content>,
    /// As it was saved.
    pub before: Lock,
    /// When the calls of the run before had ended at the latest, where it did not say so.
    pub quiet: Option<Timestamp>,
    /// The journal is gone.
    pub lost: bool,
    pub store: Journal,
}

/// How often a ref that somebody else holds is looked at.
const LOOK_AGAIN: Duration = Duration::from_mins(5);

/// `None`: another run has the lease, or this one is superseded.
pub(crate) async fn begin(world: &Shared) -> Result<Option<Begun>, StateError> {
    if guard(world).scope.git { lease(world).await } else { wake_up(world).await.map(Some) }
}

/// What an earlier run left in the journal becomes part of the lock before anything else happens.
async fn wake_up(world: &Shared) -> Result<Begun, StateError> {
    let (on_disk, known, content) = {
        let mut world = guard(world);
        (world.disk.lock(), world.disk.known().cloned(), Content::read(&world.source))
    };
    let mut lock = match known {
        Ok(lock) => lock,
        Err(error) => {
            guard(world).broken(error.clone());
            return Err(StateError::new(error));
        }
    };
    let inner = Store { world: Shared::clone(world), kept: true };
    let mut store = Leased::new(inner, Watch(Shared::clone(world)), Vec::new(), false);
    save(&mut lock, &mut store, &on_disk).await?;
    Ok(Begun { before: lock.clone(), lock, content, quiet: None, lost: false, store })
}

/// Wait for our turn, in a fresh clone.
async fn lease(world: &Shared) -> Result<Option<Begun>, StateError> {
    let at = Ref(Shared::clone(world));
    let checkout = guard(world).source.clone();
    let stale = (Found::read(&at).await?, guard(world).remote.lock());
    let clock = Watch(Shared::clone(world));
    let names: BTreeSet<TargetName> = (0..guard(world).scope.targets).map(target_name).collect();
    let terms = guard(world).terms();
    let mut watch = lease::Watch::default();
    let (found, branch, turn) = loop {
        let found = Found::read(&at).await?;
        let branch = guard(world).remote.lock();
        let now = clock.now().await;
        match watch.look(found.as_ref(), (&branch, &names), (now, false), &terms) {
            Verdict::Take(turn) => break (found, branch, turn),
            Verdict::Wait { .. } if watch.is_alive() => {
                guard(world).tell(|| "another run has the journal".into());
                return Ok(None);
            }
            Verdict::Wait { until, .. } => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                clock.sleep(left.min(LOOK_AGAIN).max(Duration::from_secs(1))).await;
            }
        }
    };
    let fetches_again = guard(world).git.fetches_again;
    if fetches_again && guard(world).source != checkout {
        guard(world).tell(|| "this checkout is superseded".into());
        return Ok(None);
    }
    let content = Content::read(&checkout);
    let (known, before) = if fetches_again { (found.clone(), branch) } else { stale };
    let (lock, owes) = project(world, (known.as_ref(), turn, &names), &before)?;
    let store = store(world, (at, found, turn), &lock, (&names, owes)).await;
    Ok(Some(Begun { lock, content, before, quiet: turn.quiet, lost: turn.lost, store }))
}

/// What the targets are.
fn project(
    world: &Shared,
    (found, turn, names): (Option<&Found>, Turn, &BTreeSet<TargetName>),
    branch: &Lock,
) -> Result<(Lock, bool), StateError> {
    let found = found.filter(|_| !turn.lost);
    let document = found.map(|found| &found.document);
    let released = document.filter(|document| document.is_released(branch));
    let owes = turn.lost || document.is_some() && released.is_none();
    let rules = guard(world).git;
    let says = found.filter(|found| rules.journal_is_truth || !found.document.is_released(branch));
    let mut lock = lease::project("journal", says, branch)?;
    for name in names {
        let section = lock.targets.entry(name.clone()).or_default();
        section.journal.get_or_insert(JournalPin::git(0, 0));
        if let Some(document) = released {
            section.journal = Some(document.pin());
        }
    }
    Ok((lock, owes))
}

async fn store(
    world: &Shared,
    (at, found, turn): (Ref, Option<Found>, Turn),
    lock: &Lock,
    (names, owes): (&BTreeSet<TargetName>, bool),
) -> Journal {
    let clock = Watch(Shared::clone(world));
    let (number, terms) = {
        let world = guard(world);
        (world.active, world.terms())
    };
    let me = Holder {
        run: format!("run-{number}"),
        who: format!("run {number}"),
        since: clock.now().await,
        lease: terms.ttl.as_secs(),
        call: terms.call.as_secs(),
        home: None,
    };
    let base = lease::sections(lock, names);
    let own = guard(world).own_terms();
    let lease = Lease::new(at, own, me, found.as_ref(), (turn, base));
    let inner = Store { world: Shared::clone(world), kept: false };
    Leased::new(inner, clock, vec![(names.clone(), lease)], owes)
}

/// The lock is saved if it changed.
pub(crate) async fn save(lock: &mut Lock, store: &mut Journal, before: &Lock) -> Result<(), StateError> {
    if lock == before {
        store.inner_mut().forget();
        return Ok(());
    }
    lock.serial += 1;
    store.save(lock).await
}

/// Save the lock, push it, and give the lease back with it. The lock as it was saved.
pub(crate) async fn finish(
    world: &Shared,
    mut lock: Lock,
    mut store: Journal,
    before: &Lock,
) -> Result<Lock, StateError> {
    store.conclude(&mut lock).await?;
    save(&mut lock, &mut store, before).await?;
    if !store.is_local() && !push_lock(world, before, &lock).await? {
        store.free(&lock).await?;
    }
    Ok(lock)
}

impl crate::world::World {
    fn terms(&self) -> Terms {
        let ttl = if self.git.ttl_counts { Terms::TEXT.ttl } else { Duration::ZERO };
        Terms { ttl, ..Terms::TEXT }
    }

    /// By which a run looks after its own lease.
    fn own_terms(&self) -> Terms {
        let ttl = if self.git.fences { Terms::TEXT.ttl } else { Duration::from_hours(1000) };
        Terms { ttl, ..Terms::TEXT }
    }
}
