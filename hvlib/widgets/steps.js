// A transport as a widget of its own: nodes.js and transport.js stand in front of this one.
function render({ model, el }) {
  const steps = transport(model.get("words"), (value) => {
    model.set("value", value);
    model.save_changes();
    show();
  });
  const names = ["value", "last", "reach", "stride", "ticks", "told", "run"];
  function show() {
    const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    state.value = Math.min(state.value, state.last); // a run may end before a knob does
    const told = fill(state.told, { n: state.value, all: state.last });
    steps.show({ ...state, key: state.run, told, short: told });
  }
  for (const name of names) model.on(`change:${name}`, show);
  const root = html("div", { class: "hv-steps" }, steps.node);
  el.append(root);
  keepKeys(root);
  retire(model, el);
  show();
  return steps.stop;
}

export default { render };
