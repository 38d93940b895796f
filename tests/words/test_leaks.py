"""What a reader sees is marked: in a language of Hangul nothing that the book says stays Latin."""

import re
from functools import cache

import pytest

from tests.words.pseudo import run

pytestmark = pytest.mark.slow
ROOMS = ("models", "charts", "questions", "tables")
_SAID = f"""
import json
from tests.words import surfaces
said = {{room: getattr(surfaces, room)() for room in {ROOMS}}}
print(json.dumps({{room: [[where, str(text)] for where, text in said[room]] for room in said}}))
"""
_NAMES = """
units and signs: ms s MB GB KB kB MiB GiB KiB W kW GHz MHz Hz Mbit Gbit CPU e E x v k M G p VM
A B C D n r
processors, products, workloads: Linux Windows FreeBSD Xen KVM ESXi VMware Firecracker OpenShift
Kata gVisor Docker Moby Prescott Merom Penryn Nehalem Westmere Sandy Bridge vmxnet SPEC INT WEB
dbench OSDB IR OLTP vCenter Fusion UML bhyve runc
listings, registers and console of chapter 1: SET LOAD STORE ADD SUB JMP OUT HALT MODE LRA TIMER
PSW TRAP JZ JNZ LPSW SYS next space word trap current resume save wait ticks found H Hi i ab aabb
abab V R F Y I
typed, and names of files: arm riscv io uring cgroup privileged pid host network cap add ADMIN
seccomp unconfined conf lib log data new docker sock etc oci caps defaults go profiles default
json SPECIFICATION md
flaws: CVE GHSA xr f xq vfvv VENOM Dirty Pipe release agent
models: Density Deployment
"""
NAMES = frozenset(re.sub(r"(?m)^.*?: ", "", _NAMES).split())
"""Words that are the same in every language."""


@cache
def citations() -> frozenset[str]:
    """The words of who wrote what, where, under which title."""
    from hvlib.published.figures import sources

    said = (f"{s} {s.short} {s.url} {s.venue}" for s in sources().values())
    return frozenset(re.findall("[A-Za-z]+", " ".join(said)))


@cache
def everything() -> dict[str, list[tuple[str, str]]]:
    """What each room says, with where."""
    said: dict[str, list[tuple[str, str]]] = run(_SAID, pseudo=True)
    return said


@pytest.mark.parametrize("room", ROOMS)
def test_no_english_is_left(room: str) -> None:
    left: dict[str, str] = {}
    for where, text in everything()[room]:
        if where.endswith((".allowed", ".preset")):
            continue
        words = re.findall(r"[A-Za-z]+", re.sub(r"`[^`]*`|'[^']*'|\{n\}|https?://\S+", "", text))
        for word in set(words) - NAMES - citations():
            left.setdefault(word, f"{where}: {text[:80]}")
    assert not left, f"{len(left)} words: {list(left.items())[:20]}"
