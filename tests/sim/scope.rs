//! How large histories are, and in what kind of chat they happen.

use std::time::Duration;

/// What a history is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    pub name: &'static str,
    pub posts: usize,
    /// This post is an album.
    pub album: Option<char>,
    pub runs: usize,
    pub faults: usize,
    pub acts: usize,
    /// When drawn: one in so many operations goes wrong.
    pub rarity: usize,
    /// The bot may edit posts of others.
    pub edit_others: bool,
    /// Messages can be read by forwarding them.
    pub scratch: bool,
    /// A discussion group gets every post.
    pub receipts: bool,
    /// Posts go to so many targets by turns, all of one chat.
    pub targets: usize,
    /// The chat deletes what is older.
    pub auto_delete: Option<Duration>,
    /// The journal is on a ref of the remote, and every run has a fresh clone.
    pub git: bool,
    /// So many sends are announced at once.
    pub batch: usize,
    /// A chat in which a message can't be read by an answer to it.
    pub group: bool,
    /// The platform may deny in a whole run that anything is there.
    pub blind: bool,
    /// Two posts are written after the first run, and the journal is removed after the second.
    pub robs: bool,
    /// Only what differs most goes wrong: for scopes that are enumerated.
    pub plain: bool,
    /// Long breaks between runs too.
    pub breaks: bool,
}

const SMALL: Scope = Scope {
    name: "small",
    posts: 2,
    album: None,
    runs: 2,
    faults: 2,
    acts: 1,
    rarity: 1,
    edit_others: false,
    scratch: false,
    receipts: false,
    targets: 1,
    auto_delete: None,
    git: false,
    batch: 1,
    group: false,
    blind: false,
    robs: false,
    plain: true,
    breaks: false,
};

const DRAWN: Scope =
    Scope { posts: 4, runs: 5, faults: 4, acts: 4, rarity: 25, plain: false, breaks: true, ..SMALL };

/// Few posts of which much goes wrong.
const DENSE: Scope = Scope { posts: 2, runs: 3, faults: 3, acts: 2, rarity: 8, ..DRAWN };

/// One thing less goes wrong.
const NARROW: Scope = Scope { faults: 1, ..SMALL };

/// Also what is nearly the same goes wrong.
const WIDE: Scope = Scope { plain: false, ..SMALL };

/// All of them, by name.
pub(crate) const SCOPES: &[Scope] = &[
    SMALL,
    Scope { name: "narrow-git", git: true, ..NARROW },
    Scope { name: "narrow-witnessed", edit_others: true, ..NARROW },
    Scope { name: "narrow-readable", edit_others: true, scratch: true, ..NARROW },
    Scope { name: "narrow-receipts", edit_others: true, receipts: true, ..NARROW },
    Scope { name: "narrow-album", album: Some('A'), ..NARROW },
    Scope { name: "narrow-targets", targets: 2, ..NARROW },
    Scope { name: "wide", ..WIDE },
    Scope { name: "wide-witnessed", edit_others: true, ..WIDE },
    Scope { name: "wide-readable", edit_others: true, scratch: true, ..WIDE },
    Scope { name: "wide-receipts", edit_others: true, receipts: true, ..SMALL },
    Scope { name: "wide-album", album: Some('A'), ..SMALL },
    Scope { name: "wide-targets", targets: 2, ..SMALL },
    Scope { name: "wide-runs", runs: 3, ..SMALL },
    Scope { name: "wide-posts", posts: 3, ..SMALL },
    Scope { name: "wide-git", git: true, ..SMALL },
    Scope { name: "drawn", ..DRAWN },
    Scope { name: "drawn-witnessed", edit_others: true, ..DRAWN },
    Scope { name: "drawn-readable", edit_others: true, scratch: true, ..DRAWN },
    Scope { name: "drawn-receipts", edit_others: true, receipts: true, ..DRAWN },
    Scope { name: "drawn-album", album: Some('B'), ..DRAWN },
    Scope { name: "drawn-targets", targets: 2, ..DRAWN },
    Scope { name: "drawn-git", git: true, ..DRAWN },
    Scope { name: "drawn-git-batch", git: true, batch: 3, edit_others: true, scratch: true, ..DRAWN },
    Scope { name: "drawn-git-targets", git: true, targets: 2, ..DRAWN },
    Scope { name: "dense", ..DENSE },
    Scope { name: "dense-witnessed", edit_others: true, ..DENSE },
    Scope { name: "dense-readable", edit_others: true, scratch: true, ..DENSE },
    Scope { name: "dense-blind", blind: true, ..DENSE },
    Scope { name: "dense-git", git: true, ..DENSE },
    Scope { name: "dense-git-lost", git: true, robs: true, posts: 1, ..DENSE },
    Scope { name: "dense-git-group", git: true, group: true, robs: true, posts: 1, rarity: 6, ..DENSE },
    Scope { name: "drawn-fleeting", auto_delete: Some(Duration::from_hours(24)), ..DRAWN },
];

pub(crate) fn scope(name: &str) -> Scope {
    *SCOPES.iter().find(|scope| scope.name == name).unwrap_or_else(|| panic!("no scope `{name}`"))
}
