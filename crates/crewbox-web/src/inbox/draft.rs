//! The caller's draft of an answer to a conversation.

use crewbox_app::conversation::{self, SavedDraft};
use crewbox_core::draft::{DraftContent, DraftFile};
use crewbox_core::id::ConversationId;
use crewbox_store::contract::HeldDraft;

use super::author::of_missing_item;
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::object::{At, Put as _};
use crate::value::{FromZero, List, NonBlank, Nullable, Trimmed};

/// Characters of a line of recipients or of a subject.
const MAX_LINE: usize = 8_000;
/// Characters of a body: what a body of 64 KiB can hold.
const MAX_BODY: usize = 65_536;
/// Files of a draft, as of a reply.
const MAX_FILES: usize = crewbox_app::outgoing::MAX_FILES;
/// Characters of a file's name and of its link.
const MAX_LINK: usize = 2_000;

input! {
    /// A draft to save; what is absent is empty.
    pub(crate) struct DraftToSave {
        /// The recipients, as they were typed.
        to: Option<Trimmed<MAX_LINE>>,
        /// Recipients of a copy.
        cc: Option<Trimmed<MAX_LINE>>,
        /// Recipients of a copy that the others do not see.
        bcc: Option<Trimmed<MAX_LINE>>,
        /// The subject.
        subject: Option<Trimmed<MAX_LINE>>,
        /// The body, as HTML.
        body: Option<Trimmed<MAX_BODY>>,
        /// Files to attach.
        attachments: Option<List<FileOfDraft, MAX_FILES>>,
        /// The version that the caller has seen last; 0 (or absent) for none. Where a newer one is there, nothing is
        /// saved, and the answer is 409 with the newer one under `data`.
        version: Option<FromZero>,
    }
}

input! {
    /// A file to attach.
    pub(crate) struct FileOfDraft {
        /// Its name.
        file_name: NonBlank<MAX_LINK>,
        /// The `file_url` of an attachment here, or of a draft's file.
        file_url: NonBlank<MAX_LINK>,
    }
}

output! {
    /// A draft of an answer.
    pub(crate) struct ReplyDraft {
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// The recipients, as they were typed.
        to: String,
        /// Recipients of a copy.
        cc: String,
        /// Recipients of a copy that the others do not see.
        bcc: String,
        /// The subject.
        subject: String,
        /// The body, as HTML.
        body: String,
        /// Files to attach.
        attachments: Vec<DraftAttachment>,
        /// Rises with every change; 0 where there is no draft.
        version: u64,
        /// When it was saved last; null where there is no draft.
        updated_at: Nullable<At>,
    }
}

output! {
    /// A file to attach.
    pub(crate) struct DraftAttachment {
        /// Its name.
        file_name: String,
        /// Its link; `unsent:…` for a file of a message that was taken back or failed, which can be attached and not
        /// downloaded.
        file_url: String,
    }
}

/// GET `/master-inbox/{id}/draft`.
pub(crate) async fn read(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Json<ReplyDraft>, ApiError> {
    let held = conversation::draft(call.services(), &call.caller(), id).await;
    Ok(Json(shown(&call, id, held.map_err(|refusal| of_missing_item(refusal, id))?)))
}

/// PUT `/master-inbox/{id}/draft`.
pub(crate) async fn save(
    call: SignedCall,
    Path(id): Path<ConversationId>,
    Body(given): Body<DraftToSave>,
) -> Result<Success<ReplyDraft>, ApiError> {
    let seen = given.version.map_or(0, |version| version.0);
    let saved = conversation::save_draft(call.services(), &call.caller(), id, seen, given.content()).await;
    match saved.map_err(|refusal| of_missing_item(refusal, id))? {
        SavedDraft::Saved(held) => {
            Ok(Success { message: "Draft saved successfully", data: shown(&call, id, held) })
        }
        SavedDraft::Newer(held) => {
            let mut newer = Vec::new();
            shown(&call, id, held).put(&mut newer);
            Err(ApiError::Newer("The draft was changed elsewhere since this version", newer))
        }
    }
}

/// DELETE `/master-inbox/{id}/draft`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<ConversationId>,
) -> Result<Success<ReplyDraft>, ApiError> {
    let deleted = conversation::delete_draft(call.services(), &call.caller(), id).await;
    deleted.map_err(|refusal| of_missing_item(refusal, id))?;
    Ok(Success { message: "Draft deleted successfully", data: shown(&call, id, HeldDraft::default()) })
}

impl DraftToSave {
    fn content(self) -> DraftContent {
        let line = |text: Option<Trimmed<MAX_LINE>>| text.map(|text| text.0).unwrap_or_default();
        let file = |file: FileOfDraft| DraftFile { name: file.file_name.0, url: file.file_url.0 };
        let files = self.attachments.into_iter().flat_map(|files| files.0);
        DraftContent {
            to: line(self.to),
            cc: line(self.cc),
            bcc: line(self.bcc),
            subject: line(self.subject),
            body: self.body.map(|text| text.0).unwrap_or_default(),
            attachments: files.map(file).collect(),
            ..DraftContent::default()
        }
    }
}

fn shown(call: &SignedCall, id: ConversationId, held: HeldDraft) -> ReplyDraft {
    let HeldDraft { version, content, saved_at } = held;
    let DraftContent { to, cc, bcc, subject, body, attachments, .. } = content;
    let file = |file: DraftFile| DraftAttachment { file_name: file.name, file_url: file.url };
    ReplyDraft {
        email_lead_map_id: id,
        to,
        cc,
        bcc,
        subject,
        body,
        attachments: attachments.into_iter().map(file).collect(),
        version,
        updated_at: saved_at.map(|at| call.at(at)).into(),
    }
}
