//! What the machine has, whoever may use it.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{CpuSet, Known, Machine};

use crate::World;

const ONLINE: &str = "/sys/devices/system/cpu/online";

/// The machine, and where the online CPUs were read.
pub(super) fn survey(world: &World, gaps: &mut Vec<String>) -> (Machine, &'static str) {
    let (online, from) = online(world, gaps);
    let cpuinfo = world.read("/proc/cpuinfo").unwrap_or_default();
    let cores = cores(world, &online).or_else(|| cores_by_cpuinfo(&cpuinfo, &online));
    let no_topology = || Known::unknown("neither /sys nor /proc/cpuinfo tells the CPUs' cores");
    let machine = Machine {
        physical_cores: cores
            .as_ref()
            .map_or_else(no_topology, |cores| Known::Known(whole(cores.len()))),
        threads_per_core: cores.as_ref().map_or_else(no_topology, |cores| {
            Known::Known(whole(cores.values().copied().max().unwrap_or(1)))
        }),
        numa_nodes: numa_nodes(world, &online),
        cpu_model: cpu_model(&cpuinfo),
        online,
    };
    (machine, from)
}

/// The CPUs that are online, by the sources that glibc's `sysconf` uses, in its order.
fn online(world: &World, gaps: &mut Vec<String>) -> (CpuSet, &'static str) {
    let listed = |path| world.read(path).ok()?.parse().ok().filter(|set: &CpuSet| !set.is_empty());
    if let Some(set) = listed(ONLINE) {
        return (set, ONLINE);
    }
    let counted: CpuSet = world
        .read("/proc/stat")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.strip_prefix("cpu")?.parse().ok())
        .filter(|cpu: &u32| *cpu <= 65_535)
        .collect();
    if !counted.is_empty() {
        return (counted, "/proc/stat");
    }
    gaps.push(format!("neither {ONLINE} nor /proc/stat tells the online CPUs: one is assumed"));
    ([0].into_iter().collect(), ONLINE)
}

/// Physical cores with the number of their online logical CPUs. A core is told by the list of its
/// siblings, which stays right where core numbers repeat (in each die or cluster of some machines).
fn cores(world: &World, online: &CpuSet) -> Option<BTreeMap<String, usize>> {
    let mut cores = BTreeMap::new();
    for cpu in online.iter() {
        let folder = format!("/sys/devices/system/cpu/cpu{cpu}/topology");
        let siblings = ["core_cpus_list", "thread_siblings_list"].iter().find_map(|name| {
            let set: CpuSet = world.read(format!("{folder}/{name}")).ok()?.parse().ok()?;
            set.contains(cpu).then_some(set)
        })?;
        *cores.entry(siblings.to_string()).or_default() += 1;
    }
    Some(cores)
}

/// The same from /proc/cpuinfo, which has package and core numbers on x86 alone.
fn cores_by_cpuinfo(cpuinfo: &str, online: &CpuSet) -> Option<BTreeMap<String, usize>> {
    let mut cores = BTreeMap::new();
    let mut seen = 0;
    for block in cpuinfo.split("\n\n") {
        let field = |name| field(block, name);
        let Some(cpu) = field("processor").and_then(|cpu| cpu.parse().ok()) else { continue };
        if !online.contains(cpu) {
            continue;
        }
        let core = format!("{} {}", field("physical id")?, field("core id")?);
        *cores.entry(core).or_default() += 1;
        seen += 1;
    }
    (seen == online.len()).then_some(cores)
}

fn numa_nodes(world: &World, online: &CpuSet) -> Known<u32> {
    let folder = "/sys/devices/system/node";
    let Ok(names) = world.list(folder) else {
        return Known::unknown(format!("no {folder}"));
    };
    let nodes: BTreeSet<&String> = names
        .iter()
        .filter(|name| {
            let number = name.strip_prefix("node").is_some_and(|rest| rest.parse::<u32>().is_ok());
            let cpus = || world.read(format!("{folder}/{name}/cpulist")).ok()?.parse().ok();
            number && cpus().is_some_and(|cpus: CpuSet| !cpus.intersection(online).is_empty())
        })
        .collect();
    if nodes.is_empty() {
        return Known::unknown(format!("no node of {folder} lists a CPU"));
    }
    Known::Known(whole(nodes.len()))
}

fn cpu_model(cpuinfo: &str) -> Known<String> {
    // `model name` on x86 and some ARM kernels, `cpu` on POWER.
    match ["model name", "cpu"].iter().find_map(|name| field(cpuinfo, name)) {
        Some(name) if !name.is_empty() => Known::Known(name.to_owned()),
        _ => Known::unknown("/proc/cpuinfo has no model name"),
    }
}

fn field<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        (field.trim() == name).then(|| value.trim())
    })
}

fn whole(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
