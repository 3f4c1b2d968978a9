//! Histories of two channels as runs leave them: bytes choose what happens, and what a run writes down and holds in memory
//! is what `apply` would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tgsync::ids::{
    BlobId, BotId, ChangeId, ChatId, Digest, MessageId, ObjectKey, PlanId, RelPath, Sha256Hex, Slug,
    TargetName, Timestamp,
};
use tgsync::lock::{
    Content, Entry, Event, Gone, Intent, IntentVerb, Kind, Lock, MirrorEvent, Note, Payload, Preview,
    Recorded, RecordedItem, RecordedPart, SentPart, StoredObject, TargetLock, What, album_text,
};
use tgsync::media::{self, FileRef};

const TARGETS: [&str; 2] = ["news", "talk"];

/// Bytes as choices; when they are used up, every choice is the first.
#[derive(Debug, Clone)]
pub(super) struct Script<'b>(pub(super) &'b [u8]);

impl Script<'_> {
    pub(super) fn pick(&mut self, choices: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % choices
    }

    fn flag(&mut self) -> bool {
        self.pick(2) == 1
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }
}

/// What became of a call.
enum End {
    Done,
    Refused,
    Unknown,
    NotAttempted,
    /// The run died before it knew.
    Died,
}

/// One lock and what happened to it.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// As it was saved last.
    pub(super) base: Lock,
    /// What was written down since.
    pub(super) entries: Vec<Entry>,
    /// After how many entries a run began.
    pub(super) runs: Vec<usize>,
    /// As the run holds it.
    pub(super) lock: Lock,
    /// Messages in the chats that somebody knows of.
    alive: BTreeSet<(TargetName, MessageId)>,
    /// Messages of posts that were buried since it was saved: a plan does nothing else to such a post.
    buried: BTreeSet<(TargetName, MessageId)>,
    /// The run that called the server is over.
    repairs: bool,
    /// Of the target that the next thing happens to.
    target: TargetName,
    count: i32,
}

impl History {
    pub(super) fn new() -> Self {
        let lock = Lock::new("6f1c0a52e9b7".into());
        let mut history = Self {
            base: lock.clone(),
            entries: Vec::new(),
            runs: Vec::new(),
            lock,
            alive: BTreeSet::new(),
            buried: BTreeSet::new(),
            repairs: false,
            target: TARGETS[0].parse().expect("a name"),
            count: 0,
        };
        history.begin();
        history
    }

    pub(super) fn play(&mut self, script: &mut Script<'_>, steps: usize) {
        for _ in 0..steps {
            if script.is_over() {
                return;
            }
            self.step(script);
        }
    }

    /// Message ids are given out by the chat, not by a run: what `other` had is not had again.
    pub(super) fn come_after(&mut self, other: &Self) {
        self.count = other.count;
    }

