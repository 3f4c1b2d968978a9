//! Looks at every recorded message, without a call that could change one: whether it is there, and whether it still shows
//! what it showed when it was sent or edited last.

mod item;
mod judge;
mod look;
mod others;
mod site;
#[cfg(test)]
mod tests;

pub use item::{Item, items, order};
pub use judge::{Finding, How, State};
pub use look::{Looked, look};
pub use others::{Others, others};
pub use site::Site;
