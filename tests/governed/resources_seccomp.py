"""Memory that is read-only stays so (a filter refuses mprotect), then governs."""

import ctypes
import struct
import sys

import look
import numpy as np
import scipy.linalg

import corewise

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
EPERM, ALLOW, ERRNO = 1, 0x7FFF0000, 0x00050000
MPROTECT, PROT_WRITE = 10, 2


def instruction(code, jump_true, jump_false, value):
    return struct.pack("HBBI", code, jump_true, jump_false, value)


def refuse_mprotect():
    """mprotect(…, PROT_… | PROT_WRITE) fails with EPERM from now on (x86-64)."""
    load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
    steps = [
        instruction(load, 0, 0, 0),  # the system call's number
        instruction(equal, 0, 3, MPROTECT),
        instruction(load, 0, 0, 16 + 2 * 8),  # its third argument
        instruction(any_bit, 0, 1, PROT_WRITE),
        instruction(give, 0, 0, ERRNO | EPERM),
        instruction(give, 0, 0, ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(steps))
    whole = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, whole, 0, 0) == 0, ctypes.get_errno()


hardened = ctypes.CDLL(sys.argv[1])
before = [hardened.team(), hardened.team_of(2)]
A = np.random.default_rng(0).standard_normal((300, 300))
product, solution = A @ A, np.linalg.solve(A, A)
refuse_mprotect()
governed = corewise.govern(cores=1)
right = np.allclose(A @ A, product) and np.allclose(np.linalg.solve(A, A), solution)
right = right and np.allclose(scipy.linalg.solve(A, A), solution)
facts = {"active": governed.active, "refused": governed.refused, "slots": governed.slots}
facts["teams"] = [hardened.team(), hardened.team_of(2)]
corewise.ungovern()
right = right and np.allclose(A @ A, product)
look.say(right=bool(right), before=before, **facts)
