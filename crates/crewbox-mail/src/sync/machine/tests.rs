//! What the machine does next, where that can be told in a few steps; the rest is for the simulation.

use crewbox_core::mailbox::Place;

use super::*;
use crate::failure::Failure;
use crate::sync::step::{About, Take, Why};

const NOW: Timestamp = Timestamp(1_750_000_000_000);

/// A machine, connected to a server with one folder of so many mails, and the action it came to.
fn connected(exists: u32) -> (Machine, Action) {
    let (mut machine, action) = listed(&[("INBOX", FolderRole::Inbox)]);
    let opened = drive(&mut machine, action, exists, NOW);
    (machine, opened)
}

/// A machine, connected to a server with these folders, and its first action there.
fn listed(folders: &[(&str, FolderRole)]) -> (Machine, Action) {
    let mut machine = Machine::new(Pace::default(), 1);
    assert!(matches!(machine.step(Event::Begin, NOW), Action::Load));
    let action = machine.step(Event::Loaded { status: Status::default(), folders: Vec::new() }, NOW);
    until_listed(&mut machine, action);
    let folders = folders.iter().map(|(name, role)| ((*name).to_owned(), *role)).collect();
    machine.phase = Phase::Listing;
    let action = machine.step(Event::Folders(folders), NOW);
    (machine, action)
}

fn until_listed(machine: &mut Machine, mut action: Action) -> Action {
    loop {
        action = match action {
            Action::Save(_) => machine.step(Event::Saved, NOW),
            Action::Connect { .. } => machine.step(Event::Connected { idle: true, copies_sent: false }, NOW),
            Action::List => {
                let list = vec![("INBOX".to_owned(), FolderRole::Inbox)];
                return machine.step(Event::Folders(list), NOW);
            }
            other => panic!("{other:?}"),
        };
    }
}

/// Answers what is asked of an orderly server without new mail, to the next rest.
fn drive(machine: &mut Machine, mut action: Action, exists: u32, now: Timestamp) -> Action {
    loop {
        action = match answered(machine, action, exists, now) {
            Ok(next) => next,
            Err(other) => return other,
        };
    }
}

/// What follows the answer of such a server; the action itself if it is none that this answers.
fn answered(machine: &mut Machine, action: Action, exists: u32, now: Timestamp) -> Result<Action, Action> {
    let event = match action {
        Action::Save(_) => Event::Saved,
        Action::Open(_) => Event::Opened { uidvalidity: 1, uid_next: exists + 1, counts: true, exists },
        Action::Refresh => Event::Refreshed { exists },
        Action::Uids { low, high } => Event::Uids((low..=high.unwrap_or(exists).min(exists)).collect()),
        Action::Chores => Event::Chores(Vec::new()),
        Action::Places { .. } => Event::Places { places: Vec::new(), attempts: Vec::new() },
        Action::Sizes(uids) => {
            let about = |uid| About { uid, bytes: 10, seen: None, draft: false, sent: false };
            Event::Sizes(uids.into_iter().map(about).collect())
        }
        other => return Err(other),
    };
    Ok(machine.step(event, now))
}

#[test]
fn a_connection_in_the_making_is_reported_as_such() {
    let mut machine = Machine::new(Pace::default(), 1);
    machine.step(Event::Begin, NOW);
    // As a process that died left it.
    let live = Status { condition: Condition::Live, ..Status::default() };
    let action = machine.step(Event::Loaded { status: live, folders: Vec::new() }, NOW);
    assert!(matches!(action, Action::Save(_)), "{action:?}");
    assert_eq!(machine.status().condition, Condition::Connecting);
    assert!(matches!(machine.step(Event::Saved, NOW), Action::Connect { wait: false }));
    machine.step(Event::Crowded, NOW);
    assert!(machine.status().detail.as_ref().unwrap().contains("connection limit"));
    assert!(matches!(machine.step(Event::Saved, NOW), Action::Connect { wait: true }));
}

#[test]
fn a_folder_seen_for_the_first_time_says_how_much_there_is_to_come() {
    let (machine, action) = connected(9_880);
    assert!(matches!(action, Action::Fetch { .. }), "{action:?}");
    let ledger = machine.folders["INBOX"].folder.as_ref().unwrap().ledger.unwrap();
    assert_eq!((ledger.server, ledger.held), (9_880, 0));
}

#[test]
fn a_folder_is_opened_once_a_minute_while_its_history_is_read() {
    const MAILS: u32 = 30_000;
    let (mut machine, mut action) = connected(MAILS);
    let (mut now, mut opened, mut refreshed) = (NOW, 1, 0);
    while !matches!(action, Action::Rest { .. }) {
        opened += i64::from(matches!(action, Action::Open(_)));
        refreshed += i64::from(matches!(action, Action::Refresh));
        action = match action {
            Action::Fetch { uids, .. } => machine.step(Event::Fetched(uids), now),
            Action::Take(_) => {
                now = Timestamp(now.0 + 400);
                machine.step(Event::Taken, now)
            }
            Action::Places { .. } => {
                let place = |uid| Place { uid, quarantined: false, gone: false };
                let places = (1..=MAILS).map(place).collect();
                machine.step(Event::Places { places, attempts: Vec::new() }, now)
            }
            other => answered(&mut machine, other, MAILS, now).unwrap(),
        };
    }
    let seconds = (now.0 - NOW.0) / 1_000;
    assert!(seconds >= 120, "300 batches in {seconds} seconds");
    assert!((2..=3).contains(&opened), "{opened} openings in {seconds} seconds");
    assert!(refreshed > seconds / 2, "new mail was looked for {refreshed} times in {seconds} seconds");
}

