//! Weighs the signs of an automatic reply. A pure function of what was found: no mail, no tables, no clock. Errors are
//! not alike: to file a person's answer away loses a deal, to show a machine's mail costs one click. So a person is the
//! default, and what is left over after the proof counts against it.

use super::headers::Headers;
use super::subject::Subject;
use super::tables::Kind;
use super::words::{Signs, Words};

/// What is known of a mail.
pub(super) struct Evidence<'a> {
    pub(super) headers: &'a Headers,
    pub(super) subject: &'a Subject,
    pub(super) words: &'a Words,
    /// The text names the owner of our mailbox.
    pub(super) names_us: bool,
    /// Our mail is quoted below, as a person's program does it.
    pub(super) quotes_us: bool,
    /// It arrived within minutes of our mail that it answers.
    pub(super) prompt: bool,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// An automatic reply, and why.
    Automatic(String),
    /// A person's mail with some proof of the contrary: which.
    Suspected(String),
    /// Nothing speaks against a person.
    Person,
}

/// The weight that proves an automatic reply. Two independent signs in the text reach it.
const PROOF: u32 = 4;

/// What the text must have at least for the signs beside it to count.
const SOME_WORDS: u32 = 1;

/// The prefix that only programs write: the least sign in the text completes it.
const PREFIX_WEIGHT: u32 = 3;
/// An absence as the subject; only where the text states it too.
const TOPIC_WEIGHT: u32 = 3;
/// A header that the mail was generated; an absence in the text completes it.
const GENERATED_WEIGHT: u32 = 3;
/// Machines answer within minutes; people sometimes do.
const PROMPT_WEIGHT: u32 = 1;
/// A ticket's number in the subject.
const TICKET_WEIGHT: u32 = 1;

/// Thanks for a message that came minutes ago, beside an absence with its end.
const THANKS_WEIGHT: u32 = 1;

/// Sentences that nothing explains, as many as are tolerated beside the prefix of a program. Without it every sentence
/// must be one that notices have: what a person adds cannot be listed.
const TOLERATED: usize = 2;

/// Decides.
pub(super) fn decide(evidence: &Evidence<'_>) -> Decision {
    if let Some(header) = &evidence.headers.reply {
        return Decision::Automatic(format!("“{header}” declares a reply by a program"));
    }
    let words = evidence.words;
    let (weight, signs) = words
        .machine
        .iter()
        .map(|signs| (weight(signs, words.link), Some(signs)))
        .max_by_key(|(weight, _)| *weight)
        .unwrap_or_default();
    let generated = evidence.headers.generated.as_ref().filter(|_| evidence.headers.passed_on.is_none());
    let stated = signs.is_some_and(states);
    let prefix = evidence.subject.prefix.as_deref();
    let topic = evidence.subject.topic.as_deref().filter(|_| stated);

    let mut sum = weight;
    let mut outside = Vec::new();
    if let Some(prefix) = prefix {
        sum += PREFIX_WEIGHT;
        outside.push(format!("the subject has the prefix “{prefix}”"));
    } else if let Some(topic) = topic {
        sum += TOPIC_WEIGHT;
        outside.push(format!("the subject says “{topic}”"));
    }
    if let Some(header) = generated.filter(|_| stated || prefix.is_some()) {
        sum += GENERATED_WEIGHT;
        outside.push(format!("“{header}” says that a program made it"));
    }
    if evidence.prompt {
        sum += PROMPT_WEIGHT;
        outside.push("it came within minutes".to_owned());
    }
    if evidence.prompt && words.thanks && signs.is_some_and(|signs| signs.has(Kind::Away) && signs.ends) {
        sum += THANKS_WEIGHT;
        outside.push("it thanks for the message".to_owned());
    }
    if evidence.subject.ticket && signs.is_some_and(|signs| signs.has(Kind::Received)) {
        sum += TICKET_WEIGHT;
        outside.push("the subject numbers a ticket".to_owned());
    }
    let found = signs.map(findings).unwrap_or_default();
    let mut reasons: Vec<String> = if found.is_empty() { Vec::new() } else { vec![found] };
    reasons.extend(outside);
    let why = sentence(&reasons);
    // The prefix needs the words, unless a header completes it: a person may answer under a notice's subject.
    let enough = sum >= PROOF && (weight >= SOME_WORDS || prefix.is_some() && generated.is_some());
    let topical = topic.is_some();
    if enough && !objected(evidence, prefix.is_some(), generated.is_some(), topical, signs) {
        Decision::Automatic(why)
    } else if enough || weight + u32::from(prefix.is_some()) * PREFIX_WEIGHT >= 2 {
        Decision::Suspected(why)
    } else {
        Decision::Person
    }
}

