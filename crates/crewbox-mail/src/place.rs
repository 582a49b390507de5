//! The threading rule: which conversation a mail belongs to, and why, in a sentence for people. Pure; the
//! store gathers the facts and keeps the answer. The order of the rules decides, and subject never does.

use crewbox_core::address::comparison_key;
use crewbox_core::message::{Class, Direction, Mail};
use crewbox_core::threading::{Candidate, Facts, Named, Participant, Placement, settle};

use crate::address::domain;
use crate::free_mail::company;

/// Finds a mail's place.
#[must_use]
pub fn place(mail: &Mail, facts: &Facts) -> Placement {
    let class = settle(mail, facts).class;
    match (mail.direction, class) {
        (Direction::Outbound, _) => place_outbound(facts),
        (Direction::Inbound, Class::Bounce | Class::Delayed | Class::Feedback) => {
            place_report(mail, class, facts)
        }
        (Direction::Inbound, _) => place_reply(mail, facts),
    }
}

/// Whether a mail through this mailbox may reach that conversation: never another client's.
fn within_client(facts: &Facts, candidate: &Candidate) -> bool {
    match (facts.mailbox_client, candidate.client) {
        (Some(ours), Some(theirs)) => ours == theirs,
        (None, _) | (_, None) => true,
    }
}

fn reachable<'a>(facts: &'a Facts, held: &'a [Named]) -> impl Iterator<Item = (&'a Named, &'a Candidate)> {
    held.iter().filter_map(move |named| {
        let candidate = named.conversation.as_ref()?;
        within_client(facts, candidate).then_some((named, candidate))
    })
}

/// What a mail from this sender may answer: nothing in a conversation that a person detached the sender from.
fn open_to<'a>(sender: &'a str, facts: &'a Facts) -> impl Iterator<Item = (&'a Named, &'a Candidate)> {
    reachable(facts, &facts.named).filter(move |(_, candidate)| !is_detached(sender, candidate))
}

fn is_detached(sender: &str, candidate: &Candidate) -> bool {
    candidate.detached.iter().any(|one| comparison_key(one) == sender)
}

fn place_reply(mail: &Mail, facts: &Facts) -> Placement {
    let sender = comparison_key(&mail.from.email);
    // All ids are asked for a known sender before an id that cannot be guessed lets a stranger in.
    for (named, candidate) in open_to(&sender, facts) {
        if let Some(part) = part_of(&sender, candidate) {
            let reason =
                format!("It replies to a message of this conversation, and its sender {}.", part.words());
            let participants = match part {
                Part::Lead => copied(mail),
                Part::Participant => Vec::new(),
                Part::Colleague => vec![Participant { email: sender.clone(), confirmed: true }],
            };
            return joins(candidate, reason, participants, named);
        }
    }
    let is_unguessable = |named: &Named| {
        named.direction == Direction::Outbound && named.mailbox.is_some() && named.mailbox == facts.mailbox
    };
    if !sender.is_empty()
        && let Some((named, candidate)) = open_to(&sender, facts).find(|(named, _)| is_unguessable(named))
    {
        let reason =
            "It replies to a message that this mailbox sent in this conversation. Its sender was not known here \
             before and is an unconfirmed participant: check who it is before you answer."
                .to_owned();
        return joins(
            candidate,
            reason,
            vec![Participant { email: sender.clone(), confirmed: false }],
            named,
        );
    }
    if let Some(candidate) = lead(facts, &[sender]) {
        let reason = "Its sender is the lead, in a campaign that uses this mailbox.".to_owned();
        return Placement::Joins {
            conversation: candidate.conversation,
            reason,
            participants: copied(mail),
            stats_id: candidate.last_stats_id.clone(),
        };
    }
    Placement::Untracked {
        reason: untracked(facts, "its sender is not a lead of a campaign that uses this mailbox"),
    }
}

/// How a sender belongs to a conversation.
#[derive(Clone, Copy)]
enum Part {
    Lead,
    Participant,
    Colleague,
}

impl Part {
    const fn words(self) -> &'static str {
        match self {
            Self::Lead => "is the lead",
            Self::Participant => "already takes part in it",
            Self::Colleague => "writes from the lead's company",
        }
    }
}

