"""A hypervisor in Python: what a virtual machine monitor does, with nothing left out.

The kernel's /dev/kvm runs guest code on the processor; this program decides what the guest
has (memory, one CPU, devices) and answers when the guest needs something (an *exit*)::

    with Machine() as machine:
        machine.load(guests.HELLO.code)
        machine.run()                  # Ending(reason='stopped', code=0, detail='')
        machine.bus.console.text       # 'hello from a guest\\n'

A guest program starts in 64-bit mode, ring 3, allowed to use I/O ports. Numbers and the map
of guest memory are in :mod:`hvlib.real.kvm_constants`. The interface is described in the
kernel's Documentation/virt/kvm/api.rst. Linux on x86-64 only; import it anywhere.
"""

import contextlib
import ctypes
import mmap
import os
import signal
import struct
import threading
from collections.abc import Iterator, Mapping

from hvlib.real import kvm_constants as k
from hvlib.real import syscalls
from hvlib.real.bus import NOTHING, Bus, Ending, GuestStopped
from hvlib.words import _

with contextlib.suppress(ImportError):  # Windows has no ioctl, and no KVM either
    from fcntl import ioctl

MAP_NORESERVE = 0x4000  # has no name in Python's mmap module


class KvmError(OSError):
    """/dev/kvm is not there, not allowed, or did not do what it should."""


