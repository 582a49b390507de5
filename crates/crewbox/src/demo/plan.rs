//! The whole demo as a plan: people, conversations and the mails of each with their times, a pure function of the
//! seed and of `now`. Writes nothing and reads no clock.

use std::collections::HashSet;

use crewbox_core::model::LeadFields;
use crewbox_core::time::Timestamp;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::cast::{CAMPAIGNS, MAILBOXES_A_SIDE, MEMBERS, SENDING_DOMAINS, STEMS, SUFFIXES, TITLES};
use super::language::{LANGUAGES, Language};
use super::script::{SCRIPTS, Step};

/// How far back the oldest conversation began.
const OLDEST_S: i64 = 75 * DAY_S;
pub(super) const DAY_S: i64 = 86_400;
pub(super) const HOUR_S: i64 = 3_600;

/// Somebody's name, as shown and as in an address.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) first: String,
    pub(super) last: String,
    pub(super) email: String,
}

impl Person {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// A mailbox we send from.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) person: Person,
    /// Which side it is of: 0 the agency, then the clients in order.
    pub(super) side: usize,
}

/// One mail to come, by its place in the plan.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) step: Step,
    pub(super) at: Timestamp,
    /// Its Message-ID, without brackets.
    pub(super) id: String,
    /// Draws among a language's texts.
    pub(super) variant: usize,
}

/// One conversation.
pub(super) struct Talk {
    pub(super) lead: Person,
    pub(super) colleague: Person,
    pub(super) company: String,
    pub(super) details: Details,
    pub(super) language: &'static Language,
    /// A place in [`CAMPAIGNS`].
    pub(super) campaign: usize,
    /// A place in [`Plan::senders`].
    pub(super) sender: usize,
    pub(super) turns: Vec<Turn>,
    /// A place among the members.
    pub(super) owner: Option<usize>,
    /// What a member has done with it.
    pub(super) state: State,
}

/// What a table of leads has of some people, and not of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Details {
    pub(super) place: Option<&'static str>,
    /// Of any place of the language.
    pub(super) phone: Option<String>,
    pub(super) title: Option<&'static str>,
}

/// What people have done with a conversation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    pub(super) category: Option<u64>,
    pub(super) read: bool,
    pub(super) important: bool,
    pub(super) archived: bool,
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) revenue_cents: Option<i64>,
    /// A place among a conversation's own tags.
    pub(super) tag: Option<usize>,
}

/// Everything that will be in the account.
pub(super) struct Plan {
    pub(super) members: Vec<Person>,
    pub(super) senders: Vec<Sender>,
    pub(super) talks: Vec<Talk>,
}

impl Plan {
    /// Draws a plan.
    pub(super) fn draw(seed: u64, members: usize, conversations: usize, now: Timestamp) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let members: Vec<Person> = (0..members).map(member).collect();
        let senders = senders(&mut rng);
        let mut taken = HashSet::new();
        let mut talks: Vec<Talk> = (0..conversations)
            .map(|number| talk(&mut rng, number, &members, &senders, &mut taken, now))
            .collect();
        for talk in &mut talks {
            talk.details = details(&mut rng, talk.language);
        }
        Self { members, senders, talks }
    }
}

fn member(number: usize) -> Person {
    let name = MEMBERS[number % MEMBERS.len()];
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    // Beyond the table the names come again, numbered.
    let last = match number / MEMBERS.len() {
        0 => last.to_owned(),
        round => format!("{last} {}", round + 1),
    };
    let local = format!("{first}.{last}").to_lowercase().replace(' ', "");
    Person { first: first.to_owned(), last, email: format!("{local}@{}", SENDING_DOMAINS[0]) }
}

fn senders(rng: &mut ChaCha8Rng) -> Vec<Sender> {
    let mut senders = Vec::new();
    for (side, domain) in SENDING_DOMAINS.iter().enumerate() {
        for place in 0..MAILBOXES_A_SIDE {
            let name = MEMBERS[(side * MAILBOXES_A_SIDE + place) % MEMBERS.len()];
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            let local = if rng.random_bool(0.5) { first.to_owned() } else { format!("{first}.{last}") };
            let email = format!("{}@outreach.{domain}", local.to_lowercase());
            senders.push(Sender { person: Person { first: first.into(), last: last.into(), email }, side });
        }
    }
    senders
}

