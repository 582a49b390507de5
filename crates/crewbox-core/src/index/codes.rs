//! The values of a row as small numbers, as the index's dictionaries give them.

/// A row's dictionary codes; 0 is "none".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Codes {
    pub(super) owner: u32,
    pub(super) campaign: u32,
    pub(super) client: u32,
    pub(super) mailbox: u32,
    pub(super) category: u32,
    pub(super) subsequence: u32,
}
