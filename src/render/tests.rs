//! Whole posts through the room.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::content::{ButtonUrl, FrontMatter, PreviewSize, Source, Status};
use crate::diagnostic::Severity;
use crate::ids::{BlobId, RelPath, Stamp};

fn post(slug: &str, file: &str, body: &str) -> Post {
    Post {
        title: slug.to_owned(),
        front: FrontMatter::new(slug.parse().unwrap()),
        body: 0..body.len(),
        source: Source {
            file: RelPath::new(Path::new(file)).unwrap(),
            blob: BlobId::of(body.as_bytes()),
            text: body.to_owned(),
        },
        keys: std::collections::BTreeMap::default(),
    }
}

fn catalog(posts: Vec<Post>) -> Catalog {
    let mut catalog = Catalog {
        by_file: posts.iter().map(|post| (post.file().clone(), post.slug().clone())).collect(),
        posts: posts.into_iter().map(|post| (post.slug().clone(), post)).collect(),
        broken: vec![RelPath::new(Path::new("posts/broken.md")).unwrap()],
        media: ["posts/y.png", "posts/deep/a b.png", "posts/a/c.png"]
            .map(|file| (RelPath::new(Path::new(file)).unwrap(), Stamp::default()))
            .into(),
        ..Catalog::default()
    };
    crate::content::assign_media(&mut catalog);
    catalog
}

fn target(name: &str) -> TargetName {
    name.parse().unwrap()
}

/// A post `a` with `other` (published), `draft`, `old` (archived) and `abroad` (another target) around it.
fn rendered(change: impl FnOnce(&mut Post), body: &str) -> (Option<Rendered>, Vec<Diagnostic>) {
    rendered_as(Format::Html, change, body)
}

fn rendered_as(
    format: Format,
    change: impl FnOnce(&mut Post),
    body: &str,
) -> (Option<Rendered>, Vec<Diagnostic>) {
    let mut subject = post("a", "posts/a.md", body);
    change(&mut subject);
    let mut draft = post("draft", "posts/draft.md", "x");
    draft.front.status = Status::Draft;
    let mut old = post("old", "posts/old.md", "x");
    old.front.status = Status::Archived;
    let mut abroad = post("abroad", "posts/abroad.md", "x");
    abroad.front.targets = vec![target("elsewhere")];
    let other = post("other", "posts/deep/other post.md", "x");
    let settings = Settings { default_targets: vec![target("news")], ..Settings::default() };
    render(&subject, format, &catalog(vec![subject.clone(), draft, old, abroad, other]), &settings)
}

fn codes_of(change: impl FnOnce(&mut Post), body: &str) -> Vec<&'static str> {
    codes_as(Format::Html, change, body)
}

fn codes_as(format: Format, change: impl FnOnce(&mut Post), body: &str) -> Vec<&'static str> {
    let (rendered, diagnostics) = rendered_as(format, change, body);
    let refused = diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(rendered.is_none(), refused, "{body:?}: an error and no text go together");
    diagnostics.iter().map(|d| d.code.0).collect()
}

fn canonical_of(change: impl FnOnce(&mut Post), body: &str) -> String {
    let (rendered, diagnostics) = rendered(change, body);
    let Some(Rendered { wording: Some(wording), .. }) = rendered else { panic!("{body:?}: {diagnostics:?}") };
    wording.canonical()
}

type Change = fn(&mut Post);

fn button(post: &mut Post, url: ButtonUrl) {
    post.front.buttons = vec![vec![Button { text: "t".into(), url }]];
}

