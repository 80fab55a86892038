//! What the kernel's events say of processes and spin loops.

use std::collections::HashMap;

use corewise_model::{Entry, Nanos, Pid, ProcessId};
use corewise_probe::remote::Remote;

use super::Recorder;
use crate::inspector::Order;
use crate::perf::Record;
use crate::processes::Processes;

impl Recorder {
    /// Takes in the events since the last call.
    pub(super) fn take_events(&mut self, at: Nanos) {
        let Some(events) = &mut self.events else { return };
        let mut records = Vec::new();
        events.drain(|record| records.push(record));
        let mut names: HashMap<Pid, String> = HashMap::new();
        for record in &records {
            if let Record::Exec { pid, name } = record {
                names.insert(*pid, name.clone());
            }
        }
        for record in records {
            match record {
                Record::Fork { pid, parent } if pid != parent => {
                    let parent = self.known.get(&parent).copied();
                    self.take_fork(at, pid, parent, names.get(&pid));
                }
                Record::Exec { pid, .. } => {
                    if self.processes.live.contains_key(&pid) {
                        self.processes.notice_exec(&mut self.journal, at);
                        self.inspector.order(Order::Again(pid));
                    }
                }
                Record::Sample { pid, tid, ip } => {
                    let spins = self.spins.contain(pid, ip, |address, code| {
                        Remote::new(pid).read(address, code).is_ok_and(|read| read == code.len())
                    });
                    let count = self.native.entry((pid, tid)).or_default();
                    count.0 += 1;
                    count.1 += u32::from(spins);
                }
                Record::Lost(count) => self.lost_samples += count,
                Record::Fork { .. } | Record::Exit { .. } => {}
            }
        }
    }

    fn take_fork(&mut self, at: Nanos, pid: Pid, parent: Option<ProcessId>, name: Option<&String>) {
        if self.processes.live.contains_key(&pid) {
            return;
        }
        if let Some(id) = self.processes.add(&mut self.journal, at, pid, parent, true) {
            self.known.insert(pid, id);
            self.order_begin(pid, parent);
        } else {
            let name = name.cloned().unwrap_or_else(|| "(gone)".to_owned());
            let id = Processes::add_gone(&mut self.journal, at, pid, parent, name);
            self.known.insert(pid, id);
            self.journal.push(Entry::ProcessEnd(id, at));
        }
    }

    /// Tells the inspector of processes that were found by looking.
    pub(super) fn hear_of_new_processes(&mut self) {
        let new: Vec<(Pid, ProcessId, Option<ProcessId>)> = self
            .processes
            .live
            .iter()
            .filter(|(pid, process)| self.known.get(pid) != Some(&process.id))
            .map(|(pid, process)| (*pid, process.id, process.parent))
            .collect();
        for (pid, id, parent) in new {
            self.known.insert(pid, id);
            self.order_begin(pid, parent);
        }
    }

    fn order_begin(&self, pid: Pid, parent: Option<ProcessId>) {
        let parent = parent.and_then(|id| {
            self.processes.live.iter().find(|(_, process)| process.id == id).map(|(pid, _)| *pid)
        });
        self.inspector.order(Order::Begin(pid, parent));
    }
}
