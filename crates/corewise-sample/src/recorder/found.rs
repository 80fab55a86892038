//! Takes in what the inspector found.

use corewise_model::{Entry, Nanos, Role, StackSample};

use super::Recorder;
use crate::inspector::{Found, Owner};

impl Recorder {
    /// Takes in what the inspector found since the last call.
    pub(super) fn hear_inspector(&mut self) {
        let found: Vec<Found> = self.inspector.found().collect();
        for found in found {
            self.take_found(found);
        }
    }

    pub(super) fn take_found(&mut self, found: Found) {
        let at = self.now();
        match found {
            Found::Interpreter(pid, interpreter) => {
                if let Some(id) = self.known.get(&pid) {
                    self.journal.push(Entry::Interpreter(*id, interpreter));
                }
            }
            Found::Pools(pid, pools) => {
                let Some(id) = self.known.get(&pid).copied() else { return };
                for (key, pool) in pools {
                    match self.pools.get_mut(&(pid, key)) {
                        None => {
                            let number = self.journal.pool(id, at, pool.clone());
                            self.pools.insert((pid, key), (number, pool));
                        }
                        Some((number, known)) if *known != pool => {
                            self.journal.push(Entry::PoolChanged(
                                *number,
                                at,
                                Box::new(pool.clone()),
                            ));
                            *known = pool;
                        }
                        Some(_) => {}
                    }
                }
            }
            Found::Owner(pid, tid, owner) => {
                let Some(thread) =
                    self.processes.live.get(&pid).and_then(|process| process.threads.get(&tid))
                else {
                    return;
                };
                let role = match owner {
                    Owner::Main => Role::Main,
                    Owner::Python => Role::Python,
                    Owner::Native(path) => Role::Native(path),
                    Owner::Unknown(reason) => Role::Unknown(reason),
                    Owner::Pool(key) => match self.pools.get(&(pid, key)) {
                        Some((id, _)) => Role::Pool(*id),
                        None => Role::Unknown("its pool was not found".to_owned()),
                    },
                };
                self.journal.push(Entry::Role(thread.id, role));
            }
            Found::Stacks { pid, taken, weight, stacks } => {
                let Some(process) = self.processes.live.get(&pid) else { return };
                let taken = taken.saturating_duration_since(self.began);
                let taken = Nanos(u64::try_from(taken.as_nanos()).unwrap_or(0));
                let weight = Nanos(u64::try_from(weight.as_nanos()).unwrap_or(0));
                let id = process.id;
                let mut samples = Vec::with_capacity(stacks.len());
                for stack in stacks {
                    let Some(thread) = process.threads.get(&stack.tid) else { continue };
                    samples.push(StackSample {
                        thread: thread.id,
                        stack: self.journal.stack(stack.frames),
                        gil: stack.gil,
                        active: stack.active,
                    });
                }
                self.journal.push(Entry::Stacks(id, taken, weight, samples));
            }
            Found::BitGenerators(pid, uses) => {
                if let Some(id) = self.known.get(&pid) {
                    self.journal.push(Entry::BitGenerators(*id, at, uses));
                }
            }
            Found::Trouble(text, hint) => self.journal.notice(at, text, hint),
        }
    }
}
