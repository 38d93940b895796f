"""Makes the image of the computer in the page: fetches, unpacks, boots once, packs what came out.

Without root and the same bytes each time. The packages come from the Debian mirror that apt uses
here, or that HVLIB_DEBIAN names (an address that ends above ``pool``); npm brings the emulator.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hvlib.real.image import EMULATOR, HERE, NOTICE, PARTS, STATE, ImageError, folder, made
from hvlib.real.rootfs import FOLDERS, record
from hvlib.words import _

_CONSOLE, _NULL = (5, 1), (1, 3)  # device numbers: Linux, Documentation/admin-guide/devices.txt
_DIRECTORY, _PROGRAM, _DEVICE = 0o040755, 0o100755, 0o020600
_SECONDS = 60


def build(out: Path | None = None, level: int = 19) -> Path:
    """Make the image, unless it is there; returns its folder. Raises ImageError.

    level: of zstd. At 19 packing takes 14 s; at 3 one, and a fifth more bytes.
    """
    if out is None and made():
        return folder()
    target = out or folder()
    with tempfile.TemporaryDirectory(prefix="hvlib-machine-") as place:
        work = Path(place)
        _npm(work)
        for package in packages():
            _unpack(fetch(package), package["files"], work)
        (work / "initrd").write_bytes(initrd((work / "busybox").read_bytes()))
        boot = [_program("node"), str(HERE / "boot.mjs"), str(work), str(level)]
        _run(boot, work)
        for name in EMULATOR:
            shutil.copyfile(work / "node_modules" / "v86" / "build" / name, work / name)
        (work / NOTICE).write_text(notice(work), "utf-8")
        target.mkdir(parents=True, exist_ok=True)
        for name in (*PARTS, NOTICE):  # whole files only: another process may look
            shutil.copyfile(work / name, target / f".{name}.{os.getpid()}")
            os.replace(target / f".{name}.{os.getpid()}", target / name)
    return target


def packages() -> list[dict[str, Any]]:
    """The pinned packages."""
    found: list[dict[str, Any]] = tomllib.loads((HERE / "packages.toml").read_text("utf-8"))[
        "package"
    ]
    return found


def pinned() -> str:
    """The SHA-256 that the packed state has."""
    return (HERE / "state.sha256").read_text("utf-8").strip()


def mirror() -> str:
    """The address of Debian's archive. Raises ImageError where nothing names one."""
    if named := os.environ.get("HVLIB_DEBIAN"):
        return named.rstrip("/")
    if apt := shutil.which("apt-get"):
        asked = [apt, "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
        done = subprocess.run(asked, capture_output=True, text=True)
        for address in map(str.strip, done.stdout.split()):
            if address.rstrip("/").endswith("/debian"):  # neither security's nor another system's
                return address.rstrip("/")
    raise ImageError(
        _("Here apt knows no Debian mirror. Name one: HVLIB_DEBIAN=https://…/debian make machine")
    )


def emulator() -> Path:
    """The folder of v86's own files, for running guests without Linux. Raises ImageError."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    work = folder().parent / f"v86-{lock}"
    library = work / "node_modules" / "v86" / "build"
    if not library.is_dir():
        work.mkdir(parents=True, exist_ok=True)
        _npm(work)
    return library


def _npm(work: Path) -> None:
    """v86 and the packer, as package-lock.json pins them with their hashes."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, work / name)
    _run([_program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)


def fetch(package: dict[str, Any]) -> bytes:
    """A package from the mirror, if its hash is the pinned one."""
    address = f"{mirror()}/{package['path']}"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
            data: bytes = answer.read()
    except OSError as error:
        message = _("{address} can't be fetched: {error}. HVLIB_DEBIAN may name another mirror.")
        raise ImageError(message.format(address=address, error=error)) from error
    if hashlib.sha256(data).hexdigest() != package["sha256"]:
        raise ImageError(_("{address} is not the pinned package.").format(address=address))
    return data


def _unpack(package: bytes, files: dict[str, str], work: Path) -> None:
    """Write some of a Debian package's files into ``work``, under other names."""
    with tarfile.open(fileobj=io.BytesIO(_member(package, b"data.tar.xz")), mode="r:xz") as tar:
        for place, name in files.items():
            held = tar.extractfile(f"./{place}")
            assert held is not None, f"{place} is no file"
            (work / name).write_bytes(held.read())


def _member(archive: bytes, name: bytes) -> bytes:
    """A member of an ``ar`` archive: 60 bytes of header, name first, size in decimal at 48."""
    at = 8
    while at < len(archive):
        header = archive[at : at + 60]
        size = int(header[48:58])
        if header[:16].rstrip(b" /") == name:
            return archive[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise ImageError(_("The package has no {name}.").format(name=name.decode()))


def initrd(busybox: bytes) -> bytes:
    """The file system that Linux starts with, as a cpio archive."""
    entries = [record(name, _DIRECTORY) for name in FOLDERS]
    entries += [record("dev/console", _DEVICE, device=_CONSOLE)]
    entries += [record("dev/null", _DEVICE | 0o66, device=_NULL)]
    for name, data in _programs(busybox):
        entries.append(record(name, _PROGRAM, data))
    return b"".join([*entries, record("TRAILER!!!", 0)])


def _programs(busybox: bytes) -> Iterable[tuple[str, bytes]]:
    yield "bin/busybox", busybox
    for name, place in (("counter", "bin/counter"), ("init", "init")):
        yield place, (HERE / name).read_bytes().replace(b"\r\n", b"\n")


def notice(work: Path) -> str:
    """What is in the image, under which licence, and where its source is."""
    licence = (work / "node_modules" / "v86" / "LICENSE").read_text("utf-8")
    version = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]["v86"]
    lines = [
        "The computer in the page",
        "",
        f"{STATE} is the memory of a machine that booted these packages of Debian 12,",
        "unchanged. Their source packages are in Debian's archive (deb-src, apt-get source) and,",
        "of every version ever published, in its snapshot archive.",
        "",
        *(
            f"  {one['name']} {one['version']}: source {one['source']}; {one['licence']}"
            for one in packages()
        ),
        "",
        "With it runs hvlib's init script and counter (MIT; hvlib/real/image).",
        "",
        f"{' and '.join(EMULATOR)} are v86 {version}, from npm, unchanged:",
        "",
        licence,
    ]
    return "\n".join(lines)


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise ImageError(_("This needs {name}: install Node.js.").format(name=name))
    return found


def _run(command: list[str], where: Path) -> None:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode:
        message = _("{command} failed:\n{why}")
        raise ImageError(message.format(command=" ".join(command), why=done.stderr.strip()))
