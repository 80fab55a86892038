//! The recorder: a loop that waits for the next tick, a signal, or the program's end.

mod begin;
mod end;
mod events;
mod found;
mod leases;
mod tick;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use corewise_model::{Nanos, NativeTick, Pid, PoolId, ProcessId, ThreadId, Tid};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;

use crate::inspector::{Inspector, Order};
use crate::journal::Journal;
use crate::leases::Leases;
use crate::perf::Events;
use crate::perf::spin::SpinLoops;
use crate::processes::Processes;
use crate::program::{Outcome, Program};
use crate::surroundings::Surroundings;
use crate::{Options, Signals, cputime};

/// Context switches and names of threads are read this often, in seconds.
const SWITCHES_EVERY: u64 = 4;

/// What a status line shows.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Time since the recording began.
    pub elapsed: Duration,
    /// Processes that are alive.
    pub processes: usize,
    /// Threads that are alive.
    pub threads: usize,
    /// Cores used since the last call.
    pub cores: f64,
    /// Bytes written.
    pub bytes: u64,
}

/// Records one program.
#[derive(Debug)]
pub struct Recorder {
    program: Program,
    signals: Signals,
    options: Options,
    began: Instant,
    journal: Journal,
    processes: Processes,
    /// Every process that was seen, by the PID that it had last.
    known: HashMap<Pid, ProcessId>,
    /// Every pool that was seen, by process and the inspector's key.
    pools: HashMap<(Pid, u64), (PoolId, corewise_model::Pool)>,
    events: Option<Events>,
    spins: SpinLoops,
    native: HashMap<(Pid, Tid), (u32, u32)>,
    inspector: Inspector,
    surroundings: Surroundings,
    /// The table of the session, where one governs the program.
    leases: Option<Leases>,
    /// The number of the current tick.
    tick: u64,
    last: Nanos,
    /// When the figures that are read once a second are due.
    due: Nanos,
    /// CPU time that processes had been charged when they ended.
    charged_to_gone: Nanos,
    /// CPU time of all processes, as recorded.
    busy: Nanos,
    reported: (Nanos, Nanos),
    /// The size at which the rate is halved next.
    halve_at: u64,
    interval: Duration,
    /// How often the figures that are read once a second were read.
    seconds: u64,
    /// What the interval has to be for the ticks to stay within their share.
    stretched: Duration,
    /// What a tick costs, averaged over the last few.
    cost: f64,
    /// Why there are no events, if there are none and the program is not just gone.
    no_events: Option<std::io::Error>,
    /// Kernel events that found no room in a ring.
    lost_samples: u64,
}

impl Recorder {
    /// Runs until the program has ended and gives the recording. `progress` is called about once a
    /// second.
    pub fn run(mut self, mut progress: impl FnMut(&Progress)) -> Outcome {
        let mut next = self.began;
        loop {
            next = self.wait(next);
            let stopped = self.stop_for_signal();
            self.program.stop_together();
            let ended = self.program.has_ended();
            let before = cputime::of_this_thread();
            self.take_tick(ended);
            self.weigh(cputime::of_this_thread() - before);
            if self.last >= self.due {
                self.due = self.last + Nanos::SECOND;
                self.once_a_second();
                progress(&self.progress());
            }
            let over = self.options.duration.is_some_and(|limit| self.began.elapsed() >= limit);
            // What the program did up to a signal is seen by the look that follows it.
            if ended || over || stopped {
                break;
            }
        }
        self.end()
    }

