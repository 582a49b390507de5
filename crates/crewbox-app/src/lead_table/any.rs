//! Any bytes as a table, for fuzz targets: it is read to its end, row after row, or refused.

use super::{Layout, Rows, decode};

/// Reads a file.
///
/// # Panics
/// Where rows do not ascend, end beyond the text or within a character, or a lead has no address.
pub(crate) fn any(bytes: &[u8]) {
    let Ok(decoded) = decode(bytes) else { return };
    let text = decoded.text.as_ref();
    let Ok(layout) = Layout::find(text) else { return };
    let (mut end, mut number) = (0, 0);
    for row in Rows::new(text, layout) {
        assert!(row.end > end && row.number > number, "row {} ends at {}", row.number, row.end);
        assert!(text.is_char_boundary(row.end), "row {} ends within a character", row.number);
        (end, number) = (row.end, row.number);
        if let Ok(lead) = row.lead {
            assert!(lead.email.contains('@'), "row {} has a lead without an address", row.number);
        }
    }
}
