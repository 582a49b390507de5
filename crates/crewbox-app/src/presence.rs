//! Who else reads a conversation or writes a reply in it: for whoever sees the conversation.
//!
//! Owns who may report and who may see it. What is kept, and for how long, is in `present_members.rs`.

use crewbox_core::permission::Permission;
use crewbox_store::StoreError;

use crate::caller::Caller;
pub use crate::present_members::{Presence, Present, READING_MS, Report, Seen, WRITING_MS};
use crate::refusal::Refusal;
use crate::services::Services;

/// Takes a report of the caller's browser.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::NotFound`] for an open conversation that the caller does not see; the store's.
pub async fn report(services: &Services, caller: &Caller, report: Report) -> Result<(), Refusal> {
    caller.require(Permission::ReadInbox)?;
    let Some(member) = caller.scope().actor() else { return Ok(()) };
    if let Some(open) = report.open {
        services.store().conversation(caller.scope(), open).await?;
    }
    services.presence().take(caller.scope().account(), member, caller.now(), report);
    Ok(())
}

/// The other members who are in conversations that the caller sees.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn seen(services: &Services, caller: &Caller) -> Result<Seen, Refusal> {
    caller.require(Permission::ReadInbox)?;
    let now = caller.now();
    let mut seen = services.presence().others(caller.scope().account(), caller.scope().actor(), now);
    // Who sees one client alone is shown its conversations alone; all others see every conversation of the account.
    if caller.scope().client().is_some() {
        let mut visible = Vec::new();
        for one in seen.present {
            match services.store().conversation(caller.scope(), one.conversation).await {
                Ok(_) => visible.push(one),
                Err(StoreError::NotFound(..)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        seen.present = visible;
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use crewbox_core::id::MemberId;
    use crewbox_core::model::Role;
    use crewbox_store::{NewMember, Op};
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    #[tokio::test]
    async fn only_who_sees_a_conversation_reports_it_and_sees_others_in_it() {
        let account = TestAccount::new().await;
        let (ours, theirs) = (account.client("Ours").await, account.client("Theirs").await);
        let campaign = account.campaign("Spring", Some(ours)).await;
        let id = account.leads(campaign, &["a@lead.test"]).await[0];
        let services = Services::new(account.store.clone());
        let bo = NewMember {
            name: "Bo".to_owned(),
            email: "bo@us.test".to_owned(),
            role: Role::Member,
            client: None,
            password_hash: None,
        };
        let bo = MemberId(account.make(Op::AddMember(bo)).await);
        let of = async |client| {
            let scope = account.signed_in(client).await;
            Caller::operator(&account.store, scope, NOW).await.unwrap()
        };
        let (whole, within, outside) = (of(None).await, of(Some(ours)).await, of(Some(theirs)).await);
        let here = Report { open: Some(id), ..Report::default() };
        assert!(matches!(report(&services, &outside, here).await, Err(Refusal::NotFound(..))));
        report(&services, &within, here).await.unwrap();
        services.presence().take(account.operator.account(), bo, NOW, here);
        let told = async |caller| {
            let seen = seen(&services, caller).await.unwrap();
            seen.present.iter().map(|one| one.member).collect::<Vec<_>>()
        };
        assert_eq!(told(&whole).await, [bo], "nobody is shown themselves");
        assert_eq!(told(&within).await, [bo]);
        assert!(told(&outside).await.is_empty());
    }
}
