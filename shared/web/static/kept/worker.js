// The officer's form without a signal: its empty pages and their static files are kept, and nothing typed is.
// What people typed is kept by box.js, sealed. No other answer of the server is ever stored.
const CACHE = "lead-shell";
const FORM = "/refer/offline", LIST = "/refer/kept", SHORT = "/refer/not-offered/offline";
const PATIENCE = { GET: 6000, POST: 12000 };   // ms; a bar of signal that carries nothing is no signal

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));

// A page that the server has just served says which static files it is made of, and who is signed in.
self.addEventListener("message", event => {
  const { type, files } = event.data || {};
  if (type === "keep") event.waitUntil(keep(files).then(done => event.source && event.source.postMessage({ type: "kept", done })));
  if (type === "forget") event.waitUntil(caches.delete(CACHE));
});

async function keep(files) {
  const cache = await caches.open(CACHE);
  try {
    for (const page of [FORM, LIST, SHORT]) {
      const answer = await fetch(page, { credentials: "same-origin", cache: "no-store" });
      if (page === SHORT && answer.status === 404) continue;   // partners have no such form
      if (!answer.ok || answer.redirected) return false;
      // A kept page says nothing of who is signed in now.
      const held = new Headers(answer.headers);
      ["Content-Encoding", "Content-Length"].forEach(name => held.delete(name));
      await cache.put(page, new Response((await answer.text()).replace(" data-live", ""), { headers: held }));
    }
    const wanted = new Set(files.filter(file => new URL(file).origin === location.origin && new URL(file).pathname.startsWith("/static/")));
    for (const held of await cache.keys()) {
      if (held.url.includes("/static/") && !wanted.has(held.url)) await cache.delete(held);
      wanted.delete(held.url);
    }
    await Promise.all([...wanted].map(async file => {
      const answer = await fetch(file);
      if (answer.ok) await cache.put(file, answer);
    }));
    return true;
  } catch {
    return false;
  }
}

self.addEventListener("fetch", event => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url, event.resultingClientId));
  else if (url.pathname.startsWith("/static/") && (cut.has(event.clientId) || !navigator.onLine)) event.respondWith(file(request));
});

// Pages that were given from here: so are their files. The others' come straight from the network.
const cut = new Set();

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

async function page(request, url, client) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("late")), PATIENCE[request.method] || 6000); });
  try {
    const answer = await Promise.race([fetch(request), late]);
    // Something on the way answers for a server that is not there; a form that failed there is sent again.
    if (answer.status >= (request.method === "GET" ? 502 : 500)) throw new Error("no answer");
    return answer;
  } catch {
    // A form that did not arrive: what was typed is kept already, and the empty form takes it up again.
    if (request.method !== "GET") return Response.redirect(FORM + "?lost", 303);
    const kept = await caches.match(url.pathname === LIST ? LIST : url.pathname.startsWith("/refer/not-offered") ? SHORT : FORM, { cacheName: CACHE });
    if (kept) cut.add(client);
    return kept || Response.error();
  } finally {
    clearTimeout(timer);
  }
}
