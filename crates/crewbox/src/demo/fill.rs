//! Puts a plan into an empty store: people and surroundings as operations, every mail through the intake.

use std::collections::BTreeMap;
use std::sync::Arc;

use crewbox_app::{Caller, Services, session};
use crewbox_core::conversation::Edit;
use crewbox_core::id::{CampaignId, CategoryId, ClientId, ConversationId, MailboxId, MemberId, TagId};
use crewbox_core::model::{MailboxSettings, Role};
use crewbox_core::own_addresses::OwnAddresses;
use crewbox_core::time::Timestamp;
use crewbox_mail::intake::Incoming;
use crewbox_store::contract::{MailboxSecrets, NewAccount, NewMailbox};
use crewbox_store::{Batch, NewMember, Op, Outcome, Scope, Store};
use indicatif::ProgressBar;

use super::cast::{ACCOUNT, CAMPAIGNS, CLIENTS, OWN_TAGS, TAGS};
use super::member::DemoMember;
use super::plan::{Plan, Sender, State, Talk, fields};
use super::{member_work, turn};
use crate::command::key::first_key;
use crate::data::Opened;
use crate::failure::Failure;

/// Mails a transaction; more gains nothing, since the sync is shared out by then.
const MAILS_A_BATCH: usize = 100;
/// Leads or edits a transaction.
const OPS_A_BATCH: usize = 500;
const DAY_MS: i64 = 86_400_000;

/// What a demo is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) members: usize,
    pub(crate) conversations: usize,
    pub(crate) now: Timestamp,
}

/// Fills the store, which will be served at this URL. `bar` moves by conversations.
///
/// # Errors
/// The store's.
pub(crate) async fn fill(
    store: &Store,
    draw: Draw,
    password: &str,
    url: &str,
    bar: &ProgressBar,
) -> Result<Vec<DemoMember>, Failure> {
    let plan = Plan::draw(draw.seed, draw.members, draw.conversations, draw.now);
    let (opened, members) = people(store, &plan, draw.now, password, url).await?;
    let places = surroundings(&opened, &plan).await?;
    let conversations = leads(&opened, &plan, &places).await?;
    mails(&opened, &plan, &places, draw.now, bar).await?;
    owners(&opened, &plan, &members, &conversations).await?;
    decisions(&opened, &plan, &places, &conversations).await?;
    member_work::add(&opened, &plan, &members, &conversations, draw.now).await?;
    Ok(members)
}

async fn people(
    store: &Store,
    plan: &Plan,
    now: Timestamp,
    password: &str,
    url: &str,
) -> Result<(Opened, Vec<DemoMember>), Failure> {
    // One hash for all: it is one password, and a hash takes tens of milliseconds on purpose.
    let hash = crate::password::hash(password)?;
    let new = |place: usize, role| NewMember {
        name: plan.members[place].name(),
        email: plan.members[place].email.clone(),
        role,
        client: None,
        password_hash: Some(hash.clone()),
    };
    let account = NewAccount { name: ACCOUNT.to_owned(), owner: new(0, Role::Owner) };
    let made = store.create_account(account, now).await?;
    let opened = Opened { store: store.clone(), scope: Scope::operator(made.account) };
    let mut members = Vec::with_capacity(plan.members.len());
    for (place, person) in plan.members.iter().enumerate() {
        let role = if place == 1 { Role::Admin } else { Role::Member };
        let member_id = match place {
            0 => made.member,
            _ => MemberId(opened.make(Op::AddMember(new(place, role))).await?),
        };
        let api_key = first_key(&opened, member_id).await?;
        let email = person.email.clone();
        members.push(DemoMember {
            member_id,
            name: person.name(),
            email,
            password: password.to_owned(),
            api_key,
            sign_in_url: sign_in_url(&opened, member_id, url, now).await?,
        });
    }
    Ok((opened, members))
}

