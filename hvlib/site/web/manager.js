// ipywidgets without JupyterLab: models as the worker tells them, shown with the browser's own
// controls. Modules written for anywidget (diagrams, pictures) run as they are.

// Attributes, not properties: the site's stills are these nodes, written out as text.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child != null));
  return node;
}

/** The worker, the models that it told of, and calls to it. */
export class Manager {
  constructor(worker) {
    this.models = new Map();
    this.calls = new Map();
    this.texts = []; // scripts and styles of anywidgets, by the worker's numbers
    this.modules = []; // the scripts, loaded
    this.styles = [...document.querySelectorAll("style.widget")].map((style) => style.textContent);
    this.shown = []; // a promise for each anywidget that was asked to show itself
    this.onprogress = () => {};
    this.worker = worker;
    this.ready = new Promise((done, failed) => {
      worker.onmessage = ({ data }) => (data.ready ? done() : this.hear(data));
      worker.onerror = (event) => failed(new Error(event.message ?? "the worker did not start"));
    });
  }

  /** Call a function of the worker; the promise gives what it returns. */
  call(name, values = {}) {
    const id = this.calls.size + 1;
    return new Promise((done, failed) => {
      this.calls.set(id, { done, failed });
      this.worker.postMessage({ id, call: name, ...values });
    });
  }

  hear({ id, result, error, messages, progress }) {
    for (const [text, parts] of messages) this.take(JSON.parse(text), parts);
    if (progress != null) this.onprogress(progress);
    const { done, failed } = this.calls.get(id);
    if (error) failed(new Error(error));
    else done(result);
  }

  take({ type, id, data }, parts) {
    const state = data.state ?? {};
    (data.buffer_paths ?? []).forEach((path, number) => {
      const last = path.pop();
      const at = path.reduce((value, key) => value[key], state);
      at[last] = parts[number] && new DataView(parts[number].buffer);
    });
    for (const name of ["_esm", "_css"]) {
      if (state[name]?.is) this.texts[state[name].number] = state[name].is;
    }
    if (type === "comm_open") this.models.set(id, new Model(this, id, state));
    else if (type === "comm_close") this.models.delete(id);
    else if (data.method === "update") this.models.get(id)?.take(state);
    else if (data.method === "custom") this.models.get(id)?.fire("msg:custom", data.content);
  }

  find(reference) {
    return this.models.get(String(reference).replace("IPY_MODEL_", ""));
  }
}

/** One widget: what anywidget calls a model. */
class Model {
  constructor(manager, id, state) {
    Object.assign(this, { manager, id, state, handlers: {}, changed: {}, busy: false });
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
    this.state[name] = this.changed[name] = value;
    this.fire(`change:${name}`, value);
  }

  // One message under way at a time. What comes meanwhile is merged: the last value wins.
  async save_changes() {
    if (this.busy) return;
    this.busy = true;
    while (Object.keys(this.changed).length) {
      const data = { method: "update", state: this.changed, buffer_paths: [] };
      this.changed = {};
      await this.tell(data);
    }
    this.busy = false;
  }

  send(content) {
    return this.tell({ method: "custom", content });
  }

  tell(data) {
    const call = this.manager.call("receive", { to: this.id, data: JSON.stringify(data) });
    return call.catch((error) => console.error(error.message));
  }

  on(names, handler) {
    for (const name of names.split(" ")) (this.handlers[name] ??= []).push(handler);
  }

  off(names, handler) {
    for (const name of names.split(" ")) {
      this.handlers[name] = (this.handlers[name] ?? []).filter((other) => other !== handler);
    }
  }

  fire(name, ...values) {
    for (const handler of this.handlers[name] ?? []) handler(...values);
  }

  // What the reader changed since is newer than what comes from the worker; what a script set
  // without saving it is not.
  take(state) {
    if (!this.busy) this.changed = {};
    const names = Object.keys(state).filter((name) => !(name in this.changed));
    for (const name of names) this.state[name] = state[name];
    for (const name of names) this.fire(`change:${name}`, state[name]);
    if (names.length) this.fire("change");
  }

  /** Call `write` now and whenever one of the named traits changes. */
  follow(names, write) {
    this.on(names.split(" ").map((name) => `change:${name}`).join(" "), write);
    write();
  }

