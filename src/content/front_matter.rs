//! Front matter: the keys of one mapping become typed values, and every problem of every key is reported.

use jiff::tz::TimeZone;

use super::attachment::{Attachment, CaptionPosition, attachments, caption_position};
use super::buttons::{buttons, web_url};
use super::dates::{Wanted, moment};
use super::post::{
    Button, Format, FrontMatter, LinkPreview, OnDrift, Overflow, PreviewSize, Status, TopicRef,
};
use super::slug::slug_from;
use crate::diagnostic::codes::front_matter as codes;
use crate::ids::{Slug, TargetName, Timestamp, TopicId};
use crate::yaml::Node;

/// The keys that one mapping sets: a post's own front matter, or a `defaults:` entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    pub slug: Option<Slug>,
    pub title: Option<String>,
    pub targets: Option<Vec<TargetName>>,
    pub date: Option<Timestamp>,
    pub status: Option<Status>,
    pub publish_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub format: Option<Format>,
    pub buttons: Option<Vec<Vec<Button>>>,
    pub link_preview: Option<LinkPreview>,
    pub silent: Option<bool>,
    pub protect_content: Option<bool>,
    pub pin: Option<bool>,
    pub topic: Option<TopicRef>,
    pub reply_to: Option<Slug>,
    pub tags: Option<Vec<String>>,
    pub renamed_from: Option<Vec<Slug>>,
    pub keep: Option<bool>,
    pub media_dir: Option<String>,
    pub overflow: Option<Overflow>,
    pub media: Option<Vec<Attachment>>,
    pub caption_position: Option<CaptionPosition>,
    pub on_drift: Option<OnDrift>,
}

impl Keys {
    /// Reads a mapping that [`Node::check`] has seen; what else is wrong with a value is reported here.
    pub fn read(map: &Node<'_>, zone: &TimeZone) -> Self {
        let flag = |key| map.get(key).and_then(|node| node.flag());
        Self {
            slug: map.get("slug").and_then(|node| slug(&node)),
            title: map.get("title").and_then(|node| title(&node)),
            targets: map.get("targets").map(|node| targets(&node)),
            date: map.get("date").and_then(|node| moment(&node, zone, Wanted::DateOrTime)),
            status: map.get("status").and_then(|node| status(&node)),
            publish_at: map.get("publish_at").and_then(|node| moment(&node, zone, Wanted::Time)),
            expires_at: map.get("expires_at").and_then(|node| moment(&node, zone, Wanted::Time)),
            format: map.get("format").and_then(|node| format(&node)),
            buttons: map.get("buttons").map(|node| buttons(&node)),
            link_preview: map.get("link_preview").map(|node| link_preview(&node)),
            silent: flag("silent"),
            protect_content: flag("protect_content"),
            pin: flag("pin"),
            topic: map.get("topic").and_then(|node| topic(&node)),
            reply_to: map.get("reply_to").and_then(|node| slug(&node)),
            tags: map.get("tags").map(|node| tags(&node)),
            renamed_from: map.get("renamed_from").map(|node| slugs(&node)),
            keep: flag("keep"),
            media_dir: map.get("media_dir").and_then(|node| node.text()),
            overflow: map.get("overflow").and_then(|node| overflow(&node)),
            media: map.get("media").map(|node| attachments(&node)),
            caption_position: map.get("caption_position").and_then(|node| caption_position(&node)),
            on_drift: map.get("on_drift").and_then(|node| on_drift(&node)),
        }
    }

    /// These keys, and those of `below` where these are silent.
    #[must_use]
    pub fn over(self, below: &Self) -> Self {
        let below = below.clone();
        Self {
            slug: self.slug.or(below.slug),
            title: self.title.or(below.title),
            targets: self.targets.or(below.targets),
            date: self.date.or(below.date),
            status: self.status.or(below.status),
            publish_at: self.publish_at.or(below.publish_at),
            expires_at: self.expires_at.or(below.expires_at),
            format: self.format.or(below.format),
            buttons: self.buttons.or(below.buttons),
            link_preview: self.link_preview.or(below.link_preview),
            silent: self.silent.or(below.silent),
            protect_content: self.protect_content.or(below.protect_content),
            pin: self.pin.or(below.pin),
            topic: self.topic.or(below.topic),
            reply_to: self.reply_to.or(below.reply_to),
            tags: self.tags.or(below.tags),
            renamed_from: self.renamed_from.or(below.renamed_from),
            keep: self.keep.or(below.keep),
            media_dir: self.media_dir.or(below.media_dir),
            overflow: self.overflow.or(below.overflow),
            media: self.media.or(below.media),
            caption_position: self.caption_position.or(below.caption_position),
            on_drift: self.on_drift.or(below.on_drift),
        }
    }

