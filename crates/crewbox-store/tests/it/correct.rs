//! A class corrected by hand, and a mail read again by other rules: the conversation becomes what it would be if the
//! class had been right from the start.

use crewbox_core::change::{Change, ChangeKind, Delta, Field};
use crewbox_core::conversation::{Arrival, Conversation, Edit, Flags};
use crewbox_core::id::{CategoryId, MessageId, Seq};
use crewbox_core::message::{Circumstances, Class, Direction, Mail, Message, Verdict, Verdicts};
use crewbox_core::model::OUT_OF_OFFICE;
use crewbox_core::time::Timestamp;
use crewbox_store::{Batch, BodyLimits, Ingest, Op, Outcome, StoreError, Thing};

use super::world::{NOW, World, mail};

/// Time between two steps, milliseconds.
const STEP: i64 = 60_000;

fn at(steps: i64) -> Timestamp {
    Timestamp(NOW.0 + steps * STEP)
}

impl World {
    /// Commits one operation at its time.
    async fn commit_at(&self, steps: i64, op: Op) -> Result<Outcome, StoreError> {
        let batch = Batch::new(self.scope, at(steps), vec![op]);
        Ok(self.store.commit(batch).await?.outcomes.swap_remove(0))
    }

    async fn edit_at(&self, steps: i64, edit: Edit) {
        self.commit_at(steps, Op::Edit { conversation: self.conversation, edit }).await.unwrap();
    }

    /// A mail of this class comes in.
    async fn comes(&self, steps: i64, class: Class, arrival: Arrival) -> MessageId {
        let (mut mail, raw) = mail(&format!("m{steps}@x"), &format!("text {steps}"));
        mail.at = at(steps);
        mail.verdicts = Verdicts::always(Verdict::of(class, "by the rules"));
        let ingest = Ingest { arrival, ..self.ingest_of(&mail, &raw) };
        match self.commit_at(steps, Op::Ingest(Box::new(ingest))).await.unwrap() {
            Outcome::Ingested(ingested) => ingested.message,
            other => panic!("{other:?}"),
        }
    }

    async fn correct(&self, steps: i64, message: MessageId, class: Class) -> Outcome {
        self.commit_at(steps, Op::CorrectClass { message, class }).await.unwrap()
    }

    async fn message(&self, id: MessageId) -> Message {
        self.store.message(&self.scope, id, BodyLimits::WHOLE).await.unwrap().0
    }

    /// What doctor finds: the state agrees with the messages and the log.
    async fn is_sound(&self) {
        assert_eq!(self.store.check(&self.scope).await.unwrap(), []);
    }

    async fn last_change(&self) -> Change {
        self.store.changes(&self.scope, Seq(0), 1_000).await.unwrap().changes.pop().unwrap()
    }
}

/// A conversation but for the time of its last change.
fn state(conversation: Conversation) -> Conversation {
    Conversation { updated_at: Timestamp(0), ..conversation }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_reply_corrected_to_human_wakes_the_conversation_and_back() {
    let world = World::new().await;
    world.edit_at(1, Edit::Snooze(Some(at(1_000)))).await;
    world.edit_at(1, Edit::Archived(true)).await;
    let message = world.comes(2, Class::Automatic, Arrival::Live).await;
    let before = world.now_is().await;
    assert_eq!(before.category, Some(OUT_OF_OFFICE));
    assert_eq!(before.snoozed_until, Some(at(1_000)));

    let outcome = world.correct(3, message, Class::Human).await;
    assert_eq!(outcome, Outcome::Corrected { conversation: Some(world.conversation), at: at(3) });
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::REPLIED.with(Flags::UNREAD)), "{now:?}");
    assert!(!now.flags.has(Flags::ARCHIVED));
    assert_eq!((now.category, now.snoozed_until, now.replied_count), (None, None, 1));
    assert_eq!(now.updated_at, at(3));
    let corrected = world.message(message).await;
    assert_eq!((corrected.class, corrected.suspected), (Class::Human, None));
    assert_eq!(
        (corrected.evidence.as_str(), corrected.corrected_at),
        ("A member set the class.", Some(at(3)))
    );
    let change = world.last_change().await;
    assert_eq!(
        (change.kind, change.conversation, change.subject),
        (ChangeKind::ClassCorrected, Some(world.conversation), Some(message.0))
    );
    let class = Delta { field: Field::Class, before: Some(1), after: Some(0) };
    assert_eq!(change.detail[0], class);
    assert!(change.detail.iter().any(|delta| delta.field == Field::Flags), "{change:?}");
    world.is_sound().await;

    // The same again is no change, and is answered as the first was.
    let head = world.store.head(&world.scope).await.unwrap();
    assert_eq!(world.correct(4, message, Class::Human).await, outcome);
    assert_eq!(world.store.head(&world.scope).await.unwrap(), head);

    world.correct(5, message, Class::Automatic).await;
    assert_eq!(state(world.now_is().await), state(before));
    world.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_decided_since_outlives_the_correction() {
    let world = World::new().await;
    let message = world.comes(1, Class::Human, Arrival::Live).await;
    world.edit_at(2, Edit::Category(Some(CategoryId(2)))).await;
    world.edit_at(3, Edit::Archived(true)).await;
    world.edit_at(4, Edit::Important(true)).await;
    for class in [Class::Automatic, Class::Bounce, Class::Receipt, Class::Human] {
        world.correct(5, message, class).await;
        let now = world.now_is().await;
        assert_eq!(now.category, Some(CategoryId(2)), "{class:?}");
        assert!(now.flags.has(Flags::ARCHIVED.with(Flags::IMPORTANT)), "{class:?}");
        assert_eq!(now.flags.has(Flags::BOUNCED), class == Class::Bounce);
        assert_eq!(now.flags.has(Flags::UNREAD), class == Class::Human, "nobody read it");
        world.is_sound().await;
    }
    world.edit_at(6, Edit::Read(true)).await;
    world.correct(7, message, Class::Automatic).await;
    world.correct(8, message, Class::Human).await;
    assert!(!world.now_is().await.flags.has(Flags::UNREAD), "somebody read it");
}

