// What pages owe a reader around widgets: keys that stay in them, names for screen readers, Enter
// that commits an answer, the next problem before their eyes, and whether the page is dark. Stands in
// front of other files (script.py).

const ROOMS = [".hv-practice, .hv-book-map", ".hv-prediction", ".hv-explorer", ".hv-neighbours"]; // outermost first
const SENT = 150; // ms in which the last letter typed is on its way to Python

// Whether the page is dark around a node. JupyterLab, Notebook and Voila say so. Elsewhere the paper
// that is painted behind the node tells or, in a frame without paper of its own, the ink there.
// Where the reader's system forces its own colours, it says itself which they are.
function isDark(node) {
  if (matchMedia("(forced-colors: active)").matches) return matchMedia(SYSTEM).matches;
  const said = document.body.dataset.jpThemeLight;
  if (said) return said === "false";
  const place = node.isConnected ? node : document.body;
  for (let at = place; at; at = at.parentElement ?? at.getRootNode().host) {
    const [paper, cover] = lightness(getComputedStyle(at).backgroundColor);
    if (cover > 0.5) return paper < HALF;
  }
  return lightness(getComputedStyle(place).color)[0] > HALF;
}

const SYSTEM = "(prefers-color-scheme: dark)";
const HALF = 0.18; // of white's luminance: black and white stand out equally from it

// A colour's luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance), and how much it covers.
function lightness(colour) {
  const plain = colour.startsWith("rgb") ? colour.match(/[\d.]+/g).map(Number) : painted(colour);
  const [red, green, blue] = plain
    .slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return [0.2126 * red + 0.7152 * green + 0.0722 * blue, plain[3] ?? 1];
}

function painted(colour) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, cover] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, cover / 255];
}

const SETTLED = 400; // ms after which a page has faded to its other theme

// Calls when the page turns dark or light around a node; gives what ends that.
function onTheme(node, act) {
  let dark = isDark(node);
  const look = () => {
    if (isDark(node) === dark) return;
    dark = !dark;
    act();
  };
  const looks = () => {
    look();
    setTimeout(look, SETTLED);
  };
  const theme = new MutationObserver(looks);
  for (const page of [document.documentElement, document.body]) theme.observe(page, { attributes: true });
  const system = matchMedia(SYSTEM);
  system.addEventListener("change", looks);
  requestAnimationFrame(look); // the node is in the page now
  return () => {
    theme.disconnect();
    system.removeEventListener("change", looks);
  };
}

// With each widget anywidget sets the style of its class anew, even to the same text, and with each
// the browser works out the style of the whole page: seconds of a long chapter's start.
for (const style of document.querySelectorAll("style[id^='hvlib.']")) {
  Object.defineProperty(style, "textContent", {
    configurable: true,
    get: () => style.firstChild?.data ?? "",
    set: (text) => text !== style.textContent && style.replaceChildren(text),
  });
}

const again = "AGAIN";

// A widget whose Python is gone holds still and says what to do; half of it would still seem to
// work. Only the outermost says it, once.
function retire(model, el) {
  requestAnimationFrame(() => { // every widget passes here as it begins
    keepPlace(el);
    speak(el);
  });
  model.on("comm_live_update", () => {
    let root = el;
    for (let at = el; at; at = at.parentElement?.closest(".jupyter-widgets")) root = at;
    if (root.inert) return;
    root.inert = true;
    root.style.opacity = 0.5;
    const note = document.createElement("p");
    note.className = "hv-retired";
    note.setAttribute("role", "status");
    note.append(again);
    root.before(note);
  });
}

const language = "LANGUAGE";

// A page may be in another language than the program around it: so it is read out, and broken into
// lines, in its own.
function speak(el) {
  let root = el;
  for (let at = el; at; at = at.parentElement?.closest(".jupyter-widgets")) root = at;
  for (const node of [el.closest(".jp-Notebook"), root]) {
    if (node && node.lang !== language) node.lang = language; // set again, all within is styled again
  }
}

// The key that was pressed, a letter in lower case. While Hangul is on, the event says ㅊ (or that
// somebody else will process it) where the reader presses C: then the key's place tells.
function pressed(event) {
  const plain = event.key.length > 1 ? event.key !== "Process" : /^[ -~]$/.test(event.key);
  if (plain) return event.key.length > 1 ? event.key : event.key.toLowerCase();
  return /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : event.key;
}

