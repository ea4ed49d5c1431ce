// Drafts save themselves: two seconds after the typing stops, at least every five. What the server has not yet
// confirmed also lies in this tab's sessionStorage (never fields marked `data-private`) and returns after a reload.
import { csrf, newKey, say } from "./main.js";

const QUIET = 2000;
const LONGEST = 5000;
const AGAIN = 4000;
const drafts = new Map();

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.version = Number(form.dataset.version || 0);
    this.saved = this.text();
    this.key = "";
    this.keyOf = "";
    this.busy = false;
    this.timer = 0;
    this.dirtySince = 0;
    this.stopped = false;
    this.restore();
  }

  get store() { return `polku.draft:${this.url}`; }

  fields() {
    const skip = new Set(["csrfmiddlewaretoken", "key", "version"]);
    return [...new FormData(this.form)].filter(([name, value]) => !skip.has(name) && typeof value === "string");
  }

  text() { return JSON.stringify(this.fields()); }

  changed() {
    if (this.stopped || this.text() === this.saved) return;
    this.keep();
    this.dirtySince ||= performance.now();
    clearTimeout(this.timer);
    const room = LONGEST - (performance.now() - this.dirtySince);
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(QUIET, room)));
  }

  /** Copy to the tab's own store what may lie there. */
  keep() {
    const open = this.fields().filter(([name]) => {
      const field = this.form.elements.namedItem(name);
      return !(field instanceof Element && field.closest("[data-private]"));
    });
    try { sessionStorage.setItem(this.store, JSON.stringify({ version: this.version, fields: open })); } catch { /* Full or off. */ }
  }

  forget() {
    try { sessionStorage.removeItem(this.store); } catch { /* As above. */ }
  }

  /** After a reload: what was typed and not confirmed comes back, unless somebody saved a newer version. */
  restore() {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(this.store)); } catch { return; }
    if (!kept) return;
    if (kept.version < this.version) {
      this.forget();
      return;
    }
    const values = new Map();
    for (const [name, value] of kept.fields) values.set(name, [...(values.get(name) || []), value]);
    for (const field of this.form.elements) {
      if (!field.name || field.type === "hidden" || field.closest("[data-private]")) continue;
      const mine = values.get(field.name);
      if (field.type === "checkbox" || field.type === "radio") field.checked = !!mine?.includes(field.value);
      else if (mine && field.nodeName !== "BUTTON") field.value = mine[0];
    }
    // Not confirmed, so not saved: also when the browser itself has already filled the fields as they were.
    this.saved = "";
    this.status(gettext("What you wrote is back and will be saved."), "");
    this.changed();
  }

  async save() {
    clearTimeout(this.timer);
    if (this.busy || this.stopped) return;
    const text = this.text();
    if (text === this.saved) return;
    this.busy = true;
    this.dirtySince = 0;
    // The same text keeps its key over its tries: an answer lost on the way does not save twice.
    if (this.keyOf !== text) {
      this.key = newKey();
      this.keyOf = text;
    }
    const body = new FormData(this.form);
    body.set("version", String(this.version));
    body.set("key", this.key);
    try {
      const answer = await fetch(this.url, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "X-CSRFToken": csrf() },
        credentials: "same-origin",
        redirect: "manual",
        signal: AbortSignal.timeout?.(15000),
        // The page is going: the last words leave with it (a browser lets short ones only).
        keepalive: document.hidden && text.length < 30000,
      });
      await this.answered(answer, text);
    } catch {
      this.lost();
    } finally {
      this.busy = false;
    }
    if (!this.stopped && this.text() !== this.saved && !this.form.dataset.lost) this.changed();
  }

  async answered(answer, text) {
    if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) {
      this.lost(gettext("The session has ended. What you wrote is kept in this tab: sign in in another tab, and it will be saved."));
      return;
    }
    if (answer.status === 409 && this.form.dataset.conflicts === "page") {
      // The server keeps what was written beside what stands, and the page shows both; writing goes on beside.
      this.found();
      this.saved = text;
      this.forget();
      const { by = "" } = await answer.json();
      this.status(interpolate(gettext("%s changed this while you wrote"), [by || gettext("Somebody")]), "is-lost");
      this.form.dispatchEvent(new CustomEvent("polku:beside", { bubbles: true }));
      return;
    }
    if (answer.status === 409) {
      this.found();
      this.conflict(await answer.json());
      return;
    }
    if (answer.status === 422 || answer.status === 400) {
      this.found();
      const { errors = {} } = await answer.json().catch(() => ({}));
      const [first] = Object.values(errors).flat();
      // Not valid yet is usual while one writes: it is kept, and tried again with the next change.
      this.saved = text;
      this.status(first ? interpolate(gettext("Not saved yet: %s"), [first]) : gettext("Not saved yet."), "is-lost");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const done = await answer.json();
    this.version = done.version ?? this.version;
    this.form.dataset.version = String(this.version);
    const hidden = this.form.elements.namedItem("version");
    if (hidden instanceof HTMLInputElement) hidden.value = String(this.version);
    this.saved = text;
    this.found();
    if (this.text() === text) {
      this.forget();
      this.settled();
    } else {
      this.keep();
    }
    this.status(interpolate(gettext("Draft saved at %s"), [done.saved_at || ""]).trim(), "");
    this.form.dispatchEvent(new CustomEvent("polku:saved", { bubbles: true, detail: done }));
  }

  /** What stands on the server is now the field's own state: a refresh sees that nothing is unsaved here. */
  settled() {
    for (const field of this.form.elements) {
      if (field.matches("[type=checkbox], [type=radio]")) field.defaultChecked = field.checked;
      else if (field.matches("textarea, input:not([type=hidden])")) field.defaultValue = field.value;
    }
  }

  /** A refresh brought the form as it stands: where nothing is unsaved here, the fields and the version follow it. */
  refreshed() {
    const version = Number(this.form.dataset.version || 0);
    if (version <= this.version || this.busy || this.stopped) return;
    const here = this.form.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    if (here || this.was !== this.saved) return;
    this.form.reset();
    this.version = version;
    this.saved = this.text();
  }

  /** Save what is not saved; resolves when it is, or when it cannot be now. */
  async done() {
    for (let tries = 0; tries < 200; tries += 1) {
      if (this.stopped || this.form.dataset.lost || (!this.busy && this.text() === this.saved)) return;
      if (!this.busy) await this.save();
      else await new Promise((after) => { setTimeout(after, 50); });
    }
  }

  lost(text) {
    this.keep();
    this.form.dataset.lost = "yes";
    const title = text ? "" : gettext("The connection is lost");
    notice(this.form, title, text || gettext("Write on in peace. The draft is kept and leaves when the connection returns."));
    this.status(gettext("Kept on this machine, not yet saved"), "is-lost");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AGAIN);
  }

  found() {
    if (!this.form.dataset.lost) return;
    delete this.form.dataset.lost;
    notice(this.form, "", "");
  }

  status(text, tone) {
    const spots = [...document.querySelectorAll("[data-autosave-status]")].filter((spot) =>
      (spot.dataset.autosaveStatus ? ["*", this.form.id].includes(spot.dataset.autosaveStatus) : this.form.contains(spot)));
    for (const spot of spots) {
      spot.textContent = text;
      spot.classList.toggle("is-lost", tone === "is-lost");
    }
  }

  /** Two wrote the same: both texts stay, the writer chooses. */
  conflict(theirs) {
    this.stopped = true;
    this.version = theirs.version ?? this.version;
    const by = theirs.by || gettext("Somebody");
    const box = notice(this.form, interpolate(gettext("%s changed this while you wrote"), [by]),
      gettext("Both texts are kept. Choose which one stays."));
    const pairs = Object.entries(theirs.theirs || {}).filter(([name, value]) => (this.value(name) ?? value) !== value);
    for (const [name, value] of pairs) box.append(side(by, value, this.value(name) || "", this.label(name)));
    const row = document.createElement("p");
    row.className = "row";
    row.append(
      button(gettext("Keep mine"), () => this.settle(null)),
      button(gettext("Take theirs"), () => this.settle(theirs.theirs || {})),
    );
    box.append(row);
    say(box.textContent);
  }

  value(name) {
    const field = this.form.elements.namedItem(name);
    return field && "value" in field ? field.value : undefined;
  }

  label(name) {
    const field = this.form.elements.namedItem(name);
    return field?.labels?.[0]?.textContent?.trim() || name;
  }

  settle(theirs) {
    for (const [name, value] of Object.entries(theirs || {})) {
      const field = this.form.elements.namedItem(name);
      if (field && "value" in field) field.value = value;
    }
    notice(this.form, "", "");
    this.stopped = false;
    this.saved = "";
    this.form.querySelector("textarea, input:not([type=hidden])")?.focus();
    this.save();
  }
}

