//! From media folders to what should be in the object store: what `plan`, `apply` and `mirror` must see alike.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::context::Context;
use super::files::Files;
use super::planning::{Planning, goes_to};
use super::project::Project;
use super::{Exit, Failure};
use crate::clock::AnyClock;
use crate::config;
use crate::content::{Catalog, MediaFile, Post};
use crate::env;
use crate::ids::{ObjectKey, RelPath, Slug};
use crate::lock::Lock;
use crate::mirror::{self, Folder, Hashed, MirrorPlan, Place, Seen, Settings, Shelf, Want, Whose};
use crate::ports::{Held, LocalFile, MediaStore as _, StoreError, StoreErrorKind};
use crate::store::{Address, AnyStore, Credentials, FolderStore, MinioStore, Patience};

/// One run's view of the mirror.
pub(super) struct Mirroring<'a> {
    project: &'a Project,
    pub settings: &'a Settings,
    /// The store's name. Where its address is not known here, that of the lock.
    pub store: String,
    /// The media of posts.
    pub posts: Shelf,
    files: Files,
}

impl<'a> Mirroring<'a> {
    /// What is known to be there; `None` if the config names no store.
    pub(super) fn open(project: &'a Project, lock: &Lock) -> Option<Self> {
        Self::with(project, lock, || Files::open(project))
    }

    fn with(project: &'a Project, lock: &Lock, files: impl FnOnce() -> Files) -> Option<Self> {
        let settings = project.config.mirror.as_ref()?;
        let store = settings.store().or_else(|| lock.mirror.store.clone()).unwrap_or_default();
        let mut mirroring = Self {
            project,
            settings,
            posts: empty_shelf(Whose::Posts, &settings.prefix, settings, &store),
            store,
            files: files(),
        };
        mirroring.posts.known = lock.mirror.clone();
        Some(mirroring)
    }

    /// The same with what should be there.
    pub(super) fn gather(planning: &Planning<'a>, lock: &Lock) -> Result<Option<Self>, Failure> {
        // What the plan has read is not read again.
        let files = || planning.content.files.clone().unwrap_or_else(|| Files::open(planning.project));
        let Some(mut mirroring) = Self::with(planning.project, lock, files) else { return Ok(None) };
        let due = due(planning, lock);
        let wanted = planning.content.media.iter().filter(|(file, _)| due.contains(&file.slug));
        mirroring.want(&planning.content.catalog, wanted)?;
        mirroring.posts.staying = staying(planning, lock, &due);
        mirroring.posts.prune =
            mirroring.settings.prune && planning.scope.complete && planning.scope.only.is_none();
        Ok(Some(mirroring))
    }

