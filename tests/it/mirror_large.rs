//! Much and large: memory stays within its bounds, names of all kinds arrive, nothing is asked twice.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;
use std::io::Write as _;

use crate::support::Run;
use crate::support::trip::{in_bucket, in_folder, keys, mirror};

const MIB: usize = 1024 * 1024;

/// Everything that a run may take, in MiB: the promise of `docs/mirror.md`.
#[cfg(target_os = "linux")]
const MEMORY: usize = 64 + UNOPTIMISED;
/// What code that is not optimised takes more.
#[cfg(target_os = "linux")]
const UNOPTIMISED: usize = if cfg!(debug_assertions) { 12 } else { 0 };

#[cfg(target_os = "linux")]
#[test]
fn a_file_larger_than_memory_goes_through_little_of_it() {
    let Some((project, tap)) = in_bucket("") else { return };
    let mut film = fs::File::create(project.path("content/trip/film.mp4")).unwrap();
    for n in 0..200_u32 {
        // No two mebibytes alike: one in the wrong place would be noticed.
        film.write_all(&n.to_le_bytes().repeat(MIB / 4)).unwrap();
    }
    drop(film);
    for n in 0..500 {
        project.write(&format!("content/trip/many/{n:04}.bin"), n.to_string().repeat(2000));
    }
    // The list is written last: there the run stands still and can be measured.
    tap.hold(Some("/index.json"));
    let mut command = project.command(&["mirror", "apply", "--quiet"]);
    let mut child = command.spawn().unwrap();
    while !tap.seen("/index.json") {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    tap.hold(None);
    assert!(child.wait().unwrap().success());
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak / 1024 <= MEMORY, "{} MiB", peak / 1024);
    tap.take();
    mirror(&project, &["apply"]).expect(0).says("503 unchanged");
    assert_eq!(tap.take(), [""; 0], "nothing is asked");
    mirror(&project, &["verify", "--sample", "2000"]).expect(0).says("504 read back, 0 that differ");
}

#[test]
fn names_of_all_kinds_arrive() {
    let Some((project, _tap)) = in_bucket("  prefix: m\n") else { return };
    let deep = format!("{}end.txt", "d/".repeat(60));
    let names = [
        ("empty.bin", "empty.bin"),
        ("a b  c.txt", "a_b__c.txt"),
        ("Звіт за рік.pdf", "Звіт_за_рік.pdf"),
        ("日本語/写真.jpg", "日本語/写真.jpg"),
        ("cafe\u{301}.txt", "caf\u{e9}.txt"),
        ("😀&<>'\"%20+#?.txt", "😀&<>'\"%20+#?.txt"),
        ("no-break\u{a0}space", "no-break_space"),
        (deep.as_str(), deep.as_str()),
    ];
    for (file, _) in names {
        project.write(&format!("content/trip/{file}"), if file.starts_with("empty") { "" } else { file });
    }
    mirror(&project, &["apply"]).expect(0).says("10 uploaded");
    let known = keys(&project);
    for (file, key) in names {
        assert!(known.contains(&format!("m/trip/{key}")), "{file}: {known:?}");
    }
    mirror(&project, &["verify", "--sample", "99"]).expect(0).says("11 read back, 0 that differ");
    mirror(&project, &["apply"]).expect(0).says("10 unchanged");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_no_path_can_hold_are_errors_where_a_post_has_them() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = in_folder();
    for name in [&b"a\\b.jpg"[..], b"line\nbreak.jpg", b"latin-\xe9.jpg"] {
        fs::write(project.path("content/trip").join(std::ffi::OsStr::from_bytes(name)), "x").unwrap();
    }
    let run: Run = project.run(&["check"]).expect(3).says("TG0106").says("content/trip");
    for shown in [r"a\\b.jpg", r"line\nbreak.jpg", "latin-\u{fffd}.jpg"] {
        assert!(run.all().contains(shown), "{shown}: {}", run.all());
    }
    project.apply().expect(3);
    project.write("content/trip/.tgsyncignore", "*.jpg\n!cover.jpg\n");
    project.apply().expect(0).says("2 uploaded");
}
