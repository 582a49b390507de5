//! A bulk action: one action on many conversations, as a stored job that goes on after a crash.
//!
//! Owns what such an action does to one conversation, and the packed form of the rows. Which rows a job has is fixed when it
//! starts; the engine does them in steps, each row once.

use serde::{Deserialize, Serialize};

use crate::conversation::Edit;
use crate::id::{BulkId, CategoryId, ClientId, MemberId, TagId};
use crate::time::Timestamp;

/// Rows of a step, which is one transaction: other writes wait for it and for the sync of their own, together less than 50 ms on
/// a small machine (`cargo xtask bench --only bulk`).
pub const ROWS_A_STEP: usize = 200;
/// Rows of a job. More do not fit into the memory budget of a request.
pub const MAX_BULK_ROWS: usize = 1_000_000;

/// What a job does to each of its conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAction {
    /// Assigns to a member, or to nobody. `of` is the client that the member works for, if for one: only conversations of this
    /// client are assigned to the member.
    Assign {
        /// The member.
        member: Option<MemberId>,
        /// Their client.
        of: Option<ClientId>,
    },
    /// Marks read or unread.
    Read(bool),
    /// Archives or brings back.
    Archive(bool),
    /// Marks important or not.
    Important(bool),
    /// Snoozes until then, or ends the snooze.
    Snooze(Option<Timestamp>),
    /// Sets or clears the category.
    Category(Option<CategoryId>),
    /// Adds a tag.
    Tag(TagId),
    /// Undoes what another job did; its rows are numbers of changes.
    Undo(BulkId),
}

impl BulkAction {
    /// The edit of each conversation; none where it depends on the row.
    #[must_use]
    pub const fn edit(self) -> Option<Edit> {
        match self {
            Self::Assign { member, .. } => Some(Edit::Owner(member)),
            Self::Read(on) => Some(Edit::Read(on)),
            Self::Archive(on) => Some(Edit::Archived(on)),
            Self::Important(on) => Some(Edit::Important(on)),
            Self::Snooze(until) => Some(Edit::Snooze(until)),
            Self::Category(category) => Some(Edit::Category(category)),
            Self::Tag(tag) => Some(Edit::AddTag(tag)),
            Self::Undo(_) => None,
        }
    }

    /// Whether a conversation of this client may be changed so.
    #[must_use]
    pub fn suits(self, client: Option<ClientId>) -> bool {
        match self {
            Self::Assign { of: Some(of), .. } => client == Some(of),
            _ => true,
        }
    }

    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::Read(_) => "read",
            Self::Archive(_) => "archive",
            Self::Important(_) => "important",
            Self::Snooze(_) => "snooze",
            Self::Category(_) => "category",
            Self::Tag(_) => "tag",
            Self::Undo(_) => "undo",
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkState {
    /// It goes on.
    Running,
    /// All rows are done.
    Done,
    /// A person stopped it.
    Stopped,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Its id.
    pub id: BulkId,
    /// Who started it; none for the operator.
    pub author: Option<MemberId>,
    /// The client that its author was restricted to.
    pub client: Option<ClientId>,
    /// What it does.
    pub action: BulkAction,
    /// How far it is.
    pub state: BulkState,
    /// Its rows.
    pub matched: u64,
    /// Steps done, which is also the number of the next one.
    pub steps: u64,
    /// Rows done.
    pub done: u64,
    /// Rows that it changed.
    pub changed: u64,
    /// Rows of an undo that somebody had changed since.
    pub conflicts: u64,
    /// The job that undid it.
    pub undone_by: Option<BulkId>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When its last step was done.
    pub updated_at: Timestamp,
}

/// Numbers that ascend, as their differences of one byte and more: seven bits a byte, the highest bit says that another byte
/// follows.
#[must_use]
pub fn pack(numbers: &[u64]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(numbers.len() * 2);
    let mut last = 0;
    for number in numbers {
        let mut rest = number.wrapping_sub(last);
        last = *number;
        while rest >= 0x80 {
            packed.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        packed.push(rest as u8);
    }
    packed
}

/// The numbers of [`pack`]; none where the bytes are cut off.
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u64>> {
    let (mut numbers, mut last, mut number, mut shift) = (Vec::new(), 0u64, 0u64, 0u32);
    for byte in packed {
        if shift > 63 {
            return None;
        }
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            last = last.wrapping_add(number);
            numbers.push(last);
            (number, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_come_back_and_neighbours_take_a_byte_each() {
        for numbers in [vec![], vec![0], vec![1, 2, 3], vec![5, 200, 1 << 20, (1 << 53) - 1, u64::MAX]] {
            assert_eq!(unpack(&pack(&numbers)), Some(numbers));
        }
        let many: Vec<u64> = (1_000_000..1_000_250).collect();
        assert!(pack(&many).len() < 260);
        assert_eq!(unpack(&[0x80]), None);
        assert_eq!(unpack(&[0xff; 12]), None);
    }

    #[test]
    fn a_clients_member_gets_conversations_of_this_client_only() {
        let (north, south) = (Some(ClientId(1)), Some(ClientId(2)));
        let assign = |of| BulkAction::Assign { member: Some(MemberId(1)), of };
        assert_eq!([north, south, None].map(|client| assign(north).suits(client)), [true, false, false]);
        assert_eq!([north, south, None].map(|client| assign(None).suits(client)), [true; 3]);
        assert_eq!([north, None].map(|client| BulkAction::Read(true).suits(client)), [true; 2]);
    }
}
