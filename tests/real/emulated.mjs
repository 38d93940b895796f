// Runs guest programs in the computer of the page, under Node: a JSON list on standard input, of
// { code, registers, seconds }, and one outcome for each on standard output.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [script, library] = process.argv.slice(2);
const { Machine } = await import(pathToFileURL(script));
const { V86 } = await import(pathToFileURL(path.join(library, "libv86.mjs")));
const wasm = new WebAssembly.Module(fs.readFileSync(path.join(library, "v86.wasm")));

const outcomes = [];
for (const { code, registers, seconds } of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const machine = new Machine({ V86, wasm });
  await machine.bare(Uint8Array.from(Buffer.from(code, "hex")), registers);
  await machine.run();
  const end = performance.now() + seconds * 1000;
  while (!machine.ended && performance.now() < end) await new Promise((done) => setTimeout(done, 1));
  await machine.pause();
  const memory = createHash("sha256").update(machine.guestMemory()).digest("hex");
  outcomes.push({ reason: "time limit", code: 0, ...machine.outcome(), memory });
  machine.close();
}
console.log(JSON.stringify(outcomes));
process.exit(0);
