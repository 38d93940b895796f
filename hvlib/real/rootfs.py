"""A root file system from one static busybox: a folder for containers, an initramfs for a VM.

One program under three hundred names is a whole small Linux userland. A container sees the
folder through an overlay; a kernel unpacks the cpio archive into memory at boot.
"""

import atexit
import functools
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import platformdirs

from hvlib.words import _

PLACES = ("/usr/bin/busybox", "/bin/busybox", "/usr/sbin/busybox", "/sbin/busybox")
FOLDERS = ("bin", "dev", "etc", "proc", "root", "sys", "tmp")
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/group": "root:x:0:\n",
    "etc/os-release": 'NAME="hvlib teaching image"\nID=hvlib\n',
}
_INTERPRETER = 3  # PT_INTERP of elf.h: the program header of a dynamically linked program


def is_static(program: Path) -> bool:
    """Whether a file is a 64-bit ELF program that needs no shared libraries."""
    with program.open("rb") as file:
        start = file.read(4096)
    if start[:5] != b"\x7fELF\x02":
        return False
    (offset,) = struct.unpack_from("<Q", start, 32)
    size, count = struct.unpack_from("<HH", start, 54)
    kinds = (struct.unpack_from("<I", start, offset + n * size)[0] for n in range(count))
    return _INTERPRETER not in kinds


def find_busybox() -> Path | None:
    """A static busybox of this machine (Debian and Ubuntu: package busybox-static), or None."""
    paths = (path for path in map(Path, _places()) if os.access(path, os.X_OK))
    return next((path for path in paths if _is_static(path, path.stat().st_mtime_ns)), None)


@functools.cache
def _is_static(program: Path, _changed: int) -> bool:
    return is_static(program)


def _places() -> Iterator[str]:
    yield from PLACES
    if found := shutil.which("busybox"):  # looked for only if there is none in the usual places
        yield found


def busybox() -> Path:
    """Like :func:`find_busybox`, but raises FileNotFoundError with what the reader could do."""
    if found := find_busybox():
        return found
    raise FileNotFoundError(
        _("There is no static busybox here. On Debian and Ubuntu, 'make guest' installs one.")
    )


@functools.cache
def applets(program: Path) -> tuple[str, ...]:
    """The names a busybox answers to."""
    answer = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=10)
    return tuple(name for name in answer.stdout.split() if name != "busybox")


def build(root: Path, program: Path) -> None:
    """Fill the existing empty folder ``root`` with a root file system."""
    for folder in FOLDERS:
        (root / folder).mkdir(mode=0o755)
    for name, text in FILES.items():
        (root / name).write_text(text)
    shutil.copy(program, root / "bin" / "busybox")
    (root / "bin" / "busybox").chmod(0o755)
    for name in applets(program):
        (root / "bin" / name).symlink_to("busybox")
    (root / "tmp").chmod(0o1777)
    root.chmod(0o755)


def image(store: Path | None = None) -> Path:
    """The root file system as a folder, built once for a busybox and then shared and kept.

    store: where images are kept; by default the user's cache (or, without a home, a folder of
    this process's own, which goes with it). Containers never write to it: each has a layer of
    its own on top. Raises FileNotFoundError without a static busybox.
    """
    program = busybox()
    place = (store or _store()) / f"busybox-{_fingerprint(program)}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        _build_at_once(place, program)
    return place


@functools.cache
def _store() -> Path:
    cache = Path(platformdirs.user_cache_dir("hvlib")) / "images"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        if os.access(cache, os.W_OK):
            return cache
    except OSError:
        pass
    # A name that others can guess would let them plant an image there.
    folder = tempfile.TemporaryDirectory(prefix="hvlib-images-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _build_at_once(place: Path, program: Path) -> None:
    """Build beside ``place`` and rename, so that nobody ever sees half an image."""
    fresh = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
    try:
        build(fresh, program)
        fresh.rename(place)
    except OSError:
        if not place.exists():  # else another process was faster, which is just as good
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fingerprint(program: Path) -> str:
    facts = program.stat()
    content = (FOLDERS, sorted(FILES.items()), str(program), facts.st_size, facts.st_mtime_ns)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


def record(name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> bytes:
    """One file of a cpio archive ("newc", kernel: driver-api/early-userspace/buffer-format)."""
    label = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(label), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + label
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)


def initramfs(init: str, program: Path, files: Mapping[str, str] | None = None) -> bytes:
    """A cpio archive that a Linux kernel unpacks as its first root file system.

    init: the shell script that the kernel starts as process 1. files: more scripts, by name.
    """
    folder, plain, executable, link, console = 0o40755, 0o100644, 0o100755, 0o120777, 0o20600
    parts = [record(name, folder) for name in FOLDERS]
    parts.append(record("dev/console", console, device=(5, 1)))  # init's standard output
    parts += [record(name, plain, text.encode()) for name, text in FILES.items()]
    scripts = {"init": init, **(files or {})}
    parts += [record(name, executable, text.encode()) for name, text in scripts.items()]
    parts.append(record("bin/busybox", executable, program.read_bytes()))
    parts += [record(f"bin/{name}", link, b"busybox") for name in applets(program)]
    return b"".join([*parts, record("TRAILER!!!", 0)])
