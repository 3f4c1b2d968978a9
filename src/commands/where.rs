//! `tgsync where LINK`: from a message to its post, file and commit.

use std::fmt::Write as _;

use super::context::Context;
use super::project::Project;
use super::{Exit, Failure, Outcome};
use crate::cli::Where;
use crate::ids::{ChatId, ChatRef, MessageId};

pub(super) fn run(context: &Context, args: &Where) -> Outcome {
    let project = Project::open(context)?;
    let lock = project.known_lock()?;
    let link = Link::parse(&args.link).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{}` is neither a message link nor a message id", args.link))
            .hint("`https://t.me/NAME/123`, `https://t.me/c/1234567890/123` or `123`")
    })?;
    let mut out = String::new();
    for (name, target) in &lock.targets {
        let config = project.config.targets.get(name).and_then(|target| target.policy.chat.as_ref());
        if !link.is_in(config, target.chat) {
            continue;
        }
        for (slug, post) in target.posts.iter().filter(|(_, post)| post.ids().any(|id| id == link.message)) {
            let commit = project.git.as_ref().and_then(|git| git.commit_with(&post.file, &post.blob));
            let commit = commit.map_or_else(|| "in no commit".to_owned(), |id| format!("since commit {id}"));
            let _ = writeln!(out, "{name}  {slug}  {}  blob {}  {commit}", post.file, post.blob);
        }
    }
    if out.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("no post of the lock is message {}", link.message))
            .hint("it was sent by a person or another tool, or by a checkout whose lock is not here"));
    }
    context.print(&out);
    Ok(Exit::Done)
}

/// A message as a `t.me` link names it.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    chat: Chat,
    message: MessageId,
}

#[derive(Debug, PartialEq, Eq)]
enum Chat {
    Any,
    Name(String),
    Id(ChatId),
}

impl Link {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(id) = text.parse() {
            return Some(Self { chat: Chat::Any, message: MessageId(id) });
        }
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (host, path) = rest.split_once('/')?;
        if !matches!(host, "t.me" | "telegram.me" | "telegram.dog") {
            return None;
        }
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let mut parts: Vec<&str> = path.split('/').collect();
        if parts.first() == Some(&"s") {
            parts.remove(0);
        }
        let message = MessageId(parts.last()?.parse().ok()?);
        let chat = match parts.as_slice() {
            ["c", bare, _] | ["c", bare, _, _] => Chat::Id(ChatId(format!("-100{bare}").parse().ok()?)),
            [name, _] | [name, _, _] => Chat::Name(format!("@{name}")),
            _ => return None,
        };
        Some(Self { chat, message })
    }

    fn is_in(&self, config: Option<&ChatRef>, pinned: Option<ChatId>) -> bool {
        match (&self.chat, config) {
            (Chat::Id(id), _) => pinned == Some(*id),
            (Chat::Name(name), Some(ChatRef::Username(known))) => name.eq_ignore_ascii_case(known),
            // A bare id, or a name where the config has an id: that can't be checked offline.
            (Chat::Any | Chat::Name(_), _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_links() {
        let link = |chat, message| Some(Link { chat, message: MessageId(message) });
        assert_eq!(Link::parse("12"), link(Chat::Any, 12));
        for text in [
            "https://t.me/news/12",
            "t.me/news/12?single",
            "https://t.me/s/news/12",
            "https://t.me/news/3/12",
        ] {
            assert_eq!(Link::parse(text), link(Chat::Name("@news".into()), 12), "{text}");
        }
        let private = Chat::Id(ChatId(-100_123));
        assert_eq!(Link::parse("https://t.me/c/123/12"), link(private, 12));
        for text in ["https://example.org/news/12", "news", "https://t.me/news", "https://t.me/+abc"] {
            assert_eq!(Link::parse(text), None, "{text}");
        }
    }
}
