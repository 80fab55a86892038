//! The Firefox Profiler's processed profile format.
//!
//! Every thread has samples, one for each tick in which it did something: its CPU time since the
//! sample before, and its Python stack, or its pool's name where it has none. Run-queue delay and
//! findings are markers. The crate that writes the format has no file and line for frames that are
//! not machine code, so a frame is named `function (file)`.

use std::collections::HashMap;
use std::io::Write;
use std::time::Duration;

use corewise_analyse::activity;
use corewise_model::{Finding, Nanos, Recording, StackId, ThreadId, ThreadTick};
use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameInfo, MarkerTiming, Profile,
    ReferenceTimestamp, SamplingInterval, StackHandle, ThreadHandle, Timestamp,
};

use super::firefox_marker::TextMarker;
use super::stacks::{self, State, Stretch};
use super::states::{self, ThreadState};
use crate::{PresentError, names};

/// Writes a recording as a profile for <https://profiler.firefox.com>.
pub fn firefox(
    recording: &Recording,
    findings: &[Finding],
    out: &mut dyn Write,
) -> Result<(), PresentError> {
    let profile = Builder::new(recording).build(findings);
    Ok(serde_json::to_writer(out, &profile)?)
}

struct Builder<'a> {
    recording: &'a Recording,
    profile: Profile,
    threads: Vec<ThreadHandle>,
    /// The time of each thread's last sample: the format demands that they are in order.
    sampled: Vec<Nanos>,
    python: CategoryHandle,
    native: CategoryHandle,
    blocked: CategoryHandle,
    stacks: HashMap<(ThreadId, StackId, Option<&'static str>), Option<StackHandle>>,
}

impl<'a> Builder<'a> {
    fn new(recording: &'a Recording) -> Self {
        let header = &recording.header;
        let mut profile = Profile::new(
            &names::command(&header.command),
            ReferenceTimestamp::from_duration_since_unix_epoch(Duration::from_nanos(
                header.started_unix,
            )),
            interval(header.rate),
        );
        profile.set_os_name(&header.host.kernel);
        profile.set_symbolicated(true);
        let python = profile.add_category("Python", CategoryColor::Yellow);
        let native = profile.add_category("Native", CategoryColor::Blue);
        let blocked = profile.add_category("Blocked", CategoryColor::Gray);
        let processes: Vec<_> = recording
            .processes
            .iter()
            .map(|process| {
                let name = names::process(process);
                let handle = profile.add_process(&name, process.pid.0, time(process.start));
                if let Some(end) = process.end {
                    profile.set_process_end_time(handle, time(end));
                }
                handle
            })
            .collect();
        let mut threads = Vec::with_capacity(recording.threads.len());
        for (at, thread) in recording.threads.iter().enumerate() {
            let main = thread.tid.0 == recording.processes[thread.process.index()].pid.0;
            let process = processes[thread.process.index()];
            let handle = profile.add_thread(process, thread.tid.0, time(thread.start), main);
            let id = ThreadId(u32::try_from(at).unwrap_or(u32::MAX));
            profile.set_thread_name(handle, &names::thread(recording, id));
            profile.set_thread_show_markers_in_timeline(handle, true);
            if let Some(end) = thread.end {
                profile.set_thread_end_time(handle, time(end));
            }
            threads.push(handle);
        }
        let sampled = vec![Nanos::ZERO; threads.len()];
        Self {
            recording,
            profile,
            threads,
            sampled,
            python,
            native,
            blocked,
            stacks: HashMap::new(),
        }
    }

    fn build(mut self, findings: &[Finding]) -> Profile {
        self.samples();
        for (id, phases) in states::of_threads(&activity(self.recording)) {
            for phase in phases.iter().filter(|phase| phase.state == ThreadState::Waiting) {
                let text = format!("{} of run-queue delay", Nanos::from_secs_f64(phase.wait));
                self.marker(id, "waiting for a core", &text, (phase.start, phase.end));
            }
        }
        for finding in findings {
            let name = finding.code.to_string();
            for evidence in &finding.evidence {
                for span in &evidence.spans {
                    let id = evidence.threads.first().copied().unwrap_or(ThreadId(0));
                    let text = format!("{}: {}", finding.title, evidence.text);
                    self.marker(id, &name, &text, (span.start, span.end));
                }
            }
        }
        self.profile
    }

