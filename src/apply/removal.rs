//! What leaves the chat: deleted, or, where it is too old for that, turned into a tombstone or left.

use super::call::{End, Op};
use super::step::{StepEnd, judge};
use super::worker::Worker;
use crate::ids::{Digest, MessageId, Slug};
use crate::lock::{
    Content, Gone, Intent, IntentVerb, Leftover, Payload, Preview, RecordedPart, TargetLock, What,
};
use crate::plan::{How, OnUndeletable};
use crate::ports::{Clock, Outgoing, Platform, RefusalKind, Sent, StateError, StateStore};
use crate::render;

impl<P: Platform + Sync, S: StateStore + Send, C: Clock + Sync> Worker<'_, P, S, C> {
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
        for (left, id) in ids.iter().enumerate().rev() {
            let mut intent = self.intent(slug, 0, IntentVerb::Delete).await;
            intent.ids = vec![*id];
            intent.completes = intent.completes.filter(|_| left == 0);
            let removed = |_: &Intent, _: &[Sent]| What::Removed { slug: slug.clone(), ids: vec![*id] };
            match self.line.call(intent, Op::Delete(*id), removed).await? {
                End::Done(_) => {}
                End::Refused(refusal) if refusal.kind == RefusalKind::NotDeletable => {
                    return match self.job.policy.on_undeletable {
                        OnUndeletable::Tombstone => self.bury(slug).await,
                        OnUndeletable::Keep => self.keep(slug).await,
                    };
                }
                end => return Ok(judge(end)),
            }
        }
        Ok(StepEnd::Done(Vec::new()))
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
            let half = What::Unsure { slug: slug.clone(), ids: vec![grave.id] };
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
        let content =
            if grave.file { Content::Caption { html, above: false } } else { Content::Text { html } };
        let payload = Payload {
            content,
            buttons: Vec::new(),
            preview: Preview { off: true, ..Preview::default() },
            protect: false,
            reply_to: None,
            silent: true,
        };
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
        let grave = Grave { id: left.id, file: left.kind.has_file(), says: true };
        match self.edit_to_tombstone(slug, grave, stays).await? {
            End::Done(_) => Ok(Swept::Stays),
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                let removed = What::Removed { slug: slug.clone(), ids: vec![left.id] };
                self.facts([removed]).await.map(|()| Swept::Gone)
            }
            end => Ok(Swept::Not(judge(end))),
        }
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
    /// It holds a file: its caption is what can be edited.
    file: bool,
    /// It says the tombstone's text; the messages of an album after the first say nothing.
    says: bool,
}

fn graves(part: &RecordedPart) -> impl Iterator<Item = Grave> {
    let messages = part.messages().enumerate();
    messages.map(|(index, (id, kind))| Grave { id, file: kind.has_file(), says: index == 0 })
}
