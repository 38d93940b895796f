// What a reader does in a diagram: it is sent to Python as traits, and nothing is decided here.

function send({ model }, values) {
  for (const [key, value] of Object.entries(values)) model.set(key, value);
  model.save_changes();
}

const toggled = (list, id) => (list.includes(id) ? list.filter((other) => other !== id) : [...list, id]);

const move = (view, trait, by) => send(view, { [trait]: view.model.get(trait) + by });

const set = (view, option, value) =>
  send(view, { settings: { ...view.model.get("settings"), [option]: value }, moment: 0 });

function choose(view, id) {
  const { model } = view;
  const click = model.get("click");
  if (click === "pick") send(view, { picked: toggled(model.get("picked"), id) });
  else if (click === "crash") toggleCrash(view, id);
  else send(view, { selected: model.get("selected") === id ? "" : id });
}

function toggleCrash(view, id) {
  const { model } = view;
  if (!id || model.get("click") === "pick") return;
  send(view, { selected: id, crashed: toggled(model.get("crashed"), id) });
}

function onKey(view, event, box) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const ids = view.scene.boxes.map((other) => other.id);
  const acts = {
    Enter: () => choose(view, box.id),
    " ": () => choose(view, box.id),
    c: () => toggleCrash(view, box.id),
    Escape: () => send(view, { selected: "" }),
    Home: () => focusBox(view, ids[0]),
    End: () => focusBox(view, ids[ids.length - 1]),
    ArrowUp: () => focusBox(view, box.arrows.up),
    ArrowDown: () => focusBox(view, box.arrows.down),
    ArrowLeft: () => focusBox(view, box.arrows.left),
    ArrowRight: () => focusBox(view, box.arrows.right),
  };
  const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function setTabStop(view, id) {
  view.parts.boxes[view.tabStop]?.setAttribute("tabindex", -1);
  view.tabStop = id;
  view.parts.boxes[id].setAttribute("tabindex", 0);
}

function focusBox(view, id) {
  if (id) view.parts.boxes[id].focus();
}
