//! Carrying the mirror out: one shelf after another, recorded as it goes.

use super::context::Context;
use super::{Exit, Failure};
use crate::apply::{Ledger, Stop};
use crate::clock::AnyClock;
use crate::lock::MirrorEvent;
use crate::mirror::{self, Hands, MirrorPlan, Notify, Report, Shelf, Whose};
use crate::ports::{Clock as _, StateError, StateStore};
use crate::store::{AnyStore, kind_of};

/// What a run works with.
pub(super) struct Run<'r, S> {
    pub context: &'r Context,
    pub clock: &'r AnyClock,
    pub store: &'r AnyStore<'r>,
    pub ledger: &'r mut Ledger<S>,
    pub stop: &'r Stop,
    pub on_uploaded: Option<&'r Notify>,
    /// Variables that a command does not get.
    pub secrets: Vec<String>,
}

/// What a look at the store showed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    /// Objects that are there as they should be, though nothing here knew.
    pub found: usize,
    /// Objects that are not there as recorded.
    pub lost: usize,
}

impl<S: StateStore> Run<'_, S> {
    /// Find what the store has already, where nothing here knows. With `refresh` what is known is not believed before it
    /// was looked at.
    pub(super) async fn look(&mut self, shelf: &mut Shelf, refresh: bool) -> Result<Looked, Failure> {
        if shelf.whose == Whose::Source {
            shelf.remember(self.store).await?;
        }
        let mut looked = Looked::default();
        if refresh && shelf.known.store.as_ref() == Some(&shelf.store) {
            let differences = mirror::compare(self.store, shelf, 0).await?.differences;
            looked.lost = differences.len();
            let lost = differences.into_iter().map(|found| MirrorEvent::Lost { key: found.key });
            self.fold(shelf, lost.collect()).await?;
        }
        if !shelf.has_gaps() {
            return Ok(looked);
        }
        let found = shelf.look(self.store).await?;
        let mut events = Vec::new();
        if shelf.whose == Whose::Posts {
            events.push(MirrorEvent::Opened { store: shelf.store.clone() });
        }
        looked.found = found.len();
        events.extend(found);
        self.fold(shelf, events).await?;
        Ok(looked)
    }

    async fn fold(&mut self, shelf: &mut Shelf, events: Vec<MirrorEvent>) -> Result<(), StateError> {
        let (whose, clock) = (shelf.whose, self.clock);
        let ledger = &mut *self.ledger;
        shelf.fold(events, &mut async |events| keep(whose, clock, ledger, events).await).await
    }

    /// Carry the plan of a shelf out, with a bar that counts bytes, and tell who wants to know.
    pub(super) async fn carry_out(
        &mut self,
        shelf: &mut Shelf,
        plan: &MirrorPlan,
    ) -> Result<Report, Failure> {
        let bar = self.context.byte_progress(plan.bytes());
        let stop = self.stop.clone();
        let hands = Hands { stop: &move || stop.is_requested(), progress: &|bytes| bar.inc(bytes), kind_of };
        let (whose, clock) = (shelf.whose, self.clock);
        let ledger = &mut *self.ledger;
        let record = async |events: Vec<MirrorEvent>| keep(whose, clock, ledger, events).await;
        let report = shelf.carry_out(self.store, plan, &hands, record).await;
        bar.finish_and_clear();
        Ok(report?)
    }

    /// Tell `mirror.on_uploaded` of everything it has not been told of; how many objects.
    pub(super) async fn tell(&mut self, shelf: &mut Shelf) -> Result<usize, Failure> {
        let (Some(to), Some((notice, keys))) = (self.on_uploaded, shelf.notice()) else { return Ok(0) };
        mirror::notify(to, &notice, &self.secrets).await.map_err(|error| {
            Failure::new(Exit::Partly, error.to_string())
                .hint("the objects are in the store; the next run tells again, with the same ids")
        })?;
        let count = keys.len();
        self.fold(shelf, vec![MirrorEvent::Told { keys }]).await?;
        if shelf.whose == Whose::Source {
            let (whose, clock) = (shelf.whose, self.clock);
            let ledger = &mut *self.ledger;
            let mut record = async |events: Vec<MirrorEvent>| keep(whose, clock, ledger, events).await;
            shelf.put_index(self.store, &mut record).await?.map_err(Failure::from)?;
        }
        Ok(count)
    }
}

/// What happens to media of posts is written down; a source remembers in the store.
async fn keep<S: StateStore>(
    whose: Whose,
    clock: &AnyClock,
    ledger: &mut Ledger<S>,
    events: Vec<MirrorEvent>,
) -> Result<(), StateError> {
    match whose {
        Whose::Posts => ledger.mirror(clock.now().await, events).await,
        Whose::Source => Ok(()),
    }
}
