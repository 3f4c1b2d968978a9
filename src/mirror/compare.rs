//! The store as it is beside what is recorded of it. Reads; changes nothing.

use std::collections::BTreeMap;

use super::Shelf;
use crate::ids::{ObjectKey, RelPath};
use crate::lock::StoredObject;
use crate::ports::{Held, MediaStore, StoreError};

/// What a look at one shelf showed.
#[derive(Debug, Default)]
pub struct Compared {
    /// Recorded objects.
    pub checked: usize,
    /// Objects that were read back.
    pub read: usize,
    pub differences: Vec<Difference>,
    /// Everything below the prefix.
    pub there: BTreeMap<ObjectKey, Held>,
}

/// An object that is not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub key: ObjectKey,
    pub file: Option<RelPath>,
    pub what: &'static str,
}

/// List the store; read back `sample` objects, and all those that a list says nothing about but their size.
pub async fn compare(store: &impl MediaStore, shelf: &Shelf, sample: usize) -> Result<Compared, StoreError> {
    let mut compared = Compared { there: shelf.list(store).await?, ..Compared::default() };
    let mut alike = Vec::new();
    for (key, object) in &shelf.known.objects {
        compared.checked += 1;
        match difference(object, compared.there.get(key)) {
            Some(what) => compared.found(key, object, what),
            None => alike.push((key, object)),
        }
    }
    for (key, object) in chosen(alike, &compared.there, sample) {
        compared.read += 1;
        match store.digest(key).await? {
            Some((_, sha256)) if sha256 == object.sha256 => {}
            Some(_) => compared.found(key, object, "it holds something else"),
            None => compared.found(key, object, "it is not there"),
        }
    }
    Ok(compared)
}

impl Compared {
    fn found(&mut self, key: &ObjectKey, object: &StoredObject, what: &'static str) {
        self.differences.push(Difference { key: key.clone(), file: object.file.clone(), what });
    }
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

/// Objects to read back: some, drawn anew every time; all of those without an entity tag.
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
