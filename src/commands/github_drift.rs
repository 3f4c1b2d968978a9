//! One issue that tells of drift: opened, kept up to date, closed when the channel is again as it should be.

use super::Failure;
use crate::github::{Api, Issue, Origin};

const MARKER: &str = "<!-- tgsync:drift -->";
const TITLE: &str = "The channel is not as this repository says";

pub(super) async fn tell(api: &Api, origin: &Origin, drifted: bool) -> Result<(), Failure> {
    let known = api.open_issues().await?.into_iter().find(is_ours);
    let run = origin.url.as_deref().map_or_else(|| "the run".to_owned(), |url| format!("[the run]({url})"));
    let body = if drifted {
        format!(
            "{MARKER}\n`tgsync verify` found messages that differ from what was applied: {run} lists them, each with how it is known.\n\nThe next `apply` puts back what `on_missing` and `on_drift` say. This text is written anew every time, and the issue is closed when nothing differs any more.\n"
        )
    } else {
        format!("{MARKER}\nNothing differs any more: {run}.\n")
    };
    match (known, drifted) {
        (Some(issue), open) => api.update_issue(issue.number, &body, open).await?,
        (None, true) => api.create_issue(TITLE, &body).await?,
        (None, false) => {}
    }
    Ok(())
}

fn is_ours(issue: &Issue) -> bool {
    let by_app = issue.user.as_ref().is_some_and(|user| user.kind == "Bot");
    by_app && issue.body.as_deref().is_some_and(|body| body.starts_with(MARKER))
}
