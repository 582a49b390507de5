//! What migrations make of stores that earlier versions wrote.

use crewbox_core::change::{Cause, ChangeKind};
use crewbox_core::id::{AccountId, CampaignId, ClientId, LeadId, MemberId};
use crewbox_core::model::{LeadFields, Role};
use rusqlite::Connection;

use super::schema::MIGRATIONS;
use super::*;
use crate::contract::{Op, Outcome};
use crate::open::Open;

/// Migrations before a lead had a client.
const BEFORE_CLIENTS: usize = 9;

/// A store of the version with this many migrations, with these rows.
fn older(dir: &std::path::Path, migrations: usize, rows: &str) {
    crate::private::restrict_empty(dir).unwrap();
    let db = Connection::open(dir.join(connect::DATABASE)).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    MIGRATIONS[..migrations].iter().for_each(|migration| db.execute_batch(migration).unwrap());
    db.pragma_update(None, "user_version", migrations).unwrap();
    db.execute_batch(rows).unwrap();
}

/// Two clients and the team itself in one account. They share the lead `lea@lead.test`, whose first conversation is
/// client 1's; the lead of nobody is in no campaign. In another account the same address is a lead, too.
const SHARED: &str = "
    INSERT INTO account (account_id, name, created_at, head) VALUES (1, 'one', 1, 6), (2, 'two', 1, 2);
    INSERT INTO counter (account_id, name, next_id) VALUES (1, 'lead', 1001), (1, 'conversation', 1001),
        (1, 'campaign', 1001), (1, 'client', 1001), (2, 'lead', 1001), (2, 'conversation', 1001), (2, 'campaign', 1001);
    INSERT INTO client (account_id, client_id, name, email, created_at)
        VALUES (1, 1, 'A', 'a@a.test', 1), (1, 2, 'B', 'b@b.test', 1);
    INSERT INTO campaign (account_id, campaign_id, name, client_id, created_at)
        VALUES (1, 1, 'Of A', 1, 1), (1, 2, 'Of B', 2, 1), (1, 3, 'Own', NULL, 1), (1, 4, 'Of B too', 2, 1),
            (2, 1, 'Else', NULL, 1);
    INSERT INTO lead (account_id, lead_id, email, first_name, phone, custom_fields, created_at)
        VALUES (1, 1, 'lea@lead.test', 'Lea', '+49 1', '[[\"note\",\"kept\"]]', 5),
            (1, 2, 'max@lead.test', 'Max', NULL, '', 5), (1, 3, 'nobody@lead.test', NULL, NULL, '', 5),
            (2, 1, 'lea@lead.test', 'Else', NULL, '', 5);
    INSERT INTO conversation (account_id, conversation_id, lead_id, campaign_id, client_id, flags, revenue_cents, tags,
            lead_status, sent_count, opened_count, clicked_count, replied_count, created_at, updated_at)
        SELECT account, id, lead, campaign, client, 0, 0, '', 'started', 0, 0, 0, 0, at, at FROM (
            SELECT 1 AS account, 7 AS id, 1 AS lead, 1 AS campaign, 1 AS client, 10 AS at
            UNION ALL SELECT 1, 2, 1, 2, 2, 20 UNION ALL SELECT 1, 3, 1, 3, NULL, 30
            UNION ALL SELECT 1, 4, 1, 4, 2, 40 UNION ALL SELECT 1, 5, 2, 2, 2, 50
            UNION ALL SELECT 2, 1, 1, 1, NULL, 10);
    INSERT INTO change_log (account_id, seq, at, kind, conversation_id, subject_id, detail)
        VALUES (1, 1, 1, 'account_created', NULL, 1, ''), (2, 1, 1, 'account_created', NULL, 2, ''),
            (1, 2, 10, 'conversation_created', 7, 1, ''), (1, 3, 20, 'conversation_created', 2, 1, ''),
            (1, 4, 30, 'conversation_created', 3, 1, ''), (1, 5, 40, 'conversation_created', 4, 1, ''),
            (1, 6, 50, 'conversation_created', 5, 2, ''), (2, 2, 10, 'conversation_created', 1, 1, '');";