    /// Every message of ours that nobody saw go is recorded.
    pub(super) fn assert_nothing_is_lost(&self, lock: &Lock) {
        for (target, id) in &self.alive {
            let known = lock
                .targets
                .get(target)
                .is_some_and(|target| target.posts.values().any(|post| post.ids().any(|known| known == *id)));
            assert!(known, "message {id} of {target} is not in {lock:?}");
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let happens = script.pick(20);
        // An apply empties the journal before it begins. What joins it later are repairs: they call nobody.
        match if self.repairs { 11 + happens % 9 } else { happens } {
            0..4 => self.send(script),
            4..7 => self.edit(script),
            7 => self.pin(script),
            8 => self.remove(script),
            9 => self.shrink(script),
            10 => self.bury(script),
            11 => self.rename(script),
            12 => self.forget(script),
            13 => self.resolve(script),
            14 if !self.repairs => self.keep(script),
            15 if !self.repairs => self.plan(script),
            16 => self.repair(),
            17 => self.target = TARGETS[script.pick(2)].parse().expect("a name"),
            18 if !self.repairs => self.mirror(script),
            _ => self.save(),
        }
    }

    // What happens to a post.

    fn send(&mut self, script: &mut Script<'_>) {
        if !self.here().doubt.is_empty() {
            return;
        }
        let slug: Slug = ["a", "b", "c"][script.pick(3)].parse().expect("a slug");
        let there = self.here().posts.remove(&slug);
        if there.as_ref().is_some_and(|post| self.is_buried(post)) {
            return;
        }
        let there = there.map(|post| post.parts).unwrap_or_default();
        let part = script.pick((there.len() + 1).min(3));
        let replaced = there.get(part).map(|part| part.ids.clone()).unwrap_or_default();
        // What is replaced is gone already, or has to go.
        let stays = script.flag();
        let record = self.of_source(record(&slug, script));
        let ids: Vec<MessageId> = (0..messages(&record)).map(|_| self.new_id()).collect();
        let files: Vec<_> = record.items.iter().map(|_| file(script)).collect();
        let mut intent = self.intent(&slug, part, IntentVerb::Send);
        intent.ids.clone_from(&replaced);
        intent.payload = Some(payload());
        intent.record = Some(record.clone());
        let shown = if script.flag() { ids.iter().map(Digest::of).collect() } else { Vec::new() };
        let left = if stays { replaced.clone() } else { Vec::new() };
        let at = intent.at;
        let what = What::Sent { slug, part, ids: ids.clone(), at, record, files, shown, left };
        if self.call(script, &intent, what) {
            self.alive.extend(ids.into_iter().map(|id| (self.target.clone(), id)));
            if !stays {
                self.gone(&replaced);
            }
        }
    }

    fn edit(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.post(script) else { return };
        let part = script.pick(post.parts.len().max(1));
        let Some(there) = post.parts.get(part) else { return };
        let item = (there.kind == Kind::Album).then(|| script.pick(there.ids.len()));
        let Some(id) = there.ids.get(item.unwrap_or(0)).copied() else { return };
        let record = self.of_source(edited(&slug, there, script));
        let mut intent = self.intent(&slug, part, IntentVerb::Edit);
        intent.ids = vec![id];
        intent.payload = Some(payload());
        intent.record = Some(record.clone());
        let told = if item.is_some() { 1 } else { record.items.len() };
        let files: Vec<_> = (0..told).map(|_| file(script)).collect();
        let shown = script.flag().then(|| Digest::of("shown"));
        self.call(script, &intent, What::Edited { slug, part, record, item, files, shown });
    }

    fn pin(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.post(script) else { return };
        let pin = script.flag();
        let mut intent = self.intent(&slug, 0, if pin { IntentVerb::Pin } else { IntentVerb::Unpin });
        intent.ids = post.first_id().into_iter().collect();
        self.call(script, &intent, What::Pinned { slug, pin });
    }

    /// All messages, or those that have to go; the last one first.
    fn remove(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.post(script) else { return };
        let ids: Vec<MessageId> =
            if script.flag() { post.old.iter().map(|old| old.id).collect() } else { post.ids().collect() };
        for id in ids.into_iter().rev() {
            if !self.delete(script, &slug, id) {
                return;
            }
        }
    }

    fn delete(&mut self, script: &mut Script<'_>, slug: &Slug, id: MessageId) -> bool {
        let mut intent = self.intent(slug, 0, IntentVerb::Delete);
        intent.ids = vec![id];
        let done = self.call(script, &intent, What::Removed { slug: slug.clone(), ids: vec![id] });
        if done {
            self.gone(&[id]);
        }
        done
    }

    fn shrink(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.post(script) else { return };
        let Some(last) = post.parts.last().filter(|_| post.parts.len() > 1) else { return };
        if script.flag() {
            self.fact(What::Shrunk { slug, parts: post.parts.len() - 1 });
        } else if let Some(id) = last.ids.last() {
            self.delete(script, &slug, *id);
        }
    }

    /// Every message becomes a tombstone, the first one last.
    fn bury(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.post(script) else { return };
        // What is in doubt is settled first.
        if self.here().doubt.iter().any(|pending| pending.slug == slug) {
            return;
        }
        let ids: Vec<MessageId> = post.ids().collect();
        self.buried.extend(ids.iter().map(|id| (self.target.clone(), *id)));
        if script.flag() {
            return self.fact(What::Buried { slug, gone: Gone::Kept, text: None });
        }
        for (left, id) in ids.iter().enumerate().rev() {
            let text = Some(Digest::of("gone"));
            let what = match left {
                0 => What::Buried { slug: slug.clone(), gone: Gone::Tombstone, text },
                _ => What::Unsure { slug: slug.clone(), ids: vec![*id], at: None },
            };
            let mut intent = self.intent(&slug, 0, IntentVerb::Edit);
            intent.ids = vec![*id];
            if !self.call(script, &intent, what) {
                return;
            }
        }
    }

    /// To a name that nobody had before. A plan renames what was there when it was made, before anything else.
    fn rename(&mut self, script: &mut Script<'_>) {
        let Some((from, post)) = self.any_post(script) else { return };
        let there = self.base.target(&self.target).posts;
        if !self.repairs && there.get(&from).is_none_or(|there| there.ids().ne(post.ids())) {
            return;
        }
        self.count += 1;
        let to = format!("r{}", self.count).parse().expect("a slug");
        self.fact(What::Renamed { from, to });
    }

    fn forget(&mut self, script: &mut Script<'_>) {
        let Some((slug, post)) = self.any_post(script) else { return };
        self.gone(&post.ids().collect::<Vec<_>>());
        self.fact(What::Forgotten { slug });
    }

    fn keep(&mut self, script: &mut Script<'_>) {
        let Some((slug, _)) = self.post(script) else { return };
        let keep = self.keeps();
        self.fact(What::Keep { slug, keep });
    }

    /// A doubt is decided.
    fn resolve(&mut self, script: &mut Script<'_>) {
        let Some(pending) = self.here().doubt.first().cloned() else { return };
        if script.flag() {
            return self.fact(What::NotSent { id: pending.id });
        }
        let ids: Vec<_> = (0..messages(&pending.record)).map(|_| self.new_id()).collect();
        // As with a send: the messages that it replaced are gone.
        let replaced =
            self.here().posts.get(&pending.slug).and_then(|post| post.parts.get(pending.part).cloned());
        self.gone(&replaced.map(|part| part.ids).unwrap_or_default());
        self.alive.extend(ids.iter().map(|id| (self.target.clone(), *id)));
        self.fact(What::WasSent { id: pending.id, ids });
    }

    // What happens around posts.

    fn plan(&mut self, script: &mut Script<'_>) {
        let plan = PlanId::of(&script.pick(2));
        self.fact(match script.pick(4) {
            0 => What::Done { change: ChangeId::of(&script.pick(3)) },
            1 => What::Applied { commit: None, plan },
            2 => What::Settled,
            _ => What::bound(ChatId(-1001), BotId(7), None),
        });
    }

    fn mirror(&mut self, script: &mut Script<'_>) {
        let key = ObjectKey(["x.jpg", "y.jpg"][script.pick(2)].to_owned());
        // A run opens the store before it does anything there.
        let opened = MirrorEvent::Opened { store: ["one", "two"][script.pick(2)].to_owned() };
        let event = match script.pick(4) {
            0 => opened.clone(),
            1 => MirrorEvent::Told { keys: [key].into() },
            2 => MirrorEvent::Lost { key },
            _ => {
                let sha256 = Sha256Hex::of(&[0]);
                let object =
                    StoredObject { etag: "e".into(), file: None, sha256, size: 1, untold: script.flag() };
                MirrorEvent::Stored { key, object }
            }
        };
        for event in [opened, event] {
            self.lock.fold_mirror(&event);
            let id = self.entry_id();
            self.entries.push(Entry { id, what: Note::Mirror(event) });
        }
    }

    fn begin(&mut self) {
        self.run();
        // Whatever a run does, it says first what it carries out.
        let plan = PlanId::of(&(self.count % 2));
        let here = self.target.clone();
        for target in TARGETS {
            self.target = target.parse().expect("a name");
            self.fact(What::Started { plan: plan.clone() });
        }
        self.target = here;
    }

    fn repair(&mut self) {
        self.run();
        self.repairs = true;
    }

    fn run(&mut self) {
        self.runs.push(self.entries.len());
        let id = self.entry_id();
        self.entries.push(Entry { id, what: Note::Run { lineage: self.lock.lineage.clone(), epoch: None } });
    }

    fn save(&mut self) {
        self.lock.serial += 1;
        self.base = self.lock.clone();
        self.entries.clear();
        self.runs.clear();
        self.buried.clear();
        self.repairs = false;
        self.begin();
    }

    fn fact(&mut self, what: What) {
        let event = Event { target: self.target.clone(), what };
        self.lock.fold(&event);
        let id = self.entry_id();
        self.entries.push(Entry { id, what: Note::Fact(event) });
    }

    /// Whether it took effect.
    fn call(&mut self, script: &mut Script<'_>, intent: &Intent, what: What) -> bool {
        let id = self.entry_id();
        self.entries.push(Entry { id: id.clone(), what: Note::Intent(Box::new(intent.clone())) });
        let error = String::from("no");
        let (note, events) = match end(script) {
            End::Done => {
                let event = Event { target: self.target.clone(), what };
                let events = [Some(event.clone()), intent.completion()];
                (Some(Note::Outcome(event)), events)
            }
            End::Refused => (Some(Note::Refused { error }), [None, None]),
            End::NotAttempted => (Some(Note::NotAttempted(true)), [None, None]),
            End::Unknown => (Some(Note::Unknown { error }), [intent.unseen(&id), None]),
            End::Died => (None, [intent.unseen(&id), None]),
        };
        events.iter().flatten().for_each(|event| self.lock.fold(event));
        let done = matches!(note, Some(Note::Outcome(_)));
        match note {
            Some(what) => self.entries.push(Entry { id, what }),
            None => self.repair(),
        }
        done
    }

    // Where things stand.

    fn here(&self) -> TargetLock {
        self.lock.target(&self.target)
    }

    /// A run reads every source once: all its records of a post say the same of it.
    fn of_source(&self, record: SentPart) -> SentPart {
        let blob = BlobId::of(&self.base.serial.to_be_bytes());
        SentPart { keep: self.keeps(), blob, ..record }
    }

    fn keeps(&self) -> bool {
        self.base.serial % 2 == 1
    }

    /// One that a plan may change.
    fn post(&self, script: &mut Script<'_>) -> Option<(Slug, Recorded)> {
        self.any_post(script).filter(|(_, post)| !self.is_buried(post))
    }

    fn is_buried(&self, post: &Recorded) -> bool {
        post.ids().any(|id| self.buried.contains(&(self.target.clone(), id)))
    }

    fn any_post(&self, script: &mut Script<'_>) -> Option<(Slug, Recorded)> {
        let posts = self.here().posts;
        let nth = script.pick(posts.len().max(1));
        posts.into_iter().nth(nth)
    }

    fn intent(&self, slug: &Slug, part: usize, verb: IntentVerb) -> Intent {
        Intent {
            target: self.target.clone(),
            slug: slug.clone(),
            part,
            verb,
            at: self.at(),
            after: MessageId(self.count),
            ids: Vec::new(),
            left: Vec::new(),
            payload: None,
            topic: None,
            record: None,
            completes: (self.count % 2 == 0).then(|| ChangeId::of(&self.count)),
        }
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + i64::from(self.count)).expect("a time")
    }

