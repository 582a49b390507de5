//! The load of the team.

use crewbox_app::team::{self, MemberLoad, OpenLoad};
use crewbox_core::id::MemberId;

use super::rows::RowsCall;
use crate::answer::Json;
use crate::call::SignedCall;
use crate::declare::output;
use crate::error::ApiError;
use crate::object::At;
use crate::value::Nullable;

output! {
    /// How much a member has to do now.
    pub(crate) struct TeamMemberLoad {
        /// The member.
        id: MemberId,
        /// Its name.
        name: String,
        /// Conversations assigned to it that are neither archived nor snoozed.
        open: u64,
        /// Conversations assigned to it that are unread and not archived.
        unread: u64,
        /// Open conversations whose newest message is a reply by a person.
        waiting: u64,
        /// The time of that message in the conversation that has waited longest.
        oldest_waiting_at: Nullable<At>,
        /// Conversations assigned to it that are snoozed.
        snoozed: u64,
        /// Conversations assigned to it, archived and snoozed ones included.
        assigned_total: u64,
        /// Conversations assigned to it with an open task that is due.
        tasks_due: u64,
        /// Conversations assigned to it with an open reminder that is due.
        reminders_due: u64,
        /// For each of these figures the list call that returns exactly its conversations.
        rows: MemberLoadRows,
    }
}

output! {
    /// The list calls behind a member's load.
    pub(crate) struct MemberLoadRows {
        /// Behind `open`.
        open: RowsCall,
        /// Behind `unread`.
        unread: RowsCall,
        /// Behind `waiting`.
        waiting: RowsCall,
        /// The conversation that has waited longest; null where none waits.
        oldest_waiting_at: Nullable<RowsCall>,
        /// Behind `snoozed`.
        snoozed: RowsCall,
        /// Behind `assigned_total`.
        assigned_total: RowsCall,
        /// Behind `tasks_due`.
        tasks_due: RowsCall,
        /// Behind `reminders_due`.
        reminders_due: RowsCall,
    }
}

output! {
    /// Conversations with a reply by a person and without an owner.
    pub(crate) struct UnassignedLoad {
        /// Those that are neither archived nor snoozed.
        open: u64,
        /// Those that are unread and not archived.
        unread: u64,
        /// Open ones whose newest message is a reply by a person.
        waiting: u64,
        /// The time of that message in the conversation that has waited longest.
        oldest_waiting_at: Nullable<At>,
        /// For each of these figures the list call that returns exactly its conversations.
        rows: UnassignedLoadRows,
    }
}

output! {
    /// The list calls behind the load of nobody.
    pub(crate) struct UnassignedLoadRows {
        /// Behind `open`.
        open: RowsCall,
        /// Behind `unread`.
        unread: RowsCall,
        /// Behind `waiting`.
        waiting: RowsCall,
        /// The conversation that has waited longest; null where none waits.
        oldest_waiting_at: Nullable<RowsCall>,
    }
}

output! {
    /// How much each member has to do now.
    pub(crate) struct TeamLoad {
        /// The members that the caller may see the figures of.
        members: Vec<TeamMemberLoad>,
        /// What has no owner.
        unassigned: UnassignedLoad,
    }
}

/// GET `/team/load`.
pub(crate) async fn load(call: SignedCall) -> Result<Json<TeamLoad>, ApiError> {
    let load = team::load(&call.caller())?;
    let members = load.members.into_iter().map(|member| of_member(&call, member)).collect();
    Ok(Json(TeamLoad { members, unassigned: of_nobody(&call, &load.unassigned) }))
}

fn of_member(call: &SignedCall, load: MemberLoad) -> TeamMemberLoad {
    let MemberLoad { id, name, open, snoozed, assigned_total, tasks_due, reminders_due } = load;
    TeamMemberLoad {
        id,
        name,
        open: open.open.count,
        unread: open.unread.count,
        waiting: open.waiting.count,
        oldest_waiting_at: open.oldest_waiting_at.map(|at| call.at(at)).into(),
        snoozed: snoozed.count,
        assigned_total: assigned_total.count,
        tasks_due: tasks_due.count,
        reminders_due: reminders_due.count,
        rows: MemberLoadRows {
            open: (&open.open).into(),
            unread: (&open.unread).into(),
            waiting: (&open.waiting).into(),
            oldest_waiting_at: RowsCall::last_of(&open.waiting).into(),
            snoozed: (&snoozed).into(),
            assigned_total: (&assigned_total).into(),
            tasks_due: (&tasks_due).into(),
            reminders_due: (&reminders_due).into(),
        },
    }
}

fn of_nobody(call: &SignedCall, load: &OpenLoad) -> UnassignedLoad {
    UnassignedLoad {
        open: load.open.count,
        unread: load.unread.count,
        waiting: load.waiting.count,
        oldest_waiting_at: load.oldest_waiting_at.map(|at| call.at(at)).into(),
        rows: UnassignedLoadRows {
            open: (&load.open).into(),
            unread: (&load.unread).into(),
            waiting: (&load.waiting).into(),
            oldest_waiting_at: RowsCall::last_of(&load.waiting).into(),
        },
    }
}
