// Dialogs, menus that close when one looks elsewhere, and the focus that an arriving part asks for.
import { showHelp } from "./keys.js";

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
document.addEventListener("htmx:afterSettle", (event) => focusIn(event.target));
