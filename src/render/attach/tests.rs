//! Posts with files, and the messages they become.

mod rich;

use std::path::Path;

use super::*;
use crate::content::{self, Source};
use crate::ids::{BlobId, Sha256Hex, Stamp};
use crate::media::{Facts, Format as Holds};
use crate::render::{Body, Rendered, Settings, limits, plain, render};

fn rel(path: &str) -> RelPath {
    RelPath::new(Path::new(path)).unwrap()
}

fn picture(mime: &'static str, width: u32, height: u32) -> (u64, Holds) {
    (1000, Holds::Picture { mime, width, height })
}

fn other(size: u64, mime: &'static str) -> (u64, Holds) {
    (size, Holds::Other(mime))
}

/// What the files hold, by the beginning of their names.
fn held(name: &str) -> (u64, Holds) {
    match name.rsplit('/').next().unwrap_or_default() {
        "empty.pdf" => other(0, "application/pdf"),
        "page.jpg" => other(500, "text/html"),
        "words.jpg" => (500, Holds::Unknown),
        "was-png.jpg" => picture("image/png", 640, 480),
        "wide.jpg" => picture("image/jpeg", 2100, 100),
        "vast.jpg" => picture("image/jpeg", 6000, 4001),
        "most.jpg" => picture("image/jpeg", 6000, 4000),
        "heavy.jpg" => (limits::PHOTO_SIZE + 1, picture("image/jpeg", 600, 400).1),
        "heavy.mp4" => other(limits::UPLOAD_SIZE + 1, "video/mp4"),
        "large.jpg" => (limits::THUMBNAIL_SIZE, picture("image/jpeg", 320, 320).1),
        "small.jpg" => picture("image/jpeg", 320, 320),
        "header.png" => other(20, "image/png"),
        "clip.mov" => other(500, "video/quicktime"),
        "music.ogg" => other(500, "audio/ogg"),
        "speech.ogg" => other(500, "audio/opus"),
        name => match name.rsplit('.').next().unwrap_or_default() {
            "jpg" => picture("image/jpeg", 640, 480),
            "png" => picture("image/png", 640, 480),
            "gif" => picture("image/gif", 640, 480),
            "mp4" => other(500, "video/mp4"),
            "mp3" => other(500, "audio/mpeg"),
            _ => other(500, "application/pdf"),
        },
    }
}

const FILES: &[&str] = &[
    "posts/a/a.jpg",
    "posts/a/b.jpg",
    "posts/a/c d.jpg",
    "posts/a/e.png",
    "posts/a/f.gif",
    "posts/a/g.mp4",
    "posts/a/h.mp3",
    "posts/a/i.mp3",
    "posts/a/j.pdf",
    "posts/a/deep/k.jpg",
    "posts/a/empty.pdf",
    "posts/a/page.jpg",
    "posts/a/words.jpg",
    "posts/a/was-png.jpg",
    "posts/a/wide.jpg",
    "posts/a/vast.jpg",
    "posts/a/most.jpg",
    "posts/a/heavy.jpg",
    "posts/a/heavy.mp4",
    "posts/a/large.jpg",
    "posts/a/small.jpg",
    "posts/a/header.png",
    "posts/a/clip.mov",
    "posts/a/music.ogg",
    "posts/a/speech.ogg",
    "posts/a/locked.jpg",
    "posts/b/l.jpg",
    "posts/m.jpg",
    "posts/a/\u{f1}.jpg",
];

/// A post `a`, at `posts/a.md`, with this front matter and body, and its neighbour `b`.
fn catalog(keys: &str, body: &str) -> Catalog {
    let numbered = (1..=25).map(|n| format!("posts/a/n{n}.jpg"));
    let source =
        |name: &str, text: String| Source { file: rel(name), blob: BlobId::of(text.as_bytes()), text };
    let sources = vec![
        source("posts/a.md", format!("---\nslug: a\n{keys}\n---\n{body}")),
        source("posts/b.md", "---\nslug: b\n---\nx".to_owned()),
    ];
    let (mut catalog, problems) = content::parse(sources, &content::Settings::new(rel("posts")));
    assert_eq!(problems, [], "{keys}");
    let files = FILES.iter().map(|file| rel(file)).chain(numbered.map(|file| rel(&file)));
    catalog.media = files.map(|file| (file, Stamp::default())).collect();
    content::assign_media(&mut catalog);
    for file in attached(&catalog.posts[&"a".parse().unwrap()], &catalog) {
        let (size, format) = held(file.as_str());
        let facts = Facts { sha256: Sha256Hex::of(file.as_str().as_bytes()), size, format };
        if file.as_str().ends_with("locked.jpg") {
            catalog.unreadable.insert(file, "permission denied".to_owned());
        } else {
            catalog.facts.insert(file, facts);
        }
    }
    catalog
}

