//! tantivy with one field of text, not stored: cut into trigrams with positions, or into words as by default.

use std::path::Path;

use crewbox_core::text::normalise;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::{PhraseQuery, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use tantivy::{DocId, Index, IndexWriter, Score, Searcher, SegmentOrdinal, SegmentReader, Term, doc};

use crate::Engine;
use crate::corpus::Corpus;

const TRIGRAMS: &str = "trigrams";
const CONVERSATION: &str = "conversation";
/// What the writer may keep in memory before it writes a segment.
const WRITER_BYTES: usize = 256 << 20;

/// Indexes every three characters with their place, so that a phrase of trigrams is an exact substring.
pub fn trigrams(dir: &Path, corpus: &Corpus) -> Box<dyn Engine> {
    build(dir, corpus, TRIGRAMS)
}

/// Indexes words, as the default tokenizer cuts them.
pub fn words(dir: &Path, corpus: &Corpus) -> Box<dyn Engine> {
    build(dir, corpus, "default")
}

fn build(dir: &Path, corpus: &Corpus, tokenizer: &str) -> Box<dyn Engine> {
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(tokenizer)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    let conversation = schema.add_u64_field(CONVERSATION, FAST);
    let index = Index::create_in_dir(dir, schema.build()).unwrap();
    index.tokenizers().register(TRIGRAMS, Trigrams);
    let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES).unwrap();
    for message in 1..=corpus.messages() {
        let normalised = normalise(&corpus.read(message));
        writer.add_document(doc!(text => normalised, conversation => message.div_ceil(2))).unwrap();
    }
    writer.commit().unwrap();
    writer.wait_merging_threads().unwrap();
    // One segment, the smallest and fastest form.
    let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES).unwrap();
    let segments = index.searchable_segment_ids().unwrap();
    if segments.len() > 1 {
        writer.merge(&segments).wait().unwrap();
    }
    writer.commit().unwrap();
    writer.garbage_collect_files().wait().unwrap();
    let searcher = index.reader().unwrap().searcher();
    let tokenizer = index.tokenizers().get(tokenizer).unwrap();
    Box::new(Tantivy { searcher, tokenizer, text })
}

struct Tantivy {
    searcher: Searcher,
    tokenizer: tantivy::tokenizer::TextAnalyzer,
    text: Field,
}

impl Engine for Tantivy {
    fn find(&mut self, term: &str) -> Vec<u64> {
        let mut terms = Vec::new();
        self.tokenizer
            .token_stream(term)
            .process(&mut |token| terms.push(Term::from_field_text(self.text, &token.text)));
        let query: Box<dyn Query> = match terms.len() {
            0 => return Vec::new(),
            1 => Box::new(TermQuery::new(terms.remove(0), IndexRecordOption::Basic)),
            _ => Box::new(PhraseQuery::new(terms)),
        };
        let mut found = self.searcher.search(query.as_ref(), &Conversations).unwrap();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Collects the conversations of what matches.
struct Conversations;

struct OfSegment {
    conversations: Column<u64>,
    found: Vec<u64>,
}

impl Collector for Conversations {
    type Fruit = Vec<u64>;
    type Child = OfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<OfSegment> {
        Ok(OfSegment { conversations: segment.fast_fields().u64(CONVERSATION)?, found: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, found: Vec<Vec<u64>>) -> tantivy::Result<Vec<u64>> {
        Ok(found.concat())
    }
}

impl SegmentCollector for OfSegment {
    type Fruit = Vec<u64>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.found.extend(self.conversations.first(doc));
    }

    fn harvest(self) -> Vec<u64> {
        self.found
    }
}

/// Every three characters, each with its place; tantivy's own tokenizer of n-grams gives all the place 0.
#[derive(Clone)]
struct Trigrams;

struct Stream<'a> {
    text: &'a str,
    /// Where each character begins, and the end.
    starts: Vec<usize>,
    next: usize,
    token: Token,
}

impl Tokenizer for Trigrams {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Stream { text, starts, next: 0, token: Token::default() }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let (Some(start), Some(end)) = (self.starts.get(self.next), self.starts.get(self.next + 3)) else {
            return false;
        };
        self.token.position = self.next;
        self.token.offset_from = *start;
        self.token.offset_to = *end;
        self.token.text.clear();
        self.token.text.push_str(&self.text[*start..*end]);
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
