//! Every pool once, however many processes have it.

use anstyle::Style;
use corewise_model::{Known, Pool, Recording};

use super::amounts::count;
use super::page::{FAINT, INDENT, Page};
use crate::names;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording) {
    let mut told: Vec<(String, &str, usize)> = Vec::new();
    for (_, pool) in &recording.pools {
        let text = describe(pool);
        match told.iter_mut().find(|(known, path, _)| *known == text && *path == pool.path) {
            Some((_, _, processes)) => *processes += 1,
            None => told.push((text, &pool.path, 1)),
        }
    }
    if told.is_empty() {
        return;
    }
    page.blank();
    for (at, (text, path, processes)) in told.into_iter().enumerate() {
        let label = if at == 0 { "Pools" } else { "" };
        let processes = count(processes, "process", "processes");
        page.labelled(label, &format!("{text}; in {processes}"));
        page.paragraph("", Style::new(), INDENT + 2, path, FAINT);
    }
}

fn describe(pool: &Pool) -> String {
    let mut parts = vec![names::pool(pool)];
    parts.push(match (&pool.size, &pool.maximum) {
        (Known::Known(size), Known::Known(maximum)) if size != maximum => {
            format!("{} of at most {maximum}", threads(*size))
        }
        (Known::Known(size), _) => threads(*size),
        (Known::Unknown(reason), _) => format!("size unknown ({reason})"),
    });
    if let Known::Known(layer) = &pool.threading_layer {
        parts.push(layer.clone());
    }
    if let Some(Known::Known(architecture)) = &pool.architecture {
        parts.push(architecture.clone());
    }
    parts.join(", ")
}

fn threads(size: u32) -> String {
    count(size as usize, "thread", "threads")
}
