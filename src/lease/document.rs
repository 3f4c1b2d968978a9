//! What the ref holds: a base, the entries since, and who may add to them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{BotId, ChatId, TargetName, Timestamp};
use crate::lock::{self, Entry, JournalError, JournalKind, JournalPin, Lock, Note, TargetLock};
use crate::ports::{Pages, Process};

/// The format this program reads and writes.
const VERSION: u32 = 1;

/// The ref of a chat and a bot.
pub fn ref_name(chat: ChatId, bot: BotId) -> String {
    format!("refs/tgsync/{chat}-{bot}/journal")
}

/// The journal of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    head: Head,
    /// What the targets of this chat were when the lease was taken.
    base: Lock,
    /// What happened since.
    log: Vec<Entry>,
}

/// The first line of `journal.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    version: u32,
    /// Grows with every lease.
    epoch: u64,
    /// Entries of this epoch that the base holds already.
    #[serde(default)]
    folded: u64,
    /// `None`: it was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<Holder>,
    /// Different for every push.
    nonce: String,
    /// Who said that the holder has ended (`tgsync unlock`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stale: Option<String>,
}

/// A run that has the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Unique.
    pub run: String,
    /// For people: `ann@host, process 12`, or the address of a workflow run.
    pub who: String,
    /// When it took the lease, by its own clock.
    pub since: Timestamp,
    /// For how long it is its own without a sign of life, seconds.
    pub lease: u64,
    /// How long a call of its takes at most, seconds.
    pub call: u64,
    /// Where its process is, if that can be told from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Process>,
}

/// Why a document can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("it is format {0}; this program reads up to {VERSION}")]
    Newer(u64),
    #[error("its first line can't be read: {0}")]
    Head(String),
    #[error("its base can't be read: {0}")]
    Base(#[from] lock::LockError),
    #[error(transparent)]
    Log(#[from] JournalError),
    #[error(
        "it is of lineage `{journal}`, the lock of lineage `{lock}`: they do not describe the same messages"
    )]
    Lineage { journal: String, lock: String },
}

#[derive(Deserialize)]
struct Sniffed {
    version: u64,
}

impl Document {
    /// Before the first lease of a chat whose targets are as in `base`.
    pub(super) fn new(base: Lock, epoch: u64) -> Self {
        let head =
            Head { version: VERSION, epoch, folded: 0, holder: None, nonce: String::new(), stale: None };
        Self { head, base, log: Vec::new() }
    }

    /// Read what a ref holds.
    pub fn parse(pages: &Pages) -> Result<Self, DocumentError> {
        let (first, log) = pages.journal.split_once('\n').unwrap_or((&pages.journal, ""));
        let head = |error: serde_json::Error| DocumentError::Head(error.to_string());
        let sniffed: Sniffed = serde_json::from_str(first).map_err(head)?;
        if sniffed.version > u64::from(VERSION) {
            return Err(DocumentError::Newer(sniffed.version));
        }
        Ok(Self {
            head: serde_json::from_str(first).map_err(head)?,
            base: lock::parse(&pages.base)?,
            log: lock::parse_journal(log)?,
        })
    }

    /// As it is written.
    pub fn pages(&self) -> Pages {
        let mut journal = line(&self.head);
        self.log.iter().for_each(|entry| journal += &line(entry));
        Pages { base: lock::to_json(&self.base), journal }
    }

    /// That of the lock that it is about.
    pub fn lineage(&self) -> &str {
        &self.base.lineage
    }

    pub fn epoch(&self) -> u64 {
        self.head.epoch
    }

    /// `None`: it was given back.
    pub fn holder(&self) -> Option<&Holder> {
        self.head.holder.as_ref()
    }

    /// Who said that the holder has ended.
    pub fn stale(&self) -> Option<&str> {
        self.head.stale.as_deref()
    }

    /// What happened since the lease was taken.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// How many entries of this epoch there are.
    pub fn watermark(&self) -> u64 {
        self.head.folded + self.log.len() as u64
    }

    /// What a lock says that holds all of it.
    pub fn pin(&self) -> JournalPin {
        JournalPin::git(self.epoch(), self.watermark())
    }

    /// The targets it is about.
    pub fn targets(&self) -> BTreeSet<&TargetName> {
        let of_log = self.log.iter().filter_map(|entry| target_of(&entry.what));
        self.base.targets.keys().chain(of_log).collect()
    }

