//! A lost lock must never fill the channel again, and a plan that is too large needs a word more.

use super::support::{Project, chat};

fn published(posts: usize) -> Project {
    let mut project = Project::new();
    for index in 0..posts {
        project = project.post(&format!("p{index:02}.md"), &format!("Post {index}."));
    }
    let project = project.git();
    project.apply_with(&["--allow", "sends"]).expect(0);
    project.server().forget_requests();
    project
}

/// Refused, with nothing sent and a way on.
#[track_caller]
fn assert_refused(project: &Project, words: &[&str]) {
    for args in [&["apply", "--yes", "--allow", "sends"] as &[&str], &["plan"]] {
        let mut run = project.run(args).expect(5);
        for word in words {
            run = run.says(word);
        }
    }
    assert_eq!(project.methods(), [""; 0]);
}

#[test]
fn a_deleted_lock_is_refused() {
    let project = published(3);
    project.remove("state.lock.json");
    assert_refused(&project, &["the lock is missing", "git checkout", "-- state.lock.json"]);
    // Committing the loss does not make it a fresh start.
    project.commit("lose it");
    assert_refused(&project, &["the lock is missing", "git checkout"]);
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    assert_refused(&project, &["the lock is missing", "git checkout"]);
}

#[test]
fn the_way_on_from_a_deleted_lock_works() {
    let project = published(3);
    project.remove("state.lock.json");
    let run = project.apply().expect(5);
    let (_, rest) = run.err.split_once("`git checkout ").unwrap();
    let (what, _) = rest.split_once('`').unwrap();
    let args: Vec<&str> = ["checkout"].into_iter().chain(what.split(' ')).collect();
    project.git_run(&args);
    project.settled();
}

#[test]
fn a_lock_ten_commits_old_is_refused() {
    let project = published(1);
    let old = project.read("state.lock.json");
    for index in 0..10 {
        project.put(&format!("more{index}.md"), "", "More.");
        project.commit("more");
        project.apply().expect(0);
    }
    project.server().forget_requests();
    project.write("state.lock.json", &old);
    assert_refused(&project, &["the lock is older", "git checkout"]);
    project.commit("revert the lock");
    assert_refused(&project, &["the lock is older", "git checkout"]);
    // The same in a fresh clone that never ran anything.
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    assert_refused(&project, &["the lock is older", "git checkout"]);
    assert_eq!(project.texts().len(), 11);
}

#[test]
fn a_lock_that_was_lost_outside_git_is_remembered() {
    let project = Project::new().post("a.md", "Alpha.");
    project.apply().expect(0);
    let old = project.read("state.lock.json");
    project.put("b.md", "", "Beta.");
    project.apply().expect(0);
    project.server().forget_requests();
    project.write("state.lock.json", &old);
    assert_refused(&project, &["the lock is older", "this checkout has seen serial"]);
    project.remove("state.lock.json");
    assert_refused(&project, &["the lock is missing", "this checkout has seen serial"]);
}

#[test]
fn a_lock_of_another_lineage_is_refused() {
    let project = published(2);
    let other = published(2);
    project.write("state.lock.json", other.read("state.lock.json"));
    assert_refused(&project, &["lineage", "git checkout"]);
}

#[test]
fn a_lock_of_a_deep_history_is_found() {
    let project = published(2);
    project.git_run(&["rm", "--quiet", "state.lock.json"]);
    project.git_run(&["commit", "--quiet", "-m", "lose it"]);
    for index in 0..30 {
        project.git_run(&["commit", "--quiet", "--allow-empty", "-m", &format!("later {index}")]);
    }
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    assert_refused(&project, &["the lock is missing", "git checkout"]);
}

#[test]
fn a_lock_behind_upstream_is_refused() {
    let project = Project::new().post("a.md", "Alpha.").git_with_remote();
    let clone = project.clone_of_remote("clone", &[]);
    project.apply().expect(0);
    project.server().forget_requests();
    // The clone has never fetched what the first one pushed.
    clone.apply().expect(5).says("git pull");
    assert_eq!(clone.methods(), [""; 0]);
    clone.git_run(&["pull", "--quiet"]);
    clone.settled();
}

