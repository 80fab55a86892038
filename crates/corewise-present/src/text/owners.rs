//! Whose CPU time it was.

use std::collections::BTreeMap;

use corewise_analyse::{Owner, OwnerTime, Summary};
use corewise_model::{Known, Nanos, Recording, Role};

use super::amounts::{seconds, share};
use super::page::{FAINT, LABEL, Page};
use crate::{escape, names};

/// Rows that a short summary has at most.
const ROWS: usize = 8;

/// A difference to the kernel's own figure that is worth a line.
const TOLERANCE: f64 = 0.02;

/// A part of unknown origin that is worth a reason.
const UNKNOWN: f64 = 0.05;

struct Row {
    name: String,
    path: Option<String>,
    cpu: Nanos,
    /// Neither is known of threads that were not seen.
    seen: Option<(Nanos, u32)>,
}

pub(super) fn write(page: &mut Page<'_>, recording: &Recording, summary: &Summary) {
    page.blank();
    let mut rows = rows(recording, summary);
    if page.options.all {
        tell_apart(&mut rows);
    } else {
        merge(&mut rows);
        shorten(&mut rows);
    }
    let name_columns = page.columns().saturating_sub(42);
    let heading = format!(
        "{:<name_columns$}{:>10}{:>9}{:>12}{:>10}",
        "CPU time by", "CPU", "share", "waited", "threads"
    );
    let line = page.styled(LABEL, &heading);
    page.raw(&line);
    for row in &rows {
        let name = page.cut(&row.name, name_columns.saturating_sub(3));
        let gap = name_columns.saturating_sub(escape::width(&name) + 2);
        let part = if summary.cpu > Nanos::ZERO {
            share(row.cpu.0 as f64 / summary.cpu.0 as f64)
        } else {
            String::new()
        };
        let (wait, threads) = match row.seen {
            Some((wait, threads)) => (seconds(wait.as_secs_f64()), threads.to_string()),
            None => ("unknown".to_owned(), "unknown".to_owned()),
        };
        page.raw(&format!(
            "  {name}{:gap$}{:>10}{part:>9}{wait:>12}{threads:>10}",
            "",
            seconds(row.cpu.as_secs_f64()),
        ));
    }
    unknown(page, recording, summary);
    accounting(page, summary);
}

fn rows(recording: &Recording, summary: &Summary) -> Vec<Row> {
    summary.owners.iter().map(|time| row(recording, time)).collect()
}

/// Each owner's part of the CPU time in words, the greatest first: `OpenBLAS 0.3.31 (numpy) 61 %`.
pub(crate) fn parts(recording: &Recording, summary: &Summary) -> Vec<String> {
    let mut rows = rows(recording, summary);
    merge(&mut rows);
    let all = summary.cpu.0.max(1) as f64;
    rows.iter()
        .map(|row| (row, row.cpu.0 as f64 / all))
        .filter(|(_, part)| *part >= 0.005)
        .map(|(row, part)| format!("{} {}", row.name, share(part)))
        .collect()
}

/// Why threads of unknown origin are that, where their part is worth knowing: the reason that most
/// of their CPU time has.
fn unknown(page: &mut Page<'_>, recording: &Recording, summary: &Summary) {
    let mut reasons: BTreeMap<&str, Nanos> = BTreeMap::new();
    for thread in &recording.threads {
        if let Role::Unknown(reason) = &thread.role {
            *reasons.entry(reason).or_default() += thread.run;
        }
    }
    let time: Nanos = reasons.values().copied().sum();
    if (time.0 as f64) < summary.cpu.0 as f64 * UNKNOWN {
        return;
    }
    if let Some((reason, _)) = reasons.into_iter().max_by_key(|(_, time)| *time) {
        page.paragraph("", FAINT, 2, &format!("Unknown origin, mostly because {reason}."), FAINT);
    }
}

/// Adds up rows of one name: a library that stands in several files.
fn merge(rows: &mut Vec<Row>) {
    let mut merged: Vec<(Row, usize)> = Vec::new();
    for row in rows.drain(..) {
        match merged.iter_mut().find(|(known, _)| known.name == row.name) {
            Some((known, copies)) => {
                known.add(&row);
                *copies += 1;
            }
            None => merged.push((row, 1)),
        }
    }
    merged.sort_by_key(|(row, _)| std::cmp::Reverse(row.cpu));
    rows.extend(merged.into_iter().map(|(mut row, copies)| {
        if copies > 1 {
            row.name = format!("{}, {copies} copies", row.name);
        }
        row
    }));
}

/// Adds the library's path to names that stand for several.
fn tell_apart(rows: &mut [Row]) {
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    for row in rows.iter_mut() {
        if let Some(path) = &row.path
            && names.iter().filter(|name| **name == row.name).count() > 1
        {
            row.name = format!("{} {path}", row.name);
        }
    }
}

/// Keeps the greatest and sums up the rest.
fn shorten(rows: &mut Vec<Row>) {
    if rows.len() <= ROWS {
        return;
    }
    let rest = rows.split_off(ROWS - 1);
    let mut more = Row {
        name: format!("{} more", rest.len()),
        path: None,
        cpu: Nanos::ZERO,
        seen: Some((Nanos::ZERO, 0)),
    };
    for row in &rest {
        more.add(row);
    }
    rows.push(more);
}

impl Row {
    fn add(&mut self, other: &Self) {
        self.cpu += other.cpu;
        if let (Some((wait, threads)), Some((more_wait, more_threads))) =
            (&mut self.seen, other.seen)
        {
            *wait += more_wait;
            *threads += more_threads;
        }
    }
}

fn row(recording: &Recording, time: &OwnerTime) -> Row {
    let mut path = None;
    let name = match &time.owner {
        Owner::Python => "Python threads and what they call".to_owned(),
        Owner::Pool(runtime, file) => {
            path = Some(file.clone());
            recording
                .pools
                .iter()
                .find(|(_, pool)| pool.runtime == *runtime && pool.path == *file)
                .map_or_else(|| runtime.to_string(), |(_, pool)| names::pool(pool))
        }
        Owner::Native(file) => {
            path = Some(file.clone());
            format!("threads of {}", names::native(file))
        }
        Owner::Unknown => "threads of unknown origin".to_owned(),
        Owner::Unattributed => "threads too brief to be seen".to_owned(),
    };
    let seen = (time.owner != Owner::Unattributed).then_some((time.wait, time.threads));
    Row { name, path, cpu: time.cpu, seen }
}

/// How far the sum is from what the kernel charged, where that is worth knowing.
fn accounting(page: &mut Page<'_>, summary: &Summary) {
    let Known::Known(error) = summary.accounting.error else { return };
    let Known::Known(charged) = summary.accounting.charged else { return };
    if error.abs() < TOLERANCE && !page.options.all {
        return;
    }
    let text = format!(
        "Together {}; the kernel charged {}, which is {:.1} % {}.",
        seconds(summary.cpu.as_secs_f64()),
        seconds(charged.as_secs_f64()),
        error.abs() * 100.0,
        if error < 0.0 { "more" } else { "less" },
    );
    page.paragraph("", FAINT, 2, &text, FAINT);
}
