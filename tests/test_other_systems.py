"""Windows, macOS and 64-bit ARM, as far as they can be played on this machine.

Played is what a module meets there: what the system is called, what it has not, no /proc, another
encoding of files and of the console, and a folder with a space and letters beyond ASCII.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PLAY = r"""
import importlib, io, os, pkgutil, platform, signal, socket, sys, warnings
# What these import on "win32" is not here, so they come first.
import asyncio, ctypes, http.server, multiprocessing, shutil, subprocess, tempfile, webbrowser
import urllib.request
import anywidget, ipywidgets, jupyter_core.paths, matplotlib.figure, nbformat, platformdirs
import psutil, unicorn

system, machine = sys.argv[1:]
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None
LINUX_ONLY = {
    os: "pidfd_open memfd_create unshare setns sched_getaffinity sched_setaffinity pipe2",
    signal: "SIGRTMIN", socket: "AF_NETLINK",
}
POSIX_ONLY = {
    os: "getuid geteuid getgid getegid fork setsid getpgid killpg getloadavg uname sysconf chown "
        "mkfifo setpriority statvfs O_CLOEXEC O_NONBLOCK WNOHANG",
    signal: "SIGKILL SIGALRM SIGCHLD SIGUSR1 SIGHUP SIGPIPE alarm setitimer pthread_sigmask "
            "pthread_kill",
    socket: "AF_UNIX recv_fds",
}
for place, names in [*LINUX_ONLY.items(), *(POSIX_ONLY.items() if system == "win32" else ())]:
    for name in names.split():
        if hasattr(place, name):
            delattr(place, name)


def without_proc(function):
    def told(path=".", *rest, **more):
        if not isinstance(path, int) and os.fsdecode(path).startswith(("/proc", "/sys")):
            raise FileNotFoundError(2, "No such file or directory", os.fsdecode(path))
        return function(path, *rest, **more)
    return told


for place, name in ((io, "open"), (os, "open"), (os, "stat"), (os, "listdir"), (os, "scandir")):
    setattr(place, name, without_proc(getattr(place, name)))
sys.platform = system
psutil.process_iter = lambda *_what, **_how: []
shutil.which = lambda *_program, **_where: None
platform.system = lambda: {"win32": "Windows", "darwin": "Darwin"}[system]
platform.release = lambda: "24.6"
platform.machine = lambda: machine
platform.processor = lambda: ""
warnings.filterwarnings("error", category=EncodingWarning, module="hvlib")
sys.argv = ["hvlib"]
import hvlib
from hvlib.__main__ import main

# What only builds the book or its site is no reader's.
MAKERS = ("hvlib.__main__", "hvlib.site.", "hvlib.real.image.")
for module in pkgutil.walk_packages(hvlib.__path__, "hvlib."):
    if not module.name.startswith(MAKERS):
        importlib.import_module(module.name)
import hvlib.site.serving
for name in hvlib.__all__:
    getattr(hvlib, name)
assert main(["doctor"]) == main(["here"]) == main(["record", "--list"]) == 0
assert main(["exercises", "--chapter", "1", "--seed", "7", "--out", "Übung 한.ipynb"]) == 0
try:
    main(["lab", "--help"])
except SystemExit as ended:
    assert not ended.code
from hvlib import reading
from hvlib.real import recording
from pathlib import Path

assert reading.lay_out(Path("mein Buch µ")) == reading.lay_out(Path("mein Buch µ")) == []
for name in recording.REGISTRY:
    trace = hvlib.measure(name).trace
    print(name, trace.source, recording.badge(trace))
    assert trace.source == "measured" or trace.instead, name
hvlib.predict("0.kernels").skip()
print("all is", "well")
"""


@pytest.mark.parametrize(
    ("system", "machine", "console", "language"),
    [
        ("win32", "AMD64", "cp1252", "en"),
        ("win32", "ARM64", "cp949", "ko"),
        ("darwin", "arm64", "ascii", "ko"),
    ],
)
def test_a_reader_elsewhere_gets_the_book_and_words_for_the_rest(
    system: str, machine: str, console: str, language: str, tmp_path: Path
) -> None:
    folder = tmp_path / "Leserin 한 µ"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", PLAY, system, machine],
        cwd=folder,
        env={
            **os.environ,
            "HVLIB_LANGUAGE": language,
            "HVLIB_PROGRESS": str(folder / "fort schritt.json"),
            "PYTHONIOENCODING": console,
            "PYTHONUTF8": "0",
        },
        capture_output=True,
        timeout=240,  # a busy machine
    )
    said = done.stdout.decode(console)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-1500:]
    assert "all is well" in said, said[-500:]
    if system == "win32":
        assert "Linux 24.6" not in said, "it says that Windows is Linux"
    assert (folder / "fort schritt.json").exists()
    assert {path.name for path in folder.glob("*.ipynb")} == {
        "Übung 한.ipynb",
        "Übung 한-answers.ipynb",
    }


def test_an_arm_linux_runs_what_needs_no_x86() -> None:
    program = (
        "import platform; platform.machine = lambda: 'aarch64'\n"
        "import hvlib; from hvlib.real import linux, probe\n"
        "print(linux.available())\n"
        "trace = hvlib.measure('two_guests').trace\n"
        "print(trace.source, trace.instead)\n"
        "hvlib.here(); print('well')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.endswith("well\n"), done.stderr[-1500:]
    assert "recorded" in done.stdout
    assert "aarch64" in done.stdout
