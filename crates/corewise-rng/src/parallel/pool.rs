//! A thread pool of our own: it sleeps while there is nothing to do, survives `fork` and goes on with
//! fewer threads where the system gives no more.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::surroundings::{Process, rounds_as_usual, without_signals};

/// How long a thread waits for work before it ends. A program that draws now and then keeps its
/// threads; one that forks after it drew is soon single-threaded again.
const IDLE: Duration = Duration::from_secs(5);

/// Decoding needs little; buffers are on the heap.
const STACK: usize = 512 * 1024;

/// Threads named `corewise-rng-1`, `corewise-rng-2` and so on, started when they are first needed.
///
/// Callers in several threads may use it at once: each gets the threads that it asks for. A thread
/// that found nothing to do for 5 seconds ends. In a forked child the pool begins anew, whatever its
/// threads did when the process forked.
pub struct Pool {
    /// Of this process or, just after a fork, of the parent. Never freed: after a fork nobody knows
    /// who used it.
    crew: AtomicPtr<Crew>,
}

/// The threads of one process.
struct Crew {
    process: Process,
    state: Mutex<State>,
    /// A ticket was queued.
    queued: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Ticket>,
    /// Threads outside a task, those too that were only just started.
    idle: usize,
    /// Which of the numbers in the threads' names are taken.
    numbers: Vec<bool>,
}

/// An invitation to take part in a job.
struct Ticket {
    job: Arc<Job>,
    index: usize,
}

/// One call of [`Pool::broadcast`].
struct Job {
    /// Valid as long as a ticket is queued or `running` is not 0, for which the caller waits.
    task: &'static (dyn Fn(usize) + Sync),
    progress: Mutex<Progress>,
    /// `running` became 0.
    finished: Condvar,
}

#[derive(Default)]
struct Progress {
    /// Threads of the pool inside the task.
    running: usize,
    panic: Option<Box<dyn Any + Send>>,
}

