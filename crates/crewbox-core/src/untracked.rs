//! A message that belongs to no conversation yet, and when it may follow another one into a conversation.
//!
//! Owns what such a message knows of itself. Where it goes is the placing rule's ([`crate::threading::PlaceFn`]) or a
//! person's decision.

use crate::address::comparison_key;
use crate::id::MailboxId;
use crate::message::{Address, Class, Direction, Mail, Verdict, Verdicts};
use crate::time::Timestamp;

/// An untracked message, or one that was: what its place depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntrackedMail {
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// The Message-IDs that it names.
    pub references: Vec<String>,
    /// Which way it went.
    pub direction: Direction,
    /// What it is taken for.
    pub class: Class,
    /// The mailbox it went or came through.
    pub mailbox: Option<MailboxId>,
    /// Its sender.
    pub from: Address,
    /// Its recipients.
    pub to: Vec<Address>,
    /// Its further recipients.
    pub cc: Vec<Address>,
    /// When it was sent or came in.
    pub at: Timestamp,
}

impl UntrackedMail {
    /// Whether this message is one that `attached`, which a person attached by hand, answers: of the same sender, or ours
    /// to them through the same mailbox. Then it follows. What else `attached` names may be forged.
    #[must_use]
    pub fn is_answered_by(&self, attached: &Self) -> bool {
        let sender = comparison_key(&attached.from.email);
        let to_them = || {
            self.mailbox.is_some()
                && self.mailbox == attached.mailbox
                && self.to.iter().chain(&self.cc).any(|to| comparison_key(&to.email) == sender)
        };
        attached.references.contains(&self.message_id)
            && match self.direction {
                Direction::Inbound => comparison_key(&self.from.email) == sender,
                Direction::Outbound => to_them(),
            }
    }

    /// As the placing rule is asked about it.
    #[must_use]
    pub fn to_mail(&self) -> Mail {
        Mail {
            message_id: self.message_id.clone(),
            references: self.references.clone(),
            direction: self.direction,
            verdicts: Verdicts::always(Verdict::of(self.class, String::new())),
            from: self.from.clone(),
            to: self.to.clone(),
            cc: self.cc.clone(),
            at: self.at,
            ..Mail::blank()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(email: &str) -> Address {
        Address { name: String::new(), email: email.to_owned() }
    }

    fn mail(message_id: &str, from: &str, direction: Direction) -> UntrackedMail {
        UntrackedMail {
            message_id: message_id.to_owned(),
            references: Vec::new(),
            direction,
            class: Class::Human,
            mailbox: Some(MailboxId(1)),
            from: address(from),
            to: vec![address("us@sender.test")],
            cc: Vec::new(),
            at: Timestamp(0),
        }
    }

    #[test]
    fn what_an_attached_message_answers_follows_if_it_is_of_the_same_two_people() {
        use Direction::{Inbound, Outbound};
        let mut attached = mail("third@x", "Lea@lead.test", Inbound);
        attached.references = vec!["first@x".to_owned(), "second@x".to_owned()];
        let theirs = mail("first@x", "lea@LEAD.test", Inbound);
        assert!(theirs.is_answered_by(&attached), "in another spelling");
        assert!(!mail("other@x", "lea@lead.test", Inbound).is_answered_by(&attached), "it is not named");
        assert!(!mail("first@x", "eve@lead.test", Inbound).is_answered_by(&attached), "named by a forger");

        let ours = UntrackedMail {
            to: vec![address("max@lead.test")],
            cc: vec![address("lea@lead.test")],
            ..mail("second@x", "us@sender.test", Outbound)
        };
        assert!(ours.is_answered_by(&attached));
        let elsewhere = UntrackedMail { mailbox: Some(MailboxId(2)), ..ours.clone() };
        assert!(!elsewhere.is_answered_by(&attached), "through another mailbox");
        let unknown = UntrackedMail { mailbox: None, ..ours.clone() };
        assert!(!unknown.is_answered_by(&UntrackedMail { mailbox: None, ..attached.clone() }));
        let to_others = UntrackedMail { cc: Vec::new(), ..ours };
        assert!(!to_others.is_answered_by(&attached));
    }

    #[test]
    fn the_rule_is_asked_about_what_is_known() {
        let known = UntrackedMail {
            references: vec!["a@x".to_owned()],
            ..mail("b@x", "l@x.test", Direction::Inbound)
        };
        let mail = known.to_mail();
        assert_eq!(
            (mail.message_id, mail.references, mail.from),
            (known.message_id, known.references, known.from)
        );
    }
}
