//! The issue about drift: one, opened, kept up to date, closed.

use serde_json::json;

use super::channel;
use crate::support::chat;
use crate::support::github::{Hub, JOB_TOKEN, REPOSITORY};
use tgsync::github::Api;

#[test]
fn an_api_without_the_right_names_it() {
    let hub = Hub::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let api = |token: &str| Api::new(&hub.url(), REPOSITORY, Some(token.to_owned())).unwrap();
    let error = runtime.block_on(api("nobody").open_issues()).unwrap_err();
    assert_eq!(error.status, Some(401));
    assert!(
        !error.to_string().contains("nobody") && error.hint.as_deref().unwrap().contains("GITHUB_TOKEN"),
        "{error:?}"
    );

    let api = api(JOB_TOKEN);
    runtime.block_on(api.create_issue("drift", "one")).unwrap();
    let known = runtime.block_on(api.open_issues()).unwrap();
    assert_eq!(known.len(), 1);
    runtime.block_on(api.update_issue(known[0].number, "two", false)).unwrap();
    assert_eq!(hub.issues()[0]["state"], json!("closed"));
    assert_eq!(runtime.block_on(api.open_issues()).unwrap().len(), 0);
    hub.deny("issues");
    let error = runtime.block_on(api.create_issue("drift", "three")).unwrap_err();
    assert_eq!(error.hint.as_deref(), Some("give the job the right: `permissions: {issues: write}`"));
}

#[test]
fn drift_is_told_by_one_issue_and_restored() {
    let hosted = channel();
    let first = hosted.project.ids()[0];
    hosted.project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": first}));
    let verify = json!({"command": "verify"});
    for _ in 0..2 {
        let job = hosted.on_main("schedule", &verify).expect(6);
        assert_eq!(job.output("failure_reason"), "drift");
        let issues = hosted.hub.issues();
        assert_eq!((issues.len(), issues[0]["state"].as_str()), (1, Some("open")), "{issues:#?}");
        assert!(issues[0]["body"].as_str().unwrap().contains("/o/channel/actions/runs/"), "{issues:#?}");
    }
    let job = hosted.on_main("schedule", &json!({"command": "apply", "refresh": "true"})).expect(0);
    assert_eq!((job.output("held"), job.output("failure_reason")), ("0", ""));
    assert_eq!(hosted.project.texts(), ["Beta.", "Alpha."]);
    hosted.on_main("schedule", &verify).expect(0);
    let issues = hosted.hub.issues();
    assert_eq!((issues.len(), issues[0]["state"].as_str()), (1, Some("closed")), "{issues:#?}");
}