    /// The front matter of a post; `None` without a slug.
    pub fn finish(self) -> Option<FrontMatter> {
        Some(FrontMatter {
            slug: self.slug?,
            title: self.title,
            targets: self.targets.unwrap_or_default(),
            date: self.date,
            status: self.status.unwrap_or_default(),
            publish_at: self.publish_at,
            expires_at: self.expires_at,
            format: self.format,
            buttons: self.buttons.unwrap_or_default(),
            link_preview: self.link_preview.unwrap_or_default(),
            silent: self.silent,
            protect_content: self.protect_content,
            pin: self.pin.unwrap_or_default(),
            topic: self.topic,
            reply_to: self.reply_to,
            tags: self.tags.unwrap_or_default(),
            renamed_from: self.renamed_from.unwrap_or_default(),
            keep: self.keep.unwrap_or_default(),
            media_dir: self.media_dir,
            overflow: self.overflow.unwrap_or_default(),
            media: self.media,
            caption_position: self.caption_position.unwrap_or_default(),
            on_drift: self.on_drift,
        })
    }
}

/// `format:`, whose words [`Node::check`] has seen.
pub fn format(node: &Node<'_>) -> Option<Format> {
    match node.text()?.as_str() {
        "html" => Some(Format::Html),
        "rich" => Some(Format::Rich),
        _ => None,
    }
}

fn slug(node: &Node<'_>) -> Option<Slug> {
    let text = node.text()?;
    match text.parse() {
        Ok(slug) => Some(slug),
        Err(error) => {
            let hint = match slug_from(&text) {
                Some(slug) => format!("write `{slug}`"),
                None => "write lower-case letters, digits and hyphens".to_owned(),
            };
            node.error(codes::BAD_SLUG, format!("`{}`: {error}", node.name()), hint);
            None
        }
    }
}

fn slugs(node: &Node<'_>) -> Vec<Slug> {
    node.items_or_one().iter().filter_map(slug).collect()
}

fn title(node: &Node<'_>) -> Option<String> {
    let title = node.text()?;
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

fn targets(node: &Node<'_>) -> Vec<TargetName> {
    let target = |node: &Node<'_>| match node.text()?.parse() {
        Ok(target) => Some(target),
        Err(error) => {
            let message = format!("`{}`: {error}", node.name());
            node.error(codes::WRONG_VALUE, message, "write the name of a target in `tgsync.yaml`");
            None
        }
    };
    let mut targets: Vec<TargetName> = node.items_or_one().iter().filter_map(target).collect();
    targets.sort();
    targets.dedup();
    targets
}

fn status(node: &Node<'_>) -> Option<Status> {
    match node.text()?.as_str() {
        "published" => Some(Status::Published),
        "draft" => Some(Status::Draft),
        "archived" => Some(Status::Archived),
        _ => None,
    }
}

/// `on_drift:`, whose words [`Node::check`] has seen.
pub fn on_drift(node: &Node<'_>) -> Option<OnDrift> {
    match node.text()?.as_str() {
        "overwrite" => Some(OnDrift::Overwrite),
        "keep" => Some(OnDrift::Keep),
        "fail" => Some(OnDrift::Fail),
        _ => None,
    }
}

fn overflow(node: &Node<'_>) -> Option<Overflow> {
    match node.text()?.as_str() {
        "split" => Some(Overflow::Split),
        "error" => Some(Overflow::Error),
        _ => None,
    }
}

fn topic(node: &Node<'_>) -> Option<TopicRef> {
    match node.int() {
        Some(id) => i32::try_from(id).ok().map(|id| TopicRef::Id(TopicId(id))),
        None => node.text().map(TopicRef::Name),
    }
}

