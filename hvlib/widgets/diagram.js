// Draws a scene that Python computed, and reports what the reader does by setting traits:
// crashed, picked, selected, flow, step. States and sentence come back from Python.
// The SVG is built once a scene; after that only attributes and texts change, so nothing flickers.

const SVG = "http://www.w3.org/2000/svg";
const LINE = 16; // px from one line of a label to the next
const SMALL = 11; // px, size of the words on pills

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

// JupyterLab's one-letter shortcuts (a, b, dd, ...) must not see keys typed in here.
const QUIET = { "data-lm-suppress-shortcuts": "true" };

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const points = (list) => list.map((point) => point.join(",")).join(" ");

function render({ model, el }) {
  const words = model.get("words");
  const root = html("div", { class: "hv-diagram" });
  el.append(root);
  // Pictures that are compared shrink together: each may take its share of the widest one's room.
  el.style.maxWidth = `${100 * model.get("share")}%`;
  let scene, parts, byId, tabStop;

  // --- building ---------------------------------------------------------------------------

  function build() {
    scene = model.get("scene");
    byId = Object.fromEntries(scene.boxes.map((box) => [box.id, box]));
    const focused = parts && Object.values(parts.boxes).includes(document.activeElement);
    parts = { boxes: {}, pills: {}, edges: [], ways: {} };
    root.style.setProperty("--hv-width", `${scene.width}px`);
    root.replaceChildren(flowBar(), afterBar(), picture(), legend(), sentence(), actions(), panel(), facts(), mistakes());
    setTabStop(byId[tabStop] ? tabStop : scene.boxes[0].id);
    paint();
    root.dataset.ready = "true";
    if (focused) parts.boxes[tabStop].focus({ preventScroll: true });
  }

  function button(text, act) {
    const node = html("button", { type: "button", ...QUIET }, text);
    node.addEventListener("click", act);
    return node;
  }

  function flowBar() {
    const chooser = html("select", { "aria-label": words.flow, ...QUIET });
    chooser.append(html("option", { value: "" }, words.no_flow));
    for (const flow of scene.flows) chooser.append(html("option", { value: flow.id }, flow.name));
    chooser.addEventListener("change", () => send({ flow: chooser.value, step: 0 }));
    const counter = html("span", { class: "hv-counter" });
    const back = button(`◀ ${words.previous}`, () => send({ step: model.get("step") - 1 }));
    const next = button(`${words.next} ▶`, () => send({ step: model.get("step") + 1 }));
    Object.assign(parts, { chooser, counter, back, next });
    const bar = html("div", { class: "hv-bar" });
    bar.append(html("label", {}, `${words.flow} `, chooser), back, next, counter);
    bar.hidden = scene.flows.length === 0;
    return bar;
  }

  // What follows a failure, event by event, and the settings on which that depends.
  function afterBar() {
    parts.moment = html("span", { class: "hv-when" });
    parts.earlier = button(`◀ ${words.previous}`, () => send({ moment: model.get("moment") - 1 }));
    parts.later = button(`${words.next} ▶`, () => send({ moment: model.get("moment") + 1 }));
    parts.options = scene.options.map((option) => {
      const chooser = html("select", { "aria-label": option.name, title: option.note, ...QUIET });
      for (const value of option.values) chooser.append(html("option", { value }, value));
      chooser.addEventListener("change", () => {
        send({ settings: { ...model.get("settings"), [option.id]: chooser.value }, moment: 0 });
      });
      return { ...option, chooser, label: html("label", {}, `${option.name} `, chooser) };
    });
    const steps = html("span", { class: "hv-after", role: "group", "aria-label": words.after });
    steps.append(`${words.after}: `, parts.earlier, parts.later, parts.moment);
    parts.after = steps;
    parts.afterBar = html("div", { class: "hv-bar" }, steps, ...parts.options.map((option) => option.label));
    return parts.afterBar;
  }

  function facts() {
    const lines = scene.checked.map((item) => `${fill(words.checked, item)} (${words.source}: ${item.source}).`);
    if (scene.status) lines.unshift(`${words.status}: ${scene.status}`);
    const box = html("div", { class: "hv-facts" }, ...lines.map((line) => html("p", {}, line)));
    box.hidden = lines.length === 0;
    return box;
  }

  function picture() {
    const view = svg("svg", {
      viewBox: `0 0 ${scene.width} ${scene.height}`,
      width: scene.width,
      role: "group",
      "aria-label": scene.name,
    });
    const [boxes, edges, ways, pills] = [0, 1, 2, 3].map(() => svg("g"));
    for (const layer of [edges, ways, pills]) layer.setAttribute("class", "hv-above");
    for (const layer of [edges, ways, pills]) layer.setAttribute("aria-hidden", "true");
    for (const box of scene.boxes) {
      boxes.append((parts.boxes[box.id] = drawBox(box)));
      pills.append((parts.pills[box.id] = pill()));
    }
    for (const edge of scene.edges) {
      const path = svg("path", { class: `hv-edge ${edge.kind}`, d: `M${edge.path.join("L")}` });
      parts.edges.push(path);
      edges.append(path);
    }
    for (const flow of scene.flows) ways.append((parts.ways[flow.id] = drawWay(flow)));
    view.append(boxes, edges, ways, pills);
    return view;
  }

  function drawBox(box) {
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
    const [tx, ty, wide] = box.text;
    const text = svg("text", { "text-anchor": box.container ? "start" : "middle" });
    box.lines.forEach((line, number) => {
      const at = { x: box.container ? tx : tx + wide / 2, y: ty + LINE * (number + 0.5) + 4.5 };
      text.append(svg("tspan", at, line));
    });
    group.append(svg("rect", { class: "hv-ring", ...ring }), svg("rect", { class: "hv-frame", ...frame }), text);
    group.addEventListener("click", () => {
      setTabStop(box.id);
      group.focus({ preventScroll: true });
      choose(box.id);
    });
    group.addEventListener("focus", () => setTabStop(box.id));
    group.addEventListener("keydown", (event) => onKey(event, box));
    return group;
  }

  function pill(text = "", kind = "") {
    const group = svg("g", { class: `hv-pill ${kind}` });
    group.append(svg("rect", { height: 16, rx: 8 }), svg("text", { "text-anchor": "middle" }, text));
    return group;
  }

  // Measuring makes the browser lay out the page, so it is done only when the text changes.
  function placePill(group, text, x, y, align = 0.5) {
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

  function drawWay(flow) {
    const group = svg("g");
    group.style.display = "none";
    flow.heads = flow.legs.map((leg) => leg.head.length && svg("polygon", { class: "hv-head", points: points(leg.head) }));
    flow.gates = flow.legs.map((leg) => leg.gate.length && svg("polygon", { class: "hv-gate", points: points(leg.gate) }));
    flow.tags = flow.badges.map(([id, text]) => Object.assign(pill(text, "hv-badge"), { box: id, say: text }));
    group.append(...[...flow.heads, ...flow.gates, ...flow.tags].filter(Boolean));
    return group;
  }

  function legend() {
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

  function sentence() {
    parts.sentence = html("p", { class: "hv-sentence", "aria-live": "polite" });
    return parts.sentence;
  }

  function actions() {
    parts.crash = button("", () => toggleCrash(model.get("selected")));
    parts.restoreAll = button(words.restore_all, () => send({ crashed: [] }));
    const bar = html("div", { class: "hv-bar" });
    bar.append(parts.crash, parts.restoreAll);
    bar.hidden = model.get("click") === "pick";
    return bar;
  }

  function panel() {
    parts.panel = html("div", { class: "hv-panel", "aria-live": "polite" });
    return parts.panel;
  }

  function mistakes() {
    const details = html("details", { class: "hv-mistakes" });
    details.append(html("summary", QUIET, words.misconceptions));
    for (const item of scene.misconceptions) {
      const source = item.source ? ` (${words.source}: ${item.source})` : "";
      const entry = html("dl");
      entry.append(html("dt", {}, `${words.claim}: ${item.claim}`), html("dd", {}, `${words.truth}: ${item.truth}${source}`));
      details.append(entry);
    }
    details.hidden = scene.misconceptions.length === 0;
    return details;
  }

  // --- what the reader does ---------------------------------------------------------------

  function send(values) {
    for (const [key, value] of Object.entries(values)) model.set(key, value);
    model.save_changes();
  }

  const toggled = (list, id) => (list.includes(id) ? list.filter((other) => other !== id) : [...list, id]);

  function choose(id) {
    const click = model.get("click");
    if (click === "pick") send({ picked: toggled(model.get("picked"), id) });
    else if (click === "crash") send({ selected: id, crashed: toggled(model.get("crashed"), id) });
    else send({ selected: model.get("selected") === id ? "" : id });
  }

  function toggleCrash(id) {
    if (id && model.get("click") !== "pick") send({ selected: id, crashed: toggled(model.get("crashed"), id) });
  }

  function onKey(event, box) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = scene.boxes.map((other) => other.id);
    const acts = {
      Enter: () => choose(box.id),
      " ": () => choose(box.id),
      c: () => toggleCrash(box.id),
      Escape: () => send({ selected: "" }),
      Home: () => focusBox(ids[0]),
      End: () => focusBox(ids[ids.length - 1]),
      ArrowUp: () => focusBox(box.arrows.up),
      ArrowDown: () => focusBox(box.arrows.down),
      ArrowLeft: () => focusBox(box.arrows.left),
      ArrowRight: () => focusBox(box.arrows.right),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  function setTabStop(id) {
    if (parts.boxes[tabStop]) parts.boxes[tabStop].setAttribute("tabindex", -1);
    tabStop = id;
    parts.boxes[id].setAttribute("tabindex", 0);
  }

  function focusBox(id) {
    if (id) parts.boxes[id].focus();
  }

  // --- painting ---------------------------------------------------------------------------

  // Several traits change in one message: they are painted once.
  let waiting = false;
  function repaint() {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      paint();
    });
  }

  function paint() {
    paintStates();
    paintFlow();
    paintAfter();
    paintPanel();
    const said = model.get("sentence");
    if (parts.sentence.textContent !== said) parts.sentence.textContent = said;
    parts.restoreAll.disabled = model.get("crashed").length === 0;
  }

  // One failure at a time is the rule, and Python sent what each does; only more need a round trip.
  // A picture of a moment in a run has no such rule, nor has one with other settings or a later
  // moment: there all comes from Python.
  function failed() {
    const [first, ...more] = model.get("crashed");
    const python = { marks: model.get("marks"), stops: model.get("stops") };
    if (!scene.alone || more.length || model.get("moment") || Object.keys(model.get("settings")).length) return python;
    return (first && scene.alone[first]) || { marks: {}, stops: {} };
  }

  const markOf = (id) => failed().marks[id] || ["up", "", "up"];

  function paintAfter() {
    const [sequence, moment, crashed] = ["sequence", "moment", "crashed"].map((name) => model.get(name));
    const settings = model.get("settings");
    parts.after.hidden = sequence.length === 0;
    parts.earlier.disabled = moment === 0;
    parts.later.disabled = moment >= sequence.length - 1;
    parts.moment.textContent = sequence.length ? `${moment + 1}/${sequence.length}: ${sequence[moment]}` : "";
    for (const option of parts.options) {
      option.chooser.value = settings[option.id] ?? option.default;
      option.label.hidden = !crashed.some((id) => option.concerns.includes(id));
    }
    parts.afterBar.hidden = parts.after.hidden && parts.options.every((option) => option.label.hidden);
  }

  function paintStates() {
    const { marks } = failed();
    const [selected, picked] = [model.get("selected"), model.get("picked")];
    const pick = model.get("click") === "pick";
    for (const box of scene.boxes) {
      const group = parts.boxes[box.id];
      const [state, mark, kind] = marks[box.id] || ["up", "", "up"];
      const pressed = pick ? picked.includes(box.id) : selected === box.id;
      group.dataset.state = state;
      group.setAttribute("aria-pressed", pressed);
      group.setAttribute("aria-label", `${box.name}, ${words.layers[box.layer]}, ${words.kinds[kind][0]}`);
      const text = pick && pressed ? `✓ ${words.picked}` : mark;
      const [x, y, width, height] = box.rect;
      parts.pills[box.id].dataset.state = pick && pressed ? "picked" : state;
      if (box.container) placePill(parts.pills[box.id], text, x + width - 24, y - 2, 1);
      else placePill(parts.pills[box.id], text, x - 4, y + height, 0); // off the edges
    }
  }

  function paintFlow() {
    const [id, step] = [model.get("flow"), model.get("step")];
    const flow = scene.flows.find((item) => item.id === id);
    parts.chooser.value = id;
    parts.back.disabled = !flow || step === 0;
    parts.next.disabled = !flow || step >= (failed().stops[id] ?? flow.legs.length);
    parts.gateNote.hidden = !flow;
    parts.counter.textContent = flow ? counted(flow, step) : "";
    root.classList.toggle("flowing", Boolean(flow));
    for (const edge of parts.edges) edge.classList.remove("on", "now", "lost");
    for (const [name, group] of Object.entries(parts.ways)) group.style.display = name === id ? "" : "none";
    if (flow) paintWay(flow, step);
  }

  function paintWay(flow, step) {
    const stop = failed().stops[flow.id] ?? flow.legs.length;
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
      const [x, y, width] = byId[tag.box].rect;
      placePill(tag, tag.say, x + width + 6, y, 1);
      tag.classList.toggle("now", step > 0 && flow.legs[step - 1].at === tag.box);
    }
  }

  function counted(flow, step) {
    if (step === 0) return fill(words.step, { n: 0, steps: flow.legs.length });
    const crossing = flow.legs[step - 1].crossing;
    const n = Math.max(...flow.legs.slice(0, step).map((leg) => leg.crossing));
    const crossed = fill(crossing ? words.crossing : words.crossed, { n, all: flow.crossings });
    return `${fill(words.step, { n: step, steps: flow.legs.length })} · ${crossing ? "◆ " : ""}${crossed}`;
  }

  function paintPanel() {
    const box = byId[model.get("selected")];
    const hint = words[`${model.get("click")}_hint`];
    const [state, , kind] = box ? markOf(box.id) : [];
    const crashed = box && model.get("crashed").includes(box.id);
    const now = box ? `${box.id} ${kind} ${crashed}` : hint;
    if (parts.panel.dataset.now === now) return;
    parts.panel.dataset.now = now;
    parts.crash.hidden = !box;
    if (!box) {
      parts.panel.replaceChildren(html("p", { class: "hv-hint" }, hint));
      return;
    }
    parts.crash.textContent = fill(crashed ? words.restore : words.crash, box);
    const rows = [
      [words.privilege, box.privilege],
      [words.owns, box.owns],
      [words.sources, box.sources.join("; ")],
    ].filter(([, value]) => value);
    const list = html("dl");
    for (const [term, value] of rows) list.append(html("dt", {}, term), html("dd", {}, value));
    const condition = words.kinds[kind].join(": ");
    const title = html("p", {}, html("strong", {}, box.name), html("span", { class: "hv-state", "data-state": state }, condition));
    parts.panel.replaceChildren(title, html("p", {}, box.does), list);
  }

  function dress() {
    const { layers, ...colours } = model.get("look")[isDark() ? "dark" : "light"];
    for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--hv-${name}`, colour);
    for (const [name, paint] of Object.entries(layers)) {
      root.style.setProperty(`--hv-${name}-fill`, paint.fill);
      root.style.setProperty(`--hv-${name}-line`, paint.line);
    }
  }

  const calm = onTheme(dress);
  dress();
  build();
  model.on("change:scene", build);
  for (const name of ["marks", "stops", "sentence", "sequence", "moment", "settings", "crashed", "picked", "selected", "flow", "step"]) {
    model.on(`change:${name}`, repaint);
  }
  // Text can be measured only once it is in the page.
  requestAnimationFrame(paint);
  return calm;
}

export default { render };
