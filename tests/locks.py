"""Ask for each lock whether every platform gets it without a compiler: ``make lock`` ends with it.

It asks the package index and installs nothing. The exceptions are stated, so that a new gap shows.
"""

import itertools
import subprocess
import sys
import tempfile

READERS, TESTS = "requirements.lock", "requirements-test.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
)
WITHOUT = {
    # Windows on ARM: PyYAML has wheels from Python 3.12 on.
    (READERS, "aarch64-pc-windows-msvc", "3.11"),
    (TESTS, "aarch64-pc-windows-msvc", "3.11"),
    # The tests' browser driver has no wheel for musl.
    *((TESTS, "x86_64-unknown-linux-musl", python) for python in PYTHONS),
}
"""Where a package must be built, so that a reader there needs a compiler."""


def missing(lock: str, platform: str, python: str) -> str:
    """Why this platform can't get the lock from wheels alone; empty if it can."""
    with tempfile.TemporaryDirectory() as nowhere:
        command = [
            *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--require-hashes"),
            *("--only-binary", ":all:", "--python", sys.executable, "--target", nowhere),
            *("--python-platform", platform, "--python-version", python, "-r", lock),
        ]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "no usable wheels" not in done.stderr:
        sys.exit(f"the index could not be asked: {done.stderr.strip()}")
    return "" if done.returncode == 0 else done.stderr.strip()


def main() -> int:
    """Print each gap; returns 1 if one is new or one is closed."""
    wrong = 0
    for place in itertools.product((READERS, TESTS), PLATFORMS, PYTHONS):
        why = missing(*place)
        if bool(why) != (place in WITHOUT):
            print(*place, why or "has wheels now: take it out of tests/locks.py", sep="  ")
            wrong = 1
    print(
        "new gaps above"
        if wrong
        else f"each lock: {len(PLATFORMS)} platforms, {len(PYTHONS)} Pythons"
    )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
