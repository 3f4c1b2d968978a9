//! People: readers who post, copy, edit and delete, authors who change their posts, and whoever answers a question.

use tgsync::ids::{MessageId, TargetName};
use tgsync::lock::{Event, Kind, Note, Pending, What};
use tgsync::ports::HeardOf;

use crate::chat::{By, CHATTER, Message};
use crate::source::{CHAT, Draft, read_back};
use crate::world::World;

/// Something that a person may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    Post(String),
    Forward(i32),
    Delete(i32),
    Edit(i32),
    Change(usize),
    Remove(usize),
    Rename(usize),
    Rights,
    DeleteJournal,
    RevertLock,
    Protect,
    Write,
}

impl World {
    /// Somebody in the chat does something, or nobody does: `false`.
    pub(crate) fn let_people_act(&mut self) -> bool {
        self.may_act() && self.act(&self.acts_in_chat())
    }

    /// The same between two runs, when authors change posts too.
    pub(crate) fn let_authors_act(&mut self) {
        if !self.may_act() {
            return;
        }
        let mut acts = self.acts_in_chat();
        for index in 0..self.source.len() {
            acts.push(Act::Change(index));
            acts.extend((!self.source[index].renamed).then_some(Act::Rename(index)));
            acts.extend((self.source.len() > 1).then_some(Act::Remove(index)));
        }
        // Groups know no such right.
        acts.extend((!self.scope.group).then_some(Act::Rights));
        acts.extend(self.is_missed().then_some(Act::DeleteJournal));
        acts.extend(self.remote.can_revert().then_some(Act::RevertLock));
        acts.extend(self.scope.git.then_some(Act::Protect));
        self.act(&acts);
    }

    fn may_act(&self) -> bool {
        self.budget.acts > 0 && self.halt.is_none()
    }

    fn act(&mut self, acts: &[Act]) -> bool {
        let picked = self.tape.pick_rarely(acts.len() + 1, self.scope.rarity);
        let Some(act) = picked.checked_sub(1).map(|index| acts[index].clone()) else { return false };
        self.budget.acts -= 1;
        self.spent.acts += 1;
        self.count(|counts| &mut counts.acts);
        self.carry_out(&act);
        true
    }

    fn carry_out(&mut self, act: &Act) {
        self.tell(|| format!("a person: {act:?}"));
        match act.clone() {
            Act::Post(says) => drop(self.post(Message::new(By::Person, says, Kind::Text, self.now))),
            Act::Forward(id) => {
                let says = self.messages[&id].says.clone();
                let copy = Message::new(By::Person, says, self.messages[&id].kind, self.now);
                self.post(Message { forwarded: true, ..copy });
            }
            Act::Delete(id) => self.lose(id),
            Act::Edit(id) => {
                let message = self.messages.get_mut(&id).unwrap();
                (message.says, message.meddled) = ("mended".into(), true);
                if message.by == By::Person {
                    self.update(HeardOf::Edit(MessageId(id)));
                }
            }
            Act::Change(index) => self.source[index].version += 1,
            Act::Remove(index) => drop(self.source.remove(index)),
            Act::Rename(index) => self.source[index].renamed = true,
            Act::Rights => self.edit_others = !self.edit_others,
            Act::DeleteJournal => {
                self.robbed = true;
                self.remote.delete_journal();
            }
            Act::RevertLock => self.remote.revert_lock(),
            Act::Write => self.write_two(),
            Act::Protect => self.remote.protected = !self.remote.protected,
        }
    }

    /// What happens for certain after so many runs.
    pub(crate) fn follow_script(&mut self, runs: usize) {
        let act = match (self.scope.robs, runs) {
            (true, 1) => Act::Write,
            (true, 2) if self.is_missed() => Act::DeleteJournal,
            _ => return,
        };
        self.carry_out(&act);
    }

    /// Two posts more.
    fn write_two(&mut self) {
        let first = (b'A'..).nth(self.scope.posts + self.written).unwrap();
        self.written += 2;
        let more = [first, first + 1].map(|letter| Draft::new(char::from(letter), 0, 0));
        self.source.extend(more);
    }

