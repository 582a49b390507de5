//! What members add to a conversation: it is added once, seen within its client only, and deleted with its conversation.

use crewbox_core::change::ChangeKind;
use crewbox_core::id::ConversationId;
use crewbox_core::task::{Priority, Task, TaskEdit};
use crewbox_store::contract::{HeldTask, NewNote, NewPart, NewTask, Note};
use crewbox_store::{Op, Outcome, StoreError, Thing};

use super::world::{NOW, World};

fn part(conversation: ConversationId, request: u8) -> NewPart {
    NewPart { conversation, fingerprint: [request; 32], asked: [request; 32], within: None, most: 2 }
}

fn note(part: NewPart) -> Op {
    Op::AddNote(NewNote { part, text: "Call".to_owned() })
}

fn task(part: NewPart) -> Op {
    let (name, priority) = ("Call".to_owned(), Priority::Medium);
    Op::AddTask(NewTask {
        part,
        task: Task { name, description: None, priority, due_at: None, done_at: None },
    })
}

impl World {
    async fn outcome(&self, op: Op) -> Outcome {
        self.commit(vec![op]).await.outcomes.swap_remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_adds_once_a_key_is_for_one_request_and_the_number_is_limited() {
    let world = World::new().await;
    for add in [note, task] {
        let id = world.conversation;
        let first = world.outcome(add(part(id, 1))).await;
        assert!(matches!(first, Outcome::Id(_)), "{first:?}");
        let head = world.store.head(&world.scope).await.unwrap().seq;
        assert_eq!(world.outcome(add(part(id, 1))).await, first);
        let other = NewPart { asked: [9; 32], ..part(id, 1) };
        assert_eq!(world.outcome(add(other)).await, Outcome::OtherRequest);
        assert_eq!(world.store.head(&world.scope).await.unwrap().seq, head, "no repetition is a change");
        assert_ne!(world.outcome(add(part(id, 2))).await, first);
        assert_eq!(world.outcome(add(part(id, 3))).await, Outcome::Count(2));
        let missing = world.try_commit(vec![add(part(ConversationId(99_999), 1))]).await;
        assert!(matches!(missing, Err(StoreError::NotFound(Thing::Conversation, 99_999))), "{missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_added_is_read_and_changed_by_its_id_and_deleted_with_its_conversation() {
    let world = World::new().await;
    let (store, scope, id) = (&world.store, &world.scope, world.conversation);
    let Outcome::Id(noted) = world.outcome(note(part(id, 1))).await else { panic!() };
    let Outcome::Id(tasked) = world.outcome(task(part(id, 1))).await else { panic!() };
    let before = store.head(scope).await.unwrap().seq;
    world.outcome(Op::ChangeNote { note: noted.into(), text: "Mail".to_owned() }).await;
    world.outcome(Op::ChangeNote { note: noted.into(), text: "Mail".to_owned() }).await;
    let edit = TaskEdit { done: Some(true), ..TaskEdit::default() };
    world.outcome(Op::ChangeTask { task: tasked.into(), edit }).await;
    let held: Note = store.part(scope, noted).await.unwrap();
    assert_eq!((held.text.as_str(), held.conversation, held.changed_at), ("Mail", id, Some(NOW)));
    let held: HeldTask = store.part(scope, tasked).await.unwrap();
    assert_eq!((held.conversation, held.task.done_at), (id, Some(NOW)));
    let changes = store.changes(scope, before, 9).await.unwrap().changes;
    let kinds: Vec<ChangeKind> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::NoteChanged, ChangeKind::TaskDone]);
    world.outcome(Op::DeleteConversation(id)).await;
    let missing = store.part::<Note>(scope, noted).await;
    assert!(matches!(missing, Err(StoreError::NotFound(Thing::Note, _))), "{missing:?}");
    let missing = store.part::<HeldTask>(scope, tasked).await;
    assert!(matches!(missing, Err(StoreError::NotFound(Thing::Task, _))), "{missing:?}");
    for op in [Op::DeleteNote(noted.into()), Op::DeleteTask(tasked.into())] {
        assert!(matches!(world.try_commit(vec![op]).await, Err(StoreError::NotFound(..))));
    }
    assert_eq!(store.check(scope).await.unwrap(), []);
}
