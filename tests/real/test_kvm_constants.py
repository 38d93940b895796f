"""The constants of hvlib.real.kvm_constants are those of the kernel's own headers."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hvlib.real import kvm_constants as k

HEADER = Path("/usr/include/linux/kvm.h")
COMPILER = shutil.which("gcc") or shutil.which("cc")
SAME_NAME = [
    name for name in vars(k) if name.startswith("KVM_") and isinstance(getattr(k, name), int)
]
EXPRESSIONS = {
    **{name: name for name in SAME_NAME},
    "RUN_IMMEDIATE_EXIT": "offsetof(struct kvm_run, immediate_exit)",
    "RUN_EXIT_REASON": "offsetof(struct kvm_run, exit_reason)",
    "RUN_UNION": "offsetof(struct kvm_run, io)",
    "SREGS_SIZE": "sizeof(struct kvm_sregs)",
    "SEGMENT_SIZE": "sizeof(struct kvm_segment)",
    "CPUID_ENTRY_SIZE": "sizeof(struct kvm_cpuid_entry2)",
}
LAYOUT = {  # what struct formats and slices in kvm.py take for granted
    "sizeof(struct kvm_regs)": k.REGS.size,
    "offsetof(struct kvm_regs, rip)": 16 * 8,
    "offsetof(struct kvm_regs, rflags)": 17 * 8,
    "offsetof(struct kvm_regs, rsi)": 4 * 8,
    "offsetof(struct kvm_run, io.direction)": k.RUN_UNION,
    "offsetof(struct kvm_run, io.size)": k.RUN_UNION + 1,
    "offsetof(struct kvm_run, io.port)": k.RUN_UNION + 2,
    "offsetof(struct kvm_run, io.count)": k.RUN_UNION + 4,
    "offsetof(struct kvm_run, io.data_offset)": k.RUN_UNION + 8,
    "offsetof(struct kvm_run, mmio.phys_addr)": k.RUN_UNION,
    "offsetof(struct kvm_run, mmio.data)": k.RUN_UNION + 8,
    "offsetof(struct kvm_run, mmio.len)": k.RUN_UNION + 16,
    "offsetof(struct kvm_run, mmio.is_write)": k.RUN_UNION + 20,
    "offsetof(struct kvm_run, internal.suberror)": k.RUN_UNION,
    "offsetof(struct kvm_run, fail_entry.hardware_entry_failure_reason)": k.RUN_UNION,
    "offsetof(struct kvm_sregs, ss)": 5 * k.SEGMENT_SIZE,
    "offsetof(struct kvm_sregs, tr)": 6 * k.SEGMENT_SIZE,
    "offsetof(struct kvm_sregs, ldt)": 168,
    "offsetof(struct kvm_sregs, gdt)": 192,
    "offsetof(struct kvm_sregs, idt)": 208,
    "offsetof(struct kvm_sregs, cr0)": 224,
    "offsetof(struct kvm_sregs, efer)": 264,
    "offsetof(struct kvm_sregs, apic_base)": 272,
    "offsetof(struct kvm_segment, selector)": 12,
    "offsetof(struct kvm_segment, type)": 14,
    "offsetof(struct kvm_segment, dpl)": 16,
    "sizeof(struct kvm_userspace_memory_region)": 32,
    "sizeof(struct kvm_dirty_log)": 16,
    "offsetof(struct kvm_cpuid2, entries)": 8,
}
needs_header = pytest.mark.skipif(
    not HEADER.exists() or COMPILER is None,
    reason="needs gcc and the kernel's headers (Debian: apt install gcc linux-libc-dev)",
)


def values_in_c(expressions: list[str], folder: Path) -> dict[str, int]:
    """What a C compiler makes of these expressions with the kernel's header."""
    prints = "\n".join(f'  printf("%llu\\n", (unsigned long long)({e}));' for e in expressions)
    source = folder / "constants.c"
    source.write_text(
        "#include <stddef.h>\n#include <stdio.h>\n#include <linux/kvm.h>\n"
        f"int main(void) {{\n{prints}\n  return 0;\n}}\n"
    )
    assert COMPILER is not None
    subprocess.run([COMPILER, str(source), "-o", str(folder / "constants")], check=True, timeout=30)
    done = subprocess.run([str(folder / "constants")], capture_output=True, timeout=5, check=True)
    return dict(zip(expressions, map(int, done.stdout.split()), strict=True))


@needs_header
def test_constants_are_those_of_the_kernels_header(tmp_path: Path) -> None:
    in_c = values_in_c(list(EXPRESSIONS.values()), tmp_path)
    ours = {name: getattr(k, name) for name in EXPRESSIONS}
    theirs = {name: in_c[expression] for name, expression in EXPRESSIONS.items()}
    assert ours == theirs, "a constant of kvm_constants.py differs from linux/kvm.h"


@needs_header
def test_structures_lie_as_kvm_py_takes_for_granted(tmp_path: Path) -> None:
    assert values_in_c(list(LAYOUT), tmp_path) == LAYOUT


def test_every_ioctl_and_exit_is_checked() -> None:
    assert {"KVM_RUN", "KVM_GET_DIRTY_LOG", "KVM_EXIT_SHUTDOWN", "KVM_SET_SREGS"} <= set(SAME_NAME)


def test_special_registers_fill_the_structure() -> None:
    from hvlib.real.kvm import special_registers

    assert len(special_registers(bytes(k.SREGS_SIZE))) == k.SREGS_SIZE
