//! The recipients of a message, and those it must not go to.

use crewbox_core::message::Address;
use crewbox_core::model::Mailbox;
use crewbox_core::recipients::{Answered, Recipients, of_reply as of_reply_to_one, of_reply_to_all};

use super::target::Target;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// The recipients of a reply that names none, to one or to all. Without any that may be answered the lead gets it.
pub(super) async fn of_reply(
    services: &Services,
    caller: &Caller,
    target: &Target,
    mailbox: &Mailbox,
    reply_to: &[Address],
    to_all: bool,
) -> Result<Recipients, Refusal> {
    let message = &target.message;
    let answered = Answered {
        direction: message.direction,
        class: message.class,
        from: &message.from,
        to: &message.to,
        cc: &message.cc,
        reply_to,
    };
    let (store, scope) = (services.store(), caller.scope());
    // A copy to another mailbox of the team would come back as a mail in this conversation.
    let of_team = caller
        .names()
        .mailboxes
        .iter()
        .filter(|one| one.removed_at.is_none() && (one.client.is_none() || one.client == target.client));
    let own = store.own_addresses(scope, mailbox.id).await?.and(of_team.map(|one| &one.email));
    let mut found = if to_all { of_reply_to_all(answered, &own) } else { of_reply_to_one(answered, &own) };
    if found.to.is_empty() {
        let rows = store.rows(scope, &[target.conversation], None).await?;
        let lead = |email| Address { name: String::new(), email };
        found.to.extend(rows.into_iter().map(|row| lead(row.lead.fields.email)));
    }
    Ok(found)
}

/// Refuses recipients at blocked domains, by the name of their field.
pub(super) async fn refuse_blocked(
    services: &Services,
    caller: &Caller,
    lists: &[(&str, &[Address])],
) -> Result<(), Refusal> {
    for (field, list) in lists {
        let domains: Vec<String> =
            list.iter().filter_map(|one| Some(one.email.rsplit_once('@')?.1.to_lowercase())).collect();
        let blocked = services.store().blocked(caller.scope(), &domains).await?;
        if let Some((domain, _)) = domains.iter().zip(blocked).find(|(_, blocked)| *blocked) {
            let sentence = format!("{domain} is blocked: nobody there is written to");
            return Err(FieldError::says(*field, sentence).into());
        }
    }
    Ok(())
}