    fn new_id(&mut self) -> MessageId {
        self.count += 1;
        MessageId(self.count)
    }

    fn entry_id(&mut self) -> String {
        self.count += 1;
        format!("{:06}", self.count)
    }

    fn gone(&mut self, ids: &[MessageId]) {
        let target = self.target.clone();
        self.alive.retain(|(of, id)| *of != target || !ids.contains(id));
    }
}

fn end(script: &mut Script<'_>) -> End {
    match script.pick(8) {
        0..4 => End::Done,
        4 => End::Refused,
        5 => End::Unknown,
        6 => End::NotAttempted,
        _ => End::Died,
    }
}

fn record(slug: &Slug, script: &mut Script<'_>) -> SentPart {
    let (kind, files) = match script.pick(5) {
        0 | 1 => (Kind::Text, 0),
        2 => (Kind::Photo, 1),
        3 => (Kind::Rich, script.pick(4)),
        _ => (Kind::Album, 2 + script.pick(2)),
    };
    let items: Vec<RecordedItem> = (0..files).map(|_| item(script)).collect();
    SentPart { items, ..written(slug, kind, script) }.with_text()
}

/// How many messages a part becomes.
fn messages(record: &SentPart) -> usize {
    if record.kind == Kind::Album { record.items.len() } else { 1 }
}

