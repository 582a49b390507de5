//! When a mail is one that is held already, or was held and has been deleted.
//!
//! Owns that rule alone. The store looks up what has the same Message-ID or the same bytes, and asks here.

use crate::message::{Direction, Mail};

/// A stored message with the Message-ID of a mail.
#[derive(Clone, Debug)]
pub struct Stored {
    /// SHA-256 of its bytes.
    pub content: [u8; 32],
    /// Digest of its text ([`Mail::digest`]).
    pub digest: [u8; 32],
    /// Digest of its attachments; none where it was stored before they were part of a message's identity.
    pub files_digest: Option<[u8; 32]>,
    /// Whether the list of its attachments (names, types, sizes) is that of the mail.
    pub same_attachment_list: bool,
    /// Whether we sent it.
    pub direction: Direction,
}

/// What is kept of a deleted message, with the bytes of a mail or its Message-ID.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// SHA-256 of its bytes.
    pub content: [u8; 32],
    /// Digest of its text; none where it was deleted before that was kept.
    pub digest: Option<[u8; 32]>,
    /// Digest of its attachments; none where it was stored or deleted before that was kept.
    pub files_digest: Option<[u8; 32]>,
    /// Whether we sent it; none where it was deleted before that was kept.
    pub direction: Option<Direction>,
}

/// Whether a mail is this stored message. Of what we sent the Message-ID alone decides, since it is ours; else the content
/// must be the same: the very bytes, or text and attachments as they are once decoded. A message that has no digest of its
/// attachments is known by how many it has, their names and their sizes.
#[must_use]
pub fn is_stored(mail: &Mail, stored: &Stored) -> bool {
    let same_files =
        || stored.files_digest.map_or(stored.same_attachment_list, |digest| digest == mail.files_digest);
    mail.content == stored.content
        || (mail.digest == stored.digest && same_files())
        || (mail.direction, stored.direction) == (Direction::Outbound, Direction::Outbound)
}

/// Whether a mail is this deleted message, which does not come back. As [`is_stored`], but no names of attachments are
/// kept: without a digest of them, the text alone decides.
#[must_use]
pub fn is_deleted(mail: &Mail, deleted: &Deleted) -> bool {
    mail.content == deleted.content
        || (deleted.digest == Some(mail.digest)
            && deleted.files_digest.is_none_or(|digest| digest == mail.files_digest))
        || (mail.direction, deleted.direction) == (Direction::Outbound, Some(Direction::Outbound))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(direction: Direction) -> Mail {
        Mail { content: [1; 32], digest: [2; 32], files_digest: [3; 32], direction, ..Mail::blank() }
    }

    fn stored(content: u8, digest: u8, files: Option<u8>, direction: Direction) -> Stored {
        Stored {
            content: [content; 32],
            digest: [digest; 32],
            files_digest: files.map(|files| [files; 32]),
            same_attachment_list: false,
            direction,
        }
    }

    #[test]
    fn a_mail_from_others_is_the_same_by_its_bytes_or_its_decoded_content() {
        use Direction::{Inbound, Outbound};
        for (held, same) in [
            (stored(1, 9, Some(9), Inbound), true),
            (stored(9, 2, Some(3), Inbound), true),
            (stored(9, 2, Some(9), Inbound), false),
            (stored(9, 9, Some(3), Inbound), false),
            (stored(9, 2, None, Inbound), false),
            (Stored { same_attachment_list: true, ..stored(9, 2, None, Inbound) }, true),
            (Stored { same_attachment_list: true, ..stored(9, 9, None, Inbound) }, false),
            (Stored { same_attachment_list: true, ..stored(9, 2, Some(9), Inbound) }, false),
            (stored(9, 9, None, Outbound), false),
        ] {
            assert_eq!(is_stored(&mail(Inbound), &held), same, "{held:?}");
        }
    }

    #[test]
    fn what_we_sent_is_the_same_by_its_message_id_alone() {
        use Direction::{Inbound, Outbound};
        assert!(is_stored(&mail(Outbound), &stored(9, 9, None, Outbound)));
        assert!(!is_stored(&mail(Outbound), &stored(9, 9, None, Inbound)), "somebody else used our id");
        let deleted =
            Deleted { content: [9; 32], digest: None, files_digest: None, direction: Some(Outbound) };
        assert!(is_deleted(&mail(Outbound), &deleted));
        assert!(!is_deleted(&mail(Outbound), &Deleted { direction: None, ..deleted.clone() }));
        assert!(!is_deleted(&mail(Inbound), &deleted));
    }

    #[test]
    fn a_deleted_mail_is_known_by_its_bytes_and_by_what_was_kept_of_it() {
        let kept = Deleted {
            content: [9; 32],
            digest: Some([2; 32]),
            files_digest: Some([3; 32]),
            direction: Some(Direction::Inbound),
        };
        let mail = mail(Direction::Inbound);
        for (deleted, same) in [
            (kept.clone(), true),
            (Deleted { files_digest: None, ..kept.clone() }, true),
            (Deleted { files_digest: Some([9; 32]), ..kept.clone() }, false),
            (Deleted { digest: None, ..kept.clone() }, false),
            (Deleted { content: [1; 32], digest: None, files_digest: None, direction: None }, true),
        ] {
            assert_eq!(is_deleted(&mail, &deleted), same, "{deleted:?}");
        }
    }
}
