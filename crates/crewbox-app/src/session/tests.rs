//! Signing in against a real store: passwords, links, waiting times, and the end of sessions.

use crewbox_core::model::Role;
use crewbox_store::{NewMember, Outcome};
use crewbox_testkit::account::{NOW, TestAccount};

use super::*;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";

struct World {
    account: TestAccount,
    services: Services,
    sign_ins: SignIns,
    bo: MemberId,
}

impl World {
    /// An account whose owner has no password, and whose member Bo has one.
    async fn new() -> Self {
        let account = TestAccount::new().await;
        let services = Services::new(account.store.clone());
        let new = NewMember {
            name: "Bo".to_owned(),
            email: "bo@us.test".to_owned(),
            role: Role::Member,
            client: None,
            password_hash: Some(password::hash(PASSWORD).unwrap()),
        };
        let Outcome::Id(bo) = account.commit(Op::AddMember(new)).await else { panic!() };
        let sign_ins = SignIns::new(services.clone(), Live::new(account.store.clone()));
        Self { account, services, sign_ins, bo: MemberId(bo) }
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<Begun, Refusal> {
        let command = SignIn { email: email.to_owned(), password: password.to_owned(), from: HERE };
        match self.sign_ins.by_password(command, NOW).await? {
            Step::Begun(begun) => Ok(begun),
            Step::Code(_) => panic!("nobody has a second factor"),
        }
    }

    /// The caller that a cookie makes.
    async fn caller(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let signed = self.sign_ins.live.session(SessionKind::Browser, token, now).await.ok()?;
        Some(Caller::signed_in(signed.scope, &signed.account, now))
    }

    async fn owner(&self) -> Caller {
        let scope = self.account.signed_in(None).await;
        Caller::operator(&self.account.store, scope, NOW).await.unwrap()
    }
}

fn later(ms: i64) -> Timestamp {
    Timestamp(NOW.millis() + ms)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_begins_a_session_that_ends_when_it_is_signed_out_or_expires() {
    let world = World::new().await;
    for (email, password) in [("bo@us.test", "wrong horse"), ("no@us.test", PASSWORD), ("ann@us.test", "")] {
        let refused = world.sign_in(email, password).await;
        assert!(
            matches!(&refused, Err(Refusal::NoMatch(sentence)) if sentence == WRONG),
            "{email}: {refused:?}"
        );
    }
    let begun = world.sign_in(" BO@us.test", PASSWORD).await.unwrap();
    let other = world.sign_in("bo@us.test", PASSWORD).await.unwrap();
    let caller = world.caller(&begun.token, NOW).await.unwrap();
    assert_eq!(caller.scope().actor(), Some(world.bo));
    assert!(world.caller(&begun.token, later(SESSION_MS - 1)).await.is_some());
    assert!(world.caller(&begun.token, later(SESSION_MS)).await.is_none(), "it has expired");
    assert!(world.sign_ins.live.sign_in(&begun.token, NOW).await.is_err(), "a session is no API key");
    let sessions = list(&caller).unwrap();
    assert_eq!(sessions.len(), 2);
    end(&world.services, &caller, sessions[0].id).await.unwrap();
    end(&world.services, &caller, sessions[0].id).await.unwrap();
    assert!(world.caller(&begun.token, NOW).await.is_none());
    let caller = world.caller(&other.token, NOW).await.unwrap();
    end_all(&world.services, &caller).await.unwrap();
    assert!(world.caller(&other.token, NOW).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_and_for_nobody_above_its_maker() {
    let world = World::new().await;
    let owner = world.owner().await;
    let link = create_link(&world.services, &owner, world.bo).await.unwrap();
    assert!(world.caller(&link, NOW).await.is_none(), "a link is no session");
    let begun = world.sign_ins.by_link(&link, NOW).await.unwrap();
    let bo = world.caller(&begun.token, NOW).await.unwrap();
    assert_eq!(bo.scope().actor(), Some(world.bo));
    let again = world.sign_ins.by_link(&link, NOW).await;
    assert!(matches!(&again, Err(Refusal::NoMatch(sentence)) if sentence == LINK_ENDED));
    assert!(world.sign_ins.by_link(&begun.token, NOW).await.is_err(), "a session is no link");
    let expired = create_link(&world.services, &owner, world.bo).await.unwrap();
    assert!(world.sign_ins.by_link(&expired, later(LINK_MS)).await.is_err());
    let up = create_link(&world.services, &bo, world.account.owner).await;
    assert!(matches!(up, Err(Refusal::Forbidden(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_member_does_not_end_the_session_of_another() {
    let world = World::new().await;
    let begun = world.sign_in("bo@us.test", PASSWORD).await.unwrap();
    let bo = world.caller(&begun.token, NOW).await.unwrap();
    let session = list(&bo).unwrap()[0].id;
    let owner = world.owner().await;
    let refused = end(&world.services, &owner, session).await;
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Session, _))), "{refused:?}");
    assert!(list(&owner).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_make_the_next_attempt_wait_even_with_the_right_password() {
    let world = World::new().await;
    for _ in 0..6 {
        let _ = world.sign_in("bo@us.test", "wrong horse").await;
    }
    let refused = world.sign_in("bo@us.test", PASSWORD).await;
    assert!(matches!(refused, Err(Refusal::TryLater { seconds: 2 })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_has_a_bounded_number_of_sessions_and_expired_ones_leave_no_row() {
    let world = World::new().await;
    let account = world.account.operator.account();
    let start = async |now| {
        let (op, begun) = begin(account, world.bo, now).unwrap();
        world.account.store.commit(Batch::new(world.account.operator, now, vec![op])).await.unwrap();
        begun
    };
    let first = start(NOW).await;
    for _ in 0..MOST_SESSIONS {
        start(NOW).await;
    }
    let kept = async || world.account.store.catalog(&world.account.operator).await.unwrap().sessions.len();
    assert_eq!(kept().await, MOST_SESSIONS as usize);
    assert!(world.caller(&first.token, NOW).await.is_none(), "the oldest ended");
    start(later(SESSION_MS)).await;
    assert_eq!(kept().await, 1);
}
