"""The script that shows pictures, alone in a page: what a reader sees while dragging a slider."""

import base64
import io

from browser.jupyterlab import ROOT
from PIL import Image
from playwright.sync_api import Browser

SCRIPT = (ROOT / "hvlib" / "widgets" / "picture.js").read_text()
PICTURES = 60
DRAG = """
async ([script, pngs]) => {
  const {default: {render}} = await import(URL.createObjectURL(
    new Blob([script], {type: "text/javascript"})));
  const bytes = pngs.map(png => Uint8Array.from(atob(png), c => c.charCodeAt(0)));
  const state = {png: bytes[0], serial: 1, sentence: "", width: 760, height: 340};
  const handlers = {};
  const model = {get: name => state[name], set() {}, save_changes() {},
                 on: (event, handler) => { handlers[event] = handler; }};
  render({model, el: document.body});
  const figure = document.querySelector("figure");
  const seen = [];
  new MutationObserver(() => seen.push(figure.dataset.painted)).observe(
    figure, {attributes: true, attributeFilter: ["data-painted"]});
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
  await pause(500);
  seen.length = 0;
  for (let turn = 1; turn < bytes.length; turn++) {
    state.png = bytes[turn];
    state.serial = turn + 1;
    handlers["change:png"]();
    await pause(4);
  }
  const during = seen.length;
  await pause(1000);
  return [during, seen.at(-1)];
}
"""


def test_a_reader_who_drags_sees_pictures_on_the_way_and_the_last_one(chromium: Browser) -> None:
    page = chromium.new_page()
    during, last = page.evaluate(DRAG, [SCRIPT, [_png(n) for n in range(PICTURES)]])
    page.close()
    assert last == str(PICTURES), f"the drag ended on picture {PICTURES}, the page shows {last}"
    assert during >= 3, f"{during} of {PICTURES} pictures were shown while the reader dragged"


def _png(number: int) -> str:
    out = io.BytesIO()
    Image.new("RGB", (1520, 680), (4 * number, 90, 120)).save(out, format="png")
    return base64.b64encode(out.getvalue()).decode("ascii")
