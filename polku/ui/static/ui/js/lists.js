// A list that keeps itself fresh without taking anything from the one who works in it: elements are patched in place,
// so focus, selection, scroll and typed text stay. It sleeps while nobody looks.
const DEFAULT = 10;
const timers = new WeakMap();

const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset?.row || "" : "");

/** Make `old` like `fresh`, touching only what differs. */
export function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  // What the autosave says is the browser's own; what somebody is writing is theirs until it is sent.
  if (old.matches("[data-autosave-status], [data-mine]")) return;
  attributes(old, fresh);
  // What the user types or has open is the user's own.
  if (old.matches("input, textarea, select") && (old === document.activeElement || changed(old))) return;
  children(old, fresh);
}

function changed(field) {
  if (field.matches("select")) return false;
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

// Set by other modules in the browser, not by the server: a fresh copy must not take them away.
const OWN = ["tabindex", "aria-current", "aria-keyshortcuts", "aria-busy", "open", "data-chosen"];

function attributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (name === "class") {
      const chosen = old.classList.contains("is-chosen") && old.matches("[data-row]");
      // Of a picture `className` cannot be set; the attribute can, of everything.
      if (old.getAttribute("class") !== value) old.setAttribute("class", value);
      if (chosen) old.classList.add("is-chosen");
    } else if (!(OWN.includes(name) && old.matches("[data-row], [data-rows], details, dialog")) && old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.includes(name)) old.removeAttribute(name);
  }
}

