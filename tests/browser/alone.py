"""A widget alone in a page, with Python behind it and no JupyterLab: opens in a moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

OPEN = """
async ([script, style, state]) => {
  const dress = document.createElement("style");
  dress.textContent = style;
  document.head.append(dress);
  const {default: {initialize, render}} = await import(URL.createObjectURL(
    new Blob([script], {type: "text/javascript"})));
  const handlers = {};
  let changed = {};
  const put = (name, value) => {
    state[name] = value;
    for (const act of handlers[`change:${name}`] ?? []) act();
  };
  window.take = values => Object.entries(values).forEach(([name, value]) => put(name, value));
  const model = {
    get: name => state[name],
    set: (name, value) => {
      changed[name] = value;
      put(name, value);
    },
    save_changes: async () => {
      const said = changed;
      changed = {};
      window.take(await window.tell(said));
    },
    send() {},
    on: (events, handler) => {
      for (const event of events.split(" ")) (handlers[event] ??= []).push(handler);
    },
  };
  initialize?.({model});
  const el = document.createElement("div");
  document.body.append(el);
  render({model, el});
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
}
"""


_spare: list[Page] = []
"""The page of the last test: to open another takes a second, to empty it a tenth of that."""
_python: dict[Page, Callable[[Any], Any]] = {}
"""What a page's ``tell`` calls."""


@contextmanager
def sheet(
    chromium: Browser, width: int = 900, height: int = 646, own: bool = False, **options: Any
) -> Iterator[Page]:
    """An empty page of this size; the one of the test before, unless something went wrong there.

    own, or any of Playwright's ``options``: one for this test only, which may change its clock,
    its colours and whatever else outlives a document.
    """
    own = own or bool(options)
    page = _spare.pop() if _spare and not own else chromium.new_page(**options)
    if page not in _python:
        page.expose_function("tell", lambda said: _python[page](said))
    _python[page] = lambda said: None
    errors: list[str] = []

    def note(error: Any) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    page.set_viewport_size({"width": width, "height": height})
    page.set_content("<!doctype html><body style='margin: 8px'></body>")
    yield page
    if own:
        page.close()
    else:
        page.mouse.move(0, 0)
        page.goto("about:blank")
        page.remove_listener("pageerror", note)
        _spare.append(page)
    assert not errors, errors


def hear(page: Page, python: Callable[[Any], Any]) -> None:
    """Let ``tell``, called in the page, be answered by a function here."""
    _python[page] = python


@contextmanager
def alone(chromium: Browser, widget: Any, **options: Any) -> Iterator[Page]:
    """A page with ``widget`` (an anywidget) alone on it; ``options`` are those of :func:`sheet`."""

    def tell(said: dict[str, Any]) -> dict[str, Any]:
        before = widget.get_state()
        widget.set_state(said)
        after = widget.get_state()
        new = {name: value for name, value in after.items() if value != before[name]}
        return {name: value for name, value in new.items() if name not in said}  # no echo

    state = {key: value for key, value in widget.get_state().items() if key[0] != "_"}
    state = {key: value for key, value in state.items() if key not in ("layout", "tabbable")}
    with sheet(chromium, **options) as page:
        hear(page, tell)
        page.evaluate(OPEN, [widget._esm, str(widget._css), state])
        yield page
