//! A small channel on paper, for the tests of planning and applying: posts as text, a lock as it would be after they
//! were sent, a plan as lines.

#![expect(clippy::format_push_string, clippy::format_collect, reason = "test output is written plainly")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

mod files;

use self::files::with_files;
pub(crate) use self::files::{file_of, holds};
use super::{
    ChatLinks, Foreign, Found, Guard, Input, LockPlaces, OnMissing, OnUndeletable, Open, Plan, Policy, Scope,
    Step, TargetPlan, Wanted, lint, plan_id, plan_target,
};
use crate::content::{self, Catalog, Source, TargetSettings};
use crate::ids::{BlobId, BotId, ChatId, MessageId, PlanId, RelPath, Slug, TargetName, Timestamp};
use crate::lock::{Event, KnownFiles, Lock, Pending, Recorded, What};
use crate::render;

/// How tests write a break, for short.
const BREAK: &str = "\n~~~~\n";

pub(crate) fn slug(name: &str) -> Slug {
    name.parse().unwrap()
}

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// Posts, targets and the lock that remembers what became of them.
#[derive(Clone)]
pub(crate) struct Paper {
    /// Front matter below the slug, and body.
    posts: BTreeMap<Slug, (String, String)>,
    /// Messages with files that stand before what a post says, see [`Paper::attach`].
    files: BTreeMap<Slug, Vec<String>>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) lock: Lock,
    pub(crate) scope: Scope,
    pub(crate) now: Timestamp,
    pub(crate) found: Found,
    pub(crate) withheld: BTreeSet<Slug>,
}

impl Paper {
    /// One target, `news`, and no posts.
    pub(crate) fn new() -> Self {
        Self {
            posts: BTreeMap::new(),
            files: BTreeMap::new(),
            policies: vec![policy("news", -1_001_000_000_001)],
            lock: Lock::new("6f1c0a52e9b7".into()),
            scope: Scope { complete: true, ..Scope::default() },
            now: at("2026-11-20T10:00:00Z"),
            found: Found::default(),
            withheld: BTreeSet::new(),
        }
    }

    /// Add or change a post. Keys are lines of YAML; `~~~~` on a line of its own begins another message.
    pub(crate) fn post(mut self, name: &str, keys: &str, body: &str) -> Self {
        let body = body.replace(BREAK, "\n<!-- tgsync:break -->\n");
        self.posts.insert(slug(name), (keys.to_owned(), body));
        self
    }

    /// Posts without front matter, `slug: body` a line each.
    pub(crate) fn posts(self, lines: &str) -> Self {
        let post =
            |line: &'_ str| line.split_once(": ").map(|(name, body)| (name.to_owned(), body.to_owned()));
        lines.lines().filter_map(post).fold(self, |paper, (name, body)| paper.post(name.trim(), "", &body))
    }

    /// Files of a post, a message each: `a.jpg=1 b.jpg=2:its caption` are two photos with what they hold, `^` after the
    /// first blank puts captions above. The kind follows from the ending. `# Title a.jpg=1` is a rich message of paragraphs
    /// and files. A body of `-` says nothing.
    pub(crate) fn attach(mut self, name: &str, messages: &[&str]) -> Self {
        self.files.insert(slug(name), messages.iter().map(ToString::to_string).collect());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.posts.remove(&slug(name));
        self
    }