/// Whether the text has something that a person adds and a machine does not.
fn objected(
    evidence: &Evidence<'_>,
    prefix: bool,
    generated: bool,
    topic: bool,
    signs: Option<&Signs>,
) -> bool {
    let words = evidence.words;
    if prefix && generated {
        return false;
    }
    if words.question || words.past.is_some() {
        return true;
    }
    if prefix && evidence.prompt {
        return words.unexplained > TOLERATED;
    }
    let declared = signs.is_some_and(|signs| signs.has(Kind::Automatic) && states_more(signs));
    let named = evidence.names_us && !signs.is_some_and(|signs| signs.has(Kind::Received));
    let quoted = evidence.quotes_us && !(prefix || generated || declared);
    let challenge = words.link && signs.is_some_and(|signs| signs.has(Kind::Challenge));
    // A help desk's agent answers below "we received your request", and its header is a program's.
    let receipt = signs.is_some_and(|signs| signs.has(Kind::Received) && !signs.has(Kind::Automatic));
    let tolerated = match () {
        () if receipt => 0,
        () if prefix || declared || challenge => TOLERATED,
        () => usize::from(topic && evidence.prompt),
    };
    words.person.is_some() || named || quoted || words.unexplained > tolerated
}

/// Whether the text itself states what an absence subject or a generated mail is about.
fn states(signs: &Signs) -> bool {
    [
        Kind::Away,
        Kind::Closed,
        Kind::Left,
        Kind::Unmonitored,
        Kind::Automatic,
        Kind::Received,
        Kind::Challenge,
    ]
    .iter()
    .any(|kind| signs.has(*kind))
}

/// Whether a text that calls itself automatic also says what for.
fn states_more(signs: &Signs) -> bool {
    [Kind::Away, Kind::Closed, Kind::Left, Kind::Unmonitored, Kind::Received, Kind::Challenge, Kind::NoAccess]
        .iter()
        .any(|kind| signs.has(*kind))
}

/// The weight of what a text says in one language.
fn weight(signs: &Signs, link: bool) -> u32 {
    let absent = signs.has(Kind::Away) || signs.has(Kind::Closed);
    let has = |kind: Kind, weight: u32| if signs.has(kind) { weight } else { 0 };
    let absence = match (absent, signs.ends) {
        (true, true) => 2,
        (true, false) => 1,
        (false, _) => has(Kind::Return, 1),
    };
    // Who left names the next; so does a person who is the wrong one.
    let substitute = has(Kind::Substitute, if absent { 2 } else { u32::from(!signs.has(Kind::Left)) });
    absence
        + substitute
        + has(Kind::NoAccess, 2)
        + has(Kind::Automatic, 3)
        + has(Kind::Received, 2)
        + has(Kind::Left, 2)
        + has(Kind::Unmonitored, 2)
        + has(Kind::Challenge, if link { PROOF } else { 2 })
        + has(Kind::Later, 1)
}

/// What the text says, as a sentence.
fn findings(signs: &Signs) -> String {
    let mut parts = Vec::new();
    for (kind, meaning) in [
        (Kind::Automatic, "says that it is automatic"),
        (Kind::Away, if signs.ends { "states an absence with its end" } else { "states an absence" }),
        (Kind::Closed, "gives office hours"),
        (Kind::Left, "says that somebody left"),
        (Kind::Unmonitored, "says that nobody reads the mailbox"),
        (Kind::Received, "confirms receipt"),
        (Kind::Challenge, "asks for a proof"),
        (Kind::NoAccess, "says that mail is not read"),
        (Kind::Substitute, "names a substitute"),
        (Kind::Return, "names a return"),
        (Kind::Later, "promises an answer"),
    ] {
        if let Some(phrase) = signs.phrase(kind)
            && parts.len() < 2
        {
            parts.push(format!("{meaning} (“{phrase}”)"));
        }
    }
    if parts.is_empty() { String::new() } else { format!("the text {}", parts.join(" and ")) }
}

/// Reasons as one sentence.
fn sentence(reasons: &[String]) -> String {
    let mut line = reasons.join("; ");
    if let Some(first) = line.get(..1) {
        let upper = first.to_uppercase();
        line.replace_range(..1, &upper);
    }
    line
}