async fn sign_in_url(
    opened: &Opened,
    member: MemberId,
    url: &str,
    now: Timestamp,
) -> Result<String, Failure> {
    let services = Services::new(opened.store.clone());
    let operator = Caller::operator(&opened.store, opened.scope, now).await?;
    let token = session::create_link(&services, &operator, member).await?;
    Ok(format!("{url}/sign-in/{token}"))
}

/// Ids of what the plan names by place.
struct Places {
    tags: Vec<TagId>,
    mailboxes: Vec<MailboxId>,
    campaigns: Vec<CampaignId>,
}

async fn surroundings(opened: &Opened, plan: &Plan) -> Result<Places, Failure> {
    let clients = make_all(
        opened,
        CLIENTS.iter().map(|(name, email)| Op::AddClient { name: (*name).into(), email: (*email).into() }),
    )
    .await?;
    let tags = TAGS.iter().map(|(name, color)| (Some((*color).to_owned()), (*name).to_owned()));
    let tags = make_all(opened, tags.map(|(color, name)| Op::SaveTag { tag: None, name, color })).await?;
    let client_of =
        |side: usize| side.checked_sub(1).and_then(|client| clients.get(client)).copied().map(ClientId);
    let mailbox = |sender: &Sender| {
        Op::SaveMailbox(Box::new(NewMailbox {
            email: sender.person.email.clone(),
            name: sender.person.name(),
            client: client_of(sender.side),
            settings: MailboxSettings { user: sender.person.email.clone(), ..MailboxSettings::default() },
            secrets: MailboxSecrets::default(),
        }))
    };
    let mailboxes: Vec<MailboxId> =
        make_all(opened, plan.senders.iter().map(mailbox)).await?.into_iter().map(MailboxId).collect();
    let campaign = CAMPAIGNS.iter().map(|campaign| Op::AddCampaign {
        name: campaign.name.into(),
        client: campaign.client.and_then(|client| client_of(client + 1)),
        parent: None,
    });
    let campaigns: Vec<CampaignId> = make_all(opened, campaign).await?.into_iter().map(CampaignId).collect();
    let tags: Vec<TagId> = tags.into_iter().map(TagId).collect();
    let mut ops = Vec::new();
    for (seed, campaign) in CAMPAIGNS.iter().zip(&campaigns) {
        let side = seed.client.map_or(0, |client| client + 1);
        let of_side = plan.senders.iter().zip(&mailboxes).filter(|(sender, _)| sender.side == side);
        ops.push(Op::AddCampaignMailboxes {
            campaign: *campaign,
            mailboxes: of_side.map(|(_, id)| *id).collect(),
        });
        let own = seed.tags.iter().filter_map(|place| tags.get(*place)).copied().collect();
        ops.push(Op::SetCampaignTags { campaign: *campaign, tags: own });
    }
    opened.commit(ops).await?;
    Ok(Places { tags, mailboxes, campaigns })
}

async fn make_all(opened: &Opened, ops: impl Iterator<Item = Op>) -> Result<Vec<u64>, Failure> {
    let made = opened.commit(ops.collect()).await?.outcomes;
    Ok(made
        .into_iter()
        .filter_map(|outcome| if let Outcome::Id(id) = outcome { Some(id) } else { None })
        .collect())
}

/// Adds every lead to its campaign; the conversations come back in the plan's order.
async fn leads(
    opened: &Opened,
    plan: &Plan,
    places: &Places,
) -> Result<Vec<Option<ConversationId>>, Failure> {
    let mut conversations = vec![None; plan.talks.len()];
    for (campaign, id) in places.campaigns.iter().enumerate() {
        let of_campaign: Vec<usize> =
            (0..plan.talks.len()).filter(|at| plan.talks[*at].campaign == campaign).collect();
        for chunk in of_campaign.chunks(OPS_A_BATCH) {
            let leads = chunk.iter().map(|at| fields(&plan.talks[*at])).collect();
            for outcome in opened.commit(vec![Op::AddLeads { campaign: *id, leads }]).await?.outcomes {
                let Outcome::Leads(added) = outcome else { continue };
                for (at, lead) in chunk.iter().zip(added) {
                    conversations[*at] = lead.ok().map(|lead| lead.conversation);
                }
            }
        }
    }
    Ok(conversations)
}

