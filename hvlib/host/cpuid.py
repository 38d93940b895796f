"""Asks the processor who the hypervisor is, by the one instruction that any program may execute."""

import ctypes
import mmap
import platform
import struct
import sys

# The C function (leaf, subleaf, four numbers for eax, ebx, ecx, edx), in the calling convention of
# Linux on x86-64: its arguments are in edi, esi and rdx, and rbx must come back as it was.
_CODE = bytes.fromhex(
    "53"  # push rbx
    "89f8"  # mov eax, edi
    "89f1"  # mov ecx, esi
    "4989d0"  # mov r8, rdx
    "0fa2"  # cpuid
    "418900"  # mov [r8], eax
    "41895804"  # mov [r8+4], ebx
    "41894808"  # mov [r8+8], ecx
    "4189500c"  # mov [r8+12], edx
    "5b"  # pop rbx
    "c3"  # ret
)
_HYPERVISOR = 1 << 31
"""The bit of leaf 1's ecx by which a processor says that a hypervisor is there."""


def vendor() -> str:
    """The hypervisor's name for itself, as ``"KVMKVMKVM"``; empty where there is none to be had.

    Without the bit that announces one, the leaf holds what some processors leave there.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64" or sys.maxsize < 1 << 32:
        return ""
    try:
        if not _cpuid(1)[2] & _HYPERVISOR:
            return ""
        name = struct.pack("<3I", *_cpuid(0x40000000)[1:])
    except (OSError, ValueError):  # memory that can be written and executed may be forbidden
        return ""
    return name.decode("ascii", "replace").rstrip("\0 ")


def _cpuid(leaf: int) -> tuple[int, ...]:
    """eax, ebx, ecx and edx after ``cpuid``. Raises OSError where own code can't be executed."""
    access = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    with mmap.mmap(-1, len(_CODE), prot=access) as area:
        area.write(_CODE)
        start = ctypes.c_char.from_buffer(area)
        function = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p)
        numbers = (ctypes.c_uint32 * 4)()
        function(ctypes.addressof(start))(leaf, 0, ctypes.addressof(numbers))
        del start  # else the area could not be given back
        return tuple(numbers)