#[test]
fn idle_that_breaks_twice_is_no_longer_asked_for_and_the_waits_between_grow() {
    let (mut machine, mut action) = connected(0);
    let mut waits = Vec::new();
    for _ in 0..2 {
        assert!(matches!(action, Action::Rest { idle: true, .. }), "{action:?}");
        let told = machine.step(Event::Failed(Failure::Lost("broke".into())), NOW);
        assert!(matches!(told, Action::Save(_)));
        waits.push(machine.status().until.unwrap().0 - NOW.0);
        let closing = machine.step(Event::Saved, NOW);
        assert!(matches!(closing, Action::Close), "{closing:?}");
        assert!(matches!(machine.step(Event::Closed, NOW), Action::Pause { .. }));
        let loading = machine.step(Event::Rested(Why::Time), NOW);
        assert!(matches!(loading, Action::Load), "{loading:?}");
        let folders = machine.folders.values().filter_map(|known| known.folder.clone()).collect();
        let status = machine.status().clone();
        let next = machine.step(Event::Loaded { status, folders }, NOW);
        let next = until_listed(&mut machine, next);
        action = drive(&mut machine, next, 0, NOW);
    }
    assert!(waits[1] > waits[0], "{waits:?}");
    let Action::Rest { idle: false, millis } = action else { panic!("{action:?}") };
    assert!(millis <= 60_000, "it is asked every minute: {millis}");
    // An hour later it may IDLE again.
    let later = Timestamp(NOW.0 + Pace::default().poll_ms);
    let next = machine.step(Event::Rested(Why::Time), later);
    let action = drive(&mut machine, next, 0, later);
    assert!(matches!(action, Action::Rest { idle: true, .. }), "{action:?}");
}

