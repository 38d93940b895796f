"""How the book's server runs: on this machine only, with its token, and asking nobody anything."""

from hvlib.reading import keep_pictures

c = get_config()  # noqa: F821  (Jupyter provides it)

c.ServerApp.ip = "127.0.0.1"
c.LabApp.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
c.FileContentsManager.pre_save_hook = keep_pictures
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
# nbgrader is there for instructors' tests; a reader does not need its menus.
c.ServerApp.jpserver_extensions = {
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader": False,
}
