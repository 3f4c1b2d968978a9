//! The planning table: desired against recorded, as pure data. Whatever an apply does was decided here.

mod block;
mod change;
mod compare;
mod files;
mod found;
mod guard;
mod id;
mod input;
mod leftovers;
mod links;
mod lint;
mod open;
mod order;
mod planner;
mod policy;
mod removal;
mod resend;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transition;

pub use block::FOUND_OUT;
pub use change::{
    Allow, Change, GuardHit, GuardRule, How, Message, Plan, Reason, Step, Summary, TargetPlan, Verb,
};
pub use found::Found;
pub use id::plan_id;
pub use input::{ChatLinks, DELETABLE_FOR, Input, LockPlaces, Scope, Wanted, is_due};
pub use lint::lint;
pub use open::{Facets, Filled, Fixed, Open, Places};
pub use planner::plan_target;
pub use policy::{Foreign, Guard, OnMissing, OnUndeletable, Policy};
pub use transition::Touch;
