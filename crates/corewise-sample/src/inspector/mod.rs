//! What costs more than a pread: Python stacks, the pools of a process, whose a thread is.
//!
//! It runs in a thread of its own, so that a large process does not delay the ticks. Stacks are
//! taken within a share of one core: when they have cost more, it rests until they have not.

mod generators;
mod gil;
mod interpreter;
mod look;
mod stacks;

use std::panic;
use std::sync::Once;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use corewise_model::{BitGeneratorUse, Frame, Gil, Interpreter, Nanos, Pid, Pool, Tid};

use self::look::Look;
use crate::{SampleError, cputime};

/// What the recorder tells the inspector.
#[derive(Debug)]
pub(crate) enum Order {
    /// A process was seen; its parent, where that is recorded too.
    Begin(Pid, Option<Pid>),
    /// It replaced its program.
    Again(Pid),
    /// It ended.
    End(Pid),
    /// A thread of it ran, and these threads are new.
    Ran(Pid, Vec<Tid>),
    /// Take stacks half as often.
    Slower,
    /// Say when what was ordered before is known.
    Settle(Sender<()>),
}

/// What the inspector found.
#[derive(Debug)]
pub(crate) enum Found {
    Interpreter(Pid, Interpreter),
    /// The pools of a process: each with a key that stays its own.
    Pools(Pid, Vec<(u64, Pool)>),
    /// Whose a thread is.
    Owner(Pid, Tid, Owner),
    /// The Python stacks of a process.
    Stacks {
        pid: Pid,
        taken: Instant,
        weight: Duration,
        stacks: Vec<PythonStack>,
    },
    BitGenerators(Pid, Vec<BitGeneratorUse>),
    Trouble(String, Option<String>),
}

/// Whose a thread is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Main,
    Python,
    /// The pool with this key.
    Pool(u64),
    Native(String),
    Unknown(String),
}

/// A thread's Python stack, innermost frame first.
#[derive(Debug)]
pub(crate) struct PythonStack {
    pub(crate) tid: Tid,
    pub(crate) frames: Vec<Frame>,
    pub(crate) gil: Gil,
    pub(crate) active: bool,
}

/// The inspector's thread, seen from the recorder.
#[derive(Debug)]
pub(crate) struct Inspector {
    orders: Option<Sender<Order>>,
    found: Receiver<Found>,
    thread: Option<JoinHandle<()>>,
}

impl Inspector {
    /// Starts it.
    pub(crate) fn start(stack_rate: f64, share: f64) -> Result<Self, SampleError> {
        silence_panics();
        let (orders, received) = channel();
        let (sender, found) = channel();
        let thread = Builder::new()
            .name(NAME.to_owned())
            .spawn(move || work(&received, &sender, stack_rate, share))
            .map_err(SampleError::system("cannot start a thread"))?;
        Ok(Self { orders: Some(orders), found, thread: Some(thread) })
    }

    pub(crate) fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // It fails only when the thread has ended; what it found is all there will be.
            let _ = orders.send(order);
        }
    }

    /// Waits until what was ordered so far is known.
    pub(crate) fn settled(&self) {
        let (sender, done) = channel();
        self.order(Order::Settle(sender));
        // Its thread may have ended: then there is nothing to wait for.
        let _ = done.recv();
    }

    /// What was found since the last call.
    pub(crate) fn found(&self) -> impl Iterator<Item = Found> + '_ {
        self.found.try_iter()
    }

    /// Ends the thread and gives what it found last.
    pub(crate) fn stop(&mut self) -> Vec<Found> {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.found.try_iter().collect()
    }
}

/// The inspector's thread.
const NAME: &str = "inspector";

/// Keeps panics of the inspector's thread, which are caught, off the user's terminal.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(NAME) {
                before(info);
            }
        }));
    });
}

fn work(orders: &Receiver<Order>, found: &Sender<Found>, rate: f64, share: f64) {
    let mut look = Look::new(found.clone());
    let mut interval = Duration::from_secs_f64(1.0 / rate.clamp(0.1, 1000.0));
    let began = Instant::now();
    let mut used = Nanos::ZERO;
    let mut due = Instant::now();
    let mut waiting: Vec<Sender<()>> = Vec::new();
    loop {
        // Threads may live for less than a round: whose they are is asked as soon as they are seen.
        loop {
            match orders.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(Order::Slower) => interval *= 2,
                Ok(Order::Settle(sender)) => {
                    waiting.push(sender);
                    break;
                }
                Ok(order) => look.take(order),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        due = Instant::now() + interval;
        look.settle();
        for sender in waiting.drain(..) {
            let _ = sender.send(());
        }
        // The first second's share may be used at once. Over it, stacks wait until they are within.
        let allowed = (began.elapsed() + Duration::from_secs(1)).as_secs_f64() * share;
        if used.as_secs_f64() <= allowed {
            let before = cputime::of_this_thread();
            look.sample(interval);
            used += cputime::of_this_thread() - before;
        }
    }
}
