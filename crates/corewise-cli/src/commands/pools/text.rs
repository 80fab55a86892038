//! The text view of a process's pools.

use std::fmt::Write;

use anstyle::Style;
use corewise_model::{Known, Pool, Reach, Runtime, Scope, Tid};
use corewise_present::escape;
use corewise_probe::pools::Survey;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

const UNKNOWN: &str = "unknown";

/// How many thread numbers of one pool are printed; `--json` has all.
const MOST_THREADS: usize = 12;

/// Text that a program chose, without what would act on a terminal.
pub(super) fn plain(text: &str) -> String {
    escape::text(text, true).into_owned()
}

/// The whole view: a table with a line for each pool, then what does not fit into a line.
pub(super) fn render(survey: &Survey) -> String {
    let mut text = headline(survey);
    if !survey.pools.is_empty() {
        let _ = write!(text, "\n{}", table(&survey.pools));
        for (index, pool) in survey.pools.iter().enumerate() {
            let _ = writeln!(text, "\n{}", details(index + 1, pool));
        }
    }
    section(&mut text, "Loaded more than once", &copies(&survey.pools));
    section(&mut text, "Other threads", &others(survey));
    text
}

fn headline(survey: &Survey) -> String {
    let python = match &survey.python {
        Some((implementation, version)) => {
            format!("{} {}", plain(implementation), known(version))
        }
        None => "no Python interpreter".to_owned(),
    };
    let pools = match survey.pools.len() {
        0 => "no pool of a runtime that corewise knows".to_owned(),
        1 => "1 pool".to_owned(),
        n => format!("{n} pools"),
    };
    format!(
        "{STRONG}Process {} ({}){STRONG:#}: {python}, {pools}\n",
        survey.pid,
        plain(&survey.name),
    )
}

fn table(pools: &[Pool]) -> String {
    let head = ["", "runtime", "version", "layer", "size", "max", "limit for", "threads"];
    let rows: Vec<[String; 8]> = pools
        .iter()
        .enumerate()
        .map(|(index, pool)| {
            [
                (index + 1).to_string(),
                pool.runtime.to_string(),
                escape::cut_end(&cell(&pool.version), 16, true).into_owned(),
                cell(&pool.threading_layer),
                cell(&pool.size),
                cell(&pool.maximum),
                scope(pool.scope).to_owned(),
                match &pool.threads {
                    Known::Known(tids) => tids.len().to_string(),
                    Known::Unknown(_) => UNKNOWN.to_owned(),
                },
            ]
        })
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    let line = |cells: [&str; 8]| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            // Numbers to the right, words to the left.
            let _ = match column {
                0 | 4 | 5 | 7 => write!(line, "{cell:>width$}  "),
                _ => write!(line, "{cell:width$}  "),
            };
        }
        line.trim_end().to_owned()
    };
    let mut text = format!("{DIM}{}{DIM:#}\n", line(head));
    for row in &rows {
        let _ = writeln!(text, "{}", line(row.each_ref().map(String::as_str)));
    }
    text
}

fn details(number: usize, pool: &Pool) -> String {
    let mut lines = vec![format!("{STRONG}{number}{STRONG:#}  {}", plain(&pool.path))];
    let mut add = |line: String| lines.push(format!("   {line}"));
    let mut facts = Vec::new();
    if let Known::Known(distribution) = &pool.distribution {
        facts.push(format!("shipped by {}", plain(&distribution.to_string())));
    }
    if let Some(Known::Known(architecture)) = &pool.architecture {
        facts.push(format!("kernels for {}", plain(architecture)));
    }
    if !facts.is_empty() {
        add(facts.join(", "));
    }
    add(match (pool.governed, pool.runtime.variable()) {
        (Reach::AtStart, Some(variable)) => format!("governed: {} ({variable})", pool.governed),
        _ => format!("governed: {}", pool.governed),
    });
    if let Known::Known(tids) = &pool.threads
        && !tids.is_empty()
    {
        add(format!("threads {}", numbers(tids)));
    }
    for (names, reason) in unknowns(pool) {
        add(format!("{}: {UNKNOWN} ({})", names.join(", "), plain(reason)));
    }
    lines.join("\n")
}

