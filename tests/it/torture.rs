//! Killed again and again, anywhere, while answers get lost and calls arrive late: each post is there exactly once.
//!
//! `TGSYNC_TORTURE=200` kills so often, `TGSYNC_TORTURE_SEED=N` as that seed says.
#![expect(clippy::disallowed_methods, reason = "tests start processes and read what they said by hand")]
#![expect(clippy::print_stdout, reason = "seeds and figures are told")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::process::Stdio;

use serde_json::{Value, json};

use super::sandbox::media::jpeg;
use super::support::{Project, Run, Server, chat};

const POSTS: usize = 100;

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
struct Dice(u64);

impl Dice {
    /// Below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.roll(all.len() as u64)).unwrap()]
    }
}

/// Where it is tried.
struct Scene {
    chat: &'static str,
    id: i64,
    /// There is a scratch chat, and people post, delete and copy.
    people: bool,
}

/// What happened.
#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    runs: usize,
    settled: usize,
    absent: usize,
    waited: usize,
    strays: usize,
    questions: usize,
    acts: usize,
}

struct Torture {
    scene: Scene,
    project: Project,
    dice: Dice,
    figures: Figures,
    /// How often each post was changed.
    versions: Vec<u32>,
    /// What people posted and did not delete, and what it says.
    theirs: BTreeMap<i64, Value>,
    /// What people deleted.
    deleted: BTreeSet<i64>,
}

fn name(post: usize) -> String {
    format!("p{post:03}")
}

impl Torture {
    fn new(scene: Scene, seed: u64) -> Self {
        let scratch = if scene.people { ", scratch_chat: 1000" } else { "" };
        let config =
            format!("targets: {{news: {{chat: \"{}\"{scratch}}}}}\nguard: {{max_sends: 1000}}\n", scene.chat);
        let project = Project::beside(Server::start()).config(&config);
        let versions = vec![0; POSTS];
        let torture = Self {
            scene,
            project,
            dice: Dice(seed),
            figures: Figures::default(),
            versions,
            theirs: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
        (0..POSTS).for_each(|post| torture.write(post));
        Self { project: torture.project.git(), ..torture }
    }

    /// Texts, links to earlier and later posts, replies, long posts, rich ones, pictures, albums.
    fn write(&self, post: usize) {
        let text = format!("Post {post:03} v{}.", self.versions[post]);
        let (keys, body) = match post % 10 {
            1 => (String::new(), format!("{text} See [another](post:{}).", name((post * 7 + 3) % POSTS))),
            2 => (format!("reply_to: {}", name(post - 1)), text),
            3 => (format!("media: [{}.jpg]", name(post)), text),
            5 => (String::new(), format!("{text}\n\n~~~~\n\nIts end.")),
            6 => ("format: rich".to_owned(), format!("# {text}\n\nA paragraph.")),
            7 => (format!("media: [{0}.jpg, {0}b.jpg, {0}c.jpg]", name(post)), text),
            _ => (String::new(), text),
        };
        let body = body.replace("~~~~", "<!-- tgsync:break -->");
        let slug = name(post);
        let folder = format!("content/{slug}");
        for (file, letter) in ["", "b", "c"].iter().enumerate().filter(|_| keys.contains("media")) {
            let mut picture = jpeg(60, 40);
            picture.extend([u8::try_from(post).unwrap(), u8::try_from(file).unwrap()]);
            self.project.write(&format!("{folder}/{slug}{letter}.jpg"), picture);
        }
        let keys = if keys.is_empty() { keys } else { format!("{keys}\n") };
        self.project
            .write(&format!("{folder}/index.md"), format!("---\nslug: {slug}\n{keys}---\n\n{body}\n"));
    }

    /// Faults for the run to come.
    fn fault(&mut self) {
        let after = 3 + self.dice.roll(20);
        let fault = match self.dice.roll(8) {
            0 | 1 => json!({"kind": "drop_after", "after": after}),
            2 | 3 => json!({"kind": "late", "delay_s": 1 + self.dice.roll(110), "after": after}),
            4 => json!({"kind": "drop_after", "method": "sendMessage", "after": self.dice.roll(4)}),
            5 => json!({"kind": "late", "method": "sendMessage", "delay_s": 1 + self.dice.roll(110)}),
            6 => json!({"kind": "late", "method": "sendMediaGroup", "delay_s": 1 + self.dice.roll(800)}),
            _ => json!({"kind": "drop_before", "after": after}),
        };
        self.project.fault(fault);
    }

    /// One run; after so many calls it is killed. Whether it was.
    fn run(&mut self, kill_after: Option<usize>) -> Option<Run> {
        let server = self.project.server();
        let from = server.count();
        if let Some(calls) = kill_after
            && self.dice.roll(2) == 0
        {
            let done = self.dice.roll(2) == 0;
            self.project.fault(json!({"kind": "hang", "done": done, "after": calls - 1}));
        }
        let mut acts: Vec<usize> = Vec::new();
        if self.scene.people {
            acts = (0..self.dice.roll(3)).map(|_| usize::try_from(self.dice.roll(16)).unwrap()).collect();
        }
        let mut command = self.project.command(&["apply", "--yes"]);
        let output = tempfile::tempfile().unwrap();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output.try_clone().unwrap());
        let mut process = self.project.server().follow(command);
        let hung = process.calls().hung;
        let mut killed = false;
        loop {
            let now = process.calls();
            for _ in acts.extract_if(.., |at| from + *at <= now.all).collect::<Vec<_>>() {
                self.act();
            }
            // A call that is never answered may have been meant for a run that came to its end before.
            let is_due = kill_after.is_some_and(|calls| now.all >= from + calls) || now.hung > hung;
            if is_due && !killed {
                (0..self.dice.roll(20_000)).for_each(|_| std::hint::spin_loop());
                process.kill();
                killed = true;
            }
            if !process.goes_on() {
                break;
            }
        }
        let status = process.wait();
        killed &= status.code().is_none();
        self.figures.runs += 1;
        self.figures.kills += usize::from(killed);
        let said = read(output);
        self.count(&said);
        let code = status.code().unwrap_or(-1);
        let unreached = code == 1 && said.contains("does not answer");
        assert!(killed || unreached || [0, 4].contains(&code), "exit code {code}\n{said}");
        (!killed).then(|| Run::told(code, said))
    }