#[test]
fn every_code_is_reported_by_something() {
    let nothing: Change = |_| {};
    let uncut: Change = |post| post.front.overflow = Overflow::Error;
    let long = "x".repeat(4097);
    let link = |bytes: usize| format!("[x](https://example.org/?{}) ", "y".repeat(bytes));
    let (heavy, monster, large) = (link(9500), link(40_000), link(11_000).repeat(3));
    let (deep, many, bold) = (">".repeat(70), "<wbr>".repeat(200), "**x** ".repeat(101));
    let cases: &[(&str, Change, &str)] = &[
        ("TG0401", nothing, " <!-- x --> &#x200b;"),
        ("TG0402", uncut, &long),
        ("TG0403", uncut, &large),
        ("TG0404", uncut, &bold),
        ("TG0405", nothing, &heavy),
        ("TG0406", nothing, &deep),
        ("TG0410", nothing, "[x](post:othr)"),
        ("TG0410", nothing, "[x](broken.md)"),
        ("TG0410", nothing, "[[No Slug]]"),
        ("TG0410", nothing, "[x](post:broken)"),
        ("TG0410", |post| button(post, ButtonUrl::Post("gone".parse().unwrap())), "x"),
        ("TG0411", nothing, "[x](draft.md)"),
        ("TG0411", nothing, "[[old]]"),
        ("TG0412", nothing, "[[abroad]]"),
        ("TG0413", nothing, "[x](tel:+123)"),
        ("TG0413", nothing, "[x](//example.org/)"),
        ("TG0414", nothing, "[x](y.pdf)"),
        ("TG0414", nothing, "[x]()"),
        ("TG0415", nothing, "[x](#y)"),
        ("TG0415", nothing, "[[#y]]"),
        ("TG0416", nothing, "<a href=\"https://a.b/\">x [y](https://c.d/)</a>"),
        ("TG0420", nothing, "<img src=\"https://a.b/c.png\" alt=\"c\">"),
        ("TG0421", nothing, "![x](y.png)"),
        ("TG0421", nothing, "x ![[c.png]]"),
        ("TG0421", nothing, "![x](deep/a%20b.png?raw#z)"),
        ("TG0424", nothing, "![x](/y.png) ![[a b.png]]"),
        ("TG0424", nothing, "![x](../posts.png)"),
        ("TG0424", nothing, "x ![](data:image/png;base64,AAAA)"),
        ("TG0413", nothing, "![x](http://localhost/y.png)"),
        ("TG0422", nothing, "![](tg://emoji?id=5)"),
        ("TG0423", nothing, "<tg-time unix=\"5\" format=\"x\">y</tg-time>"),
        ("TG0430", nothing, "<div>\n%% x\n</div>"),
        ("TG0403", nothing, &monster),
        ("TG0431", nothing, "**x <!--tgsync:break--> y**"),
        ("TG0431", nothing, "x\n\n<!--tgsync:break-->"),
        ("TG0432", nothing, "x <x-y>"),
        ("TG0433", nothing, "x <u>y"),
        ("TG0434", nothing, "<style>a { b: c }</style>"),
        ("TG0435", nothing, "<sup>&</sup>"),
        ("TG0436", nothing, "x\n\n[^y]: z"),
        ("TG0437", nothing, "x\u{202d}"),
        ("TG0438", nothing, "| x |\n|-|\n| ~~y~~ |"),
        ("TG0439", nothing, "| x |\n|-|\n| `y|z` |"),
        ("TG0440", |post| post.front.tags = vec!["2026".into()], "x"),
        ("TG0441", |post| button(post, ButtonUrl::Web("ftp://x".into())), "x"),
        (
            "TG0442",
            |post| {
                post.front.link_preview =
                    LinkPreview::Of { url: Some("tg://x".into()), size: None, above: false }
            },
            "x",
        ),
        ("TG0443", nothing, "**x <pre>y</pre>**"),
        ("TG0444", nothing, &many),
    ];
    for (code, change, body) in cases {
        let found = codes_of(change, body);
        assert!(found.contains(code), "{code} is missing in {found:?} of {body:.60?}");
    }
    let tried: BTreeSet<&str> = cases.iter().map(|(code, ..)| *code).chain(every_rich_code()).collect();
    let known: BTreeSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(tried, known);
}