#[test]
fn a_lock_that_can_not_be_read_is_refused_with_the_reason() {
    let project = published(3);
    let lock = project.read("state.lock.json");
    let slug = "\"p00\":";
    let start = lock.find(slug).unwrap();
    let end = lock.find("\"p01\":").unwrap();
    let twice = format!("{}{}{}", &lock[..start], &lock[start..end], &lock[start..]);
    for (text, words) in [
        (lock[..lock.len() / 2].to_owned(), "ends in the middle"),
        (String::new(), "ends in the middle"),
        (lock.replace("\"version\":1", "\"version\":7"), "format 7"),
        (format!("<<<<<<< HEAD\n{lock}=======\n{lock}>>>>>>> other\n"), "conflict markers"),
        (twice, "appears twice"),
        (lock.replace("\"ids\":[3]", "\"ids\":[2]"), "belongs to both"),
        (lock.replace("\"serial\"", "\"surprise\""), "surprise"),
        ("[]".to_owned(), "can't be read"),
    ] {
        project.write("state.lock.json", &text);
        for args in [&["plan"] as &[&str], &["apply", "--yes", "--allow", "sends"], &["status"]] {
            let run = project.run(args).expect(3).says("state.lock.json").says(words);
            assert!(run.err.contains("help:"), "{}", run.err);
        }
    }
    assert_eq!(project.methods(), [""; 0]);
}

#[test]
fn many_new_posts_need_a_word() {
    let mut project = Project::new();
    for index in 0..11 {
        project = project.post(&format!("p{index:02}.md"), "New.");
    }
    let run = project.plan().expect(0);
    run.says("11 sends, 10 allowed").says("`--allow sends`");
    project.apply().expect(5).says("`--allow sends` lifts it once").says("nothing was sent");
    assert_eq!(project.report()["failure_reason"], "guard");
    project.apply_with(&["--allow", "deletes"]).expect(5);
    assert_eq!(project.methods(), [""; 0]);
    project.apply_with(&["--allow", "sends"]).expect(0);
    assert_eq!(project.texts().len(), 11);
    project.settled();
}

#[test]
fn many_deletes_need_a_word() {
    let project = published(12);
    for index in 0..4 {
        project.remove(&format!("content/p{index:02}.md"));
    }
    // 4 of 12 are 34 %.
    project.apply_with(&["--prune"]).expect(5).says("34 % deletes, 30 % allowed").says("--allow deletes");
    project.write("content/p00.md", "---\nslug: p00\nstatus: archived\n---\nx");
    project.apply_with(&["--prune"]).expect(5).says("--allow deletes");
    assert_eq!(project.methods(), [""; 0]);
    project.put("p00.md", "", "Post 0.");
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.texts().len(), 9);
    let project = project.config("targets: {news: {chat: \"@sandbox\"}}\nguard: {max_deletes: 1}\n");
    project.remove("content/p00.md");
    project.remove("content/p04.md");
    project.apply_with(&["--prune"]).expect(5).says("2 deletes, 1 allowed (`max_deletes`)");
    project.apply_with(&["--prune", "--allow", "deletes"]).expect(0);
    project.settled();
}

#[test]
fn restores_nobody_planned_do_not_pass_the_guard() {
    let project = published(12);
    for id in project.ids() {
        let what = serde_json::json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id});
        project.server().human(what);
    }
    for index in 0..12 {
        project.put(&format!("p{index:02}.md"), "", "New words.");
    }
    project.apply().expect(4).says("`--allow sends` lifts it once");
    assert_eq!(project.texts().len(), 10);
    project.apply_with(&["--allow", "sends"]).expect(0);
    assert_eq!(project.texts().len(), 12);
    project.settled();
}
