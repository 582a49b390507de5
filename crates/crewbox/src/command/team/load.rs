//! `crewbox team load`: how much each member has to do now.

use clap::Args;
use crewbox_app::Caller;
use crewbox_app::team::{self, MemberLoad, OpenLoad};
use crewbox_core::id::MemberId;
use crewbox_store::Live;
use serde::Serialize;

use super::table::{Line, or_dash, print};
use crate::clock;
use crate::data::DataArgs;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  crewbox team load
  crewbox team load | jq -r 'select(.waiting > 5) | .name'

Each figure counts conversations. `waiting`: open, and the newest message is a reply by a person. The last line is what has
a reply by a person and no owner.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LoadArgs {
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Serialize)]
struct Load {
    /// None for what has no owner, as of the figures that only a member has.
    id: Option<MemberId>,
    name: String,
    open: u64,
    unread: u64,
    waiting: u64,
    oldest_waiting_at: Option<String>,
    snoozed: Option<u64>,
    assigned_total: Option<u64>,
    tasks_due: Option<u64>,
    reminders_due: Option<u64>,
}

impl Line for Load {
    const COLUMNS: &'static [&'static str] = &[
        "member",
        "open",
        "unread",
        "waiting",
        "oldest waiting",
        "snoozed",
        "assigned",
        "tasks due",
        "reminders due",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.open.to_string(),
            self.unread.to_string(),
            self.waiting.to_string(),
            or_dash(self.oldest_waiting_at.as_deref()),
            or_dash(self.snoozed),
            or_dash(self.assigned_total),
            or_dash(self.tasks_due),
            or_dash(self.reminders_due),
        ]
    }
}

impl Load {
    fn open(name: String, open: &OpenLoad) -> Self {
        Self {
            id: None,
            name,
            open: open.open.count,
            unread: open.unread.count,
            waiting: open.waiting.count,
            oldest_waiting_at: open.oldest_waiting_at.map(clock::iso),
            snoozed: None,
            assigned_total: None,
            tasks_due: None,
            reminders_due: None,
        }
    }
}

impl From<MemberLoad> for Load {
    fn from(load: MemberLoad) -> Self {
        Self {
            id: Some(load.id),
            snoozed: Some(load.snoozed.count),
            assigned_total: Some(load.assigned_total.count),
            tasks_due: Some(load.tasks_due.count),
            reminders_due: Some(load.reminders_due.count),
            ..Self::open(load.name, &load.open)
        }
    }
}

pub(super) async fn run(args: LoadArgs) -> Result<(), Failure> {
    let opened = args.data.open().await?;
    let now = clock::now();
    let live = Live::new(opened.store.clone());
    let account = live.account(opened.scope.account(), now).await?;
    let load = team::load(&Caller::signed_in(opened.scope, &account, now))?;
    let mut lines: Vec<Load> = load.members.into_iter().map(Load::from).collect();
    lines.push(Load::open("(nobody)".to_owned(), &load.unassigned));
    print(&lines)?;
    opened.close().await;
    Ok(())
}
