//! `tgsync github approve`: what merged pull requests showed and what was pushed, computed again from git.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::block_in_place;

use super::context::Context;
use super::elsewhere::{self, Elsewhere, Whose};
use super::planning::Planning;
use super::project::Project;
use super::{Exit, Failure, Outcome, github, plan, publish};
use crate::cli::{GithubApprove, Selection};
use crate::config::Approval;
use crate::env;
use crate::github::{
    APPROVALS_SCHEMA, Api, Approvals, Came, Given, Grant, Pull, Review, Subject, Withheld, judge,
};
use crate::ids::{ChangeId, RelPath, TargetName};
use crate::lock::Lock;
use crate::plan::{Change, Found, Plan, Reason, TargetPlan};
use crate::state::{CommitId, Git, Landed};

/// How far back the branch is looked at, in commits.
const MOST_COMMITS: usize = 5_000;
/// How many of them GitHub is asked about.
const MOST_ASKED: usize = 250;

pub(super) async fn run(context: &Context, args: &GithubApprove) -> Outcome {
    let approvals = of_now(context, &args.selection).await?;
    let text = plan::pretty(&approvals);
    match &args.out {
        Some(path) => crate::state::write_text(&context.path(path), &text)?,
        None => context.print(&text),
    }
    for held in &approvals.withheld {
        context.say(&format!("held: `{}` in `{}`: {}", held.slug, held.target, held.why));
    }
    Ok(Exit::Done)
}

/// What is approved of the plan of this moment, as far as the checkout knows.
pub(super) async fn of_now(context: &Context, selection: &Selection) -> Result<Approvals, Failure> {
    let project = Project::open(context)?;
    let lock = project.known_lock()?;
    let clock = project.clock(context).await?;
    let planning = Planning::gather(context, &project, selection, &clock).await?;
    let plan = planning.plan(context, &lock)?;
    recompute(context, selection, (&planning, &lock, &plan)).await
}

/// What is approved of a plan.
pub(super) async fn recompute(
    context: &Context,
    selection: &Selection,
    (planning, lock, plan): (&Planning<'_>, &Lock, &Plan),
) -> Result<Approvals, Failure> {
    let project = planning.project;
    let git = project.git.as_ref().ok_or_else(|| {
        Failure::new(Exit::Usage, "there is no git repository to tell what was approved from")
    })?;
    let mut audit = Audit {
        context,
        project,
        planning,
        git,
        api: github::api(context)?,
        branch: branch(context, git)?,
        lock,
        selection,
        asked: BTreeMap::new(),
        pulls: BTreeMap::new(),
    };
    let mut approvals = Approvals {
        schema: APPROVALS_SCHEMA.to_owned(),
        plan_id: plan.id.clone(),
        targets: BTreeMap::new(),
        withheld: Vec::new(),
        pulls: BTreeSet::new(),
    };
    for target in &plan.targets {
        audit.target(target, &mut approvals).await?;
    }
    approvals.pulls = audit.asked.values().flatten().map(|pull| pull.number).collect();
    Ok(approvals)
}

/// The branch that the workflow runs for.
fn branch(context: &Context, git: &Git) -> Result<String, Failure> {
    let is_branch = context.env.get(env::GITHUB_REF_TYPE) == Some("branch");
    let named = context.env.get(env::GITHUB_REF_NAME).filter(|_| is_branch).map(str::to_owned);
    named.or_else(|| git.branch()).ok_or_else(|| {
        Failure::new(Exit::Usage, "`HEAD` is detached, and `GITHUB_REF_NAME` does not name a branch")
    })
}

/// A merged pull request, and what it would have done.
struct Seen {
    /// `Err`: why that can't be told.
    plan: Result<Plan, String>,
    reviews: Option<Vec<Review>>,
    head: String,
}

/// A commit that matters, and the pull request that it came by.
struct Step<'a> {
    landed: &'a Landed,
    pull: Option<Pull>,
}

