//! SQLite's FTS5 with its trigram tokenizer, contentless: the texts themselves are not stored, as in our own index.

use std::path::Path;

use crewbox_core::text::normalise;
use rusqlite::Connection;

use crate::Engine;
use crate::corpus::Corpus;

/// Texts a transaction.
const BATCH: u64 = 10_000;

/// Indexes the corpus, and merges the index into one segment.
pub fn build(dir: &Path, corpus: &Corpus) -> Box<dyn Engine> {
    let mut db = Connection::open(dir.join("fts.db")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -65536;
         PRAGMA mmap_size = 4294967296;
         CREATE VIRTUAL TABLE texts USING fts5(text, content = '', tokenize = 'trigram case_sensitive 1');",
    )
    .unwrap();
    let mut next = 1;
    while next <= corpus.messages() {
        let end = (next + BATCH - 1).min(corpus.messages());
        let tx = db.transaction().unwrap();
        {
            let mut insert = tx.prepare("INSERT INTO texts (rowid, text) VALUES (?1, ?2)").unwrap();
            for message in next..=end {
                insert.execute((message, normalise(&corpus.read(message)))).unwrap();
            }
        }
        tx.commit().unwrap();
        next = end + 1;
    }
    db.execute("INSERT INTO texts (texts) VALUES ('optimize')", ()).unwrap();
    db.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    Box::new(Fts5(db))
}

struct Fts5(Connection);

impl Engine for Fts5 {
    fn find(&mut self, term: &str) -> Vec<u64> {
        let mut query = self.0.prepare_cached("SELECT rowid FROM texts WHERE texts MATCH ?1").unwrap();
        let phrase = format!("\"{}\"", term.replace('"', "\"\""));
        let rows = query.query_map([phrase], |row| row.get::<_, u64>(0)).unwrap();
        let mut found: Vec<u64> = rows.map(|row| row.unwrap().div_ceil(2)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