  /** The reader's own change. */
  put(name, value) {
    this.set(name, value);
    this.save_changes();
  }

  view() {
    const node = (VIEWS[this.state._model_name] ?? VIEWS.none)(this);
    let worn = [];
    this.follow("_dom_classes", () => {
      node.classList.remove(...worn);
      worn = this.state._dom_classes ?? [];
      node.classList.add(...worn);
    });
    const layout = this.manager.find(this.state.layout);
    layout?.on("change", () => lay(node, layout));
    if (layout) lay(node, layout);
    return node;
  }
}

const LAYOUT = {
  align_items: "alignItems", align_self: "alignSelf", display: "display", flex: "flex",
  flex_flow: "flexFlow", grid_gap: "gap", grid_template_columns: "gridTemplateColumns",
  margin: "margin", max_width: "maxWidth", min_width: "minWidth", width: "width",
};

function lay(node, layout) {
  for (const [name, style] of Object.entries(LAYOUT)) {
    if (layout.state[name]) node.style[style] = layout.state[name];
  }
  // Python knows pixels of a page, not how wide the reader's is.
  if (layout.state.width?.endsWith("px")) node.style.maxWidth = "100%";
}

// --- the controls ---------------------------------------------------------------------------

let serial = 0;

const box = (look) => (model) => {
  const node = el("div", { class: look });
  const views = new Map(); // a child that stays keeps its node, and with it focus and state
  model.follow("children", () => {
    const children = model.get("children");
    for (const child of children) {
      if (!views.has(child)) views.set(child, model.manager.find(child)?.view());
    }
    for (const child of [...views.keys()]) if (!children.includes(child)) views.delete(child);
    const nodes = children.map((child) => views.get(child)).filter(Boolean);
    nodes.forEach((child, place) => {
      if (node.children[place] !== child) node.insertBefore(child, node.children[place] ?? null);
    });
    while (node.children.length > nodes.length) node.lastChild.remove();
  });
  return node;
};

function labelled(model, input) {
  input.id = `hv-${++serial}`;
  const label = el("label", { for: input.id });
  const node = el("div", { class: "hv-knob" }, label, input);
  model.follow("description", () => {
    label.textContent = model.get("description");
    label.hidden = !label.textContent;
    if (label.hidden && model.get("tooltip")) input.setAttribute("aria-label", model.get("tooltip"));
  });
  model.follow("disabled", () => input.toggleAttribute("disabled", model.get("disabled")));
  if (model.get("tooltip")) node.setAttribute("title", model.get("tooltip"));
  return node;
}

// The value that a control shows, and that its still has.
function write(input, value) {
  if (input.getAttribute("value") !== String(value)) input.setAttribute("value", value);
  if (input.value !== String(value)) input.value = value;
}

function tick(input, on) {
  input.toggleAttribute("checked", on);
  input.checked = on;
}

function choose(select, index) {
  [...select.children].forEach((option, place) => option.toggleAttribute("selected", place === index));
  select.selectedIndex = index;
}

function menu(model) {
  const select = el("select");
  model.follow("_options_labels", () => {
    select.replaceChildren(...model.get("_options_labels").map((text) => el("option", {}, text)));
    choose(select, model.get("index") ?? -1);
  });
  model.follow("index", () => choose(select, model.get("index") ?? -1));
  select.addEventListener("change", () => model.put("index", select.selectedIndex));
  return labelled(model, select);
}

function choices(model) {
  const name = `hv-group-${++serial}`;
  const inputs = [];
  const group = el("div", { class: "widget-radio-box", role: "radiogroup" });
  model.get("_options_labels").forEach((text, index) => {
    const input = el("input", { type: "radio", name });
    input.addEventListener("change", () => model.put("index", index));
    inputs.push(input);
    group.append(el("label", {}, input, el("span", {}, text)));
  });
  model.follow("index", () => {
    inputs.forEach((input, index) => tick(input, model.get("index") === index));
  });
  const asked = model.get("description");
  const node = el("div", { class: "hv-radio" }, group);
  if (!asked) return node;
  group.setAttribute("aria-label", asked);
  node.prepend(el("span", { class: "hv-asked", "aria-hidden": "true" }, asked));
  return node;
}