    pub(crate) fn at(mut self, time: &str) -> Self {
        self.now = at(time);
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The first target.
    pub(crate) fn target(&self) -> TargetName {
        self.policies[0].target.clone()
    }

    pub(crate) fn policy(&mut self) -> &mut Policy {
        &mut self.policies[0]
    }

    pub(crate) fn fold(&mut self, what: What) {
        self.lock.fold(&Event { target: self.target(), what });
    }

    /// As if these posts had been sent as they are now, one message id after the other, in this order.
    pub(crate) fn sent(mut self, names: &str) -> Self {
        let names: Vec<Slug> = names.split_whitespace().map(slug).collect();
        for policy in self.policies.clone() {
            let chat = chat_of(&policy);
            self.lock.fold(&Event {
                target: policy.target.clone(),
                what: What::bound(chat, BotId(7), policy.chat.as_ref()),
            });
            for name in &names {
                self.send(name, &policy, chat, usize::MAX);
            }
        }
        self
    }

    /// As if only the first message of it had been sent.
    pub(crate) fn sent_partly(self, name: &str) -> Self {
        let mut paper = self.sent("");
        let policy = paper.policies[0].clone();
        let chat = chat_of(&policy);
        paper.send(&slug(name), &policy, chat, 1);
        paper
    }

    fn send(&mut self, name: &Slug, policy: &Policy, chat: ChatId, limit: usize) {
        let catalog = self.catalog();
        let wanted = self.wanted(policy, &catalog);
        let parts = wanted.into_iter().find(|wanted| wanted.post.slug() == name).unwrap().parts;
        let links = ChatLinks::of(policy.chat.as_ref(), None);
        for (part, open) in parts.iter().enumerate().take(limit) {
            let id = MessageId(self.lock.top(chat).0 + 1);
            let target = self.lock.target(&policy.target);
            let files = KnownFiles::of(&self.lock, target.bot);
            let mut record = open.fill(&LockPlaces { lock: &target, links: &links, files: &files }).record;
            record.more = part + 1 < parts.len();
            let what = What::Sent {
                slug: name.clone(),
                part,
                ids: (0..).map(|n| MessageId(id.0 + n)).take(open.part.messages()).collect(),
                at: self.now,
                files: record.items.iter().map(|item| Some(file_of(item.upload()))).collect(),
                record,
                shown: Vec::new(),
                left: Vec::new(),
            };
            self.lock.fold(&Event { target: policy.target.clone(), what });
        }
    }

    /// The first message of a re-send of `name` was sent, as these messages.
    pub(crate) fn resend_first(&mut self, name: &str, ids: &[i32]) {
        let (catalog, policy) = (self.catalog(), self.policies[0].clone());
        let wanted = self.wanted(&policy, &catalog);
        let parts = wanted.into_iter().find(|wanted| wanted.post.slug().as_str() == name).unwrap().parts;
        let target = self.lock.target(&policy.target);
        let (links, files) = (ChatLinks::of(policy.chat.as_ref(), None), KnownFiles::default());
        let mut record = parts[0].fill(&LockPlaces { lock: &target, links: &links, files: &files }).record;
        record.more = parts.len() > 1;
        let what = What::Sent {
            slug: slug(name),
            part: 0,
            ids: ids.iter().copied().map(MessageId).collect(),
            at: self.now,
            record,
            files: Vec::new(),
            shown: Vec::new(),
            left: target.posts[&slug(name)].ids().collect(),
        };
        self.fold(what);
    }

    /// A send of `name`, as it is now, whose fate nobody knows.
    pub(crate) fn doubt(&mut self, name: &str) {
        let catalog = self.catalog();
        let wanted = self.wanted(&self.policies[0], &catalog);
        let open =
            wanted.into_iter().find(|wanted| wanted.post.slug().as_str() == name).unwrap().parts.remove(0);
        let target = self.lock.target(&self.target());
        let links = ChatLinks::of(self.policies[0].chat.as_ref(), None);
        let files = KnownFiles::default();
        let filled = open.fill(&LockPlaces { lock: &target, links: &links, files: &files });
        let pending = Pending {
            after: self.lock.top(chat_of(&self.policies[0])),
            at: self.now,
            blob: filled.record.blob.clone(),
            id: format!("01K{name}"),
            left: Vec::new(),
            part: 0,
            payload: filled.payload,
            slug: slug(name),
            topic: filled.topic,
            record: filled.record,
            completes: None,
        };
        self.fold(What::InDoubt { pending: Box::new(pending) });
    }

    pub(crate) fn catalog(&self) -> Catalog {
        let source = |(name, (keys, body)): (&Slug, &(String, String))| {
            let files = self.files.get(name).map(|files| files.join(" | ")).unwrap_or_default();
            let text = format!("---\nslug: {name}\n{keys}\n# {files}\n---\n{body}\n");
            let file = RelPath::new(Path::new(&format!("{name}.md"))).unwrap();
            Source { file, blob: BlobId::of(text.as_bytes()), text }
        };
        let mut settings = content::Settings::new(RelPath::new(Path::new("")).unwrap());
        for policy in &self.policies {
            let target = TargetSettings { default: true, ..TargetSettings::default() };
            settings.targets.insert(policy.target.clone(), target);
        }
        content::parse(self.posts.iter().map(source).collect(), &settings).0
    }

    /// What each post renders to, message by message.
    pub(crate) fn wanted<'c>(&self, policy: &Policy, catalog: &'c Catalog) -> Vec<Wanted<'c>> {
        let goes_here = |post: &&content::Post| {
            post.front.targets.is_empty() || post.front.targets.contains(&policy.target)
        };
        let wanted = |post: &'c content::Post| {
            let text = parts(post, catalog, policy);
            let files = self.files.get(post.slug()).map(Vec::as_slice).unwrap_or_default();
            Wanted { post, parts: with_files(files, &text) }
        };
        catalog.posts.values().filter(goes_here).map(wanted).collect()
    }

    pub(crate) fn plan_of(&self, policy: &Policy) -> TargetPlan {
        let catalog = self.catalog();
        let wanted = self.wanted(policy, &catalog);
        let lock = self.lock.target(&policy.target);
        let plan = plan_target(&Input {
            policy,
            lock: &lock,
            hold: &self.lock.hold,
            withheld: &self.withheld,
            files: &KnownFiles::of(&self.lock, lock.bot),
            wanted: &wanted,
            scope: &self.scope,
            now: self.now,
            found: &self.found,
            doubt_elsewhere: false,
            old: &|_: &Slug, _: &Recorded| None,
        });
        assert_eq!(lint(&plan, &lock), Vec::<String>::new());
        plan
    }

    /// The plan of the first target.
    pub(crate) fn plan(&self) -> TargetPlan {
        self.plan_of(&self.policies[0])
    }

    /// The plan of all targets.
    pub(crate) fn whole_plan(&self) -> Plan {
        let targets: Vec<TargetPlan> = self.policies.iter().map(|policy| self.plan_of(policy)).collect();
        let id = plan_id(targets.iter().flat_map(TargetPlan::deciding));
        Plan { id, targets, notes: Vec::new() }
    }

    pub(crate) fn id(&self) -> PlanId {
        self.whole_plan().id
    }

    /// The plan of the first target as text.
    pub(crate) fn show(&self) -> String {
        show(&self.plan())
    }
}

