//! What arrays cost to fill on 1, 2 and so on threads, in ns a value: the least of many runs, which
//! take turns.
//!
//! `cargo run --release -p corewise-rng --example filling [THREADS] [LENGTH] [NAME]`

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use corewise_rng::parallel::{Plan, Pool, fill};
use corewise_rng::{
    BitGenerator, Distribution, Half, Integers, Mt19937, Pcg64, Pcg64Dxsm, Philox, Sfc64,
    StandardExponential, StandardExponential32, StandardNormal, StandardNormal32, StandardUniform,
    StandardUniform32,
};

static POOL: Pool = Pool::new();

/// The least times for 1 to `threads` threads.
fn least<G: BitGenerator, D: Distribution>(
    generator: &G,
    distribution: &D,
    length: usize,
    threads: usize,
) -> Vec<f64> {
    let mut generator = generator.clone();
    let mut values = vec![D::Value::default(); length];
    let mut least = vec![Duration::MAX; threads];
    let begin = Instant::now();
    let mut rounds = 0;
    while rounds < 5 || begin.elapsed() < Duration::from_millis(200) {
        for (index, least) in least.iter_mut().enumerate() {
            let plan = Plan { pool: &POOL, threads: index + 1, hook: None };
            let begin = Instant::now();
            // Without a hook nothing breaks it off.
            let _ = fill(&mut generator, distribution, &mut values, &plan);
            *least = begin.elapsed().min(*least);
            black_box(&values);
        }
        rounds += 1;
    }
    least.iter().map(|time| time.as_secs_f64() * 1e9 / length as f64).collect()
}

fn report<G: BitGenerator, D: Distribution>(
    name: &str,
    (generator, distribution): (&G, &D),
    (wanted, lengths, threads): (Option<&str>, &[usize], usize),
) -> std::io::Result<()> {
    if wanted.is_some_and(|wanted| wanted != name) {
        return Ok(());
    }
    let mut out = std::io::stdout();
    for &length in lengths {
        write!(out, "{name:22} {length:>10}")?;
        for time in least(generator, distribution, length, threads) {
            write!(out, " {time:8.3}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let threads = arguments.next().and_then(|threads| threads.parse().ok()).unwrap_or(2);
    let length = arguments.next().and_then(|length| length.parse().ok());
    let lengths = length.map_or(vec![1_000, 100_000, 1_000_000, 10_000_000], |length| vec![length]);
    let wanted = arguments.next();
    let only = (wanted.as_deref(), &lengths[..], threads);
    let pcg = Pcg64::from_words([1, 2, 3, 4]);
    report("random", (&pcg, &StandardUniform), only)?;
    report("random f32", (&pcg, &StandardUniform32), only)?;
    report("normal", (&pcg, &StandardNormal), only)?;
    report("normal f32", (&pcg, &StandardNormal32), only)?;
    report("exponential", (&pcg, &StandardExponential), only)?;
    report("exponential f32", (&pcg, &StandardExponential32), only)?;
    if let Some(integers) = Integers::<i64>::inclusive(0, 99) {
        report("integers(100)", (&pcg, &integers), only)?;
    }
    if let Some(integers) = Integers::<i64>::inclusive(0, (1 << 40) - 1) {
        report("integers(2**40)", (&pcg, &integers), only)?;
    }
    if let Some(integers) = Integers::<u8>::inclusive(0, 255) {
        report("integers u8", (&pcg, &integers), only)?;
    }
    if let Some(integers) = Integers::<u8>::inclusive(0, 99) {
        report("integers(100) u8", (&pcg, &integers), only)?;
    }
    if let Some(integers) = Integers::<i16>::inclusive(0, 999) {
        report("integers(1000) i16", (&pcg, &integers), only)?;
    }
    if let Some(integers) = Integers::inclusive(false, true) {
        report("bool", (&pcg, &integers), only)?;
    }
    let philox = Philox::new([0; 4], [1, 2]);
    report("Philox random", (&philox, &StandardUniform), only)?;
    report("Philox normal", (&philox, &StandardNormal), only)?;
    let dxsm = Pcg64Dxsm::from_words([1, 2, 3, 4]);
    report("DXSM random", (&dxsm, &StandardUniform), only)?;
    report("DXSM normal", (&dxsm, &StandardNormal), only)?;
    let sfc = Sfc64::from_state([1, 2, 3, 4], Half::default());
    report("SFC64 random", (&sfc, &StandardUniform), only)?;
    report("SFC64 normal", (&sfc, &StandardNormal), only)?;
    let mt = Mt19937::from_legacy_seed(1);
    report("MT19937 random", (&mt, &StandardUniform), only)?;
    report("MT19937 normal", (&mt, &StandardNormal), only)
}
