// The page's own script: theme, search, and cells that become alive. Nothing here is needed to
// read or print a page.

const root = document.documentElement;
const one = (query, at = document) => at.querySelector(query);
const { words, run, site, translation } = JSON.parse(one("#book").textContent);
const home = new URL(site, location.href);

const unstored = {}; // what a reader who forbids storage, or has no room, forgets with the page
const store = {
  get(name) {
    try {
      return unstored[name] ?? localStorage[name] ?? "";
    } catch {
      return "";
    }
  },
  set(name, value) {
    try {
      localStorage[name] = value;
    } catch {
      unstored[name] = value;
    }
  },
};

// --- theme ----------------------------------------------------------------------------------

const darkness = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : darkness.matches);
const tell = () => (document.body.dataset.jpThemeLight = String(!isDark())); // for the widgets
tell();
darkness.addEventListener("change", tell);
one("#theme").addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  store.set("hvTheme", root.dataset.theme);
  tell();
});
one(".tools").hidden = false;

const menu = one(".menu");
menu.addEventListener("click", (event) => event.target.closest("a") && (menu.open = false));
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  one("summary", menu).focus();
});

// --- search ---------------------------------------------------------------------------------

const box = one("#search");
const found = one(".found", box);
let pagefind = null;

async function find() {
  box.showModal();
  one("input", box).select();
  pagefind ??= await import(new URL("pagefind/pagefind.js", home)).catch(() => null);
  if (pagefind) one("input", box).dispatchEvent(new Event("input")); // typed while it was loaded
  else found.textContent = words.no_search;
}

// The sections of a page that match best, the best first.
export function best(page) {
  // Roots, so that one word in a heading does not outweigh a section that is about all of them.
  const weight = (section) =>
    (section.weighted_locations ?? []).reduce((sum, word) => sum + Math.sqrt(word.balanced_score), 0);
  const sections = page.sub_results?.length ? page.sub_results : [page];
  return sections.toSorted((one, other) => weight(other) - weight(one)).slice(0, 3);
}

function hit(page, section) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = section.url;
  link.textContent = section.title === page.meta.title ? section.title : `${page.meta.title} › ${section.title}`;
  link.addEventListener("click", () => box.close());
  const text = document.createElement("p");
  text.innerHTML = section.excerpt; // pagefind's own: the page's text with <mark>
  item.append(link, text);
  return item;
}

one("input", box).addEventListener("input", async (event) => {
  const text = event.target.value;
  const hits = pagefind && (await pagefind.debouncedSearch(text, {}, 120));
  if (!hits || text !== event.target.value) return;
  const pages = await Promise.all(hits.results.slice(0, 6).map((result) => result.data()));
  const items = pages.flatMap((page) => best(page).map((section) => hit(page, section)));
  one("ol", box).replaceChildren(...items);
  found.textContent = text && !items.length ? words.nothing : "";
});
one("#find").addEventListener("click", find);
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  find();
});

// --- print: answers open, for ink can't be clicked ----------------------------------------------

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("main details:not(.code)")) {
    details.dataset.was = details.open;
    details.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("[data-was]")) {
    details.open = details.dataset.was === "true";
    delete details.dataset.was;
  }
});

// --- living cells ---------------------------------------------------------------------------

const cells = [...document.querySelectorAll(".cell")];
const source = (cell) => one(".source", cell)?.textContent ?? "";
let manager = null;

// Python starts once a page, when the first cell needs it.
export function python() {
  manager ??= start();
  return manager;
}

async function start() {
  const Manager = window.hvManager ?? (await import(new URL("manager.js", home))).Manager;
  const made = new Manager(await worker());
  await made.ready;
  const progress = keepProgress(made);
  await made.call("open", { cells: JSON.stringify(cells.map(source)), progress });
  root.dataset.python = "ready";
  performance.mark("python");
  navigator.serviceWorker?.ready.then(({ active }) => active.postMessage("keep"));
  return made;
}

// Store each answer, and give Python the answers of other tabs; returns those stored by now.
// Another tab may have answered in the meantime, so what is new here goes behind what is stored.
function keepProgress(made) {
  let known = store.get("hvProgress"); // what Python's file held when it last told or was told
  const tell = async (progress) => {
    await made.call("remember", { progress });
    known = progress;
  };
  made.onprogress = (text) => {
    const more = text.startsWith(known) ? store.get("hvProgress") + text.slice(known.length) : text;
    store.set("hvProgress", more);
    known = text;
    if (more !== text) tell(more);
  };
  addEventListener("storage", ({ key, newValue }) => key === "hvProgress" && tell(newValue ?? ""));
  return known;
}

