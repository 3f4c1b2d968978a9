//! Two locks that grew from one: three-way, by slug. Nothing is guessed: a post that both sides changed differently
//! is a conflict that names it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::json::audit;
use super::{Hold, JournalKind, Lock, Pending, Recorded, TargetLock, to_json};
use crate::ids::{Slug, TargetName};

/// Why two locks can't become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    #[error(
        "the locks are of different lineage (`{ours}` and `{theirs}`): they do not describe the same channel"
    )]
    Lineage { ours: String, theirs: String },
    #[error("target `{0}` is bound to different chats or bots on the two sides")]
    Binding(TargetName),
    #[error("changed on both sides: {}", names(.0))]
    Posts(Box<Conflicts>),
    /// Each side is whole, both together are not: one message in two posts.
    #[error("together they make no lock: {0}")]
    Unfit(String),
}

/// Posts that both sides changed differently, with everything else merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts {
    pub posts: Vec<Conflict>,
    /// The merge with our side of the conflicting posts.
    merged: Lock,
}

/// One such post. `None`: that side removed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub target: TargetName,
    pub slug: Slug,
    pub ours: Option<Recorded>,
    pub theirs: Option<Recorded>,
}

fn names(conflicts: &Conflicts) -> String {
    let names: Vec<String> =
        conflicts.posts.iter().map(|c| format!("`{}` of target `{}`", c.slug, c.target)).collect();
    names.join(", ")
}

impl Conflicts {
    /// The merged file with both sides of every conflict between git's conflict markers.
    pub fn marked(&self) -> String {
        let mut out = to_json(&self.merged);
        out.push_str("<<<<<<< ours\n");
        self.sides(&mut out, |conflict| conflict.ours.as_ref());
        out.push_str("=======\n");
        self.sides(&mut out, |conflict| conflict.theirs.as_ref());
        out.push_str(">>>>>>> theirs\n");
        out
    }

    fn sides(&self, out: &mut String, side: impl Fn(&Conflict) -> Option<&Recorded>) {
        for conflict in &self.posts {
            let value =
                serde_json::to_value(side(conflict)).expect("a record is plain data with string keys");
            let _ = writeln!(out, "{}/{}: {value}", conflict.target, conflict.slug);
        }
    }
}

/// Merge `ours` and `theirs`, which both come from `base` (`None`: nothing is known of a common past).
pub fn merge(base: Option<&Lock>, ours: &Lock, theirs: &Lock) -> Result<Lock, MergeError> {
    if ours.lineage != theirs.lineage {
        return Err(MergeError::Lineage { ours: ours.lineage.clone(), theirs: theirs.lineage.clone() });
    }
    let base = base.filter(|base| base.lineage == ours.lineage);
    let mut merged = Lock::new(ours.lineage.clone());
    merged.serial = ours.serial.max(theirs.serial) + 1;
    merged.mirror = super::mirror::merge(base.map(|b| &b.mirror), &ours.mirror, &theirs.mirror);
    merged.hold = merge_hold(base.map(|b| &b.hold), &ours.hold, &theirs.hold);
    let mut conflicts = Vec::new();
    let names: BTreeSet<&TargetName> = ours.targets.keys().chain(theirs.targets.keys()).collect();
    for name in names {
        let sides = Sides {
            name,
            base: base.map(|b| b.target(name)).unwrap_or_default(),
            ours: ours.target(name),
            theirs: theirs.target(name),
            ours_is_newer: ours.serial >= theirs.serial,
        };
        merged.targets.insert(name.clone(), sides.merge(&mut conflicts)?);
    }
    if conflicts.is_empty() {
        return match audit(&merged) {
            Ok(()) => Ok(merged),
            Err(error) => Err(MergeError::Unfit(error.to_string())),
        };
    }
    Err(MergeError::Posts(Box::new(Conflicts { posts: conflicts, merged })))
}

struct Sides<'a> {
    name: &'a TargetName,
    base: TargetLock,
    ours: TargetLock,
    theirs: TargetLock,
    ours_is_newer: bool,
}

