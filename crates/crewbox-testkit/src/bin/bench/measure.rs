//! Measures the index on sample data. Reads no clock itself: the caller passes a stopwatch.

use rand::RngExt;

use crate::scan::Scan;
use crewbox_core::id::{ConversationId, MemberId, Seq};
use crewbox_core::index::Index;
use crewbox_core::time::Timestamp;
use crewbox_testkit::sample::{NOW, SPAN_MS, Sampler, Shape, entries};

/// Nanoseconds since some fixed moment, never going back.
pub(crate) type Stopwatch<'a> = &'a dyn Fn() -> u64;

/// Queries a shape.
const QUERIES: usize = 4_000;
/// Queries a shape over the whole account, which take longer.
const ACCOUNT_QUERIES: usize = 200;
/// Above so many rows the scan's copy of them would not fit beside the index.
const SCANNED_ROWS: usize = 2_000_000;
/// Row scans a shape.
const SCANS: usize = 5;
/// Runs of a page at one offset.
const OFFSET_RUNS: usize = 2_000;

/// Every so many moves one is timed and the clock looked at.
const TIMED: usize = 64;

/// Durations of one kind of call, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    sorted: Vec<u64>,
}

impl Times {
    fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        Self { sorted: times }
    }

    /// The time that `share` (0 to 1) of the calls did not exceed, in nanoseconds; 0 if there was none.
    #[must_use]
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
    }
}

/// One shape's figures.
#[derive(Clone, Debug)]
pub(crate) struct ShapeFigures {
    /// Which.
    pub(crate) shape: Shape,
    /// The index.
    pub(crate) index: Times,
    /// The row scan, if the rows fit.
    pub(crate) scan: Times,
}

/// What one run measured.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// Building the index from all rows, nanoseconds.
    pub(crate) load: u64,
    /// Bytes a row, just loaded.
    pub(crate) bytes_loaded: f64,
    /// Bytes a row after the moves.
    pub(crate) bytes_moved: f64,
    /// Moves a conversation had on average: fewer than asked for where the time did not suffice.
    pub(crate) moved: f64,
    /// Moves (a new reply to the top, both orders), a sample of them.
    pub(crate) moves: Times,
    /// Each shape's figures.
    pub(crate) shapes: Vec<ShapeFigures>,
    /// The shapes of a member's own lists, pooled.
    pub(crate) pooled: Times,
    /// The largest owner's first page.
    pub(crate) first_page: Times,
    /// The largest owner's page at offset 50,000 (or half of their rows, if they have fewer).
    pub(crate) deep_page: Times,
    /// That offset.
    pub(crate) deep_offset: u64,
}

/// What a run is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Rows.
    pub(crate) rows: usize,
    /// Moves a row on average.
    pub(crate) moves: usize,
    /// How long rows are moved at the most, in nanoseconds: ten moves of each of ten million rows take most of an
    /// hour. How many it came to is reported.
    pub(crate) moving: u64,
    /// What everything is drawn from.
    pub(crate) seed: u64,
}

/// Loads sample rows, moves them, and measures. `progress` is told each stage.
pub(crate) fn run(run: Run, watch: Stopwatch<'_>, progress: &dyn Fn(&str)) -> Figures {
    let Run { rows, moves, moving, seed } = run;
    progress("drawing rows");
    let data = entries(seed, rows);
    progress("loading");
    let started = watch();
    let mut index = Index::load(data, Seq(1));
    let load = watch() - started;
    let per_row = |index: &Index| index.heap_bytes() as f64 / rows.max(1) as f64;
    let bytes_loaded = per_row(&index);
    index.settle(NOW);

    progress("moving");
    let mut sampler = Sampler::new(seed ^ 1);
    let (mut sampled, mut now, mut moved) = (Vec::new(), NOW, 0);
    let started = watch();
    for step in 0..rows * moves {
        if step % TIMED == 0 && watch() - started > moving {
            break;
        }
        moved += 1;
        // Ten moves take as long as the data goes back, so that replies still lie months from each other.
        now = Timestamp(NOW.0 + (SPAN_MS as f64 * step as f64 / (rows * moves) as f64) as i64);
        let id = ConversationId(sampler.rng().random_range(1..=rows as u64));
        let Some(mut row) = index.get(id) else { continue };
        sampler.moved(&mut row, now);
        let started = watch();
        index.put(&row, Seq(2 + step as u64));
        if step % TIMED == 0 {
            sampled.push(watch() - started);
        }
    }
    index.settle(now);
    let bytes_moved = per_row(&index);

    progress("asking");
    let scan = (rows <= SCANNED_ROWS)
        .then(|| Scan::new((1..=rows as u64).filter_map(|id| index.get(ConversationId(id))).collect()));
    let mut shapes = Vec::new();
    let mut pooled = Vec::new();
    for (shape, queries) in Shape::OWN
        .map(|shape| (shape, QUERIES))
        .into_iter()
        .chain(Shape::ACCOUNT.map(|shape| (shape, ACCOUNT_QUERIES)))
    {
        let mut times = Vec::with_capacity(queries);
        for _ in 0..queries {
            let query = sampler.query(shape, now);
            let started = watch();
            std::hint::black_box(index.list(&query, now));
            times.push(watch() - started);
        }
        if Shape::OWN.contains(&shape) {
            pooled.extend_from_slice(&times);
        }
        let mut scans = Vec::new();
        for _ in 0..SCANS {
            let Some(scan) = &scan else { break };
            let query = sampler.query(shape, now);
            let started = watch();
            std::hint::black_box(scan.list(&query, now));
            scans.push(watch() - started);
        }
        shapes.push(ShapeFigures { shape, index: Times::of(times), scan: Times::of(scans) });
    }

    let mut query = sampler.query(Shape::Category, now);
    query.me = MemberId(1);
    let deep_offset = 50_000.min(index.list(&query, now).total / 2);
    let mut at_offset = |offset: u64| {
        query.offset = offset;
        let started = watch();
        std::hint::black_box(index.list(&query, now));
        watch() - started
    };
    let pages: Vec<(u64, u64)> = (0..OFFSET_RUNS).map(|_| (at_offset(0), at_offset(deep_offset))).collect();
    let (first, deep) = pages.into_iter().unzip();
    Figures {
        load,
        bytes_loaded,
        bytes_moved,
        moved: moved as f64 / rows.max(1) as f64,
        moves: Times::of(sampled),
        shapes,
        pooled: Times::of(pooled),
        first_page: Times::of(first),
        deep_page: Times::of(deep),
        deep_offset,
    }
}
