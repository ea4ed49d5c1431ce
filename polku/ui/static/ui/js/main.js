// What every page does beyond being plain. All of it listens on the document, so what htmx or a refresh brings works at
// once; without any of it every form still posts and every link still goes. Few modules, for each is a request.
import { showHelp } from "./keys.js";
import "./lists.js";

// --- Words for a screen reader, said once; and the time of the server, which the page's clocks follow -----------

/** Say a sentence politely in the page's live region. */
export function say(text) {
  const region = document.getElementById("announce");
  if (!region) return;
  region.textContent = "";
  // A region that is emptied and filled in one go is not read again by every reader.
  setTimeout(() => { region.textContent = text; }, 50);
}

const sent = Date.parse(document.documentElement.dataset.now || "");
const skew = Number.isNaN(sent) ? 0 : sent - (performance.timeOrigin + loadedAfter());

function loadedAfter() {
  const entry = performance.getEntriesByType("navigation")[0];
  return entry ? entry.responseStart : 0;
}

/** Milliseconds of the present moment by the server's clock: a machine whose own clock is wrong shows right times. */
export function now() {
  return performance.timeOrigin + performance.now() + skew;
}

/** The token that a POST must carry. */
export function csrf() {
  return document.querySelector("meta[name=csrf-token]")?.content || "";
}

/** A new idempotency key: 80 random bits as the server writes them. */
export function newKey() {
  const letters = "0123456789abcdefghjkmnpqrstvwxyz";
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => letters[byte % 32]).join("");
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf();
});

// --- Forms ---------------------------------------------------------------------------------------------------------

// A form is sent once: a second press, or Enter held down, does nothing until the page has changed.
const posted = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "many" in form.dataset || event.defaultPrevented) return;
  if (posted.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  posted.add(form);
  form.setAttribute("aria-busy", "true");
  event.submitter?.setAttribute("aria-busy", "true");
  const byHtmx = form.matches("[hx-post], [data-hx-post]");
  // An answer that never comes must not lock the form for good.
  if (!byHtmx) setTimeout(() => free(form), 15000);
});

function free(form) {
  posted.delete(form);
  form.removeAttribute("aria-busy");
  form.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form");
  if (form) free(form);
});

// Back by the browser's own button shows the page as it was left: it must work again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form[aria-busy]").forEach(free);
});

// --- Dialogs, menus, focus -----------------------------------------------------------------------------------------

// Dialogs, menus that close when one looks elsewhere, and the focus that an arriving part asks for.

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) {
    event.preventDefault();
    if (opener.dataset.opens === "help") showHelp();
    else document.getElementById(opener.dataset.opens)?.showModal();
    return;
  }
  const closer = event.target.closest?.("[data-closes]");
  if (closer) {
    const dialog = closer.closest("dialog");
    dialog?.close(closer.dataset.closes || "");
    return;
  }
  document.querySelectorAll("details[data-closes-outside][open]").forEach((one) => {
    if (!one.contains(event.target)) one.open = false;
  });
});

function focusIn(root) {
  const target = root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]");
  if (!target) return;
  if (!target.matches("input, textarea, select, button, a, [tabindex]")) target.tabIndex = -1;
  target.focus();
}

focusIn(document);
// Tabs that do not fit scroll within themselves: the one reached by keyboard comes into sight with its neighbours.
document.addEventListener("focusin", (event) => {
  if (event.target.closest?.(".tabs ul") && event.target.matches(":focus-visible")) {
    event.target.scrollIntoView({ block: "nearest", inline: "center" });
  }
});
document.addEventListener("htmx:afterSettle", (event) => focusIn(event.target));

// --- Clocks --------------------------------------------------------------------------------------------------------

// Running times: only text changes, in figures of equal width. A reader hears one minute and the end, nothing between.

const NBSP = "\u00a0";
const told = new WeakMap();

/** A length as words: 4 min 12 s, 12 s, 2 h 10 min. */
function words(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600);
  const min = Math.floor((whole % 3600) / 60);
  const s = whole % 60;
  if (h) return `${h}${NBSP}h${NBSP}${min}${NBSP}min`;
  return min ? `${min}${NBSP}min${NBSP}${s}${NBSP}s` : `${s}${NBSP}s`;
}

function tick() {
  const at = now();
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const left = (Date.parse(element.dataset.countdown) - at) / 1000;
    if (Number.isNaN(left)) continue;
    if (left <= 0) {
      end(element);
      continue;
    }
    put(element, words(left));
    if (left <= 60 && told.get(element) === undefined) {
      told.set(element, 1);
      say(interpolate(gettext("One minute left: %s"), [element.dataset.countdownLabel || ""]).replace(/: $/, ""));
    } else if (left > 60) {
      told.delete(element);
    }
  }
  for (const element of document.querySelectorAll("[data-countup]")) {
    const gone = (at - Date.parse(element.dataset.countup)) / 1000;
    if (!Number.isNaN(gone)) put(element, words(gone));
  }
  // On the second's edge, so that all clocks of the page change together.
  setTimeout(tick, 1000 - (now() % 1000) + 5);
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function end(element) {
  if (told.get(element) === element.dataset.countdown) return;
  told.set(element, element.dataset.countdown);
  const text = element.dataset.countdownEnded || words(0);
  put(element, text);
  say(text);
  element.dispatchEvent(new CustomEvent("polku:ended", { bubbles: true }));
}

tick();

// --- Small things --------------------------------------------------------------------------------------------------

// Copying, forms that send themselves when a choice changes, characters left, the words of a choice.

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  if (!source) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    say(gettext("Copied"));
    flash(button, gettext("Copied"));
  } catch {
    // No right to the clipboard: the text is selected, so that Ctrl C takes it.
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    say(gettext("Selected: copy it with Ctrl C"));
  }
});

function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 2000);
}

document.addEventListener("change", (event) => {
  const field = event.target.closest?.("[data-submits]");
  if (field) field.form.requestSubmit();
  // The button repeats the choice: "Vaihda aikaan to 26.11. klo 9.00".
  const words = event.target.dataset?.words;
  if (words) {
    document.querySelectorAll("[data-choice-words]").forEach((spot) => { spot.textContent = words; });
  }
});

document.addEventListener("input", (event) => {
  const area = event.target;
  if (!("count" in (area.dataset || {})) || area.maxLength < 0) return;
  let spot = area.nextElementSibling;
  if (!spot?.matches(".left-count")) {
    spot = document.createElement("p");
    spot.className = "left-count";
    area.after(spot);
  }
  const left = area.maxLength - area.value.length;
  spot.textContent = interpolate(ngettext("%s character left", "%s characters left", left), [left]);
});
