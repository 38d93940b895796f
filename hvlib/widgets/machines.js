// Computers in the page: consoles, buttons and what they count. Each computer is a worker that runs
// machine.mjs, whose text is the trait `core`. manners.js and nodes.js stand in front (script.py).

const IDLE = 10 * 60_000; // ms without the reader, then the machines pause
const LINES = 200; // of a console, kept
const PROMPT = "# ";
const SILENT = "silent"; // an error's whole message, as machine.mjs gives it
const PATIENCE = 20; // looks, a second apart, at a worker that says nothing during a call

const whole = (number) => Math.round(number).toLocaleString("en");
const short = (number) => Number(number.toPrecision(3)).toLocaleString("en");
const listed = (texts, and) =>
  texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} ${and} ${texts.at(-1)}`;

function menu(label, options, value) {
  const select = html("select");
  for (const [key, text] of Object.entries(options)) {
    select.append(html("option", key === String(value) ? { value: key, selected: "" } : { value: key }, text));
  }
  return [html("label", {}, label, " ", select), select];
}

// --- a terminal: what a serial line of a shell sends ------------------------------------------

class Terminal {
  lines = [""];
  column = 0;
  rest = "";
  ended = 0; // lines, also those no longer kept

  write(text) {
    const given = this.rest + text;
    const part = /\x1b\[[\d;?]*[A-Za-z]|\x1b[^[]|[\r\n\b\x07]|[^\x1b\r\n\b\x07]+/y;
    let found;
    let end = 0;
    while ((found = part.exec(given))) {
      end = part.lastIndex;
      this.take(found[0]);
    }
    this.rest = given.slice(end); // the begin of a sequence
    this.lines.splice(0, this.lines.length - LINES);
  }

  take(part) {
    const line = this.lines.at(-1);
    const [, number, letter] = /^\x1b\[(\d*)[\d;?]*([A-Za-z])$/.exec(part) ?? [];
    if (part === "\n") {
      this.lines.push("");
      this.column = 0;
      this.ended++;
    } else if (part === "\r") this.column = 0;
    else if (part === "\b" || letter === "D") this.column = Math.max(0, this.column - (Number(number) || 1));
    else if (letter === "C") this.column += Number(number) || 1;
    else if (letter === "J" || letter === "K") this.lines[this.lines.length - 1] = line.slice(0, this.column);
    else if (part >= " ") {
      const kept = line.padEnd(this.column);
      this.lines[this.lines.length - 1] = kept.slice(0, this.column) + part + kept.slice(this.column + part.length);
      this.column += part.length;
    }
  }

  get text() {
    return this.lines.join("\n");
  }
}

// What a key sends down a serial line.
const KEYS = {
  Enter: "\r", Backspace: "\x7f", Tab: "\t", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B",
  ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F", Delete: "\x1b[3~",
};

function bytesOf({ key, ctrlKey, altKey, metaKey }) {
  if (altKey || metaKey) return "";
  if (ctrlKey) return /^[a-z]$/i.test(key) ? String.fromCharCode(key.toUpperCase().charCodeAt(0) - 64) : "";
  return KEYS[key] ?? (key.length === 1 ? key : "");
}

// --- the parts: once for a page, and kept by the browser ----------------------------------------

async function parts(model) {
  globalThis.hvlibMachineParts ??= load(model);
  try {
    return await globalThis.hvlibMachineParts;
  } catch (error) {
    globalThis.hvlibMachineParts = null;
    throw error;
  }
}

async function load(model) {
  const names = model.get("parts");
  const store = await globalThis.caches?.open(`machine-${model.get("key")}`).catch(() => null);
  let found = await Promise.all(names.map((name) => store?.match(`/${name}`)));
  if (found.some((answer) => !answer)) {
    found = await fetched(model, names);
    names.forEach((name, n) => store?.put(`/${name}`, found[n].clone()).catch(() => {}));
  }
  const [library, wasm, state] = await Promise.all(found.map((answer) => answer.arrayBuffer()));
  return {
    library: URL.createObjectURL(new Blob([library], { type: "text/javascript" })),
    wasm: await WebAssembly.compile(wasm),
    state,
  };
}

const siteOf = () => JSON.parse(document.querySelector("#book")?.textContent ?? "null");

// On the site they are files; in the lab Python is asked, and answers with all of them at once.
async function fetched(model, names) {
  const book = siteOf();
  if (book) {
    const home = new URL(book.site, location.href);
    const answers = await Promise.all(names.map((name) => fetch(new URL(`${book.machine}/${name}`, home))));
    if (answers.some((answer) => !answer.ok)) throw new Error(model.get("words").missing);
    return answers;
  }
  return new Promise((done) => {
    const take = (content, buffers) => {
      if (!content.parts) return;
      model.off("msg:custom", take);
      done(buffers.map((bytes) => new Response(bytes)));
    };
    model.on("msg:custom", take);
    model.send({ ask: "parts" });
  });
}

// --- one computer -------------------------------------------------------------------------------

/**
 * A worker with machine.mjs; calls to it, and what it tells. Each call ends: by an answer, or with
 * the worker, which is ended when it breaks or when nothing comes from it while it should work.
 */
class Remote {
  constructor(core, hear, fail) {
    Object.assign(this, { waiting: new Map(), serial: 0, silence: 0, told: fail });
    const address = URL.createObjectURL(new Blob([core], { type: "text/javascript" }));
    this.worker = new Worker(address, { type: "module" });
    this.worker.onerror = (event) => {
      event.preventDefault?.();
      this.fail(event.message || "the worker ended");
    };
    this.worker.onmessage = ({ data }) => {
      this.silence = 0;
      if (data.id == null) return hear(data);
      const { done, failed } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      return data.error ? failed(new Error(data.error)) : done(data.result);
    };
  }

  call(name, values = {}, transfer = []) {
    const id = ++this.serial;
    this.watch();
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.worker.postMessage({ id, call: name, ...values }, transfer);
    });
  }

  // Looks are counted, not milliseconds: a page or a computer that slept has not looked.
  watch() {
    if (this.waiting.size) return;
    this.silence = 0;
    clearInterval(this.looks);
    this.looks = setInterval(() => {
      if (!this.waiting.size) clearInterval(this.looks);
      else if (++this.silence > PATIENCE) this.fail(SILENT);
    }, 1000);
  }

  fail(why) {
    this.end();
    this.told(why);
    for (const { failed } of this.waiting.values()) failed(new Error(why));
    this.waiting.clear();
  }

  end() {
    clearInterval(this.looks);
    this.worker.terminate();
  }
}

// What belongs to a guest, and moves with it: its screen and its counter.
class Guest {
  terminal = new Terminal();
  line = "";
  last = null; // the last number that it counted
  missed = 0;

  count(text) {
    const lines = (this.line + text).split("\n");
    this.line = lines.pop();
    for (const number of lines.map((one) => parseInt(one, 10)).filter((one) => one >= 0)) {
      if (this.last !== null && number !== this.last + 1) this.missed += Math.max(1, number - this.last - 1);
      this.last = number;
    }
  }
}

class Computer {
  constructor(room, name) {
    Object.assign(this, { room, name, state: "off", guest: new Guest(), counts: null, before: null });
    this.build();
    this.paint();
  }

  get words() {
    return this.room.words;
  }

  build() {
    const { words } = this;
    this.status = html("span", { class: "hv-status" });
    const screen = fill(words.screen, { name: this.name });
    this.screen = html("pre", { role: "log", "aria-live": "off", "aria-label": screen, tabindex: "0" });
    this.keys = html("textarea", {
      "aria-label": fill(words.console, { name: this.name }), rows: "1", autocapitalize: "off",
      autocomplete: "off", spellcheck: "false", "data-lm-suppress-shortcuts": "true",
    });
    this.keys.addEventListener("keydown", (event) => this.key(event));
    this.keys.addEventListener("input", () => {
      this.type(this.keys.value.replaceAll("\n", "\r")); // a phone's keyboard, or pasted
      this.keys.value = "";
    });
    this.console = html("div", { class: "hv-console" }, this.screen, this.keys);
    this.console.addEventListener("click", () => {
      if (!String(getSelection())) this.keys.focus({ preventScroll: true });
    });
    const [runs, system] = menu(words.runs, { linux: "Linux", ...words.guests }, "linux");
    this.system = system;
    this.buttons = {
      start: button("", () => this.startOrPause()),
      version: button("uname -r", () => this.version()),
      panic: button(words.panic, () => this.panic()),
      save: button(words.save, () => this.save()),
      restore: button(words.restore, () => this.restore()),
      replace: button(words.replace, () => this.boot()),
    };
    this.facts = html("dl");
    this.node = html(
      "div", { class: "hv-computer", role: "group", "aria-label": fill(words.machine, { name: this.name }) },
      html("div", { class: "hv-head" }, html("b", {}, fill(words.machine, { name: this.name })), this.status, runs),
      this.console,
      html("div", { class: "hv-buttons" }, ...Object.values(this.buttons)),
      this.facts,
    );
  }

  paint() {
    const { state, buttons, words } = this;
    const on = state === "running";
    const linux = this.runs === "linux";
    this.node.dataset.state = state;
    this.status.textContent = words.states[state];
    buttons.start.textContent = on ? words.pause : state === "paused" ? words.go_on : this.room.startText();
    buttons.start.disabled = ["starting", "moving", "missing"].includes(state);
    for (const [name, may] of Object.entries({
      version: on && linux,
      panic: on && linux,
      save: linux && (on || state === "paused"), // v86 takes no state back without its BIOS
      restore: Boolean(this.saved),
      replace: !["off", "starting", "moving", "missing"].includes(state),
    })) {
      buttons[name].disabled = !may || this.room.busy;
    }
    this.keys.disabled = !on || !linux;
    this.show();
    this.room.paint?.();
  }

  show() {
    this.screen.textContent = this.guest.terminal.text || this.words.dark;
    this.screen.scrollTop = this.screen.scrollHeight;
    const { counts, words } = this;
    const facts = counts && [
      [words.instructions, `${short(this.rate ?? 0)} M`],
      [words.exits, whole(counts.port + counts.mmio)],
      [words.resident, whole(counts.resident)],
      [words.count, counts.number != null ? whole(counts.number) : this.guest.last ?? "–"],
    ];
    this.facts.replaceChildren(
      ...(facts ?? []).map(([name, value]) => html("div", {}, html("dt", {}, name), html("dd", {}, String(value)))),
    );
  }

  set(state) {
    const fell = [this.state, state].includes("panicked") && this.state !== state;
    this.state = state;
    if (fell) this.room.tellCrashed();
    if (state !== "running") Object.assign(this, { rate: 0, before: null });
    this.paint();
  }

  hear(news) {
    if (news.console) this.guest.terminal.write(news.console);
    if (news.count) this.guest.count(news.count);
    if (news.counts) this.measure(news.counts);
    if (news.rounds) this.room.heardRounds(news.rounds);
    if (news.ended) this.ended(news.ended);
    if (!this.drawn) this.drawn = requestAnimationFrame(() => {
      this.drawn = null;
      this.show();
    });
  }

  measure(counts) {
    const { before } = this;
    this.counts = counts;
    if (before && counts.at > before.at) {
      this.rate = Math.max(0, counts.instructions - before.instructions) / (counts.at - before.at) / 1000;
    }
    this.before = counts;
  }

  ended({ reason, code }) {
    const { name, counts } = this;
    const values = { name, code, other: this.room.other(this).name, count: whole((counts?.port ?? 0) + (counts?.mmio ?? 0)) };
    this.set(reason === "panic" ? "panicked" : reason === "shutdown" ? "shutdown" : "stopped");
    if (reason === "panic") return this.room.say(fill(this.words.panicked, values) + this.room.survivor(this));
    if (this.runs === "loop" && reason === "stopped") return this.room.say(this.speed());
    return this.room.say(fill(this.words[reason], values));
  }

  speed() {
    const { begun, words } = this;
    const each = (performance.now() - begun) * 1e6 / (5 * this.room.model.get("turns"));
    const ways = this.room.model.get("ways");
    const values = Object.fromEntries(Object.entries(ways).map(([way, value]) => [way, short(value)]));
    return fill(words.speed, { each: short(each), times: short(each / ways.direct), ...values });
  }

  broke(why) {
    this.remote?.end();
    this.remote = null;
    if (["off", "broken"].includes(this.state)) return;
    this.set("broken");
    this.room.say(fill(this.words.broke, { name: this.name, why: this.room.reason(why) }));
  }

  // --- what the reader does -----------------------------------------------------------------

  async attempt(act) {
    this.room.touch();
    try {
      await act();
    } catch (error) {
      this.broke(error.message);
    }
  }

  startOrPause() {
    if (this.state === "running") return this.pause(fill(this.words.paused, { name: this.name }));
    if (this.state === "paused") return this.goOn();
    return this.boot();
  }

  pause(sentence) {
    return this.attempt(async () => {
      await this.remote.call("pause");
      this.set("paused");
      if (sentence) this.room.say(sentence);
    });
  }

  goOn() {
    return this.attempt(async () => {
      this.before = null;
      await this.remote.call("run");
      this.set("running");
      this.room.say(fill(this.words.runs_on, { name: this.name }));
    });
  }

  boot() {
    return this.attempt(async () => {
      const clicked = performance.now();
      this.runs = this.system.value;
      this.set("starting");
      this.room.say(fill(this.words.starting, { name: this.name }));
      const linux = this.runs === "linux";
      await this.fresh(linux ? "state" : this.runs);
      this.begun = performance.now();
      await this.remote.call("run");
      if (this.state === "starting") this.set("running"); // else it has ended already
      if (!linux) return;
      this.room.say(fill(this.words.started, { name: this.name }));
      await this.remote.call("type", { text: "\r" });
      await this.prompt();
      this.node.dataset.prompt = Math.round(performance.now() - clicked);
      this.room.heat(this);
    });
  }

  // Until the shell waits for a command, after so many lines.
  async prompt(lines = 1) {
    const { terminal } = this.guest;
    const waits = () => terminal.ended > lines - 1 && terminal.lines.at(-1) === PROMPT;
    while (this.state === "running" && !waits()) await new Promise((done) => setTimeout(done, 10));
  }

  // A new worker: with Linux from the stored state, with a guest program, or switched off.
  async fresh(what) {
    this.remote?.end();
    Object.assign(this, { guest: new Guest(), counts: null, before: null, rate: 0 });
    const { library, wasm, state } = await parts(this.room.model);
    const core = this.room.model.get("core");
    const remote = new Remote(core, (news) => this.remote === remote && this.hear(news), (why) => this.remote === remote && this.broke(why));
    this.remote = remote;
    const program = this.room.model.get("guests")[what];
    const values = program
      ? { code: Uint8Array.from(program.code.match(/../g), (byte) => parseInt(byte, 16)), registers: program.registers }
      : { state: what === "state" ? state.slice(0) : undefined };
    await remote.call("open", { library, wasm, ...values });
  }

  type(text) {
    if (this.state === "running" && text) this.attempt(() => this.remote.call("type", { text }));
  }

  key(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      this.buttons.start.focus();
      return;
    }
    const bytes = bytesOf(event);
    if (!bytes || event.isComposing) return;
    event.preventDefault();
    this.type(bytes);
  }

  async version() {
    const before = this.guest.terminal.ended;
    this.type("uname -r\r");
    await this.prompt(before + 2); // the command and its answer
    const kernel = this.guest.terminal.lines.at(-2);
    const python = this.room.model.get("own"); // of the lab; the site has no other computer
    const text = python ? this.words.version_python : this.words.version;
    const own = python || navigator.userAgentData?.platform || navigator.platform;
    this.room.say(fill(text, { name: this.name, kernel, own }));
  }

  panic() {
    this.type("echo c > /proc/sysrq-trigger\r");
    this.room.say(fill(this.words.panicking, { name: this.name }));
  }

  save() {
    return this.attempt(async () => {
      const begun = performance.now();
      this.saved = { state: await this.remote.call("save"), runs: this.runs, text: this.guest.terminal.text, last: this.guest.last };
      const size = short(this.saved.state.byteLength / 1e6);
      this.paint();
      this.room.say(fill(this.words.saved, { name: this.name, size, ms: whole(performance.now() - begun) }));
    });
  }

  restore() {
    return this.attempt(async () => {
      const begun = performance.now();
      const { state, runs, text, last } = this.saved;
      this.set("starting");
      this.runs = this.system.value = runs;
      // A new machine: in the old one v86's clock would not run back to when it was saved.
      await this.fresh(runs === "linux" ? "off" : runs);
      this.guest.last = last;
      this.guest.terminal.write(text.replaceAll("\n", "\r\n"));
      await this.remote.call("restore", { state });
      this.set("running");
      this.room.say(fill(this.words.restored, { name: this.name, ms: whole(performance.now() - begun) }));
    });
  }
}

// --- all of them ----------------------------------------------------------------------------------

class Room {
  constructor(model, el) {
    this.model = model;
    this.words = model.get("words");
    this.busy = false;
    this.sentence = html("p", { class: "hv-said", "aria-live": "polite" });
    this.computers = ["A", "B"].slice(0, model.get("count")).map((name) => new Computer(this, name));
    this.node = html("div", { class: "hv-machines" }, html("div", { class: "hv-pair" }, ...this.computers.map((one) => one.node)));
    if (this.computers.length > 1) this.node.append(this.mover());
    this.node.append(this.sentence);
    el.append(this.node);
    const built = siteOf() ? siteOf().machine : model.get("bytes");
    const ofFile = globalThis.location?.protocol === "file:"; // there a browser starts no worker
    if (!built || ofFile) this.computers.forEach((one) => one.set("missing"));
    this.say(ofFile ? this.words.of_file : built ? this.words.first : this.words.missing);
    this.paint();
  }

  mover() {
    const { words } = this;
    const [how, way] = menu(words.how, words.ways, "live");
    const [rate, link] = menu(words.link, { 5: "5 MB/s", 20: "20 MB/s", 80: "80 MB/s" }, 20);
    const [hot, pages] = menu(words.hot, { 16: "16", 64: "64", 512: "512", 2048: "2,048" }, 512);
    Object.assign(this, { way, link, pages });
    pages.addEventListener("change", () => this.computers.forEach((one) => this.heat(one)));
    const [a, b] = this.computers;
    this.moves = [
      [button(fill(words.move, { from: "A", to: "B" }), () => this.move(a, b)), a],
      [button(fill(words.move, { from: "B", to: "A" }), () => this.move(b, a)), b],
    ];
    return html("div", { class: "hv-mover" }, ...this.moves.map(([made]) => made), how, rate, hot);
  }

  heat(computer) {
    if (!this.pages || computer.state !== "running" || computer.runs !== "linux") return;
    this.touch();
    computer.remote.call("write", { pages: Number(this.pages.value) });
  }

  paint() {
    for (const { state, buttons } of this.computers ?? []) {
      if (state === "off") buttons.start.textContent = this.startText();
    }
    for (const [made, from] of this.moves ?? []) {
      made.disabled = this.busy || from.state !== "running" || from.runs !== "linux";
    }
  }

  say(text) {
    this.sentence.textContent = text;
  }

  startText() {
    const bytes = siteOf()?.machine_bytes ?? this.model.get("bytes");
    if (globalThis.hvlibMachineParts || !bytes) return this.words.start;
    return fill(this.words.start_load, { size: short(bytes / 1e6) });
  }

  other(computer) {
    return this.computers.find((one) => one !== computer) ?? computer;
  }

  survivor(computer) {
    const other = this.other(computer);
    if (other === computer || other.state !== "running") return "";
    const { last } = other.guest;
    const text = last === null ? this.words.survives : this.words.survives_counting;
    return ` ${fill(text, { name: other.name, count: last })}`;
  }

  tellCrashed() {
    const crashed = this.computers.filter((one) => one.state === "panicked").map((one) => one.name);
    this.model.send({ crashed });
  }

  heardRounds(rounds) {
    const pages = rounds.map((round) => whole(round.pages));
    this.say(fill(this.words.rounds, { pages: listed(pages, this.words.and) }));
    if (rounds.length > 1) this.model.send({ rounds, rate: Number(this.link.value) * 1e6 });
  }

  async move(from, to) {
    this.touch();
    const rate = Number(this.link.value) * 1e6;
    const live = this.way.value === "live";
    const last = from.guest.last;
    this.busy = true;
    try {
      this.heat(from);
      const replaced = ["running", "paused"].includes(to.state);
      to.set("moving");
      await to.fresh("off");
      from.set("moving");
      const way = replaced ? this.words.moving_over : this.words.moving;
      this.say(fill(way, { from: from.name, to: to.name }));
      const result = await this.carry(from, to, { rate, live });
      Object.assign(to, { guest: from.guest, runs: "linux" });
      to.system.value = "linux";
      from.remote.end();
      Object.assign(from, { remote: null, guest: new Guest(), counts: null, runs: null });
      from.set("off");
      to.set("running");
      await this.goesOn(to.guest);
      this.say(this.moved(from, to, result, last));
      this.model.send({ migration: { ...result, rate, live } });
      this.node.dataset.migration = JSON.stringify(result);
    } catch (error) {
      this.notMoved(from, to, error.message);
    } finally {
      this.busy = false;
      this.computers.forEach((one) => one.paint());
    }
  }

  // The sender has the last word: it knows whether its guest is gone. When the other machine breaks
  // it is told at once, and need not wait for an answer that can't come.
  async carry(from, to, how) {
    const { port1, port2 } = new MessageChannel();
    const sender = from.remote;
    const gone = sender.call("send", { port: port1, ...how }, [port1]);
    to.remote.call("receive", { port: port2 }, [port2]).catch((error) => {
      sender.call("abandon", { why: error.message }).catch(() => {});
    });
    return gone;
  }

  // What came of a move that failed: unless the sender broke, its guest runs on where it was.
  notMoved(from, to, why) {
    to.remote?.end();
    to.remote = null;
    if (to.state === "moving") to.set(from.state === "broken" ? "off" : "broken");
    if (from.state === "moving") from.set("running");
    if (from.state !== "running") return;
    this.say(fill(this.words.not_moved, { from: from.name, to: to.name, why: this.reason(why) }));
  }

  reason(why) {
    return why === SILENT ? this.words.silent : why;
  }

  // Until the moved guest has counted on.
  async goesOn(guest) {
    const before = guest.last;
    for (let turn = 0; turn < 1000 && guest.last === before; turn++) {
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  moved(from, to, { rounds, downtime, state }) {
    const { words } = this;
    const pages = rounds.map((round) => whole(round.pages));
    const values = {
      from: from.name, to: to.name, last: pages.at(-1), size: short(state / 1e6), ms: whole(downtime * 1000),
      rounds: listed(pages.slice(0, -1), words.and), count: to.guest.last ?? 0,
    };
    const missed = to.guest.missed ? fill(words.missed, { missed: to.guest.missed }) : words.no_missed;
    return `${fill(pages.length > 1 ? words.moved_live : words.moved, values)} ${fill(missed, values)}`;
  }

  // --- limits: a reader who is gone leaves nothing running --------------------------------------

  touch() {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.rest();
      this.say(this.words.idle);
    }, IDLE);
  }

  rest() {
    if (this.busy) return [];
    const running = this.computers.filter((one) => one.state === "running");
    running.forEach((one) => one.pause());
    return running;
  }

  watch() {
    let resting = [];
    const look = () => {
      if (document.hidden) resting = this.rest();
      else resting.splice(0).forEach((one) => one.state === "paused" && one.goOn());
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }

  close() {
    clearTimeout(this.idle);
    for (const one of this.computers) {
      one.state = "off";
      one.remote?.end();
    }
  }
}

function render({ model, el }) {
  const room = new Room(model, el);
  const blind = room.watch();
  mind(el);
  return () => {
    blind();
    room.close();
  };
}

export default { render };
