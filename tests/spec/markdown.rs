//! `docs/markdown.md`: each `markdown` block is followed by the `html` it becomes, one block for each message, and the
//! `problems` it has, and where the document asks for it by the `rich` HTML, and by the problems of that if they are others.

use std::fmt::Write as _;
use std::path::Path;

use tgsync::content::{Catalog, Format, FrontMatter, Post, Source, Status};
use tgsync::diagnostic::{Diagnostic, Severity};
use tgsync::ids::{BlobId, RelPath, Sha256Hex, Slug, Stamp};
use tgsync::media;
use tgsync::render::{self, Body, Item, Rendered, Settings};

/// The posts that examples can link to, as the document's introduction says.
const POSTS: [(&str, &str, Status); 3] = [
    ("notes", "content/2026/notes.md", Status::Published),
    ("welcome", "content/welcome.md", Status::Published),
    ("plans", "content/plans.md", Status::Draft),
];

/// The files that are there, as the document says.
const FILES: [&str; 4] = [
    "content/2026/notes/cat.jpg",
    "content/2026/notes/dog.jpg",
    "content/2026/notes/bird.jpg",
    "content/welcome/door.jpg",
];

#[test]
fn every_example_renders_as_shown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/markdown.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let executed = execute(&document);
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, executed).unwrap();
    }
    let diff = similar::TextDiff::from_lines(&document, &executed);
    assert!(document == executed, "run with UPDATE=1 to accept:\n{}", diff.unified_diff().context_radius(8));
    assert!(document.matches("markdown\n").count() > 40, "the examples are found");
}

/// The document with the result of every example in its place.
fn execute(document: &str) -> String {
    let mut out = String::new();
    let mut lines = document.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        let Some(fence) = fence_of(line, "markdown") else {
            continue;
        };
        let mut example = String::new();
        for line in lines.by_ref().take_while(|line| line.trim_end() != fence) {
            example.push_str(line);
        }
        let (html, problems) = result(&example, &fence, Format::Html);
        let _ = write!(out, "{example}{fence}\n\n{html}{}", block(&fence, "problems", &problems));
        if skip_results(&mut lines) {
            let (rich, others) = result(&example, &fence, Format::Rich);
            out.push_str(&rich);
            if others != problems {
                let others = if others.is_empty() { "none\n" } else { &others };
                out.push_str(&block(&fence, "problems", others));
            }
        }
    }
    out
}

/// The fence of a block that opens in `line` with this info string.
fn fence_of(line: &str, info: &str) -> Option<String> {
    let fence = line.trim_end().strip_suffix(info)?;
    (fence.len() >= 3 && fence.bytes().all(|b| b == b'`')).then(|| fence.to_owned())
}

/// Skips what was shown for the example so far; answers whether the rich message is asked for.
fn skip_results<'d>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'d str>>) -> bool {
    let mut rich = false;
    while let Some(line) = lines.peek() {
        rich |= fence_of(line, "rich").is_some();
        let fence = ["html", "media", "rich", "problems"].iter().find_map(|info| fence_of(line, info));
        match fence {
            Some(fence) => {
                lines.next();
                while lines.next().is_some_and(|line| line.trim_end() != fence) {}
            }
            None if line.trim().is_empty() => {
                lines.next();
            }
            None => break,
        }
    }
    rich
}

/// The block of what is sent, and the lines of its problems.
fn result(example: &str, fence: &str, format: Format) -> (String, String) {
    let (rendered, diagnostics) = render(example, format);
    let mut out = String::new();
    let info = if format == Format::Rich { "rich" } else { "html" };
    let url = |slug: &Slug| (slug.as_str() != "plans").then(|| "https://t.me/news/7".into());
    for part in rendered.iter().flat_map(|rendered| rendered.parts(&[])) {
        match &part.body {
            Body::Text { wording, .. } => {
                out.push_str(&block(fence, info, &format!("{}\n", wording.html(&url))));
            }
            Body::Media { items, .. } => out.push_str(&block(fence, "media", &files(items, &url))),
        }
    }
    let mut problems = String::new();
    for diagnostic in &diagnostics {
        problem(diagnostic, &mut problems);
    }
    (out, problems)
}

/// The files of a message, each with its caption.
fn files(items: &[Item], url: &dyn Fn(&Slug) -> Option<String>) -> String {
    let mut out = String::new();
    for item in items {
        let name = item.file.as_str().rsplit('/').next().unwrap();
        let spoiler = if item.spoiler { ", spoiler" } else { "" };
        let _ = writeln!(out, "[{}: {name}{spoiler}]", item.kind.word());
        let caption = render::html(&item.caption, url);
        if !caption.is_empty() {
            let _ = writeln!(out, "{caption}");
        }
    }
    out
}

/// A fenced block of lines, if there are some.
fn block(fence: &str, info: &str, lines: &str) -> String {
    if lines.is_empty() { String::new() } else { format!("{fence}{info}\n{lines}{fence}\n\n") }
}

fn problem(diagnostic: &Diagnostic, out: &mut String) {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.place.as_ref().unwrap();
    let hint = diagnostic.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{}:{}: {severity} {}: {}{hint}",
        place.line, place.column, diagnostic.code.0, diagnostic.message
    );
}

fn render(body: &str, format: Format) -> (Option<Rendered>, Vec<Diagnostic>) {
    let posts = POSTS.map(|(slug, file, status)| post(slug, file, status, body));
    let mut catalog = Catalog {
        by_file: posts.iter().map(|post| (post.file().clone(), post.slug().clone())).collect(),
        posts: posts.iter().map(|post| (post.slug().clone(), post.clone())).collect(),
        media: FILES.map(|file| (RelPath::new(Path::new(file)).unwrap(), Stamp::default())).into(),
        ..Catalog::default()
    };
    tgsync::content::assign_media(&mut catalog);
    let facts = |file: RelPath| {
        let format = media::Format::Picture { mime: "image/jpeg", width: 640, height: 480 };
        let facts = media::Facts { sha256: Sha256Hex::of(file.as_str().as_bytes()), size: 9000, format };
        (file, facts)
    };
    catalog.facts = render::attached(&posts[0], &catalog).into_iter().map(facts).collect();
    render::render(&posts[0], format, &catalog, &Settings::default())
}

fn post(slug: &str, file: &str, status: Status, body: &str) -> Post {
    let slug: Slug = slug.parse().unwrap();
    Post {
        title: slug.to_string(),
        front: FrontMatter { status, ..FrontMatter::new(slug) },
        body: 0..body.len(),
        source: Source {
            file: RelPath::new(Path::new(file)).unwrap(),
            blob: BlobId::of(body.as_bytes()),
            text: body.to_owned(),
        },
        keys: std::collections::BTreeMap::default(),
    }
}
