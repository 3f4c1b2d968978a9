//! The journal of a run: in this checkout, or on refs of the remote, which runs take turns to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::context::Context;
use super::journal_kind::{check_local, kind};
use super::project::Project;
use super::publish::{self, Saving};
use super::{Exit, Failure, preflight};
use crate::cli::Keeping;
use crate::clock::AnyClock;
use crate::env;
use crate::ids::{BotId, ChatId, ChatRef, TargetName, Timestamp};
use crate::lease::{self, Found, Holder, Lease, Leased, Terms, Turn, Verdict, Watch};
use crate::lock::{self, Entry, JournalKind, JournalPin, Lock, Note};
use crate::ports::{Clock as _, JournalRef as _, StateError};
use crate::report::json::FailureReason;
use crate::state::{Git, GitJournal, KnownLock, LocalState, Standing, Upstream, has_ended, this_process};

/// Where a run writes down what it does.
pub(super) type Store = Leased<LocalState, GitJournal, Arc<AnyClock>>;

/// The journals in git that a run may write, or none: its journal is local.
#[derive(Default)]
pub(super) struct Seats {
    seats: Vec<Seat>,
    /// Something has to be written even if nothing is to be done: somebody's lease has to be given back.
    must: bool,
}

/// How a run begins.
pub(super) struct Begun {
    pub lock: Lock,
    pub seats: Seats,
    /// What the branch has, as far as it was looked at.
    pub upstream: Vec<KnownLock>,
}

/// One chat.
struct Seat {
    names: BTreeSet<TargetName>,
    at: GitJournal,
    found: Option<Found>,
    /// When it was looked for.
    looked: Timestamp,
    turn: Turn,
}

/// How often a ref that somebody else holds is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

pub(super) fn refused(message: String) -> Failure {
    Failure::new(Exit::Refused, message).reason(FailureReason::Locked)
}

pub(super) fn selected(context: &Context, project: &Project) -> Vec<TargetName> {
    let chosen = &context.global.target;
    if chosen.is_empty() { project.config.targets.keys().cloned().collect() } else { chosen.clone() }
}

/// Everything that looking for a turn needs.
pub(super) struct Search<'a> {
    pub context: &'a Context,
    pub project: &'a Project,
    pub keeping: &'a Keeping,
    pub saving: &'a Saving,
    pub clock: &'a AnyClock,
}

