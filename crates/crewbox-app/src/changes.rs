//! Reading the change log.

use crewbox_core::id::{ClientId, Seq, SeqRange};
use crewbox_core::permission::Permission;
use crewbox_store::contract::ChangePage;
use crewbox_store::{Scope, Store};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The changes after the one with this number, oldest first, `limit` of them at the most. A caller who is restricted to a
/// client has a log of their own: the changes of its conversations, campaigns and mailboxes, numbered without a gap. A number
/// of the whole account would tell how much happens for other clients ([`seq_for`](crewbox_core::change::Change::seq_for)).
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::Gone`] where changes after this one are no longer kept; the store's.
pub async fn list(
    services: &Services,
    caller: &Caller,
    since: Seq,
    limit: u32,
) -> Result<ChangePage, Refusal> {
    caller.require(Permission::ReadChanges)?;
    read(services.store(), caller.scope(), since, limit).await
}

/// The number of the newest change, as the caller sees it.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn newest(services: &Services, caller: &Caller) -> Result<Seq, Refusal> {
    caller.require(Permission::ReadChanges)?;
    let (store, scope) = (services.store(), caller.scope());
    let head = store.head(scope).await?.seq;
    Ok(store.seq_as_seen(scope, head).await?)
}

/// The numbers of changes that the caller has just made, as the caller sees them: undo takes such a number.
///
/// # Errors
/// [`Refusal::Forbidden`]; the store's.
pub async fn as_seen(services: &Services, caller: &Caller, made: SeqRange) -> Result<SeqRange, Refusal> {
    caller.require(Permission::ReadChanges)?;
    let Some((first, last)) = made.ends() else { return Ok(made) };
    let (store, scope) = (services.store(), caller.scope());
    let before = store.seq_as_seen(scope, Seq(first.0.saturating_sub(1))).await?;
    let last = store.seq_as_seen(scope, last).await?;
    Ok(SeqRange::ending(last, last.0.saturating_sub(before.0)))
}

/// The same as [`list`] for a caller whose permission is checked already.
pub(crate) async fn read(
    store: &Store,
    scope: &Scope,
    since: Seq,
    limit: u32,
) -> Result<ChangePage, Refusal> {
    let page = store.changes(scope, since, limit).await?;
    if has_gap(scope.client(), since, &page) {
        return Err(Refusal::Gone(format!(
            "Changes after {since} are no longer kept: read the lists again, then continue after change {}",
            page.head.seq
        )));
    }
    Ok(page)
}

/// Whether changes between `since` and the page, or the head, are not in the log: the account's, or that of a client.
fn has_gap(client: Option<ClientId>, since: Seq, page: &ChangePage) -> bool {
    match page.changes.first().and_then(|first| first.seq_for(client)) {
        Some(first) => first.0 > since.0.saturating_add(1),
        None => since < page.head.seq,
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::change::{Cause, Change, ChangeKind, ClientChange};
    use crewbox_core::time::Timestamp;
    use crewbox_store::Head;

    use super::*;

    #[test]
    fn a_log_whose_beginning_is_missing_has_a_gap() {
        let client = ClientId(3);
        let change = |seq| Change {
            seq: Seq(seq),
            at: Timestamp(0),
            actor: None,
            cause: Cause::System,
            kind: ChangeKind::TagSaved,
            conversation: None,
            subject: None,
            detail: Vec::new(),
            of_client: Some(ClientChange { client, seq: Seq(seq - 5) }),
        };
        let page = |seqs: &[u64]| ChangePage {
            changes: seqs.iter().copied().map(change).collect(),
            head: Head { seq: Seq(9), names_epoch: 0 },
        };
        assert!(!has_gap(None, Seq(7), &page(&[8, 9])));
        assert!(has_gap(None, Seq(6), &page(&[8, 9])));
        assert!(!has_gap(None, Seq(9), &page(&[])));
        assert!(!has_gap(None, Seq(10), &page(&[])), "nothing is missing that a client could read");
        assert!(has_gap(None, Seq(8), &page(&[])), "the whole log is missing");
        assert!(!has_gap(Some(client), Seq(2), &page(&[8, 9])), "the numbers of a client's log are its own");
        assert!(has_gap(Some(client), Seq(1), &page(&[8, 9])));
    }
}
