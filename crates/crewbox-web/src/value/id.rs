//! Ids: numbers, or texts that are one. An id that cannot exist is the id of nothing.

use crewbox_core::id::{
    AccountId, BulkId, CampaignId, CategoryId, ClientId, ConversationId, DeliveryId, KeyId, LeadId, MAX_ID,
    MailboxId, MemberId, MessageId, NoteId, OutgoingId, QuarantineId, ReminderId, RuleId, SavedViewId, Seq,
    TagId, TaskId, WebhookId,
};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use super::number::{not_whole, whole};
use super::read::{Parameter, Value};
use crate::object::Quoted;
use crate::problem::Problems;
use crate::schema::{Components, Describe, number};
use crate::wire::{Json, Place};

/// A number as an id: 0, which nothing has, unless it can be one.
pub(crate) fn to_id(number: i64) -> u64 {
    u64::try_from(number).ok().filter(|id| *id <= MAX_ID).unwrap_or(0)
}

fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<u64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(0, to_id));
    }
    problems.wrong(name, format!("{name} must be a number"), &text);
    None
}

macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Describe for $id {
            fn schema(_: &mut Components) -> RefOr<Schema> {
                number(0, Some(MAX_ID)).into()
            }
        }

        impl Value for $id {
            fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
                let read = whole(value);
                if let Some(rest) = not_whole(value) {
                    place.wrong(rest, value, problems);
                }
                read.map(|number| Self(to_id(number)))
            }
        }

        impl Parameter for $id {
            const IS_ID: bool = true;

            fn parse(text: &str, name: &str, problems: &mut Problems) -> Option<Self> {
                parse(text, name, problems).map(Self)
            }
        }
    )*};
}

ids! { AccountId BulkId MemberId KeyId ClientId CampaignId LeadId MailboxId ConversationId MessageId CategoryId TagId QuarantineId OutgoingId RuleId NoteId TaskId ReminderId SavedViewId Seq WebhookId DeliveryId }

/// A value that may be blank, which is as good as none. Some clients clear an id by an empty text.
#[derive(Debug)]
pub(crate) struct OrBlank<T>(pub(crate) T);

impl<T: Describe> Describe for OrBlank<T> {
    fn schema(components: &mut Components) -> RefOr<Schema> {
        T::schema(components)
    }
}

impl<T: Value> Value for OrBlank<T> {
    fn read(value: &Json<'_>, place: Place<'_>, problems: &mut Problems) -> Option<Self> {
        match value {
            Json::Text(text) if text.trim().is_empty() => None,
            _ => T::read(value, place, problems).map(Self),
        }
    }
}

impl Describe for Quoted {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let digits = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]+$"));
        Schema::Object(digits.build()).into()
    }
}
