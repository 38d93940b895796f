// Paints a chart's display list (hvlib/views/marks.py) as SVG. The same in the lab and on the site.
// A place comes in ten-thousandths of its panel; the layout for the page's width says where panels
// are. A colour is "light" or "light dark".

const SVG = "http://www.w3.org/2000/svg";
const ONE = 10_000;
const NARROW = 560; // px of room below which panels stand below each other
const ASCENT = 0.76, GAP = 0.2, STEP = 1.2; // of a line of text, in font sizes
const SIGNS = { left: "start", center: "middle", right: "end" };

const round = (value) => Math.round(value * 10) / 10;

function make(tag, attributes = {}, children = []) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Nodes are kept: the slider's next move changes attributes only.
function put(parent, number, tag, attributes) {
  let node = parent.children[number];
  if (node?.tagName !== tag) {
    const fresh = make(tag);
    node ? node.replaceWith(fresh) : parent.append(fresh);
    node = fresh;
  }
  for (const { name } of [...node.attributes]) if (!(name in attributes)) node.removeAttribute(name);
  for (const [name, value] of Object.entries(attributes))
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  return node;
}

function cut(parent, length) {
  while (parent.children.length > length) parent.lastChild.remove();
}

const ruler = document.createElement("canvas").getContext("2d");

export class Painter {
  constructor(scene) {
    this.scene = scene;
    // JupyterLab loads this file anew for each picture: only the page knows how many there are.
    globalThis.hvPictures = (globalThis.hvPictures ?? 0) + 1;
    this.id = `hv${globalThis.hvPictures}`;
    this.dark = false;
    this.svg = make("svg", { role: "img" });
  }

  // Everything anew: for another width, theme or scene.
  paint(items, room, dark) {
    this.dark = dark;
    this.name = room < NARROW ? "narrow" : "wide";
    this.layout = this.scene.layouts[this.name];
    const [width, height] = this.layout.size;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.dataset.layout = this.name;
    this.defs = make("defs");
    this.grids = make("g");
    this.marks = make("g");
    this.axes = make("g");
    this.fixed = make("g");
    this.layout.boxes.forEach(([x, y, w, h], number) => {
      const attributes = { x, y, width: w, height: h };
      const clip = { id: `${this.id}-${number}` };
      this.defs.append(make("clipPath", clip, [make("rect", attributes)]));
    });
    this.layout.boxes.forEach(() => { this.grids.append(make("g")); this.axes.append(make("g")); });
    for (const mark of this.scene.marks) {
      const clip = mark.clip ? { "clip-path": `url(#${this.id}-${mark.panel})` } : {};
      this.marks.append(make("g", clip));
    }
    this.pointed = make("g", { "pointer-events": "none" });
    for (const number of this.scene.handles ?? []) this.marks.children[number].setAttribute("data-handle", number);
    this.svg.replaceChildren(this.defs, this.grids, this.marks, this.axes, this.fixed, this.pointed);
    this.layout.fixed.forEach(([kind, style, ...rest]) => {
      if (kind === "path") this.fixed.append(make("path", { d: rest[0], ...this.shape(style) }));
      else this.words(this.fixed, this.fixed.children.length, style, ...rest);
    });
    items.forEach((item, number) => this.show(number, item));
  }

  // One entry of the display list: a mark's, or a panel's ticks.
  show(number, item) {
    const mark = this.scene.marks[number];
    if (!mark) this.ticks(number - this.scene.marks.length, item);
    else if (mark.kind === "text") this.text(this.marks.children[number], mark, item);
    else this.groups(this.marks.children[number], mark, item ?? []);
  }

  // --- what a reader points at: parts of marks, each with the box around it in px ---------------

  parts(items) {
    const found = [];
    for (const number of this.scene.told ?? []) {
      const mark = this.scene.marks[number];
      let part = 0;
      for (const [differs, ...paths] of items[number] ?? []) {
        const style = differs ? { ...mark.look, ...differs } : mark.look;
        if (!(style.width || style.fill || style.hatch || style.sign)) continue;
        for (const path of paths) {
          const points = [];
          for (let i = 0; i < path.length; i += 2) points.push(this.place(mark.panel, path[i], path[i + 1]));
          if (mark.kind !== "line") found.push({ number, part: part++, box: around(points) });
          else if (style.sign) for (const at of points) found.push({ number, part: part++, box: around([at], 9) });
          else points.forEach((at, n) => n % Math.ceil(points.length / 24) || found.push({ number, part: n, box: around([at], 7) }));
        }
      }
    }
    const [, , width, height] = [0, 0, ...this.layout.size];
    return found.filter(({ box: [x, y, w, h] }) => x + w >= 0 && y + h >= 0 && x <= width && y <= height && (w > 0.5 || h > 0.5));
  }

  // Where a pointer is, in px of the picture; and there in ten-thousandths of a panel.
  point(event) {
    const at = this.svg.getBoundingClientRect();
    const scale = this.layout.size[0] / at.width;
    return [(event.clientX - at.left) * scale, (event.clientY - at.top) * scale];
  }

