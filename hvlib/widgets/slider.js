// A slider that a hand can aim: name and number above, a long track, named values below.
// The number is a field to type into. Where the values are not evenly spread, ``stops`` lists those
// on which the thumb stands; what is typed may lie between two.

const decimals = (size) => (size >= 100 || !size ? 0 : Math.max(0, 3 - Math.ceil(Math.log10(size) + 1e-9)));

// With three digits, and no power of ten where people write none.
function written(value) {
  if (value && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)) return String(Number(value.toPrecision(3)));
  const maximumFractionDigits = decimals(Math.abs(value));
  return value.toLocaleString("en", { maximumFractionDigits }).replace("-", "−");
}

const read = (text) => Number(text.replace(/[,\s]/g, "").replace("−", "-") || NaN);

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const { min, max, step, stops, caption, unit, tip, ticks } = Object.fromEntries(
    ["min", "max", "step", "stops", "caption", "unit", "tip", "ticks"].map((name) => [name, model.get(name)])
  );
  const even = !stops.length;
  const last = even ? max : stops.length - 1;
  // Where a value stands on the track, which counts in values or in stops.
  const place = (value) => {
    if (even) return value;
    const above = stops.findIndex((stop) => stop >= value);
    if (above <= 0) return above ? last : 0;
    return above - (stops[above] - value) / (stops[above] - stops[above - 1]);
  };
  const share = (value) => (even ? (value - min) / (max - min || 1) : place(value) / last);
  globalThis.hvSliders = (globalThis.hvSliders ?? 0) + 1; // this file is loaded for each anew
  const id = `hv-slider-${globalThis.hvSliders}`;
  const name = unit ? `${caption} (${unit})` : caption;
  const track = node("input", {
    type: "range", id, min: even ? min : 0, max: last, step: even ? step : 1, "aria-label": name,
  });
  const number = node("input", {
    type: "text", class: "hv-number", inputmode: "decimal", autocomplete: "off",
    "aria-label": `${name}, ${tip}`, title: tip,
  });
  const named = node("div", { class: "hv-ticks" });
  for (const [value, words] of ticks) {
    const at = share(value);
    const style = `left:calc(8px + ${at.toFixed(4)} * (100% - 16px))`;
    const side = at < 0.12 ? "first" : at > 0.88 ? "last" : "";
    const tick = node("button", { type: "button", class: `hv-tick ${side}`, style }, words);
    tick.addEventListener("click", () => tell(value));
    named.append(tick);
  }
  const root = node("div", { class: "hv-slider" }, node("label", { for: id }, name), track, number);
  if (ticks.length) root.append(named);
  el.append(root);

  let down = false;
  track.addEventListener("pointerdown", () => (down = true));
  track.addEventListener("input", () => {
    const at = Number(track.value);
    if (down) model.set("held", true);
    tell(even ? at : stops[Math.round(at)]);
  });
  track.addEventListener("change", () => {
    down = false;
    model.set("held", false);
    model.save_changes();
  });
  number.addEventListener("focus", () => number.select());
  const commit = () => {
    const typed = read(number.value);
    if (number.value === written(model.get("value"))) return;
    if (Number.isFinite(typed)) tell(Math.min(Math.max(typed, min), max));
    else show();
  };
  number.addEventListener("change", commit);
  // JupyterLab takes Enter for itself, so that no change would follow.
  number.addEventListener("keydown", (event) => event.key === "Enter" && commit());

  function tell(value) {
    model.set("value", model.get("whole") ? Math.round(value) : value);
    model.save_changes();
    show();
  }

  function show() {
    const value = model.get("value");
    const at = place(value);
    if (Math.abs(Number(track.value) - at) >= (even ? step : 1) / 2) track.value = at;
    track.setAttribute("value", at);
    track.setAttribute("aria-valuetext", unit ? `${written(value)} ${unit}` : written(value));
    number.value = written(value);
    number.setAttribute("value", written(value));
  }
  model.on("change:value", show);
  show();
}

export default { render };
