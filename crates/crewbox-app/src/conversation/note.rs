//! Notes that members write on a conversation, for each other: no mail has them.

use crewbox_core::id::{ConversationId, NoteId};
use crewbox_core::permission::{Permission, may_change};
use crewbox_store::Op;
use crewbox_store::contract::{NewNote, Note};

use super::part::{add, text};
use crate::caller::Caller;
use crate::changed::Changed;
use crate::idempotency::Idempotency;
use crate::refusal::Refusal;
use crate::services::Services;

/// Characters of a note. A page of text has about 3,000; what is longer is a document.
pub const MAX_NOTE_CHARS: usize = 5_000;
/// Notes of a conversation. All of them are read with it, so together they stay below a few megabytes.
pub const MAX_NOTES: u64 = 200;

/// A note to write.
#[derive(Clone, Debug)]
pub struct CreateNote {
    /// On which conversation.
    pub conversation: ConversationId,
    /// Its text. White space around it is not kept.
    pub text: String,
    /// What tells this request from others.
    pub idempotency: Idempotency,
}

/// Writes a note on a conversation; the note. The same request again gives the note that the first one wrote.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; [`Refusal::Invalid`] for a text that is empty,
/// has control characters or is longer than [`MAX_NOTE_CHARS`], and for a key of another request;
/// [`Refusal::Conflict`] where there are [`MAX_NOTES`] already; the store's.
pub async fn create_note(
    services: &Services,
    caller: &Caller,
    command: CreateNote,
) -> Result<Changed<Note>, Refusal> {
    caller.require(Permission::Triage)?;
    let CreateNote { conversation, text: given, idempotency } = command;
    let text = text("note_message", &given, MAX_NOTE_CHARS)?;
    let op = |part| Op::AddNote(NewNote { part, text });
    let added = add(services, caller, conversation, idempotency, (MAX_NOTES, "notes"), op).await?;
    let held = services.store().part(caller.scope(), added.value).await?;
    Ok(added.with(held))
}

/// The notes on a conversation, oldest first.
///
/// # Errors
/// [`Refusal::NotFound`] for a conversation that the caller does not see; the store's.
pub async fn notes(
    services: &Services,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Vec<Note>, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().parts(caller.scope(), conversation).await?)
}

/// One note.
///
/// # Errors
/// [`Refusal::NotFound`] for one of a conversation that the caller does not see; the store's.
pub async fn note(services: &Services, caller: &Caller, id: NoteId) -> Result<Note, Refusal> {
    caller.require(Permission::ReadInbox)?;
    Ok(services.store().part(caller.scope(), id.get()).await?)
}

/// Replaces the text of a note; the note after it.
///
/// # Errors
/// As [`create_note`] and [`note`]; [`Refusal::Forbidden`] for another member's note, unless the caller manages the
/// account.
pub async fn change_note(
    services: &Services,
    caller: &Caller,
    id: NoteId,
    given: &str,
) -> Result<Changed<Note>, Refusal> {
    caller.require(Permission::Triage)?;
    let text = text("note_message", given, MAX_NOTE_CHARS)?;
    changeable(services, caller, id).await?;
    let changed = caller.change(services, Op::ChangeNote { note: id, text }).await?;
    let held = services.store().part(caller.scope(), id.get()).await?;
    Ok(changed.with(held))
}

/// Deletes a note; the note as it was.
///
/// # Errors
/// As [`change_note`].
pub async fn delete_note(services: &Services, caller: &Caller, id: NoteId) -> Result<Changed<Note>, Refusal> {
    caller.require(Permission::Triage)?;
    let held = changeable(services, caller, id).await?;
    let deleted = caller.change(services, Op::DeleteNote(id)).await?;
    Ok(deleted.with(held))
}