    fn count(&mut self, said: &str) {
        let times = |what: &str| said.matches(what).count();
        self.figures.settled += times("settled: `");
        self.figures.absent += times("was not sent\n  looked");
        self.figures.waited += times("waiting: target");
        self.figures.strays += times("arrived after all");
        self.figures.questions += times("\n  look for a message");
        if !self.scene.people {
            assert!(!said.contains("tgsync resolve"), "it asked:\n{said}");
        }
    }

    /// A person does something.
    fn act(&mut self) {
        self.figures.acts += 1;
        let server = self.project.server();
        let live = server.ids(self.scene.id);
        let kind = if live.is_empty() { 0 } else { self.dice.roll(10) };
        let mut human = json!({"do": "post", "chat_id": self.scene.id, "text": "Words of a person."});
        if kind > 3 {
            human["message_id"] = (*self.dice.pick(&live)).into();
            human["do"] = if kind > 6 { "delete" } else { "copy" }.into();
        }
        let message = server.human(human);
        let id = message["message_id"].as_i64().unwrap();
        if kind > 6 {
            self.theirs.remove(&id);
            self.deleted.insert(id);
        } else {
            self.theirs.insert(id, message);
        }
    }

    /// Answer what was asked as somebody does who looks at the chat.
    fn answer(&mut self) {
        let target = self.project.lock()["targets"]["news"].clone();
        let Some(doubts) = target["doubt"].as_array() else { return };
        let recorded = recorded(&target);
        for pending in doubts {
            let after = pending["after"].as_i64().unwrap();
            let is_it = |id: &i64| *id > after && !recorded.contains(id) && !self.theirs.contains_key(id);
            let ids: Vec<i64> = self.project.server().ids(self.scene.id).into_iter().filter(is_it).collect();
            let wanted = pending["payload"]["items"].as_array().map_or(1, Vec::len);
            let slug = pending["slug"].as_str().unwrap();
            if ids.len() == wanted {
                let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
                self.project.run(&["resolve", slug, "--sent-as", &ids.join(",")]).expect(0);
                continue;
            }
            for id in ids {
                let delete = json!({"do": "delete", "chat_id": self.scene.id, "message_id": id});
                self.project.server().human(delete);
                self.deleted.insert(id);
            }
            self.project.run(&["resolve", slug, "--not-sent"]).expect(0);
        }
    }

    fn change_some(&mut self) {
        for _ in 0..6 {
            let post = usize::try_from(self.dice.roll(POSTS as u64)).unwrap();
            self.versions[post] += 1;
            self.write(post);
        }
    }

    /// Kill runs until so many were killed, then let them end.
    fn torment(&mut self, kills: usize) {
        // A run that is killed sooner can't settle anything, and faults that no call meets pile up for the last ones.
        let most = (POSTS * 30 / kills).clamp(40, 60) as u64;
        while self.figures.kills < kills {
            if self.dice.roll(3) == 0 {
                self.fault();
            }
            let calls = usize::try_from(1 + self.dice.roll(most)).unwrap();
            if let Some(run) = self.run(Some(calls)) {
                self.after(&run);
                self.change_some();
            }
        }
        for _ in 0..20 {
            if let Some(run) = self.run(None) {
                self.after(&run);
                if run.code == 0 && self.is_at_rest() {
                    break;
                }
            }
            self.project.server().advance(300);
        }
    }

