// One computer in a worker: the PC emulator v86 with Linux, or bare with a guest program of hvlib.
//
// A page talks to it by messages (`serve`, below); tests run the same class under Node. What the
// emulated processor asks of the world outside it, a hypervisor would see as an exit: that border is
// the list of functions that v86 gives its processor, and here they are counted.

const PAGE = 4096;
const MB = 1 << 20;
export const MEMORY = 72 * MB;
const VGA = MB / 4;
const SHARE = 0.85; // of a processor core, at most
const REPORT = 500; // ms between two counts for the page
const STEP = 25; // ms between two loads of pages on a link
const FEW = 64; // pages that are left for the last copy
const MOST = 30; // rounds
const LOAD = 1024; // pages at once, at most
const PATIENCE = 10_000; // ms for an answer from the other end of a link
const BEAT = 1000; // ms between two signs of life, while a call is at work
export const SILENT = "silent"; // the whole message, where nobody answers
const END_OF_PANIC = "end Kernel panic";

// --- a bare machine: the memory map of hvlib/real/kvm_constants.py ----------------------------
// The guest's 2 MiB lie above the supervisor's tables, so that neither is in the other's way. v86 is
// a 32-bit processor; the guests' bytes mean the same there and in 64-bit mode.
const GDT = 0x1000, DIRECTORY = 0x2000, TABLE = 0x3000, IDT = 0x4000, TSS = 0x5000;
const BOOT = 0x8000, STACK_0 = 0x8ff0, HANDLER = 0x8100;
const USER = 0x9000, STACK = 0x10000, CODE = 0x10000;
const GUEST = 2 * MB; // where the guest's memory is in the machine's
const BARE = 4 * MB;
const NOWHERE = 0x80000000; // physical addresses without memory
const MMIO = 0x3fe00000, MAPPED = 0x40000000;
const CONSOLE = 0x3f8, TIMER = 0x40, DEBUG = 0xf4;
const TSS_SIZE = 104, PORTS = 65536;
const REGISTERS = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];

function descriptor(base, limit, access, flags) {
  const low = (limit & 0xffff) | (base & 0xffff) << 16;
  const high = (base >>> 16 & 0xff) | access << 8 | (limit >>> 16 & 0xf | flags << 4) << 16 | base & 0xff000000;
  return [low, high];
}

// The processor's tables (Intel SDM volume 3: 3.4.5, 4.3, 6.11, 7.2.1) and the way into ring 3.
function layOut(memory, code, registers) {
  const words = new DataView(memory.buffer, memory.byteOffset);
  const put = (at, ...values) => values.forEach((value, n) => words.setUint32(at + 4 * n, value, true));
  const segments = [
    [0, 0],
    descriptor(0, 0xfffff, 0x9b, 0xc), // supervisor: code
    descriptor(0, 0xfffff, 0x93, 0xc), // supervisor: data
    descriptor(0, 0xfffff, 0xfb, 0xc), // guest: code
    descriptor(0, 0xfffff, 0xf3, 0xc), // guest: data
    descriptor(TSS, TSS_SIZE + PORTS / 8, 0x89, 0),
  ];
  put(GDT, ...segments.flat());
  put(TSS + 4, STACK_0, 0x10);
  words.setUint16(TSS + 102, TSS_SIZE, true); // the map of ports, all allowed
  memory[TSS + TSS_SIZE + PORTS / 8] = 0xff;
  put(DIRECTORY, TABLE | 7);
  for (let at = 4 * MB; at < MAPPED; at += 4 * MB) put(DIRECTORY + at / MB, at | 0x87);
  for (let page = 1; page < 1024; page++) {
    const at = page * PAGE;
    const own = at < USER ? at | 3 : at < GUEST ? at + GUEST | 7 : at + NOWHERE | 7;
    put(TABLE + 4 * page, own);
  }
  for (let vector = 0; vector < 256; vector++) {
    put(IDT + 8 * vector, 8 << 16 | HANDLER & 0xffff, 0x8e00);
  }
  memory.set([0xf4, 0xeb, 0xfd], HANDLER); // hlt, for ever: the guest has no handler
  const { pc, ...given } = registers;
  const start = { esp: STACK, ...given };
  const frame = [pc ?? CODE, 0x1b, 2, start.esp, 0x23];
  const boot = new Code();
  boot.bytes(0x66, 0x0f, 0x01, 0x16).word16(BOOT + 0xf0); // lgdt
  boot.bytes(0x66, 0x0f, 0x01, 0x1e).word16(BOOT + 0xf8); // lidt
  boot.bytes(0x66, 0xb8).word(0x10).bytes(0x0f, 0x22, 0xe0); // cr4: 4 MiB pages
  boot.bytes(0x66, 0xb8).word(DIRECTORY).bytes(0x0f, 0x22, 0xd8); // cr3
  boot.bytes(0x66, 0xb8).word(0x80000033).bytes(0x0f, 0x22, 0xc0); // cr0: paging, protected mode
  boot.bytes(0x66, 0xea).word(BOOT + boot.length + 6).word16(8); // jmp to 32-bit code
  boot.bytes(0x66, 0xb8, 0x10, 0, 0x8e, 0xd0, 0xbc).word(STACK_0); // ss, esp
  boot.bytes(0x66, 0xb8, 0x28, 0, 0x0f, 0x00, 0xd8); // ltr
  boot.bytes(0xb8).word(0x23).bytes(0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8); // ds es fs gs
  for (const value of frame.reverse()) boot.bytes(0x68).word(value); // push
  REGISTERS.forEach((name, n) => name === "esp" || boot.bytes(0xb8 + n).word(start[name] ?? 0)); // mov
  boot.bytes(0xcf); // iret: down into ring 3
  if (boot.length > HANDLER - BOOT - 0x10) throw new Error("the way into ring 3 is too long");
  memory.set(boot.code, BOOT);
  memory.set(new Code().word16(0x2f).word(GDT).code, BOOT + 0xf0);
  memory.set(new Code().word16(0x7ff).word(IDT).code, BOOT + 0xf8);
  memory.set(code, GUEST + CODE);
}