function keepKeys(root) {
  // Without this, typing in a control also reaches JupyterLab's shortcuts ("dd" deletes the cell).
  root.addEventListener("focusin", (event) => {
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

// A question names the group of its controls, as a fieldset's legend would.
function nameGroups(root) {
  for (const prompt of root.querySelectorAll(".hv-prompt")) {
    const asked = prompt.closest(".hv-prediction");
    if (!asked) continue;
    const group = asked.querySelector(".hv-choices .widget-radio-box, .hv-ordering") ?? asked;
    group.setAttribute("role", group.matches(".widget-radio-box") ? "radiogroup" : "group");
    group.setAttribute("aria-label", prompt.textContent);
  }
}

// A switch of ipywidgets has no name of its own for a screen reader.
function nameSwitches(root) {
  for (const box of root.querySelectorAll(".widget-checkbox")) {
    const input = box.querySelector("input");
    const text = box.querySelector(".widget-label-basic span, .widget-label-basic");
    if (input && text) input.setAttribute("aria-label", text.textContent);
  }
}

// Enter in a question's box or choice commits the answer, as in any form. Caught on its way down,
// since a text box of ipywidgets keeps its keys to itself.
function enterCommits(root) {
  const commits = (event) => {
    const typed = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (!typed || !event.target.matches(".hv-prediction input")) return;
    const commit = event.target.closest(".hv-prediction").querySelector("button.mod-primary");
    if (commit) setTimeout(() => commit.click(), SENT);
  };
  root.addEventListener("keydown", commits, { capture: true });
}

// A card's first line is its title; a button of ipywidgets holds plain text.
function headCards(root) {
  for (const card of root.querySelectorAll("button.hv-card:not(:has(b))")) {
    const [title, ...rest] = card.textContent.split("\n");
    const head = Object.assign(document.createElement("b"), { textContent: title });
    card.replaceChildren(head, ["", ...rest].join("\n"));
  }
}

// Whoever asked for another problem, by a card or below the last one, gets it before their eyes.
function showNext(root) {
  let asked = null;
  root.addEventListener("click", (event) => {
    if (event.target.closest(".hv-card, .hv-onward")) asked = root.querySelector(".hv-prediction");
  });
  return () => {
    const next = root.querySelector(".hv-prediction");
    if (!asked || !next || next === asked) return;
    asked = null;
    const { top, bottom } = next.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) next.scrollIntoView();
    next.tabIndex = -1; // the button below the last one is gone, and with it the focus
    next.focus({ preventScroll: true });
  };
}

const ACTED = 600; // ms after a key, a wheel or a finger in which the reader is scrolling
const LULL = 1000; // ms without a cell that waits, after which JupyterLab has scrolled, too
const WAITS = ".jp-InputPrompt"; // shows [*] while its cell waits or runs

// *Run All* leaves JupyterLab at the end of the page. Whoever starts it shall stand at the title (or
// at the first cell that ran) or where they have scrolled to since. Cells wait while the first picture
// of many appears.
function keepPlace(el) {
  const notebook = el.closest(".jp-Notebook");
  const scroller = notebook?.querySelector(".jp-WindowedPanel-outer") ?? notebook;
  const waiting = () =>
    [...notebook.querySelectorAll(WAITS)].filter((prompt) => prompt.textContent.includes("*")).length;
  if (!notebook || notebook.dataset.keeps || waiting() < 2) return;
  notebook.dataset.keeps = "true";
  let [place, acted, over] = [beginOf(el.closest(".jp-CodeCell"), scroller), 0, 0];
  const act = () => (acted = performance.now());
  const hold = () => {
    const far = Math.abs(scroller.scrollTop - place) > scroller.clientHeight / 2;
    if (!acted) scroller.scrollTop = place;
    else if (performance.now() - acted < ACTED || !far) place = scroller.scrollTop;
    else scroller.scrollTop = place;
  };
  const acts = ["wheel", "keydown", "pointerdown", "touchmove"];
  for (const name of acts) scroller.addEventListener(name, act, { passive: true, capture: true });
  scroller.addEventListener("scroll", hold);
  const watch = setInterval(() => {
    if (!acted) hold();
    over = waiting() ? 0 : over || performance.now();
    if (notebook.isConnected && (!over || performance.now() - over < LULL)) return;
    clearInterval(watch);
    scroller.removeEventListener("scroll", hold);
    for (const name of acts) scroller.removeEventListener(name, act, { capture: true });
    if (!acted && !place) chooseFirst(notebook);
    delete notebook.dataset.keeps;
  }, 100);
  hold();
}

// Where a cell begins; for the page's first two that run, the title.
function beginOf(cell, scroller) {
  const before = [...scroller.querySelectorAll(".jp-CodeCell")].indexOf(cell);
  if (before < 2) return 0;
  return scroller.scrollTop + cell.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}

// The first cell becomes the current one, as by a click beside its text.
function chooseFirst(notebook) {
  const first = notebook.querySelector(".jp-Cell");
  for (const name of ["mousedown", "mouseup"]) {
    first?.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true, button: 0 }));
  }
}

// Manners for the widget around ``el``, which exists once it is in the page; once for each.
function mind(el) {
  requestAnimationFrame(() => {
    const root = ROOMS.map((room) => el.closest(room)).find(Boolean);
    if (!root || root.dataset.quiet) return;
    root.dataset.quiet = "true";
    keepKeys(root);
    enterCommits(root);
    const show = showNext(root);
    const name = () => {
      nameGroups(root);
      nameSwitches(root);
      headCards(root);
      show();
    };
    new MutationObserver(name).observe(root, { childList: true, subtree: true });
    name();
  });
}
