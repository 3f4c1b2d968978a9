//! Where runs leave what happened: the lock file, the journal, and git.

mod disk;
mod file;
mod known;
mod scratch;

mod git;
mod git_commit;
mod git_history;
mod git_http;
mod git_local;
mod git_pull;
mod git_push;
mod git_remote;

pub use file::LocalState;
pub use git::{CommitId, Git, Upstream};
pub use git_commit::{Committed, Identity, Person};
pub use git_pull::Pulled;
pub use git_push::{PushError, Pushed};
pub use git_remote::Auth;
pub use known::{KnownAt, KnownLock, LostLock, judge};
pub use scratch::{RunGuard, Scratch, write_text};
