//! What others added to a conversation after what somebody has seen of it: their replies, sent or in the outbox, and their notes.
//!
//! Decides nothing: whether a reply may be sent all the same is the caller's matter.

use crewbox_core::id::{ConversationId, MemberId, MessageId, NoteId};
use rusqlite::{OptionalExtension as _, params};

use super::Apply;
use crate::contract::{Newer, Seen, Thing};
use crate::sqlite::failure::{Result, not_found};

/// The newest of it; none where there is nothing. Times are compared, because a mail of the past may be stored late.
pub(super) fn newest(
    apply: &Apply<'_>,
    conversation: ConversationId,
    seen: Seen,
    member: Option<MemberId>,
) -> Result<Option<Newer>> {
    let account = apply.account().get();
    let at: Option<i64> = apply
        .statement(
            "SELECT at FROM message WHERE account_id = ?1 AND message_id = ?2 AND conversation_id = ?3",
        )?
        .query_row(params![account, seen.message.get(), conversation.get()], |row| row.get(0))
        .optional()?;
    let at = at.ok_or_else(|| not_found(Thing::Message, seen.message.get()))?;
    let me = member.map(MemberId::get);
    let note = seen.note.map_or(0, NoteId::get);
    // What machines send about our mail is no reply, and what we sent with another program has no row in the outbox.
    let message = apply
        .statement(
            "SELECT m.at, m.message_id, m.from_email, o.member_id FROM message m
             LEFT JOIN outgoing o ON o.account_id = m.account_id AND o.rfc_hash = m.rfc_hash AND o.message_id = m.message_id
             WHERE m.account_id = ?1 AND m.conversation_id = ?2 AND (m.at, m.message_id) > (?3, ?4)
                AND CASE m.direction
                    WHEN 'inbound' THEN m.class NOT IN ('bounce', 'delayed', 'feedback', 'receipt')
                    ELSE o.member_id IS NOT ?5 END
             ORDER BY m.at DESC, m.message_id DESC LIMIT 1",
        )?
        .query_row(params![account, conversation.get(), at, seen.message.get(), me], |row| {
            let (id, from, member) = (MessageId(row.get(1)?), row.get(2)?, member_of(row.get(3)?));
            Ok((row.get::<_, i64>(0)?, Newer::Message { id, from, member }))
        })
        .optional()?;
    let queued = apply
        .statement(
            "SELECT created_at, rfc_id, member_id FROM outgoing
             WHERE account_id = ?1 AND conversation_id = ?2 AND state = 'queued' AND created_at > ?3
                AND member_id IS NOT ?4
             ORDER BY created_at DESC LIMIT 1",
        )?
        .query_row(params![account, conversation.get(), at, me], |row| {
            let newer = Newer::Queued { message_id: row.get(1)?, member: member_of(row.get(2)?) };
            Ok((row.get::<_, i64>(0)?, newer))
        })
        .optional()?;
    let note = apply
        .statement(
            "SELECT created_at, note_id, member_id FROM note
             WHERE account_id = ?1 AND conversation_id = ?2 AND created_at > ?3 AND member_id IS NOT ?4
                AND note_id > ?5
             ORDER BY created_at DESC LIMIT 1",
        )?
        .query_row(params![account, conversation.get(), at, me, note], |row| {
            Ok((row.get::<_, i64>(0)?, Newer::Note { id: row.get(1)?, member: member_of(row.get(2)?) }))
        })
        .optional()?;
    let all = [message, queued, note].into_iter().flatten();
    Ok(all.max_by_key(|(at, _)| *at).map(|(_, newer)| newer))
}

fn member_of(id: Option<u64>) -> Option<MemberId> {
    id.map(MemberId)
}