/// The codes that rich messages are tried with.
fn every_rich_code() -> Vec<&'static str> {
    let nothing: Change = |_| {};
    let off: Change = |post| {
        post.keys.insert("link_preview".into(), 0..0);
    };
    let (nested, pictures) = ("> ".repeat(17) + "x", "![x](https://a.b/c.png)\n\n".repeat(51));
    let uncut: Change = |post| post.front.overflow = Overflow::Error;
    let row = format!("|a|\n|-|\n|{}|", "x".repeat(33_000));
    let link = format!("[x](https://a.b/{})", "y".repeat(35_000));
    let (items, wide) = ("- x\n".repeat(250), "|a".repeat(21) + "\n" + &"|-".repeat(21));
    let cases: &[(&str, Change, &str)] = &[
        ("TG0401", nothing, "***"),
        ("TG0402", uncut, &"x".repeat(32_769)),
        ("TG0402", nothing, &row),
        ("TG0403", uncut, &"é".repeat(17_500)),
        ("TG0403", nothing, &link),
        ("TG0413", nothing, "[x](mailto:me)"),
        ("TG0415", nothing, "[x](#y)"),
        ("TG0416", nothing, "[x ![y](https://a.b/c.png)](https://a.b/)"),
        ("TG0420", nothing, "x ![y](https://a.b/c.png)"),
        ("TG0421", nothing, "![x](y.png)"),
        ("TG0422", nothing, "![yes](tg://emoji?id=5)"),
        ("TG0423", nothing, "<tg-time unix=\"5\" format=\"x\">y</tg-time>"),
        ("TG0432", nothing, "<small>x</small>"),
        ("TG0432", nothing, "<table><tr><td colspan=2>x</td></tr></table>"),
        ("TG0436", nothing, "x\n\n[^y]: z"),
        ("TG0437", nothing, "x\u{202d}"),
        ("TG0443", nothing, "**x <pre>y</pre>**"),
        ("TG0431", nothing, "x\n\n<!--tgsync:break-->"),
        ("TG0431", nothing, "# x <!--tgsync:break--> y"),
        ("TG0439", nothing, "| x |\n|-|\n| `y|z` |"),
        ("TG0460", uncut, &items),
        ("TG0461", nothing, &nested),
        ("TG0462", uncut, &pictures),
        ("TG0463", nothing, &wide),
        ("TG0464", nothing, "<blockquote expandable>\n\n- x\n\n</blockquote>"),
        ("TG0465", off, "x"),
    ];
    for (code, change, body) in cases {
        let found = codes_as(Format::Rich, change, body);
        assert!(found.contains(code), "{code} is missing in {found:?} of {body:.60?}");
    }
    cases.iter().map(|(code, ..)| *code).collect()
}

#[test]
fn problems_stand_at_their_place_in_the_file() {
    let mut subject = post("a", "posts/a.md", "---\nslug: a\n---\nfine\n\n  é [x](post:othr)\n");
    subject.body = 16..subject.source.text.len();
    let (_, diagnostics) =
        render(&subject, Format::Html, &catalog(vec![post("other", "b.md", "x")]), &Settings::default());
    let [problem] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
    let place = problem.place.as_ref().unwrap();
    assert_eq!((place.line, place.column, place.length), (6, 5, 14));
    assert_eq!(problem.hint.as_deref(), Some("did you mean `other`?"));
}

#[test]
fn reports_are_bounded() {
    let found = codes_of(|_| {}, &"[x](post:gone) <wbr> ".repeat(1000));
    assert_eq!(found.iter().filter(|code| **code == "TG0410").count(), limits::REPORTED);
    assert_eq!(found.iter().filter(|code| **code == "TG0432").count(), limits::REPORTED);
    assert_eq!(found.iter().filter(|code| **code == "TG0444").count(), 2);
}