fn rendered(keys: &str, body: &str) -> (Option<Rendered>, Vec<Diagnostic>) {
    let catalog = catalog(keys, body);
    render(&catalog.posts[&"a".parse().unwrap()], Format::Html, &catalog, &Settings::default())
}

/// The messages, one a line: `photo a.jpg: caption + … (above) [button]`, or `text: …`.
fn messages(keys: &str, body: &str) -> Vec<String> {
    let (rendered, problems) = rendered(keys, body);
    let rendered = rendered.unwrap_or_else(|| panic!("{keys} {body:?}: {problems:?}"));
    let item = |item: &Item| {
        let name = item.file.as_str().trim_start_matches("posts/a/");
        let spoiler = if item.spoiler { " hidden" } else { "" };
        let thumbnail = item.thumbnail.as_ref().map_or(String::new(), |(file, _)| format!(" < {file}"));
        let caption = plain(&item.caption).replace('\n', "⏎");
        let caption = if caption.is_empty() { caption } else { format!(": {caption}") };
        format!("{} {name}{spoiler}{thumbnail}{caption}", item.kind.word())
    };
    let shown = |part: crate::render::Part| {
        let mut line = match &part.body {
            Body::Text { wording, .. } => format!("text: {}", wording.plain().replace('\n', "⏎")),
            Body::Media { items, above } => {
                let items: Vec<String> = items.iter().map(item).collect();
                items.join(" + ") + if *above { " (above)" } else { "" }
            }
        };
        line.extend(part.buttons.iter().flatten().map(|button| format!(" [{}]", button.text)));
        line
    };
    rendered.parts(&[]).into_iter().map(shown).collect()
}

fn codes(keys: &str, body: &str) -> Vec<&'static str> {
    rendered(keys, body).1.iter().map(|problem| problem.code.0).collect()
}

const BUTTON: &str = "buttons: [[{text: Go, url: 'https://e.org'}]]";

#[test]
fn pictures_of_the_body_are_shown_beside_the_text() {
    let table: &[(&str, &[&str])] = &[
        ("![A cat](a.jpg)\n\nHello **you**", &["photo a.jpg: Hello you"]),
        ("Hello\n\n![](a/a.jpg)", &["photo a.jpg: Hello"]),
        ("![](a.jpg)", &["photo a.jpg"]),
        ("![](c%20d.jpg)\n\n![[c d.jpg]]\n\nx", &["photo c d.jpg: x"]),
        (
            "![](deep/k.jpg)\n![](b.jpg)  \n![[e.png]]\n\nx",
            &["photo deep/k.jpg: x + photo b.jpg + photo e.png"],
        ),
        ("One\n\n![](a.jpg)\n\nTwo\n\n![](b.jpg)", &["photo a.jpg: One⏎⏎Two + photo b.jpg"]),
        ("![](a.jpg \"A *title*\")\n\nx", &["photo a.jpg: A *title*", "text: x"]),
        ("||![](a.jpg)||\n\nx", &["photo a.jpg hidden: x"]),
        ("![](a.jpg) ||![](b.jpg)||", &["photo a.jpg + photo b.jpg hidden"]),
        ("<tg-spoiler>![](a.jpg)</tg-spoiler>", &["photo a.jpg hidden"]),
        ("<p align=center><img src=a.jpg></p>\n\nx", &["photo a.jpg: x"]),
        ("<img src=\"a.jpg\" alt=\"x\">", &["photo a.jpg"]),
        (
            "![[f.gif]]\n![[g.mp4]]\n![[h.mp3]]\n![[j.pdf]]\n\nx",
            &["animation f.gif: x", "video g.mp4", "audio h.mp3", "document j.pdf"],
        ),
        ("![](a.jpg)\n\n<!-- tgsync:break -->\n\nx", &["photo a.jpg", "text: x"]),
        (
            "x\n\n<!-- tgsync:break -->\n\n![](a.jpg)\n\ny\n\n<!-- tgsync:break -->\n\nz",
            &["photo a.jpg: x", "text: y", "text: z"],
        ),
    ];
    for (body, expected) in table {
        assert_eq!(messages("", body), *expected, "{body:?}");
    }
}