/// What is not known of a pool, by reason.
fn unknowns(pool: &Pool) -> Vec<(Vec<&'static str>, &str)> {
    let facts = [
        ("version", reason(&pool.version)),
        ("layer", reason(&pool.threading_layer)),
        ("kernels", pool.architecture.as_ref().and_then(reason)),
        ("shipped by", reason(&pool.distribution)),
        ("size", reason(&pool.size)),
        ("max", reason(&pool.maximum)),
        ("threads", reason(&pool.threads)),
    ];
    let mut unknowns: Vec<(Vec<&'static str>, &str)> = Vec::new();
    for (name, reason) in facts.into_iter().filter_map(|(name, reason)| Some((name, reason?))) {
        match unknowns.iter_mut().find(|(_, known)| *known == reason) {
            Some((names, _)) => names.push(name),
            None => unknowns.push((vec![name], reason)),
        }
    }
    unknowns
}

fn copies(pools: &[Pool]) -> Vec<String> {
    let mut runtimes: Vec<Runtime> = pools.iter().map(|pool| pool.runtime).collect();
    runtimes.sort_unstable();
    runtimes.dedup();
    let numbers = |runtime| {
        let of = pools.iter().enumerate().filter(move |(_, pool)| pool.runtime == runtime);
        of.map(|(index, _)| (index + 1).to_string()).collect::<Vec<_>>()
    };
    let several = runtimes.into_iter().map(|runtime| (runtime, numbers(runtime)));
    several
        .filter(|(_, numbers)| numbers.len() > 1)
        .map(|(runtime, numbers)| format!("{runtime}: {}", numbers.join(", ")))
        .collect()
}

fn others(survey: &Survey) -> Vec<String> {
    let mut lines = Vec::new();
    let threads = &survey.threads;
    if !threads.python.is_empty() {
        lines.push(format!("started by Python: {}", numbers(&threads.python)));
    }
    for (words, list) in [("started by", &threads.native), (UNKNOWN, &threads.unknown)] {
        let mut reasons: Vec<&str> = list.iter().map(|(_, reason)| reason.as_str()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        for reason in reasons {
            let tids: Vec<Tid> =
                list.iter().filter(|(_, of)| of == reason).map(|(tid, _)| *tid).collect();
            lines.push(match words {
                UNKNOWN => format!("{UNKNOWN} ({}): {}", plain(reason), numbers(&tids)),
                _ => format!("{words} {}: {}", plain(reason), numbers(&tids)),
            });
        }
    }
    lines
}

fn section(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{STRONG}{title}{STRONG:#}");
    for line in lines {
        let _ = writeln!(text, "   {line}");
    }
}

fn numbers(tids: &[Tid]) -> String {
    let shown: Vec<String> = tids.iter().take(MOST_THREADS).map(ToString::to_string).collect();
    match tids.len().saturating_sub(MOST_THREADS) {
        0 => shown.join(" "),
        more => format!("{} and {more} more", shown.join(" ")),
    }
}

fn cell<T: ToString>(fact: &Known<T>) -> String {
    fact.get().map_or_else(|| UNKNOWN.to_owned(), |value| plain(&value.to_string()))
}

fn known(fact: &Known<String>) -> String {
    plain(&fact.to_string())
}

fn reason<T>(fact: &Known<T>) -> Option<&str> {
    match fact {
        Known::Known(_) => None,
        Known::Unknown(reason) => Some(reason),
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Process => "process",
        Scope::Thread => "thread",
        Scope::None => "nobody",
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::{Distribution, Pid, Shipper};
    use corewise_probe::pools::Threads;

    use super::*;

    fn pool(runtime: Runtime, path: &str, threads: Vec<u32>) -> Pool {
        Pool {
            runtime,
            version: Known::Known("0.3.31.188.0".to_owned()),
            threading_layer: Known::Known("pthreads".to_owned()),
            architecture: Some(Known::Known("SkylakeX".to_owned())),
            path: path.to_owned(),
            base: 4096,
            distribution: Known::Known(Distribution {
                shipper: Shipper::Wheel,
                name: "numpy".to_owned(),
                version: "2.4.6".to_owned(),
            }),
            size: Known::Known(64),
            maximum: Known::Known(128),
            scope: Scope::Process,
            governed: runtime.reach(Some("pthreads")),
            threads: Known::Known(threads.into_iter().map(Tid).collect()),
        }
    }

    fn view(survey: &Survey) -> String {
        anstream::adapter::strip_str(&render(survey)).to_string()
    }

    #[test]
    fn the_text_has_a_line_for_each_pool_and_reasons_for_what_is_unknown() {
        let secret = || Known::<u32>::unknown("the library exports no variable");
        let workqueue = Pool {
            version: Known::unknown("it carries none"),
            architecture: None,
            size: secret(),
            maximum: secret(),
            distribution: Known::unknown("no package lists the file"),
            threads: Known::unknown("thread 9 could not be attributed: \x1b[2J"),
            scope: Scope::Thread,
            ..pool(Runtime::NumbaWorkqueue, "/x/work\nqueue.so", Vec::new())
        };
        let survey = Survey {
            pid: Pid(4711),
            name: "\x1b[31mevil".to_owned(),
            python: Some(("CPython".to_owned(), Known::Known("3.11.7".to_owned()))),
            pools: vec![
                pool(Runtime::OpenBlas, "/x/numpy.libs/libopenblas.so", (100..163).collect()),
                pool(Runtime::OpenBlas, "/x/scipy.libs/libopenblas.so", vec![200]),
                workqueue,
                pool(Runtime::Rayon, "/x/tokenizers.abi3.so", Vec::new()),
            ],
            threads: Threads {
                python: vec![Tid(7), Tid(8)],
                native: vec![(Tid(10), "/x/libav.so".to_owned())],
                unknown: vec![(Tid(9), "\x1b[2J".to_owned())],
            },
        };
        let text = view(&survey);
        assert!(!text.contains('\x1b'));
        insta::assert_snapshot!("all_kinds", text);
    }

    #[test]
    fn a_process_without_python_and_pools_is_one_line() {
        let survey = Survey {
            pid: Pid(1),
            name: "init".to_owned(),
            python: None,
            pools: Vec::new(),
            threads: Threads::default(),
        };
        insta::assert_snapshot!(
            view(&survey),
            @"Process 1 (init): no Python interpreter, no pool of a runtime that corewise knows\n"
        );
    }
}
