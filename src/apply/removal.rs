//! What leaves the chat: deleted, or, where it is too old for that, turned into a tombstone or left.

use super::call::{End, Op};
use super::end::StepEnd;
use super::step::judge;
use super::worker::Worker;
use crate::ids::{Digest, MessageId, Slug};
use crate::lock::{
    Content, Gone, Intent, IntentVerb, Kind, Leftover, Payload, Preview, RecordedPart, TargetLock, What,
};
use crate::plan::{How, OnUndeletable};
use crate::ports::{
    Clock, MAX_DELETED, Outgoing, Platform, RefusalKind, Sent, StateError, StateStore, Witness,
};
use crate::render;

impl<P: Platform + Witness + Sync, S: StateStore + Send, C: Clock + Sync> Worker<'_, P, S, C> {
    pub(super) async fn remove(
        &mut self,
        slug: &Slug,
        ids: &[MessageId],
        how: How,
    ) -> Result<StepEnd, StateError> {
        match how {
            How::Tombstone => return self.bury(slug).await,
            How::Keep => return self.keep(slug).await,
            How::Delete => {}
        }
        // The first message goes last: it is what an approval of the rest knows the post by.
        for batch in ids.chunks(MAX_DELETED).rev() {
            let last = batch.first() == ids.first();
            match self.delete_batch(slug, batch, last).await? {
                End::Done(_) => {}
                End::Refused(no) if no.kind == RefusalKind::NotDeletable && ids.len() > 1 => {
                    return self.remove_one_by_one(slug, ids).await;
                }
                End::Refused(no) if no.kind == RefusalKind::NotDeletable => return self.let_be(slug).await,
                end => return Ok(judge(end)),
            }
        }
        Ok(StepEnd::Done(Vec::new()))
    }

    /// `last`: with them the change is complete.
    async fn delete_batch(&self, slug: &Slug, batch: &[MessageId], last: bool) -> Result<End, StateError> {
        let mut intent = self.intent(slug, 0, IntentVerb::Delete).await;
        intent.ids = batch.to_vec();
        intent.completes = intent.completes.filter(|_| last);
        let removed =
            |intent: &Intent, _: &[Sent]| What::Removed { slug: slug.clone(), ids: intent.ids.clone() };
        let op = match batch {
            [id] => Op::Delete(*id),
            _ => Op::DeleteAll(batch.to_vec()),
        };
        self.line.call(intent, op, removed).await
    }

    /// One of them can't be deleted: the others still can.
    async fn remove_one_by_one(&mut self, slug: &Slug, ids: &[MessageId]) -> Result<StepEnd, StateError> {
        for (left, id) in ids.iter().enumerate().rev() {
            match self.delete_batch(slug, &[*id], left == 0).await? {
                End::Done(_) => {}
                End::Refused(refusal) if refusal.kind == RefusalKind::NotDeletable => {
                    return self.let_be(slug).await;
                }
                end => return Ok(judge(end)),
            }
        }
        Ok(StepEnd::Done(Vec::new()))
    }

    async fn let_be(&mut self, slug: &Slug) -> Result<StepEnd, StateError> {
        match self.job.policy.on_undeletable {
            OnUndeletable::Tombstone => self.bury(slug).await,
            OnUndeletable::Keep => self.keep(slug).await,
        }
    }

    /// Too old to be deleted: the text of each of its messages becomes the tombstone. The post counts as buried with the
    /// last one; what a run that ends before leaves half buried is unsure.
    async fn bury(&mut self, slug: &Slug) -> Result<StepEnd, StateError> {
        let parts = |lock: &TargetLock| lock.posts.get(slug).map(|post| post.parts.clone());
        let parts = self.with_lock(parts).await.unwrap_or_default();
        let graves: Vec<Grave> = parts.iter().flat_map(graves).collect();
        let completes = self.completes.take();
        let text = Some(Digest::of(&self.tombstone()));
        let buried = What::Buried { slug: slug.clone(), gone: Gone::Tombstone, text };
        let mut there = false;
        for (left, grave) in graves.iter().enumerate().rev() {
            self.completes = completes.clone().filter(|_| left == 0);
            let half = What::Unsure { slug: slug.clone(), ids: vec![grave.id], at: None };
            let what = if left == 0 { buried.clone() } else { half };
            match self.edit_to_tombstone(slug, *grave, what).await? {
                End::Done(_) => there = true,
                End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                    let removed = What::Removed { slug: slug.clone(), ids: vec![grave.id] };
                    let rest = (left == 0 && there).then(|| buried.clone());
                    self.facts([removed].into_iter().chain(rest)).await?;
                }
                end => return Ok(judge(end)),
            }
        }
        let what =
            if there { "too old to be deleted: edited to the tombstone text" } else { "it was gone already" };
        Ok(StepEnd::Remark(what.to_owned()))
    }

    async fn edit_to_tombstone(&self, slug: &Slug, grave: Grave, what: What) -> Result<End, StateError> {
        let html = if grave.says { self.tombstone() } else { String::new() };
        let content = match grave.kind {
            kind if !kind.has_file() => Content::Text { html },
            of if grave.file_goes => Content::Grave { html, of },
            _ => Content::Caption { html, above: false },
        };
        let payload = Payload {
            content,
            buttons: Vec::new(),
            preview: Preview { off: true, ..Preview::default() },
            protect: false,
            reply_to: None,
            silent: true,
        };
        if !self.outwait(slug, grave.id).await? {
            return Ok(End::Stopped);
        }
        let mut intent = self.intent(slug, 0, IntentVerb::Edit).await;
        intent.ids = vec![grave.id];
        intent.payload = Some(payload.clone());
        let op = Op::Edit(grave.id, Outgoing { payload, topic: None });
        self.line.call(intent, op, |_, _| what.clone()).await
    }

    /// What stands where something could not be deleted.
    fn tombstone(&self) -> String {
        render::escape(&self.job.policy.tombstone_text)
    }

    /// Messages that are left over go, the oldest one last. What can't be deleted stays, and is not tried again.
    pub(super) async fn sweep(
        &mut self,
        slug: &Slug,
        ids: &[MessageId],
        how: How,
    ) -> Result<StepEnd, StateError> {
        let left = |lock: &TargetLock| lock.posts.get(slug).map(|post| post.leftovers().cloned().collect());
        let left: Vec<Leftover> = self.with_lock(left).await.unwrap_or_default();
        if how == How::Delete && self.sweep_batch(slug, &left, ids).await? {
            return Ok(StepEnd::Done(Vec::new()));
        }
        let mut stay = 0;
        for left in left.iter().filter(|left| ids.contains(&left.id)).rev() {
            let end = match how {
                How::Delete => self.delete_leftover(slug, left).await?,
                how => self.let_stay(slug, left, how).await?,
            };
            match end {
                Swept::Gone => {}
                Swept::Stays => stay += 1,
                Swept::Not(end) => return Ok(end),
            }
        }
        Ok(match stay {
            0 => StepEnd::Done(Vec::new()),
            1 => StepEnd::Remark("1 old message is too old to be deleted".to_owned()),
            n => StepEnd::Remark(format!("{n} old messages are too old to be deleted")),
        })
    }

    /// All at once, where they are several and none is too old. `false`: they go one by one.
    async fn sweep_batch(
        &self,
        slug: &Slug,
        left: &[Leftover],
        ids: &[MessageId],
    ) -> Result<bool, StateError> {
        let those: Vec<MessageId> = left.iter().map(|left| left.id).filter(|id| ids.contains(id)).collect();
        if !(2..=MAX_DELETED).contains(&those.len()) {
            return Ok(false);
        }
        Ok(matches!(self.delete_batch(slug, &those, false).await?, End::Done(_)))
    }

    async fn delete_leftover(&self, slug: &Slug, left: &Leftover) -> Result<Swept, StateError> {
        let mut intent = self.intent(slug, 0, IntentVerb::Delete).await;
        intent.ids = vec![left.id];
        let removed = |_: &Intent, _: &[Sent]| What::Removed { slug: slug.clone(), ids: vec![left.id] };
        match self.line.call(intent, Op::Delete(left.id), removed).await? {
            End::Done(_) => Ok(Swept::Gone),
            End::Refused(refusal) if refusal.kind == RefusalKind::NotDeletable => {
                let how = match self.job.policy.on_undeletable {
                    OnUndeletable::Tombstone => How::Tombstone,
                    OnUndeletable::Keep => How::Keep,
                };
                self.let_stay(slug, left, how).await
            }
            end => Ok(Swept::Not(judge(end))),
        }
    }

    async fn let_stay(&self, slug: &Slug, left: &Leftover, how: How) -> Result<Swept, StateError> {
        let stays = What::Stays { slug: slug.clone(), ids: vec![left.id] };
        if how == How::Keep {
            return self.facts([stays]).await.map(|()| Swept::Stays);
        }
        let grave = Grave::new(left.id, left.kind, true);
        match self.edit_to_tombstone(slug, grave, stays).await? {
            End::Done(_) => Ok(Swept::Stays),
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                let removed = What::Removed { slug: slug.clone(), ids: vec![left.id] };
                self.facts([removed]).await.map(|()| Swept::Gone)
            }
            end => Ok(Swept::Not(judge(end))),
        }
    }

    /// A message of somebody else: claimed first, so that no id is deleted that the lock does not hold.
    pub(super) async fn expel(&self, name: &Slug, id: MessageId) -> Result<StepEnd, StateError> {
        let now = self.line.clock.now().await;
        let claim = What::Stray { slug: None, message: id };
        self.ledger.lock().await.facts(now, &self.job.plan.target, [claim]).await?;
        let mut intent = self.intent(name, 0, IntentVerb::Delete).await;
        intent.ids = vec![id];
        let swept = |_: &Intent, _: &[Sent]| What::Swept { message: id };
        let end = self.line.call(intent, Op::Delete(id), swept).await?;
        if let End::Refused(_) = &end {
            let left = What::Swept { message: id };
            self.ledger.lock().await.facts(now, &self.job.plan.target, [left]).await?;
        }
        Ok(judge(end))
    }

    async fn keep(&self, slug: &Slug) -> Result<StepEnd, StateError> {
        self.fact(What::Buried { slug: slug.clone(), gone: Gone::Kept, text: None }).await?;
        Ok(StepEnd::Remark("too old to be deleted: kept; delete it by hand".to_owned()))
    }
}

/// What became of a message that was left over.
enum Swept {
    Gone,
    Stays,
    Not(StepEnd),
}

/// A message that is to become a tombstone.
#[derive(Debug, Clone, Copy)]
struct Grave {
    id: MessageId,
    /// Of an album, that of this item.
    kind: Kind,
    /// Its file can be replaced: not that of a voice message, nor of music in an album, where only music may stand.
    file_goes: bool,
    /// It says the tombstone's text; the messages of an album after the first say nothing.
    says: bool,
}

impl Grave {
    /// A message that may be of an album.
    fn new(id: MessageId, kind: Kind, says: bool) -> Self {
        Self { id, kind, file_goes: !matches!(kind, Kind::Voice | Kind::Audio), says }
    }
}

fn graves(part: &RecordedPart) -> impl Iterator<Item = Grave> {
    let single = part.kind != Kind::Album;
    part.messages().enumerate().map(move |(index, (id, kind))| {
        let grave = Grave::new(id, kind, index == 0);
        Grave { file_goes: grave.file_goes || single && kind == Kind::Audio, ..grave }
    })
}
