//! Replacing what is derived of a stored message.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{ConversationId, MailboxId};
use crewbox_core::message::{Class, Mail, Verdict};
use crewbox_core::threading::{Candidate, Facts, is_about_another, settle};
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Apply, Draft};
use crate::contract::{Outcome, Scope, Thing};
use crate::seal::Sealer;
use crate::sqlite::codec;
use crate::sqlite::failure::{Result, not_found};
use crate::sqlite::ids::Ids;
use crate::sqlite::prepare::ReadyReread;

impl Apply<'_> {
    /// Writes and logs only what really differs: most messages read again come out as they were.
    pub(super) fn reread(&mut self, ready: &ReadyReread) -> Result<Outcome> {
        let (account, message, mail, columns) =
            (self.account().get(), ready.message.get(), &ready.mail, &ready.columns);
        let (conversation, mailbox, was): (Option<ConversationId>, Option<MailboxId>, (Class, bool)) = self
            .statement(
                "SELECT conversation_id, mailbox_id, class, about_another FROM message
                 WHERE account_id = ?1 AND message_id = ?2",
            )?
            .query_row(params![account, message], |row| {
                Ok((codec::id(row, 0)?, codec::id(row, 1)?, (codec::named(row, 2)?, row.get(3)?)))
            })
            .optional()?
            .ok_or_else(|| not_found(Thing::Message, message))?;
        let verdict = self.settled(mail, mailbox)?;
        let about_another = match conversation {
            Some(id) => is_about_another(&mail.failed_recipients, &self.lead_email(&self.load(id)?)?),
            None => false,
        };
        // Nothing else that is read again means anything to the conversation, and a long one takes time to gather.
        let revised = conversation.filter(|_| was != (verdict.class, about_another));
        let before = revised.map(|conversation| self.joined(conversation)).transpose()?;
        let headers = self.execute(
            "UPDATE message SET class = iif(corrected_at, class, ?3), evidence = iif(corrected_at, evidence, ?4),
                 suspected = iif(corrected_at, suspected, ?16), from_name = ?5, from_email = ?6, to_list = ?7,
                 cc_list = ?8, subject = ?9, returns_at = ?10, folds = ?11, attachments = ?12,
                 decoded_lossy = ?13, notice = ?14, digest = ?15, files_digest = ?17,
                 about_another = ?18
             WHERE account_id = ?1 AND message_id = ?2
                 AND (iif(corrected_at, ?3, class), iif(corrected_at, ?4, evidence),
                     iif(corrected_at, ?16, suspected),
                     from_name, from_email, to_list, cc_list, subject, returns_at, folds,
                     attachments, decoded_lossy, notice, digest, files_digest, about_another)
                 IS NOT (?3, ?4, ?16, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?17, ?18)",
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
                mail.files_digest,
                about_another
            ],
        )?;
        let texts = self.execute(
            "UPDATE message_body SET body_text = ?3, body_html = ?4, sanitiser = ?5
             WHERE account_id = ?1 AND message_id = ?2
                 AND (body_text, body_html, sanitiser) IS NOT (?3, ?4, ?5)",
            params![account, message, mail.text, mail.html, mail.sanitiser],
        )?;
        // It has no row there unless the message is untracked.
        self.execute(
            "UPDATE untracked SET failed_recipients = ?3
             WHERE account_id = ?1 AND message_id = ?2 AND failed_recipients != ?3",
            params![account, message, codec::list(&mail.failed_recipients)],
        )?;
        if headers + texts > 0 {
            let detail = match revised.zip(before) {
                Some((conversation, before)) if headers > 0 => self.revise(conversation, &before)?,
                _ => Vec::new(),
            };
            self.drafts.push(Draft {
                kind: ChangeKind::Rederived,
                conversation,
                subject: Some(message),
                detail,
            });
        }
        Ok(Outcome::Done)
    }

    /// What a mail is, by what the store knows now.
    pub(super) fn settled<'m>(&self, mail: &'m Mail, mailbox: Option<MailboxId>) -> Result<&'m Verdict> {
        let facts = mailbox.map(|mailbox| self.gather(mail, mailbox)).transpose()?.unwrap_or_default();
        self.verdict(mail, &facts)
    }

    /// What a mail is, by these facts. What a lead was sent after the mail says nothing about it: of mail of the past,
    /// and of mail read again, what was sent before it counts.
    pub(super) fn verdict<'m>(&self, mail: &'m Mail, facts: &Facts) -> Result<&'m Verdict> {
        let is_later = |candidate: &Candidate| candidate.last_sent > Some(mail.at);
        if !facts.leads.iter().any(is_later) {
            return Ok(settle(mail, facts));
        }
        let mut then = facts.clone();
        for candidate in then.leads.iter_mut().filter(|candidate| is_later(candidate)) {
            candidate.last_sent = self.last_sent_by(candidate.conversation, mail.at)?;
        }
        Ok(settle(mail, &then))
    }

    fn last_sent_by(&self, conversation: ConversationId, at: Timestamp) -> Result<Option<Timestamp>> {
        Ok(self
            .statement(
                "SELECT max(at) FROM message WHERE account_id = ?1 AND conversation_id = ?2
                     AND direction = 'outbound' AND at <= ?3",
            )?
            .query_row(params![self.account().get(), conversation.get(), at.millis()], |row| {
                codec::time(row, 0)
            })?)
    }
}

/// What these mails would be taken for if each replaced what is stored of it now: exactly as [`Apply::reread`] decides,
/// by a connection that cannot write.
pub(in crate::sqlite) fn verdicts(
    reader: &Connection,
    sealer: &Sealer,
    scope: Scope,
    mails: &[(Option<MailboxId>, &Mail)],
) -> Result<Vec<Verdict>> {
    let mut ids = Ids::default();
    let apply = Apply {
        db: reader,
        ids: &mut ids,
        sealer,
        scope,
        at: Timestamp(0),
        drafts: Vec::new(),
        clients: Vec::new(),
        deleted: None,
        author: None,
        renamed: false,
        tries: 0,
    };
    mails.iter().map(|(mailbox, mail)| Ok(apply.settled(mail, *mailbox)?.clone())).collect()
}
