// Paints what the traits say on the nodes that diagram-build.js made.

const SMALL = 11; // px, size of the words on pills
const RING = 250; // ms from one ring of a failure to the next
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function paint(view) {
  spreadOut(view);
  paintStates(view);
  paintFlow(view);
  paintAfter(view);
  paintVerbs(view);
  paintPanel(view);
  paintEdges(view);
  paintLegend(view);
  paintSentence(view);
  const { model, parts, past } = view;
  const nothing = model.get("crashed").length === 0;
  parts.actions.hidden = asks(view) || (model.get("bare") && nothing && !past.length);
  parts.restoreAll.disabled = nothing;
  parts.replay.disabled = nothing || !lastRing(view);
  parts.undo.disabled = past.length === 0;
}

function paintSentence({ model, parts }) {
  const said = model.get("sentence");
  if (parts.sentence.textContent !== said) parts.sentence.textContent = said;
}

// What Python says of the failure. On a part that fails alone it said so beforehand, so that a
// crash is painted without waiting for an answer.
const shown = (view) => beforehand(view) || view.model.get("shown");

function beforehand({ model, scene }) {
  const plain = !model.get("moment") && !Object.keys(model.get("settings")).length;
  return plain && scene.alone[model.get("crashed").join(" ")];
}

const UP = ["up", "", "up"];
const markOf = (view, id) => shown(view).marks[id] || UP;

// --- how a failure spreads ----------------------------------------------------------------

const ringOf = (view, id) => shown(view).why.rings?.[id] ?? 0;
const lastRing = (view) => Math.max(0, ...Object.values(shown(view).why.rings ?? {}));

// After a crash, the rings are painted one by one, with the needs by which they were reached.
function spreadOut(view) {
  if (view.spreads !== "now") return;
  view.spreads = false;
  clearTimeout(view.timer);
  view.ring = view.hurried || calm() || !lastRing(view) ? Infinity : 0;
  const next = () => {
    const done = view.ring === lastRing(view);
    view.timer = setTimeout(() => {
      view.ring = done ? Infinity : view.ring + 1;
      paint(view);
      if (!done) next();
    }, done ? 5 * RING : RING);
  };
  if (view.ring === 0) next();
}

// The keys of all causes to which a key goes back, itself first.
function chain(view, key, found = new Set()) {
  if (key && !found.has(key)) {
    found.add(key);
    for (const of of shown(view).why.causes[key][0]) chain(view, of, found);
  }
  return found;
}

const idOf = (key) => key.split("/")[0];

// The needs that are drawn: of the chain that is asked for, else of the rings reached so far.
function needsShown(view) {
  const { causes = {}, starts = {} } = shown(view).why;
  let keys = [];
  if (view.why) keys = [...chain(view, starts[view.why])];
  else if (view.ring < Infinity) keys = Object.values(starts).filter((key) => ringOf(view, idOf(key)) <= view.ring);
  return keys.flatMap((key) => causes[key][0].map((of) => [idOf(of), idOf(key), causes[key][1]]));
}

function paintNeeds(view) {
  const { parts } = view;
  const needs = needsShown(view);
  if (parts.needs.dataset.now === String(needs)) return;
  parts.needs.dataset.now = needs;
  parts.needs.replaceChildren(...needs.map((need) => drawNeed(view, ...need)).filter(Boolean));
  for (const label of parts.needs.querySelectorAll(".hv-pill")) {
    placePill(label, label.lastChild.textContent, JSON.parse(label.dataset.at));
  }
}

// --- boxes --------------------------------------------------------------------------------

function paintStates(view) {
  const { model, words, scene, parts } = view;
  const [selected, picked] = [model.get("selected"), model.get("picked")];
  const pick = asks(view);
  const mine = (id) => (view.ordered ? `${picked.indexOf(id) + 1}` : words.picked);
  view.ordered ||= model.get("click") === "order"; // the reader's way stays when the true one comes
  const start = shown(view).why.starts?.[view.why];
  if (!start || selected !== view.why) view.why = "";
  const told = new Set([...(view.why ? chain(view, start) : [])].map(idOf));
  for (const box of scene.boxes) {
    const group = parts.boxes[box.id];
    const [name, , kind] = markOf(view, box.id);
    const [state, mark] = ringOf(view, box.id) > view.ring ? UP : markOf(view, box.id);
    const chosen = (pick || view.ordered) && picked.includes(box.id);
    const pressed = pick ? chosen : selected === box.id;
    group.dataset.state = state;
    group.classList.toggle("pale", model.get("pale").includes(box.id));
    group.classList.toggle("aside", told.size > 0 && !told.has(box.id));
    group.setAttribute("aria-pressed", pressed);
    const note = name === "up" ? box.note : "";
    const number = view.ordered && chosen ? mine(box.id) : "";
    const says = [number, box.name, words.layers[box.layer], note, words.kinds[kind][0]];
    group.setAttribute("aria-label", says.filter(Boolean).join(", "));
    const pill = parts.pills[box.id];
    pill.dataset.state = chosen ? (view.ordered ? "drawn" : "picked") : note ? "noted" : state;
    pill.classList.toggle("aside", told.size > 0 && !told.has(box.id));
    placePill(pill, chosen ? mine(box.id) : note || mark, box.state);
  }
  view.root.classList.toggle("asking", told.size > 0);
  view.root.classList.toggle("asks", pick);
  paintNeeds(view);
  paintTrail(view);
}

