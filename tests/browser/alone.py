"""A widget alone in a page, with Python behind it and no JupyterLab: opens in a moment."""

from collections.abc import Iterator
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


@contextmanager
def alone(chromium: Browser, widget: Any, **options: Any) -> Iterator[Page]:
    """A page with ``widget`` (an anywidget) alone on it; ``options`` are those of the window."""
    viewport = {"viewport": {"width": 900, "height": 646}}
    page = chromium.new_page(**{**viewport, **options})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def tell(said: dict[str, Any]) -> dict[str, Any]:
        before = widget.get_state()
        widget.set_state(said)
        after = widget.get_state()
        new = {name: value for name, value in after.items() if value != before[name]}
        return {name: value for name, value in new.items() if name not in said}  # no echo

    page.expose_function("tell", tell)
    page.set_content("<!doctype html><body style='margin: 8px'></body>")
    state = {key: value for key, value in widget.get_state().items() if key[0] != "_"}
    state = {key: value for key, value in state.items() if key not in ("layout", "tabbable")}
    page.evaluate(OPEN, [widget._esm, str(widget._css), state])
    yield page
    page.close()
    assert not errors, errors
