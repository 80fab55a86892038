//! What the kernels cost, in ns a value: the least of many short runs, for each level of the machine.
//!
//! `cargo run --release -p corewise-rng --example kernels [LENGTH] [FILTER]`

use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

use corewise_rng::simd::Level;
use corewise_rng::{
    BitGenerator, Decode, Head, Integers, Mt19937, Pcg64, Pcg64Dxsm, Philox, Source,
    StandardExponential, StandardExponential32, StandardNormal, StandardNormal32,
};

/// The processor time of this thread: others that run meanwhile do not count.
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is one of the system's, and there is room for its time.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), 0) + Duration::from_nanos(time.tv_nsec.unsigned_abs())
}

/// The least time of many runs, over a quarter of a second.
fn least(length: usize, mut run: impl FnMut()) -> f64 {
    run();
    let mut least = Duration::MAX;
    let times = 20_000_usize.div_ceil(length);
    let begin = now();
    while now().saturating_sub(begin) < Duration::from_millis(250) {
        let begin = now();
        (0..times).for_each(|_| run());
        least = least.min(now().saturating_sub(begin));
    }
    least.as_secs_f64() * 1e9 / (length * times) as f64
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
    }
    // The rest is decoded from memory, at the best level: `COREWISE_SIMD` sets it.
    let mut halves = vec![0u32; 2 * length];
    pcg.fill_u32(&mut halves);
    report("normal, of raws", &mut || {
        let mut head = Head::default();
        let place = values.as_ptr();
        black_box(StandardNormal.decode(&raws, 0, length - 50, &mut values, &mut head, place));
    })?;
    report("exponential, of raws", &mut || {
        let mut head = Head::default();
        let place = values.as_ptr();
        black_box(StandardExponential.decode(&raws, 0, length - 50, &mut values, &mut head, place));
    })?;
    report("normal f32, of halves", &mut || {
        let place = singles.as_ptr();
        black_box(StandardNormal32.decode(
            &halves,
            0,
            2 * length - 100,
            &mut singles,
            &mut Head::default(),
            place,
        ));
    })?;
    report("exponential f32, of halves", &mut || {
        let place = singles.as_ptr();
        black_box(StandardExponential32.decode(
            &halves,
            0,
            2 * length - 100,
            &mut singles,
            &mut Head::default(),
            place,
        ));
    })?;
    let mut integers = vec![0i64; length];
    if let Some(range) = Integers::inclusive(0i64, 99) {
        report("integers 0..100 i64, of halves", &mut || {
            let (mut head, place) = (Head::default(), integers.as_ptr());
            black_box(range.decode(&halves, 0, 2 * length, &mut integers, &mut head, place));
        })?;
    }
    if let Some(range) = Integers::inclusive(0i64, 1 << 40) {
        report("integers 0..=2^40 i64, of raws", &mut || {
            let (mut head, place) = (Head::default(), integers.as_ptr());
            black_box(range.decode(&raws, 0, length, &mut integers, &mut head, place));
        })?;
    }
    Ok(())
}
