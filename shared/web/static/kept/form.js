// The officer's pages: what is typed is kept as it is typed, and what is kept is said.
(() => {
  const kept = window.leadKept;
  const line = document.querySelector("[data-kept-line]");
  if (!location.pathname.startsWith("/refer") || !kept.usable) return;
  const form = document.getElementById("of");
  const page = form || document.getElementById("entries");
  const fromServer = !form || !form.hasAttribute("data-whole");
  const time = at => new Date(at).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" }).toLowerCase();
  const moment = at => new Date(at).toLocaleDateString("en-US", { weekday: "short", month: "short", day: "numeric" }).replace(",", "") + ", " + time(at);

  // Who this phone works for: said by a page that the server made for the signed-in person just now, never by a kept one.
  const live = page && page.hasAttribute("data-live");
  async function owner() {
    if (live) await kept.setOwner(page.dataset.owner);
    return kept.owner();
  }

  // The empty pages are kept anew when the person, the release or the hour changed.
  async function worker() {
    const address = document.querySelector("meta[name=lead-worker]");
    if (!address) return;
    const { serviceWorker } = navigator;
    await serviceWorker.register(address.content, { scope: "/refer" });
    const ready = await serviceWorker.ready;
    if (!serviceWorker.controller) await new Promise(done => serviceWorker.addEventListener("controllerchange", done, { once: true }));
    const mark = [await kept.owner(), address.content, Math.floor(Date.now() / 3600e3)].join(" ");
    if (live && await kept.meta("shell") !== mark) {
      const files = performance.getEntriesByType("resource").map(one => one.name).concat([...document.querySelectorAll("script[src], link[href]")].map(one => one.src || one.href), document.querySelector("meta[name=lead-files]").content.split(" ").map(file => location.origin + file));
      const answered = new Promise(done => serviceWorker.addEventListener("message", event => done(event.data.done), { once: true }));
      serviceWorker.startMessages();
      ready.active.postMessage({ type: "keep", files: [...new Set(files)].filter(one => one.includes("/static/")) });
      if (!await answered) return;
      await kept.setMeta("shell", mark);
    }
    document.documentElement.dataset.shell = "kept";
  }

  function values() {
    const found = Object.fromEntries(new FormData(form));
    for (const name of ["csrf", "step", "go"]) delete found[name];
    return found;
  }
  // The answer that was on the screen goes along, so that another one later is noticed.
  function seen() {
    const shown = document.querySelector("#answer .elig, main > form > .elig");
    return !fromServer || !shown ? "" : shown.classList.contains("yes") ? "yes" : shown.classList.contains("no") ? "no" : "review";
  }

  function say() {
    if (line && form) line.textContent = navigator.onLine ? "Kept on this phone. Sends by itself if you lose signal." : "No signal. Kept on this phone; it will send by itself.";
  }

  // No answer while there is no signal: say when it comes, and do not guess.
  function later() {
    const box = document.getElementById("answer");
    if (!box) return;
    const said = Object.assign(document.createElement("div"), { className: "elig" });
    said.append(Object.assign(document.createElement("p"), { textContent: "No signal: the answer comes when it is sent. The number to call is on the last step." }));
    box.replaceChildren(said);
  }
  document.addEventListener("htmx:error", later);
  document.addEventListener("htmx:before:request", event => {
    if (navigator.onLine) return;
    event.preventDefault();
    later();
  });

  async function notice(mine) {
    const box = document.getElementById("kept");
    if (!box || !mine) return;
    const entries = await kept.entries(mine);
    const unsent = entries.filter(one => one.sealed), asks = unsent.filter(one => !["waiting", "signin"].includes(one.state));
    const sent = entries.filter(one => one.state === "sent");
    const id = form && form.elements.draft ? form.elements.draft.value : "";
    const drafts = (await kept.drafts(mine)).filter(one => one.id !== id && one.step);
    const said = [];
    if (unsent.length) said.push((unsent.length === 1 ? "1 referral is" : unsent.length + " referrals are") + " kept on this phone, not yet sent, since " + moment(unsent[0].begun) + "." + (asks.length ? " It needs you." : ""));
    if (sent.length) said.push((sent.length === 1 ? "1 kept referral was" : sent.length + " kept referrals were") + " sent.");
    if (form && drafts.length && !form.hasAttribute("data-touched")) said.push("A form begun at " + time(drafts[drafts.length - 1].begun) + " is not finished.");
    box.className = said.length ? "onotice" : "";
    const link = Object.assign(document.createElement("a"), { href: "/refer/kept", textContent: "Look", className: "usa-link" });
    box.replaceChildren(...(said.length ? [said.join(" ") + " ", link] : []));
  }

  async function start() {
    const mine = await owner();
    say();
    addEventListener("online", say);
    addEventListener("offline", say);
    const sent = document.querySelector("[data-sent]");
    if (sent) { await kept.dropEntry(sent.dataset.sent); await kept.dropDraft(sent.dataset.sent); }
    if (form && mine && fromServer) await onForm(mine);
    document.addEventListener("lead:kept", () => notice(mine));
    await notice(mine);
    await kept.rounds();
    worker();
  }

  async function onForm(mine) {
    // The short form is three taps: only what is finished is kept of it.
    const short = form.hasAttribute("data-short");
    const id = form.elements.draft.value ||= crypto.randomUUID(), step = Number(form.dataset.step);
    const save = async () => { if (!short) await kept.saveDraft(mine, id, step, values()); };
    // The server gave the form back: what was finished is being written again.
    for (const old of [id, form.dataset.from]) if (old && await kept.entry(old)) { await kept.dropEntry(old); await save(); }
    if (step > 1) await save();
    let timer;
    const typed = () => { form.dataset.touched = "1"; clearTimeout(timer); timer = setTimeout(save, 300); };
    form.addEventListener("input", typed);
    form.addEventListener("change", () => { form.dataset.touched = "1"; clearTimeout(timer); save(); });
    form.addEventListener("submit", event => {
      event.preventDefault();
      clearTimeout(timer);
      const go = event.submitter ? event.submitter.value : "next";
      const elsewhere = event.submitter && event.submitter.getAttribute("formaction");
      if (elsewhere) form.action = elsewhere;
      const left = elsewhere ? kept.dropDraft(id) : short ? finish(mine, id) : leave(mine, id, step, go);
      left.catch(() => {}).then(async () => {
        if (!form.elements.csrf.value) form.elements.csrf.value = await kept.token() || "";
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "go", value: go }));
        form.submit();
      });
    });
  }

  async function finish(mine, id) {
    await kept.keep(mine, form.dataset.key, id, { ...values(), seen: seen() });
    sessionStorage.setItem("lead-draft", id);
  }
  async function leave(mine, id, step, go) {
    if (step === 3 && go !== "back") await finish(mine, id);
    else await kept.saveDraft(mine, id, go === "back" ? step - 1 : step + 1, values());
    sessionStorage.setItem("lead-draft", id);                          // the id alone
  }

  Object.assign(kept, { moment, values });
  kept.started = start();
})();
