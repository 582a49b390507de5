//! Reading the change log.

use crewbox_core::id::Seq;
use crewbox_core::permission::Permission;
use crewbox_store::contract::ChangePage;
use crewbox_store::{Scope, Store};

use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::services::Services;

/// The changes after the one with this number, oldest first, `limit` of them at the most. Whoever may read the log sees
/// all of it: a caller who is restricted to one client has no permission, because a number of the whole account already
/// reveals how much happens for other clients.
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

/// The same for a caller whose permission is checked already.
pub(crate) async fn read(
    store: &Store,
    scope: &Scope,
    since: Seq,
    limit: u32,
) -> Result<ChangePage, Refusal> {
    let page = store.changes(scope, since, limit).await?;
    if has_gap(since, &page) {
        return Err(Refusal::Gone(format!(
            "Changes after {since} are no longer kept: read the lists again, then continue after change {}",
            page.head.seq
        )));
    }
    Ok(page)
}

/// Whether changes between `since` and the page, or the head, are not in the log.
fn has_gap(since: Seq, page: &ChangePage) -> bool {
    match page.changes.first() {
        Some(first) => first.seq.0 > since.0.saturating_add(1),
        None => since < page.head.seq,
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::change::{Cause, Change, ChangeKind};
    use crewbox_core::time::Timestamp;
    use crewbox_store::Head;

    use super::*;

    #[test]
    fn a_log_whose_beginning_is_missing_has_a_gap() {
        let change = |seq| Change {
            seq: Seq(seq),
            at: Timestamp(0),
            actor: None,
            cause: Cause::System,
            kind: ChangeKind::TagSaved,
            conversation: None,
            subject: None,
            detail: Vec::new(),
        };
        let page = |seqs: &[u64]| ChangePage {
            changes: seqs.iter().copied().map(change).collect(),
            head: Head { seq: Seq(9), names_epoch: 0 },
        };
        assert!(!has_gap(Seq(7), &page(&[8, 9])));
        assert!(has_gap(Seq(6), &page(&[8, 9])));
        assert!(!has_gap(Seq(9), &page(&[])));
        assert!(!has_gap(Seq(10), &page(&[])), "nothing is missing that a client could read");
        assert!(has_gap(Seq(8), &page(&[])), "the whole log is missing");
    }
}
