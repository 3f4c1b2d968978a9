//! The scripts that bring the binary: a release with its checksum, the source, or what is there.
#![expect(clippy::disallowed_methods, reason = "releases are made and looked at by hand")]

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Project;
use crate::support::Run;
use crate::support::github::Hub;
use crate::support::hosted::{environment, step};

const ARCHIVE: &str = "/tgsync/tgsync/releases/download/v1.2.3/tgsync-x86_64-unknown-linux-musl.tar.gz";

struct Runner {
    project: Project,
    hub: Hub,
}

impl Runner {
    fn new() -> Self {
        Self { project: Project::new(), hub: Hub::start() }
    }

    fn run(&self, name: &str, env: &[(&str, &str)]) -> Run {
        let mut command = step(&self.project, name);
        let files = self.project.folder();
        command.envs(environment(files, &self.hub.url(), 1));
        command.env("ACTION_PATH", env!("CARGO_MANIFEST_DIR")).env("ACTION_REF", "");
        command.env("ACTION_REPOSITORY", "tgsync/tgsync").env("VERSION", "").env("CACHED", "");
        command.envs(env.iter().copied());
        Run::of(&mut command)
    }

    fn find(&self, version: &str) -> Run {
        self.run("Find tgsync", &[("VERSION", version)])
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.project.folder().join(name)).unwrap_or_default()
    }

    /// A release whose program says so.
    fn release(&self) -> Vec<u8> {
        let folder = self.project.folder().join("release");
        fs::create_dir_all(&folder).unwrap();
        program(&folder.join("tgsync"), "#!/bin/sh\necho the release\n");
        let archive = self.project.folder().join("release.tar.gz");
        let status = Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&folder).arg(".").status();
        assert!(status.unwrap().success());
        fs::read(archive).unwrap()
    }
}

fn program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_release_is_taken_when_it_is_what_its_checksum_says() {
    for (version, action_ref) in [("v1.2.3", ""), ("", "v1.2.3"), ("v1.2.3", "main")] {
        let runner = Runner::new();
        let archive = runner.release();
        runner.hub.file(
            &format!("{ARCHIVE}.sha256"),
            format!("{}  x.tar.gz\n", tgsync::ids::Sha256Hex::of(&archive)),
        );
        runner.hub.file(ARCHIVE, archive);
        runner.run("Find tgsync", &[("VERSION", version), ("ACTION_REF", action_ref)]).expect(0);
        assert_eq!(runner.file("output"), "build=false\n");
        let folder = runner.file("path");
        let said = Command::new(Path::new(folder.trim()).join("tgsync")).output().unwrap().stdout;
        assert_eq!(said, b"the release\n");
    }
}

#[test]
fn a_release_that_is_something_else_is_not_run() {
    let runner = Runner::new();
    runner.hub.file(ARCHIVE, runner.release());
    runner.find("v1.2.3").expect(1).says("checksum of the release can not be downloaded");
    runner.hub.file(&format!("{ARCHIVE}.sha256"), format!("{}  x\n", "0".repeat(64)));
    runner.find("v1.2.3").expect(1).says("not what its checksum says");
    runner.hub.file(&format!("{ARCHIVE}.sha256"), "");
    runner.find("v1.2.3").expect(1).says("not what its checksum says");
    runner.find("v9.9.9").expect(1).says("is there one of this version?");
    runner
        .run("Find tgsync", &[("VERSION", "v1.2.3"), ("RUNNER_ARCH", "PDP11")])
        .expect(1)
        .says("version: source");
    assert_eq!(runner.file("path"), "");
}

#[test]
fn a_version_is_a_version_and_no_script() {
    let runner = Runner::new();
    for hostile in
        ["$(touch x)", "v1.2.3; touch x", "v1.2.3/../../x", "`touch x`", "v1.2.3\ntouch x", "latest", "-o x"]
    {
        runner.find(hostile).expect(1).says("write `version` as");
        assert!(!runner.project.exists("x"));
    }
    assert_eq!((runner.file("path"), runner.file("output")), (String::new(), String::new()));
}

#[test]
fn what_is_there_is_used_where_that_is_asked_for() {
    let runner = Runner::new();
    runner.find("path").expect(0);
    assert_eq!(runner.file("output"), "build=false\n");
    runner
        .run("Find tgsync", &[("VERSION", "path"), ("PATH", "/usr/bin:/bin")])
        .expect(1)
        .says("on the path");
}

#[test]
fn the_source_is_built_once_for_each_state_of_it() {
    let runner = Runner::new();
    runner.find("source").expect(0);
    runner.find("").expect(0);
    let outputs = runner.file("output");
    let lines: Vec<&str> = outputs.lines().collect();
    assert_eq!((lines[0], lines[1]), ("build=true", lines[3]), "{outputs}");
    assert_eq!(lines[1].len(), "key=".len() + 64, "{outputs}");

    let cargo = runner.project.folder().join("cargo-bin");
    fs::create_dir_all(&cargo).unwrap();
    program(&cargo.join("cargo"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >>\"$RUNNER_TEMP.args\"\n");
    let path = format!("{}:/usr/bin:/bin", cargo.display());
    runner.run("Build tgsync", &[("PATH", &path)]).expect(0);
    let args = runner.file("temp.args");
    let expected = ["install", "--locked", "--path", env!("CARGO_MANIFEST_DIR"), "--root"];
    assert_eq!(args.lines().take(5).collect::<Vec<_>>(), expected);
    assert!(runner.file("path").trim().ends_with("/temp/tgsync/bin"));
    // A cached build is not built again.
    runner.run("Build tgsync", &[("PATH", &path), ("CACHED", "true")]).expect(0);
    assert_eq!(runner.file("temp.args"), args);
    runner.run("Build tgsync", &[("PATH", "/usr/bin:/bin")]).expect(1).says("there is no `cargo`");
}