fn of_client(client: u64) -> Scope {
    Scope::member(AccountId(1), MemberId(1), Role::Member, Some(ClientId(client)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_clients_shared_becomes_one_of_each_with_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    older(dir.path(), BEFORE_CLIENTS, SHARED);
    let engine = Engine::open(dir.path(), &Open::server(dir.path())).unwrap();
    let scope = Scope::operator(AccountId(1));
    assert_eq!(engine.check(&scope).await.unwrap(), []);
    assert_eq!(engine.check(&Scope::operator(AccountId(2))).await.unwrap(), []);

    let mut leads = engine.leads_by_email(&scope, "lea@lead.test").await.unwrap();
    leads.sort_by_key(|(lead, _)| lead.id);
    let held: Vec<_> = leads
        .iter()
        .map(|(lead, of)| {
            (lead.id.0, lead.client.map(ClientId::get), of.iter().map(|one| one.id.0).collect())
        })
        .collect();
    assert_eq!(
        held,
        [(1, Some(1), vec![7]), (1001, Some(2), vec![2, 4]), (1002, None, vec![3])],
        "who had it first keeps the id"
    );
    assert!(leads.iter().all(|(lead, _)| lead.fields == leads[0].0.fields), "{leads:?}");
    assert_eq!(leads[0].0.fields.phone.as_deref(), Some("+49 1"));
    assert_eq!(leads[0].0.fields.custom_fields, [("note".to_owned(), "kept".to_owned())]);
    for (email, client) in [("max@lead.test", Some(2)), ("nobody@lead.test", None)] {
        let found = engine.leads_by_email(&scope, email).await.unwrap();
        assert_eq!(found.len(), 1, "{email}");
        assert_eq!(found[0].0.client.map(ClientId::get), client, "{email}");
    }
    for (client, expected) in [(1, vec![1]), (2, vec![1001])] {
        let found = engine.leads_by_email(&of_client(client), "lea@lead.test").await.unwrap();
        assert_eq!(found.iter().map(|(lead, _)| lead.id.0).collect::<Vec<_>>(), expected);
    }

    // Whoever follows the log reads which conversations have another lead now.
    let page = engine.changes(&scope, Seq(6), 100).await.unwrap();
    let news: Vec<_> = page
        .changes
        .iter()
        .map(|change| (change.seq.0, change.kind, change.conversation.map(|id| id.0), change.subject))
        .collect();
    let changed = ChangeKind::LeadChanged;
    assert_eq!(
        news,
        [
            (7, changed, Some(2), Some(1001)),
            (8, changed, Some(3), Some(1002)),
            (9, changed, Some(4), Some(1001))
        ]
    );
    assert!(page.changes.iter().all(|change| change.cause == Cause::System && change.at == Timestamp(50)));
    assert_eq!(page.head.seq, Seq(9));
    let other = engine.changes(&Scope::operator(AccountId(2)), Seq(2), 100).await.unwrap();
    assert_eq!((other.changes.len(), other.head.seq), (0, Seq(2)));

    // From here on each client's lead is its own, and no id is given twice.
    let fields = |company: &str| LeadFields {
        email: "lea@lead.test".to_owned(),
        company: Some(company.to_owned()),
        ..LeadFields::default()
    };
    let ops = vec![
        Op::AddLeads { campaign: CampaignId(2), leads: vec![fields("Known to B")] },
        Op::AddLeads {
            campaign: CampaignId(1),
            leads: vec![LeadFields { email: "new@x.test".into(), ..fields("") }],
        },
    ];
    let committed = engine.commit(Batch::new(scope, Timestamp(60), ops)).await.unwrap();
    let lead = |place: usize| match &committed.outcomes[place] {
        Outcome::Leads(leads) => leads[0].unwrap().lead,
        other => panic!("{other:?}"),
    };
    assert_eq!(lead(0), LeadId(1001));
    assert!(lead(1) > LeadId(1002), "{:?}", lead(1));
    let of_a = engine.leads_by_email(&of_client(1), "lea@lead.test").await.unwrap();
    assert_eq!(of_a[0].0.fields.company, None);
    assert_eq!(engine.check(&scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_from_before_belong_to_the_client_that_their_conversation_has() {
    let dir = tempfile::tempdir().unwrap();
    let campaigns = "INSERT INTO change_log (account_id, seq, at, kind, subject_id, detail)
            VALUES (1, 7, 60, 'campaign_saved', 1, ''), (1, 8, 60, 'campaign_saved', 3, '');
        UPDATE account SET head = 8 WHERE account_id = 1;";
    older(dir.path(), BEFORE_CLIENTS, &format!("{SHARED}{campaigns}"));
    let engine = Engine::open(dir.path(), &Open::server(dir.path())).unwrap();
    for (client, expected) in [(1, vec![(2, 1), (7, 2)]), (2, vec![(3, 1), (5, 2), (6, 3)])] {
        let page = engine.changes(&of_client(client), Seq(0), 100).await.unwrap();
        let number = |change: &crewbox_core::change::Change| {
            (change.seq.0, change.seq_for(Some(ClientId(client))).unwrap().0)
        };
        let before: Vec<_> = page.changes.iter().map(number).filter(|(seq, _)| *seq <= 8).collect();
        assert_eq!(before, expected, "client {client}");
        let last = page.changes.last().map(number).unwrap();
        assert_eq!(page.head.seq, Seq(last.1), "numbered to the end");
        assert_eq!(last.1, page.changes.len() as u64);
    }
}