/// What a part says after an edit: as many files as it has, unless it is a rich message.
fn edited(slug: &Slug, there: &RecordedPart, script: &mut Script<'_>) -> SentPart {
    let files = if there.kind == Kind::Rich { script.pick(4) } else { there.items.len() };
    let items: Vec<RecordedItem> = (0..files).map(|_| item(script)).collect();
    SentPart { items, ..written(slug, there.kind, script) }.with_text()
}

fn written(slug: &Slug, kind: Kind, script: &mut Script<'_>) -> SentPart {
    let to = ["a", "b"][script.pick(2)].parse().expect("a slug");
    let id = i32::try_from(script.pick(3)).expect("a small number");
    SentPart {
        rendered_as: "html/1".into(),
        blob: BlobId::of(&[]),
        file: RelPath::new(Path::new(&format!("content/{slug}.md"))).expect("a path within"),
        fixed: None,
        items: Vec::new(),
        keep: false,
        kind,
        links: if id == 0 { BTreeMap::new() } else { [(to, MessageId(id))].into() },
        markup: script.flag().then(|| Digest::of("markup")),
        more: false,
        opts: Digest::of("opts"),
        text: Digest::of(&script.pick(4)),
        topic: None,
    }
}

trait WithText {
    fn with_text(self) -> Self;
}

impl WithText for SentPart {
    /// Of an album, what it says follows from its items.
    fn with_text(self) -> Self {
        let text = if self.kind == Kind::Album { album_text(&self.items) } else { self.text.clone() };
        Self { text, ..self }
    }
}

fn item(script: &mut Script<'_>) -> RecordedItem {
    let choice = script.pick(4);
    RecordedItem {
        caption: (choice > 1).then(|| Digest::of(&choice)),
        file: None,
        kind: media::Kind::Photo,
        sha256: Sha256Hex::of(&[u8::from(choice % 2 == 1)]),
        spoiler: false,
        thumbnail: None,
    }
}

fn file(script: &mut Script<'_>) -> Option<FileRef> {
    let file = |n: usize| FileRef { file_id: format!("file-{n}"), unique: format!("unique-{n}") };
    Some(script.pick(3)).filter(|n| *n > 0).map(file)
}

fn payload() -> Payload {
    Payload {
        content: Content::Text { html: "<b>x</b>".into() },
        buttons: Vec::new(),
        preview: Preview::default(),
        protect: false,
        reply_to: None,
        silent: false,
    }
}
