//! The threading rule: which conversation a mail belongs to, and why, in a sentence for people. Pure; the
//! store gathers the facts and keeps the answer. The order of the rules decides, and subject never does.

use crewbox_core::message::{Class, Direction, Mail};
use crewbox_core::threading::{Candidate, Facts, Named, Participant, Placement, settle};

use crate::address::domain;

/// Domains under which anybody gets an address: to share one is no kinship.
const FREE_MAIL: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "abv.bg",
    "alice.it",
    "aol.com",
    "arcor.de",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "bol.com.br",
    "bt.com",
    "btinternet.com",
    "centrum.cz",
    "charter.net",
    "comcast.net",
    "cox.net",
    "docomo.ne.jp",
    "duck.com",
    "earthlink.net",
    "email.cz",
    "email.de",
    "ezweb.ne.jp",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freemail.hu",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "ig.com.br",
    "inbox.lv",
    "inbox.ru",
    "interia.pl",
    "internode.on.net",
    "juno.com",
    "kpnmail.nl",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.be",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.com.au",
    "live.de",
    "live.fr",
    "live.it",
    "live.nl",
    "mac.com",
    "mail.bg",
    "mail.com",
    "mail.de",
    "mail.ee",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "msn.com",
    "naver.com",
    "neuf.fr",
    "ntlworld.com",
    "o2.pl",
    "onet.eu",
    "onet.pl",
    "op.pl",
    "optonline.net",
    "orange.fr",
    "outlook.com",
    "outlook.com.br",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "outlook.it",
    "outlook.jp",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "rogers.com",
    "sapo.pt",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "sky.com",
    "softbank.ne.jp",
    "sohu.com",
    "sympatico.ca",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "telia.com",
    "telus.net",
    "terra.com.br",
    "terra.es",
    "tin.it",
    "tiscali.it",
    "tuta.com",
    "tutanota.com",
    "ukr.net",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "virgin.net",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xs4all.nl",
    "xtra.co.nz",
    "ya.ru",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.au",
    "yahoo.com.br",
    "yahoo.com.mx",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.in",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "ziggo.nl",
    "zoho.com",
];

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

fn place_reply(mail: &Mail, facts: &Facts) -> Placement {
    let sender = mail.from.email.to_lowercase();
    // All ids are asked for a known sender before an unguessable one lets a stranger in.
    for (named, candidate) in reachable(facts, &facts.named) {
        if let Some((kin, participant)) = kinship(&sender, candidate) {
            let reason = format!("It answers a message of this conversation, and its sender {kin}.");
            return joins(candidate, reason, participant, named);
        }
    }
    let guessed_by_none = |named: &Named| {
        named.direction == Direction::Outbound && named.mailbox.is_some() && named.mailbox == facts.mailbox
    };
    if !sender.is_empty()
        && let Some((named, candidate)) =
            reachable(facts, &facts.named).find(|(named, _)| guessed_by_none(named))
    {
        let reason = "It answers a message sent from this very mailbox; its sender is not known in the \
                      conversation, and joins it unconfirmed."
            .to_owned();
        return joins(candidate, reason, Some(Participant { email: sender, confirmed: false }), named);
    }
    if let Some(candidate) = lead(facts, &[sender]) {
        let reason = "Its sender is a lead of a campaign that uses this mailbox.".to_owned();
        return Placement::Joins {
            conversation: candidate.conversation,
            reason,
            participant: None,
            stats_id: candidate.last_stats_id.clone(),
        };
    }
    Placement::Untracked {
        reason: untracked(facts, "its sender is no lead of a campaign that uses this mailbox"),
    }
}

/// What makes a sender belong to a conversation, and whether to remember them.
fn kinship(sender: &str, candidate: &Candidate) -> Option<(&'static str, Option<Participant>)> {
    let lead = candidate.lead_email.to_lowercase();
    let domain = domain(sender);
    if sender.is_empty() {
        None
    } else if sender == lead {
        Some(("is the lead", None))
    } else if candidate.participants.iter().any(|p| p.eq_ignore_ascii_case(sender)) {
        Some(("already takes part", None))
    } else if !domain.is_empty() && !is_free_mail(domain) && company(domain) == company(self::domain(&lead)) {
        let participant = Participant { email: sender.to_owned(), confirmed: true };
        Some(("writes from the lead's company", Some(participant)))
    } else {
        None
    }
}

fn is_free_mail(domain: &str) -> bool {
    FREE_MAIL.binary_search(&domain).is_ok()
}

/// `mail.acme.test` and `acme.test` are one company only as far as one is a sub-domain of `www.` or `mail.`:
/// without the public suffix list nothing further is safe to say.
fn company(domain: &str) -> &str {
    ["www.", "mail.", "email.", "smtp."]
        .iter()
        .find_map(|prefix| domain.strip_prefix(prefix))
        .unwrap_or(domain)
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
            return joins(candidate, reason, None, named);
        }
    }
    if let Some(candidate) = lead(facts, &mail.failed_recipients) {
        let reason = format!("The {what} names the lead as its recipient.");
        return Placement::Joins {
            conversation: candidate.conversation,
            reason,
            participant: None,
            stats_id: candidate.last_stats_id.clone(),
        };
    }
    Placement::Untracked { reason: untracked(facts, "the report names neither a message nor a lead of ours") }
}

fn place_outbound(facts: &Facts) -> Placement {
    if let Some((conversation, stats_id)) = &facts.sent {
        return Placement::Joins {
            conversation: *conversation,
            reason: "It was written and sent from here.".to_owned(),
            participant: None,
            stats_id: Some(stats_id.clone()),
        };
    }
    let (candidate, reason) = if let Some((_, candidate)) = reachable(facts, &facts.named).next() {
        (candidate, "It answers a message of this conversation, from our mailbox.")
    } else if let Some(candidate) = facts.leads.iter().find(|candidate| within_client(facts, candidate)) {
        (candidate, "It was sent to a lead of a campaign that uses this mailbox.")
    } else {
        let reason = untracked(facts, "its recipients are no leads of a campaign that uses this mailbox");
        return Placement::Untracked { reason };
    };
    Placement::Joins {
        conversation: candidate.conversation,
        reason: reason.to_owned(),
        participant: None,
        stats_id: None,
    }
}

/// The conversation most recently mailed with a lead of one of these addresses.
fn lead<'a>(facts: &'a Facts, addresses: &[String]) -> Option<&'a Candidate> {
    facts.leads.iter().find(|candidate| {
        within_client(facts, candidate)
            && addresses.iter().any(|a| a.eq_ignore_ascii_case(&candidate.lead_email))
    })
}

/// A report or reply shares the `stats_id` of the message it names, if we sent that one.
fn joins(
    candidate: &Candidate,
    reason: String,
    participant: Option<Participant>,
    named: &Named,
) -> Placement {
    let stats_id = match named.direction {
        Direction::Outbound => Some(named.stats_id.clone()),
        Direction::Inbound => candidate.last_stats_id.clone(),
    };
    Placement::Joins { conversation: candidate.conversation, reason, participant, stats_id }
}

/// Why nothing fitted; a reference to a conversation out of reach is said as if it were none.
fn untracked(facts: &Facts, else_because: &str) -> String {
    let within = reachable(facts, &facts.named).next().is_some();
    if within {
        format!(
            "It names a message we hold, but its sender has no part in that conversation, and {else_because}."
        )
    } else {
        format!("It names no message of a conversation, and {else_because}.")
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