#[tokio::test(flavor = "multi_thread")]
async fn history_keeps_whether_it_still_waits_for_an_answer() {
    for (open, unread) in [(Some(true), true), (Some(false), false), (None, false)] {
        let world = World::new().await;
        let message = world.comes(1, Class::Automatic, Arrival::History { open }).await;
        assert!(!world.now_is().await.flags.has(Flags::UNREAD));
        world.correct(2, message, Class::Human).await;
        assert_eq!(world.now_is().await.flags.has(Flags::UNREAD), unread);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn untracked_mail_is_corrected_and_mail_that_we_sent_is_not() {
    let world = World::new().await;
    let (mut stranger, raw) = mail("a@x", "hello");
    stranger.from.email = "stranger@example.test".to_owned();
    stranger.verdicts = Verdicts::always(Verdict {
        suspected: Some(Class::Automatic),
        ..Verdict::of(Class::Human, "in doubt")
    });
    let stranger = world.ingest(&stranger, &raw).await.message;
    let outcome = world.correct(1, stranger, Class::Automatic).await;
    assert_eq!(outcome, Outcome::Corrected { conversation: None, at: at(1) });
    let message = world.message(stranger).await;
    assert_eq!((message.class, message.suspected), (Class::Automatic, None));
    assert_eq!(world.last_change().await.conversation, None);

    let (mut sent, raw) = mail("b@us", "hello");
    (sent.direction, sent.from, sent.to) = (Direction::Outbound, sent.to[0].clone(), vec![sent.from]);
    let sent = world.ingest(&sent, &raw).await.message;
    for message in [sent, MessageId(99_999)] {
        let refused = world.commit_at(2, Op::CorrectClass { message, class: Class::Human }).await;
        assert!(matches!(refused, Err(StoreError::NotFound(Thing::Message, _))), "{refused:?}");
    }
    world.is_sound().await;
}

/// The mail as other rules would read it.
fn read_again(class: Class, text: &str) -> Box<Mail> {
    let (mut mail, _) = mail("m2@x", text);
    mail.at = at(2);
    mail.verdicts = Verdicts::always(Verdict::of(class, "by other rules"));
    Box::new(mail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_read_again_changes_its_conversation_as_a_correction_does() {
    let world = World::new().await;
    world.edit_at(1, Edit::Archived(true)).await;
    let message = world.comes(2, Class::Automatic, Arrival::Live).await;
    let mail = read_again(Class::Human, "text 2");
    let told = world.store.verdicts(&world.scope, &[(Some(world.mailbox), &mail)]).await.unwrap();
    assert_eq!(told[0], mail.verdicts.alone, "what would be decided is told before it is");
    assert_eq!(world.message(message).await.class, Class::Automatic);
    world.commit_at(3, Op::Reread { message, mail }).await.unwrap();
    let now = world.now_is().await;
    assert!(now.flags.has(Flags::REPLIED.with(Flags::UNREAD)) && !now.flags.has(Flags::ARCHIVED));
    assert_eq!(now.category, None);
    assert_eq!(world.last_change().await.kind, ChangeKind::Rederived);
    world.is_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_read_again_keeps_a_corrected_class() {
    let world = World::new().await;
    let message = world.comes(2, Class::Automatic, Arrival::Live).await;
    world.correct(3, message, Class::Human).await;
    let before = state(world.now_is().await);
    world.commit_at(4, Op::Reread { message, mail: read_again(Class::Bounce, "read better") }).await.unwrap();
    let (read, bodies) = world.store.message(&world.scope, message, BodyLimits::WHOLE).await.unwrap();
    assert_eq!((read.class, read.evidence.as_str()), (Class::Human, "A member set the class."));
    assert_eq!((read.corrected_at, bodies.text.as_str()), (Some(at(3)), "read better"));
    assert_eq!(state(world.now_is().await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_read_again_later_is_as_prompt_as_it_was() {
    let world = World::new().await;
    let send = async |steps: i64| {
        let (mut sent, raw) = mail(&format!("sent{steps}@us"), &format!("ours {steps}"));
        (sent.direction, sent.from, sent.to) = (Direction::Outbound, sent.to[0].clone(), vec![sent.from]);
        sent.at = at(steps);
        world.ingest(&sent, &raw).await
    };
    send(1).await;
    let (mut mail, raw) = mail("m2@x", "text 2");
    mail.at = at(2);
    mail.verdicts.otherwise = vec![(
        Circumstances { from_lead: true, prompt: true },
        Verdict::of(Class::Automatic, "it came at once"),
    )];
    let message = world.ingest(&mail, &raw).await.message;
    assert_eq!(world.message(message).await.class, Class::Automatic);
    send(500).await;
    let told = world.store.verdicts(&world.scope, &[(Some(world.mailbox), &mail)]).await.unwrap();
    assert_eq!(told[0].class, Class::Automatic);
}
