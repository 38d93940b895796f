"""How the book's server runs: on this machine only, with its token, and asking nobody anything."""

import os
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from hvlib.reading import SOCKET_NAME, keep_pictures

c = get_config()  # noqa: F821  (Jupyter provides it)

c.ServerApp.ip = "127.0.0.1"
# A kernel that talks over files in the reader's own folder can't be overheard by other users of
# the machine, and no two kernels want the same port.
if os.name == "posix" and len(jupyter_runtime_dir()) <= SOCKET_NAME:
    c.KernelManager.transport = "ipc"
c.LabApp.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
c.FileContentsManager.pre_save_hook = keep_pictures
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LabApp.extra_labextensions_path = [str(Path(__file__).parent / "labextensions")]

load_subconfig("jupyter_nbconvert_config.py")  # noqa: F821  (for File > Print)
