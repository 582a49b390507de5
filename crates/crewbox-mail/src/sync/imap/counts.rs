//! How many mails the open folder has.
//!
//! Owns the count as the server's untagged lines change it. Any command may bring such lines.

use async_imap::imap_proto::{MailboxDatum, Response};

/// The count, and whether it has grown.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Mails in the open folder.
    pub(super) exists: u32,
    /// There have come more since the folder was opened or refreshed.
    pub(super) more: bool,
}

impl Counts {
    /// Takes in a line of the server. Says whether it was about the count.
    pub(super) fn heard(&mut self, line: &Response<'_>) -> bool {
        match line {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.more |= *count > self.exists;
                self.exists = *count;
            }
            // The server need not name the count after it.
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_mail_is_noticed_although_others_went() {
        let mut counts = Counts { exists: 10, more: false };
        let exists = |count| Response::MailboxData(MailboxDatum::Exists(count));
        for line in [Response::Expunge(3), Response::Expunge(3), exists(8)] {
            assert!(counts.heard(&line));
        }
        assert!(!counts.more);
        counts.heard(&exists(9));
        assert!(counts.more);
        assert_eq!(counts.exists, 9);
        assert!(!counts.heard(&Response::MailboxData(MailboxDatum::Recent(1))));
    }
}