    /// What the targets are: base and log, except where the lock on the branch holds all that this run of entries says,
    /// because its run ended there. Of other targets the lock says what they are.
    pub fn project(&self, branch: &Lock) -> Result<Lock, DocumentError> {
        if branch.lineage != self.base.lineage {
            let (journal, lock) = (self.base.lineage.clone(), branch.lineage.clone());
            return Err(DocumentError::Lineage { journal, lock });
        }
        let (mut base, mut log) = (self.base.clone(), self.log.as_slice());
        if let Some(rest) = self.after_release(branch) {
            let names = self.targets().into_iter();
            base.targets = names.map(|name| (name.clone(), branch.target(name))).collect();
            log = rest;
        }
        lock::replay(&mut base, log)?;
        let mut whole = branch.clone();
        for (name, mut section) in base.targets {
            // Which lease it is from is said by the run that has one.
            section.journal = branch.targets.get(&name).and_then(|section| section.journal.clone());
            section.journal = section.journal.filter(is_git).or(Some(JournalPin::git(0, 0)));
            whole.targets.insert(name, section);
        }
        Ok(whole)
    }

    /// Whether its last holder gave it back: here, or by what it left on the branch.
    pub fn is_released(&self, branch: &Lock) -> bool {
        self.head.holder.is_none() || self.after_release(branch).is_some()
    }

    /// Whether the lock on the branch holds all of it.
    pub fn is_on(&self, branch: &Lock) -> bool {
        self.after_release(branch).is_some_and(<[Entry]>::is_empty)
    }

    /// The entries that came after the holder had ended: evidence of others. `None`: it has not, as far as the branch tells.
    fn after_release(&self, branch: &Lock) -> Option<&[Entry]> {
        let pins = self.targets().into_iter().filter_map(|name| branch.targets.get(name)?.journal.as_ref());
        let of_epoch = pins.filter(|pin| is_git(pin) && pin.epoch == self.head.epoch);
        let mark = of_epoch.map(|pin| pin.watermark).max()?;
        let rest = self.log.get(usize::try_from(mark.checked_sub(self.head.folded)?).ok()?..)?;
        rest.iter().all(|entry| matches!(entry.what, Note::Late(_))).then_some(rest)
    }

    /// Whether these entries, or at least the last of them, are in it.
    pub(super) fn has(&self, entries: &[Entry]) -> bool {
        entries.last().is_some_and(|last| self.log.iter().rev().any(|entry| entry == last))
    }

    pub(super) fn nonce(&self) -> &str {
        &self.head.nonce
    }

    /// Held by this run.
    pub(super) fn is_of(&self, epoch: u64, run: &str) -> bool {
        self.head.epoch == epoch && self.head.holder.as_ref().is_some_and(|holder| holder.run == run)
    }

    /// The next lease: everything that is known becomes its base.
    pub(super) fn take(base: Lock, epoch: u64, holder: Holder) -> Self {
        let mut taken = Self::new(base, epoch);
        taken.head.holder = Some(holder);
        taken
    }

    /// With these entries, as another push.
    pub(super) fn with(&self, entries: &[Entry], nonce: String) -> Self {
        let mut next = self.clone();
        next.log.extend_from_slice(entries);
        next.head.nonce = nonce;
        next
    }

    /// Given back, with everything in its base.
    pub(super) fn freed(&self, base: Lock, nonce: String) -> Self {
        let mut next = Self::new(base, self.head.epoch);
        next.head.folded = self.watermark();
        next.head.nonce = nonce;
        next
    }

    /// Marked by somebody who says that its holder has ended.
    pub(super) fn marked(&self, by: String, nonce: String) -> Self {
        let mut next = self.clone();
        next.head.stale = Some(by);
        next.head.nonce = nonce;
        next
    }
}

/// The sections of these targets and nothing else, as the base of a document.
pub fn sections(lock: &Lock, names: &BTreeSet<TargetName>) -> Lock {
    let mut base = Lock::new(lock.lineage.clone());
    let of = |name: &TargetName| (name.clone(), TargetLock { journal: None, ..lock.target(name) });
    base.targets = names.iter().map(of).collect();
    base
}

fn is_git(pin: &JournalPin) -> bool {
    pin.kind == JournalKind::Git
}

/// The target that an entry names; that of an end without an event is its intent's.
pub(super) fn target_of(note: &Note) -> Option<&TargetName> {
    match note {
        Note::Intent(intent) => Some(&intent.target),
        Note::Outcome(event) | Note::Fact(event) | Note::Late(event) => Some(&event.target),
        _ => None,
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data with string keys") + "\n"
}