    fn want<'m>(
        &mut self,
        catalog: &Catalog,
        media: impl Iterator<Item = &'m (MediaFile, ObjectKey)>,
    ) -> Result<(), Failure> {
        let media: Vec<_> = media.collect();
        let root = &self.project.root;
        let seen = |file: &RelPath| Seen { path: root.join(file.as_str()), stamp: catalog.media[file] };
        self.hash(media.iter().map(|(file, _)| (file.file.to_string(), seen(&file.file))).collect())?;
        for (file, key) in media {
            let hashed = self.files.hashed(file.file.as_str());
            self.posts.wants.push(want(key, &file.file, hashed));
            let local = self.local(root.join(file.file.as_str()), file.file.to_string(), hashed);
            self.posts.files.insert(key.clone(), local);
        }
        Ok(())
    }

    fn hash(&mut self, files: BTreeMap<String, Seen>) -> Result<(), Failure> {
        self.files.hash(files).map_err(|(name, error)| {
            Failure::new(Exit::Invalid, format!("`{name}` can't be read: {error}"))
                .hint("give read permission, or exclude the file in `.tgsyncignore`")
        })
    }

    fn local(&self, path: PathBuf, name: String, hashed: &Hashed) -> LocalFile {
        LocalFile { path, name, stamp: hashed.stamp, settled: self.files.is_settled(hashed) }
    }

    /// A folder of `mirror.sources`, without what is there and what should be.
    pub(super) fn bare_source(&self, source: &Folder) -> Shelf {
        empty_shelf(Whose::Source, &source.prefix, self.settings, &self.store)
    }

    /// A folder of `mirror.sources`, without what is known to be in the store.
    pub(super) fn source(&mut self, source: &Folder) -> Result<Shelf, Failure> {
        let folder = self.project.root.join(&source.path);
        let (found, problems) = mirror::scan(&folder, &source.prefix);
        if let Some(first) = problems.first() {
            let more = problems.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            return Err(Failure::new(Exit::Invalid, format!("{first}{more}"))
                .hint("correct it there, or change `mirror.sources`"));
        }
        let name = |file: &RelPath| format!("{}/{file}", source.path.trim_end_matches('/'));
        self.hash(found.iter().map(|file| (name(&file.file), file.seen.clone())).collect())?;
        let mut shelf = self.bare_source(source);
        // An empty folder is more often a disk that is not mounted than a wish.
        shelf.prune = self.settings.prune && !found.is_empty();
        for file in found {
            let hashed = self.files.hashed(&name(&file.file));
            shelf.wants.push(want(&file.key, &file.file, hashed));
            shelf.files.insert(file.key, self.local(file.seen.path, name(&file.file), hashed));
        }
        Ok(shelf)
    }

    /// Keep what files held for the next run; it only saves time.
    pub(super) fn keep_cache(&self) {
        self.files.keep(self.project, false);
    }

    /// What is there, where looking costs nothing: in a local folder.
    pub(super) async fn there(&self, shelf: &Shelf) -> Result<Option<BTreeMap<ObjectKey, Held>>, Failure> {
        match &self.settings.place {
            Place::Bucket { .. } => Ok(None),
            Place::Folder(folder) => Ok(Some(shelf.list(&folder_store(self.project, folder)).await?)),
        }
    }

    /// The plan for media of posts, without a network.
    pub(super) async fn plan(&self, force: bool) -> Result<MirrorPlan, Failure> {
        let there = self.there(&self.posts).await?;
        Ok(self.posts.plan(there.as_ref(), force))
    }

    /// How much of what is there one run may remove, in percent.
    pub(super) fn max_delete_percent(&self) -> usize {
        let guards =
            self.project.config.targets.values().map(|target| target.policy.guard.max_delete_percent);
        guards.min().unwrap_or(100)
    }

    /// Variables that hold secrets: a command that is told of files does not act in our name.
    pub(super) fn secrets(&self) -> Vec<String> {
        let declared = env::VARIABLES.iter().filter(|variable| variable.secret).map(|variable| variable.name);
        let tokens = self.project.config.targets.values().map(|target| target.token_env.as_str());
        declared.chain(tokens).flat_map(|name| [name.to_owned(), format!("{name}_FILE")]).collect()
    }

    /// The store, ready to be written to, or, for `look`, only to be read.
    pub(super) async fn connect<'c>(
        &self,
        context: &Context,
        clock: &'c AnyClock,
        look: bool,
    ) -> Result<AnyStore<'c>, Failure> {
        let store = open(context, self.project, self.settings, clock)?;
        if !look {
            store.prepare().await?;
        }
        Ok(store)
    }
}

/// The store that the config and the environment name; nothing is asked yet.
fn open<'c>(
    context: &Context,
    project: &Project,
    settings: &Settings,
    clock: &'c AnyClock,
) -> Result<AnyStore<'c>, Failure> {
    let (endpoint, bucket, region) = match &settings.place {
        Place::Folder(folder) => return Ok(AnyStore::Folder(folder_store(project, folder))),
        Place::Bucket { endpoint, bucket, region } => (endpoint, bucket, region),
    };
    if let Some(text) = context.env.get(env::MINIO_ENDPOINT).filter(|text| !config::is_bare(text)) {
        let message = format!("`MINIO_ENDPOINT` is `{text}`, which is not the bare address of a server");
        return Err(Failure::new(Exit::Usage, message).hint("`http://127.0.0.1:9000`"));
    }
    let endpoint = endpoint.clone().ok_or_else(|| {
        Failure::new(Exit::Failed, "the address of the object store is not known")
            .hint("set `MINIO_ENDPOINT`, or `mirror.endpoint` in the config")
    })?;
    let address = Address { endpoint, bucket: bucket.clone(), region: region.clone() };
    let store = MinioStore::new(address, credentials(context)?, Patience::default(), clock)?;
    Ok(AnyStore::Minio(Box::new(store.noting(project.state.scratch().uploads()?))))
}

