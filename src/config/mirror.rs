//! `mirror:` of the config.

use url::Url;

use super::path;
use crate::content::is_prefix;
use crate::diagnostic::codes::config as codes;
use crate::ids::RelPath;
use crate::mirror::{Folder, Notify, Place, Settings};
use crate::yaml::Node;

const BUCKET: &str = "media";
const REGION: &str = "us-east-1";
const FOLDER: &str = "mirror";

/// Reads a section whose kinds of values have been checked; `endpoint` is what the environment says. What is wrong is
/// reported, with a value that does no harm.
pub(super) fn read(node: &Node<'_>, content: &RelPath, endpoint: Option<String>) -> Settings {
    let text = |key| node.get(key).and_then(|value| value.text());
    let prefix = prefix(node);
    let settings = Settings {
        place: place(node, content, endpoint),
        public_url: text("public_url").map(|url| public_url(node, &url)),
        prune: node.get("prune").and_then(|value| value.flag()).unwrap_or_default(),
        sources: sources(node),
        on_uploaded: text("on_uploaded").map(|to| on_uploaded(node, to)),
        prefix,
    };
    for (at, source) in settings.sources.iter().enumerate() {
        let others = settings.sources[..at].iter().map(|other| &other.prefix);
        if !source.prefix.is_empty() && others.chain([&settings.prefix]).any(|other| *other == source.prefix)
        {
            wrong(
                node,
                "sources",
                "two folders have one prefix",
                "each has a list of its own: give it a prefix of its own",
            );
        }
    }
    settings
}

fn wrong(node: &Node<'_>, key: &str, message: &str, hint: &str) {
    let place = node.get(key);
    place.as_ref().unwrap_or(node).error(codes::BAD_MIRROR, format!("`mirror.{key}`: {message}"), hint);
}

fn place(node: &Node<'_>, content: &RelPath, from_env: Option<String>) -> Place {
    let text = |key| node.get(key).and_then(|value| value.text());
    let is_bucket = text("endpoint").is_some() || text("bucket").is_some();
    if text("folder").is_some() && is_bucket {
        wrong(node, "folder", "there is a bucket too", "keep `folder`, or `endpoint` and `bucket`");
    }
    if text("folder").is_some() || !(is_bucket || from_env.is_some()) {
        return Place::Folder(folder(node, content));
    }
    let endpoint = from_env.or_else(|| text("endpoint"));
    if let Some(url) = text("endpoint").filter(|url| !is_bare(url)) {
        let hint = "write `http://127.0.0.1:9000`: scheme, host and port, nothing else";
        wrong(node, "endpoint", &format!("`{url}` is not the bare address of a server"), hint);
    }
    let bucket = text("bucket").unwrap_or_else(|| BUCKET.to_owned());
    if !is_bucket_name(&bucket) {
        let hint = "3 to 63 letters, digits, hyphens and dots, lower case; a letter or digit at both ends";
        wrong(node, "bucket", &format!("`{bucket}` can't be the name of a bucket"), hint);
    }
    let region = text("region").unwrap_or_else(|| REGION.to_owned());
    if region.is_empty() || !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        wrong(node, "region", &format!("`{region}` can't be the name of a region"), "write `us-east-1`");
    }
    Place::Bucket { endpoint: endpoint.map(|url| url.trim_end_matches('/').to_owned()), bucket, region }
}

/// Whether an address names a server and nothing below it.
pub fn is_bare(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

fn is_bucket_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| plain(*b) || matches!(b, b'-' | b'.'))
        && [bytes[0], bytes[bytes.len() - 1]].into_iter().all(plain)
        && !name.contains("..")
}

