//! What leaves the chat: deleted, or, where it is too old for that, turned into a tombstone or left.

use super::call::{End, Op};
use super::step::{StepEnd, judge};
use super::worker::Worker;
use crate::ids::{Digest, MessageId, Slug};
use crate::lock::{Content, Gone, Intent, IntentVerb, Payload, Preview, TargetLock, What};
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
            match self.line.call(intent, &Op::Delete(*id), removed).await? {
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
        let ids = |lock: &TargetLock| lock.posts.get(slug).map(|post| post.ids().collect::<Vec<_>>());
        let ids = self.with_lock(ids).await.unwrap_or_default();
        let completes = self.completes.take();
        let text = Some(self.tombstone().1);
        let buried = What::Buried { slug: slug.clone(), gone: Gone::Tombstone, text };
        let mut there = false;
        for (left, id) in ids.iter().enumerate().rev() {
            self.completes = completes.clone().filter(|_| left == 0);
            let half = What::Unsure { slug: slug.clone(), ids: vec![*id] };
            let what = if left == 0 { buried.clone() } else { half };
            match self.edit_to_tombstone(slug, *id, what).await? {
                End::Done(_) => there = true,
                End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                    let removed = What::Removed { slug: slug.clone(), ids: vec![*id] };
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

    async fn edit_to_tombstone(&self, slug: &Slug, id: MessageId, what: What) -> Result<End, StateError> {
        let payload = self.tombstone().0;
        let mut intent = self.intent(slug, 0, IntentVerb::Edit).await;
        intent.ids = vec![id];
        intent.payload = Some(payload.clone());
        self.line.call(intent, &Op::Edit(id, Outgoing { payload, topic: None }), |_, _| what.clone()).await
    }

    /// What stands where something could not be deleted, and its digest.
    fn tombstone(&self) -> (Payload, Digest) {
        let html = render::escape(&self.job.policy.tombstone_text);
        let text = Digest::of(&html);
        let payload = Payload {
            content: Content::Text { html },
            buttons: Vec::new(),
            preview: Preview { off: true, ..Preview::default() },
            protect: false,
            reply_to: None,
            silent: true,
        };
        (payload, text)
    }

    /// The post is shorter now: its surplus messages go, the last one first, so that what is left is always a beginning.
    pub(super) async fn shrink(
        &mut self,
        slug: &Slug,
        parts: usize,
        how: How,
    ) -> Result<StepEnd, StateError> {
        let completes = self.completes.take();
        loop {
            let last = |lock: &TargetLock| {
                let post = lock.posts.get(slug)?;
                Some((post.parts.len(), *post.parts.last()?.ids.last()?))
            };
            let Some((there, id)) = self.with_lock(last).await.filter(|(there, _)| *there > parts) else {
                return Ok(StepEnd::Done(Vec::new()));
            };
            self.completes = completes.clone().filter(|_| there == parts + 1);
            if let Some(end) = self.drop_part(slug, there - 1, id, how).await? {
                return Ok(end);
            }
        }
    }

    /// Remove the last message of a post; `Some` when that failed. What can't be deleted leaves the parts all the same.
    async fn drop_part(
        &self,
        slug: &Slug,
        parts: usize,
        id: MessageId,
        how: How,
    ) -> Result<Option<StepEnd>, StateError> {
        let set_aside = What::Shrunk { slug: slug.clone(), parts };
        let removed = What::Removed { slug: slug.clone(), ids: vec![id] };
        let end = match how {
            How::Delete => {
                let mut intent = self.intent(slug, parts, IntentVerb::Delete).await;
                intent.ids = vec![id];
                self.line.call(intent, &Op::Delete(id), |_, _| removed.clone()).await?
            }
            How::Tombstone => self.edit_to_tombstone(slug, id, set_aside.clone()).await?,
            How::Keep => return self.fact(set_aside).await.map(|_| None),
        };
        match end {
            End::Done(_) => Ok(None),
            End::Refused(refusal) if refusal.kind == RefusalKind::Gone => {
                self.fact(removed).await.map(|_| None)
            }
            End::Refused(refusal) if refusal.kind == RefusalKind::NotDeletable && how == How::Delete => {
                let end = match self.job.policy.on_undeletable {
                    OnUndeletable::Tombstone => self.edit_to_tombstone(slug, id, set_aside).await?,
                    OnUndeletable::Keep => return self.fact(set_aside).await.map(|_| None),
                };
                Ok((!matches!(end, End::Done(_))).then(|| judge(end)))
            }
            end => Ok(Some(judge(end))),
        }
    }

    async fn keep(&self, slug: &Slug) -> Result<StepEnd, StateError> {
        self.fact(What::Buried { slug: slug.clone(), gone: Gone::Kept, text: None }).await?;
        Ok(StepEnd::Remark("too old to be deleted: kept; delete it by hand".to_owned()))
    }
}
