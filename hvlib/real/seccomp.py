"""A system call filter in the kernel's own small language (classic BPF, seccomp(2)).

A list of what is refused, about as long as the one Docker's default profile blocks; Docker
itself does it the safer way round, with a list of what is allowed.
"""

import ctypes
import errno
import functools
import platform
import struct

from hvlib.real import syscalls

# Numbers from asm/unistd.h for (x86_64, aarch64); a test holds them against the header.
REFUSED = {
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "clock_settime": (227, 112),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "finit_module": (313, 273),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
}
WITH_SYS_ADMIN = frozenset(
    {
        *("bpf", "fsmount", "fsopen", "mount", "mount_setattr", "move_mount", "open_tree"),
        *("perf_event_open", "setns", "syslog", "umount2", "unshare"),
    }
)
"""Those of them that Docker's profile lets through to a container with CAP_SYS_ADMIN
(github.com/moby/profiles, seccomp/default.json), and clone with it."""
CLONE = (56, 220)
CLONE3 = (435, 435)
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_... of linux/audit.h
_X32_BIT = 0x40000000  # the x32 twins of all calls: refused as a whole

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_NAMESPACES = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWCGROUP
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUSER
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWNET
)

Instruction = tuple[int, int, int, int]
"""Operation, instructions to skip if true and if false, operand."""


def program(machine: str, let: frozenset[str] = frozenset()) -> list[Instruction]:
    """The filter for one kind of processor. Raises KeyError for one it does not know.

    let: calls that it does not refuse; with "unshare" clone may make namespaces, too.
    """
    column = list(MACHINES).index(machine) if machine in MACHINES else -1
    refuse = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        refuse,
    ]
    for numbers in (numbers for name, numbers in REFUSED.items() if name not in let):
        lines += [(_EQUAL, 0, 1, numbers[column]), refuse]
    # clone3 hides its flags in memory, where a filter can't look: the C library falls back.
    lines += [(_EQUAL, 0, 1, CLONE3[column]), (_RETURN, 0, 0, _ERROR | errno.ENOSYS)]
    if "unshare" not in let:
        lines += [(_EQUAL, 0, 3, CLONE[column]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
        lines += [(_ANY_BIT, 0, 1, _NAMESPACES), refuse]
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


@functools.cache
def compiled(machine: str, let: frozenset[str]) -> bytes:
    """The filter as the kernel reads it (struct sock_filter of linux/filter.h)."""
    return b"".join(struct.pack("HBBI", *line) for line in program(machine, let))


def install(let: frozenset[str] = frozenset()) -> None:
    """Filter all further system calls of this process; there is no way back.

    let: calls that are not refused. Needs no_new_privs or CAP_SYS_ADMIN. Raises OSError; KeyError
    on an unknown processor.
    """
    code = compiled(platform.machine(), let)
    lines = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(lines))
    syscalls.call("prctl", syscalls.PR_SET_SECCOMP, ctypes.c_ulong(2), header)
