//! Rules across posts: what no single file can know.

use std::collections::{BTreeMap, BTreeSet};

use super::buttons::is_post_path;
use super::parse::parse_one;
use super::post::{ButtonUrl, Catalog, Post, Source, Status, TopicRef};
use super::settings::Settings;
use crate::diagnostic::codes::media as media_codes;
use crate::diagnostic::codes::posts as codes;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::ids::{Slug, TargetName, Timestamp};

/// Reads all files and checks them against each other. A post with a problem that only others show stays in the catalog; a file
/// without a post, or with a slug that an earlier file has, is `broken`.
pub fn parse(sources: Vec<Source>, settings: &Settings) -> (Catalog, Vec<Diagnostic>) {
    let mut catalog = Catalog::default();
    let mut problems = Vec::new();
    for source in sources {
        let file = source.file.clone();
        let (post, found) = parse_one(source, settings);
        problems.extend(found);
        match post {
            Some(post) => problems.extend(insert(&mut catalog, post)),
            None => catalog.broken.push(file),
        }
    }
    problems.extend(resolve_all_buttons(&mut catalog));
    for post in catalog.posts.values() {
        problems.extend(check_targets(post, settings));
        problems.extend(check_reply(post, &catalog, settings));
    }
    for (first, circle) in reply_circles(&catalog) {
        let message = format!("posts reply to each other in a circle: {circle}");
        let found = problem(codes::REPLY_CYCLE, &catalog.posts[first], "reply_to", message);
        problems.push(found.hint("remove one `reply_to` of the circle"));
    }
    problems.extend(check_renames(&catalog));
    (catalog, problems)
}

fn insert(catalog: &mut Catalog, post: Post) -> Option<Diagnostic> {
    if let Some(first) = catalog.posts.get(post.slug()) {
        let message = format!("slug `{}` is also that of `{}`", post.slug(), first.file());
        catalog.broken.push(post.file().clone());
        return Some(
            problem(codes::DUPLICATE_SLUG, &post, "slug", message)
                .hint("give one of the two another slug, or remove the file that is a copy"),
        );
    }
    let slug = post.slug().clone();
    catalog.by_file.insert(post.file().clone(), slug.clone());
    catalog.posts.insert(slug, post);
    None
}

/// Media folders that a post names and that can't be the ones it means.
pub(super) fn media_folders(catalog: &Catalog) -> Vec<Diagnostic> {
    let found =
        |post: &Post| {
            let named = post.front.media_dir.as_deref()?;
            let folder = post.file().resolve(named);
            let below = folder.as_ref().map(|folder| format!("{folder}/"));
            if below.is_some_and(|below| catalog.media.keys().any(|file| file.as_str().starts_with(&below))) {
                return None;
            }
            let message = match folder {
                Some(folder) => format!("there is no media file in `{folder}`"),
                None => format!("`{named}` leads out of the repository"),
            };
            Some(problem(media_codes::BAD_MEDIA_DIR, post, "media_dir", message).hint(
                "name a folder with media, relative to this file; without the key it is the post's own",
            ))
        };
    catalog.posts.values().filter_map(found).collect()
}

fn problem(code: Code, post: &Post, key: &str, message: String) -> Diagnostic {
    Diagnostic::error(code, message).at(post.place_of_key(key))
}

fn resolve_all_buttons(catalog: &mut Catalog) -> Vec<Diagnostic> {
    let mut posts = std::mem::take(&mut catalog.posts);
    let known: BTreeSet<Slug> = posts.keys().cloned().collect();
    let mut problems = Vec::new();
    for post in posts.values_mut() {
        problems.extend(resolve_buttons(post, catalog, |slug| known.contains(slug)));
    }
    catalog.posts = posts;
    problems
}

/// The same for a post that is not one of the catalog's: what was sent may differ from what is there now.
pub fn resolve(post: &mut Post, catalog: &Catalog) {
    let _ = resolve_buttons(post, catalog, |slug| catalog.posts.contains_key(slug));
}