class Code {
  code = [];
  get length() {
    return this.code.length;
  }
  bytes(...values) {
    this.code.push(...values);
    return this;
  }
  word16(value) {
    return this.bytes(value & 255, value >>> 8 & 255);
  }
  word(value) {
    return this.word16(value & 0xffff).word16(value >>> 16);
  }
}

// Firmware that does one thing: from the reset vector to our code.
function firmware() {
  const rom = new Uint8Array(0x10000);
  rom.set([0xea, BOOT & 255, BOOT >> 8, 0, 0], 0xfff0); // jmp 0:BOOT
  return rom.buffer;
}

const ones = (bytes) => (bytes === 4 ? -1 : (1 << 8 * bytes) - 1);

// --- the machine ------------------------------------------------------------------------------

/** v86: { V86, wasm }, the emulator's class and its compiled module. `tell` takes what happens. */
export class Machine {
  constructor(v86, tell = () => {}) {
    Object.assign(this, { v86, tell, running: false, exits: { port: 0, mmio: 0, shutdown: 0 } });
    this.ended = null; // { reason, code }
    this.text = ""; // of the console
  }

  /** A PC with Linux from a saved state (ArrayBuffer), or switched off without one. */
  async linux(state) {
    await this.make({ memory_size: MEMORY, uart1: true, initial_state: state && { buffer: state } });
    this.emulator.add_listener("serial0-output-byte", (byte) => this.print("console", byte));
    this.emulator.add_listener("serial1-output-byte", (byte) => this.print("count", byte));
  }

  /** A machine without firmware or system, which runs `code` (Uint8Array) in ring 3. */
  async bare(code, registers = {}) {
    await this.make({ memory_size: BARE, bios: { buffer: firmware() } });
    this.emulator.add_listener("cpu-event-halt", () => this.end("shutdown"));
    layOut(this.memory, code, registers);
  }

  async make(options) {
    this.bareMetal = !options.uart1;
    this.out = { console: [], count: [] };
    this.emulator = new this.v86.V86({
      wasm_fn: async (imports) => {
        this.watch(imports.env);
        return (await WebAssembly.instantiate(this.v86.wasm, imports)).exports;
      },
      vga_memory_size: VGA,
      autostart: false,
      disable_keyboard: true,
      disable_mouse: true,
      disable_speaker: true,
      ...options,
    });
    await new Promise((done) => this.emulator.add_listener("emulator-ready", done));
    this.cpu = this.emulator.v86.cpu;
    this.bound();
    this.counted = this.last = 0;
    this.last = this.cpu.instruction_counter[0];
  }

