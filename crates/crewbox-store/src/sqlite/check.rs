//! `doctor`'s look at one account: rows against what its messages and its log say, blobs against their
//! hashes. Reads only, and names what is wrong by ids, never by a text or an address.

use std::collections::HashMap;

use crewbox_core::conversation::{Conversation, Edit, MessageFacts};
use crewbox_core::id::{AccountId, MessageId};
use crewbox_core::message::Direction;
use crewbox_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::blob::Blobs;
use super::codec;
use super::failure::Result;
use crate::contract::{Fault, Scope, Thing};
use crate::seal::Sealer;

/// Faults of one check that are named; the rest is counted. Enough to see a pattern.
const NAMED_FAULTS: usize = 20;

/// Checks that are one query: each row is one fault, its columns the ids that stand in the sentence's `{}`.
/// All take the account as `?1`.
const QUERIES: &[(&str, &str, &str)] = &[
    (
        "log is dense",
        "the log goes from change {} to {} without those between",
        "SELECT before, seq FROM (SELECT seq, lag(seq, 1, 0) OVER (ORDER BY seq) AS before FROM change_log
         WHERE account_id = ?1) WHERE seq != before + 1",
    ),
    (
        "log ends at the head",
        "the head is {} but the log ends at {}",
        "SELECT head, ended FROM account, (SELECT coalesce(max(seq), 0) AS ended FROM change_log
         WHERE account_id = ?1) WHERE account_id = ?1 AND head != ended",
    ),
    (
        "conversation has its creation in the log",
        "conversation {} has no creation in the log",
        "SELECT conversation_id FROM conversation WHERE account_id = ?1 AND conversation_id NOT IN
         (SELECT conversation_id FROM change_log WHERE account_id = ?1 AND kind = 'conversation_created')",
    ),
    (
        "message has its arrival in the log",
        "message {} has no change in the log",
        "SELECT message_id FROM message WHERE account_id = ?1 AND message_id NOT IN
         (SELECT subject_id FROM change_log WHERE account_id = ?1
          AND kind IN ('message_received', 'message_sent', 'message_untracked'))",
    ),
    (
        "log names conversations that are there",
        "change {} names conversation {}, which is not there",
        "SELECT seq, conversation_id FROM change_log WHERE account_id = ?1 AND conversation_id IS NOT NULL
         AND conversation_id NOT IN (SELECT conversation_id FROM conversation WHERE account_id = ?1)
         AND conversation_id NOT IN (SELECT conversation_id FROM change_log
             WHERE account_id = ?1 AND kind = 'conversation_deleted' AND conversation_id IS NOT NULL)",
    ),
    (
        "row changed with its log",
        "conversation {} says it changed at {}, its newest change is of {}",
        "SELECT c.conversation_id, c.updated_at, l.at FROM conversation c JOIN
         (SELECT conversation_id, max(at) AS at FROM change_log WHERE account_id = ?1
          AND conversation_id IS NOT NULL GROUP BY conversation_id) l USING (conversation_id)
         WHERE c.account_id = ?1 AND c.updated_at > l.at",
    ),
    (
        "conversation has its lead and campaign",
        "conversation {} lacks its lead or campaign",
        "SELECT conversation_id FROM conversation WHERE account_id = ?1 AND
         (lead_id NOT IN (SELECT lead_id FROM lead WHERE account_id = ?1)
          OR campaign_id NOT IN (SELECT campaign_id FROM campaign WHERE account_id = ?1))",
    ),
    (
        "conversation is of the client of its campaign and lead",
        "conversation {} is of another client than its campaign or lead",
        "SELECT c.conversation_id FROM conversation c
         JOIN campaign p ON p.account_id = c.account_id AND p.campaign_id = c.campaign_id
         JOIN lead l ON l.account_id = c.account_id AND l.lead_id = c.lead_id
         WHERE c.account_id = ?1 AND (c.client_id IS NOT p.client_id OR c.client_id IS NOT l.client_id)",
    ),
    (
        "message is in a conversation that is there",
        "message {} is in conversation {}, which is not there",
        "SELECT message_id, conversation_id FROM message WHERE account_id = ?1 AND conversation_id IS NOT NULL
         AND conversation_id NOT IN (SELECT conversation_id FROM conversation WHERE account_id = ?1)",
    ),
    (
        "message has its texts",
        "message {} has no texts",
        "SELECT message_id FROM message WHERE account_id = ?1 AND message_id NOT IN
         (SELECT message_id FROM message_body WHERE account_id = ?1)",
    ),
    (
        "texts have their message",
        "there are texts of message {}, which is not there",
        "SELECT message_id FROM message_body WHERE account_id = ?1 AND message_id NOT IN
         (SELECT message_id FROM message WHERE account_id = ?1)",
    ),
    (
        "message has its raw mail",
        "message {} has no raw mail",
        "SELECT message_id FROM message WHERE account_id = ?1 AND content NOT IN
         (SELECT content FROM blob WHERE account_id = ?1)",
    ),
    (
        "quarantined mail has its raw mail",
        "quarantined mail {} has no raw mail",
        "SELECT quarantine_id FROM quarantine WHERE account_id = ?1 AND content NOT IN
         (SELECT content FROM blob WHERE account_id = ?1)",
    ),
    (
        "raw mail belongs to something",
        "raw mail of {} bytes belongs to no message",
        "SELECT size FROM blob WHERE account_id = ?1
         AND content NOT IN (SELECT content FROM message WHERE account_id = ?1)
         AND content NOT IN (SELECT content FROM quarantine WHERE account_id = ?1)
         AND content NOT IN (SELECT content FROM outgoing WHERE account_id = ?1)",
    ),
    (
        "place belongs to a message",
        "mailbox {} has a place (UID {}) of message {}, which is not there",
        "SELECT mailbox_id, uid, message_id FROM message_location WHERE account_id = ?1 AND message_id NOT IN
         (SELECT message_id FROM message WHERE account_id = ?1 UNION ALL
          SELECT message_id FROM tombstone WHERE account_id = ?1)",
    ),
    (
        "place belongs to a quarantined mail",
        "mailbox {} has a place (UID {}) of quarantined mail {}, which is not there",
        "SELECT mailbox_id, uid, quarantine_id FROM quarantine_location WHERE account_id = ?1
         AND quarantine_id NOT IN (SELECT quarantine_id FROM quarantine WHERE account_id = ?1)",
    ),
    (
        "cursors are where they can be",
        "a folder of mailbox {} starts at {} and has its cursors at {} and {}",
        "SELECT mailbox_id, start_uid, live_uid, history_uid FROM folder WHERE account_id = ?1
         AND (live_uid < start_uid - 1 OR history_uid > start_uid OR history_uid < 1)",
    ),
    (
        "outgoing message has its bytes and its conversation",
        "outgoing message {} lacks its bytes or its conversation",
        "SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND
         (content NOT IN (SELECT content FROM blob WHERE account_id = ?1)
          OR conversation_id NOT IN (SELECT conversation_id FROM conversation WHERE account_id = ?1))",
    ),
    (
        "conversation knows its next reminder",
        "conversation {} does not have the time of its earliest open reminder",
        "SELECT conversation_id FROM conversation c WHERE account_id = ?1 AND reminder_time IS NOT
         (SELECT min(remind_at) FROM reminder r WHERE r.account_id = ?1 AND r.conversation_id = c.conversation_id
          AND r.done_at IS NULL)",
    ),
    (
        "conversation knows its next due task",
        "conversation {} does not have the due time of its earliest open task",
        "SELECT conversation_id FROM conversation c WHERE account_id = ?1 AND task_time IS NOT
         (SELECT min(due_at) FROM task t WHERE t.account_id = ?1 AND t.conversation_id = c.conversation_id
          AND t.done_at IS NULL)",
    ),
    (
        "what was accepted is a message",
        "outgoing message {} was accepted and is no message",
        "SELECT outgoing_id FROM outgoing WHERE account_id = ?1 AND state = 'accepted' AND coalesce(message_id, 0)
         NOT IN (SELECT message_id FROM message WHERE account_id = ?1)",
    ),
    (
        "untracked mail is known as such",
        "message {} belongs to no conversation and is not offered as untracked",
        "SELECT message_id FROM message m WHERE account_id = ?1 AND conversation_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM untracked u WHERE u.account_id = ?1 AND u.message_id = m.message_id
             AND u.listed = (m.direction = 'inbound'))",
    ),
    (
        "mail is in one place",
        "message {} is in a conversation and untracked as well, or untracked and not there",
        "SELECT message_id FROM untracked WHERE account_id = ?1 AND message_id NOT IN
         (SELECT message_id FROM message WHERE account_id = ?1 AND conversation_id IS NULL)",
    ),
    (
        "mail is in one place",
        "message {} is held and in quarantine as well",
        "SELECT message_id FROM message WHERE account_id = ?1 AND content IN
         (SELECT content FROM quarantine WHERE account_id = ?1)",
    ),
    (
        "mail is in one place",
        "message {} is held and deleted as well",
        "SELECT message_id FROM message WHERE account_id = ?1 AND message_id IN
         (SELECT message_id FROM tombstone WHERE account_id = ?1)",
    ),
    (
        "mail is in one place",
        "quarantined mail {} is deleted as well",
        "SELECT quarantine_id FROM quarantine WHERE account_id = ?1 AND content IN
         (SELECT content FROM tombstone WHERE account_id = ?1)",
    ),
    (
        "member is in the directory",
        "member {} cannot sign in: the directory does not have them",
        "SELECT member_id FROM member m WHERE account_id = ?1 AND NOT EXISTS
         (SELECT 1 FROM directory d WHERE d.email = m.email AND d.account_id = ?1 AND d.member_id = m.member_id)",
    ),
    (
        "directory names members",
        "the directory names member {}, who is not there under that address",
        "SELECT member_id FROM directory d WHERE account_id = ?1 AND NOT EXISTS
         (SELECT 1 FROM member m WHERE m.account_id = ?1 AND m.member_id = d.member_id AND m.email = d.email)",
    ),
];