/// A note that the caller may change. Its author never changes, so that nothing can come between this and the commit.
async fn changeable(services: &Services, caller: &Caller, id: NoteId) -> Result<Note, Refusal> {
    let scope = caller.scope();
    let held: Note = services.store().part(scope, id.get()).await?;
    let restricted = scope.client().is_some();
    may_change(scope.actor(), scope.role(), restricted, held.author).map_err(Refusal::Forbidden)?;
    Ok(held)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use crewbox_core::change::ChangeKind;
    use crewbox_core::id::{ClientId, Seq};
    use crewbox_core::time::Timestamp;
    use crewbox_store::Scope;
    use crewbox_testkit::account::{NOW, TestAccount};

    use super::*;

    async fn write(
        account: &TestAccount,
        scope: Scope,
        after_ms: i64,
        conversation: ConversationId,
        text: &str,
        key: Option<&'static str>,
    ) -> Result<Note, Refusal> {
        let services = Services::new(account.store.clone());
        let now = Timestamp(NOW.millis() + after_ms);
        let caller = Caller::operator(&account.store, scope, now).await?;
        let idempotency = Idempotency {
            key: key.map(|key| Bytes::from_static(key.as_bytes())),
            action: "create-note".to_owned(),
            request: Bytes::copy_from_slice(text.as_bytes()),
        };
        let command = CreateNote { conversation, text: text.to_owned(), idempotency };
        create_note(&services, &caller, command).await.map(|note| note.value)
    }

    async fn read(account: &TestAccount, scope: Scope, of: ConversationId) -> Result<Vec<Note>, Refusal> {
        let services = Services::new(account.store.clone());
        notes(&services, &Caller::operator(&account.store, scope, NOW).await?, of).await
    }

    /// An account with two clients, each with a conversation.
    async fn two_clients() -> (TestAccount, [(ClientId, ConversationId); 2]) {
        let account = TestAccount::new().await;
        let mut of_clients = Vec::new();
        for name in ["North", "South"] {
            let client = account.client(name).await;
            let campaign = account.campaign(name, Some(client)).await;
            of_clients.push((client, account.leads(campaign, &["lea@lead.test"]).await[0]));
        }
        let of_clients = of_clients.try_into().unwrap();
        (account, of_clients)
    }

    #[tokio::test]
    async fn a_note_is_one_change_and_is_there_after_a_restart_until_its_conversation_is_deleted() {
        let (account, [(_, id), (_, other)]) = two_clients().await;
        let before = account.store.head(&account.operator).await.unwrap().seq;
        let note = write(&account, account.operator, 0, id, " Call on Monday. \n", None).await.unwrap();
        assert_eq!((note.text.as_str(), note.created_at), ("Call on Monday.", NOW));
        let changes = account.store.changes(&account.operator, before, 10).await.unwrap().changes;
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!((changes[0].kind, changes[0].conversation), (ChangeKind::NoteAdded, Some(id)));
        assert_eq!(changes[0].subject, Some(note.id.get()));
        write(&account, account.operator, 0, other, "Stays", None).await.unwrap();

        let account = account.reopened().await;
        assert_eq!(read(&account, account.operator, id).await.unwrap(), [note]);
        account.commit(Op::DeleteConversation(id)).await;
        assert!(matches!(read(&account, account.operator, id).await, Err(Refusal::NotFound(..))));
        assert_eq!(read(&account, account.operator, other).await.unwrap().len(), 1);
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_client_neither_writes_nor_reads_notes_of_another_clients_conversation() {
        let (account, [(north, of_north), (south, _)]) = two_clients().await;
        let [north, south] = [account.signed_in(Some(north)).await, account.signed_in(Some(south)).await];
        let note = write(&account, north, 0, of_north, "Ours", None).await.unwrap();
        assert_eq!(note.author, Some(account.owner));
        assert_eq!(read(&account, north, of_north).await.unwrap(), [note]);
        let head = account.store.head(&account.operator).await.unwrap().seq;
        for id in [of_north, ConversationId(999_999)] {
            assert!(matches!(
                write(&account, south, 0, id, "Theirs", None).await,
                Err(Refusal::NotFound(..))
            ));
            assert!(matches!(read(&account, south, id).await, Err(Refusal::NotFound(..))));
        }
        assert_eq!(account.store.head(&account.operator).await.unwrap().seq, head);
        account.store.close().await;
    }

    #[tokio::test]
    async fn the_same_request_again_gives_the_first_note() {
        let (account, [(_, id), _]) = two_clients().await;
        let write = async |after, text, key| write(&account, account.operator, after, id, text, key).await;
        let first = write(0, "Once", None).await.unwrap();
        assert_eq!(write(60_000, "Once", None).await.unwrap(), first);
        assert_ne!(write(60_001, "Once", None).await.unwrap().id, first.id, "a minute later it is another");
        let keyed = write(0, "Keyed", Some("k")).await.unwrap();
        assert_eq!(write(9_000_000, "Keyed", Some("k")).await.unwrap(), keyed);
        let reused = write(9_000_000, "Other", Some("k")).await;
        assert!(matches!(reused, Err(Refusal::Invalid(_))), "{reused:?}");
        assert_eq!(read(&account, account.operator, id).await.unwrap().len(), 3);
        account.store.close().await;
    }

    #[tokio::test]
    async fn a_changed_note_is_still_what_its_request_wrote_and_a_deleted_one_is_written_again() {
        let (account, [(_, id), (south, _)]) = two_clients().await;
        let services = Services::new(account.store.clone());
        let caller = Caller::operator(&account.store, account.operator, NOW).await.unwrap();
        let write = async || write(&account, account.operator, 0, id, "Once", Some("k")).await.unwrap();
        let first = write().await;
        let head = async || account.store.head(&account.operator).await.unwrap().seq.0;
        let before = head().await;
        let changed = change_note(&services, &caller, first.id, " Twice ").await.unwrap();
        assert_eq!((changed.text.as_str(), changed.changed_at), ("Twice", Some(NOW)));
        change_note(&services, &caller, first.id, "Twice").await.unwrap();
        assert_eq!(head().await, before + 1, "the same text is no change");
        assert_eq!(write().await, changed.value);
        let south =
            Caller::operator(&account.store, account.signed_in(Some(south)).await, NOW).await.unwrap();
        assert!(matches!(note(&services, &south, first.id).await, Err(Refusal::NotFound(..))));
        let foreign = change_note(&services, &south, first.id, "Theirs").await;
        assert!(matches!(foreign, Err(Refusal::NotFound(..))), "{foreign:?}");
        assert!(matches!(delete_note(&services, &south, first.id).await, Err(Refusal::NotFound(..))));
        assert_eq!(delete_note(&services, &caller, first.id).await.unwrap().value, changed.value);
        assert!(matches!(delete_note(&services, &caller, first.id).await, Err(Refusal::NotFound(..))));
        assert_ne!(write().await.id, first.id);
        assert_eq!(account.store.check(&account.operator).await.unwrap(), []);
        account.store.close().await;
    }

    #[tokio::test]
    async fn texts_and_their_number_are_limited() {
        let (account, [(_, id), _]) = two_clients().await;
        let longest = "é".repeat(MAX_NOTE_CHARS);
        let too_long = "é".repeat(MAX_NOTE_CHARS + 1);
        for text in ["", " \n\t ", "a\0b", "a\u{7f}", &too_long] {
            let refused = write(&account, account.operator, 0, id, text, None).await;
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{text:.10}: {refused:?}");
        }
        write(&account, account.operator, 0, id, &longest, None).await.unwrap();
        for number in 1..MAX_NOTES {
            write(&account, account.operator, 0, id, &format!("Line one\r\n\tline {number}"), None)
                .await
                .unwrap();
        }
        let head: Seq = account.store.head(&account.operator).await.unwrap().seq;
        let full = write(&account, account.operator, 0, id, "One more", None).await;
        assert!(matches!(full, Err(Refusal::Conflict(_))), "{full:?}");
        assert_eq!(account.store.head(&account.operator).await.unwrap().seq, head);
        let held = read(&account, account.operator, id).await.unwrap();
        assert_eq!(held.len() as u64, MAX_NOTES);
        assert_eq!(held[0].text, longest, "oldest first");
        account.store.close().await;
    }
}
