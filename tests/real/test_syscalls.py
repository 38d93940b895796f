"""The numbers are the kernel's own: held against its headers by the C compiler."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hvlib.real import seccomp, syscalls

CAN_COMPILE = sys.platform == "linux" and shutil.which("gcc") and platform.machine() == "x86_64"
with_headers = pytest.mark.skipif(not CAN_COMPILE, reason="needs gcc and Linux headers for x86-64")
HEADERS = (
    "asm/unistd.h", "linux/audit.h", "linux/capability.h", "linux/mount.h", "linux/prctl.h",
    "linux/sched.h", "linux/seccomp.h",
)  # fmt: skip


def from_headers(names: list[str], folder: Path) -> dict[str, int]:
    """The values of C constants."""
    lines = [f"#include <{header}>" for header in HEADERS]
    lines += ["#include <stdio.h>", "int main(void) {"]
    lines += [f'printf("{n} %llu\\n", (unsigned long long)(unsigned)({n}));' for n in names]
    (folder / "c.c").write_text("\n".join([*lines, "}"]))
    subprocess.run(["gcc", "-o", folder / "c", folder / "c.c"], check=True, timeout=60)
    output = subprocess.run([folder / "c"], capture_output=True, text=True, timeout=10).stdout
    return {name: int(value) for name, value in (line.split() for line in output.splitlines())}


@with_headers
def test_constants_are_those_of_the_headers(tmp_path: Path) -> None:
    ours = {n: v for n, v in vars(syscalls).items() if n.startswith(("CLONE_", "MS_", "PR_"))}
    assert from_headers(list(ours), tmp_path) == ours
    assert len(ours) > 15


@with_headers
def test_system_call_numbers_are_those_of_the_headers(tmp_path: Path) -> None:
    ours = {f"__NR_{name}": numbers[0] for name, numbers in seccomp.REFUSED.items()}
    ours |= {"__NR_clone": seccomp.CLONE[0], "__NR_clone3": seccomp.CLONE3[0]}
    ours["__NR_pivot_root"] = syscalls._PIVOT_ROOT["x86_64"]
    assert from_headers(list(ours), tmp_path) == ours


@with_headers
def test_the_filters_numbers_are_those_of_the_headers(tmp_path: Path) -> None:
    ours = {
        "AUDIT_ARCH_X86_64": seccomp.MACHINES["x86_64"],
        "AUDIT_ARCH_AARCH64": seccomp.MACHINES["aarch64"],
        "SECCOMP_RET_ALLOW": seccomp._ALLOW,
        "SECCOMP_RET_KILL_PROCESS": seccomp._KILL,
        "SECCOMP_RET_ERRNO": seccomp._ERROR,
        "_LINUX_CAPABILITY_VERSION_3": syscalls._CAPABILITY_VERSION_3,
        "CAP_SYS_ADMIN": syscalls.CAP_SYS_ADMIN,
    }
    assert from_headers(list(ours), tmp_path) == ours


def judge(
    machine: str,
    number: int,
    argument: int = 0,
    architecture: int | None = None,
    let: frozenset[str] = frozenset(),
) -> int:
    """What the filter answers for a system call: a small interpreter of its language."""
    arch = seccomp.MACHINES[machine] if architecture is None else architecture
    data = {seccomp._NUMBER: number, seccomp._ARCHITECTURE: arch, seccomp._FIRST_ARGUMENT: argument}
    lines, at, loaded = seccomp.program(machine, let), 0, 0
    while True:
        operation, if_true, if_false, operand = lines[at]
        at += 1
        if operation == seccomp._RETURN:
            return operand
        if operation == seccomp._LOAD:
            loaded = data[operand]
        else:
            tests = {
                seccomp._EQUAL: loaded == operand,
                seccomp._AT_LEAST: loaded >= operand,
                seccomp._ANY_BIT: bool(loaded & operand),
            }
            at += if_true if tests[operation] else if_false


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter_refuses_its_list_and_nothing_else(machine: str) -> None:
    column = list(seccomp.MACHINES).index(machine)
    refused = {numbers[column] for numbers in seccomp.REFUSED.values()}
    for number in range(500):
        answer = judge(machine, number)
        if number == seccomp.CLONE3[column]:
            assert answer == seccomp._ERROR | 38
        else:
            assert (answer != seccomp._ALLOW) == (number in refused), f"system call {number}"


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_clone_may_make_processes_but_no_namespaces(machine: str) -> None:
    clone = seccomp.CLONE[list(seccomp.MACHINES).index(machine)]
    assert judge(machine, clone, argument=17) == seccomp._ALLOW
    assert judge(machine, clone, argument=17 | syscalls.CLONE_NEWUSER) != seccomp._ALLOW


def test_calls_in_another_architectures_numbering_end_the_process() -> None:
    assert judge("x86_64", 0, architecture=0x40000003) == seccomp._KILL
    assert judge("x86_64", 0x40000000 + 1) != seccomp._ALLOW, "x32 calls"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux system calls")
def test_an_error_names_the_call_and_the_place() -> None:
    with pytest.raises(OSError, match=r"mount: .* \(tmpfs on /does-not-exist\)"):
        syscalls.mount("tmpfs", "/does-not-exist", "tmpfs")


def test_modules_can_be_imported_where_nothing_is_linux() -> None:
    """Import with the POSIX-only modules hidden, as on Windows."""
    script = (
        # Python's own modules first: since 3.12 some import Windows' own parts on "win32".
        "import sys, ctypes, shutil, subprocess, asyncio, multiprocessing, tempfile\n"
        "for n in ('resource', 'fcntl', 'pwd', 'grp', 'termios'): sys.modules[n] = None\n"
        "sys.platform = 'win32'\n"
        "import os, signal, socket\n"
        "for n in ('getuid', 'fork', 'pidfd_open'): delattr(os, n)\n"
        "del signal.SIGKILL, signal.pthread_sigmask, socket.AF_UNIX, socket.recv_fds\n"
        "import hvlib.real.container as c, hvlib.real.rootfs, hvlib.real.linux as l\n"
        "print(c.available()[0], l.available()[0])\n"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False False\n", done.stderr[-1500:]


@pytest.mark.parametrize("machine", list(seccomp.MACHINES))
def test_with_a_capability_the_filter_lets_its_calls_through_and_no_others(machine: str) -> None:
    column, let = list(seccomp.MACHINES).index(machine), seccomp.WITH_SYS_ADMIN
    assert let < set(seccomp.REFUSED)
    for name, numbers in seccomp.REFUSED.items():
        allowed = judge(machine, numbers[column], let=let) == seccomp._ALLOW
        assert allowed == (name in let), name
    clone, namespace = seccomp.CLONE[column], syscalls.CLONE_NEWUSER
    assert judge(machine, clone, namespace, let=let) == seccomp._ALLOW
    assert judge(machine, clone, namespace) != seccomp._ALLOW
