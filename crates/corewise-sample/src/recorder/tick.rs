//! One look at all threads.

use corewise_model::{Entry, Nanos, Pid, ThreadId, ThreadTick, Tick, Tid};

use super::Recorder;
use crate::cputime;
use crate::inspector::Order;
use crate::journal::Journal;
use crate::processes::{LiveProcess, Processes};
use crate::threads;

impl Recorder {
    /// Looks at all threads and writes down what they did; `last` for the last look.
    pub(super) fn take_tick(&mut self, last: bool) {
        let at = self.now();
        self.tick += 1;
        self.take_events(at);
        // Without events, children are found only by looking.
        if self.tick == 1 || last || (self.events.is_none() && self.tick.is_multiple_of(4)) {
            self.processes.find_children(&mut self.journal, at, !last && self.tick > 1);
            self.processes.notice_exec(&mut self.journal, at);
        }
        self.hear_of_new_processes();
        self.hear_inspector();
        let interval = at - self.last;
        let mut tick = Tick { at, interval, threads: Vec::new(), unattributed: Vec::new() };
        self.last = at;
        let mut tids = Vec::new();
        let mut gone: Vec<Pid> = Vec::new();
        let (live, descriptors) = self.processes.parts();
        for (pid, process) in live.iter_mut() {
            let clock = cputime::of_process(*pid);
            let number = threads::number(&process.task);
            // Counters change only for threads that were given a core, and with them the
            // process's clock: an idle process costs two system calls.
            let idle = clock == Some(process.clock)
                && number == Some(process.threads.len() as u64)
                && process.quiet;
            process.quiet = clock == Some(process.clock);
            if idle && !last {
                continue;
            }
            let whole =
                number != Some(process.threads.len() as u64) || self.tick.is_multiple_of(64);
            let listed = if whole || last {
                threads::list(&process.task, &mut tids)
            } else {
                tids.clear();
                tids.extend(process.threads.keys());
                Some(())
            };
            let mut new = Vec::new();
            if listed.is_some() {
                new = add_new(&mut self.journal, process, descriptors, at, &tids);
                process.settled = true;
            }
            let before = tick.threads.len();
            let mut ended = look(process, &tids, listed.is_some(), self.tick, &mut tick);
            // As many may have begun as have ended: their number says nothing of that.
            if !whole && !ended.is_empty() && threads::list(&process.task, &mut tids).is_some() {
                new = add_new(&mut self.journal, process, descriptors, at, &tids);
                ended.extend(look(process, &new, true, self.tick, &mut tick));
                ended.sort_unstable();
                ended.dedup();
            }
            *descriptors += ended.len() as u64;
            let mut late = Vec::new();
            for tid in &ended {
                if let Some(thread) = process.threads.remove(tid) {
                    self.journal.push(Entry::ThreadEnd(thread.id, at));
                    late.push(thread.id);
                }
            }
            let run: Nanos = tick.threads[before..].iter().map(|thread| thread.run).sum();
            process.accounted += run;
            self.busy += run;
            let over = listed.is_none();
            process.clock = clock.unwrap_or(process.clock);
            let rest = unattributed(process);
            self.busy += rest;
            // A thread that ended while the others were read shows only in the next tick.
            let ended_before = std::mem::replace(&mut process.late, late);
            let late = if process.late.is_empty() { &ended_before } else { &process.late };
            let left = share_out(rest, late, &mut tick);
            process.accounted += rest - left;
            process.unattributed += left;
            if left > Nanos::ZERO {
                tick.unattributed.push((process.id, left));
            }
            if over {
                gone.push(*pid);
            } else if run > Nanos::ZERO || !new.is_empty() {
                // What a program starts is followed by itself where corewise started the program.
                if let (false, Some(events)) = (self.program.child, &mut self.events) {
                    for tid in &new {
                        let _ = events.attach_thread(*tid);
                    }
                }
                self.inspector.order(Order::Ran(*pid, new));
            }
        }
        self.journal.push(Entry::Tick(tick));
        for pid in gone {
            if let Some(process) = self.processes.live.remove(&pid) {
                self.journal.push(Entry::ProcessEnd(process.id, at));
                self.charged_to_gone += process.clock - process.before;
            }
            self.inspector.order(Order::End(pid));
        }
        self.take_leases(at, interval);
    }
}