  get memory() {
    return this.cpu.mem8;
  }

  // What the processor asks of the world: counted, and on a bare machine answered here.
  watch(env) {
    for (const name of Object.keys(env).filter((one) => /^(io_port|mmap)_/.test(one))) {
      const [, kind, way, bits] = /^(io_port|mmap)_(read|write)(\d+)$/.exec(name);
      const count = kind === "io_port" ? "port" : "mmio";
      const act = env[name];
      env[name] = (at, ...values) => {
        if (this.ended) return ones(bits / 8); // the rest of a block of code
        this.exits[count]++;
        if (!this.bareMetal) return act(at, ...values);
        const device = kind === "io_port" ? at : this.deviceAt(at);
        return way === "read" ? this.input(device, bits / 8) : this.output(device, values[0]);
      };
    }
  }

  deviceAt(address) {
    return { 0: CONSOLE, 0x100: TIMER, 0x200: DEBUG }[(address >>> 0) - MMIO];
  }

  input(device, bytes) {
    if (device !== TIMER) return ones(bytes); // as an empty bus reads
    return Math.round(performance.now() * 1000) & ones(bytes);
  }

  output(device, value) {
    if (device === CONSOLE) this.print("console", value & 255);
    else if (device === DEBUG) this.end("stopped", value >>> 0);
  }

  // The guest may not have all of a core: after each slice of work comes a rest.
  bound() {
    const { v86 } = this.emulator;
    v86.unregister_yield(); // its own way to wait is a worker more
    let begun = 0;
    v86.yield = (ms, slice) => {
      const worked = this.atWork ? performance.now() - begun : 0; // else an input ends its idleness
      this.debt = ms >= 1 ? 0 : Math.min((this.debt ?? 0) + worked * (1 / SHARE - 1), 50);
      const rest = this.debt > 4 ? this.debt : 0;
      if (rest) this.debt = 0;
      soon(Math.max(ms, rest), () => {
        begun = performance.now();
        this.atWork = true;
        try {
          v86.yield_callback(slice);
        } finally {
          this.atWork = false;
        }
      });
    };
  }

  print(line, byte) {
    this.out[line].push(byte);
    if (this.bareMetal) this.text += String.fromCharCode(byte);
    if (this.out[line].length === 1) soon(16, () => this.flush());
  }

  flush() {
    for (const line of ["console", "count"]) {
      const text = String.fromCharCode(...this.out[line].splice(0));
      if (!text) continue;
      this.tell({ [line]: text });
      if (line !== "console" || this.bareMetal) continue;
      this.text = (this.text + text).slice(-2000);
      if (this.text.includes(END_OF_PANIC)) this.end("panic");
    }
  }

  end(reason, code = 0) {
    if (this.ended) return;
    if (reason === "shutdown") this.exits.shutdown++;
    this.ended = { reason, code };
    this.pause();
    this.flush();
    this.report();
    this.tell({ ended: this.ended });
  }

  async run() {
    if (this.ended || this.running) return;
    this.running = true;
    await this.emulator.run();
    this.report();
  }

  // v86's own stop() waits for its next slice. Between two slices there is nothing to wait for, so
  // the stop is now; a guest that ends itself in the middle of one is stopped after it.
  pause() {
    const { v86 } = this.emulator;
    this.running = false;
    v86.stop();
    if (v86.running && !this.atWork) v86.do_tick(); // sees the stop
    this.count();
  }

  type(text) {
    this.emulator.serial0_send(text);
  }

  /** From now on each step of the guest's counter writes so many pages. */
  write(pages) {
    this.emulator.serial_send_bytes(1, new TextEncoder().encode(`hot ${pages}\n`));
  }

  count() {
    const now = this.cpu.instruction_counter[0];
    this.counted += (now - this.last) >>> 0;
    this.last = now;
    return this.counted;
  }

  /** Pages that hold anything but zeros. */
  resident() {
    const words = this.words();
    let pages = 0;
    for (let at = 0; at < words.length; at += PAGE / 4) {
      for (let n = at; n < at + PAGE / 4; n++) {
        if (words[n]) {
          pages++;
          break;
        }
      }
    }
    return pages;
  }