#[test]
fn a_store_that_cannot_write_is_waited_for_longer_and_longer_without_another_log_in() {
    let (mut machine, mut action) = connected(3);
    let mut waits = Vec::new();
    for _ in 0..6 {
        let Action::Fetch { uids, .. } = action else { panic!("{action:?}") };
        assert!(matches!(machine.step(Event::Fetched(uids), NOW), Action::Save(_)));
        assert!(matches!(machine.step(Event::Saved, NOW), Action::Take(_)));
        let pause = machine.step(Event::Failed(Failure::Store("disk full".into())), NOW);
        let Action::Pause { until } = pause else { panic!("{pause:?}") };
        waits.push(until.0 - NOW.0);
        assert!(matches!(machine.step(Event::Rested(Why::Time), NOW), Action::Load));
        let folders = machine.folders.values().filter_map(|known| known.folder.clone()).collect();
        let status = machine.status().clone();
        let next = machine.step(Event::Loaded { status, folders }, NOW);
        // Attempts are cleared; then the folders are listed over the open connection.
        assert!(matches!(next, Action::Save(_)), "{next:?}");
        let next = machine.step(Event::Saved, NOW);
        assert!(matches!(next, Action::List), "{next:?}");
        let next = until_listed(&mut machine, next);
        action = drive(&mut machine, next, 3, NOW);
    }
    assert_eq!(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
}

#[test]
fn a_copy_that_fails_three_times_however_it_does_is_left_for_a_while() {
    for failure in [Failure::Lost("slow".into()), Failure::Throttled("quota".into(), None)] {
        let (mut machine, _) = connected(0);
        let outgoing = OutgoingId(7);
        for _ in 0..MOST_COPIES {
            assert!(!machine.is_copy_left(outgoing, NOW));
            (machine.phase, machine.connected) = (Phase::Working, true);
            machine.work = Some(Work::new(WorkKind::Copy(outgoing), "Sent".into()));
            machine.step(Event::Failed(failure.clone()), NOW);
        }
        assert!(machine.is_copy_left(outgoing, NOW), "{failure:?}");
        assert!(!machine.is_copy_left(outgoing, Timestamp(NOW.0 + machine.pace.retry_ms)));
    }
}

#[test]
fn an_orderly_stop_takes_back_what_was_begun_and_nothing_else() {
    let (mut machine, action) = connected(1);
    let mut idle = connected(0).0;
    assert!(
        matches!(idle.step(Event::Stop, NOW), Action::Close),
        "the deaths on record are no matter of its"
    );
    let Action::Fetch { uids, .. } = action else { panic!("{action:?}") };
    assert!(matches!(machine.step(Event::Fetched(uids), NOW), Action::Save(_)));
    let Action::Save(steps) = machine.step(Event::Stop, NOW) else { panic!() };
    assert!(
        matches!(&steps[..], [SyncStep::ClearAttempts { uids, alone: false, .. }] if *uids == [1]),
        "{steps:?}"
    );
}

#[test]
fn a_comparison_asks_for_mail_behind_the_newest_known_uid() {
    let window = Pace::default().window * 10;
    // Where the windows end exactly with the newest mail, and where no window has been asked for yet.
    for (exists, uid_next, low) in
        [(window + 1, window + 1, 1), (2 * window, 2 * window + 1, window + 1), (window + 1, 1, 1)]
    {
        let mut machine = connected(0).0;
        machine.work = Some(Work::new(WorkKind::Compare, "INBOX".into()));
        machine.open = Some(OpenFolder { name: "INBOX".into(), uid_next, exists, opened_at: NOW });
        let action = machine.search_on(low, NOW);
        assert!(
            matches!(action, Action::Uids { low: from, high: None } if from == low),
            "{uid_next}: {action:?}"
        );
    }
}

#[test]
fn a_message_of_unknown_fate_is_looked_for_every_ten_seconds_at_first() {
    let (mut machine, mut action) = listed(&[("INBOX", FolderRole::Inbox), ("Sent", FolderRole::Sent)]);
    let (mut now, mut looks) = (NOW, Vec::new());
    while now.0 < NOW.0 + 600_000 {
        action = match action {
            Action::Chores => {
                machine.step(Event::Chores(vec![Chore { outgoing: OutgoingId(7), lost: true }]), now)
            }
            Action::Rest { millis, .. } => {
                now = Timestamp(now.0 + i64::try_from(millis).unwrap());
                machine.step(Event::Rested(Why::Time), now)
            }
            Action::Open(name) => {
                if name == "Sent" {
                    looks.push((now.0 - NOW.0) / 1_000);
                }
                answered(&mut machine, Action::Open(name), 0, now).unwrap()
            }
            other => answered(&mut machine, other, 0, now).unwrap(),
        };
    }
    let (soon, later): (Vec<i64>, Vec<i64>) = looks.into_iter().partition(|second| *second <= 120);
    assert!(soon.len() >= 12, "{soon:?}");
    assert!((7..=10).contains(&later.len()), "{later:?}");
}

#[test]
fn a_server_that_lists_mails_and_gives_none_costs_a_few_commands() {
    const LISTED: u32 = 500_000;
    for gives_sizes in [false, true] {
        let (mut machine, mut action) = listed(&[("INBOX", FolderRole::Inbox)]);
        let mut commands = 0;
        while !matches!(action, Action::Rest { .. } | Action::Close) {
            commands += 1;
            assert!(commands < 50, "{action:?}");
            action = match action {
                Action::Fetch { .. } => machine.step(Event::Fetched(Vec::new()), NOW),
                Action::Sizes(_) if !gives_sizes => machine.step(Event::Sizes(Vec::new()), NOW),
                other => answered(&mut machine, other, LISTED, NOW).unwrap(),
            };
        }
        let later = Timestamp(NOW.0 + machine.pace.skip_ms);
        let inbox = &machine.folders["INBOX"];
        assert!(inbox.is_left_alone(NOW) && !inbox.is_left_alone(later), "{inbox:?}");
    }
}

#[test]
fn a_clock_that_was_set_back_puts_no_folder_off() {
    let folders = [("INBOX", FolderRole::Inbox), ("Sent", FolderRole::Sent)];
    let (mut machine, action) = listed(&folders);
    let ahead = Timestamp(NOW.0 + 365 * 86_400_000);
    let action = drive(&mut machine, action, 0, NOW);
    assert!(matches!(action, Action::Rest { .. }), "{action:?}");
    for now in [ahead, NOW] {
        let action = machine.step(Event::Rested(Why::Time), now);
        let action = drive(&mut machine, action, 0, now);
        assert!(matches!(action, Action::Rest { .. }), "{action:?}");
        for (name, _) in folders {
            let known = &machine.folders[name];
            assert_eq!((known.looked, known.compared), (Some(now), Some(now)), "{name}");
        }
    }
}

#[test]
fn after_mails_that_were_deleted_meanwhile_the_others_are_read() {
    // As a person does who deletes all mails but one while they are read.
    let (mut machine, mut action) = listed(&[("INBOX", FolderRole::Inbox)]);
    let (mut deleted, mut taken) = (false, Vec::new());
    while !matches!(action, Action::Rest { .. }) {
        action = match action {
            Action::Uids { .. } if deleted => machine.step(Event::Uids(vec![1]), NOW),
            Action::Sizes(_) if !std::mem::replace(&mut deleted, true) => {
                machine.step(Event::Sizes(Vec::new()), NOW)
            }
            Action::Fetch { uids, .. } => machine.step(Event::Fetched(uids), NOW),
            Action::Take(Take { uids, .. }) => {
                taken.extend(uids);
                machine.step(Event::Taken, NOW)
            }
            other => answered(&mut machine, other, 4_000, NOW).unwrap(),
        };
    }
    assert!(taken.contains(&1), "{taken:?}");
    assert!(!machine.folders["INBOX"].is_left_alone(NOW));
}