/// Longest hashtag that Telegram recognises, in characters.
const MAX_TAG_CHARS: usize = 256;

fn tags(node: &Node<'_>) -> Vec<String> {
    let mut tags = Vec::new();
    for item in node.items_or_one() {
        let Some(tag) = item.text() else { continue };
        match tag_problem(&tag) {
            Some((message, hint)) => item.error(codes::BAD_TAG, message, hint),
            None if tags.contains(&tag) => {}
            None => tags.push(tag),
        }
    }
    tags
}

fn tag_problem(tag: &str) -> Option<(String, String)> {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    if tag.chars().count() > MAX_TAG_CHARS {
        let message = format!("a tag may have {MAX_TAG_CHARS} characters");
        return Some((message, "shorten it".to_owned()));
    }
    if tag.contains(',') {
        let parts: Vec<_> = tag.split(',').map(str::trim).collect();
        let message = format!("tag `{tag}` holds a comma");
        return Some((message, format!("write a list: `[{}]`", parts.join(", "))));
    }
    if tag.chars().all(fits) && tag.chars().any(char::is_alphabetic) {
        return None;
    }
    let words: Vec<_> = tag.split(|c| !fits(c)).filter(|word| !word.is_empty()).collect();
    let mut proposal = words.join("_");
    let mut hint = "write";
    if !proposal.chars().any(char::is_alphabetic) {
        proposal.insert(0, 'y');
        hint = "add a letter, as in";
    }
    let message = format!(
        "tag `{tag}` can't become a hashtag: letters, digits and `_` are allowed, with at least one letter"
    );
    Some((message, format!("{hint} `{proposal}`")))
}