// A site that is opened as files makes its own worker (stick.js).
const worker = () => window.hvWorker?.() ?? new Worker(program(), { type: "module" });

function program() {
  const url = new URL(`${run}/worker.mjs`, home);
  if (translation) {
    url.searchParams.set("language", root.lang);
    url.searchParams.set("translation", new URL(translation, home));
  }
  return url;
}

// One cell at a time, the first on the page first.
const asked = new Set();
let working = false;

export async function wake(cell) {
  if (!cell.dataset.state) asked.add(cell);
  if (working) return;
  working = true;
  while (asked.size) {
    const next = cells.find((other) => asked.has(other));
    asked.delete(next);
    await live(next);
  }
  working = false;
}

async function live(cell) {
  const out = one(".out", cell);
  cell.dataset.state = "waking";
  out.setAttribute("aria-busy", "true");
  try {
    const made = await python();
    const { view } = await made.call("run", { number: cells.indexOf(cell) });
    const node = made.find(view).view();
    out.style.minHeight = `${out.offsetHeight}px`; // a cell may grow below, but never shrinks
    const held = out.contains(document.activeElement);
    out.replaceChildren(node);
    out.inert = false;
    if (held) cell.focus();
    cell.dataset.state = "live";
    performance.mark("live");
    states(cell, made.find(view));
  } catch (error) {
    cell.dataset.state = "failed"; // the still stays, and says what the cell shows
    console.error(error);
  }
  out.removeAttribute("aria-busy");
}

// --- states: #migration?memory=1024 ---------------------------------------------------------------

const written = (state) => encodeURIComponent(state).replaceAll("%20", "+").replaceAll("%3D", "=");
const boxes = new Map(); // of a living explorer: the model of its State box

// The cell that the address names, and the state that it asks for.
function target() {
  const [name, state] = location.hash.slice(1).split(/\?(.*)/s);
  return [document.getElementById(decodeURIComponent(name)), state];
}

// What is folded away opens for whoever comes by a link: of the contents, a search, another page.
function reveal() {
  const [place] = target();
  const folded = place?.closest("details.deeper:not([open])");
  if (!folded) return;
  folded.open = true;
  place.scrollIntoView();
}

function arrive() {
  reveal();
  const [cell, state] = target();
  if (state === undefined || !cell) return;
  cell.scrollIntoView();
  if (boxes.has(cell)) boxes.get(cell).put("value", decodeURIComponent(state.replaceAll("+", " ")));
  else wake(cell);
}

function states(cell, model) {
  const box = boxOf(model);
  if (!box) return;
  boxes.set(cell, box);
  const link = document.createElement("a");
  link.className = "hv-link";
  link.textContent = words.link;
  const write = () => (link.href = `#${cell.id}?${written(box.get("value"))}`);
  box.follow("value", write);
  one(".hv-state-box", cell)?.after(link);
  if (target()[0] === cell) arrive();
}

function boxOf(model) {
  if (model.get("_dom_classes")?.includes("hv-state-box")) return model;
  const children = (model.get("children") ?? []).map((child) => model.manager.find(child));
  return children.reduce((found, child) => found ?? (child && boxOf(child)), null);
}

addEventListener("hashchange", arrive);

reveal();

// --- begin ------------------------------------------------------------------------------------

const alive = cells.filter((cell) => cell.matches("[data-live]"));
const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      wake(target);
    }
  },
  { rootMargin: "600px" },
);

function begin() {
  alive.forEach((cell) => seen.observe(cell));
  arrive();
}

function offer() {
  // A reader who saves data is asked before nine megabytes are loaded.
  const button = document.createElement("button");
  button.textContent = words.wake;
  button.addEventListener("click", () => {
    button.remove();
    begin();
  });
  alive[0]?.before(button);
}

if (navigator.connection?.saveData) offer();
else (window.requestIdleCallback ?? setTimeout)(begin, { timeout: 1500 });
// A translation keeps its pages, and the whole site keeps Python, whose worker lies there.
const whole = new URL(".", new URL(run, home));
for (const folder of window.hvWorker ? [] : new Set([home.href, whole.href]))
  navigator.serviceWorker?.register(new URL("sw.js", folder)).catch(() => {});
