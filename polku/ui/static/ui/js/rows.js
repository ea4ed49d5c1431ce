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