function side(by, theirs, mine, label) {
  const pair = document.createElement("div");
  pair.className = "versions";
  for (const [title, text] of [[gettext("Mine"), mine], [by, theirs]]) {
    const part = document.createElement("div");
    const head = document.createElement("b");
    const body = document.createElement("p");
    head.textContent = `${label}: ${title}`;
    body.textContent = text;
    part.append(head, body);
    pair.append(part);
  }
  return pair;
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button-second button-small";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** Put one amber notice before the form, or take it away when there are no words; return its body. */
function notice(form, title, text) {
  let box = form.previousElementSibling?.matches("[data-autosave-notice]") ? form.previousElementSibling : null;
  if (!title && !text) {
    box?.remove();
    return null;
  }
  if (!box) {
    box = document.createElement("div");
    box.className = "note note-soon";
    box.setAttribute("role", "status");
    box.setAttribute("data-autosave-notice", "");
    form.before(box);
  }
  const body = document.createElement("div");
  body.className = "note-body";
  for (const [words, name] of [[title, "note-title"], [text, ""]]) {
    if (!words) continue;
    const line = document.createElement("p");
    line.className = name;
    line.textContent = words;
    body.append(line);
  }
  box.replaceChildren(body);
  return body;
}

function of(target) {
  const form = target.closest?.("form[data-autosave]") || target.form?.closest?.("form[data-autosave]");
  if (!form) return null;
  const known = drafts.get(form);
  if (known) return known;
  const made = new Draft(form);
  drafts.set(form, made);
  return made;
}

const all = (root) => root.querySelectorAll?.("form[data-autosave]").forEach((form) => of(form));
all(document);
document.addEventListener("htmx:load", (event) => all(event.target.parentNode || document));
// A refresh may bring new forms, and others' words into those that stand. What was typed is looked at before it.
document.addEventListener("polku:before", () => drafts.forEach((draft) => { draft.was = draft.text(); }));
document.addEventListener("polku:new", (event) => {
  drafts.forEach((draft) => draft.refreshed());
  all(event.target);
});
document.addEventListener("input", (event) => of(event.target)?.changed());
document.addEventListener("change", (event) => {
  const draft = of(event.target);
  draft?.changed();
  // A choice is made in one go: what follows from it need not wait for a pause.
  if (event.target.matches("select, [type=checkbox], [type=radio]")) draft?.save();
});
// The last word before the page goes: at once, without waiting for the pause.
document.addEventListener("focusout", (event) => {
  if (event.target.closest?.("form[data-autosave]")) of(event.target)?.save();
});
// A way on that waits for the last words: `data-after-saving` on a link or a form.
async function after(event, go) {
  const open = [...drafts.values()].filter((draft) => draft.busy || draft.text() !== draft.saved);
  if (!open.length || event.defaultPrevented) return;
  event.preventDefault();
  await Promise.all(open.map((draft) => draft.done()));
  go();
}
document.addEventListener("click", (event) => {
  const way = event.target.closest?.("a[data-after-saving]");
  if (way && !event.ctrlKey && !event.metaKey && !event.shiftKey) after(event, () => location.assign(way.href));
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-after-saving]")) after(event, () => form.submit());
}, true);
// A part of the page saved the form along with its own act: the server tells the version that stands now.
document.addEventListener("polku:version", (event) => {
  const form = document.getElementById(event.detail?.form || "");
  const draft = form && of(form);
  if (!draft) return;
  draft.version = event.detail.version;
  const hidden = form.elements.namedItem("version");
  if (hidden instanceof HTMLInputElement) hidden.value = String(draft.version);
});
window.addEventListener("online", () => drafts.forEach((draft) => draft.save()));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) drafts.forEach((draft) => draft.save());
});
document.addEventListener("submit", (event) => {
  const draft = drafts.get(event.target);
  if (!draft || event.defaultPrevented) return;
  clearTimeout(draft.timer);
  draft.stopped = true;
  // Sent for good: the tab's own copy is of no more use, unless the answer never comes (then the page stays).
  window.addEventListener("pagehide", () => draft.forget(), { once: true });
});
window.addEventListener("beforeunload", (event) => {
  for (const draft of drafts.values()) {
    if (draft.form.isConnected && draft.form.dataset.lost && !draft.stopped) event.preventDefault();
  }
});
