//! `tgsync doctor`: what it says when all is well, and when it is not.

use serde_json::json;

use super::prose::settings;
use super::support::wiretap::Wiretap;
use super::support::{FOREIGN_TOKEN, Project, Run, minio};

macro_rules! says {
    ($project:expr, $run:expr, @$text:literal) => {
        settings(&$project).bind(|| insta::assert_snapshot!($run.all(), @$text))
    };
}

fn doctor(project: &Project) -> Run {
    project.run(&["doctor"])
}

#[test]
fn all_is_well() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    says!(project, doctor(&project).expect(0), @r"
    ok       config         `tgsync.yaml`: 1 target
    ok       content        1 post
    ok       scratch        `.tgsync` is writable, and git ignores it
    ok       lock           there is none yet: the first apply makes it
    ok       git            `origin/main` can be fetched, and takes a push as far as it tells
    ok       telegram news  @sandbox_123456_bot in Sandbox (-1001000000001) may post, edit posts of others, pin, delete posts of others
    ok       witness news   no scratch chat: what people edit stays unknown, and is overwritten by `apply --refresh`
                            tip: send any message to @sandbox_123456_bot from your own account, whose id it is, and write `scratch_chat: ID` into the config
    ok       witness news   no discussion group: nothing tells of what the bot itself posted
                            tip: link a group to the channel (its settings, Discussion), and make the bot an administrator of it
    ok       witness news   updates tell of what others post, for a day
    ok       witness news   an edit that can't be done tells whether a message is there, not whose it is: the bot may edit posts of others
                            tip: take `can_edit_messages` from it, if it pins nothing there
    All is well.
    ");
    project.apply().expect(0);
    says!(project, doctor(&project).expect(0), @r"
    ok       config         `tgsync.yaml`: 1 target
    ok       content        1 post
    ok       scratch        `.tgsync` is writable, and git ignores it
    ok       lock           `state.lock.json`: lineage ID, serial 1
    ok       git            `origin/main` can be fetched, and takes a push as far as it tells
    ok       telegram news  @sandbox_123456_bot in Sandbox (-1001000000001) may post, edit posts of others, pin, delete posts of others; bot and chat are those of the lock
    ok       witness news   no scratch chat: what people edit stays unknown, and is overwritten by `apply --refresh`
                            tip: send any message to @sandbox_123456_bot from your own account, whose id it is, and write `scratch_chat: ID` into the config
    ok       witness news   no discussion group: nothing tells of what the bot itself posted
                            tip: link a group to the channel (its settings, Discussion), and make the bot an administrator of it
    ok       witness news   updates tell of what others post, for a day
    ok       witness news   an edit that can't be done tells whether a message is there, not whose it is: the bot may edit posts of others
                            tip: take `can_edit_messages` from it, if it pins nothing there
    All is well.
    ");
    let json = project.run(&["doctor", "--format", "json"]).expect(0).json();
    assert_eq!((&json["schema"], &json["problems"]), (&json!("tgsync.doctor/1"), &json!(0)), "{json:#}");
    assert_eq!(json["findings"][5]["target"], "news", "{json:#}");
}

#[test]
fn it_leaves_nothing_behind() {
    let project = Project::new()
        .config("targets: {news: {chat: \"@sandbox\"}}\nmirror: {folder: store, prefix: a/b}\n")
        .post("a.md", "Alpha.")
        .git_with_remote();
    project.apply().expect(0);
    let (head, status) =
        (project.git_run(&["rev-parse", "HEAD"]), project.git_run(&["status", "--porcelain"]));
    project.server().forget_requests();
    doctor(&project).expect(0).says("`store/` can be listed, written to and deleted from");
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), head);
    assert_eq!(project.git_run(&["status", "--porcelain"]), status);
    assert!(!project.exists("store/a"));
}