    /// Nothing is left to do, and no marker to look for.
    fn is_at_rest(&self) -> bool {
        let watch = self.project.lock()["targets"]["news"]["watch"].clone();
        let sought = |ticket: &Value| ticket["slug"].is_null() && ticket["looked"] != true;
        let seeks = watch["tickets"].as_array().is_some_and(|tickets| tickets.iter().any(sought));
        !seeks && self.project.plan_json(&[])["summary"]["calls"] == 0
    }

    fn after(&mut self, run: &Run) {
        if self.scene.people && run.code == 4 {
            self.answer();
        }
    }

    /// Messages that are not of people: what post they begin, and which version of it.
    fn ours(&self) -> Vec<(i64, Option<(usize, u32)>)> {
        let head = |message: &Value| {
            let mut message = message.clone();
            message.as_object_mut()?.remove("reply_to_message");
            let text = message.to_string();
            let (_, rest) = text.split_once("Post ")?;
            let (post, rest) = rest.split_once(" v")?;
            let (version, _) = rest.split_once('.')?;
            Some((post.parse().ok()?, version.parse().ok()?))
        };
        let messages = self.project.server().messages(self.scene.id);
        let all = messages.iter().map(|message| (message["message_id"].as_i64().unwrap(), head(message)));
        all.filter(|(id, _)| !self.theirs.contains_key(id)).collect()
    }

    /// Each post is there once, in order, as it is written, and nothing else of ours.
    fn check(&self) {
        assert_eq!(self.project.plan_json(&[])["summary"]["calls"], 0);
        let target = self.project.lock()["targets"]["news"].clone();
        let (ours, recorded) = (self.ours(), recorded(&target));
        let live: BTreeSet<i64> = ours.iter().map(|(id, _)| *id).collect();
        let lost: BTreeSet<i64> = recorded.difference(&live).copied().collect();
        let extra: Vec<&i64> = live.difference(&recorded).collect();
        assert!(extra.is_empty(), "in the chat and not in the lock: {extra:?}\n{target:#}\n{ours:?}");
        assert!(lost.is_subset(&self.deleted), "in the lock and not in the chat: {lost:?}");
        assert!(target["watch"]["markers"].is_null() && target["watch"]["strays"].is_null());
        let heads: Vec<(usize, u32)> = ours.iter().filter_map(|(_, head)| *head).collect();
        let wanted: Vec<(usize, u32)> = self.versions.iter().copied().enumerate().collect();
        if self.deleted.is_empty() {
            assert_eq!(heads, wanted);
        } else {
            let once: BTreeMap<usize, u32> = heads.iter().copied().collect();
            assert_eq!(once.len(), heads.len(), "a post is there twice: {heads:?}");
            assert!(once.iter().all(|(post, version)| self.versions[*post] == *version), "{once:?}");
        }
        for (id, before) in &self.theirs {
            let now = self.project.server().messages(self.scene.id);
            let now = now.iter().find(|message| message["message_id"] == *id);
            let what = |message: &Value| {
                (message["text"].clone(), message["caption"].clone(), message["edit_date"].clone())
            };
            assert_eq!(now.map(what), Some(what(before)), "message {id} of a person");
        }
    }
}

/// All messages of posts that the lock holds.
fn recorded(target: &Value) -> BTreeSet<i64> {
    let posts = target["posts"].as_object().cloned().unwrap_or_default();
    let ids = |part: &Value| part["ids"].as_array().cloned().unwrap_or_default();
    let parts = posts.values().flat_map(|post| post["parts"].as_array().cloned().unwrap_or_default());
    parts.flat_map(|part| ids(&part)).map(|id| id.as_i64().unwrap()).collect()
}

fn read(mut output: File) -> String {
    let mut said = String::new();
    output.rewind().unwrap();
    output.read_to_string(&mut said).unwrap();
    said
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

fn torture(scene: Scene, seed: u64) {
    let seed = number("TGSYNC_TORTURE_SEED").unwrap_or(seed);
    let kills = usize::try_from(number("TGSYNC_TORTURE").unwrap_or(20)).unwrap();
    println!("{}: seed {seed}, {kills} kills", scene.chat);
    let mut torture = Torture::new(scene, seed);
    torture.torment(kills);
    torture.check();
    let figures = &torture.figures;
    println!("{}: {figures:?}, {} calls", torture.scene.chat, torture.project.server().count());
    let asked = if torture.scene.people { figures.kills } else { 0 };
    assert!(figures.questions <= asked, "{figures:?}");
}

#[test]
fn a_channel_of_default_rights_survives() {
    torture(Scene { chat: "@sandbox", id: chat::CHANNEL, people: false }, 1);
}

#[test]
fn a_channel_where_only_own_posts_can_be_edited_survives() {
    torture(Scene { chat: "@sandbox_strict", id: chat::STRICT, people: false }, 2);
}

#[test]
fn a_busy_channel_with_a_scratch_chat_survives() {
    torture(Scene { chat: "@sandbox", id: chat::CHANNEL, people: true }, 3);
}
