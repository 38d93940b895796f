// Runs inside.py in Pyodide, whose Python is the pages' own: code that it compiles is theirs.
// inside.mjs PYODIDE INSIDE.PY SOURCES.ZIP COMPILED.ZIP
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , pyodide, script, sources, compiled] = process.argv;
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
// Code without the columns that tracebacks underline is a quarter smaller.
const python = await loadPyodide({ indexURL: `${pyodide}/`, env: { HOME: "/home", PYTHONNODEBUGRANGES: "1" } });
python.FS.writeFile("/sources.zip", readFileSync(sources));
python.runPython(readFileSync(script, "utf8"));
writeFileSync(compiled, python.FS.readFile("/compiled.zip"));
