//! The generator itself: closed loops over raw TCP.
//!
//! Owns the turns and the counting. Parses no more of an answer than its status and length.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Mix, MixResult, Plan, StreamResult};
use crate::call::Head;
use crate::latency::Latency;
use crate::{Failure, memory};

/// Holds a typical page; grows when an answer is larger.
const BUFFER: usize = 256 << 10;

struct Totals {
    seconds: f64,
    server_seconds: f64,
    streams: Vec<(Latency, u64)>,
}

/// Carries out a plan.
pub(super) async fn run(plan: Plan) -> Result<Vec<MixResult>, Failure> {
    let pools: Vec<Arc<Vec<String>>> = plan.pools.into_iter().map(Arc::new).collect();
    let slice = Duration::from_millis(plan.slice_ms);
    let mut totals = Vec::new();
    for mix in &plan.mixes {
        let streams = mix.streams.iter().map(|_| Ok((Latency::new()?, 0)));
        totals.push(Totals {
            seconds: 0.0,
            server_seconds: 0.0,
            streams: streams.collect::<Result<_, Failure>>()?,
        });
    }
    // Round 0 warms up and does not count. Every other round goes backwards, so that drift cancels out.
    for round in 0..=plan.rounds {
        let mut order: Vec<usize> = (0..plan.mixes.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for at in order {
            let before = memory::processor_time(plan.server).unwrap_or_default();
            let started = Instant::now();
            let done = turn(&plan.mixes[at], &pools, slice, u64::from(round)).await?;
            let took = started.elapsed();
            let after = memory::processor_time(plan.server).unwrap_or_default();
            if round > 0 {
                let total = &mut totals[at];
                total.seconds += took.as_secs_f64();
                total.server_seconds += after.saturating_sub(before).as_secs_f64();
                for ((sum, bytes), (latency, more)) in total.streams.iter_mut().zip(done) {
                    sum.merge(&latency)?;
                    *bytes += more;
                }
            }
        }
    }
    Ok(totals.into_iter().map(Totals::result).collect())
}

impl Totals {
    fn result(self) -> MixResult {
        let streams = self.streams.iter().map(|(latency, bytes)| StreamResult {
            answers: latency.count(),
            bytes: *bytes,
            p50_ns: latency.p50().as_nanos() as u64,
            p99_ns: latency.p99().as_nanos() as u64,
            max_ns: latency.max().as_nanos() as u64,
        });
        MixResult { seconds: self.seconds, server_seconds: self.server_seconds, streams: streams.collect() }
    }
}

/// One turn of one mix: latencies and bytes for each stream.
async fn turn(
    mix: &Mix,
    pools: &[Arc<Vec<String>>],
    slice: Duration,
    round: u64,
) -> Result<Vec<(Latency, u64)>, Failure> {
    let mut callers = JoinSet::new();
    let until = Instant::now() + slice;
    let mut number = 0;
    for (at, stream) in mix.streams.iter().enumerate() {
        let pool = pools.get(stream.pool).ok_or("a stream names no pool")?;
        for _ in 0..stream.connections {
            let mut random = ChaCha8Rng::seed_from_u64(round);
            random.set_stream(number);
            number += 1;
            callers.spawn(caller(at, stream.address, Arc::clone(pool), random, until));
        }
    }
    let mut streams =
        mix.streams.iter().map(|_| Ok((Latency::new()?, 0))).collect::<Result<Vec<_>, Failure>>()?;
    while let Some(done) = callers.join_next().await {
        let (at, latency, bytes) = done??;
        streams[at].0.merge(&latency)?;
        streams[at].1 += bytes;
    }
    Ok(streams)
}

async fn caller(
    stream: usize,
    address: SocketAddr,
    pool: Arc<Vec<String>>,
    mut random: ChaCha8Rng,
    until: Instant,
) -> Result<(usize, Latency, u64), Failure> {
    let mut latency = Latency::new()?;
    let mut bytes = 0;
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let started = Instant::now();
        if started >= until {
            return Ok((stream, latency, bytes));
        }
        let request = &pool[random.random_range(0..pool.len())];
        socket.write_all(request.as_bytes()).await?;
        let head = answer(&mut socket, &mut buffer).await?;
        latency.note(started.elapsed());
        bytes += head.body as u64;
        if head.status != 200 {
            let body = &buffer[head.head..(head.head + head.body).min(head.head + 300)];
            return Err(
                format!("the server answered {}: {}", head.status, String::from_utf8_lossy(body)).into()
            );
        }
    }
}

/// Reads one answer into the buffer's start.
async fn answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Head, Failure> {
    let mut have = 0;
    let mut head: Option<Head> = None;
    loop {
        if let Some(head) = head
            && have >= head.head + head.body
        {
            return Ok(head);
        }
        if have == buffer.len() {
            buffer.resize(have * 2, 0);
        }
        let read = socket.read(&mut buffer[have..]).await?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        have += read;
        if head.is_none() {
            head = Head::read(&buffer[..have])?;
        }
    }
}
