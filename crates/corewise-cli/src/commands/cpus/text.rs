//! The text view of the allowed cores.

use std::fmt::Write;

use anstyle::Style;
use corewise_model::{Allowed, Known, Limit, LimitSource, Machine, Throttling};

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The whole view. Meaning never hangs on the styles, which are stripped for a pipe.
pub(super) fn render(allowed: &Allowed) -> String {
    let mut text = headline(allowed);
    section(&mut text, "Limits", &limits(allowed));
    section(&mut text, "Throttling since the cgroup was made", &throttling(&allowed.throttling));
    section(&mut text, "Machine", &machine(&allowed.machine));
    section(&mut text, "What others would say", &opinions(allowed));
    let gaps: Vec<String> = allowed.gaps.iter().map(|gap| format!("  {}", plain(gap))).collect();
    section(&mut text, "Not known", &gaps);
    text
}

fn headline(allowed: &Allowed) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for limit in
        allowed.decided_by.iter().filter_map(|i| allowed.limits.get(usize::try_from(*i).ok()?))
    {
        if !reasons.contains(&name(limit.source)) {
            reasons.push(name(limit.source));
        }
        // What agrees with the machine takes nothing away.
        if limit.source == LimitSource::Online {
            break;
        }
    }
    let threads = match allowed.threads {
        1 => "1 thread".to_owned(),
        n => format!("{n} threads"),
    };
    let cores = if allowed.cores.to_string() == "1" { "core" } else { "cores" };
    format!(
        "{STRONG}{} {cores}{STRONG:#} may be used, by {}: {STRONG}{threads}{STRONG:#} for a pool \
         (rounded half up, at least 1)\n",
        allowed.cores,
        reasons.join(" and "),
    )
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{STRONG}{title}{STRONG:#}");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
}

fn limits(allowed: &Allowed) -> Vec<String> {
    let rows: Vec<(String, String, &Limit)> = allowed
        .limits
        .iter()
        .map(|limit| (name(limit.source).to_owned(), limit.cores.to_string(), limit))
        .collect();
    let width = |f: fn(&(String, String, &Limit)) -> usize| rows.iter().map(f).max().unwrap_or(0);
    let (names, cores) = (width(|row| row.0.len()), width(|row| row.1.len()));
    // A long detail (a list of many CPUs) may push its own source to the right, not the others'.
    let details = width(|row| row.2.detail.len()).min(32);
    let mut lines: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(index, (source, count, limit))| {
            let decides = u32::try_from(index).is_ok_and(|i| allowed.decided_by.contains(&i));
            let (mark, end) = if decides { (">", "  <- decides") } else { (" ", "") };
            let style = if decides { STRONG } else { Style::new() };
            format!(
                "{style}{mark} {source:names$}  {count:>cores$}{style:#}  {:details$}  {DIM}{}{DIM:#}{end}",
                plain(&limit.detail),
                plain(&limit.from),
            )
        })
        .collect();
    if !allowed.limits.iter().any(|limit| limit.source == LimitSource::Quota) {
        lines.push(format!("  {:names$}  {:>cores$}  no CPU quota was found", "quota", "-"));
    }
    lines
}

fn throttling(counters: &[Throttling]) -> Vec<String> {
    counters
        .iter()
        .map(|group| {
            let share = match group.periods {
                0 => String::new(),
                n => format!(" ({:.0} %)", group.throttled_periods as f64 / n as f64 * 100.0),
            };
            format!(
                "  {} of {} periods{share}, {} in all  {DIM}{}{DIM:#}",
                group.throttled_periods,
                group.periods,
                group.throttled,
                plain(&group.path)
            )
        })
        .collect()
}

fn machine(machine: &Machine) -> Vec<String> {
    let cpus = machine.online.len();
    let row = |name: &str, value: String| format!("  {name:<18}  {}", plain(&value));
    vec![
        row("processor", machine.cpu_model.to_string()),
        row("CPUs online", format!("{cpus} ({})", machine.online)),
        row("physical cores", machine.physical_cores.to_string()),
        row("CPUs per core", machine.threads_per_core.to_string()),
        row("NUMA nodes", machine.numa_nodes.to_string()),
    ]
}

fn opinions(allowed: &Allowed) -> Vec<String> {
    let count = |cores: &Known<u32>| match cores {
        Known::Known(n) => n.to_string(),
        Known::Unknown(_) => "?".to_owned(),
    };
    let who = allowed.opinions.iter().map(|opinion| opinion.who.len()).max().unwrap_or(0);
    let cores = allowed.opinions.iter().map(|o| count(&o.cores).len()).max().unwrap_or(0);
    allowed
        .opinions
        .iter()
        .map(|opinion| {
            let reason = match &opinion.cores {
                Known::Known(_) => String::new(),
                Known::Unknown(reason) => format!("unknown, {}: ", plain(reason)),
            };
            format!(
                "  {:who$}  {:>cores$}  {reason}{DIM}{}{DIM:#}",
                opinion.who,
                count(&opinion.cores),
                plain(&opinion.why)
            )
        })
        .collect()
}

fn name(source: LimitSource) -> &'static str {
    match source {
        LimitSource::Online => "online CPUs",
        LimitSource::Affinity => "affinity mask",
        LimitSource::Cpuset => "cpuset",
        LimitSource::Quota => "quota",
        LimitSource::BatchSystem => "batch system",
        LimitSource::Environment => "environment",
    }
}

/// Text from outside on one line: control characters, and so escape sequences, become `?`.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
