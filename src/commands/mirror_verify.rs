//! `tgsync mirror verify`: the store beside what is recorded of it. Reads; changes nothing.

use std::collections::BTreeMap;

use super::context::Context;
use super::mirror::no_mirror;
use super::mirroring::Mirroring;
use super::project::Project;
use super::{Exit, Failure, Outcome};
use crate::cli::{DataFormat, MirrorVerify};
use crate::ids::ObjectKey;
use crate::lock::StoredObject;
use crate::mirror::Shelf;
use crate::ports::{Held, MediaStore as _};
use crate::report::mirror as report;
use crate::report::mirror::{Difference, Verified};
use crate::store::AnyStore;

pub(super) async fn run(context: &Context, args: &MirrorVerify) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.live_clock(context).await?;
    let lock = project.known_lock()?;
    let mirroring = Mirroring::open(&project, &lock)?.ok_or_else(no_mirror)?;
    let store = mirroring.connect(context, &clock, true).await?;
    if lock.mirror.store.as_ref().is_some_and(|recorded| *recorded != mirroring.store) {
        let recorded = lock.mirror.store.unwrap_or_default();
        let message = format!("the lock is about `{recorded}`, the config names `{}`", mirroring.store);
        return Err(Failure::new(Exit::Failed, message).hint("`tgsync mirror apply` fills the new store"));
    }
    let mut verified = Verified::default();
    let sources = &mirroring.settings.sources;
    let of_sources = |key: &ObjectKey| sources.iter().any(|source| source.holds(key));
    verify(&store, &mirroring.posts, (args.sample, &of_sources), &mut verified).await?;
    for source in sources {
        let mut shelf = mirroring.bare_source(source);
        shelf.remember(&store).await?;
        verify(&store, &shelf, (args.sample, &|_| false), &mut verified).await?;
    }
    context.print(&match args.format {
        DataFormat::Text => report::verified(&verified),
        DataFormat::Json => super::plan::pretty(&verified),
    });
    Ok(if verified.differences.is_empty() { Exit::Done } else { Exit::Drift })
}

async fn verify(
    store: &AnyStore<'_>,
    shelf: &Shelf,
    (sample, others): (usize, &dyn Fn(&ObjectKey) -> bool),
    verified: &mut Verified,
) -> Result<(), Failure> {
    let there = shelf.list(store).await?;
    let mut alike = Vec::new();
    for (key, object) in &shelf.known.objects {
        verified.checked += 1;
        match difference(object, there.get(key)) {
            Some(what) => verified.found(key, object, what),
            None => alike.push((key, object)),
        }
    }
    let strange =
        |key: &&ObjectKey| !shelf.known.objects.contains_key(*key) && shelf.owns(key) && !others(key);
    verified.unknown += there.keys().filter(strange).count();
    for (key, object) in chosen(alike, &there, sample) {
        verified.read += 1;
        match store.digest(key).await? {
            Some((_, sha256)) if sha256 == object.sha256 => {}
            Some(_) => verified.found(key, object, "it holds something else"),
            None => verified.found(key, object, "it is not there"),
        }
    }
    Ok(())
}

/// What a listing alone tells.
fn difference(object: &StoredObject, held: Option<&Held>) -> Option<&'static str> {
    let Some(held) = held else { return Some("it is not there") };
    if held.size != object.size {
        return Some("it has another size");
    }
    let other = held.etag.as_ref().is_some_and(|etag| *etag != object.etag);
    other.then_some("it was replaced")
}

/// Objects to read back: some, drawn anew every time; all of those that a listing says nothing about but their size.
fn chosen<'a>(
    mut alike: Vec<(&'a ObjectKey, &'a StoredObject)>,
    there: &BTreeMap<ObjectKey, Held>,
    sample: usize,
) -> Vec<(&'a ObjectKey, &'a StoredObject)> {
    let untagged =
        |(key, _): &(&ObjectKey, &StoredObject)| there.get(*key).is_some_and(|held| held.etag.is_none());
    let (mut chosen, mut rest): (Vec<_>, Vec<_>) = alike.drain(..).partition(untagged);
    while chosen.len() < sample && !rest.is_empty() {
        let at = usize::try_from(ulid::Ulid::new().random() % rest.len() as u128).unwrap_or_default();
        chosen.push(rest.swap_remove(at));
    }
    chosen
}

impl Verified {
    fn found(&mut self, key: &ObjectKey, object: &StoredObject, what: &str) {
        let file = object.file.as_ref().map(ToString::to_string);
        self.differences.push(Difference { key: key.clone(), file, what: what.to_owned() });
    }
}
