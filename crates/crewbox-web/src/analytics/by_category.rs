//! Replies by the category of their lead.

use crewbox_app::analytics;
use crewbox_core::model::Sentiment;

use super::parameters::WhichFigures;
use super::percent::Percent;
use crate::answer::Success;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::handler::Filters;

/// What replies of leads without a category are called.
const UNCATEGORISED: &str = "Uncategorized";

output! {
    /// Replies by category, under their name.
    pub(crate) struct CategoryResponses {
        /// The replies.
        lead_responses_by_category: ResponsesByCategory,
    }
}

output! {
    /// Replies by category.
    pub(crate) struct ResponsesByCategory {
        /// The sentiments that categories have.
        filter: Vec<OfSentiment>,
        /// The categories with a reply; the one with most replies first.
        lead_response_grouping as "leadResponseGrouping": Vec<ResponsesOfCategory>,
    }
}

output! {
    /// A sentiment.
    pub(crate) struct OfSentiment {
        /// Which.
        sentiment_type: Sentiment,
    }
}

output! {
    /// Replies of leads of a category.
    pub(crate) struct ResponsesOfCategory {
        /// Replies by people whose lead is of the category now.
        total_response: u64,
        /// The category; `Uncategorized` for leads without one.
        name: String,
        /// Its sentiment; absent without a category.
        sentiment_type: Option<Sentiment>,
        /// How much of all replies.
        percentage: Percent,
    }
}

/// GET `/analytics/lead/category-wise-response`.
pub(crate) async fn by_category(
    call: SignedCall,
    Filters(which): Filters<WhichFigures>,
) -> Result<Success<CategoryResponses>, ApiError> {
    let caller = call.caller();
    let found = analytics::by_category(call.services(), &caller, &which.selection()).await?;
    let all = found.values().sum();
    let mut categories: Vec<_> = found.into_iter().collect();
    categories.sort_by_key(|(_, replies)| std::cmp::Reverse(*replies));
    let shown = categories.into_iter().map(|(id, replies)| {
        let category = id.and_then(|id| caller.names().category(id));
        ResponsesOfCategory {
            total_response: replies,
            name: category.map_or_else(|| UNCATEGORISED.to_owned(), |category| category.name.clone()),
            sentiment_type: category.map(|category| category.sentiment),
            percentage: Percent::of(replies, all),
        }
    });
    let filter = [Sentiment::Positive, Sentiment::Neutral, Sentiment::Negative];
    let lead_responses_by_category = ResponsesByCategory {
        filter: filter.map(|sentiment_type| OfSentiment { sentiment_type }).into(),
        lead_response_grouping: shown.collect(),
    };
    let data = CategoryResponses { lead_responses_by_category };
    Ok(Success { message: "Category-wise responses fetched successfully!", data })
}
