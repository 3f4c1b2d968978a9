//! What must hold: at every instant, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use tgsync::ids::{MessageId, Slug};
use tgsync::lock::{Lock, Recorded, TargetLock};

use crate::chat::{By, Effect, Message};
use crate::source::{CHAT, Content, policy, read_back, target_name};
use crate::world::{Halt, World};

impl World {
    /// What is written down of the chat, target by target.
    fn recorded(&mut self) -> Vec<TargetLock> {
        match self.known().map(|lock| lock.of_chat(CHAT).cloned().collect()) {
            Ok(targets) => targets,
            Err(error) => {
                self.broken(error);
                Vec::new()
            }
        }
    }

    /// Messages that the state holds as the bot's own.
    pub(crate) fn held(&mut self) -> BTreeSet<i32> {
        self.recorded().iter().flat_map(held).collect()
    }
}

impl World {
    /// A marker that nobody could delete for 48 hours: no bot can any more. Where the bot may edit posts of others it is known
    /// by the updates that did not tell of it, and these are kept for a day: no run for longer than that, and it may stay.
    fn stays(&self, id: i32, message: &Message) -> bool {
        let hours = self.now.duration_since(message.sent).as_hours();
        let is_own = |(other, message): (&i32, &Message)| *other < id && message.by != By::Person;
        let deaf = self.was_deaf || !self.messages.iter().any(is_own);
        message.by == By::Marker && (hours >= 48 || self.robbed || self.edit_others && deaf)
    }
}

fn held(target: &TargetLock) -> Vec<i32> {
    let posts = target.posts.values().flat_map(Recorded::ids);
    let beside = target.watch.markers.iter().chain(&target.watch.strays).copied();
    posts.chain(beside).map(|id| id.0).collect()
}

/// Nothing is edited or deleted that the journal does not hold, and nothing of people.
pub(crate) fn before_call(world: &mut World, effect: &Effect) {
    only_with_lease(world, effect);
    let (Effect::Edit(id, _) | Effect::Delete(id)) = effect else { return };
    if world.misled {
        return;
    }
    // A marker that was answered to this very run.
    let answered = matches!(effect, Effect::Delete(_)) && world.answered.contains(&(world.active, id.0));
    if !answered && !world.held().contains(&id.0) {
        world.broken(format!("{}, which the journal does not hold", effect.name()));
    }
    if world.messages.get(&id.0).is_some_and(|message| message.by == By::Person) {
        world.broken(format!("{}, which is a person's", effect.name()));
    }
}

/// A run that lost its lease, or its turn, makes one call more at the most: the one that it was about to make.
fn only_with_lease(world: &mut World, effect: &Effect) {
    let began = world.runs.get(&world.active).copied().unwrap_or_default();
    if world.remote.is_anothers(&format!("run-{}", world.active), began) {
        let calls = world.overdue.entry(world.active).or_default();
        *calls += 1;
        if *calls > 1 {
            world.broken(format!("{}, and another run has the lease", effect.name()));
        }
    }
}

/// Something changed in the chat.
pub(crate) fn after_effect(world: &mut World) {
    explained(world);
}

/// Something was written down: the next run may start here.
pub(crate) fn after_write(world: &mut World) {
    explained(world);
}

/// Every message of the bot is explained by what is written down, and by nothing that says it is somebody else's.
fn explained(world: &mut World) {
    if world.misled
        || world.robbed
        || world.halt.as_ref().is_some_and(|halt| matches!(halt, Halt::Broken(_) | Halt::Known))
    {
        return;
    }
    if world.messages.is_empty() || world.is_known_to_hold() {
        return;
    }
    let targets = world.recorded();
    let held: BTreeSet<i32> = targets.iter().flat_map(held).collect();
    let others: BTreeSet<MessageId> = targets.iter().flat_map(|target| target.watch.others.clone()).collect();
    let ours =
        world.messages.iter().filter(|(id, message)| message.by != By::Person && !world.stays(**id, message));
    let mut odd = None;
    for (id, message) in ours {
        if others.contains(&MessageId(*id)) {
            odd = Some(format!("message {id} ({:?}) is written down as somebody else's", message.by));
        } else if !held.contains(id) && !targets.iter().any(|target| is_awaited(target, *id, message.by)) {
            let by = message.by;
            odd = Some(format!("message {id} ({by:?}) is explained by nothing that was written down"));
        }
    }
    let persons = world.messages.iter().filter(|(_, message)| message.by == By::Person);
    // What a person copied by hand when nobody listened looks the same, where the bot may edit posts of others.
    let looks_ours =
        |message: &Message| world.edit_others && world.was_deaf && read_back(&message.says).is_some();
    let taken: Vec<(&i32, bool)> =
        persons.filter(|(id, _)| held.contains(id)).map(|(id, message)| (id, looks_ours(message))).collect();
    if let Some((id, _)) = taken.iter().find(|(_, looks_ours)| !looks_ours) {
        odd = Some(format!("message {id}, which is a person's, is written down as the bot's"));
    }
    world.misled |= odd.is_none() && !taken.is_empty();
    if let Some(odd) = odd {
        world.broken(odd);
    }
}

