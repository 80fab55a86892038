//! What several rules ask of one recording, computed once.

use corewise_model::{
    Cores, Nanos, Pool, PoolId, ProcessId, Recording, Role, Runtime, Thread, ThreadId,
};

use crate::{Activity, ThreadActivity};

/// A recording, its activity, and what follows from both.
pub(crate) struct Facts<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) activity: &'a Activity,
    /// Running and waiting threads of each tick.
    pub(crate) runnable: Vec<f64>,
    /// Cores of each tick that other programs leave.
    pub(crate) available: Vec<f64>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(recording: &'a Recording, activity: &'a Activity) -> Self {
        Self {
            recording,
            activity,
            runnable: activity.ticks.iter().map(|t| t.running() + t.waiting()).collect(),
            available: available(recording),
        }
    }

    /// The cores that the program may use.
    pub(crate) fn cores(&self) -> Cores {
        self.recording.header.allowed.cores
    }

    /// The number of threads that may be runnable at once without loss.
    pub(crate) fn limit(&self) -> f64 {
        f64::from(self.recording.header.allowed.threads.max(1))
    }

    pub(crate) fn wall(&self) -> Nanos {
        self.recording.duration
    }

    pub(crate) fn thread(&self, id: ThreadId) -> Option<&'a Thread> {
        self.recording.threads.get(id.index())
    }

    pub(crate) fn process_of(&self, id: ThreadId) -> Option<ProcessId> {
        self.thread(id).map(|thread| thread.process)
    }

    /// The pool that a thread belongs to.
    pub(crate) fn pool_of(&self, id: ThreadId) -> Option<(PoolId, &'a Pool)> {
        let id = self.recording.pool_of(id)?;
        self.recording.pools.get(id.index()).map(|(_, pool)| (id, pool))
    }

    /// Whether a thread belongs to Python: the one that a process began with, or one of its own.
    pub(crate) fn is_python(&self, id: ThreadId) -> bool {
        self.thread(id).is_some_and(|thread| matches!(thread.role, Role::Main | Role::Python))
    }

    /// The threads of a pool that were ever seen.
    pub(crate) fn pool_threads(&self, pool: PoolId) -> Vec<ThreadId> {
        (0..)
            .map(ThreadId)
            .zip(&self.recording.threads)
            .filter(|(_, thread)| thread.role == Role::Pool(pool))
            .map(|(id, _)| id)
            .collect()
    }

    /// The tick in which a moment lies.
    pub(crate) fn tick_at(&self, at: Nanos) -> Option<usize> {
        let k = self.activity.ticks.partition_point(|tick| tick.at < at);
        (k < self.activity.ticks.len()).then_some(k)
    }
}

impl ThreadActivity {
    /// The part of the tick in which it ran or waited for a core.
    pub(crate) fn runnable(&self) -> f64 {
        f64::from(self.running + self.waiting)
    }
}

/// Whether a runtime makes threads by OpenMP's rules: each calling thread has its own team.
pub(crate) fn is_openmp(runtime: Runtime) -> bool {
    matches!(
        runtime,
        Runtime::Libgomp | Runtime::Libomp | Runtime::Libiomp5 | Runtime::Mkl | Runtime::NumbaOmp
    )
}

/// Whether the thread that calls a runtime computes with the pool's threads, or waits for them.
pub(crate) fn caller_computes(runtime: Runtime) -> bool {
    !matches!(
        runtime,
        Runtime::NumExpr
            | Runtime::NumbaWorkqueue
            | Runtime::Rayon
            | Runtime::Polars
            | Runtime::Arrow
            | Runtime::Blosc2
    )
}

/// The allowed cores of each tick, less what other programs on the machine took of its CPUs.
fn available(recording: &Recording) -> Vec<f64> {
    let allowed = recording.header.allowed.cores.0;
    let online = recording.header.allowed.machine.online.len() as f64;
    let mut system = recording.system.iter();
    let (mut from, mut busy, mut strangers) = (Nanos::ZERO, Nanos::ZERO, 0.0);
    let mut of_tick = Vec::with_capacity(recording.ticks.len());
    for tick in &recording.ticks {
        // The first reading that covers this tick tells what others did in its time.
        while from < tick.at
            && let Some(next) = system.next()
        {
            let others = next.machine_busy - next.program_busy;
            let time = (next.at - from).as_secs_f64();
            strangers = if time > 0.0 { (others - busy).as_secs_f64() / time } else { strangers };
            (from, busy) = (next.at, others);
        }
        let free = if online > 0.0 { (online - strangers).max(0.0) } else { allowed };
        of_tick.push(allowed.min(free));
    }
    of_tick
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::activity;

    #[test]
    fn other_programs_take_cores_away() {
        let mut s = Scenario::new(2.0, 3.0);
        s.strangers(1.0..2.0, 1.5);
        let recording = s.recording();
        let activity = activity(&recording);
        let facts = Facts::new(&recording, &activity);
        let at = |seconds: f64| {
            let k = facts.tick_at(Nanos::from_secs_f64(seconds)).unwrap();
            (facts.available[k] * 10.0).round() / 10.0
        };
        assert_eq!([at(0.5), at(1.5), at(2.5)].map(|c: f64| c.to_string()), ["2", "0.5", "2"]);
    }

    #[test]
    fn a_machine_with_room_keeps_the_allowed_cores() {
        let mut s = Scenario::new(2.0, 2.0).of_machine(16);
        s.strangers(0.0..2.0, 10.0);
        let recording = s.recording();
        let activity = activity(&recording);
        assert!(Facts::new(&recording, &activity).available.iter().all(|c| (c - 2.0).abs() < 1e-9));
    }
}