def page_tables(memory: int) -> bytes:
    """The bytes of guest memory from GDT to USER: each address maps to itself.

    The first 2 MiB are in 4 KiB pages, so that a program can't touch what is below USER.
    """
    table = bytearray(k.USER)
    user = k.PRESENT | k.WRITE | k.USER_PAGE | k.ACCESSED_DIRTY
    entries = {k.PML4: k.PDPT | user, k.PDPT: k.PD | user, k.PD: k.PT | user}
    for page in range(512):
        flags = user if page * k.PAGE >= k.USER else user & ~k.USER_PAGE
        entries[k.PT + 8 * page] = page * k.PAGE | (flags if page else 0)
    for address in [*range(k.LARGE_PAGE, memory, k.LARGE_PAGE), k.MMIO]:
        entries[k.PD + 8 * (address // k.LARGE_PAGE)] = address | user | k.LARGE
    for number, descriptor in enumerate((0, 0x00AFFB000000FFFF, 0x00CFF3000000FFFF)):
        entries[k.GDT + 8 * number] = descriptor
    for address, entry in entries.items():
        struct.pack_into("<Q", table, address, entry)
    struct.pack_into("<H", table, k.TSS + k.TSS_BITMAP_POINTER, k.TSS_SIZE)
    table[k.TSS + k.TSS_LIMIT] = 0xFF
    return bytes(table[k.GDT :])


def special_registers(old: bytes) -> bytes:
    """struct kvm_sregs for 64-bit mode, ring 3, no interrupt handlers; the rest as it was."""

    def segment(selector: int, kind: int, long: int = 0, db: int = 0, system: int = 1) -> bytes:
        base, limit = (0, 0xFFFFFFFF) if system else (k.TSS, k.TSS_LIMIT)
        flags = (kind, 1, selector & 3, db, system, long, system, 0, 0, 0)
        return struct.pack("<QIH10B", base, limit, selector, *flags)

    code, data = segment(k.CODE_SELECTOR, 11, long=1), segment(k.DATA_SELECTOR, 3, db=1)
    task, local = segment(k.TSS_SELECTOR, 11, system=0), old[168:192]
    tables = struct.pack("<QH6xQH6x", k.GDT, 23, 0, 0)  # GDT of three entries, empty IDT
    control = struct.pack("<6Q", k.CR0, 0, k.PML4, k.CR4, 0, k.EFER)
    return code + data * 5 + task + local + tables + control + old[272:]


class Machine:
    """A virtual machine: memory, one CPU, a bus of devices.

    memory: bytes, a multiple of 2 MiB (its page size), at most 512 MiB. ``shared`` is the page in
    which the kernel tells of exits.
    Make it in the main thread; it may run in any. Raises KvmError, ValueError.
    """

    engine = "kvm"

    def __init__(self, memory: int = 2 * k.MIB, dirty_log: bool = False) -> None:
        if memory % k.LARGE_PAGE or not 0 < memory <= k.MAX_MEMORY:
            text = _("memory is {n} bytes; it must be a multiple of 2 MiB, ≤ 512 MiB")
            raise ValueError(text.format(n=memory))
        self.bus = Bus()
        self.exit_counts = [0] * 64
        self._lock, self._thread = threading.Lock(), 0
        self._undo = contextlib.ExitStack()
        try:
            self._make(memory, dirty_log)
        except BaseException:
            self._undo.close()
            raise

    def _make(self, size: int, dirty_log: bool) -> None:
        """Ask the kernel for a VM, give it memory, and give it a CPU."""
        system = self.open_kvm()
        self._vm, self.memory = self.make_vm(system, size, dirty_log)
        self._undo.callback(self.memory.close)
        self.fill(size)
        self._cpu, self.shared = self.make_cpu(system, self._vm)
        self._undo.callback(self.shared.close)
        words = memoryview(self.shared).cast("I")  # the same page as 32-bit numbers
        self._words = self._undo.enter_context(words)
        self._reset(system)
        _catch_kicks()

    # --- what a machine is made of, each part for a subclass to make in its own way -----------

    def keep(self, descriptor: int) -> int:
        """The descriptor, to be closed with the machine."""
        self._undo.callback(os.close, descriptor)
        return descriptor

    def open_kvm(self) -> int:
        """A descriptor of /dev/kvm, of the one API version there is."""
        try:
            system = self.keep(os.open("/dev/kvm", os.O_RDWR | getattr(os, "O_CLOEXEC", 0)))
        except OSError as error:
            raise KvmError(error.errno, f"can't open /dev/kvm: {error.strerror}") from error
        if ioctl(system, k.KVM_GET_API_VERSION, 0) != k.KVM_API_VERSION:
            raise KvmError(0, "not KVM's stable API, version 12")
        return system

    def make_vm(self, system: int, size: int, dirty_log: bool) -> tuple[int, mmap.mmap]:
        """A VM, and this process's memory as its guest-physical addresses 0 to ``size``."""
        vm = self.keep(ioctl(system, k.KVM_CREATE_VM, 0))
        with contextlib.suppress(OSError):  # only Intel needs it
            ioctl(vm, k.KVM_SET_TSS_ADDR, k.TSS_ADDRESS)
        memory = self.new_memory(size)
        view = ctypes.c_char.from_buffer(memory)
        flags = k.KVM_MEM_LOG_DIRTY_PAGES if dirty_log else 0
        region = struct.pack("<IIQQQ", 0, flags, 0, size, ctypes.addressof(view))
        del view  # or the mapping could not be closed
        ioctl(vm, k.KVM_SET_USER_MEMORY_REGION, region)
        return vm, memory

    def new_memory(self, size: int) -> mmap.mmap:
        """Memory of this process for the guest to have."""
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)

    def fill(self, size: int) -> None:
        """Put into new memory what the CPU needs to find there."""
        self.load(page_tables(size), k.GDT)

    def make_cpu(self, system: int, vm: int) -> tuple[int, mmap.mmap]:
        """A virtual CPU, and the page in which the kernel tells why the guest left it."""
        cpu = self.keep(ioctl(vm, k.KVM_CREATE_VCPU, 0))
        return cpu, mmap.mmap(cpu, ioctl(system, k.KVM_GET_VCPU_MMAP_SIZE, 0))

    def special_registers(self, old: bytes) -> bytes:
        """The registers that say in which mode the CPU starts, as struct kvm_sregs."""
        return special_registers(old)

    def _reset(self, system: int) -> None:
        """Let the CPU begin, with all the features KVM offers."""
        features = bytearray(struct.pack("<II", 256, 0) + bytes(256 * k.CPUID_ENTRY_SIZE))
        ioctl(system, k.KVM_GET_SUPPORTED_CPUID, features)
        ioctl(self._cpu, k.KVM_SET_CPUID2, features)
        sregs = ioctl(self._cpu, k.KVM_GET_SREGS, bytes(k.SREGS_SIZE))
        ioctl(self._cpu, k.KVM_SET_SREGS, self.special_registers(sregs))
        self.place_cpu()

    def place_cpu(self) -> None:
        """Put the CPU at the start of a program."""
        zeros = dict.fromkeys(k.REGISTER_NAMES, 0)
        self.registers = {**zeros, "rip": k.CODE, "rsp": k.STACK_TOP, "rflags": k.RFLAGS}

    # --- running ------------------------------------------------------------------------------

    def load(self, code: bytes, at: int = k.CODE) -> None:
        """Put bytes into guest memory. Raises ValueError if they don't fit."""
        if not 0 <= at <= len(self.memory) - len(code):
            raise ValueError(f"{len(code)} bytes at {at:#x} are outside the machine's memory")
        self.memory[at : at + len(code)] = code

    @property
    def registers(self) -> dict[str, int]:
        """The CPU's general registers by name; assign (some of) them to set them."""
        values = k.REGS.unpack(ioctl(self._cpu, k.KVM_GET_REGS, bytes(k.REGS.size)))
        return dict(zip(k.REGISTER_NAMES, values, strict=True))

    @registers.setter
    def registers(self, values: Mapping[str, int]) -> None:
        old = {} if len(values) == len(k.REGISTER_NAMES) else self.registers
        ordered = [{**old, **values}[name] for name in k.REGISTER_NAMES]
        ioctl(self._cpu, k.KVM_SET_REGS, k.REGS.pack(*ordered))

    @property
    def exits(self) -> dict[str, int]:
        """How often the guest left the CPU for which reason."""
        names = ((k.EXIT_NAMES.get(n, f"exit {n}"), c) for n, c in enumerate(self.exit_counts))
        return {name: count for name, count in names if count}

    def run(self, seconds: float = 10.0) -> Ending:
        """Run the guest until it ends or time is up; call again to go on after a time limit."""
        self._stopping = False
        self.shared[k.RUN_IMMEDIATE_EXIT] = 0
        self._thread = threading.get_ident()
        watchdog = threading.Timer(seconds, self.stop)
        watchdog.daemon = True
        try:
            watchdog.start()
            return self._run_until_end()
        except GuestStopped as stopped:
            return Ending("stopped", stopped.code)
        finally:
            watchdog.cancel()
            with self._lock:
                self._thread = 0
            if watchdog.ident is not None:
                watchdog.join()  # or it might bark in the next run
            self.settle()

    def stop(self) -> None:
        """Make a running guest leave the CPU, from any thread: its run ends, "time limit"."""
        with self._lock:
            if not self._thread:
                return
            self._stopping = True
            self.shared[k.RUN_IMMEDIATE_EXIT] = 1  # if it is just about to enter
            signal.pthread_kill(self._thread, KICK)  # if it is in

    def _run_until_end(self) -> Ending:
        """The run loop: enter the guest, see why it came out, answer, enter again."""
        shared, counts, enter = self._words, self.exit_counts, self.enter
        reason_at = k.RUN_EXIT_REASON // 4
        answers = {k.KVM_EXIT_IO: self._answer_port, k.KVM_EXIT_MMIO: self._answer_mmio}
        while True:
            try:
                enter()
            except InterruptedError:
                if self._stopping:
                    return Ending("time limit")
                continue
            reason = shared[reason_at]
            counts[reason] += 1
            answer = answers.get(reason)
            if answer is None:
                return self._ending(reason)
            answer()

    def _ending(self, reason: int) -> Ending:
        """Name an exit that has no answer."""
        if reason == k.KVM_EXIT_HLT:
            return Ending("halt")
        if reason == k.KVM_EXIT_SHUTDOWN:
            return Ending("shutdown")
        (why,) = struct.unpack_from("<I", self.shared, k.RUN_UNION)
        return Ending("error", detail=f"{k.EXIT_NAMES.get(reason, f'exit {reason}')}, code {why}")

    def _answer_port(self) -> None:
        """The guest used an I/O port (``in``, ``out``, or ``rep outs`` with a count)."""
        head = self._words[k.RUN_UNION // 4]
        if head & 0xFF != k.KVM_EXIT_IO_OUT or self._words[k.RUN_UNION // 4 + 1] != 1:
            self._answer_ports()
            return
        # One "out", the commonest exit: short, because a cold cache makes every step dear here.
        size, at = head >> 8 & 0xFF, self._words[k.RUN_UNION // 4 + 2]
        value = self._words[at // 4] & (1 << 8 * size) - 1
        self.bus.ports.get(head >> 16, NOTHING).write(value, size)

    def _answer_ports(self) -> None:
        """Any use of a port: ``count`` values of ``size`` bytes, in or out."""
        direction, size, port, count, at = k.RUN_IO.unpack_from(self.shared, k.RUN_UNION)
        device = self.bus.ports.get(port, NOTHING)
        for place in range(at, at + size * count, size):
            if direction == k.KVM_EXIT_IO_OUT:
                device.write(int.from_bytes(self.shared[place : place + size], "little"), size)
            else:
                self.shared[place : place + size] = device.read(size).to_bytes(size, "little")

    def _answer_mmio(self) -> None:
        """The guest used an address where there is no memory."""
        address, data, size, write = k.RUN_MMIO.unpack_from(self.shared, k.RUN_UNION)
        device = self.bus.addresses.get(address, NOTHING)
        if write:
            device.write(int.from_bytes(data[:size], "little"), size)
        else:
            place = k.RUN_UNION + 8
            self.shared[place : place + size] = device.read(size).to_bytes(size, "little")

    def enter(self) -> None:
        """Let the guest run until its next exit. Raises InterruptedError when it was kicked out.

        Since Python 3.14 its own ``ioctl`` goes back in after a signal, again and again.
        """
        syscalls.call("ioctl", self._cpu, k.KVM_RUN, 0)

    def settle(self) -> None:
        """Let KVM finish the instruction whose exit was answered, without running on."""
        self.shared[k.RUN_IMMEDIATE_EXIT] = 1
        with contextlib.suppress(InterruptedError):
            self.enter()

    def dirty_pages(self) -> Iterator[int]:
        """Numbers of the pages written since the last call. Needs ``dirty_log=True``."""
        bitmap = bytearray(-(-len(self.memory) // k.PAGE // 64) * 8)
        view = ctypes.c_char.from_buffer(bitmap)
        ioctl(self._vm, k.KVM_GET_DIRTY_LOG, struct.pack("<IIQ", 0, 0, ctypes.addressof(view)))
        bits = int.from_bytes(bitmap, "little")
        while bits:
            yield (bits & -bits).bit_length() - 1
            bits &= bits - 1

    def close(self) -> None:
        """Give everything back to the kernel."""
        self._undo.close()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


KICK = getattr(signal, "SIGRTMIN", 0) + 3


def _catch_kicks() -> None:
    """Let KICK interrupt a system call and do nothing else."""
    if signal.getsignal(KICK) != _ignore:
        signal.signal(KICK, _ignore)


def _ignore(number: int, frame: object) -> None:
    """Nothing: the interrupted system call is the purpose."""
