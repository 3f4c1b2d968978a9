//! Histories in which a simpler journal sends twice or loses something: machines that vanish, runs that pause, refs and
//! branches that people change.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand")]

use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::lease::{REF, fresh, journal, on_main, over_http, project, texts};
use super::support::git_server::Rules;
use super::support::{Project, Run};

/// Start a run, and kill it as soon as so many calls have arrived that change something. Whether it was still going on.
fn kill_after(project: &Project, calls: usize) -> bool {
    let mut command = project.command(&["apply", "--yes"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = project.server().follow(command);
    loop {
        run.calls();
        if project.calls().len() >= calls {
            break;
        }
        if !run.goes_on() {
            return false;
        }
    }
    run.kill();
    run.wait();
    true
}

fn start(project: &Project) -> Child {
    let mut command = project.command(&["apply", "--yes"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A run dies in its `call`th call, which has its effect or not.
fn die_in(project: &Project, call: usize, done: bool) {
    project.server().forget_requests();
    project.fault(json!({"method": "sendMessage", "kind": "hang", "done": done, "after": call - 1}));
    assert!(kill_after(project, call), "it ended before it was killed");
}

/// The holder of the journal was on another machine: nobody here can tell that its process has ended.
fn from_elsewhere(project: &Project) {
    let surgeon = project.clone_of_remote("surgeon", &[]);
    surgeon.git_run(&["fetch", "--quiet", "origin", REF]);
    surgeon.git_run(&["checkout", "--quiet", "FETCH_HEAD"]);
    let text = surgeon.read("journal.jsonl");
    let (head, log) = text.split_once('\n').unwrap();
    let mut head: serde_json::Value = serde_json::from_str(head).unwrap();
    assert!(head["holder"].as_object_mut().unwrap().remove("home").is_some());
    surgeon.write("journal.jsonl", format!("{head}\n{log}"));
    surgeon.commit("from elsewhere");
    surgeon.git_run(&["push", "--quiet", "--force", "origin", &format!("HEAD:{REF}")]);
    std::fs::remove_dir_all(surgeon.path("")).unwrap();
}

/// Someone writes a post and pushes it.
fn write_post(project: &Project, n: usize) {
    let people = project.clone_of_remote(&format!("people-{n}"), &[]);
    people.put(&format!("p{n:02}.md"), "", &format!("Post {n}."));
    people.commit("a post");
    people.git_run(&["push", "--quiet"]);
}

fn random(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 40).unwrap()
}

#[test]
fn machines_that_vanish_leave_nothing_doubled_and_nothing_lost() {
    for (http, mut seed) in [(false, 3), (true, 8)] {
        let project = project(9);
        let _server = http.then(|| over_http(&project, Rules::default()));
        let mut kills = 0;
        for round in 0..40 {
            let clone = fresh(&project, &format!("clone-{round}"));
            let kind = ["drop_after", "late", "drop_before"][random(&mut seed) % 3];
            let after = random(&mut seed) % 3;
            project.server().forget_requests();
            project.fault(json!({"method": "sendMessage", "kind": kind, "after": after, "delay_s": 30}));
            if kills == 8 || !kill_after(&clone, 1 + random(&mut seed) % 6) {
                break;
            }
            kills += 1;
        }
        let last = fresh(&project, "last");
        last.apply();
        last.apply().expect(0);
        assert_eq!(project.texts(), texts(9), "http: {http}, {kills} kills");
        fresh(&project, "after").settled();
    }
}

#[test]
fn a_vanished_holder_is_waited_for_and_what_it_sent_is_found() {
    for done in [false, true] {
        let project = project(3);
        die_in(&project, 2, done);
        from_elsewhere(&project);
        let begun = project.server().now_ms();
        let clone = fresh(&project, "second");
        clone
            .apply_with(&["--lock-timeout", "1s"])
            .expect(5)
            .says("another run has the journal")
            .says("process ");
        assert_eq!(clone.report()["failure_reason"], "locked");
        clone.apply().expect(0).says("waiting for the journal");
        let waited = (project.server().now_ms() - begun) / 1000;
        assert!((900..3600).contains(&waited), "{waited} s");
        assert_eq!(project.texts(), texts(3), "done: {done}");
        fresh(&project, "third").settled();
    }
}

#[test]
fn a_process_that_ended_here_needs_no_lease_to_run_out() {
    let project = project(3);
    die_in(&project, 2, false);
    let begun = project.server().now_ms();
    fresh(&project, "second").apply().expect(0);
    let waited = (project.server().now_ms() - begun) / 1000;
    assert!(waited < 900, "{waited} s");
    assert_eq!(project.texts(), texts(3));
}

#[test]
fn unlock_ends_the_lease_of_a_run_that_is_gone() {
    let project = project(3);
    die_in(&project, 2, true);
    from_elsewhere(&project);
    let clone = fresh(&project, "second");
    clone.run(&["unlock"]).expect(5).says(REF).says("process ").says("--yes");
    clone.run(&["unlock", "--yes"]).expect(0).says("may be taken");
    let lines = journal(&project).len();
    assert!(lines > 1, "the log is kept");
    clone.apply_with(&["--lock-timeout", "1s"]).expect(0);
    assert_eq!(project.texts(), texts(3));
    clone.run(&["unlock", "--yes"]).expect(0).says("no run has a journal in git");
    fresh(&project, "third").settled();
}

/// A run is stopped (`SIGSTOP`) while its `push`th push is under way; `meanwhile` happens; it is continued.
fn paused(project: &Project, push: usize, meanwhile: impl Fn() + Send + Sync + 'static) -> Run {
    let pid = Arc::new(Mutex::new(None::<u32>));
    let known = Arc::clone(&pid);
    let hook = move |before: usize| {
        if before + 1 != push {
            return;
        }
        let pid = loop {
            if let Some(pid) = *known.lock().unwrap() {
                break pid.to_string();
            }
            std::thread::yield_now();
        };
        let signal = |name: &str| std::process::Command::new("kill").args([name, &pid]).status().unwrap();
        assert!(signal("-STOP").success());
        meanwhile();
        assert!(signal("-CONT").success());
    };
    let _server = over_http(project, Rules { before_push: Some(Box::new(hook)), ..Rules::default() });
    let child = start(project);
    *pid.lock().unwrap() = Some(child.id());
    Run::ended(child)
}

#[test]
fn a_paused_holder_sends_nothing_more_and_says_who_took_over() {
    for push in [2, 3] {
        let project = project(4);
        let other = project.clone_of_remote("other", &[]);
        let said = Arc::new(Mutex::new(Vec::new()));
        let meanwhile = {
            let said = Arc::clone(&said);
            move || said.lock().unwrap().push(other.apply())
        };
        let run = paused(&project, push, meanwhile);
        let taker = said.lock().unwrap().pop().unwrap();
        taker.expect(0);
        let run = run.says("was taken by").says("nothing more is sent");
        assert_ne!(run.code, 0);
        assert_eq!(project.texts(), texts(4), "push {push}\n{}", run.all());
        project.clone_of_remote("third", &[]).settled();
    }
}

#[test]
fn an_older_checkout_sends_nothing_again() {
    let project = project(2);
    let old = fresh(&project, "old");
    project.apply().expect(0);
    project.server().forget_requests();
    old.apply().expect(0);
    assert_eq!(project.methods(), [""; 0]);
    old.settled();
    assert_eq!(project.texts(), texts(2));
}

#[test]
fn of_runs_at_the_same_time_one_sends() {
    let project = project(5);
    let clones = ["one", "two"].map(|name| fresh(&project, name));
    let runs = clones.each_ref().map(start).map(Run::ended);
    assert!(runs.iter().any(|run| run.code == 0), "{}{}", runs[0].all(), runs[1].all());
    fresh(&project, "third").apply().expect(0);
    assert_eq!(project.texts(), texts(5));
    fresh(&project, "fourth").settled();
}

#[test]
fn others_push_to_the_branch_meanwhile() {
    let project = project(2);
    let people = project.clone_of_remote("people", &[]);
    let hook = move |before: usize| {
        // The last push is that of the lock.
        if before == 2 {
            people.put("p03.md", "", "Post 3.");
            people.commit("meanwhile");
            people.git_run(&["push", "--quiet"]);
        }
    };
    let server = over_http(&project, Rules { before_push: Some(Box::new(hook)), ..Rules::default() });
    project.apply().expect(0).says("merged");
    assert_eq!((project.texts(), server.pushes()), (texts(2), 4));
    fresh(&project, "second").apply().expect(0);
    assert_eq!(project.texts(), texts(3));
    fresh(&project, "third").settled();
}

/// A push to `main` is refused as long as there is a file `protected` in the remote.
fn protect(project: &Project) {
    use std::os::unix::fs::PermissionsExt as _;
    let hook = project.remote().join("hooks/update");
    let script = "#!/bin/sh\nif [ $1 = refs/heads/main ] && [ -e protected ]; then echo main is protected >&2; exit 1; fi\n";
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(project.remote().join("protected"), "").unwrap();
}

fn state_branches(project: &Project) -> Vec<String> {
    let remote = project.remote().display().to_string();
    let refs =
        project.git_run(&["-C", &remote, "for-each-ref", "--format=%(refname:short)", "refs/heads/tgsync"]);
    refs.lines().map(str::to_owned).collect()
}

#[test]
fn a_protected_branch_costs_nothing_but_a_question() {
    let project = project(2);
    let _server = over_http(&project, Rules::default());
    protect(&project);
    let clone = fresh(&project, "first");
    clone.apply().expect(4).says("main is protected").says("tgsync/state-").says("nothing is sent again");
    let branches = state_branches(&project);
    assert_eq!(branches.len(), 1);
    let report = clone.report();
    assert_eq!(
        (&report["failure_reason"], &report["lock"]["branch"]),
        (&json!("state_push"), &json!(branches[0]))
    );
    assert_eq!(report["lock"]["pushed"], false);
    // The next one goes on from the journal, and asks the same again.
    project.server().forget_requests();
    let clone = fresh(&project, "second");
    clone.apply().expect(4).says(&branches[0]);
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(state_branches(&project), branches);
    // Closed without a merge: still nothing is sent again.
    let remote = project.remote().display().to_string();
    project.git_run(&["-C", &remote, "branch", "-D", &branches[0]]);
    fresh(&project, "third").apply().expect(4);
    assert_eq!(project.methods(), [""; 0]);
    // Merged: all is well.
    std::fs::remove_file(project.remote().join("protected")).unwrap();
    project.git_run(&["-C", &remote, "branch", "-f", "main", &state_branches(&project)[0]]);
    fresh(&project, "fourth").settled();
    assert_eq!(project.texts(), texts(2));
}

#[test]
fn a_reverted_lock_sends_nothing_again() {
    let project = project(2);
    project.apply().expect(0);
    let people = project.clone_of_remote("people", &[]);
    people.git_run(&["revert", "--no-edit", "HEAD"]);
    people.git_run(&["push", "--quiet"]);
    let clone = fresh(&project, "second");
    project.server().forget_requests();
    clone.apply().expect(0);
    // The end of the last call was in the lock alone: it is looked for, and nothing of it is sent.
    assert!(!project.methods().contains(&"sendMessage".to_owned()), "{:?}", project.methods());
    assert_eq!(on_main(&project)["targets"]["news"]["posts"].as_object().unwrap().len(), 2);
    write_post(&project, 3);
    fresh(&project, "third").apply().expect(0);
    assert_eq!(project.texts(), texts(3));
    fresh(&project, "fourth").settled();
}

#[test]
fn a_journal_that_somebody_removed_puts_what_is_planned_in_doubt() {
    for done in [false, true] {
        let project = project(1);
        project.apply().expect(0);
        write_post(&project, 2);
        write_post(&project, 3);
        let clone = fresh(&project, "second");
        die_in(&clone, 1, done);
        let remote = project.remote().display().to_string();
        project.git_run(&["-C", &remote, "update-ref", "-d", REF]);
        let clone = fresh(&project, "third");
        clone.apply_with(&["--lock-timeout", "1s"]).expect(5).says("the ref is gone");
        let run = clone.apply();
        assert_eq!(project.texts(), texts(3), "done: {done}\n{}", run.all());
        run.expect(0).says("somebody removed the journal");
        assert_eq!(on_main(&project)["targets"]["news"]["journal"]["epoch"], 2);
        fresh(&project, "fourth").settled();
    }
}

#[test]
fn two_machines_never_overwrite_each_other_s_journal() {
    // The push of the first intent arrives when another run has taken the journal: it is refused, and nothing is sent.
    let project = project(3);
    let other = project.clone_of_remote("other", &[]);
    let said = Arc::new(Mutex::new(Vec::new()));
    let meanwhile = {
        let said = Arc::clone(&said);
        move || said.lock().unwrap().push(other.apply())
    };
    let run = paused(&project, 1, meanwhile);
    said.lock().unwrap().pop().unwrap().expect(0);
    assert_ne!(run.code, 0, "{}", run.all());
    assert_eq!(project.texts(), texts(3), "{}", run.all());
    project.clone_of_remote("third", &[]).settled();
}
