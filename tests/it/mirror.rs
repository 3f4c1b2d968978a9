//! Media of posts in an object store: a real `MinIO` where there is one, a local folder everywhere.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;

use serde_json::Value;

use crate::support::trip::{FOLDER, in_bucket, in_folder, keys, mirror, trip};
use crate::support::wiretap::Wiretap;
use crate::support::{day, minio};

/// What was asked of objects; listings and looks at the bucket left out.
fn of_objects(tap: &Wiretap) -> Vec<String> {
    let is_object =
        |line: &String| line.split('/').count() > 2 && !line.ends_with('/') && !line.contains("/?");
    tap.take().into_iter().filter(is_object).collect()
}

#[test]
fn files_of_a_post_are_copied_and_listed() {
    let project = in_folder();
    mirror(&project, &["plan"]).expect(0).says("+ trip/slides_final.pdf").says("2 to upload");
    let plan = project.plan_json(&[]);
    assert_eq!(plan["mirror"]["upload"], 2);
    assert_eq!(plan["mirror"]["objects"][0]["key"], "trip/cover.jpg");
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
    assert_eq!(project.read("mirror/trip/slides_final.pdf"), "%PDF-1.7");
    assert_eq!(keys(&project), ["index.json", "trip/cover.jpg", "trip/slides_final.pdf"]);
    let index: Value = serde_json::from_str(&project.read("mirror/index.json")).unwrap();
    assert_eq!(index["objects"][1]["file"], "content/trip/slides final.pdf");
    assert_eq!(index["objects"][1]["slug"], "trip");
    mirror(&project, &["apply"]).expect(0).says("0 uploaded").says("2 unchanged");
    mirror(&project, &["verify"]).expect(0).says("3 objects checked");
    mirror(&project, &["list"]).expect(0).says("trip/slides_final.pdf").says("2 objects");
}

#[test]
fn apply_mirrors_before_it_sends() {
    let project = in_folder();
    project.plan().expect(0).says("Mirror: 2 to upload");
    project.apply().expect(0).says("2 uploaded");
    assert_eq!(project.texts(), ["Look."]);
    assert!(project.exists("mirror/trip/cover.jpg"));
    assert_eq!(project.report()["mirror"]["uploaded"], 2);
    project.apply().expect(0).says("No changes").says("Mirror: no changes (2 unchanged)");
    assert_eq!(project.report()["mirror"], Value::Null);
    project.write("content/trip/cover.jpg", b"\xff\xd8 not quite a pictura");
    project.apply().expect(0).says("1 uploaded");
    assert_eq!(project.texts(), ["Look."], "nothing to send, and mirrored all the same");
}

#[test]
fn a_mirror_that_fails_keeps_posts_back() {
    let project = in_folder();
    project.write("mirror", "a file in the place of the folder");
    let run = project.apply().expect(1).says("can't be made");
    assert!(project.texts().is_empty(), "{}", run.all());
    project.remove("mirror");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Look."]);
}

#[test]
fn what_is_not_published_is_not_copied() {
    for (keys, later) in [
        ("status: draft", None),
        ("publish_at: 2026-01-02T12:00:00Z", Some(2)),
        ("status: archived", None),
        ("expires_at: 2020-01-01T00:00:00Z", None),
    ] {
        let project = in_folder();
        let text =
            project.read("content/trip/index.md").replace("slug: trip", &format!("slug: trip\n{keys}"));
        project.write("content/trip/index.md", text);
        mirror(&project, &["apply"]).expect(0).says("0 uploaded");
        project.apply().expect(0);
        assert!(!project.exists("mirror/trip"), "{keys}");
        if let Some(days) = later {
            project.server().advance(day(days));
            project.apply().expect(0).says("2 uploaded");
            assert!(project.exists("mirror/trip/cover.jpg"), "{keys}");
        }
    }
}

#[test]
fn nothing_of_a_draft_is_ever_in_the_bucket() {
    let Some((project, tap)) = in_bucket("") else { return };
    for (slug, keys) in [("draft", "status: draft"), ("later", "publish_at: 2026-01-02T12:00:00Z")] {
        project.write(&format!("content/{slug}/index.md"), format!("---\nslug: {slug}\n{keys}\n---\nx"));
        project.write(&format!("content/{slug}/secret.pdf"), slug);
    }
    for args in [&["mirror", "apply"][..], &["mirror", "apply", "--refresh"], &["mirror", "apply", "--force"]]
    {
        project.run(args).expect(0).says("2 u");
    }
    project.apply().expect(0);
    let asked = tap.take();
    let told = |name: &str| asked.iter().any(|line| line.contains(name));
    assert!(told("cover.jpg") && !told("draft") && !told("later") && !told("secret"), "{asked:?}");
    project.server().advance(day(2));
    project.apply().expect(0).says("1 uploaded");
    let asked = tap.take();
    assert!(asked.iter().any(|line| line.ends_with("/later/secret.pdf")), "{asked:?}");
    assert!(!asked.iter().any(|line| line.contains("draft")), "{asked:?}");
}

