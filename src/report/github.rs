//! The plan as GitHub workflow commands: a notice on the first line of every post that changes.

use std::fmt::Write as _;

use super::json::PlanView;
use super::text::summary;

/// One annotation per change and a closing line. GitHub shows about ten of a kind per step: the summary has the rest.
pub fn plan(plan: &PlanView) -> String {
    notices(plan) + &format!("{}\nPlan id: {}\n", summary(&plan.summary), plan.plan_id)
}

/// The annotations alone.
pub fn notices(plan: &PlanView) -> String {
    let mut out = String::new();
    let changes = plan.targets.iter().flat_map(|target| target.changes.iter().map(move |c| (target, c)));
    for (target, change) in changes {
        let reasons: Vec<&str> = change.reasons.iter().map(|reason| reason.words()).collect();
        let title = format!("tgsync: {} {}", change.verb.word(), change.slug);
        let message = format!("{} in {}: {}", change.title, target.chat, reasons.join(", "));
        let _ = writeln!(
            out,
            "::notice file={},line={},title={}::{}",
            property(change.file.as_str()),
            change.line,
            property(&title),
            data(&message)
        );
    }
    out
}

/// Escape the message of a workflow command.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escape a property of a workflow command.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