#[test]
fn pictures_within_text_are_their_descriptions() {
    for body in [
        "See ![a cat](a.jpg)",
        "> ![a cat](a.jpg)",
        "- ![a cat](a.jpg)",
        "| x |\n|---|\n| ![a cat](a.jpg) |",
        "[![a cat](a.jpg)](https://e.org/)",
        "# ![a cat](a.jpg)",
        "![a cat](../posts/m.jpg)",
        "![a cat](b/l.jpg)",
    ] {
        let (rendered, problems) = rendered("", body);
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code.0).collect();
        assert_eq!(codes, ["TG0421"], "{body:?}");
        let parts = rendered.unwrap().parts(&[]);
        assert!(parts[0].wording().unwrap().plain().contains("a cat"), "{body:?}");
    }
}

#[test]
fn media_of_the_front_matter_is_shown_in_its_order() {
    let table: &[(&str, &str, &[&str])] = &[
        ("media: a.jpg", "x", &["photo a.jpg: x"]),
        ("media: [b.jpg, a/a.jpg]", "![](a.jpg)\n\nx ![see](b.jpg)", &["photo b.jpg: x + photo a.jpg"]),
        ("media: [g.mp4, {file: a.jpg, spoiler: true}]", "x", &["video g.mp4: x + photo a.jpg hidden"]),
        ("media: [{file: a.jpg, kind: document}, j.pdf]", "", &["document a.jpg + document j.pdf"]),
        ("media: [{file: g.mp4, kind: animation}]", "x", &["animation g.mp4: x"]),
        ("media: [{file: speech.ogg, kind: voice}]", "x", &["voice speech.ogg: x"]),
        ("media: [music.ogg]", "x", &["document music.ogg: x"]),
        (
            "media: [{file: h.mp3, thumbnail: small.jpg}, i.mp3]",
            "",
            &["audio h.mp3 < posts/a/small.jpg + audio i.mp3"],
        ),
        (
            "media: [{file: a.jpg, caption: 'a *b*'}, b.jpg]",
            "x",
            &["photo a.jpg: a b + photo b.jpg", "text: x"],
        ),
        ("media: [a.jpg, j.pdf, b.jpg]", "x", &["photo a.jpg: x", "document j.pdf", "photo b.jpg"]),
        ("media: []", "x", &["text: x"]),
        ("media: a.jpg\ntags: [t]", "x", &["photo a.jpg: x⏎⏎#t"]),
        ("media: a.jpg\ncaption_position: above", "x", &["photo a.jpg: x (above)"]),
        (
            "media: [a.jpg, f.gif, j.pdf]\ncaption_position: above",
            "x",
            &["photo a.jpg: x (above)", "animation f.gif (above)", "document j.pdf"],
        ),
        ("media: most.jpg", "", &["photo most.jpg"]),
        ("media: a.jpg", "<!-- tgsync:break -->\n\nx", &["photo a.jpg", "text: x"]),
        ("media: [\"n\u{303}.jpg\"]", "x", &["photo \u{f1}.jpg: x"]),
    ];
    for (keys, body, expected) in table {
        assert_eq!(messages(keys, body), *expected, "{keys}");
    }
}

#[test]
fn a_text_that_is_no_caption_follows() {
    let fits = "x".repeat(limits::CAPTION_CHARS);
    let long = "x".repeat(limits::CAPTION_CHARS + 1);
    assert_eq!(messages("media: a.jpg", &fits), [format!("photo a.jpg: {fits}")]);
    assert_eq!(messages("media: a.jpg", &long), ["photo a.jpg".to_owned(), format!("text: {long}")]);
    let broken = format!("{fits}\n\n<!-- tgsync:break -->\n\n{long}");
    let expected = [format!("photo a.jpg: {fits}"), format!("text: {long}")];
    assert_eq!(messages("media: a.jpg\noverflow: error", &broken), expected);
    assert_eq!(codes("media: a.jpg\noverflow: error", &long), ["TG0402"]);
    // Where it could be no caption anyway, it is measured as a text.
    assert_eq!(messages("media: [{file: a.jpg, caption: y}]\noverflow: error", &long).len(), 2);
    let very_long = format!("{}.", "word ".repeat(1500));
    assert_eq!(messages("media: a.jpg", &very_long).len(), 3);
    let formatted = "**a** b ".repeat(101);
    assert_eq!(messages("media: a.jpg", &formatted)[0], "photo a.jpg", "101 formatted pieces");
}

