//! The program's surroundings: load, other programs' CPU time, pressure, throttling.

use std::fs;

use corewise_model::{Known, Nanos, Pid, SystemTick, Throttling};
use corewise_probe::World;

/// Reads the surroundings and counts from when it was made.
#[derive(Debug)]
pub(crate) struct Surroundings {
    world: World,
    root: Pid,
    busy: Option<Nanos>,
    pressure: Option<Nanos>,
    throttling: Vec<Throttling>,
}

impl Surroundings {
    pub(crate) fn new(root: Pid) -> Self {
        let world = World::system();
        let throttling = throttling(&world, root);
        Self { world, root, busy: machine_busy(), pressure: pressure(), throttling }
    }

    pub(crate) fn tick(&self, at: Nanos, program_busy: Nanos) -> SystemTick {
        let since = |now: Option<Nanos>, then: Option<Nanos>| Some(now?.saturating_sub(then?));
        SystemTick {
            at,
            load: load().unwrap_or(0.0),
            machine_busy: since(machine_busy(), self.busy).unwrap_or(program_busy),
            program_busy,
            pressure: since(pressure(), self.pressure).map_or_else(
                || Known::unknown("the kernel has no /proc/pressure/cpu"),
                Known::Known,
            ),
            throttling: throttling(&self.world, self.root)
                .into_iter()
                .map(|now| {
                    let then = self.throttling.iter().find(|then| then.path == now.path);
                    let then = then.cloned().unwrap_or(Throttling {
                        path: String::new(),
                        periods: 0,
                        throttled_periods: 0,
                        throttled: Nanos::ZERO,
                    });
                    Throttling {
                        periods: now.periods.saturating_sub(then.periods),
                        throttled_periods: now
                            .throttled_periods
                            .saturating_sub(then.throttled_periods),
                        throttled: now.throttled.saturating_sub(then.throttled),
                        path: now.path,
                    }
                })
                .collect(),
        }
    }
}

fn throttling(world: &World, root: Pid) -> Vec<Throttling> {
    corewise_probe::cores::allowed(world, Some(root)).map(|a| a.throttling).unwrap_or_default()
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Busy time of all CPUs (`/proc/stat`: all but idle and iowait, in ticks of `USER_HZ` = 100).
fn machine_busy() -> Option<Nanos> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = text
        .lines()
        .next()?
        .split_ascii_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    // user nice system idle iowait irq softirq steal; guest time is in user.
    let busy: u64 = fields
        .iter()
        .enumerate()
        .filter(|(i, _)| ![3, 4].contains(i) && *i < 8)
        .map(|(_, n)| n)
        .sum();
    Some(Nanos(busy * 10_000_000))
}

/// Time in which some task waited for a CPU (PSI, Documentation/accounting/psi.rst; in µs).
fn pressure() -> Option<Nanos> {
    let text = fs::read_to_string("/proc/pressure/cpu").ok()?;
    let total = text.lines().next()?.rsplit_once("total=")?.1;
    Some(Nanos(total.parse::<u64>().ok()? * 1_000))
}
