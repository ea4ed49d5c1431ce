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
      if (old.className !== value) old.className = value;
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
