//! From files to a plan: read, parse, render, compare. Everything that two commands must see alike is here.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSetBuilder};

use super::context::Context;
use super::files::{self, Files};
use super::past::Past;
use super::project::Project;
use super::{Exit, Failure};
use crate::cli::Selection;
use crate::clock::AnyClock;
use crate::content::{self, Catalog, Format, MediaFile, Post};
use crate::diagnostic::Diagnostic;
use crate::ids::{BlobId, ChatId, ChatRef, ObjectKey, RelPath, Slug, TargetName, Timestamp};
use crate::lock::{KnownFiles, Lock, Recorded, TargetLock};
use crate::plan::{self, Found, Input, Open, Plan, Policy, Scope, TargetPlan, Wanted, plan_id};
use crate::ports::Clock as _;
use crate::render;

/// The host whose limits for files are known; another one is a Bot API server of one's own.
const TELEGRAM: &str = "api.telegram.org";

/// Content, rendered, with what a plan needs beside the lock.
pub(super) struct Planning<'a> {
    pub project: &'a Project,
    pub content: Content,
    pub targets: Vec<TargetName>,
    pub scope: Scope,
    pub now: Timestamp,
    /// Posts whose changes nobody approved, by target.
    pub withheld: BTreeMap<TargetName, BTreeSet<Slug>>,
    /// What somebody did in Telegram, where this run looked.
    pub found: BTreeMap<TargetName, Found>,
    notes: Vec<Diagnostic>,
}

/// All posts and what they render to, in each format that one of their targets shows them in; posts with errors
/// render to nothing.
pub(super) struct Content {
    pub catalog: Catalog,
    rendered: BTreeMap<(Slug, Format), render::Rendered>,
    pub settings: render::Settings,
    pub problems: Vec<Diagnostic>,
    /// Files of posts and their objects, where there is a mirror.
    pub media: Vec<(MediaFile, ObjectKey)>,
    /// What was read of the files that posts attach, if any does.
    pub files: Option<Files>,
    /// Everything could be read.
    pub whole: bool,
}

impl Content {
    /// Read, parse and render everything.
    pub(super) fn read(project: &Project, now: Timestamp) -> Self {
        let settings = &project.config.settings;
        let (mut catalog, mut problems) = content::load(&project.root, settings);
        let files = files::find_facts(project, &mut catalog);
        problems.extend(content::future_dates(&catalog, now));
        let (media, found) = media(project, &catalog);
        problems.extend(found);
        let mut content = Self {
            whole: !problems.iter().any(Diagnostic::is_error) && catalog.broken.is_empty(),
            catalog,
            rendered: BTreeMap::new(),
            settings: render::Settings { media: addresses(project, &media), ..render_settings(project) },
            problems,
            media,
            files,
        };
        for (slug, post) in &content.catalog.posts {
            for format in formats(post, project) {
                let (rendered, found) = render::render(post, format, &content.catalog, &content.settings);
                content.problems.extend(found);
                content.rendered.extend(rendered.map(|rendered| ((slug.clone(), format), rendered)));
            }
        }
        crate::diagnostic::sort(&mut content.problems);
        content.problems.dedup();
        content
    }

    /// What `post` says in a target with this policy.
    pub(super) fn rendered(&self, post: &Post, policy: &Policy) -> Option<&render::Rendered> {
        self.rendered.get(&(post.slug().clone(), format(post, policy)))
    }
}

fn media(project: &Project, catalog: &Catalog) -> (Vec<(MediaFile, ObjectKey)>, Vec<Diagnostic>) {
    let Some(mirror) = &project.config.mirror else { return Default::default() };
    content::media_keys(catalog, &mirror.prefix, &mirror.source_prefixes())
}

/// Where the files of posts are to be had.
fn addresses(
    project: &Project,
    media: &[(MediaFile, ObjectKey)],
) -> BTreeMap<Slug, BTreeMap<RelPath, String>> {
    let mirror = project.config.mirror.as_ref();
    let base = mirror.and_then(|mirror| mirror.public_base(&mirror.store().unwrap_or_default()));
    let mut addresses: BTreeMap<Slug, BTreeMap<RelPath, String>> = BTreeMap::new();
    let Some(base) = base.filter(|base| !base.is_empty()) else { return addresses };
    for (file, key) in media {
        let of_post = addresses.entry(file.slug.clone()).or_default();
        of_post.insert(file.file.clone(), content::public_url(&base, key));
    }
    addresses
}

