// Running times: only text changes, in figures of equal width. A reader hears one minute and the end, nothing between.
import { now, say } from "./announce.js";

const NBSP = "\u00a0";
const told = new WeakMap();

/** A length as words: 4 min 12 s, 12 s, 2 h 10 min. */
export function words(seconds) {
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