    /// One sample for each tick of a thread. Where a thread did nothing for some ticks, two samples
    /// without CPU time stand at the ends of that stretch.
    fn samples(&mut self) {
        let stretches = stacks::of_threads(self.recording);
        let mut positions: HashMap<ThreadId, usize> = HashMap::new();
        let mut seen: Vec<Option<usize>> = vec![None; self.recording.threads.len()];
        let ticks = &self.recording.ticks;
        for (now, tick) in ticks.iter().enumerate() {
            for t in &tick.threads {
                let known = stretches.get(&t.thread).map_or(&[][..], Vec::as_slice);
                let position = positions.entry(t.thread).or_default();
                let mut stack_at = |at: Nanos| {
                    while known.get(*position).is_some_and(|s| s.end < at) {
                        *position += 1;
                    }
                    known.get(*position).filter(|s| s.start <= at).copied()
                };
                let first_idle = seen[t.thread.index()].map_or(now, |last| last + 1);
                if first_idle < now {
                    let stack = stack_at(ticks[first_idle].at);
                    self.sample(t.thread, ticks[first_idle].at, stack, None);
                    if first_idle + 1 < now {
                        let weight = i32::try_from(now - 1 - first_idle).unwrap_or(i32::MAX);
                        let handle = self.threads[t.thread.index()];
                        let at = self.in_order(t.thread, ticks[now - 1].at);
                        self.profile.add_sample_same_stack_zero_cpu(handle, at, weight);
                    }
                }
                self.sample(t.thread, tick.at, stack_at(tick.at), Some(t));
                seen[t.thread.index()] = Some(now);
            }
        }
    }

    fn sample(
        &mut self,
        id: ThreadId,
        at: Nanos,
        stretch: Option<Stretch>,
        did: Option<&ThreadTick>,
    ) {
        let run = did.map_or(Nanos::ZERO, |t| t.run);
        let stack = match stretch {
            // What a thread did in a tick says more than one look at it.
            Some(s) if run > Nanos::ZERO && s.state == State::Blocked => {
                self.stack(id, s.stack, None)
            }
            Some(s) => self.stack(id, s.stack, s.state.label()),
            None => self.named(id, did.is_none()),
        };
        let handle = self.threads[id.index()];
        let at = self.in_order(id, at);
        self.profile.add_sample(handle, at, stack, CpuDelta::from_nanos(run.0), 1);
    }

    fn in_order(&mut self, id: ThreadId, at: Nanos) -> Timestamp {
        let last = &mut self.sampled[id.index()];
        *last = at.max(*last);
        time(*last)
    }

    /// The stack of a thread that has no Python stack: its name.
    fn named(&mut self, id: ThreadId, idle: bool) -> Option<StackHandle> {
        if idle {
            return None;
        }
        let label = self.profile.intern_string(&names::thread(self.recording, id));
        let frame = FrameInfo {
            frame: Frame::Label(label),
            category_pair: self.native.into(),
            flags: FrameFlags::empty(),
        };
        self.profile.intern_stack_frames(self.threads[id.index()], std::iter::once(frame))
    }

    fn stack(
        &mut self,
        id: ThreadId,
        stack: StackId,
        state: Option<&'static str>,
    ) -> Option<StackHandle> {
        if let Some(known) = self.stacks.get(&(id, stack, state)) {
            return *known;
        }
        let frames = &self.recording.stacks[stack.index()].frames;
        let mut infos: Vec<FrameInfo> = Vec::with_capacity(frames.len() + 1);
        for frame in frames.iter().rev().map(|frame| &self.recording.frames[frame.index()]) {
            let name = format!("{} ({})", frame.function, names::module_path(&frame.file));
            infos.push(FrameInfo {
                frame: Frame::Label(self.profile.intern_string(&name)),
                category_pair: self.python.into(),
                flags: FrameFlags::empty(),
            });
        }
        if let Some(state) = state {
            infos.push(FrameInfo {
                frame: Frame::Label(self.profile.intern_string(state)),
                category_pair: self.blocked.into(),
                flags: FrameFlags::empty(),
            });
        }
        let handle = self.profile.intern_stack_frames(self.threads[id.index()], infos.into_iter());
        self.stacks.insert((id, stack, state), handle);
        handle
    }

    fn marker(&mut self, id: ThreadId, name: &str, text: &str, span: (Nanos, Nanos)) {
        let Some(thread) = self.threads.get(id.index()).copied() else { return };
        let marker = TextMarker {
            name: self.profile.intern_string(name),
            text: self.profile.intern_string(text),
        };
        let timing = MarkerTiming::Interval(time(span.0), time(span.1));
        self.profile.add_marker(thread, timing, marker);
    }
}

fn time(at: Nanos) -> Timestamp {
    Timestamp::from_nanos_since_reference(at.0)
}

fn interval(rate: f64) -> SamplingInterval {
    let period = Nanos::from_secs_f64(1.0 / rate);
    SamplingInterval::from_nanos(if period > Nanos::ZERO { period.0 } else { 10_000_000 })
}