/// What makes a sender belong to a conversation; `sender` is a comparison key.
fn part_of(sender: &str, candidate: &Candidate) -> Option<Part> {
    let lead = comparison_key(&candidate.lead_email);
    if sender.is_empty() {
        None
    } else if sender == lead {
        Some(Part::Lead)
    } else if candidate.participants.iter().any(|one| comparison_key(one) == sender) {
        Some(Part::Participant)
    } else {
        let theirs = company(domain(sender));
        (theirs.is_some() && theirs == company(domain(&lead))).then_some(Part::Colleague)
    }
}

/// People that one mail makes participants: more than anybody copies by hand, and a mail to a whole address book must
/// not let everybody in it write into the conversation.
const MOST_COPIED: usize = 50;

/// The people that the lead put in To and Cc: who replies to this mail alone belongs to the conversation.
fn copied(mail: &Mail) -> Vec<Participant> {
    let emails = mail.to.iter().chain(&mail.cc).map(|one| comparison_key(&one.email));
    let people = emails.filter(|email| email.contains('@')).take(MOST_COPIED);
    people.map(|email| Participant { email, confirmed: true }).collect()
}

fn place_report(mail: &Mail, class: Class, facts: &Facts) -> Placement {
    let what = match class {
        Class::Feedback => "complaint",
        _ => "delivery report",
    };
    for held in [&facts.returned, &facts.named] {
        let ours = reachable(facts, held).find(|(named, _)| named.direction == Direction::Outbound);
        if let Some((named, candidate)) = ours {
            let reason = format!("The {what} names a message of this conversation.");
            return joins(candidate, reason, Vec::new(), named);
        }
    }
    if let Some(candidate) = lead(facts, &mail.failed_recipients) {
        let reason = format!("The {what} names the lead as its recipient.");
        return Placement::Joins {
            conversation: candidate.conversation,
            reason,
            participants: Vec::new(),
            stats_id: candidate.last_stats_id.clone(),
        };
    }
    Placement::Untracked {
        reason: untracked(facts, "the report names neither a message that we sent nor a lead"),
    }
}

fn place_outbound(facts: &Facts) -> Placement {
    if let Some((conversation, stats_id)) = &facts.sent {
        return Placement::Joins {
            conversation: *conversation,
            reason: "It was written and sent in Crewbox.".to_owned(),
            participants: Vec::new(),
            stats_id: Some(stats_id.clone()),
        };
    }
    let (candidate, reason) = if let Some((_, candidate)) = reachable(facts, &facts.named).next() {
        (candidate, "We sent it as a reply to a message of this conversation.")
    } else if let Some(candidate) = facts.leads.iter().find(|candidate| within_client(facts, candidate)) {
        (candidate, "We sent it to the lead of a campaign that uses this mailbox.")
    } else {
        let reason =
            untracked(facts, "none of its recipients is a lead of a campaign that uses this mailbox");
        return Placement::Untracked { reason };
    };
    Placement::Joins {
        conversation: candidate.conversation,
        reason: reason.to_owned(),
        participants: Vec::new(),
        stats_id: None,
    }
}

/// The conversation most recently mailed with a lead of one of these addresses.
fn lead<'a>(facts: &'a Facts, addresses: &[String]) -> Option<&'a Candidate> {
    facts.leads.iter().find(|candidate| {
        let lead = comparison_key(&candidate.lead_email);
        within_client(facts, candidate)
            && !is_detached(&lead, candidate)
            && addresses.iter().any(|one| comparison_key(one) == lead)
    })
}

/// A report or reply shares the `stats_id` of the message it names, if we sent that one.
fn joins(candidate: &Candidate, reason: String, participants: Vec<Participant>, named: &Named) -> Placement {
    let stats_id = match named.direction {
        Direction::Outbound => Some(named.stats_id.clone()),
        Direction::Inbound => candidate.last_stats_id.clone(),
    };
    Placement::Joins { conversation: candidate.conversation, reason, participants, stats_id }
}

/// Why no rule placed it. A reference to another client's conversation is treated as if it were none.
fn untracked(facts: &Facts, else_because: &str) -> String {
    let within = reachable(facts, &facts.named).next().is_some();
    if within {
        format!(
            "It replies to a message of a conversation, but its sender does not take part in it, and {else_because}."
        )
    } else {
        format!("It replies to no message of a conversation, and {else_because}.")
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
