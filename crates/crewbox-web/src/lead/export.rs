//! A campaign's leads as a table. It is sent while it is read, a few hundred leads at a time, so that a large campaign
//! takes no more memory than a small one.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body as HttpBody;
use bytes::Bytes;
use crewbox_app::{Caller, Refusal, Services, lead};
use crewbox_core::conversation::{Conversation, Flags};
use crewbox_core::id::{CampaignId, ConversationId};
use crewbox_core::model::{self, Dialect, Sentiment};
use hyper::body::{Body, Frame};

use crate::call::SignedCall;
use crate::csv::put_row;
use crate::download::Table;
use crate::error::ApiError;
use crate::handler::Path;
use crate::object::{Put as _, iso};
use crate::value::{Map, Named as _};

/// The names of the columns, which are the hosted service's.
const COLUMNS: [&str; 20] = [
    "id",
    "campaign_lead_map_id",
    "status",
    "created_at",
    "first_name",
    "last_name",
    "email",
    "phone_number",
    "company_name",
    "website",
    "location",
    "custom_fields",
    "linkedin_profile",
    "company_url",
    "is_unsubscribed",
    "last_email_sequence_sent",
    "is_interested",
    "open_count",
    "click_count",
    "reply_count",
];

/// GET `/campaigns/{id}/leads-export`.
pub(crate) async fn export(call: SignedCall, Path(campaign): Path<CampaignId>) -> Result<Table, ApiError> {
    let export = Export {
        services: call.services().clone(),
        caller: call.caller(),
        campaign,
        dialect: call.dialect(),
        before: None,
    };
    // The first leads are read here, so that a campaign that is not there is an error and no table.
    let (rows, export) = export.next().await?;
    let mut bytes = Vec::new();
    put_row(&mut bytes, COLUMNS);
    bytes.extend_from_slice(&rows);
    let body = Exporting { first: Some(bytes.into()), next: export.map(Export::boxed_next) };
    Ok(Table { file_name: format!("campaign-{campaign}-leads.csv"), body: HttpBody::new(body) })
}

/// What is still to be exported.
struct Export {
    services: Services,
    caller: Caller,
    campaign: CampaignId,
    dialect: Dialect,
    before: Option<ConversationId>,
}

type Next = Pin<Box<dyn Future<Output = Result<(Vec<u8>, Option<Export>), Refusal>> + Send>>;

impl Export {
    /// The next rows, and what follows them.
    async fn next(mut self) -> Result<(Vec<u8>, Option<Self>), Refusal> {
        let leads = lead::export(&self.services, &self.caller, self.campaign, self.before).await?;
        let mut bytes = Vec::new();
        leads.iter().for_each(|(conversation, lead)| self.put(&mut bytes, conversation, lead));
        self.before = leads.last().map(|(conversation, _)| conversation.id);
        let more = self.before.is_some().then_some(self);
        Ok((bytes, more))
    }

    fn boxed_next(self) -> Next {
        Box::pin(self.next())
    }

    fn put(&self, out: &mut Vec<u8>, conversation: &Conversation, lead: &model::Lead) {
        let fields = &lead.fields;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let category = conversation.category.and_then(|id| self.caller.names().category(id));
        let is_interested = category.is_some_and(|category| category.sentiment == Sentiment::Positive);
        let mut created_at = Vec::new();
        iso(&mut created_at, conversation.created_at, self.dialect == Dialect::Live);
        let mut custom_fields = Vec::new();
        Map(fields.custom_fields.clone()).put(&mut custom_fields);
        let cells = [
            lead.id.to_string(),
            conversation.id.to_string(),
            conversation.lead_status.wire_name().to_owned(),
            String::from_utf8_lossy(&created_at).into_owned(),
            text(&fields.first_name),
            text(&fields.last_name),
            fields.email.clone(),
            text(&fields.phone),
            text(&fields.company),
            text(&fields.website),
            text(&fields.location),
            String::from_utf8_lossy(&custom_fields).into_owned(),
            text(&fields.linkedin_profile),
            text(&fields.company_url),
            conversation.flags.has(Flags::UNSUBSCRIBED).to_string(),
            conversation.sent_count.to_string(),
            is_interested.to_string(),
            conversation.opened_count.to_string(),
            conversation.clicked_count.to_string(),
            conversation.replied_count.to_string(),
        ];
        put_row(out, cells.iter().map(String::as_str));
    }
}

/// The table on its way out.
struct Exporting {
    /// The names of the columns and the first rows.
    first: Option<Bytes>,
    /// None at the end.
    next: Option<Next>,
}

impl Body for Exporting {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        let read = ready!(next.as_mut().poll(context));
        self.next = None;
        match read {
            Ok((_, None)) => Poll::Ready(None),
            Ok((rows, Some(more))) => {
                self.next = Some(more.boxed_next());
                Poll::Ready(Some(Ok(Frame::data(rows.into()))))
            }
            Err(refusal) => {
                tracing::error!(?refusal, "an export of leads ended early");
                Poll::Ready(Some(Err(Broken)))
            }
        }
    }
}

/// The rest of the table could not be read: the connection ends without the end of the response, so that the client does
/// not take the part for the whole.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the rest of the table could not be read")
    }
}

impl std::error::Error for Broken {}
