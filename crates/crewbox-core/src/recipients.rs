//! Who an answer goes to, as its writer expects it: the recipients of a reply and of a reply to all.
//!
//! Owns the rule alone: our own addresses never get our own answer, Reply-To counts more than the sender, nobody gets it
//! twice, and a machine that reports about mail is not answered. Which addresses are ours is the store's.

use std::collections::HashSet;

use crate::address::comparison_key;
use crate::message::{Address, Class, Direction};
use crate::own_addresses::OwnAddresses;

/// What of a message decides who gets an answer to it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub class: Class,
    /// Who wrote it.
    pub from: &'a Address,
    /// To.
    pub to: &'a [Address],
    /// Cc.
    pub cc: &'a [Address],
    /// Reply-To.
    pub reply_to: &'a [Address],
}

/// Recipients of an answer. Without any in `to`, the lead gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
}

/// The recipients of a reply: the writer's Reply-To, else the writer; of our own message, its recipients.
#[must_use]
pub fn of_reply(answered: Answered<'_>, own: &OwnAddresses) -> Recipients {
    Recipients { to: to(answered, own), cc: Vec::new() }
}

/// The recipients of a reply to all: those of a reply, and everybody else who got the message, as Cc.
#[must_use]
pub fn of_reply_to_all(answered: Answered<'_>, own: &OwnAddresses) -> Recipients {
    let mut to = to(answered, own);
    if answered.direction == Direction::Outbound && to.iter().any(|one| !own.include(&one.email)) {
        to.retain(|one| !own.include(&one.email));
    }
    let mut known: HashSet<String> = HashSet::new();
    to.retain(|one| known.insert(comparison_key(&one.email)));
    let others: &[&[Address]] = match answered.direction {
        Direction::Outbound => &[answered.cc],
        Direction::Inbound if answered.class.is_reply() => &[answered.to, answered.cc],
        Direction::Inbound => &[],
    };
    let mut cc: Vec<Address> = others.concat();
    cc.retain(|one| {
        !one.email.is_empty() && !own.include(&one.email) && known.insert(comparison_key(&one.email))
    });
    Recipients { to, cc }
}

fn to(answered: Answered<'_>, own: &OwnAddresses) -> Vec<Address> {
    let mut to = match answered.direction {
        Direction::Outbound => answered.to.to_vec(),
        Direction::Inbound if answered.class.is_reply() => {
            // A form that sends in the lead's name may give our own address.
            let theirs = answered.reply_to.iter().filter(|one| !own.include(&one.email));
            let theirs: Vec<Address> = theirs.cloned().collect();
            if theirs.is_empty() { vec![answered.from.clone()] } else { theirs }
        }
        Direction::Inbound => Vec::new(),
    };
    to.retain(|one| !one.email.is_empty());
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(emails: &str) -> Vec<Address> {
        let address = |email: &str| Address { name: String::new(), email: email.to_owned() };
        emails.split_whitespace().map(address).collect()
    }

    struct Case {
        direction: Direction,
        class: Class,
        from: &'static str,
        to: &'static str,
        cc: &'static str,
        reply_to: &'static str,
    }

    const THEIRS: Case = Case {
        direction: Direction::Inbound,
        class: Class::Human,
        from: "ada@lead.test",
        to: "bo@us.test Cy@lead.test",
        cc: "dee@lead.test bo+sales@us.test",
        reply_to: "",
    };

    /// Both rules' recipients: `to | to / cc`.
    fn recipients(case: &Case) -> String {
        let own = OwnAddresses::new(["bo@us.test", "sales@us.test"]);
        let (to, cc, reply_to) = (list(case.to), list(case.cc), list(case.reply_to));
        let answered = Answered {
            direction: case.direction,
            class: case.class,
            from: &Address { name: String::new(), email: case.from.to_owned() },
            to: &to,
            cc: &cc,
            reply_to: &reply_to,
        };
        let shown =
            |list: &[Address]| list.iter().map(|one| one.email.as_str()).collect::<Vec<_>>().join(" ");
        let (one, all) = (of_reply(answered, &own), of_reply_to_all(answered, &own));
        assert_eq!(one.cc, []);
        format!("{} | {} / {}", shown(&one.to), shown(&all.to), shown(&all.cc))
    }

    #[test]
    fn a_reply_to_all_leaves_out_ourselves_and_repeats() {
        assert_eq!(recipients(&THEIRS), "ada@lead.test | ada@lead.test / Cy@lead.test dee@lead.test");
        let repeats = Case { to: "ADA@lead.test cy@lead.test", cc: "CY@LEAD.TEST sales@us.test", ..THEIRS };
        assert_eq!(recipients(&repeats), "ada@lead.test | ada@lead.test / cy@lead.test");
    }

    #[test]
    fn reply_to_is_honoured_unless_it_is_ours() {
        let elsewhere = Case { reply_to: "office@lead.test", ..THEIRS };
        assert_eq!(
            recipients(&elsewhere),
            "office@lead.test | office@lead.test / Cy@lead.test dee@lead.test",
            "who wrote from another address gets it there"
        );
        let ours = Case { reply_to: "sales+form@us.test", ..THEIRS };
        assert_eq!(recipients(&ours), "ada@lead.test | ada@lead.test / Cy@lead.test dee@lead.test");
        let both = Case { reply_to: "cy@lead.test ada@lead.test", ..THEIRS };
        assert_eq!(
            recipients(&both),
            "cy@lead.test ada@lead.test | cy@lead.test ada@lead.test / dee@lead.test"
        );
    }

    #[test]
    fn our_own_message_is_followed_up_to_the_same_people() {
        let ours = Case {
            direction: Direction::Outbound,
            from: "bo@us.test",
            to: "ada@lead.test sales@us.test",
            cc: "dee@lead.test bo@us.test",
            ..THEIRS
        };
        assert_eq!(recipients(&ours), "ada@lead.test sales@us.test | ada@lead.test / dee@lead.test");
        let to_ourselves = Case { to: "sales@us.test", cc: "", ..ours };
        assert_eq!(recipients(&to_ourselves), "sales@us.test | sales@us.test / ", "a lead with our address");
    }

    #[test]
    fn a_machine_is_not_answered() {
        let bounce = Case { class: Class::Bounce, from: "daemon@lead.test", ..THEIRS };
        assert_eq!(recipients(&bounce), " |  / ");
    }
}