fn folder_store(project: &Project, folder: &RelPath) -> FolderStore {
    FolderStore::new(project.root.join(folder.as_str()), folder.to_string())
}

fn credentials(context: &Context) -> Result<Credentials, Failure> {
    let failed = |message: String| Failure::new(Exit::Failed, message);
    let get = |names: [&'static str; 2]| {
        for name in names {
            let value = context.env.secret(name).map_err(|error| failed(error.to_string()))?;
            if let Some(value) = value {
                return Ok(value);
            }
        }
        let hint = format!("set `{0}` or `{0}_FILE`, or `{1}`", names[0], names[1]);
        Err(failed(format!("the object store needs keys: `{}` is not set", names[0])).hint(hint))
    };
    let access = get([env::MINIO_ACCESS_KEY, env::AWS_ACCESS_KEY_ID])?;
    let secret = get([env::MINIO_SECRET_KEY, env::AWS_SECRET_ACCESS_KEY])?;
    Credentials::new(&access, &secret).map_err(|error| failed(error.to_string()))
}

fn empty_shelf(whose: Whose, prefix: &str, settings: &Settings, store: &str) -> Shelf {
    Shelf {
        whose,
        prefix: prefix.to_owned(),
        store: store.to_owned(),
        base: settings.public_base(store),
        wants: Vec::new(),
        files: BTreeMap::new(),
        staying: BTreeSet::new(),
        prune: false,
        known: crate::lock::MirrorLock::default(),
        tells: settings.on_uploaded.is_some(),
    }
}

fn want(key: &ObjectKey, file: &RelPath, hashed: &Hashed) -> Want {
    Want { key: key.clone(), file: file.clone(), sha256: hashed.sha256.clone(), size: hashed.stamp.size }
}

/// Posts that are in a chat, or that this apply sends: those whose files may be seen.
fn due(planning: &Planning<'_>, lock: &Lock) -> BTreeSet<Slug> {
    let targets = || planning.targets.iter().map(|name| planning.policy(name));
    let is_due = |post: &&Post| {
        targets().any(|policy| {
            goes_to(post, policy)
                && !planning.withholds(&policy.target, post.slug())
                && crate::plan::is_due(&post.front, planning.now, policy.max_late)
        })
    };
    let posts = planning.content.catalog.posts.values();
    let selected =
        |post: &&Post| planning.scope.selects(post.slug(), post.file()) && !lock.hold.covers(post.slug());
    posts.filter(selected).filter(is_due).map(|post| post.slug().clone()).collect()
}

/// Posts that nothing is uploaded for, and whose objects stay all the same: they are in a chat, or not looked at.
fn staying(planning: &Planning<'_>, lock: &Lock, due: &BTreeSet<Slug>) -> BTreeSet<Slug> {
    let recorded = lock.targets.values().flat_map(|target| target.posts.keys());
    let in_doubt = lock.targets.values().flat_map(|target| &target.doubt).map(|pending| &pending.slug);
    let unseen = planning.content.catalog.posts.values().filter(|post| {
        let elsewhere = !planning.targets.iter().any(|name| goes_to(post, planning.policy(name)));
        let selected = planning.scope.selects(post.slug(), post.file());
        let withheld = planning.targets.iter().any(|name| planning.withholds(name, post.slug()));
        elsewhere || !selected || withheld || lock.hold.covers(post.slug())
    });
    let all = recorded.chain(in_doubt).chain(unseen.map(Post::slug));
    all.filter(|slug| !due.contains(*slug)).cloned().collect()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = error.hint.unwrap_or_else(|| match error.kind {
            StoreErrorKind::Retry => "run again: what is there already is not put there again".to_owned(),
            _ => "`tgsync --verbose mirror apply` shows every try".to_owned(),
        });
        Self::new(Exit::Failed, error.what).hint(hint)
    }
}
