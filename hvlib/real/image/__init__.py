"""The computer in the page: a PC emulator (v86) with the state of a booted Linux, as files.

``python -m hvlib.real.image`` makes them once, from pinned packages. They lie in the reader's cache
folder under a name made from all that they depend on, so that checkouts share them and no old image
is taken for a new one.
"""

import hashlib
from functools import cache
from pathlib import Path

import platformdirs

from hvlib.words import _

HERE = Path(__file__).parent
EMULATOR, STATE = ("libv86.mjs", "v86.wasm"), "linux.zst"
PARTS = (*EMULATOR, STATE)  # what a page loads
NOTICE = "NOTICE.txt"
_INPUTS = ("boot.mjs", "counter", "init", "package-lock.json", "packages.toml")


class ImageError(Exception):
    """The image could not be made, with what would help."""


@cache
def key() -> str:
    """A name for the image: another one with any other input."""
    total = hashlib.sha256()
    for name in _INPUTS:
        total.update(name.encode() + b"\0" + (HERE / name).read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()[:12]


def folder() -> Path:
    """Where the image lies once it is made."""
    return Path(platformdirs.user_cache_dir("hvlib")) / "machines" / key()


def made(where: Path | None = None) -> bool:
    """Whether the image is there."""
    return all(((where or folder()) / name).is_file() for name in (*PARTS, NOTICE))


def size(where: Path | None = None) -> int:
    """Bytes that a page loads; 0 without an image."""
    where = where or folder()
    return sum((where / name).stat().st_size for name in PARTS) if made(where) else 0


def missing() -> str:
    """What to tell a reader where there is no image."""
    return _(
        "The computer in the page is not built here. In a checkout of the book, with Node.js: "
        "make machine. Elsewhere: python -m hvlib.real.image."
    )
