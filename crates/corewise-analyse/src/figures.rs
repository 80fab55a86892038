//! The figures that findings show: what each is, how it is computed, when it is wrong.

use corewise_model::Measure;

/// A figure that a finding shows beside its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// How it is computed.
    pub(crate) how: &'static str,
    /// When it is wrong.
    pub(crate) wrong_when: &'static str,
}

impl Figure {
    /// With its value.
    pub(crate) fn of(&self, value: f64) -> Measure {
        Measure { name: self.name.to_owned(), value, unit: self.unit.to_owned() }
    }
}

macro_rules! figures {
    ($($constant:ident, $name:literal, $unit:literal, $how:literal, $wrong:literal;)*) => {
        $(pub(crate) const $constant: Figure =
            Figure { name: $name, unit: $unit, how: $how, wrong_when: $wrong };)*
        /// All of them.
        pub(crate) const FIGURES: &[Figure] = &[$($constant),*];
    };
}

figures! {
    DURATION, "duration", "ns",
        "The sum of the ticks, or of the time that the looks at the stacks stand for, in which \
         the finding held. Gaps between stretches that are shown as one are not in it.",
        "A tick counts in full or not at all, so each stretch is off by up to a tick at both ends.";
    WALL_SHARE, "part of the wall time", "%",
        "The duration over the length of the recording.",
        "The recording's length includes the program's start and imports.";
    RUNNABLE_MEAN, "runnable threads, mean", "threads",
        "Run time and run-queue delay of all threads in the stretches, over their duration.",
        "A thread that waits when the recording ends is missing: the kernel counts a wait when it \
         ends.";
    RUNNABLE_PEAK, "runnable threads, 95th percentile", "threads",
        "Of the ticks in the stretches, 95 % have no more runnable threads than this, each tick's \
         being its average.",
        "Within a tick the number may have been higher for a moment.";
    RUN_QUEUE_DELAY, "run-queue delay", "ns",
        "Time in which threads were runnable and had no core, summed over threads, in the \
         stretches. The kernel adds a delay to its counter when it ends; what exceeds its tick is \
         put back into the ticks before.",
        "Delay that a CPU quota or another program caused is in it.";
    POOL_SIZE, "pool size", "threads",
        "The size that the library itself says, or else the threads of the pool that exist and \
         their caller.",
        "It is the present limit: a library may use fewer threads in a call.";
    ALLOWED_CORES, "allowed cores", "cores",
        "The tightest of what the machine, affinity, cpuset, quota and batch system leave to the \
         program when the recording begins.",
        "A limit that changes during the recording is not followed.";
    THROTTLED_PERIODS, "throttled periods", "periods",
        "nr_throttled of the cgroup with the most, from the first reading to the last.",
        "It is the whole group's: other programs in it count, too.";
    PERIODS, "periods", "periods",
        "nr_periods of the same group: enforcement periods in which it ran.",
        "It is the whole group's: other programs in it count, too.";
    THROTTLED_TIME, "throttled time", "ns",
        "The time for which the same group was stopped, as the kernel sums it over CPUs.",
        "On several CPUs it exceeds the wall time in which the group stood still.";
    SPINNING, "spinning", "core-seconds",
        "For each thread, the part of its instruction pointer samples in a spin loop, times the \
         CPU time that it used between two readings; summed over threads.",
        "A spin loop without pause, nop or sched_yield is not recognised. With n samples in spin \
         loops the error is about one part in the square root of n.";
    SPINNING_PART, "part of its CPU time", "%",
        "Spinning over the CPU time of the same threads while they were sampled.",
        "As for spinning.";
    GIL_WAIT, "waiting for the GIL", "thread-seconds",
        "For each look at a process's Python stacks, the threads blocked on the GIL times the time \
         since the look before.",
        "Waits between two looks are seen by chance, in proportion to their length.";
    WAKE_UPS, "wake-ups", "1/s",
        "How often the pool's threads were given a core (schedstat), over the duration.",
        "A thread that was pushed off its core and came back counts as well; pools for which that \
         is the rule are not reported.";
    REGIONS, "parallel regions", "regions",
        "Parallel regions for which the program's processes leased cores, as they count them in \
         the session's table.",
        "Calls that are too small for a second thread are no regions. What a process counted in \
         its last 20 ms can be missing.";
    WITHHELD, "withheld threads", "threads",
        "Threads that those regions asked for and did not get, summed over regions.",
        "A region may ask for more threads than its work can use.";
    HELD_MEAN, "cores held, mean", "cores",
        "The cores that the program's callers held at each look at the session's table, times the \
         time since the look before, over the wall time.",
        "A look sees one moment: regions that are shorter than a tick are seen by chance, in \
         proportion to their length. Under --deterministic a lease counts one core.";
    HELD_MOST, "cores held, most", "cores",
        "The most cores that the program's callers held at one look.",
        "Between two looks there may have been more. Each caller holds its own core even where the \
         budget is used up, so this can exceed the budget, by one for each caller at most.";
    BUDGET, "budget", "cores",
        "The cores that the session's processes share; the greatest where it was changed.",
        "Other programs in a shared session have a part in it.";
    OUT_OF_REACH, "runnable threads out of reach", "threads",
        "Run time and run-queue delay of the threads of these pools in the oversubscribed ticks, \
         over their duration.",
        "Threads of which the pool is not known are missing.";
    RUN, "run time for each wake-up", "ns",
        "CPU time of the pool's threads in the stretches over the times that they were given a \
         core.",
        "A mean: few long runs among many short ones are not seen.";
}
