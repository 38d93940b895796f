// Boots Linux in v86 under Node and writes its state, the same bytes each time it is run.
//
//   node boot.mjs FOLDER LEVEL
//
// FOLDER holds bios.bin, vgabios.bin, bzImage, initrd and node_modules; LEVEL is zstd's, 1 to 19.
//
// What differs from run to run is taken away: the clock counts the guest's instructions, waiting
// takes no time, chance has a seed, and code that v86 compiles is there at once.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const MB = 1 << 20;
const MEMORY = 72 * MB; // v86 loads an initrd at 64 MB
const VGA = MB / 4;
const PAGE = 4096;
const PER_MS = 20_000; // instructions in a millisecond of the guest's time
const BEGUN = Date.UTC(2026, 0, 1);
const LIMIT = 400_000; // ms of the guest's time in which it must have its prompt
const AT = 3; // the count at which the state is taken

// --- the same each time ---------------------------------------------------------------------

let cpu = null;
let waited = 0;
let counted = 0;
let last = 0;

function now() {
  if (cpu) {
    const count = cpu.instruction_counter[0];
    counted += (count - last) >>> 0;
    last = count;
  }
  return counted / PER_MS + waited;
}

let seed = 1;
const chance = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0); // Numerical Recipes, 7.1

const RealDate = Date;
performance.now = now;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length ? given : [BEGUN + now()]));
  }
  static now() {
    return Math.floor(BEGUN + now());
  }
};
Math.random = () => chance() / 2 ** 32;
Object.defineProperty(globalThis, "crypto", {
  value: { getRandomValues: (array) => array.forEach((_zero, at) => (array[at] = chance())) },
});
const compile = WebAssembly.instantiate;
const compiled = [];
WebAssembly.instantiate = (code, imports) => {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), imports);
  return { then: (act) => compiled.push(() => act({ instance })) };
};

// Between two slices of the guest's time: compiled code comes into use, and waiting is over.
function pass(ms, slice) {
  compiled.splice(0).forEach((use) => use());
  waited += Math.max(0.01, ms);
  setImmediate(() => emulator.v86.yield_callback(slice));
}

// --- boot -----------------------------------------------------------------------------------

const read = (name) => fs.readFileSync(path.join(folder, name));
const buffer = (name) => ({ buffer: Uint8Array.from(read(name)).buffer });
const library = path.join(folder, "node_modules", "v86", "build");
const { V86 } = await import(pathToFileURL(path.join(library, "libv86.mjs")));
const wasm = new WebAssembly.Module(fs.readFileSync(path.join(library, "v86.wasm")));

const emulator = new V86({
  wasm_fn: async (env) => new WebAssembly.Instance(wasm, env).exports,
  memory_size: MEMORY,
  vga_memory_size: VGA,
  bios: buffer("bios.bin"),
  vga_bios: buffer("vgabios.bin"),
  bzimage: buffer("bzImage"),
  initrd: buffer("initrd"),
  cmdline:
    "console=ttyS0 loglevel=1 nokaslr tsc=reliable mitigations=off nowatchdog random.trust_cpu=on " +
    "init_on_free=1 cryptomgr.notests panic=0",
  uart1: true,
  autostart: false,
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
});
await new Promise((done) => emulator.add_listener("emulator-loaded", done));
cpu = emulator.v86.cpu;
emulator.v86.yield = pass;
let text = "";
let ticks = "";
emulator.add_listener("serial0-output-byte", (byte) => (text += String.fromCharCode(byte)));
emulator.add_listener("serial1-output-byte", (byte) => (ticks += String.fromCharCode(byte)));
await emulator.run();
const reached = () => text.includes("# ") && ticks.split("\n").length > AT;
while (!reached()) {
  await new Promise(setImmediate);
  if (now() > LIMIT) {
    console.error(`no prompt after ${LIMIT / 1000} s of the guest's time:\n${text.slice(-2000)}`);
    process.exit(1);
  }
}
await emulator.stop();

// Of what v86 put into memory to boot from, pages that nobody wrote since are of no use.
function wipe(at, source) {
  const memory = Buffer.from(cpu.mem8.buffer, cpu.mem8.byteOffset, cpu.mem8.length);
  for (let from = 0; from + PAGE <= source.length; from += PAGE) {
    const held = memory.subarray(at + from, at + from + PAGE);
    if (held.equals(source.subarray(from, from + PAGE))) held.fill(0);
  }
}
const kernel = read("bzImage");
wipe(MB, kernel.subarray(512 * ((kernel[0x1f1] || 4) + 1))); // after the real-mode sectors
wipe(64 * MB, read("initrd"));

WebAssembly.instantiate = compile;
const state = new Uint8Array(await emulator.save_state());
const { Zstd } = await import(
  pathToFileURL(path.join(folder, "node_modules/@hpcc-js/wasm-zstd/dist/index.js"))
);
const packed = (await Zstd.load()).compress(state, Number(process.argv[3]));
fs.writeFileSync(path.join(folder, "linux.zst"), packed);
console.log(JSON.stringify({ console: text, ticks, ms: Math.round(now()), state: state.length, packed: packed.length }));
process.exit(0);
