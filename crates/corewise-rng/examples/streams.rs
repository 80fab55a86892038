//! The streams in short, a line each: bit generator, distribution, number of values, checksum of their
//! bits, the raw value after them. Every machine must write the same lines (`tests/aarch64.sh`).

#![expect(clippy::print_stdout, reason = "a program")]

use corewise_rng::parallel::{self, Plan, Pool};
use corewise_rng::{
    Beta, Binomial, BitGenerator, Cauchy, ChiSquare, Distribution, Exponential, F, FromSeed, Gamma,
    Geometric, Gumbel, Integers, Laplace, LogNormal, LogSeries, Logistic, Mt19937,
    NegativeBinomial, Normal, NumPy, Pareto, Pcg64, Pcg64Dxsm, Philox, Poisson, Power, Rayleigh,
    SeedSequence, Sfc64, StandardExponential, StandardExponential32, StandardExponentialInverse,
    StandardExponentialInverse32, StandardGamma, StandardGamma32, StandardNormal, StandardNormal32,
    StandardT, StandardUniform, StandardUniform32, Triangular, Uniform, VonMises, Wald, Weibull,
    Zipf,
};
use crc32fast::Hasher;

static POOL: Pool = Pool::new();

/// Enough for several threads, of values that take no time, little, and more.
const MOST: usize = 250_003;
const MANY: usize = 60_003;
const SOME: usize = 12_003;

/// A value whose bits can be told.
trait Value: Copy + Default {
    fn add_to(self, checksum: &mut Hasher);
}

macro_rules! value {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn add_to(self, checksum: &mut Hasher) {
                checksum.update(&self.to_le_bytes());
            }
        }
    )*};
}
value!(f64, f32, i64, u64, i32, u32, i16, u8);

impl Value for bool {
    fn add_to(self, checksum: &mut Hasher) {
        checksum.update(&[u8::from(self)]);
    }
}

/// A bit generator with a name, in a state of its own.
struct Stream<G> {
    name: &'static str,
    generator: G,
}

impl<G: BitGenerator> Stream<G> {
    /// Tells what the generator makes of an array of zeros.
    fn tell<V: Value>(&self, what: &str, size: usize, fill: impl FnOnce(&mut G, &mut [V])) {
        let mut generator = self.generator.clone();
        let mut values = vec![V::default(); size];
        fill(&mut generator, &mut values);
        let mut checksum = Hasher::new();
        for value in &values {
            value.add_to(&mut checksum);
        }
        let (name, sum, next) = (self.name, checksum.finalize(), generator.next_u64());
        println!("{name}\t{what}\t{size}\t{sum:08x}\t{next:016x}");
    }

    fn tell_of<D: Distribution>(&self, what: &str, most: usize, distribution: &D)
    where
        D::Value: Value,
    {
        for size in [1, 1_000, most] {
            self.tell(what, size, |generator, values| distribution.fill(generator, values));
        }
    }

    /// Filled by three threads.
    fn tell_shared<D: Distribution>(&self, what: &str, distribution: &D)
    where
        D::Value: Value,
    {
        let plan = Plan { pool: &POOL, threads: 3, hook: None };
        self.tell(what, MOST, |generator, values| {
            // Without a hook nothing breaks it off.
            let _ = parallel::fill(generator, distribution, values, &plan);
        });
    }

