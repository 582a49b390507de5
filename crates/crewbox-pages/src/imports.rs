//! Tables that were uploaded and imports that run, one for each session.
//!
//! Owns how many are kept, and how rows become batches. They are in memory only: after a restart a file is chosen again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crewbox_app::lead_table::{Layout, Rows};
use crewbox_app::{Caller, Refusal, Services, lead};
use crewbox_core::id::{CampaignId, SessionId};
use crewbox_core::model::LeadFields;
use crewbox_core::time::Timestamp;

use crate::error::explain;

/// Tables and imports that are kept: with the largest file each, a hundred megabytes. The oldest goes.
const MOST: usize = 8;
/// Leads of a transaction: keeps one below 20 ms, so that others are not held up.
const LEADS_A_BATCH: usize = 200;
/// Rows that were not taken and are listed.
const MOST_PROBLEMS: usize = 200;

/// A table that was uploaded.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) file: String,
    /// How it was read, for people.
    pub(crate) how: String,
    pub(crate) text: String,
    pub(crate) layout: Layout,
}

/// What a session imports.
#[derive(Clone, Debug)]
pub(crate) enum Import {
    /// It looks at this table.
    Table(Arc<Table>),
    /// It imports, or has imported.
    Running(Arc<Progress>),
}

/// The imports of all sessions.
#[derive(Debug, Default)]
pub(crate) struct Imports(Mutex<VecDeque<(SessionId, Import)>>);

impl Imports {
    pub(crate) fn get(&self, session: SessionId) -> Option<Import> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(of, _)| *of == session).map(|(_, import)| import.clone())
    }

    pub(crate) fn set(&self, session: SessionId, import: Import) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(of, _)| *of != session);
        if held.len() == MOST {
            held.pop_front();
        }
        held.push_back((session, import));
    }

    pub(crate) fn remove(&self, session: SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(of, _)| *of != session);
    }
}

/// How far an import is.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) campaign: String,
    /// Bytes of the table.
    pub(crate) of: u64,
    now: Mutex<Now>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Now {
    pub(crate) done: u64,
    pub(crate) added: u64,
    pub(crate) skipped: u64,
    pub(crate) problems: Vec<String>,
    pub(crate) is_over: bool,
    pub(crate) failed: Option<String>,
}

impl Progress {
    pub(crate) fn new(campaign: String, of: u64) -> Self {
        Self { campaign, of, now: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Now {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn end(&self, outcome: Result<(), Refusal>) {
        self.change(|now| {
            now.is_over = true;
            now.failed = outcome.err().map(|refusal| explain(&refusal).1);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn skip(&self, why: String) {
        self.change(|now| {
            now.skipped += 1;
            if now.problems.len() < MOST_PROBLEMS {
                now.problems.push(why);
            }
        });
    }
}

/// Adds the rows of a table to a campaign.
///
/// # Errors
/// The use case's; what was added before stays.
pub(crate) async fn run(
    services: &Services,
    caller: &Caller,
    campaign: CampaignId,
    table: &Table,
    progress: &Progress,
    clock: &(dyn Fn() -> Timestamp + Send + Sync),
) -> Result<(), Refusal> {
    let mut batch: Vec<(u64, LeadFields)> = Vec::with_capacity(LEADS_A_BATCH);
    let mut rows = Rows::new(&table.text, table.layout.clone()).peekable();
    while let Some(row) = rows.next() {
        match row.lead {
            Ok(lead) => batch.push((row.number, lead)),
            Err(why) => progress.skip(format!("Row {}: {why}", row.number)),
        }
        if batch.len() == LEADS_A_BATCH || rows.peek().is_none() {
            let (numbers, leads): (Vec<u64>, Vec<LeadFields>) =
                std::mem::take(&mut batch).into_iter().unzip();
            let caller = caller.clone().at(clock());
            let became = lead::add(services, &caller, campaign, leads).await?;
            for (number, (email, became)) in numbers.into_iter().zip(became) {
                match became.not_added(&email) {
                    None => progress.change(|now| now.added += 1),
                    Some(why) => progress.skip(format!("Row {number}: {why}")),
                }
            }
            progress.change(|now| now.done = row.end as u64);
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
