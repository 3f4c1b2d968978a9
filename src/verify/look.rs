//! Looking: one message after the other, at Telegram's pace.

use super::judge::{probed, read};
use super::site::End;
use super::{Finding, How, Item, Site, State};
use crate::ids::{ChatId, MessageId};
use crate::ports::{CallError, Clock, Probe, Reading, RefusalKind, Witness};

/// An id that no chat gets to.
const IMPOSSIBLE: MessageId = MessageId(i32::MAX);

/// Calls that a message takes which is forwarded, the copy deleted; and one that has to be copied.
const FORWARDED: usize = 2;
const COPIED: usize = 4;

/// What came of it.
#[derive(Debug, Default)]
pub struct Looked {
    /// In the order of the items.
    pub findings: Vec<Finding>,
    /// Calls to the platform.
    pub calls: usize,
    pub notes: Vec<String>,
    /// Why it ended before its end, if that is a failure.
    pub failed: Option<String>,
}

/// Look at these messages, as far as `budget` calls go. `tell` is called after each.
pub async fn look<P, C>(
    site: &Site<'_, P, C>,
    items: &[Item],
    budget: Option<usize>,
    tell: &(dyn Fn() + Sync),
) -> Looked
where
    P: Witness + Sync,
    C: Clock + Sync,
{
    let mut eye = Eye {
        site,
        looked: Looked::default(),
        left: budget.unwrap_or(usize::MAX),
        scratch: site.scratch,
        reading: FORWARDED,
        trusted: None,
    };
    let mut end = None;
    for item in items {
        let finding = match &end {
            None => eye.look_at(item).await,
            Some(how) => Err(End::clone(how)),
        };
        let finding = finding.unwrap_or_else(|why| {
            let finding = Finding::new(item, State::Unknown, why.how());
            end.get_or_insert(why);
            finding
        });
        eye.looked.findings.push(finding);
        tell();
    }
    if let Some(End::Failed(why)) = end {
        eye.looked.failed = Some(why);
    }
    eye.conclude()
}

struct Eye<'a, P, C> {
    site: &'a Site<'a, P, C>,
    looked: Looked,
    left: usize,
    /// `None`: there is none, or it is of no use.
    scratch: Option<ChatId>,
    /// Calls that the next reading may take.
    reading: usize,
    /// Whether what Telegram says of a message that can't be there is what it should say; `None`: not asked yet.
    trusted: Option<Result<(), String>>,
}

impl<P: Witness + Sync, C: Clock + Sync> Eye<'_, P, C> {
    async fn look_at(&mut self, item: &Item) -> Result<Finding, End> {
        if let Some(scratch) = self.scratch {
            match self.read(item, scratch).await? {
                Some(Reading::Seen(seen)) => return Ok(read(item, &seen)),
                Some(Reading::Unreadable(words)) => {
                    return Ok(Finding::new(item, State::Unknown, How::Unreadable(words)));
                }
                // It is there, or it is not: a probe tells, as it does where there is no scratch chat.
                Some(Reading::Missing) | None => {}
            }
        }
        let first = self.probe(item.id).await?;
        if first != Probe::Missing {
            return Ok(probed(item, &first));
        }
        self.missing(item).await
    }

    /// Only what is said twice is believed, by a platform that knows what can't be there.
    async fn missing(&mut self, item: &Item) -> Result<Finding, End> {
        if self.trusted.is_none() {
            let said = self.probe(IMPOSSIBLE).await?;
            let odd = || format!("Telegram says of a message that can't be there: {}", words(&said));
            self.trusted = Some(if said == Probe::Missing { Ok(()) } else { Err(odd()) });
        }
        if let Some(Err(odd)) = &self.trusted {
            return Ok(Finding::new(item, State::Unknown, How::Unclear(odd.clone())));
        }
        let second = self.probe(item.id).await?;
        if second == Probe::Missing {
            return Ok(Finding::new(item, State::Deleted, How::NotFound));
        }
        Ok(probed(item, &second))
    }

    async fn probe(&mut self, id: MessageId) -> Result<Probe, End> {
        self.spend(1)?;
        match self.site.ask(Some(self.site.chat), || self.site.platform.probe(id)).await? {
            Ok(probe) => Ok(probe),
            Err(CallError::Refused(no)) if no.kind == RefusalKind::Access => Err(End::Failed(no.text)),
            Err(error) => Ok(Probe::Opaque(error.to_string())),
        }
    }

    /// `None`: the scratch chat is of no use.
    async fn read(&mut self, item: &Item, scratch: ChatId) -> Result<Option<Reading>, End> {
        if self.left < self.reading {
            return Err(End::Budget);
        }
        let reading = match self.site.ask(Some(scratch), || self.site.platform.read(item.id, scratch)).await?
        {
            Ok(reading) => reading,
            Err(error) => {
                self.spend(1)?;
                self.looked.notes.push(format!("the scratch chat {scratch} is of no use: {error}"));
                self.scratch = None;
                return Ok(None);
            }
        };
        let copied = match &reading {
            Reading::Seen(seen) => seen.copied,
            Reading::Missing | Reading::Unreadable(_) => false,
        };
        let calls = if copied { COPIED } else { FORWARDED };
        self.reading = self.reading.max(calls);
        self.spend(calls.min(self.left))?;
        Ok(Some(reading))
    }

    fn spend(&mut self, calls: usize) -> Result<(), End> {
        self.left = self.left.checked_sub(calls).ok_or(End::Budget)?;
        self.looked.calls += calls;
        Ok(())
    }

    fn conclude(self) -> Looked {
        let mut looked = self.looked;
        let seen = looked.findings.iter().filter(|finding| finding.was_looked_at());
        let (gone, all) = seen.fold((0, 0), |(gone, all), finding| {
            (gone + usize::from(finding.state == State::Deleted), all + 1)
        });
        if gone == all && all > 1 {
            let what = "not one of the messages that were looked at is there: is it the right chat?";
            looked.notes.push(what.to_owned());
        }
        looked
    }
}

fn words(probe: &Probe) -> &str {
    match probe {
        Probe::There { .. } => "it is there",
        Probe::Locked => "it can't be edited",
        Probe::Missing => "it is not there",
        Probe::Opaque(words) => words,
    }
}
