//! Nothing crosses from one account to another, nor from one client to another.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::{MemberId, Seq};
use crewbox_store::contract::Search;
use crewbox_store::{BodyLimits, Live, NewKey, Op, Outcome, StoreError, Thing, key};

use super::world::{NOW, World, account, furnish, lead, mail, member};

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_ids_find_nothing() {
    let world = World::new().await;
    let (mail, raw) = mail("a@x", "a secret plan");
    let message = world.ingest(&mail, &raw).await.message;
    let (other, _) = account(&world.store, "two").await;
    let store = &world.store;
    assert!(matches!(
        store.conversation(&other, world.conversation).await,
        Err(StoreError::NotFound(Thing::Conversation, _))
    ));
    assert!(matches!(
        store.message(&other, message, BodyLimits::WHOLE).await,
        Err(StoreError::NotFound(Thing::Message, _))
    ));
    assert!(matches!(store.raw(&other, message).await, Err(StoreError::NotFound(Thing::Message, _))));
    assert!(store.history(&other, world.conversation, BodyLimits::WHOLE).await.is_err());
    assert!(store.mailbox_secrets(&other, world.mailbox).await.is_err());
    assert!(store.rows(&other, &[world.conversation], Some(BodyLimits::WHOLE)).await.unwrap().is_empty());
    assert!(store.entries(&other, &[world.conversation]).await.unwrap().is_empty());
    assert!(store.all_entries(&other).await.unwrap().1.is_empty());
    assert!(store.leads_by_email(&other, "lead@example.test").await.unwrap().is_empty());
    assert_eq!(store.held(&other, &[mail.content]).await.unwrap(), [false]);
    assert!(store.raws(&other, crewbox_core::id::MessageId(0), 10).await.unwrap().is_empty());
    let search = Search { text: "secret".to_owned() };
    assert_eq!(store.search(&other, &search).await.unwrap().conversations.iter().collect::<Vec<_>>(), []);
    assert_eq!(
        store.search(&world.scope, &search).await.unwrap().conversations.iter().collect::<Vec<_>>(),
        [world.conversation]
    );
    let changes = store.changes(&other, Seq(0), 100).await.unwrap().changes;
    assert!(changes.iter().all(|change| change.conversation.is_none()));

    // The same numbers in the other account are other things.
    let (_, _, theirs) = furnish(store, other).await;
    assert_eq!(theirs, world.conversation, "each account counts its ids from 1");
    assert_eq!(store.search(&other, &search).await.unwrap().conversations.iter().collect::<Vec<_>>(), []);
    assert!(store.history(&other, theirs, BodyLimits::WHOLE).await.unwrap().messages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_key_sees_only_its_clients_rows() {
    let world = World::new().await;
    let committed = world.commit(vec![Op::AddClient { name: "C".into(), email: "c@c.test".into() }]).await;
    let Outcome::Id(client) = committed.outcomes[0] else { panic!() };
    let client = Some(crewbox_core::id::ClientId(client));
    let committed = world.commit(vec![Op::AddCampaign { name: "Theirs".into(), client, parent: None }]).await;
    let Outcome::Id(campaign) = committed.outcomes[0] else { panic!() };
    let leads = vec![lead("other@example.test")];
    let committed = world.commit(vec![Op::AddLeads { campaign: campaign.into(), leads }]).await;
    let Outcome::Leads(leads) = &committed.outcomes[0] else { panic!() };
    let theirs = leads[0].unwrap().conversation;
    let (text, hash) = key::from_secret(world.scope.account(), [1; 32]);
    let new = NewKey {
        member: world.owner,
        hash,
        dialect: crewbox_core::model::Dialect::Documented,
        rate_limit: None,
        client,
        expires_at: None,
        name: None,
        level: crewbox_core::model::KeyLevel::Manage,
        mcp_send: false,
    };
    world.commit(vec![Op::AddKey(new)]).await;

    let scope = Live::new(world.store.clone()).sign_in(&text, NOW).await.unwrap().scope;
    assert_eq!(scope.client(), client);
    let rows =
        world.store.rows(&scope, &[world.conversation, theirs], Some(BodyLimits::WHOLE)).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.conversation.id).collect::<Vec<_>>(), [theirs]);
    assert!(world.store.conversation(&scope, world.conversation).await.is_err());
    let search = Search { text: "acme".to_owned() };
    assert_eq!(
        world.store.search(&scope, &search).await.unwrap().conversations.iter().collect::<Vec<_>>(),
        [theirs]
    );
    assert_eq!(world.store.search(&world.scope, &search).await.unwrap().conversations.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_one_member_of_an_account_and_any_of_several() {
    let world = World::new().await;
    account(&world.store, "two").await;
    let taken = world.try_commit(vec![Op::AddMember(member("ADA@one.test"))]).await;
    assert!(matches!(taken, Err(StoreError::Exists(Thing::Member, id)) if MemberId(id) == world.owner));
    world.commit(vec![Op::AddMember(member("Ada@two.test"))]).await;
    assert_eq!(world.store.sign_ins("ada@two.test").await.unwrap().len(), 2);
    let changes = world.store.changes(&world.scope, Seq(0), 1_000).await.unwrap().changes;
    assert_eq!(changes.last().unwrap().kind, ChangeKind::MemberAdded);
}
