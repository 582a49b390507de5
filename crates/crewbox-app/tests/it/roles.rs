//! Nobody gives more rights than their own: neither by making a member, nor by making a key of one.

use crewbox_app::key::CreateKey;
use crewbox_app::member::AddMember;
use crewbox_app::{Caller, Refusal, key, member};
use crewbox_core::address::EmailAddress;
use crewbox_core::model::{Dialect, Role};
use crewbox_core::permission::Denied;
use crewbox_testkit::account::NOW;

use crate::team::Team;

const ROLES: [Role; 3] = [Role::Owner, Role::Admin, Role::Member];

#[tokio::test]
async fn a_manager_adds_members_and_keys_of_no_role_above_their_own() {
    let team = Team::new().await;
    for known in team.callers().await.into_iter().filter(|known| !known.restricted) {
        // Who knows the members of now, those added after they signed in too.
        let caller = &Caller::operator(team.services.store(), *known.caller.scope(), NOW).await.unwrap();
        for role in ROLES {
            let expected = match known.role {
                Role::Owner => Ok(()),
                Role::Admin if role == Role::Owner => Err(Denied::HigherRole),
                Role::Admin => Ok(()),
                Role::Member => Err(Denied::Role),
            };
            let who = format!("{:?} and {role:?}", known.role);
            let added = member::add(&team.services, caller, new_member(known.role, role)).await;
            assert_eq!(outcome(added), expected, "adding a member: {who}");
            let held = caller.names().members.iter().find(|member| member.role == role).unwrap();
            let new = CreateKey {
                member: held.id,
                dialect: Dialect::Documented,
                rate_limit: None,
                client: None,
                level: crewbox_core::model::KeyLevel::Manage,
                mcp_send: false,
                expires_at: None,
                name: None,
            };
            let made = key::create(&team.services, caller, new).await;
            assert_eq!(outcome(made), expected, "making a key: {who}");
        }
    }
    team.services.store().close().await;
}

fn new_member(by: Role, role: Role) -> AddMember {
    AddMember {
        name: "New".to_owned(),
        address: EmailAddress::parse(&format!("{by:?}-{role:?}@new.example")).unwrap(),
        role,
        client: None,
        password_hash: None,
    }
}

/// Whether it was done, or why the caller may not do it.
fn outcome<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> Result<(), Denied> {
    match answer {
        Ok(_) => Ok(()),
        Err(Refusal::Forbidden(why)) => Err(why),
        other => panic!("{other:?}"),
    }
}
