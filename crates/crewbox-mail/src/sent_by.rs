//! Whether a mail that cannot be read was sent from an address.
//!
//! Looks at the lines of its header alone and calls no parser: the mail may be one that ends a parser.

/// Fields that say who sent a mail, in lower case.
const SENDERS: [&[u8]; 5] = [b"from:", b"sender:", b"reply-to:", b"return-path:", b"x-original-from:"];
/// Bytes of a header that are looked at: more than any mail program writes.
pub const HEADER_BYTES: usize = 256 * 1024;

/// Whether one of the header's fields that say who sent a mail has one of these addresses (lower case). Only the first
/// [`HEADER_BYTES`] are looked at.
#[must_use]
pub fn is_sent_by(raw: &[u8], addresses: &[String]) -> bool {
    let head = raw.get(..HEADER_BYTES).unwrap_or(raw);
    let mut names_sender = false;
    for line in head.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.first() {
            None => break,
            // A field goes on.
            Some(b' ' | b'\t') => {}
            Some(_) => {
                let is = |field: &[u8]| {
                    line.get(..field.len()).is_some_and(|name| name.eq_ignore_ascii_case(field))
                };
                names_sender = SENDERS.into_iter().any(is);
            }
        }
        if names_sender && has_address(line, addresses) {
            return true;
        }
    }
    false
}

/// Whether a line has one of these addresses, not only as a part of a longer one.
fn has_address(line: &[u8], addresses: &[String]) -> bool {
    let line = String::from_utf8_lossy(line).to_lowercase();
    let continues = |letter: char| letter.is_alphanumeric() || "-_.+".contains(letter);
    addresses.iter().any(|address| {
        line.match_indices(address.as_str()).any(|(at, found)| {
            let after = line[at + found.len()..].chars().next();
            !line[..at].ends_with(continues) && !after.is_some_and(continues)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_in_fields_of_the_sender_and_only_whole() {
        let address = ["lea@lead.test".to_owned()];
        for (raw, is) in [
            ("From: Lea <LEA@Lead.test>\r\n\r\nText", true),
            ("Subject: x\nReply-To:\n\tlea@lead.test\n\n", true),
            ("Return-Path: <lea@lead.test>", true),
            ("To: lea@lead.test\n\n", false),
            ("From: bea@lead.test\nTo: lea@lead.test\n\n", false),
            ("Subject: hi\n\nFrom: lea@lead.test", false),
            ("From: thea.lea@lead.test\n\n", false),
            ("From: lea@lead.test.example\n\n", false),
            ("From: \u{FFFD}lea@lead.test\n", true),
            ("", false),
        ] {
            assert_eq!(is_sent_by(raw.as_bytes(), &address), is, "{raw}");
        }
        assert!(!is_sent_by(b"From: \xFF\xFElea@lead.test", &[]));
    }
}
