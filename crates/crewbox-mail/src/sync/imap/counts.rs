//! How many mails the open folder has, and how many a search may find.
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
    /// Mails and UIDNEXT when the folder was opened.
    opened: (u32, u32),
}

impl Counts {
    /// Of a folder that has just been opened.
    pub(super) const fn opened(exists: u32, uid_next: u32) -> Self {
        Self { exists, more: false, opened: (exists, uid_next) }
    }

    /// How many mails from UID `low` to `high` (to the end if none) there can be, by the server's own word.
    pub(super) fn within(&self, low: u32, high: Option<u32>) -> u32 {
        let (exists, uid_next) = self.opened;
        let uids = match high {
            Some(high) => high.saturating_sub(low).saturating_add(1),
            // What came since has higher numbers.
            None => uid_next.saturating_sub(low).saturating_add(self.exists.saturating_sub(exists)),
        };
        uids.min(self.exists)
    }

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
        let mut counts = Counts::opened(10, 40);
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

    #[test]
    fn a_search_finds_no_more_than_the_range_the_folder_and_its_next_uid_allow() {
        let mut counts = Counts::opened(500, 1_001);
        assert_eq!(counts.within(1, None), 500);
        assert_eq!(counts.within(901, None), 100);
        assert_eq!(counts.within(1_001, None), 0, "nothing has come yet");
        assert_eq!(counts.within(1, Some(20)), 20);
        counts.heard(&Response::MailboxData(MailboxDatum::Exists(507)));
        assert_eq!(counts.within(1_001, None), 7);
    }
}