#[test]
fn lengths_are_named() {
    let uncut: Change = |post| post.front.overflow = Overflow::Error;
    let (_, diagnostics) = rendered(uncut, &"é".repeat(5210));
    assert_eq!(diagnostics[0].message, "the post is too long: 5,210 characters, 4,096 are allowed");
    let (_, diagnostics) = rendered(uncut, &format!("a\n\n<!-- tgsync:break -->\n\n{}", "é".repeat(5210)));
    let second = "message 2 of the post is too long: 5,210 characters, 4,096 are allowed";
    assert_eq!(diagnostics[0].message, second);
    assert!(codes_of(uncut, &"😀".repeat(4096)).is_empty());
    assert!(codes_of(uncut, &"**x** ".repeat(100)).is_empty());
    assert!(codes_of(|_| {}, &"é".repeat(5210)).is_empty());
}

#[test]
fn links_to_posts_are_collected() {
    let body = "[x](deep/other%20post.md#y) [y](post:other) [self](post:a) [z](./draft.md)";
    let (rendered, _) = rendered(|post| button(post, ButtonUrl::Post("other".parse().unwrap())), body);
    let links: Vec<String> = rendered.unwrap().parts(&[])[0].links().iter().map(Slug::to_string).collect();
    assert_eq!(links, ["a", "other"]);
    assert_eq!(
        canonical_of(|_| {}, body),
        "<a href=\"post:other\">x</a> <a href=\"post:other\">y</a> <a href=\"post:a\">self</a> z"
    );
}

#[test]
fn a_link_stays_where_one_target_is_shared() {
    let both: Change = |post| post.front.targets = vec![target("news"), target("elsewhere")];
    assert_eq!(canonical_of(both, "[x](post:abroad)"), "<a href=\"post:abroad\">x</a>");
    assert_eq!(codes_of(both, "[x](post:abroad)"), ["TG0412"]);
    assert_eq!(canonical_of(|_| {}, "[x](post:abroad)"), "x");
}

#[test]
fn tags_are_the_last_line() {
    let tagged: Change = |post| post.front.tags = vec!["rust".into(), "#release notes".into(), "c++".into()];
    assert_eq!(canonical_of(tagged, "x"), "x\n\n#rust #release_notes #c__");
    let mut subject = post("a", "a.md", "x");
    tagged(&mut subject);
    let settings = Settings { tags_show: false, ..Settings::default() };
    let (rendered, _) = render(&subject, Format::Html, &Catalog::default(), &settings);
    assert_eq!(rendered.unwrap().wording.unwrap().canonical(), "x");
}

#[test]
fn buttons_are_checked_and_written_as_telegram_has_them() {
    let web = |url: &str| Button { text: " t ".into(), url: ButtonUrl::Web(url.into()) };
    let (rendered, _) = rendered(
        |post| {
            let draft = Button { text: "d".into(), url: ButtonUrl::Post("draft".parse().unwrap()) };
            post.front.buttons = vec![vec![draft], vec![web("https://Example.org")]];
            let url = Some("https://Example.org".into());
            post.front.link_preview = LinkPreview::Of { url, size: Some(PreviewSize::Small), above: true };
        },
        "x",
    );
    let part = rendered.unwrap();
    let url = "https://example.org/".to_owned();
    assert_eq!(part.buttons, [[Button { text: "t".into(), url: ButtonUrl::Web(url.clone()) }]]);
    let preview = LinkPreview::Of { url: Some(url), size: Some(PreviewSize::Small), above: true };
    assert_eq!(part.preview, preview);

    let many = |rows: usize, row: usize| {
        move |post: &mut Post| post.front.buttons = vec![vec![web("https://a.b/"); row]; rows]
    };
    assert!(codes_of(many(25, 12), "x").is_empty());
    assert_eq!(codes_of(many(1, 13), "x"), ["TG0441"]);
    assert_eq!(codes_of(many(26, 12), "x"), ["TG0441"]);
}

