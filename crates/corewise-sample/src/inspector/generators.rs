//! NumPy bit generators of forked processes: which of them draw from a stream that they inherited.
//!
//! A forked process has its parent's bit generators at the same addresses. The parent's states are
//! read when the child is first seen; a child whose state follows from them by drawing has used
//! numbers that its siblings use too.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use corewise_model::{BitGeneratorUse, Pid};
use corewise_probe::bitgen::{self, BitGenerator, Change, State};

/// A child that is about to replace its program (`subprocess`) has done so by then.
const SETTLING: Duration = Duration::from_millis(60);
/// A child's states are read this often until each has changed.
const EVERY: Duration = Duration::from_millis(200);

/// The forked processes and their parents' bit generators.
#[derive(Debug, Default)]
pub(super) struct Generators {
    parents: HashMap<Pid, Vec<BitGenerator>>,
    children: HashMap<Pid, Child>,
}

#[derive(Debug)]
struct Child {
    inherited: Vec<Inherited>,
    due: Instant,
}

#[derive(Debug)]
struct Inherited {
    generator: BitGenerator,
    before: State,
    change: Change,
}

impl Generators {
    /// A process was forked. Its parent's memory is searched once; from then on only its known
    /// generators are read again.
    pub(super) fn forked(&mut self, pid: Pid, parent: Pid) {
        let generators = self.parents.entry(parent).or_insert_with(|| {
            bitgen::scan(parent).map(|scan| scan.generators).unwrap_or_default()
        });
        let inherited: Vec<Inherited> = generators
            .iter()
            .filter_map(|generator| {
                let before = bitgen::read_again(parent, generator).ok()??;
                let generator = generator.clone();
                Some(Inherited { generator, before, change: Change::Untouched })
            })
            .collect();
        if !inherited.is_empty() {
            self.children.insert(pid, Child { inherited, due: Instant::now() + SETTLING });
        }
    }

    /// A process ended or replaced its program.
    pub(super) fn forget(&mut self, pid: Pid) {
        self.parents.remove(&pid);
        self.children.remove(&pid);
    }

    /// Reads again what may have changed, and gives the processes in which something has.
    pub(super) fn look(&mut self) -> Vec<(Pid, Vec<BitGeneratorUse>)> {
        let now = Instant::now();
        let mut changed = Vec::new();
        for (pid, child) in &mut self.children {
            if child.due > now {
                continue;
            }
            child.due = now + EVERY;
            let mut any = false;
            for inherited in &mut child.inherited {
                any |= inherited.look(*pid);
            }
            if any {
                changed.push((*pid, child.inherited.iter().map(Inherited::as_use).collect()));
            }
        }
        changed
    }
}

impl Inherited {
    /// Whether it has just changed. What has changed once stays so.
    fn look(&mut self, pid: Pid) -> bool {
        if self.change != Change::Untouched {
            return false;
        }
        if let Ok(Some(now)) = bitgen::read_again(pid, &self.generator) {
            self.change = bitgen::change(&self.before, &now);
        }
        self.change != Change::Untouched
    }

    fn as_use(&self) -> BitGeneratorUse {
        BitGeneratorUse {
            name: self.generator.name.clone(),
            address: self.generator.address,
            inherited: bitgen::fingerprint(&self.before),
            drawn: self.change == Change::Drawn,
        }
    }
}