fn talk(
    rng: &mut ChaCha8Rng,
    number: usize,
    members: &[Person],
    senders: &[Sender],
    taken: &mut HashSet<String>,
    now: Timestamp,
) -> Talk {
    let language = weighted(rng, LANGUAGES, |language| language.weight);
    let campaign = weighted_place(rng, CAMPAIGNS.iter().map(|campaign| campaign.weight));
    let side = CAMPAIGNS[campaign].client.map_or(0, |client| client + 1);
    let ours: Vec<usize> = (0..senders.len()).filter(|place| senders[*place].side == side).collect();
    let sender = ours.choose(rng).copied().unwrap_or_default();
    let company = format!("{} {}", pick(rng, STEMS), pick(rng, SUFFIXES));
    let domain = format!("{}.example", company.to_lowercase().replace(' ', "-"));
    let lead = person(rng, language, &domain, taken);
    let colleague = person(rng, language, &domain, taken);
    let (_, steps) = weighted(rng, SCRIPTS, |(weight, _)| *weight);
    let turns = turns(rng, number, steps, &senders[sender].person.email, &domain, now);
    let owner = owner(rng, steps, members.len());
    let state = state(rng, &turns, now);
    let details = Details::default();
    Talk { lead, colleague, company, details, language, campaign, sender, turns, owner, state }
}

/// Drawn after everything else, so that a seed's conversations stay what they were.
fn details(rng: &mut ChaCha8Rng, language: &Language) -> Details {
    Details {
        place: rng.random_bool(0.8).then(|| pick(rng, language.places)),
        phone: language.phone.filter(|_| rng.random_bool(0.7)).map(|(begin, numbers)| {
            let number = rng.random_range(0..numbers);
            // As many digits as the largest has.
            let digits = (numbers - 1).to_string().len();
            format!("{begin}{number:0digits$}")
        }),
        title: rng.random_bool(0.8).then(|| pick(rng, TITLES)),
    }
}

fn person(rng: &mut ChaCha8Rng, language: &Language, domain: &str, taken: &mut HashSet<String>) -> Person {
    let split = |name: &'static str| name.split_once('/').unwrap_or((name, name));
    let (first, first_latin) = split(pick(rng, language.first));
    let (last, last_latin) = split(pick(rng, language.last));
    let local: String = format!("{first_latin}.{last_latin}")
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    let mut email = format!("{local}@{domain}");
    let mut number = 1;
    while !taken.insert(email.clone()) {
        number += 1;
        email = format!("{local}{number}@{domain}");
    }
    Person { first: first.to_owned(), last: last.to_owned(), email }
}

/// Times and ids. Conversations thin out into the past, as campaigns do; nothing is in the future.
fn turns(
    rng: &mut ChaCha8Rng,
    number: usize,
    steps: &[Step],
    ours: &str,
    theirs: &str,
    now: Timestamp,
) -> Vec<Turn> {
    let age = rng.random_range(0.0..1.0_f64).powi(2);
    #[expect(clippy::cast_possible_truncation, reason = "a share of some weeks in seconds")]
    let began = -(2 * HOUR_S + (age * OLDEST_S as f64) as i64);
    let mut at = began;
    let our_domain = ours.rsplit_once('@').map_or(ours, |(_, domain)| domain);
    steps
        .iter()
        .enumerate()
        .map(|(place, step)| {
            let wait = match step {
                Step::Opening => 0,
                Step::Away | Step::Bounce | Step::PlainBounce => rng.random_range(5..120),
                Step::FollowUp => rng.random_range(2 * DAY_S..5 * DAY_S),
                _ => rng.random_range(HOUR_S / 3..2 * DAY_S),
            };
            // Whatever is left until now is shared out, so that young conversations are whole too.
            let left = -at;
            at += wait.min(left / 2).max(1);
            let domain = if step.is_ours() { our_domain } else { theirs };
            Turn {
                step: *step,
                at: now.plus_seconds(at),
                id: format!("{number:x}.{place}.{:012x}@{domain}", rng.random_range(0..1_u64 << 48)),
                variant: rng.random_range(0..64),
            }
        })
        .collect()
}