function children(old, fresh) {
  const keyed = new Map();
  for (const child of old.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
  const wanted = [...fresh.childNodes];
  const kept = new Set(wanted.map(keyOf).filter(Boolean));
  let place = old.firstChild;
  for (const child of wanted) {
    const key = keyOf(child);
    if (key && keyed.has(key)) {
      const mine = keyed.get(key);
      if (mine === place) place = place.nextSibling;
      else move(old, mine, place);
      patch(mine, child);
    } else if (!key && place && !kept.has(keyOf(place)) && !keyOf(place) && place.nodeName === child.nodeName) {
      const next = place.nextSibling;
      patch(place, child);
      place = next;
    } else {
      old.insertBefore(child, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    if (!kept.has(keyOf(place))) drop(place);
    place = next;
  }
}

/** Moving an element takes its focus away: the others are moved around it, or it is given back. */
function move(parent, element, before) {
  const held = element.contains(document.activeElement) ? document.activeElement : null;
  parent.insertBefore(element, before);
  held?.focus({ preventScroll: true });
}

/** A row that goes while it has the focus hands it to its neighbour. */
function drop(element) {
  if (element.nodeType === 1 && element.contains(document.activeElement)) {
    const list = element.closest("[data-rows]");
    const next = element.nextElementSibling || element.previousElementSibling;
    element.remove();
    const target = next?.matches("[data-row]") ? next : list?.querySelector("[data-row]");
    target?.focus({ preventScroll: true });
    return;
  }
  element.remove();
}

async function refresh(element) {
  if (document.hidden || !element.isConnected) return;
  // While a text waits for its connection nothing around it is changed: it is fetched anew when the text has left.
  if (element.querySelector("form[data-lost]")) return;
  try {
    const headers = { "X-Requested-With": "refresh", "HX-Request": "true" };
    if (element.refreshTag) headers["If-None-Match"] = element.refreshTag;
    const answer = await fetch(element.dataset.refresh, { headers, credentials: "same-origin", redirect: "manual" });
    if (answer.status === 304) return;
    if (!answer.ok) {
      stale(element, answer.status);
      return;
    }
    element.refreshTag = answer.headers.get("ETag");
    const parsed = new DOMParser().parseFromString(wrapped(element, await answer.text()), "text/html");
    const fresh = element.id ? parsed.getElementById(element.id) : null;
    if (!fresh) return;
    const x = window.scrollX;
    const y = window.scrollY;
    element.dispatchEvent(new CustomEvent("polku:before", { bubbles: true }));
    patch(element, document.adoptNode(fresh));
    window.scrollTo(x, y);
    element.removeAttribute("data-stale");
    notice(element, "");
    element.dispatchEvent(new CustomEvent("polku:new", { bubbles: true }));
  } catch {
    stale(element, 0);
  }
}

/** Rows without a table are dropped by the parser: they get one for the time of parsing. */
function wrapped(element, html) {
  const name = element.nodeName.toLowerCase();
  if (name === "tbody") return `<table>${html}</table>`;
  return html;
}

function stale(element, status) {
  if (!element.hasAttribute("data-stale")) element.setAttribute("data-stale", new Date().toISOString());
  const text = status === 401 || status === 403 || status === 0 && navigator.onLine
    ? gettext("This list is not being refreshed: the session may have ended. Reload the page to see the latest.")
    : gettext("No connection: this list is as it was. It refreshes by itself when the connection returns.");
  notice(element, text);
}

function notice(element, text) {
  const id = `${element.id}-stale`;
  const old = document.getElementById(id);
  if (!text) {
    old?.remove();
    return;
  }
  if (old) return;
  const box = document.createElement("div");
  box.className = "note note-soon";
  box.id = id;
  box.setAttribute("role", "status");
  box.textContent = text;
  (document.getElementById("notices") || document.body).append(box);
}

function start(root) {
  for (const element of root.querySelectorAll?.("[data-refresh]") || []) {
    if (timers.has(element)) continue;
    const seconds = Number(element.dataset.refreshEvery) || DEFAULT;
    timers.set(element, setInterval(() => refresh(element), seconds * 1000));
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target.parentNode || document));
// Back on the page: at once, not after the next interval.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll("[data-refresh]").forEach(refresh);
});
window.addEventListener("online", () => document.querySelectorAll("[data-refresh]").forEach(refresh));
document.addEventListener("polku:refresh", (event) => {
  const element = event.target.closest?.("[data-refresh]");
  if (element) refresh(element);
});

// --- Rows ----------------------------------------------------------------------------------------------------------

// Lists moved in by arrows: one tab stop, the choice roams, Enter opens. What is chosen is also what the bar acts on.
const ROW = "[data-row]";

const listOf = (element) => element.closest?.("[data-rows]");
const rowsOf = (list) => [...list.querySelectorAll(ROW)].filter((row) => row.getClientRects().length && !row.disabled);

/** Make one row of a list the chosen one: visibly, for readers, and for the bar's forms and links. */
function choose(list, row, focus) {
  const isTable = row.matches("tr, li");
  for (const one of list.querySelectorAll(ROW)) {
    const here = one === row;
    one.tabIndex = here ? 0 : -1;
    if (isTable) {
      one.classList.toggle("is-chosen", here);
      if (here) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
  }
  list.dataset.chosen = row.dataset.row;
  if (focus) {
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }
  if (!isTable) return;
  document.querySelectorAll("[data-row-value]").forEach((input) => { input.value = row.dataset.row; });
  document.querySelectorAll("[data-row-href]").forEach((link) => {
    const href = row.dataset[link.dataset.rowHref];
    if (href) link.href = href;
    else link.removeAttribute("href");
  });
  list.dispatchEvent(new CustomEvent("polku:chosen", { bubbles: true, detail: { row } }));
}

function ready(list) {
  const rows = rowsOf(list);
  if (!rows.length || list.querySelector("input[type=radio]")) return;
  const before = rows.find((row) => row.dataset.row === list.dataset.chosen);
  choose(list, before || rows.find((row) => row.matches("[aria-current]")) || rows[0], false);
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  const list = listOf(event.target);
  if (!list || event.target.matches("input, textarea, select")) return;
  const row = event.target.closest(ROW);
  const rows = rowsOf(list);
  const at = rows.indexOf(row);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
  if (event.key in moves) {
    event.preventDefault();
    const next = rows[Math.min(Math.max(moves[event.key], 0), rows.length - 1)];
    if (next) choose(list, next, true);
  } else if (event.key === "Enter" && event.target === row && row.dataset.open) {
    event.preventDefault();
    location.assign(row.dataset.open);
  }
});

// Arrows from the page itself enter its first list, so that no Tab is needed.
document.addEventListener("keydown", (event) => {
  if (event.target !== document.body && event.target.id !== "main") return;
  if (event.defaultPrevented || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const list = document.querySelector("tbody[data-rows]");
  const row = list && (list.querySelector(`${ROW}[tabindex="0"]`) || rowsOf(list)[0]);
  if (!row) return;
  event.preventDefault();
  choose(list, row, true);
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.(ROW);
  const list = row && listOf(row);
  if (list && row.tabIndex !== 0) choose(list, row, false);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(`tr${ROW}`);
  const list = row && listOf(row);
  if (!list || event.target.closest("a, button, input, select, label")) return;
  choose(list, row, true);
});

document.addEventListener("dblclick", (event) => {
  const row = event.target.closest?.(`tr${ROW}[data-open]`);
  if (row) location.assign(row.dataset.open);
});

const all = (root) => root.querySelectorAll?.("[data-rows]").forEach(ready);
all(document);
document.addEventListener("polku:new", (event) => all(event.target));
document.addEventListener("htmx:load", (event) => {
  const list = listOf(event.target);
  if (list) ready(list);
  all(event.target);
});
