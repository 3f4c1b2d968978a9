//! How much of a request was handed over. As long as the last piece of it was not, the server can't carry it out; that
//! piece passes only while nobody has given up, so whether a call may have been done is decided once, here.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

/// What becomes of an upload, for whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// Files of so many bytes are to go.
    Begun(u64),
    /// So many more of them are on their way.
    Passed(u64),
    /// Nothing more will pass, for better or worse.
    Ended,
}

/// Is told of uploads.
pub type OnUpload = Arc<dyn Fn(Upload) + Send + Sync>;

/// The one door that the bytes of files go through.
#[derive(Clone)]
pub(super) struct Gate {
    state: Arc<Mutex<State>>,
    on_upload: Option<OnUpload>,
}

#[derive(Debug, Clone)]
struct State {
    /// Bytes of files; the rest of a form is small.
    total: u64,
    passed: u64,
    /// When the last piece so far passed.
    moved: Instant,
    door: Door,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Door {
    Open,
    /// The last piece is through.
    Through,
    Shut,
    /// Shut because a file is not what was planned; says so.
    Spoilt(String),
}

/// How far it was when it was shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// All was handed over, at this time.
    Whole(Instant),
    /// It broke off after so many bytes of so many.
    Part(u64, u64),
    /// A file is not what was planned.
    Spoilt(String),
}

/// Shuts the gate at the end of a call, even of one that is dropped half way.
pub(super) struct Ending(Gate);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.shut();
        self.0.tell(Upload::Ended);
    }
}

impl Gate {
    /// For so many bytes of files.
    pub(super) fn new(total: u64, on_upload: Option<OnUpload>) -> (Self, Ending) {
        let state = State { total, passed: 0, moved: Instant::now(), door: Door::Open };
        let gate = Self { state: Arc::new(Mutex::new(state)), on_upload };
        gate.tell(Upload::Begun(total));
        (gate.clone(), Ending(gate))
    }

    /// For a request that is handed over in one piece: nobody knows how much of it left.
    pub(super) fn passed() -> Self {
        let state = State { total: 0, passed: 0, moved: Instant::now(), door: Door::Through };
        Self { state: Arc::new(Mutex::new(state)), on_upload: None }
    }

    /// Let a piece of a file through, `last` when nothing but the end of the form comes after it.
    pub(super) fn pass(&self, bytes: usize, last: bool) -> io::Result<()> {
        let bytes = bytes as u64;
        self.with(|state| {
            if state.door != Door::Open {
                return Err(io::Error::other("given up"));
            }
            state.passed += bytes;
            state.moved = Instant::now();
            if last {
                state.door = Door::Through;
            }
            Ok(())
        })?;
        self.tell(Upload::Passed(bytes));
        Ok(())
    }

    /// Nothing more passes: a file is not what was planned.
    pub(super) fn spoil(&self, why: String) -> io::Error {
        let error = io::Error::other(why.clone());
        self.with(|state| {
            if state.door == Door::Open {
                state.door = Door::Spoilt(why);
            }
        });
        error
    }

    /// When something moved the last time.
    pub(super) fn moved(&self) -> Instant {
        self.with(|state| state.moved)
    }

    /// Bytes that the server has to deal with before it can answer; `None`: it does not have all of them.
    pub(super) fn through(&self) -> Option<u64> {
        self.with(|state| (state.door == Door::Through).then_some(state.total))
    }

    /// Let nothing more through, and say how far it got.
    pub(super) fn shut(&self) -> Fate {
        self.with(|state| match &state.door {
            Door::Through => Fate::Whole(state.moved),
            Door::Spoilt(why) => Fate::Spoilt(why.clone()),
            Door::Open | Door::Shut => {
                state.door = Door::Shut;
                Fate::Part(state.passed, state.total)
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, what: Upload) {
        if let Some(on_upload) = &self.on_upload {
            on_upload(what);
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(total: u64) -> (Gate, Ending, Arc<Mutex<Vec<Upload>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&told);
        let (gate, ending) = Gate::new(total, Some(Arc::new(move |what| to.lock().unwrap().push(what))));
        (gate, ending, told)
    }

    #[test]
    fn what_has_passed_can_not_be_taken_back() {
        let (gate, ending, told) = gate(5);
        gate.pass(3, false).unwrap();
        assert_eq!(gate.through(), None);
        gate.pass(2, true).unwrap();
        assert_eq!(gate.through(), Some(5));
        assert!(matches!(gate.shut(), Fate::Whole(_)));
        drop(gate.spoil("too late".to_owned()));
        assert!(matches!(gate.shut(), Fate::Whole(_)));
        drop(ending);
        let expected = [Upload::Begun(5), Upload::Passed(3), Upload::Passed(2), Upload::Ended];
        assert_eq!(*told.lock().unwrap(), expected);
    }

    #[test]
    fn once_it_is_shut_nothing_passes() {
        let (gate, ending, told) = gate(5);
        gate.pass(3, false).unwrap();
        assert_eq!(gate.shut(), Fate::Part(3, 5));
        assert!(gate.pass(2, true).is_err());
        assert_eq!((gate.shut(), gate.through()), (Fate::Part(3, 5), None));
        drop(ending);
        assert_eq!(*told.lock().unwrap(), [Upload::Begun(5), Upload::Passed(3), Upload::Ended]);
    }

    #[test]
    fn a_spoilt_upload_stays_one() {
        let (gate, ending, _) = gate(5);
        assert_eq!(gate.spoil("`x` changed".to_owned()).to_string(), "`x` changed");
        drop(gate.spoil("`y` changed".to_owned()));
        assert!(gate.pass(5, true).is_err());
        drop(ending);
        assert_eq!(gate.shut(), Fate::Spoilt("`x` changed".to_owned()));
    }

    #[test]
    fn a_call_that_is_dropped_shuts_it() {
        let (gate, ending, _) = gate(5);
        drop(ending);
        assert!(gate.pass(5, true).is_err());
    }
}
