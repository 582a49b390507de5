//! Rows of a CSV table (RFC 4180), safe to open in a spreadsheet.
//!
//! Owns quoting, and that no text of a stranger becomes a formula.

/// Cells that begin with one of these are formulas in spreadsheets, whatever is quoted around them.
const BEGINS_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Appends a row.
pub(crate) fn put_row<'a>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        put_cell(out, cell);
    }
    out.extend_from_slice(b"\r\n");
}

fn put_cell(out: &mut Vec<u8>, text: &str) {
    let is_formula = text.starts_with(BEGINS_FORMULA);
    if !is_formula && !text.contains([',', '"', '\r', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    if is_formula {
        out.push(b'\'');
    }
    for part in text.split_inclusive('"') {
        out.extend_from_slice(part.as_bytes());
        if part.ends_with('"') {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_never_formulas() {
        let mut out = Vec::new();
        put_row(&mut out, ["plain", "a,b", "say \"hi\"", "two\nlines", "=1+1", "+49 1", "-1", "@x", "", "é"]);
        let expected =
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"'=1+1\",\"'+49 1\",\"'-1\",\"'@x\",,é\r\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