    fn tell_all(&self) {
        self.tell("raw values", MANY, G::fill_u64);
        self.tell("halves", MANY, G::fill_u32);
        self.tell("doubles", MANY, G::fill_f64);
        self.tell("skip", 1_000, |generator: &mut G, values: &mut [u64]| {
            generator.skip(12_345);
            generator.fill_u64(values);
        });
        self.tell_of("random", MANY, &StandardUniform);
        self.tell_of("random float32", MANY, &StandardUniform32);
        self.tell_of("uniform", MANY, &Uniform::new(-1.0, 3.0));
        self.tell_of("standard_normal", MANY, &StandardNormal);
        self.tell_of("standard_normal float32", MANY, &StandardNormal32);
        self.tell_of("normal", MANY, &Normal::new(1.5, 0.1));
        self.tell_of("lognormal", MANY, &LogNormal::new(0.5, 2.0));
        self.tell_of("standard_exponential", MANY, &StandardExponential);
        self.tell_of("standard_exponential float32", MANY, &StandardExponential32);
        self.tell_of("standard_exponential inv", SOME, &StandardExponentialInverse);
        self.tell_of("standard_exponential inv float32", SOME, &StandardExponentialInverse32);
        self.tell_of("exponential", MANY, &Exponential::new(0.3));
        self.tell_integers();
        self.tell_shared("random, shared", &StandardUniform);
        self.tell_shared("normal, shared", &Normal::new(1.5, 0.1));
        self.tell_shared("standard_exponential, shared", &StandardExponential);
    }

    fn tell_integers(&self) {
        macro_rules! integers {
            ($($what:literal: $low:expr, $high:expr;)*) => {$(
                if let Some(distribution) = Integers::inclusive($low, $high) {
                    self.tell_of($what, MANY, &distribution);
                }
            )*};
        }
        integers! {
            "integers int64 below 100": 0_i64, 99;
            "integers int64 of 33 bits": -5_i64, 1 << 33;
            "integers int64 of 2**32": 0_i64, u32::MAX.into();
            "integers uint64": 0, u64::MAX;
            "integers int32": i32::MIN, i32::MAX - 7;
            "integers int16": -300_i16, 700;
            "integers uint8": 3_u8, 250;
            "integers bool": false, true;
        }
    }

    fn tell_others(&self) {
        macro_rules! others {
            ($($what:literal: $distribution:expr;)*) => {$(
                self.tell_of($what, SOME, &$distribution);
            )*};
        }
        others! {
            "laplace": Laplace::new(0.0, 1.0);
            "gumbel": Gumbel::new(0.0, 1.0);
            "logistic": Logistic::new(0.0, 1.0);
            "pareto": Pareto::new(2.5);
            "weibull": Weibull::new(1.5);
            "power": Power::new(3.0);
            "rayleigh": Rayleigh::new(2.0);
            "triangular": Triangular::new(-1.0, 0.5, 2.0);
            "standard_gamma": StandardGamma::new(3.0);
            "standard_gamma float32": StandardGamma32::new(0.7);
            "gamma": Gamma::new(0.4, 2.0);
            "chisquare": ChiSquare::new(5.0);
            "f": F::new(4.0, 7.0);
            "standard_t": StandardT::new(3.0);
            "beta": Beta::new(0.5, 0.7);
            "standard_cauchy": Cauchy;
            "wald": Wald::new(1.0, 2.0, NumPy(2, 4));
            "vonmises": VonMises::new(0.3, 4.0);
            "geometric": Geometric::new(0.1);
            "logseries": LogSeries::new(0.8);
            "zipf": Zipf::new(2.5);
            "poisson 3": Poisson::new(3.0);
            "poisson 50": Poisson::new(50.0);
            "negative_binomial": NegativeBinomial::new(5.0, 0.3);
            "binomial": Binomial::new(100, 0.4, NumPy(2, 4));
        }
    }
}

fn stream<G: BitGenerator + FromSeed>(name: &'static str, seed: &SeedSequence) -> Stream<G> {
    let stream = Stream { name, generator: G::from_seed_sequence(seed) };
    stream.tell_all();
    stream
}

fn main() -> Result<(), corewise_rng::SeedError> {
    let seed = SeedSequence::new(vec![2026], Vec::new(), SeedSequence::POOL_SIZE)?;
    // The other distributions take what those above take: of a generator of 64 bits and of 32.
    stream::<Pcg64>("PCG64", &seed).tell_others();
    stream::<Mt19937>("MT19937", &seed).tell_others();
    stream::<Pcg64Dxsm>("PCG64DXSM", &seed);
    stream::<Philox>("Philox", &seed);
    stream::<Sfc64>("SFC64", &seed);
    Ok(())
}
