//! Deliveries under a clock that was ahead and is set back.

use super::*;

#[tokio::test]
async fn a_delivery_that_failed_by_a_clock_years_ahead_is_tried_again_once_the_clock_is_right() {
    const YEARS: i64 = 10 * 365 * 86_400_000;
    for restarted in [false, true] {
        let world = World::new().await;
        let mut receiver = Receiver::start(&[500], true).await;
        let made = world.webhook(&receiver.url, Association::User).await;
        world.assign(true).await;
        world.advance(YEARS);
        let of = world.account.operator.account();
        let mut worker = world.worker();
        let from = worker.begin(of).await.unwrap();
        world.catch_up(&mut worker, from).await;
        settle(&mut worker).await;
        let first = receiver.next().await;
        assert!(world.waiting(made.id).await[0].next_try.millis() > NOW.millis() + YEARS);
        tokio::select! {
            biased;
            event = worker.wait() => panic!("by that clock, nothing is due: {event:?}"),
            () = tokio::task::yield_now() => {}
        }

        world.advance(-YEARS);
        if restarted {
            worker = world.worker();
            worker.begin(of).await.unwrap();
        } else {
            let event = worker.wait().await;
            assert!(matches!(event, DeliveryEvent::SetBack), "{event:?}");
            worker.act(event).await;
        }
        settle(&mut worker).await;
        let again = receiver.next().await;
        assert_eq!(again.header("x-request-id"), first.header("x-request-id"));
        assert_eq!(world.waiting(made.id).await, []);
        assert_eq!(world.account.store.check(&world.account.operator).await.unwrap(), []);
        world.account.store.close().await;
    }
}

#[tokio::test]
async fn a_pause_that_a_retry_leads_to_stays_when_the_clock_is_set_back() {
    let world = World::new().await;
    let mut receiver = Receiver::start(&[500], true).await;
    let made = world.webhook(&receiver.url, Association::User).await;
    world.assign(true).await;
    let of = world.account.operator.account();
    let mut worker = world.worker();
    let from = worker.begin(of).await.unwrap();
    world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    receiver.next().await;
    let planned = world.waiting(made.id).await[0].next_try;
    world.advance(-20 * MINUTE);
    worker.act(DeliveryEvent::SetBack).await;
    settle(&mut worker).await;
    assert_eq!(world.waiting(made.id).await[0].next_try, planned);
    assert!(receiver.requests.try_recv().is_err(), "it waits for at most 31 minutes");

    // A run that has ended just now has planned by the clock that was ahead.
    let planned = Some(Timestamp(world.now().millis() + 24 * 60 * MINUTE));
    worker.act(DeliveryEvent::Ended((of, made.id), planned)).await;
    assert!(worker.is_busy(), "it looks again");
    settle(&mut worker).await;
    world.account.store.close().await;
}

#[tokio::test]
async fn a_clock_a_month_ahead_forgets_no_delivery_that_waits() {
    let world = World::new().await;
    let receiver = Receiver::start(&[500], true).await;
    let made = world.webhook(&receiver.url, Association::User).await;
    world.assign(true).await;
    let mut worker = world.worker();
    let from = worker.begin(world.account.operator.account()).await.unwrap();
    let from = world.catch_up(&mut worker, from).await;
    settle(&mut worker).await;
    world.stop.send_replace(true);
    world.advance(40 * 24 * 60 * MINUTE);
    world.assign(false).await;
    world.catch_up(&mut worker, from).await;
    assert_eq!(world.waiting(made.id).await.len(), 2, "the first one is still there");
    settle(&mut worker).await;
    world.account.store.close().await;
}
