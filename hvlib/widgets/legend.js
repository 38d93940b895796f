// The legend of several pictures; diagram-build.js and diagram-paint.js stand in front.
function render({ model, el }) {
  const root = html("div", { class: "hv-diagram" });
  const view = { model, el, root, words: model.get("words"), parts: {} };
  root.append(legend(view, model.get("layers")));
  el.append(root);
  const indifferent = onTheme(el, () => dress(view));
  dress(view);
  const explain = () => explained(view, model.get("present"));
  model.on("change:present", explain);
  explain();
  return indifferent;
}

export default { render };