fn folder(node: &Node<'_>, content: &RelPath) -> RelPath {
    let folder = path(node, "folder", FOLDER);
    let is_inside = folder.is_some();
    let folder = folder.unwrap_or_else(|| content.below(FOLDER));
    let below = |outer: &RelPath, inner: &RelPath| {
        outer == inner || outer.as_str().is_empty() || inner.as_str().starts_with(&format!("{outer}/"))
    };
    // The copy of a copy of a copy would be media too.
    if is_inside && (below(content, &folder) || below(&folder, content)) {
        let hint = "name a folder beside it: `mirror`";
        wrong(node, "folder", &format!("`{folder}` and the content folder `{content}` overlap"), hint);
    }
    folder
}

fn prefix(node: &Node<'_>) -> String {
    let prefix = node.get("prefix").and_then(|value| value.text()).unwrap_or_default();
    if !is_prefix(&prefix) {
        let hint = "write `media` or `a/b`, without spaces, backslashes, `.` and `..`";
        node.get("prefix").unwrap_or_else(|| node.clone()).error(
            codes::BAD_MIRROR,
            format!("`{}`: `{prefix}` can't begin the name of an object", node.name()),
            hint,
        );
    }
    prefix.trim_matches('/').to_owned()
}

fn public_url(node: &Node<'_>, text: &str) -> String {
    let good = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.password().is_none()
    });
    if !good {
        let hint = "write `https://cdn.example.org/media`: keys are put behind it";
        wrong(node, "public_url", &format!("`{text}` is not the address that keys can be put behind"), hint);
    }
    text.trim_end_matches('/').to_owned()
}

fn sources(node: &Node<'_>) -> Vec<Folder> {
    let items = node.get("sources").map(|sources| sources.items()).unwrap_or_default();
    let read = |item: &Node<'_>| {
        let path = item.get("path").and_then(|path| path.text()).unwrap_or_default();
        if path.is_empty() {
            let hint = "name the folder: `{path: downloads, prefix: inbox}`";
            item.error(codes::BAD_MIRROR, format!("`{}` has no `path`", item.name()), hint);
        }
        let prefix = prefix(item);
        if prefix.is_empty() {
            let hint = "give it one: `{path: downloads, prefix: inbox}`";
            item.error(codes::BAD_MIRROR, format!("`{}` has no `prefix`", item.name()), hint);
        }
        Folder { path, prefix }
    };
    items.iter().map(read).collect()
}

