//! Numbers what is learned and passes it on to the storage, a frame a second.

use std::collections::HashMap;

use corewise_model::{
    Entry, Frame, FrameId, Nanos, Notice, Pool, PoolId, ProcessEntry, ProcessId, StackEntry,
    StackId, ThreadEntry, ThreadId,
};

use crate::{SampleError, Storage};

/// After this many different stacks further ones are cut to their innermost frame, so that a
/// program with endless generated code cannot fill the memory.
const MAX_STACKS: usize = 50_000;

/// After this many different frames further ones are one frame, `(too many)`.
const MAX_FRAMES: usize = 200_000;

/// Entries that wait for their frame to be written, and the numbers that were given out.
#[derive(Debug)]
pub(crate) struct Journal {
    storage: Storage,
    pending: Vec<Entry>,
    processes: u32,
    threads: u32,
    pools: u32,
    frames: HashMap<Frame, FrameId>,
    stacks: HashMap<StackEntry, StackId>,
    failed: Option<SampleError>,
}

impl Journal {
    pub(crate) fn new(mut storage: Storage) -> Self {
        let failed = storage.begin().err();
        Self {
            storage,
            pending: Vec::new(),
            processes: 0,
            threads: 0,
            pools: 0,
            frames: HashMap::new(),
            stacks: HashMap::new(),
            failed,
        }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        if self.failed.is_none() {
            self.pending.push(entry);
        }
    }

    pub(crate) fn process(&mut self, process: ProcessEntry) -> ProcessId {
        self.push(Entry::Process(process));
        self.processes += 1;
        ProcessId(self.processes - 1)
    }

    pub(crate) fn thread(&mut self, thread: ThreadEntry) -> ThreadId {
        self.push(Entry::Thread(thread));
        self.threads += 1;
        ThreadId(self.threads - 1)
    }

    pub(crate) fn pool(&mut self, process: ProcessId, at: Nanos, pool: Pool) -> PoolId {
        self.push(Entry::Pool(process, at, Box::new(pool)));
        self.pools += 1;
        PoolId(self.pools - 1)
    }

    pub(crate) fn notice(&mut self, at: Nanos, text: impl Into<String>, hint: Option<String>) {
        self.push(Entry::Notice(Notice { at, text: text.into(), hint }));
    }

    /// The number of a stack, innermost frame first.
    pub(crate) fn stack(&mut self, frames: Vec<Frame>) -> StackId {
        let mut ids: Vec<FrameId> = frames.into_iter().map(|frame| self.frame(frame)).collect();
        if self.stacks.len() >= MAX_STACKS {
            ids.truncate(1);
        }
        let stack = StackEntry { frames: ids };
        if let Some(id) = self.stacks.get(&stack) {
            return *id;
        }
        let id = StackId(u32::try_from(self.stacks.len()).unwrap_or(u32::MAX));
        self.push(Entry::Stack(stack.clone()));
        self.stacks.insert(stack, id);
        id
    }

    fn frame(&mut self, mut frame: Frame) -> FrameId {
        if let Some(id) = self.frames.get(&frame) {
            return *id;
        }
        if self.frames.len() >= MAX_FRAMES {
            frame = Frame { function: "(too many)".to_owned(), file: String::new(), line: 0 };
            if let Some(id) = self.frames.get(&frame) {
                return *id;
            }
        }
        let id = FrameId(u32::try_from(self.frames.len()).unwrap_or(u32::MAX));
        self.push(Entry::Frame(frame.clone()));
        self.frames.insert(frame, id);
        id
    }

    /// Writes what is pending as one frame. A failure (a full disk) ends the writing, not the
    /// program: it is kept for [`Journal::finish`].
    pub(crate) fn flush(&mut self) {
        if self.pending.is_empty() || self.failed.is_some() {
            return;
        }
        if let Err(error) = self.storage.append(&self.pending) {
            self.failed = Some(error);
        }
        self.pending.clear();
    }

    pub(crate) fn written(&self) -> u64 {
        self.storage.written()
    }

    /// The storage with all that could be written, and what kept the rest from it.
    pub(crate) fn finish(mut self) -> (Storage, Option<SampleError>) {
        self.flush();
        (self.storage, self.failed)
    }
}
