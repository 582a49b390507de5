//! A lead belongs to one client: what one client writes, another neither reads nor changes.

use crewbox_core::change::{Change, ChangeKind};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CampaignId, ClientId, LeadId, MailboxId, Seq, TagId};
use crewbox_core::model::{Dialect, LeadFields, MailboxSettings};
use crewbox_store::contract::{AttachTo, LeadQuery, MailboxChange, MailboxSecrets, NewMailbox, Search};
use crewbox_store::{Batch, LeadOutcome, Live, NewKey, Op, Outcome, Scope, StoreError, Thing, key};

use super::world::{NOW, World, mail, place};

const SHARED: &str = "shared@lead.test";

/// A client with a campaign and a mailbox, seen through a key of its own.
struct Client {
    id: ClientId,
    campaign: CampaignId,
    mailbox: MailboxId,
    scope: Scope,
}

impl World {
    async fn client(&self, number: u8) -> Client {
        let name = format!("c{number}");
        let id =
            ClientId(self.made(Op::AddClient { name: name.clone(), email: format!("{name}@c.test") }).await);
        let client = Some(id);
        let campaign =
            CampaignId(self.made(Op::AddCampaign { name: name.clone(), client, parent: None }).await);
        let mailbox = Op::SaveMailbox(Box::new(NewMailbox {
            email: format!("{name}@sender.test"),
            name,
            client,
            settings: MailboxSettings::default(),
            secrets: MailboxSecrets::default(),
        }));
        let mailbox = MailboxId(self.made(mailbox).await);
        let (text, hash) = key::from_secret(self.scope.account(), [number; 32]);
        let dialect = Dialect::Documented;
        let new = NewKey {
            member: self.owner,
            hash,
            dialect,
            rate_limit: None,
            client,
            expires_at: None,
            name: None,
            level: crewbox_core::model::KeyLevel::Manage,
            mcp_send: false,
        };
        self.commit(vec![Op::AddKey(new)]).await;
        let scope = Live::new(self.store.clone()).sign_in(&text, NOW).await.unwrap().scope;
        Client { id, campaign, mailbox, scope }
    }

    async fn made(&self, op: Op) -> u64 {
        match self.commit(vec![op]).await.outcomes[..] {
            [Outcome::Id(id)] => id,
            ref other => panic!("{other:?}"),
        }
    }

