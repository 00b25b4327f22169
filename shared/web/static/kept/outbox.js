// What is kept is sent when there is a signal again: once, by one tab at a time, under its own id, by its owner alone.
(() => {
  const kept = window.leadKept;
  if (!kept.usable) return;
  const RETRY = 15e3, PATIENCE = 15e3;

  // The form token of whoever is signed in now: "" without a signal, null when nobody is signed in.
  async function token() {
    if (!navigator.onLine) return "";
    try {
      const answer = await fetch("/sign-in/token", { headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (answer.status === 401) return null;
      return answer.ok ? await answer.text() : "";
    } catch {
      return "";
    }
  }

  async function send(entry, csrf, sure) {
    const body = new URLSearchParams({ csrf, sealed: entry.sealed, now: new Date().toISOString() });
    if (sure) body.set("sure", "1");
    const answer = await fetch("/refer/kept", { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 401) return { ...entry, state: "signin", said: [] };
    if (!answer.ok) return entry;                                      // the next round tries again
    const told = await answer.json();
    if (told.result === "not_yours") return entry;
    const after = { ...entry, state: told.result, title: told.title, said: told.said, href: told.href, at: Date.now() };
    if (told.result === "sent") delete after.sealed;
    return after;
  }

  // Sends all that waits, or one that a person decided on. One tab at a time; a second send of the same is none.
  async function flush(only, sure) {
    const owner = await kept.owner();
    if (!owner) return;
    const settled = await navigator.locks.request("lead-outbox", async () => {
      const waiting = (await kept.entries(owner)).filter(one => (only ? one.id === only && one.sealed : ["waiting", "signin"].includes(one.state)));
      if (!waiting.length) return true;
      const csrf = await token();
      if (csrf === "") return false;
      for (const entry of waiting) {
        const after = csrf === null ? { ...entry, state: "signin", said: [] } : await send(entry, csrf, sure).catch(() => entry);
        if (await kept.entry(entry.id)) await kept.saveEntry(after);
      }
      return true;
    });
    tell();
    return settled;
  }

  function tell() { document.dispatchEvent(new CustomEvent("lead:kept")); }

  async function rounds() {
    await kept.wipeOld();
    await flush();
  }

  // Leaving: nothing stays behind; whoever leaves unsent entries is asked first.
  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.getAttribute("action") !== "/sign-out" || form.dataset.wiped) return;
    event.preventDefault();
    (async () => {
      const owner = await kept.owner();
      await Promise.race([flush(), new Promise(done => setTimeout(done, 5000))]);
      const unsent = owner ? (await kept.entries(owner)).filter(one => one.sealed) : [];
      const many = unsent.length === 1 ? "1 referral is" : unsent.length + " referrals are";
      if (unsent.length && !confirm(many + " kept on this phone and not sent yet. Signing out deletes " + (unsent.length === 1 ? "it" : "them") + ".")) {
        delete form.dataset.sent;
        return;
      }
      await kept.wipeMine();
      form.dataset.wiped = "1";
      form.submit();
    })();
  });

  Object.assign(kept, { token, flush, tell });
  if (!location.pathname.startsWith("/refer")) return;
  addEventListener("online", () => flush());
  setInterval(() => { if (document.visibilityState === "visible") flush(); }, RETRY);
  kept.rounds = rounds;
})();
