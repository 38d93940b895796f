// Draws a scene that Python computed, and reports what the reader does by setting traits. States
// and sentences come back from Python: no rule of it is known here.

const TOLD = ["sequence", "moment", "settings", "crashed", "picked", "click", "pale", "selected", "flow", "step"];

function render({ model, el }) {
  const view = { model, el, words: model.get("words"), root: html("div", { class: "hv-diagram" }) };
  el.append(view.root);
  const indifferent = onTheme(el, () => dress(view));
  dress(view);
  retire(model, el);
  build(view);
  for (const name of ["scene", "bare"]) model.on(`change:${name}`, () => build(view));
  // Several traits change in one message: they are painted once.
  let waiting = false;
  const repaint = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      paint(view);
    });
  };
  // A crash spreads as soon as it is known how; Python told that beforehand of each part alone.
  let failed = model.get("crashed");
  model.on("change:crashed", () => {
    const crashed = model.get("crashed");
    if (String(crashed) === String(failed)) return;
    const known = crashed.join(" ") in view.scene.alone;
    clearTimeout(view.timer);
    view.ring = Infinity;
    view.spreads = crashed.length > failed.length && (known ? "now" : "when told");
    failed = crashed;
  });
  model.on("change:shown", () => {
    if (view.spreads === "when told") view.spreads = "now";
    if (!beforehand(view)) repaint();
  });
  for (const name of TOLD) model.on(`change:${name}`, repaint);
  model.on("change:sentence", () => paintSentence(view));
  // Text can be measured only once it is in the page.
  requestAnimationFrame(() => paint(view));
  return () => {
    indifferent();
    clearTimeout(view.timer);
    view.parts.flow.stop();
    view.parts.after.stop();
  };
}

export default { render };