fn render_settings(project: &Project) -> render::Settings {
    let default =
        |(name, target): (&TargetName, &crate::config::Target)| target.policy.default.then(|| name.clone());
    render::Settings {
        tags_show: project.config.settings.tags_show,
        media: BTreeMap::new(),
        upload: if project.api_url.host_str() == Some(TELEGRAM) {
            render::limits::UPLOAD_SIZE
        } else {
            render::limits::OWN_SERVER_UPLOAD_SIZE
        },
        table_columns: project.config.settings.table_columns.unwrap_or(render::limits::TABLE_COLUMNS),
        default_targets: project.config.targets.iter().filter_map(default).collect(),
    }
}

impl<'a> Planning<'a> {
    /// Read everything, show what is wrong with it, and stop if a selected post can't be sent.
    pub(super) async fn gather(
        context: &Context,
        project: &'a Project,
        selection: &Selection,
        clock: &AnyClock,
    ) -> Result<Self, Failure> {
        let now = clock.now().await;
        let mut content = Content::read(project, now);
        if selection.strict {
            for problem in &mut content.problems {
                problem.severity = crate::diagnostic::Severity::Error;
            }
        }
        let scope = Scope {
            only: only(&selection.only)?,
            prune: selection.prune,
            rerender: selection.rerender,
            complete: content.whole && !content.catalog.posts.is_empty(),
        };
        let selected = |problem: &Diagnostic| concerns(problem, &scope, &content.catalog);
        let (stopping, notes): (Vec<_>, Vec<_>) = content
            .problems
            .iter()
            .filter(|problem| selected(problem))
            .cloned()
            .partition(Diagnostic::is_error);
        let errors = stopping.len();
        context.show(&[stopping, notes.clone()].concat());
        if errors > 0 {
            let them = if errors == 1 { "it" } else { "them" };
            let hint = format!("mend {them}, or narrow the selection with `--only`");
            let count = crate::report::style::count(errors, "error");
            return Err(Failure::new(Exit::Invalid, format!("{count} in the content; nothing was planned"))
                .hint(hint));
        }
        let all = project.config.targets.keys().cloned();
        let chosen = &context.global.target;
        let targets = if chosen.is_empty() { all.collect() } else { chosen.clone() };
        let (found, withheld) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { project, content, targets, scope, now, withheld, found, notes })
    }

    /// The plan of all selected targets against this lock. What was there before is fetched if this clone lacks it.
    pub(super) fn plan(&self, context: &Context, lock: &Lock) -> Result<Plan, Failure> {
        let plan = self.plan_with_what_is_here(lock)?;
        let lacking: BTreeSet<&BlobId> = plan
            .changes()
            .filter(|(_, change)| change.before.is_none() && !change.messages.is_empty())
            .filter_map(|(target, change)| {
                Some(&lock.targets.get(&target.target)?.posts.get(&change.slug)?.blob)
            })
            .collect();
        let lacking: Vec<BlobId> =
            lacking.into_iter().filter(|blob| self.source(blob).is_none()).cloned().collect();
        if super::publish::fetch_sources(context, self.project, &lacking) {
            return self.plan_with_what_is_here(lock);
        }
        Ok(plan)
    }

    fn plan_with_what_is_here(&self, lock: &Lock) -> Result<Plan, Failure> {
        let mut targets = Vec::new();
        for name in &self.targets {
            self.chat_is_known(name, lock)?;
            let plan = self.plan_target(name, lock, self.found.get(name).unwrap_or(&Found::default()));
            let faults = plan::lint(&plan, &lock.target(name));
            if let Some(fault) = faults.first() {
                let message = format!("the plan of target `{name}` contradicts itself: {fault}");
                return Err(Failure::new(Exit::Failed, message)
                    .hint("nothing was done; this is a fault of tgsync, report it with the lock"));
            }
            targets.push(plan);
        }
        let id = plan_id(targets.iter().flat_map(TargetPlan::deciding));
        Ok(Plan { id, targets, notes: self.notes.clone() })
    }

    fn chat_is_known(&self, name: &TargetName, lock: &Lock) -> Result<(), Failure> {
        match (&self.policy(name).chat, lock.target(name).chat) {
            (None, None) => Err(Failure::new(
                Exit::Invalid,
                format!("the chat of target `{name}` is not known: its environment variable is not set"),
            )
            .hint("set it, or write the chat into the config; later on the lock pins it")),
            (Some(ChatRef::Id(now)), Some(pinned)) if *now != pinned => Err(Failure::new(
                Exit::Refused,
                format!("target `{name}`: the chat is {now}, the lock belongs to {pinned}"),
            )
            .hint(format!("undo the change, or accept it with `tgsync state rebind {name}`"))),
            _ => Ok(()),
        }
    }

    /// Whether nobody approved what this post is to be in a target.
    pub(super) fn withholds(&self, name: &TargetName, slug: &Slug) -> bool {
        self.withheld.get(name).is_some_and(|slugs| slugs.contains(slug))
    }

    pub(super) fn policy(&self, name: &TargetName) -> &Policy {
        &self.project.config.targets[name].policy
    }

    /// The plan of one target, with what was found there.
    pub(super) fn plan_target(&self, name: &TargetName, lock: &Lock, found: &Found) -> TargetPlan {
        let policy = self.policy(name);
        let recorded = lock.target(name);
        let files = KnownFiles::of(lock, recorded.bot);
        let wanted = self.wanted(name, &recorded);
        let past = Past::new(self, &recorded);
        let input = Input {
            policy,
            lock: &recorded,
            hold: &lock.hold,
            withheld: self.withheld.get(name).unwrap_or(const { &BTreeSet::new() }),
            files: &files,
            wanted: &wanted,
            scope: &self.scope,
            now: self.now,
            found,
            doubt_elsewhere: self.doubt_elsewhere(name, lock),
            old: &|_, record| past.parts(record, policy),
        };
        plan::plan_target(&input)
    }

    fn wanted(&self, name: &TargetName, recorded: &TargetLock) -> Vec<Wanted<'_>> {
        let policy = self.policy(name);
        let wanted = |post| Wanted { post, parts: self.parts(post, policy, recorded).unwrap_or_default() };
        self.content.catalog.posts.values().filter(|post| goes_to(post, policy)).map(wanted).collect()
    }

    /// What a post is in a target. What is in the chat already stays as it is where it can; `None`: it has errors.
    pub(super) fn parts(&self, post: &Post, policy: &Policy, recorded: &TargetLock) -> Option<Vec<Open>> {
        let rendered = self.content.rendered(post, policy)?;
        let mut slugs = std::iter::once(post.slug()).chain(&post.front.renamed_from);
        let sent = slugs.find_map(|slug| recorded.posts.get(slug)).map(Recorded::texts).unwrap_or_default();
        Some(Open::parts(post, rendered, policy, &sent))
    }

    /// Another target of the config writes to the same chat and has a send in doubt.
    fn doubt_elsewhere(&self, name: &TargetName, lock: &Lock) -> bool {
        let chat = self.chat(name, lock);
        lock.targets.iter().any(|(other, recorded)| {
            other != name && !recorded.doubt.is_empty() && chat.is_some() && recorded.chat == chat
        })
    }

    fn chat(&self, name: &TargetName, lock: &Lock) -> Option<ChatId> {
        match &self.policy(name).chat {
            Some(ChatRef::Id(id)) => Some(*id),
            _ => lock.targets.get(name).and_then(|target| target.chat),
        }
    }
}