/// What the examples of `docs/markdown.md` do not show.
#[test]
fn odd_markdown_keeps_its_sense() {
    let table = [
        ("CRLF", "a\r\nb\\\r\nc\r\n\r\n```\r\nx\r\ny\r\n```\r\n", "a b\nc\n\n<pre>x\ny</pre>"),
        ("spoilers end with their container", "*||a* b||", "<i>||a</i> b||"),
        (
            "spoilers around and within",
            "**||a||** ||*b* c||",
            "<b><tg-spoiler>a</tg-spoiler></b> <tg-spoiler><i>b</i> c</tg-spoiler>",
        ),
        ("spoilers over lines", "||a\nb||", "<tg-spoiler>a b</tg-spoiler>"),
        ("other runs of bars", "a|b |||c||| ||||", "a|b |||c||| ||||"),
        ("escaped bars within", "||a \\|| b||", "<tg-spoiler>a || b</tg-spoiler>"),
        ("references are no bars", "&#124;&#124;a||", "||a||"),
        ("bold in a bold heading", "# **a** b", "<b>a b</b>"),
        ("a formula in a line", "a $$x$$ b", "a <i>x</i> b"),
        ("a formula of its own", "$$\nx\n$$", "<i>x</i>"),
        ("TeX in a line", "a $$\\x$$ *b $2$*", "a <code>\\x</code> <i>b 2</i>"),
        (
            "code hidden in a block",
            "<tg-spoiler>\n\n```\na\n\tb\n```\n\n</tg-spoiler>",
            "<tg-spoiler>a\n    b</tg-spoiler>",
        ),
        ("code in tabs", "`a\tb`", "<code>a    b</code>"),
        ("code within code marks", "`` ` ``", "<code>`</code>"),
        ("a quote in an item in a quote", "> - > x", "<blockquote>• &gt; x</blockquote>"),
        ("a heading in an item", "1. # x", "1. <b>x</b>"),
        (
            "attributes of a heading",
            "# a {#b .c}\n\n# a {b}\n\n## d {e} ##\n\nf {g}\n---",
            "<b>a</b>\n\n<b>a {b}</b>\n\n<b>d {e}</b>\n\n<b>f {g}</b>",
        ),
        ("a list in a quote in a list", "- > - x", "•\n<blockquote>• x</blockquote>"),
        ("a loose list of tasks", "- [ ] a\n\n- [x] b", "☐ a\n\n☑ b"),
        ("an empty quote", ">\n\nx", "x"),
        ("an empty table cell", "| a |  |\n|-|-|\n| | b |", "<pre>a |\n--+--\n  | b</pre>"),
        ("a table in an item", "- x\n\n  | a |\n  |---|\n  | b |", "• x\n\n<pre>a\n-\nb</pre>"),
        ("breaks in HTML", "<div>a<br>\nb</div>", "a\nb"),
        ("a rule in HTML", "a<hr>b", "a\n———\nb"),
        ("preformatted text over blank lines", "<pre>\na\n\n  *b*\n</pre>", "<pre>a\n\n  *b*</pre>"),
        ("a linked block", "<a href=\"post:other\">\n\n**x**\n\n</a>", "<a href=\"post:other\"><b>x</b></a>"),
        ("a picture without anything", "![](a/b%20c.png)", "b c.png"),
        (
            "links by name",
            "[[Deep/OTHER#x]] [x](deep/other%20post.md?a#b) [y](<deep/other post.md>)",
            "<a href=\"post:other\">Deep/OTHER#x</a> <a href=\"post:other\">x</a> <a href=\"post:other\">y</a>",
        ),
        ("a link without text", "[](post:other)", "<a href=\"post:other\">other</a>"),
        ("an address that is its text", "[tel:1](tel:1)", "tel:1"),
        (
            "an emoji in a link",
            "[a ![👍](tg://emoji?id=5)](https://a.b/)",
            "<a href=\"https://a.b/\">a 👍</a>",
        ),
        ("a date in a spoiler", "||<tg-time unix=\"5\">x</tg-time>||", "<tg-spoiler>x</tg-spoiler>"),
        (
            "a summary on its own",
            "<details>\n\nx\n\n</details>",
            "<blockquote expandable><b>Details</b>\nx</blockquote>",
        ),
        ("a note in a note", "a[^1]\n\n[^1]: b[^2]\n[^2]: c[^1]", "a¹\n\n¹ b²\n² c¹"),
        ("a note in a quote", "> a[^1]\n>\n> [^1]: b", "<blockquote>a¹</blockquote>\n\n¹ b"),
        ("nothing around the text", "\n\n  a  \n\n&#32;\n", "a"),
        ("a note sign twice escaped", "\\%%a", "%%a"),
    ];
    for (name, body, expected) in table {
        assert_eq!(canonical_of(|_| {}, body), expected, "{name}");
    }
}

