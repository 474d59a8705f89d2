"""What a process gives up before it reads anything that came from outside.

It imports little, because every process waits for it, and is called before any library has
started a thread: namespaces cannot be entered after that.
"""

from __future__ import annotations

import ctypes
import math
import resource
import signal
import sys
import time
from typing import TypedDict

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
OPEN_FILES = 256


class Held(TypedDict):
    """Which protections hold in this process."""

    network: bool
    memory: bool
    cpu: bool
    files: bool


def confine(memory: int, seconds: int, file_bytes: int = 0) -> Held:
    """Gives up the network, then sets the limits of the process's life; says which of them hold.

    ``file_bytes`` is the largest file that may be written: none, unless it has work to do there.
    """
    network = leave_network()
    return {
        "network": network,
        "memory": limit(resource.RLIMIT_AS, memory, memory),
        # One second between SIGXCPU, which says why, and SIGKILL.
        "cpu": limit(resource.RLIMIT_CPU, seconds, seconds + 1),
        "files": limit(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)
        and limit(resource.RLIMIT_FSIZE, file_bytes, file_bytes)
        and limit(resource.RLIMIT_CORE, 0, 0),
    }


def allow(memory: int, seconds: int) -> None:
    """Limits the next job of a confined process to bytes of address space and processor time.

    Processor time counts from the start of a process, so that its limit moves on with every job.
    What ``confine`` set for the whole life stays the bound.
    """
    used = math.ceil(time.process_time())
    for which, wanted in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, used + seconds)):
        hard = resource.getrlimit(which)[1]
        limit(which, wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)


def leave_network() -> bool:
    """Enters a network namespace without interfaces; False where the system does not allow it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def limit(which: int, soft: int, hard: int) -> bool:
    """Sets a limit, which cannot be raised above ``hard`` again; False where that is refused."""
    try:
        resource.setrlimit(which, (soft, hard))
    except (ValueError, OSError):
        return False
    return True