/// Turns paths to `.md` files into slugs; a button that leads to no post is an error.
fn resolve_buttons(post: &mut Post, catalog: &Catalog, is_known: impl Fn(&Slug) -> bool) -> Vec<Diagnostic> {
    let mut lost = Vec::new();
    let file = post.source.file.clone();
    for button in post.front.buttons.iter_mut().flatten() {
        match &button.url {
            ButtonUrl::Web(path) if is_post_path(path) => {
                let target = file.resolve(path);
                match target.and_then(|target| catalog.by_file.get(&target)) {
                    Some(slug) => button.url = ButtonUrl::Post(slug.clone()),
                    None => lost.push(path.clone()),
                }
            }
            ButtonUrl::Post(slug) if !is_known(slug) => lost.push(format!("post:{slug}")),
            ButtonUrl::Web(_) | ButtonUrl::Post(_) => {}
        }
    }
    let report = |url: String| {
        let message = format!("a button leads to `{url}`, which is no post");
        problem(codes::UNKNOWN_POST, post, "buttons", message)
            .hint("write `post:` and the slug of a post, or the path of its file relative to this one")
    };
    lost.into_iter().map(report).collect()
}

/// The targets of a post: its own, else the default ones.
fn targets_of(post: &Post, settings: &Settings) -> BTreeSet<TargetName> {
    if !post.front.targets.is_empty() {
        return post.front.targets.iter().cloned().collect();
    }
    let targets = settings.targets.iter();
    targets.filter(|(_, target)| target.default).map(|(name, _)| name.clone()).collect()
}

