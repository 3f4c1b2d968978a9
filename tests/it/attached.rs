//! Files that posts attach, from disk to what would be sent.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;

use crate::support::Project;

/// The beginning of a PNG of this size; nobody decodes the rest.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0");
    bytes
}

fn with_pictures(count: u8, keys: &str, body: &str) -> Project {
    let project = Project::new().post_with("trip.md", keys, body);
    for number in 1..=count {
        let mut bytes = png(640, 480);
        bytes.push(number);
        project.write(&format!("content/trip/{number}.png"), bytes);
    }
    project
}

#[test]
fn a_picture_of_the_body_is_rendered_with_its_caption() {
    let project = with_pictures(2, "", "![](1.png)\n![[2.png]]\n\nLook, *snow*.");
    let said =
        project.run(&["render", "trip"]).expect(0).says("[photo: content/trip/1.png]\nLook, <i>snow</i>.");
    assert!(said.all().contains("\n[photo: content/trip/2.png]\n"), "{}", said.all());
    let json = project.run(&["render", "trip", "--format", "json"]).expect(0).json();
    let items = &json[0]["payload"]["items"];
    assert_eq!(
        (items[0]["kind"].as_str(), items[1]["kind"].as_str()),
        (Some("photo"), Some("photo")),
        "{json}"
    );
    assert_eq!(items[0]["html"], "Look, <i>snow</i>.");
    assert_eq!(items[0]["size"], 30);
    project.run(&["explain", "trip"]).expect(0).says("photo ");
}

#[test]
fn twelve_pictures_with_buttons_are_two_albums_and_a_text() {
    let list: Vec<String> = (1..=12).map(|number| format!("{number}.png")).collect();
    let keys = format!("media: [{}]\nbuttons: [[{{text: Go, url: 'https://e.org'}}]]", list.join(", "));
    let project = with_pictures(12, &keys, "Look.");
    let json = project.run(&["render", "trip", "--format", "json"]).expect(0).json();
    let sizes: Vec<_> =
        json.as_array().unwrap().iter().map(|one| one["payload"]["items"].as_array().map(Vec::len)).collect();
    assert_eq!(sizes, [Some(10), Some(2), None]);
    assert_eq!(json[2]["payload"]["buttons"][0][0]["text"], "Go");
}

#[test]
fn what_telegram_refuses_is_found_offline() {
    let project = with_pictures(1, "media: [1.png, 2.png, wide.png, page.jpg, empty.pdf]", "Look.");
    project.write("content/trip/wide.png", png(9000, 300));
    project.write("content/trip/page.jpg", "<!DOCTYPE html><p>not found");
    project.write("content/trip/empty.pdf", "");
    let run = project.run(&["check"]).expect(3);
    for code in ["TG0705", "TG0709", "TG0710", "TG0707"] {
        assert!(run.all().contains(code), "{code}: {}", run.all());
    }
    run.says("did you mean `1.png`?").says("9000 × 300").says("`text/html`");
}

#[test]
fn a_large_video_is_measured_against_the_server() {
    let project = with_pictures(0, "media: [film.mp4]", "Look.");
    project.write("content/trip/film.mp4", b"\0\0\0\x20ftypisom");
    let film = fs::File::options().write(true).open(project.path("content/trip/film.mp4")).unwrap();
    film.set_len(60 << 20).unwrap();
    project.run(&["check"]).expect(0);
    let hosted = project.env("TGSYNC_API_URL", "https://api.telegram.org").without_env("TGSYNC_CLOCK");
    hosted
        .run(&["check"])
        .expect(3)
        .says("`film.mp4` has 62,914,560 bytes, a video may have 52,428,800 (50 MB)");
}

#[cfg(unix)]
#[test]
fn a_file_that_can_t_be_read_is_an_error_at_its_place() {
    use std::os::unix::fs::PermissionsExt as _;

    let project = with_pictures(1, "media: [1.png]", "Look.");
    let path = project.path("content/trip/1.png");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return eprintln!("skipped: nothing is unreadable to root");
    }
    project.run(&["check"]).expect(3).says("TG0706").says("content/trip.md:3:9").says("ermission denied");
}

#[test]
fn a_directory_in_the_place_of_a_file_is_no_file() {
    let project = with_pictures(1, "media: [deep]", "Look.");
    project.write("content/trip/deep/2.png", png(1, 1));
    project.run(&["check"]).expect(3).says("TG0705");
}

#[cfg(unix)]
#[test]
fn files_that_did_not_change_are_not_opened() {
    use std::os::unix::fs::MetadataExt as _;

    let project = with_pictures(1, "media: [1.png]", "Look.");
    let found = fs::metadata(project.path("content/trip/1.png")).unwrap();
    // What is not so can only come from what was remembered.
    let told = serde_json::json!({"content/trip/1.png": {
        "sha256": "0".repeat(64),
        "inode": found.ino(),
        "size": found.size(),
        "modified": found.mtime() * 1_000_000_000 + found.mtime_nsec(),
        "changed": found.ctime() * 1_000_000_000 + found.ctime_nsec(),
        "format": "image/png 9000 300",
    }});
    project.write(".tgsync/media.json", told.to_string());
    project.run(&["check"]).expect(3).says("9000 × 300");
    project.write("content/trip/1.png", png(480, 640));
    project.run(&["check"]).expect(0);
}

#[test]
fn attached_files_are_mirrored_too() {
    let config = "targets:\n  news:\n    chat: \"@sandbox\"\nmirror:\n  folder: mirror\n";
    let project = with_pictures(1, "media: [1.png]", "Look.").config(config);
    project.run(&["mirror", "plan"]).expect(0).says("+ trip/1.png");
    project.run(&["mirror", "apply"]).expect(0);
    project.run(&["mirror", "plan"]).expect(0).never_says("+ trip/1.png");
}
