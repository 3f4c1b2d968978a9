//! Posts of others, as far as updates tell of them: for a day, and only where nobody else reads them (Bot API
//! `getUpdates`, checked 2026-11-21). Updates are looked at and not forgotten: whoever settles a doubt needs them.

use std::collections::BTreeSet;

use super::Site;
use super::site::End;
use crate::ids::MessageId;
use crate::ports::{CallError, Clock, HeardOf, Probe, Witness};

/// Updates that one answer holds at most (`limit`).
const PAGE: usize = 100;

/// What others posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// What is in the chat right now.
    pub posts: BTreeSet<MessageId>,
    pub notes: Vec<String>,
}

/// What others posted in this chat. `from`: the update to begin with; `known`: messages that an update told of before;
/// `own`: those that are accounted for.
pub async fn others<P, C>(
    site: &Site<'_, P, C>,
    from: Option<i64>,
    (known, own): (&[MessageId], &BTreeSet<MessageId>),
) -> Others
where
    P: Witness + Sync,
    C: Clock + Sync,
{
    let mut others = Others::default();
    let result = find(site, from, (known, own), &mut others).await;
    if let Err(why) = result {
        others.notes.push(format!("posts of others can't be told: {}", why.how()));
    }
    others
}

async fn find<P, C>(
    site: &Site<'_, P, C>,
    from: Option<i64>,
    (known, own): (&[MessageId], &BTreeSet<MessageId>),
    others: &mut Others,
) -> Result<(), End>
where
    P: Witness + Sync,
    C: Clock + Sync,
{
    let heard = match site.ask(None, || site.platform.hear(from)).await? {
        Ok(heard) => heard,
        Err(error) => {
            others.notes.push(format!("posts of others can't be told: {error}"));
            Vec::new()
        }
    };
    if heard.len() >= PAGE {
        let what = "updates are waiting, and those after the first 100 were not looked at";
        others.notes.push(format!("more than {PAGE} {what}"));
    }
    let told = heard.iter().filter(|heard| heard.chat == site.chat).filter_map(|heard| match heard.what {
        HeardOf::Post(id) | HeardOf::Edit(id) => Some(id),
        HeardOf::Service(_) | HeardOf::Receipt { .. } | HeardOf::Other => None,
    });
    let candidates: BTreeSet<MessageId> = told.chain(known.iter().copied()).collect();
    for id in candidates.difference(own) {
        if is_there(site, *id).await? {
            others.posts.insert(*id);
        }
    }
    Ok(())
}

/// Its author may have deleted it since.
async fn is_there<P, C>(site: &Site<'_, P, C>, id: MessageId) -> Result<bool, End>
where
    P: Witness + Sync,
    C: Clock + Sync,
{
    match site.ask(Some(site.chat), || site.platform.probe(id)).await? {
        Ok(probe) => Ok(matches!(probe, Probe::There { .. } | Probe::Locked)),
        Err(CallError::Refused(_)) => Ok(false),
        Err(error) => Err(End::Failed(error.to_string())),
    }
}
