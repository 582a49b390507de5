//! Replacing what is derived of a stored message.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ConversationId, MailboxId};
use crewbox_core::message::Class;
use crewbox_core::threading::settle;
use crewbox_core::time::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, Thing};
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::prepare::ReadyReread;

impl Apply<'_> {
    /// Writes and logs only what really differs: most messages read again come out as they were.
    pub(super) fn reread(&mut self, ready: &ReadyReread) -> Result<Outcome> {
        let (account, message, mail, columns) =
            (self.account().get(), ready.message.get(), &ready.mail, &ready.columns);
        let (conversation, mailbox): (Option<ConversationId>, Option<MailboxId>) = self
            .statement(
                "SELECT conversation_id, mailbox_id FROM message WHERE account_id = ?1 AND message_id = ?2",
            )?
            .query_row(params![account, message], |row| Ok((codec::id(row, 0)?, codec::id(row, 1)?)))
            .optional()?
            .ok_or_else(|| not_found(Thing::Message, message))?;
        // What the store knows counts for the class, as it did when the mail came in.
        let facts = mailbox.map(|mailbox| self.gather(mail, mailbox)).transpose()?.unwrap_or_default();
        let verdict = settle(mail, &facts);
        let headers = self.execute(
            "UPDATE message SET class = iif(corrected, class, ?3), evidence = iif(corrected, evidence, ?4),
                 suspected = iif(corrected, suspected, ?16), from_name = ?5, from_email = ?6, to_list = ?7,
                 cc_list = ?8, subject = ?9, returns_at = ?10, folds = ?11, attachments = ?12,
                 decoded_lossy = ?13, notice = ?14, digest = ?15, files_digest = ?17
             WHERE account_id = ?1 AND message_id = ?2
                 AND (iif(corrected, ?3, class), iif(corrected, ?4, evidence), iif(corrected, ?16, suspected),
                     from_name, from_email, to_list, cc_list, subject, returns_at, folds,
                     attachments, decoded_lossy, notice, digest, files_digest)
                 IS NOT (?3, ?4, ?16, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?17)",
            params![
                account,
                message,
                verdict.class.name(),
                verdict.evidence,
                mail.from.name,
                mail.from.email,
                columns.to,
                columns.cc,
                mail.subject,
                verdict.returns_at.map(Timestamp::millis),
                columns.folds,
                columns.attachments,
                mail.decoded_lossy,
                mail.notice,
                mail.digest,
                verdict.suspected.map(Class::name),
                mail.files_digest
            ],
        )?;
        let texts = self.execute(
            "UPDATE message_body SET body_text = ?3, body_html = ?4, sanitiser = ?5
             WHERE account_id = ?1 AND message_id = ?2
                 AND (body_text, body_html, sanitiser) IS NOT (?3, ?4, ?5)",
            params![account, message, mail.text, mail.html, mail.sanitiser],
        )?;
        if headers + texts > 0 {
            self.drafts.push(Draft {
                kind: ChangeKind::Rederived,
                conversation,
                subject: Some(message),
                detail: Vec::new(),
            });
        }
        Ok(Outcome::Done)
    }
}
