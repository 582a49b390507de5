//! Which client's conversations the mail of a mailbox reaches without a person saying so, and whose a mailbox is.
//!
//! Owns the rules that keep the clients of an agency separate where mail is placed. Who may read what is the scope's.

use crate::id::ClientId;

/// Whether mail through a mailbox reaches a conversation, by the clients of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Yes,
    /// It does not: they are two clients'.
    No,
    /// The mailbox is no client's own and the conversation is this client's: [`serves`] decides.
    IfServed(ClientId),
}

/// Whether mail through a mailbox of `mailbox`'s client reaches a conversation of `conversation`'s.
#[must_use]
pub fn reach(mailbox: Option<ClientId>, conversation: Option<ClientId>) -> Reach {
    match (mailbox, conversation) {
        (Some(ours), Some(theirs)) if ours == theirs => Reach::Yes,
        (Some(_), Some(_)) => Reach::No,
        (_, None) => Reach::Yes,
        (None, Some(client)) => Reach::IfServed(client),
    }
}

/// Whether a mailbox that is no client's own handles this client's mail, where the conversation's campaign does not use
/// the mailbox itself: `clients` are those whose campaigns use it. One that campaigns of clients use handles these clients'
/// mail and reaches no other client's; one that none uses handles everybody's.
#[must_use]
pub fn serves(clients: &[ClientId], client: ClientId) -> bool {
    clients.is_empty() || clients.contains(&client)
}

/// The mailboxes that a campaign names, seen from one mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignMailboxes {
    /// It names none.
    None,
    /// It names this one, perhaps others too.
    This,
    /// It names others only.
    Others,
}

/// Whether a campaign sends through a mailbox, so that mail from its leads is looked for there: one that names mailboxes
/// sends through these. One that names none sends through every one of its client's; if it is no client's, through every
/// one of the account.
#[must_use]
pub fn sends_through(
    campaign: Option<ClientId>,
    names: CampaignMailboxes,
    mailbox: Option<ClientId>,
) -> bool {
    match names {
        CampaignMailboxes::This => true,
        CampaignMailboxes::Others => false,
        CampaignMailboxes::None => campaign.is_none() || campaign == mailbox,
    }
}

/// Whose a mailbox is once it is saved again: the client named now, else the one that it had.
#[must_use]
pub fn mailbox_client(before: Option<ClientId>, named: Option<ClientId>) -> Option<ClientId> {
    named.or(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_sends_through_what_it_names_else_through_what_is_its_clients() {
        use CampaignMailboxes::{None as NamesNone, Others, This};
        let (one, two) = (Some(ClientId(1)), Some(ClientId(2)));
        for (campaign, names, mailbox, expected) in [
            (one, This, two, true),
            (one, Others, one, false),
            (None, Others, None, false),
            (one, NamesNone, one, true),
            (one, NamesNone, two, false),
            (one, NamesNone, None, false),
            (None, NamesNone, one, true),
            (None, NamesNone, None, true),
        ] {
            assert_eq!(
                sends_through(campaign, names, mailbox),
                expected,
                "{campaign:?} {names:?} {mailbox:?}"
            );
        }
    }

    #[test]
    fn a_mailbox_saved_without_a_client_stays_its_clients() {
        let (one, two) = (Some(ClientId(1)), Some(ClientId(2)));
        for (before, named, expected) in
            [(one, None, one), (one, two, two), (None, two, two), (None, None, None)]
        {
            assert_eq!(mailbox_client(before, named), expected);
        }
    }

    #[test]
    fn clients_are_kept_separate_and_a_mailbox_of_nobody_serves_those_who_use_it() {
        let (one, two) = (ClientId(1), ClientId(2));
        for (mailbox, conversation, expected) in [
            (Some(one), Some(one), Reach::Yes),
            (Some(one), Some(two), Reach::No),
            (Some(one), None, Reach::Yes),
            (None, None, Reach::Yes),
            (None, Some(two), Reach::IfServed(two)),
        ] {
            assert_eq!(reach(mailbox, conversation), expected, "{mailbox:?} {conversation:?}");
        }
        assert!(serves(&[], one));
        assert!(serves(&[two, one], one));
        assert!(!serves(&[two], one));
    }
}
