"""The numbers of Linux's KVM interface that hvlib uses, and where things lie in guest memory.

Names, ioctl numbers and offsets are those of ``linux/kvm.h`` on x86-64; a test compiles a C
program against the kernel's own header and compares every one of them.

Guest memory, as both engines lay it out::

    0x00000000  nothing: a wild jump or write through a null pointer faults
    0x00001000  GDT, page tables, TSS: the supervisor's, the guest program can't touch them
    0x00009000  stack, growing down from 0x10000
    0x00010000  code and data, up to the end of the machine's memory
    0x3fe00000  device registers (memory-mapped I/O), one page
    0x40000000  end of what the page tables map
"""

import struct

KIB, MIB = 1 << 10, 1 << 20
PAGE = 4 * KIB
MEMORY = (2 * MIB, 512 * MIB)  # the least and the most that a machine gets

# --- guest memory ---------------------------------------------------------------------------
GDT, PML4, PDPT, PD, PT, TSS = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000
USER = 0x9000  # from here on a guest program may read, write and execute
STACK_TOP = 0x10000
CODE = 0x10000
MMIO = 0x3FE00000
LARGE_PAGE = 2 * MIB
MAX_MEMORY = 512 * MIB
TSS_ADDRESS = 0x7FFBD000  # Intel needs three spare pages below 4 GiB; ioctl ints are signed

# --- ioctl numbers: direction, size of the argument, 0xAE ("KVMIO"), number ----------------


def _ioctl(number: int, size: int = 0, write: bool = False, read: bool = False) -> int:
    """An ioctl's number as the kernel's ``_IO``, ``_IOW``, ``_IOR`` and ``_IOWR`` make it."""
    return (write << 30) | (read << 31) | (size << 16) | (0xAE << 8) | number


KVM_API_VERSION = 12
REGS = struct.Struct("<18Q")  # struct kvm_regs: rax .. r15, rip, rflags
SREGS_SIZE, SEGMENT_SIZE, CPUID_ENTRY_SIZE = 312, 24, 40

KVM_GET_API_VERSION = _ioctl(0x00)
KVM_CREATE_VM = _ioctl(0x01)
KVM_GET_VCPU_MMAP_SIZE = _ioctl(0x04)
KVM_GET_SUPPORTED_CPUID = _ioctl(0x05, 8, write=True, read=True)
KVM_CREATE_VCPU = _ioctl(0x41)
KVM_GET_DIRTY_LOG = _ioctl(0x42, 16, write=True)
KVM_SET_USER_MEMORY_REGION = _ioctl(0x46, 32, write=True)
KVM_SET_TSS_ADDR = _ioctl(0x47)
KVM_RUN = _ioctl(0x80)
KVM_GET_REGS = _ioctl(0x81, REGS.size, read=True)
KVM_SET_REGS = _ioctl(0x82, REGS.size, write=True)
KVM_GET_SREGS = _ioctl(0x83, SREGS_SIZE, read=True)
KVM_SET_SREGS = _ioctl(0x84, SREGS_SIZE, write=True)
KVM_SET_CPUID2 = _ioctl(0x90, 8, write=True)
KVM_MEM_LOG_DIRTY_PAGES = 1

# --- struct kvm_run: the page shared with the kernel ---------------------------------------
RUN_IMMEDIATE_EXIT, RUN_EXIT_REASON, RUN_UNION = 1, 8, 32
RUN_IO = struct.Struct("<BBHIQ")  # direction, size, port, count, data offset
RUN_MMIO = struct.Struct("<Q8sIB")  # address, data, length, is it a write?
KVM_EXIT_IO_OUT = 1

KVM_EXIT_IO, KVM_EXIT_HLT, KVM_EXIT_MMIO, KVM_EXIT_SHUTDOWN = 2, 5, 6, 8
KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTR, KVM_EXIT_INTERNAL_ERROR = 9, 10, 17
EXIT_NAMES = {
    KVM_EXIT_IO: "port",
    KVM_EXIT_MMIO: "mmio",
    KVM_EXIT_HLT: "halt",
    KVM_EXIT_SHUTDOWN: "shutdown",
    KVM_EXIT_FAIL_ENTRY: "entry failure",
    KVM_EXIT_INTR: "interrupted",
    KVM_EXIT_INTERNAL_ERROR: "internal error",
}

REGISTER_NAMES = (
    *("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp"),
    *("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip", "rflags"),
)

# --- the processor: Intel SDM volume 3, sections 2.5 (control registers), 4.5 (paging) ------
CR0 = 0x80000033  # PG, NE, ET, MP, PE
CR4 = 0x620  # OSXMMEXCPT, OSFXSR, PAE
EFER = 0x500  # LMA, LME: long mode
RFLAGS = 0x2  # the bit that is always 1
# A task state segment ends with one bit a port: 0 lets a ring-3 program use it (SDM 1, 19.5.2).
TSS_BITMAP_POINTER, TSS_SIZE, PORTS = 102, 104, 65536
TSS_LIMIT = TSS_SIZE + PORTS // 8  # the last byte is a guard of all ones
CODE_SELECTOR, DATA_SELECTOR, TSS_SELECTOR = 0x0B, 0x13, 0x18
PRESENT, WRITE, USER_PAGE, ACCESSED_DIRTY, LARGE = 1, 2, 4, 0x60, 0x80