function checkbox(model) {
  const input = el("input", { type: "checkbox" });
  model.follow("value", () => tick(input, model.get("value")));
  input.addEventListener("change", () => model.put("value", input.checked));
  return labelled(model, input);
}

function entry(properties, read) {
  return (model) => {
    const input = el("input", properties);
    for (const name of ["min", "max"]) {
      if (model.get(name) != null) input.setAttribute(name, model.get(name));
    }
    model.follow("placeholder", () => input.setAttribute("placeholder", model.get("placeholder") ?? ""));
    model.follow("value", () => write(input, model.get("value")));
    const event = model.get("continuous_update") ? "input" : "change";
    input.addEventListener(event, () => model.put("value", read(input.value)));
    return labelled(model, input);
  };
}

const SIGNS = { "arrow-up": "▲", "arrow-down": "▼" };

function button(model) {
  const node = el("button", { type: "button" });
  const sign = SIGNS[model.get("icon")];
  model.follow("description tooltip", () => {
    node.textContent = model.get("description") || sign || "•";
    const tip = model.get("tooltip") ?? "";
    if (tip) node.setAttribute("title", tip);
    if (!model.get("description")) node.setAttribute("aria-label", tip);
  });
  model.follow("disabled", () => node.toggleAttribute("disabled", model.get("disabled")));
  model.follow("button_style", () => (node.dataset.style = model.get("button_style") ?? ""));
  node.addEventListener("click", () => model.send({ event: "click" }));
  model.on("msg:custom", (content) => content?.do === "focus" && node.focus());
  return node;
}

function toggle(model) {
  const node = el("button", { type: "button" }, model.get("description"));
  model.follow("value", () => node.setAttribute("aria-pressed", model.get("value")));
  node.addEventListener("click", () => model.put("value", !model.get("value")));
  return node;
}

function html(model) {
  const node = el("div", { class: "widget-html-content" });
  model.follow("value", () => (node.innerHTML = model.get("value")));
  return node;
}

// Links of the book go to notebooks; here the pages stand beside each other.
function output(model) {
  const node = el("div");
  model.follow("outputs", () => {
    const texts = model.get("outputs").map((item) => item.data?.["text/html"] ?? "");
    node.innerHTML = texts.join("");
    for (const link of node.querySelectorAll("a[href$='.ipynb']")) {
      link.setAttribute("href", link.getAttribute("href").replace(/00-start-here\.ipynb$/, "index.html").replace(/ipynb$/, "html"));
    }
  });
  return node;
}

// --- anywidgets -----------------------------------------------------------------------------

// A page holds the styles of its stills; a widget that comes later brings its own.
function dress(manager, css) {
  if (manager.styles.includes(css)) return;
  manager.styles.push(css);
  document.head.append(el("style", { class: "widget" }, css));
}

function anywidget(model) {
  const node = el("div", { class: "hv-any" });
  const { modules, texts } = model.manager;
  const css = model.get("_css")?.number;
  if (css != null) dress(model.manager, texts[css]);
  const esm = model.get("_esm").number;
  const address = () => URL.createObjectURL(new Blob([texts[esm]], { type: "text/javascript" }));
  modules[esm] ??= import(address());
  const shown = modules[esm]
    .then(async ({ default: made }) => {
      const { initialize, render } = typeof made === "function" ? await made() : made;
      const signal = new AbortController().signal;
      await initialize?.({ model, signal });
      await render({ model, el: node, signal });
    })
    .catch((error) => console.error(error));
  model.manager.shown.push(shown);
  return node;
}

const VIEWS = {
  AnyModel: anywidget,
  BoundedIntTextModel: entry({ type: "number" }, (text) => Math.round(Number(text))),
  BoxModel: box("hv-row"),
  ButtonModel: button,
  CheckboxModel: checkbox,
  DropdownModel: menu,
  GridBoxModel: box("hv-grid"),
  HBoxModel: box("hv-row"),
  HTMLModel: html,
  OutputModel: output,
  RadioButtonsModel: choices,
  TextModel: entry({ type: "text" }, String),
  ToggleButtonModel: toggle,
  ToggleButtonsModel: choices,
  VBoxModel: box("hv-column"),
  none: (model) => el("span", { "data-model": model.get("_model_name") }),
};
