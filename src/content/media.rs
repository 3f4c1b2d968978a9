//! Which files belong to which post: its media folder, without what nearer posts own.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{BadKey, clashes, index_key, post_key};
use super::post::{Catalog, MediaFolder};
use crate::diagnostic::codes::{media as codes, reading};
use crate::diagnostic::{Diagnostic, Place};
use crate::ids::{ObjectKey, RelPath, Slug};

/// A file of a post's media folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFile {
    pub slug: Slug,
    pub file: RelPath,
    /// From the media folder.
    pub below: String,
}

/// Notes in the catalog which files belong to which post.
pub fn assign_media(catalog: &mut Catalog) {
    let owners = owners(catalog);
    let mut folders: BTreeMap<Slug, MediaFolder> = BTreeMap::new();
    for (folder, slugs) in &owners {
        for slug in slugs {
            let folder = MediaFolder { path: folder.clone(), files: BTreeSet::new() };
            folders.insert((*slug).clone(), folder);
        }
    }
    for file in catalog.media.keys() {
        let slugs = nearest(&owners, file);
        for slug in slugs.into_iter().flatten() {
            folders.entry((*slug).clone()).and_modify(|folder| {
                folder.files.insert(file.clone());
            });
        }
    }
    catalog.folders = folders;
}

/// All files that belong to posts, by slug and file.
pub fn media(catalog: &Catalog) -> Vec<MediaFile> {
    let of = |(slug, folder): (&Slug, &MediaFolder)| {
        let file = |file: &RelPath| MediaFile {
            slug: slug.clone(),
            file: file.clone(),
            below: file.as_str()[folder.path.len()..].trim_start_matches('/').to_owned(),
        };
        folder.files.iter().map(file).collect::<Vec<_>>()
    };
    catalog.folders.iter().flat_map(of).collect()
}

/// Files whose names no path can hold, in the media folders of posts: they could be neither sent nor mirrored.
pub(super) fn unusable(catalog: &Catalog, files: &[(RelPath, String)]) -> Vec<Diagnostic> {
    let owners = owners(catalog);
    let problem = |(folder, name): &(RelPath, String)| {
        let slug = nearest(&owners, &folder.below("it"))?.first()?;
        let message =
            format!("the name of the file `{name}`, which belongs to the post `{slug}`, can't be used");
        let hint = "rename it, without backslashes, control characters and bytes that aren't UTF-8, or exclude it in `.tgsyncignore`";
        Some(Diagnostic::error(reading::BAD_FILE_NAME, message).at(Place::file(folder)).hint(hint))
    };
    files.iter().filter_map(problem).collect()
}

/// Media folders with the posts they belong to; a file that is no valid post still owns its folder, for nobody.
fn owners(catalog: &Catalog) -> BTreeMap<String, BTreeSet<&Slug>> {
    let mut owners: BTreeMap<String, BTreeSet<&Slug>> = BTreeMap::new();
    for file in &catalog.broken {
        owners.entry(folder_of(file)).or_default();
    }
    // `a/index.md` comes before `a.md`: a folder that has a post in it is that post's.
    let (indexes, others): (Vec<_>, Vec<_>) = catalog.posts.values().partition(|post| is_index(post.file()));
    for post in indexes.into_iter().chain(others) {
        let chosen = post.front.media_dir.as_deref();
        let folder = match chosen {
            Some(folder) => post.file().resolve(folder).map(|folder| folder.to_string()),
            None => Some(folder_of(post.file())),
        };
        let free =
            |folder: &String| is_index(post.file()) || chosen.is_some() || !owners.contains_key(folder);
        if let Some(folder) = folder.filter(free) {
            owners.entry(folder).or_default().insert(post.slug());
        }
    }
    owners
}

fn is_index(file: &RelPath) -> bool {
    file.as_str().rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("index.md"))
}

/// The folder of `index.md`; for `NAME.md`, `NAME` beside it.
fn folder_of(file: &RelPath) -> String {
    if is_index(file) {
        return file.parent().to_owned();
    }
    let path = file.as_str();
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let stem = path[name..].rfind('.').map_or(path.len(), |at| name + at);
    path[..stem].to_owned()
}

