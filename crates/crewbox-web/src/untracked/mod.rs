//! Mail that belongs to no conversation: listed, and put into one by hand.

mod attach;
mod list;

pub(crate) use attach::attach;
pub(crate) use list::list;
