//! What a workflow runs for: the event's name, and of its JSON the few fields that matter.

use serde::Deserialize;

/// The event of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `pull_request`, `push`, `schedule`, …
    pub name: String,
    /// `owner/name`.
    pub repository: String,
    pub pull: Option<PullEvent>,
    pub run: Option<WorkflowRun>,
}

/// The pull request that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullEvent {
    pub number: u64,
    /// The commit that was pushed to it, not the one that merging it would make.
    pub head: String,
    /// `owner/name`; `None` when the fork was deleted.
    pub from: Option<String>,
}

/// The run that a `workflow_run` event tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRun {
    pub head: String,
    /// `owner:branch`, as lists of pull requests are searched.
    pub from: String,
    /// What that run was for.
    pub event: String,
}

#[derive(Deserialize)]
struct Payload {
    pull_request: Option<PullPayload>,
    workflow_run: Option<RunPayload>,
}

#[derive(Deserialize)]
struct PullPayload {
    number: u64,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct RunPayload {
    head_sha: String,
    #[serde(default)]
    head_branch: Option<String>,
    #[serde(default)]
    head_repository: Option<Repository>,
    #[serde(default)]
    event: String,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

impl Event {
    /// Reads `GITHUB_EVENT_NAME`, `GITHUB_REPOSITORY` and what is in the file that `GITHUB_EVENT_PATH` names. The error says what
    /// is wrong with it.
    pub fn read(name: &str, repository: &str, json: &str) -> Result<Self, String> {
        if !is_repository(repository) {
            return Err(format!(
                "`GITHUB_REPOSITORY` is not `owner/name` but `{}`",
                repository.escape_debug()
            ));
        }
        let payload: Payload = serde_json::from_str(json)
            .map_err(|error| format!("the event is not what GitHub sends: {error}"))?;
        let pull = payload.pull_request.map(|pull| PullEvent {
            number: pull.number,
            head: pull.head.sha,
            from: pull.head.repo.map(|repo| repo.full_name),
        });
        let run = payload.workflow_run.and_then(|run| {
            let from = run.head_repository?.full_name;
            let owner = from.split('/').next()?;
            let from = format!("{owner}:{}", run.head_branch?);
            Some(WorkflowRun { head: run.head_sha, from, event: run.event })
        });
        let bad = pull.iter().map(|pull| &pull.head).chain(run.iter().map(|run| &run.head));
        if let Some(bad) = bad.into_iter().find(|sha| !is_commit(sha)) {
            return Err(format!("the event's commit is not an object id but `{}`", bad.escape_debug()));
        }
        Ok(Self { name: name.to_owned(), repository: repository.to_owned(), pull, run })
    }

    /// Whether the pull request comes from another repository: its token may read and nothing else.
    pub fn is_fork(&self) -> bool {
        let own = Some(self.repository.as_str());
        self.pull.as_ref().is_some_and(|pull| pull.from.as_deref() != own)
    }
}

/// `owner/name` in the letters that GitHub allows: it becomes part of a path.
pub fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        let letters = part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        !part.is_empty() && letters && part != "." && part != ".."
    };
    name.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

fn is_commit(id: &str) -> bool {
    id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    fn pull(from: &str) -> Event {
        let json = format!(
            r#"{{"action":"opened","pull_request":{{"number":7,"title":"$(x)","head":{{"sha":"{SHA}","ref":"a\"b","repo":{from}}}}}}}"#
        );
        Event::read("pull_request", "o/r", &json).unwrap()
    }

    #[test]
    fn forks_are_told_from_branches() {
        assert!(!pull(r#"{"full_name":"o/r"}"#).is_fork());
        assert!(pull(r#"{"full_name":"else/r"}"#).is_fork());
        assert!(pull("null").is_fork(), "a fork that was deleted is one");
        assert!(!Event::read("push", "o/r", "{}").unwrap().is_fork());
    }

    #[test]
    fn a_run_names_the_branch_it_was_for() {
        let json = format!(
            r#"{{"workflow_run":{{"event":"pull_request","head_sha":"{SHA}","head_branch":"a b","head_repository":{{"full_name":"else/r"}}}}}}"#
        );
        let run = Event::read("workflow_run", "o/r", &json).unwrap().run.unwrap();
        assert_eq!((run.from.as_str(), run.event.as_str()), ("else:a b", "pull_request"));
    }

    #[test]
    fn what_becomes_part_of_a_path_is_checked() {
        for bad in ["", "o", "o/", "/r", "o/r/x", "o/..", "o/r?x", "o r/x", "o/r\n"] {
            assert!(Event::read("push", bad, "{}").is_err(), "{bad}");
        }
        let json = r#"{"pull_request":{"number":1,"head":{"sha":"../../x","repo":null}}}"#;
        assert!(Event::read("pull_request", "o/r", json).is_err());
        assert!(Event::read("push", "o/r", "nonsense").is_err());
    }
}