/// Tables whose ids come from a counter: each has the counter's name, and its ids in a column of that name.
const COUNTED: &str =
    "SELECT DISTINCT c.name FROM counter c JOIN pragma_table_info(c.name) i ON i.name = c.name || '_id'
     WHERE c.account_id = ?1";

/// Rows whose foreign key names a row that is not there: such as a part of a conversation without the conversation.
const ORPHANS: &str = "SELECT \"table\", parent FROM pragma_foreign_key_check";

/// Checks one account. What is below all accounts is checked once for all (`check_files.rs`).
pub(super) fn check(db: &Connection, blobs: &Blobs, sealer: &Sealer, scope: &Scope) -> Result<Vec<Fault>> {
    let account = scope.account();
    let mut faults = Faults::default();
    for (name, sentence, sql) in QUERIES {
        query(db, account, name, sentence, sql, &mut faults)?;
    }
    let counted: Vec<String> = db
        .prepare(COUNTED)?
        .query_map([account.get()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for table in counted {
        let sql = format!(
            "SELECT {table}_id, next_id FROM {table} JOIN counter ON counter.account_id = ?1 AND counter.name = '{table}'
             WHERE {table}.account_id = ?1 AND {table}_id >= next_id"
        );
        let sentence = format!("{table} {{}} is not below its counter, {{}}: its id could be given again");
        query(db, account, "ids are below their counters", &sentence, &sql, &mut faults)?;
    }
    orphans(db, &mut faults)?;
    derived(db, account, &mut faults)?;
    raw(db, blobs, account, &mut faults)?;
    if let Some(sealed) = super::secret::check_value(db)?
        && sealer.verify(&sealed).is_err()
    {
        faults.add("sealing key", "the sealing key does not open this store".to_owned());
    }
    Ok(faults.done())
}

/// Faults, as many of each check as are worth naming.
#[derive(Default)]
struct Faults {
    named: Vec<Fault>,
    counts: HashMap<&'static str, usize>,
}

impl Faults {
    fn add(&mut self, check: &'static str, what: String) {
        let count = self.counts.entry(check).or_default();
        *count += 1;
        if *count <= NAMED_FAULTS {
            self.named.push(Fault { check, what });
        }
    }

    fn done(mut self) -> Vec<Fault> {
        let mut more: Vec<_> = self.counts.into_iter().filter(|(_, count)| *count > NAMED_FAULTS).collect();
        more.sort_unstable();
        self.named.extend(
            more.into_iter()
                .map(|(check, count)| Fault { check, what: format!("and {} more", count - NAMED_FAULTS) }),
        );
        self.named
    }
}

fn query(
    db: &Connection,
    account: AccountId,
    name: &'static str,
    sentence: &str,
    sql: &str,
    faults: &mut Faults,
) -> Result<()> {
    let mut rows = db.prepare(sql)?;
    let columns = rows.column_count();
    let mut rows = rows.query([account.get()])?;
    while let Some(row) = rows.next()? {
        let mut what = sentence.to_owned();
        for column in 0..columns {
            what = what.replacen("{}", &row.get::<_, i64>(column)?.to_string(), 1);
        }
        faults.add(name, what);
    }
    Ok(())
}

/// Rows whose foreign key names nothing, of all accounts.
fn orphans(db: &Connection, faults: &mut Faults) -> Result<()> {
    let mut orphans = db.prepare(ORPHANS)?;
    let mut rows = orphans.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(1)?);
        faults.add(
            "row has what it belongs to",
            format!("a row of {table} names a {parent} that is not there"),
        );
    }
    Ok(())
}

