//! How much each member has to do now. Every figure is the total of a list, so the list call behind it returns exactly
//! its rows; the index counts them, and nothing reads the store.

use crewbox_core::filter::Query;
use crewbox_core::id::MemberId;
use crewbox_core::model::Member;
use crewbox_core::permission::Permission;
use crewbox_core::time::Timestamp;
use crewbox_core::view::{Sort, View};

use super::visible::visible;
use crate::caller::Caller;
use crate::conversation::{ListFilter, compiled};
use crate::refusal::Refusal;

/// A figure of a member's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoadFigure {
    /// Assigned, not archived and not snoozed.
    Open,
    /// Assigned and unread, not archived.
    Unread,
    /// Open, and the newest message is a reply by a person.
    Waiting,
    /// Assigned and snoozed.
    Snoozed,
    /// Assigned, archived and snoozed ones included.
    AssignedTotal,
    /// Assigned, with an open task that is due.
    TasksDue,
    /// Assigned, with an open reminder that is due.
    RemindersDue,
}

impl LoadFigure {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Unread,
        Self::Waiting,
        Self::Snoozed,
        Self::AssignedTotal,
        Self::TasksDue,
        Self::RemindersDue,
    ];

    /// The list of a member's conversations that it counts at `now`.
    fn rows(self, owner: MemberId, now: Timestamp) -> Rows {
        let of_owner = ListFilter { owners: Some(vec![owner]), ..ListFilter::default() };
        let open = ListFilter { archived: Some(false), snoozed: Some(false), ..of_owner.clone() };
        let (view, filter) = match self {
            Self::Open => (View::Everything, open),
            Self::Unread => (View::Unread, of_owner),
            Self::Waiting => (View::Everything, ListFilter { unanswered: Some(true), ..open }),
            Self::Snoozed => (View::Everything, ListFilter { snoozed: Some(true), ..of_owner }),
            Self::AssignedTotal => (View::Everything, of_owner),
            Self::TasksDue => (View::Everything, ListFilter { task_due_by: Some(now), ..of_owner }),
            Self::RemindersDue => (View::Reminders, ListFilter { reminder_due_by: Some(now), ..of_owner }),
        };
        Rows { view, filter }
    }

    /// The list of what it counts of the conversations that have a reply by a person and no owner.
    fn unassigned_rows(self) -> Option<Rows> {
        let open = ListFilter { snoozed: Some(false), ..ListFilter::default() };
        let filter = match self {
            Self::Open => open,
            Self::Unread => ListFilter { read: Some(false), ..ListFilter::default() },
            Self::Waiting => ListFilter { unanswered: Some(true), ..open },
            Self::Snoozed | Self::AssignedTotal | Self::TasksDue | Self::RemindersDue => return None,
        };
        Some(Rows { view: View::Unassigned, filter })
    }
}

/// The list whose rows a figure counts.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Which list.
    pub view: View,
    /// What narrows it.
    pub filter: ListFilter,
}

/// A figure with the list of what it counts.
#[derive(Clone, Debug)]
pub struct Figure {
    /// How many rows the list has.
    pub count: u64,
    /// The list.
    pub rows: Rows,
}

/// What is open of some conversations.
#[derive(Clone, Debug)]
pub struct OpenLoad {
    /// Not archived and not snoozed.
    pub open: Figure,
    /// Unread and not archived.
    pub unread: Figure,
    /// Open, and the newest message is a reply by a person.
    pub waiting: Figure,
    /// The time of the newest message of the one that has waited longest.
    pub oldest_waiting_at: Option<Timestamp>,
}

/// The load of a member.
#[derive(Clone, Debug)]
pub struct MemberLoad {
    /// Whose.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What is open.
    pub open: OpenLoad,
    /// Snoozed conversations.
    pub snoozed: Figure,
    /// All that are assigned.
    pub assigned_total: Figure,
    /// Conversations with a task that is due.
    pub tasks_due: Figure,
    /// Conversations with a reminder that is due.
    pub reminders_due: Figure,
}

/// The load of a team.
#[derive(Clone, Debug)]
pub struct TeamLoad {
    /// Of each member that the caller sees, ascending by id.
    pub members: Vec<MemberLoad>,
    /// Conversations that have a reply by a person and no owner.
    pub unassigned: OpenLoad,
}

/// The load of every member now; a caller who is neither owner nor admin gets only their own. A caller who is restricted
/// to one client gets what is of that client, for its own users and whoever has its conversations.
///
/// # Errors
/// [`Refusal::Forbidden`]; [`Refusal::Unavailable`] without an index.
pub fn load(caller: &Caller) -> Result<TeamLoad, Refusal> {
    caller.require(Permission::ReadTeam)?;
    let count = Count { caller };
    let mut members = Vec::new();
    for member in visible(caller) {
        let load = count.member(member)?;
        if caller.scope().sees(member.client) || load.assigned_total.count > 0 {
            members.push(load);
        }
    }
    let unassigned = |figure: LoadFigure| {
        let rows = figure.unassigned_rows();
        rows.ok_or_else(|| Refusal::Internal(format!("{figure:?} is no figure of unassigned conversations")))
    };
    Ok(TeamLoad { members, unassigned: count.open(unassigned)? })
}

/// Counts for a caller.
struct Count<'a> {
    caller: &'a Caller,
}

impl Count<'_> {
    fn member(&self, member: &Member) -> Result<MemberLoad, Refusal> {
        let rows = |figure: LoadFigure| figure.rows(member.id, self.caller.now());
        Ok(MemberLoad {
            id: member.id,
            name: member.name.clone(),
            open: self.open(|figure| Ok(rows(figure)))?,
            snoozed: self.figure(rows(LoadFigure::Snoozed))?,
            assigned_total: self.figure(rows(LoadFigure::AssignedTotal))?,
            tasks_due: self.figure(rows(LoadFigure::TasksDue))?,
            reminders_due: self.figure(rows(LoadFigure::RemindersDue))?,
        })
    }

    fn open(&self, rows: impl Fn(LoadFigure) -> Result<Rows, Refusal>) -> Result<OpenLoad, Refusal> {
        let waiting = self.figure(rows(LoadFigure::Waiting)?)?;
        Ok(OpenLoad {
            open: self.figure(rows(LoadFigure::Open)?)?,
            unread: self.figure(rows(LoadFigure::Unread)?)?,
            oldest_waiting_at: self.oldest(&waiting)?,
            waiting,
        })
    }

    fn figure(&self, rows: Rows) -> Result<Figure, Refusal> {
        let page = self.caller.live()?.list(&self.query(&rows, 0, 0), self.caller.now());
        Ok(Figure { count: page.total, rows })
    }

    /// The time of the latest reply of the last row of a list.
    fn oldest(&self, figure: &Figure) -> Result<Option<Timestamp>, Refusal> {
        let Some(last) = figure.count.checked_sub(1) else { return Ok(None) };
        let index = self.caller.live()?.read();
        let page = index.list(&self.query(&figure.rows, last, 1), self.caller.now());
        let found = page.hits.first().and_then(|hit| index.get(hit.conversation));
        Ok(found.and_then(|entry| entry.reply_time))
    }

    fn query(&self, rows: &Rows, offset: u64, limit: u32) -> Query {
        let scope = self.caller.scope();
        Query {
            view: rows.view,
            me: scope.actor().unwrap_or(MemberId(0)),
            client: scope.client(),
            filter: compiled(rows.filter.clone(), None, self.caller.names()),
            sort: Sort::ReplyTimeDesc,
            offset,
            limit,
        }
    }
}
