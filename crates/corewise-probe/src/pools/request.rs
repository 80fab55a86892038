//! What a running program is asked, and what its answers mean.

use corewise_model::{Known, Pool, Reach, Scope};
use serde::{Deserialize, Serialize};

use crate::processes::{Module, Modules};
use crate::remote::Remote;
use crate::runtimes::{self, Layer, Question, Shape, Source};

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The pool, by its place in the survey.
    pub(super) pool: usize,
    /// Which of its facts.
    pub(super) fact: Fact,
    /// How to find out.
    pub(super) how: How,
}

/// A fact of a pool that a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    Version,
    Architecture,
    Size,
    Maximum,
    /// The threading layer is this one if the answer is not 0.
    Layer(&'static str),
}

/// How to find something out in the running program. The Python driver reads it as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct How {
    /// The library's path, or the Python module's name.
    pub(super) library: String,
    /// The exported function, or the module's attribute.
    pub(super) symbol: String,
    /// `int`, `text`, `text_into`, `text_of`, `python`.
    pub(super) shape: &'static str,
    /// The function that gives the argument, for `text_of`.
    pub(super) argument: Option<&'static str>,
}

/// An answer; `None` where the program could not give one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(super) struct Answer(pub(super) Option<String>);

/// What is to be asked for pools that were seen from outside.
pub(super) fn requests(modules: &Modules, indices: &[usize], pools: &[Pool]) -> Vec<Request> {
    let remote = Remote::new(modules.pid());
    let mut requests = Vec::new();
    for (pool, index) in indices.iter().enumerate() {
        let (Some(module), Some(known)) = (modules.get(*index), pools.get(pool)) else { continue };
        let Some(entry) = runtimes::entry(known.runtime) else { continue };
        let mut ask = |fact, question: &Question| {
            let sources = question.sources.iter().filter(|source| source.is_inside());
            let hows = sources.filter_map(|source| how(module, remote, *source));
            requests.extend(hows.map(|how| Request { pool, fact, how }));
        };
        if known.version.get().is_none() {
            ask(Fact::Version, &entry.version);
        }
        if let (Some(Known::Unknown(_)), Some(question)) =
            (&known.architecture, &entry.architecture)
        {
            ask(Fact::Architecture, question);
        }
        if known.size.get().is_none() {
            ask(Fact::Size, &entry.size);
        }
        if known.maximum.get().is_none() {
            ask(Fact::Maximum, &entry.maximum);
        }
        if let Layer::Flags(flags, _) = entry.layer {
            for (symbol, layer) in flags {
                let how = call(module, remote, symbol, Shape::Int);
                requests.extend(how.map(|how| Request { pool, fact: Fact::Layer(layer), how }));
            }
        }
    }
    requests
}

fn how(module: &Module, remote: Remote, source: Source) -> Option<How> {
    match source {
        Source::Call(symbols, shape) => {
            symbols.iter().find_map(|symbol| call(module, remote, symbol, shape))
        }
        Source::Python(library, symbol) => Some(How {
            library: library.to_owned(),
            symbol: symbol.to_owned(),
            shape: "python",
            argument: None,
        }),
        _ => None,
    }
}

/// A call of a function that the module exports; `None` where it does not.
fn call(module: &Module, remote: Remote, symbol: &str, shape: Shape) -> Option<How> {
    module.image.as_ref()?.symbol(&remote, symbol)?;
    let (shape, argument) = match shape {
        Shape::Int => ("int", None),
        Shape::Text => ("text", None),
        Shape::TextInto => ("text_into", None),
        Shape::TextOf(argument) => ("text_of", Some(argument)),
    };
    Some(How { library: module.path.clone(), symbol: symbol.to_owned(), shape, argument })
}

/// Puts answers, one for each request, into the pools. What is known stays.
pub(super) fn apply(pools: &mut [Pool], requests: &[Request], answers: Vec<Answer>) {
    // A library whose every flag says no has no threads.
    for (index, pool) in pools.iter_mut().enumerate() {
        let mut flags = requests
            .iter()
            .zip(&answers)
            .filter(|(request, _)| request.pool == index && matches!(request.fact, Fact::Layer(_)));
        let has_flags = flags.clone().next().is_some();
        if has_flags && flags.all(|(_, answer)| answer.0.as_deref() == Some("0")) {
            learn(&mut pool.threading_layer, Some("none".to_owned()));
            learn(&mut pool.size, Some(1));
            learn(&mut pool.maximum, Some(1));
            pool.scope = Scope::None;
            pool.governed = Reach::NoThreads;
        }
    }
    for (request, Answer(answer)) in requests.iter().zip(answers) {
        let (Some(pool), Some(answer)) = (pools.get_mut(request.pool), answer) else { continue };
        let text = answer.trim().to_owned();
        // BLIS says -1 where nobody set a number, and then uses one thread. 0 is no answer.
        let number = match text.as_str() {
            "-1" => Some(1),
            text => text.parse::<u32>().ok().filter(|number| *number > 0),
        };
        match request.fact {
            Fact::Version => learn(&mut pool.version, Some(version(&text))),
            Fact::Architecture => {
                if let Some(architecture) = &mut pool.architecture {
                    learn(architecture, Some(text));
                }
            }
            Fact::Size => learn(&mut pool.size, number),
            Fact::Maximum => learn(&mut pool.maximum, number),
            Fact::Layer(layer) => {
                learn(&mut pool.threading_layer, number.map(|_| layer.to_owned()));
            }
        }
    }
}

fn learn<T>(fact: &mut Known<T>, value: Option<T>) {
    if let (Known::Unknown(_), Some(value)) = (&*fact, value) {
        *fact = Known::Known(value);
    }
}

/// MKL and others wrap the number in a sentence: the first word with a digit in front and a dot.
fn version(text: &str) -> String {
    let mut words = text.split([' ', ',']);
    let is_number =
        |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.');
    let number = words.find(is_number).unwrap_or(text);
    number.split("-Product").next().unwrap_or(number).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_taken_out_of_a_sentence() {
        let mkl = "Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for";
        assert_eq!(version(mkl), "2024.2");
        assert_eq!(version("2.4.6"), "2.4.6");
        assert_eq!(version("unversioned"), "unversioned");
    }
}