#[test]
fn everything_is_looked_at_whatever_is_found() {
    let project = Project::new()
        .config(
            "targets:\n  news: {chat: \"@sandbox\", topics: {releases: 12}}\n  gone: {chat: \"@nowhere\"}\n  mute: {chat: \"@sandbox\", token_env: OTHER_TOKEN}\nmirror: {endpoint: \"http://127.0.0.1:1\", bucket: media}\n",
        )
        .post_with("a.md", "targets: [news]", "Alpha. [x](nothing.pdf)");
    project.write("content/b.md", "broken");
    project.git_run(&["init", "--quiet", "--initial-branch=main"]);
    says!(project, doctor(&project).expect(1), @r"
    ok       config         `tgsync.yaml`: 3 targets
    problem  content        1 post, 1 error, 1 warning
                            fix: `tgsync check` shows them
    ok       scratch        `.tgsync` is writable, and git ignores it
    ok       lock           there is none yet: the first apply makes it
    warning  git            this branch follows no remote: the lock is committed here and not pushed
                            fix: `git push --set-upstream origin main`
    problem  telegram gone  target `gone` (@nowhere) does not answer: Bad Request: chat not found
                            fix: check the token, the chat, and that the bot is an administrator of it
    problem  telegram mute  target `mute` has no token: `OTHER_TOKEN` is not set
                            fix: set `OTHER_TOKEN` or `OTHER_TOKEN_FILE`; @BotFather gives tokens
    ok       telegram news  @sandbox_123456_bot in Sandbox (-1001000000001) may post, edit posts of others, pin, delete posts of others
    ok       telegram news  1 topic in the config, not looked up: Telegram lists none to bots, and refuses a wrong one when a post is sent there
    ok       witness news   no scratch chat: what people edit stays unknown, and is overwritten by `apply --refresh`
                            tip: send any message to @sandbox_123456_bot from your own account, whose id it is, and write `scratch_chat: ID` into the config
    ok       witness news   no discussion group: nothing tells of what the bot itself posted
                            tip: link a group to the channel (its settings, Discussion), and make the bot an administrator of it
    ok       witness news   updates tell of what others post, for a day
    ok       witness news   an edit that can't be done tells whether a message is there, not whose it is: the bot may edit posts of others
                            tip: take `can_edit_messages` from it, if it pins nothing there
    problem  store          the object store needs keys: `MINIO_ACCESS_KEY` is not set
                            fix: set `MINIO_ACCESS_KEY` or `MINIO_ACCESS_KEY_FILE`, or `AWS_ACCESS_KEY_ID`
    4 problems, 1 warning.
    ");
}

#[test]
fn each_trouble_has_its_fix() {
    let project = Project::new().post("a.md", "Alpha.");
    says!(project, doctor(&project).expect(0), @r"
    ok       config         `tgsync.yaml`: 1 target
    ok       content        1 post
    ok       scratch        `.tgsync` is writable
    ok       lock           there is none yet: the first apply makes it
    warning  git            this is no git repository: the lock is kept here and nowhere else
                            fix: `git init`, commit everything, and push it to a remote
    ok       telegram news  @sandbox_123456_bot in Sandbox (-1001000000001) may post, edit posts of others, pin, delete posts of others
    ok       witness news   no scratch chat: what people edit stays unknown, and is overwritten by `apply --refresh`
                            tip: send any message to @sandbox_123456_bot from your own account, whose id it is, and write `scratch_chat: ID` into the config
    ok       witness news   no discussion group: nothing tells of what the bot itself posted
                            tip: link a group to the channel (its settings, Discussion), and make the bot an administrator of it
    ok       witness news   updates tell of what others post, for a day
    ok       witness news   an edit that can't be done tells whether a message is there, not whose it is: the bot may edit posts of others
                            tip: take `can_edit_messages` from it, if it pins nothing there
    0 problems, 1 warning.
    ");
    project.write("tgsync.yaml", "targets: 3\n");
    doctor(&project).expect(1).says("problem  config").says("`tgsync.yaml` is not valid");

    // The lock of another bot, a doubt, a hold.
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    project.apply().expect(0);
    let project = project.env("TELEGRAM_BOT_TOKEN", FOREIGN_TOKEN);
    doctor(&project).expect(1).says("fix: undo the change, or accept it with `tgsync state rebind news`");
    let project = project.env("TELEGRAM_BOT_TOKEN", super::support::TOKEN);
    project.run(&["hold"]).expect(0);
    doctor(&project).expect(0).says("warning  lock").says("`tgsync release` lets it go");
    project.run(&["release"]).expect(0);
    project.put("b.md", "", "Beta.");
    project.lose(1, true);
    doctor(&project).expect(0).says("1 send in doubt");

    // Git: a remote that has moved on, one that is away.
    let other = project.clone_of_remote("other", &[]);
    other.apply();
    other.run(&["resolve", "b", "--not-sent"]).expect(0);
    doctor(&project).expect(1).says("problem  git").says("fix: `git pull`");
    project.git_run(&["remote", "set-url", "origin", "file:///nowhere"]);
    doctor(&project).expect(1).says("`origin` can't be opened");
    project.git_run(&["remote", "set-url", "origin", "git@example.org:a/b.git"]);
    doctor(&project).says("warning  git").says("give the remote an https URL");
}

#[test]
fn a_server_that_is_not_there_is_no_panic() {
    let project = Project::new()
        .post("a.md", "Alpha.")
        .env("TGSYNC_API_URL", "http://127.0.0.1:1")
        .without_env("TGSYNC_CLOCK");
    doctor(&project).expect(1).says("problem  telegram news").says("fix: check the network and `api_url`");
    let project = project.env("TGSYNC_CLOCK", "sandbox");
    doctor(&project)
        .expect(1)
        .says("problem  config")
        .says("does not tell the time")
        .says("problem  telegram news");
}

#[test]
fn a_bucket_answers() {
    let Some(endpoint) = minio::endpoint() else { return };
    let bucket = minio::new_bucket(&endpoint).bucket;
    let project = Project::new()
        .config(&format!(
            "targets: {{news: {{chat: \"@sandbox\"}}}}\nmirror: {{endpoint: \"{endpoint}\", bucket: {bucket}}}\n"
        ))
        .post("a.md", "Alpha.")
        .env("MINIO_ACCESS_KEY", minio::ACCESS_KEY)
        .env("MINIO_SECRET_KEY", minio::SECRET_KEY);
    project.write("content/a/slides.pdf", "%PDF");
    doctor(&project)
        .expect(0)
        .says("the bucket is not there")
        .says(&format!("`mc mb ALIAS/{bucket}` makes it now"));
    project.apply().expect(0);
    doctor(&project).expect(0).says("can be listed, written to and deleted from");
    project.run(&["mirror", "verify"]).expect(0);
    let project = project.env("MINIO_SECRET_KEY", "wrong-secret-key");
    doctor(&project).expect(1).says("the secret key is wrong").says("fix: check `MINIO_SECRET_KEY`");
    let project = project.env("MINIO_ACCESS_KEY", "nobody");
    doctor(&project).expect(1).says("the server does not know the access key");
}

#[test]
fn a_key_that_may_not_do_everything() {
    let Some(endpoint) = minio::endpoint() else { return };
    let bucket = minio::new_bucket(&endpoint).bucket;
    let tap = Wiretap::before(&endpoint);
    let config = |more: &str| {
        let mirror = format!("{{endpoint: \"{}\", bucket: {bucket}{more}}}", tap.url());
        format!("targets: {{news: {{chat: \"@sandbox\"}}}}\nmirror: {mirror}\n")
    };
    let project = Project::new()
        .config(&config(""))
        .post("a.md", "Alpha.")
        .env("MINIO_ACCESS_KEY", minio::ACCESS_KEY)
        .env("MINIO_SECRET_KEY", minio::SECRET_KEY);
    project.write("content/a/slides.pdf", "%PDF");
    project.apply().expect(0);
    tap.refuse("GET /", 403, "AccessDenied", 1);
    doctor(&project).expect(0).says("can be written to, not listed").says("`s3:ListBucket`");
    tap.refuse("GET /", 403, "RequestTimeTooSkewed", 1);
    doctor(&project).expect(1).says("are too far apart").says("fix: set this machine's clock right");
    tap.refuse("PUT /", 403, "AccessDenied", 1);
    doctor(&project).expect(1).says("access is denied").says("`s3:PutObject`");
    tap.refuse("DELETE /", 403, "AccessDenied", 1);
    doctor(&project)
        .expect(0)
        .says("can be written to, not deleted from")
        .says("`.tgsync-doctor` stays there");
    project.write("tgsync.yaml", config(", prune: true"));
    tap.refuse("DELETE /", 403, "AccessDenied", 1);
    doctor(&project).expect(1).says("problem  store");
    doctor(&project).expect(0).says("can be listed, written to and deleted from");
}