  within(panel, [x, y]) {
    const [left, top, width, height] = this.layout.boxes[panel];
    return [Math.round(((x - left) / width) * ONE), Math.round(((y - top) / height) * ONE)];
  }

  // A frame around the part that a reader points at, and what it says.
  frame(box, words) {
    this.pointed.replaceChildren();
    if (!box) return;
    const [x, y, w, h] = box;
    const look = { fill: "none", stroke: this.dark ? "#6cb8ff" : "#0060a8", "stroke-width": 2, rx: 2 };
    this.pointed.append(make("rect", { x: round(x - 2), y: round(y - 2), width: round(w + 4), height: round(h + 4), ...look }));
    if (!words) return;
    const [wide, high] = this.layout.size;
    const size = 12.5;
    ruler.font = `${size}px ${getComputedStyle(this.svg).fontFamily || "sans-serif"}`;
    const width = Math.min(ruler.measureText(words).width + 16, wide);
    const left = Math.min(Math.max(x + w / 2 - width / 2, 2), wide - width - 2);
    const above = y > 34 ? y - 30 : Math.min(y + h + 8, high - 24);
    const ground = { fill: this.dark ? "#e8eaed" : "#1b1f24", rx: 4 };
    this.pointed.append(make("rect", { x: round(left), y: round(above), width: round(width), height: 22, ...ground }));
    const text = make("text", {
      x: round(left + width / 2), y: round(above + 15.5), "text-anchor": "middle", "font-size": size,
      fill: this.dark ? "#1b1f24" : "#ffffff",
    });
    text.textContent = words;
    this.pointed.append(text);
  }

  place(panel, x, y) {
    const [left, top, width, height] = this.layout.boxes[panel];
    return [round(left + (x / ONE) * width), round(top + (y / ONE) * height)];
  }

  groups(parent, mark, groups) {
    let number = 0;
    for (const [differs, ...paths] of groups) {
      const style = differs ? { ...mark.look, ...differs } : mark.look;
      const points = paths.map((path) => {
        const found = [];
        for (let i = 0; i < path.length; i += 2) found.push(this.place(mark.panel, path[i], path[i + 1]));
        return found;
      });
      const end = mark.kind === "bar" || mark.kind === "areas" ? "Z" : "";
      if (style.width || style.fill || style.hatch) {
        const d = points.map((path) => outlined(path, end)).join("");
        put(parent, number++, "path", { d, ...this.shape(style) });
      }
      if (style.sign) {
        const d = points.flat().map(([x, y]) => moved(style.sign.d, x, y)).join("");
        put(parent, number++, "path", { d, ...this.shape(style.sign) });
      }
    }
    cut(parent, number);
  }

  text(parent, mark, item) {
    if (!item) return cut(parent, 0);
    const [across, down, drop, words, differs] = item;
    const style = differs ? { ...mark.look, ...differs } : mark.look;
    const [x, y] = this.place(mark.panel, across, down);
    const at = [x + (style.dx ?? 0), y + (style.dy ?? 0) + drop];
    let number = 0;
    if (style.ground) put(parent, number++, "rect", this.ground(style, ...at, words));
    this.words(parent, number++, style, ...at, 0, words);
    cut(parent, number);
  }

  words(parent, number, style, x, y, turn, words) {
    const node = put(parent, number, "text", {
      x: round(x), y: round(y), fill: this.colour(style.fill), "font-size": style.size,
      "text-anchor": SIGNS[style.anchor ?? "left"],
      ...(style.bold && { "font-weight": "bold" }),
      ...(style.mono && { "font-family": "DejaVu Sans Mono, monospace" }),
      ...(turn && { transform: `rotate(${-turn} ${x} ${y})` }),
    });
    if (node.dataset && node.words === words && !turn) {
      for (const line of node.children) line.setAttribute("x", round(x));
      return;
    }
    node.words = words;
    const lines = words.split("\n");
    if (lines.length === 1) node.textContent = words;
    else node.replaceChildren(...lines.map((line, n) => {
      const span = make("tspan", { x: round(x), dy: n ? round(STEP * style.size) : 0 });
      span.textContent = line;
      return span;
    }));
  }

  ground({ ground, size, bold, anchor = "left" }, x, y, words) {
    const family = getComputedStyle(this.svg).fontFamily || "sans-serif";
    ruler.font = `${bold ? "bold " : ""}${size}px ${family}`;
    const lines = words.split("\n");
    const width = Math.max(...lines.map((line) => ruler.measureText(line).width));
    const left = x - { left: 0, center: width / 2, right: width }[anchor];
    const { pad } = ground;
    return {
      x: round(left - pad), y: round(y - ASCENT * size - pad), width: round(width + 2 * pad),
      height: round(size * (1 + STEP * (lines.length - 1)) + 2 * pad), ...this.shape(ground),
    };
  }

