// Python for the page: starts Pyodide, unpacks the book's archive and answers the page's calls.
const base = self.hvBase ?? new URL(".", self.location.href).href;
const waiting = [];
let answer = (message) => waiting.push(message);
onmessage = (event) => answer(event.data);

const asked = new URL(self.location.href).searchParams; // an edition asks for its language
const language = asked.get("language") ?? "en";
const archives = [`${base}core.zip`, asked.get("translation")].filter(Boolean);
const fetched = archives.map((archive) => fetch(archive)); // while Pyodide loads
const { loadPyodide } = await import(self.hvPyodide ?? `${base}pyodide.mjs`);
const python = await loadPyodide({ indexURL: base, env: { HOME: "/home", HVLIB_LANGUAGE: language } });
const site = python.runPython("import site; site.getsitepackages()[0]");
for (const archive of fetched) {
  python.unpackArchive(await (await archive).arrayBuffer(), "zip", { extractDir: site });
}
const front = python.pyimport("hvlib.site.front");

const calls = {
  open: ({ cells, progress }) => front.open_book(cells, progress),
  run: ({ number }) => JSON.parse(front.run(number)),
  text: ({ number }) => front.text(number),
  receive: ({ to, data }) => front.receive(to, data),
  remember: ({ progress }) => front.remember(progress),
};

function taken() {
  const found = front.taken();
  const messages = found.toJs();
  found.destroy();
  return messages;
}

answer = ({ id, call, ...rest }) => {
  let result, error;
  try {
    result = calls[call](rest);
  } catch (caught) {
    error = caught.message;
  }
  postMessage({ id, result, error, messages: taken(), progress: front.news() });
};
postMessage({ ready: true });
waiting.forEach((message) => answer(message));