    /// Time since the recording began.
    fn now(&self) -> Nanos {
        Nanos(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// Waits for the tick after `last`, a signal, or the program's end. Ticks that were missed
    /// (the machine slept, the program was stopped) are left out.
    fn wait(&self, last: Instant) -> Instant {
        let now = Instant::now();
        let interval = self.interval.max(self.stretched);
        let next = last + interval;
        let next = if next < now { now + interval } else { next };
        let left = next.saturating_duration_since(now);
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(1),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut polled =
            [PollFd::new(&self.program, PollFlags::IN), PollFd::new(&self.signals, PollFlags::IN)];
        // An interrupted wait is a short one.
        let _ = poll(&mut polled, Some(&timeout));
        next
    }

    /// Takes in what the last tick cost. With thousands of threads it comes less often.
    fn weigh(&mut self, cost: Nanos) {
        self.cost += (cost.as_secs_f64() - self.cost) / 8.0;
        let wanted = self.cost / self.options.tick_share.clamp(0.001, 1.0);
        self.stretched = Duration::from_secs_f64(wanted.min(1.0));
    }

    /// Passes signals on to a program that corewise started; for one that it attached to they end
    /// the recording.
    fn stop_for_signal(&mut self) -> bool {
        while let Some(arrived) = self.signals.next() {
            if self.program.child {
                self.program.pass_on(arrived);
                continue;
            }
            match arrived.signal {
                libc::SIGINT | libc::SIGTERM | libc::SIGHUP | libc::SIGQUIT => return true,
                _ => {}
            }
        }
        false
    }

    fn once_a_second(&mut self) {
        let at = self.last;
        self.processes.find_children(&mut self.journal, at, true);
        self.processes.notice_exec(&mut self.journal, at);
        // Two files a thread, of which only sums are shown.
        self.seconds += 1;
        if self.seconds % SWITCHES_EVERY == 1 {
            self.record_switches(at);
        }
        self.record_native(at);
        let system = self.surroundings.tick(at, self.busy);
        self.journal.push(corewise_model::Entry::System(system));
        self.journal.flush();
        self.bound_size();
    }

    /// Halves the rate when half of what was left of the allowed size has been written.
    fn bound_size(&mut self) {
        let written = self.journal.written();
        if written < self.halve_at {
            return;
        }
        self.halve_at = written + (self.options.max_bytes.saturating_sub(written)) / 2;
        self.interval *= 2;
        self.inspector.order(Order::Slower);
        let rate = 1.0 / self.interval.as_secs_f64();
        self.journal.notice(
            self.last,
            format!(
                "the recording has grown to {} MB, so threads are looked at {rate:.1} times a \
                 second from here on",
                written >> 20
            ),
            Some("allow more with --max-size".to_owned()),
        );
    }

    fn progress(&mut self) -> Progress {
        let (at, busy) = std::mem::replace(&mut self.reported, (self.last, self.busy));
        let elapsed = (self.last - at).as_secs_f64();
        Progress {
            elapsed: self.began.elapsed(),
            processes: self.processes.live.len(),
            threads: self.processes.live.values().map(|process| process.threads.len()).sum(),
            cores: if elapsed > 0.0 { (self.busy - busy).as_secs_f64() / elapsed } else { 0.0 },
            bytes: self.journal.written(),
        }
    }

    pub(super) fn record_switches(&mut self, at: Nanos) {
        let (live, _) = self.processes.parts();
        for process in live.values_mut() {
            for (tid, thread) in &mut process.threads {
                if !std::mem::take(&mut thread.ran) {
                    continue;
                }
                let Some(now) = crate::threads::context_switches(&process.task, *tid) else {
                    continue;
                };
                let before = std::mem::replace(&mut thread.switches, now);
                let delta = (now.0.saturating_sub(before.0), now.1.saturating_sub(before.1));
                if delta != (0, 0) {
                    let entry = corewise_model::Entry::Switches(thread.id, at, delta.0, delta.1);
                    self.journal.push(entry);
                }
                if let Some(name) = crate::threads::name(&process.task, *tid)
                    && name != thread.name
                {
                    thread.name.clone_from(&name);
                    self.journal.push(corewise_model::Entry::ThreadName(thread.id, name));
                }
            }
        }
    }

    fn record_native(&mut self, at: Nanos) {
        let ticks: Vec<NativeTick> = std::mem::take(&mut self.native)
            .into_iter()
            .filter_map(|((pid, tid), (samples, spinning))| {
                let thread: ThreadId = self.processes.live.get(&pid)?.threads.get(&tid)?.id;
                Some(NativeTick { thread, samples, spinning })
            })
            .collect();
        if !ticks.is_empty() {
            self.journal.push(corewise_model::Entry::Native(at, ticks));
        }
    }
}