#[test]
fn a_draft_that_was_sent_keeps_its_objects() {
    let project = trip(&format!("{FOLDER}  prune: true\n"));
    project.apply().expect(0);
    let text = project.read("content/trip/index.md").replace("slug: trip", "slug: trip\nstatus: draft");
    project.write("content/trip/index.md", text);
    mirror(&project, &["apply", "--yes"]).expect(0).never_says("deleted");
    assert!(project.exists("mirror/trip/cover.jpg"));
}

#[test]
fn objects_without_a_file_go_when_asked_for_and_not_before() {
    let project = in_folder();
    mirror(&project, &["apply"]).expect(0);
    project.remove("content/trip/cover.jpg");
    mirror(&project, &["apply"]).expect(0);
    assert!(project.exists("mirror/trip/cover.jpg"));
    mirror(&project, &["plan"]).expect(0).says("1 object without a file stays");
    let project = project.config(&format!("{FOLDER}  prune: true\n"));
    mirror(&project, &["apply"]).expect(5).says("no terminal");
    mirror(&project, &["apply", "--yes"]).expect(0).says("1 deleted");
    assert!(!project.exists("mirror/trip/cover.jpg") && project.exists("mirror/trip/slides_final.pdf"));
    assert!(!project.read("mirror/index.json").contains("cover"));
    project.remove("content/trip/index.md");
    mirror(&project, &["apply", "--yes"]).expect(0).never_says("deleted");
    assert!(project.exists("mirror/trip/slides_final.pdf"), "an empty content folder removes nothing");
}

#[test]
fn a_folder_that_was_emptied_is_not_taken_for_a_wish() {
    let project = trip(&format!("{FOLDER}  prune: true\n"));
    for n in 0..20 {
        project.write(&format!("content/trip/{n}.txt"), n.to_string());
    }
    mirror(&project, &["apply"]).expect(0).says("22 uploaded");
    for n in 0..20 {
        project.remove(&format!("content/trip/{n}.txt"));
    }
    mirror(&project, &["apply", "--yes"]).expect(5).says("90 %").says("--allow deletes");
    assert!(project.exists("mirror/trip/7.txt"));
    mirror(&project, &["apply", "--yes", "--allow", "deletes"]).expect(0).says("20 deleted");
}

#[test]
fn verify_finds_what_somebody_did_to_a_folder() {
    let project = in_folder();
    project.write("content/trip/c.txt", "third");
    mirror(&project, &["apply"]).expect(0);
    project.remove("mirror/trip/cover.jpg");
    project.write("mirror/trip/slides_final.pdf", "%PDF");
    project.write("mirror/trip/c.txt", "THIRD");
    project.write("mirror/trip/d.txt", "not ours");
    let run = mirror(&project, &["verify"])
        .expect(6)
        .says("`trip/cover.jpg` (content/trip/cover.jpg): it is not there");
    run.says("another size").says("it holds something else").says("1 unknown").says("mirror apply --refresh");
    mirror(&project, &["apply", "--refresh"]).expect(0).says("3 uploaded");
    mirror(&project, &["verify"]).expect(0);
    mirror(&project, &["apply", "--force"]).expect(0).says("3 uploaded");
}

#[test]
fn names_that_clash_are_found_offline() {
    let project = in_folder();
    project.write("content/trip/slides_final.pdf", "x");
    let long = format!("content/trip/{}x", format!("{}/", "d".repeat(250)).repeat(5));
    project.write(&long, "x");
    project.run(&["check"]).expect(3).says("TG0702").says("slides final.pdf").says("TG0701");
    project.apply().expect(3);
    project.remove("content/trip/slides_final.pdf");
    project.remove(&long);
    project
        .write("content/trip/big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n");
    project.run(&["check"]).expect(3).says("TG0703");
}

