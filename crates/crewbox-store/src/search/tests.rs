//! Search against a naive one over a store in memory, whatever is indexed, damaged, merged or left behind.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use crewbox_core::change::{Cause, Change, ChangeKind};
use crewbox_core::id::{AccountId, ClientId, ConversationId, MemberId, MessageId, Seq};
use crewbox_core::model::Role;
use crewbox_core::text::normalise;
use crewbox_core::time::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::follow::{Log, LogHeads};

/// A store in memory: what a naive search is made over.
#[derive(Default)]
struct Model {
    logs: BTreeMap<AccountId, Vec<Logged>>,
    messages: BTreeMap<(AccountId, MessageId), Text>,
    leads: BTreeMap<(AccountId, ConversationId), LeadText>,
}

#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Model>>, Arc<LogHeads>);

impl Model {
    fn log(&mut self, account: AccountId, kind: ChangeKind, conversation: Option<u64>, subject: Option<u64>) {
        let log = self.logs.entry(account).or_default();
        let seq = Seq(log.len() as u64 + 1);
        let conversation = conversation.map(ConversationId);
        log.push(Logged { seq, at: Timestamp(7), kind, conversation, subject });
    }

    fn lead(&mut self, account: AccountId, conversation: u64, lead: LeadText, kind: ChangeKind) {
        self.leads.insert((account, ConversationId(conversation)), lead);
        self.log(account, kind, Some(conversation), Some(conversation));
    }

    fn message(&mut self, account: AccountId, id: u64, conversation: u64, text: &str, kind: ChangeKind) {
        let conversation_id = Some(ConversationId(conversation));
        let (subject, text) = text.split_once('|').unwrap_or(("", text));
        let text = Text { conversation: conversation_id, subject: subject.into(), text: text.into() };
        self.messages.insert((account, MessageId(id)), text);
        self.log(account, kind, Some(conversation), Some(id));
    }

    fn naive(&self, account: AccountId, term: &str) -> Vec<ConversationId> {
        let term = normalise(term);
        if term.is_empty() {
            return Vec::new();
        }
        let has = |text: &str| normalise(text).contains(&term);
        let mut found = BTreeSet::new();
        for ((_, id), lead) in self.leads.iter().filter(|((a, _), _)| *a == account) {
            if has(&lead.email) || has(&lead.name) || has(&lead.company) {
                found.insert(*id);
            }
        }
        if term.chars().count() >= MIN_TEXT_CHARS {
            for (_, text) in self.messages.iter().filter(|((a, _), _)| *a == account) {
                if has(&text.subject) || has(&text.text) {
                    found.extend(text.conversation);
                }
            }
        }
        found.into_iter().collect()
    }
}

impl Shared {
    /// A message that came in, in a conversation of its own.
    pub(super) fn receive(&self, id: u64, text: &str) {
        lock(&self.0).message(A, id, id, text, ChangeKind::MessageReceived);
    }
}

/// Two clients, by turns.
fn client_of(id: ConversationId) -> ClientId {
    ClientId(id.get() % 2)
}

impl Source for Shared {
    fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        Ok(lock(&self.0).logs.keys().copied().collect())
    }
    fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        Ok(Seq(lock(&self.0).logs.get(&account).map_or(0, |log| log.len() as u64)))
    }
    fn log(&self, account: AccountId, since: Seq, limit: u32) -> Result<Vec<Logged>, StoreError> {
        let model = lock(&self.0);
        let log = model.logs.get(&account).into_iter().flatten();
        Ok(log.skip(since.0 as usize).take(limit as usize).copied().collect())
    }
    fn text(&self, account: AccountId, message: MessageId) -> Result<Option<Text>, StoreError> {
        Ok(lock(&self.0).messages.get(&(account, message)).cloned())
    }
    fn lead(&self, account: AccountId, id: ConversationId) -> Result<Option<LeadText>, StoreError> {
        Ok(lock(&self.0).leads.get(&(account, id)).cloned())
    }
    fn client(&self, _: AccountId, id: ConversationId) -> Result<Option<ClientId>, StoreError> {
        Ok(Some(client_of(id)))
    }
    fn of_client(&self, account: AccountId, client: ClientId) -> Result<ConversationSet, StoreError> {
        let model = lock(&self.0);
        let of_messages = model.messages.iter().filter(|((a, _), _)| *a == account);
        let of_messages = of_messages.filter_map(|(_, text)| text.conversation);
        Ok(of_messages.filter(|id| client_of(*id) == client).collect())
    }
}

