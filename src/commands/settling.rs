//! Before anything is planned: what became of sends that nobody saw the end of.

use std::collections::BTreeSet;

use tokio::sync::Mutex;

use super::Failure;
use super::context::Context;
use super::leasing::Store;
use super::preflight::{self, Ready};
use super::project::Project;
use crate::apply::settle::{self, Settlement, Spans};
use crate::apply::{Ledger, Orders, Patience, Rules, Site};
use crate::clock::AnyClock;
use crate::config;
use crate::ids::{TargetName, Timestamp};
use crate::lock::Lock;
use crate::plan::ChatLinks;

/// What settling needs beside the lock.
pub(super) struct Settling<'a> {
    pub context: &'a Context,
    pub project: &'a Project,
    pub clock: &'a AnyClock,
    /// When the calls of the run before had ended at the latest, where it did not say so.
    pub quiet: Option<Timestamp>,
    /// Look also for what a person was asked about already.
    pub again: bool,
}

impl Settling<'_> {
    /// Settle what is in doubt in the chats of these targets. Nothing is saved yet.
    pub(super) async fn settle(
        &self,
        targets: &[TargetName],
        ledger: Ledger<Store>,
    ) -> (Ledger<Store>, Result<Settlement, Failure>) {
        let ready = self.connect(targets, ledger.lock()).await;
        if ready.is_empty() {
            return (ledger, Ok(Settlement::default()));
        }
        let sites: Vec<Site<'_, _>> =
            ready.iter().map(|(name, ready, links)| site(self.project, name, ready, links)).collect();
        let aside = |aside: &crate::apply::Aside| self.context.show_aside(aside);
        let orders =
            Orders { aside: &aside, ask_again: self.again, ..orders(self.context, self.project, self.quiet) };
        let ledger = Mutex::new(ledger);
        let (settlement, result) = settle::settle(&sites, &ledger, self.clock, &orders).await;
        (ledger.into_inner(), result.map(|()| settlement).map_err(Failure::from))
    }

    /// Targets whose chats have to be looked at, one for each chat. One that does not answer is left as it is: its doubts
    /// are shown.
    async fn connect<'t>(
        &self,
        targets: &'t [TargetName],
        lock: &Lock,
    ) -> Vec<(&'t TargetName, Ready, ChatLinks)> {
        let mut chats = BTreeSet::new();
        let mut all = Vec::new();
        for name in targets {
            let recorded = lock.target(name);
            let config = self.project.config.targets.get(name);
            let (Some(chat), Some(target)) = (recorded.chat, config) else { continue };
            let open =
                if self.again { !recorded.doubt.is_empty() } else { settle::needs_settling(lock, chat) };
            if !open || lock.hold.all || !chats.insert(chat) {
                continue;
            }
            match preflight::connect(self.context, self.project, (name, target), &recorded).await {
                Ok(ready) => {
                    all.push((name, ready, ChatLinks::of(target.policy.chat.as_ref(), Some(chat))));
                }
                Err(failure) => {
                    let warning = self.context.talk.warning("warning:");
                    let why = failure.message;
                    self.context.say(&format!("{warning} what is in doubt can't be settled: {why}"));
                }
            }
        }
        all
    }
}

/// Orders that say nothing and wait as long as is believed to be needed. `quiet`: when the calls of the run before had
/// ended at the latest, where it did not say so.
pub(super) fn orders<'a>(context: &'a Context, project: &Project, quiet: Option<Timestamp>) -> Orders<'a> {
    Orders {
        stop: context.stop(),
        tell: &|_, _| {},
        aside: &|_| {},
        patience: patience(&project.config.patience),
        quiet,
        batch: 1,
        ask_again: false,
        rules: Rules::default(),
        commit: None,
        narrowed: false,
    }
}

fn patience(settings: &config::Patience) -> Patience {
    let spans = |files| {
        let terms = settings.terms(files);
        Spans { call: terms.call, late: terms.late }
    };
    Patience { text: spans(false), media: spans(true) }
}

fn site<'a>(
    project: &Project,
    name: &'a TargetName,
    ready: &'a Ready,
    links: &'a ChatLinks,
) -> Site<'a, crate::telegram::BotApi> {
    let policy = &project.config.targets[name].policy;
    Site {
        target: name,
        platform: &ready.api,
        chat: ready.description.chat,
        bot: ready.description.bot,
        kind: ready.description.kind,
        rights: ready.description.rights,
        scratch: policy.scratch_chat,
        on_missing: policy.on_missing,
        links,
    }
}