#[test]
fn sources_are_remembered_in_the_store_and_not_in_the_lock() {
    let project = in_folder();
    let downloads = project.folder().join("downloads");
    fs::create_dir_all(&downloads).unwrap();
    fs::write(downloads.join("a film.mp4"), "film").unwrap();
    let sources = format!("  sources: [{{path: {}, prefix: inbox}}]\n", downloads.display());
    let project = project.config(&format!("{FOLDER}{sources}"));
    mirror(&project, &["apply"]).expect(0).says("3 uploaded");
    assert_eq!(project.read("mirror/inbox/a_film.mp4"), "film");
    assert!(!keys(&project).iter().any(|key| key.starts_with("inbox")));
    let lock = project.read("state.lock.json");
    fs::write(downloads.join("b.mp4"), "second").unwrap();
    mirror(&project, &["plan"]).expect(0).says("+ inbox/b.mp4").says("1 to upload");
    mirror(&project, &["apply"]).expect(0).says("1 uploaded");
    assert_eq!(project.read("state.lock.json"), lock, "a nightly upload makes no commit");
    mirror(&project, &["verify"]).expect(0);
    mirror(&project, &["list"]).expect(0).says("inbox/b.mp4");
    project.remove("mirror/inbox/b.mp4");
    mirror(&project, &["verify"]).expect(6).says("inbox/b.mp4");
    mirror(&project, &["apply", "--refresh"]).expect(0).says("1 uploaded");
    mirror(&project, &["verify"]).expect(0);
    // A run that died before it wrote the list finds what it had put there.
    project.remove("mirror/inbox/index.json");
    mirror(&project, &["apply"]).expect(0).says("0 uploaded").says("2 found there already");
    assert!(project.read("mirror/inbox/index.json").contains("a_film"));
}

#[cfg(unix)]
#[test]
fn new_objects_are_told_until_it_worked() {
    let project = in_folder();
    let told = project.folder().join("told");
    let notify = |command: &str| format!("{FOLDER}  on_uploaded: \"{command}\"\n");
    let project = project.config(&notify("exit 1"));
    mirror(&project, &["apply"]).expect(4).says("on_uploaded").says("exit status: 1");
    assert!(project.read("state.lock.json").contains("untold"));
    let works = format!("cat >> {}; test -z \\\"$TELEGRAM_BOT_TOKEN\\\"", told.display());
    let project = project.config(&notify(&works));
    mirror(&project, &["apply"]).expect(0).says("2 told");
    let list: Value = serde_json::from_str(&fs::read_to_string(&told).unwrap()).unwrap();
    assert_eq!(list["objects"][0]["key"], "trip/cover.jpg");
    assert!(list["id"].as_str().unwrap().starts_with("u1-"));
    assert!(!project.read("state.lock.json").contains("untold"));
    mirror(&project, &["apply"]).expect(0).never_says("told");
    project.write("content/trip/cover.jpg", "another");
    mirror(&project, &["apply"]).expect(0).says("1 told");
}