  words() {
    const { memory } = this;
    return new Uint32Array(memory.buffer, memory.byteOffset, memory.length / 4);
  }

  report() {
    clearTimeout(this.reporter);
    this.tell({ counts: { instructions: this.count(), ...this.exits, resident: this.resident(), at: performance.now() } });
    if (this.running) this.reporter = setTimeout(() => this.report(), REPORT);
  }

  /** What a guest program left: for comparing engines. */
  outcome() {
    const registers = Object.fromEntries(REGISTERS.map((name, n) => [name, this.cpu.reg32[n] >>> 0]));
    return { ...this.ended, console: this.text, exits: this.exits, registers };
  }

  /** The guest's own memory, of a bare machine. */
  guestMemory() {
    return this.memory.subarray(GUEST + USER, 2 * GUEST);
  }

  // --- states and migration ---------------------------------------------------------------------

  /** The whole state, as an ArrayBuffer. */
  async save() {
    const again = this.running;
    if (again) this.pause();
    const state = await this.emulator.save_state();
    if (again) await this.run();
    return state;
  }

  /** Go on from a state of this machine or another. */
  async restore(state) {
    this.pause();
    await this.emulator.restore_state(state);
    this.ended = null;
    this.text = "";
    this.last = this.cpu.instruction_counter[0];
    await this.run();
  }

  /**
   * Move the guest to the machine at the other end of `port`; rate in bytes a second. If that one
   * breaks or does not answer, the guest goes on here, and the promise fails.
   */
  async send(port, { rate, live, patience }) {
    const sent = new Uint8Array(this.memory.length);
    const link = (this.link = new Link(port, patience));
    let gone = false; // the memory is zeros, and all of it is in `sent`
    try {
      const rounds = [];
      let pages = Array.from({ length: sent.length / PAGE }, (_zero, n) => n);
      while (live) {
        rounds.push(await this.load(link, pages, sent, rate));
        const before = pages.length;
        pages = this.differing(sent);
        this.tell({ rounds });
        if (pages.length < FEW || rounds.length === MOST || pages.length >= before) break;
      }
      this.pause();
      const stopped = clock();
      if (live) pages = this.differing(sent); // what was written up to the stop
      rounds.push(await this.load(link, pages, sent, rate));
      // All memory is at the other side, so here it can go: what is left is processor and devices.
      gone = true;
      this.memory.fill(0);
      const state = await this.emulator.save_state();
      const size = state.byteLength;
      await sleep(size / rate * 1000);
      const { resumed } = await link.ask({ state }, [state]);
      return { rounds, downtime: (resumed - stopped) / 1000, state: size };
    } catch (error) {
      if (gone) this.memory.set(sent);
      await this.run();
      throw error;
    } finally {
      this.link = null;
      link.close();
    }
  }

  // Pages go out as a link of this rate takes them; a page that the guest writes later counts anew.
  // After each load the guest has at least as much of this worker's time as the copying had.
  async load(link, pages, sent, rate) {
    const begun = clock();
    let at = 0;
    while (at < pages.length) {
      const turn = clock();
      const due = Math.ceil((turn - begun + STEP) / 1000 * rate / PAGE);
      const some = pages.slice(at, at + Math.min(Math.max(1, due), LOAD));
      const bytes = new Uint8Array(some.length * PAGE);
      some.forEach((page, n) => {
        const held = this.memory.subarray(page * PAGE, (page + 1) * PAGE);
        sent.set(held, page * PAGE);
        bytes.set(held, n * PAGE);
      });
      const taken = link.ask({ pages: some, bytes }, [bytes.buffer]);
      at += some.length;
      const ahead = at * PAGE / rate * 1000 - (clock() - begun);
      const rest = this.running ? Math.max(ahead, clock() - turn) : ahead;
      await Promise.all([taken, rest > 0 && sleep(rest)]);
    }
    return { pages: pages.length, seconds: (clock() - begun) / 1000 };
  }

