//! What is to be in the channel: posts of a letter and a version, read and rendered by the library.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use tgsync::content::{self, Catalog, Format, OnDrift, Post};
use tgsync::ids::{BlobId, ChatId, ChatRef, RelPath, Sha256Hex, Slug, Stamp, TargetName};
use tgsync::lock::{KnownFiles, Lock};
use tgsync::media::{self, Facts};
use tgsync::plan::{
    Foreign, Found, Guard, Input, OnMissing, OnUndeletable, Open, Policy, Scope, TargetPlan, Wanted, lint,
    plan_target,
};
use tgsync::render::{self, Rendered};

pub(crate) const CHAT: ChatId = ChatId(-1_001_000_000_001);

/// A post as its author left it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Draft {
    /// What it is known by, whatever its name.
    pub letter: char,
    /// Grows with every change; what it says is both.
    pub version: u32,
    pub renamed: bool,
    /// So many files; 0: it is text.
    pub files: usize,
    /// Which of the targets it goes to.
    pub target: usize,
}

impl Draft {
    pub(crate) fn new(letter: char, files: usize, target: usize) -> Self {
        Self { letter, version: 1, renamed: false, files, target }
    }

    pub(crate) fn slug(&self) -> Slug {
        let name = self.letter.to_ascii_lowercase();
        if self.renamed { format!("{name}-renamed") } else { name.to_string() }.parse().unwrap()
    }

    /// What its message says.
    pub(crate) fn says(&self) -> String {
        format!("{}{}", self.letter, self.version)
    }

    fn source(&self) -> content::Source {
        let mut keys = format!("slug: {}\ntargets: [{}]\n", self.slug(), TARGETS[self.target]);
        if self.renamed {
            writeln!(keys, "renamed_from: {}", self.letter.to_ascii_lowercase()).unwrap();
        }
        let names: Vec<String> = (0..self.files).map(|n| file_name(self.letter, n)).collect();
        if !names.is_empty() {
            write!(keys, "media_dir: files\nmedia: [{}]\n", names.join(", ")).unwrap();
        }
        let text = format!("---\n{keys}---\n{}\n", self.says());
        let file = rel_path(&format!("{}.md", self.slug()));
        content::Source { file, blob: BlobId::of(text.as_bytes()), text }
    }
}

fn file_name(letter: char, n: usize) -> String {
    format!("{}{n}.jpg", letter.to_ascii_lowercase())
}

fn rel_path(name: &str) -> RelPath {
    RelPath::new(Path::new(name)).unwrap()
}

/// The letter and the version of what a message says; `None`: it is no post's.
pub(crate) fn read_back(says: &str) -> Option<(char, u32)> {
    let mut chars = says.chars();
    let letter = chars.next().filter(char::is_ascii_uppercase)?;
    Some((letter, chars.as_str().parse().ok()?))
}

/// All posts at one moment.
pub(crate) type Source = Vec<Draft>;

/// Read and rendered.
pub(crate) struct Content {
    catalog: Catalog,
    rendered: BTreeMap<Slug, Rendered>,
}

/// What was read before: most histories know few versions of few posts.
static READ: LazyLock<Mutex<HashMap<Source, Arc<Content>>>> = LazyLock::new(Mutex::default);

impl Content {
    pub(crate) fn read(source: &Source) -> Arc<Self> {
        if let Some(known) = READ.lock().unwrap().get(source) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(Self::read_anew(source));
        READ.lock().unwrap().insert(source.clone(), Arc::clone(&fresh));
        fresh
    }

    fn read_anew(source: &Source) -> Self {
        let mut settings = content::Settings::new(rel_path(""));
        for (index, _) in TARGETS.iter().enumerate() {
            let target = content::TargetSettings { default: index == 0, ..Default::default() };
            settings.targets.insert(target_name(index), target);
        }
        let (mut catalog, problems) = content::parse(source.iter().map(Draft::source).collect(), &settings);
        assert!(problems.is_empty(), "{problems:?}");
        let files = |draft: &Draft| (0..draft.files).map(|n| file_name(draft.letter, n)).collect::<Vec<_>>();
        for name in source.iter().flat_map(files) {
            let format = media::Format::Picture { mime: "image/jpeg", width: 1200, height: 800 };
            let facts = Facts { sha256: Sha256Hex::of(name.as_bytes()), size: 1000, format };
            let file = rel_path(&format!("files/{name}"));
            catalog.media.insert(file.clone(), Stamp::default());
            catalog.facts.insert(file, facts);
        }
        content::assign_media(&mut catalog);
        let rendered = catalog.posts.iter().map(|(slug, post)| {
            let (rendered, problems) =
                render::render(post, Format::Html, &catalog, &render::Settings::default());
            (slug.clone(), rendered.unwrap_or_else(|| panic!("{problems:?}")))
        });
        let rendered = rendered.collect();
        Self { catalog, rendered }
    }

    /// As `Planning::plan_target` of the commands does it.
    pub(crate) fn plan(&self, lock: &Lock, policy: &Policy, now: tgsync::ids::Timestamp) -> TargetPlan {
        let recorded = lock.target(&policy.target);
        let goes_to = |post: &&Post| post.front.targets.contains(&policy.target);
        let wanted: Vec<Wanted<'_>> = self
            .catalog
            .posts
            .values()
            .filter(goes_to)
            .map(|post| {
                let mut slugs = std::iter::once(post.slug()).chain(&post.front.renamed_from);
                let sent = slugs.find_map(|slug| recorded.posts.get(slug)).map(tgsync::lock::Recorded::texts);
                let rendered = &self.rendered[post.slug()];
                Wanted { post, parts: Open::parts(post, rendered, policy, &sent.unwrap_or_default()) }
            })
            .collect();
        let doubtful = lock.targets.iter().filter(|(_, other)| !other.doubt.is_empty());
        let plan = plan_target(&Input {
            policy,
            lock: &recorded,
            hold: &lock.hold,
            withheld: &BTreeSet::new(),
            files: &KnownFiles::of(lock, recorded.bot),
            wanted: &wanted,
            scope: &Scope { complete: !self.catalog.posts.is_empty(), ..Scope::default() },
            now,
            found: &Found::default(),
            doubt_elsewhere: doubtful.clone().any(|(name, _)| *name != policy.target),
            old: &|_, _| None,
        });
        assert_eq!(lint(&plan, &recorded), Vec::<String>::new());
        plan
    }
}

/// Targets, all of one chat.
const TARGETS: [&str; 2] = ["news", "more"];

pub(crate) fn target_name(target: usize) -> TargetName {
    TARGETS[target].parse().unwrap()
}

pub(crate) fn policy(target: usize) -> Policy {
    Policy {
        target: target_name(target),
        place: (rel_path("tgsync.yaml"), 1),
        format: Format::Html,
        chat: Some(ChatRef::Id(CHAT)),
        prune: true,
        on_missing: OnMissing::Restore,
        on_drift: OnDrift::Overwrite,
        foreign: Foreign::Ignore,
        scratch_chat: None,
        on_undeletable: OnUndeletable::Tombstone,
        tombstone_text: "removed".into(),
        topics: BTreeMap::new(),
        silent: false,
        protect_content: false,
        default: target == 0,
        guard: Guard { max_resends: 100, max_sends: 100, ..Guard::default() },
        max_late: jiff::SignedDuration::from_hours(24 * 7),
    }
}
