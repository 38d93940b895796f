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
  const painter = new Painter(model.get("scene"));
  figure.append(painter.svg, caption, spoken);
  el.append(figure);

  let rest = null;
  let waiting = new Set(); // numbers of the entries that changed since the last frame
  let room = 0;

  function paintAll() {
    waiting = new Set();
    painter.paint(model.get("items"), room, isDark(el));
    figure.dataset.painted = model.get("change").serial ?? 0;
  }

  // However quickly changes come, the page paints once a frame, and the last value wins.
  function change() {
    for (const number in model.get("change").items) waiting.add(+number);
    if (figure.dataset.waits) return;
    figure.dataset.waits = "1";
    requestAnimationFrame(() => {
      delete figure.dataset.waits;
      if (!painter.layout) return;
      for (const number of waiting) painter.show(number, model.get("items")[number]);
      waiting = new Set();
      figure.dataset.painted = model.get("change").serial;
    });
  }

  function say() {
    const sentence = model.get("sentence");
    caption.textContent = sentence;
    painter.svg.setAttribute("aria-label", sentence);
    clearTimeout(rest);
    rest = setTimeout(() => (spoken.textContent = sentence), REST);
  }

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
  model.on("change:sentence", say);
  say();

  return () => {
    calm();
    widths.disconnect();
    clearTimeout(rest);
  };
}

export default { initialize, render };
