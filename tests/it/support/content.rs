//! Sources and settings for tests of reading.

use std::path::Path;

use tgsync::content::{Settings, Source, TargetSettings};
use tgsync::ids::{BlobId, RelPath};

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(Path::new(path)).unwrap()
}

/// A file below `content/`.
pub(crate) fn source(name: &str, text: &str) -> Source {
    Source { file: rel(&format!("content/{name}")), text: text.to_owned(), blob: BlobId::of(text.as_bytes()) }
}

/// The settings of a config with the default target `news`.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new(rel("content"));
    let news = TargetSettings { default: true, topics: ["releases".to_owned()].into() };
    settings.targets.insert("news".parse().unwrap(), news);
    settings
}