/// From `CREWBOX_SEED`, or another one each time; printed, so that a failure can be had again.
pub(super) fn seeded() -> ChaCha8Rng {
    let given = std::env::var("CREWBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("CREWBOX_SEED={seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

/// A search that shares its parts among several threads, however few there are.
pub(super) fn opened(dir: &Path, store: &Shared) -> Search {
    let store = store.clone();
    let search = Search::open(dir, Box::new(move || Ok(Box::new(store.clone())))).unwrap();
    Search { threads: Threads::new(3, 0), ..search }
}

fn catch_up(search: &Search) {
    while search.advance().unwrap() > 0 {}
}

/// What a search found, as a list.
pub(super) struct FoundList {
    pub(super) conversations: Vec<ConversationId>,
    behind: u64,
}

pub(super) fn find(search: &Search, account: AccountId, term: &str) -> FoundList {
    let Found { conversations, behind } = search.find(&Scope::operator(account), term).unwrap();
    FoundList { conversations: conversations.iter().collect(), behind }
}

pub(super) const A: AccountId = AccountId(1);
const WORDS: &[&str] = &[
    "Hello",
    "thé",
    "Straße",
    "customer",
    "50%",
    "--",
    "\"quoted\"",
    "'",
    "北京",
    "話し",
    "ok",
    "a",
    "I",
    "re:",
    "call\nme",
    "  ",
    "naïve",
    "O'Neil",
    "x_y",
    "LIKE %",
    "\0",
    "…",
    "Ünïcode",
    "ไทย",
];

fn sentence(rng: &mut ChaCha8Rng) -> String {
    let words: Vec<&str> =
        (0..rng.random_range(1..12)).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect();
    words.join(if rng.random_ratio(1, 5) { "|" } else { " " })
}

#[test]
fn a_search_finds_what_a_naive_one_finds_whatever_is_indexed_yet() {
    let mut rng = seeded();
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let mut search = opened(dir.path(), &store);
    let accounts = [AccountId(1), AccountId(2)];
    for round in 0..400 {
        let account = accounts[rng.random_range(0..2)];
        let (conversation, message) = (rng.random_range(1..40), rng.random_range(1..200));
        let text = sentence(&mut rng);
        let mut model = lock(&store.0);
        let known = model.messages.get(&(account, MessageId(message))).and_then(|text| text.conversation);
        match (rng.random_range(0..3), known) {
            (0, _) => {
                let lead = LeadText::of("li@example.test", Some(&text), None, Some("Æsop & Co"));
                let new = !model.leads.contains_key(&(account, ConversationId(conversation)));
                let kind = if new { ChangeKind::ConversationCreated } else { ChangeKind::LeadChanged };
                model.lead(account, conversation, lead, kind);
            }
            (_, Some(of)) => model.message(account, message, of.get(), &text, ChangeKind::Rederived),
            (_, None) => model.message(account, message, conversation, &text, ChangeKind::MessageReceived),
        }
        drop(model);
        match round % 23 {
            5 | 11 => catch_up(&search),
            17 => search = opened(dir.path(), &store),
            20 => {
                std::mem::drop(search);
                std::fs::remove_file(dir.path().join(FILE)).unwrap();
                search = opened(dir.path(), &store);
            }
            _ => {}
        }
        let chars: Vec<char> = sentence(&mut rng).chars().collect();
        let from = rng.random_range(0..chars.len());
        let term: String = chars[from..].iter().take(rng.random_range(1..14)).collect();
        for account in accounts {
            let found = find(&search, account, &term);
            assert_eq!(
                found.conversations,
                lock(&store.0).naive(account, &term),
                "{term:?} in round {round}"
            );
            assert_eq!(found.behind, 0);
        }
    }
}

#[test]
fn segments_merge_and_still_find_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = opened(dir.path(), &store);
    for id in 1..=100 {
        let text = format!(
            "number {id} of them, shared words, {}",
            "long".repeat(usize::try_from(id % 40).unwrap())
        );
        lock(&store.0).message(A, id, id, &text, ChangeKind::MessageSent);
        catch_up(&search);
    }
    let segments = segment::list(lock(&search.indexer).db.as_ref().unwrap(), A).unwrap();
    assert!(segments.len() < 16, "{} segments", segments.len());
    assert_eq!(segments.iter().map(|segment| segment.docs).sum::<u32>(), 100);
    assert_eq!(find(&search, A, "shared words").conversations.len(), 100);
    for id in 1..=100 {
        assert_eq!(find(&search, A, &format!("ER {id} OF")).conversations, [ConversationId(id)]);
    }
    assert_eq!(find(&search, A, &"long".repeat(39)).conversations, [ConversationId(39), ConversationId(79)]);
}

/// Whether the index's files have the word.
fn holds(dir: &Path, word: &str) -> bool {
    [FILE.to_owned(), format!("{FILE}-wal")].iter().any(|name| {
        let bytes = std::fs::read(dir.join(name)).unwrap_or_default();
        memchr::memmem::find(&bytes, word.as_bytes()).is_some()
    })
}

#[test]
fn what_was_erased_is_found_no_more_and_in_no_file_and_the_rest_is() {
    let mut rng = seeded();
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = opened(dir.path(), &store);
    let (word, name) = (|id: u64| format!("word{id:04}x"), |id: u64| format!("name{id:04}x"));
    for conversation in 1..=40 {
        let lead = LeadText::of(&format!("{}@lead.test", name(conversation)), None, None, None);
        lock(&store.0).lead(A, conversation, lead, ChangeKind::ConversationCreated);
    }
    for id in 1..=200 {
        let text = format!("{} {} of {}", word(id), sentence(&mut rng), word(id));
        lock(&store.0).message(A, id, id % 40 + 1, &text, ChangeKind::MessageReceived);
        // Into segments of several sizes.
        if rng.random_ratio(1, 5) {
            catch_up(&search);
        }
    }
    let mut erased = BTreeSet::new();
    for _ in 0..6 {
        let (message, conversation) = (rng.random_range(1..=200), rng.random_range(1..=40));
        let mut model = lock(&store.0);
        model.messages.remove(&(A, MessageId(message)));
        model.log(A, ChangeKind::TextErased, Some(message % 40 + 1), Some(message));
        erased.insert(word(message));
        let of_conversation: Vec<u64> = (1..=200).filter(|id| id % 40 + 1 == conversation).collect();
        for id in of_conversation {
            model.messages.remove(&(A, MessageId(id)));
            erased.insert(word(id));
        }
        model.leads.remove(&(A, ConversationId(conversation)));
        model.log(A, ChangeKind::TextErased, Some(conversation), None);
        erased.insert(name(conversation));
        std::mem::drop(model);
        if rng.random_ratio(1, 2) {
            catch_up(&search);
        }
    }
    catch_up(&search);
    let words =
        (1..=200).map(word).chain((1..=40).map(name)).chain(WORDS.iter().map(|word| (*word).to_owned()));
    for word in words {
        let found: Vec<ConversationId> = find(&search, A, &word).conversations;
        assert_eq!(found, lock(&store.0).naive(A, &word), "{word}");
    }
    for word in &erased {
        assert!(!holds(dir.path(), word), "{word}");
    }
    let (message, lead) = (1..=200)
        .map(word)
        .zip((1..=40).map(name).cycle())
        .find(|(word, name)| !erased.contains(word) && !erased.contains(name))
        .unwrap();
    assert!(holds(dir.path(), &message) && holds(dir.path(), &lead), "the rest is there");
}

#[test]
fn a_few_candidates_are_decided_by_their_texts() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = opened(dir.path(), &store);
    for id in 1..=1_000 {
        let text = format!("a w{id}d, needle{id} and w{id}d needle{id}");
        lock(&store.0).message(A, id, id, &text, ChangeKind::MessageReceived);
    }
    catch_up(&search);
    for term in ["d needle77", "d needle77 ", "d, needle77 a", "d  needle77", "e needle77", "d needle1000"] {
        assert_eq!(find(&search, A, term).conversations, lock(&store.0).naive(A, term), "{term:?}");
    }
}

#[test]
fn a_client_is_found_its_own_conversations_only_few_or_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = opened(dir.path(), &store);
    let all = 3 * FEW as u64;
    for id in 1..=all {
        let text = if id % 100 == 0 { "needle rare" } else { "needle" };
        lock(&store.0).message(A, id, id, text, ChangeKind::MessageReceived);
    }
    catch_up(&search);
    let scope = Scope::member(A, MemberId(1), Role::Member, Some(ClientId(0)));
    for (term, every) in [("needle", 2), ("rare", 100)] {
        let found = search.find(&scope, term).unwrap().conversations;
        let expected = (1..=all).filter(|id| id % every == 0).map(ConversationId).collect();
        assert_eq!(found, expected, "{term}");
    }
}

