"""The few Linux system calls that Python has no name for, by ctypes.

Constants are those of the kernel's headers (linux/sched.h, linux/mount.h, linux/prctl.h,
linux/capability.h); a test holds them against the headers. Nothing here is loaded before the
first call, so that the module can be imported on any system.
"""

import ctypes
import errno
import functools
import os
import platform
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

with suppress(ImportError):  # Windows and a web page have no such module
    import resource  # now, since a container in the making has left the folder it comes from

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAP_SYS_ADMIN = 21
NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522

# The C library has no pivot_root; its number differs by processor (asm/unistd.h).
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """Call a C library function. Raises OSError with the reason if it returns less than 0."""
    result = int(getattr(libc(), name)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by ``flags`` (CLONE_NEW...) for new ones."""
    call("unshare", flags)


def enter_namespace(file: int, kind: int) -> None:
    """Go into the namespace of that open file of /proc/PID/ns. kind: CLONE_NEW..."""
    call("setns", file, kind)


def is_root() -> bool:
    """Whether this process is root; never on a system that has none."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def become_nobody() -> None:
    """From root to an ordinary user."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    prctl(PR_SET_DUMPABLE, 1)  # or /proc/self stays root's


def become_root_inside(flags: int = 0) -> None:
    """A user namespace, and those named by ``flags``: root inside, our old selves outside."""
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | flags)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount ``source`` on ``target``. Raises OSError."""
    words = (os.fsencode(word) for word in (source, target, kind))
    try:
        call("mount", *words, ctypes.c_ulong(flags), os.fsencode(options))
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} ({kind or source} on {target})") from None


def detach(target: str) -> None:
    """Unmount ``target`` and all below it, now for us and later for those who still use it."""
    call("umount2", os.fsencode(target), MNT_DETACH)


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root file system and put the former one at ``old``."""
    call("syscall", _PIVOT_ROOT[platform.machine()], os.fsencode(new), os.fsencode(old))


def prctl(option: int, value: int = 0) -> None:
    """prctl(2) with one number."""
    call("prctl", option, *(ctypes.c_ulong(v) for v in (value, 0, 0, 0)))


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def drop_all_capabilities() -> None:
    """Give up every capability of root, for this process and all it will ever execute."""
    drop_inheritance()
    drop_own_capabilities()


def drop_inheritance(kept: int = 0) -> None:
    """Let no program that this process will ever execute have a capability (bounding set).

    kept: a mask of those that stay.
    """
    drop, none = libc().prctl, ctypes.c_ulong(0)
    for capability in range(64):
        if kept >> capability & 1:
            continue
        if drop(PR_CAPBSET_DROP, ctypes.c_ulong(capability), none, none, none) < 0:
            if (number := ctypes.get_errno()) != errno.EINVAL:
                raise OSError(number, f"prctl: {os.strerror(number)}")
            break  # one past the last capability this kernel knows


def drop_own_capabilities(kept: int = 0) -> None:
    """Give up every capability that this process has now, but those of a mask."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    call("capset", header, (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0))


def set_limit(name: str, value: int) -> None:
    """Limit this process and its children to come; name as in RLIMIT_..., see setrlimit(2)."""
    resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
