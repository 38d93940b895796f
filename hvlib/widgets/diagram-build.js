// Builds a diagram's nodes, once a scene; after that only attributes and texts change, so nothing
// flickers. Stands before diagram-act.js, diagram-paint.js and diagram.js (script.py).

const SVG = "http://www.w3.org/2000/svg";
// JupyterLab's one-letter shortcuts (a, b, dd, ...) must not see keys typed in here.
const QUIET = { "data-lm-suppress-shortcuts": "true" };

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const points = (list) => list.map((point) => point.join(",")).join(" ");

function button(text, act) {
  const node = html("button", { type: "button", ...QUIET }, text);
  node.addEventListener("click", act);
  return node;
}

// All nodes of the scene, in ``view.parts``.
function build(view) {
  const { model, root } = view;
  const scene = (view.scene = model.get("scene"));
  view.byId = Object.fromEntries(scene.boxes.map((box) => [box.id, box]));
  const focused = view.parts && Object.values(view.parts.boxes).includes(document.activeElement);
  view.parts = { boxes: {}, pills: {}, edges: [], ways: {} };
  root.style.setProperty("--hv-width", `${scene.width}px`);
  root.replaceChildren(
    flowBar(view), afterBar(view), picture(view), legend(view), sentence(view), actions(view),
    panel(view), facts(view), mistakes(view),
  );
  setTabStop(view, view.byId[view.tabStop] ? view.tabStop : scene.boxes[0].id);
  paint(view);
  root.dataset.ready = "true";
  if (focused) view.parts.boxes[view.tabStop].focus({ preventScroll: true });
}

function flowBar(view) {
  const { words, scene, parts } = view;
  const chooser = html("select", { "aria-label": words.flow, ...QUIET });
  chooser.append(html("option", { value: "" }, words.no_flow));
  for (const flow of scene.flows) chooser.append(html("option", { value: flow.id }, flow.name));
  chooser.addEventListener("change", () => send(view, { flow: chooser.value, step: 0 }));
  parts.chooser = chooser;
  parts.counter = html("span", { class: "hv-counter" });
  parts.back = button(`◀ ${words.previous}`, () => move(view, "step", -1));
  parts.next = button(`${words.next} ▶`, () => move(view, "step", 1));
  const label = html("label", {}, `${words.flow} `, chooser);
  const bar = html("div", { class: "hv-bar" }, label, parts.back, parts.next, parts.counter);
  bar.hidden = scene.flows.length === 0;
  return bar;
}

// What follows a failure, event by event, and the settings on which that depends.
function afterBar(view) {
  const { words, scene, parts } = view;
  parts.moment = html("span", { class: "hv-when" });
  parts.earlier = button(`◀ ${words.previous}`, () => move(view, "moment", -1));
  parts.later = button(`${words.next} ▶`, () => move(view, "moment", 1));
  parts.options = scene.options.map((option) => {
    const chooser = html("select", { "aria-label": option.name, title: option.note, ...QUIET });
    for (const value of option.values) chooser.append(html("option", { value }, value));
    chooser.addEventListener("change", () => set(view, option.id, chooser.value));
    return { ...option, chooser, label: html("label", {}, `${option.name} `, chooser) };
  });
  parts.after = html("span", { class: "hv-after", role: "group", "aria-label": words.after });
  parts.after.append(`${words.after}: `, parts.earlier, parts.later, parts.moment);
  const labels = parts.options.map((option) => option.label);
  parts.afterBar = html("div", { class: "hv-bar" }, parts.after, ...labels);
  return parts.afterBar;
}

function facts({ words, scene }) {
  const lines = scene.checked.map((item) => `${fill(words.checked, item)} (${words.source}: ${item.source}).`);
  if (scene.status) lines.unshift(`${words.status}: ${scene.status}`);
  const box = html("div", { class: "hv-facts" }, ...lines.map((line) => html("p", {}, line)));
  box.hidden = lines.length === 0;
  return box;
}

