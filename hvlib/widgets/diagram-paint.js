// Paints what the traits say on the nodes that diagram-build.js made.

const SMALL = 11; // px, size of the words on pills

function paint(view) {
  paintStates(view);
  paintFlow(view);
  paintAfter(view);
  paintPanel(view);
  const { model, parts } = view;
  const said = model.get("sentence");
  if (parts.sentence.textContent !== said) parts.sentence.textContent = said;
  parts.restoreAll.disabled = model.get("crashed").length === 0;
}

// What Python says of the failure. On a part that fails alone it said so beforehand, so that a
// crash is painted without waiting for an answer.
function shown({ model, scene }) {
  const crashed = model.get("crashed");
  const plain = !model.get("moment") && !Object.keys(model.get("settings")).length;
  return (plain && scene.alone[crashed.join(" ")]) || model.get("shown");
}

const markOf = (view, id) => shown(view).marks[id] || ["up", "", "up"];

function paintAfter({ model, parts }) {
  const [sequence, moment, crashed, settings] =
    ["sequence", "moment", "crashed", "settings"].map((name) => model.get(name));
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

function paintStates(view) {
  const { model, words, scene, parts } = view;
  const [selected, picked] = [model.get("selected"), model.get("picked")];
  const pick = model.get("click") === "pick";
  for (const box of scene.boxes) {
    const group = parts.boxes[box.id];
    const [state, mark, kind] = markOf(view, box.id);
    const pressed = pick ? picked.includes(box.id) : selected === box.id;
    group.dataset.state = state;
    group.setAttribute("aria-pressed", pressed);
    const note = state === "up" ? box.note : "";
    const told = [box.name, words.layers[box.layer], note, words.kinds[kind][0]];
    group.setAttribute("aria-label", told.filter(Boolean).join(", "));
    parts.pills[box.id].dataset.state = pick && pressed ? "picked" : note ? "noted" : state;
    placePill(parts.pills[box.id], pick && pressed ? `✓ ${words.picked}` : note || mark, box.state);
  }
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

function paintFlow(view) {
  const { model, root, scene, parts } = view;
  const [id, step] = [model.get("flow"), model.get("step")];
  const flow = scene.flows.find((item) => item.id === id);
  const stop = flow && (shown(view).stops[id] ?? flow.legs.length);
  parts.chooser.value = id;
  parts.back.disabled = !flow || step === 0;
  parts.next.disabled = !flow || step >= stop;
  parts.gateNote.hidden = !flow;
  parts.counter.textContent = flow ? flow.counted[step] : "";
  root.classList.toggle("flowing", Boolean(flow));
  for (const edge of parts.edges) edge.classList.remove("on", "now", "lost");
  for (const [name, group] of Object.entries(parts.ways)) group.style.display = name === id ? "" : "none";
  if (flow) paintWay(view, flow, step, stop);
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

function paintPanel(view) {
  const { model, words, byId, parts } = view;
  const box = byId[model.get("selected")];
  const hint = words[`${model.get("click")}_hint`];
  const [state, , kind] = box ? markOf(view, box.id) : [];
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
    [words.unsure, box.unsure],
    [words.sources, box.sources.join("; ")],
  ].filter(([, value]) => value);
  const list = html("dl");
  for (const [term, value] of rows) list.append(html("dt", {}, term), html("dd", {}, value));
  const condition = words.kinds[kind].join(": ");
  const title = html("p", {}, html("strong", {}, box.name), html("span", { class: "hv-state", "data-state": state }, condition));
  parts.panel.replaceChildren(title, html("p", {}, box.does), list, remarks(box));
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

// The colours of the page's theme.
function dress({ model, root, el }) {
  const { layers, ...colours } = model.get("look")[isDark(el) ? "dark" : "light"];
  for (const [name, colour] of Object.entries(colours)) root.style.setProperty(`--hv-${name}`, colour);
  for (const [name, paint] of Object.entries(layers)) {
    root.style.setProperty(`--hv-${name}-fill`, paint.fill);
    root.style.setProperty(`--hv-${name}-line`, paint.line);
  }
}
