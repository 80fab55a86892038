//! Every process with what its threads used.

use corewise_model::{Nanos, ProcessId, Recording};

use super::amounts::seconds;
use super::page::Page;
use crate::names;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording) {
    let mut sums = vec![(Nanos::ZERO, Nanos::ZERO, 0u32); recording.processes.len()];
    for thread in &recording.threads {
        let sum = &mut sums[thread.process.index()];
        sum.0 += thread.run;
        sum.1 += thread.wait;
        sum.2 += 1;
    }
    for (ProcessId(id), unseen) in recording.ticks.iter().flat_map(|tick| &tick.unattributed) {
        sums[*id as usize].0 += *unseen;
    }
    page.blank();
    let heading = format!(
        "{:<10}{:>9}{:>10}{:>12}{:>9}  {}",
        "Processes", "from", "CPU", "waited", "threads", "what"
    );
    page.heading(&heading);
    let room = page.columns().saturating_sub(52);
    for (process, (cpu, wait, threads)) in recording.processes.iter().zip(sums) {
        let what = page.cut(&names::process(process), room);
        page.raw(&format!(
            "{:>9} {:>9}{:>10}{:>12}{threads:>9}  {what}",
            process.pid,
            seconds(process.start.as_secs_f64()),
            seconds(cpu.as_secs_f64()),
            seconds(wait.as_secs_f64()),
        ));
    }
}