impl Search<'_> {
    /// What the targets are, and the turns at their journals; what the branch has, as far as it was looked at.
    pub(super) async fn begin(&self) -> Result<Begun, Failure> {
        let Self { context, project, keeping, saving, .. } = self;
        let on_disk = project.lock_on_disk()?.unwrap_or_else(|| Lock::new(String::new()));
        match kind(context, project, keeping, &on_disk)? {
            JournalKind::Git => {
                let (lock, seats) = self.turns().await?;
                Ok(Begun { lock, seats, upstream: Vec::new() })
            }
            JournalKind::Local => {
                check_local(project)?;
                let upstream = publish::fetch(context, project, saving)?;
                Ok(Begun { lock: project.lock_beside(&upstream)?, seats: Seats::default(), upstream })
            }
        }
    }

    /// Wait for our turn at the journal of every selected target's chat. The checkout follows the branch as far as it lacks
    /// nothing but the lock; what the targets are is said by the journals.
    pub(super) async fn turns(&self) -> Result<(Lock, Seats), Failure> {
        let git = self.project.git.as_ref().ok_or_else(|| no_remote("this is no git repository"))?;
        if !git.has_remote(&self.project.config.git.remote) && git.upstream().is_none() {
            return Err(no_remote(&format!("there is no git remote `{}`", self.project.config.git.remote)));
        }
        let upstream = self.saving.upstream(self.context, self.project, git)?;
        let mut seats = self.seats(git, &upstream).await?;
        let mut waits = Waits { began: self.clock.now().await, told: false, watches: Vec::new() };
        waits.watches.resize_with(seats.len(), Watch::default);
        let branch = loop {
            for seat in &mut seats {
                seat.looked = self.clock.now().await;
                seat.found = Found::read(&seat.at).await?;
            }
            let branch = self.branch(git, &upstream, &seats)?;
            match self.judge(&mut seats, &mut waits, &branch).await? {
                None => break branch,
                Some(until) => self.wait(until).await?,
            }
        };
        self.follow(git, &upstream)?;
        self.project(git, seats, &branch)
    }

    /// The journals of the selected targets that a run has now.
    pub(super) async fn held(&self) -> Result<Vec<(GitJournal, Holder)>, Failure> {
        let git = self.project.git.as_ref().ok_or_else(|| no_remote("this is no git repository"))?;
        let upstream = self.saving.upstream(self.context, self.project, git)?;
        let mut seats = self.seats(git, &upstream).await?;
        for seat in &mut seats {
            seat.found = Found::read(&seat.at).await?;
        }
        let branch = self.branch(git, &upstream, &seats)?;
        let holder = |seat: Seat| {
            let document = seat.found.filter(|found| !found.document.is_released(&branch))?.document;
            Some((seat.at, document.holder()?.clone()))
        };
        Ok(seats.into_iter().filter_map(holder).collect())
    }

    /// The refs of the chats, by what the lock says of them; a target that it does not know is asked for.
    async fn seats(&self, git: &Git, upstream: &Upstream) -> Result<Vec<Seat>, Failure> {
        let known = self.project.lock_on_disk()?.unwrap_or_else(|| Lock::new(String::new()));
        let mut chats: BTreeMap<(ChatId, BotId), BTreeSet<TargetName>> = BTreeMap::new();
        for name in selected(self.context, self.project) {
            chats.entry(self.chat(&name, &known).await?).or_default().insert(name);
        }
        for (name, section) in &known.targets {
            let there = section.chat.zip(section.bot).and_then(|there| chats.get_mut(&there));
            if let Some(names) = there {
                names.insert(name.clone());
            }
        }
        let identity = self.project.identity(self.context, self.clock.now().await);
        let auth = publish::auth(self.context);
        let seat = |((chat, bot), names)| {
            let at = git.journal(&upstream.remote, lease::ref_name(chat, bot), &identity, &auth)?;
            let turn = Turn { epoch: 0, quiet: None, lost: false };
            Ok(Seat { names, at, found: None, looked: Timestamp::UNIX_EPOCH, turn })
        };
        chats.into_iter().map(seat).collect()
    }

    async fn chat(&self, name: &TargetName, known: &Lock) -> Result<(ChatId, BotId), Failure> {
        let section = known.target(name);
        let config = &self.project.config.targets[name];
        let moved = matches!((&config.policy.chat, section.chat), (Some(ChatRef::Id(now)), Some(then)) if *now != then);
        if let (Some(chat), Some(bot), false) = (section.chat, section.bot, moved) {
            return Ok((chat, bot));
        }
        let ready = preflight::connect(self.context, self.project, (name, config), &section).await?;
        Ok((ready.description.chat, ready.description.bot))
    }

    /// The lock on the branch, after a fetch.
    fn branch(&self, git: &Git, upstream: &Upstream, seats: &[Seat]) -> Result<Lock, Failure> {
        let auth = publish::auth(self.context);
        let lock = &self.project.config.lock;
        let text = tokio::task::block_in_place(|| git.fetch_upstream(upstream, lock, &auth))?;
        let there = text.map(|text| lock::parse(&text)).transpose().map_err(|error| {
            let what = format!("the lock on `{}` can't be read: {error}", upstream.name());
            Failure::from(StateError::new(what).hint(error.hint()))
        })?;
        let lineage = || {
            let of_journal = seats.iter().find_map(|seat| seat.found.as_ref());
            of_journal.map(|found| found.document.lineage().to_owned())
        };
        // A run that ended here and could not push its lock has left it here.
        let here = self.project.lock_on_disk()?;
        match (there, here) {
            (Some(there), Some(here)) if there.lineage != here.lineage => Err(refused(format!(
                "the lock is of lineage `{}`, but `{}` has one of lineage `{}`; it does not describe the same messages",
                here.lineage,
                upstream.name(),
                there.lineage
            ))
            .hint(format!("restore it: `git checkout {} -- {lock}`", upstream.name()))),
            (Some(there), Some(here)) => Ok(newest(there, &here)),
            (Some(lock), None) | (None, Some(lock)) => Ok(lock),
            (None, None) => Ok(Lock::new(lineage().unwrap_or_else(super::project::new_lineage))),
        }
    }

    /// `None`: it is our turn everywhere. Otherwise until when to wait.
    async fn judge(
        &self,
        seats: &mut [Seat],
        waits: &mut Waits,
        branch: &Lock,
    ) -> Result<Option<Timestamp>, Failure> {
        let terms = self.project.config.patience.terms(true);
        let mut longest = None;
        for (seat, watch) in seats.iter_mut().zip(&mut waits.watches) {
            let holder = seat.found.as_ref().and_then(|found| found.document.holder());
            let dead = holder.and_then(|holder| holder.home.as_ref()).is_some_and(has_ended);
            let now = self.clock.now().await;
            match watch.look(seat.found.as_ref(), (branch, &seat.names), (now, dead), &terms) {
                Verdict::Take(turn) => seat.turn = turn,
                Verdict::Wait { until, holder } => {
                    let over = match self.keeping.lock_timeout {
                        Some(limit) => {
                            now.duration_since(waits.began) >= limit.try_into().unwrap_or(SignedDuration::MAX)
                        }
                        None => watch.is_alive(),
                    };
                    if over {
                        return Err(held(seat.at.name(), holder.as_ref()));
                    }
                    if !waits.told {
                        waits.told = true;
                        self.context.say(&waiting(seat.at.name(), holder.as_ref(), until));
                    }
                    longest = longest.max(Some(until));
                }
            }
        }
        Ok(longest)
    }

    async fn wait(&self, until: Timestamp) -> Result<(), Failure> {
        let left = Duration::try_from(until.duration_since(self.clock.now().await)).unwrap_or_default();
        let pause = self.keeping.lock_timeout.map_or(LOOK_AGAIN, |limit| limit.min(LOOK_AGAIN));
        tokio::select! {
            () = self.clock.sleep(left.min(pause).max(Duration::from_secs(1))) => Ok(()),
            () = self.context.stop().requested() => Err(refused("interrupted: nothing was sent".to_owned())),
        }
    }

    /// What is applied is what the branch holds now.
    fn follow(&self, git: &Git, upstream: &Upstream) -> Result<(), Failure> {
        let standing = tokio::task::block_in_place(|| git.catch_up(upstream, &self.project.config.lock))?;
        let (what, hint) = match standing {
            Standing::Current => return Ok(()),
            Standing::Behind => (
                format!("this checkout is superseded: `{}` has newer content", upstream.name()),
                "`git pull`; in a workflow the run for the newer commit does it",
            ),
            Standing::Apart => (
                format!("this branch and `{}` have grown apart", upstream.name()),
                "join them, with `git pull --rebase` or `git pull --no-rebase`",
            ),
        };
        Err(refused(what).hint(hint))
    }

    /// What the targets are, with what this checkout alone knows of the run before.
    fn project(&self, git: &Git, seats: Vec<Seat>, branch: &Lock) -> Result<(Lock, Seats), Failure> {
        let own = self.left_here()?;
        let here = self.project.lock_on_disk()?.map(|here| newest(here, branch));
        let mut lock = here.unwrap_or_else(|| branch.clone());
        let known = git.known_locks(&self.project.config.lock).into_iter();
        let serials = known.filter(|known| known.lineage == lock.lineage).map(|known| known.serial);
        lock.serial = serials.chain([lock.serial]).max().unwrap_or_default();
        let mut must = false;
        for seat in &seats {
            // What a lost journal says is older than what the branch knows.
            let found = seat.found.as_ref().filter(|_| !seat.turn.lost);
            let document = found.map(|found| &found.document);
            let released = document.filter(|document| document.is_released(branch));
            must |= seat.turn.lost || document.is_some() && released.is_none();
            lock = lease::project(seat.at.name(), found, &lock)?;
            for name in &seat.names {
                let section = lock.targets.entry(name.clone()).or_default();
                section.journal.get_or_insert(JournalPin::git(0, 0));
                if let Some(document) = released {
                    section.journal = Some(document.pin());
                }
            }
        }
        let before = lock.clone();
        let fits =
            |error: lock::JournalError| refused(format!("`.tgsync/journal.jsonl` does not fit: {error}"));
        lock::replay(&mut lock, &own).map_err(fits)?;
        must |= lock != before;
        Ok((lock, Seats { seats, must }))
    }

    /// Answers that a run in this checkout got and could not push.
    fn left_here(&self) -> Result<Vec<Entry>, Failure> {
        let entries = self.project.state.read_journal()?;
        let local = |entry: &Entry| matches!(entry.what, Note::Run { epoch: None, .. });
        let calls = |entry: &Entry| matches!(entry.what, Note::Intent(_) | Note::Fact(_));
        let mut runs = entries.split(|entry| matches!(entry.what, Note::Run { epoch: Some(_), .. }));
        if runs.any(|run| run.iter().any(local) && run.iter().any(calls)) {
            return Err(refused(
                "`.tgsync/journal.jsonl` holds what a run with a local journal left".to_owned(),
            )
            .hint("`tgsync apply --journal local` records it"));
        }
        Ok(lease::late(&entries))
    }
}

