//! Who wrote a mail, and which way it went.
//!
//! From alone does not say it: contact forms and groups write our own address into From and name the writer elsewhere.
//! Owns these rules; knows only the header, our own addresses and the folder. Never asks who is a lead.

use crewbox_core::address::comparison_key;
use crewbox_core::message::{Address, Direction};
use crewbox_core::own_addresses::OwnAddresses;

use crate::address::{domain, list, sender};
use crate::free_mail::company;
use crate::mime::fields::Fields;
use crate::mime::walk::with_line_feeds;

/// What tells which way a mail went, besides its header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectionHint {
    /// Nothing: it was posted or imported without a folder.
    #[default]
    None,
    /// Its folder or label: inbound for one in which mail arrives (INBOX, Junk), outbound for sent mail.
    Folder(Direction),
    /// It was decided when the mail came in, and stays so.
    Decided(Direction),
}

/// The writer of a mail and its direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who wrote it.
    pub from: Address,
    /// Which way it went.
    pub direction: Direction,
    /// What decided, as a sentence for people.
    pub reason: &'static str,
}

/// Set by programs that replace From on the way (Google Groups), to keep the writer. Mail programs do not write them.
const ORIGINAL: &[&str] = &["X-Original-From", "X-Original-Sender"];
/// Where a form or a provider that replaces From names the writer; people set these, too, on mail of their own.
const NAMED: &[&str] = &["Reply-To", "X-Google-Original-From"];

/// Decides it.
pub(crate) fn origin(fields: &Fields<'_>, own: &OwnAddresses, hint: DirectionHint) -> Origin {
    let from = sender(fields);
    let is_own = own.include(&from.email);
    let other = |names: &[&str]| another_person(fields, names, &from, own);
    let original = if is_own || shares_company(&from.email, own) { other(ORIGINAL) } else { None };
    let named = if is_own { other(NAMED) } else { None };
    let inbound = |from: Address, reason| Origin { from, direction: Direction::Inbound, reason };
    let outbound = |from: Address, reason| Origin { from, direction: Direction::Outbound, reason };
    const REWRITTEN: &str = "Its From was replaced on the way; X-Original-From names the sender.";
    const FORM: &str = "Its From is our own address; Reply-To names the sender.";
    match hint {
        DirectionHint::Decided(Direction::Outbound) => outbound(from, "It was sent from this mailbox."),
        DirectionHint::Decided(Direction::Inbound) => match (original, named) {
            (Some(person), _) => inbound(person, REWRITTEN),
            (None, Some(person)) => inbound(person, FORM),
            (None, None) => inbound(from, "Its From is the sender."),
        },
        // What is among sent mail was sent from here, also by a contact form that sends through this mailbox.
        DirectionHint::Folder(Direction::Outbound) => match named {
            Some(person) if is_to_us(fields, own, &person) => inbound(person, FORM),
            _ => outbound(from, "It is among the sent mail of this mailbox."),
        },
        DirectionHint::None | DirectionHint::Folder(Direction::Inbound) => {
            let arrived = hint != DirectionHint::None;
            match (original, named) {
                (Some(person), _) => inbound(person, REWRITTEN),
                (None, Some(person)) if arrived || is_to_us(fields, own, &person) => inbound(person, FORM),
                _ if !is_own => inbound(from, "Its From is the sender."),
                _ if is_only_to_us(fields, own) => {
                    inbound(from, "Its From and all of its recipients are our own addresses.")
                }
                _ => outbound(from, "Its From is our own address."),
            }
        }
    }
}

/// The first address of these fields that is neither ours nor From's.
fn another_person(
    fields: &Fields<'_>,
    names: &[&str],
    from: &Address,
    own: &OwnAddresses,
) -> Option<Address> {
    let key = comparison_key(&from.email);
    let addresses = names.iter().flat_map(|name| list(fields, name));
    let mut others = addresses
        .filter(|one| !one.email.is_empty() && !own.include(&one.email) && comparison_key(&one.email) != key);
    let found = others.next()?;
    if !found.name.is_empty() {
        return Some(found);
    }
    // `X-Original-Sender` has no name, the fields beside it do.
    let key = comparison_key(&found.email);
    let mut beside = ["X-Original-From", "Reply-To"].iter().flat_map(|name| list(fields, name));
    let name = beside.find(|one| !one.name.is_empty() && comparison_key(&one.email) == key);
    Some(Address { name: name.map(|one| one.name).unwrap_or_default(), email: found.email })
}

/// Whether From is of the company that one of our addresses belongs to: groups at our domain have such addresses.
fn shares_company(email: &str, own: &OwnAddresses) -> bool {
    let key = comparison_key(email);
    let theirs = company(domain(&key));
    theirs.is_some() && own.domains().any(|ours| company(ours) == theirs)
}

/// Whether a mail with our From was written to us: its To is ours alone, or it is ours and the person named, who gets a
/// copy of what they wrote into a form.
fn is_to_us(fields: &Fields<'_>, own: &OwnAddresses, person: &Address) -> bool {
    let person = comparison_key(&person.email);
    let to = recipients(fields, &["To"]);
    to.iter().any(|one| own.include(one))
        && to.iter().all(|one| own.include(one) || comparison_key(one) == person)
}

fn is_only_to_us(fields: &Fields<'_>, own: &OwnAddresses) -> bool {
    let all = recipients(fields, &["To", "Cc", "Bcc"]);
    !all.is_empty() && all.iter().all(|one| own.include(one))
}

fn recipients(fields: &Fields<'_>, names: &[&str]) -> Vec<String> {
    let all = names.iter().flat_map(|name| list(fields, name));
    all.map(|one| one.email).filter(|email| !email.is_empty()).collect()
}

/// The fields that a mail gets when it is delivered, or passed on by somebody who did not write it: the From of mail
/// with one of them may be anybody's, also in a folder of sent mail.
const PASSED_ON: &[&str] = &[
    "Delivered-To",
    "X-Delivered-To",
    "X-Original-To",
    "Return-Path",
    "Authentication-Results",
    "ARC-Authentication-Results",
    "Received-SPF",
    "Resent-From",
    "Resent-To",
    "List-Id",
    "X-Original-From",
    "X-Original-Sender",
];

/// The address that a mail among the sent mail was written from, if nothing speaks against its being ours: a mail that
/// somebody moved or redirected there was not.
pub(crate) fn alias(raw: &[u8], own: &OwnAddresses) -> Option<String> {
    let lines = with_line_feeds(raw);
    let (fields, _) = Fields::split(&lines);
    let mut from = list(&fields, "From").into_iter().filter(|one| !one.email.is_empty());
    let address = from.next()?.email;
    let is_alone = from.next().is_none();
    let passed_on = PASSED_ON.iter().any(|name| fields.raw(name).is_some());
    (is_alone && !passed_on && !own.include(&address)).then_some(address)
}

#[cfg(test)]
#[path = "sender_tests.rs"]
mod tests;
