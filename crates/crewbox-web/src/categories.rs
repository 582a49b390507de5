//! Lead categories.

use crewbox_app::catalog;
use crewbox_core::id::CategoryId;
use crewbox_core::model::{self, Sentiment};

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::Body;
use crate::object::At;
use crate::value::{MAX_NAME, NonBlank, wire_names};

wire_names!(Sentiment { Positive = "positive", Neutral = "neutral", Negative = "negative" });

input! {
    /// A category to make.
    pub(crate) struct NewCategory {
        /// Its name.
        name: NonBlank<MAX_NAME>,
        /// What a lead of this category thinks of us; neutral unless given.
        sentiment_type: Option<Sentiment>,
    }
}

output! {
    /// A lead category.
    pub(crate) struct Category {
        /// Its id.
        id: CategoryId,
        /// Its name.
        name: String,
        /// What a lead of this category thinks of us.
        sentiment_type: Sentiment,
        /// When it was made.
        created_at: At,
    }
}

/// GET `/leads/fetch-categories`.
pub(crate) async fn list(call: SignedCall) -> Result<Json<Vec<Category>>, ApiError> {
    let caller = call.caller();
    let categories = catalog::categories(&caller)?.into_iter().map(|category| shown(&call, category.clone()));
    Ok(Json(categories.collect()))
}

/// POST `/leads/categories`.
pub(crate) async fn create(
    call: SignedCall,
    Body(new): Body<NewCategory>,
) -> Result<Success<Category>, ApiError> {
    let (name, sentiment) = (new.name.0, new.sentiment_type.unwrap_or(Sentiment::Neutral));
    let id = catalog::create_category(call.services(), &call.caller(), name.clone(), sentiment).await?;
    let made = model::Category { id, name, sentiment, created_at: call.now };
    Ok(Success { message: "Category created", data: shown(&call, made) })
}

fn shown(call: &SignedCall, category: model::Category) -> Category {
    Category {
        id: category.id,
        name: category.name,
        sentiment_type: category.sentiment,
        created_at: call.at(category.created_at),
    }
}