/// Lets every mail in, oldest first, as it would have come.
async fn mails(
    opened: &Opened,
    plan: &Plan,
    places: &Places,
    now: Timestamp,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let intake = crate::intake::open(opened.store.clone())?;
    let mut order: Vec<(Timestamp, &Talk, usize)> = plan
        .talks
        .iter()
        .flat_map(|talk| talk.turns.iter().enumerate().map(move |(place, turn)| (turn.at, talk, place)))
        .collect();
    order.sort_by_key(|(at, _, _)| *at);
    bar.set_length(order.len() as u64);
    for chunk in order.chunks(MAILS_A_BATCH) {
        let mut mails = Vec::with_capacity(chunk.len());
        for (at, talk, place) in chunk {
            let sender = &plan.senders[talk.sender];
            let raw = turn::write(talk, sender, *place)
                .map_err(|error| Failure::failed(format!("a demo mail could not be written: {error}")))?;
            mails.push(Incoming {
                raw: raw.into(),
                direction: None,
                mailbox: places.mailboxes[talk.sender],
                own: Arc::new(OwnAddresses::new([&sender.person.email])),
                location: None,
                backfill: false,
                seen: None,
                connected_at: None,
                received_at: Some(*at),
                fallback_at: None,
            });
        }
        intake.take(&opened.scope, now, mails).await?;
        bar.inc(chunk.len() as u64);
    }
    Ok(())
}

/// Assigns each conversation on the day of its first mail, so that what was received and answered since counts for its
/// owner.
async fn owners(
    opened: &Opened,
    plan: &Plan,
    members: &[DemoMember],
    conversations: &[Option<ConversationId>],
) -> Result<(), Failure> {
    let mut days: BTreeMap<i64, Vec<Op>> = BTreeMap::new();
    for (talk, conversation) in plan.talks.iter().zip(conversations) {
        let owner = talk.owner.and_then(|place| members.get(place));
        if let (Some(conversation), Some(owner), Some(first)) = (*conversation, owner, talk.turns.first()) {
            let edit = Edit::Owner(Some(owner.member_id));
            days.entry(first.at.millis().div_euclid(DAY_MS))
                .or_default()
                .push(Op::Edit { conversation, edit });
        }
    }
    for (day, ops) in days {
        opened.store.commit(Batch::new(opened.scope, Timestamp(day * DAY_MS), ops)).await?;
    }
    Ok(())
}

/// Does what the team has done since.
async fn decisions(
    opened: &Opened,
    plan: &Plan,
    places: &Places,
    conversations: &[Option<ConversationId>],
) -> Result<(), Failure> {
    let own_tags = places.tags.get(places.tags.len().saturating_sub(OWN_TAGS)..).unwrap_or_default();
    let mut ops = Vec::new();
    for (talk, conversation) in plan.talks.iter().zip(conversations) {
        let Some(conversation) = *conversation else { continue };
        ops.extend(edits(&talk.state, own_tags).map(|edit| Op::Edit { conversation, edit }));
        if ops.len() >= OPS_A_BATCH {
            opened.commit(std::mem::take(&mut ops)).await?;
        }
    }
    opened.commit(ops).await?;
    Ok(())
}

fn edits(state: &State, own_tags: &[TagId]) -> impl Iterator<Item = Edit> {
    let tag = state.tag.and_then(|place| own_tags.get(place)).copied();
    [
        state.category.map(|id| Edit::Category(Some(CategoryId(id)))),
        state.read.then_some(Edit::Read(true)),
        state.important.then_some(Edit::Important(true)),
        state.archived.then_some(Edit::Archived(true)),
        state.revenue_cents.map(Edit::Revenue),
        tag.map(|tag| Edit::Tags(vec![tag])),
        state.snoozed_until.map(|until| Edit::Snooze(Some(until))),
    ]
    .into_iter()
    .flatten()
}