/// Whose folder is the first around `file`.
fn nearest<'o>(
    owners: &'o BTreeMap<String, BTreeSet<&'o Slug>>,
    file: &RelPath,
) -> Option<&'o BTreeSet<&'o Slug>> {
    let mut folder = file.parent();
    loop {
        if let Some(slugs) = owners.get(folder) {
            return Some(slugs);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// Every media file with its key below `prefix`, and what keeps files from having one. Below the prefixes `taken` is no place.
pub fn media_keys(
    catalog: &Catalog,
    prefix: &str,
    taken: &[&str],
) -> (Vec<(MediaFile, ObjectKey)>, Vec<Diagnostic>) {
    let (mut keyed, mut problems) = (Vec::new(), Vec::new());
    for file in media(catalog) {
        match post_key(prefix, &file.slug, &file.below) {
            Ok(key) => keyed.push((file, key)),
            Err(error) => problems.push(bad_key(&file.file, &error)),
        }
    }
    let is_taken = |key: &ObjectKey| {
        taken
            .iter()
            .find(|taken| key.as_str().strip_prefix(**taken).is_some_and(|rest| rest.starts_with('/')))
    };
    for (file, key) in &keyed {
        let Some(taken) = is_taken(key) else { continue };
        let message = format!("its object `{key}` would be among those of the source with prefix `{taken}`");
        problems.push(
            Diagnostic::error(codes::KEY_CLASH, message)
                .at(Place::file(&file.file))
                .hint("give the source in `mirror.sources` another prefix"),
        );
    }
    for clash in clashes(keyed.iter().map(|(file, key)| (key, &file.file)), &[index_key(prefix)]) {
        let with = clash.other.map_or_else(
            || "the list of objects that `tgsync` keeps".to_owned(),
            |other| format!("`{other}`"),
        );
        let message = format!("its object `{}` would be in the place of {with}", clash.key);
        problems.push(
            Diagnostic::error(codes::KEY_CLASH, message)
                .at(Place::file(clash.file))
                .hint("rename one of the two; spaces and `_` are one in the names of objects"),
        );
    }
    (keyed, problems)
}

fn bad_key(file: &RelPath, error: &BadKey) -> Diagnostic {
    Diagnostic::error(codes::BAD_KEY, format!("the file can't be mirrored: {error}"))
        .at(Place::file(file))
        .hint("rename the file or its folder")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Settings, Source, parse};
    use crate::ids::{BlobId, Stamp};
    use std::path::Path;

    fn rel(path: &str) -> RelPath {
        RelPath::new(Path::new(path)).unwrap()
    }

    /// Posts, written `file=slug`, with other keys after a comma, and the other files.
    fn catalog(posts: &[&str], media: &[&str]) -> Catalog {
        let source = |post: &&str| {
            let (file, slug) = post.split_once('=').unwrap();
            let text = format!("---\nslug: {}\n---\nx", slug.replace(',', "\n"));
            Source { file: rel(file), blob: BlobId::of(text.as_bytes()), text }
        };
        let sources = posts.iter().map(source).collect();
        let (mut catalog, _) = parse(sources, &Settings::new(rel("content")));
        catalog.media = media.iter().map(|file| (rel(file), Stamp::default())).collect();
        assign_media(&mut catalog);
        catalog
    }

    fn owned(posts: &[&str], media_files: &[&str]) -> Vec<String> {
        let files = media(&catalog(posts, media_files));
        files.into_iter().map(|file| format!("{}: {}", file.slug, file.below)).collect()
    }

    #[test]
    fn the_nearest_post_owns_a_file() {
        let posts = ["content/trip/index.md=trip", "content/trip/day/index.md=day", "content/a.MD=a"];
        let files = [
            "content/trip/cover.jpg",
            "content/trip/raw/1.jpg",
            "content/trip/day/2.jpg",
            "content/trip/day/x/3.jpg",
            "content/a/4.jpg",
            "content/a.jpg",
            "content/other/5.jpg",
            "content/trips/6.jpg",
        ];
        let expected = ["a: 4.jpg", "day: 2.jpg", "day: x/3.jpg", "trip: cover.jpg", "trip: raw/1.jpg"];
        assert_eq!(owned(&posts, &files), expected);
    }

    #[test]
    fn an_index_comes_before_its_neighbour_and_a_broken_post_owns_for_nobody() {
        let files = ["content/a/1.jpg"];
        assert_eq!(owned(&["content/a.md=a", "content/a/index.md=b"], &files), ["b: 1.jpg"]);
        assert_eq!(owned(&["content/index.md=root", "content/a.md=Not a slug"], &files), [""; 0]);
        assert_eq!(owned(&["content/index.md=root"], &files), ["root: a/1.jpg"]);
    }

    #[test]
    fn media_dir_is_another_folder() {
        let posts =
            ["content/a.md=a,media_dir: ../content/shared", "content/b/index.md=b,media_dir: ../shared"];
        let files = ["content/a/1.jpg", "content/shared/2.jpg"];
        assert_eq!(owned(&posts, &files), ["a: 2.jpg", "b: 2.jpg"]);
    }

    #[test]
    fn names_that_can_t_be_used_are_reported_where_a_post_has_them() {
        let catalog = catalog(&["content/trip/index.md=trip", "content/bad/index.md=Not a slug"], &[]);
        let files = ["content/trip", "content/trip/raw", "content/bad", "content/other", "content"];
        let files = files.map(|folder| (rel(folder), "a\\\\b.jpg".to_owned()));
        let found = unusable(&catalog, &files);
        let places: Vec<&str> =
            found.iter().map(|found| found.place.as_ref().unwrap().file.as_str()).collect();
        assert_eq!(places, ["content/trip", "content/trip/raw"]);
        let expected = "the name of the file `a\\\\b.jpg`, which belongs to the post `trip`, can't be used";
        assert_eq!(found[0].message, expected);
    }

    #[test]
    fn files_that_need_one_key_are_reported() {
        let long = format!("content/a/{}.jpg", "x".repeat(300));
        let catalog = catalog(&["content/a.md=a"], &["content/a/b c.jpg", "content/a/b_c.jpg", &long]);
        let (keyed, problems) = media_keys(&catalog, "m", &[]);
        let keys: Vec<&str> = keyed.iter().map(|(_, key)| key.as_str()).collect();
        assert_eq!(keys, ["m/a/b_c.jpg", "m/a/b_c.jpg"]);
        let found: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(found, [codes::BAD_KEY, codes::KEY_CLASH]);
        assert_eq!(
            problems[1].message,
            "its object `m/a/b_c.jpg` would be in the place of `content/a/b c.jpg`"
        );
        let (_, problems) = media_keys(&catalog, "", &["a", "b"]);
        let clashes = problems.iter().filter(|problem| problem.code == codes::KEY_CLASH);
        assert_eq!(clashes.count(), 3, "each with the source, and with each other");
    }
}
