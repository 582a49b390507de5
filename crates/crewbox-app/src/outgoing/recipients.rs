//! The recipients of a message, and those it must not go to.

use crewbox_core::message::{Address, Direction};
use crewbox_core::model::Mailbox;

use super::target::Target;
use crate::caller::Caller;
use crate::refusal::{FieldError, Refusal};
use crate::services::Services;

/// The recipients of a reply that names none: the writer's Reply-To, else the writer, else the recipients of our own
/// message, else the lead. Never a machine that reports.
pub(super) async fn of_reply(
    services: &Services,
    caller: &Caller,
    target: &Target,
    mailbox: &Mailbox,
    mut reply_to: Vec<Address>,
) -> Result<Vec<Address>, Refusal> {
    let message = &target.message;
    let mut to = match message.direction {
        Direction::Outbound => message.to.clone(),
        Direction::Inbound if message.class.is_reply() => {
            // A form that sends in the lead's name may give our own address.
            reply_to.retain(|one| !one.email.eq_ignore_ascii_case(&mailbox.email));
            if reply_to.is_empty() { vec![message.from.clone()] } else { reply_to }
        }
        Direction::Inbound => Vec::new(),
    };
    to.retain(|one| !one.email.is_empty());
    if to.is_empty() {
        let rows = services.store().rows(caller.scope(), &[target.conversation], None).await?;
        to.extend(rows.into_iter().map(|row| Address { name: String::new(), email: row.lead.fields.email }));
    }
    Ok(to)
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
