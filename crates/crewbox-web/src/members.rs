//! The members of the account.

use crewbox_app::member;
use crewbox_core::id::MemberId;
use crewbox_core::model::Role;

use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::value::wire_names;

wire_names!(Role { Owner = "owner", Admin = "admin", Member = "member" });

output! {
    /// A member of the team.
    pub(crate) struct Member {
        /// Its id.
        id: MemberId,
        /// Its name.
        name: String,
        /// Its address.
        email: String,
        /// Its role.
        role: Role,
    }
}

output! {
    /// The members that the caller sees.
    pub(crate) struct Members {
        /// Always true.
        ok: bool,
        /// The members.
        data: Vec<Member>,
    }
}

/// GET `/team-members`: for a key narrowed to a client, those of this client.
pub(crate) async fn list(call: SignedCall) -> Result<Json<Members>, ApiError> {
    let caller = call.caller();
    let data = member::list(&caller)?.into_iter().map(|member| Member {
        id: member.id,
        name: member.name.clone(),
        email: member.email.clone(),
        role: member.role,
    });
    Ok(Json(Members { ok: true, data: data.collect() }))
}
