//! `tgsync mirror verify`: the store beside what is recorded of it. Reads; changes nothing.

use super::context::Context;
use super::mirror::no_mirror;
use super::mirroring::Mirroring;
use super::project::Project;
use super::{Exit, Failure, Outcome};
use crate::cli::{DataFormat, MirrorVerify};
use crate::ids::ObjectKey;
use crate::mirror::{Shelf, compare};
use crate::report::mirror as report;
use crate::report::mirror::{Difference, Verified};
use crate::store::AnyStore;

pub(super) async fn run(context: &Context, args: &MirrorVerify) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.live_clock(context).await?;
    let lock = project.known_lock()?;
    let mirroring = Mirroring::open(&project, &lock).ok_or_else(no_mirror)?;
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
    let compared = compare(store, shelf, sample).await?;
    let strange =
        |key: &&ObjectKey| !shelf.known.objects.contains_key(*key) && shelf.owns(key) && !others(key);
    verified.unknown += compared.there.keys().filter(strange).count();
    verified.checked += compared.checked;
    verified.read += compared.read;
    verified.differences.extend(compared.differences.into_iter().map(Difference::from));
    Ok(())
}