struct Audit<'a> {
    context: &'a Context,
    project: &'a Project,
    planning: &'a Planning<'a>,
    git: &'a Git,
    api: Api,
    branch: String,
    lock: &'a Lock,
    selection: &'a Selection,
    /// The merged pull requests of commits that were asked about.
    asked: BTreeMap<String, Option<Pull>>,
    pulls: BTreeMap<u64, Seen>,
}

impl Audit<'_> {
    async fn target(&mut self, target: &TargetPlan, approvals: &mut Approvals) -> Result<(), Failure> {
        let name = &target.target;
        let settings = &self.project.config.targets[name];
        let applied = self.lock.targets.get(name).and_then(|target| target.applied.as_ref());
        let since = applied.and_then(|applied| applied.commit.clone()).map(CommitId);
        if settings.approval == Approval::None {
            // Only to know which pull requests want to hear of it.
            if let Ok(landed) = self.landed(since.as_ref()) {
                let _ = self.ask(&landed).await;
            }
            return Ok(());
        }
        let landed = self.landed(since.as_ref())?;
        let steps = self.ask(&landed).await?;
        self.see_all(&steps).await?;
        let given = self.given(name, &steps);
        let standing = self.standing(name, since.as_ref()).await;
        let grant = Grant {
            pulls_only: settings.approval == Approval::Plan,
            given: &given,
            standing: &standing,
            all_pushed: steps.iter().all(|step| step.pull.is_none()),
        };
        let mut approved: BTreeSet<ChangeId> = standing.clone();
        for change in target.changes.iter().filter(|change| change.decides()) {
            let foreign = change.reasons.contains(&Reason::Foreign);
            let came = self.came(change, &steps);
            let subject = Subject { change: &change.id, slug: &change.slug, came, foreign };
            match judge(&grant, subject) {
                Ok(()) => drop(approved.insert(change.id.clone())),
                Err(why) => {
                    approved.remove(&change.id);
                    approvals.withheld.push(Withheld {
                        change: change.id.clone(),
                        target: name.clone(),
                        slug: change.slug.clone(),
                        why,
                        approved: Given::text(&given, &change.slug).map(str::to_owned),
                        now: change.after.clone(),
                    });
                }
            }
        }
        approvals.targets.insert(name.clone(), approved);
        Ok(())
    }

    /// What came to the branch since, as far as it can change what subscribers see.
    fn landed(&self, since: Option<&CommitId>) -> Result<Vec<Landed>, Failure> {
        let landed = block_in_place(|| self.git.landed(since, MOST_COMMITS))?;
        let mut landed = landed.ok_or_else(|| {
            let since =
                since.map_or_else(String::new, |commit| format!(" back to {commit}, which was applied last"));
            Failure::new(
                Exit::Refused,
                format!("this clone has not all of the history{since}, so nobody can tell what was approved"),
            )
            .hint("check out with `fetch-depth: 0`")
        })?;
        landed.retain(|landed| landed.files.iter().any(|file| self.matters(file)));
        if landed.len() > MOST_ASKED {
            let message = format!(
                "{} commits came since the last apply, which is more than GitHub is asked about",
                landed.len()
            );
            return Err(Failure::new(Exit::Refused, message)
                .hint("look at `tgsync plan`, and approve it: run the workflow by hand with `expect-plan`"));
        }
        Ok(landed)
    }

    fn matters(&self, file: &RelPath) -> bool {
        let content = self.project.config.settings.content.as_str();
        let inside = content.is_empty()
            || file.as_str().strip_prefix(content).is_some_and(|rest| rest.starts_with('/'));
        (inside && *file != self.project.config.lock) || self.is_config(file)
    }

    fn is_config(&self, file: &RelPath) -> bool {
        self.context.global.config.file_name().is_some_and(|name| name == file.as_str())
    }

    /// Which pull request each commit is of. A merged one alone approves: an open one may have the same commit.
    async fn ask<'l>(&mut self, landed: &'l [Landed]) -> Result<Vec<Step<'l>>, Failure> {
        let mut steps = Vec::new();
        for landed in landed {
            let id = &landed.commit.0;
            if !self.asked.contains_key(id) {
                let pulls = self.api.pulls_of(id).await?;
                let here = |pull: &Pull| pull.merged_at.is_some() && pull.base.branch == self.branch;
                self.asked.insert(id.clone(), pulls.into_iter().find(here));
            }
            steps.push(Step { landed, pull: self.asked[id].clone() });
        }
        Ok(steps)
    }

    /// The plan of every pull request among these, over the lock that it began with.
    async fn see_all(&mut self, steps: &[Step<'_>]) -> Result<(), Failure> {
        for (pull, before) in pulls(steps) {
            if !self.pulls.contains_key(&pull.number) {
                let seen = self.see(pull, before).await?;
                self.pulls.insert(pull.number, seen);
            }
        }
        Ok(())
    }

    async fn see(&self, pull: &Pull, before: Option<&CommitId>) -> Result<Seen, Failure> {
        let asked = self.planning.targets.iter().any(|name| self.project.config.targets[name].require_review);
        let reviews = if asked { Some(self.api.reviews(pull.number).await?) } else { None };
        let plan = match self.head(pull)? {
            Some(head) => self.plan_of(&head, before).await.map_err(|failure| failure.message),
            None => Err("its last commit can't be fetched".to_owned()),
        };
        Ok(Seen { plan, reviews, head: pull.head.sha.clone() })
    }

    /// The last commit of a pull request, as GitHub says it was when it was merged.
    fn head(&self, pull: &Pull) -> Result<Option<CommitId>, Failure> {
        let name = format!("refs/pull/{}/head", pull.number);
        let remote = &self.project.config.git.remote;
        let tip = block_in_place(|| self.git.fetch_ref(remote, &name, &publish::auth(self.context)))?;
        Ok(tip.filter(|tip| tip.0 == pull.head.sha))
    }

    async fn plan_of(&self, head: &CommitId, before: Option<&CommitId>) -> Result<Plan, Failure> {
        let base = before.and_then(|before| self.git.merge_base(head, before));
        let lock = match &base {
            Some(base) => elsewhere::lock_at(self.project, base, &self.lock.lineage)?,
            None => Lock::new(self.lock.lineage.clone()),
        };
        self.elsewhere(head, &lock, &BTreeMap::new()).await
    }

    async fn elsewhere(
        &self,
        commit: &CommitId,
        lock: &Lock,
        found: &BTreeMap<TargetName, Found>,
    ) -> Result<Plan, Failure> {
        let (git, selection) = (self.git, self.selection);
        let there = Elsewhere { git, commit, lock, whose: Whose::Ours, selection, found };
        Ok(there.plan(self.context).await?.0)
    }

    /// What each of these pull requests showed for a target, the newest first.
    fn given(&self, name: &TargetName, steps: &[Step<'_>]) -> Vec<Given> {
        pulls(steps).into_iter().map(|(pull, _)| self.given_by(pull.number, name)).collect()
    }

    fn given_by(&self, number: u64, name: &TargetName) -> Given {
        let seen = &self.pulls[&number];
        let mut given = Given { pull: number, ..Given::default() };
        match &seen.plan {
            Err(why) => given.void = Some(why.clone()),
            Ok(plan) => {
                let target = plan.targets.iter().find(|target| target.target == *name);
                for change in target.iter().flat_map(|target| &target.changes) {
                    given.changes.insert(change.id.clone());
                    given.texts.insert(change.slug.clone(), change.after.clone());
                }
            }
        }
        if self.project.config.targets[name].require_review {
            let reviewed = seen.reviews.as_deref().is_some_and(|reviews| is_reviewed(reviews, &seen.head));
            if !reviewed {
                given.void = Some("its last commit has no approving review".to_owned());
            }
        }
        given
    }

    /// What the content that was applied last comes to by now: what waited for its time, what expired, what is gone, and
    /// what somebody did to it in Telegram. It was approved then; where it can't be planned any more, nothing stands.
    async fn standing(&self, name: &TargetName, since: Option<&CommitId>) -> BTreeSet<ChangeId> {
        let Some(since) = since else { return BTreeSet::new() };
        let Ok(plan) = self.elsewhere(since, self.lock, &self.planning.found).await else {
            return BTreeSet::new();
        };
        let targets = plan.targets.into_iter().filter(|target| target.target == *name);
        targets.flat_map(|target| target.changes).map(|change| change.id).collect()
    }

    /// How the source of a change, its files and the config came to the branch.
    fn came(&self, change: &Change, steps: &[Step<'_>]) -> Came {
        let files = self.planning.content.catalog.folders.get(&change.slug).map(|folder| &folder.files);
        let is_source = |file: &RelPath| {
            *file == change.file || self.is_config(file) || files.is_some_and(|files| files.contains(file))
        };
        let newest = steps.iter().find(|step| step.landed.files.iter().any(is_source));
        match newest {
            Some(Step { pull: Some(pull), .. }) => Came::Pull(pull.number),
            Some(_) => Came::Push,
            None => Came::Untouched,
        }
    }
}

/// The pull requests of these commits, the newest first, each with what the branch was before its first commit came.
fn pulls<'s>(steps: &'s [Step<'_>]) -> Vec<(&'s Pull, Option<&'s CommitId>)> {
    let mut found: Vec<(&Pull, Option<&CommitId>)> = Vec::new();
    for step in steps {
        let Some(pull) = &step.pull else { continue };
        let before = step.landed.before.as_ref();
        match found.iter_mut().find(|(known, _)| known.number == pull.number) {
            Some(known) => known.1 = before,
            None => found.push((pull, before)),
        }
    }
    found
}

/// Whether somebody who may push approved this very commit, and none of them wants changes.
fn is_reviewed(reviews: &[Review], head: &str) -> bool {
    let mut last: BTreeMap<&str, &Review> = BTreeMap::new();
    let may_push =
        |review: &&Review| matches!(review.author_association.as_str(), "OWNER" | "MEMBER" | "COLLABORATOR");
    for review in reviews.iter().filter(may_push).filter(|review| review.state != "COMMENTED") {
        if let Some(user) = &review.user {
            last.insert(&user.login, review);
        }
    }
    let approves = |review: &&Review| review.state == "APPROVED" && review.commit_id.as_deref() == Some(head);
    last.values().any(approves) && last.values().all(|review| review.state != "CHANGES_REQUESTED")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(login: &str, state: &str, commit: &str, association: &str) -> Review {
        let json = serde_json::json!({
            "user": {"login": login}, "state": state, "commit_id": commit, "author_association": association,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_review_counts_for_the_commit_it_looked_at() {
        let by = |login, state, commit| review(login, state, commit, "MEMBER");
        for (reviews, expected) in [
            (vec![], false),
            (vec![by("a", "APPROVED", "head")], true),
            (vec![by("a", "APPROVED", "older")], false),
            (vec![review("a", "APPROVED", "head", "NONE")], false),
            (vec![by("a", "APPROVED", "head"), by("a", "COMMENTED", "head")], true),
            (vec![by("a", "APPROVED", "head"), by("a", "DISMISSED", "head")], false),
            (vec![by("a", "APPROVED", "head"), by("b", "CHANGES_REQUESTED", "older")], false),
            (vec![by("b", "CHANGES_REQUESTED", "older"), by("b", "APPROVED", "head")], true),
        ] {
            assert_eq!(is_reviewed(&reviews, "head"), expected, "{reviews:?}");
        }
    }
}
