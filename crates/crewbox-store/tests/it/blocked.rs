//! Domains nobody is to write to, and what is found of a message that was attached.

use crewbox_core::conversation::LeadStatus;
use crewbox_core::id::ConversationId;
use crewbox_core::model::LeadFields;
use crewbox_store::contract::{AttachTo, BLOCKED_AT_ONCE, Search};
use crewbox_store::{Op, Outcome};

use super::world::{World, lead, mail, place};

impl World {
    async fn block(&self, domains: &[&str]) -> u64 {
        let domains = domains.iter().map(|one| (*one).to_owned()).collect();
        let op = Op::BlockDomains { domains, source: "manual".to_owned() };
        match self.commit(vec![op]).await.outcomes[0] {
            Outcome::Count(blocked) => blocked,
            ref other => panic!("{other:?}"),
        }
    }

    async fn leads(&self, leads: Vec<LeadFields>) -> Vec<ConversationId> {
        match &self.commit(vec![Op::AddLeads { campaign: self.campaign, leads }]).await.outcomes[0] {
            Outcome::Leads(added) => added.iter().map(|one| one.unwrap().conversation).collect(),
            other => panic!("{other:?}"),
        }
    }

    async fn status(&self, id: ConversationId) -> LeadStatus {
        self.store.conversation(&self.scope, id).await.unwrap().lead_status
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_of_a_blocked_domain_are_blocked_whenever_they_come() {
    let world = World::new().await;
    let there = world.leads(vec![lead("a@spam.test"), lead("b@fine.test"), lead("c@mail.spam.test")]).await;
    assert_eq!(world.block(&["spam.test", "nobody.test"]).await, 1);
    assert_eq!(world.block(&["spam.test"]).await, 0, "a second time has no effect");
    let later = world.leads(vec![lead("Late@Spam.TEST"), lead("d@fine.test")]).await;
    for (id, blocked) in
        [(there[0], true), (there[1], false), (there[2], false), (later[0], true), (later[1], false)]
    {
        assert_eq!(world.status(id).await == LeadStatus::Blocked, blocked, "{id:?}");
    }
    assert_eq!(world.store.check(&world.scope).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_of_many_leads_is_blocked_in_batches() {
    let world = World::new().await;
    let many = BLOCKED_AT_ONCE + 7;
    let leads = (0..many).map(|number| lead(&format!("{number}@big.test"))).collect();
    let last = *world.leads(leads).await.last().unwrap();
    assert_eq!(world.block(&["big.test", "other.test"]).await, BLOCKED_AT_ONCE);
    assert_eq!(world.block(&["big.test", "other.test"]).await, 7);
    assert_eq!(world.status(last).await, LeadStatus::Blocked);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_attached_is_searched_like_what_came_by_itself() {
    let world = World::new().await;
    let (mut letter, raw) = mail("loose@x", "about the xylophone");
    letter.from.email = "stranger@elsewhere.test".to_owned();
    let message = world.ingest(&letter, &raw).await.message;
    let search = Search { text: "xylophone".to_owned() };
    let found = async || {
        world.store.search(&world.scope, &search).await.unwrap().conversations.iter().collect::<Vec<_>>()
    };
    assert_eq!(found().await, []);
    let attach = Op::Attach { message, to: AttachTo::Conversation(world.conversation), place };
    world.commit(vec![attach]).await;
    assert_eq!(found().await, [world.conversation]);
}
