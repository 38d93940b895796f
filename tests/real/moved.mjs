// Pauses, and moves that fail, in the computer of the page, under Node: machines without a system in
// one process, with a link between them. One JSON object on standard output.
//
//   node moved.mjs machine.mjs FOLDER CODE     FOLDER holds v86, CODE is the guest that counts
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [script, library, code] = process.argv.slice(2);
const { Machine } = await import(pathToFileURL(script));
const { V86 } = await import(pathToFileURL(path.join(library, "libv86.mjs")));
const wasm = new WebAssembly.Module(fs.readFileSync(path.join(library, "v86.wasm")));
const guest = Uint8Array.from(Buffer.from(code, "hex"));
const stopping = Uint8Array.from(Buffer.from("b007baf4000000efebfe", "hex")); // out 0xf4, then a loop
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function machine(program = guest) {
  const made = new Machine({ V86, wasm });
  await made.bare(program);
  return made;
}

const count = (one) => one.emulator.v86.cpu.instruction_counter[0];

const counter = (one) => new DataView(one.guestMemory().slice(0x8000, 0x8004).buffer).getUint32(0, true);

async function counts(one) {
  const before = count(one);
  for (let turn = 0; turn < 500 && count(one) === before; turn++) await sleep(10);
  return count(one) !== before;
}

// A stop is over when it returns, in whatever state it comes, and the guest goes on after it.
const states = {
  "never run": async (one) => one,
  "run, but no slice yet": (one) => one.run(),
  "at rest between slices": (one) => one.run().then(() => sleep(30)),
  "idle": async (one) => {
    await one.run();
    await sleep(30);
    one.emulator.v86.next_tick(60); // as of a processor that waits for its timer
  },
  "paused": (one) => one.run().then(() => sleep(20)).then(() => one.pause()),
  "woken": async (one) => {
    await one.run();
    await sleep(30);
    one.emulator.v86.next_tick(0); // as when a byte comes in
  },
};

async function stop(come) {
  const one = await machine();
  await come(one);
  one.pause();
  const { running } = one.emulator.v86;
  const before = count(one);
  await sleep(100);
  const still = count(one) === before;
  await one.run();
  const goesOn = await counts(one);
  one.pause();
  return { running, still, goesOn };
}

async function stops() {
  const names = Object.keys(states);
  const all = await Promise.all(names.map((name) => stop(states[name]))); // each mostly waits
  const found = Object.fromEntries(names.map((name, place) => [name, all[place]]));
  const own = await machine(stopping); // stops itself, in the middle of a slice
  await own.run();
  for (let turn = 0; turn < 500 && !own.ended; turn++) await sleep(10);
  await sleep(50);
  found["at work"] = { running: own.emulator.v86.running, still: own.ended?.code === 7, goesOn: true };
  return found;
}

// A move to a machine that does not take the guest; `spoil` sees to that.
async function move(live, spoil, patience = 300) {
  const [from, to] = [await machine(), await machine()];
  const { port1, port2 } = new MessageChannel();
  await from.run();
  await sleep(50);
  to.receive(port2).catch(() => {});
  spoil(to, from, port2);
  const begun = performance.now();
  const outcome = await from.send(port1, { rate: 1e9, patience, live }).then(() => "moved", (error) => error.message);
  const seconds = (performance.now() - begun) / 1000;
  const before = counter(from);
  await counts(from);
  await sleep(50);
  from.pause();
  port2.close();
  return { outcome, seconds, goesOn: counter(from) > before && before > 0, other: to.running };
}

const breaking = (to) => {
  to.emulator.restore_state = () => Promise.reject(new Error("no room for it"));
};
const mute = (_to, _from, port) => {
  port.onmessage = () => {};
};
const muteAtTheEnd = (to) => {
  const { answer } = to.link;
  to.link.answer = (asked) => (asked.state ? new Promise(() => {}) : answer(asked));
};
const lost = (_to, from, port) => {
  mute(_to, from, port);
  setTimeout(() => from.link.fail(new Error("the worker ended")), 50);
};

const moves = {};
for (const live of [true, false]) {
  const way = live ? "pre-copy" : "stop-and-copy";
  moves[`${way}, breaking`] = await move(live, breaking);
  moves[`${way}, mute`] = await move(live, mute, 100);
  moves[`${way}, mute at the end`] = await move(live, muteAtTheEnd, 150);
  moves[`${way}, known to be lost`] = await move(live, lost);
}
console.log(JSON.stringify({ stops: await stops(), moves }));
process.exit(0);