  /** The pages that are not as they were sent. */
  differing(sent) {
    const words = this.words();
    const before = new Uint32Array(sent.buffer);
    const pages = [];
    for (let at = 0; at < words.length; at += PAGE / 4) {
      for (let n = at; n < at + PAGE / 4; n++) {
        if (words[n] !== before[n]) {
          pages.push(at / (PAGE / 4));
          break;
        }
      }
    }
    return pages;
  }

  /** Take a guest from the other end of `port`, and run it. */
  receive(port, patience) {
    const memory = new Uint8Array(this.memory.length);
    const link = (this.link = new Link(port, patience));
    return new Promise((done, failed) => {
      link.lost = failed;
      link.answer = async ({ pages, bytes, state }) => {
        if (pages) {
          pages.forEach((page, n) => memory.set(bytes.subarray(n * PAGE, (n + 1) * PAGE), page * PAGE));
          return {};
        }
        await this.emulator.restore_state(state);
        this.memory.set(memory);
        this.last = this.cpu.instruction_counter[0];
        await this.run();
        done();
        return { resumed: clock() };
      };
    });
  }

  close() {
    clearTimeout(this.reporter);
    this.pause();
    return this.emulator.destroy();
  }
}

// One end of a link between two machines. Whatever is sent is answered, so never more than one load
// is under way; who gets no answer in time does not wait for ever.
class Link {
  constructor(port, patience = PATIENCE) {
    Object.assign(this, { port, patience, lost: () => {} });
    port.onmessage = ({ data }) => this.heard(data);
    port.onmessageerror = () => this.fail(new Error("a message came broken"));
  }

  ask(message, transfer) {
    return new Promise((done, failed) => {
      if (this.why) return failed(this.why);
      const late = setTimeout(() => this.fail(new Error(SILENT)), this.patience);
      const over = (act) => (value) => {
        clearTimeout(late);
        this.lost = () => {};
        act(value);
      };
      Object.assign(this, { got: over(done), lost: over(failed) });
      this.port.postMessage({ asked: message }, transfer);
    });
  }

  async heard({ asked, answered, broke }) {
    if (broke) return this.fail(new Error(broke));
    if (answered) return this.got(answered);
    try {
      this.port.postMessage({ answered: await this.answer(asked) });
    } catch (error) {
      this.port.postMessage({ broke: String(error.message ?? error) });
      this.fail(error);
    }
  }

  fail(error) {
    this.why = error;
    this.lost(error);
  }

  close() {
    this.port.close();
  }
}

const clock = () => performance.timeOrigin + performance.now();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Timers of a page are never shorter than 4 ms; a message to oneself comes at once.
const turn = new MessageChannel();
const turns = [];
turn.port1.onmessage = () => turns.shift()();
turn.port1.unref?.(); // Node: this alone keeps no process alive
function soon(ms, act) {
  if (ms >= 1) setTimeout(act, ms);
  else {
    turns.push(act);
    turn.port2.postMessage(null);
  }
}

// --- in a worker --------------------------------------------------------------------------------

// A call is { id, call, ...values } and its answer { id, result | error }; what happens has no id.
function serve(scope) {
  let machine = null;
  const calls = {
    async open({ library, wasm, state, code, registers }) {
      const { V86 } = await import(library);
      machine = new Machine({ V86, wasm }, (news) => scope.postMessage(news));
      await (code ? machine.bare(code, registers) : machine.linux(state));
    },
    run: () => machine.run(),
    pause: () => machine.pause(),
    type: ({ text }) => machine.type(text),
    write: ({ pages }) => machine.write(pages),
    save: () => machine.save(),
    restore: ({ state }) => machine.restore(state),
    send: ({ port, ...how }) => machine.send(port, how),
    receive: ({ port, patience }) => machine.receive(port, patience),
    abandon: ({ why }) => machine.link?.fail(new Error(why)), // the other machine is known to be lost
  };
  scope.onmessage = async ({ data: { id, call, ...values } }) => {
    const beat = setInterval(() => scope.postMessage({}), BEAT);
    try {
      const result = await calls[call](values);
      scope.postMessage({ id, result }, result instanceof ArrayBuffer ? [result] : []);
    } catch (error) {
      scope.postMessage({ id, error: String(error.message ?? error) });
    } finally {
      clearInterval(beat);
    }
  };
}

if (globalThis.WorkerGlobalScope && globalThis instanceof WorkerGlobalScope) serve(globalThis);
