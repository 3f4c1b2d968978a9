//! Media folders into an object store: what should be there beside what the lock says is there, and the loop that carries
//! the difference out. Decided by what files hold, never by their time.

mod compare;
mod hash;
mod index;
mod notify;
mod plan;
mod settings;
mod shelf;
mod sources;
mod transfer;

pub use compare::{Compared, Difference, compare};
pub use hash::{Hashed, Hasher, Seen};
pub use index::{Index, IndexEntry};
pub use notify::{Notice, NotifyError, notify};
pub use plan::{Input, Item, MirrorPlan, Verb, Want, plan, slug_of};
pub use settings::{Folder, Notify, Place, Settings};
pub use shelf::{Failed, Hands, Report, Shelf, Whose};
pub use sources::{SourceFile, scan};
pub use transfer::{Moved, Task, transfer};

/// Longest `index.json` that is read back, in bytes: a hundred thousand objects and more.
pub const MAX_INDEX: u64 = 64 * 1024 * 1024;
