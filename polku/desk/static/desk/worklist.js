// The bar of the worklist acts on the chosen row. Where there is none it says so in its own place, and nothing is sent.

const note = () => document.querySelector(".bar-note");
const list = () => document.querySelector("#worklist [data-rows]");

document.addEventListener("click", (event) => {
  const act = event.target.closest?.("[data-needs-row] :is(a, button)");
  if (!act || list()?.querySelector("[data-row]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  note().textContent = act.closest("[data-needs-row]").dataset.needsRow;
}, true);

// The last row may go away while the list refreshes itself: what it left behind is not acted on.
document.addEventListener("polku:new", () => {
  if (list()?.querySelector("[data-row]")) return;
  for (const field of document.querySelectorAll("[data-row-value]")) field.value = "";
});
