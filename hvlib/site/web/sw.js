// Keeps the book on the reader's machine: all pages at the first visit, Python once it was used.
// A translation has one of its own, for its pages; Python they share.
const pages = "PAGES";
const python = "RUN";
const site = new URL("ROOT", registration.scope).href;

const keep = async (name, files) => (await caches.open(name)).addAll(files);

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep(pages, [/* pages */]));
});

const kind = pages.replace(/\w+$/, "");
const isOld = (name) =>
  (name.startsWith(kind) && name !== pages) || (name.startsWith("run-") && name !== python);

self.addEventListener("activate", (event) => {
  const drop = (name) => isOld(name) && caches.delete(name);
  event.waitUntil(caches.keys().then((names) => Promise.all(names.map(drop))).then(() => clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keep(python, [/* python */]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(site)) return;
  const stored = () => caches.match(request, { ignoreSearch: true });
  // Of what comes from the network the browser keeps compiled code as well, which starts Python in
  // half the time; so for Python the store is only asked when there is no network.
  if (new URL(request.url).pathname.includes(`/${python}/`)) {
    if (!navigator.onLine) event.respondWith(stored());
    return;
  }
  event.respondWith(stored().then((answer) => answer ?? fetch(request)));
});