impl Sides<'_> {
    fn merge(&self, conflicts: &mut Vec<Conflict>) -> Result<TargetLock, MergeError> {
        if let Some(newer) = self.of_newer_lease() {
            return Ok(newer.clone());
        }
        let binding = || MergeError::Binding(self.name.clone());
        Ok(TargetLock {
            applied: self.newer(|side| side.applied.clone()),
            applying: self.newer(|side| side.applying.clone()),
            bot: one(&self.base.bot, self.ours.bot, self.theirs.bot).map_err(|()| binding())?,
            chat: one(&self.base.chat, self.ours.chat, self.theirs.chat).map_err(|()| binding())?,
            chat_as: self.newer(|side| side.chat_as.clone()),
            doubt: self.doubt(),
            journal: self.newer(|side| side.journal.clone()),
            posts: self.posts(conflicts),
            watch: super::watch::merge(&self.base.watch, &self.ours.watch, &self.theirs.watch),
        })
    }

    /// Sections that were written under leases on one ref follow one another: the newer one holds all of the older.
    fn of_newer_lease(&self) -> Option<&TargetLock> {
        let same = self.ours.chat == self.theirs.chat && self.ours.bot == self.theirs.bot;
        let under = |side: &TargetLock| {
            let pin = side.journal.as_ref().filter(|pin| pin.kind == JournalKind::Git && pin.epoch > 0)?;
            Some((pin.epoch, pin.watermark))
        };
        match (under(&self.ours)?, under(&self.theirs)?) {
            (ours, theirs) if !same || ours == theirs => None,
            (ours, theirs) => Some(if ours > theirs { &self.ours } else { &self.theirs }),
        }
    }

    /// Bookkeeping of runs: the side that changed it, else the side that ran last.
    fn newer<T: PartialEq>(&self, of: impl Fn(&TargetLock) -> T) -> T {
        let (base, ours, theirs) = (of(&self.base), of(&self.ours), of(&self.theirs));
        let take_ours = if ours == base { theirs == base } else { theirs == base || self.ours_is_newer };
        if take_ours { ours } else { theirs }
    }

    fn doubt(&self) -> Vec<Pending> {
        let ids: BTreeSet<&str> =
            self.ours.doubt.iter().chain(&self.theirs.doubt).map(|pending| pending.id.as_str()).collect();
        let merged = ids.into_iter().filter_map(|id| {
            let side = |lock: &TargetLock| lock.doubt.iter().find(|pending| pending.id == id).cloned();
            let (ours, theirs) = (side(&self.ours), side(&self.theirs));
            // Settled here and renamed there is settled.
            one(&side(&self.base), ours.clone(), theirs.clone()).unwrap_or(theirs.and(ours))
        });
        merged.collect()
    }

    fn posts(&self, conflicts: &mut Vec<Conflict>) -> BTreeMap<Slug, Recorded> {
        let slugs: BTreeSet<&Slug> = self.ours.posts.keys().chain(self.theirs.posts.keys()).collect();
        let mut posts = BTreeMap::new();
        for slug in slugs {
            let side = |lock: &TargetLock| lock.posts.get(slug).cloned();
            let (ours, theirs) = (side(&self.ours), side(&self.theirs));
            let merged = one(&side(&self.base), ours.clone(), theirs.clone()).unwrap_or_else(|()| {
                let (target, slug) = (self.name.clone(), slug.clone());
                conflicts.push(Conflict { target, slug, ours: ours.clone(), theirs });
                ours
            });
            if let Some(post) = merged {
                posts.insert(slug.clone(), post);
            }
        }
        posts
    }
}

/// The value that one side changed, or that both agree on.
fn one<T: PartialEq>(base: &T, ours: T, theirs: T) -> Result<T, ()> {
    if ours == theirs || theirs == *base {
        Ok(ours)
    } else if ours == *base {
        Ok(theirs)
    } else {
        Err(())
    }
}

