//! Real posts: a blog of some hundred articles, where it is at hand.
#![expect(clippy::disallowed_methods, reason = "reads the corpus and the variable that says where it is")]

use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::Value;
use tgsync::content::Format;
use tgsync::diagnostic::Diagnostic;
use tgsync::render::Rendered;
use tgsync::render::limits::TEXT_CHARS;
use tgsync::sandbox::entities::{self, Formatted};
use tgsync::sandbox::rich::parse;

use super::reader;
use super::sound::{check, rendered_as, texts};

/// The folder of posts: `TGSYNC_CORPUS`, else one beside the repository.
pub(super) fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/rust-blog");
    let folder = std::env::var_os("TGSYNC_CORPUS").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// An article: its name, its text and where the body begins. What it needs and the corpus has not got is elsewhere.
pub(super) struct Article {
    pub(super) slug: String,
    pub(super) source: String,
    pub(super) body_at: usize,
}

pub(super) fn articles(folder: &Path) -> Vec<Article> {
    shard(folder, 0, 1)
}

/// Every `count`th article, from that at `index` on.
fn shard(folder: &Path, index: usize, count: usize) -> Vec<Article> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let source = made_whole(std::fs::read_to_string(&path).unwrap());
        let front = source.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n"));
        let slug = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Article { slug, body_at: front.map_or(0, |at| at + 9), source }
    };
    paths.into_iter().skip(index).step_by(count).map(read).collect()
}

/// Posts that are not in the corpus get an address on the web: a link to them is refused.
fn made_whole(mut source: String) -> String {
    let post = |event: Event<'_>| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    let is_post = |to: &String| {
        let path = to.split(['#', '?']).next().unwrap();
        !to.contains("://") && Path::new(path).extension().is_some_and(|end| end == "md")
    };
    let mut files: Vec<String> = Parser::new(&source).filter_map(post).filter(is_post).collect();
    files.sort();
    files.dedup();
    for file in files {
        for before in [" ", "(", ":"] {
            source = source
                .replace(&format!("{before}{file}"), &format!("{before}https://files.example.org/{file}"));
        }
    }
    source
}

/// What is wrong with an article's messages; `None` if there is nothing to send.
fn judged(article: &Article, format: Format) -> Option<Result<(), String>> {
    let (rendered, diagnostics) = rendered_as(format, &article.slug, &article.source, article.body_at);
    let Some(rendered) = rendered else {
        let errors = diagnostics.iter().filter(|problem| problem.is_error());
        let errors: Vec<(&str, &str)> = errors.map(|error| (error.code.0, error.message.as_str())).collect();
        let is_known = !errors.is_empty() && errors.iter().all(|error| error.0 == "TG0401");
        return (!is_known).then(|| Err(format!("refused: {errors:?}")));
    };
    let (before, body) = article.source.split_at(article.body_at);
    let first_line = 1 + before.matches('\n').count();
    Some(match format {
        Format::Html => classic(&rendered, body, first_line, &diagnostics),
        Format::Rich => rich(&rendered, body, first_line, &diagnostics),
    })
}

fn classic(
    rendered: &Rendered,
    body: &str,
    first_line: usize,
    diagnostics: &[Diagnostic],
) -> Result<(), String> {
    let texts = texts(rendered);
    texts.iter().try_for_each(check)?;
    let read = |html: String| entities::parse(&html, TEXT_CHARS, false);
    let messages: Result<Vec<Formatted>, String> =
        texts.iter().map(|text| read(tgsync::render::html(text, &|_| None))).collect();
    reader::compare(body, first_line, &messages?, diagnostics)
}

fn rich(
    rendered: &Rendered,
    body: &str,
    first_line: usize,
    diagnostics: &[Diagnostic],
) -> Result<(), String> {
    let parts = rendered.parts(&[]);
    let messages: Result<Vec<Value>, String> =
        parts.iter().map(|part| parse(&part.wording().unwrap().html(&|_| None))).collect();
    reader::compare_rich(body, first_line, &messages?, diagnostics)
}

/// Of the corpus, cut into [`SHARDS`] pieces so that they are read side by side.
#[expect(clippy::print_stdout, reason = "says what was read, and how to have it read")]
fn judge(index: usize, format: Format) {
    let Some(folder) = corpus() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "no corpus: set TGSYNC_CORPUS to a folder of Markdown files"
        );
        return println!("skipped: there is no corpus; set TGSYNC_CORPUS to a folder of Markdown files");
    };
    let articles = shard(&folder, index, SHARDS);
    let mut wrong = Vec::new();
    let mut refused = Vec::new();
    for article in &articles {
        match judged(article, format) {
            Some(Ok(())) => {}
            Some(Err(why)) => wrong.push(format!("{}: {why}", article.slug)),
            None => refused.push(article.slug.as_str()),
        }
    }
    println!("{} articles, {} refused: {refused:?}", articles.len(), refused.len());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), articles.len(), wrong.join("\n"));
}

const SHARDS: usize = 4;

macro_rules! every_article_says_in_messages_what_it_says_in_markdown {
    ($($name:ident: $index:literal $format:ident,)*) => {
        $(#[test]
        fn $name() {
            judge($index, Format::$format);
        })*
    };
}

every_article_says_in_messages_what_it_says_in_markdown! {
    classic_articles_0: 0 Html,
    classic_articles_1: 1 Html,
    classic_articles_2: 2 Html,
    classic_articles_3: 3 Html,
    rich_articles_0: 0 Rich,
    rich_articles_1: 1 Rich,
    rich_articles_2: 2 Rich,
    rich_articles_3: 3 Rich,
}
