//! Processes, threads and pools.

use corewise_model::{
    Interpreter, Nanos, Notice, Pid, Pool, Process, ProcessId, Role, StartMethod, Thread, Tid,
};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ProcessFacts<'a> {
    pid: Pid,
    parent: Option<ProcessId>,
    start_ns: Nanos,
    end_ns: Option<Nanos>,
    name: &'a str,
    command: &'a [String],
    start_method: StartMethod,
    interpreter: &'a Option<Interpreter>,
}

impl<'a> ProcessFacts<'a> {
    pub(super) fn of(process: &'a Process) -> Self {
        Self {
            pid: process.pid,
            parent: process.parent,
            start_ns: process.start,
            end_ns: process.end,
            name: &process.name,
            command: &process.command,
            start_method: process.method,
            interpreter: &process.interpreter,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ThreadFacts<'a> {
    process: ProcessId,
    tid: Tid,
    name: &'a str,
    role: &'a Role,
    start_ns: Nanos,
    end_ns: Option<Nanos>,
    cpu_ns: Nanos,
    wait_ns: Nanos,
    times_given_a_core: u64,
    voluntary_switches: u64,
    involuntary_switches: u64,
}

impl<'a> ThreadFacts<'a> {
    pub(super) fn of(thread: &'a Thread) -> Self {
        Self {
            process: thread.process,
            tid: thread.tid,
            name: &thread.name,
            role: &thread.role,
            start_ns: thread.start,
            end_ns: thread.end,
            cpu_ns: thread.run,
            wait_ns: thread.wait,
            times_given_a_core: thread.slices,
            voluntary_switches: thread.voluntary,
            involuntary_switches: thread.involuntary,
        }
    }
}

#[derive(Serialize)]
pub(super) struct PoolFacts<'a> {
    process: ProcessId,
    pool: &'a Pool,
}

impl<'a> PoolFacts<'a> {
    pub(super) fn of(process: ProcessId, pool: &'a Pool) -> Self {
        Self { process, pool }
    }
}

#[derive(Serialize)]
pub(super) struct NoticeFacts<'a> {
    at_ns: Nanos,
    text: &'a str,
    hint: &'a Option<String>,
}

impl<'a> NoticeFacts<'a> {
    pub(super) fn of(notice: &'a Notice) -> Self {
        Self { at_ns: notice.at, text: &notice.text, hint: &notice.hint }
    }
}
