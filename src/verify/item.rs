//! What is to be looked at, and in which order.

use std::collections::BTreeMap;

use crate::ids::{Digest, MessageId, RelPath, Slug, Timestamp};
use crate::lock::{Kind, Recorded, RecordedPart, TargetLock};

/// A message as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub slug: Slug,
    pub file: RelPath,
    /// From 0.
    pub part: usize,
    pub id: MessageId,
    /// Of an album, the kind of this item.
    pub kind: Kind,
    /// What subscribers see of it; `None`: nobody was told.
    pub shown: Option<Digest>,
    /// An edit of it was made that nobody saw the end of: that it differs says nothing about people.
    pub unsure: bool,
    /// When it was known last to be as it is recorded, or was looked at in vain.
    pub checked: Timestamp,
}

/// Messages of posts that are in the chat as posts: not what is buried, and not what is left over. `checked`: when each
/// was looked at before; one that was not is known since it was sent.
pub fn items(
    lock: &TargetLock,
    checked: &BTreeMap<MessageId, Timestamp>,
    selects: impl Fn(&Slug, &RelPath) -> bool,
) -> Vec<Item> {
    let live = lock.posts.iter().filter(|(_, post)| post.gone.is_none());
    let chosen = live.filter(|(slug, post)| selects(slug, &post.file));
    let mut items: Vec<Item> = chosen.flat_map(|(slug, post)| of_post(slug, post)).collect();
    for item in &mut items {
        if let Some(checked) = checked.get(&item.id) {
            item.checked = item.checked.max(*checked);
        }
    }
    items
}

fn of_post<'a>(slug: &'a Slug, post: &'a Recorded) -> impl Iterator<Item = Item> + 'a {
    let of_part = move |(part, recorded): (usize, &'a RecordedPart)| {
        recorded.messages().enumerate().map(move |(index, (id, kind))| Item {
            slug: slug.clone(),
            file: post.file.clone(),
            part,
            id,
            kind,
            shown: recorded.shown.get(index).cloned(),
            unsure: recorded.unsure,
            checked: recorded.sent,
        })
    };
    post.parts.iter().enumerate().flat_map(of_part)
}

/// The oldest checked first. A checkout that remembers nothing (`turn`: how many runs it is likely to have had) does not
/// begin with the same messages each time.
pub fn order(items: &mut [Item], turn: Option<usize>) {
    items.sort_by_key(|item| (item.checked, item.id));
    if let Some(turn) = turn.filter(|_| !items.is_empty()) {
        let start = turn % items.len();
        items.rotate_left(start);
    }
}
