//! Figures of each member: those of the team's performance under other names.

use crewbox_app::analytics;
use crewbox_app::team::MemberPerformance;
use crewbox_core::id::MemberId;
use crewbox_core::model::Sentiment;
use crewbox_store::Catalog;

use super::parameters::WhichFigures;
use super::percent::{Percent, PercentNumber};
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;
use crate::object::Null;
use crate::value::Nullable;

output! {
    /// Figures of each member.
    pub(crate) struct TeamBoard {
        /// The members that the caller may see the figures of, ascending by id.
        team_board_stats: Vec<OfMember>,
    }
}

output! {
    /// What a member did.
    pub(crate) struct OfMember {
        /// The member.
        id: MemberId,
        /// Its name.
        name: String,
        /// Always null: members have no pictures.
        profile_pic_url: Null,
        /// Conversations in which the member received a reply by a person, or sent a message after one.
        lead_count: u64,
        /// Campaigns that these conversations are in.
        campaign_count: u64,
        /// Replies by people in conversations that the member owned at that time.
        reply_count: u64,
        /// Conversations that the member gave a positive category.
        positive_reply_count: u64,
        /// Always null: who of the team sent the first mail to a lead is not kept.
        reply_rate: Null,
        /// `positive_reply_count` of `lead_count`, in percent.
        positive_reply_rate: PercentNumber,
        /// The mean time in which the member answered, in seconds; null where it answered nothing.
        average_reply_time: Nullable<u64>,
        /// Always null: an opening belongs to no member.
        unique_open_count: Null,
    }
}

/// GET `/analytics/team-board/overall-stats`.
pub(crate) async fn team_board(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<TeamBoard>, ApiError> {
    let caller = call.caller();
    let found = analytics::team_board(call.services(), &caller, &which.selection()).await?;
    let members = found.iter().map(|member| shown(member, caller.names()));
    let data = TeamBoard { team_board_stats: members.collect() };
    Ok(Success { message: "Team board overall stats fetched successfully", data })
}

fn shown(member: &MemberPerformance, names: &Catalog) -> OfMember {
    let figures = &member.figures;
    let categories = figures.categories.iter().filter(|(id, _)| {
        names.category(**id).is_some_and(|category| category.sentiment == Sentiment::Positive)
    });
    let positive = categories.map(|(_, count)| count).sum();
    OfMember {
        id: member.id,
        name: member.name.clone(),
        profile_pic_url: Null,
        lead_count: figures.conversations,
        campaign_count: figures.campaigns,
        reply_count: figures.replies_received,
        positive_reply_count: positive,
        reply_rate: Null,
        positive_reply_rate: PercentNumber(Percent::of(positive, figures.conversations)),
        average_reply_time: figures.response.mean().into(),
        unique_open_count: Null,
    }
}