#[test]
fn beyond_the_limit_the_answer_says_what_was_not_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = opened(dir.path(), &store);
    let all = MAX_SCANNED as u64 + 7;
    for id in 1..=all {
        lock(&store.0).message(A, id, id, "needle", ChangeKind::MessageReceived);
    }
    let found = find(&search, A, "needle");
    assert_eq!((found.behind, found.conversations.len()), (7, MAX_SCANNED));
    assert_eq!(found.conversations.last(), Some(&ConversationId(all)), "the newest are looked at");
    assert_eq!(search.behind().unwrap(), all);
    catch_up(&search);
    let found = find(&search, A, "needle");
    assert_eq!((found.behind, found.conversations.len() as u64), (0, all));
    assert_eq!(search.behind().unwrap(), 0);
}

#[test]
fn a_damaged_deleted_or_outrun_file_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    lock(&store.0).message(A, 1, 1, "first words", ChangeKind::MessageReceived);
    let search = opened(dir.path(), &store);
    catch_up(&search);
    std::fs::remove_file(dir.path().join(FILE)).unwrap();
    catch_up(&search);
    assert!(dir.path().join(FILE).exists());
    assert_eq!(find(&search, A, "first").conversations, [ConversationId(1)]);
    drop(search);

    std::fs::write(dir.path().join(FILE), "this is no database, and long enough to tell".repeat(100))
        .unwrap();
    let search = opened(dir.path(), &store);
    assert_eq!(find(&search, A, "first").conversations, [ConversationId(1)]);
    catch_up(&search);

    // The store comes back from a backup taken before, and goes another way.
    let mut model = lock(&store.0);
    model.logs.clear();
    model.messages.clear();
    model.message(A, 1, 1, "other words", ChangeKind::MessageReceived);
    model.logs.get_mut(&A).unwrap()[0].at = Timestamp(8);
    drop(model);
    catch_up(&search);
    while search.advance().unwrap() > 0 {}
    search.advance().unwrap();
    assert_eq!(find(&search, A, "first").conversations, []);
    assert_eq!(find(&search, A, "other").conversations, [ConversationId(1)]);
}