  // Grid, frame, ticks and their words, as in matplotlib.
  ticks(number, [across, down]) {
    const look = this.layout.looks[number];
    const [grid, axes] = [this.grids.children[number], this.axes.children[number]];
    if (!look.spines) return;
    const [left, top, width, height] = this.layout.boxes[number];
    const [right, low] = [round(left + width), round(top + height)];
    const xs = across.map(([x, words]) => [round(left + (x / ONE) * width), words]);
    const ys = down.map(([y, words]) => [round(top + (y / ONE) * height), words]);
    const lines = [
      [grid, look.x.grid, xs.map(([x]) => `M${x} ${top}V${low}`)],
      [grid, look.y.grid, ys.map(([y]) => `M${left} ${y}H${right}`)],
      [axes, look.stroke, [
        ...(look.spines.includes("left") ? [`M${left} ${top}V${low}`] : []),
        ...(look.spines.includes("bottom") ? [`M${left} ${low}H${right}`] : []),
        ...(look.x.length ? xs.map(([x]) => `M${x} ${low}v${look.x.length}`) : []),
        ...(look.y.length ? ys.map(([y]) => `M${left} ${y}h${-look.y.length}`) : []),
      ]],
    ];
    const made = new Map([[grid, 0], [axes, 0]]);
    for (const [parent, stroke, paths] of lines) {
      if (!stroke) continue;
      const n = made.get(parent);
      const { width } = look;
      put(parent, n, "path", { d: paths.join(""), ...this.shape({ stroke, width }) });
      made.set(parent, n + 1);
    }
    let n = made.get(axes);
    const away = { x: look.x.length + look.x.pad, y: look.y.length + look.y.pad };
    for (const [x, words] of look.x.fill ? xs : []) {
      this.words(axes, n++, look.x, x, low + away.x + rise(look.x.size, words), 0, words);
    }
    for (const [y, words] of look.y.fill ? ys : [])
      this.words(axes, n++, look.y, left - away.y, y + middle(look.y.size, words), 0, words);
    cut(axes, n);
  }

  colour(pair) {
    return pair ? pair.split(" ")[this.dark && pair.includes(" ") ? 1 : 0] : "none";
  }

  shape({ fill, stroke, width, dash, cap, join, opacity, hatch }) {
    const line = width ? this.colour(stroke) : "none";
    return {
      fill: hatch ? this.hatch(hatch, fill, stroke) : this.colour(fill),
      ...(line !== "none" && { stroke: line, "stroke-width": width }),
      ...(dash && { "stroke-dasharray": dash }),
      ...(cap && cap !== "butt" && { "stroke-linecap": cap }),
      ...(join && join !== "miter" && { "stroke-linejoin": join }),
      ...(opacity && { opacity }),
    };
  }

  hatch(kind, fill, stroke) {
    const side = round(100 / 6 / kind.length);
    const id = `${this.id}-${kind.codePointAt(0)}-${kind.length}-${fill}-${stroke}`.replace(/[ #]/g, "");
    if (![...this.defs.children].some((node) => node.id === id)) {
      const [s, half] = [side, round(side / 2)];
      const up = `M0 ${s}L${s} 0M-1 1L1 -1M${s - 1} ${s + 1}L${s + 1} ${s - 1}`;
      const fall = `M0 0L${s} ${s}M-1 ${s - 1}L1 ${s + 1}M${s - 1} -1L${s + 1} 1`;
      const dot = (x, y) => `M${x - 0.8} ${y}a.8 .8 0 1 0 1.6 0a.8 .8 0 1 0 -1.6 0`;
      const d = { "/": up, "\\": fall, x: up + fall, "-": `M0 ${half}H${s}`,
        ".": dot(half / 2, half / 2) + dot(half * 1.5, half * 1.5) }[kind[0]];
      const line = this.colour(stroke);
      const lines = kind[0] === "." ? { fill: line } : { stroke: line, "stroke-width": 0.83 };
      this.defs.append(make("pattern", { id, width: s, height: s, patternUnits: "userSpaceOnUse" }, [
        make("rect", { width: s, height: s, fill: this.colour(fill) }),
        make("path", { d, ...lines }),
      ]));
    }
    return `url(#${id})`;
  }
}

// A path through points; of a rectangle that stands upright the short form.
function outlined(points, end) {
  if (end && points.length === 4) {
    const [[a, b], [c, d], [e, f], [g, h]] = points;
    if (a === g && c === e && b === d && f === h) return `M${a} ${b}H${c}V${f}H${a}Z`;
  }
  return "M" + points.map((at) => at.join(" ")).join("L") + end;
}

// The box around some points, at least ``room`` px to each side.
function around(points, room = 0) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x - room, y - room, Math.max(...xs) - x + 2 * room, Math.max(...ys) - y + 2 * room];
}

// How far below a place a text's first line stands: under its top, and around its middle.
function rise(size, words) {
  return size * (words.includes("\n") ? ASCENT + GAP / 2 : ASCENT);
}

function middle(size, words) {
  const last = rise(size, words) + STEP * size * (words.split("\n").length - 1);
  return rise(size, words) - last / 2;
}

function moved(d, x, y) {
  let odd = true;
  return d.replace(/-?[\d.]+/g, (value) => {
    odd = !odd;
    return round(+value + (odd ? y : x));
  });
}
