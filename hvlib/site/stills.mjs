// Draws the stills of cells: the page's own scripts build each widget in a DOM of plain objects,
// which is then written out as HTML. So a still looks as the living cell will, to the pixel.
// Reads from standard input what hvlib.site.snapshot prints, a page a line, as it comes; prints HTML
// by page and cell.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , modules] = process.argv;
const { parseHTML } = await import(pathToFileURL(`${modules}/linkedom/esm/index.js`));
const { window, document } = parseHTML("<!doctype html><html><head></head><body></body></html>");

// A still is taken at once: what a script puts off for longer than a moment is never done, however
// long this process waits for its turn.
Object.assign(globalThis, {
  setTimeout: (act, ms = 0) => (ms ? undefined : setImmediate(act)), clearTimeout: clearImmediate,
});

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
class Measured extends Observer { // of what is put on the page: it is told its size once
  constructor(tell) {
    super();
    this.tell = tell;
  }
  observe() {
    setTimeout(this.tell, 0);
  }
}
const WIDE = 860, SMALL = 354; // px, the widths for which stills are laid out
let room = WIDE;
const plain = { matches: false, addEventListener() {} };
Object.defineProperty(window.HTMLElement.prototype, "clientWidth", { get: () => room });
// Text can be measured only in a browser: a letter is about six tenths of its size wide.
window.SVGElement.prototype.getComputedTextLength = function () {
  return 6.1 * this.textContent.length;
};
const ruler = {
  font: "",
  measureText: (text) => ({ width: 0.58 * parseFloat(ruler.font.match(/[\d.]+px/)) * text.length }),
};
window.HTMLCanvasElement.prototype.getContext = () => ruler;
// linkedom's menus only tell what is chosen; these can be set as well.
Object.defineProperties(window.HTMLSelectElement.prototype, {
  value: {
    get() {
      return this.querySelector("[selected]")?.getAttribute("value") ?? "";
    },
    set(value) {
      for (const option of this.querySelectorAll("option")) {
        option.toggleAttribute("selected", option.getAttribute("value") === value);
      }
    },
  },
  selectedIndex: { value: 0, writable: true },
});
console.error = (error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
};
Object.assign(globalThis, {
  window, document,
  MutationObserver: Observer, ResizeObserver: Measured, IntersectionObserver: Observer,
  HTMLElement: window.HTMLElement, CustomEvent: window.CustomEvent, Event: window.Event,
  matchMedia: () => plain,
  getComputedStyle: () => ({ getPropertyValue: () => "", fontFamily: "sans-serif" }),
  requestAnimationFrame: (act) => setTimeout(act, 0),
  cancelAnimationFrame: clearTimeout,
  Blob: class { constructor(parts) { this.text = parts.join(""); } },
});
window.matchMedia = globalThis.matchMedia;
// Node imports no blobs, but files.
const folder = mkdtempSync(join(tmpdir(), "hvlib-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
let serial = 0;
URL.createObjectURL = ({ text }) => {
  const file = join(folder, `widget-${++serial}.mjs`);
  writeFileSync(file, text);
  return pathToFileURL(file).href;
};
URL.revokeObjectURL = () => {};
document.body.dataset.jpThemeLight = "true";

const { Manager } = await import("./web/manager.js");
const rest = () => new Promise((done) => setTimeout(done, 0));

const isColour = (text) => /^#[0-9a-f]{3,8}$/i.test(text);
const pair = (light, dark) => (light === dark ? light : `light-dark(${light},${dark})`);

/** State with the colours of both themes at once, as CSS says it. */
function both(value) {
  if (typeof value === "string") {
    const [light, dark, ...more] = value.split(" ");
    return isColour(light) && isColour(dark) && !more.length ? pair(light, dark) : value;
  }
  if (Array.isArray(value)) return value.map(both);
  if (value?.light && value?.dark) {
    const paired = zip(value.light, value.dark);
    return { light: paired, dark: paired };
  }
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, both(inner)]));
}

function zip(light, dark) {
  if (typeof light !== "object") return isColour(light) && isColour(dark) ? pair(light, dark) : light;
  return Object.fromEntries(Object.keys(light).map((key) => [key, zip(light[key], dark[key])]));
}