#[test]
fn odd_html_keeps_its_sense() {
    let table = [
        ("an HTML table", "<table><tr><td>a</td><td>b</td></tr></table>", "<pre>a | b</pre>"),
        (
            "an HTML table without end tags",
            "<table><caption>C<thead><tr><th>a<th>b<tbody><tr><td>1<td>2<tr><td>3</table>",
            "C\n\n<pre>a | b\n--+--\n1 | 2\n3 |</pre>",
        ),
        ("text between rows", "<table>x<td>1</td><td>2</td><tr>y</table>", "x\n\n<pre>1 | 2\ny |</pre>"),
        ("an HTML list in a cell", "| a |\n|-|\n| <ul><li>1<li>2</ul> |", "<b>a</b>: • 1\n• 2"),
        (
            "HTML lists",
            "<ul>\n<li>a <b>b</b>\n<ol start=3><li>c<li>d</ol>\ne\n</ul>",
            "• a <b>b</b>\n    3. c\n    4. d\n    e",
        ),
        ("Markdown in HTML lists", "<ul>\n<li>\n\n*a*\n\n- b\n\n</li>\n</ul>", "• <i>a</i>\n\n    ◦ b"),
        ("text between items", "<ul>a<li>b</li><ul><li>c</li></ul></ul>", "• a\n• b\n    ◦ c"),
        ("an item alone", "<li>a</li>", "a"),
        ("HTML definitions", "<dl><dt>a<dd>b<dt>c</dl>", "<b>a</b>\n    b\n\n<b>c</b>"),
        ("an HTML list in a heading", "# a <ul><li>b</ul> c", "<b>a\n• b\nc</b>"),
        (
            "an HTML heading in a summary",
            "<details><summary><h3>a</h3></summary>b</details>",
            "<blockquote expandable><b>a</b>\nb</blockquote>",
        ),
    ];
    for (name, body, expected) in table {
        assert_eq!(canonical_of(|_| {}, body), expected, "{name}");
    }
}

fn lines(count: usize, line: impl FnMut(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn hostile_input_is_refused_or_rendered_at_once() {
    let cases = [
        ">".repeat(100_000),
        "- ".repeat(100_000),
        "*a **b ".repeat(30_000),
        "||a *b ".repeat(30_000),
        "<b>".repeat(50_000),
        "</b>".repeat(50_000),
        "<p>".repeat(50_000),
        "<a b=\"".repeat(50_000),
        "<b> </b>".repeat(50_000),
        "<div>\n".to_owned() + &"<b>&#32;</b>".repeat(30_000),
        "[".repeat(50_000),
        "[^a]".repeat(30_000) + "\n\n[^a]: [^a]",
        "%%".repeat(50_000),
        "|a".repeat(20_000) + "\n" + &"|-".repeat(20_000),
        "|a|b|\n|-|-|\n".to_owned() + &"|[x](https://a.b/)|\n".repeat(20_000),
        "&amp;".repeat(50_000),
        "`".repeat(50_000),
        lines(2000, |i| format!("{}- a", " ".repeat(2 * i % 500))),
        lines(20_000, |i| format!("[^{i}]: x\n")),
        "# y\n[x](#y)\n\n".repeat(10_000),
        "<br>".repeat(50_000) + "x",
        "| a |\n|-|\n".to_owned() + &lines(5000, |i| format!("| [x](https://a.b/{i}) |")),
    ];
    for body in cases {
        for format in [Format::Html, Format::Rich] {
            let found = codes_as(format, |_| {}, &body);
            assert!(found.len() <= 2 * limits::REPORTED + 2, "{body:.20}: {}", found.len());
        }
    }
}