/// No lock here guards anything that a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// A pool without threads; they come with the first call.
    #[must_use]
    pub const fn new() -> Self {
        Self { crew: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Runs `own` on the calling thread and, as far as threads can be had, `task(1)` to
    /// `task(threads - 1)` on threads of the pool, and returns when all that began have ended.
    ///
    /// A thread that has not begun when `own` returns is not waited for, and its index is left out:
    /// all the work must get done whoever takes part. Where the caller has changed how floating-point
    /// numbers are rounded, it is left to do it alone: the pool's threads round as usual.
    ///
    /// # Panics
    /// If one of them panicked; after all others have ended.
    pub fn broadcast<R>(
        &self,
        threads: usize,
        own: impl FnOnce() -> R,
        task: &(dyn Fn(usize) + Sync),
    ) -> R {
        if threads <= 1 || !rounds_as_usual() {
            return own();
        }
        let crew = self.crew();
        // SAFETY: only the lifetime changes. The task is called through tickets alone; `recall` takes
        // back those that nobody has taken and waits for the others to be done, before this function
        // returns or unwinds. In a forked child no thread is left that could call it.
        let lasting = unsafe {
            std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(task)
        };
        let job =
            Arc::new(Job { task: lasting, progress: Mutex::default(), finished: Condvar::new() });
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            crew.invite(&job, threads - 1);
            own()
        }));
        // It may have forked: then the other threads are not here, but perhaps their locks are.
        let theirs = if crew.process == Process::this() { crew.recall(&job) } else { None };
        match (outcome, theirs) {
            (Ok(result), None) => result,
            (Err(panic), _) | (_, Some(panic)) => resume_unwind(panic),
        }
    }

    /// How many threads the pool has now.
    #[must_use]
    pub fn threads(&self) -> usize {
        lock(&self.crew().state).numbers.iter().filter(|taken| **taken).count()
    }

    /// That of this process.
    fn crew(&self) -> &'static Crew {
        let process = Process::this();
        let mut found = self.crew.load(Ordering::Acquire);
        loop {
            // SAFETY: the pointer is null or came from `Box::into_raw` below and is never freed.
            match unsafe { found.as_ref() } {
                Some(crew) if crew.process == process => return crew,
                _ => {}
            }
            let new = Box::into_raw(Box::new(Crew {
                process,
                state: Mutex::default(),
                queued: Condvar::new(),
            }));
            match self.crew.compare_exchange(found, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => found = new,
                Err(other) => {
                    // SAFETY: it was made above, and nobody else has seen it.
                    drop(unsafe { Box::from_raw(new) });
                    found = other;
                }
            }
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

impl Crew {
    /// Queues tickets for `job`, and starts threads where fewer wait than there are tickets.
    fn invite(&'static self, job: &Arc<Job>, tickets: usize) {
        let mut state = lock(&self.state);
        state.queue.extend((1..=tickets).map(|index| Ticket { job: Arc::clone(job), index }));
        let missing = state.queue.len().saturating_sub(state.idle).min(tickets);
        let numbers: Vec<usize> = (0..missing).map(|_| state.enter()).collect();
        drop(state);
        for _ in missing..tickets {
            self.queued.notify_one();
        }
        let mut numbers = numbers.into_iter();
        for number in numbers.by_ref() {
            let thread = thread::Builder::new()
                .name(format!("corewise-rng-{}", number + 1))
                .stack_size(STACK);
            let start = without_signals(|| thread.spawn(move || self.work(number)));
            if start.is_err() {
                lock(&self.state).leave(number);
                break;
            }
        }
        for number in numbers {
            lock(&self.state).leave(number);
        }
    }

    /// Takes back the tickets of `job`, waits for the threads that took one, and gives what one of
    /// them panicked with.
    fn recall(&self, job: &Arc<Job>) -> Option<Box<dyn Any + Send>> {
        lock(&self.state).queue.retain(|ticket| !Arc::ptr_eq(&ticket.job, job));
        let progress = lock(&job.progress);
        let mut progress = job
            .finished
            .wait_while(progress, |progress| progress.running > 0)
            .unwrap_or_else(PoisonError::into_inner);
        progress.panic.take()
    }

    /// What a thread of the pool does.
    fn work(&self, number: usize) {
        let mut state = lock(&self.state);
        loop {
            let Some(ticket) = state.queue.pop_front() else {
                let (guard, timeout) = self
                    .queued
                    .wait_timeout_while(state, IDLE, |state| state.queue.is_empty())
                    .unwrap_or_else(PoisonError::into_inner);
                state = guard;
                if timeout.timed_out() && state.queue.is_empty() {
                    state.leave(number);
                    return;
                }
                continue;
            };
            // Under the lock of the queue: `recall` sees the ticket either there or here.
            lock(&ticket.job.progress).running += 1;
            state.idle -= 1;
            drop(state);
            let outcome = catch_unwind(AssertUnwindSafe(|| (ticket.job.task)(ticket.index)));
            // Before the caller goes on: its next call finds the thread.
            lock(&self.state).idle += 1;
            let mut progress = lock(&ticket.job.progress);
            progress.running -= 1;
            if let Err(panic) = outcome {
                progress.panic = Some(panic);
            }
            if progress.running == 0 {
                ticket.job.finished.notify_one();
            }
            drop(progress);
            state = lock(&self.state);
        }
    }
}

impl State {
    /// Counts a thread in, and gives it the smallest number that is free.
    fn enter(&mut self) -> usize {
        let free = self.numbers.iter().position(|taken| !taken);
        let number = free.unwrap_or(self.numbers.len());
        if free.is_none() {
            self.numbers.push(false);
        }
        self.numbers[number] = true;
        self.idle += 1;
        number
    }

    /// Counts a thread out that is idle, or that could not be started.
    fn leave(&mut self, number: usize) {
        self.numbers[number] = false;
        self.idle -= 1;
    }
}
