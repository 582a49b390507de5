//! How much the responses to a command may bring: mail, lines, and UIDs that were found.
//!
//! Owns these limits; the layer that reads the responses counts.

/// Bytes of SEARCH responses to one command: twice those that name half a million UIDs, the most that are asked for.
pub(super) const MOST_SEARCH_TEXT: usize = 12 * 1024 * 1024;
/// Bytes of a UID in a SEARCH response, with its space.
const UID_TEXT: usize = 11;
/// UIDs that a SEARCH response may name beyond the mails that the folder has: more may have come meanwhile.
const MORE_FOUND: usize = 10_000;
/// Lines in all responses to one command: three times the folders of the largest accounts.
pub(super) const MOST_COMMAND_LINES: usize = 30_000;
/// Lines beside those for the mails in all responses to a command that asks for some: news of what others do, such as a
/// person who marks a folder as read. More end the connection, and after the next log-in there is no such news.
pub(super) const MOST_NEWS_LINES: usize = 2_000;
/// Lines for each mail that a command asks for: its response, a second one with its flags, and labels as literals.
pub(super) const LINES_A_MAIL: usize = 16;
/// Bytes of text in all responses to one command: twice what lists the folders of the largest accounts.
pub(super) const MOST_COMMAND_TEXT: usize = 2 * 1024 * 1024;
/// The same for a command that asks for mails: that much news of others, with flags of a person's own.
pub(super) const MOST_NEWS_TEXT: usize = MOST_NEWS_LINES * 96;
/// Bytes of text for each mail that a command asks for: dozens of labels.
pub(super) const TEXT_A_MAIL: usize = 4 * 1024;
/// Lines until the log-in has succeeded: servers send ten.
pub(super) const MOST_LOG_IN_LINES: usize = 1_000;
/// Bytes of a literal beyond what the caller expects that still pass: sizes that servers report are often a little
/// too small, because they count line ends differently.
pub(in super::super) const SLACK: u64 = 64 * 1024;
/// Bytes of mail beyond what the server announced that are read and dropped in one command, to learn the real size
/// of a mail: more than the error of any server's estimate. More end the connection.
pub(in super::super) const MOST_DROPPED: u64 = 32 * 1024 * 1024;

/// How much mail the responses to a command may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Expected {
    /// How many mails.
    pub(in super::super) mails: u64,
    /// Their bytes together, as the server announced them.
    pub(in super::super) bytes: u64,
    /// Bytes of mails larger than that which are read and dropped.
    pub(in super::super) dropped: u64,
    /// Lines of all responses.
    pub(in super::super) lines: usize,
    /// Bytes of text of all responses but those to SEARCH, without the bytes of mails.
    pub(in super::super) text: usize,
    /// Bytes of SEARCH responses.
    pub(in super::super) search: usize,
}

impl Expected {
    /// For a command that asks for no mail. A server may still send one: its literal is handled like others.
    pub(in super::super) const NO_MAIL: Self = Self {
        mails: 1,
        bytes: 0,
        dropped: MOST_DROPPED,
        lines: MOST_COMMAND_LINES,
        text: MOST_COMMAND_TEXT,
        search: UID_TEXT * MORE_FOUND,
    };

    /// Until the log-in has succeeded.
    pub(super) const LOG_IN: Self = Self { lines: MOST_LOG_IN_LINES, ..Self::NO_MAIL };

    /// So many mails of so many bytes together.
    pub(in super::super) const fn mails(mails: u64, bytes: u64) -> Self {
        Self { mails, bytes, ..Self::about(mails as usize) }
    }

    /// What the server says of so many mails.
    pub(in super::super) const fn about(mails: usize) -> Self {
        let (lines, text) = (MOST_NEWS_LINES + LINES_A_MAIL * mails, MOST_NEWS_TEXT + TEXT_A_MAIL * mails);
        Self { lines, text, ..Self::NO_MAIL }
    }

    /// The UIDs of so many mails, by the server's word.
    pub(in super::super) fn found(mails: u32) -> Self {
        let most = (mails as usize).saturating_add(MORE_FOUND).saturating_mul(UID_TEXT);
        Self { search: most.min(MOST_SEARCH_TEXT), ..Self::NO_MAIL }
    }

    /// Bytes of mails that pass: sizes are estimates, so each mail has some slack.
    pub(super) const fn passed(self) -> u64 {
        self.bytes.saturating_add(SLACK.saturating_mul(self.mails))
    }
}
