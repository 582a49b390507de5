//! What members did in a period.

use crewbox_app::team::{self, MemberPerformance, ReadPerformance, TeamPerformance};
use crewbox_core::id::{CampaignId, CategoryId, ClientId, MemberId};
use crewbox_core::team::{Durations, HalfSeconds, PerformanceFigure};
use crewbox_core::time::Timestamp;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

use super::period_end::PeriodEnd;
use super::rows::RowsCall;
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::Filters;
use crate::object::{At, Put};
use crate::schema::{Components, Describe, plain};
use crate::value::Nullable;

query! {
    /// Which performance.
    pub(crate) struct WhichPerformance {
        /// From this time on; thirty days before `to` unless given.
        from: Option<Timestamp>,
        /// Before this time; now unless given. A date without a time means the end of that day (UTC).
        to: Option<PeriodEnd>,
        /// Only in this campaign.
        campaign_id: Option<CampaignId>,
        /// Only in the campaigns of this client.
        client_id: Option<ClientId>,
    }
}

output! {
    /// Durations in seconds, exact.
    pub(crate) struct Seconds {
        /// The middle one; of an even number, half way between the middle two. Null where there is none.
        median: Nullable<HalfSeconds>,
        /// The shortest that nine of ten do not exceed. Null where there is none.
        p90: Nullable<u32>,
        /// How many there are.
        count: u64,
    }
}

output! {
    /// Conversations that a member gave a category.
    pub(crate) struct CategoryCount {
        /// The category.
        id: CategoryId,
        /// Its name.
        name: String,
        /// How many conversations.
        count: u64,
        /// The list call that returns exactly these conversations.
        rows: RowsCall,
    }
}

output! {
    /// What a member did.
    pub(crate) struct TeamMemberPerformance {
        /// The member.
        id: MemberId,
        /// Its name.
        name: String,
        /// Replies by people in conversations that the member owned at that time.
        replies_received: u64,
        /// Messages that the member sent after a reply by a person; from another program, those of the owner of that time.
        replies_sent: u64,
        /// Conversations in which the member received or sent one of these.
        conversations: u64,
        /// Conversations that the member archived.
        archived: u64,
        /// From the oldest unanswered reply by a person to the first answer of a conversation.
        first_response_seconds: Seconds,
        /// The same for every answer, first ones included.
        response_seconds: Seconds,
        /// Conversations that the member gave a category, by category.
        categories: Vec<CategoryCount>,
        /// For each figure the list call that returns exactly its conversations.
        rows: MemberPerformanceRows,
    }
}

output! {
    /// The list calls behind the performance of a member.
    pub(crate) struct MemberPerformanceRows {
        /// Behind `replies_received`.
        replies_received: RowsCall,
        /// Behind `replies_sent`.
        replies_sent: RowsCall,
        /// Behind `conversations`.
        conversations: RowsCall,
        /// Behind `archived`.
        archived: RowsCall,
        /// Behind `first_response_seconds`.
        first_response_seconds: RowsCall,
        /// Behind `response_seconds`.
        response_seconds: RowsCall,
    }
}

output! {
    /// What members did in a period.
    pub(crate) struct Performance {
        /// From this time on.
        from: At,
        /// Before this time.
        to: At,
        /// The members that the caller may see the figures of.
        members: Vec<TeamMemberPerformance>,
    }
}

/// GET `/team/performance`.
pub(crate) async fn performance(
    call: SignedCall,
    Filters(which): Filters<WhichPerformance>,
) -> Result<Json<Performance>, ApiError> {
    let command = ReadPerformance {
        from: which.from,
        to: which.to.map(|end| end.0),
        campaign: which.campaign_id,
        client: which.client_id,
    };
    let caller = call.caller();
    let found = team::performance(call.services(), &caller, command).await?;
    let name = |id: CategoryId| caller.names().category(id).map(|one| one.name.clone()).unwrap_or_default();
    let members = found.members.iter().map(|member| of_member(&found, member, &name)).collect();
    Ok(Json(Performance { from: call.at(found.from), to: call.at(found.to), members }))
}

fn of_member(
    period: &TeamPerformance,
    member: &MemberPerformance,
    name: &impl Fn(CategoryId) -> String,
) -> TeamMemberPerformance {
    let figures = &member.figures;
    let rows = |figure| RowsCall::from(&period.rows(member.id, figure));
    let categories = figures.categories.iter().map(|(&id, &count)| CategoryCount {
        id,
        name: name(id),
        count,
        rows: rows(PerformanceFigure::Category(id)),
    });
    TeamMemberPerformance {
        id: member.id,
        name: member.name.clone(),
        replies_received: figures.replies_received,
        replies_sent: figures.replies_sent,
        conversations: figures.conversations,
        archived: figures.archived,
        first_response_seconds: figures.first_response.into(),
        response_seconds: figures.response.into(),
        categories: categories.collect(),
        rows: MemberPerformanceRows {
            replies_received: rows(PerformanceFigure::RepliesReceived),
            replies_sent: rows(PerformanceFigure::RepliesSent),
            conversations: rows(PerformanceFigure::Conversations),
            archived: rows(PerformanceFigure::Archived),
            first_response_seconds: rows(PerformanceFigure::FirstResponse),
            response_seconds: rows(PerformanceFigure::Response),
        },
    }
}

impl From<Durations> for Seconds {
    fn from(durations: Durations) -> Self {
        let Durations { median, p90, count, .. } = durations;
        Self { median: median.into(), p90: p90.into(), count }
    }
}

impl Put for HalfSeconds {
    fn put(&self, out: &mut Vec<u8>) {
        (self.0 / 2).put(out);
        if !self.0.is_multiple_of(2) {
            out.extend_from_slice(b".5");
        }
    }
}

impl Describe for HalfSeconds {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        plain(Type::Number).into()
    }
}
