//! What the kernels cost, in ns a value: the least of many short runs, for each level of the machine.
//!
//! `cargo run --release -p corewise-rng --example kernels [LENGTH] [FILTER]`

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use corewise_rng::simd::{Level, exponential_into, normal_into};
use corewise_rng::{Mt19937, Pcg64, Pcg64Dxsm, Philox, Source};

/// The least time of many runs, over a quarter of a second.
fn least(length: usize, mut run: impl FnMut()) -> f64 {
    run();
    let begin = Instant::now();
    let mut least = Duration::MAX;
    while begin.elapsed() < Duration::from_millis(250) {
        let begin = Instant::now();
        run();
        least = least.min(begin.elapsed());
    }
    least.as_secs_f64() * 1e9 / length as f64
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let length = arguments.next().and_then(|length| length.parse().ok()).unwrap_or(100_000);
    let filter = arguments.next().unwrap_or_default();
    let mut raws = vec![0u64; length];
    let mut values = vec![0f64; length];
    let mut singles = vec![0f32; length];
    let mut pcg = Pcg64::from_words([1, 2, 3, 4]);
    let mut dxsm = Pcg64Dxsm::from_words([1, 2, 3, 4]);

    let report = |name: &str, run: &mut dyn FnMut()| {
        if name.contains(&filter) {
            writeln!(std::io::stdout(), "{name:32} {:7.3}", least(length, run))
        } else {
            Ok(())
        }
    };
    let mut philox = Philox::new([0; 4], [1, 2]);
    let mut twister = Mt19937::from_legacy_seed(1);
    report("PCG64 f64 one by one", &mut || {
        values.fill_with(|| pcg.next_f64());
        black_box(&values);
    })?;
    for level in Level::ALL.into_iter().filter(|level| level.available()) {
        report(&format!("{level:?} PCG64 u64"), &mut || {
            pcg.fill_u64_at(level, &mut raws);
            black_box(&raws);
        })?;
        report(&format!("{level:?} PCG64 f64"), &mut || {
            pcg.fill_f64_at(level, &mut values);
            black_box(&values);
        })?;
        report(&format!("{level:?} PCG64 f32"), &mut || {
            pcg.fill_f32_at(level, &mut singles);
            black_box(&singles);
        })?;
        report(&format!("{level:?} PCG64DXSM f64"), &mut || {
            dxsm.fill_f64_at(level, &mut values);
            black_box(&values);
        })?;
        report(&format!("{level:?} Philox f64"), &mut || {
            philox.fill_f64_at(level, &mut values);
            black_box(&values);
        })?;
        report(&format!("{level:?} MT19937 f64"), &mut || {
            twister.fill_f64_at(level, &mut values);
            black_box(&values);
        })?;
        report(&format!("{level:?} PCG64 normal"), &mut || {
            normal_into(level, &mut pcg, &mut values);
            black_box(&values);
        })?;
        report(&format!("{level:?} PCG64 exponential"), &mut || {
            exponential_into(level, &mut pcg, &mut values);
            black_box(&values);
        })?;
    }
    Ok(())
}
