//! Whether the lock can be brought to where others find it.

use std::time::Duration;

use tokio::sync::oneshot;

use super::context::Context;
use super::doctor::{problem, silent};
use super::project::Project;
use super::{Failure, publish};
use crate::config::Push;
use crate::ports::StateError;
use crate::report::doctor::Finding;
use crate::state::{Git, Upstream};

/// Fetch, ask whether a push would be taken, and, where `compare`, hold the lock against that of upstream.
pub(super) async fn examine(
    context: &Context,
    project: &Project,
    compare: bool,
    patience: Duration,
) -> Vec<Finding> {
    let upstream = match upstream(project) {
        Ok(upstream) => upstream,
        Err(finding) => return vec![finding],
    };
    let pushes = project.config.git.commit && project.config.git.push != Push::Never;
    let Ok(answer) = tokio::time::timeout(patience, talk(context, project, &upstream, pushes)).await else {
        return vec![silent("git", patience)];
    };
    let judged = answer.map_err(Failure::from).and_then(|lock| {
        let known = lock.and_then(|text| publish::known(&upstream, &text));
        if compare { project.lock_beside(known.as_slice()).map(drop) } else { Ok(()) }
    });
    let name = upstream.name();
    vec![match judged {
        Err(failure) => problem("git", failure),
        Ok(()) if pushes => {
            Finding::ok("git", format!("`{name}` can be fetched, and takes a push as far as it tells"))
        }
        Ok(()) => {
            Finding::ok("git", format!("`{name}` can be fetched; the lock is not pushed, as the config says"))
        }
    }]
}

fn upstream(project: &Project) -> Result<Upstream, Finding> {
    let Some(git) = &project.git else {
        return Err(Finding::warning(
            "git",
            "this is no git repository: the lock is kept here and nowhere else",
            "`git init`, commit everything, and push it to a remote",
        ));
    };
    let Some(upstream) = git.upstream() else {
        let (remote, branch) =
            (&project.config.git.remote, git.branch().unwrap_or_else(|| "main".to_owned()));
        return Err(Finding::warning(
            "git",
            "this branch follows no remote: the lock is committed here and not pushed",
            format!("`git push --set-upstream {remote} {branch}`"),
        ));
    };
    if !git.speaks_to(&upstream.remote) {
        return Err(Finding::warning(
            "git",
            format!(
                "`{}` is not reached over http or as a path: the lock is committed and not pushed",
                upstream.remote
            ),
            "push it yourself after each apply, or give the remote an https URL",
        ));
    }
    Ok(upstream)
}

/// The lock that upstream has. On a thread of its own, which is left behind when nobody waits for it any more.
async fn talk(
    context: &Context,
    project: &Project,
    upstream: &Upstream,
    pushes: bool,
) -> Result<Option<String>, StateError> {
    let (root, upstream, auth) = (project.root.clone(), upstream.clone(), publish::auth(context));
    let lock = project.config.lock.clone();
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || {
        let ask = || {
            let Some(git) = Git::discover(&root)? else { return Ok(None) };
            let text = git.fetch_upstream(&upstream, &lock, &auth)?;
            if pushes {
                git.can_push(&upstream.remote, &auth)?;
            }
            Ok(text)
        };
        let _ = answer.send(ask());
    });
    answered.await.unwrap_or_else(|_| Err(StateError::new("asking the remote ended early")))
}