#[test]
fn buttons_are_with_the_text_and_never_on_an_album() {
    let table: &[(&str, &str, &[&str])] = &[
        ("media: a.jpg", "x", &["photo a.jpg: x [Go]"]),
        ("media: a.jpg", "", &["photo a.jpg [Go]"]),
        ("media: [a.jpg, b.jpg]", "x", &["photo a.jpg + photo b.jpg", "text: x [Go]"]),
        (
            "media: [a.jpg, b.jpg]",
            "x\n\n<!-- tgsync:break -->\n\ny",
            &["photo a.jpg: x + photo b.jpg", "text: y [Go]"],
        ),
        ("media: [a.jpg, b.jpg, f.gif]", "", &["photo a.jpg + photo b.jpg", "animation f.gif [Go]"]),
        ("media: [f.gif, a.jpg, b.jpg]", "x", &["animation f.gif: x [Go]", "photo a.jpg + photo b.jpg"]),
    ];
    for (keys, body, expected) in table {
        assert_eq!(messages(&format!("{keys}\n{BUTTON}"), body), *expected, "{keys}");
    }
    assert_eq!(codes(&format!("media: [a.jpg, b.jpg]\n{BUTTON}"), ""), ["TG0716"]);
}

#[test]
fn many_pictures_are_several_albums() {
    let list: Vec<String> = (1..=21).map(|n| format!("n{n}.jpg")).collect();
    let messages = messages(&format!("media: [{}]", list.join(", ")), "x");
    let sizes: Vec<usize> = messages.iter().map(|message| message.split(" + ").count()).collect();
    assert_eq!(sizes, [10, 9, 2]);
    assert!(messages[0].starts_with("photo n1.jpg: x + photo n2.jpg"), "{}", messages[0]);
}

#[test]
fn each_problem_has_its_code() {
    let long = format!("media: [{{file: a.jpg, caption: {}}}]", "x".repeat(limits::CAPTION_CHARS + 1));
    let table: &[(&str, &str, &[&str])] = &[
        ("media: [A.jpg]", "x", &["TG0705"]),
        ("media: [b/l.jpg]", "x", &["TG0705"]),
        ("media: [../../etc/passwd]", "x", &["TG0705"]),
        ("media: [{file: h.mp3, thumbnail: no.jpg}]", "x", &["TG0705"]),
        ("media: [locked.jpg]", "x", &["TG0706"]),
        ("media: [empty.pdf]", "x", &["TG0707"]),
        ("media: [heavy.jpg]", "x", &["TG0708"]),
        ("media: [heavy.mp4]", "x", &["TG0708"]),
        ("media: [vast.jpg]", "x", &["TG0709"]),
        ("media: [wide.jpg]", "x", &["TG0709"]),
        ("media: [page.jpg]", "x", &["TG0710"]),
        ("media: [words.jpg]", "x", &["TG0710"]),
        ("media: [header.png]", "x", &["TG0710"]),
        ("media: [{file: f.gif, kind: photo}]", "x", &["TG0710"]),
        ("media: [{file: clip.mov, kind: video}]", "x", &["TG0710"]),
        ("media: [{file: music.ogg, kind: voice}]", "x", &["TG0710"]),
        ("media: [{file: j.pdf, kind: audio}]", "x", &["TG0710"]),
        ("media: [was-png.jpg]", "x", &["TG0711"]),
        ("media: [{file: page.jpg, kind: document}]", "x", &["TG0711"]),
        ("media: [{file: h.mp3, thumbnail: e.png}]", "x", &["TG0712"]),
        ("media: [{file: h.mp3, thumbnail: large.jpg}]", "x", &["TG0712"]),
        ("media: [{file: h.mp3, thumbnail: a.jpg}]", "x", &["TG0712"]),
        (&long, "x", &["TG0713"]),
        ("media: [a.jpg, a/a.jpg]", "x", &["TG0714"]),
        ("", "![](a.jpg)\n\n![](a.jpg)", &["TG0714"]),
        ("media: [{file: j.pdf, spoiler: true}]", "x", &["TG0715"]),
        ("media: [{file: a.jpg, thumbnail: small.jpg}]", "x", &["TG0715"]),
        ("media: [j.pdf]\ncaption_position: above", "x", &["TG0715"]),
        ("caption_position: above", "x", &["TG0715"]),
        ("media: a.jpg\nlink_preview: {url: 'https://e.org'}", "x", &["TG0715"]),
        ("media: a.jpg", "x ![](b.jpg)", &["TG0421"]),
        ("media: []", "", &["TG0401"]),
        ("media: [{file: a.jpg, caption: '[x](post:no)'}]", "x", &["TG0410"]),
    ];
    for (keys, body, expected) in table {
        let (rendered, problems) = rendered(keys, body);
        let found: Vec<&str> = problems.iter().map(|problem| problem.code.0).collect();
        assert_eq!(found, *expected, "{keys}");
        assert!(problems.iter().all(|problem| problem.hint.is_some()), "{keys}");
        assert_eq!(rendered.is_none(), problems.iter().any(Diagnostic::is_error), "{keys}");
    }
}