// The way that the reader drew, from box to box.
function paintTrail({ model, byId, parts, ordered }) {
  const middles = ordered ? model.get("picked").map((id) => byId[id].rect) : [];
  parts.trail.setAttribute("points", points(middles.map(([x, y, w, h]) => [x + w / 2, y + h / 2])));
}

// Measuring makes the browser lay out the page, so it is done only when the text changes.
function placePill(group, text, [x, y, align]) {
  if (group.dataset.text === text) return;
  group.style.display = text ? "" : "none";
  const [rect, label] = group.children;
  label.textContent = text;
  const measured = label.getComputedTextLength(); // 0 until the picture is in the page
  if (measured || !text) group.dataset.text = text;
  const width = Math.max(16, measured + 10);
  const left = x - align * width;
  for (const [key, value] of [["x", left], ["y", y - 8], ["width", width]]) rect.setAttribute(key, value);
  label.setAttribute("x", left + width / 2);
  label.setAttribute("y", y + SMALL * 0.36);
}

// Edges are quiet but for those of a flow, and of the box that has the focus or is chosen.
function paintEdges({ model, scene, parts }) {
  const focused = Object.keys(parts.boxes).find((id) => parts.boxes[id] === document.activeElement);
  const near = [focused, model.get("selected")];
  scene.edges.forEach((edge, number) => {
    parts.edges[number].classList.toggle("near", edge.between.some((id) => near.includes(id)));
  });
}

// --- flows and what follows ---------------------------------------------------------------

function paintFlow(view) {
  const { model, root, scene, parts } = view;
  const [id, step] = [model.get("flow"), model.get("step")];
  const flow = scene.flows.find((item) => item.id === id);
  const stop = flow && (shown(view).stops[id] ?? flow.legs.length);
  parts.chooser.value = id;
  parts.flow.show({
    key: id,
    value: step,
    last: flow ? flow.legs.length : 0,
    reach: flow ? stop : 0,
    ticks: flow ? flow.ticks : [],
    told: flow ? flow.counted[step] : "",
  });
  root.classList.toggle("flowing", Boolean(flow));
  for (const edge of parts.edges) edge.classList.remove("on", "now", "lost");
  for (const [name, group] of Object.entries(parts.ways)) group.style.display = name === id ? "" : "none";
  if (flow) paintWay(view, flow, step, stop);
  if (flow && step > 0) bringAcross(view, flow.legs[step - 1].at);
}

// On a narrow page the picture is pushed sideways within itself, to where the step is.
function bringAcross({ scene, byId, parts }, id) {
  const { scroll } = parts;
  if (scroll.dataset.at === id || scroll.scrollWidth <= scroll.clientWidth) return;
  scroll.dataset.at = id;
  const [x, , width] = byId[id].rect;
  const middle = ((x + width / 2) / scene.width) * scroll.scrollWidth;
  scroll.scrollTo({ left: middle - scroll.clientWidth / 2, behavior: calm() ? "auto" : "smooth" });
}

function paintWay({ byId, parts }, flow, step, stop) {
  flow.legs.forEach((leg, index) => {
    const classes = { now: index + 1 === step, lost: index >= stop };
    for (const [name, on] of Object.entries(classes)) {
      if (leg.edge >= 0 && on) parts.edges[leg.edge].classList.add(name);
      if (flow.heads[index]) flow.heads[index].classList.toggle(name, on);
      if (flow.gates[index]) flow.gates[index].classList.toggle(name, on);
    }
    if (leg.edge >= 0) parts.edges[leg.edge].classList.add("on");
  });
  for (const tag of flow.tags) {
    placePill(tag, tag.say, byId[tag.box].badge);
    tag.classList.toggle("now", step > 0 && flow.legs[step - 1].at === tag.box);
  }
}

function paintAfter({ model, parts }) {
  const [sequence, moment, crashed, settings] =
    ["sequence", "moment", "crashed", "settings"].map((name) => model.get(name));
  parts.after.node.hidden = sequence.length === 0;
  parts.after.show({
    key: String(crashed),
    value: moment,
    last: sequence.length - 1,
    reach: sequence.length - 1,
    ticks: sequence.map((title, at) => [at, title]),
    told: sequence[moment] ?? "",
    short: sequence[moment] ?? "",
  });
  for (const option of parts.options) {
    option.chooser.value = settings[option.id] ?? option.default;
    option.label.hidden = !crashed.some((id) => option.concerns.includes(id));
  }
}

// --- the chosen box -----------------------------------------------------------------------

