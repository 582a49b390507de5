//! The index alone, measured: `cargo run --release -p crewbox-core --features oracle --example index_bench --
//! [ROWS] [MOVES] [SEED]`. Prints what `docs/benchmarks.md` is about.

use std::time::Instant;

use crewbox_core::measure;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut next = |default: u64| arguments.next().and_then(Result::ok).unwrap_or(default);
    let (rows, moves, seed) = (next(1_000_000), next(10), next(7));
    println!("{rows} conversations, {moves} moves each, seed {seed}");
    let start = Instant::now();
    let watch = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let progress = |stage: &str| eprintln!("{:>7.1} s  {stage}", start.elapsed().as_secs_f64());
    let figures = measure::run(rows as usize, moves as usize, seed, &watch, &progress);

    let micros = |nanos: u64| nanos as f64 / 1e3;
    println!("load                 {:.2} s", figures.load as f64 / 1e9);
    println!("bytes a conversation {:.0} loaded, {:.0} moved", figures.bytes_loaded, figures.bytes_moved);
    println!("moves a conversation {:.1}", figures.moved);
    let moves = &figures.moves;
    println!(
        "move                 p50 {:.1} µs  p99 {:.1} µs",
        micros(moves.quantile(0.5)),
        micros(moves.quantile(0.99))
    );
    println!("slowest move         {:.1} µs", micros(moves.quantile(1.0)));
    for shape in &figures.shapes {
        let (p50, scan) = (shape.index.quantile(0.5), shape.oracle.quantile(0.5));
        println!(
            "{:<40} p50 {:>8.1} µs  p99 {:>8.1} µs  row scan ×{:.0}",
            shape.shape.name(),
            micros(p50),
            micros(shape.index.quantile(0.99)),
            scan as f64 / p50.max(1) as f64
        );
    }
    println!(
        "own lists pooled     p50 {:.1} µs  p99 {:.1} µs",
        micros(figures.pooled.quantile(0.5)),
        micros(figures.pooled.quantile(0.99))
    );
    let (first, deep) = (figures.first_page.quantile(0.5), figures.deep_page.quantile(0.5));
    println!(
        "largest owner, + category: offset 0 {:.1} µs, offset {} {:.1} µs: ×{:.2}",
        micros(first),
        figures.deep_offset,
        micros(deep),
        deep as f64 / first.max(1) as f64
    );
}
