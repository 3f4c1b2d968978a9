//! The plan of another commit over another lock: its files in a folder of their own, read as data.

use std::collections::BTreeMap;
use std::path::Path;

use super::context::Context;
use super::plan::view;
use super::planning::Planning;
use super::project::Project;
use super::{Exit, Failure};
use crate::cli::{Global, Selection};
use crate::env::{self, Env};
use crate::ids::TargetName;
use crate::lock::{self, Lock};
use crate::plan::{Found, Plan};
use crate::report::json::PlanView;
use crate::state::{CommitId, Git};

/// Whose files they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of this repository: their config may name any variable that is not secret.
    Ours,
    /// Of a stranger, who must learn nothing of this environment.
    Stranger,
}

/// What a stranger's config may name.
const HARMLESS: &[&str] = &[env::TELEGRAM_CHAT_ID, env::TGSYNC_NOW, env::TGSYNC_CLOCK, env::TGSYNC_API_URL];

/// A commit, and the lock it is planned over.
pub(super) struct Elsewhere<'a> {
    pub git: &'a Git,
    pub commit: &'a CommitId,
    pub lock: &'a Lock,
    pub whose: Whose,
    pub selection: &'a Selection,
    /// What was found in the chats, where that counts.
    pub found: &'a BTreeMap<TargetName, Found>,
}

impl Elsewhere<'_> {
    /// What this commit would do.
    pub(super) async fn plan(&self, context: &Context) -> Result<(Plan, PlanView), Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::new(Exit::Failed, format!("there is no room for the files of {}: {error}", self.commit))
        })?;
        tokio::task::block_in_place(|| self.git.export(self.commit, folder.path()))?;
        let there = Context::new(global(context, folder.path()), self.env(context));
        let project = Project::open(&there)?;
        let clock = project.clock(&there).await?;
        let mut planning = Planning::gather(&there, &project, self.selection, &clock).await?;
        planning.found = self.found.clone();
        let plan = planning.plan(&there, self.lock)?;
        let view = view(&project, &plan, self.lock, None);
        Ok((plan, PlanView { commit: Some(self.commit.to_string()), ..view }))
    }

    fn env(&self, context: &Context) -> Env {
        match self.whose {
            Whose::Ours => context.env.without_secrets(),
            Whose::Stranger => context.env.only(HARMLESS),
        }
    }
}

/// The options of this run, in another folder and quiet: what is wrong there was said when it was pushed.
fn global(context: &Context, folder: &Path) -> Global {
    let config = context.global.config.file_name().map(Into::into).unwrap_or_default();
    let target = context.global.target.clone();
    Global {
        chdir: Some(folder.to_owned()),
        config,
        target,
        quiet: true,
        verbose: false,
        ..context.global.clone()
    }
}

/// The lock at a commit; an empty one of `lineage` where there was none yet.
pub(super) fn lock_at(project: &Project, commit: &CommitId, lineage: &str) -> Result<Lock, Failure> {
    let git = project.git.as_ref();
    let Some(text) = git.and_then(|git| git.text_at(commit, &project.config.lock)) else {
        return Ok(Lock::new(lineage.to_owned()));
    };
    lock::parse(&text).map_err(|error| {
        Failure::new(Exit::Refused, format!("the lock of {commit} can't be read: {error}")).hint(error.hint())
    })
}
