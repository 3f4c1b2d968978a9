//! `tgsync.yaml`: it is read, or every reason why not is told.

use std::path::Path;

use tgsync::config::{self, Config};
use tgsync::ids::RelPath;

use super::text;

/// In the environment; a problem may name the variable, never what it holds.
const SECRET: &str = "s3cret-\u{e9}\n: [";

pub(super) fn holds(bytes: &[u8]) {
    let text = text::of(bytes);
    let config = read(&text);
    assert_eq!(read(&format!("\u{feff}{}", text.trim_start_matches('\u{feff}'))), config);
}

/// What the config says, or how many errors it has.
fn read(text: &str) -> Result<String, usize> {
    let file = RelPath::new(Path::new("tgsync.yaml")).expect("a path within");
    let (config, problems) = config::parse(&file, text, &environment);
    text::assert_placed(text, &problems);
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    assert_eq!(config.is_none(), errors > 0, "a config, or an error that says why not: {problems:?}");
    let config: Config = config.ok_or(errors)?;
    for path in [&config.lock, &config.settings.content] {
        assert!(!path.as_str().split('/').any(|part| part == ".."), "{path} leads out");
        assert!(!path.as_str().starts_with('/'), "{path} leads out");
    }
    assert!(!config.lock.as_str().is_empty() && !config.targets.is_empty());
    assert!(config.targets.values().all(|target| !target.token_env.is_empty()));
    Ok(format!("{config:?}"))
}

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "CHAT" => "@sandbox",
        "ID" => "-1001234567890",
        "MINIO_ENDPOINT" => "http://127.0.0.1:9000",
        "SECRET" => SECRET,
        "EMPTY" => "",
        _ => return None,
    };
    Some(value.to_owned())
}
