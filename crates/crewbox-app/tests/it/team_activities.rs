//! What members did, from a start on.

use crewbox_app::TeamActivities;
use crewbox_core::conversation::Edit;
use crewbox_core::id::ConversationId;
use crewbox_core::team::{Activities, Activity, ActivityKind, PerformanceFigure, Period};
use crewbox_core::time::Timestamp;
use crewbox_store::contract::NewActivities;
use crewbox_store::{Batch, Op};
use crewbox_testkit::account::{NOW, TestAccount};

/// The conversations that the owner archived, ever.
fn archived(account: &TestAccount, activities: &Activities) -> Vec<ConversationId> {
    let ever = Period { from: Timestamp(0), to: Timestamp(i64::MAX), campaigns: None };
    activities.conversations(account.owner, PerformanceFigure::Archived, &ever).iter().collect()
}

#[tokio::test]
async fn a_start_reads_what_is_kept_and_computes_what_is_not() {
    let account = TestAccount::new().await;
    let campaign = account.campaign("Spring", None).await;
    let ids = account.leads(campaign, &["a@lead.test", "b@lead.test", "c@lead.test"]).await;
    let archive = Op::Edit { conversation: ids[0], edit: Edit::Archived(true) };
    let scope = account.signed_in(None).await;
    account.store.commit(Batch::new(scope, NOW, vec![archive])).await.unwrap();
    let figure = |activities: &Activities| archived(&account, activities);
    let id = account.operator.account();

    let computed = TeamActivities::default();
    computed.load_kept(&account.store).await.unwrap();
    assert_eq!(computed.read(&account.store, id, figure).await.unwrap(), [ids[0]], "nothing is kept");

    // Kept is another one than the log has, so that it shows where an answer comes from.
    let seq = account.store.head(&account.operator).await.unwrap().seq;
    let keep = |conversations: Vec<(ConversationId, Vec<Activity>)>| {
        account.commit(Op::KeepActivities(NewActivities { seq: Some(seq), conversations }))
    };
    let activity = Activity { member: account.owner, at: NOW, kind: ActivityKind::Archived };
    keep(vec![(ids[1], vec![activity])]).await;
    let read = TeamActivities::default();
    read.load_kept(&account.store).await.unwrap();
    keep(vec![(ids[1], Vec::new()), (ids[2], vec![activity])]).await;
    assert_eq!(read.read(&account.store, id, figure).await.unwrap(), [ids[1]], "as it was at the start");
    let later = TeamActivities::default();
    assert_eq!(
        later.read(&account.store, id, figure).await.unwrap(),
        [ids[2]],
        "who asks first reads it too"
    );
}