#[test]
fn a_fresh_clone_and_touched_files_upload_nothing() {
    let project = in_folder().git_with_remote();
    project.apply().expect(0);
    let clone = project.clone_of_remote("clone", &[]);
    // The folder is not part of the repository: that of the clone is empty, and filled.
    mirror(&clone, &["plan"]).expect(0).says("2 to upload");
    let file = fs::File::open(project.path("content/trip/cover.jpg")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    mirror(&project, &["plan"]).expect(0).says("no changes");
}

#[test]
fn a_bucket_is_made_and_filled_once() {
    let Some((project, tap)) = in_bucket("  prefix: m\n") else { return };
    project.plan().expect(0).says("Mirror: 2 to upload");
    assert!(tap.take().is_empty(), "a plan needs no network");
    project.apply().expect(0).says("2 uploaded");
    assert_eq!(keys(&project), ["m/index.json", "m/trip/cover.jpg", "m/trip/slides_final.pdf"]);
    tap.take();
    project.apply().expect(0).says("No changes");
    mirror(&project, &["apply"]).expect(0).says("2 unchanged");
    let file = fs::File::open(project.path("content/trip/cover.jpg")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    // Of files as young as these there may be none.
    let _ = fs::remove_file(project.path(".tgsync/media.json"));
    mirror(&project, &["apply"]).expect(0).says("2 unchanged");
    assert_eq!(tap.take(), [""; 0], "nothing was asked");
    project.write("content/trip/cover.jpg", b"\xff\xd8 not quite a pictura");
    mirror(&project, &["apply"]).expect(0).says("1 uploaded");
    let asked = of_objects(&tap);
    assert!(
        asked.iter().all(|line| line.ends_with("m/trip/cover.jpg") || line.ends_with("m/index.json")),
        "{asked:?}"
    );
    assert!(!project.read("state.lock.json").contains(minio::SECRET_KEY));
}

#[test]
fn a_clone_asks_nothing_of_the_bucket_either() {
    let Some((project, tap)) = in_bucket("") else { return };
    let project = project.git_with_remote();
    project.apply().expect(0);
    let clone = project.clone_of_remote("clone", &[]);
    tap.take();
    mirror(&clone, &["apply"]).expect(0).says("2 unchanged");
    assert_eq!(tap.take(), [""; 0]);
}

#[test]
fn another_bucket_is_looked_at_and_filled() {
    let Some((project, tap)) = in_bucket("") else { return };
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
    // The lock is lost: what is there is found and not put there again.
    project.remove("state.lock.json");
    project.remove(".tgsync/seen.json");
    mirror(&project, &["apply"]).expect(0).says("0 uploaded").says("2 found there already");
    mirror(&project, &["verify"]).expect(0);
    let other = project.read("tgsync.yaml").replace("bucket: t-", "bucket: u-");
    let project = project.config(&other);
    mirror(&project, &["verify"]).expect(1).says("mirror apply");
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
    drop(tap);
}

#[test]
fn verify_finds_what_somebody_did_to_a_bucket() {
    let Some((project, tap)) = in_bucket("") else { return };
    project.write("content/trip/c.txt", "third");
    mirror(&project, &["apply"]).expect(0);
    // Another repository that writes into the same bucket.
    let bucket = project.read("tgsync.yaml");
    let vandal = in_folder().config(&bucket).env("MINIO_ACCESS_KEY", minio::ACCESS_KEY);
    let vandal = vandal.env("MINIO_SECRET_KEY", minio::SECRET_KEY);
    vandal.write("content/trip/cover.jpg", b"\xff\xd8 NOT QUITE A PICTURE");
    vandal.write("content/trip/slides final.pdf", "%PDF");
    vandal.write("content/trip/c.txt", "third");
    mirror(&vandal, &["apply"]).expect(0);
    vandal.remove("content/trip/c.txt");
    vandal
        .config(&(bucket + "  prune: true\n"))
        .run(&["mirror", "apply", "--yes"])
        .expect(0)
        .says("1 deleted");
    let run = mirror(&project, &["verify"])
        .expect(6)
        .says("`trip/cover.jpg` (content/trip/cover.jpg): it was replaced");
    run.says("`trip/slides_final.pdf` (content/trip/slides final.pdf): it has another size")
        .says("`trip/c.txt` (content/trip/c.txt): it is not there")
        .says("mirror apply --refresh");
    mirror(&project, &["apply"]).expect(0).says("0 uploaded");
    tap.take();
    project.write("content/trip/d.txt", "untouched there");
    mirror(&project, &["apply", "--refresh"]).expect(0).says("4 uploaded");
    mirror(&project, &["verify"]).expect(0).says("5 read back");
    mirror(&project, &["apply", "--refresh"]).expect(0).says("0 uploaded").says("4 unchanged");
}

#[test]
fn a_wrong_key_is_said_and_nothing_is_recorded() {
    let Some((project, _tap)) = in_bucket("") else { return };
    let project = project.env("MINIO_SECRET_KEY", "wrong-secret-key");
    let run = project.apply().expect(1).says("the secret key is wrong").never_says("wrong-secret-key");
    assert!(project.texts().is_empty() && !project.exists("state.lock.json"), "{}", run.all());
    let project = project.env("MINIO_ACCESS_KEY", "nobody");
    mirror(&project, &["apply"]).expect(1).says("does not know the access key");
    let project = project.without_env("MINIO_ACCESS_KEY").without_env("MINIO_SECRET_KEY");
    mirror(&project, &["apply"]).expect(1).says("`MINIO_ACCESS_KEY` is not set");
    let project = project.env("AWS_ACCESS_KEY_ID", minio::ACCESS_KEY);
    let secret = project.folder().join("secret");
    fs::write(&secret, format!("{}\n", minio::SECRET_KEY)).unwrap();
    let project = project.env("AWS_SECRET_ACCESS_KEY_FILE", secret.to_str().unwrap());
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
}

#[test]
fn links_to_files_are_their_public_address() {
    let project = trip(&format!("{FOLDER}  public_url: https://cdn.example.org/m\n"));
    project.write(
        "content/trip/index.md",
        "---\nslug: trip\n---\nThe [slides](<slides final.pdf>), [cover](./cover.jpg), [no](no.pdf).",
    );
    let run = project.apply().expect(0);
    let html =
        project.calls().into_iter().find(|call| call.succeeded() && call.method == "sendMessage").unwrap();
    let html = html.text().to_owned();
    assert!(html.contains("https://cdn.example.org/m/trip/slides_final.pdf"), "{html}");
    assert!(
        html.contains("https://cdn.example.org/m/trip/cover.jpg") && !html.contains("no.pdf\""),
        "{html}"
    );
    run.says("`no.pdf` is neither");
}
