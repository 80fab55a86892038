//! What arrays cost to fill on 1, 2 and so on threads, in ns a value: the least of many runs, which
//! take turns.
//!
//! `cargo run --release -p corewise-rng --example filling [THREADS] [LENGTH...]`

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use corewise_rng::parallel::{Plan, Pool, fill};
use corewise_rng::{
    BitGenerator, Distribution, Half, Integers, Mt19937, Pcg64, Sfc64, StandardExponential,
    StandardNormal, StandardNormal32, StandardUniform, StandardUniform32,
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
    while rounds < 5 || begin.elapsed() < Duration::from_millis(400) {
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
    lengths: &[usize],
    threads: usize,
) -> std::io::Result<()> {
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
    let arguments: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (threads, lengths) =
        arguments.split_first().map_or((2, &[][..]), |(first, rest)| (*first, rest));
    let lengths =
        if lengths.is_empty() { &[1_000, 100_000, 1_000_000, 10_000_000] } else { lengths };
    let pcg = Pcg64::from_words([1, 2, 3, 4]);
    report("random", (&pcg, &StandardUniform), lengths, threads)?;
    report("random f32", (&pcg, &StandardUniform32), lengths, threads)?;
    report("normal", (&pcg, &StandardNormal), lengths, threads)?;
    report("normal f32", (&pcg, &StandardNormal32), lengths, threads)?;
    report("exponential", (&pcg, &StandardExponential), lengths, threads)?;
    if let Some(integers) = Integers::<i64>::inclusive(0, 99) {
        report("integers(100)", (&pcg, &integers), lengths, threads)?;
    }
    let sfc = Sfc64::from_state([1, 2, 3, 4], Half::default());
    report("SFC64 normal", (&sfc, &StandardNormal), lengths, threads)?;
    let mt = Mt19937::from_legacy_seed(1);
    report("MT19937 normal", (&mt, &StandardNormal), lengths, threads)
}
