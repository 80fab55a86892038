//! `struct perf_event_attr`.

/// The first published layout with all that is needed here (`PERF_ATTR_SIZE_VER3`, 96 bytes).
#[repr(C)]
#[derive(Debug, Default)]
pub(super) struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    bp_type: u32,
    config1: u64,
    config2: u64,
    branch_sample_type: u64,
    sample_regs_user: u64,
    sample_stack_user: u32,
    clock_id: i32,
}

const SIZE: u32 = 96;
const _: () = assert!(std::mem::size_of::<Attributes>() == SIZE as usize);

const PERF_TYPE_SOFTWARE: u32 = 1;
const PERF_COUNT_SW_CPU_CLOCK: u64 = 0;
const PERF_SAMPLE_IP: u64 = 1;
const PERF_SAMPLE_TID: u64 = 1 << 1;

const INHERIT: u64 = 1 << 1;
const EXCLUDE_KERNEL: u64 = 1 << 5;
const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
const COMM: u64 = 1 << 9;
const TASK: u64 = 1 << 13;
const COMM_EXEC: u64 = 1 << 24;

/// CPU time of a thread between two samples, in ns: 100 samples for a core-second.
const PERIOD: u64 = 10_000_000;

impl Attributes {
    /// Samples each 10 ms of CPU time, user code alone; with `inherit` also of what the thread
    /// starts, and then forks, exits and execs as well.
    pub(super) fn sampling(inherit: bool) -> Self {
        Self {
            kind: PERF_TYPE_SOFTWARE,
            size: SIZE,
            config: PERF_COUNT_SW_CPU_CLOCK,
            sample_period: PERIOD,
            sample_type: PERF_SAMPLE_IP | PERF_SAMPLE_TID,
            flags: EXCLUDE_KERNEL
                | EXCLUDE_HYPERVISOR
                | if inherit { INHERIT | TASK | COMM | COMM_EXEC } else { 0 },
            ..Self::default()
        }
    }
}
