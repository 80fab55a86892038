//! A matrix of normal numbers, filled by all cores: the one that NumPy gives for the same seed.
//!
//! `cargo run --release -p corewise-rng --example fill_ndarray [ROWS] [COLUMNS]`, and in Python
//! `numpy.random.default_rng(42).standard_normal((ROWS, COLUMNS))`.

use std::error::Error;
use std::io::Write as _;
use std::thread;

use corewise_rng::parallel::{Plan, Pool, fill};
use corewise_rng::{FromSeed, Pcg64, SeedSequence, StandardNormal};
use ndarray::Array2;

static POOL: Pool = Pool::new();

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut length = || arguments.next().and_then(|length| length.parse().ok());
    let shape = (length().unwrap_or(1000), length().unwrap_or(1000));

    let seed = SeedSequence::new(vec![42], Vec::new(), SeedSequence::POOL_SIZE)?;
    let mut generator = Pcg64::from_seed_sequence(&seed);
    let threads = thread::available_parallelism()?.get();

    let mut matrix = Array2::<f64>::zeros(shape);
    let values = matrix.as_slice_mut().ok_or("rows that do not follow each other")?;
    fill(&mut generator, &StandardNormal, values, &Plan { pool: &POOL, threads, hook: None })?;

    let mut out = std::io::stdout();
    writeln!(out, "first {:?}", matrix.first())?;
    writeln!(out, "last  {:?}", matrix.last())?;
    Ok(writeln!(out, "mean  {:?}", matrix.mean())?)
}
