// A form is sent once: a second press, or Enter held down, does nothing until the page has changed.
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "many" in form.dataset || event.defaultPrevented) return;
  if (sent.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  sent.add(form);
  form.setAttribute("aria-busy", "true");
  event.submitter?.setAttribute("aria-busy", "true");
  const byHtmx = form.matches("[hx-post], [data-hx-post]");
  // An answer that never comes must not lock the form for good.
  if (!byHtmx) setTimeout(() => free(form), 15000);
});

function free(form) {
  sent.delete(form);
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
