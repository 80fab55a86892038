//! Processes that end, or seem to.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};

use corewise_arbiter::{Liveness, Owner, Session, liveness, pid_namespace, this_process};

use crate::look::Looker;
use crate::{BUDGET, SETTINGS};

/// A process that is no more: PIDs as high are not given out before 4 million processes were
/// started.
pub(crate) fn nobody(number: usize) -> Owner {
    let pid = (1 << 22) - 1 - u32::try_from(number).unwrap();
    Owner::in_namespace(pid_namespace(), pid, 1).unwrap()
}

/// Waits until a child has ended, and leaves it a zombie.
pub(crate) fn wait_without_reaping(pid: u32) {
    let options = libc::WEXITED | libc::WNOWAIT;
    // SAFETY: the kernel writes nothing where the pointer is null.
    let result = unsafe { libc::waitid(libc::P_PID, pid, std::ptr::null_mut(), options) };
    assert_eq!(result, 0);
}

#[test]
fn what_a_process_killed_in_a_reset_began_is_finished() {
    let session = Session::begin(SETTINGS).unwrap();
    let slots = session.table().slots();
    let owner = nobody(0);
    let slot = slots.claim(owner, pid_namespace(), 0).unwrap();
    Looker::new(slot).lease(slots);
    // The owner word, and in it the mark that a reset sets first.
    let word = u64::from(owner.pid()) << 41 | owner.start();
    let mut file = fs::File::options().read(true).write(true).open(session.path()).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    let words = bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap()));
    let place = words.clone().position(|other| other == word).unwrap();
    file.seek(SeekFrom::Start(place as u64 * 8)).unwrap();
    file.write_all(&(1 << 63 | word).to_ne_bytes()).unwrap();
    assert_eq!((slots.read(slot, 0), slots.reaper(slot)), (None, Some(owner)));
    let me = this_process().unwrap();
    let other = slots.claim(me, pid_namespace(), 0).unwrap();
    assert_ne!(other, slot);
    // What it held is free at once: nobody owns it.
    assert_eq!(Looker::new(other).lease(slots), BUDGET);
    Looker::new(other).look(slots);
    assert_eq!((slots.reaper(slot), slots.own(slot)), (None, (0, 0)));
    assert_eq!(slots.claim(me, 0, 0), Some(slot));
}

#[test]
fn a_process_whose_first_thread_has_ended_lives() {
    extern "C" fn wait(_: *mut libc::c_void) -> *mut libc::c_void {
        loop {
            // SAFETY: `pause` has no preconditions.
            unsafe { libc::pause() };
        }
    }
    // SAFETY: the child calls the C library and the kernel only, and never returns.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let mut thread = 0;
        // SAFETY: `wait` is a thread's function, and needs no argument.
        unsafe {
            libc::pthread_create(&raw mut thread, std::ptr::null(), wait, std::ptr::null_mut());
        }
        // SAFETY: this ends the calling thread, which holds nothing.
        unsafe { libc::syscall(libc::SYS_exit, 0) };
    }
    let pid = u32::try_from(child).unwrap();
    let path = format!("/proc/{pid}/stat");
    let fields = loop {
        let stat = fs::read_to_string(&path).unwrap();
        let fields = stat.rsplit_once(')').unwrap().1.to_owned();
        if fields.starts_with(" Z") {
            break fields;
        }
        std::thread::yield_now();
    };
    let ticks = fields.split_ascii_whitespace().nth(19).unwrap().parse().unwrap();
    let owner = Owner::in_namespace(pid_namespace(), pid, ticks).unwrap();
    assert_eq!(liveness(owner), Liveness::Alive);
    // SAFETY: the child is ours and was not waited for.
    unsafe { libc::kill(child, libc::SIGKILL) };
    wait_without_reaping(pid);
    assert_eq!(liveness(owner), Liveness::Dead);
    // SAFETY: the child is ours; nothing is written.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    assert_eq!(liveness(owner), Liveness::Dead);
}
