//! How long the pages and the rows of the index are.

/// Bytes of a page of the file.
pub(super) const PAGE_BYTES: u32 = 16 << 10;
/// Bytes of a row, but for a blob that is longer by itself. A row of up to 16,349 bytes is within one page: SQLite reads it
/// into a buffer that stays in the processor's cache. A longer one it puts together from several pages, in fresh memory,
/// which takes longer than looking through it does.
pub(super) const ROW_BYTES: usize = 16_000;
