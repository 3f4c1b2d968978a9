//! What was approved: never read from a comment, but computed again from what pull requests showed and who pushed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{ChangeId, PlanId, Slug, TargetName};

/// The schema of [`Approvals`].
pub const SCHEMA: &str = "tgsync.approvals/1";

/// What `tgsync github approve` found, for `tgsync apply --approvals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    pub schema: String,
    /// The plan that was looked at.
    pub plan_id: PlanId,
    /// What may be applied, by target. A target with `approval: none` is not in it: nothing of it is held.
    pub targets: BTreeMap<TargetName, BTreeSet<ChangeId>>,
    /// What may not.
    pub withheld: Vec<Withheld>,
    /// The pull requests that were merged since the last complete apply.
    pub pulls: BTreeSet<u64>,
}

/// A change that nobody approved as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    pub change: ChangeId,
    pub target: TargetName,
    pub slug: Slug,
    pub why: String,
    /// What was approved instead, if anything.
    pub approved: Option<String>,
    /// What it would be now.
    pub now: Option<String>,
}

/// What a pull request showed for one target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    pub pull: u64,
    /// Of the plan of its head over the lock that it began with.
    pub changes: BTreeSet<ChangeId>,
    /// What each post was to be.
    pub texts: BTreeMap<Slug, Option<String>>,
    /// Why it approves nothing, whatever it showed.
    pub void: Option<String>,
}

/// How the source of a change came to the branch since the last complete apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// The newest commit that touched it is of this pull request.
    Pull(u64),
    /// It was pushed without one.
    Push,
    /// Nothing touched it.
    Untouched,
}

/// One change to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub change: &'a ChangeId,
    pub slug: &'a Slug,
    pub came: Came,
    /// It removes what somebody else posted: it is in no source, so nobody approved it with one.
    pub foreign: bool,
}

/// What is known of a target.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// `approval: plan`: a push approves nothing.
    pub pulls_only: bool,
    pub given: &'a [Given],
    /// What the content of the last complete apply would still come to: it was approved then.
    pub standing: &'a BTreeSet<ChangeId>,
    /// Everything that touched content since then was pushed.
    pub all_pushed: bool,
}

/// `Err`: why a change is not approved.
pub fn judge(grant: &Grant<'_>, subject: Subject<'_>) -> Result<(), String> {
    if subject.foreign {
        return Err("it deletes what somebody else posted".to_owned());
    }
    let valid = || grant.given.iter().filter(|given| given.void.is_none());
    if valid().any(|given| given.changes.contains(subject.change)) || grant.standing.contains(subject.change)
    {
        return Ok(());
    }
    let pushed = match subject.came {
        Came::Pull(_) => false,
        Came::Push => true,
        Came::Untouched => grant.all_pushed,
    };
    if pushed && !grant.pulls_only {
        return Ok(());
    }
    let showed = |given: &&Given| given.changes.contains(subject.change);
    if let Some(given) = grant.given.iter().find(showed) {
        let why = given.void.as_deref().unwrap_or_default();
        return Err(format!("pull request #{} showed it, but {why}", given.pull));
    }
    Err(match subject.came {
        Came::Pull(number) => format!("pull request #{number} showed something else"),
        Came::Push => "it was pushed without a pull request, and `approval: plan` asks for one".to_owned(),
        Came::Untouched => "no pull request showed it".to_owned(),
    })
}

impl Given {
    /// What the newest of these was to make of a post.
    pub fn text<'a>(given: &'a [Self], slug: &Slug) -> Option<&'a str> {
        given.iter().find_map(|given| given.texts.get(slug)).and_then(Option::as_deref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ChangeId {
        ChangeId::of(name)
    }

    fn judged(came: Came, pulls_only: bool, all_pushed: bool, void: bool) -> [bool; 3] {
        let void = void.then(|| "nobody reviewed it".to_owned());
        let given = [Given { pull: 7, changes: [id("shown")].into(), texts: BTreeMap::new(), void }];
        let standing = [id("standing")].into();
        let grant = Grant { pulls_only, given: &given, standing: &standing, all_pushed };
        let slug: Slug = "a".parse().unwrap();
        ["shown", "standing", "other"].map(|name| {
            let change = id(name);
            judge(&grant, Subject { change: &change, slug: &slug, came, foreign: false }).is_ok()
        })
    }

    #[test]
    fn what_others_posted_is_deleted_by_no_approval() {
        let (change, slug) = (id("shown"), "foreign-7".parse::<Slug>().unwrap());
        let given = [Given { pull: 7, changes: [change.clone()].into(), ..Given::default() }];
        let standing = [change.clone()].into();
        let grant = Grant { pulls_only: false, given: &given, standing: &standing, all_pushed: true };
        for came in [Came::Pull(7), Came::Push, Came::Untouched] {
            let subject = Subject { change: &change, slug: &slug, came, foreign: true };
            assert_eq!(judge(&grant, subject), Err("it deletes what somebody else posted".to_owned()));
        }
    }

    #[test]
    fn what_was_shown_or_pushed_is_approved() {
        for (came, pulls_only, all_pushed, void, expected) in [
            (Came::Pull(7), false, false, false, [true, true, false]),
            (Came::Pull(7), false, true, false, [true, true, false]),
            (Came::Push, false, false, false, [true, true, true]),
            (Came::Push, true, true, false, [true, true, false]),
            (Came::Untouched, false, false, false, [true, true, false]),
            (Came::Untouched, false, true, false, [true, true, true]),
            (Came::Untouched, true, true, false, [true, true, false]),
            (Came::Pull(7), false, false, true, [false, true, false]),
        ] {
            let found = judged(came, pulls_only, all_pushed, void);
            assert_eq!(found, expected, "{came:?} pulls_only={pulls_only} all_pushed={all_pushed} {void}");
        }
    }
}
