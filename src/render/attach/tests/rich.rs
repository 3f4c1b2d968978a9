//! Rich messages show files where they stand, and `media` before them.

use super::*;

fn rich(keys: &str, body: &str, settings: &Settings) -> (Option<Rendered>, Vec<Diagnostic>) {
    let catalog = catalog(&format!("format: rich\n{keys}"), body);
    render(&catalog.posts[&"a".parse().unwrap()], Format::Rich, &catalog, settings)
}

#[test]
fn a_rich_message_has_media_before_it() {
    let none = Settings::default();
    let html = |rendered: Option<Rendered>| {
        let parts = rendered.unwrap().parts(&[]);
        let html = parts.iter().map(|part| part.wording().map(|wording| wording.html(&|_| None)));
        html.collect::<Vec<_>>()
    };
    let (listed, problems) = rich("media: [a.jpg, b.jpg]", "![cat](a.jpg)\n\nx", &none);
    assert_eq!(problems, []);
    assert_eq!(html(listed), [None, Some("<p>x</p>".to_owned())]);
    let (other, problems) = rich("media: [b.jpg]", "![](a.jpg)\n\nx", &none);
    assert_eq!(problems, []);
    assert_eq!(html(other), [None, Some("<img src=\"tg://photo?id=f01\"/>\n<p>x</p>".to_owned())]);
    let (alone, problems) = rich("media: [a.jpg, b.jpg]", "", &none);
    assert_eq!((html(alone), problems), (vec![None], Vec::new()));
    assert_eq!(rich("", "", &none).1[0].code.0, "TG0401");
}

/// What a rich message says, its files by name, and the codes of its problems.
fn page(body: &str) -> (String, Vec<String>, Vec<&'static str>) {
    let public = [(rel("posts/a/b.jpg"), "https://cdn.example.org/a/b.jpg".to_owned())];
    let settings = Settings { media: [("a".parse().unwrap(), public.into())].into(), ..Settings::default() };
    let (rendered, problems) = rich("", body, &settings);
    let codes = problems.iter().map(|problem| problem.code.0).collect();
    let parts = rendered.map(|rendered| rendered.parts(&[])).unwrap_or_default();
    let html: Vec<String> = parts.iter().map(|part| part.wording().unwrap().html(&|_| None)).collect();
    let name =
        |item: &Item| format!("{} {}{}", item.kind.word(), item.name(), if item.spoiler { "!" } else { "" });
    (html.join("\n---\n"), parts.iter().flat_map(crate::render::Part::files).map(name).collect(), codes)
}

#[test]
fn a_rich_message_shows_files_where_they_stand() {
    let photo = |n: usize| format!("<img src=\"tg://photo?id=f{n:02}\"/>");
    let with =
        |shown: &str, caption: &str| format!("<figure>{shown}<figcaption>{caption}</figcaption></figure>");
    for (body, html, files) in [
        ("x\n\n![](a.jpg)\n\ny", format!("<p>x</p>\n{}\n<p>y</p>", photo(1)), "photo a.jpg"),
        ("![a *cat*](a.jpg \"Tom\")", with(&photo(1), "a <i>cat</i><br>Tom"), "photo a.jpg"),
        // It has a public address, which would have Telegram fetch it.
        ("![](b.jpg)", photo(1), "photo b.jpg"),
        (
            "![](a.jpg)\n![](b.jpg)\n![](a.jpg)",
            [photo(1), photo(2), photo(3)].join("\n"),
            "photo a.jpg, photo b.jpg, photo a.jpg",
        ),
        (
            "![[a.jpg]]\n\n![[a.jpg|300]]\n\n![[a.jpg|cat]]",
            [photo(1), photo(2), with(&photo(3), "cat")].join("\n"),
            "photo a.jpg, photo a.jpg, photo a.jpg",
        ),
        (
            "> ![](a.jpg)\n\n- ![](b.jpg)",
            format!("<blockquote>{}</blockquote>\n<ul><li>{}</li></ul>", photo(1), photo(2)),
            "photo a.jpg, photo b.jpg",
        ),
        ("||![](a.jpg)||", "<img src=\"tg://photo?id=f01\" tg-spoiler/>".to_owned(), "photo a.jpg!"),
        (
            "<figure><img src=\"a.jpg\"><figcaption>x<cite>me</cite></figcaption></figure>",
            with(&photo(1), "x<cite>me</cite>"),
            "photo a.jpg",
        ),
        ("![](f.gif)", "<video src=\"tg://video?id=f01\"></video>".to_owned(), "animation f.gif"),
        ("![](g.mp4)", "<video src=\"tg://video?id=f01\"></video>".to_owned(), "video g.mp4"),
        ("![](h.mp3)", "<audio src=\"tg://audio?id=f01\"></audio>".to_owned(), "audio h.mp3"),
        (
            "![Slides](j.pdf)",
            with("<tg-document src=\"tg://document?id=f01\"></tg-document>", "Slides"),
            "document j.pdf",
        ),
        (
            "![](a.jpg)\n\n<!-- tgsync:break -->\n\n![](b.jpg)",
            [photo(1), photo(1)].join("\n---\n"),
            "photo a.jpg, photo b.jpg",
        ),
    ] {
        let (said, shown, codes) = page(body);
        assert_eq!((said, shown.join(", ").as_str(), codes), (html, files, vec![]), "{body}");
    }
}

#[test]
fn files_that_a_rich_message_can_t_show_are_reported() {
    for (body, codes) in [
        ("See ![a cat](a.jpg)", &["TG0421"] as &[_]),
        ("|![](a.jpg)|b|\n|-|-|\n|c|d|", &["TG0421"]),
        ("See ![a cat](b.jpg)", &["TG0420"]),
        ("![](heavy.jpg)", &["TG0708"]),
        ("![](wide.jpg)", &["TG0709"]),
        ("![](page.jpg)", &["TG0710"]),
        ("![](locked.jpg)", &["TG0706"]),
        ("||![](h.mp3)||", &["TG0715"]),
        ("![](../b/l.jpg)", &["TG0421"]),
        ("![](nothing.jpg)", &["TG0424"]),
    ] {
        assert_eq!(page(body).2, codes, "{body}");
    }
}

#[test]
fn a_rich_message_holds_fifty_files() {
    let many = "![](a.jpg)\n\n".repeat(51);
    let (html, files, codes) = page(&many);
    assert_eq!((files.len(), codes), (51, vec![]));
    assert_eq!(html.matches("---").count(), 1, "51 are two messages");
    assert_eq!(html.matches("?id=f01").count(), 2, "each counts its own");
    let most = "![](a.jpg)\n\n".repeat(50);
    assert_eq!(page(&most).0.matches("---").count(), 0);
}
