// The form without a signal: the same questions, one step at a time, in one page; and the list of what is kept.
(() => {
  const kept = window.leadKept;
  if (!kept.usable || !kept.started) return;
  const form = document.querySelector("form[data-whole]");
  const list = document.getElementById("entries");
  if (form) whole();
  if (list) kept.started.then(() => { document.addEventListener("lead:kept", show); show(); });

  function whole() {
    let mine, id, step;
    const save = () => mine && kept.saveDraft(mine, id, step, kept.values());

    async function begin() {
      await kept.started;
      mine = await kept.owner();
      const lost = location.search.includes("lost") && sessionStorage.getItem("lead-draft");
      if (lost && await kept.entry(lost)) { location.replace("/refer/kept"); await new Promise(() => {}); }
      const wanted = new URLSearchParams(location.search).get("draft") || sessionStorage.getItem("lead-draft");
      const drafts = mine ? await kept.drafts(mine) : [];
      // Gone back to from "Sent": nothing was lost, and what was sent is not to be asked for again.
      if (location.search.includes("lost") && !drafts.some(one => one.id === wanted)) { location.replace("/refer"); await new Promise(() => {}); }
      const draft = drafts.find(one => one.id === wanted) || drafts[drafts.length - 1];
      id = draft ? draft.id : crypto.randomUUID();
      form.elements.draft.value = id;
      sessionStorage.setItem("lead-draft", id);
      if (draft) fill(await kept.openDraft(draft).catch(() => ({})));
      step = draft ? draft.step : 1;
      step = firstMissing(step) || step;
      to(step, false);
      form.addEventListener("input", save);
      form.addEventListener("change", save);
    }

    // Heard from the first moment: who is quicker than the storage of their phone is answered once it is open.
    const begun = begin();
    let busy = false;
    form.addEventListener("submit", async event => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      try { await go(event.submitter); } finally { busy = false; }
    });

    async function go(button) {
      // First, since a form that is sent by script forgets which button was meant.
      if (button && button.hasAttribute("formaction")) { location.assign("/refer/not-offered"); return; }
      try { await begun; } catch { form.submit(); return; }
      delete form.dataset.sent;
      if (button && button.value === "back") { step -= 1; await save(); to(step); return; }
      const missing = firstMissing(step + 1);
      if (missing) { step = missing; to(step, false); complain(step); return; }
      if (!mine) { complain(step, ["Sign in on this phone first, where there is a signal."]); return; }
      if (step === 3) { await kept.keep(mine, form.dataset.key, id, kept.values()); await kept.flush(); await away(id); return; }
      step += 1;
      await save();
      const csrf = await kept.token();
      if (!csrf) { to(step); return; }
      // There is a signal: the server takes over, with its answer.
      form.elements.csrf.value = csrf;
      form.elements.step.value = String(step - 1);
      form.submit();
    }
  }

  async function away(id) {
    const entry = await kept.entry(id);
    location.assign(entry && entry.state === "sent" ? entry.href : "/refer/kept");
  }

  function fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (!field || ["csrf", "step", "go", "draft"].includes(name)) continue;
      field.value = value;
    }
  }

  // What the server would send back at once; the rest it says when it is sent.
  const NEEDED = {
    1: [["charge", "Name the charge you would have filed.", v => v.pathway !== "arrest_diversion" || (v.charge && v.charge !== "other") || v.charge_text], ["municipality", "Choose the municipality of the encounter.", v => v.municipality]],
    2: [["last", "Give a name to ask for.", v => v.first || v.last], ["offer", "Say whether they said yes.", v => v.offer]],
  };
  function missing(step) { const values = kept.values(); return (NEEDED[step] || []).filter(([, , fine]) => !fine(values)); }
  function firstMissing(before) { return [1, 2].find(step => step < before && missing(step).length); }
  function complain(step, words) {
    const box = form.querySelector("[data-missing]");
    box.querySelector("ul").replaceChildren(...(words ? words.map(said => [null, said]) : missing(step)).map(([name, said]) => {
      const item = document.createElement("li");
      item.append(name ? Object.assign(document.createElement("a"), { href: "#" + name, textContent: said, className: "usa-link" }) : said);
      return item;
    }));
    box.hidden = false;
    box.focus();
  }

  function to(step, move = true) {
    for (const part of form.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== String(step);
    form.querySelector("[data-missing]").hidden = true;
    document.querySelector("[data-step-n]").textContent = step;
    document.querySelector("[data-step-title]").textContent = form.querySelector(`[data-part="${step}"]`).dataset.title;
    document.querySelectorAll(".ostep span").forEach((bar, at) => bar.classList.toggle("on", at < step));
    document.querySelector("[data-back]").hidden = step === 1;
    document.querySelector("[data-next]").textContent = step === 3 ? "Send referral" : "Next";
    const values = kept.values();
    for (const place of form.querySelectorAll("[data-said]")) {
      place.textContent = place.dataset.said.split(" ").map(name => (name === "zone" && values.zone ? "Zone " : "") + (values[name] || "").replace("T", ", ")).join(" ").trim() || place.dataset.else || "";
    }
    if (move) { scrollTo(0, 0); document.querySelector("h1").focus(); }
  }

  // The list.
  const SAID = {
    waiting: one => "Kept on this phone, not yet sent. Since " + kept.moment(one.begun) + ". Deleted " + kept.moment(one.begun + kept.ENTRY_LASTS) + " if it is not sent by then.",
    signin: one => "Kept on this phone, not yet sent. Since " + kept.moment(one.begun) + ". Your session is over: sign in again, and it is sent.",
  };
  const DO = { waiting: ["send", "look", "drop"], signin: ["signin", "drop"], mend: ["look", "drop"], ask: ["sure", "look", "drop"], differs: ["see", "look", "drop"], unreadable: ["drop"], sent: ["see"] };

  async function show() {
    const mine = await kept.owner();
    const entries = mine ? await kept.entries(mine) : [], drafts = mine ? await kept.drafts(mine) : [];
    const unsent = entries.filter(one => one.sealed).length;
    const line = document.querySelector("[data-kept-line]");
    line.textContent = unsent ? (unsent === 1 ? "1 referral is" : unsent + " referrals are") + " kept on this phone, not yet sent." + (navigator.onLine ? "" : " No signal: sending starts by itself.") : "Nothing waits to be sent.";
    const held = document.activeElement && document.activeElement.closest("[data-id]");
    const was = held && [held.dataset.id, document.activeElement.dataset.do];
    list.replaceChildren(...entries.map(card), ...drafts.map(unfinished));
    if (was) { const again = list.querySelector(`[data-id="${was[0]}"] [data-do="${was[1]}"]`); if (again) again.focus(); }
  }

  function card(one) {
    const shown = document.getElementById("entry").content.firstElementChild.cloneNode(true);
    shown.dataset.id = one.id;
    shown.querySelector("h2").textContent = "Referral " + kept.reference(one.id);
    shown.querySelector("[data-state]").textContent = SAID[one.state] ? SAID[one.state](one) : one.title;
    shown.querySelector("[data-told]").replaceChildren(...one.said.map(said => Object.assign(document.createElement("li"), { textContent: said })));
    for (const action of shown.querySelectorAll("[data-do]")) {
      if (!DO[one.state].includes(action.dataset.do)) { action.remove(); continue; }
      if (action.dataset.do === "see") action.href = one.href;
      action.addEventListener("click", event => act(action.dataset.do, one, event));
    }
    return shown;
  }

  async function act(what, one) {
    if (what === "send") await kept.flush(one.id);
    if (what === "sure") await kept.flush(one.id, true);
    if (what === "drop" && confirm("Delete this referral from this phone? It was not sent.")) { await kept.dropEntry(one.id); kept.tell(); }
    if (what === "look") {
      const csrf = await kept.token();
      if (!csrf) { document.querySelector("[data-kept-line]").textContent = csrf === null ? "Sign in again to look at it." : "It can be opened where there is a signal: this phone cannot read it any more."; return; }
      const form = document.getElementById("look");
      form.elements.csrf.value = csrf;
      form.elements.sealed.value = one.sealed;
      form.elements.now.value = new Date().toISOString();
      form.submit();
    }
  }

  function unfinished(one) {
    const shown = document.getElementById("draft").content.firstElementChild.cloneNode(true);
    shown.dataset.id = one.id;
    shown.querySelector("[data-state]").textContent = "Begun " + kept.moment(one.begun) + ".";
    shown.querySelector("[data-do=go]").href = "/refer/offline?draft=" + one.id;
    shown.querySelector("[data-do=drop]").addEventListener("click", async () => { await kept.dropDraft(one.id); kept.tell(); });
    return shown;
  }
})();