fn link_preview(node: &Node<'_>) -> LinkPreview {
    if let Some(on) = node.flag() {
        return if on { LinkPreview::Default } else { LinkPreview::Off };
    }
    let size = |node: Node<'_>| match node.text()?.as_str() {
        "small" => Some(PreviewSize::Small),
        "large" => Some(PreviewSize::Large),
        _ => None,
    };
    let above = node.get("above").and_then(|above| above.flag());
    LinkPreview::Of {
        url: node.get("url").and_then(|url| web_url(&url, &["https", "http"])),
        size: node.get("size").and_then(size),
        above: above.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::keys::{TABLES, schema};
    use crate::content::{ButtonUrl, Settings, Source, parse_one};
    use crate::diagnostic::{Code, Diagnostic};
    use crate::ids::{BlobId, RelPath};
    use crate::media::Kind;

    fn read(keys: &str) -> (Option<FrontMatter>, Vec<Diagnostic>) {
        let rel = |path| RelPath::new(std::path::Path::new(path)).unwrap();
        let text = format!("---\n{keys}\n---\n");
        let source = Source { file: rel("content/a.md"), blob: BlobId::of(text.as_bytes()), text };
        let (post, problems) = parse_one(source, &Settings::new(rel("content")));
        (post.map(|post| post.front), problems)
    }

    fn good(keys: &str) -> FrontMatter {
        let (front, problems) = read(&format!("slug: a\n{keys}"));
        assert_eq!(problems, [], "{keys}");
        front.unwrap()
    }

    #[test]
    fn every_key_has_its_value() {
        let front = good(
            "\
title: 1.10
targets: [b, a, b]
date: 2026-01-02
status: archived
publish_at: 2026-01-02T03:04:05Z
expires_at: 2026-01-02T03:04:06Z
format: rich
overflow: error
buttons: [[{text: A, url: 'tg://resolve?domain=x'}, {text: 5, url: post:b}], [{text: C, url: ../c.md}]]
link_preview: {url: 'https://e.org', size: large, above: true}
silent: false
protect_content: true
pin: true
topic: 7
reply_to: b
tags: [rust, Київ, a_1, rust]
renamed_from: old
keep: true
media_dir: ../shared
media: [a.jpg]
caption_position: above",
        );
        let button = |text: &str, url| Button { text: text.to_owned(), url };
        let web = |url: &str| ButtonUrl::Web(url.to_owned());
        let expected = FrontMatter {
            media: front.media.clone(),
            caption_position: CaptionPosition::Above,
            title: Some("1.10".to_owned()),
            targets: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            date: Some("2026-01-02T00:00:00Z".parse().unwrap()),
            status: Status::Archived,
            publish_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            expires_at: Some("2026-01-02T03:04:06Z".parse().unwrap()),
            format: Some(Format::Rich),
            buttons: vec![
                vec![
                    button("A", web("tg://resolve?domain=x")),
                    button("5", ButtonUrl::Post("b".parse().unwrap())),
                ],
                vec![button("C", web("../c.md"))],
            ],
            link_preview: LinkPreview::Of {
                url: Some("https://e.org".to_owned()),
                size: Some(PreviewSize::Large),
                above: true,
            },
            silent: Some(false),
            protect_content: Some(true),
            pin: true,
            topic: Some(TopicRef::Id(TopicId(7))),
            reply_to: Some("b".parse().unwrap()),
            tags: ["rust", "Київ", "a_1"].map(str::to_owned).into(),
            renamed_from: vec!["old".parse().unwrap()],
            keep: true,
            media_dir: Some("../shared".to_owned()),
            overflow: Overflow::Error,
            ..FrontMatter::new("a".parse().unwrap())
        };
        assert_eq!(front, expected);
    }

    #[test]
    fn media_is_a_list_of_names_and_more() {
        let media = |yaml: &str| good(yaml).media.unwrap();
        let names = |media: &[Attachment]| media.iter().map(|one| one.file.clone()).collect::<Vec<_>>();
        assert_eq!(names(&media("media: a.jpg")), ["a.jpg"]);
        assert_eq!(media("media: []"), []);
        let found = media(
            "media: [a.jpg, {file: 1.mp4, kind: animation, spoiler: true, caption: '*x*', thumbnail: t.jpg}]",
        );
        assert_eq!(found[0], Attachment::new("a.jpg", found[0].range.clone()));
        let second = Attachment {
            kind: Some(Kind::Animation),
            spoiler: true,
            caption: Some("*x*".to_owned()),
            thumbnail: Some("t.jpg".to_owned()),
            ..Attachment::new("1.mp4", found[1].range.clone())
        };
        assert_eq!(found[1], second);
    }

    #[test]
    fn what_is_left_empty_is_as_if_it_were_not_there() {
        let all: Vec<&str> = TABLES.iter().copied().flatten().map(|key| key.name).collect();
        for name in all.iter().filter(|name| **name != "slug") {
            let front = good(&format!("{name}:"));
            assert_eq!(front, FrontMatter::new("a".parse().unwrap()), "{name}");
        }
        assert_eq!(good("link_preview: true").link_preview, LinkPreview::Default);
        assert_eq!(good("link_preview: false").link_preview, LinkPreview::Off);
        assert_eq!(good("topic: releases").topic, Some(TopicRef::Name("releases".to_owned())));
    }

    const PROBLEMS: &[(&str, Code)] = &[
        ("slug: Not Valid", codes::BAD_SLUG),
        ("slug: [a]", codes::WRONG_VALUE),
        ("slug:", codes::MISSING_SLUG),
        ("title: a", codes::MISSING_SLUG),
        ("slug: a\nnope: 1", codes::UNKNOWN_KEY),
        ("slug: a\n1: 1", codes::UNKNOWN_KEY),
        ("slug: a\n<<: {title: x}", codes::UNKNOWN_KEY),
        ("slug: a\nSlug: b", codes::UNKNOWN_KEY),
        ("slug: a\ntitle: !secret x", codes::WRONG_VALUE),
        ("slug: a\ntitle: true", codes::WRONG_VALUE),
        ("slug: a\nkeep: 1", codes::WRONG_VALUE),
        ("slug: a\ntopic: 0", codes::WRONG_VALUE),
        ("slug: a\ntopic: 2147483648", codes::WRONG_VALUE),
        ("slug: a\ntargets: News", codes::WRONG_VALUE),
        ("slug: a\nstatus: Draft", codes::WRONG_VALUE),
        ("slug: a\nmedia: [{kind: photo}]", codes::BAD_MEDIA),
        ("slug: a\nmedia: ['']", codes::BAD_MEDIA),
        ("slug: a\nmedia: /a.jpg", codes::BAD_MEDIA),
        ("slug: a\nmedia: [{file: https://e.org/a.jpg}]", codes::BAD_MEDIA),
        ("slug: a\nmedia: [{file: a.jpg, kind: foto}]", codes::WRONG_VALUE),
        ("slug: a\nmedia: [{file: a.jpg, alt: x}]", codes::UNKNOWN_KEY),
        ("slug: a\ncaption_position: top", codes::WRONG_VALUE),
        ("slug: a\non_drift: ask", codes::WRONG_VALUE),
        ("slug: a\noverflow: cut", codes::WRONG_VALUE),
        ("slug: a\nformat: 1", codes::WRONG_VALUE),
        ("slug: a\nreply_to: B", codes::BAD_SLUG),
        ("slug: a\nrenamed_from: [b, C]", codes::BAD_SLUG),
        ("slug: a\ntags: a-b", codes::BAD_TAG),
        ("slug: a\ntags: a, b", codes::BAD_TAG),
        ("slug: a\ntags: ['#a']", codes::BAD_TAG),
        ("slug: a\ntags: ['']", codes::BAD_TAG),
        ("slug: a\nbuttons: [[{text: A}]]", codes::BAD_BUTTONS),
        ("slug: a\nbuttons: [[{text: ' ', url: 'https://e.org'}]]", codes::BAD_BUTTONS),
        ("slug: a\nbuttons: [{text: A, url: 'https://e.org'}]", codes::BAD_BUTTONS),
        ("slug: a\nbuttons: [[{text: A, url: 'javascript:x'}]]", codes::BAD_URL),
        ("slug: a\nbuttons: [[{text: A, url: 'https:///x y'}]]", codes::BAD_URL),
        ("slug: a\nbuttons: [[{text: A, url: 'post:B'}]]", codes::BAD_URL),
        ("slug: a\nlink_preview: {url: 'tg://x'}", codes::BAD_URL),
        ("slug: a\nlink_preview: {sise: large}", codes::UNKNOWN_KEY),
        ("slug: a\ndate: 2026-02-30", codes::BAD_DATE),
        ("slug: a\npublish_at: 2026-01-01T10:00Z\nexpires_at: 2026-01-01T10:00Z", codes::EXPIRES_FIRST),
    ];

    fn assert_code(keys: &str, code: Code) {
        let (front, problems) = read(keys);
        let found: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!((front, found), (None, vec![code]), "{keys}");
        assert!(problems[0].hint.is_some(), "{keys}");
    }

    #[test]
    fn each_problem_has_its_code() {
        for (keys, code) in PROBLEMS {
            assert_code(keys, *code);
        }
        let long = "a".repeat(257);
        assert_code(&format!("slug: a\ntags: [{long}]"), codes::BAD_TAG);
    }

    #[test]
    fn buttons_are_limited() {
        let many = |n: usize| vec!["{text: A, url: 'https://e.org'}"; n].join(", ");
        let rows = |n: usize| vec![format!("[{}]", many(5)); n].join(", ");
        assert_eq!(good(&format!("buttons: [[{}]]", many(8))).buttons[0].len(), 8);
        assert_eq!(good(&format!("buttons: [{}]", rows(20))).buttons.len(), 20);
        assert_code(&format!("slug: a\nbuttons: [[{}]]", many(9)), codes::BAD_BUTTONS);
        assert_code(&format!("slug: a\nbuttons: [{}]", rows(21)), codes::BAD_BUTTONS);
    }

    #[test]
    fn the_schema_agrees_with_the_reader() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let valid =
            |yaml: &str| validator.is_valid(&serde_yaml::from_str::<serde_json::Value>(yaml).unwrap());
        assert!(valid("slug: a\ntitle: 1.10\ntags: a\npin: ~\noverflow: error\nlink_preview: false"));
        assert!(valid("slug: a\nmedia: [a.jpg, {file: b.mp4, kind: video, spoiler: true}]"));
        assert!(valid("slug: a\nbuttons: [[{text: A, url: 'https://e.org'}]]\ntopic: 7"));
        for bad in [
            "title: a",
            "slug: a\nnope: 1",
            "slug: a\npin: 1",
            "slug: a\nformat: markdown",
            "slug: a\nmedia: [{file: x, kind: y}]",
        ] {
            assert!(!valid(bad), "{bad}");
        }
    }
}
