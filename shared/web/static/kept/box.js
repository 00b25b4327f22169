// What a phone keeps of the officer's form, and how. Two kinds:
// - a draft that is still being written: AES-GCM under a key of this browser that cannot be exported. It must be readable
//   here, so it is wiped after 12 hours (no session is longer), at sign-out, and once it is sent or finished.
// - a finished entry that waits for a signal: sealed to the server's public key (shared/runtime/browser_box.py), so that
//   nobody can read it from this phone any more, its owner included. It is wiped once sent, at sign-out, after 72 hours.
// Each belongs to the person who was signed in; another person's are neither shown nor sent.
window.leadKept = (() => {
  const HOUR = 3600e3, DRAFT_LASTS = 12 * HOUR, ENTRY_LASTS = 72 * HOUR, PURPOSE = "refer";
  const usable = Boolean(window.isSecureContext && window.indexedDB && window.crypto && crypto.subtle && navigator.serviceWorker && navigator.locks);
  const text = new TextEncoder();
  let opening;

  function database() {
    opening ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open("lead-kept", 1);
      asked.onupgradeneeded = () => ["meta", "keys", "drafts", "entries"].forEach(name => asked.result.createObjectStore(name));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opening;
  }
  // One transaction on one store: `work(store)` returns a request, or nothing.
  async function on(name, mode, work) {
    const held = (await database()).transaction(name, mode);
    return new Promise((resolve, reject) => {
      const asked = work(held.objectStore(name));
      held.oncomplete = () => resolve(asked && asked.result);
      held.onabort = held.onerror = () => reject(held.error);
    });
  }
  const get = (name, key) => on(name, "readonly", store => store.get(key));
  const put = (name, key, value) => on(name, "readwrite", store => store.put(value, key));
  const drop = (name, key) => on(name, "readwrite", store => store.delete(key));
  const all = name => on(name, "readonly", store => store.getAll());

  async function key(owner) {
    const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    let found;
    // Two tabs at once: the first key stands.
    await on("keys", "readwrite", store => {
      const asked = store.get(owner);
      asked.onsuccess = () => { found = asked.result || fresh; if (!asked.result) store.put(fresh, owner); };
    });
    return found;
  }

  async function saveDraft(owner, id, step, values) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const aad = text.encode(owner + ":" + id);
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad }, await key(owner), text.encode(JSON.stringify(values)));
    const before = await get("drafts", id);
    await put("drafts", id, { id, owner, step, iv, sealed, begun: before ? before.begun : Date.now() });
  }
  async function openDraft(draft) {
    const aad = text.encode(draft.owner + ":" + draft.id);
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: draft.iv, additionalData: aad }, await key(draft.owner), draft.sealed);
    return JSON.parse(new TextDecoder().decode(plain));
  }
  const mine = async (name, owner) => (await all(name)).filter(one => one.owner === owner).sort((a, b) => a.begun - b.begun);

  function bytes(base64url) {
    return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0));
  }
  async function seal(publicKey, plain) {
    const [number, point] = publicKey.split(".");
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const server = bytes(point);
    const once = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
    const shown = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
    const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: await crypto.subtle.importKey("raw", server, curve, false, []) }, once.privateKey, 256);
    const info = new Uint8Array([...text.encode(PURPOSE), ...shown, ...server]);
    const aes = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info }, await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]), { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const body = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text.encode(PURPOSE) }, aes, text.encode(plain)));
    const head = new Uint8Array(5);
    head[0] = 2;
    new DataView(head.buffer).setUint32(1, Number(number));
    return btoa(String.fromCharCode(...head, ...shown, ...iv, ...body));
  }

  // A finished entry: stored before it is sent, so that no lost answer loses it.
  async function keep(owner, publicKey, id, values) {
    const at = Date.now();
    const sealed = await seal(publicKey, JSON.stringify({ owner, draft: id, kept_at: new Date(at).toISOString(), values }));
    await put("entries", id, { id, owner, begun: at, sealed, state: "waiting", said: [] });
    await drop("drafts", id);
  }

  async function wipeOld() {
    const now = Date.now();
    for (const [name, lasts] of [["drafts", DRAFT_LASTS], ["entries", ENTRY_LASTS]]) {
      for (const one of await all(name)) if (now - one.begun > lasts) await drop(name, one.id);
    }
  }
  async function wipeMine() {
    const owner = await get("meta", "owner");
    if (!owner) return;
    for (const name of ["drafts", "entries"]) for (const one of await mine(name, owner)) await drop(name, one.id);
    await drop("keys", owner);
    await drop("meta", "owner");
    await caches.delete("lead-shell");
  }

  return {
    usable, ENTRY_LASTS, saveDraft, openDraft, keep, wipeOld, wipeMine,
    drafts: owner => mine("drafts", owner),
    entries: owner => mine("entries", owner),
    draft: id => get("drafts", id),
    entry: id => get("entries", id),
    saveEntry: entry => put("entries", entry.id, entry),
    dropDraft: id => drop("drafts", id),
    dropEntry: id => drop("entries", id),
    owner: () => get("meta", "owner"),
    setOwner: owner => put("meta", "owner", owner),
    meta: name => get("meta", name),
    setMeta: (name, value) => put("meta", name, value),
    reference: id => "R-" + id.replace(/-/g, "").slice(-6).toUpperCase(),
  };
})();
