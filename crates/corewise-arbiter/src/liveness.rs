//! Whether a process still runs. No allocation: it is called from within other people's programs.

use std::os::raw::c_int;

use crate::Owner;

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It runs, or is stopped.
    Alive,
    /// It ended (also if nobody has waited for it yet), or its PID is another process's now.
    Dead,
    /// It is in another PID namespace, or `/proc` does not say.
    Unknown,
}

/// Looks at `/proc/PID/stat` (12 µs).
#[must_use]
pub fn liveness(owner: Owner) -> Liveness {
    let namespace = pid_namespace();
    if namespace == 0 || !owner.may_be_in(namespace) {
        return Liveness::Unknown;
    }
    match stat(Some(owner.pid())) {
        Stat::Found { ended: false, start, .. } if owner.started_at(start) => Liveness::Alive,
        Stat::Found { .. } => Liveness::Dead,
        // A `/proc` mounted with `hidepid` does not show what it may not be asked about.
        Stat::Gone if is_gone(owner.pid()) => Liveness::Dead,
        Stat::Gone | Stat::Unknown => Liveness::Unknown,
    }
}

/// This process as an [`Owner`]; `None` where `/proc` does not say when it started, also since it
/// is that of another PID namespace.
#[must_use]
pub fn this_process() -> Option<Owner> {
    match stat(None) {
        Stat::Found { pid, start, .. } if pid == std::process::id() => {
            Owner::in_namespace(pid_namespace(), pid, start)
        }
        _ => None,
    }
}

fn is_gone(pid: u32) -> bool {
    // SAFETY: signal 0 is not sent, only checked.
    let result = unsafe { libc::kill(pid.cast_signed(), 0) };
    result != 0 && errno() == libc::ESRCH
}

/// The inode of this process's PID namespace, 0 where it is not known.
#[must_use]
pub fn pid_namespace() -> u64 {
    // SAFETY: `stat` is plain data; zero is a value of it.
    let mut status: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the path is a C string, `status` is writable.
    let result = unsafe { libc::stat(c"/proc/self/ns/pid".as_ptr(), &raw mut status) };
    if result == 0 { status.st_ino } else { 0 }
}

/// CPU time that process `pid` has used, in ns; `None` where there is no such process in this
/// PID namespace. A system call of about 0.3 µs that needs no right (`clock_getcpuclockid(3)`).
#[must_use]
pub fn cpu_time(pid: u32) -> Option<u64> {
    // The kernel's encoding of a process's CPU clock: the PID's complement, and CPUCLOCK_SCHED.
    let clock = (!(pid.cast_signed()) << 3) | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    if result != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?)
}

enum Stat {
    Found { pid: u32, ended: bool, start: u64 },
    Gone,
    Unknown,
}

/// What `/proc` says of process `pid`, or of this one.
fn stat(pid: Option<u32>) -> Stat {
    let mut path = *b"/proc/self/stat\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    if pid.is_some_and(|pid| write_path(&mut path, pid).is_none()) {
        return Stat::Unknown;
    }
    let mut text = [0_u8; 1024];
    // SAFETY: the path ends with a zero byte.
    let file = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return if errno() == libc::ENOENT { Stat::Gone } else { Stat::Unknown };
    }
    // SAFETY: the descriptor is open, the buffer has the length given.
    let read = unsafe { libc::read(file, text.as_mut_ptr().cast(), text.len()) };
    let failed = if read < 0 { errno() } else { 0 };
    // SAFETY: the descriptor is open and ours.
    unsafe { libc::close(file) };
    if failed == libc::ESRCH {
        return Stat::Gone;
    }
    let text = usize::try_from(read).ok().and_then(|read| text.get(..read)).unwrap_or(&[]);
    parse(text).unwrap_or(Stat::Unknown)
}

/// PID, state and start time. The name between them may hold anything, also spaces and
/// parentheses.
fn parse(text: &[u8]) -> Option<Stat> {
    let pid = number(text.split(|byte| *byte == b' ').next()?)?;
    let after = text.iter().rposition(|byte| *byte == b')')? + 2;
    let mut fields = text.get(after..)?.split(|byte| *byte == b' ');
    // Fields 3, 20 and 22.
    let (state, threads) = (fields.next()?, number(fields.nth(16)?)?);
    let start = number(fields.nth(1)?)?;
    // A process of which only the first thread has ended says that it is a zombie, too.
    let ended = matches!(state, b"Z" | b"X") && threads <= 1;
    Some(Stat::Found { pid: u32::try_from(pid).ok()?, ended, start })
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

fn write_path(buffer: &mut [u8; 32], pid: u32) -> Option<()> {
    let mut digits = [0_u8; 10];
    let mut count = 0;
    let mut rest = pid;
    loop {
        *digits.get_mut(count)? = b'0' + u8::try_from(rest % 10).ok()?;
        count += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let mut bytes = buffer.iter_mut();
    let parts = b"/proc/".iter().chain(digits.get(..count)?.iter().rev()).chain(b"/stat\0");
    for byte in parts {
        *bytes.next()? = *byte;
    }
    Some(())
}

fn errno() -> c_int {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn this_process_is_alive_and_uses_cpu_time() {
        let me = this_process().unwrap();
        assert_eq!(me.pid(), std::process::id());
        assert_eq!(liveness(me), Liveness::Alive);
        assert!(cpu_time(me.pid()).unwrap() > 0);
        assert_ne!(pid_namespace(), 0);
    }

    #[test]
    fn a_recycled_pid_is_another_process() {
        let me = this_process().unwrap();
        assert_eq!(liveness(Owner::new(me.pid(), me.start() + 1).unwrap()), Liveness::Dead);
    }

    #[test]
    fn a_process_that_ended_is_dead_before_and_after_it_is_waited_for() {
        let mut child = Command::new("sleep").arg("100").spawn().unwrap();
        let Stat::Found { start, .. } = stat(Some(child.id())) else { panic!("the child runs") };
        let owner = Owner::in_namespace(pid_namespace(), child.id(), start).unwrap();
        assert_eq!(liveness(owner), Liveness::Alive);
        child.kill().unwrap();
        // SIGKILL is delivered when the child is next scheduled.
        while liveness(owner) == Liveness::Alive {
            std::thread::yield_now();
        }
        assert_eq!(liveness(owner), Liveness::Dead);
        child.wait().unwrap();
        assert_eq!(liveness(owner), Liveness::Dead);
        assert_eq!(cpu_time(child.id()), None);
    }

    #[test]
    fn a_process_of_another_namespace_may_live() {
        let pid = std::process::id();
        let there = Owner::in_namespace(pid_namespace() + 1, pid, 1).unwrap();
        assert_eq!(liveness(there), Liveness::Unknown);
    }

    #[test]
    fn names_may_hold_anything() {
        let line = b"7 (a) Z 1 (x)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 18 1234 0\n";
        let found = parse(line);
        assert!(matches!(found, Some(Stat::Found { pid: 7, ended: false, start: 1234 })));
        assert!(parse(b"7 (a) Z").is_none());
        assert!(parse(b"").is_none());
    }

    #[test]
    fn a_zombie_with_threads_has_not_ended() {
        let line = b"7 (a) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 2 18 1234 0\n";
        assert!(matches!(parse(line), Some(Stat::Found { ended: false, .. })));
        let line = b"7 (a) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 18 1234 0\n";
        assert!(matches!(parse(line), Some(Stat::Found { ended: true, .. })));
    }
}
