//! A saved plan: it says what was approved and is compared with the plan of this moment, or is refused.

use std::path::Path;

use tgsync::apply::is_approved;
use tgsync::ids::{ChangeId, PlanId, RelPath};
use tgsync::lock::Lock;
use tgsync::plan::{Change, Plan, Reason, TargetPlan, Verb};
use tgsync::report::json::{self, PlanView};
use tgsync::report::style::Paint;
use tgsync::report::text;

pub(super) fn holds(bytes: &[u8]) {
    let text = super::text::of(bytes);
    let saved = match json::read_plan(&text) {
        Ok(saved) => saved,
        Err(error) => return assert!(!error.is_empty()),
    };
    let written = written(&saved);
    let again = json::read_plan(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(self::written(&again), written);
    let now = now();
    let changed = text::changed(Some(&saved), &now, Paint::PLAIN);
    assert!(changed.chars().all(|c| c == '\n' || !c.is_control()), "the terminal obeys: {changed:?}");
    let approved = is_approved(&now, &Lock::new("6f1c0a52e9b7".into()), &saved.plan_id);
    assert_eq!(approved, saved.plan_id == now.id);
}

fn written(view: &PlanView) -> String {
    serde_json::to_string(view).expect("plain data")
}

/// A plan with one change.
fn now() -> Plan {
    let change = Change {
        id: ChangeId::of("a"),
        slug: "a".parse().expect("a slug"),
        verb: Verb::Send,
        reasons: vec![Reason::New],
        title: "A".into(),
        file: RelPath::new(Path::new("content/a.md")).expect("a path within"),
        line: 4,
        messages: Vec::new(),
        before: None,
        after: Some("<b>A</b>".into()),
        how: None,
        notes: Vec::new(),
        notifies: true,
        due: None,
        steps: Vec::new(),
    };
    let id = PlanId::of("now");
    let target = TargetPlan {
        target: "news".parse().expect("a name"),
        chat: "@sandbox".into(),
        id: id.clone(),
        changes: vec![change],
        unchanged: 1,
        guard: Vec::new(),
        notes: Vec::new(),
        shown: std::collections::BTreeMap::new(),
    };
    Plan { id, targets: vec![target], notes: Vec::new() }
}
