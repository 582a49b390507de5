//! The notes on a conversation: writing, reading, changing and deleting them.

use crewbox_app::conversation::{self, CreateNote, MAX_NOTE_CHARS};
use crewbox_core::id::{ConversationId, NoteId};
use crewbox_store::contract;

use super::author::{Author, of_missing_item};
use crate::answer::{Json, Success};
use crate::call::SignedCall;
use crate::change_seq::Numbered;
use crate::declare::{input, output};
use crate::error::ApiError;
use crate::handler::{Body, Path};
use crate::idempotency::idempotency;
use crate::object::At;
use crate::value::{NonBlank, Nullable};

input! {
    /// A note to write.
    pub(crate) struct NewNote {
        /// The conversation: `campaign_lead_map_id` of a row.
        email_lead_map_id: ConversationId,
        /// Its text.
        note_message: NonBlank<MAX_NOTE_CHARS>,
    }
}

output! {
    /// A note that was written.
    pub(crate) struct NoteCreated {
        /// Its id.
        id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its text.
        note_message: String,
        /// When it was written.
        created_at: At,
    }
}

input! {
    /// Another text for a note.
    pub(crate) struct NoteText {
        /// Its text.
        note_message: NonBlank<MAX_NOTE_CHARS>,
    }
}

output! {
    /// A note on a conversation.
    pub(crate) struct Note {
        /// Its id.
        id: u64,
        /// The conversation.
        email_lead_map_id: ConversationId,
        /// Its text.
        note_message: String,
        /// Who wrote it; null for the operator of the server.
        created_by: Nullable<Author>,
        /// When it was written.
        created_at: At,
        /// When its text was changed last; null if it never was.
        updated_at: Nullable<At>,
    }
}

output! {
    /// The notes on a conversation.
    pub(crate) struct Notes {
        /// Always true.
        ok: bool,
        /// The notes, oldest first.
        data: Vec<Note>,
    }
}

/// POST `/master-inbox/create-note`.
pub(crate) async fn create(
    call: SignedCall,
    Body(given): Body<NewNote>,
) -> Result<Numbered<Success<NoteCreated>>, ApiError> {
    let command = CreateNote {
        conversation: given.email_lead_map_id,
        text: given.note_message.0,
        idempotency: idempotency(&call),
    };
    let (note, changes) = conversation::create_note(call.services(), &call.caller(), command).await?.parts();
    let data = NoteCreated {
        id: note.id.get(),
        email_lead_map_id: given.email_lead_map_id,
        note_message: note.text,
        created_at: call.at(note.created_at),
    };
    Ok(call.numbered(changes, Success { message: "Note created successfully", data }))
}

/// GET `/master-inbox/{id}/notes`.
pub(crate) async fn list(call: SignedCall, Path(id): Path<ConversationId>) -> Result<Json<Notes>, ApiError> {
    Ok(Json(Notes { ok: true, data: of_item(&call, id).await? }))
}

/// GET `/master-inbox/notes/{id}`.
pub(crate) async fn read(call: SignedCall, Path(id): Path<NoteId>) -> Result<Json<Note>, ApiError> {
    let held = conversation::note(call.services(), &call.caller(), id).await?;
    Ok(Json(shown(&call, held)))
}

/// PATCH `/master-inbox/notes/{id}`.
pub(crate) async fn change(
    call: SignedCall,
    Path(id): Path<NoteId>,
    Body(given): Body<NoteText>,
) -> Result<Numbered<Success<Note>>, ApiError> {
    let (held, changes) =
        conversation::change_note(call.services(), &call.caller(), id, &given.note_message.0).await?.parts();
    Ok(call.numbered(changes, Success { message: "Note updated successfully", data: shown(&call, held) }))
}

/// DELETE `/master-inbox/notes/{id}`.
pub(crate) async fn delete(
    call: SignedCall,
    Path(id): Path<NoteId>,
) -> Result<Numbered<Success<Note>>, ApiError> {
    let (held, changes) = conversation::delete_note(call.services(), &call.caller(), id).await?.parts();
    Ok(call.numbered(changes, Success { message: "Note deleted successfully", data: shown(&call, held) }))
}

/// The notes that an item shows, oldest first.
pub(super) async fn of_item(call: &SignedCall, id: ConversationId) -> Result<Vec<Note>, ApiError> {
    let notes = conversation::notes(call.services(), &call.caller(), id).await;
    let notes = notes.map_err(|refusal| of_missing_item(refusal, id))?;
    Ok(notes.into_iter().map(|held| shown(call, held)).collect())
}

fn shown(call: &SignedCall, held: contract::Note) -> Note {
    Note {
        id: held.id.get(),
        email_lead_map_id: held.conversation,
        note_message: held.text,
        created_by: Author::of(call, held.author),
        created_at: call.at(held.created_at),
        updated_at: held.changed_at.map(|at| call.at(at)).into(),
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::id::MemberId;
    use crewbox_core::model::Dialect;
    use crewbox_core::time::Timestamp;

    use super::*;
    use crate::object::Put as _;
    use crate::problem::Problems;
    use crate::request::Object;
    use crate::wire;

    fn read(body: &str) -> (Option<NewNote>, Vec<String>) {
        let json = wire::Json::read(body.as_bytes()).unwrap();
        let mut problems = Problems::default();
        let read =
            <NewNote as crate::declare::Input>::read_object(&Object::of(&json).unwrap(), &mut problems);
        let fields = match problems.finish() {
            Err(problems) => problems.into_iter().map(|problem| problem.field).collect(),
            Ok(()) => Vec::new(),
        };
        (read, fields)
    }

    #[test]
    fn all_wrong_fields_of_a_note_are_reported() {
        let (read_note, _) = read(r#"{"email_lead_map_id": "7", "note_message": " Call back. "}"#);
        let note = read_note.unwrap();
        assert_eq!((note.email_lead_map_id.get(), note.note_message.0.as_str()), (7, "Call back."));
        let too_long = "x".repeat(MAX_NOTE_CHARS + 1);
        for message in [r#"" ""#, "[]", &format!("\"{too_long}\"")] {
            let (_, fields) = read(&format!(r#"{{"email_lead_map_id": "x", "note_message": {message}}}"#));
            assert_eq!(fields, ["email_lead_map_id", "note_message"], "{message:.20}");
        }
        assert_eq!(read("{}").1, ["email_lead_map_id", "note_message"]);
    }

    #[test]
    fn a_note_of_the_operator_has_no_author() {
        let note = |created_by| Note {
            id: 3,
            email_lead_map_id: ConversationId(7),
            note_message: "Ask \"Bo\"".to_owned(),
            created_by: Nullable(created_by),
            created_at: At(Timestamp(1_700_000_000_000), Dialect::Documented),
            updated_at: Nullable(None),
        };
        let bo = Author { id: MemberId(2), name: "Bo".to_owned() };
        let mut out = Vec::new();
        vec![note(Some(bo)), note(None)].put(&mut out);
        let expected = r#"[{"id":3,"email_lead_map_id":7,"note_message":"Ask \"Bo\"","created_by":{"id":2,"name":"Bo"},"created_at":"2023-11-14T22:13:20Z","updated_at":null},{"id":3,"email_lead_map_id":7,"note_message":"Ask \"Bo\"","created_by":null,"created_at":"2023-11-14T22:13:20Z","updated_at":null}]"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
