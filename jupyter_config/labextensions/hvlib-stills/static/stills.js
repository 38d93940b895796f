// Until its page is run, a picture of the book stands still. It says so by a sign, and a click on it
// runs the page, for cells build on those above them; the picture stays where the reader sees it.
// An extension of JupyterLab as a server hands it out, written by hand: nothing is built.
const STILL = "hv-asleep";
const PICTURES = ".jp-CodeCell :is(.jp-RenderedImage, .jp-RenderedSVG):not([data-hv])";
const LOOK = `
.${STILL} { position: relative; cursor: pointer; }
.${STILL}::after { content: "▶"; position: absolute; top: 8px; left: 8px; width: 44px; height: 44px;
  line-height: 44px; text-align: center; font-size: 20px; border-radius: 50%;
  color: #fff; background: rgb(0 0 0 / 65%); }
.${STILL}:hover::after { background: #0b5cad; }
[data-wakes] .${STILL} { cursor: progress; }
[data-wakes] .${STILL}::after { content: "…"; }`;

function activate(app) {
  const style = document.createElement("style");
  style.textContent = LOOK;
  document.head.append(style);
  let due; // a slider's picture changes with each frame: so not at each change
  const soon = () => (due ??= setTimeout(() => {
    due = undefined;
    mark(app);
  }, 200));
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", (event) => {
    const still = event.target.closest?.(`.${STILL}`);
    if (still) wake(app, still.closest(".jp-Cell"), still.closest(".jp-Notebook"));
  });
}

// Give each picture that stands for a live one its sign; a plot of the reader's own gets none.
function mark(app) {
  for (const picture of document.querySelectorAll(PICTURES)) {
    const cells = app.shell.currentWidget?.content?.widgets ?? [];
    const cell = cells.find(({ node }) => node.contains(picture));
    if (!cell) continue;
    picture.dataset.hv = "";
    const outputs = cell.model.outputs.toJSON();
    const drawn = outputs.filter(({ data }) => data?.["image/png"] || data?.["image/svg+xml"]);
    picture.classList.toggle(STILL, drawn.some(({ data }) => !`${data["text/plain"]}`.startsWith("<")));
  }
}

async function wake(app, cell, notebook) {
  if ("wakes" in notebook.dataset) return;
  notebook.dataset.wakes = notebook.dataset.keeps = "true"; // manners.js holds no place of its own
  const scroller = notebook.querySelector(".jp-WindowedPanel-outer") ?? notebook;
  const place = cell.getBoundingClientRect().top;
  const hold = () => (scroller.scrollTop += cell.getBoundingClientRect().top - place);
  const watch = setInterval(hold, 50);
  const leave = () => clearInterval(watch);
  const acts = ["wheel", "keydown", "pointerdown", "touchmove"];
  for (const name of acts) scroller.addEventListener(name, leave, { once: true, capture: true });
  try {
    await app.commands.execute("notebook:run-all-cells");
  } finally {
    setTimeout(() => {
      leave();
      for (const name of acts) scroller.removeEventListener(name, leave, { capture: true });
      delete notebook.dataset.wakes;
      delete notebook.dataset.keeps;
    }, 1500); // by then the last pictures have their height
  }
}

const plugin = { id: "hvlib-stills:plugin", autoStart: true, activate };
(window._JUPYTERLAB ??= {})["hvlib-stills"] = {
  init: () => {},
  get: async () => () => ({ __esModule: true, default: plugin }),
};