#[test]
fn problems_stand_where_the_file_is_named_and_say_what_to_do() {
    let found = |keys: &str| {
        let problem = rendered(keys, "x").1.remove(0);
        let place = problem.place.unwrap();
        let hint = problem.hint.unwrap();
        format!("{}:{}: {}; {hint}", place.line, place.column, problem.message)
    };
    let table = [
        (
            "media:\n  - a.jpg\n  - file: deep/K.jpg",
            "5:11: `deep/K.jpg` is no file of the post's media folder `posts/a/`; did you mean `deep/k.jpg`?",
        ),
        (
            "media: [b/l.jpg]",
            "3:9: `b/l.jpg` is not in the post's media folder `posts/a/`; move or copy it there, or name its folder with `media_dir`",
        ),
        (
            "media: [heavy.jpg]",
            "3:9: `heavy.jpg` has 10,485,761 bytes, a photo may have 10,485,760 (10 MB); make it smaller, or send it as it is with `kind: document`",
        ),
        (
            "media: [vast.jpg]",
            "3:9: `vast.jpg` has 6000 × 4001 pixels: the sides make 10,001, 10,000 are allowed; scale or crop it, or send it as it is with `kind: document`",
        ),
        (
            "media: [page.jpg]",
            "3:9: `page.jpg` is sent as a photo, but holds `text/html`; convert it to JPEG or PNG, or send it as it is with `kind: document`",
        ),
        (
            "media: [locked.jpg]",
            "3:9: `posts/a/locked.jpg` can't be read: permission denied; give read permission, or remove it from the post",
        ),
    ];
    for (keys, expected) in table {
        assert_eq!(found(keys), expected);
    }
}

#[test]
fn a_server_of_ones_own_takes_more() {
    let catalog = catalog("media: heavy.mp4", "x");
    let post = &catalog.posts[&"a".parse().unwrap()];
    let settings = Settings { upload: limits::OWN_SERVER_UPLOAD_SIZE, ..Settings::default() };
    assert_eq!(render(post, Format::Html, &catalog, &settings).1, []);
}

#[test]
fn texts_after_media_stay_cut_as_they_are() {
    let words = "word ".repeat(1500);
    let (rendered, _) = rendered("media: a.jpg", &format!("{words}."));
    let rendered = rendered.unwrap();
    let digests = |parts: &[crate::render::Part]| {
        let texts = parts.iter().filter_map(|part| part.wording());
        texts.map(|wording| crate::ids::Digest::of(&wording.canonical())).collect::<Vec<_>>()
    };
    let sent = digests(&rendered.parts(&[]));
    assert_eq!(digests(&rendered.parts(&sent)), sent);
    assert_eq!(rendered.media.len(), 1);
}

#[test]
fn within_text_a_mirrored_file_is_a_link() {
    let public = [(rel("posts/a/a.jpg"), "https://cdn.example.org/a/a.jpg".to_owned())];
    let settings = Settings { media: [("a".parse().unwrap(), public.into())].into(), ..Settings::default() };
    let catalog = catalog("", "See ![a cat](a.jpg) and [it](a.jpg)");
    let (rendered, problems) =
        render(&catalog.posts[&"a".parse().unwrap()], Format::Html, &catalog, &settings);
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code.0).collect();
    assert_eq!(codes, ["TG0420"]);
    let html = rendered.unwrap().wording.unwrap().html(&|_| None);
    let link = |text: &str| format!("<a href=\"https://cdn.example.org/a/a.jpg\">{text}</a>");
    assert_eq!(html, format!("See {} and {}", link("a cat"), link("it")));
}
