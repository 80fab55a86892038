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
    /// `/proc` does not say.
    Unknown,
}

/// Looks at `/proc/PID/stat` (12 µs).
#[must_use]
pub fn liveness(owner: Owner) -> Liveness {
    match stat(owner.pid()) {
        Stat::Runs { zombie: false, start } if start == owner.start() => Liveness::Alive,
        Stat::Runs { .. } | Stat::Gone => Liveness::Dead,
        Stat::Unknown => Liveness::Unknown,
    }
}

/// This process as an [`Owner`]; `None` where `/proc` does not say when it started.
#[must_use]
pub fn this_process() -> Option<Owner> {
    let pid = std::process::id();
    match stat(pid) {
        Stat::Runs { start, .. } => Owner::new(pid, start),
        _ => None,
    }
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
    Runs { zombie: bool, start: u64 },
    Gone,
    Unknown,
}

fn stat(pid: u32) -> Stat {
    let mut path = [0_u8; 32];
    if write_path(&mut path, pid).is_none() {
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

/// State and start time. The name before them may hold anything, also spaces and parentheses.
fn parse(text: &[u8]) -> Option<Stat> {
    let after = text.iter().rposition(|byte| *byte == b')')? + 2;
    let mut fields = text.get(after..)?.split(|byte| *byte == b' ');
    let state = fields.next()?;
    // Field 3 was the state, the start time is field 22.
    let start = fields.nth(18)?;
    let mut number = 0_u64;
    for byte in start {
        number = number.checked_mul(10)?.checked_add(u64::from(byte.checked_sub(b'0')?))?;
    }
    Some(Stat::Runs { zombie: matches!(state, b"Z" | b"X"), start: number })
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
        let Stat::Runs { start, .. } = stat(child.id()) else { panic!("the child runs") };
        let owner = Owner::new(child.id(), start).unwrap();
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
    fn names_may_hold_anything() {
        let line = b"7 (a) Z 1 (x)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1234 0\n";
        assert!(matches!(parse(line), Some(Stat::Runs { zombie: false, start: 1234 })));
        assert!(parse(b"7 (a) Z").is_none());
        assert!(parse(b"").is_none());
    }
}
