"""A page with computers in it and nothing else, served as the site serves them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hvlib.real import image
from hvlib.site.serving import served
from hvlib.widgets.machines import Machines

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>{style} body {{ font-family: sans-serif; margin: 12px }}</style>
<body data-jp-theme-light="true"><script type="application/json" id="{book}">{settings}</script>
<script type="module">
const {{ default: {{ render }} }} = await import("./widget.js");
const state = {state};
const hearers = [];
window.sent = [];
const answer = async () => {{
  const files = await Promise.all(state.parts.map(async (name) =>
    new DataView(await (await fetch(`machine/${{name}}`)).arrayBuffer())));
  hearers.forEach((hear) => hear({{ parts: state.parts }}, files));
}};
const model = {{
  get: (name) => state[name],
  send: (content) => (sent.push(content), content.ask && answer()),
  on: (_event, hear) => hearers.push(hear),
  off: (_event, hear) => hearers.splice(hearers.indexOf(hear), 1),
}};
window.leave = render({{ model, el: document.body }});
</script></body>"""


@contextmanager
def machine_page(
    folder: Path, files: Path, count: int = 2, site: bool = True, **other: Any
) -> Iterator[str]:
    """The address of the page. files: the image. site: it loads them itself, as on the site."""
    widget = Machines(count)
    state = {key: value for key, value in widget.get_state().items() if key[0] != "_"}
    state = {key: value for key, value in state.items() if key not in ("layout", "tabbable")}
    (folder / "machine").symlink_to(files)
    (folder / "widget.js").write_text(widget._esm, "utf-8")
    settings = {"site": ".", "machine": "machine", "machine_bytes": image.size(files), **other}
    text = PAGE.format(
        style=widget._css,
        book="book" if site else "none",
        settings=json.dumps(settings),
        state=json.dumps(state).replace("</", "<\\/"),
    )
    (folder / "index.html").write_text(text, "utf-8")
    with served(folder) as address:
        yield f"{address}/index.html"
