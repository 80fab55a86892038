//! Python stacks, read from the interpreter's memory without stopping it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use corewise_model::{Frame, Gil, Pid, Tid};

use super::PythonStack;

/// Reads the Python stacks of one process.
pub(super) trait StackReader {
    /// The stack of each Python thread that has one. A read in the middle of a change can fail: the
    /// next will do.
    fn stacks(&mut self) -> Result<Vec<PythonStack>, String>;
    /// The interpreter's version.
    fn version(&self) -> String;
}

/// Runs py-spy's code. It computes with what it reads from a process that goes on running, and may
/// panic over a half-written structure: that is a failed read like any other.
fn guarded<T, E: std::fmt::Display>(read: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err("what was read makes no sense".to_owned()),
    }
}

/// py-spy's reader.
pub(super) struct PySpy {
    spy: py_spy::PythonSpy,
    pid: Pid,
}

impl PySpy {
    /// Opens a process. Fails while its interpreter is not initialised.
    pub(super) fn open(pid: Pid) -> Result<Self, String> {
        let config = py_spy::Config {
            blocking: py_spy::config::LockingStrategy::NonBlocking,
            collect_thread_names: false,
            include_idle: true,
            native: false,
            subprocesses: false,
            lineno: py_spy::config::LineNo::LastInstruction,
            ..py_spy::Config::default()
        };
        let raw = i32::try_from(pid.0).map_err(|_| "no such PID".to_owned())?;
        let spy = guarded(|| py_spy::PythonSpy::new(raw, &config))?;
        Ok(Self { spy, pid })
    }

    /// CPython 3.10 does not keep a thread's number; its `pthread_t` is the address of a structure
    /// of glibc's which has it.
    fn tid(&self, trace: &py_spy::StackTrace, main: bool) -> Option<Tid> {
        if let Some(tid) = trace.os_thread_id {
            return u32::try_from(tid).ok().map(Tid);
        }
        if main {
            return Some(Tid(self.pid.0));
        }
        super::interpreter::tid_of_pthread(self.pid, trace.thread_id)
    }
}

impl StackReader for PySpy {
    fn stacks(&mut self) -> Result<Vec<PythonStack>, String> {
        let traces = guarded(|| self.spy.get_stack_traces())?;
        // The interpreter lists its threads newest first, so the main thread is the last.
        let last = traces.len().wrapping_sub(1);
        let stacks = traces.iter().enumerate().filter_map(|(i, trace)| {
            // py-spy's `is_shim_entry` marks a real frame, the last before the interpreter's own:
            // a script's `<module>` among them.
            let frames: Vec<Frame> = trace
                .frames
                .iter()
                .map(|frame| Frame {
                    function: frame.name.clone(),
                    file: frame.filename.clone(),
                    line: u32::try_from(frame.line).unwrap_or(0),
                })
                .collect();
            (!frames.is_empty()).then_some(())?;
            Some(PythonStack {
                tid: self.tid(trace, i == last)?,
                frames,
                gil: if trace.owns_gil { Gil::Holds } else { Gil::Free },
                active: trace.active,
            })
        });
        Ok(stacks.collect())
    }

    fn version(&self) -> String {
        let version = &self.spy.version;
        format!("{}.{}.{}", version.major, version.minor, version.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failed_read() {
        let panics = || -> Result<(), String> { panic!("half-written") };
        assert_eq!(guarded(panics), Err("what was read makes no sense".to_owned()));
        assert_eq!(guarded(|| Ok::<_, String>(1)), Ok(1));
        assert_eq!(guarded(|| Err::<(), _>("no")), Err("no".to_owned()));
    }
}