/// Takes in the threads that were not known; gives them.
fn add_new(
    journal: &mut Journal,
    process: &mut LiveProcess,
    descriptors: &mut u64,
    at: Nanos,
    tids: &[Tid],
) -> Vec<Tid> {
    let mut new = Vec::new();
    for tid in tids {
        if !process.threads.contains_key(tid)
            && Processes::add_thread(journal, process, descriptors, at, *tid).is_some()
        {
            new.push(*tid);
        }
    }
    new
}

/// What each thread of a process did; gives the threads that ended.
fn look(
    process: &mut LiveProcess,
    tids: &[Tid],
    alive: bool,
    number: u64,
    tick: &mut Tick,
) -> Vec<Tid> {
    if !alive {
        return process.threads.keys().copied().collect();
    }
    let LiveProcess { threads, task, .. } = process;
    for tid in tids {
        let Some(thread) = threads.get_mut(tid) else { continue };
        thread.seen = number;
        let Some(now) = thread.read(task, *tid) else {
            // Gone since it was listed.
            thread.seen = 0;
            continue;
        };
        let before = std::mem::replace(&mut thread.counters, now);
        if now == before {
            continue;
        }
        thread.ran = true;
        tick.threads.push(ThreadTick {
            thread: thread.id,
            run: now.run - before.run,
            wait: now.wait - before.wait,
            slices: u32::try_from(now.slices.saturating_sub(before.slices)).unwrap_or(u32::MAX),
        });
    }
    threads.iter().filter(|(_, thread)| thread.seen != number).map(|(tid, _)| *tid).collect()
}

/// CPU time that the process's clock shows and its threads do not: that of threads which ended.
///
/// Clock and `schedstat` are the same counters of the kernel (`sum_exec_runtime`), which for a
/// running thread are brought up to date by the timer; the clock is read first, so what runs
/// meanwhile is not counted as missing.
fn unattributed(process: &LiveProcess) -> Nanos {
    (process.clock - process.before).saturating_sub(process.accounted + process.unattributed)
}

/// Gives what threads used after they were last looked at to those that have just ended, in equal
/// parts and none more than there was time for. What is left belongs to threads that were never
/// seen.
fn share_out(rest: Nanos, ended: &[ThreadId], tick: &mut Tick) -> Nanos {
    let Some(part) = rest.0.checked_div(ended.len() as u64) else { return rest };
    let run = Nanos(part.min(tick.interval.0));
    if run > Nanos::ZERO {
        let ticks =
            ended.iter().map(|id| ThreadTick { thread: *id, run, wait: Nanos::ZERO, slices: 0 });
        tick.threads.extend(ticks);
    }
    rest - Nanos(run.0 * ended.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick() -> Tick {
        let (at, interval) = (Nanos(100), Nanos(20));
        Tick { at, interval, threads: Vec::new(), unattributed: Vec::new() }
    }

    #[test]
    fn what_ended_threads_used_last_is_theirs() {
        let mut tick = tick();
        assert_eq!(share_out(Nanos(11), &[ThreadId(3), ThreadId(5)], &mut tick), Nanos(1));
        let shares: Vec<_> = tick.threads.iter().map(|t| (t.thread, t.run)).collect();
        assert_eq!(shares, [(ThreadId(3), Nanos(5)), (ThreadId(5), Nanos(5))]);
    }

    #[test]
    fn more_than_there_was_time_for_belongs_to_threads_that_were_not_seen() {
        let mut tick = tick();
        assert_eq!(share_out(Nanos(50), &[ThreadId(3)], &mut tick), Nanos(30));
        assert_eq!(share_out(Nanos(50), &[], &mut tick), Nanos(50));
        assert_eq!(tick.threads.len(), 1);
    }
}
