// Builds a diagram's nodes, once a scene; after that only attributes and texts change, so nothing
// flickers. Stands before diagram-act.js, diagram-paint.js and diagram.js (script.py).

const points = (list) => list.map((point) => point.join(",")).join(" ");

// All nodes of the scene, in ``view.parts``.
function build(view) {
  const { model, root } = view;
  const scene = (view.scene = model.get("scene"));
  view.byId = Object.fromEntries(scene.boxes.map((box) => [box.id, box]));
  const focused = view.parts && Object.values(view.parts.boxes).includes(document.activeElement);
  view.parts = { boxes: {}, pills: {}, edges: [], ways: {} };
  Object.assign(view, { ring: Infinity, why: "", past: [] });
  root.style.setProperty("--hv-width", `${scene.width}px`);
  root.replaceChildren(
    stage(view), actions(view), legend(view, scene.layers), panel(view), facts(view), mistakes(view),
  );
  root.classList.toggle("bare", model.get("bare"));
  setTabStop(view, view.byId[view.tabStop] ? view.tabStop : scene.boxes[0].id);
  paint(view);
  root.dataset.ready = "true";
  if (focused) view.parts.boxes[view.tabStop].focus({ preventScroll: true });
}

// What a reader must see at once: what happens, in words, and where.
function stage(view) {
  const { parts } = view;
  parts.scroll = html("div", { class: "hv-scroll" }, html("div", { class: "hv-canvas" }, picture(view), verbs(view)));
  parts.stage = html("div", { class: "hv-stage" }, title(view), flowBar(view), afterBar(view), sentence(view), parts.scroll);
  return parts.stage;
}

function title({ model, scene }) {
  const name = html("p", { class: "hv-title" }, scene.name);
  name.hidden = !model.get("bare");
  return name;
}

function flowBar(view) {
  const { model, words, scene, parts } = view;
  const chooser = html("select", { "aria-label": words.flow, ...QUIET });
  chooser.append(html("option", { value: "" }, words.no_flow));
  for (const flow of scene.flows) chooser.append(html("option", { value: flow.id }, flow.name));
  chooser.addEventListener("change", () => send(view, { flow: chooser.value, step: 0 }));
  parts.chooser = chooser;
  parts.flow = transport(words, (step) => goTo(view, { step }));
  const bar = html("div", { class: "hv-bar" }, html("label", {}, `${words.flow} `, chooser), parts.flow.node);
  bar.hidden = scene.flows.length === 0 || model.get("bare");
  return bar;
}

// What follows a failure, event by event, and the settings on which that depends. The bar keeps its
// room while there is nothing in it, so that the picture stays where it is.
function afterBar(view) {
  const { words, scene, parts } = view;
  parts.after = transport({ ...words, track: words.after }, (moment) => goTo(view, { moment }));
  parts.after.node.prepend(`${words.after}:`);
  parts.options = scene.options.map((option) => {
    const chooser = html("select", { "aria-label": option.name, title: option.note, ...QUIET });
    for (const [value, name] of option.values) chooser.append(html("option", { value }, name));
    chooser.addEventListener("change", () => set(view, option.id, chooser.value));
    return { ...option, chooser, label: html("label", {}, `${option.name} `, chooser) };
  });
  const labels = parts.options.map((option) => option.label);
  const bar = html("div", { class: "hv-bar" }, ...labels, parts.after.node);
  bar.hidden = !scene.follows && labels.length === 0;
  return bar;
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
  parts.needs = svg("g", { class: "hv-above hv-needs", "aria-hidden": "true" });
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
  parts.trail = svg("polyline", { class: "hv-above hv-trail", "aria-hidden": "true" });
  whole.append(boxes, edges, ways, parts.trail, pills, parts.needs);
  return whole;
}

// What can be done with the box that is chosen, at the box: next in the order of Tab.
function verbs(view) {
  const { model, words, parts } = view;
  parts.crash = button("", () => toggleCrash(view, model.get("selected")));
  parts.ask = button("", () => ask(view));
  parts.verbs = html("div", { class: "hv-verbs", role: "group" }, parts.crash, parts.ask);
  parts.verbs.addEventListener("keydown", (event) => {
    const box = view.byId[model.get("selected")];
    if (box && ["Escape", "c", "z"].includes(pressed(event))) onKey(view, event, box);
    if (event.key === "Escape") parts.boxes[box.id].focus({ preventScroll: true });
  });
  return parts.verbs;
}

// A need, from the box that is needed to the one that needs it, with a word on it.
function drawNeed({ scene }, of, id, word) {
  const path = scene.needs[`${of} ${id}`];
  if (!path) return null;
  const [x, y] = path[0].map((at, axis) => (at + path[1][axis]) / 2);
  const label = pill(word, "hv-need-word");
  label.dataset.at = JSON.stringify([x, y, 0.5]);
  const [tx, ty] = path[1];
  const turn = (Math.atan2(ty - path[0][1], tx - path[0][0]) * 180) / Math.PI;
  const head = svg("polygon", { points: "0,0 -9,-4.5 -9,4.5", transform: `translate(${tx} ${ty}) rotate(${turn})` });
  return svg("g", { class: "hv-need" }, svg("path", { d: `M${path.join("L")}` }), head, label);
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
  for (const event of ["focus", "blur"]) group.addEventListener(event, () => paintEdges(view));
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

function legend({ words, parts }, layers) {
  const entry = (sign, text) => html("li", {}, sign, text);
  parts.legend = {};
  for (const layer of layers) {
    parts.legend[layer.id] = entry(html("i", { class: `hv-swatch ${layer.id}` }), layer.name);
  }
  for (const [kind, text] of Object.entries(words.marks)) {
    parts.legend[kind] = entry(html("i", { class: `hv-sign ${kind}` }), text);
  }
  for (const [state, [sign, text]] of Object.entries(words.states)) {
    parts.legend[state] = entry(html("i", { class: "hv-state-sign", "data-state": state }, sign), text);
  }
  return html("ul", { class: "hv-legend" }, ...Object.values(parts.legend));
}

function sentence({ parts }) {
  return (parts.sentence = html("p", { class: "hv-sentence", "aria-live": "polite" }));
}

function actions(view) {
  const { words, parts } = view;
  parts.undo = button(`↶ ${words.undo}`, () => undo(view));
  parts.replay = button(`↻ ${words.replay}`, () => replay(view));
  parts.restoreAll = button(words.restore_all, () => crash(view, []));
  parts.actions = html("div", { class: "hv-bar" }, parts.undo, parts.replay, parts.restoreAll);
  return parts.actions;
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
