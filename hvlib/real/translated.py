"""The machine of :mod:`hvlib.real.kvm` by binary translation, for computers without KVM.

unicorn (the translator of QEMU as a library) runs the same guest bytes, from the same page
tables, in ring 3, on Linux, macOS and Windows. What differs is how: guest code is translated
block by block into host code, so a request to end takes effect at the end of a block. A guest
therefore follows its last ``out`` with a jump to itself.
"""

import ctypes
import importlib
import mmap
import struct
import threading
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from hvlib.real import kvm_constants as k
from hvlib.real.bus import NOTHING, Bus, Ending, GuestStopped
from hvlib.real.kvm import page_tables
from hvlib.words import _

try:
    unicorn: Any = importlib.import_module("unicorn")
    x86: Any = importlib.import_module("unicorn.x86_const")
except ImportError:  # Machine() says so
    unicorn = None

MSR_EFER = 0xC0000080  # Intel SDM volume 4, table 2-2
TSS_BUSY = 0x8B00  # descriptor flags of a task state segment in use
BOOT_CODE, BOOT_STACK = k.GDT + 0x100, k.GDT + 0x200


class Machine:
    """A virtual machine like :class:`hvlib.real.kvm.Machine`; the same names do the same.

    Raises ValueError for a bad size of memory and ImportError without unicorn.
    """

    engine = "unicorn"

    def __init__(self, memory: int = 2 * k.MIB, dirty_log: bool = False) -> None:
        if unicorn is None:
            raise ImportError("the package unicorn is not installed")
        if memory % k.LARGE_PAGE or not 0 < memory <= k.MAX_MEMORY:
            text = _("memory is {n} bytes; it must be a multiple of 2 MiB, ≤ 512 MiB")
            raise ValueError(text.format(n=memory))
        self.bus = Bus()
        self._counts: Counter[str] = Counter()
        self._dirty: set[int] = set()
        self._left = threading.Event()
        self._left.set()
        self._numbers = [getattr(x86, f"UC_X86_REG_{n.upper()}") for n in k.REGISTER_NAMES]
        self._cpu: Any = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
        # No end address: unicorn looks each of them up, and a failed look-up counts as a fault.
        self._cpu.ctl_exits_enabled(True)
        self._cpu.ctl_set_exits([])
        self.memory = mmap.mmap(-1, memory)
        self._map()
        self._enter_long_mode()
        self._enter_ring_3()
        self._hook(dirty_log)

    def _map(self) -> None:
        """Give the CPU this process's memory and, where there is none, the device registers."""
        view = ctypes.c_char.from_buffer(self.memory)
        self._cpu.mem_map_ptr(0, len(self.memory), unicorn.UC_PROT_ALL, ctypes.addressof(view))
        del view
        self._add("mmio_map", k.MMIO, k.PAGE, self._mmio_read, None, self._mmio_write, None)

    def _add(self, how: str, *callback: Any) -> None:
        """Give the CPU a callback, which keeps it alive only weakly.

        unicorn's callbacks refer to their CPU, and ctypes' to themselves: the CPU's memory would
        stay until the next garbage collection.
        """
        getattr(type(self._cpu), how)(weakref.proxy(self._cpu), *callback)

    def _enter_long_mode(self) -> None:
        """Page tables, GDT, no interrupt handlers, port permissions: as kvm.special_registers."""
        self.load(page_tables(len(self.memory)), k.GDT)
        write = self._cpu.reg_write
        write(x86.UC_X86_REG_GDTR, (0, k.GDT, 23, 0))
        write(x86.UC_X86_REG_IDTR, (0, 0, 0, 0))
        write(x86.UC_X86_REG_TR, (k.TSS_SELECTOR, k.TSS, k.TSS_LIMIT, TSS_BUSY))
        write(x86.UC_X86_REG_CR4, k.CR4)
        write(x86.UC_X86_REG_CR3, k.PML4)
        self._cpu.msr_write(MSR_EFER, k.EFER)
        write(x86.UC_X86_REG_CR0, k.CR0)

    def _enter_ring_3(self) -> None:
        """Execute one ``iretq``: the only way down, since registers can't be set to ring 3."""
        for name in ("DS", "ES", "FS", "GS"):
            self._cpu.reg_write(getattr(x86, f"UC_X86_REG_{name}"), k.DATA_SELECTOR)
        frame = (k.CODE, k.CODE_SELECTOR, k.RFLAGS, k.STACK_TOP, k.DATA_SELECTOR)
        self.load(b"\x48\xcf", BOOT_CODE)
        self.load(struct.pack("<5Q", *frame), BOOT_STACK)
        self._cpu.reg_write(x86.UC_X86_REG_RSP, BOOT_STACK)
        self._cpu.emu_start(BOOT_CODE, 0, count=1)
        self.load(bytes(BOOT_STACK + 40 - BOOT_CODE), BOOT_CODE)

    def _hook(self, dirty_log: bool) -> None:
        """Ask the translator to call us where a hypervisor would see an exit."""
        hook, instruction = "hook_add", unicorn.UC_HOOK_INSN
        self._add(hook, instruction, self._port_write, None, 1, 0, x86.UC_X86_INS_OUT)
        self._add(hook, instruction, self._port_read, None, 1, 0, x86.UC_X86_INS_IN)
        self._add(hook, instruction, self._fault, None, 1, 0, x86.UC_X86_INS_SYSCALL)
        self._add(hook, instruction, self._fault, None, 1, 0, x86.UC_X86_INS_SYSENTER)
        self._add(hook, unicorn.UC_HOOK_INTR, self._fault)
        if dirty_log:
            self._add(hook, unicorn.UC_HOOK_MEM_WRITE, self._written)

    def load(self, code: bytes, at: int = k.CODE) -> None:
        """Put bytes into guest memory. Raises ValueError if they don't fit."""
        if not 0 <= at <= len(self.memory) - len(code):
            raise ValueError(f"{len(code)} bytes at {at:#x} are outside the machine's memory")
        self.memory[at : at + len(code)] = code
        self._cpu.ctl_flush_tb()

    @property
    def registers(self) -> dict[str, int]:
        """The CPU's general registers by name; assign (some of) them to set them."""
        return dict(zip(k.REGISTER_NAMES, map(self._cpu.reg_read, self._numbers), strict=True))

    @registers.setter
    def registers(self, values: Mapping[str, int]) -> None:
        for name, value in values.items():
            self._cpu.reg_write(self._numbers[k.REGISTER_NAMES.index(name)], value)

    @property
    def exits(self) -> dict[str, int]:
        """How often the guest needed us for which reason."""
        return dict(self._counts)

    def run(self, seconds: float = 10.0) -> Ending:
        """Run the guest until it ends or time is up; call again to go on after a time limit.

        The translator runs in a thread, so that Ctrl-C is noticed here at once.
        """
        self._ending: Ending | None = None
        self._error: BaseException | None = None
        translator = threading.Thread(target=self._translate, daemon=True)
        try:
            self._left.clear()  # an event, not join(): Python 3.11 loses count of it at Ctrl-C
            translator.start()
            self._left.wait(seconds)
        finally:
            if translator.ident is None:
                self._left.set()  # it never began
            self._halt()
        if self._error is not None:
            raise self._error
        return self._ending or Ending("time limit")

    def _translate(self) -> None:
        """Let the guest run until somebody calls emu_stop or it can't go on."""
        try:
            self._cpu.emu_start(self._cpu.reg_read(x86.UC_X86_REG_RIP), 0)
        except unicorn.UcError:
            # An invalid instruction, or no memory there: a fault, and the guest has no handler.
            self._fault()
        except BaseException as error:  # from a device: belongs to the caller of run()
            self._error = error
        finally:
            self._left.set()

    def _halt(self) -> None:
        """Have the translator leave the guest; repeats, since it may not have begun."""
        while not self._left.wait(0.001):
            self.stop()

    def stop(self) -> None:
        """Make a running guest's run end, "time limit", from any thread.

        The guest stops where it happens to be: if it goes on, it may repeat one instruction.
        """
        self._end(Ending("time limit"))

    def _end(self, ending: Ending) -> None:
        """Remember the first reason to end, and have the translator return."""
        self._ending = self._ending or ending
        self._cpu.emu_stop()

    def _fault(self, *_: object) -> None:
        """An exception or interrupt: there is no handler, so it becomes a triple fault."""
        if self._ending is None:  # else this is the rest of the block that ended the run
            self._counts["shutdown"] += 1
        self._end(Ending("shutdown"))

    def _port_write(self, cpu: Any, port: int, size: int, value: int, _: object) -> None:
        self._write(self.bus.ports.get(port, NOTHING), "port", value, size)

    def _port_read(self, cpu: Any, port: int, size: int, _: object) -> int:
        self._counts["port"] += 1
        return self.bus.ports.get(port, NOTHING).read(size)

    def _mmio_write(self, cpu: Any, offset: int, size: int, value: int, _: object) -> None:
        self._write(self.bus.addresses.get(k.MMIO + offset, NOTHING), "mmio", value, size)

    def _mmio_read(self, cpu: Any, offset: int, size: int, _: object) -> int:
        self._counts["mmio"] += 1
        return self.bus.addresses.get(k.MMIO + offset, NOTHING).read(size)

    def _write(self, device: Any, way: str, value: int, size: int) -> None:
        """The guest writes to a device; the debug port ends the run."""
        if self._ending is not None:  # the rest of the block: see above
            return
        self._counts[way] += 1
        try:
            device.write(value & ((1 << 8 * size) - 1), size)
        except GuestStopped as stopped:
            self._end(Ending("stopped", stopped.code))

    def _written(self, cpu: Any, kind: int, address: int, size: int, value: int, _: Any) -> None:
        self._dirty.update((address // k.PAGE, (address + size - 1) // k.PAGE))

    def dirty_pages(self) -> Iterator[int]:
        """Numbers of the pages written since the last call. Needs ``dirty_log=True``."""
        dirty, self._dirty = self._dirty, set()
        return iter(sorted(page for page in dirty if page * k.PAGE < len(self.memory)))

    def close(self) -> None:
        """Give everything back."""
        self._halt()
        self._cpu = None
        self.memory.close()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