/// Waiting for turns.
struct Waits {
    began: Timestamp,
    told: bool,
    watches: Vec<Watch>,
}

fn no_remote(why: &str) -> Failure {
    Failure::new(Exit::Failed, format!("the journal can't be kept in git: {why}"))
        .hint(
            "`git remote add origin URL`, or `--journal local`: then only this checkout knows what was sent",
        )
        .reason(FailureReason::Preflight)
}

fn held(name: &str, holder: Option<&Holder>) -> Failure {
    let who = holder.map_or_else(
        || "the ref is gone, and what was under way is not over yet".to_owned(),
        |holder| format!("{} has it since {}", holder.who, holder.since),
    );
    refused(format!("another run has the journal `{name}`: {who}"))
        .hint("run it again when that has ended; `--lock-timeout 1h` waits for it; `tgsync unlock` if it certainly has")
}

fn waiting(name: &str, holder: Option<&Holder>, until: Timestamp) -> String {
    match holder {
        Some(holder) => format!(
            "waiting for the journal `{name}`: {} took it at {} and has not given it back; without a sign of life it is ours at {until}",
            holder.who, holder.since
        ),
        None => format!(
            "waiting: somebody removed the journal `{name}`; what may be under way is over at {until}"
        ),
    }
}

/// A lock with the sections of another one that were written under newer leases.
fn newest(mut there: Lock, here: &Lock) -> Lock {
    let mark = |lock: &Lock, name: &TargetName| {
        let pin = lock.targets.get(name).and_then(|section| section.journal.clone());
        pin.filter(|pin| pin.kind == JournalKind::Git).map(|pin| (pin.epoch, pin.watermark))
    };
    for (name, section) in &here.targets {
        if mark(here, name) > mark(&there, name) {
            there.targets.insert(name.clone(), section.clone());
        }
    }
    there.serial = there.serial.max(here.serial);
    there
}

