//! The change log.

use crewbox_app::changes;
use crewbox_app::undo::{self, Undone};
use crewbox_core::change::{Change, Field};
use crewbox_core::id::{BulkId, ConversationId, MemberId, RuleId, Seq};
use crewbox_core::message::Class;
use crewbox_core::model::Dialect;
use crewbox_store::Catalog;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{output, query};
use crate::error::ApiError;
use crate::handler::{Path, Query};
use crate::object::{At, Put};
use crate::schema::{Components, Describe};
use crate::value::{Count, FromZero, Nullable};

/// Changes of a page at the most: some 200 kB.
const MAX_CHANGES: u64 = 1_000;

query! {
    /// Which changes.
    pub(crate) struct After {
        /// The number of the last change already known; 0 begins with the first.
        since: FromZero = Count(0),
        /// Changes to return.
        limit: Count<1, MAX_CHANGES> = Count(100),
    }
}

output! {
    /// A page of the change log.
    pub(crate) struct Changes {
        /// The changes, oldest first.
        changes: Vec<ChangeEntry>,
        /// The number of the newest change of the account.
        head: u64,
        /// Whether more changes follow this page.
        more: bool,
    }
}

output! {
    /// A change.
    pub(crate) struct ChangeEntry {
        /// Its number.
        seq: u64,
        /// When it was made.
        at: At,
        /// Who made it; null when no member did.
        actor: Nullable<Actor>,
        /// Why it was made.
        cause: Cause,
        /// What was done.
        kind: &'static str,
        /// The conversation it concerns.
        email_lead_map_id: Nullable<ConversationId>,
        /// What exactly changed.
        detail: Detail,
    }
}

output! {
    /// A member who made a change.
    pub(crate) struct Actor {
        /// The member's id.
        id: MemberId,
        /// The member's name.
        name: String,
    }
}

output! {
    /// Why a change was made.
    pub(crate) struct Cause {
        /// `person`, `bulk` (a bulk action, which the actor started), `rule`, `import`, `mailbox` (a worker that fetches or sends mail) or `system`.
        kind: &'static str,
        /// The rule, where one made the change.
        rule_id: Nullable<RuleId>,
        /// The bulk action, where one made the change.
        bulk_id: Option<u64>,
    }
}

output! {
    /// What exactly a change changed.
    pub(crate) struct Detail {
        /// The id of what it concerns, besides the conversation.
        subject: Nullable<u64>,
        /// The fields that have another value.
        fields: Vec<Delta>,
    }
}

output! {
    /// A field that has another value.
    pub(crate) struct Delta {
        /// Its name.
        field: &'static str,
        /// Its value before.
        before: Nullable<FieldValue>,
        /// Its value after.
        after: Nullable<FieldValue>,
    }
}

/// The value of a field. A class is its name, as everywhere else in the API; other values are numbers, as the change
/// log keeps them.
pub(crate) enum FieldValue {
    Class(Class),
    Number(i64),
}

impl FieldValue {
    fn of(field: Field, number: i64) -> Self {
        match Class::from_number(number) {
            Some(class) if field == Field::Class => Self::Class(class),
            _ => Self::Number(number),
        }
    }
}

impl Put for FieldValue {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Class(class) => class.name().put(out),
            Self::Number(number) => number.put(out),
        }
    }
}

impl Describe for FieldValue {
    fn schema(_: &mut Components) -> RefOr<Schema> {
        let kinds = SchemaType::from_iter([Type::Integer, Type::String]);
        Schema::Object(ObjectBuilder::new().schema_type(kinds).build()).into()
    }
}

/// GET `/changes`.
pub(crate) async fn list(call: SignedCall, Query(after): Query<After>) -> Result<Json<Changes>, ApiError> {
    let (since, limit) = (Seq(after.since.0), after.limit.as_u32());
    let page = changes::list(call.services(), &call.caller(), since, limit).await?;
    let names = call.names();
    let more = page.changes.last().is_some_and(|last| last.seq < page.head.seq);
    let changes = page.changes.iter().map(|change| entry(call.dialect(), &names.catalog, change)).collect();
    Ok(Json(Changes { changes, head: page.head.seq.0, more }))
}

output! {
    /// A change that is undone.
    pub(crate) struct UndoneChange {
        /// Its number.
        seq: u64,
        /// Its conversation; null for a change of the account.
        email_lead_map_id: Nullable<ConversationId>,
        /// False where everything was already as before the change.
        changed: bool,
    }
}

/// POST `/changes/{seq}/undo`.
pub(crate) async fn undo(
    call: SignedCall,
    Path(seq): Path<Seq>,
) -> Result<Numbered<Success<UndoneChange>>, ApiError> {
    let undone = undo::undo(call.services(), &call.caller(), seq).await?;
    let Undone { conversation: email_lead_map_id, changed } = undone.value;
    let data = UndoneChange { seq: seq.0, email_lead_map_id: email_lead_map_id.into(), changed };
    Ok(call.numbered(undone.changes, Success { message: "Change undone successfully", data }))
}

/// A change as clients see it.
pub(crate) fn entry(dialect: Dialect, catalog: &Catalog, change: &Change) -> ChangeEntry {
    let actor = change.actor.map(|id| {
        let name = catalog.member(id).map_or("", |member| member.name.as_str());
        Actor { id, name: name.to_owned() }
    });
    let fields = change.detail.iter().map(|delta| {
        let value = |number: Option<i64>| Nullable(number.map(|number| FieldValue::of(delta.field, number)));
        Delta { field: delta.field.name(), before: value(delta.before), after: value(delta.after) }
    });
    ChangeEntry {
        seq: change.seq.0,
        at: At(change.at, dialect),
        actor: actor.into(),
        cause: Cause {
            kind: change.cause.name(),
            rule_id: change.cause.rule().into(),
            bulk_id: change.cause.bulk().map(BulkId::get),
        },
        kind: change.kind.name(),
        email_lead_map_id: change.conversation.into(),
        detail: Detail { subject: change.subject.into(), fields: fields.collect() },
    }
}
