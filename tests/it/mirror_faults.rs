//! What goes wrong between a mirror and its store: servers, disks, rights, clocks, kills. Every run says what happened and
//! ends with an error, the lock claims nothing that is not there, and the next run completes.

use std::fs;
use std::process::{Child, Stdio};

use crate::support::minio::{self, Own, Policy};
use crate::support::trip::{in_bucket, in_bucket_at, in_folder, keys, mirror, trip};
use crate::support::wiretap::Wiretap;
use crate::support::{Project, Run};

const WHOLE: [&str; 4] = ["index.json", "trip/cover.jpg", "trip/film.mp4", "trip/slides_final.pdf"];

/// Bytes that no two places of have alike.
fn noise(size: u32) -> Vec<u8> {
    (0..size).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn start(project: &Project, args: &[&str]) -> Child {
    let mut command = project.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Wait until a request with this in its line came by.
fn until(tap: &Wiretap, part: &str, child: &mut Child) {
    while !tap.seen(part) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {part}");
        std::thread::yield_now();
    }
}

#[test]
fn refusals_of_the_store_are_told_in_words() {
    let Some((project, tap)) = in_bucket("") else { return };
    for (status, code, expected) in
        [(507, "XMinioStorageFull", "the store is full"), (403, "AllAccessDisabled", "access is denied")]
    {
        tap.refuse("PUT /", status, code, usize::MAX);
        let run = mirror(&project, &["apply"]).says(expected);
        assert!(run.code == 1 || run.code == 4, "{}", run.all());
        assert!(!project.exists("state.lock.json") || keys(&project).is_empty(), "{}", run.all());
    }
    tap.refuse("PUT /", 503, "SlowDown", 3);
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
}

#[test]
fn a_key_that_may_only_read_uploads_nothing() {
    let Some(binary) = minio::binary() else { return };
    let policy = Policy::new();
    let server = Own::ruled_by(&binary, &policy);
    let (project, _tap) = in_bucket_at(&server.url(), "");
    policy.deny(&["s3:CreateBucket"]);
    let run = project.apply().expect(1).says("the bucket is not there and could not be made").says("mc mb");
    assert!(project.texts().is_empty() && !project.exists("state.lock.json"), "{}", run.all());
    policy.deny(&[]);
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
    let before = project.read("state.lock.json");
    project.write("content/trip/film.mp4", noise(9_000_000));
    project.write("content/trip/c.txt", "third");
    policy.deny(&["s3:PutObject"]);
    let run = project.apply().says("access is denied").says("`s3:PutObject`").says("nothing was sent");
    assert!(project.texts().is_empty() && [1, 4].contains(&run.code), "{}", run.all());
    assert_eq!(project.read("state.lock.json"), before, "nothing is claimed");
    mirror(&project, &["verify"]).expect(0);
    // A key that may only write is enough to mirror.
    policy.deny(&["s3:ListBucket", "s3:ListBucketMultipartUploads"]);
    mirror(&project, &["apply"]).expect(0).says("2 uploaded");
    policy.deny(&["s3:GetObject"]);
    mirror(&project, &["verify"]).expect(1).says("access is denied");
    policy.deny(&[]);
    mirror(&project, &["verify"]).expect(0).says("5 read back");
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let Some((project, tap)) = in_bucket("") else { return };
    tap.age(true);
    let run = project.apply().expect(1).says("too far apart").says("set this machine's clock right");
    assert!(project.texts().is_empty() && !project.exists("state.lock.json"), "{}", run.all());
    tap.age(false);
    project.apply().expect(0).says("2 uploaded");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_whose_disk_is_full_gets_the_rest_when_there_is_room() {
    let Some(binary) = minio::binary() else { return };
    let Some(server) = Own::on_small_disk(&binary, 128) else { return };
    let (project, _tap) = in_bucket_at(&server.url(), "");
    mirror(&project, &["apply"]).expect(0);
    project.write("content/trip/film.mp4", noise(20_000_000));
    server.fill();
    // Now and then the server only says that it lost the upload.
    let run = project.apply().says("full").says("nothing was sent");
    assert!(project.texts().is_empty() && [1, 4].contains(&run.code), "{}", run.all());
    assert!(!keys(&project).contains(&"trip/film.mp4".to_owned()), "{}", run.all());
    mirror(&project, &["verify"]).expect(0);
    server.make_room();
    // The server believes for a second what it knew of its disk.
    let mut runs = (0..100).map(|_| project.apply());
    assert!(runs.any(|run| run.code == 0));
    assert_eq!(keys(&project), WHOLE);
    mirror(&project, &["verify"]).expect(0).says("4 read back");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_on_a_full_disk_gets_the_rest_when_there_is_room() {
    let project = in_folder();
    project.write("content/trip/film.mp4", noise(3_000_000));
    fs::create_dir(project.path("mirror")).unwrap();
    let command = project.command(&["mirror", "apply"]);
    let Some(mut small) = minio::on_small_disk(&command, &project.path("mirror"), "size=1m") else { return };
    let run = Run::of(&mut small).expect(1).says("no space left").says("free some space and run again");
    // What was on the small disk went with it: the folder below it is empty.
    assert!(!keys(&project).contains(&"trip/film.mp4".to_owned()), "{}", run.all());
    mirror(&project, &["apply"]).expect(0);
    assert_eq!(keys(&project), WHOLE);
    mirror(&project, &["verify"]).expect(0).says("4 read back");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_left_for_the_next_run() {
    let Some((project, tap)) = in_bucket("") else { return };
    for (now, size) in [(1, 40_000_000), (2, 20_000_000)] {
        project.write("content/trip/film.mp4", noise(40_000_000 - now));
        tap.hold(Some("partNumber="));
        let mut child = start(&project, &["mirror", "apply"]);
        until(&tap, "partNumber=", &mut child);
        project.write("content/trip/film.mp4", vec![7; size]);
        tap.hold(None);
        let run = Run::ended(child).says("`content/trip/film.mp4` changed while it was read");
        assert!([1, 4].contains(&run.code), "{}", run.all());
        assert!(!keys(&project).contains(&"trip/film.mp4".to_owned()), "{}", run.all());
        assert!(!mirror(&project, &["list"]).expect(0).out.contains("film"));
        tap.take();
    }
    mirror(&project, &["apply"]).expect(0).says("1 uploaded");
    assert_eq!(keys(&project), WHOLE);
    mirror(&project, &["verify"]).expect(0).says("4 read back");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_during_a_large_file_is_made_up_for() {
    let Some(binary) = minio::binary() else { return };
    let server = Own::start(&binary);
    let (project, tap) = in_bucket_at(&server.url(), "");
    project.write("content/trip/film.mp4", noise(40_000_000));
    let mut child = start(&project, &["mirror", "apply"]);
    until(&tap, "partNumber=2", &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.unended(), 1, "its parts stay");
    assert!(project.read(".tgsync/uploads.json").contains("film.mp4"));
    mirror(&project, &["apply"]).expect(0);
    assert_eq!(keys(&project), WHOLE);
    assert_eq!(server.unended(), 0, "and go with the next run");
    assert!(!project.exists(".tgsync/uploads.json"));
    mirror(&project, &["verify"]).expect(0).says("4 read back");
}

#[cfg(unix)]
#[test]
fn uploads_of_others_are_left_alone() {
    let Some(binary) = minio::binary() else { return };
    let server = Own::start(&binary);
    let (project, tap) = in_bucket_at(&server.url(), "");
    project.write("content/trip/film.mp4", noise(20_000_000));
    // Another checkout of the same repository, in the middle of the same file.
    let config = project.read("tgsync.yaml");
    let other = trip(&config).env("MINIO_ACCESS_KEY", minio::ACCESS_KEY);
    let other = other.env("MINIO_SECRET_KEY", minio::SECRET_KEY);
    other.write("content/trip/film.mp4", noise(20_000_000));
    tap.hold(Some("partNumber=2"));
    let mut child = start(&other, &["mirror", "apply"]);
    until(&tap, "partNumber=2", &mut child);
    assert_eq!(server.unended(), 1);
    let direct = project.read("tgsync.yaml").replace(&tap.url(), &server.url());
    let project = project.config(&direct);
    mirror(&project, &["apply"]).expect(0);
    assert_eq!(server.unended(), 1, "it may still go on");
    tap.hold(None);
    assert_eq!(Run::ended(child).expect(0).code, 0);
    mirror(&other, &["verify"]).expect(0);
}

#[test]
fn a_server_that_is_killed_and_comes_back_gets_the_rest() {
    let Some(binary) = minio::binary() else { return };
    let server = Own::start(&binary);
    let (project, tap) = in_bucket_at(&server.url(), "");
    mirror(&project, &["apply"]).expect(0);
    project.write("content/trip/film.mp4", noise(40_000_000));
    project.write("content/trip/more.txt", "more");
    tap.hold(Some("partNumber=2"));
    let mut child = start(&project, &["apply", "--yes"]);
    until(&tap, "partNumber=2", &mut child);
    let stopped = server.stop();
    tap.hold(None);
    let run = Run::ended(child).says("mirror.endpoint").says("nothing was sent");
    assert!([1, 4].contains(&run.code) && project.texts().is_empty(), "{}", run.all());
    assert!(!keys(&project).contains(&"trip/film.mp4".to_owned()), "{}", run.all());
    // It is not there at all when the next run begins.
    let run = project.apply().expect(1).says("mirror.endpoint");
    assert!(project.texts().is_empty(), "{}", run.all());
    let server = stopped.start_again(&binary);
    project.apply().expect(0).says("40.0 MB");
    assert!(WHOLE.iter().all(|key| keys(&project).contains(&(*key).to_owned())));
    assert_eq!(server.unended(), 0);
    mirror(&project, &["verify"]).expect(0).says("5 read back");
}

#[test]
fn a_network_that_breaks_during_a_large_file_leaves_no_claim() {
    let Some((project, tap)) = in_bucket("") else { return };
    project.write("content/trip/film.mp4", noise(20_000_000));
    tap.cut_after(Some(12_000_000));
    let run = mirror(&project, &["apply"]).expect(4);
    assert!(!keys(&project).contains(&"trip/film.mp4".to_owned()), "{}", run.all());
    mirror(&project, &["plan"]).expect(0).says("+ trip/film.mp4");
    tap.cut_after(None);
    mirror(&project, &["apply"]).expect(0);
    assert_eq!(keys(&project), WHOLE);
    mirror(&project, &["verify"]).expect(0).says("4 read back");
}
