// Keys declared by `data-key`. A single character works outside text fields only and can be switched off
// (WCAG 2.1.4); Ctrl Enter is the page's one primary action. `?` lists what the page has.
const STORE = "polku.letters";
const TEXT = "input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable=true]";
const TICK = "input[type=checkbox]";

const lettersOn = () => read(STORE) !== "off";

function read(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function write(name, value) {
  try { localStorage.setItem(name, value); } catch { /* A browser that stores nothing keeps the default. */ }
}

/** The pressed combination as written in `data-key`: "n", "Alt+1", "Ctrl+Enter", "Escape". */
function combination(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  // The digit itself, whatever the layout makes of it with Alt.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const letter = /^Key([A-Z])$/.exec(event.code);
  let key = event.key;
  if (event.altKey && digit) key = digit[1];
  else if (event.altKey && letter) key = letter[1];
  if (key.length === 1) key = key.toLowerCase();
  parts.push(key);
  return parts.join("+");
}

const same = (declared, pressed) => declared.replace(/\s+/g, "").split("+")
  .map((part) => (part.length === 1 ? part.toLowerCase() : part === "Esc" ? "Escape" : part)).join("+") === pressed;

function seen(element) {
  return element.getClientRects().length > 0 || element.classList.contains("visually-hidden");
}

/** The page's one primary action, while it is there to be done. */
function primaryOf() {
  return [...document.querySelectorAll("[data-primary]")].find(seen);
}

/** A dialog keeps its keys to itself; single letters and digits of a scope work while the focus is in it. */
function reachable(element, pressed) {
  const open = document.querySelector("dialog[open]");
  if (open && !open.contains(element)) return false;
  const scope = pressed.length === 1 ? element.closest("[data-key-scope]") : null;
  return !scope || scope.contains(document.activeElement);
}

function find(pressed) {
  for (const element of document.querySelectorAll("[data-key]")) {
    if (same(element.dataset.key, pressed) && !element.disabled && seen(element) && reachable(element, pressed)) return element;
  }
  return null;
}

/** Do what the key means for this element: click, toggle, or give the focus. */
function act(element) {
  if (element.matches(TEXT)) {
    element.focus();
    element.select?.();
  } else if (element.matches("input[type=checkbox], input[type=radio]")) {
    element.focus();
    element.click();
  } else if (element.matches("a, button, summary")) {
    element.click();
  } else {
    const first = element.querySelector(
      "[autofocus], input:not([type=hidden]):not([disabled]), textarea, select, [data-row][tabindex='0'], button:not([disabled]), a[href]");
    const target = first || element;
    if (!first && !element.hasAttribute("tabindex")) element.tabIndex = -1;
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const pressed = combination(event);
  const single = pressed.length === 1;
  // AltGr writes characters on Finnish keyboards: it is not a shortcut.
  if (event.getModifierState?.("AltGraph")) return;
  if (single && (!lettersOn() || event.target.closest?.(TEXT))) return;
  if (pressed === "Ctrl+Enter") {
    const primary = document.querySelector("dialog[open] .button") || primaryOf();
    if (primary) {
      event.preventDefault();
      primary.click();
    }
    return;
  }
  if (pressed === "?" && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    showHelp();
    return;
  }
  if (pressed === "Escape" && document.querySelector("dialog[open], details[data-closes-outside][open]")) {
    document.querySelectorAll("details[data-closes-outside][open]").forEach((one) => {
      one.open = false;
      one.querySelector("summary").focus();
    });
    return;
  }
  const element = find(pressed);
  if (!element) return;
  // On a tick only the form's own letters and digits work: words typed there by mistake command nothing else.
  if (single && event.target.matches?.(TICK) && element.closest("form") !== event.target.form) return;
  event.preventDefault();
  act(element);
});

// A button that cannot work now stays focusable, says why, and does nothing.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[aria-disabled=true]");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const reason = document.getElementById(button.getAttribute("aria-describedby") || "");
  reason?.querySelector("a")?.focus();
}, true);

function words(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
  const label = element.labels?.[0] || element.querySelector(":scope h2, :scope legend") || element;
  const copy = label.cloneNode(true);
  copy.querySelectorAll(".kbd, .visually-hidden + .kbd, svg").forEach((one) => one.remove());
  return copy.textContent.trim().replace(/\s+/g, " ").slice(0, 80);
}

/** Fill and open the help: the keys of this very page. */
export function showHelp() {
  const dialog = document.getElementById("help");
  const list = dialog?.querySelector("[data-help-list]");
  if (!list) return;
  list.replaceChildren();
  const rows = [];
  const primary = primaryOf();
  if (primary) rows.push(["Ctrl Enter", words(primary)]);
  for (const element of document.querySelectorAll("[data-key]")) {
    if (seen(element)) rows.push([element.dataset.key.replace("+", " "), words(element)]);
  }
  if (document.querySelector("[data-rows]")) rows.push(["↑ ↓ Enter", gettext("move in the list, open")]);
  rows.push(["?", gettext("this help")], ["Esc", gettext("close what is open")]);
  for (const [key, label] of rows) {
    const term = document.createElement("dt");
    const hint = document.createElement("kbd");
    hint.className = "kbd";
    hint.textContent = key.length === 1 ? key.toUpperCase() : key.replace(/ ([a-z])$/, (all) => all.toUpperCase());
    term.append(hint);
    const text = document.createElement("dd");
    text.textContent = label;
    list.append(term, text);
  }
  dialog.querySelector("[data-keys-switch]").checked = lettersOn();
  dialog.showModal();
}

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-keys-switch]")) return;
  write(STORE, event.target.checked ? "on" : "off");
  document.body.classList.toggle("letters-off", !event.target.checked);
});

/** Tell readers which keys there are. */
function declare(root) {
  for (const element of root.querySelectorAll?.("[data-key]:not([aria-keyshortcuts])") || []) {
    element.setAttribute("aria-keyshortcuts", element.dataset.key.replace("Ctrl", "Control"));
  }
  for (const element of root.querySelectorAll?.("[data-primary]:not([aria-keyshortcuts])") || []) {
    element.setAttribute("aria-keyshortcuts", "Control+Enter");
  }
}

declare(document);
document.body.classList.toggle("letters-off", !lettersOn());
document.addEventListener("polku:new", (event) => declare(event.target));
document.addEventListener("htmx:load", (event) => declare(event.target.parentNode || event.target));
