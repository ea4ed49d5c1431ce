// Words for a screen reader, said once; and the time of the server, which the page's clocks follow.

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