function picture(view) {
  const { scene, parts } = view;
  const whole = svg("svg", {
    viewBox: `0 0 ${scene.width} ${scene.height}`,
    width: scene.width,
    role: "group",
    "aria-label": scene.name,
  });
  const boxes = svg("g");
  const [edges, ways, pills] = [0, 1, 2].map(() => svg("g", { class: "hv-above", "aria-hidden": "true" }));
  for (const box of scene.boxes) {
    boxes.append((parts.boxes[box.id] = drawBox(view, box)));
    pills.append((parts.pills[box.id] = pill()));
  }
  for (const edge of scene.edges) {
    const path = svg("path", { class: `hv-edge ${edge.kind}`, d: `M${edge.path.join("L")}` });
    parts.edges.push(path);
    edges.append(path);
  }
  for (const flow of scene.flows) ways.append((parts.ways[flow.id] = drawWay(flow)));
  whole.append(boxes, edges, ways, pills);
  return whole;
}

function drawBox(view, box) {
  const [x, y, width, height] = box.rect;
  const frame = { x, y, width, height, rx: 4 };
  const ring = { x: x - 3, y: y - 3, width: width + 6, height: height + 6, rx: 6 };
  const group = svg("g", {
    class: `hv-box ${box.layer}${box.container ? " container" : ""}`,
    "data-id": box.id,
    role: "button",
    tabindex: -1,
    ...QUIET,
  });
  const text = svg("text", { "text-anchor": box.container ? "start" : "middle" });
  for (const [x, y, line] of box.lines) text.append(svg("tspan", { x, y: y + 4.5 }, line));
  group.append(svg("rect", { class: "hv-ring", ...ring }), svg("rect", { class: "hv-frame", ...frame }), text);
  group.addEventListener("click", () => {
    setTabStop(view, box.id);
    group.focus({ preventScroll: true });
    choose(view, box.id);
  });
  group.addEventListener("focus", () => setTabStop(view, box.id));
  group.addEventListener("keydown", (event) => onKey(view, event, box));
  return group;
}

function pill(text = "", kind = "") {
  const group = svg("g", { class: `hv-pill ${kind}` });
  group.append(svg("rect", { height: 16, rx: 8 }), svg("text", { "text-anchor": "middle" }, text));
  return group;
}

function drawWay(flow) {
  const group = svg("g");
  group.style.display = "none";
  flow.heads = flow.legs.map((leg) => leg.head.length && svg("polygon", { class: "hv-head", points: points(leg.head) }));
  flow.gates = flow.legs.map((leg) => leg.gate.length && svg("polygon", { class: "hv-gate", points: points(leg.gate) }));
  flow.tags = flow.badges.map(([id, text]) => Object.assign(pill(text, "hv-badge"), { box: id, say: text }));
  group.append(...[...flow.heads, ...flow.gates, ...flow.tags].filter(Boolean));
  return group;
}

function legend({ words, scene, parts }) {
  const list = html("ul", { class: "hv-legend" });
  for (const layer of scene.layers) {
    list.append(html("li", {}, html("i", { class: `hv-swatch ${layer.id}` }), layer.name));
  }
  for (const kind of ["data", "control"]) {
    if (scene.edges.some((edge) => edge.kind === kind)) {
      list.append(html("li", {}, html("i", { class: `hv-line ${kind}` }), words[kind]));
    }
  }
  parts.gateNote = html("li", {}, html("i", { class: "hv-diamond" }), words.gate);
  list.append(parts.gateNote);
  return list;
}

function sentence({ parts }) {
  return (parts.sentence = html("p", { class: "hv-sentence", "aria-live": "polite" }));
}

function actions(view) {
  const { model, words, parts } = view;
  parts.crash = button("", () => toggleCrash(view, model.get("selected")));
  parts.restoreAll = button(words.restore_all, () => send(view, { crashed: [] }));
  const bar = html("div", { class: "hv-bar" }, parts.crash, parts.restoreAll);
  bar.hidden = model.get("click") === "pick";
  return bar;
}

function panel({ parts }) {
  return (parts.panel = html("div", { class: "hv-panel", "aria-live": "polite" }));
}

function mistakes({ words, scene }) {
  const details = html("details", { class: "hv-mistakes" });
  details.append(html("summary", QUIET, words.misconceptions));
  for (const item of scene.misconceptions) {
    const source = item.source ? ` (${words.source}: ${item.source})` : "";
    const claim = html("dt", {}, `${words.claim}: ${item.claim}`);
    details.append(html("dl", {}, claim, html("dd", {}, `${words.truth}: ${item.truth}${source}`)));
  }
  details.hidden = scene.misconceptions.length === 0;
  return details;
}