/// A send that is under way, in doubt or not excluded for good may be it, or a marker.
fn is_awaited(target: &TargetLock, id: i32, by: By) -> bool {
    let letter = |slug: &Slug| slug.as_str().chars().next().map(|letter| letter.to_ascii_uppercase());
    let in_doubt = target.doubt.iter().map(|pending| (pending.after, Some(&pending.slug)));
    let tickets = target.watch.tickets.iter().map(|ticket| (ticket.top, ticket.slug.as_ref()));
    in_doubt.chain(tickets).any(|(after, slug)| {
        let what = slug.and_then(letter).map_or(By::Marker, By::Bot);
        after.0 < id && what == by
    })
}

/// After a clean run with people quiet: every post exactly once, in order, nothing left to do, few questions asked.
pub(crate) fn at_the_end(world: &mut World) {
    // A fault leaves a batch in doubt at the most; people can take the journal away, and with it all that is planned.
    let (asked, causes) = (world.asked.len(), world.spent.faults + world.spent.acts);
    let most = if world.scope.git { world.scope.posts.max(world.scope.batch) } else { 1 };
    if asked > causes * most {
        world.broken(format!("{asked} questions for {causes} causes"));
    }
    if world.misled {
        return;
    }
    let mut shown: BTreeMap<char, Vec<i32>> = BTreeMap::new();
    for (id, message) in &world.messages {
        match message.by {
            By::Bot(letter) => shown.entry(letter).or_default().push(*id),
            By::Marker if world.stays(*id, message) => {}
            By::Marker => return world.broken(format!("marker {id} is left")),
            By::Person => {}
        }
    }
    for draft in world.source.clone() {
        let ids = shown.remove(&draft.letter).unwrap_or_default();
        post_at_the_end(world, &draft, &ids);
    }
    let buried = |id: &i32| world.messages[id].says == policy(0).tombstone_text;
    shown.retain(|_, ids| !world.robbed && !ids.iter().any(buried));
    if let Some((letter, ids)) = shown.first_key_value() {
        world.broken(format!("post {letter} was removed, and there are messages of it: {ids:?}"));
    }
    order_at_the_end(world);
    nothing_left(world);
}

fn post_at_the_end(world: &mut World, draft: &crate::source::Draft, ids: &[i32]) {
    let (letter, wanted) = (draft.letter, draft.files.max(1));
    let buried = |id: &&i32| world.messages[id].says == policy(0).tombstone_text;
    let ids: Vec<i32> = ids.iter().filter(|id| !buried(id)).copied().collect();
    let known = world.known().map(|lock| lock.target(&target_name(draft.target)));
    let record = known.ok().and_then(|target| target.posts.get(&draft.slug()).cloned());
    let recorded: Vec<i32> = record.iter().flat_map(Recorded::ids).map(|id| id.0).collect();
    if ids.len() > wanted {
        return world.broken(format!("post {letter} is there more than once: {ids:?}"));
    }
    if ids.len() < wanted && !world.meddled.contains(&letter) {
        return world.broken(format!("post {letter} is missing: there are {ids:?}"));
    }
    if let Some(id) = ids.iter().find(|id| !recorded.contains(id)) {
        return world.broken(format!("message {id} of post {letter} is not recorded: {recorded:?}"));
    }
    let Some(first) = ids.first().and_then(|id| world.messages.get(id)) else { return };
    let (says, meddled) = (first.says.clone(), first.meddled);
    let partial = ids.len() < wanted;
    if says != draft.says() && !meddled && !partial {
        world.broken(format!("post {letter} says `{says}` instead of `{}`", draft.says()));
    }
}

/// Posts are in the order of their names, unless people had a hand in it.
fn order_at_the_end(world: &mut World) {
    if !world.meddled.is_empty() || world.spent.acts > 0 {
        return;
    }
    for target in 0..world.scope.targets {
        let of_target = |letter: &char| {
            world.source.iter().any(|draft| draft.letter == *letter && draft.target == target)
        };
        let letter = |message: &Message| if let By::Bot(letter) = message.by { Some(letter) } else { None };
        let letters: Vec<char> = world.messages.values().filter_map(letter).filter(of_target).collect();
        if !letters.is_sorted() {
            return world.broken(format!("posts are out of order: {letters:?}"));
        }
    }
}

fn nothing_left(world: &mut World) {
    let content = Content::read(&world.source);
    let lock: Lock = match world.known() {
        Ok(lock) => lock.clone(),
        Err(error) => return world.broken(error),
    };
    for target in 0..world.scope.targets {
        let plan = content.plan(&lock, &policy(target), world.now);
        if let Some(change) = plan.changes.first() {
            let what = format!("{:?} {} {:?}", change.verb, change.slug, change.reasons);
            world.broken(format!("there is still to do: {what}"));
        }
    }
}
