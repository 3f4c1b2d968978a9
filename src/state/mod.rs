//! Where runs leave what happened: the lock file, the journal, and git.

mod disk;
mod file;
mod known;
mod process;
mod scratch;

mod git;
mod git_commit;
mod git_history;
mod git_http;
mod git_journal;
mod git_local;
mod git_past;
mod git_pull;
mod git_push;
mod git_remote;
mod git_wire;

pub use file::LocalState;
pub use git::{CommitId, Git, Upstream};
pub use git_commit::{Committed, Identity, Person};
pub use git_journal::GitJournal;
pub use git_past::Landed;
pub use git_pull::{Pulled, Standing};
pub use git_push::{PushError, Pushed};
pub use git_remote::Auth;
pub use known::{KnownAt, KnownLock, LostLock, judge};
pub use process::{has_ended, this_process};
pub use scratch::{RunGuard, Scratch, write_text};