    /// Adds [`SHARED`] with this name to a campaign, as `scope`.
    async fn add(&self, scope: Scope, campaign: CampaignId, name: &str) -> LeadOutcome {
        let fields = LeadFields {
            email: SHARED.to_owned(),
            first_name: Some(name.to_owned()),
            custom_fields: vec![(name.to_owned(), "known".to_owned())],
            ..LeadFields::default()
        };
        let op = Op::AddLeads { campaign, leads: vec![fields] };
        let committed = self.store.commit(Batch::new(scope, NOW, vec![op])).await.unwrap();
        match &committed.outcomes[0] {
            Outcome::Leads(leads) => leads[0].unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn first_name(&self, scope: &Scope, lead: LeadId) -> Option<String> {
        let leads = self.store.leads_by_email(scope, SHARED).await.unwrap();
        leads.into_iter().find(|(one, _)| one.id == lead).and_then(|(one, _)| one.fields.first_name)
    }

    async fn has_no_faults(&self) {
        assert_eq!(self.store.check(&self.scope).await.unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_another_client_knows_is_a_lead_of_its_own_whoever_adds_it() {
    let world = World::new().await;
    let (one, two) = (world.client(1).await, world.client(2).await);
    let theirs = world.add(one.scope, one.campaign, "Secret").await;
    // By the client's own key, and by the owner into its campaign.
    for adds in [two.scope, world.scope] {
        let head = world.store.head(&world.scope).await.unwrap().seq;
        let ours = world.add(adds, two.campaign, "Ours").await;
        assert_ne!(ours.lead, theirs.lead);
        assert_eq!(world.first_name(&two.scope, ours.lead).await.as_deref(), Some("Ours"));
        assert_eq!(world.first_name(&one.scope, theirs.lead).await.as_deref(), Some("Secret"));
        let changes = world.store.changes(&world.scope, head, 100).await.unwrap().changes;
        assert!(changes.iter().all(|change| change.conversation != Some(theirs.conversation)), "{changes:?}");
    }
    // What is empty is filled in of the own lead only.
    let op = |campaign| {
        let fields =
            LeadFields { email: SHARED.to_owned(), phone: Some("+1".into()), ..LeadFields::default() };
        vec![Op::AddLeads { campaign, leads: vec![fields] }]
    };
    let head = world.store.head(&world.scope).await.unwrap().seq;
    world.store.commit(Batch::new(two.scope, NOW, op(two.campaign))).await.unwrap();
    let changes = world.store.changes(&world.scope, head, 100).await.unwrap().changes;
    assert_eq!(changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [ChangeKind::LeadChanged]);
    let of_one = world.store.leads_by_email(&one.scope, SHARED).await.unwrap();
    assert_eq!(of_one[0].0.fields.phone, None);
    assert_eq!(of_one[0].0.fields.custom_fields.len(), 1);

    // The owner sees both; each client its own, under every spelling.
    let all = world.store.leads_by_email(&world.scope, SHARED).await.unwrap();
    let mut clients: Vec<_> = all.iter().map(|(lead, of)| (lead.client, of.len())).collect();
    clients.sort_unstable();
    assert_eq!(clients, [(Some(one.id), 1), (Some(two.id), 1)]);
    for client in [&one, &two] {
        let seen = world.store.leads_by_email(&client.scope, "Shared@LEAD.test").await.unwrap();
        assert_eq!(seen.iter().map(|(lead, _)| lead.client).collect::<Vec<_>>(), [Some(client.id)]);
    }
    world.has_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_clients_lead_and_conversation_are_not_there() {
    let world = World::new().await;
    let (one, two) = (world.client(1).await, world.client(2).await);
    let theirs = world.add(one.scope, one.campaign, "Secret").await;
    let ours = world.add(two.scope, two.campaign, "Ours").await;
    let (store, scope) = (&world.store, &two.scope);
    let missing = LeadId(424_242);
    for (campaign, lead) in [
        (two.campaign, theirs.lead),
        (two.campaign, missing),
        (one.campaign, theirs.lead),
        (one.campaign, missing),
    ] {
        let found = store.conversation_of(scope, campaign, lead).await;
        assert!(matches!(found, Err(StoreError::NotFound(Thing::Lead, id)) if id == lead.get()), "{found:?}");
    }
    assert_eq!(store.conversation_of(scope, two.campaign, ours.lead).await.unwrap().id, ours.conversation);
    let query = LeadQuery { limit: 100, most_bytes: usize::MAX, ..LeadQuery::default() };
    for campaign in [one.campaign, CampaignId(424_242)] {
        let found = store.leads(scope, campaign, &query).await;
        assert!(matches!(found, Err(StoreError::NotFound(Thing::Campaign, _))), "{found:?}");
        let op = Op::AddLeads { campaign, leads: Vec::new() };
        let added = store.commit(Batch::new(*scope, NOW, vec![op])).await;
        assert!(matches!(added, Err(StoreError::NotFound(Thing::Campaign, _))), "{added:?}");
    }
    // Search finds a shared address where the caller sees it, and another client's name nowhere.
    for (text, by, expected) in [
        (SHARED, scope, vec![ours.conversation]),
        ("Secret", scope, Vec::new()),
        (SHARED, &world.scope, vec![theirs.conversation, ours.conversation]),
        ("Secret", &one.scope, vec![theirs.conversation]),
    ] {
        let search = Search { text: text.to_owned() };
        assert_eq!(
            store.search(by, &search).await.unwrap().conversations.iter().collect::<Vec<_>>(),
            expected,
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_attached_to_a_campaign_becomes_a_lead_of_its_client() {
    let world = World::new().await;
    let (one, two) = (world.client(1).await, world.client(2).await);
    let theirs = world.add(one.scope, one.campaign, "Secret").await;
    let (mut letter, raw) = mail("shared@x", "hello");
    letter.from.email = SHARED.to_owned();
    letter.from.name = "Sheila Sender".to_owned();
    let mut ingest = world.ingest_of(&letter, &raw);
    ingest.mailbox = two.mailbox;
    let stored = match world.commit(vec![Op::Ingest(Box::new(ingest))]).await.outcomes.swap_remove(0) {
        Outcome::Ingested(stored) => stored,
        other => panic!("{other:?}"),
    };
    assert_eq!(stored.conversation, None, "the other client's lead does not draw it");
    let attach = Op::Attach { message: stored.message, to: AttachTo::Campaign(two.campaign), place };
    world.commit(vec![attach]).await;
    let ours = world.store.leads_by_email(&two.scope, SHARED).await.unwrap();
    assert_eq!(ours.len(), 1);
    assert_ne!(ours[0].0.id, theirs.lead);
    let name = (ours[0].0.fields.first_name.as_deref(), ours[0].0.fields.last_name.as_deref());
    assert_eq!(name, (Some("Sheila"), Some("Sender")));
    assert_eq!(world.first_name(&one.scope, theirs.lead).await.as_deref(), Some("Secret"));
    let attach = Op::Attach { message: stored.message, to: AttachTo::Campaign(one.campaign), place };
    let refused = world.try_commit(vec![attach]).await;
    assert!(matches!(refused, Err(StoreError::OtherClient(Thing::Campaign))), "{refused:?}");
    world.has_no_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mailbox_learns_depends_on_no_other_clients_leads() {
    let world = World::new().await;
    let (one, two) = (world.client(1).await, world.client(2).await);
    let aliases = async |client: &Client| {
        let catalog = world.store.catalog(&world.scope).await.unwrap();
        catalog.mailbox(client.mailbox).unwrap().aliases.clone()
    };
    let learn =
        |client: &Client| vec![Op::LearnAlias { mailbox: client.mailbox, address: SHARED.to_owned() }];
    world.add(one.scope, one.campaign, "Secret").await;
    world.commit(learn(&one)).await;
    assert_eq!(aliases(&one).await, Vec::<String>::new(), "it is this client's lead");
    world.commit(learn(&two)).await;
    assert_eq!(aliases(&two).await, [SHARED], "of another client's lead nothing is known");
    // A lead that another client adds takes nothing away; the own does.
    let head = world.store.head(&world.scope).await.unwrap().seq;
    let op = |campaign| {
        vec![Op::AddLeads {
            campaign,
            leads: vec![LeadFields { email: SHARED.into(), ..LeadFields::default() }],
        }]
    };
    let three = world.client(3).await;
    world.commit(op(three.campaign)).await;
    assert_eq!(aliases(&two).await, [SHARED]);
    let changes = world.store.changes(&world.scope, Seq(head.0), 100).await.unwrap().changes;
    assert!(changes.iter().all(|change| change.kind != ChangeKind::MailboxAliasesChanged));
    world.commit(op(two.campaign)).await;
    assert_eq!(aliases(&two).await, Vec::<String>::new());
    world.has_no_faults().await;
}

/// The numbers of changes in the account and among those of the client.
async fn numbers(world: &World, scope: &Scope, since: u64) -> Vec<(u64, u64)> {
    let page = world.store.changes(scope, Seq(since), 100).await.unwrap();
    let numbers = |change: &Change| (change.seq.0, change.seq_for(scope.client()).unwrap().0);
    page.changes.iter().map(numbers).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_a_log_of_its_own_that_is_numbered_without_a_gap() {
    let world = World::new().await;
    let (one, two) = (world.client(1).await, world.client(2).await);
    let start = world.store.changes(&one.scope, Seq(0), 100).await.unwrap();
    let kinds: Vec<ChangeKind> = start.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::CampaignSaved, ChangeKind::MailboxSaved], "its campaign and its mailbox");
    assert_eq!(start.head.seq, Seq(2));
    let begin = world.store.head(&world.scope).await.unwrap().seq.0;

    let ours = world.add(one.scope, one.campaign, "Ours").await.conversation;
    let theirs = world.add(two.scope, two.campaign, "Theirs").await.conversation;
    let important = |conversation| Op::Edit { conversation, edit: Edit::Important(true) };
    // In one batch, for both and the account's own; with a deletion, after which nothing is left to look the client up by.
    let last =
        vec![important(theirs), important(ours), important(world.conversation), Op::DeleteConversation(ours)];
    world.commit(last).await;
    assert_eq!(numbers(&world, &one.scope, 2).await, [(begin + 1, 3), (begin + 4, 4), (begin + 6, 5)]);
    assert_eq!(numbers(&world, &two.scope, 2).await, [(begin + 2, 3), (begin + 3, 4)]);
    assert_eq!(numbers(&world, &one.scope, 4).await, [(begin + 6, 5)]);
    let whole = world.store.changes(&world.scope, Seq(begin), 100).await.unwrap();
    assert_eq!((whole.changes.len(), whole.head.seq), (6, Seq(begin + 6)));
    let deleted = whole.changes.last().unwrap();
    assert_eq!((deleted.kind, deleted.seq_for(Some(two.id))), (ChangeKind::ConversationDeleted, None));

    // Either number follows from the other; between its changes a client is at the one before.
    for (seq, seen) in [(begin, 2), (begin + 1, 3), (begin + 3, 3), (begin + 4, 4), (begin + 6, 5)] {
        assert_eq!(world.store.seq_as_seen(&one.scope, Seq(seq)).await.unwrap(), Seq(seen), "{seq}");
    }
    for (seen, seq) in [(3, begin + 1), (4, begin + 4), (5, begin + 6), (99, begin + 6), (0, 0)] {
        assert_eq!(world.store.seq_of_account(&one.scope, Seq(seen)).await.unwrap(), Seq(seq), "{seen}");
    }
    assert_eq!(world.store.seq_as_seen(&world.scope, Seq(7)).await.unwrap(), Seq(7));

    // A mailbox that goes over to another client is the other one's from then on.
    let change = MailboxChange { client: Some(two.id), ..MailboxChange::default() };
    world.commit(vec![Op::ChangeMailbox { mailbox: one.mailbox, change }]).await;
    assert_eq!(numbers(&world, &one.scope, 5).await, []);
    assert_eq!(numbers(&world, &two.scope, 4).await, [(begin + 7, 5)]);
    let tag = world.made(Op::AddTag { name: "new".to_owned() }).await;
    world.commit(vec![Op::RenameTag { tag: TagId(tag), name: "newer".to_owned() }]).await;
    let renames = world.store.renames(&world.scope, Seq(begin), 10).await.unwrap();
    assert_eq!(renames.iter().map(|change| change.seq.0).collect::<Vec<_>>(), [begin + 9]);
}
