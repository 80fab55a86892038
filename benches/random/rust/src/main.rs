//! A contestant of `run.py`: rand_pcg's Pcg64 with rand and rand_distr.
//!
//! Reads lines `prepare METHOD N`, `time CALLS`, `release`; answers each with nanoseconds or `ok`, or
//! with `none` where there is no such method.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use rand::distr::{Distribution, StandardUniform, Uniform};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_distr::{Exp1, Gamma, LogNormal, Poisson, StandardNormal};
use rand_pcg::Pcg64;

/// As in `worker.py`.
const WARM: Duration = Duration::from_millis(20);

/// What one call does.
type Call = Box<dyn FnMut(&mut Pcg64)>;

fn filling<T, D>(length: usize, distribution: D) -> Option<Call>
where
    T: Copy + Default + 'static,
    D: Distribution<T> + 'static,
{
    // One value too is written to memory.
    let mut values = vec![T::default(); length.max(1)];
    Some(Box::new(move |rng| {
        for value in &mut values {
            *value = distribution.sample(rng);
        }
        black_box(&mut values);
    }))
}

fn shuffling(length: usize) -> Option<Call> {
    let mut values: Vec<i64> = (0..length as i64).collect();
    Some(Box::new(move |rng| {
        values.shuffle(rng);
        black_box(&mut values);
    }))
}

fn call(method: &str, length: usize) -> Option<Call> {
    match method {
        "random" => filling::<f64, _>(length, StandardUniform),
        "normal" => filling::<f64, _>(length, StandardNormal),
        "exponential" => filling::<f64, _>(length, Exp1),
        "random f32" => filling::<f32, _>(length, StandardUniform),
        "normal f32" => filling::<f32, _>(length, StandardNormal),
        "exponential f32" => filling::<f32, _>(length, Exp1),
        "integers" => filling::<i64, _>(length, Uniform::new(0, 100).ok()?),
        "lognormal" => filling::<f64, _>(length, LogNormal::new(0.0, 1.0).ok()?),
        "gamma" => filling::<f64, _>(length, Gamma::new(3.0, 1.0).ok()?),
        "poisson" => filling::<f64, _>(length, Poisson::new(50.0).ok()?),
        "shuffle" => shuffling(length),
        _ => None,
    }
}

fn main() -> std::io::Result<()> {
    let mut rng = Pcg64::seed_from_u64(1);
    black_box(rng.next_u64());
    let mut current: Option<Call> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split('\t').collect();
        let answer = match words.as_slice() {
            ["prepare", method, length] => {
                current = call(method, length.parse().unwrap_or(0));
                if current.is_some() { "ok".to_owned() } else { "none".to_owned() }
            }
            ["time", calls] => {
                let calls: u32 = calls.parse().unwrap_or(1);
                let Some(call) = &mut current else { panic!("nothing is prepared") };
                let begin = Instant::now();
                while begin.elapsed() < WARM {
                    call(&mut rng);
                }
                let begin = Instant::now();
                for _ in 0..calls {
                    call(&mut rng);
                }
                begin.elapsed().as_nanos().to_string()
            }
            _ => {
                current = None;
                "ok".to_owned()
            }
        };
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
