// Draws the stills of cells: the page's own scripts build each widget in a DOM of plain objects,
// which is then written out as HTML. So a still looks as the living cell will, to the pixel.
// Reads from standard input what hvlib.site.snapshot prints; prints HTML by page and cell.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , modules] = process.argv;
const { parseHTML } = await import(pathToFileURL(`${modules}/linkedom/esm/index.js`));
const { window, document } = parseHTML("<!doctype html><html><head></head><body></body></html>");

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
const ROOM = 860; // px, the width for which stills are laid out
const plain = { matches: false, addEventListener() {} };
Object.defineProperty(window.HTMLElement.prototype, "clientWidth", { get: () => ROOM });
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

const scripts = ({ _esm, _css }) => ({ ...(_esm && { _esm }), ...(_css && { _css }) });

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
  for (const node of root.querySelectorAll(".hv-picture g")) if (!node.firstChild) node.remove();
  for (const node of root.querySelectorAll("svg path, svg rect, svg text, svg tspan")) { // whole px will do
    for (const name of ["d", "x", "y", "width", "height"]) {
      const said = node.getAttribute(name);
      if (!said || said.includes("C") || node.closest("pattern")) continue; // not the small signs
      node.setAttribute(name, said.replace(/-?\d+\.\d+/g, (found) => Math.round(found)));
    }
  }
  // A still is inert: nobody is told its names, which the sentence and the labels say once more.
  const silent = ["aria-label", "aria-valuetext", "autocomplete", "data-handle", "inputmode", "title"];
  for (const node of root.querySelectorAll(".hv-picture svg, .hv-picture [data-handle], .hv-slider *")) {
    for (const name of silent) node.removeAttribute(name);
  }
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

async function draw(manager, page, { name, view, messages }) {
  for (const message of messages) {
    message.data.state &&= { ...both(message.data.state), ...scripts(message.data.state) };
    manager.take(message, []);
  }
  if (!view) return;
  document.body.replaceChildren(manager.find(view).view());
  await Promise.all(manager.shown);
  for (let round = 0; round < 4; round++) await rest();
  prune(document.body);
  rename(document.body);
  page.look ||= undress(document.body);
  undress(document.body);
  page.cells[name] = document.body.innerHTML;
}

const worker = { postMessage() {} };
const pages = {};
for (const [address, cells] of Object.entries(JSON.parse(readFileSync(0, "utf-8")))) {
  const page = (pages[address] = { look: "", styles: [], cells: {} });
  const manager = new Manager(worker);
  document.head.replaceChildren();
  for (const cell of cells) await draw(manager, page, cell);
  page.styles = [...new Set(manager.styles)];
}
process.stdout.write(JSON.stringify(pages), () => process.exit(0));
