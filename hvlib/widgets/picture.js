// A chart with its sentence. manners.js and painter.js stand in front of this one (script.py).

const REST = 400; // ms without a change before a screen reader is told

// A model comes before its views. Without a view, too, a move changes list and controls.
function initialize({ model }) {
  const take = async () => {
    const { items = {}, others = {} } = model.get("change");
    Object.assign(model.get("items"), items);
    for (const [id, values] of Object.entries(others)) {
      const control = await controlOf(model, id);
      for (const name in values) control?.set(name, values[name]);
    }
  };
  model.on("change:change", take);
  take();
  const { serial = 0 } = model.get("change");
  if (serial > model.get("whole") + 1) model.send({ ask: "whole" });
}

const controlOf = (model, id) => model.widget_manager?.get_model(id) ?? model.manager?.find(id);

function render({ model, el }) {
  const figure = document.createElement("figure");
  figure.className = "hv-picture";
  const caption = document.createElement("figcaption");
  const spoken = document.createElement("div");
  spoken.className = "hv-spoken";
  spoken.setAttribute("aria-live", "polite");
  const goal = document.createElement("p");
  const since = document.createElement("p");
  goal.className = "hv-goal";
  since.className = "hv-since";
  const painter = new Painter(model.get("scene"));
  figure.append(goal, painter.svg, since, caption, spoken);
  el.append(figure);

  let rest = null;
  let waiting = new Set(); // numbers of the entries that changed since the last frame
  let room = 0;

  function paintAll() {
    waiting = new Set();
    painter.paint(model.get("items"), room, isDark(el));
    figure.dataset.painted = model.get("change").serial ?? 0;
  }

  // A change is painted at once. However quickly more come, the page paints once a frame, and the
  // last value wins.
  function change() {
    for (const number in model.get("change").items) waiting.add(+number);
    if (!figure.dataset.waits) paint();
  }

  function paint() {
    if (!painter.layout) return;
    for (const number of waiting) painter.show(number, model.get("items")[number]);
    waiting = new Set();
    figure.dataset.painted = model.get("change").serial;
    repoint();
    figure.dataset.waits = "1";
    requestAnimationFrame(() => {
      delete figure.dataset.waits;
      if (+figure.dataset.painted !== model.get("change").serial) paint();
    });
  }

  function say() {
    const sentence = model.get("sentence");
    const notes = model.get("notes") ?? {};
    caption.textContent = sentence;
    goal.textContent = notes.goal ?? "";
    goal.dataset.reached = Boolean(notes.reached);
    since.textContent = notes.since ?? "";
    const told = [notes.goal, notes.since, sentence].filter(Boolean).join(" ");
    painter.svg.setAttribute("aria-label", told);
    clearTimeout(rest);
    rest = setTimeout(() => (spoken.textContent = told), REST);
  }

  const { repoint } = pointing(model, painter, spoken);
  const calm = onTheme(el, paintAll);
  const widths = new ResizeObserver(() => {
    const before = room;
    room = figure.clientWidth;
    if (room && (!before || room < NARROW !== before < NARROW)) paintAll();
  });
  widths.observe(figure);
  mind(el);
  retire(model, el);

  model.on("change:items", paintAll);
  model.on("change:change", change);
  model.on("change:sentence change:notes", say);
  say();

  return () => {
    calm();
    widths.disconnect();
    clearTimeout(rest);
  };
}

// A reader points at a part of a mark, by mouse, finger or arrow keys, and is told its value. A mark
// that is a knob can be pulled; its slider follows.
function pointing(model, painter, spoken) {
  const { svg } = painter;
  const handles = model.get("scene").handles ?? [];
  let at = null; // the part pointed at
  let pull = null; // the mark under way
  let next = null; // where it is to go, once the page is answered
  let busy = false;

  const parts = () => (painter.layout ? painter.parts(model.get("items")) : []);
  const key = (part) => part && `${part.number}.${part.part}`;
  const inside = ([x, y], [left, top, w, h], room) =>
    x >= left - room && x <= left + w + room && y >= top - room && y <= top + h + room;

  // The smallest part under the pointer: what lies in front is smaller than what it lies on.
  function under(event) {
    const spot = painter.point(event);
    const near = parts().filter(({ box }) => inside(spot, box, event.pointerType === "touch" ? 8 : 3));
    near.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3]);
    return near[0] ?? null;
  }

  function point(part) {
    if (key(part) === key(at)) return;
    at = part;
    painter.frame(at?.box);
    if (at) model.send({ tell: [at.number, at.part] });
  }

  // The picture has moved: the same part, where it is now.
  function repoint() {
    if (!at) return;
    const now = parts().find((part) => key(part) === key(at));
    at = null;
    painter.frame(null);
    point(now ?? null);
  }

  model.on("msg:custom", (content) => {
    if (!content.told || !at || content.of.join(".") !== key(at)) return;
    painter.frame(at.box, content.told);
    spoken.textContent = content.told;
  });

  svg.setAttribute("tabindex", "0");
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") point(null);
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const all = parts();
    if (!all.length) return;
    const here = all.findIndex((part) => key(part) === key(at));
    point(all[here < 0 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length]);
  });
  svg.addEventListener("blur", () => point(null));
  svg.addEventListener("pointerleave", () => pull === null && point(null));

  const isField = (number) => model.get("scene").marks[number].kind === "areas";
  const handleOf = (event) => {
    const spot = painter.point(event);
    const near = (part) => handles.includes(part.number) && inside(spot, part.box, 8);
    const found = parts().find(near) ?? null;
    return found?.number ?? null;
  };

  svg.addEventListener("pointerdown", (event) => {
    const found = handleOf(event);
    if (found === null || isField(found)) return; // a field takes a click, and lets a finger scroll
    pull = found;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    point(null);
    go(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (pull !== null) return go(event);
    point(under(event));
    const over = handleOf(event);
    svg.style.cursor = over === null ? "" : isField(over) ? "pointer" : "grab";
  });
  const drop = (event) => {
    if (pull === null) return;
    go(event, false);
    pull = null;
  };
  svg.addEventListener("click", (event) => {
    const found = handleOf(event);
    if (found === null || !isField(found)) return;
    pull = found;
    drop(event);
  });
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);
  // A finger that pulls a mark does not scroll the page.
  svg.addEventListener("touchmove", (event) => pull !== null && event.preventDefault(), { passive: false });

  // One message under way at a time; the last place wins.
  function go(event, held = true) {
    const [x, y] = painter.within(model.get("scene").marks[pull].panel, painter.point(event));
    next = { pull: [pull, x, y], held };
    if (!busy) send();
  }
  function send() {
    if (!next) return;
    busy = true;
    model.send(next);
    next = null;
    setTimeout(() => {
      busy = false;
      send();
    }, 40);
  }
  return { repoint };
}

export default { initialize, render };