/// Whether a post goes to the target with this policy.
pub(super) fn goes_to(post: &Post, policy: &Policy) -> bool {
    if post.front.targets.is_empty() { policy.default } else { post.front.targets.contains(&policy.target) }
}

/// The formats that a post is shown in; its own, or the default one, when no target takes it.
fn formats(post: &Post, project: &Project) -> BTreeSet<Format> {
    let policies = project.config.targets.values().map(|target| &target.policy);
    let mut formats: BTreeSet<Format> =
        policies.filter(|policy| goes_to(post, policy)).map(|policy| format(post, policy)).collect();
    if formats.is_empty() {
        formats.insert(post.front.format.unwrap_or_default());
    }
    formats
}

/// The format of a post in the target with this policy.
pub(super) fn format(post: &Post, policy: &Policy) -> Format {
    post.front.format.unwrap_or(policy.format)
}

/// Whether a problem stands in a selected post, or in no post at all.
fn concerns(problem: &Diagnostic, scope: &Scope, catalog: &Catalog) -> bool {
    let Some(file) = problem.place.as_ref().map(|place| &place.file) else { return true };
    match catalog.by_file.get(file) {
        Some(slug) => scope.selects(slug, file),
        None => scope.only.as_ref().is_none_or(|globs| globs.is_match(RelPath::as_str(file))),
    }
}

fn only(patterns: &[String]) -> Result<Option<globset::GlobSet>, Failure> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let bad = |error: globset::Error| Failure::new(Exit::Usage, format!("`--only` is not a glob: {error}"));
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(GlobBuilder::new(pattern).literal_separator(false).build().map_err(bad)?);
    }
    set.build().map(Some).map_err(bad)
}