fn on_uploaded(node: &Node<'_>, text: String) -> Notify {
    let is_url = text.starts_with("http://") || text.starts_with("https://");
    if text.trim().is_empty() || (is_url && Url::parse(&text).is_err()) {
        let hint = "write a command, or an address that begins with `https://`";
        wrong(node, "on_uploaded", "it is neither a command nor an address", hint);
    }
    if is_url { Notify::Url(text) } else { Notify::Command(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    fn rel(path: &str) -> RelPath {
        RelPath::new(Path::new(path)).unwrap()
    }

    /// The settings, and what is said about them.
    fn read_with(yaml: &str, endpoint: Option<&str>) -> (Option<Settings>, Vec<String>) {
        let text = format!("targets: {{a: {{chat: '@abcd'}}}}\nmirror:\n{yaml}");
        let env = |name: &str| endpoint.filter(|_| name == "MINIO_ENDPOINT").map(str::to_owned);
        let (config, problems) = parse(&rel("tgsync.yaml"), &text, &env);
        assert!(problems.iter().all(|problem| problem.hint.is_some()), "{yaml}");
        (
            config.and_then(|config| config.mirror),
            problems.into_iter().map(|problem| problem.message).collect(),
        )
    }

    fn good(yaml: &str) -> Settings {
        let (settings, problems) = read_with(yaml, None);
        assert_eq!(problems, [""; 0], "{yaml}");
        settings.unwrap()
    }

    #[test]
    fn everything_has_a_default() {
        let folder = good("  prune: false");
        assert_eq!(folder.place, Place::Folder(rel("mirror")));
        assert_eq!((folder.store(), folder.public_base("mirror/")), (Some("mirror/".into()), None));
        assert_eq!(read_with("", None), (None, vec![]), "a section that is empty is none");
        let bucket = |endpoint: Option<&str>| Place::Bucket {
            endpoint: endpoint.map(str::to_owned),
            bucket: "media".into(),
            region: "us-east-1".into(),
        };
        assert_eq!(good("  endpoint: http://127.0.0.1:9000/").place, bucket(Some("http://127.0.0.1:9000")));
        let unknown = good("  bucket: media");
        assert_eq!((unknown.place.clone(), unknown.store()), (bucket(None), None));
        let (from_env, _) = read_with("  prune: true", Some("https://s3.example.org"));
        let from_env = from_env.unwrap();
        assert_eq!(from_env.place, bucket(Some("https://s3.example.org")));
        let store = from_env.store().unwrap();
        assert_eq!(store, "https://s3.example.org/media/");
        assert_eq!(from_env.public_base(&store), Some(store));
    }

    #[test]
    fn every_key_has_its_value() {
        let settings = good(
            "  {endpoint: 'http://h:1', bucket: b-1, region: eu, prefix: /a/b/, public_url: 'https://e.org/x/', prune: true, \
             sources: [{path: ../d, prefix: inbox}], on_uploaded: 'https://e.org/hook'}",
        );
        let expected = Settings {
            place: Place::Bucket {
                endpoint: Some("http://h:1".into()),
                bucket: "b-1".into(),
                region: "eu".into(),
            },
            prefix: "a/b".into(),
            public_url: Some("https://e.org/x".into()),
            prune: true,
            sources: vec![Folder { path: "../d".into(), prefix: "inbox".into() }],
            on_uploaded: Some(Notify::Url("https://e.org/hook".into())),
        };
        assert_eq!(settings, expected);
        let command = good("  on_uploaded: ./go.sh --now").on_uploaded;
        assert_eq!(command, Some(Notify::Command("./go.sh --now".into())));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (yaml, expected) in [
            ("  endpoint: h:9000", "`mirror.endpoint`: `h:9000` is not the bare address of a server"),
            (
                "  endpoint: http://h/path",
                "`mirror.endpoint`: `http://h/path` is not the bare address of a server",
            ),
            (
                "  endpoint: http://u:p@h",
                "`mirror.endpoint`: `http://u:p@h` is not the bare address of a server",
            ),
            ("  bucket: A", "`mirror.bucket`: `A` can't be the name of a bucket"),
            ("  bucket: ''", "`mirror.bucket`: `` can't be the name of a bucket"),
            ("  bucket: a..b", "`mirror.bucket`: `a..b` can't be the name of a bucket"),
            ("  {bucket: abc, region: a b}", "`mirror.region`: `a b` can't be the name of a region"),
            ("  {bucket: abc, folder: m}", "`mirror.folder`: there is a bucket too"),
            ("  folder: content/m", "`mirror.folder`: `content/m` and the content folder `content` overlap"),
            ("  folder: .", "`mirror.folder`: `` and the content folder `content` overlap"),
            ("  folder: ../m", "`folder` is not a path inside the repository"),
            ("  prefix: a b", "`mirror`: `a b` can't begin the name of an object"),
            (
                "  public_url: cdn",
                "`mirror.public_url`: `cdn` is not the address that keys can be put behind",
            ),
            ("  on_uploaded: ' '", "`mirror.on_uploaded`: it is neither a command nor an address"),
            ("  sources: [{prefix: a}]", "`mirror.sources[0]` has no `path`"),
            ("  sources: [{path: a}]", "`mirror.sources[0]` has no `prefix`"),
            (
                "  sources: [{path: a, prefix: x}, {path: b, prefix: x/}]",
                "`mirror.sources`: two folders have one prefix",
            ),
            (
                "  {prefix: x, sources: [{path: a, prefix: x}]}",
                "`mirror.sources`: two folders have one prefix",
            ),
            ("  secret_key: abc", "`secret_key` looks like a secret, and the config is no place for one"),
        ] {
            let (_, problems) = read_with(yaml, None);
            assert_eq!(problems, [expected], "{yaml}");
        }
    }
}