    fn acts_in_chat(&self) -> Vec<Act> {
        let mut acts = vec![Act::Post(CHATTER.into())];
        // By hand, what the bot is about to say, or said last.
        let shown = |letter: char| self.messages.values().any(|message| message.by == By::Bot(letter));
        let texts = self.source.iter().filter(|draft| draft.files == 0);
        let next = texts.clone().find(|draft| !shown(draft.letter)).or_else(|| texts.clone().next_back());
        acts.extend(next.map(|draft| Act::Post(draft.says())));
        let of = |ours: bool| {
            let by = move |message: &By| matches!(message, By::Bot(_)) == ours && *message != By::Marker;
            self.messages.iter().filter(move |(_, message)| by(&message.by)).map(|(id, _)| *id)
        };
        let ours: Vec<i32> = of(true).collect();
        acts.extend(ours.first().map(|id| Act::Delete(*id)));
        acts.extend(ours.last().filter(|_| ours.len() > 1).map(|id| Act::Delete(*id)));
        acts.extend(of(false).next_back().map(Act::Delete));
        acts.extend(ours.last().map(|id| Act::Edit(*id)));
        acts.extend(ours.last().map(|id| Act::Forward(*id)));
        if self.scope.plain {
            acts.retain(|act| !matches!(act, Act::Forward(_)));
        }
        acts
    }

    /// Whoever is asked what became of sends looks at the chat and answers; or answers wrongly, or not at all.
    pub(crate) fn let_people_answer(&mut self, truly: bool) {
        let Ok(known) = self.known() else { return };
        let of_chat = known.targets.iter().filter(|(_, target)| target.chat == Some(CHAT));
        let doubts: Vec<(TargetName, Pending)> = of_chat
            .flat_map(|(name, target)| {
                let asked = target.doubt.iter().filter(|pending| target.watch.asked.contains(&pending.id));
                asked.map(|pending| (name.clone(), pending.clone())).collect::<Vec<_>>()
            })
            .collect();
        for (target, pending) in doubts {
            let options = if truly || self.budget.faults == 0 { 2 } else { 3 };
            let what = match if truly { 0 } else { self.tape.pick(options) } {
                0 => {
                    self.pass_late();
                    self.truth(&pending)
                }
                1 => continue,
                _ => {
                    self.spend_fault();
                    self.misled = true;
                    self.pass_late();
                    self.lie(&pending)
                }
            };
            self.answer(target, what);
        }
    }

    /// As `tgsync resolve` writes it down.
    fn answer(&mut self, target: TargetName, what: What) {
        self.tell(|| format!("a person answers: {what:?}"));
        if self.scope.git {
            return self.answers.push((target, what));
        }
        let id = format!("answer-{}", self.told.len());
        self.disk.append(&[tgsync::lock::Entry { id, what: Note::Fact(Event { target, what }) }]);
    }

    /// What a person sees who can tell the bot's posts from others. What there is too much of it, or too little of an
    /// album, that person deletes.
    fn truth(&mut self, pending: &Pending) -> What {
        let id = pending.id.clone();
        let wanted = pending.payload.content.messages();
        let mut ids = self.not_held(pending);
        let surplus = ids.split_off(if ids.len() < wanted { 0 } else { wanted });
        for id in surplus {
            self.messages.remove(&id.0);
        }
        if ids.is_empty() { What::NotSent { id } } else { What::WasSent { id, ids } }
    }

    /// Messages of the post that nothing recorded.
    fn not_held(&mut self, pending: &Pending) -> Vec<MessageId> {
        let held = self.held();
        let letter = read_back(pending.payload.content.html()).unwrap().0;
        let is_it = |(of, message): &(&i32, &Message)| {
            **of > pending.after.0 && !held.contains(of) && message.by == By::Bot(letter)
        };
        self.messages.iter().filter(is_it).map(|(id, _)| MessageId(*id)).collect()
    }

    /// Another answer than the truth, which `resolve` takes: a message that nothing explains, or that there is none.
    fn lie(&mut self, pending: &Pending) -> What {
        let id = pending.id.clone();
        if !self.not_held(pending).is_empty() {
            return What::NotSent { id };
        }
        let held = self.held();
        let above = self.messages.keys().rev().find(|of| **of > pending.after.0 && !held.contains(of));
        match above {
            Some(of) if pending.payload.content.messages() == 1 => {
                What::WasSent { id, ids: vec![MessageId(*of)] }
            }
            _ => What::WasSent { id, ids: self.ids_above(pending) },
        }
    }

    fn ids_above(&self, pending: &Pending) -> Vec<MessageId> {
        let first = pending.after.0.max(self.top) + 1;
        (first..).take(pending.payload.content.messages()).map(MessageId).collect()
    }
}
