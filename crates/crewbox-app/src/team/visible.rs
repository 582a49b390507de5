//! Whose figures a caller sees.

use crewbox_core::model::{Member, Role};

use crate::caller::Caller;

/// The members whose figures a caller may see, as far as their role decides.
pub(super) fn visible(caller: &Caller) -> impl Iterator<Item = &Member> {
    let scope = *caller.scope();
    let all = scope.role() <= Role::Admin;
    caller.names().members.iter().filter(move |member| all || scope.actor() == Some(member.id))
}