/// A hold survives unless one side released it.
fn merge_hold(base: Option<&Hold>, ours: &Hold, theirs: &Hold) -> Hold {
    let none = Hold::default();
    let base = base.unwrap_or(&none);
    let keep = |base: bool, ours: bool, theirs: bool| if base { ours && theirs } else { ours || theirs };
    let slugs = ours.slugs.union(&theirs.slugs);
    Hold {
        all: keep(base.all, ours.all, theirs.all),
        slugs: slugs
            .filter(|slug| {
                keep(base.slugs.contains(*slug), ours.slugs.contains(*slug), theirs.slugs.contains(*slug))
            })
            .cloned()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{BotId, ChatId};
    use crate::lock::testing::{ids_of, pending, sent, target};
    use crate::lock::{Event, LockError, What, parse};

    /// A lock with these posts, each of one message.
    fn lock(serial: u64, posts: &[(&str, i32)]) -> Lock {
        let mut lock = Lock::new("6f1c0a52e9b7".into());
        lock.serial = serial;
        for (slug, id) in posts {
            lock.fold(&sent(slug, 0, &[*id]));
        }
        lock
    }

    fn slugs(lock: &Lock) -> Vec<String> {
        lock.target(&target()).posts.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn posts_of_both_sides_are_kept_whichever_is_ours() {
        let base = lock(1, &[("a", 1)]);
        let (ours, theirs) = (lock(3, &[("a", 1), ("b", 2)]), lock(2, &[("a", 1), ("c", 3)]));
        let merged = merge(Some(&base), &ours, &theirs).unwrap();
        assert_eq!((merged.serial, slugs(&merged)), (4, vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(merge(Some(&base), &theirs, &ours).unwrap(), merged);
        assert_eq!(
            merge(None, &ours, &theirs).unwrap(),
            merged,
            "without a base nothing is taken for removed"
        );
    }

    #[test]
    fn the_side_that_changed_a_post_wins() {
        let base = lock(1, &[("a", 1), ("b", 2), ("c", 3)]);
        let (ours, theirs) = (lock(2, &[("a", 9), ("b", 2)]), lock(2, &[("a", 1), ("c", 3)]));
        let merged = merge(Some(&base), &ours, &theirs).unwrap();
        assert_eq!((slugs(&merged), ids_of(&merged, "a")), (vec!["a".into()], vec![9]));
    }

    #[test]
    fn a_post_changed_on_both_sides_is_named_and_both_are_written() {
        let base = lock(1, &[("a", 1), ("b", 2)]);
        let (ours, theirs) = (lock(2, &[("a", 8), ("b", 2)]), lock(2, &[("a", 9), ("b", 2), ("c", 3)]));
        let error = merge(Some(&base), &ours, &theirs).unwrap_err();
        assert_eq!(error.to_string(), "changed on both sides: `a` of target `news`");
        let MergeError::Posts(conflicts) = error else { panic!() };
        let marked = conflicts.marked();
        assert!(matches!(parse(&marked), Err(LockError::Conflict(_))), "nobody applies from it");
        let sides = marked.split("<<<<<<< ours\n").nth(1).unwrap();
        assert!(sides.contains("news/a: ") && sides.contains("[8]") && sides.contains("[9]"), "{marked}");
        assert!(marked.contains("\"c\":"), "what does not conflict is merged");
        // Changed here, removed there.
        let removed = lock(2, &[("b", 2)]);
        assert!(matches!(merge(Some(&base), &ours, &removed), Err(MergeError::Posts(_))));
    }

    #[test]
    fn locks_that_describe_different_channels_are_refused() {
        let other = Lock::new("another".into());
        assert!(matches!(merge(None, &lock(1, &[]), &other), Err(MergeError::Lineage { .. })));
        let bound = |chat| {
            let mut lock = lock(1, &[]);
            lock.fold(&Event { target: target(), what: What::bound(ChatId(chat), BotId(1), None) });
            lock
        };
        assert_eq!(merge(None, &bound(1), &bound(2)), Err(MergeError::Binding(target())));
        assert_eq!(merge(None, &bound(1), &bound(1)).unwrap().target(&target()).chat, Some(ChatId(1)));
    }

    #[test]
    fn one_message_in_two_posts_is_refused() {
        let base = lock(1, &[("a", 1)]);
        let (ours, theirs) = (lock(2, &[("b", 1)]), lock(2, &[("c", 1)]));
        let error = merge(Some(&base), &ours, &theirs).unwrap_err();
        assert!(
            error.to_string().contains("message 1 of target `news` belongs to both `b` and `c`"),
            "{error}"
        );
    }

    #[test]
    fn doubts_are_united_less_what_one_side_settled() {
        let with = |ids: &[&str]| {
            let mut lock = lock(1, &[]);
            let doubts = ids.iter().map(|id| What::InDoubt { pending: Box::new(pending(id, "a")) });
            doubts.for_each(|what| lock.fold(&Event { target: target(), what }));
            lock
        };
        let doubts = |lock: &Lock| -> Vec<String> {
            lock.target(&target()).doubt.iter().map(|pending| pending.id.clone()).collect()
        };
        let merged = merge(Some(&with(&["1", "2"])), &with(&["1", "3"]), &with(&["1", "2", "4"])).unwrap();
        assert_eq!(doubts(&merged), ["1", "3", "4"]);
    }

    #[test]
    fn a_doubt_that_one_side_renamed_is_renamed() {
        let in_doubt = |slug: &str| {
            let mut lock = lock(1, &[]);
            let what = What::InDoubt { pending: Box::new(pending("1", slug)) };
            lock.fold(&Event { target: target(), what });
            lock
        };
        let (base, renamed, settled) = (in_doubt("a"), in_doubt("b"), lock(1, &[("c", 3)]));
        let slugs = |ours: &Lock, theirs: &Lock| -> Vec<String> {
            let merged = merge(Some(&base), ours, theirs).unwrap().target(&target());
            merged.doubt.iter().map(|pending| pending.slug.to_string()).collect()
        };
        assert_eq!([slugs(&base, &renamed), slugs(&renamed, &base)], [["b"], ["b"]]);
        assert_eq!([slugs(&settled, &renamed), slugs(&renamed, &settled)], [[""; 0], [""; 0]]);
    }

    #[test]
    fn a_hold_survives_unless_it_was_released() {
        let held = |all: bool, slugs: &[&str]| {
            let mut lock = lock(1, &[]);
            lock.hold = Hold { all, slugs: slugs.iter().map(|slug| slug.parse().unwrap()).collect() };
            lock
        };
        let (base, ours, theirs) =
            (held(true, &["a", "b"]), held(false, &["a", "c"]), held(true, &["a", "b"]));
        assert_eq!(merge(Some(&base), &ours, &theirs).unwrap().hold, held(false, &["a", "c"]).hold);
        assert!(merge(None, &ours, &held(true, &[])).unwrap().hold.all);
    }
}
