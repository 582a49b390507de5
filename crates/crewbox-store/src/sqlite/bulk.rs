//! The engine's reads of bulk actions.

use crewbox_core::bulk::Bulk;
use crewbox_core::change::Change;
use crewbox_core::id::BulkId;

use super::{Engine, Result, read};
use crate::contract::Scope;

impl Engine {
    pub(crate) async fn bulk(&self, scope: &Scope, id: BulkId) -> Result<Bulk> {
        self.shared.readers.with(|db| read::bulk::one(db, scope, id))
    }

    pub(crate) async fn running_bulks(&self, scope: &Scope) -> Result<Vec<BulkId>> {
        self.shared.readers.with(|db| read::bulk::running(db, scope))
    }

    pub(crate) async fn bulk_changes(&self, scope: &Scope, id: BulkId) -> Result<Vec<u64>> {
        let scope = *scope;
        self.run_blocking(move |shared| shared.readers.snapshot(|db| read::bulk::changes(db, &scope, id)))
            .await
    }

    pub(crate) async fn bulk_conflicts(
        &self,
        scope: &Scope,
        id: BulkId,
        limit: u32,
    ) -> Result<Vec<(Change, Vec<Change>)>> {
        let scope = *scope;
        let read = move |db: &rusqlite::Connection| read::bulk::conflicts(db, &scope, id, limit);
        self.run_blocking(move |shared| shared.readers.snapshot(read)).await
    }
}

#[cfg(test)]
mod tests {
    use crewbox_core::bulk::{BulkAction, BulkState, MAX_BULK_ROWS, ROWS_A_STEP};
    use crewbox_core::change::Cause;
    use crewbox_core::conversation::Edit;
    use crewbox_core::id::{CampaignId, CategoryId, ConversationId};
    use crewbox_core::model::LeadFields;
    use crewbox_core::time::Timestamp;

    use super::*;
    use crate::contract::{Batch, NewAccount, NewBulk, NewMember, Op, Outcome};
    use crate::open::Open;
    use crate::sqlite::hold::Hold;

    /// Rows of a job that is done in full: some steps.
    const ROWS: usize = 3 * ROWS_A_STEP;
    /// Statements and rows of anything besides the rows of the job: the job itself, the log, the heads, the savepoint.
    const OVERHEAD: u64 = 20;
    /// Statements for one row of a job: its conversation is read and written, the change is read and logged, a conflict noted.
    const A_ROW: u64 = 5;

    struct Job {
        engine: Engine,
        scope: Scope,
    }

    impl Job {
        async fn commit(&self, op: Op) -> (Outcome, Hold) {
            self.engine.shared.health.longest.take();
            let cause = if let Op::BulkStep { bulk, .. } = op { Cause::Bulk(bulk) } else { Cause::System };
            let batch = Batch::new(self.scope, Timestamp(5), vec![op]).caused_by(cause);
            let outcome = self.engine.commit(batch).await.unwrap().outcomes.remove(0);
            // The answer comes before the group is noted: the next batch is behind that.
            self.engine.commit(Batch::new(self.scope, Timestamp(5), Vec::new())).await.unwrap();
            (outcome, self.engine.shared.health.longest.take())
        }

        async fn start(&self, action: BulkAction, rows: Vec<u64>) -> (BulkId, Hold) {
            match self.commit(Op::StartBulk(Box::new(NewBulk::of(action, rows)))).await {
                (Outcome::Id(id), hold) => (BulkId(id), hold),
                other => panic!("{other:?}"),
            }
        }

        /// Runs a job to its end; the longest hold of a step.
        async fn run(&self, id: BulkId) -> Hold {
            let mut longest = Hold::default();
            loop {
                let job = self.engine.bulk(&self.scope, id).await.unwrap();
                if job.state != BulkState::Running {
                    return longest;
                }
                let (_, hold) = self.commit(Op::BulkStep { bulk: id, step: job.steps }).await;
                longest.rows = longest.rows.max(hold.rows);
                longest.statements = longest.statements.max(hold.statements);
            }
        }
    }

    fn is_within(hold: Hold, rows: u64, statements: u64, what: &str) {
        println!("{what}: {hold:?}");
        assert!(hold.rows > 0 && hold.rows <= rows + OVERHEAD, "{what}: {hold:?}");
        assert!(hold.statements <= statements + OVERHEAD, "{what}: {hold:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_part_of_a_bulk_action_holds_the_writer_for_more_than_a_step() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), &Open::server(dir.path())).unwrap();
        let owner = NewMember {
            name: "Ada".to_owned(),
            email: "ada@acme.test".to_owned(),
            role: crewbox_core::model::Role::Owner,
            client: None,
            password_hash: None,
        };
        let new = NewAccount { name: "Acme".to_owned(), owner };
        let made = engine.create_account(new, Timestamp(1)).await.unwrap();
        let job = Job { engine, scope: Scope::operator(made.account) };
        let campaign = Op::AddCampaign { name: "Spring".to_owned(), client: None, parent: None };
        let (Outcome::Id(campaign), _) = job.commit(campaign).await else { panic!("no campaign") };
        let lead = |number| LeadFields { email: format!("lea{number}@lead.test"), ..LeadFields::default() };
        let leads = (0..ROWS).map(lead).collect();
        let (Outcome::Leads(leads), _) =
            job.commit(Op::AddLeads { campaign: CampaignId(campaign), leads }).await
        else {
            panic!("no leads")
        };
        let ids: Vec<u64> = leads.into_iter().map(|lead| lead.unwrap().conversation.get()).collect();
        let step = ROWS_A_STEP as u64;

        // As large as a job can be. Each of its steps is one small row.
        let steps = MAX_BULK_ROWS.div_ceil(ROWS_A_STEP) as u64;
        let all = (1..=MAX_BULK_ROWS as u64).collect();
        let (largest, hold) = job.start(BulkAction::Important(true), all).await;
        is_within(hold, steps, steps, "starting");
        let (_, hold) = job.commit(Op::BulkStep { bulk: largest, step: 0 }).await;
        is_within(hold, 2 * step, A_ROW * step, "a step");
        let (_, hold) = job.commit(Op::StopBulk(largest)).await;
        is_within(hold, steps, 0, "stopping");

        let (id, _) = job.start(BulkAction::Category(Some(CategoryId(3))), ids.clone()).await;
        is_within(job.run(id).await, 2 * step, A_ROW * step, "running");
        // Half of it is in conflict.
        for id in ids.iter().step_by(2) {
            let edit = Edit::Category(Some(CategoryId(5)));
            job.commit(Op::Edit { conversation: ConversationId(*id), edit }).await;
        }
        let changes = job.engine.bulk_changes(&job.scope, id).await.unwrap();
        let (undo, hold) = job.start(BulkAction::Undo(id), changes).await;
        is_within(hold, ROWS as u64 / step, ROWS as u64 / step, "starting an undo");
        is_within(job.run(undo).await, 2 * step, A_ROW * step, "undoing");
        let undone = job.engine.bulk(&job.scope, undo).await.unwrap();
        assert_eq!((undone.done, undone.conflicts), (ROWS as u64, ROWS as u64 / 2));
        job.engine.close().await;
    }
}
