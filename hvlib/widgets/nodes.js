// Nodes of a page, written in one line each. Stands in front of the files that build some (script.py).

const SVG = "http://www.w3.org/2000/svg";
// JupyterLab's one-letter shortcuts (a, b, dd, ...) must not see keys typed in here.
const QUIET = { "data-lm-suppress-shortcuts": "true" };

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// ``name`` is what a screen reader says where the text alone would not do.
function button(text, act, name = "") {
  const node = html("button", { type: "button", ...QUIET }, text);
  if (name) node.setAttribute("aria-label", name);
  node.addEventListener("click", act);
  return node;
}

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