/** What a still does without: parts that are hidden, and attributes that only scripts read. */
function prune(root) {
  for (const node of root.querySelectorAll("[style*='display']")) {
    if (node.style.display === "none") node.remove();
  }
  for (const node of root.querySelectorAll("[hidden]")) node.remove();
  for (const node of root.querySelectorAll("[data-lm-suppress-shortcuts]")) {
    node.removeAttribute("data-lm-suppress-shortcuts");
  }
  for (const node of root.querySelectorAll("svg[tabindex], svg [tabindex]")) node.removeAttribute("tabindex");
  for (const node of root.querySelectorAll(".hv-ring")) node.remove(); // of the box in focus
  for (const node of root.querySelectorAll(".hv-picture g")) if (!node.firstChild) node.remove();
  for (const node of root.querySelectorAll("svg path, svg rect, svg text, svg tspan")) { // whole px will do
    for (const name of ["d", "x", "y", "width", "height"]) {
      const said = node.getAttribute(name);
      if (!said || said.includes("C") || node.closest("pattern")) continue; // not the small signs
      const whole = said.replace(/-?\d+\.\d+/g, (found) => Math.round(found));
      node.setAttribute(name, name === "d" ? straight(whole) : whole);
    }
  }
  // A still is inert: nobody is told its names, which the sentence and the labels say once more.
  const silent = ["aria-label", "aria-valuetext", "autocomplete", "data-handle", "inputmode", "title"];
  for (const node of root.querySelectorAll(".hv-picture svg, .hv-picture [data-handle], .hv-slider *")) {
    for (const name of silent) node.removeAttribute(name);
  }
  for (const node of root.querySelectorAll(".hv-diagram svg, .hv-diagram svg *")) {
    for (const name of ["aria-label", "data-id", "role"]) node.removeAttribute(name);
    if (node.getAttribute("aria-pressed") === "false") node.removeAttribute("aria-pressed");
  }
}

/** A path of lines, where those that run along an axis name only what changes. */
function straight(path) {
  if (/[^MLZ\d\s.-]/.test(path)) return path;
  let x, y;
  return path.replace(/([ML])\s*(-?[\d.]+)[\s]+(-?[\d.]+)/g, (_all, kind, right, down) => {
    const [sameX, sameY] = [right === x, down === y];
    [x, y] = [right, down];
    if (kind === "M") return `M${x} ${y}`;
    return sameX ? `V${y}` : sameY ? `H${x}` : `L${x} ${y}`;
  });
}

/** The colours of a diagram, taken out of it: all diagrams of a page have the same. */
function undress(root) {
  let look = "";
  for (const node of root.querySelectorAll(".hv-diagram")) {
    const rules = node.getAttribute("style").split(";").map((rule) => rule.trim());
    node.setAttribute("style", rules.find((rule) => rule.startsWith("--hv-width")) ?? "");
    look = rules.filter((rule) => rule && !rule.startsWith("--hv-width")).join(";");
  }
  return look;
}

/** Ids that are short, and none that a living cell will give. */
function rename(root) {
  const names = new Map();
  for (const node of root.querySelectorAll("[id]")) {
    names.set(node.id, `s${++renamed}`);
    node.id = names.get(node.id);
  }
  const of = (id) => names.get(id) ?? id;
  for (const node of root.querySelectorAll("[for]")) node.setAttribute("for", of(node.getAttribute("for")));
  for (const node of root.querySelectorAll("svg *")) {
    for (const { name, value } of [...node.attributes]) {
      if (value.startsWith("url(#")) node.setAttribute(name, `url(#${of(value.slice(5, -1))})`);
    }
  }
}
let renamed = 0;

/** What a widget shows where there is so much room for it. */
async function built(manager, view, px) {
  room = px;
  document.body.replaceChildren(manager.find(view).view());
  await Promise.all(manager.shown);
  for (let round = 0; round < 4; round++) await rest();
  prune(document.body);
  rename(document.body);
  return document.body;
}

const charts = (root) => [...root.querySelectorAll(".hv-picture svg")];

/** A chart as a file of its own: it looks as in the page, and follows its theme. */
function alone(svg) {
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("font-family", "system-ui, sans-serif");
  svg.setAttribute("style", "color-scheme: light dark");
  return svg.outerHTML;
}

/** The picture for narrow pages, which the style sheet shows in the place of the wide one. */
function besides(svg, file, small) {
  const [, , width, height] = small.getAttribute("viewBox").split(" ").map(Math.round);
  const image = document.createElement("img");
  const attributes = { class: "hv-narrow", src: `NARROW/${file}`, alt: "", loading: "lazy", width, height };
  for (const name in attributes) image.setAttribute(name, attributes[name]);
  svg.after(image);
}

async function draw(manager, page, { name, view, messages }) {
  for (const message of messages) {
    if (message.data.state) {
      const { _esm, _css, ...state } = message.data.state; // scripts and styles stay as they are
      message.data.state = { ...both(state), ...(_esm && { _esm }), ...(_css && { _css }) };
    }
    manager.take(message, []);
  }
  if (!view) return;
  const body = await built(manager, view, WIDE);
  if (charts(body).length) {
    const wide = [...body.children];
    const small = charts(await built(manager, view, SMALL));
    body.replaceChildren(...wide);
    charts(body).forEach((svg, number) => {
      const file = `${name}${number ? `-${number}` : ""}.svg`;
      besides(svg, file, small[number]);
      page.narrow[file] = alone(small[number]);
    });
  }
  page.look ||= undress(body);
  undress(body);
  page.cells[name] = body.innerHTML;
}

const worker = { postMessage() {} };
const pages = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { address, cells } = JSON.parse(line);
  const page = (pages[address] = { look: "", styles: [], cells: {}, narrow: {} });
  const manager = new Manager(worker);
  document.head.replaceChildren();
  for (const cell of cells) await draw(manager, page, cell);
  page.styles = [...new Set(manager.styles)];
}
process.stdout.write(JSON.stringify(pages), () => process.exit(0));
