//! A post with files, and where they are mirrored to.

use super::minio;
use super::wiretap::Wiretap;
use super::{Project, Run};

pub(crate) const FOLDER: &str = "targets:\n  news:\n    chat: \"@sandbox\"\nmirror:\n  folder: mirror\n";

/// A post with a picture, and a PDF whose name has spaces.
pub(crate) fn trip(config: &str) -> Project {
    let project = Project::new().config(config);
    project.put("trip/index.md", "", "Look.");
    let text = project.read("content/trip/index.md").replace("slug: index", "slug: trip");
    project.write("content/trip/index.md", text);
    project.write("content/trip/cover.jpg", b"\xff\xd8 not quite a picture");
    project.write("content/trip/slides final.pdf", b"%PDF-1.7");
    project
}

pub(crate) fn in_folder() -> Project {
    trip(FOLDER)
}

/// The same with a bucket of its own, and what the server is asked; `None`: there is no server.
pub(crate) fn in_bucket(more: &str) -> Option<(Project, Wiretap)> {
    Some(in_bucket_at(&minio::endpoint()?, more))
}

/// The same on a server of the test's own.
pub(crate) fn in_bucket_at(endpoint: &str, more: &str) -> (Project, Wiretap) {
    let tap = Wiretap::before(endpoint);
    let bucket = minio::new_bucket(&tap.url()).bucket;
    let config = format!(
        "targets:\n  news:\n    chat: \"@sandbox\"\nmirror:\n  endpoint: {}\n  bucket: {bucket}\n{more}",
        tap.url()
    );
    let project = trip(&config).env("MINIO_ACCESS_KEY", minio::ACCESS_KEY);
    (project.env("MINIO_SECRET_KEY", minio::SECRET_KEY), tap)
}

pub(crate) fn mirror(project: &Project, args: &[&str]) -> Run {
    project.run(&[&["mirror"], args].concat())
}

/// What the lock says is there.
pub(crate) fn keys(project: &Project) -> Vec<String> {
    let objects = project.lock()["mirror"]["objects"].as_object().cloned().unwrap_or_default();
    objects.keys().cloned().collect()
}
