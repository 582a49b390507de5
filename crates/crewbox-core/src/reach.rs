//! Which client's conversations the mail of a mailbox reaches without a person saying so.
//!
//! Owns the rule that keeps the clients of an agency separate where mail is placed. Who may read what is the scope's.

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

#[cfg(test)]
mod tests {
    use super::*;

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