fn chat_of(policy: &Policy) -> ChatId {
    match policy.chat {
        Some(crate::ids::ChatRef::Id(id)) => id,
        _ => ChatId(-1_001_000_000_001),
    }
}

pub(crate) fn policy(name: &str, chat: i64) -> Policy {
    Policy {
        place: (RelPath::new(Path::new("tgsync.yaml")).unwrap(), 1),
        target: name.parse().unwrap(),
        format: content::Format::Html,
        chat: Some(crate::ids::ChatRef::Id(ChatId(chat))),
        prune: false,
        on_missing: OnMissing::Restore,
        on_drift: content::OnDrift::Overwrite,
        foreign: Foreign::Ignore,
        scratch_chat: None,
        on_undeletable: OnUndeletable::Tombstone,
        tombstone_text: "removed".into(),
        topics: BTreeMap::new(),
        silent: false,
        protect_content: false,
        default: true,
        guard: Guard::default(),
        max_late: jiff::SignedDuration::from_hours(24 * 7),
    }
}

fn parts(post: &content::Post, catalog: &Catalog, policy: &Policy) -> Vec<Open> {
    let (rendered, problems) = render::render(post, policy.format, catalog, &render::Settings::default());
    let rendered = rendered.unwrap_or_else(|| panic!("{problems:?}"));
    Open::parts(post, &rendered, policy, &[])
}

/// One line a change: sign, slug, reasons, the messages it starts from, its steps; then the guard and the notes.
pub(crate) fn show(plan: &TargetPlan) -> String {
    let mut out = String::new();
    for change in &plan.changes {
        let reasons: Vec<&str> = change.reasons.iter().map(|reason| reason.words()).collect();
        let ids: String = change.messages.iter().map(|message| format!(" #{}", message.id)).collect();
        let steps: Vec<String> = change.steps.iter().map(step).collect();
        out += &format!(
            "{} {}: {}{ids} [{}]\n",
            change.verb.sign(),
            change.slug,
            reasons.join(", "),
            steps.join(" ")
        );
    }
    for hit in &plan.guard {
        out += &format!("guard: {} {} > {}\n", hit.rule.key(), hit.value, hit.limit);
    }
    for note in &plan.notes {
        out += &format!("note: {note}\n");
    }
    out
}

fn step(step: &Step) -> String {
    match step {
        Step::Move { from } => format!("move-{from}"),
        Step::Forget => "forget".into(),
        Step::Keep { keep } => if *keep { "keep" } else { "keep-no-more" }.into(),
        Step::Send { part, .. } => format!("send{part}"),
        Step::Edit { part, touch, .. } => {
            let item = touch.item.map(|item| format!(".{item}")).unwrap_or_default();
            format!("{}{part}{item}", if touch.caption { "caption" } else { "edit" })
        }
        Step::Pin { pin, .. } => if *pin { "pin" } else { "unpin" }.into(),
        Step::Expel { .. } => "expel".into(),
        Step::Gone { ids } => format!("gone-{}", ids.len()),
        Step::Shrink { parts } => format!("shrink-to-{parts}"),
        Step::Remove { ids, how } => format!("{how:?}-{}", ids.len()).to_lowercase(),
        Step::Sweep { ids, how } => format!("sweep-{how:?}-{}", ids.len()).to_lowercase(),
    }
}
