//! The caller: who an API key belongs to.

use crewbox_app::member;
use crewbox_core::id::{AccountId, MemberId};
use crewbox_core::model::Role;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;

output! {
    /// The member that the key belongs to.
    pub(crate) struct Me {
        /// The member's id.
        id: MemberId,
        /// The member's name.
        name: String,
        /// The member's address.
        email: String,
        /// The member's role.
        role: Role,
        /// The account that the key opens.
        account: Account,
    }
}

output! {
    /// An account.
    pub(crate) struct Account {
        /// Its id.
        id: AccountId,
        /// Its name.
        name: String,
    }
}

/// GET `/me`.
pub(crate) async fn show(call: SignedCall) -> Result<Json<Me>, ApiError> {
    let caller = call.caller();
    let member = member::signed_in(&caller)?;
    let account = &caller.names().account;
    Ok(Json(Me {
        id: member.id,
        name: member.name.clone(),
        email: member.email.clone(),
        role: member.role,
        account: Account { id: account.id, name: account.name.clone() },
    }))
}