fn check_targets(post: &Post, settings: &Settings) -> Vec<Diagnostic> {
    let targets = targets_of(post, settings);
    let mut problems = Vec::new();
    if targets.is_empty() && !settings.targets.is_empty() {
        let message = "the post names no target, and the config has no default target".to_owned();
        problems
            .push(problem(codes::NO_TARGET, post, "targets", message).hint(
                "write `targets: [NAME]` in the post, or `default: true` at a target in `tgsync.yaml`",
            ));
    }
    for name in &targets {
        let Some(target) = settings.targets.get(name) else {
            let message = format!("target `{name}` is not in the config");
            let known = settings.targets.keys().map(TargetName::as_str);
            let hint = match nearest(name.as_str(), known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the config has {}", list(known)),
            };
            problems.push(problem(codes::UNKNOWN_TARGET, post, "targets", message).hint(hint));
            continue;
        };
        if let Some(TopicRef::Name(topic)) = &post.front.topic
            && !target.topics.contains(topic)
        {
            let message = format!("target `{name}` has no topic `{topic}`");
            let hint = match nearest(topic, target.topics.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add it to `targets.{name}.topics` in `tgsync.yaml` with its id"),
            };
            problems.push(problem(codes::UNKNOWN_TOPIC, post, "topic", message).hint(hint));
        }
    }
    problems
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn check_reply(post: &Post, catalog: &Catalog, settings: &Settings) -> Option<Diagnostic> {
    let wanted = post.front.reply_to.as_ref()?;
    let Some(other) = catalog.posts.get(wanted) else {
        let message = format!("`reply_to` names `{wanted}`, which is no post");
        let hint = match nearest(wanted.as_str(), catalog.posts.keys().map(Slug::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the slug of a post in the content folder".to_owned(),
        };
        return Some(problem(codes::UNKNOWN_POST, post, "reply_to", message).hint(hint));
    };
    let theirs = targets_of(other, settings);
    let missing = targets_of(post, settings).into_iter().find(|name| !theirs.contains(name))?;
    let message = format!("`reply_to` names `{wanted}`, which doesn't go to target `{missing}`");
    let hint = "send both posts to the same targets, or remove `reply_to`";
    Some(problem(codes::REPLY_ELSEWHERE, post, "reply_to", message).hint(hint))
}

/// The circles of replies, each under its first slug, so that it is reported once.
fn reply_circles(catalog: &Catalog) -> BTreeMap<&Slug, String> {
    let mut circles = BTreeMap::new();
    let mut done: BTreeSet<&Slug> = BTreeSet::new();
    for start in catalog.posts.values() {
        let mut path: Vec<&Slug> = Vec::new();
        let mut at = Some(start);
        while let Some(post) = at.filter(|post| !done.contains(post.slug())) {
            done.insert(post.slug());
            path.push(post.slug());
            let wanted = post.front.reply_to.as_ref();
            at = wanted.and_then(|slug| catalog.posts.get(slug));
        }
        let back = at.and_then(|post| path.iter().position(|slug| *slug == post.slug()));
        if let Some(back) = back {
            let mut circle = path.split_off(back);
            let first = (0..circle.len()).min_by_key(|&i| circle[i]).unwrap_or_default();
            circle.rotate_left(first);
            circle.push(circle[0]);
            let names: Vec<_> = circle.iter().map(|slug| format!("`{slug}`")).collect();
            circles.insert(circle[0], names.join(" → "));
        }
    }
    circles
}

fn check_renames(catalog: &Catalog) -> Vec<Diagnostic> {
    let mut claimed: BTreeMap<&Slug, &Post> = BTreeMap::new();
    let mut problems = Vec::new();
    for post in catalog.posts.values() {
        for old in &post.front.renamed_from {
            let (message, hint) = if old == post.slug() {
                (
                    format!("`renamed_from` names the post's own slug `{old}`"),
                    "remove it, or write the slug that the post had before",
                )
            } else if let Some(other) = catalog.posts.get(old) {
                (
                    format!("`renamed_from` names `{old}`, which is still the slug of `{}`", other.file()),
                    "remove `renamed_from`, or the post that was renamed",
                )
            } else if let Some(first) = claimed.insert(old, post) {
                (
                    format!("`renamed_from` names `{old}`, which `{}` claims too", first.file()),
                    "keep it in the one post that takes over the old message",
                )
            } else {
                continue;
            };
            problems.push(problem(codes::BAD_RENAME, post, "renamed_from", message).hint(hint));
        }
    }
    problems
}

/// Warnings for dates that look as if they should delay: a `date` after `now` of a post that waits for nothing else.
pub fn future_dates(catalog: &Catalog, now: Timestamp) -> Vec<Diagnostic> {
    let warn = |post: &Post| {
        let date = post.front.date.filter(|date| *date > now)?;
        let waits = post.front.publish_at.is_some() || post.front.status != Status::Published;
        let message = format!(
            "the date {date} is in the future, but `date` only orders posts: this one is sent with the next `apply`"
        );
        (!waits).then(|| {
            Diagnostic::warning(codes::FUTURE_DATE, message)
                .at(post.place_of_key("date"))
                .hint("write `publish_at` with a time to make the post wait")
        })
    };
    catalog.posts.values().filter_map(warn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::TargetSettings;
    use crate::ids::{BlobId, RelPath};

    fn rel(path: &str) -> RelPath {
        RelPath::new(std::path::Path::new(path)).unwrap()
    }

    /// `files` are names and front matter.
    fn read(files: &[(&str, &str)], settings: &Settings) -> (Catalog, Vec<Diagnostic>) {
        let source = |(name, keys): &(&str, &str)| {
            let text = format!("---\n{keys}\n---\n");
            Source { file: rel(name), blob: BlobId::of(text.as_bytes()), text }
        };
        parse(files.iter().map(source).collect(), settings)
    }

    fn settings(targets: &[(&str, bool)]) -> Settings {
        let mut settings = Settings::new(rel(""));
        for (name, default) in targets {
            let target = TargetSettings { default: *default, topics: ["rel".to_owned()].into() };
            settings.targets.insert(name.parse().unwrap(), target);
        }
        settings
    }

    fn found(files: &[(&str, &str)], targets: &[(&str, bool)]) -> Vec<Code> {
        let problems = read(files, &settings(targets)).1;
        assert!(problems.iter().all(|problem| problem.hint.is_some()));
        problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn good_posts_are_a_catalog() {
        let files = [
            ("a.md", "slug: a\nreply_to: b\nrenamed_from: old\nbuttons: [[{text: B, url: d/b.md}]]"),
            ("d/b.md", "slug: b\ntopic: rel\nbuttons: [[{text: A, url: ../a.md}, {text: A, url: post:a}]]"),
        ];
        let (catalog, problems) = read(&files, &settings(&[("news", true)]));
        assert_eq!(problems, []);
        let a: Slug = "a".parse().unwrap();
        assert_eq!(catalog.by_file[&rel("a.md")], a);
        let buttons = &catalog.posts[&"b".parse::<Slug>().unwrap()].front.buttons[0];
        assert!(buttons.iter().all(|button| button.url == ButtonUrl::Post(a.clone())));
        assert!(catalog.broken.is_empty());
    }

    #[test]
    fn files_without_a_post_are_broken() {
        let files = [("a.md", "slug: a"), ("b.md", "slug: a"), ("c.md", "slog: c")];
        let (catalog, problems) = read(&files, &settings(&[]));
        assert_eq!(catalog.broken, [rel("b.md"), rel("c.md")]);
        assert_eq!(catalog.posts.len(), 1);
        let names = |problem: &Diagnostic| problem.message.contains("`a.md`");
        assert!(problems.iter().any(names), "{problems:?}");
    }

    #[test]
    fn references_are_checked() {
        let one = &[("news", true)][..];
        let two = &[("news", true), ("chat", false)][..];
        let none = &[("news", false), ("chat", false)][..];
        for (files, targets, codes) in [
            (&["slug: a\nreply_to: b"][..], one, &[codes::UNKNOWN_POST][..]),
            (&["slug: a\nreply_to: a"], one, &[codes::REPLY_CYCLE]),
            (
                &["slug: a\nreply_to: b", "slug: b\nreply_to: c", "slug: c\nreply_to: b"],
                one,
                &[codes::REPLY_CYCLE],
            ),
            (&["slug: a\ntargets: [news, chat]\nreply_to: b", "slug: b"], two, &[codes::REPLY_ELSEWHERE]),
            (&["slug: a\nreply_to: b", "slug: b\ntargets: [news, chat]"], two, &[]),
            (&["slug: a\ntargets: newz"], one, &[codes::UNKNOWN_TARGET]),
            (&["slug: a"], none, &[codes::NO_TARGET]),
            (&["slug: a\ntargets: chat"], none, &[]),
            (&["slug: a\ntopic: rell"], one, &[codes::UNKNOWN_TOPIC]),
            (&["slug: a\ntopic: 12"], one, &[]),
            (&["slug: a\nrenamed_from: a"], one, &[codes::BAD_RENAME]),
            (&["slug: a\nrenamed_from: b", "slug: b"], one, &[codes::BAD_RENAME]),
            (&["slug: a\nrenamed_from: x", "slug: b\nrenamed_from: [x, y]"], one, &[codes::BAD_RENAME]),
            (
                &["slug: a\nbuttons: [[{text: A, url: x.md}, {text: B, url: post:x}]]"],
                one,
                &[codes::UNKNOWN_POST, codes::UNKNOWN_POST],
            ),
            (&["slug: a\nbuttons: [[{text: A, url: ../../x.md}]]"], one, &[codes::UNKNOWN_POST]),
        ] {
            let names = ["1.md", "2.md", "3.md"];
            let files: Vec<_> = names.into_iter().zip(files.iter().copied()).collect();
            assert_eq!(found(&files, targets), codes, "{files:?}");
        }
    }

    #[test]
    fn a_long_chain_of_replies_is_read_in_no_time() {
        let names: Vec<String> = (0..3000).map(|n| format!("p{n:05}")).collect();
        let keys: Vec<String> =
            names.windows(2).map(|pair| format!("slug: {}\nreply_to: {}", pair[0], pair[1])).collect();
        let files: Vec<_> =
            names.iter().zip(&keys).map(|(name, keys)| (name.as_str(), keys.as_str())).collect();
        assert_eq!(found(&files, &[]), [codes::UNKNOWN_POST]);
    }

    #[test]
    fn future_dates_are_warned_about_once_nothing_else_delays() {
        let files = [
            ("a.md", "slug: a\ndate: 2026-11-21"),
            ("b.md", "slug: b\ndate: 2026-11-19"),
            ("c.md", "slug: c\ndate: 2026-11-21\nstatus: draft"),
            ("d.md", "slug: d\ndate: 2026-11-21\npublish_at: 2026-11-21T00:00Z"),
        ];
        let (catalog, _) = read(&files, &settings(&[]));
        let warnings = future_dates(&catalog, "2026-11-20T10:00:00Z".parse().unwrap());
        assert_eq!(warnings.len(), 1);
        assert!(!warnings[0].is_error());
        assert_eq!(warnings[0].place.as_ref().unwrap().file, rel("a.md"));
    }
}
