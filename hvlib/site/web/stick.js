// For a site that is opened as files: makes Python's worker from one script that holds all of it.
// The worker gets its modules as blobs, and what Pyodide fetches is answered from memory.

const { site } = JSON.parse(document.querySelector("#book").textContent);

const loaded = (address) =>
  new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: address });
    script.onload = done;
    script.onerror = () => failed(new Error(`${address} can't be read`));
    document.head.append(script);
  });

// Runs in the worker, before the worker's own script.
function prepare({ texts, files }) {
  const base = "http://book.invalid/";
  const module = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const bytes = (name) => Uint8Array.from(atob(files[name]), (letter) => letter.charCodeAt(0));
  Object.defineProperty(self, "importScripts", { value: undefined }); // Pyodide wants a module
  const inner = module(texts["pyodide.asm.mjs"]);
  self.hvImport = (address) => (String(address).includes("pyodide.asm") ? inner : address);
  self.hvBase = base;
  self.hvPyodide = module(texts["pyodide.mjs"].replace(/\bimport\(([^()]*)\)/g, "import(self.hvImport($1))"));
  self.fetch = async (request) => {
    const name = String(request.url ?? request).replace(base, "");
    const type = name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(bytes(name), { headers: { "content-type": type } });
  };
}

window.hvWorker = async () => {
  await loaded(`${site}/python.js`);
  const { texts, files } = window.hvPython;
  const begin = `const first = await new Promise((done) => (onmessage = ({ data }) => done(data)));
    (${prepare})(first);`;
  const code = `(async () => { ${begin}\n${texts["worker.mjs"]} })();`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  worker.postMessage({ texts, files });
  delete window.hvPython;
  return worker;
};