function paintVerbs(view) {
  const { model, words, scene, byId, parts, why } = view;
  const box = byId[model.get("selected")];
  parts.verbs.hidden = !box || model.get("click") !== "select";
  if (!box) return;
  // Above the box: off the title of what it lies in, or off its own state.
  const [x, y, width] = box.rect;
  const right = !box.container;
  const side = (100 * (right ? scene.width - x - width : x)) / scene.width;
  Object.assign(parts.verbs.style, { left: right ? "auto" : `${side}%`, right: right ? `${side}%` : "auto" });
  parts.verbs.style.bottom = `${100 - (100 * y) / scene.height}%`;
  parts.verbs.setAttribute("aria-label", box.name);
  const crashed = model.get("crashed").includes(box.id);
  say(parts.crash, crashed ? words.restore : words.crash, box);
  parts.ask.hidden = crashed || !shown(view).why.starts?.[box.id];
  say(parts.ask, words.why, { ...box, state: words.kinds[markOf(view, box.id)[2]][0] });
  parts.ask.setAttribute("aria-pressed", why === box.id);
}

// A button with a short text and, for a screen reader, a whole one.
function say(node, [short, long], values) {
  if (node.textContent !== short) node.textContent = short;
  node.setAttribute("aria-label", fill(long, values));
}

function paintPanel(view) {
  const { model, words, byId, parts, why } = view;
  const box = byId[model.get("selected")];
  const hint = words[`${model.get("click")}_hint`];
  const [state, , kind] = box ? markOf(view, box.id) : [];
  const now = box ? `${box.id} ${kind} ${why}` : hint;
  if (parts.panel.dataset.now === now) return;
  // Who chooses a box is told about it; that it failed is said once, by the sentence.
  const chosen = box && parts.panel.dataset.box !== box.id;
  parts.panel.setAttribute("aria-live", chosen || why ? "polite" : "off");
  Object.assign(parts.panel.dataset, { now, box: box ? box.id : "" });
  parts.panel.hidden = !box && model.get("bare") && !asks(view);
  if (!box) {
    parts.panel.replaceChildren(html("p", { class: "hv-hint" }, hint));
    return;
  }
  const rows = [
    [words.privilege, box.privilege],
    [words.owns, box.owns],
    [words.unsure, box.unsure],
    [words.sources, box.sources.join("; ")],
  ].filter(([, value]) => value);
  const list = html("dl");
  for (const [term, value] of rows) list.append(html("dt", {}, term), html("dd", {}, value));
  const condition = words.kinds[kind].join(": ");
  const title = html("p", {}, html("strong", {}, box.name), html("span", { class: "hv-state", "data-state": state }, condition));
  parts.panel.replaceChildren(title, ...(why ? [chainList(view)] : []), html("p", {}, box.does), list, remarks(box));
}

// What is worth knowing of a part: what it rests on, and where the book explains it.
function remarks(box) {
  const list = html("ul", { class: "hv-remarks" });
  list.hidden = box.remarks.length === 0;
  for (const { says, source, page } of box.remarks) {
    const item = html("li", {}, `${says} `);
    if (source) item.append(html("code", {}, source), " ");
    const heading = (page.split("#")[1] || page).replaceAll("-", " ");
    if (page) item.append("→ ", html("a", { href: addressOf(page), ...QUIET }, heading));
    list.append(item);
  }
  return list;
}

// A notebook's heading as the site's pages call it, or as JupyterLab does.
function addressOf(page) {
  if (document.querySelector(".jp-Notebook, #jupyter-config-data")) return page;
  const [file, heading] = page.split("#");
  const name = heading.toLowerCase().replace(/[^\p{L}\p{N}_.]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${file.replace(".ipynb", ".html")}#${name}`;
}

// The chain as a list of links to its boxes.
function chainList(view) {
  const { causes, starts } = shown(view).why;
  const links = [...chain(view, starts[view.why])].map((key) => {
    const id = idOf(key);
    const link = button(causes[key][2], () => focusBox(view, id));
    link.className = "hv-link";
    return html("li", {}, link);
  });
  return html("ol", { class: "hv-chain" }, ...links);
}

// Only what is in the picture is explained.
function paintLegend(view) {
  const { model, scene, parts } = view;
  const flow = scene.flows.find((item) => item.id === model.get("flow"));
  const present = new Set([
    ...scene.layers.map((layer) => layer.id),
    ...scene.edges.map((edge) => edge.kind),
    ...(flow ? flow.marks : []),
    ...Object.values(shown(view).marks).map(([state]) => state),
  ]);
  explained(view, [...present]);
}

function explained({ parts }, present) {
  for (const [name, entry] of Object.entries(parts.legend)) entry.hidden = !present.includes(name);
}

// The colours of the page's theme.
function dress({ model, root, el }) {
  const { layers, ...colours } = model.get("look")[isDark(el) ? "dark" : "light"];
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--hv-${name}`, colour);
  for (const [name, paint] of Object.entries(layers)) {
    root.style.setProperty(`--hv-${name}-fill`, paint.fill);
    root.style.setProperty(`--hv-${name}-line`, paint.line);
  }
}