/// Skewed: the first member has most, the last a handful; what nobody answered is often nobody's.
fn owner(rng: &mut ChaCha8Rng, steps: &[Step], members: usize) -> Option<usize> {
    let answered = steps.iter().any(|step| !step.is_ours());
    if !rng.random_bool(if answered { 0.9 } else { 0.45 }) {
        return None;
    }
    let shares = (0..members).map(|place| u32::try_from(1_000 / (place + 2)).unwrap_or(1).max(1));
    Some(weighted_place(rng, shares))
}

fn state(rng: &mut ChaCha8Rng, turns: &[Turn], now: Timestamp) -> State {
    let Some(last) = turns.iter().rfind(|turn| !turn.step.is_ours()) else {
        return State::default();
    };
    let age_s = (now.millis() - last.at.millis()) / 1_000;
    let answered = turns.last().is_some_and(|turn| turn.step.is_ours());
    let worked = answered || age_s > 12 * DAY_S || rng.random_bool(0.45);
    let category = last.step.category().filter(|_| worked && rng.random_bool(0.85));
    let deal = matches!(category, Some(1 | 2));
    State {
        category,
        read: worked,
        important: deal && rng.random_bool(0.25),
        archived: worked
            && (matches!(category, Some(3 | 4 | 7)) && rng.random_bool(0.7) || rng.random_bool(0.05)),
        snoozed_until: (worked && rng.random_bool(0.06))
            .then(|| now.plus_seconds(rng.random_range(HOUR_S..9 * DAY_S))),
        revenue_cents: (deal && rng.random_bool(0.2)).then(|| rng.random_range(5..400) * 10_000),
        tag: (worked && rng.random_bool(0.12)).then(|| rng.random_range(0..super::cast::OWN_TAGS)),
    }
}

fn pick(rng: &mut ChaCha8Rng, from: &[&'static str]) -> &'static str {
    from.choose(rng).copied().unwrap_or_default()
}

fn weighted<'a, T>(rng: &mut ChaCha8Rng, from: &'a [T], weight: impl Fn(&T) -> u32 + Copy) -> &'a T {
    &from[weighted_place(rng, from.iter().map(weight))]
}

fn weighted_place(rng: &mut ChaCha8Rng, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let mut draw = rng.random_range(0..weights.clone().sum::<u32>().max(1));
    for (place, weight) in weights.enumerate() {
        if draw < weight {
            return place;
        }
        draw -= weight;
    }
    0
}

/// A lead as it is added to a campaign.
pub(super) fn fields(talk: &Talk) -> LeadFields {
    LeadFields {
        email: talk.lead.email.clone(),
        first_name: Some(talk.lead.first.clone()),
        last_name: Some(talk.lead.last.clone()),
        company: Some(talk.company.clone()),
        company_url: talk.lead.email.split_once('@').map(|(_, domain)| format!("https://{domain}")),
        location: talk.details.place.map(str::to_owned),
        phone: talk.details.phone.clone(),
        custom_fields: talk.details.title.iter().map(|title| ("Job title".into(), (*title).into())).collect(),
        ..LeadFields::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn a_seed_draws_the_same_plan_and_another_seed_another() {
        let ids = |seed| {
            let plan = Plan::draw(seed, 8, 300, NOW);
            plan.talks
                .iter()
                .flat_map(|talk| talk.turns.iter().map(|turn| turn.id.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }

    #[test]
    fn mails_rise_in_time_and_none_is_in_the_future() {
        let plan = Plan::draw(7, 8, 500, NOW);
        let mut addresses = HashSet::new();
        for talk in &plan.talks {
            assert!(addresses.insert(talk.lead.email.clone()), "a lead twice");
            assert!(talk.turns.windows(2).all(|pair| pair[0].at < pair[1].at));
            assert!(talk.turns.iter().all(|turn| turn.at < NOW));
        }
    }

    #[test]
    fn owners_are_skewed_and_some_is_nobody_s() {
        let plan = Plan::draw(1, 8, 2_000, NOW);
        let of = |owner| plan.talks.iter().filter(|talk| talk.owner == owner).count();
        assert!(of(Some(0)) > 2 * of(Some(7)) && of(Some(7)) > 20 && of(None) > 100);
    }
}