impl Log for Shared {
    fn heads(&self) -> &LogHeads {
        &self.1
    }

    async fn changes_after(
        &self,
        account: AccountId,
        since: Seq,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let of = |Logged { seq, at, kind, conversation, subject }| Change {
            seq,
            at,
            actor: None,
            cause: Cause::System,
            kind,
            conversation,
            subject,
            detail: Vec::new(),
            of_client: None,
        };
        Ok(self.log(account, since, limit)?.into_iter().map(of).collect())
    }
}

#[test]
fn the_follower_catches_up_unasked_builds_a_deleted_file_again_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let store = Shared::default();
    let search = Arc::new(opened(dir.path(), &store));
    let following = search.follow(Arc::new(store.clone())).unwrap();
    let caught_up = || {
        while search.behind().unwrap() > 0 {
            std::thread::yield_now();
        }
    };
    lock(&store.0).message(A, 1, 1, "some words", ChangeKind::MessageReceived);
    store.1.publish([(A, Seq(1))]);
    caught_up();
    assert_eq!(find(&search, A, "some").conversations, [ConversationId(1)]);
    // Nothing is committed meanwhile.
    file::remove(dir.path()).unwrap();
    while search.file_number() == 0 {
        std::thread::yield_now();
    }
    caught_up();
    following.stop();
    assert_eq!(find(&search, A, "some").conversations, [ConversationId(1)]);
}
