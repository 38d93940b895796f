"""A JupyterHub for a small class on one machine, where each reader is a user of that machine.

Set up once, as root, with a Python that every user may run (``/usr/bin/python3``):

    pip install --require-hashes -r jupyter_config/hub/requirements.lock && pip install --no-deps .
    npm ci --prefix jupyter_config/hub
    jupyterhub -f jupyter_config/hub/jupyterhub_config.py

It serves on 127.0.0.1:8000 only: put a web server with a certificate in front. Members of the Unix
group ``students`` may log in with their passwords. docs/teaching.md says how many readers fit.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import sys
from pathlib import Path

c = get_config()  # noqa: F821  (Jupyter provides it)

HERE = Path(__file__).resolve().parent
MEMORY = 1536 * 2**20  # bytes that one process of a reader may hold, server or kernel
IDLE = 3600  # seconds without use after which a kernel is ended

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.ConfigurableHTTPProxy.command = str(HERE / "node_modules" / ".bin" / "configurable-http-proxy")
c.LocalAuthenticator.allowed_groups = {"students"}
c.PAMAuthenticator.open_sessions = False


def close_home(spawner: object) -> None:
    """Many systems make homes that every user can read: close the reader's before it is used."""
    home = Path(pwd.getpwnam(spawner.user.name).pw_dir)  # type: ignore[attr-defined]
    home.chmod(stat.S_IMODE(home.stat().st_mode) & 0o700)


c.Spawner.pre_spawn_hook = close_home
c.Spawner.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
c.Spawner.cmd = [sys.executable, "-m", "hvlib", "lab", "--hub", "--folder", "~/hypervisor-book"]
c.Spawner.args = [f"--MappingKernelManager.cull_idle_timeout={IDLE}"]
c.Spawner.environment = {"HVLIB_TRACES": os.environ.get("HVLIB_TRACES", "")}
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120

# Where systemd runs the machine, the package jupyterhub-systemdspawner limits all of a reader's
# processes together; without it each process has a limit of its own.
if Path("/run/systemd/system").is_dir() and importlib.util.find_spec("systemdspawner"):
    c.JupyterHub.spawner_class = "systemd"
    c.Spawner.mem_limit = 2 * MEMORY
    c.Spawner.cpu_limit = float(os.cpu_count() or 1)
elif shutil.which("prlimit"):
    c.Spawner.cmd = ["prlimit", f"--data={MEMORY}", "--core=0", *c.Spawner.cmd]
