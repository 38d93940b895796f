// What a reader does in a diagram: it is sent to Python as traits, and nothing is decided here.

function send({ model }, values) {
  for (const [key, value] of Object.entries(values)) model.set(key, value);
  model.save_changes();
}

const toggled = (list, id) => (list.includes(id) ? list.filter((other) => other !== id) : [...list, id]);

const set = (view, option, value) =>
  send(view, { settings: { ...view.model.get("settings"), [option]: value }, moment: 0 });

function goTo(view, place) {
  send(view, place);
  keepInView(view);
}

function choose(view, id) {
  const { model } = view;
  const click = model.get("click");
  if (click === "pick") return send(view, { picked: toggled(model.get("picked"), id) });
  if (click === "order") return send(view, { picked: numbered(view, id) });
  if (click === "crash") return toggleCrash(view, id);
  send(view, { selected: model.get("selected") === id ? "" : id });
  keepInView(view);
}

// The boxes in their order with the next one; again on the last takes it back.
function numbered({ model }, id) {
  const picked = model.get("picked");
  if (picked.at(-1) === id) return picked.slice(0, -1);
  return picked.includes(id) || model.get("pale").includes(id) ? picked : [...picked, id];
}

const asks = ({ model }) => ["pick", "order"].includes(model.get("click"));

function toggleCrash(view, id) {
  const { model } = view;
  if (!id || asks(view)) return;
  crash(view, toggled(model.get("crashed"), id), id);
}

function crash(view, crashed, selected = view.model.get("selected")) {
  view.past.push(view.model.get("crashed"));
  send(view, { selected, crashed });
  keepInView(view);
}

function undo(view) {
  const before = view.past.pop();
  if (before) send(view, { crashed: before });
}

// Shows once more how the failure spreads.
function replay(view) {
  view.spreads = "now";
  paint(view);
}

// Why is the chosen box so? Its chain of needs, in picture and panel; asked again, the whole.
function ask(view) {
  const id = view.model.get("selected");
  view.why = view.why === id ? "" : id;
  paint(view);
}

// From a click to its effect nobody scrolls: what it says, and the picture, are brought into view
// where both have room.
function keepInView({ parts }) {
  let outer = parts.stage.parentElement;
  while (outer && !/auto|scroll/.test(getComputedStyle(outer).overflowY)) outer = outer.parentElement;
  const room = outer && outer !== document.body ? outer.clientHeight : window.innerHeight;
  if (parts.stage.offsetHeight <= room) parts.stage.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function onKey(view, event, box) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const ids = view.scene.boxes.map((other) => other.id);
  view.hurried = event.repeat;
  const acts = {
    Enter: () => choose(view, box.id),
    " ": () => choose(view, box.id),
    c: () => toggleCrash(view, box.id),
    z: () => undo(view),
    Escape: () => send(view, { selected: "" }),
    Home: () => focusBox(view, ids[0]),
    End: () => focusBox(view, ids[ids.length - 1]),
    ArrowUp: () => focusBox(view, box.arrows.up),
    ArrowDown: () => focusBox(view, box.arrows.down),
    ArrowLeft: () => focusBox(view, box.arrows.left),
    ArrowRight: () => focusBox(view, box.arrows.right),
  };
  const act = acts[pressed(event)];
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
