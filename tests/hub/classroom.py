"""A JupyterHub with users of its own, on the loopback, that leaves nothing behind.

The users exist only for the hub and what it starts: they stand in copies of /etc/passwd and
/etc/group that are laid over the real ones in a mount namespace, which ends with the hub.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

try:
    from nbgrader_extensions import WITHOUT
except ImportError:  # in a benchmark, which is run from the checkout
    from tests.nbgrader_extensions import WITHOUT


ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "jupyter_config" / "hub"
FIRST_ID = 61_000

SETTINGS = """
load_subconfig({book!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "dummy"
c.Spawner.args += {without_nbgrader}
c.Authenticator.allowed_users = {{{names}}}
c.JupyterHub.services = [{{"name": "teacher", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{
    "name": "teacher",
    "services": ["teacher"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret = bytes.fromhex({secret!r})
"""


@dataclass(frozen=True)
class Classroom:
    """A running hub. names: its readers; homes: the folder of their homes; space: its pid."""

    url: str
    token: str
    names: tuple[str, ...]
    homes: Path
    space: int

    def as_user(self, name: str, script: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script as one of the readers, in their home, where they are known."""
        enter = ["nsenter", f"--target={self.space}", "--mount", "--wd=/"]
        login = ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "env", "-i"]
        home = self.homes / name
        variables = {
            "HOME": home,
            "USER": name,
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": ROOT,
            "JUPYTER_CONFIG_PATH": self.homes.parent / "etc",
        }
        environment = [f"{key}={value}" for key, value in variables.items()]
        line = [*enter, *login, *environment, "sh", "-euc", f"umask 022\ncd {home}\n{script}"]
        return subprocess.run(line, capture_output=True, text=True, timeout=180)


def why_not() -> str:
    """Why no classroom can be opened here, in words; empty if one can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a hub for several users needs Linux and root"
    missing = [name for name in ("unshare", "nsenter", "setpriv", "npm") if not shutil.which(name)]
    return f"the hub's tests need {', '.join(missing)}" if missing else ""


def proxy(folder: Path) -> Path:
    """The hub's proxy, installed once from the lock into the folder."""
    program = folder / "node_modules" / ".bin" / "configurable-http-proxy"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HUB / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=300)
    return program


@contextmanager
def opened(readers: int, folder: Path, traces: str = "recorded") -> Iterator[Classroom]:
    """A hub with so many readers, closed with all it started at the end of the block."""
    names = tuple(f"reader{number:02}" for number in range(1, readers + 1))
    folder.chmod(0o755)
    port, hub_port, proxy_port = _free_ports(3)
    token = secrets.token_hex(16)
    chp = proxy(ROOT / ".venv" / "hub" if (ROOT / ".venv").is_dir() else folder / "proxy")
    (folder / "hub.py").write_text(
        SETTINGS.format(
            book=str(HUB / "jupyterhub_config.py"),
            names=", ".join(map(repr, names)),
            secret=secrets.token_hex(32),
            port=port,
            hub_port=hub_port,
            proxy_port=proxy_port,
            proxy=str(chp),
            without_nbgrader=WITHOUT,
            token=token,
        )
    )
    homes = _users(names, folder)
    script = _space(folder) + f"cd {folder}\nexec {sys.executable} -m jupyterhub -f hub.py\n"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HVLIB_TRACES": traces,
        "HOME": str(folder),
    }
    apart = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
    leashed = ["setpriv", "--pdeathsig", "KILL"]  # however these tests end, the hub ends too
    with (folder / "hub.log").open("wb") as log:
        hub = subprocess.Popen(
            [*leashed, *apart, "sh", "-euc", script],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/hub/api", hub, folder / "hub.log")
        yield Classroom(f"http://127.0.0.1:{port}", token, names, homes, _child(hub.pid))
    finally:
        # The hub, which is process 1 of its space, ends its readers' servers; then all is gone.
        with suppress(OSError, IndexError):
            os.kill(_child(hub.pid), signal.SIGTERM)
        try:
            hub.wait(20)
        except subprocess.TimeoutExpired:
            hub.kill()
            hub.wait(10)


def _users(names: tuple[str, ...], folder: Path) -> Path:
    """Homes, as Debian makes them (readable by all), and lists of users that hold the readers."""
    homes = folder / "homes"
    homes.mkdir(mode=0o755)
    lists = {name: Path("/etc", name).read_text() for name in ("passwd", "group")}
    for number, name in enumerate(names, FIRST_ID):
        home = homes / name
        home.mkdir(mode=0o755)
        os.chown(home, number, number)
        lists["passwd"] += f"{name}:x:{number}:{number}::{home}:/bin/sh\n"
        lists["group"] += f"{name}:x:{number}:\n"
    for name, text in lists.items():
        (folder / name).write_text(text)
    return homes


def _space(folder: Path) -> str:
    """Shell lines that lay out the hub's view of the files: its users, and Python open to them."""
    lines = [f"mount --bind {folder / name} /etc/{name}" for name in ("passwd", "group")]
    needed = {Path(sys.prefix), Path(sys.base_prefix), ROOT, folder}
    closed = {_closed(path) for path in needed} - {None}
    for number, top in enumerate(sorted(map(str, closed))):
        inside = [path for path in needed if str(path).startswith(top + "/")]
        aside = folder / f"aside-{number}"
        lines += [
            f"mkdir -p {aside}",
            f"mount --rbind {top} {aside}",
            f"mount -t tmpfs -o mode=755 none {top}",
        ]
        for path in inside:
            lines += [f"mkdir -p {path}", f"mount --rbind {aside / path.relative_to(top)} {path}"]
    return "\n".join([*lines, "mount -t proc none /proc", ""])


def _closed(path: Path) -> Path | None:
    """The topmost folder above a path that other users may not pass."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait_for(url: str, hub: "subprocess.Popen[bytes]", log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and hub.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:  # also the proxy's 404 while the hub is not ready behind it
            time.sleep(0.2)
    raise TimeoutError(f"the hub did not start in {seconds} s:\n{log.read_text()[-3000:]}")
