//! Files by what they hold: what Telegram has been given once is not uploaded again.

use std::collections::BTreeMap;

use super::{Lock, RecordedItem};
use crate::ids::{BotId, Sha256Hex};
use crate::media::{FileRef, Kind};

/// The files that one bot has in Telegram, whatever target and post they were sent with.
#[derive(Debug, Default)]
pub struct KnownFiles<'a>(BTreeMap<(&'a Sha256Hex, Kind, Option<&'a Sha256Hex>), &'a FileRef>);

impl<'a> KnownFiles<'a> {
    /// Everything the lock knows of this bot's files; nothing of a bot that is not known.
    pub fn of(lock: &'a Lock, bot: Option<BotId>) -> Self {
        let targets = lock.targets.values().filter(|target| bot.is_some() && target.bot == bot);
        let posts = targets.flat_map(|target| target.posts.values());
        let items = posts
            .flat_map(|post| post.parts.iter().flat_map(|part| &part.items).chain(&post.spare))
            .filter_map(|item| Some((item.upload(), item.file.as_ref()?)));
        Self(items.collect())
    }

    /// The file that Telegram has of the same bytes, sent in the same way.
    pub fn find(&self, item: &RecordedItem) -> Option<&'a FileRef> {
        self.0.get(&item.upload()).copied()
    }
}
