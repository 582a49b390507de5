//! How deliveries of a campaign's events went, and trying failed ones again.

use crewbox_app::webhook;
use crewbox_core::id::{CampaignId, DeliveryId, WebhookId};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::{Delivery, DeliveryCounts};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::answer::Done;
use crate::call::SignedCall;
use crate::declare::{input, output, query};
use crate::error::ApiError;
use crate::handler::{Body, Filters, Path};
use crate::object::{At, Put};
use crate::schema::{Components, Describe};
use crate::value::{Nullable, Until};

query! {
    /// Which deliveries.
    pub(crate) struct Between {
        /// Events from this time on.
        from_time as "fromTime": Option<Timestamp>,
        /// Events up to this time.
        to_time as "toTime": Option<Until>,
    }
}

input! {
    /// Which failed deliveries to try again.
    pub(crate) struct Retrigger {
        /// Events from this time on; all earlier ones too unless given.
        from_time as "fromTime": Option<Timestamp>,
        /// Events up to this time; all later ones too unless given.
        to_time as "toTime": Option<Until>,
    }
}

output! {
    /// A delivery that failed.
    pub(crate) struct FailedEvent {
        /// Its id.
        id: DeliveryId,
        /// The webhook.
        webhook_id: WebhookId,
        /// What happened.
        event_type: &'static str,
        /// When.
        event_timestamp: At,
        /// `X-Request-Id` of its tries.
        request_id: String,
        /// Tries.
        attempts: u32,
        /// The status that the receiver answered last.
        response_status: Nullable<u32>,
        /// Why the last try failed.
        error: Nullable<String>,
    }
}

output! {
    /// How deliveries went.
    pub(crate) struct Summary {
        /// Deliveries, each counted once however often it was tried.
        total_calls: u64,
        /// Those that the receiver took.
        successful_calls: u64,
        /// Those that failed and are not tried again by themselves.
        failed_calls: u64,
        /// Those that wait for their first or next try.
        pending_calls: u64,
        /// Those that the receiver took, in percent of those that do not wait.
        success_rate: Percent,
        /// Those that failed, newest first, at most 100.
        failed_events: Vec<FailedEvent>,
    }
}

output! {
    /// Deliveries that are tried again.
    pub(crate) struct Retriggered {
        /// How many, at most 1,000. Call again for more.
        retriggered_count: u64,
    }
}

/// A percentage in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(u64);

impl Percent {
    fn of(counts: DeliveryCounts) -> Self {
        let settled = counts.delivered + counts.failed;
        // Rounded to the nearest tenth.
        Self((counts.delivered * 1_000 + settled / 2).checked_div(settled).unwrap_or(0))
    }
}

impl Put for Percent {
    fn put(&self, out: &mut Vec<u8>) {
        (self.0 / 10).put(out);
        if !self.0.is_multiple_of(10) {
            out.push(b'.');
            (self.0 % 10).put(out);
        }
    }
}

impl Describe for Percent {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(100));
        Schema::Object(number.build()).into()
    }
}

/// GET `/campaigns/{id}/webhooks/summary`.
pub(crate) async fn summary(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Filters(between): Filters<Between>,
) -> Result<Done<Summary>, ApiError> {
    let caller = call.caller();
    let found = webhook::summary(
        call.services(),
        &caller,
        id,
        between.from_time,
        between.to_time.map(|until| until.0),
    )
    .await?;
    let counts = found.counts;
    let more = Summary {
        total_calls: counts.total,
        successful_calls: counts.delivered,
        failed_calls: counts.failed,
        pending_calls: counts.total - counts.delivered - counts.failed,
        success_rate: Percent::of(counts),
        failed_events: found.failed.into_iter().map(|delivery| failed(&call, delivery)).collect(),
    };
    Ok(Done { message: "Webhook deliveries of the campaign", more })
}

fn failed(call: &SignedCall, delivery: Delivery) -> FailedEvent {
    FailedEvent {
        id: delivery.id,
        webhook_id: delivery.what.webhook,
        event_type: delivery.what.event.name(),
        event_timestamp: call.at(delivery.what.at),
        request_id: delivery.what.request_id,
        attempts: delivery.tries,
        response_status: delivery.status.map(u32::from).into(),
        error: delivery.error.into(),
    }
}

/// POST `/campaigns/{id}/webhooks/retrigger-failed-events`.
pub(crate) async fn retrigger(
    call: SignedCall,
    Path(id): Path<CampaignId>,
    Body(which): Body<Retrigger>,
) -> Result<Done<Retriggered>, ApiError> {
    let caller = call.caller();
    let count =
        webhook::retrigger(call.services(), &caller, id, which.from_time, which.to_time.map(|until| until.0))
            .await?;
    Ok(Done { message: "Failed events retrigger initiated", more: Retriggered { retriggered_count: count } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_one_decimal_and_nothing_is_divided_by_nothing() {
        for (delivered, failed, expected) in
            [(0, 0, "0"), (145, 5, "96.7"), (3, 4, "42.9"), (7, 0, "100"), (0, 9, "0")]
        {
            let mut out = Vec::new();
            Percent::of(DeliveryCounts { total: 500, delivered, failed }).put(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