impl Seats {
    pub(super) fn is_local(&self) -> bool {
        self.seats.is_empty()
    }

    /// The targets whose refs are gone: nobody knows what was under way.
    pub(super) fn lost(&self) -> BTreeSet<TargetName> {
        self.seats.iter().filter(|seat| seat.turn.lost).flat_map(|seat| seat.names.clone()).collect()
    }

    /// When the last call of those who did not give a lease back had ended at the latest.
    pub(super) fn quiet(&self) -> Option<Timestamp> {
        self.seats.iter().filter_map(|seat| seat.turn.quiet).max()
    }

    /// The store of a run that starts from `lock`.
    pub(super) fn store(self, state: LocalState, lock: &Lock, (clock, me): (Arc<AnyClock>, &Me)) -> Store {
        let lease = |seat: Seat| {
            let base = lease::sections(lock, &seat.names);
            let holder = me.holder(seat.looked);
            let lease = Lease::new(seat.at, me.terms, holder, seat.found.as_ref(), (seat.turn, base));
            (seat.names, lease)
        };
        Leased::new(state, clock, self.seats.into_iter().map(lease).collect(), self.must)
    }
}

/// This run, as others are told of it.
pub(super) struct Me {
    who: String,
    terms: Terms,
}

impl Me {
    pub(super) fn new(context: &Context, terms: Terms) -> Self {
        Self { who: who(context), terms }
    }

    fn holder(&self, since: Timestamp) -> Holder {
        Holder {
            run: ulid::Ulid::new().to_string(),
            who: self.who.clone(),
            since,
            lease: self.terms.ttl.as_secs(),
            call: self.terms.call.as_secs(),
            home: this_process(),
        }
    }
}

/// How a run is called.
pub(super) fn who(context: &Context) -> String {
    let get = |name| context.env.get(name);
    if let (Some(repository), Some(run)) = (get(env::GITHUB_REPOSITORY), get(env::GITHUB_RUN_ID)) {
        let server = get(env::GITHUB_SERVER_URL).unwrap_or("https://github.com");
        return format!("{server}/{repository}/actions/runs/{run}");
    }
    let user = get(env::USER).unwrap_or("somebody");
    let host = get(env::HOSTNAME).map(|host| format!("@{host}")).unwrap_or_default();
    format!("{user}{host}, process {}", std::process::id())
}
