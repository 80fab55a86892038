//! What was recorded, and how it ended.

use corewise_analyse::Summary;
use corewise_model::{Mode, Recording};

use super::amounts::{count, length};
use super::page::{CARE, INDENT, Page};
use crate::names;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording, summary: &Summary) {
    let command = names::command(&recording.header.command);
    let lines = if page.options.all { 10 } else { 1 };
    let command = page.cut(&command, (page.columns() - INDENT) * lines);
    page.labelled("corewise", if command.is_empty() { "unknown program" } else { &command });
    let mut text = match recording.header.mode {
        Mode::Record | Mode::Run => length(summary.wall),
        Mode::Attach => format!("attached for {}", length(summary.wall)),
    };
    if let Some(status) = recording.status {
        text.push_str(", ");
        text.push_str(&ending(status));
    }
    text.push_str("; ");
    text.push_str(&count(summary.processes, "process", "processes"));
    text.push_str(", ");
    text.push_str(&count(summary.threads, "thread", "threads"));
    page.labelled("", &text);
    if !recording.complete {
        let text = format!(
            "The recording was cut off after {}: this is what there was until then.",
            length(summary.wall)
        );
        page.paragraph("", CARE, INDENT, &text, CARE);
    }
    if recording.ticks.is_empty() {
        let text = "Nothing was measured: the program ended before the first look at its threads.";
        page.paragraph("", CARE, INDENT, text, CARE);
    }
    let header = &recording.header;
    // The session is none of those that size pools.
    let set: Vec<String> = header
        .environment
        .iter()
        .filter(|(name, _)| header.set_by_corewise.contains(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !set.is_empty() {
        page.labelled("", &format!("corewise set {}", set.join(" ")));
    }
}

/// What `waitpid` says, in words.
fn ending(status: i32) -> String {
    let signal = status & 0x7f;
    if signal == 0 {
        return format!("exit status {}", (status >> 8) & 0xff);
    }
    match signal_name(signal) {
        Some(name) => format!("ended by {name}"),
        None => format!("ended by signal {signal}"),
    }
}

/// The signals that end programs, by their numbers on Linux (the same on x86-64 and ARM).
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        _ => return None,
    })
}