/// Every conversation's times, counts and derived flags against its messages.
fn derived(db: &Connection, account: AccountId, faults: &mut Faults) -> Result<()> {
    let sql = format!(
        "SELECT {} FROM conversation c WHERE c.account_id = ?1 ORDER BY c.conversation_id",
        codec::CONVERSATION
    );
    let mut conversations = db.prepare(&sql)?;
    let mut messages = db.prepare(
        "SELECT message_id, direction, class, at, mailbox_id, about_another FROM message
         WHERE account_id = ?1 AND conversation_id = ?2 ORDER BY message_id",
    )?;
    let mut rows = conversations.query([account.get()])?;
    while let Some(row) = rows.next()? {
        let held = codec::conversation(row)?;
        let facts = messages
            .query_map(params![account.get(), held.id.get()], |row| {
                Ok(MessageFacts {
                    id: MessageId(row.get(0)?),
                    direction: codec::named(row, 1)?,
                    class: codec::named(row, 2)?,
                    at: Timestamp(row.get(3)?),
                    mailbox: codec::id(row, 4)?,
                    about_another: row.get(5)?,
                })
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if !agrees(&held, facts) {
            let id = held.id;
            let what = format!("conversation {id} does not say what its messages say: run `crewbox reindex`");
            faults.add("conversation agrees with its messages", what);
        }
    }
    Ok(())
}

fn agrees(held: &Conversation, facts: Vec<MessageFacts>) -> bool {
    let sent = facts.iter().any(|message| message.direction == Direction::Outbound);
    let mut again = held.clone();
    again.apply(&Edit::Rederive(facts), held.updated_at);
    // The mailbox is that of the newest message as they came in; among equals the order of arrival decides.
    again.mailbox = held.mailbox;
    if !sent {
        again.lead_status = held.lead_status;
    }
    again == *held
}

/// Every raw mail against its hash, one at a time.
fn raw(db: &Connection, blobs: &Blobs, account: AccountId, faults: &mut Faults) -> Result<()> {
    let mut rows = db.prepare("SELECT content, size, data FROM blob WHERE account_id = ?1")?;
    let mut of = db.prepare("SELECT min(message_id) FROM message WHERE account_id = ?1 AND content = ?2")?;
    let mut rows = rows.query([account.get()])?;
    while let Some(row) = rows.next()? {
        let content: [u8; 32] = row.get(0)?;
        let size: u64 = row.get(1)?;
        let data = row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
        if blobs.read(account, &content, size, data, (Thing::Message, 0)).is_err() {
            let message: Option<u64> = of.query_row(params![account.get(), content], |row| row.get(0))?;
            let whose = message.map_or("a quarantined mail".to_owned(), |id| format!("message {id}"));
            faults.add("raw mail is as it came", format!("the raw mail of {whose} is missing or altered"));
        }
    }
    Ok(())
}
