//! How fast posts are rendered, beside what the Markdown parser's own HTML writer takes for them.
//!
//! `cargo bench` prints a table. All measures take turns within one run, so that a busy machine slows all of them; the
//! median of the rounds counts. The corpus is what `TGSYNC_CORPUS` names, else `../shared/corpus/rust-blog`.
//!
//! Classic rendering is all that makes the HTML of a whole post from its Markdown: it is parsed, lowered, cleaned and
//! written, and problems are noted on the way. What keeps it from being sent is apart: that it fits into messages, where
//! in the file problems stand and what was meant (checking), that it is cut into messages (splitting), that the server's
//! parser takes them (verification). The parser and its writer do with the same options what they always do: one pass, no tree.
//!
//! `-- --classic ROUNDS` prints the seconds that one pass of classic rendering takes, for `benches/compare`.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its corpus and a clock")]
#![expect(clippy::print_stdout, reason = "the result is for people")]
#![expect(clippy::unwrap_used, reason = "a benchmark fails loudly")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pulldown_cmark::{Options, Parser};
use tgsync::content::{Catalog, Format, FrontMatter, Post, Source};
use tgsync::ids::{BlobId, RelPath};
use tgsync::render::{self, Rendered, Settings};
use tgsync::sandbox::entities;

/// Rounds of the table; each takes every measure once.
const ROUNDS: usize = 15;

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM)
    .union(Options::ENABLE_DEFINITION_LIST)
    .union(Options::ENABLE_WIKILINKS)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_HEADING_ATTRIBUTES);

/// The posts of the corpus and what is made of them beforehand.
struct Corpus {
    posts: Vec<Post>,
    catalog: Catalog,
    settings: Settings,
    rendered: Vec<Rendered>,
    html: Vec<String>,
}

/// A name, and one pass over the corpus.
type Measure = (&'static str, fn(&Corpus));

const MEASURES: &[Measure] = &[
    ("parser alone", parse),
    ("parser and its HTML writer", push_html),
    ("classic: Markdown → tree → HTML", classic),
    ("  of it: Markdown → tree", tree),
    ("  of it: tree → HTML", write_html),
    ("splitting: tree → messages", split),
    ("checking: all but the HTML, sizes, places", check),
    ("verification: HTML → entities", verify),
    ("rich: Markdown → tree → Rich HTML", rich),
];

fn parse(corpus: &Corpus) {
    for post in &corpus.posts {
        black_box(Parser::new_ext(post.body(), OPTIONS).count());
    }
}

fn push_html(corpus: &Corpus) {
    for post in &corpus.posts {
        let mut out = String::with_capacity(post.body().len() * 3 / 2);
        pulldown_cmark::html::push_html(&mut out, Parser::new_ext(post.body(), OPTIONS));
        black_box(out);
    }
}

fn tree(corpus: &Corpus) {
    for post in &corpus.posts {
        let arena = render::arena(post);
        black_box(render::wording(post, Format::Html, &corpus.catalog, &corpus.settings, &arena));
    }
}

fn rendered(corpus: &Corpus, format: Format) {
    for post in &corpus.posts {
        let arena = render::arena(post);
        let wording = render::wording(post, format, &corpus.catalog, &corpus.settings, &arena);
        black_box(wording.map(|wording| wording.html(&|_| None)));
    }
}

fn check(corpus: &Corpus) {
    for post in &corpus.posts {
        black_box(render::render(post, Format::Html, &corpus.catalog, &corpus.settings));
    }
}

fn classic(corpus: &Corpus) {
    rendered(corpus, Format::Html);
}

fn rich(corpus: &Corpus) {
    rendered(corpus, Format::Rich);
}

fn write_html(corpus: &Corpus) {
    for rendered in &corpus.rendered {
        black_box(rendered.wording.as_ref().map(|wording| wording.html(&|_| None)));
    }
}

fn split(corpus: &Corpus) {
    for rendered in &corpus.rendered {
        black_box(rendered.parts(&[]));
    }
}

fn verify(corpus: &Corpus) {
    for html in &corpus.html {
        black_box(entities::parse(html, entities::TEXT_LIMIT, false).is_ok());
    }
}

impl Corpus {
    fn read(folder: &Path) -> Self {
        let files = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let posts: Vec<Post> = files.map(|file| post(&file.unwrap().path())).collect();
        let catalog = Catalog {
            by_file: posts.iter().map(|post| (post.file().clone(), post.slug().clone())).collect(),
            posts: posts.iter().map(|post| (post.slug().clone(), post.clone())).collect(),
            ..Catalog::default()
        };
        let settings = Settings::default();
        let rendered =
            posts.iter().filter_map(|post| render::render(post, Format::Html, &catalog, &settings).0);
        let rendered: Vec<Rendered> = rendered.collect();
        let parts = rendered.iter().flat_map(|rendered| rendered.parts(&[]));
        let html = parts.map(|part| part.wording().unwrap().html(&|_| None)).collect();
        Self { posts, catalog, settings, rendered, html }
    }

    fn bytes(&self) -> usize {
        self.posts.iter().map(|post| post.body().len()).sum()
    }
}

fn post(path: &Path) -> Post {
    let text = std::fs::read_to_string(path).unwrap();
    let slug = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let front = text.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n"));
    Post {
        title: String::new(),
        front: FrontMatter::new(slug),
        body: front.map_or(0, |at| at + 9)..text.len(),
        source: Source {
            file: RelPath::new(Path::new(path.file_name().unwrap())).unwrap(),
            blob: BlobId::of(text.as_bytes()),
            text,
        },
        keys: std::collections::BTreeMap::default(),
    }
}

fn timed(measure: fn(&Corpus), corpus: &Corpus) -> Duration {
    let begin = Instant::now();
    measure(corpus);
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn table(corpus: &Corpus) {
    for (_, measure) in MEASURES {
        measure(corpus);
    }
    let mut times = vec![Vec::new(); MEASURES.len()];
    for _ in 0..ROUNDS {
        for ((_, measure), times) in MEASURES.iter().zip(&mut times) {
            times.push(timed(*measure, corpus));
        }
    }
    let times: Vec<Duration> = times.into_iter().map(median).collect();
    let megabytes = f64::from(u32::try_from(corpus.bytes()).unwrap()) / 1e6;
    println!("{} posts, {} of them rendered, {megabytes:.2} MB", corpus.posts.len(), corpus.rendered.len());
    for ((name, _), time) in MEASURES.iter().zip(&times) {
        let (seconds, writer) = (time.as_secs_f64(), times[1].as_secs_f64());
        let (ms, speed, ratio) = (seconds * 1e3, megabytes / seconds, seconds / writer);
        println!("{name:42} {ms:8.2} ms {speed:8.1} MB/s {ratio:6.2} × the parser's writer");
    }
}

fn main() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/rust-blog");
    let corpus = Corpus::read(&std::env::var_os("TGSYNC_CORPUS").map_or_else(beside, PathBuf::from));
    let mut arguments = std::env::args().skip_while(|argument| argument != "--classic");
    if arguments.next().is_none() {
        return table(&corpus);
    }
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let times = (0..=rounds).map(|_| timed(classic, &corpus)).skip(1);
    println!("{}", median(times.collect()).as_secs_f64());
}
